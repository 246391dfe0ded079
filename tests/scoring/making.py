"""Sessions as the scores see them, made by hand for tests."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.models import Lang
from sandbox.institution.line import DecisionTaken, Line
from sandbox.scoring.played import Played
from sandbox.session.game import Game, SessionSpec
from tests.institution.making import LIBRARY, line

__all__ = ["line", "played", "vote"]


def played(
    *lines: Line,
    decisions: Sequence[DecisionTaken] = (),
    lang: Lang = "en",
    stages: tuple[str, ...] = (),
    governance: str = "joint_production",
) -> Played:
    """Return a session with these lines."""
    spec = SessionSpec(scenario="four_oclock_school", governance=governance, lang=lang, stages=stages)
    return Game(spec, LIBRARY).played(lines, decisions)


def vote(votes: dict[str, bool], *, terms: dict[str, str] | None = None, carried: bool = True) -> DecisionTaken:
    """Return a decision; without votes it is the mayor's."""
    return {
        "id": "D-public_engagement",
        "stage": "public_engagement",
        "motion": "L001",
        "procedure": "majority" if votes else "chair_decides",
        "by": "body" if votes else "mayor",
        "votes": votes,
        "carried": carried,
        "terms": terms or {},
    }
