"""The card of a persona: its role and its way of speaking."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from sandbox.content.cards import Card, Grown, Id, Kind, Source, Text
from sandbox.content.words import said


class Voice(Grown):
    """How a persona speaks.

    Args:
        sentences: their length and rhythm.
        phrases: what it often says.
        never: what it never says.
        refuses: how it says no.
        dodges: how it leaves a question unanswered.
        evades: its words for that in play by cards; the last ones for a question that was asked before.
    """

    newer = ("evades",)

    sentences: Text
    phrases: tuple[Text, ...] = Field(min_length=2, max_length=6)
    never: Text
    refuses: Text
    dodges: Text
    evades: tuple[Text, ...] = Field(default=(), max_length=4)


class Persona(Card):
    """A persona: the card of a role.

    ``registered`` tells whether the household is registered where it lives, ``pronoun`` how others refer to who has
    this name.
    """

    id: Id
    kind: Kind
    name: Text
    pronoun: Literal["he", "she", "they"] | None = None
    role: Text
    manner: Text
    voice: Voice
    interests: tuple[Text, ...] = Field(min_length=1)
    constraints: tuple[Text, ...] = Field(min_length=1)
    fears: tuple[Text, ...] = Field(min_length=1)
    moves: tuple[Text, ...] = Field(min_length=1)
    authority: Text
    registered: bool = True
    private: tuple[Text, ...] = ()
    opening_line: Text
    non_negotiable: Text
    source: Source = Source()

    @property
    def title(self) -> Text:
        """Its name with its role."""
        return Text(en=f"{self.name.en} · {self.role.en}", zh=f"{self.name.zh} · {self.role.zh}")

    @field_validator("id")
    @classmethod
    def _free(cls, value: str) -> str:
        if value in ("all", "body", "judge"):
            raise ValueError(said("content.taken", value=value))
        return value
