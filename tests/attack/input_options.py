"""Malformed values of options, arguments, ``--set`` and the environment, of commands that are otherwise well."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import yaml
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from sandbox.content.card_files import shipped_root
from sandbox.llm import gateway
from tests.attack.attempt import Answer, Attempt
from tests.attack.called import call
from tests.attack.input_logs import campaign_folder, country_folder, session_folder, small_country
from tests.attack.malformed import PARTS, TEXTS, VALUES

__all__ = ["OPTIONS"]

_BRIEF = ("--model", "none", "--stages", "training", "--turns", "2", "--quiet")
_HOME = re.compile(r"HOME")
# Commands that are well and quick, and the options of each that get other values; HOME is the folder of the attempt.
_COMMANDS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("run", *_BRIEF), ("--scenario", "--governance", "--set", "--city", "--rubric", "--lang", "--stages", "--turns",
    "--cast",
                        "--wording", "--temperature", "--seed", "--judge-samples", "--seeds", "--max-tokens",
                        "--budget", "--content", "--out")),
    (("resume", "S", "--model", "none", "--quiet"), ("", "--judge-model", "--max-tokens", "--budget", "--content",
    "--out")),
    (("replay", "S"), ("", "--speed", "--lang", "--content", "--out")),
    (("score", "S", "--judge-model", "none"), ("", "--judge-samples", "--max-tokens", "--content", "--out")),
    (("report", "S"), ("", "--format", "--content", "--out")),
    (("debrief", "S"), ("", "--seat", "--format", "--content", "--out")),
    (("list", "persona"), ("", "--lang", "--content", "--out")),
    (("show", "scenario", "clean_up"), ("", "--lang", "--content", "--out")),
    (("show", "scenario", "clean_up", "--pack", "--to", "HOME/pack"), ("", "--lang", "--format", "--governance",
    "--to")),
    (("validate", "HOME"), ("", "--content")),
    (("new", "persona", "someone", "--content", "HOME/own"), ("", "--content")),
    (("rules", "--governance", "command"), ("--scenario", "--governance", "--lang", "--set", "--content")),
    (("branch", "S", "--at", "L003"), ("", "--at", "--set", "--seed", "--content", "--out")),
    (("whatif", "S", "--at", "L003", "--runs", "2"),
     ("", "--at", "--act", "--to", "--says", "--option", "--about", "--task", "--set", "--runs", "--lang", "--out")),
    (("compare", "S", "S"), ("", "--format", "--content", "--out")),
    (("audit", "S"), ("", "--content", "--out")),
    (("judge", "card"), ("--rubric", "--lang", "--out", "--format", "--content")),
    (("serve", "--model", "none", "--port", "18999"),
     ("--host", "--port", "--cert", "--key", "--behind-proxy", "--url", "--keep-days", "--judge-model",
      "--content", "--out")),
    (("experiment", "plan", "who_decides_briefly", "--model", "none"), ("", "--store", "--pilot", "--content",
    "--out")),
    (("experiment", "status", "who_decides_briefly"), ("", "--store", "--content", "--out")),
    (("experiment", "export", "who_decides_briefly", "--to", "HOME/tables"),
     ("", "--store", "--format", "--lang", "--out")),
    (("experiment", "report", "who_decides_briefly"), ("", "--store", "--format", "--to", "--lang", "--out")),
    (("experiment", "run", "who_decides_briefly", "--model", "none", "--limit", "1", "--processes", "1"),
     ("", "--store", "--concurrency", "--engine", "--events", "--max-tokens", "--budget", "--out")),
    (("experiment", "lock", "who_decides_briefly"), ("", "--store", "--content", "--out")),
    (("campaign", "status", "C"), ("", "--out")),
    (("campaign", "report", "C"), ("", "--format", "--out")),
    (("campaign", "branch", "C", "--round", "2", "--seed", "4"), ("", "--round", "--set", "--seed", "--out")),
    (("campaign", "run", "nobody", "--model", "none", "--turns", "1", "--quiet"), ("", "--lang", "--seed", "--turns",
    "--content")),
    (("diffuse", "run", "small", "--processes", "1", "--quiet", "--to", "HOME/kept", "--content", "HOME/small"),
     ("", "--districts", "--periods", "--seeds", "--without", "--central-rule", "--set", "--to", "--lang",
     "--content")),
    (("diffuse", "deck", "small", "--processes", "1", "--content", "HOME/small"), ("", "--scenario", "--set",
    "--channel", "--lang")),
    (("diffuse", "example", "small", "3", "--processes", "1", "--content", "HOME/small"), ("", "--lang", "--content")),
    (("diffuse", "report", "K"), ("", "--format", "--to", "--lang")),
    (("diffuse", "picture", "K"), ("", "--to", "--lang")),
)  # fmt: skip
_WORDS = (
    "command", "joint_production", "training", "review", "nobody", "mayor=nobody", "mayor=mayor", "mayor=secretary",
    "L001",
    "L999", "0", "-1", "1.5", "1e3", "501", "2147483648", "-2147483649", "9" * 30, "9" * 5000, "1-", "1-3,5", "3-1",
    "1-999999999999", "en", "EN", "html,md", "html,exe", "/dev/null", "/dev/zero", "/dev/stdin", "/proc/self/mem", ".",
    "..",
    "HOME", "HOME/nothing/at/all", "HOME/" + "x" * 300, "HOME/a\nb", "aggregation.veto=[]", "nan", "inf", "-inf",
    "1e400",
    "none", "sqlite:///x", "postgresql://user:secret@127.0.0.1:1/x", "postgresql://[", "10.0.0.0/8", "256.0.0.1",
    "::1/200",
    "\udcff", "a\udc80b", "plain", "as_is", "mine", "training,training", "training,,", ",", "all", "last", "showcase",
    "embedded", "between_peers", "three_estates", "who_decides_briefly", "core", "haicang", "S", "S/events.jsonl",
)  # fmt: skip
_GIVEN = st.one_of(st.sampled_from(_WORDS), TEXTS, st.integers().map(str), st.floats().map(str)).filter(
    lambda text: "\x00" not in text  # which the system itself lets nobody pass
)


@st.composite
def _option(draw: DrawFn) -> Attempt:
    command, names = draw(st.sampled_from(_COMMANDS))
    arguments = list(command)
    for _ in range(draw(st.sampled_from((1, 1, 2)))):
        name, value = draw(st.sampled_from(names)), draw(_GIVEN)
        if name:
            value = draw(_setting()) if name == "--set" and draw(st.booleans()) else value
            arguments = _with(arguments, name, value)
        else:
            places = [place for place, part in enumerate(arguments[:3]) if place and not part.startswith("-")]
            arguments[places[draw(st.integers(0, len(places) - 1))]] = value
    if command[:2] == ("campaign", "run") and arguments[2] in ("three_estates", "four_villages"):
        arguments[2] = "nobody"  # what would be well would take a while
    return Attempt(" ".join(arguments)[:60] + _digest(arguments), lambda home: _given(home, arguments))


def _with(arguments: Sequence[str], name: str, value: str) -> list[str]:
    """Return arguments with a value for an option, in place of the one that it has."""
    if name in arguments and name != "--set":
        at = arguments.index(name)
        return [*arguments[: at + 1], value, *arguments[at + 2 :]]
    return [*arguments, name, value]


def _digest(parts: Sequence[str]) -> str:
    return " " + hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _given(home: Path, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Answer:
    """Give a command its arguments; S, C and K in them are a session, a campaign and a country."""
    text = "\0".join(arguments)
    for name, make in (("S", session_folder), ("C", campaign_folder), ("K", country_folder)):
        if name in arguments or f"{name}/" in text:
            shutil.copytree(make(), home / "runs" / name)
    if "HOME/small" in arguments:
        small_country(home / "small")
    made = [_HOME.sub(str(home), str(home / "runs" / part) if part in ("C", "K") else part) for part in arguments]
    before = _state(home)
    with (
        mock.patch("sandbox.web.server.serve"), mock.patch.object(gateway, "LONGEST_WAIT", 0.05),
    ):  # fmt: skip
        called = call(made, home, environment)
    lost = [path for path, data in before.items() if not path.is_file() or not path.read_bytes().startswith(data)]
    complaints = [*called.complaints(allowed=(0, 2, 3)), *(f"lost what was in {path.name}" for path in lost)]
    return Answer(called.code == 0, tuple(complaints))


def _state(home: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in home.rglob("*.jsonl")}


@cache
def _rules() -> tuple[tuple[str, Any], ...]:
    """Return every place within the rules of the shipped models, and what stands there."""
    places: list[tuple[str, Any]] = []

    def walk(node: Any, path: str) -> None:
        places.append((path, node))
        for key, item in node.items() if isinstance(node, dict) else ():
            walk(item, f"{path}.{key}" if path else str(key))

    for path in sorted((shipped_root() / "prompts" / "governance").glob("*.yaml")):
        walk(yaml.safe_load(path.read_text(encoding="utf-8"))["rules"], "")
    return tuple(places)


@st.composite
def _setting(draw: DrawFn) -> str:
    path, now = draw(st.sampled_from(_rules()))
    how = draw(st.integers(0, 9))
    if how == 0:
        path = draw(TEXTS)
    elif how == 1:
        path = f"{path}.{draw(TEXTS)}"
    elif how == 2:
        path = path.rpartition(".")[0] or "rules"
    elif how == 3:
        path = "rules." + path
    if draw(st.integers(0, 2)) == 0:
        value = draw(
            st.sampled_from((*PARTS, "all", "[]", "chair", "chair,resident", "majority", "unanimity", "1e999", "="))
        )
    elif draw(st.booleans()):
        value = draw(TEXTS)
    else:
        other = draw(st.sampled_from(_rules()))[1] if draw(st.booleans()) else draw(VALUES)
        flow = yaml.safe_dump(
            other if draw(st.booleans()) else now, default_flow_style=True, allow_unicode=True, width=10**6
        )
        value = flow.removesuffix("\n...\n").strip()
    return f"{path}={value}".replace("\x00", "") if draw(st.integers(0, 20)) else path


@st.composite
def _set(draw: DrawFn) -> Attempt:
    changes = draw(st.lists(_setting(), min_size=1, max_size=2))
    model = draw(
        st.sampled_from(sorted(path.stem for path in (shipped_root() / "prompts" / "governance").glob("*.yaml")))
    )
    command = draw(st.sampled_from((
        ("run", *_BRIEF, "--governance", model), ("run", *_BRIEF[:2], "--turns", "3", "--quiet", "--governance", model),
        ("rules", "--governance", model), ("branch", "S", "--at", "L003"), ("rules", "--lang", "zh", "--governance",
        model),
    )))  # fmt: skip
    arguments = [*command, *(part for change in changes for part in ("--set", change))]
    return Attempt(f"{command[0]} {changes[0]:.50}" + _digest(arguments), lambda home: _given(home, arguments))


_VARIABLES = (
    "SANDBOX_MODEL", "OPENAI_API_KEY", "SANDBOX_TIMEOUT", "SANDBOX_DEADLINE", "SANDBOX_ANSWER_TOKENS", "SANDBOX_GGUF",
    "SANDBOX_RUNS", "SANDBOX_CONTENT", "SANDBOX_CACHE", "SANDBOX_PRICE_INPUT", "SANDBOX_PRICE_OUTPUT",
    "SANDBOX_REQUESTS_PER_MINUTE",
    "SANDBOX_TOKENS_PER_MINUTE", "SANDBOX_TURN_STYLE", "RAY_ADDRESS", "OPENAI_BASE_URL",
)  # fmt: skip
_ADDRESSES = (
    "x", "http://", "http://[::1", "http://127.0.0.1:99999", "http://127.0.0.1:x", "ftp://127.0.0.1", "://",
    "http:///v1",
    "http://user:secret@127.0.0.1:9/v1", "http://127.0.0.1:9/\x1b[31m", "http://127.0.0.1:9/" + "a" * 5000,
    "file:///etc/passwd",
    "http://\u202e", "http://127.0.0.1:٩", "javascript:alert(1)", "http://.", "http://..:9",
    "http://127.0.0.1:9?a=b#c", "http://a b",
    "HTTP://127.0.0.1:9", "127.0.0.1:9", "//127.0.0.1:9", "http://127.0.0.1:9\n", "http://127.0.0.1:0", "\udcff",
    "http://[v1.x]",
    "http://" + "a" * 300, "http://-a-", "http://xn--", "http://127.0.0.1:-9", "unix:/x", "http://%00",
    "http://１２７.0.0.1:9",
)  # fmt: skip


@st.composite
def _environment(draw: DrawFn) -> Attempt:
    """Variables of the environment; what would be asked of a model goes to an address where nobody is."""
    given = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "SANDBOX_MODEL": "stub", "OPENAI_API_KEY": "k"}
    for name in draw(st.lists(st.sampled_from(_VARIABLES), min_size=1, max_size=3, unique=True)):
        value = draw(st.sampled_from(_ADDRESSES) if name == "OPENAI_BASE_URL" else _GIVEN)
        given[name] = value if value != "embedded" else "Embedded"
    if not given["SANDBOX_MODEL"]:
        given["SANDBOX_MODEL"] = " "
    if not given["OPENAI_BASE_URL"]:
        given["OPENAI_BASE_URL"] = "http://127.0.0.1:9"
    short = ("--stages", "training", "--turns", "1", "--quiet")
    command = draw(st.sampled_from((
        ("doctor",), ("run", *short), ("run", "--model", "none", *short), ("list", "session"), ("run", "--judge-model",
        "x", *short),
        ("experiment", "plan", "who_decides_briefly"), ("serve", "--port", "18999"), ("judge", "calibrate", "--limit",
        "1"),
    )))  # fmt: skip
    named = [f"{name}={value}" for name, value in sorted(given.items())]

    def give(home: Path) -> Answer:
        variables = {name: _HOME.sub(str(home), value) for name, value in given.items()}
        if (
            not variables.get("SANDBOX_RUNS", "").startswith(str(home))
            and variables.get("SANDBOX_RUNS", "") != "/dev/null"
        ):
            variables["SANDBOX_RUNS"] = str(home / "runs")
        return _given(home, command, variables)

    return Attempt(f"{command[0]} {named[0]:.40}" + _digest([*command, *named]), give)


OPTIONS: Mapping[str, SearchStrategy[Attempt]] = {"option": _option(), "--set": _set(), "environment": _environment()}
"""Values of options, rules and variables."""
