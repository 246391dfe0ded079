"""Schema of what happens in a reviewed year: events and what they strike, bodies without a seat, and facts."""

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
    """An event of the following year, drawn by rule when a stage that reviews opens; all odds are invented.

    Args:
        effect: ``harms``: what it strikes does not come about by itself; ``saves``: it takes over what another harms.
        strikes: topics of the terms that it may strike; ``promise`` for a promise that names no option.
        most: most matters that it strikes.
        odds: how likely it is, from 0 to 1, before the shifts.
        shifts: what is added to the odds where a condition holds.
        lasting: whether it strikes only what goes on through the year: decided options, and promises of repeated deeds.
        deeds: kinds of promises without an option that it may strike: of work, of payments, or of rules that are kept;
            none: all of them.
        names: what it strikes must contain one of these words, in its own text or in its question's; none: no limit.
        misfits: what it strikes must contain none of these words, except in a session that the rules alone play.
        promised_by: kinds of personas whose promises without options it may strike; none: all. This field, and the
            check of options against ``deeds`` by topic, apply only where somebody words what is said.
        not_after: harmful events whose words contradict it: it does not take over what these struck.
        known: which seats hear of it: the room, officials and the owner of the matter, or residents and these.
        text: the event; ``{matter}`` is what it strikes, ``{owner}`` the seat that answers for it, ``{place}`` where it
            happens.
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
    """What an option asks of a body, and how that option reads in later years, once the body has decided on it.

    Args:
        option: the option that is put to the body.
        years: how many years after its vote a majority holds; the option is not put to it again in these.
        agreed: the text of the option in these years.
        refused: the text of the option once it found no majority, until something else is decided.
        outdates: points and facts of the case that no longer hold once the body has decided, by id.
    """

    question: Id
    option: Id
    years: int = Field(ge=1, le=9)
    agreed: Text
    refused: Text
    outdates: tuple[str, ...] = ()


class Body(Grown):
    """A body without a seat that a decision may put a matter to, such as an owners' meeting; all odds are invented.

    Args:
        names: words by which an option, a condition or a promise names it: then it was called.
        asks: a matter is put to it if an option or condition that names it also contains one of these words.
        meets: how likely it is that enough take part for it to decide, from 0 to 1.
        agrees: how likely each matter then finds a majority, from 0 to 1.
        met: what is told if enough took part; its decisions follow.
        short: what is told if too few took part.
        held: what is told if it was called and nothing was put to it.
        uncalled: what is told if nothing that falls due names it.
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
    """A fact of a year, whatever was promised, told in its review; invented, as the facts of a case are.

    Args:
        year: the year, from 1; a session that plays alone is in its first.
        table: which of the communities of a campaign that play the case has it, from 1, so that their years differ; 0:
            all of them. A session that plays alone is the first.
        to: the seats that know of it; none: the room.
        settled: options, by question; one of them has to be in force for it. None: it comes about in any case.
        unless: events of a review that it would contradict if they strike such an option.
        figures: by fact of the case, what later papers say beside that fact's earlier figures.
    """

    id: Id
    year: int = Field(ge=1, le=9)
    table: int = Field(default=0, ge=0, le=9)
    text: Told
    to: tuple[Id, ...] = ()
    settled: dict[Id, tuple[Id, ...]] = Field(default_factory=dict)
    unless: tuple[Id, ...] = ()
    figures: dict[str, Text] = Field(default_factory=dict)
