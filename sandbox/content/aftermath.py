"""Schema of what came in a year that is reviewed: events and what they strike, bodies without a seat, and its facts."""

from __future__ import annotations

from string import Formatter
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, field_validator, model_validator

from sandbox.content.cards import Card, Grown, Id, Kind, Text, Topic, fault
from sandbox.content.language import LANGUAGES
from sandbox.content.words import said
from sandbox.errors import unknown

Effect = Literal["harms", "saves"]
Struck = Literal[Topic, "promise"]
Knowing = Literal["room", "officials", "residents"]
Deed = Literal["work", "payment", "rule"]
BodyAnswer = Literal["agreed", "refused", "undecided"]
Condition = Literal[
    "government_pays",  # the government alone pays, agreed or by default
    "others_pay_too",  # whoever pays is not the government alone
    "residents_pay",  # residents carry a share of the cost
    "deliverer_named",  # a decision names who delivers
    "chair_alone",  # the chair decided, without a vote of the body
    "residents_voted",  # residents voted for it
    "not_decided",  # it was promised and never decided
    "condition_open",  # it hangs on a condition
    "overburdened",  # whoever answers for it had too much to do already
    "well_ranked",  # the community stood in the upper third of last year's ranking
    "new_in_post",  # whoever answers for it came from elsewhere, with an agenda of their own
]
_FIELDS = ("matter", "owner", "place")
# Characters of a text that is read out as news, and how often it may name each value.
_LONGEST, _MOST_OF_EACH = 2000, 2
Shift = Annotated[float, Field(ge=-1, le=1)]


def _bounded(text: Text) -> Text:
    for lang in LANGUAGES:
        if len(text.get(lang)) > _LONGEST:
            raise fault((lang,), said("content.bound.string_too_long", bound=_LONGEST))
    return text


Told = Annotated[Text, AfterValidator(_bounded)]
"""A text that is read out as news."""


class Aftermath(Grown):
    """An event of the year that follows, drawn by rule as a stage that reviews opens; all odds are invented.

    Args:
        effect: ``harms``: what it strikes does not come about by itself; ``saves``: it takes over what another harms.
        strikes: topics of the terms that it may strike; ``promise`` for a promise that names no option.
        most: most matters that it strikes.
        odds: how likely it is, from 0 to 1, before the shifts.
        shifts: what is added to the odds where a condition holds.
        lasting: whether it strikes only what goes on through the year: decided options, and promises of what is done
            again and again.
        deeds: of promises that name no option, those of which it may strike: of work, of payments, or of rules that are
            kept; none: all of them.
        names: words of which what it strikes has one, in its own text or that of its question; none: whatever it is.
        misfits: words of which what it strikes has none, unless it is drawn in a session that the rules alone play.
        promised_by: kinds of personas whose promises without options it may strike; none: all. This, too, and that
            ``deeds`` are asked of options by their topic, holds where somebody words what is said.
        not_after: events that harm and whose words contradict it: what these struck it does not take over.
        known: who hears of it: the room, officials with whoever answers for the matter, or residents with them.
        text: the event; ``{matter}`` is what it strikes, ``{owner}`` who answers for it, ``{place}`` where it happens.
    """

    newer = ("misfits", "promised_by")

    id: Id
    effect: Effect = "harms"
    strikes: tuple[Struck, ...] = Field(min_length=1)
    most: int = Field(default=1, ge=1, le=4)
    odds: float = Field(ge=0, le=1)
    shifts: dict[Condition, Shift] = Field(default_factory=dict)
    lasting: bool = False
    deeds: tuple[Deed, ...] = ()
    names: tuple[Text, ...] = ()
    misfits: tuple[Text, ...] = ()
    promised_by: tuple[Kind, ...] = ()
    not_after: tuple[Id, ...] = ()
    known: Knowing = "room"
    text: Told

    @field_validator("shifts", mode="before")
    @classmethod
    def _conditions(cls, value: object) -> object:
        if isinstance(value, dict):
            for name in value:
                if name not in get_args(Condition):
                    raise ValueError(unknown("condition", str(name), get_args(Condition)))
        return value

    @model_validator(mode="after")
    def _fills(self) -> Aftermath:
        for lang in LANGUAGES:
            try:
                parts = list(Formatter().parse(self.text.get(lang)))
            except ValueError as error:
                raise fault(("text", lang), said("network_fault.braces", problem=error)) from error
            for _, name, form, conversion in parts:
                if sum(each == name for _, each, *_ in parts) > _MOST_OF_EACH and name in _FIELDS:
                    often = said("network_fault.often", value=f"{{{name}}}", most=_MOST_OF_EACH)
                    raise fault(("text", lang), often)
                if name is not None and (name not in _FIELDS or form or conversion):
                    raise fault(("text", lang), unknown("value", name or "{}", _FIELDS))
        return self


class Settled(Card):
    """What a body is asked for by an option, and how that option reads in later years, once the body has decided on it.

    Args:
        option: the option that is put to it.
        years: for how many years after that of its vote a majority holds, in which it is not put to it again.
        agreed: the option in these years.
        refused: the option once there was no majority for it, until something else is decided.
        outdates: points and facts of the case that no longer hold once the body has decided, by id.
    """

    question: Id
    option: Id
    years: int = Field(ge=1, le=9)
    agreed: Text
    refused: Text
    outdates: tuple[str, ...] = ()


class Body(Grown):
    """A body that has no seat and to which a decision may put a matter, as an owners' meeting; all odds are invented.

    Args:
        names: words by which an option, a condition or a promise names it: then it was called.
        asks: words of which an option or a condition that names it has one, if a matter is put to it.
        meets: how likely it is that enough take part for it to decide, from 0 to 1.
        agrees: how likely each matter is to find a majority then, from 0 to 1.
        met: what is told where enough took part; what it decided follows.
        short: the same where too few did.
        held: what is told where it was called and nothing was put to it.
        uncalled: what is told where nothing that falls due names it.
        settles: options that it decides on for longer than a year.
    """

    newer = ("settles", "held", "uncalled")

    id: Id
    names: tuple[Text, ...] = Field(min_length=1)
    asks: tuple[Text, ...] = Field(min_length=1)
    meets: float = Field(ge=0, le=1)
    agrees: float = Field(ge=0, le=1)
    met: Told
    short: Told
    held: Told | None = None
    uncalled: Told | None = None
    settles: tuple[Settled, ...] = ()


class YearFact(Card):
    """What a year brought, whatever was promised, told as it is reviewed; invented, as the facts of a case are.

    Args:
        year: the year, from 1; a session that plays alone is in its first.
        table: of the communities of a campaign that play the case the one to which it comes, from 1, so that they do
            not all have the same year; 0: all of them. A session that plays alone is the first.
        to: the seats that know of it; none: the room.
        settled: the options, by question, of which one has to be in force for it; none: it came about in any case.
        unless: the events of a review that it would contradict where they strike such an option.
        figures: what it says of the case's facts that later papers are to have beside the figures of before, by fact.
    """

    id: Id
    year: int = Field(ge=1, le=9)
    table: int = Field(default=0, ge=0, le=9)
    text: Told
    to: tuple[Id, ...] = ()
    settled: dict[Id, tuple[Id, ...]] = Field(default_factory=dict)
    unless: tuple[Id, ...] = ()
    figures: dict[str, Text] = Field(default_factory=dict)
