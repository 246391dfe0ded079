"""Levels that are counted from acts, terms, votes and the ledger: no judge is asked, so none has to be trusted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.content.rubric import Criterion, Rubric
from sandbox.game.session import Session
from sandbox.scoring.level_rules import RULES
from sandbox.scoring.measures import measure

__all__ = ["CountedLevel", "counted_level", "counted_levels"]


@dataclass(frozen=True)
class CountedLevel:
    """A level that was counted, never judged.

    Args:
        criterion: the criterion's id.
        level: 1 to 5; None where nothing in the session speaks to it, never a low one.
        evidence: the lines, promises and decisions on which it rests.
        case: of a level with several ways to it, the one that was taken.
    """

    criterion: str
    level: int | None
    evidence: tuple[str, ...] = ()
    case: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as written to ``scores.json``."""
        return {"level": self.level, "evidence": list(self.evidence)}


def counted_levels(rubric: Rubric, session: Session) -> Mapping[str, CountedLevel]:
    """Return the counted levels of a session by criterion, for each criterion that has a rule."""
    return {one.id: counted_level(one, session) for one in rubric.criteria if one.counted is not None}


def counted_level(criterion: Criterion, session: Session) -> CountedLevel:
    """Return the level of a criterion by its rule, or by its measure and the cuts between levels.

    Raises:
        ValueError: the criterion has no rule.
    """
    rule = criterion.counted
    if rule is None:
        raise ValueError(f"criterion '{criterion.id}' is not counted")
    if not session.in_stages(criterion.stages):
        return CountedLevel(criterion.id, None)
    if rule.rule is not None:
        counted = CountedLevel(criterion.id, *RULES[rule.rule](session))
        return replace(counted, evidence=tuple(dict.fromkeys(counted.evidence)))
    value = measure(criterion.measure, session) if criterion.measure else None
    return CountedLevel(criterion.id, None if value is None else 1 + bisect_right(rule.cuts or (), value))
