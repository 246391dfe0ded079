"""Seats that are lent to their personas for a turn, because a person's time was over or the facilitator said so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from sandbox.game.state import Floor
from sandbox.record.events import Event
from sandbox.record.payloads import Giver, OrderKind

Overdue = Literal[
    "speaks", "persona", "skip", "uncast", "waits", "decided", "pulse", "gone", "inject", "extend", "skipped"
]
"""Why somebody has lost a turn: their time was over, and the persona speaks, or has spoken, the turn is skipped, their
vote is not cast, the decision waits for them, what they had chosen is decided, or the rules answer the pulse; the rules
do so too where their page was gone for long; or an order of the facilitator, news or more room, gave the floor to
somebody else, or skipped them, or put their vote down as not cast."""

MOVES: Mapping[OrderKind, Overdue] = {"inject": "inject", "extend": "extend"}
"""The orders that may give the floor to somebody else, with why whoever had it has lost a turn."""


class Lending:
    """Tells from a log which seats are lent for a turn, and gives them back when that is over, with a line or without.

    Who lets the time for a second turn running pass has the seat back only when they take it.

    Args:
        hands: takes who is to have a seat, and who gives it.

    Attributes:
        overdue: the seats whose people let their time pass and have done nothing since, with what came of it.
    """

    def __init__(self, hands: dict[str, tuple[str, Giver]]) -> None:
        self.overdue: dict[str, Overdue] = {}
        self._hands = hands
        self._missed: dict[str, int] = {}
        self._lent: dict[str, Giver] = {}

    def late(self, seat: str) -> bool:
        """Take that a person let the time for a turn pass, and return whether the persona has the seat for a turn."""
        self.overdue[seat] = "speaks"
        self._missed[seat] = self._missed.get(seat, 0) + 1
        return self._missed[seat] == 1

    def event(self, event: Event, floor: Floor | None) -> None:
        """Take an event of the log, after which somebody may have the floor."""
        payload = event.payload
        if event.kind == "line":
            self._spoke(event.seat)
        elif event.kind == "decision":
            self._give_back([*self._lent])
        elif event.kind == "direction" and not payload["refused"]:
            self._directed(payload["kind"], floor)
        elif event.kind == "order" and payload["kind"] == "seat":
            self._hands.pop(event.seat, None)
            if payload["by"] == "person":
                self.handed(event.seat)
            elif payload.get("lends", payload["giver"] == "clock"):
                self._lent[event.seat] = payload["giver"]
            else:
                self._lent.pop(event.seat, None)

    def is_there(self, seat: str) -> None:
        """Take that the person of a seat has done something."""
        self._missed.pop(seat, None)
        self.overdue.pop(seat, None)

    def handed(self, seat: str) -> None:
        """Take that a seat was given to its person, or its persona, for good."""
        self._lent.pop(seat, None)
        self._came_to_nothing(seat)

    def _spoke(self, seat: str) -> None:
        if self.overdue.get(seat) == "speaks":
            self.overdue[seat] = "persona"
        if seat in self._lent:
            self._give_back([seat])

    def _directed(self, kind: OrderKind, floor: Floor | None) -> None:
        if kind in ("end", "skip", "vote"):
            self._give_back([*self._lent])
        elif kind in MOVES and floor is not None and floor["phase"] != "decision":
            self._give_back([seat for seat in self._lent if seat != floor["seat"]])

    def _give_back(self, seats: Iterable[str]) -> None:
        for seat in seats:
            self._hands[seat] = "person", self._lent.pop(seat)
            self._came_to_nothing(seat)

    def _came_to_nothing(self, seat: str) -> None:
        if self.overdue.get(seat) == "speaks":
            del self.overdue[seat]
