"""Puts pydantic's findings into words that say what is wrong with a value and what is allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any

from pydantic import ValidationError

from sandbox.content.cards import ID_PATTERN, Text
from sandbox.content.language import LANGUAGES
from sandbox.content.named import Named
from sandbox.content.words import Words, said
from sandbox.errors import Said, unknown

# Types of findings, with the key of what the value should be.
_KINDS = {
    "string_type": "text", "bool_type": "yes_or_no", "bool_parsing": "yes_or_no", "int_type": "number",
    "int_parsing": "number", "int_from_float": "number", "int_parsing_size": "number", "float_type": "decimal",
    "float_parsing": "decimal", "finite_number": "decimal",
}  # fmt: skip
# Groups of words with names of values: acts, topics, kinds of people, payers, sections of a plan, procedures.
_CALLED = ("act", "topic", "sensitivity.who", "cards.payer", "section", "card_form.aggregation.procedure.is")
_MAPPINGS = ("model_type", "dict_type", "mapping_type", "model_attributes_type", "dataclass_type")
_LISTS = ("tuple_type", "named_tuple_type", "list_type", "set_type", "frozen_set_type")
_TEXTS = ("Text", "Option")
_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
_BOUNDS = ("ge", "gt", "le", "lt")
_LENGTHS = {
    "too_short": "min_length", "too_long": "max_length", "string_too_short": "min_length",
    "string_too_long": "max_length",
}  # fmt: skip
_LONGEST, _READ = 60, 1_000
_LIKE = 0.7  # likeness at which a name may be a field misspelt: 'strategy' is no slip of 'rate'
_MOST_COMPARED = 100  # misspelt fields: what is near to each is looked for
_MOST_BITS = 10_000  # Python writes no number of more than 4,300 digits


def finding(error: Mapping[str, Any], fields: Sequence[str] = ()) -> Said:
    """Return one of pydantic's findings in words.

    Args:
        error: the finding, as in `ValidationError.errors`.
        fields: known fields; the message names the one most like an unknown field.
    """
    context = error.get("ctx") or {}
    kind, value, loc = error["type"], error.get("input"), error["loc"]
    own = context.get("message") or next(iter(getattr(context.get("error"), "args", ())), None)
    if isinstance(own, Said):
        return own
    if kind == "missing":
        if loc[-1] not in LANGUAGES:
            return said("content.missing")
        beside = isinstance(value, dict) and not {*LANGUAGES}.issuperset(value)
        return said("content.missing_language.beside", field="text") if beside else said("content.missing_language")
    if kind in _UNKNOWN:
        near = _near(str(loc[-1]), fields)
        return said("content.extra_near", near=near) if near else said("content.extra")
    if kind == "literal_error":
        allowed = [part.strip("' ") for part in str(context["expected"]).replace(" or ", ", ").split(",")]
        return unknown("value", short(value), _named(allowed))
    if kind == "string_pattern_mismatch":
        pattern = context["pattern"]
        if pattern == ID_PATTERN:
            return said("content.no_id", value=short(value))
        return said("content.pattern", value=short(value), pattern=pattern)
    if kind in _MAPPINGS:
        text = context.get("class_name") in _TEXTS
        return said("content.no_text" if text else "content.no_mapping", value=short(value))
    if kind in _LISTS:
        return said("content.no_items", value=short(value))
    for bound in _BOUNDS:
        if bound in context:
            return said(f"content.bound.{bound}", bound=context[bound])
    if kind == "string_too_short" and context["min_length"] == 1:
        return said("content.bound.empty")
    if kind in _LENGTHS:
        return said(f"content.bound.{kind}", bound=context[_LENGTHS[kind]])
    if kind in _KINDS:
        return said(f"content.is.{_KINDS[kind]}", value=short(value))
    return said("content.is.other", problem=str(error["msg"]).removeprefix("Value error, "))


def _named(values: Sequence[str]) -> list[str]:
    """Return values with their names, if a group of words names all of them."""
    for group in _CALLED:
        texts = [{lang: Words(lang).of(group, value) for lang in LANGUAGES} for value in values]
        if all(f"{group}.{value}" in Words(LANGUAGES[0]) for value in values):
            return [Named(value, Text(**text)) for value, text in zip(values, texts, strict=True)]
    return list(values)


def causes(errors: Sequence[Mapping[str, Any]], fields: Sequence[str] = ()) -> Iterator[Mapping[str, Any]]:
    """Yield pydantic's findings without those that only follow from others.

    Left out are lists that are too short only because their items are faulty, and missing fields that are misspelt.
    """
    around = {error["loc"][:end] for error in errors for end in range(len(error["loc"]))}
    unknown_fields = (error["loc"] for error in errors if error["type"] in _UNKNOWN)
    misspelt = {(*loc[:-1], _near(str(loc[-1]), fields)) for loc in islice(unknown_fields, _MOST_COMPARED)}
    for error in errors:
        follows = misspelt if error["type"] == "missing" else around if error["type"] == "too_short" else ()
        if error["loc"] not in follows:
            yield error


def _near(name: str, fields: Sequence[str]) -> str:
    """Return the field that is most like a name (and is not that name), or empty."""
    others = [field for field in fields if field != name]
    return next(iter(get_close_matches(name, others, n=1, cutoff=_LIKE)), "") if len(name) <= _LONGEST else ""


def field_of(error: Mapping[str, Any]) -> str:
    """Return the field of one of pydantic's findings, as a dotted path; empty if none is named."""
    return ".".join(short(part) for part in (*error["loc"], *(error.get("ctx") or {}).get("loc", ())))


def first_finding(error: ValidationError, whole: str = "") -> Said:
    """Return the first of pydantic's findings with its field.

    ``whole`` names the value if it is wrong as a whole.
    """
    first = error.errors()[0]
    field = field_of(first) or whole
    return said("network_fault.at", field=field, says=finding(first)) if field else finding(first)


def short(value: Any) -> str:
    """Return a scalar in one line of at most 60 characters; only the type of a collection."""
    if isinstance(value, dict | list | tuple | set):
        return said("content.a_mapping" if isinstance(value, dict) else "content.a_list")
    if value is None:
        return said("content.nothing")
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return said("content.huge")
    text = " ".join((str(value).lower() if isinstance(value, bool) else str(value)[:_READ]).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
