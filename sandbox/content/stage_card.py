"""The card of a stage: its end and its abilities."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer, model_validator

from sandbox.content.aftermath import Aftermath
from sandbox.content.cards import Grown, Id, Source, Text, fault, ids, refuse, unique
from sandbox.content.words import said

EndRule = Literal["turn_limit", "doubts_answered", "plans_filed", "doubter_settled", "decision_made", "all_reported"]
StageAbility = Literal["drafts", "tours", "decides", "reviews"]
# What a stage must be able to do for its purpose to be met.
_NEEDED: dict[EndRule, StageAbility] = {
    "plans_filed": "drafts", "doubter_settled": "tours", "decision_made": "decides", "all_reported": "reviews",
}  # fmt: skip


def _as_written(order: float) -> int | float:
    """Return a whole number as an int, so that digests of content do not change."""
    return int(order) if order.is_integer() else order


class Stage(Grown):
    """A step by which the reform spreads.

    Args:
        order: its position among the stages, above 0; shipped ones have 1 to 5, and others may be
            between two of them (3.5).
        ends_when: the purpose whose fulfilment ends it before its limit.
        abilities: ``drafts``: plans are written; ``tours``: a host shows another place; ``decides``: the body decides;
            ``reviews``: what was promised falls due.
        cascade: whether each level must be told by the one above before all may speak.
        aftermath: possible outcomes of what was promised; for a stage that reviews.
        inspection: the questions of an inspection that arrives as the stage opens; for a stage that reviews.
    """

    newer = ("aftermath", "inspection")

    id: Id
    order: Annotated[float, PlainSerializer(_as_written)] = Field(gt=0)
    name: Text
    purpose: Text
    setting: Text
    product: Text
    turns: int = Field(ge=1, le=500)
    ends_when: EndRule
    abilities: tuple[StageAbility, ...] = ()
    cascade: bool = False
    aftermath: tuple[Aftermath, ...] = ()
    inspection: Text | None = None
    source: Source = Source()

    @cached_property
    def reviews(self) -> bool:
        """Whether what was promised falls due in it; sessions play such a stage only if they name it."""
        return "reviews" in self.abilities

    @model_validator(mode="after")
    def _fits(self) -> Stage:
        wanted = _NEEDED.get(self.ends_when)
        if wanted and wanted not in self.abilities:
            raise fault(("ends_when",), said("content.ability", value=self.ends_when, ability=wanted))
        for name in self.newer:
            if getattr(self, name) and not self.reviews:
                raise fault((name,), said("network_fault.no_review"))
        if self.reviews and {"drafts", "tours", "decides"}.intersection(self.abilities):
            raise fault(("abilities",), said("network_fault.review_alone"))
        refuse(self, unique("event", ids("aftermath", self.aftermath)))
        return self
