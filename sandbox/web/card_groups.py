"""The groups and lists of a card in a form, made from the card's schema.

Which fields there are, and what may be chosen in them, the schema tells: a new one needs no code. What a form does not
show goes through it unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from nicegui import ui
from pydantic import BaseModel, create_model
from pydantic.fields import FieldInfo
from typing_extensions import override

from sandbox.content.cards import Lang, Text
from sandbox.content.plain import clipped
from sandbox.web.card_fields import (
    ABSENT,
    Field,
    Form,
    Number,
    Pick,
    Several,
    Spot,
    Switch,
    Terms,
    TextField,
    UnfitError,
)
from sandbox.web.frame import box, div, soft

__all__ = ["Group"]

_FIRST = ("name", "role", "says", "briefing")
_MOST_ROWS = 200
_LONGEST_NAME = 90


class Rows(Field):
    """A list of texts, or of groups, to which others are added and from which they are taken away."""

    def __init__(
        self, form: Form, path: str, title: str, hint: str, old: Any, example: Any, item: Any, least: int
    ) -> None:
        if not isinstance(old, list) and old is not ABSENT:
            raise UnfitError
        self._old, self._item, self._least, self._texts = old, item, least, issubclass(item, Text)
        self._examples = example if isinstance(example, list) else []
        self._rows: dict[int, Field] = {}
        self._next = 0
        self._at: list[int] = []
        super().__init__(form, path, title, hint)

    @override
    def build(self) -> None:
        held = [] if self._old is ABSENT else self._old
        self._place = div("stack")
        for old in held:
            self._add(old)
        while len(self._rows) < (max(1, self._least) if self._texts else 0):
            self._add(ABSENT)
        more = ui.button(self.form.words("card_form.more"), icon="add", on_click=self._begin)
        more.props("flat").props["data-more"] = self.path

    def _begin(self) -> None:
        key = self._add(ABSENT)
        self.form.typed(f"{self.path}.{key}", True)
        self._rows[key].spot(())

    def _add(self, old: Any) -> int:
        key, self._next = self._next, self._next + 1
        path, title = f"{self.path}.{key}", f"{self.title} {key + 1}"
        away = partial(self._remove, key)
        with self._place:
            if self._texts:
                example = self._examples[key] if key < len(self._examples) else ABSENT
                self._rows[key] = _Row(self.form, path, title, old, example, away)
            else:
                example = self._examples[0] if self._examples else ABSENT
                self._rows[key] = _Folded(self.form, path, title, self._item, old, example, away)
        return key

    def _remove(self, key: int) -> None:
        self.form.typed(f"{self.path}.{key}", False)  # first: the button that was pressed goes with its row
        self._rows.pop(key).element.delete()

    @override
    def value(self) -> Any:
        values = {key: row.value() for key, row in self._rows.items()}
        self._at = [key for key, value in values.items() if value is not ABSENT]
        kept = [values[key] for key in self._at]
        return ABSENT if not kept and self._old is ABSENT else kept

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

    def __init__(self, form: Form, path: str, title: str, old: Any, example: Any, away: Callable[[], None]) -> None:
        self._away = away
        super().__init__(form, path, title, "", old, example, needed=False)

    @override
    @contextmanager
    def frame(self, hint: str) -> Iterator[None]:
        with div("card-row") as self.element:
            self.element.props["data-field"] = self.path
            yield
            button = ui.button(icon="close", on_click=self._away).props("flat dense round")
            _takes_away(button, self)


class _Folded(Field):
    """A model in a list: its first words, and its fields once it is opened."""

    def __init__(
        self, form: Form, path: str, title: str, model: type[BaseModel], old: Any, example: Any,
        away: Callable[[], None],
    ) -> None:  # fmt: skip
        self._model, self._old, self._example, self._away = model, old, example, away
        self._group: Group | None = None
        super().__init__(form, path, title)

    @override
    @contextmanager
    def frame(self, hint: str) -> Iterator[None]:
        first = clipped(_first_text(self._old, self.form.langs[0]), _LONGEST_NAME)
        number = self.path.rsplit(".", 1)[1]
        with ui.expansion(f"{int(number) + 1}. {first}").classes("card-part") as self._fold:
            self.element = self._fold
            yield
        self._fold.on_value_change(self._unfold)

    @override
    def build(self) -> None:
        self._inside = div("stack")
        button = ui.button(self.form.words("card_form.remove"), icon="delete", on_click=self._away).props("flat")
        _takes_away(button, self)

    def _unfold(self) -> None:
        if self._group is None:
            with self._inside:
                self._group = Group(self.form, self.path, self.title, self._model, self._old, self._example, bare=True)

    @override
    def value(self) -> Any:
        return self._old if self._group is None else self._group.value()

    @override
    def put(self, path: Sequence[str], value: Any) -> None:
        self._unfold()
        if self._group is not None:
            self._group.put(path, value)

    @override
    def spot(self, loc: Sequence[str]) -> Spot:
        self._fold.open()
        self._unfold()
        return super().spot(loc) if self._group is None else self._group.spot(loc)


class Group(Field):
    """The fields of a model.

    Args:
        form: what all share.
        path: its place.
        title: its name.
        model: the model.
        old: its values in the file.
        example: values that show what may be filled in.
        hint: what it is for.
        bare: whether its name stands elsewhere.
        apart: its parts that are shown elsewhere, or not at all.
        needed: whether the file must have it.
    """

    def __init__(
        self, form: Form, path: str, title: str, model: type[BaseModel], old: Any, example: Any = ABSENT,
        hint: str = "", *, bare: bool = False, apart: Collection[str] = (), needed: bool = True,
    ) -> None:  # fmt: skip
        if not isinstance(old, dict) and old is not ABSENT:
            raise UnfitError
        self._model, self._old, self._bare, self._apart, self._needed = model, old, bare, apart, needed
        self._example = example if isinstance(example, dict) else {}
        super().__init__(form, path, title, hint)

    @override
    @contextmanager
    def frame(self, hint: str) -> Iterator[None]:
        shown = div("stack") if self._bare else box(self.title, "card-group")
        with shown as self.element:
            self.element.props["data-group"] = self.path
            if hint:
                soft(hint)
            yield

    @override
    def build(self) -> None:
        held = {} if self._old is ABSENT else self._old
        shown = (name for name in self._model.model_fields if name not in self._apart)
        names = sorted(shown, key=lambda name: (*_FIRST, name).index(name))
        made = {name: self._field(name, held.get(name, ABSENT)) for name in names}
        self._fields = {name: field for name, field in made.items() if field is not None}

    def _field(self, name: str, old: Any) -> Field | None:
        """Return the field of a name, after its kind in the schema; None where no form can show that."""
        form, words, info = self.form, self.form.words, self._model.model_fields[name]
        key = f"card_form.{self._model.__name__.lower()}.{name}"
        title = words(key) if key in words else name
        hint = words(f"{key}.hint") if f"{key}.hint" in words else ""
        path = f"{self.path}.{name}" if self.path else name
        kind, optional = _kind_of(info)
        default = ABSENT if info.is_required() else None if optional else info.get_default(call_default_factory=True)
        options, example = form.options(self._model, name), self._example.get(name, ABSENT)
        item = get_args(kind)[0] if get_origin(kind) is tuple else None
        least = next((each.min_length for each in info.metadata if hasattr(each, "min_length")), 0)
        if get_origin(kind) is Literal:
            options = options or {each: words.of(f"{key}.is", each) for each in get_args(kind)}
            return Pick(form, path, title, hint, old, options, default)
        if kind is bool:
            return Switch(form, path, title, hint, old, default)
        if kind is int:
            return Number(form, path, title, hint, old, info)
        if _is(kind, Text):
            return TextField(form, path, title, hint, old, example, needed=info.is_required())
        if _is(item, Text):
            return Rows(form, path, title, hint, old, example, item, least)
        if _is(kind, BaseModel):
            return Group(form, path, title, kind, old, example, hint, needed=info.is_required()).unless_empty()
        if _is(item, BaseModel):
            return Rows(form, path, title, hint, old, example, item, least)
        if get_origin(kind) is dict and _is(get_args(kind)[1], Text) and get_origin(get_args(kind)[0]) is Literal:
            named: dict[str, Any] = dict.fromkeys(get_args(get_args(kind)[0]), (Text, ...))
            return Group(form, path, title, create_model(name, **named), old, example, hint)
        if not options:
            return None
        if get_origin(kind) is dict:
            none = words(f"{key}.none") if f"{key}.none" in words else words("turn.no_term")
            return Terms(form, path, title, hint, old, options, none)
        if item:
            return Several(form, path, title, hint, old, options)
        return Pick(form, path, title, hint, old, options, default)

    def unless_empty(self) -> Group | None:
        """Return the group; None, and nothing of it is in the page, where no form can show any of its fields."""
        if self._fields:
            return self
        self.element.delete()
        return None

    @override
    def value(self) -> Any:
        held = {} if self._old is ABSENT else self._old
        values = {}
        for name in (*self._model.model_fields, *(name for name in held if name not in self._model.model_fields)):
            value = self._fields[name].value() if name in self._fields else held.get(name, ABSENT)
            if value is not ABSENT:
                values[name] = value
        if self._old is ABSENT and not values and not self._needed:
            return ABSENT
        if self._old is ABSENT and "id" in self._model.model_fields:
            self._old = self.form.new_item(self._model)
            values |= self._old
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


def _takes_away(button: ui.button, field: Field) -> None:
    button.props["aria-label"] = field.form.words("card_form.remove_it", name=field.title)
    button.props["data-remove"] = field.path


def _kind_of(info: FieldInfo) -> tuple[Any, bool]:
    """Return what a field holds, without what narrows it, and whether it may hold nothing."""
    kinds = get_args(info.annotation) if get_origin(info.annotation) in (Union, UnionType) else (info.annotation,)
    some = [kind for kind in kinds if kind is not NoneType]
    return some[0], len(some) < len(kinds)


def _is(kind: Any, model: type[BaseModel]) -> bool:
    return isinstance(kind, type) and issubclass(kind, model)


def _first_text(old: Any, lang: Lang) -> str:
    """Return the words by which an item is known among others."""
    texts = old.get("says", old.get("text", "")) if isinstance(old, dict) else ""
    return str(texts.get(lang, "") if isinstance(texts, dict) else texts)


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdecimal() and len(part) < 4
