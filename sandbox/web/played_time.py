"""The time that a table has really played, across the sessions from which its present one branched off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.record.events import Event
from sandbox.record.folder import SessionFolder
from sandbox.web.clock import StageClock

__all__ = ["PlayedTime", "played_time"]

_LEAST_SECONDS = 60.0
"""Seconds that are left at least after going back within a stage, where the line was spoken with so many left."""


@dataclass(frozen=True)
class PlayedTime:
    """What a session takes over of its table's time.

    Args:
        began: when the table began to play, in seconds since 1970; time after a session had ended is left out.
        line: the last line that the session shares with the one from which it branched off; empty for none.
        left: the seconds that the stage of that line had left when the table went back; None where it has no time-box.
    """

    began: float
    line: str = ""
    left: float | None = None

    def clock_after(self, clock: StageClock, event: Event) -> None:
        """Let the clock of a stage take an event, and the time that was left where the table went back to it."""
        clock.event(event)
        if event.kind == "line" and event.payload["id"] == self.line:
            clock.set_left(self.left, event.at)


def played_time(folder: SessionFolder, events: Sequence[Event], minutes: Mapping[str, int]) -> PlayedTime:
    """Return what a session takes over of its table's time: all of it, where the table is still in the same stage.

    Of an earlier stage, to which the table goes back, it is what was left when the line was spoken. A log that is no
    longer there, or cannot be read, leaves the session with its own time alone.

    Args:
        folder: the session.
        events: its log.
        minutes: time-box by stage, in minutes.
    """
    begun = events[0].at if events else 0.0
    departure = events[0].payload.get("branch") if events else None
    if not isinstance(departure, Mapping):
        return PlayedTime(begun)
    line = str(departure.get("at"))
    earlier = SessionFolder(folder.path.parent / Path(str(departure.get("of"))).name)
    try:
        known = [event for event in earlier.read() if event.at <= begun]
    except SandboxError:
        return PlayedTime(begun)
    if not known or known[0].at >= begun:
        return PlayedTime(begun)
    before = played_time(earlier, known, minutes)
    clock, spoken, moved = StageClock(minutes), None, False
    for event in known:
        before.clock_after(clock, event)
        if event.kind == "line" and event.payload["id"] == line:
            spoken, moved = clock.left(event.at), False
        elif event.kind in ("stage", "minutes"):
            moved = True
    now = None if moved else clock.left(begun)
    left = spoken if now is None or spoken is None else max(now, min(spoken, _LEAST_SECONDS))
    rest = begun - known[-1].at if known[-1].kind == "close" else 0.0
    return PlayedTime(before.began + rest, line, left)
