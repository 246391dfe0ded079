"""The texts of a facilitator's new cards: blank, a small case to begin with, or a copy of another card."""

from __future__ import annotations

from typing import Any

from sandbox.content.card_files import ContentKind
from sandbox.content.cards import Text
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.skeletons import skeleton
from sandbox.content.yaml_rewrite import rewritten
from sandbox.content.yaml_source import parse_card


def blank(kind: ContentKind, name: str) -> str:
    """Return the text of a card of a kind of which there is a skeleton, in which every text is empty."""
    text = skeleton(kind, name)
    values = {field: value for field, value in parse_card(text)[0].items() if field not in ("source", "kind")}
    return rewritten(text, _emptied(values))


def _emptied(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: "" if name in LANGUAGES else _emptied(value) for name, value in data.items()}
    return [_emptied(item) for item in data] if isinstance(data, list) else data


def small_case(name: str, title: str, lang: Lang) -> str:
    """Return the text of a small case of a title, in one language, which can be played as it is."""
    text = skeleton("scenario", name)
    values = {field: _in(value, lang) for field, value in parse_card(text)[0].items() if field != "source"}
    return rewritten(text, {**values, "title": title})


def _in(data: Any, lang: Lang) -> Any:
    """Return the values of a card with each text in one language; where more stands beside it, both are the same."""
    if isinstance(data, list):
        return [_in(item, lang) for item in data]
    if not isinstance(data, dict):
        return data
    if {*LANGUAGES} == data.keys():
        return data[lang]
    return {name: data[lang] if name in LANGUAGES else _in(value, lang) for name, value in data.items()}


def copied(text: str, name: str, titled: str) -> str:
    """Return the text of a card as that of its copy; the field that holds its title, if it has one, says so."""
    values = {**parse_card(text)[0], "id": name}
    if titled:
        title = Text.model_validate(values[titled])
        values[titled] = {"en": f"{title.en} (copy)", "zh": f"{title.zh}（副本）"}
    return rewritten(text, values)
