"""Schemas of rubrics: criteria with their anchors, and how a level is counted where no judge is needed."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from sandbox.content.cards import Card, Id, Source, StageId, Text, fault, ids, refuse, unique
from sandbox.content.words import said

Level = Literal["1", "2", "3", "4", "5"]
MeasureName = Literal[
    "decision_share", "questions_before_proposal", "promises_within_remit", "turn_share_residents",
    "facts_told", "questions_settled", "own_problems_and_doubts", "plan_sections_copied", "plan_overlap",
    "hidden_facts_told", "doubters_persuaded", "departments_joined", "duplicate_tasks",
]  # fmt: skip
# Rubrics that sessions carry may have these names of earlier versions.
_CALLED_ONCE = {
    "resident_turn_share": "turn_share_residents", "local_facts_cited": "facts_told",
    "handover_terms_filled": "questions_settled",
}  # fmt: skip
RuleName = Literal[
    "who_binds", "asked_first", "promises_sound", "shaped_alike", "payer_and_provider", "departments_agree",
    "duplicates_lifted",
]  # fmt: skip


def _by_level(value: Any) -> Any:
    return {str(level): text for level, text in value.items()} if isinstance(value, dict) else value


class LevelRule(Card):
    """How a level is counted from acts, terms, conditions, votes and the ledger, without a judge.

    Args:
        cuts: in place of a rule, the least values of levels 2, 3, 4 and 5 of the criterion's measure.
        levels: what each level takes, in words that a reader can check.
        cases: of a level with several ways to it, each in words of its own, by the name that the rule gives it.
        none: why there is no level, by the name that the rule gives it.
    """

    rule: RuleName | None = None
    cuts: tuple[float, float, float, float] | None = None
    levels: Annotated[dict[Level, Text], BeforeValidator(_by_level)]
    cases: Annotated[dict[Level, dict[Id, Text]], BeforeValidator(_by_level)] = Field(default_factory=dict)
    none: dict[Id, Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> LevelRule:
        if (self.rule is None) == (self.cuts is None):
            raise ValueError(said("rubric_fault.rule_or_cuts"))
        if self.cuts and sorted(set(self.cuts)) != list(self.cuts):
            raise fault(("cuts",), said("rubric_fault.rise"))
        missing = set(get_args(Level)) - set(self.levels)
        if missing:
            raise fault(("levels",), said("rubric_fault.levels", levels=sorted(missing)))
        return self


class Criterion(Card):
    """One criterion of a rubric with its level anchors.

    Args:
        measure: the measure that stands beside the level.
        counted: how its level is counted, where acts, terms, conditions, votes and the ledger can tell; a judge's
            stands beside it.
    """

    id: Id
    name: Text
    question: Text
    stages: tuple[StageId, ...] = Field(min_length=1)
    anchors: Annotated[dict[Literal["1", "3", "5"], Text], BeforeValidator(_by_level)]
    measure: Annotated[MeasureName | None, BeforeValidator(lambda name: _CALLED_ONCE.get(str(name), name))] = None
    counted: LevelRule | None = None
    source: Source = Source()

    @model_validator(mode="after")
    def _measured(self) -> Criterion:
        if self.counted and self.counted.cuts and self.measure is None:
            raise fault(("counted", "cuts"), said("rubric_fault.no_measure"))
        return self

    @field_validator("anchors")
    @classmethod
    def _complete(cls, value: dict[str, Text]) -> dict[str, Text]:
        missing = {"1", "3", "5"} - set(value)
        if missing:
            raise ValueError(said("rubric_fault.levels", levels=sorted(missing)))
        return value


class Rubric(Card):
    """Criteria by which an outcome is scored from 1 to 5.

    Args:
        threshold: the weighted kappa that a judge must reach on a criterion's gold set to count as reliable.
    """

    id: Id
    name: Text
    threshold: float = Field(default=0.6, ge=0, le=1)
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    source: Source = Source()

    @model_validator(mode="after")
    def _criteria(self) -> Rubric:
        refuse(self, unique("criterion", ids("criteria", self.criteria)))
        return self
