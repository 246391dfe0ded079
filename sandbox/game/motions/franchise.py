"""Who has a vote, how many votes carry a motion, and whose vote stops it, under the rules of a game."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from sandbox.content.acts import has
from sandbox.content.governance import Governance
from sandbox.game.game import Game
from sandbox.game.rules import binding, has_vote

Right = Literal["decides", "heard", "votes", "votes_and_stops", "only_stops", "none"]
"""What a seat has where a motion is decided: it decides alone, is heard before that, has a vote, has one that stops a
motion if it is against it, may only stop a motion, or has nothing."""


class Franchise(NamedTuple):
    """How a motion is decided in a stage.

    Args:
        votes: the seats whose votes count.
        carry: how many votes carry the motion if all are cast; 0 if nobody votes.
        stop: the seats whose vote against it stops the motion, whoever is for it.
        heard: the seats that are heard before the chair decides.
    """

    votes: tuple[str, ...]
    carry: int
    stop: tuple[str, ...]
    heard: tuple[str, ...]

    @property
    def voters(self) -> tuple[str, ...]:
        """The seats that give a vote, whether it counts or is only heard."""
        return self.votes or self.heard

    @property
    def only_stop(self) -> tuple[str, ...]:
        """The seats that have no vote but may stop the motion."""
        return tuple(seat for seat in self.stop if seat not in self.votes)


def franchise(game: Game, stage: str, terms: Mapping[str, str] | None = None) -> Franchise:
    """Return how a motion with some terms is decided in a stage (aggregation rule); None: how any motion is."""
    bound = None if terms is None else binding(game.governance, game.scenario, terms)
    aggregation, asked = game.governance.rules.aggregation, game.voters(stage)
    if aggregation.procedure == "chair_after_hearing":
        return Franchise((), 0, (), asked)
    votes = tuple(seat for seat in asked if has_vote(game.governance, game.positions, seat))
    everybody = aggregation.procedure == "consensus"
    stop = tuple(seat for seat in asked if everybody or aggregation.stops(game.positions[seat], bound))
    carry = aggregation.needed(len(votes), len(votes)) if votes else 0
    return Franchise(votes, carry, stop, ())


def right_of(game: Game, seat: str) -> Right:
    """Return the right that a seat has where motions are decided, in whichever stage of the game that is."""
    stages = [stage.id for stage in game.stages if "decides" in stage.abilities]
    if seat == game.chair and any(has(act, "binds") for act in game.acts(seat)):
        return "decides"
    for stage in stages:
        how = franchise(game, stage)
        if seat in how.heard:
            return "heard"
        if seat in how.stop:
            return "votes_and_stops" if seat in how.votes else "only_stops"
        if seat in how.votes:
            return "votes"
    return "none"


def veto_key(game: Game, key: str, seats: Iterable[str]) -> str:
    """Return the words' key for a veto of seats: the veto of the Party organisation has words of its own."""
    return f"{key}.party" if partys_own(game.governance, [game.positions.get(seat, "") for seat in seats]) else key


def partys_own(governance: Governance, positions: Sequence[str]) -> bool:
    """Return whether positions all belong to the Party organisation: each is held first of all by a cadre of it."""
    held = governance.rules.position
    return bool(positions) and all(name in held and held[name].kinds[:1] == ("party",) for name in positions)


def bought_off(game: Game, position: str) -> str:
    """Return, in words, what a motion must settle for a position to lose its veto; empty if it always holds."""
    words, lang, told = game.words, game.spec.lang, list[str]()
    for key, named in game.governance.rules.aggregation.unless.get(position, {}).items():
        asked = game.scenario.decision_by_id.get(key)
        options = [asked.options[option].get(lang) for option in named if option in asked.options] if asked else []
        if asked is None or not options:
            return ""
        quoted = words("rules.unless.or").join(words("rules.unless.option", option=option) for option in options)
        told.append(words("rules.unless.settled", question=asked.question.get(lang), options=quoted))
    return words("rules.unless", settled=words.join(told)) if told else ""
