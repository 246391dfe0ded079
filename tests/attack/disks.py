"""Plays sessions, and writes what comes of them, on a disk that is full after so many bytes of a file."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from sandbox.record.folder import SessionFolder
from tests.attack.child import run_command
from tests.attack.outcome import Outcome

__all__ = ["DISKS", "fill"]

_PLAY = ("run", "--model", "none", "--stages", "training", "--turns", "2", "--quiet")
_FULL_AT = (500, 1000, 3000, 8000, 16_000, 40_000)  # fewer, and the message itself could not be written
DISKS: Mapping[str, tuple[str, ...]] = {
    "run": _PLAY,
    "resume": ("resume", "last", "--quiet"),
    "report": ("report", "last"),
    "report as Word": ("report", "last", "--format", "docx"),
    "debrief": ("debrief", "last", "--format", "html,md,docx"),
    "score": ("score", "last", "--json"),
    "new": ("new", "scenario", "bench"),
}
"""Commands that write, each tried with every size at which a disk may be full."""


def fill(name: str, place: Path) -> Outcome:
    """Run a command with a disk that is full after each of some numbers of bytes; look at what is left, and go on.

    Args:
        name: of the command.
        place: an empty folder.
    """
    began, complaints, said, stopped = time.perf_counter(), list[str](), "", 0
    for size in _FULL_AT:
        home = place / str(size)
        home.mkdir()
        if name not in ("run", "new"):
            run_command(_PLAY, home, {})
        before = _files(home)
        ended = run_command(DISKS[name], home, {}, partial(_fill_at, size))
        stopped += ended.code != 0
        said = ended.said or said
        complaints += [f"full at {size}: {what}" for what in ended.complaints(allowed=(0, 2))]
        after = _files(home)
        for path, data in after.items():
            if path.name.endswith(".partial"):
                complaints.append(f"full at {size}: left {path.name}")
            elif len(data) == size and path.suffix != ".jsonl":
                complaints.append(f"full at {size}: half of {path.name}")
        if any(path.suffix == ".jsonl" and not after[path].startswith(data) for path, data in before.items()):
            complaints.append(f"full at {size}: lost what was written")
        if name == "new" and ended.code == 0:
            continue  # it is there, and not written again
        again = ("resume", "last", "--quiet") if name == "run" and _begun(home) else DISKS[name]
        complaints += [f"after {size}: {what}" for what in run_command(again, home, {}).complaints(allowed=(0,))]
    ended_as = f"{stopped} of {len(_FULL_AT)} stopped"
    return Outcome("disk", name, ended_as, time.perf_counter() - began, 0.0, 0, said, tuple(complaints))


def _fill_at(size: int) -> None:
    sys.dont_write_bytecode = True  # else Python keeps what it compiles now by halves, and trips over it later
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _files(home: Path) -> dict[Path, bytes]:
    skipped = ("out", "err", ".lock")
    return {path: path.read_bytes() for path in home.rglob("*") if path.is_file() and path.name not in skipped}


def _begun(home: Path) -> bool:
    return any(folder.events.stat().st_size for folder in SessionFolder.all(home / "runs"))
