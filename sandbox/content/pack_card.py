"""Schema of a facilitator's pack: the material of a trainer for playing a case with people."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sandbox.content.cards import SECTIONS, Card, Id, Source, StageId, Text, fault, ids, refuse, unique
from sandbox.content.words import said
from sandbox.errors import unknown

Audience = Literal["officials", "students"]
AUDIENCES: tuple[Audience, ...] = ("officials", "students")


class Slot(Card):
    """A part of the hours with a group.

    Args:
        stage: the stage that is played in it, if any.
    """

    minutes: int = Field(ge=1, le=120)
    what: Text
    stage: StageId | None = None


class Moment(Card):
    """A moment to watch for: when it comes, and what the facilitator can do."""

    stage: StageId
    watch: Text
    do: Text


class Document(Card):
    """A paper as it would lie on the table, invented for the case.

    ``text`` is Markdown: paragraphs, headings, lists and tables.
    """

    id: Id
    form: Literal["plan", "criteria", "lists", "countersign", "targets", "record", "contract", "notice"]
    title: Text
    text: Text


class Crossing(Card):
    """The parts of the case that come from a section of the source paper, and what was added to it."""

    section: str
    where: Text

    @model_validator(mode="after")
    def _known(self) -> Crossing:
        if self.section not in SECTIONS:
            raise fault(("section",), unknown("section", self.section, SECTIONS))
        return self


class Pack(Card):
    """The facilitator's pack of the case of the same id; role cards and the crosswalk of facts are the case's own.

    Args:
        timing: the parts of a session with a group, in their order.
        moments: what a facilitator watches for.
        crosswalk: which parts of the case come from which section of the source paper, if it is made after that.
        questions: questions for the talk afterwards, by audience.
    """

    id: Id
    timing: tuple[Slot, ...] = Field(min_length=3)
    moments: tuple[Moment, ...] = Field(min_length=3)
    documents: tuple[Document, ...] = Field(min_length=1)
    crosswalk: tuple[Crossing, ...] = ()
    questions: dict[Audience, tuple[Text, ...]]
    source: Source = Source()

    @model_validator(mode="after")
    def _whole(self) -> Pack:
        refuse(self, unique("document", ids("documents", self.documents)))
        for audience in AUDIENCES:
            if not self.questions.get(audience):
                raise fault(("questions",), said("content.no_questions", audience=audience, audiences=list(AUDIENCES)))
        return self
