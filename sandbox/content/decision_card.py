"""A question that a case decides: its options, the payer of each, and the seats whose promise makes it hold."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from sandbox.content.cards import Card, Id, Payer, Ref, Text, Topic, fault
from sandbox.content.words import said


class Option(Text):
    """An answer to a question to be settled.

    - For questions about the payer, ``paid_by`` names the payers, and ``fund`` the fact about money that the case has
      for it, if any. ``sums`` are the facts about its other costs or income.
    - ``bodies`` are bodies of the case whose consent it needs, whoever decides it here.
    - ``remit`` names the seats that may commit to it, if they differ from those of the other options.
    - ``names`` are words by which a condition speaks of what it brings; in a later year such a condition ends with the
      option.
    """

    paid_by: tuple[Payer, ...] = ()
    fund: str = ""
    sums: tuple[str, ...] | None = None
    bodies: tuple[Ref, ...] = ()
    remit: tuple[Ref, ...] | None = None
    names: tuple[Text, ...] | None = None

    @model_serializer(mode="wrap")
    def _as_ever(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if value is not None}


class Decision(Card):
    """A question that the session should settle.

    Args:
        topic: what it is about; scope rules speak of topics.
        remit: seats that may commit to an option outside a decision, unless the option names others; none: nobody at
            the table may.
        departments: departments whose part is needed to carry it out.
    """

    id: Id
    topic: Topic
    question: Text
    options: dict[Id, Option] = Field(min_length=2)
    remit: tuple[Ref, ...] = ()
    departments: tuple[Ref, ...] = ()

    @model_validator(mode="after")
    def _payers(self) -> Decision:
        for key, option in self.options.items():
            if (self.topic == "payer") != bool(option.paid_by):
                why = "content.needs_payer" if self.topic == "payer" else "content.has_payer"
                raise fault(("options", key), said(why, option=key))
        return self

    def holders(self, option: str) -> tuple[str, ...]:
        """Return the seats that may commit to an option outside a decision; there may be none."""
        named = self.options.get(option)
        return self.remit if named is None or named.remit is None else named.remit

    def held(self, seat: str) -> tuple[str, ...]:
        """Return the options to which a seat may commit outside a decision."""
        return tuple(option for option in self.options if seat in self.holders(option))


class Together(NamedTuple):
    """The combined effect of some questions that are settled together.

    Args:
        remit: the seats that may commit to all of them by themselves.
        payer: the question of who pays, or empty.
        provider: the question of who delivers, or empty.
        departments: departments whose part is needed.
    """

    remit: tuple[str, ...]
    payer: str
    provider: str
    departments: tuple[str, ...]
