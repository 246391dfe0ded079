"""The basis of all cards: texts in both languages, sources, acts, and checks of references."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cache, cached_property
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import said
from sandbox.errors import unknown

# The acts of a case's points: to abstain is for votes alone.
PointAct = Literal[
    "inform", "ask", "answer", "propose", "support", "object", "concede", "promise", "decide", "delegate", "refuse",
    "escalate", "defer",
]  # fmt: skip
# The acts that choice rules give or withhold.
RuledAct = Literal[PointAct, "abstain"]
RULED: tuple[RuledAct, ...] = get_args(RuledAct)
# To report on what falls due needs no rule: whoever answers for it is asked.
Act = Literal[RuledAct, "keep", "break", "part", "moot"]
ACTS: tuple[Act, ...] = get_args(Act)
Kind = Literal[
    "leader", "overseer", "official", "party", "frontline", "broker", "self_governing", "provider", "expert",
    "resident", "host",
]  # fmt: skip
# Who lives there: the head of a self-governing body as well.
RESIDENTS: tuple[Kind, ...] = ("resident", "self_governing")
OFFICIALS: tuple[Kind, ...] = ("leader", "overseer", "official", "party")
# Who is assessed from above: the front line as well.
RANKED: tuple[Kind, ...] = (*OFFICIALS, "frontline")
Payer = Literal["government", "residents", "organisation", "developer"]
Section = Literal["problem", "people", "steps", "money", "success"]
SECTIONS_OF_PLAN: tuple[Section, ...] = get_args(Section)
Topic = Literal["eligibility", "provider", "payer", "terms", "reporting", "voice"]
StageId = str
# Section codes of the source paper, in its order.
SECTIONS = frozenset((
    "AB", "IN", "PD", "SP", "BG", "HM", "HS", "GM", "GS", "CM", "CS", "TM", "TS", "CR", "SF", "BL", "NS", "LR", "HB",
    "PR", "AR", "PL", "EP", "FO", "LA", "PC", "PV", "GW",
))  # fmt: skip
Loc = tuple[str | int, ...]
ID_PATTERN = r"^[a-z][a-z0-9_]{1,47}$"
Id = Annotated[str, Field(pattern=ID_PATTERN)]
Ref = str
"""The id of another card or element, which is checked: an unknown one is a fault that lists those that exist."""
Names = Mapping[str, "str | Names"]
"""The kind of thing that the ids in a card name, by field; for a mapping those of its `KEYS` and `VALUES`."""
KEYS, VALUES = "keys", "values"


def is_id(text: str) -> bool:
    """Return whether a text has the form of a card's id, which is safe as the name of a file."""
    return re.fullmatch(ID_PATTERN.removesuffix("$"), text) is not None


class Card(BaseModel):
    """Base of all content: unknown fields are refused, and values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with other fields, without the cached properties of the original."""
        copied = super().model_copy(update=update, deep=deep)
        for worked_out in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[worked_out]
        return copied

    @cached_property
    def as_json(self) -> str:
        """All fields as JSON, written once."""
        return self.model_dump_json()


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("float_type", "a truth value is no number")
    return value


MAX_TEMPERATURE = 1.5  # further wordings are asked for warmer, and endpoints take 2 at most
Temperature = Annotated[
    float, BeforeValidator(_no_truth), Field(ge=0, le=MAX_TEMPERATURE), AfterValidator(lambda value: value + 0.0)
]
"""A temperature of a model; -0 becomes 0."""


class Grown(Card):
    """Base of cards with fields added by later versions, which are written only if they are not the default.

    So a session's digest is the same for a card that does not use them.
    """

    newer: ClassVar[tuple[str, ...]] = ()

    @model_serializer(mode="wrap")
    def _as_ever(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        plain: dict[str, Any] = handler(self)
        for name, ever in defaults(type(self), self.newer).items():
            if getattr(self, name) == ever:
                plain.pop(name, None)
        return plain


@cache
def defaults(kind: type[BaseModel], names: tuple[str, ...]) -> dict[str, Any]:
    """Return the default value of each of these fields of a model."""
    return {name: kind.model_fields[name].get_default(call_default_factory=True) for name in names}


class Text(Card):
    """A text in both languages; a plain string stands for a text that exists in one language only.

    With further fields beside it, such as who pays for an option, ``text`` has that string.
    """

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, value: Any) -> Any:
        return cls.whole(value)

    @staticmethod
    def whole(value: Any) -> Any:
        """Return a file's value for a text with both languages, even if the file has one string for both."""
        if isinstance(value, str):
            return dict.fromkeys(LANGUAGES, value)
        if isinstance(value, dict) and "text" in value and not {*LANGUAGES}.intersection(value):
            beside = {name: each for name, each in value.items() if name != "text"}
            return {**dict.fromkeys(LANGUAGES, value["text"]), **beside}
        return value

    def get(self, lang: Lang) -> str:
        """Return the text in a language."""
        return self.zh if lang == "zh" else self.en


