"""Malformed messages: what people type or send for a turn, orders of a facilitator, and answers of models."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from sandbox.content.library import Library
from sandbox.errors import EndpointError, SandboxError
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.spec import SessionSpec
from sandbox.game.state import State
from sandbox.llm.calls import Endpoint
from sandbox.llm.endpoints import Endpoints
from sandbox.record.folder import SessionFolder
from sandbox.record.log import Log
from sandbox.record.payloads import OrderKind
from sandbox.session.context import FREE
from sandbox.session.opening import resumed
from sandbox.session.orders import OrderBook
from sandbox.session.runner import Models, Watch
from sandbox.session.turns import person_turn
from tests.attack.attempt import Answer, Attempt
from tests.attack.called import call, in_time, unfit
from tests.attack.malformed import NASTY, TEXTS, VALUES, changed
from tests.running import run_session
from tests.scripted import ScriptedModel
from tests.stub_endpoint import Received, StubEndpoint, StubReply, completion, usage

__all__ = ["PEOPLE"]

_WORDS = (
    b"", b"1", b"2", b"3", b"9", b"0", b"-1", b"inform", b"propose", b"decide", b"all", b"mayor", b"/card", b"/leave",
    b"/quit", "/卡片".encode(), b"L001", "²".encode(), "１".encode(), b"\xff\xfe", b"\x00", b"\x1b[2J", b"\xe2\x80\xae",
    b"a" * 3000, b"\x1b]0;x\x07hello", b"We meet on Monday.", "我们周一开会。".encode(), b"{{ 7 * 7 }}",
    b"\xed\xa0\x80", b"\r", b"\t",
)  # fmt: skip


@st.composite
def _typed(draw: DrawFn) -> Attempt:
    """What somebody types at the terminal: anything, where a number or a name is asked for."""
    line = st.one_of(
        st.sampled_from(_WORDS), TEXTS.map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=12)
    )
    typed = b"\n".join(draw(st.lists(line, min_size=1, max_size=40)))
    lang = draw(st.sampled_from(("en", "zh")))
    seat = draw(st.sampled_from(("migrant_tenant", "mayor", "local_parent")))
    arguments = ["play", "--seat", seat, "--lang", lang, "--model", "none", "--judge-model", "none", "--turns", "4",
                 "--stages", draw(st.sampled_from(("training", "application", "public_engagement")))]  # fmt: skip

    def give(home: Path) -> Answer:
        called = call(arguments, home, typed=typed)
        complaints = called.complaints(allowed=(0, 2, 130))
        again = call(["resume", "last", "--model", "none"], home, typed=b"/leave\n")
        if not complaints and called.code == 130:
            complaints = [f"resume: {what}" for what in again.complaints(allowed=(0, 130))]
        return Answer(called.code == 0, tuple(complaints))

    return Attempt(f"typed {seat} {hashlib.sha256(typed).hexdigest()[:8]}", give)


@cache
def _library() -> Library:
    return Library.load()


@cache
def _moments(model: str) -> tuple[tuple[Game, State], ...]:
    """Return moments of a session in which a person has the floor, in all stages, votes among them."""
    spec = SessionSpec(scenario="four_oclock_school", governance=model, style="rules", model="none")
    game, moments = Game(spec, _library()), list[State]()
    draw = RandomChoice(game.templates)

    def choose(game: Game, state: State) -> Any:
        moments.append(state)
        return draw(game, state)

    play(game, choose)
    return tuple((game, state) for state in moments)


_TURN: dict[str, Any] = {
    "act": "inform", "to": "all", "says": "We meet on Monday.", "terms": {}, "section": "", "task": "", "about": "",
    "text": "", "condition": "", "appends": False, "aside": False, "replaces": "", "promises": "",
}  # fmt: skip
_MODELS = ("command", "joint_production", "three_social_interaction")


@st.composite
def _turn(draw: DrawFn) -> Attempt:
    """A turn that a page sends for a person."""
    game, state = draw(st.sampled_from(_moments(draw(st.sampled_from(_MODELS)))))
    acts = (
        "inform", "propose", "decide", "support", "object", "promise", "delegate", "keep", "abstain", "refuse",
        "answer",
    )  # fmt: skip
    turn = {**_TURN, "act": draw(st.sampled_from(acts)), "to": draw(st.sampled_from(("all", *game.seats)))}
    decision = draw(st.sampled_from(game.scenario.decisions))
    turn["terms"] = {decision.id: draw(st.sampled_from(list(decision.options)))} if draw(st.booleans()) else {}
    names = ("all", "L001", "L005", "money", decision.id, *game.seats)
    sent = draw(changed(turn, names)) if draw(st.integers(0, 4)) else turn
    sent = sent if isinstance(sent, dict) else {**_TURN, "terms": sent}
    if draw(st.booleans()):
        sent |= {draw(st.sampled_from(sorted(_TURN))): draw(VALUES)}

    def give(_: Path) -> Answer:
        return _refused_or_taken(lambda: person_turn(game, state, sent))

    return Attempt(f"turn {game.governance.id} {_short(sent)}", give)


def _refused_or_taken(give: Any) -> Answer:
    try:
        with in_time():
            give()
    except SandboxError as error:
        return Answer(False, tuple(unfit("".join(char if char.isprintable() else " " for char in str(error)))))
    return Answer(True)


def _short(value: Any) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "replace")).hexdigest()[:8]


_ORDER: dict[str, Any] = {
    "seat": "", "text": "", "inject": "", "act": "", "to": [], "by": "", "turns": 0, "minutes": 0, "motion": "",
}  # fmt: skip
_KINDS = (
    "pause", "resume", "inject", "whisper", "message", "seat", "skip", "vote", "end", "extend", "restart", "nothing",
)  # fmt: skip


@st.composite
def _order(draw: DrawFn) -> Attempt:
    """An order of a facilitator."""
    kind = draw(st.sampled_from(_KINDS))
    text = draw(st.one_of(st.sampled_from(NASTY), TEXTS, st.just("x" * 100_000)))
    whole = {
        "seat": draw(st.sampled_from(("", "mayor", "nobody", "../x", text))), "text": text,
        "motion": draw(st.sampled_from(("", "L001", text))),
        "inject": draw(st.sampled_from(("", "nothing", text))), "act": draw(st.sampled_from(("", "ask", "decide",
        text))),
        "to": draw(st.lists(st.sampled_from(("mayor", "nobody", text)), max_size=3)),
        "by": draw(st.sampled_from(("", "person", "persona", text))), "turns": draw(st.integers(-3, 10**9)),
        "minutes": draw(st.one_of(st.integers(-3, 10**9), st.integers())),
    }  # fmt: skip
    fields = {name: value for name, value in whole.items() if draw(st.booleans())}

    def give(_: Path) -> Answer:
        game = _moments("joint_production")[0][0]
        log, book = Log(lambda: 1.0), OrderBook()
        log.append("session", {"id": "session", "session": "S", "spec": game.spec.model_dump(mode="json")})
        book.open(game, log)
        answer = _refused_or_taken(lambda: book.give(cast(OrderKind, kind), **fields))
        if answer.accepted:
            resumed(game, log)
        return answer

    return Attempt(f"order {kind} {_short(fields)}", give)


@st.composite
def _answers(draw: DrawFn) -> Attempt:
    """Answers of a model, of which many are something else: other values, other fields, and text that is broken."""
    spoiled = draw(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(
        ("act", "to", "says", "terms", "about", "section", "text", "condition", "task", "trust", "why", "level", "x")),
        VALUES,
        st.sampled_from(NASTY)), min_size=3, max_size=8))  # fmt: skip
    lang = draw(st.sampled_from(("en", "zh")))

    def give(home: Path) -> Answer:
        return _refused_or_taken(lambda: asyncio.run(_session(home, lang, spoiled)))

    return Attempt(f"answers {lang} {_short(spoiled)}", give)


async def _session(home: Path, lang: str, spoiled: list[tuple[int, str, Any, str]]) -> None:
    """Play a short session by a model that answers badly; go on where it stops, until it is over."""
    model, count = ScriptedModel(), 0

    def reply(request: Received) -> StubReply:
        nonlocal count
        count += 1
        how, field, value, text = spoiled[count % len(spoiled)]
        try:
            answer: Any = model.answer(request.body)
        except (KeyError, TypeError, StopIteration):
            answer = {
                "act": "inform",
                "to": "all",
                "says": "The lamp is lit.",
                "trust": 3,
                "conviction": 3,
                "burden": 3,
            }
        if how <= 5:
            answer[field] = value
        elif how == 6:
            answer.pop(field, None)
        elif how == 7:
            answer = [answer, value]
        content = json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace").decode()
        if how == 8:
            content = text + content[: len(content) // 2]
        elif how == 9:
            content = text
        return completion(content, counts=usage(9, 2, 9))

    folder = SessionFolder.create(home)
    spec = SessionSpec(
        scenario="clean_up", governance="command", stages=("public_engagement",), turns=2, style="free", model="stub",
        lang="zh" if lang == "zh" else "en",
    )  # fmt: skip
    with StubEndpoint(reply) as stub:
        endpoint = Endpoint("stub", stub.base_url, "key", 5.0, 60.0)
        for _ in range(12):  # where every answer is of no use it stops each time, and says so
            async with Endpoints(sleep=_at_once) as endpoints:
                try:
                    await run_session(folder, spec, _library(), Models(endpoint, (), FREE, endpoints), Watch())
                    return
                except EndpointError as error:  # it stops with a message, and goes on where it stopped
                    if complaints := unfit(str(error)):
                        raise AssertionError(complaints) from error


async def _at_once(_: float) -> None:
    """Wait for nothing."""


PEOPLE: Mapping[str, SearchStrategy[Attempt]] = {
    "terminal": _typed(), "turn": _turn(), "order": _order(), "model's answers": _answers(),
}  # fmt: skip
"""Messages by who sends them."""
