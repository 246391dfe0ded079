"""Plans: the structured documents of the application stage, derived from the acts alone (domain: AR, PL)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.content.cards import SECTIONS_OF_PLAN, Lang, Section
from sandbox.content.schemas import Scenario
from sandbox.record.line import Line

__all__ = ["PLANNING", "REWRITES", "Plan", "plans"]

PLANNING = ("application", "learning_tour")
REWRITES = ("propose", "inform", "concede", "answer", "promise", "refuse", "object", "support")


@dataclass(frozen=True)
class Plan:
    """A seat's plan.

    Args:
        seat: who drafted it.
        sections: the text of each section.
        lines: the line that rewrote a section last; sections that are not among these stand as handed down.
        adapted: sections rewritten during the learning tour.
    """

    seat: str
    sections: Mapping[Section, str]
    lines: Mapping[Section, str]
    adapted: tuple[Section, ...]

    @property
    def copied(self) -> float:
        """Share of the sections that stand as they were handed down."""
        return 1 - len(self.lines) / len(self.sections)


def plans(scenario: Scenario, drafters: Sequence[str], lines: Sequence[Line], lang: Lang) -> tuple[Plan, ...]:
    """Return the plans after some lines, one for each drafter.

    A drafter's line that names a section rewrites it; all other sections are copied from the plan handed down.
    """
    written: dict[str, dict[Section, Line]] = {seat: {} for seat in drafters}
    for line in lines:
        section = next((one for one in SECTIONS_OF_PLAN if one == line["section"]), None)
        if section and line["seat"] in written and line["stage"] in PLANNING and line["act"] in REWRITES:
            written[line["seat"]][section] = line
    return tuple(
        Plan(
            seat,
            {
                section: own[section]["says"] if section in own else scenario.plan[section].get(lang)
                for section in SECTIONS_OF_PLAN
            },
            {section: line["id"] for section, line in own.items()},
            tuple(section for section, line in own.items() if line["stage"] == "learning_tour"),
        )
        for seat, own in written.items()
    )
