"""Malformed logs of sessions and campaigns, and kept results of countries; what is taken is read and resumed."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from sandbox.content.card_files import shipped_root
from sandbox.content.yaml_source import parse_yaml
from tests.attack.attempt import Answer, Attempt, lasting
from tests.attack.called import Called, call
from tests.attack.child import run_command
from tests.attack.malformed import changed, yaml_text
from tests.record.making import payload

__all__ = ["LOGS", "campaign_folder", "country_folder", "session_folder", "small_country"]

_CASSETTES = ("rules_only_command", "rules_only_joint_production", "showcase_en", "showcase_zh", "command_en")
_READ = (
    ("report", "S"), ("report", "S", "--format", "md,docx"), ("replay", "S"), ("show", "session", "S"),
    ("score", "S", "--judge-model", "none"), ("debrief", "S"), ("audit", "S"), ("compare", "S", "S"), ("list",
    "session"),
    ("resume", "S", "--model", "none", "--quiet"), ("branch", "S", "--at", "L003", "--seed", "3"),
    ("whatif", "S", "--at", "L003", "--runs", "2"), ("report", "S"), ("resume", "S", "--model", "none", "--quiet"),
)  # fmt: skip
# What events of a kind had not yet in logs of a version.
_NEW_SINCE: Mapping[int, Mapping[str, tuple[str, ...]]] = {
    5: {"decision": ("abstained",), "order": ("motion", "giver")},
    4: {"decision": ("condition",), "line": ("condition",)},
    3: {"line": ("about", "text")},
    2: {"minutes": ("present",), "score": ("sample",)},
}
_KINDS = (
    "session", "model", "stage", "call", "person", "inject", "order", "direction", "line", "decision", "plan",
    "minutes",
    "pulse", "assessment", "score", "close",
)  # fmt: skip
_LINES = (
    b"", b"{}", b"[]", b"null", b"3", b'"x"', b"{", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 100_000,
    b'{"a":' * 5000,
    b'{"schema": 6}', b'{"schema": NaN}', b"1" * 5000, b'{"seq": ' + b"1" * 5000 + b"}", b'"\\ud800"', b"\x1b[31m",
    b" " * 9999,
    b'{"schema": 6, "seq": 1, "at": 1e999, "kind": "close", "stage": "", "seat": "",'
    b' "payload": {"id": "x", "lines": 1}}',
)  # fmt: skip


@cache
def _events(name: str) -> tuple[dict[str, Any], ...]:
    text = (shipped_root() / "cassettes" / name / "events.jsonl").read_text(encoding="utf-8")
    events = [json.loads(line) for line in text.splitlines()]
    known = {event["kind"] for event in events}
    for kind in _KINDS:  # what is in no shipped log is put before the close
        if kind not in known:
            stage = "" if kind == "model" else events[3]["stage"]
            extra = {**events[-1], "kind": kind, "stage": stage, "payload": payload(kind, f"X-{kind}")}
            if kind in ("order", "person", "model") or not name.startswith("showcase"):
                events.insert(-1, extra)
    for number, event in enumerate(events, start=1):
        event["seq"] = number
    return tuple(events)


@st.composite
def _log(draw: DrawFn, kind: str = "") -> Attempt:
    """A log of which one event, or its text, is broken; of one kind, or of any."""
    name = draw(st.sampled_from(_CASSETTES))
    events = copy.deepcopy(list(_events(name)))
    schema = draw(st.sampled_from((6, 6, 6, 5, 4, 3, 2)))
    for event in events if schema < 6 else ():
        event["schema"] = schema
        for version in range(schema, 6):
            for name in _NEW_SINCE[version].get(event["kind"], ()):
                event["payload"].pop(name, None)
    places = [place for place, event in enumerate(events) if event["kind"] == kind] if kind else range(len(events))
    if kind and not places:
        events.insert(-1, {**events[-1], "kind": kind, "payload": payload(kind, f"X-{kind}")})
        places = [len(events) - 2]
    at = places[draw(st.integers(0, len(places) - 1))]
    ids = tuple(
        dict.fromkeys([str(event["payload"].get("id")) for event in events[:40]] + ["mayor", "training", "all"])
    )
    how = draw(st.integers(0, 9)) if not kind else draw(st.integers(0, 5))
    if how <= 4:
        events[at]["payload"] = draw(changed(events[at]["payload"], ids))
    elif how == 5:
        events[at] = draw(changed(events[at], ids))
    elif how == 6:
        events.insert(at, copy.deepcopy(events[draw(st.integers(0, len(events) - 1))]))
    elif how == 7:
        del events[at : at + draw(st.integers(1, 30))]
    elif how == 8:
        other = draw(st.integers(0, len(events) - 1))
        events[at], events[other] = events[other], events[at]
    if draw(st.booleans()) and isinstance(events[-1], dict) and events[-1].get("kind") == "close":
        events.pop()  # so that it can be resumed
    if how >= 6 and draw(st.integers(0, 3)):
        for number, event in enumerate(events, start=1):
            event["seq"] = number
    lines = [json.dumps(event).encode() for event in events]
    if how == 9:
        lines[min(at, len(lines) - 1)] = draw(st.sampled_from(_LINES))
    data = b"\n".join(lines) + draw(st.sampled_from((b"\n", b"\n", b"\n", b"", b"\n{", b"\n\x00", b"\n\n")))
    command = draw(st.sampled_from(_READ))
    short = hashlib.sha256(data).hexdigest()[:8]
    return Attempt(
        f"log {name} {kind or how} schema {schema} {command[0]} {short}", lambda home: _read(home, data, command)
    )


def _read(home: Path, data: bytes, command: tuple[str, ...]) -> Answer:
    folder = home / "runs" / "S"
    folder.mkdir(parents=True)
    path = folder / "events.jsonl"
    path.write_bytes(data)
    called = call([str(folder) if part == "S" else part for part in command], home)
    complaints = called.complaints()
    if not complaints and called.code == 0 and command[0] == "resume":  # what was taken up must be fit to be read
        after = call(["report", str(folder)], home)
        complaints = [f"report after resume: {what}" for what in after.complaints(allowed=(0,))]
    return Answer(called.code == 0, (*complaints, *_kept(path, data, called)))


def _kept(path: Path, data: bytes, called: Called) -> list[str]:
    """Return what is wrong with a log: one that is refused stays as it is, but for a last line that was torn."""
    after, whole = path.read_bytes(), data[: data.rfind(b"\n") + 1]
    if called.code and after not in (data, whole):
        return ["refused, and written to"] if not after.startswith(whole) else []
    return [] if after.startswith(whole) else ["lost what was written"]


@cache
def session_folder() -> Path:
    """Return a copy of the folder of a session that was played by the rules; commands write beside its log."""
    return shutil.copytree(shipped_root() / "cassettes" / "rules_only_command", lasting() / "session")


@cache
def campaign_folder() -> Path:
    """Return a folder with a campaign that was played by the rules; it is played once a process."""
    home = lasting()
    call(["campaign", "run", "three_estates", "--model", "none", "--turns", "1", "--quiet"], home)
    return next((home / "runs").iterdir())


_CAMPAIGN = (
    ("status", "C"), ("report", "C"), ("resume", "C", "--quiet"), ("branch", "C", "--round", "2", "--seed", "3"),
    ("list",),
)  # fmt: skip


@st.composite
def _campaign_log(draw: DrawFn) -> Attempt:
    source = campaign_folder()
    events = [json.loads(line) for line in (source / "campaign.jsonl").read_bytes().splitlines()]
    at, how = draw(st.integers(0, len(events) - 1)), draw(st.integers(0, 8))
    ids = tuple(str(event["payload"].get("id")) for event in events)
    if how <= 4:
        events[at]["payload"] = draw(changed(events[at]["payload"], ids))
    elif how == 5:
        events[at] = draw(changed(events[at], ids))
    elif how == 6:
        del events[at : at + draw(st.integers(1, 9))]
    if how >= 6 and draw(st.booleans()):
        for number, event in enumerate(events, start=1):
            event["seq"] = number
    if draw(st.booleans()):
        events.pop()
    lines = [json.dumps(event).encode() for event in events]
    if how == 8:
        lines[min(at, len(lines) - 1)] = draw(st.sampled_from(_LINES))
    data = b"\n".join(lines) + b"\n"
    command = draw(st.sampled_from(_CAMPAIGN))

    def give(home: Path) -> Answer:
        folder = home / "runs" / "C"
        shutil.copytree(source, folder)
        path = folder / "campaign.jsonl"
        path.write_bytes(data)
        called = call(["campaign", *(str(folder) if part == "C" else part for part in command)], home)
        return Answer(called.code == 0, (*called.complaints(), *_kept(path, data, called)))

    return Attempt(f"campaign {how} {command[0]} {hashlib.sha256(data).hexdigest()[:8]}", give)


@cache
def country_folder() -> Path:
    """Return a folder with a country that was played: by a copy, since none may be made once kernels have run."""
    home = lasting()
    small_country(home)
    options = ("--processes", "1", "--quiet", "--content", str(home))
    run_command(["diffuse", "run", "small", "--to", str(home / "kept"), *options], home, {})
    return home / "kept"


def small_country(home: Path) -> None:
    """Write a country of one region, one kind and one case, so that it is soon played, into a content folder."""
    card = parse_yaml((shipped_root() / "prompts" / "networks" / "between_peers.yaml").read_text(encoding="utf-8"))[0]
    region = {**card["regions"][0], "share": 1.0, "kinds": [{"governance": "command", "city": "haicang", "share": 1.0}]}
    card |= {
        "id": "small",
        "regions": [region],
        "districts": 60,
        "periods": 4,
        "seeds": 2,
        "deck": {"scenarios": ["clean_up"], "sessions": 1},
    }
    card["pilots"]["count"] = 3
    path = home / "prompts" / "networks" / "small.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(yaml_text(card))


_COUNTRY = (("report", "K"), ("facts", "K"), ("picture", "K", "--to", "curves.png"), ("report", "K", "--format", "md"))


@st.composite
def _spread(draw: DrawFn) -> Attempt:
    source = country_folder()
    manifest = json.loads((source / "spread.json").read_bytes())
    packed = (source / "spread.npz").read_bytes()
    how = draw(st.integers(0, 9))
    if how <= 5:
        manifest = draw(changed(manifest, ("K", "command")))
    data = json.dumps(manifest).encode()
    if how == 6:
        data = draw(st.sampled_from(_LINES))
    elif how == 7:
        data = data[: draw(st.integers(0, len(data)))]
    elif how >= 8:
        at = draw(st.integers(0, len(packed)))
        packed = packed[:at] + draw(st.binary(max_size=9)) + packed[at + draw(st.integers(0, 9)) :]
        if draw(st.booleans()):  # one whose hash fits
            manifest["arrays"]["sha256"] = hashlib.sha256(packed).hexdigest()
            data = json.dumps(manifest).encode()
    command = draw(st.sampled_from(_COUNTRY))

    def give(home: Path) -> Answer:
        folder = home / "K"
        folder.mkdir()
        (folder / "spread.json").write_bytes(data)
        (folder / "spread.npz").write_bytes(packed)
        arguments = [
            str(folder) if part == "K" else str(home / part) if part.endswith(".png") else part for part in command
        ]
        called = call(["diffuse", *arguments], home)
        kept = (folder / "spread.json").read_bytes() == data and (folder / "spread.npz").read_bytes() == packed
        return Answer(called.code == 0, (*called.complaints(), *([] if kept else ["the result was changed"])))

    return Attempt(f"country {how} {command[0]} {hashlib.sha256(data + packed).hexdigest()[:8]}", give)


LOGS: Mapping[str, SearchStrategy[Attempt]] = {
    **{f"log: {kind}": _log(kind) for kind in _KINDS}, "log": _log(), "campaign's log": _campaign_log(),
    "kept country": _spread(),
}  # fmt: skip
"""Logs and results by what is broken in them."""
