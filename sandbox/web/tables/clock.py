"""The time-box of a stage, the time for a turn and to take one back, and what a table that goes back keeps of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.content.stage_card import Stage
from sandbox.errors import SandboxError
from sandbox.record.events import Event
from sandbox.record.folder import SessionFolder

SECONDS_HELD = 5
"""For how long new tables hold what somebody has said, or voted, so that it may be taken back."""
LONG_PLAN = 120
"""Minutes of a time plan from which on stages that draft or decide leave longer for a turn."""
VOTE_SECONDS = 120
"""The least that a person has for a vote, where there is a limit: a motion with its options is read first."""
CARD_SECONDS = 4.0
"""The longest for which a line of a card is left standing before the next, for whoever looks it over."""
SKIMMED, READ = 2.0, 0.75
"""Times the speed at which a text is read: by whoever looks it over, and by slow readers."""
_LEAST_SECONDS = 60.0
"""Seconds that are left at least after going back within a stage, where the line was spoken with so many left."""


class StageClock:
    """Tells how much time the stage being played has left; a pause and the time in which the program was down are free.

    A pause counts from when it is asked for, though a line may still be on its way.
    Time-boxes are in minutes, by stage; a stage that is not among them has none.
    """

    def __init__(self, minutes: Mapping[str, int]) -> None:
        self._minutes = minutes
        self._end: float | None = None
        self._paused: float | None = None
        self._last = 0.0
        self._extends: dict[str, int] = {}

    def event(self, event: Event) -> None:
        """Take an event of the log."""
        if event.kind == "stage":
            minutes = self._minutes.get(event.stage)
            self._end = event.at + 60 * minutes if minutes else None
            self._paused = None if self._paused is None else event.at
        elif event.kind == "minutes":
            self._end = None
        elif event.kind == "order":
            self._ordered(event)
        elif event.kind == "direction" and event.payload["kind"] == "extend" and not event.payload["refused"]:
            self._extended(event)
        self._last = event.at

    def set_left(self, seconds: float | None, now: float) -> None:
        """Take that so many seconds are left of the stage's time; None changes nothing."""
        if seconds is not None and self._end is not None:
            self._end = seconds + (now if self._paused is None else self._paused)

    def left(self, now: float) -> float | None:
        """Return the seconds that are left, below 0 when the time is over, or None where there is no time-box."""
        if self._end is None:
            return None
        return self._end - (now if self._paused is None else self._paused)

    def _ordered(self, event: Event) -> None:
        kind = event.payload["kind"]
        if kind == "extend":
            self._extends[event.payload["id"]] = event.payload["minutes"]
        elif kind == "restart" and self._end is not None and self._paused is None:
            self._end += event.at - self._last
        elif kind == "pause" and self._paused is None:
            self._paused = event.at
        elif kind == "resume" and self._paused is not None:
            if self._end is not None:
                self._end += event.at - self._paused
            self._paused = None

    def _extended(self, event: Event) -> None:
        seconds = 60 * self._extends.get(event.payload["id"], 0)
        if self._end is not None and seconds:  # where time has no limit there is nothing to add to
            self._end = max(self._end, event.at if self._paused is None else self._paused) + seconds


def turn_seconds(seconds: int, plan: int, stage: Stage) -> int:
    """Return the seconds that a person has for a turn in a stage.

    A stage that drafts or decides gets 5/3 of ``seconds`` (150 instead of 90) in a long enough plan, since a motion
    with its options is chosen and worded there (measured with a teacher of officials, on a phone).

    Args:
        seconds: the limit that was set up; 0 for no limit.
        plan: the whole plan in minutes, with briefing and debrief; 0 for none.
        stage: the stage of the turn.
    """
    drafts = not {"drafts", "decides"}.isdisjoint(stage.abilities)
    return seconds * 5 // 3 if plan >= LONG_PLAN and drafts else seconds


def card_seconds(reading: bool) -> float:
    """Return the longest time for which a card's line stays up, with or without waiting for slow readers."""
    return CARD_SECONDS * SKIMMED / READ if reading else CARD_SECONDS


@dataclass
class Thinking:
    """The wait for a model: when it was asked (by the monotonic clock), and the number of the attempt."""

    since: float
    attempts: int = 0


