"""Damages logs and stores in every way in which a disk may, and asks each command for what is left of them."""

from __future__ import annotations

import asyncio
import logging
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sandbox.content.library import Library
from sandbox.content.skeletons import skeleton
from sandbox.errors import SandboxError
from sandbox.record.folder import SessionFolder
from sandbox.session.context import FREE
from sandbox.session.runner import Models, Watch
from tests.attack.child import Ended, run_command
from tests.attack.outcome import Outcome
from tests.experiment.making import saved
from tests.running import recorded_spec, run_session

__all__ = ["DAMAGES", "RECORDS", "STORE_DAMAGES", "cut_anywhere", "torn", "torn_store"]

_NOTICE = "the last line was cut off and is dropped"
_SILENT = Models(None, (), FREE)
Lines = Sequence[bytes]


@dataclass(frozen=True)
class Damage:
    """A way in which a log is damaged.

    Args:
        make: what a log's lines are turned into.
        at: the line that is to be named, counted from the first, or from the last where negative; 0: only the last line
            is torn, and dropped; None: what is there may be read all the same, or there is nothing.
    """

    make: Callable[[Lines], bytes]
    at: int | None


def _cut(share: float) -> Damage:
    return Damage(lambda lines: b"".join(lines)[: -max(1, int(len(lines[-1]) * share))], 0)


DAMAGES: Mapping[str, Damage] = MappingProxyType({
    "the last end of line missing": _cut(0.0),
    "half of the last line": _cut(0.5),
    "one byte of the last line": Damage(lambda lines: b"".join(lines[:-1]) + lines[-1][:1], 0),
    "the last line as zeros": Damage(lambda lines: b"".join(lines[:-1]) + bytes(len(lines[-1])), 0),
    "zeros after half of the last line": Damage(lambda lines: b"".join(lines[:-1]) + lines[-1][:40] + bytes(4000), 0),
    "half a character at the end": Damage(lambda lines: b"".join(lines[:-1]) + lines[-1][:30] + "桥".encode()[:2], 0),
    "zeros after the last line": Damage(lambda lines: b"".join(lines) + bytes(4096), 0),
    "the last line twice": Damage(lambda lines: b"".join(lines) + lines[-1], -1),
    "half of the last line, ended": Damage(lambda lines: b"".join(lines[:-1]) + lines[-1][:40] + b"\n", -1),
    "two lines swapped": Damage(lambda lines: b"".join((*lines[:2], lines[3], lines[2], *lines[4:])), 3),
    "a line missing": Damage(lambda lines: b"".join((*lines[:2], *lines[3:])), 3),
    "the first line missing": Damage(lambda lines: b"".join(lines[1:]), 1),
    "an empty line": Damage(lambda lines: b"".join((*lines[:2], b"\n", *lines[2:])), 3),
    "two lines run together": Damage(lambda lines: b"".join((*lines[:2], lines[2][:-1], *lines[3:])), 3),
    "zeros in the middle": Damage(lambda lines: b"".join((*lines[:2], bytes(len(lines[2]) - 1), b"\n", *lines[3:])), 3),
    "no UTF-8": Damage(lambda lines: b"".join((*lines[:2], lines[2][:60], b"\xff\xfe", *lines[2:])), 3),
    "something else": Damage(lambda lines: b"".join((*lines[:2], b'{"schema": 6}\n', *lines[3:])), 3),
    "lines of Windows": Damage(lambda lines: b"".join(lines).replace(b"\n", b"\r\n"), None),
    "a mark of UTF-8 before it": Damage(lambda lines: b"\xef\xbb\xbf" + b"".join(lines), None),
    "empty": Damage(lambda _: b"", None),
    "zeros alone": Damage(lambda lines: bytes(len(lines[0])), None),
})  # fmt: skip
"""Ways in which a log is damaged, by name."""

_SESSION = {
    "resume": ("resume", "{id}", "--quiet"), "report": ("report", "{id}"), "debrief": ("debrief", "{id}"),
    "score": ("score", "{id}", "--judge-model", "none"), "replay": ("replay", "{id}"),
    "branch": ("branch", "{id}", "--at", "L002"), "audit": ("audit", "{id}"),
}  # fmt: skip
_CAMPAIGN = {
    "resume": ("campaign", "resume", "{id}", "--quiet", "--content", "{home}/content"),
    "report": ("campaign", "report", "{id}", "--content", "{home}/content"),
}  # fmt: skip
_RESUMED = {"resume": _CAMPAIGN["resume"]}


@dataclass(frozen=True)
class Record:
    """What is damaged.

    Args:
        log: name of the log that is damaged, as a pattern in the folder of sessions.
        commands: what it is asked for with, by name.
        whole: whether it had come to its end; else only its first half is there.
    """

    log: str
    commands: Mapping[str, tuple[str, ...]]
    whole: bool


