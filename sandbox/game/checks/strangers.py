"""Names from other cases in a facilitator's pack, which suggest that the pack was copied and not adapted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from sandbox.content.cards import Text
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.yaml_source import Loc

_HEAD = re.compile("[，,；;：:（(。.]")


def strange_names(library: Library, case: str) -> dict[Loc, list[str]]:
    """Return the places and people of other cases that a pack of the user's own names but its case does not have.

    They are given by place in the pack's card. The result is empty if the case has no pack of the user's own.
    """
    if not library.owns("pack", case):
        return {}
    scenario = library.scenario(case)
    told = scenario.model_dump_json() + "".join(
        library.persona(seat.persona).name.model_dump_json() for seat in scenario.seats
    )
    others: dict[Lang, set[str]] = {
        lang: {name for name in _names(library, case, lang) if name not in told} for lang in LANGUAGES
    }
    found = {}
    for loc, text in texts_in(library.pack(case)):
        names = [name for lang in LANGUAGES for name in sorted(others[lang]) if name in text.get(lang)]
        if names:
            found[loc] = list(dict.fromkeys(names))
    return found


def all_strange(library: Library, case: str) -> list[str]:
    """Return all names that `strange_names` finds, each once."""
    return list(dict.fromkeys(name for names in strange_names(library, case).values() for name in names))


def _names(library: Library, case: str, lang: Lang) -> Iterator[str]:
    """Yield the names of the places of other cases (up to the first comma) and of the people on all cards."""
    for other in library.cards["scenario"]:
        if other != case:
            yield _HEAD.split(library.scenario(other).place.get(lang), maxsplit=1)[0].strip()
    for persona in library.cards["persona"]:
        yield library.persona(persona).name.get(lang)


def texts_in(value: object, loc: Loc = ()) -> Iterator[tuple[Loc, Text]]:
    """Yield all texts of a card, or of a part of it, each with its place."""
    if isinstance(value, Text):
        yield loc, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from texts_in(getattr(value, name), (*loc, name))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from texts_in(item, (*loc, name))
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from texts_in(item, (*loc, place))
