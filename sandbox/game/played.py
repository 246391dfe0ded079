"""A played session as the scores see it: lines, decisions, pulses, and the rules under which they came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypedDict

from sandbox.content.schemas import City, Governance, Lang, Persona, Rubric, Scenario
from sandbox.game.ledger import Item, ledger
from sandbox.game.plans import Plan, plans
from sandbox.game.pulse import Pulse
from sandbox.record.line import DecisionTaken, Line

__all__ = ["Played", "PulseRound"]


class PulseRound(TypedDict):
    """The pulses of all seats at one moment: ``start``, or the stage that has just ended."""

    moment: str
    levels: dict[str, Pulse]


@dataclass(frozen=True)
class Played:
    """What is scored.

    Args:
        scenario: the case.
        governance: the rules-in-use.
        rubric: the criteria.
        personas: cards by seat.
        stages: stage ids in the order played, each with its name.
        lang: the language of the session.
        lines: the transcript.
        decisions: the decisions taken.
        pulses: the pulses, in their order.
        drafters: the seats that drafted a plan.
        assessors: the seats whose assessment counts, ``hierarchical`` and ``horizontal``.
        city: the city whose setting was added, if any.
    """

    scenario: Scenario
    governance: Governance
    rubric: Rubric
    personas: Mapping[str, Persona]
    stages: Mapping[str, str]
    lang: Lang
    lines: Sequence[Line]
    decisions: Sequence[DecisionTaken]
    pulses: Sequence[PulseRound] = ()
    drafters: tuple[str, ...] = ()
    assessors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    city: City | None = None

    def by(self, kind: str) -> list[Line]:
        """Return the lines of all seats whose persona is of a kind."""
        return [line for line in self.lines if self.personas[line["seat"]].kind == kind]

    def in_stages(self, stages: Sequence[str]) -> list[Line]:
        """Return the lines of some stages."""
        return [line for line in self.lines if line["stage"] in stages]

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The ledger."""
        return ledger(self.scenario, self.lines, self.decisions)

    @cached_property
    def drawn_plans(self) -> tuple[Plan, ...]:
        """The plans as they stand at the end."""
        return plans(self.scenario, self.drafters, self.lines, self.lang)

    @cached_property
    def residents(self) -> set[str]:
        """The seats of residents."""
        return {seat for seat, card in self.personas.items() if card.kind == "resident"}