RECORDS: Mapping[str, Record] = MappingProxyType({
    "a session": Record("*/events.jsonl", _SESSION, whole=True),
    "half a session": Record("*/events.jsonl", _SESSION, whole=False),
    "a campaign": Record("*/campaign.jsonl", _CAMPAIGN, whole=True),
    "half a campaign": Record("*/campaign.jsonl", _CAMPAIGN, whole=False),
    "a session of a campaign": Record("*/r1_east*/events.jsonl", _CAMPAIGN, whole=True),
    "half a session of half a campaign": Record("*/r1_east*/events.jsonl", _RESUMED, whole=False),
})  # fmt: skip
"""What is damaged, by name."""
_kept: dict[str, dict[str, bytes]] = {}


def torn(what: str, how: str, place: Path) -> Outcome:
    """Damage a log, and ask each command for it, each time from the damaged log on.

    A last line that is torn is dropped with a notice where the log is written to, and what was stopped goes on to the
    end that it has anyway. Other damage is told with file and line, exit code 2, and no byte of the file is changed.

    Args:
        what: name of a record.
        how: name of a damage.
        place: an empty folder.
    """
    began, record, damage = time.perf_counter(), RECORDS[what], DAMAGES[how]
    complaints, said, refused = list[str](), "", 0
    for name, command in record.commands.items():
        home = place / name
        log, damaged, lines = _laid(record, damage, home)
        values = {"id": str(log.relative_to(home / "runs").parts[0]), "home": str(home)}
        ended = run_command([part.format(**values) for part in command], home, {})
        said, refused = said or ended.said, refused + (ended.code != 0)
        complaints += [f"{name}: {wrong}" for wrong in _wrong(name, ended, log, damaged, lines, damage)]
    ended_as = f"{refused} of {len(record.commands)} stopped" if refused else "finished"
    return Outcome("torn", f"{what}: {how}", ended_as, time.perf_counter() - began, 0.0, 0, said, tuple(complaints))


def _laid(record: Record, damage: Damage, home: Path) -> tuple[Path, bytes, Lines]:
    """Lay a damaged record into a folder; return the log, its bytes, and the lines that it has when it is whole."""
    home.mkdir(parents=True)
    for name, content in _files(record.commands is not _SESSION).items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    [log] = (home / "runs").glob(record.log)
    lines = log.read_bytes().splitlines(keepends=True)
    if not record.whole:
        _halve(log, len(lines) // 2)
        if record.commands is _RESUMED:
            [above] = (home / "runs").glob("*/campaign.jsonl")
            _halve(above, 3)  # it has begun its first round, and no more
    damaged = damage.make(log.read_bytes().splitlines(keepends=True))
    log.write_bytes(damaged)
    return log, damaged, lines


def _halve(log: Path, count: int) -> None:
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:count]))


def _wrong(name: str, ended: Ended, log: Path, damaged: bytes, lines: Lines, damage: Damage) -> list[str]:
    complaints, after = ended.complaints((0, 2)), log.read_bytes()
    if damage.at == 0:
        kept = damaged[: damaged.rfind(b"\n") + 1]
        if not after.startswith(kept):
            complaints.append("lost what was written")
        if name == "resume":
            complaints += [] if ended.code == 0 else [f"does not go on: {ended.said}"]
            if after == damaged and _timeless(kept) == _timeless(b"".join(lines)):
                return complaints  # it was over, and is only read
            complaints += [] if _NOTICE in ended.err else ["no notice"]
            complaints += [] if _timeless(after) == _timeless(b"".join(lines)) else ["comes to another end"]
        return complaints
    if damage.at is None:
        complaints += [] if after.startswith(damaged[: damaged.rfind(b"\n") + 1]) else ["lost what was written"]
    else:
        count = len(damaged.splitlines())
        number = damage.at if damage.at > 0 else count + 1 + damage.at
        if ended.code != 2 or after != damaged:
            complaints.append(f"exit code {ended.code}")
        if f"{log.name}:{number}: " not in ended.err:
            complaints.append(f"does not name line {number}: {ended.said}")
    return complaints


def _timeless(log: bytes) -> bytes:
    return re.sub(rb'"at": [0-9.]+', b"", log)


def _files(campaign: bool) -> dict[str, bytes]:
    """Return the files of a session, or a campaign, that the rules played; it is played once."""
    what = "campaign" if campaign else "session"
    if what not in _kept:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            if campaign:
                card = home / "content" / "prompts" / "networks" / "my_two.yaml"
                card.parent.mkdir(parents=True)
                text = skeleton("campaign", "my_two").replace("[application, learning_tour,", "[learning_tour,")
                card.write_text(
                    text.replace("[training, application, public_engagement]", "[public_engagement]"), "utf-8"
                )
                command = ["campaign", "run", "my_two", "--turns", "2", "--content", str(home / "content")]
            else:
                command = ["run", "--stages", "training,public_engagement", "--turns", "3"]
            ended = run_command([*command, "--model", "none", "--quiet"], home, {})
            assert ended.code == 0, ended.err
            paths = [path for path in home.rglob("*") if path.suffix in (".jsonl", ".yaml")]
            _kept[what] = {str(path.relative_to(home)): path.read_bytes() for path in paths}
    return _kept[what]


