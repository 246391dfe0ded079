"""Hypotheses that say in part the same thing, since the outcome of one is counted into that of another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from sandbox.content.experiment_card import Design, Hypothesis
from sandbox.content.words import Words
from sandbox.experiment.outcomes import OUTCOMES, counted_into

__all__ = ["overlaps", "said_overlap"]


def overlaps(design: Design) -> Iterator[tuple[Hypothesis, Hypothesis]]:
    """Yield pairs of hypotheses about the same arm: one whose outcome is counted into the other's, then that other."""
    for part, whole in permutations(design.hypotheses, 2):
        if part.arm == whole.arm and counted_into(part.outcome, whole.outcome):
            yield part, whole


def said_overlap(part: Hypothesis, whole: Hypothesis, words: Words, names: str) -> str:
    """Return in words that two hypotheses say in part the same thing.

    ``names`` tells which hypotheses are meant: their ids, or their arm.
    """
    outcomes = {"part": words(OUTCOMES[part.outcome].words), "whole": words(OUTCOMES[whole.outcome].words)}
    return words("experiment.overlap", **outcomes, names=names)
