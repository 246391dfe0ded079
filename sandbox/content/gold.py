"""The gold set: short dialogues whose level on a criterion is known, against which judges are measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, RootModel, model_validator

from sandbox.content.card_files import validated
from sandbox.content.cards import Act, Card, Id, StageId, Text, fault
from sandbox.content.files import stamped
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.rubric import Criterion
from sandbox.content.words import refusal, said
from sandbox.content.yaml_source import YamlSource, read_yaml
from sandbox.errors import ContentError, Problem, unknown

FOLDER = "prompts/gold"
Split = Literal["development", "test"]
_FEWEST, _FEWEST_A_LEVEL = 10, 2


class GoldLine(Card):
    """A line of a dialogue."""

    seat: Id
    act: Act
    to: Id
    says: str = Field(min_length=1)


class GoldItem(Card):
    """A dialogue with its level.

    Args:
        id: the same in every language.
        level: its level on the criterion, 1 to 5.
        split: development, for work on prompts; test, for what is reported.
        stage: the stage in which it takes place.
        note: why it has this level.
        swap: two lines (from 0) that could change places without a change of meaning.
    """

    id: Id
    level: int = Field(ge=1, le=5)
    split: Split
    stage: StageId
    note: str = Field(min_length=1)
    swap: tuple[int, int] | None = None
    dialogue: tuple[GoldLine, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _swapped(self) -> GoldItem:
        if self.swap and not all(0 <= number < len(self.dialogue) for number in self.swap):
            raise fault(("swap",), said("gold_fault.swap", lines=list(self.swap)))
        return self


class _Items(RootModel[tuple[GoldItem, ...]]):
    """A file of the gold set."""


class _Injection(Text):
    id: Id


class _Injections(RootModel[tuple[_Injection, ...]]):
    """The file of attempts to sway a judge."""


def gold_items(library: Library, criterion: str, lang: Lang, split: Split | None = None) -> tuple[GoldItem, ...]:
    """Return the gold items of a criterion.

    An overlay's file wins. Without a ``split``, items of all parts are returned.

    Raises:
        InputError: there are none for this criterion and language.
        ContentError: the file has faults; each with file, line, field and what is allowed.
    """
    paths = [path for root in library.roots if (path := root / FOLDER / criterion / f"{lang}.yaml").is_file()]
    if not paths:
        expected = f"{FOLDER}/{criterion}/{lang}.yaml"
        raise refusal("gold_fault.none", criterion=criterion, lang=lang, path=expected)
    source, items = _read(stamped(paths[-1]))
    problems = [
        Problem(
            source.where((index, "dialogue", number, name)), name, unknown("persona", value, library.cards["persona"])
        )
        for index, item in enumerate(items)
        for number, line in enumerate(item.dialogue)
        for name, value in (("seat", line.seat), ("to", line.to))
        if value not in library.cards["persona"] and not (name == "to" and value == "all")
    ]
    if problems:
        raise ContentError(problems)
    return tuple(item for item in items if split in (None, item.split))


@lru_cache(maxsize=128)
def _read(file: tuple[Path, int, int]) -> tuple[YamlSource, tuple[GoldItem, ...]]:
    """Read a file of the gold set; one whose time and size have not changed is not read again."""
    source = read_yaml(file[0], list)
    return source, validated(source, _Items).root


def gold_criteria(library: Library) -> tuple[Criterion, ...]:
    """Return the criteria of all rubrics that have a gold set."""
    rubrics = [library.rubric(card) for card in library.cards["rubric"]]
    known = {criterion.id: criterion for rubric in rubrics for criterion in rubric.criteria}
    return tuple(each for each in known.values() if any((root / FOLDER / each.id).is_dir() for root in library.roots))


def injections(library: Library, lang: Lang) -> tuple[str, ...]:
    """Return texts that speakers add to sway the judge, none of which may change a level; raises `ContentError`."""
    paths = [path for root in library.roots if (path := root / FOLDER / "injections.yaml").is_file()]
    return tuple(text.get(lang) for text in validated(read_yaml(paths[-1], list), _Injections).root)


def check_gold(library: Library, criteria: Sequence[Criterion]) -> Iterator[Problem]:
    """Return in words what a gold set lacks: items, levels, a split, or the same items in both languages."""
    for criterion in criteria:
        shapes: dict[str, Any] = {}
        for lang in LANGUAGES:
            where = f"{FOLDER}/{criterion.id}/{lang}.yaml"
            items = gold_items(library, criterion.id, lang)
            if len(items) < _FEWEST:
                yield Problem(where, "", said("gold_fault.few", count=len(items), least=_FEWEST))
            for level in range(1, 6):
                splits = [item.split for item in items if item.level == level]
                if len(splits) < _FEWEST_A_LEVEL or len(set(splits)) < 2:
                    yield Problem(where, "", said("gold_fault.few_of_level", level=level, least=_FEWEST_A_LEVEL))
            names = [item.id for item in items]
            if len(set(names)) < len(names):
                yield Problem(where, "", said("gold_fault.id_twice"))
            for item in items:
                if item.stage not in criterion.stages:
                    yield Problem(where, item.id, said("gold_fault.no_stage", stage=item.stage))
            shapes[lang] = [
                (item.id, item.level, item.split, item.stage, item.swap, [(x.seat, x.act, x.to) for x in item.dialogue])
                for item in items
            ]
        if shapes["en"] != shapes["zh"]:
            yield Problem(f"{FOLDER}/{criterion.id}", "", said("gold_fault.unlike"))
