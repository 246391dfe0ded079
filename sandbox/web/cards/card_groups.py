"""Groups and lists of fields in a card's form, made from the card's schema.

Which fields there are, and what may be chosen in them, the schema tells: a new one needs no code. What a form does not
show goes through it unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import MappingProxyType, NoneType, UnionType
from typing import Any, ClassVar, Literal, Union, get_args, get_origin

from nicegui import ui
from pydantic import BaseModel, create_model
from pydantic.fields import FieldInfo
from typing_extensions import override

from sandbox.content.cards import Source, Text
from sandbox.content.decision_card import Option
from sandbox.content.governance import Rules
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.plain import clipped
from sandbox.web.cards.card_choices import text_in
from sandbox.web.cards.card_fields import ABSENT, At, Field, Spot, TextField, folded_part
from sandbox.web.cards.card_picks import AllOrSome, CountOrShare, Number, Pick, Several, Switch, TermsField
from sandbox.web.frame import box, div, soft

_FIRST = (
    "name", "role", "says", "briefing", "title", "summary", "question", "decisions", "seats", "facts", "stages",
    "governance", "default_governance",
)  # fmt: skip
_TOLD_BY = ("says", "text", "question", "point", "name", "what", "watch", "where")
_MOST_ROWS = 200
_WHOLE = ("all", "none")
_LONGEST_NAME = 90
Apart = Mapping[str, Callable[[], object]]


class Rows(Field):
    """A list of texts or groups that can be added and removed."""

    kinds: ClassVar[type | tuple[type, ...]] = list

    def __init__(self, at: At, item: type[BaseModel], least: int) -> None:
        self._item, self._least, self._texts = item, least, issubclass(item, Text) and item is not Option
        self._examples = self._items(at.example)
        self._rows: dict[int, Field] = {}
        self._next = 0
        self._at: list[int] = []
        super().__init__(at)

    @override
    def build(self) -> None:
        self._place = div("stack")
        for old in self._items(self.at.old):
            self._add(old)
        while len(self._rows) < (max(1, self._least) if self._texts else 0):
            self._add(ABSENT)
        more = ui.button(self.form.words("card_form.more"), icon="add", on_click=self._begin)
        more.props("flat").props["data-more"] = self.at.path

    def _items(self, held: Any) -> list[Any]:
        return held if isinstance(held, list) else []

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


class NamedRows(Rows):
    """The same, each under a name by which other parts of the card refer to it; a new one gets an unused name."""

    kinds = dict

    def __init__(self, at: At, item: type[BaseModel], least: int) -> None:
        self._names: dict[int, str] = dict(enumerate(at.old)) if isinstance(at.old, dict) else {}
        super().__init__(at, item, least)

    @override
    def _items(self, held: Any) -> list[Any]:
        return list(held.values()) if isinstance(held, dict) else []

    @override
    def value(self) -> Any:
        kept = super().value()
        if kept is ABSENT:
            return ABSENT
        kind = self.at.path.rpartition(".")[2].removesuffix("s")
        for key in self._at:
            if key not in self._names:
                self._names[key] = self.form.new_item(kind)["id"]
        return {self._names[key]: value for key, value in zip(self._at, kept, strict=True)}

    @override
    def spot(self, loc: Sequence[str]) -> Spot:
        places = {self._names[key]: str(place) for place, key in enumerate(self._at)}
        return super().spot([places.get(loc[0], ""), *loc[1:]] if loc else loc)


class _Row(TextField):
    """A text in a list, with the button to remove it."""

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
    """A model in a list: its first words and, once it is opened, its fields."""

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
            self._fold.props["data-field"] = self.at.path
            yield
        self._fold.on_value_change(lambda: self._group)

    @override
    def build(self) -> None:
        self._inside = div("stack")
        button = ui.button(self.form.words("card_form.remove"), icon="delete", on_click=self._away).props("flat")
        _takes_away(button, self.at)

    @property
    def _group(self) -> FieldGroup:
        """The fields, made on first use."""
        if self._opened is None:
            with self._inside:
                at, beside = replace(self.at, needed=True), self._model is Option
                self._opened = _TextGroup(at) if beside else FieldGroup(at, self._model, bare=True)
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
    """The fields of a model; its name may stand elsewhere (`bare`).

    What draws them is told of some (`apart`). In `parts`, each field is folded, and all texts are together. Fields may
    have `titles` that are no words.
    """

    kinds: ClassVar[type | tuple[type, ...]] = dict

    def __init__(
        self, at: At, model: type[BaseModel], *, bare: bool = False, apart: Apart = MappingProxyType({}),
        parts: bool = False, titles: Mapping[str, str] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        self._model, self._bare, self._apart, self._parts, self._titles = model, bare, apart, parts, titles
        self._held: dict[str, Any] = {} if at.old is ABSENT else at.old
        self._new = at.old is ABSENT
        super().__init__(at)

    @override
    @contextmanager
    def frame(self) -> Iterator[None]:
        at = self.at
        folded = folded_part(at.title, at.path) if at.folded else None
        with folded or (div("stack") if self._bare else box(at.title, "card-group")) as self.element:
            self.element.props["data-group"] = self.at.path
            if self.at.hint:
                soft(self.at.hint)
            yield

    @override
    def build(self) -> None:
        names = sorted(self._model.model_fields, key=lambda name: (*_FIRST, name).index(name))
        texts = [name for name in names if self._parts and _is(_kind_of(self._model.model_fields[name])[0], Text)]
        self._fields: dict[str, Field] = {}
        if texts:
            with folded_part(self.form.words("card_form.texts"), "texts"):
                self._draw(texts)
        self._draw([name for name in names if name not in texts])

    def _draw(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self._apart:
                self._apart[name]()
            elif (field := self._field(name)) is not None:
                self._fields[name] = field

    def _field(self, name: str) -> Field | None:
        """Return the field of a name, by its type in the schema; None if no form can show that."""
        form, words, info = self.form, self.form.words, self._model.model_fields[name]
        key = f"card_form.{self._model.__name__.lower()}.{name}"
        kind, optional = _kind_of(info)
        if kind is Source:
            return None  # where a card comes from stays as it is
        required = info.is_required()
        marked = required and self.at.needed  # who leaves a group out leaves out what it needs
        default = ABSENT if marked else None if optional or required else info.get_default(call_default_factory=True)
        examples = self.at.example if isinstance(self.at.example, dict) else {}
        at = At(
            form, f"{self.at.path}.{name}" if self.at.path else name,
            self._titles.get(name) or (words(key) if key in words else name),
            words(f"{key}.hint") if f"{key}.hint" in words else "", self._held.get(name, ABSENT), default,
            examples.get(name, ABSENT), required, marked,
            self._parts and not _is(kind, Text),
        )  # fmt: skip
        options = form.options(self._model, name)
        item: Any = get_args(kind)[0] if get_origin(kind) is tuple else None
        every = options or {each: words.of(f"{key}.is", each) for each in _literals(kind) or _literals(item)}
        if _literals(kind) == _WHOLE and options:
            return AllOrSome(at, options, *_WHOLE)
        if get_origin(kind) is Literal:
            return Pick(at, every)
        if kind is bool:
            return None if optional else Switch(at)  # what may be left open needs a third answer
        if kind is int:
            return CountOrShare(at, options) if options else Number(at, _bounds(info, "ge", "le"))
        if _is(kind, Text):
            return TextField(at)
        least = int(_bounds(info, "min_length").get("min_length", 0))
        if _is(item, BaseModel):
            return Rows(at, item, least)
        if _is(kind, BaseModel):
            return FieldGroup(at, kind, parts=_is(kind, Rules)).unless_empty()
        if get_origin(kind) is dict and (named := self._by_name(at, kind, options or {}, least)):
            return named
        if item is not None and _literals(item):
            return Several(at, every)
        if not options:
            return None
        if get_origin(kind) is dict:
            return TermsField(at, options, words(f"{key}.none") if f"{key}.none" in words else words("turn.no_term"))
        return Several(at, options) if item else Pick(at, options)

    def _by_name(self, at: At, mapping: Any, options: Mapping[str, Any], least: int) -> Field | None:
        """Return the field of a mapping: with known names that have options or a schema, or with new ones."""
        named, kind = get_args(mapping)
        item = get_args(kind)[0] if get_origin(kind) is tuple else kind
        if not _is(item, BaseModel):
            return None
        known = _literals(named) or tuple(options)
        if not known:
            return NamedRows(at, item, least)
        needs = bool(_literals(named)) and not least
        fields: dict[str, Any] = dict.fromkeys(known, (kind, ...) if needs else (kind | None, None))
        model = create_model(at.path.rpartition(".")[2], **fields)
        return FieldGroup(replace(at, needed=needs or at.needed), model, titles=options)

    def unless_empty(self) -> FieldGroup | None:
        """Return the group; None, with nothing added to the page, if no form can show any of its fields."""
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
        if not self.at.needed and all(values.get(name, ABSENT) in (ABSENT, []) for name in self._fields):
            return ABSENT
        fields = self._model.model_fields
        if self._new and "id" in fields and fields["id"].is_required():
            self._new, self._held = False, self.form.new_item(self._model.__name__.lower())
            values |= self._held
            return {name: values[name] for name in fields if name in values}
        return values

    @override
    def put(self, path: Sequence[str], value: Any) -> None:
        if path and path[0] in self._fields:
            self._fields[path[0]].put(path[1:], value)

    @override
    def spot(self, loc: Sequence[str]) -> Spot:
        if loc and loc[0] in self._fields:
            self._fields[loc[0]].unfold()
            return self._fields[loc[0]].spot(loc[1:])
        return super().spot(loc)


class _TextGroup(FieldGroup):
    """An answer to a question: its text, and its other fields."""

    kinds = (dict, str)

    def __init__(self, at: At) -> None:
        self._as_is = at.old
        super().__init__(
            replace(at, old=Text.whole(at.old)), Option, bare=True, apart=dict.fromkeys(LANGUAGES, lambda: None)
        )

    @override
    def build(self) -> None:
        texts = {lang: self._held[lang] for lang in LANGUAGES if lang in self._held}
        title = self.form.words("card_form.option.text")
        self._text = TextField(replace(self.at, title=title, old=texts or ABSENT, marked=True))
        super().build()

    @override
    def value(self) -> Any:
        text, beside = self._text.value(), super().value()
        both = dict.fromkeys(LANGUAGES, text) if isinstance(text, str) else text
        whole = both | {name: value for name, value in beside.items() if name not in LANGUAGES}
        return self._as_is if self._as_is is not ABSENT and whole == self.at.old else whole

    @override
    def put(self, path: Sequence[str], value: Any) -> None:
        (self._text.put if path and path[0] in LANGUAGES else super().put)(path, value)

    @override
    def spot(self, loc: Sequence[str]) -> Spot:
        return super().spot(loc) if loc and loc[0] in self._fields else self._text.spot(loc)


def _takes_away(button: ui.button, at: At) -> None:
    button.props["aria-label"] = at.form.words("card_form.remove_it", name=at.title)
    button.props["data-remove"] = at.path


def _bounds(info: FieldInfo, *names: str) -> dict[str, float]:
    return {name: getattr(each, name) for each in info.metadata for name in names if hasattr(each, name)}


def _kind_of(info: FieldInfo) -> tuple[Any, bool]:
    """Return the type of a field without constraints, and whether it may be None."""
    kinds = get_args(info.annotation) if get_origin(info.annotation) in (Union, UnionType) else (info.annotation,)
    some = [kind for kind in kinds if kind is not NoneType]
    return some[0], len(some) < len(kinds)


def _literals(kind: Any) -> tuple[str, ...]:
    return get_args(kind) if get_origin(kind) is Literal else ()


def _is(kind: Any, model: type[BaseModel]) -> bool:
    return isinstance(kind, type) and issubclass(kind, model)


def _first_text(old: Any, lang: Lang) -> str:
    told = next((old[name] for name in _TOLD_BY if name in old), old) if isinstance(old, dict) else old
    return text_in(told, lang)


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdecimal() and len(part) < 4
