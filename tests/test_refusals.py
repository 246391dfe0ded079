"""What the program refuses is said in the language of whoever reads it; the English stands among the words alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import sandbox
from sandbox.content.card_files import check_file
from sandbox.content.changes import with_changes
from sandbox.content.gold import gold_items
from sandbox.content.library import Library
from sandbox.content.words import FOLDER, Words
from sandbox.content.words import check_file as check_words_file
from sandbox.errors import SandboxError
from sandbox.llm.calls import Call, Endpoint, Sampling
from sandbox.llm.embedded import EmbeddedEngine
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.structured import UnusableAnswerError
from sandbox.llm.transport import connect
from sandbox.llm.usage import Budget, Meter
from sandbox.record.folder import SessionFolder
from sandbox.record.log import read_events
from sandbox.scoring.reliability import Rating
from sandbox.scoring.standing import JudgeFolder
from sandbox.session.choice import check_callable, choose
from sandbox.settings import Settings
from tests.content.folders import LIBRARY
from tests.stub_endpoint import StubEndpoint, StubReply, completion, error

SOURCE = Path(sandbox.__file__).parent
SAID = (
    "llm", "session", "record", "game", "scoring", "content", "experiment", "diffusion", "report", "web",
)  # fmt: skip
# Texts of the user's and of others, names of options and variables, commands and paths stay as they are.
_QUOTED = re.compile(
    r"“[^”]*”|［[^］]*］|（[^）]*）|'[^']*'|(?:解析|模板)程序：.*|"  # what others said
    r"--?[\w-]+|[A-Z]+_[A-Z_]+|[\w-]*[/.][\w/.:-]*|sandbox \w+",
    re.ASCII,
)
ENGLISH = re.compile(r"[A-Za-z]{2,}(?: [A-Za-z]{2,}){2,}")
# What errors are made from, beside their own classes.
_MADE_FROM = ("Problem", "SecurityError", "UnusableAnswerError", "RetryableError", "ExcessError", "fault")


def modules() -> Iterator[tuple[Path, str]]:
    """Yield the modules whose errors are looked at."""
    inner = [path for name in SAID for path in sorted((SOURCE / name).rglob("*.py"))]
    yield from ((path, path.read_text(encoding="utf-8")) for path in (*SOURCE.glob("*.py"), *inner))


def names_of_errors(code: str) -> set[str]:
    """Return the names of all errors that a user can meet, and of what they are made from."""
    classes = [(name, re.findall(r"\w+", bases)) for name, bases in re.findall(r"^ *class (\w+)\((.*?)\):", code, re.M)]
    names, before = {"SandboxError", *_MADE_FROM}, 0
    while before < len(names):
        before = len(names)
        names |= {name for name, bases in classes if names & {*bases}}
    return names


def texts(node: ast.AST) -> Iterator[str]:
    """Yield the texts that stand in an argument, but for what is handed to another call."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if not isinstance(node, ast.Call):
        for inner in ast.iter_child_nodes(node):
            yield from texts(inner)


def test_no_error_is_worded_where_it_is_raised() -> None:
    code = dict(modules())
    names = names_of_errors("\n".join(code.values()))
    made = re.compile(rf"\b({'|'.join(names)})\(")
    worded = [
        f"{path.relative_to(SOURCE)}:{node.lineno}: {text}"
        for path, module in code.items()
        if made.search(module)
        for node in ast.walk(ast.parse(module))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in names
        for argument in node.args
        for text in texts(argument)
        if re.search("[A-Za-z] [A-Za-z]", text)
    ]
    assert worded == []


def _changed(*changes: str) -> Callable[[Path], object]:
    return lambda _: with_changes(LIBRARY.governance("command"), changes)


def _environment(**variables: str) -> Callable[[Path], object]:
    return lambda _: Settings.from_environment(variables)


def _written(name: str, text: str, read: Callable[[Path], object]) -> Callable[[Path], object]:
    def write(folder: Path) -> object:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return read(path)

    return write


