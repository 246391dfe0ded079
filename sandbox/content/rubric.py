"""Schemas of rubrics: criteria with their anchors, and rules by which levels are counted without a judge."""

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
    """The rule that counts a level from acts, terms, conditions, votes and the ledger, without a judge.

    Args:
        cuts: instead of a rule, the least values of the criterion's measure for levels 2, 3, 4 and 5.
        levels: the requirements of each level, in words that a reader can check.
        cases: for levels with several ways to reach them, the words of each way, by the rule's name for it.
        none: the reasons for no level in words, by the rule's name for them.
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
        measure: the measure shown beside the level.
        counted: the rule that counts its level, if acts, terms, conditions, votes and the ledger suffice; a judge's
            level is shown beside it.
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
