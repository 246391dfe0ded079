"""The votes of a session as they were cast, counted as a what-if would have them: certain, for nothing is played."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sandbox.content.acts import has
from sandbox.content.governance import CHAIR_BINDS, Aggregation
from sandbox.experiment.whatif.whatif import WhatifQuestion
from sandbox.game.ballots import BALLOT
from sandbox.game.counting import recast
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.record.line import BODY, DecisionTaken


class Recount(NamedTuple):
    """A decision of the body, and the same votes counted otherwise.

    Args:
        game: the game by whose rules they are counted.
        was: the decision.
        other: what it would have been.
    """

    game: Game
    was: DecisionTaken
    other: DecisionTaken


def recounted(session: Session, question: WhatifQuestion) -> Iterator[Recount]:
    """Yield each decision that the body took from the line on, its votes counted by other rules or with another vote.

    Where another move is no vote there is nothing to count, nor where the other rules ask seats that have not voted,
    leave it to the chair, or count as before. How the course itself would have changed by a rule is left out.
    """
    moment, game = question.moment, question.other.game
    before = {decision["id"] for decision in moment.state["decisions"]}
    for decision in session.decisions:
        if decision["by"] != BODY or decision["id"] in before:
            continue
        if question.changes and _counts(game, decision["stage"]) == _counts(moment.game, decision["stage"]):
            continue
        votes, abstained = dict(decision["votes"]), list(decision["abstained"])
        if not question.changes:
            other = question.other.line(moment.game)
            if not moment.line["vote"] or moment.line["about"] != decision["motion"]:
                continue
            votes.pop(moment.seat, None)
            abstained = [seat for seat in abstained if seat != moment.seat]
            if other["act"] in BALLOT:
                votes[moment.seat] = has(other["act"], "votes_for")
            else:
                abstained.append(moment.seat)
        asked = game.voters(decision["stage"])
        if game.governance.rules.aggregation.procedure in CHAIR_BINDS or not {*asked} <= {*votes, *abstained}:
            continue
        votes = {seat: vote for seat, vote in votes.items() if seat in asked}
        yield Recount(game, decision, recast(game, decision, votes, [seat for seat in abstained if seat in asked]))


def _counts(game: Game, stage: str) -> tuple[Aggregation, tuple[str, ...]]:
    """Return by what votes are counted in a stage: the aggregation rule, and whom it asks."""
    return game.governance.rules.aggregation, game.voters(stage)
