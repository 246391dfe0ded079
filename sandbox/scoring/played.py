"""A played session as the scores see it: lines, decisions, and the rules under which they came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.content.models import Governance, Lang, Persona, Rubric, Scenario
from sandbox.institution.line import DecisionTaken, Line

__all__ = ["Played"]


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
    """

    scenario: Scenario
    governance: Governance
    rubric: Rubric
    personas: Mapping[str, Persona]
    stages: Mapping[str, str]
    lang: Lang
    lines: Sequence[Line]
    decisions: Sequence[DecisionTaken]

    def by(self, kind: str) -> list[Line]:
        """Return the lines of all seats whose persona is of a kind."""
        return [line for line in self.lines if self.personas[line["seat"]].kind == kind]

    def in_stages(self, stages: Sequence[str]) -> list[Line]:
        """Return the lines of some stages."""
        return [line for line in self.lines if line["stage"] in stages]
