"""A table as the facilitator sees it beside others: what happens there, and who calls or is waited for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nicegui import ui

from sandbox.content.words import Words
from sandbox.web.database import TablePlace, TableRow
from sandbox.web.frame import PagePart, box, heading
from sandbox.web.house import House
from sandbox.web.room import TableRoom
from sandbox.web.waiting import stage_text, status_text, waiting_text

_STUCK_SECONDS = 60
"""Seconds for which somebody is waited for until a table counts as stuck."""


@dataclass(frozen=True)
class Glance:
    """A table at a glance: ``waits`` is empty where nobody is waited for, ``where`` and ``now`` before it has begun.

    It is stuck where it has stopped, or where somebody is waited for whose time, if there is any, is over.
    """

    row: TableRow
    title: str
    state: str
    people: str
    where: str
    now: str
    waits: str
    paused: bool
    stuck: bool
    calls: tuple[str, ...]


def glance_at(house: House, row: TableRow, words: Words) -> Glance:
    """Return a table at a glance."""
    room, players, audience = house.rooms.get(row.id), house.store.players(row.id), house.audience(row.id)
    waited = room.waited if room else {}
    late = [
        seat for seat, seconds in waited.items()
        if room and seconds > _STUCK_SECONDS and (room.turn_time.left(seat) or 0) <= 0
    ]  # fmt: skip
    through = room is not None and room.over_and_done
    stopped = room is not None and bool(room.stopped)
    paused = room is not None and room.running and not room.fold.over and room.paused
    state = "over" if through else "stopped" if stopped else "paused" if paused else row.state
    return Glance(
        row=row,
        title=house.table_told(row, words.lang),
        state=words(f"state.{state}"),
        people=_people(words, row, players, room),
        where=stage_text(room, words) if room else "",
        now=status_text(room, words) if room and not through and not waited else "",
        waits=waiting_text(room, words, players) if room and waited else "",
        paused=paused,
        stuck=bool(late) or stopped,
        calls=tuple(
            words(told, name=players[seat].name + words.paren(house.role(row.id, seat, words.lang)))
            for told, seats in (("tables.calls", audience.calls), ("tables.asks_back", audience.asking_back))
            for seat in seats
            if seat in players
        ),
    )


def _people(words: Words, row: TableRow, players: Mapping[str, TablePlace], room: TableRoom | None) -> str:
    here = words("watch.here", count=len(players), of=len(row.setup.persons))
    covered = sum(seat not in room.persons for seat in players) if room and room.running else 0
    return here + (words("tables.covered", count=covered) if covered else "")


class GlanceBox:
    """A box with a table at a glance, brought up to date in place: whoever reads it stays there."""

    def __init__(self, words: Words, level: int, title: str, links: Callable[[], object]) -> None:
        self._words = words
        with box() as self.element:
            heading(level, title)
            self._urgent = PagePart("pair")
            self._about, self._texts = PagePart(), PagePart()
            links()
        self._labels: tuple[ui.label, ...] = ()

    def show(self, glance: Glance, key: object, about: Callable[[], object], texts: Sequence[str]) -> None:
        """Show a table: its paused state and calls, what is said about it, drawn anew with its key, and texts."""
        self.element.classes(replace="box stuck" if glance.stuck or glance.calls else "box")
        urgent = glance.paused, glance.stuck, glance.calls
        self._urgent.show(urgent, lambda: self._draw_urgent(glance))
        self._about.show(key, about)
        shown = [text for text in texts if text]
        self._texts.show((len(shown), bool(glance.waits)), lambda: self._draw_texts(len(shown), bool(glance.waits)))
        for label, text in zip(self._labels, shown, strict=True):
            label.set_text(text)

    def _draw_urgent(self, glance: Glance) -> None:
        words = self._words
        for call in glance.calls:
            ui.label(call).classes("chip calls").props('role="alert" data-calls')
        if glance.paused:
            ui.label(words("state.paused")).classes("chip").props("data-paused")
        if glance.stuck:
            ui.label(words("tables.stuck")).classes("who")

    def _draw_texts(self, count: int, waits: bool) -> None:
        self._labels = tuple(ui.label() for _ in range(count))
        if waits:
            self._labels[-1].props("data-waiting")