class Source(Grown):
    """Where a card comes from: sections of the source paper and fields that are inferences, or elsewhere, in words.

    In a card the words alone may stand in its place: ``source: our interviews 2025``.
    """

    newer = ("text",)

    sections: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    text: Text | None = None

    def names(self, lang: Lang) -> tuple[str, ...]:
        """Return the codes of the sections, else the words, for pages; empty without either."""
        return self.sections or ((self.text.get(lang),) if self.text else ())

    @model_validator(mode="before")
    @classmethod
    def _from_words(cls, value: Any) -> Any:
        return (
            {"text": value}
            if isinstance(value, str) or (isinstance(value, dict) and set(value) & {*LANGUAGES})
            else value
        )

    @field_validator("sections")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for code in value:
            if code not in SECTIONS:
                raise ValueError(unknown("section", code, SECTIONS))
        return value


class Network(Grown):
    """Base of the cards in ``prompts/networks``: places between which a reform spreads; its fields tell its shape.

    Args:
        summary: what it shows, in a sentence.
    """

    id: Id
    name: Text
    summary: Text
    source: Source = Source()


def fault(loc: Loc, message: str) -> PydanticCustomError:
    """Return the error for an element below the one that is being validated."""
    return PydanticCustomError("reference", "{message}", {"message": message, "loc": loc})


def refuse(card: Card, faults: Iterable[PydanticCustomError]) -> None:
    """Raise all faults of a card at once, if there are any."""
    if details := [InitErrorDetails(type=each, loc=(), input=None) for each in faults]:
        raise ValidationError.from_exception_data(type(card).__name__, details)


def ids(field: str, cards: Iterable[Any]) -> dict[Loc, str]:
    """Return the ids of a field's elements, by their paths."""
    return {(field, index, "id"): card.id for index, card in enumerate(cards)}


def unique(what: str, ids: Mapping[Loc, str]) -> Iterator[PydanticCustomError]:
    """Yield a fault for each repeated id."""
    seen: set[str] = set()
    for loc, name in ids.items():
        if name in seen:
            yield fault(loc, said("content.twice", kind=what, name=name))
        seen.add(name)


def named(value: Any, names: str | Names, loc: Loc = (), at: int = 0) -> Iterator[tuple[Loc, int, str, str]]:
    """Yield every id in a card: its path, the length of the path up to its field, the kind of thing, and the id.

    Args:
        value: the card, or the value of one of its fields; or the same as read from a file, perhaps faulty.
        names: the kinds of things that its ids name.
        loc: the path of the value.
        at: the length of its field's path.
    """
    if isinstance(value, tuple | list):
        for place, each in enumerate(value):
            yield from named(each, names, (*loc, place), at)
    elif isinstance(names, str):
        yield from [(loc, at, names, value)] if isinstance(value, str) else []
    elif isinstance(value, dict) and not {KEYS, VALUES}.isdisjoint(names):
        for key, each in value.items():
            yield from named(key, names.get(KEYS, {}), (*loc, key), at)
            yield from named(each, names.get(VALUES, {}), (*loc, key), at)
    elif isinstance(value, dict | Card):
        for field, inner in names.items():
            within = value.get(field) if isinstance(value, dict) else getattr(value, field)
            yield from named(within, inner, (*loc, field), len(loc) + 1)


def known(kind: str, loc: Loc, names: Iterable[str], allowed: Set[str]) -> Iterator[PydanticCustomError]:
    """Yield a fault for each id that does not exist, with near matches."""
    for name in names:
        if name not in allowed:
            yield fault(loc, unknown(kind, name, allowed))
