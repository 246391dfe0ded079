"""A panel of judges: each vote is kept, the level is the median, and the spread is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from sandbox.record.payloads import ScoreStatus
from sandbox.scoring.judge import Quote, Vote

if TYPE_CHECKING:
    from sandbox.llm.gateway import Gateway


@dataclass(frozen=True)
class Panel:
    """The judges, and the number of votes (``samples``) that each gives on a criterion."""

    judges: tuple[Gateway, ...]
    samples: int = 1

    @property
    def names(self) -> str:
        """Names of the models, separated by commas."""
        return ", ".join(judge.endpoint.model for judge in self.judges)

    @property
    def ballots(self) -> list[tuple[Gateway, int]]:
        """The votes asked for on a criterion: each judge with the number of its vote, from 1."""
        return [(judge, sample) for judge in self.judges for sample in range(1, self.samples + 1)]

    @property
    def id(self) -> str:
        """An id made of the models' names and the number of votes."""
        return f"{self.names} x{self.samples}"


@dataclass(frozen=True)
class Score:
    """The score of one criterion, with the evidence of the vote that is shown.

    Args:
        level: median of the votes' levels, 1 to 5 in steps of 0.5; None for no score, which is never a low one.
        status: status of the vote shown, or why there is no level; ``reason`` says it in words.
        turn: id of the line that the first ``quote`` is from; further quotes are in ``also``.
        measure: value of the criterion's measure, if it has one.
        spread: highest less lowest level of the votes; None with fewer than two levels.
    """

    criterion: str
    level: float | None
    status: ScoreStatus
    turn: str
    quote: str
    reason: str
    measure: float | None
    spread: float | None = None
    votes: tuple[Vote, ...] = ()
    also: tuple[Quote, ...] = ()

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """All quotes."""
        return (Quote(self.turn, self.quote), *self.also) if self.quote else ()


def score_of(criterion: str, votes: Sequence[Vote], measure: float | None) -> Score:
    """Return the score of one or more votes on a criterion, with the value of its measure.

    There is a level if at least half of the votes have one; a vote without a level is never a low one. The evidence
    shown is that of the vote closest to the median; among equals, of one with a verified quote.
    """
    levels = [vote.level for vote in votes if vote.level is not None]
    spread = float(max(levels) - min(levels)) if len(levels) > 1 else None
    if 2 * len(levels) < len(votes) or not levels:
        order: tuple[ScoreStatus, ...] = ("cannot_tell", "refused", "failed", "not_judged")
        shown = min((vote for vote in votes if vote.level is None), key=lambda vote: order.index(vote.status))
        return Score(criterion, None, shown.status, "", "", shown.reason, measure, spread, tuple(votes))
    middle = median(levels)
    _, _, shown = min(
        ((abs(vote.level - middle), vote.status != "supported", vote) for vote in votes if vote.level is not None),
        key=lambda ranked: ranked[:2],
    )
    level = int(middle) if middle == int(middle) else middle
    evidence = shown.turn, shown.quote, shown.reason
    return Score(criterion, level, shown.status, *evidence, measure, spread, tuple(votes), shown.also)