def cut_anywhere(seed: int, place: Path, many: int = 40) -> Outcome:
    """Cut a session's log at bytes of a drawn line, and at drawn bytes, and go on each time, in this process.

    Args:
        seed: of what is drawn.
        place: an empty folder.
        many: bytes of each sort.
    """
    began, draw, complaints = time.perf_counter(), random.Random(seed), list[str]()
    [content] = (data for name, data in _files(campaign=False).items() if name.endswith("events.jsonl"))
    lines = content.splitlines(keepends=True)
    spec, library = _spec(content, place), Library.load()
    last = draw.randrange(1, len(lines))
    start = sum(map(len, lines[:last]))
    step = max(1, len(lines[last]) // many)
    places = list(range(start, start + len(lines[last]), step))
    places += [draw.randrange(len(lines[0]), len(content)) for _ in range(many)]
    notices = list[logging.LogRecord]()
    with _heard(notices):
        for number, end in enumerate(places):
            folder = SessionFolder(place / str(number))
            folder.path.mkdir()
            folder.events.write_bytes(content[:end])
            notices.clear()
            try:
                asyncio.run(run_session(folder, spec, library, _SILENT, Watch()))
            except SandboxError as error:
                complaints.append(f"cut at {end}: {error}")
                continue
            if len(notices) != (content[end - 1 : end] != b"\n"):
                complaints.append(f"cut at {end}: {len(notices)} notices")
            if _nameless(folder.events.read_bytes()) != _nameless(content):
                complaints.append(f"cut at {end}: comes to another end")
    name = f"cut at {len(places)} bytes, seed {seed}"
    return Outcome("torn", name, "finished", time.perf_counter() - began, 0.0, 0, "", tuple(complaints[:3]))


@contextmanager
def _heard(notices: list[logging.LogRecord]) -> Iterator[None]:
    """Keep what is said of logs, in place of the terminal."""
    logger, handler = logging.getLogger("sandbox.record"), logging.Handler()
    handler.emit = notices.append  # type: ignore[method-assign,assignment]
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = True
        logger.removeHandler(handler)


def _spec(content: bytes, place: Path) -> Any:
    folder = SessionFolder(place / "whole")
    folder.path.mkdir()
    folder.events.write_bytes(content)
    return recorded_spec(folder)


def _nameless(log: bytes) -> bytes:
    return re.sub(rb'"session": "[^"]*"', b"", _timeless(log))


def _zeros(start: float, length: int) -> Callable[[bytes], bytes]:
    def make(data: bytes) -> bytes:
        at = int(len(data) * start)
        return data[:at] + bytes(length) + data[at + length :]

    return make


STORE_DAMAGES: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType({
    "half of it": lambda data: data[: len(data) // 2],
    "its last bytes missing": lambda data: data[:-100],
    "its first page as zeros": _zeros(0.0, 4096),
    "zeros in the middle": _zeros(0.5, 16_384),
    "zeros behind its head": _zeros(0.1, 40_000),
    "text": lambda _: b"This is no store.\n" * 1000,
    "nothing": lambda _: b"",
})  # fmt: skip
"""Ways in which the store of an experiment is damaged, by name."""


def torn_store(how: str, place: Path) -> Outcome:
    """Damage the store of an experiment, and ask each command for it; nothing of it is changed where one stops.

    Args:
        how: name of a damage.
        place: an empty folder.
    """
    began, complaints, said, refused = time.perf_counter(), list[str](), "", 0
    design = saved(place, factors={"turns": [2], "stages": {"short": ["training"]}}, replicates=2)
    store = place / "s.sqlite"
    options = [str(design), "--store", str(store)]
    if "store" not in _kept:
        assert run_command(["experiment", "run", *options, "--model", "none", "--quiet"], place, {}).code == 0
        _kept["store"] = {"s.sqlite": store.read_bytes()}
    damaged = STORE_DAMAGES[how](_kept["store"]["s.sqlite"])
    commands = {
        "status": ["status", *options], "export": ["export", str(design), "--to", str(place / "tables"), *options[1:]],
        "report": ["report", *options], "run": ["run", *options, "--model", "none", "--quiet"],
    }  # fmt: skip
    for name, command in commands.items():
        for left in place.glob("s.sqlite*"):
            left.unlink()
        store.write_bytes(damaged)
        ended = run_command(["experiment", *command], place, {})
        said, refused = said or ended.said, refused + (ended.code != 0)
        complaints += [f"{name}: {wrong}" for wrong in ended.complaints((0, 2))]
        if ended.code and damaged and store.read_bytes() != damaged:  # of an empty file SQLite makes an empty store
            complaints.append(f"{name}: changed the file")
    ended_as = f"{refused} of {len(commands)} stopped" if refused else "finished"
    return Outcome("torn", f"a store: {how}", ended_as, time.perf_counter() - began, 0.0, 0, said, tuple(complaints))