@dataclass
class TurnTime:
    """Measures how long each person has been waited for, and how many seconds they have left.

    When a seat is asked the same thing again, for instance after a pause or an order, its time continues.
    The limit is in seconds by the clock. With 0 there is no limit, except for a request that has its own.

    Attributes:
        lost: by seat what it was asked when its time for that was over last.
    """

    limit: int = 0
    clock: Callable[[], float] = time.monotonic
    lost: dict[str, str] = field(default_factory=dict)
    _own: dict[str, float] = field(default_factory=dict)
    _least: dict[str, float] = field(default_factory=dict)
    _asked: dict[str, tuple[str, float]] = field(default_factory=dict)
    _spent: dict[str, tuple[str, float]] = field(default_factory=dict)
    _free: dict[str, tuple[str, float]] = field(default_factory=dict)

    def allow(self, limit: int) -> None:
        """Set the limit for a turn; a changed limit also starts anew for the seats that are being asked now."""
        if limit != self.limit:
            waited = {seat: (self._asked[seat][0], seconds) for seat, seconds in self.waited().items()}
            self.limit, self._free = limit, {**self._spent, **waited}

    def ask(self, seat: str, what: str, own: float = 0.0, least: float = 0.0) -> None:
        """Start the time of a seat that is asked for something; a repeated request changes nothing.

        Args:
            seat: the seat that is asked.
            what: what it is asked for.
            own: the seconds for this request if there is no general limit; 0 for no limit.
            least: the seconds that the seat gets at least where any limit applies.
        """
        if self._asked.get(seat, ("",))[0] != what:
            self._asked[seat] = (what, self.clock())
            self._own[seat], self._least[seat] = own, least

    def give(self, seats: Iterable[str], seconds: float) -> None:
        """Give seats additional seconds for what they are being asked now."""
        for seat in {*seats} & self._asked.keys():
            self._free[seat] = self._asked[seat][0], self._not_counted(seat) + seconds

    def limit_from_now(self, seconds: float) -> None:
        """Give every seat that has no limit these seconds, from now on, for what it is being asked."""
        if not self.limit:
            for seat, waited in self.waited().items():
                self._own[seat] = self._own[seat] or waited - self._not_counted(seat) + seconds

    def stop(self, seat: str) -> None:
        """Stop waiting for a seat, for good or for a while."""
        if seat in self._asked:
            what, _ = self._asked[seat]
            self._spent[seat] = (what, self.waited()[seat])
            del self._asked[seat]

    def run_out(self, seat: str) -> None:
        """Stop waiting for a seat whose time is over."""
        if seat in self._asked:
            self.lost[seat], _ = self._asked[seat]
        self.stop(seat)

    def waited(self) -> dict[str, float]:
        """Return the seconds for which each seat that is asked now has been waited for."""
        now = self.clock()
        earlier = {
            seat: spent for seat, (what, spent) in self._spent.items() if self._asked.get(seat, ("",))[0] == what
        }
        return {seat: earlier.get(seat, 0.0) + now - since for seat, (_, since) in self._asked.items()}

    def left(self, seat: str) -> float | None:
        """Return the seconds that a seat has left, below 0 when its time is over; None where it has no limit."""
        waited = self.waited().get(seat)
        limit = self.limit or self._own.get(seat, 0.0)
        if waited is None or not limit:
            return None
        return max(limit, self._least[seat]) - waited + self._not_counted(seat)

    def _not_counted(self, seat: str) -> float:
        what, free = self._free.get(seat, ("", 0.0))
        return free if what == self._asked[seat][0] else 0.0


class Hold:
    """Does something after some seconds unless it is stopped; with 0 seconds it does it at once."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, then: Callable[[], None]) -> None:
        """Call ``then`` when the seconds are over; an earlier call that still waits is dropped."""
        self.stop()
        if self._seconds:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._over, then)
        else:
            then()

    def stop(self) -> None:
        """Drop the call that waits, if there is one."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def left(self) -> float | None:
        """The seconds that are left; None where nothing waits."""
        return None if self._timer is None else max(0.0, self._timer.when() - asyncio.get_running_loop().time())

    def _over(self, then: Callable[[], None]) -> None:
        self._timer = None
        then()


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
        """Pass an event to the clock of a stage; at the line where the session branched off, restore the time left."""
        clock.event(event)
        if event.kind == "line" and event.payload["id"] == self.line:
            clock.set_left(self.left, event.at)


def played_time(folder: SessionFolder, events: Sequence[Event], minutes: Mapping[str, int]) -> PlayedTime:
    """Return what a session takes over of its table's time: all of it, where the table is still in the same stage.

    Of an earlier stage, to which the table goes back, it is what was left when the line was spoken. A log that is no
    longer there, or cannot be read, leaves the session with its own time alone.
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
    ends = [event.at for event in known if event.kind == "close"]  # whoever judges it later adds to its log
    rest = begun - ends[-1] if ends else 0.0
    return PlayedTime(before.began + rest, line, left)