REFUSED: dict[str, Callable[[Path], object]] = {
    "change without a value": _changed("aggregation.veto"),
    "change of no rule": _changed("agregation.veto=[]"),
    "change to no value": _changed("aggregation.procedure=vote"),
    "change of a group": _changed("aggregation=vote"),
    "language": _environment(SANDBOX_LANG="fr"),
    "style": _environment(SANDBOX_TURN_STYLE="wild"),
    "tokens": _environment(SANDBOX_ANSWER_TOKENS="1.5"),
    "seconds": _environment(SANDBOX_TIMEOUT="soon"),
    "price": _environment(SANDBOX_PRICE_INPUT="cheap"),
    "judge that is no model": lambda _: choose(Settings(), None, "cards"),
    "judge twice": lambda _: choose(Settings(), None, "a,a"),
    "address without a model": lambda _: choose(Settings(base_url="http://127.0.0.1:1/v1"), None, None),
    "model without an address": lambda _: check_callable(choose(Settings(), "gpt-4o", None), Settings()),
    "budget without prices": lambda _: Budget(money=1.0),
    "budget of nothing": lambda _: Budget(max_tokens=0),
    "key": lambda _: connect(Endpoint("m", "http://127.0.0.1:1/v1", "a key ")),
    "address": lambda _: connect(Endpoint("m", "ftp://example.com", "key")),
    "no session": lambda folder: SessionFolder.find(folder, "last"),
    "no log": lambda folder: read_events(folder / "events.jsonl"),
    "log of nothing": _written("events.jsonl", "{}\n", read_events),
    "log of another time": _written("events.jsonl", '{"schema": 99}\n', read_events),
    "no calibration": _written("calibration.json", '{"schema": 1}', lambda path: JudgeFolder(path.parent).read()),
    "no gold set": lambda _: gold_items(LIBRARY, "nothing", "en"),
    "level off the scale": lambda _: Rating("d1", 7, None, "failed"),
    "no folder of content": lambda folder: Library.load(folder / "none"),
    "empty folder of content": Library.load,
    "card": _written("prompts/stages/x.yaml", "id: y\ntime: [\n", check_file),
    "experiment": _written(
        "prompts/experiments/x.yaml", "id: x\nfactors: {judge: [a], lang: []}\nreplicates: 0\n", check_file
    ),
    "words": _written(f"{FOLDER}/en.yaml", "table: {yours: '{name}', mine: x}\nlist: 'a \" b'\n", check_words_file),
    "template": _written(
        "prompts/templates/en/turn.md", "{% set x = 1 %}{{ x | shout }}{{ x.y() }}",
        lambda path: Library.load(path.parents[3]).templates("en"),
    ),
}  # fmt: skip


def in_chinese(refused: SandboxError) -> str:
    """Return an error as a Chinese reader sees it, without what it quotes."""
    said = Words("zh").error(refused)
    assert said != str(refused)
    return "\n".join(_QUOTED.sub("", line) for line in said.splitlines())


def test_a_chinese_reader_meets_no_english_sentence(tmp_path: Path) -> None:
    for provoke in REFUSED.values():
        with pytest.raises(SandboxError) as caught:
            provoke(tmp_path)
        assert not ENGLISH.search(in_chinese(caught.value)), Words("zh").error(caught.value)
        assert re.search("[一-鿿]", in_chinese(caught.value))


def _read(answer: dict[str, object]) -> str:
    raise UnusableAnswerError(str(answer))


async def test_nor_of_an_endpoint_that_fails() -> None:
    cases: list[StubReply] = [
        error(401, "no"), error(404, "no"), error(429, "no", code="insufficient_quota"), error(500, "oops"),
        completion("I am sorry, but I cannot do that"), completion("<html>"), completion("{"), completion(""),
        completion('{"say": "y', finish_reason="length"),
    ]  # fmt: skip
    for reply in cases:

        async def nap(_: float) -> None:
            pass

        messages = ({"role": "user", "content": "Speak."},)
        call = Call("k", "mayor", "debate", messages, {"type": "object"}, _read, Sampling(0.0, 10), 1)
        with StubEndpoint([reply]) as stub, pytest.raises(SandboxError) as caught:
            async with Endpoints(sleep=nap) as endpoints:
                await endpoints.gateway(Endpoint("stub", stub.base_url), Meter()).ask(call)
        assert not ENGLISH.search(in_chinese(caught.value)), Words("zh").error(caught.value)


def test_nor_of_a_file_that_is_no_model(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    for path in (tmp_path / "none.gguf", tmp_path):
        with pytest.raises(SandboxError) as caught:
            EmbeddedEngine(path, None, lambda *_: None)
        assert not ENGLISH.search(in_chinese(caught.value))
