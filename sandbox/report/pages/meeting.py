"""A meeting as its minutes tell it: who was there, what its whole room heard, what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sandbox.content.governance import CHAIR_BINDS
from sandbox.content.language import Lang
from sandbox.content.words import Words, within_quotes
from sandbox.game.franchise import franchise
from sandbox.game.unwilling import carried_refused
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.pages.debrief.reader import DebriefReader

# Characters of a promise, as a rule.
_LONGEST: dict[Lang, int] = {"en": 130, "zh": 50}
GONE = ("fallen", "withdrawn", "beyond_remit")
"""States of a promise that stands no longer."""


@dataclass(frozen=True)
class Meeting:
    """A meeting: the session as a reader may see it, and the stage."""

    reader: DebriefReader
    stage: str

    @property
    def say(self) -> Words:
        """The words of whoever reads."""
        return self.reader.label

    @property
    def decides(self) -> bool:
        """Whether the stage decides."""
        return self.stage in self.reader.game.able("decides")

    @property
    def orders(self) -> bool:
        """Whether one alone decides in it."""
        return self.decides and self.reader.game.governance.rules.aggregation.procedure in CHAIR_BINDS

    @property
    def place(self) -> str:
        """The place of the case, by its name."""
        place = self.reader.game.scenario.place.get(self.reader.game.spec.lang)
        return place.replace("，", ",").split(",")[0]

    @cached_property
    def room(self) -> tuple[str, ...]:
        """The seats that were there."""
        return self.reader.game.present(self.stage)

    @cached_property
    def voters(self) -> tuple[str, ...]:
        """The seats that had a vote."""
        return franchise(self.reader.game, self.stage).voters if self.decides and not self.orders else ()

    @cached_property
    def taken(self) -> list[DecisionTaken]:
        """What was put to a decision."""
        return [taken for taken in self.reader.decisions if taken["stage"] == self.stage]

    @cached_property
    def lines(self) -> list[Line]:
        """The lines that the whole room heard."""
        return self.reader.shared(self.stage)

    def people(self, seats: Sequence[str]) -> str:
        """Return names and roles of some seats, in the order of the seats."""
        return self.say.join([self.reader.person(seat) for seat in self.reader.seats if seat in seats])

    def matter(self, question: str, option: str) -> str:
        """Return a question with an option as a matter."""
        return question.rstrip("?？") + self.say("colon") + option

    def as_filed(self, line: Line, says: str) -> str:
        """Return what somebody promised in so many of their words as fit, as it stands in quotation marks."""
        told = self.reader.aloud(says, _LONGEST[self.reader.game.spec.lang], act=line["act"])
        return within_quotes(told).rstrip(".。")

    def refused(self, taken: DecisionTaken) -> dict[str, list[str]]:
        """Return the conditions of a carried decision that somebody refused aloud, each with who did."""
        reader = self.reader
        refused = carried_refused(reader.spoken, reader.session.items, taken, reader.lines)
        return {condition: [line["seat"] for line in lines] for condition, lines in refused.items()}
