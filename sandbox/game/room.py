"""The room of a stage: what rules and cards come to for those in it; worked out once for all sessions of a game."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sandbox.content.acts import has
from sandbox.content.schemas import Inject
from sandbox.game.rules import present_seats, voters
from sandbox.record.line import ALL

if TYPE_CHECKING:
    from sandbox.game.game import Game

__all__ = ["Replier", "Room", "Rooms"]


class Replier(NamedTuple):
    """A seat with a point that replies to an event.

    Args:
        mildly: whether it neither asks nor opposes with it.
        place: its place in the room.
        seat: the seat.
    """

    mildly: bool
    place: int
    seat: str


class Room:
    """What the rules and cards of a game come to in a stage.

    Args:
        game: the game; its seed, style, model and persons do not matter.
        stage: the stage, whether or not the session plays it.
    """

    def __init__(self, game: Game, stage: str) -> None:
        self._game, self._stage = game, stage
        self._repliers: dict[str, tuple[Replier, ...]] = {}

    @cached_property
    def present(self) -> tuple[str, ...]:
        """The seats that take part; a host from elsewhere only where there is a tour."""
        game = self._game
        room = present_seats(game.governance, game.positions, self._stage)
        if self._stage in game.able("tours"):
            return room
        return tuple(seat for seat in room if game.personas[seat].kind != "host")

    @cached_property
    def limit(self) -> int:
        """The most lines that the discussion may have; the vote comes on top.

        Where the spec names no limit, there are at least three lines more than seats, so that there are replies.
        """
        return self._game.spec.turns or max(self._game.library.stage(self._stage).turns, len(self.present) + 3)

    @cached_property
    def voters(self) -> tuple[str, ...]:
        """The seats that are asked for a vote."""
        return voters(self._game.governance, self._game.positions, self.present)

    @cached_property
    def addressees(self) -> Mapping[str, tuple[str, ...]]:
        """To whom each seat may speak: the others, or all of them."""
        everybody = (*self.present, ALL)
        return {seat: tuple([other for other in everybody if other != seat]) for seat in self._game.positions}

    @cached_property
    def injects(self) -> tuple[Inject, ...]:
        """The events from outside that arrive by themselves."""
        return tuple(inject for inject in self._game.injects if inject.stage == self._stage)

    @cached_property
    def arrivals(self) -> frozenset[int]:
        """After how many lines events from outside arrive."""
        return frozenset(inject.turn for inject in self.injects)

    def repliers(self, event: str) -> tuple[Replier, ...]:
        """Return the seats with a point that replies to an event from outside."""
        known = self._repliers.get(event)
        if known is None:
            known = self._repliers[event] = tuple(
                Replier(not (has(point.act, "seeks") or has(point.act, "opposes")), self.present.index(seat), seat)
                for seat, point in self._game.scenario.replies.get(event, ())
                if self._stage in point.stages and seat in self.present
            )
        return known


class Rooms(dict[str, Room]):
    """The rooms of stages, each made when it is first asked for.

    Args:
        game: the game.
    """

    def __init__(self, game: Game) -> None:
        super().__init__()
        self._game = game

    def __missing__(self, stage: str) -> Room:
        """Return the room of a stage that nobody has asked for yet."""
        room = self[stage] = Room(self._game, stage)
        return room
