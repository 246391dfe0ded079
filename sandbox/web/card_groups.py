"""The groups and lists of a card in a form, made from the card's schema.

Which fields there are, and what may be chosen in them, the schema tells: a new one needs no code. What a form does not
show goes through it unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import count
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from nicegui import ui
from pydantic import BaseModel, create_model
from pydantic.fields import FieldInfo
from typing_extensions import override

from sandbox.content.aftermath import YearFact
from sandbox.content.cards import PointAct, Section, Source, Text
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.plain import clipped
from sandbox.content.scenario_card import MOTION, CardPoint, Fact, Inject, Scenario, ScenarioSeat, Task, Tour
from sandbox.content.words import Words
from sandbox.web.card_fields import ABSENT, At, Field, Number, Pick, Several, Spot, Switch, TermsField, TextField
from sandbox.web.frame import box, div, soft

_FIRST = ("name", "role", "says", "briefing")
_MOST_ROWS = 200
_LONGEST_NAME = 90
_LONGEST_STEM = 40
_FACT = re.compile(r"F[0-9]{1,2}")
Choices = Callable[[type[BaseModel], str], Mapping[str, Any] | None]


class Rows(Field):
    """A list of texts, or of groups, to which others are added and from which they are taken away."""

    kinds = list

    def __init__(self, at: At, item: type[BaseModel], least: int) -> None:
        self._item, self._least, self._texts = item, least, issubclass(item, Text)
        self._examples: list[Any] = at.example if isinstance(at.example, list) else []
        self._rows: dict[int, Field] = {}
        self._next = 0
        self._at: list[int] = []
        super().__init__(at)

    @override
    def build(self) -> None:
        self._place = div("stack")
        for old in [] if self.at.old is ABSENT else self.at.old:
            self._add(old)
        while len(self._rows) < (max(1, self._least) if self._texts else 0):
            self._add(ABSENT)
        more = ui.button(self.form.words("card_form.more"), icon="add", on_click=self._begin)
        more.props("flat").props["data-more"] = self.at.path

    def _begin(self) -> None:
        key = self._add(ABSENT)
        self.form.typed(f"{self.at.path}.{key}", True)
        self._rows[key].spot(())

    def _add(self, old: Any) -> int:
        key, self._next = self._next, self._next + 1
        examples = self._examples[key:] if self._texts else self._examples
        at = At(
            self.form, f"{self.at.path}.{key}", f"{self.at.title} {key + 1}", old=old,
            example=examples[0] if examples else ABSENT, needed=False,
        )  # fmt: skip
        away = partial(self._remove, key)
        with self._place:
            self._rows[key] = _Row(at, away) if self._texts else _Folded(at, self._item, away)
        return key

    def _remove(self, key: int) -> None:
        self.form.typed(f"{self.at.path}.{key}", False)  # first: the button that was pressed goes with its row
        self._rows.pop(key).element.delete()

    @override
    def value(self) -> Any:
        values = {key: row.value() for key, row in self._rows.items()}
        self._at = [key for key, value in values.items() if value is not ABSENT]
        kept = [values[key] for key in self._at]
        return ABSENT if not kept and self.at.old is ABSENT else kept

    @override
    def put(self, path: Sequence[str], value: Any) -> None:
        if not path or not _is_number(path[0]) or int(path[0]) >= _MOST_ROWS:
            return
        key = int(path[0])
        if len(path) == 1 and value is False:
            if key in self._rows:
                self._remove(key)
            return
        while self._next <= key:
            self._add(ABSENT)
        if key in self._rows:
            self._rows[key].put(path[1:], value)

    @override
    def spot(self, loc: Sequence[str]) -> Spot:
        if loc and _is_number(loc[0]) and int(loc[0]) < len(self._at):
            return self._rows[self._at[int(loc[0])]].spot(loc[1:])
        return super().spot(loc)


class _Row(TextField):
    """A text in a list, with the button that takes it away."""

    def __init__(self, at: At, away: Callable[[], None]) -> None:
        self._away = away
        super().__init__(at)

    @override
    @contextmanager
    def frame(self) -> Iterator[None]:
        with div("card-row") as self.element:
            self.element.props["data-field"] = self.at.path
            yield
            _takes_away(ui.button(icon="close", on_click=self._away).props("flat dense round"), self.at)


class _Folded(Field):
    """A model in a list: its first words, and its fields once it is opened."""

    def __init__(self, at: At, model: type[BaseModel], away: Callable[[], None]) -> None:
        self._model, self._away = model, away
        self._opened: FieldGroup | None = None
        super().__init__(at)

    @override
    @contextmanager
    def frame(self) -> Iterator[None]:
        first = clipped(_first_text(self.at.old, self.form.langs[0]), _LONGEST_NAME)
        number = int(self.at.path.rsplit(".", 1)[1])
        with ui.expansion(f"{number + 1}. {first}").classes("card-part") as self._fold:
            self.element = self._fold
            yield
        self._fold.on_value_change(lambda: self._group)

    @override
    def build(self) -> None:
        self._inside = div("stack")
        button = ui.button(self.form.words("card_form.remove"), icon="delete", on_click=self._away).props("flat")
        _takes_away(button, self.at)

    @property
    def _group(self) -> FieldGroup:
        """The fields, which are there from when they are first asked for."""
        if self._opened is None:
            with self._inside:
                self._opened = FieldGroup(replace(self.at, needed=True), self._model, bare=True)
        return self._opened

    @override
    def value(self) -> Any:
        return self.at.old if self._opened is None else self._opened.value()

    @override
    def put(self, path: Sequence[str], value: Any) -> None:
        self._group.put(path, value)

    @override
    def spot(self, loc: Sequence[str]) -> Spot:
        self._fold.open()
        return self._group.spot(loc)


class FieldGroup(Field):
    """The fields of a model; its name may stand elsewhere (`bare`), and some of its parts `apart`, or nowhere."""

    kinds = dict

    def __init__(self, at: At, model: type[BaseModel], *, bare: bool = False, apart: Collection[str] = ()) -> None:
        self._model, self._bare, self._apart = model, bare, apart
        self._held: dict[str, Any] = {} if at.old is ABSENT else at.old
        self._new = at.old is ABSENT
        super().__init__(at)

    @override
    @contextmanager
    def frame(self) -> Iterator[None]:
        shown = div("stack") if self._bare else box(self.at.title, "card-group")
        with shown as self.element:
            self.element.props["data-group"] = self.at.path
            if self.at.hint:
                soft(self.at.hint)
            yield

    @override
    def build(self) -> None:
        shown = (name for name in self._model.model_fields if name not in self._apart)
        made = {name: self._field(name) for name in sorted(shown, key=lambda name: (*_FIRST, name).index(name))}
        self._fields = {name: field for name, field in made.items() if field is not None}

    def _field(self, name: str) -> Field | None:
        """Return the field of a name, after its kind in the schema; None where no form can show that."""
        form, words, info = self.form, self.form.words, self._model.model_fields[name]
        key = f"card_form.{self._model.__name__.lower()}.{name}"
        kind, optional = _kind_of(info)
        if kind is Source:
            return None  # where a card comes from stays as it is
        default = ABSENT if info.is_required() else None if optional else info.get_default(call_default_factory=True)
        examples = self.at.example if isinstance(self.at.example, dict) else {}
        at = At(
            form, f"{self.at.path}.{name}" if self.at.path else name, words(key) if key in words else name,
            words(f"{key}.hint") if f"{key}.hint" in words else "", self._held.get(name, ABSENT), default,
            examples.get(name, ABSENT), info.is_required(), info.is_required() and self.at.needed,
        )  # fmt: skip
        options = form.options(self._model, name)
        item: Any = get_args(kind)[0] if get_origin(kind) is tuple else None
        if get_origin(kind) is Literal:
            return Pick(at, options or {each: words.of(f"{key}.is", each) for each in get_args(kind)})
        if kind is bool:
            return Switch(at)
        if kind is int:
            return Number(at, _bounds(info, "ge", "le"))
        if _is(kind, Text):
            return TextField(at)
        if _is(item, BaseModel):
            return Rows(at, item, int(_bounds(info, "min_length").get("min_length", 0)))
        if _is(kind, BaseModel):
            return FieldGroup(at, kind).unless_empty()
        if get_origin(kind) is dict and _is(get_args(kind)[1], Text) and get_origin(get_args(kind)[0]) is Literal:
            named: dict[str, Any] = dict.fromkeys(get_args(get_args(kind)[0]), (Text, ...))
            return FieldGroup(replace(at, needed=True), create_model(name, **named))
        if not options:
            return None
        if get_origin(kind) is dict:
            return TermsField(at, options, words(f"{key}.none") if f"{key}.none" in words else words("turn.no_term"))
        return Several(at, options) if item else Pick(at, options)

    def unless_empty(self) -> FieldGroup | None:
        """Return the group; None, and nothing of it is in the page, where no form can show any of its fields."""
        if self._fields:
            return self
        self.element.delete()
        return None

    @override
    def value(self) -> Any:
        values = {}
        for name in dict.fromkeys((*self._model.model_fields, *self._held)):
            value = self._fields[name].value() if name in self._fields else self._held.get(name, ABSENT)
            if value is not ABSENT:
                values[name] = value
        if self._new and not values and not self.at.needed:
            return ABSENT
        if self._new and "id" in self._model.model_fields:
            self._new, self._held = False, self.form.new_item(self._model)
            values |= self._held
            return {name: values[name] for name in self._model.model_fields if name in values}
        return values

    @override
    def put(self, path: Sequence[str], value: Any) -> None:
        if path and path[0] in self._fields:
            self._fields[path[0]].put(path[1:], value)

    @override
    def spot(self, loc: Sequence[str]) -> Spot:
        if loc and loc[0] in self._fields:
            return self._fields[loc[0]].spot(loc[1:])
        return super().spot(loc)


def _takes_away(button: ui.button, at: At) -> None:
    button.props["aria-label"] = at.form.words("card_form.remove_it", name=at.title)
    button.props["data-remove"] = at.path


def _bounds(info: FieldInfo, *names: str) -> dict[str, float]:
    return {name: getattr(each, name) for each in info.metadata for name in names if hasattr(each, name)}


def _kind_of(info: FieldInfo) -> tuple[Any, bool]:
    """Return what a field holds, without what narrows it, and whether it may hold nothing."""
    kinds = get_args(info.annotation) if get_origin(info.annotation) in (Union, UnionType) else (info.annotation,)
    some = [kind for kind in kinds if kind is not NoneType]
    return some[0], len(some) < len(kinds)


def _is(kind: Any, model: type[BaseModel]) -> bool:
    return isinstance(kind, type) and issubclass(kind, model)


def _first_text(old: Any, lang: Lang) -> str:
    texts = old.get("says", old.get("text", "")) if isinstance(old, dict) else ""
    return str(texts.get(lang, "") if isinstance(texts, dict) else texts)


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdecimal() and len(part) < 4


def choices_of(library: Library, case: Scenario | None, words: Words) -> Choices:
    """Return what tells the options of a field, by its model and name."""
    known: dict[tuple[type[BaseModel], str], Mapping[str, Any]] = {}
    if case is not None:
        lang = words.lang
        people = {seat.persona: library.seated(case, seat.persona) for seat in case.seats}
        answers = {
            decision.id: (decision.question.get(lang), {key: each.get(lang) for key, each in decision.options.items()})
            for decision in case.decisions
        }
        seats = {seat: f"{card.name.get(lang)} · {card.role.get(lang)}" for seat, card in people.items()}
        said = {
            point.id: f"{people[seat.persona].role.get(lang)}{words('colon')}{point.says.get(lang)}"
            for seat in case.seats
            for point in seat.points
        }
        said |= {inject.id: inject.text.get(lang) for inject in case.injects}
        stages = {stage.id: stage.name.get(lang) for stage in library.stages()}
        facts = {fact.id: f"{fact.id} {fact.text.get(lang)}" for fact in case.facts}
        tasks = {task.id: task.text.get(lang) for task in case.tasks}
        known = {
            (ScenarioSeat, "departments"): {name: text.get(lang) for name, text in case.departments.items()},
            (CardPoint, "stages"): stages,
            (CardPoint, "act"): {act: words.doing(act) for act in get_args(PointAct)},
            (CardPoint, "to"): {"": words("everyone"), **seats},
            (CardPoint, "facts"): facts,
            (CardPoint, "section"): {section: words.of("section", section) for section in get_args(Section)},
            (CardPoint, "task"): tasks,
            (CardPoint, "replies_to"): said,
            (CardPoint, "after"): {MOTION: words("card_form.cardpoint.after.motion"), **said},
            (CardPoint, "terms"): answers,
            (ScenarioSeat, "never_accepts"): answers,
            (Task, "duplicates"): tasks,
            (Inject, "stage"): stages,
            (Inject, "to"): seats,
            (YearFact, "to"): seats,
            (Tour, "host"): seats,
            (Tour, "shown"): facts,
            (Tour, "hidden"): facts,
        }
    return lambda model, name: known.get((model, name))


def new_items(data: Any, seat: str) -> Callable[[type[BaseModel]], dict[str, Any]]:
    """Return what makes new items of a card: each has an id that nothing in its values has.

    A new fact is invented: its source is that of the case, which does not tell it.
    """
    taken = set(_ids(data))

    def make(model: type[BaseModel]) -> dict[str, Any]:
        if model is Fact:
            known = [int(name[1:]) for name in taken if _FACT.fullmatch(name)]
            source = {"sections": _sections(data), "inferred": ["text"]}
            item = {"id": f"F{max(known, default=0) + 1}", "source": source}
        else:
            stem = (seat or model.__name__.lower())[:_LONGEST_STEM]
            item = {"id": next(name for number in count(1) if (name := f"{stem}_{number}") not in taken)}
        taken.add(str(item["id"]))
        return item

    return make


def _sections(data: Any) -> list[Any]:
    """Return the sections of the paper from which a card comes; none where its text does not tell."""
    source = data.get("source") if isinstance(data, dict) else None
    sections = source.get("sections") if isinstance(source, dict) else None
    return list(sections) if isinstance(sections, list) else []


def _ids(data: Any) -> Iterator[str]:
    for name, value in data.items() if isinstance(data, dict) else enumerate(data if isinstance(data, list) else ()):
        if name == "id" and isinstance(value, str):
            yield value
        yield from _ids(value)
