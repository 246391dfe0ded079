"""Levels and indicators that seem to contradict each other, each with what it counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sandbox.content.schemas import Criterion
from sandbox.report.figures import decimal
from sandbox.report.pages.debriefing.reader import Reader
from sandbox.report.pages.parts import measure_words
from sandbox.report.standings import rule_words, usable_level
from sandbox.scoring.assessment import Assessment

__all__ = ["at_odds"]

# An indicator of an assessment and a criterion whose names sound alike.
_ALIKE = (
    ("needs_met", "inclusion"),
    ("decision_share", "decision_share"),
    ("promises_kept", "promise_integrity"),
    ("visible_outputs", "supported_handover"),
    ("self_sustaining", "supported_handover"),
)
# From where an indicator (0 to 1) and a level (1 to 5) count as high, and up to where as low.
_HIGH, _LOW = (0.75, 4), (0.25, 2)


def at_odds(reader: Reader, sides: Sequence[Assessment]) -> Iterator[str]:
    """Yield for each indicator that is high where a criterion of like name is low, or the reverse, what both count.

    ``sides`` are the assessments as the reader may see them.
    """
    label = reader.label
    values = {name: value for side in sides for name, value in side.indicators.items()}
    criteria = {criterion.id: criterion for criterion in reader.game.rubric.criteria}
    for indicator, name in _ALIKE:
        value, criterion = values.get(indicator), criteria.get(name)
        level = _level(reader, criterion) if criterion else None
        if value is None or criterion is None or level is None:
            continue
        if (value >= _HIGH[0] and level <= _LOW[1]) or (value <= _LOW[0] and level >= _HIGH[1]):
            yield label(
                "debrief.at_odds",
                indicator=measure_words(reader, "m", indicator), value=decimal(value),
                counts=measure_words(reader, "d", indicator),
                criterion=reader.text(criterion.name), level=f"{level:g}", looks=_looks_at(reader, criterion),
            )  # fmt: skip


def _level(reader: Reader, criterion: Criterion) -> float | None:
    counted = reader.card.counted.get(criterion.id)
    if counted and counted.level is not None:
        return counted.level
    return next(
        (usable_level(reader.card, score) for score in reader.card.scores if score.criterion == criterion.id), None
    )


def _looks_at(reader: Reader, criterion: Criterion) -> str:
    """Return what gave a level: the rule that was counted, or the question of the criterion."""
    counted = reader.card.counted.get(criterion.id)
    rule = rule_words(criterion, counted, reader.game.spec.lang) if counted else ""
    return rule or reader.text(criterion.question)
