"""A table at a glance: who is there, what is happening, who is waited for, and whether it is stuck."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.content.words import Words
from sandbox.web.house import House
from sandbox.web.schema import TableRow
from sandbox.web.waiting import stage_text, status_text, waiting_text

__all__ = ["Glance", "glance_at"]

_STUCK_SECONDS = 60
"""Seconds for which somebody is waited for until a table counts as stuck."""


@dataclass(frozen=True)
class Glance:
    """A table as the facilitator sees it beside others."""

    row: TableRow
    title: str
    state: str
    people: str
    where: str
    now: str
    waits: str
    stuck: bool
    calls: tuple[str, ...]


def glance_at(house: House, row: TableRow, words: Words) -> Glance:
    """Return a table at a glance."""
    room, players = house.rooms.get(row.id), house.store.players(row.id)
    waited = room.waited if room else {}
    calls = [players[seat].name for seat in house.audience(row.id).calls if seat in players]
    through = room is not None and room.over_and_done
    stopped = room is not None and bool(room.stopped)
    state = "over" if through else "stopped" if stopped else row.state
    return Glance(
        row=row,
        title=house.table_title(row, words.lang),
        state=words(f"state.{state}"),
        people=words("watch.here", count=len(players), of=len(row.setup.persons)),
        where=stage_text(room, words) if room else "",
        now=status_text(room, words) if room and not through and not waited else "",
        waits=waiting_text(room, words, players) if room and waited else "",
        stuck=any(seconds > _STUCK_SECONDS for seconds in waited.values()) or stopped,
        calls=tuple(calls),
    )
