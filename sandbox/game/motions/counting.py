"""How the votes on a decided motion count, what kept it from being carried, and what other votes would have changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Literal, NamedTuple

from sandbox.game.game import Game
from sandbox.game.rules import carried, has_vote, vetoes
from sandbox.record.line import BODY, DecisionTaken, Line


class Counted(NamedTuple):
    """How the votes on a motion were counted.

    Args:
        votes: the votes that count, true for the motion.
        abstained: the seats with a vote that abstained.
        uncast: the seats whose vote, or veto, was not cast.
        unused: the seats that hold a veto but no vote, and did not use it.
        missed: the quorum that was missed; 0 if there were enough votes or no quorum.
        needed: how many votes carry the motion, of those cast or of all; 0 if the chair decides.
    """

    votes: Mapping[str, bool]
    abstained: tuple[str, ...]
    uncast: tuple[str, ...]
    unused: tuple[str, ...]
    missed: int
    needed: int

    @property
    def short(self) -> bool:
        """Whether the votes alone kept the motion from being carried, even without any veto."""
        return bool(self.missed) or sum(self.votes.values()) < self.needed


def counted(game: Game, decision: DecisionTaken) -> Counted:
    """Return how the votes on a motion that was decided were counted (aggregation rule)."""
    uncast = decision.get("uncast", ())
    asked = [*decision["votes"], *decision["abstained"]]
    entitled = {seat for seat in asked if has_vote(game.governance, game.positions, seat)}
    votes = {seat: vote for seat, vote in decision["votes"].items() if seat in entitled}
    rule, by_body = game.governance.rules.aggregation, decision["by"] == BODY
    quorum = rule.due(len(entitled)) if by_body else 0
    return Counted(
        votes,
        tuple(seat for seat in decision["abstained"] if seat in entitled and seat not in uncast),
        tuple(uncast),
        tuple(seat for seat in asked if seat not in (*entitled, *decision["vetoed_by"], *uncast)),
        quorum if len(votes) < quorum else 0,
        rule.needed(len(votes), len(entitled)) if by_body else 0,
    )


def heard_on(decision: DecisionTaken, lines: Sequence[Line]) -> str:
    """Return the line of the motion on which voters were heard before one seat decided; empty if none were."""
    before = takewhile(lambda line: line["id"] != decision["motion"], lines)
    views = [line["about"] for line in before if line["vote"] and line["stage"] == decision["stage"]]
    return views[-1] if views and decision["by"] != BODY else ""


def voted_otherwise(game: Game, decision: DecisionTaken, seat: str) -> Counted | None:
    """Return how the votes would have counted had one seat voted otherwise, if that alone changes the outcome.

    A seat that abstained would have voted against what was carried, or for what was not. None if the outcome would have
    been the same, or the seat was not asked for a vote or cast none.
    """
    asked = {*decision["votes"], *decision["abstained"]}.difference(decision.get("uncast", ()))
    if decision["by"] != BODY or seat not in asked:
        return None
    votes = {**decision["votes"], seat: not decision["votes"].get(seat, decision["carried"])}
    other = recast(game, decision, votes, [out for out in decision["abstained"] if out != seat])
    return None if other["carried"] is decision["carried"] else counted(game, other)


def recast(game: Game, decision: DecisionTaken, votes: Mapping[str, bool], abstained: Sequence[str]) -> DecisionTaken:
    """Return what a decision of the body would have been with other votes, or under the rules of another game."""
    return {
        **decision,
        "votes": dict(votes),
        "abstained": list(abstained),
        "uncast": [seat for seat in decision.get("uncast", ()) if seat in abstained],
        "procedure": game.governance.rules.aggregation.procedure,
        "vetoed_by": list(vetoes(game.governance, game.positions, votes, decision["terms"])),
        "carried": carried(game.governance, game.positions, votes, abstained, decision["terms"]),
    }


Rejection = Literal["veto", "veto_only", "quorum", "consensus", "majority", "share"]


def rejected_by(game: Game, decision: DecisionTaken) -> Rejection:
    """Return what kept a motion from being carried: a veto, perhaps of a seat without a vote, or the count."""
    if vetoed := decision["vetoed_by"]:
        return "veto" if has_vote(game.governance, game.positions, vetoed[0]) else "veto_only"
    if counted(game, decision).missed:
        return "quorum"
    if decision["procedure"] == "consensus":
        return "consensus"
    return "share" if game.governance.rules.aggregation.by_share else "majority"
