"""The room of a stage: the effects of rules and cards on its seats, computed once for all sessions of a game."""

from __future__ import annotations

from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from sandbox.content.acts import has
from sandbox.game.floor.policy import shares
from sandbox.game.rules import hears, present_seats, voters
from sandbox.record.line import ALL

if TYPE_CHECKING:
    from sandbox.game.floor.policy import Claim
    from sandbox.game.floor.talk import Talk
    from sandbox.game.game import Game
    from sandbox.game.ledger.entries import Item
    from sandbox.game.motions.backing import Stances
    from sandbox.game.state import Floor, News
    from sandbox.record.line import Line


_TWO = 2

Replier = tuple[bool, int, str]
"""A seat with a point that replies to an event: whether it neither asks nor opposes with it, its place, the seat."""


class Room:
    """The effects of a game's rules and cards in a stage.

    Args:
        game: the game; its seed, style, model and persons do not matter.
        stage: the stage, whether or not the session plays it.

    Attributes:
        stage: the id of the stage.
        decides: whether the body decides there; ``drafts``, ``tours`` and ``reviews`` are the stage's other abilities.
        cascade: whether each level must be told there by the level above before all may speak.
        host: the seat that shows another place there, or empty.
        asides: whether the rules permit asides.
        floor: the floor policy.
        present: the seats that take part; a host from elsewhere only on a tour.
        movers: the seats that may put a motion.
        limit: the most lines of the discussion; the vote comes on top. If the spec names no limit, there are at least
            three lines more than seats, so that there are replies. For free play see `Game.limit_in`.
        shares: how many lines one seat may have, and how many if nobody asks it, unless the limit is changed.
        voters: the seats that are asked for a vote.
        addressees: the seats to which each seat may speak, and all of them.
        audience: the seats that hear a line that is no aside, by its speaker and addressee.
        injects: the events from outside that arrive by themselves.
        arrivals: the same as news, by the number of lines after which they arrive, in this order.
        fresh: after how many lines one of these is news that nobody, or only the line after it, may have taken up.
        silence: the discussion before anybody has spoken.
        talked: cache: the discussion that was read last, after all lines of the stage.
        floors: cache: floors given in open discussions, by the claim and whether time may be asked for.
        ballots: cache: floors given for a vote, by the seat.
        stances: cache: the stances on the motions that were read last.
        tabled: cache: the motions read last, with the ledger, decisions and choice that they depend on.
    """

    def __init__(self, game: Game, stage: str) -> None:
        self._game, self.stage = game, stage
        self._repliers: dict[str, list[Replier]] = {}
        self.ballots: dict[str, Floor] = {}
        self.stances: Stances | None = None
        self.floors: dict[tuple[Claim, bool], Floor] = {}
        self.tabled: tuple[tuple[object, ...], tuple[Item, ...]] = ((None, None, None), ())
        rules, able = game.governance.rules, game.able
        self.decides, self.drafts = stage in able("decides"), stage in able("drafts")
        self.tours, self.reviews = stage in able("tours"), stage in able("reviews")
        card = next((card for card in game.library.stages() if card.id == stage), None)
        self.cascade = card is not None and card.cascade
        self.host = game.scenario.tour.host if self.tours else ""
        self.asides, self.floor = rules.information.asides, rules.floor
        seats = present_seats(game.governance, game.positions, stage)
        self.present = tuple([seat for seat in seats if self.tours or game.personas[seat].kind != "host"])
        self.movers = [seat for seat in self.present if any(has(act, "proposes") for act in game.acts(seat))]
        self.silence: Talk = ([], [], [*self.present], [], False)
        self.talked: tuple[list[Line], Talk] = ([], self.silence)
        self.limit = game.spec.turns or max(card.turns if card else 0, len(self.present) + 3)
        self.shares = shares(self.limit, len(self.present)) if self.present else (0, 0)
        self.voters = voters(game.governance, game.positions, self.present)
        everybody = (*self.present, ALL)
        self.addressees = {seat: tuple([other for other in everybody if other != seat]) for seat in game.positions}
        named = product(game.positions, everybody)
        if rules.information.lines == "room":  # of some seventy pairs each would be told the same
            room = list(self.present)
            self.audience = dict.fromkeys(named, room)
        else:
            self.audience = {pair: [*hears(game.governance, game.chair, self.present, *pair)] for pair in named}
        self.injects = tuple([inject for inject in game.injects if inject.stage == stage])
        self.arrivals: dict[int, list[News]] = {}
        for inject in sorted(self.injects, key=lambda inject: inject.turn):
            text, to = inject.text.get(game.spec.lang), list(inject.to)
            news: News = {"id": inject.id, "stage": stage, "turn": inject.turn, "text": text, "to": to}
            self.arrivals.setdefault(inject.turn, []).append(news)
        # News counts until two lines have been spoken, since a question comes first.
        self.fresh = frozenset([turn + since for turn in self.arrivals for since in (0, 1)])

    def aside(self, line: Line) -> bool:
        """Return whether a line was said to its addressee alone while others were present."""
        return self.asides and len(self.present) > _TWO and {*line["visible_to"]} == {line["seat"], line["to"]}

    @cached_property
    def carried(self) -> frozenset[str]:
        """The facts that the points of the stage carry."""
        points = (point for _, point in self._game.points.values() if self.stage in point.stages)
        return frozenset(fact for point in points for fact in point.facts)

    def repliers(self, event: str) -> list[Replier]:
        """Return the seats with a point that replies to an event from outside, those that ask or oppose first."""
        known = self._repliers.get(event)
        if known is None:
            known = self._repliers[event] = sorted(
                (not (has(point.act, "seeks") or has(point.act, "opposes")), self.present.index(seat), seat)
                for seat, point in self._game.scenario.replies.get(event, ())
                if self.stage in point.stages and seat in self.present
            )
        return known


class Rooms(dict[str, Room]):
    """The rooms of stages, each made on first use."""

    def __init__(self, game: Game) -> None:
        super().__init__()
        self._game = game

    def __missing__(self, stage: str) -> Room:
        """Make the room of a stage on first use."""
        room = self[stage] = Room(self._game, stage)
        return room
