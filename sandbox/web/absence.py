"""For whom somebody else speaks: seats of people whose persona has them for a while, and turns whose time was over."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.record.events import Event
from sandbox.record.line import Line

__all__ = ["Absence"]


class Absence:
    """Follows, event by event, which seats people have had, and whose time for a turn was over.

    Args:
        persons: the seats that people have from the start.
    """

    def __init__(self, persons: Iterable[str]) -> None:
        self._persons = set(persons)
        self._orders: dict[str, tuple[str, str, str]] = {}

    def event(self, event: Event) -> tuple[str, str]:
        """Take an event; return the seat whose time it tells to be over, and what came of that; else empty texts.

        What came of it is ``persona`` where the persona speaks, and ``skip`` where the turn is passed over.
        """
        told = event.payload
        if event.kind == "order" and told["kind"] in ("seat", "skip"):
            what = told["by"] if told["kind"] == "seat" else "skip"
            self._orders[told["id"]] = (told["seat"], what, told["giver"])
        elif event.kind == "line" and told["origin"] == "person":
            self._persons.add(event.seat)
        elif event.kind == "direction" and not told["refused"]:
            seat, what, giver = self._orders.get(told["id"], ("", "", ""))
            if what == "person":
                self._persons.add(seat)
            elif giver == "clock" and what:
                return seat, what
        return "", ""

    def covers(self, line: Line) -> bool:
        """Return whether a line of a seat that a person has had is not that person's: the persona spoke."""
        return line["seat"] in self._persons and line["origin"] != "person"
