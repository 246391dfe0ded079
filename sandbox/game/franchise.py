"""Who has a vote, how many votes carry a motion, and whose vote against stops it, read off the rules at work."""

from __future__ import annotations

from typing import Literal, NamedTuple

from sandbox.content.acts import has
from sandbox.game.game import Game
from sandbox.game.rules import has_vote

Right = Literal["decides", "heard", "votes", "votes_and_stops", "only_stops", "none"]
"""What a seat has where a motion is decided: it decides alone, is heard before that, has a vote, has one that stops a
motion if it is against it, may only stop a motion, or has nothing."""


class Franchise(NamedTuple):
    """How a motion is decided in a stage.

    Args:
        votes: the seats whose votes count.
        carry: how many votes for the motion carry it if all are given; 0 where nobody votes.
        stop: the seats whose vote against stops the motion, whoever is for it.
        heard: the seats that say how they see it before the chair decides.
    """

    votes: tuple[str, ...]
    carry: int
    stop: tuple[str, ...]
    heard: tuple[str, ...]


def franchise(game: Game, stage: str) -> Franchise:
    """Return how a motion is decided in a stage (aggregation rule)."""
    aggregation, asked = game.governance.rules.aggregation, game.voters(stage)
    if aggregation.procedure == "chair_after_hearing":
        return Franchise((), 0, (), asked)
    votes = tuple(seat for seat in asked if has_vote(game.governance, game.positions, seat))
    everybody = aggregation.procedure == "consensus"
    stop = tuple(seat for seat in asked if everybody or game.positions[seat] in aggregation.veto)
    carry = aggregation.needed(len(votes), len(votes)) if votes else 0
    return Franchise(votes, carry, stop, ())


def right_of(game: Game, seat: str) -> Right:
    """Return what a seat has where a motion is decided, in whichever stage of the game decides."""
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
