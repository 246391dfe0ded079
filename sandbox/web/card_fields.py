"""The fields of a card in a form: what is filled in, and what of it goes into the file.

A field takes a value as it stands in a file, and returns the one that belongs there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from nicegui import ui
from nicegui.elements.mixins.value_element import ValueElement
from pydantic import BaseModel
from typing_extensions import override

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.web.frame import div, heading, parts, refusal_line, soft

ABSENT: Any = object()
"""Stands for the value of a field that a file does not have."""
_LONGEST = 8000
Options = Mapping[str, str]


class UnfitError(Exception):
    """What stands in a file is not of the kind that a field shows."""


@dataclass
class FormContext:
    """What the fields of a form share.

    Args:
        langs: the languages in which texts are filled in, that of the page first.
        options: returns what may be chosen in a field of a model, by id; None where that is not told. For a field that
            holds choices by name it returns the options of each.
        new_item: returns what a new item has beside what is filled in, by what it is: its id, and what no form shows.
        typed: is told of a value that is not text when it changes, with the place of its field.
        undo: what takes the messages away that stand beside fields.
    """

    words: Words
    langs: list[Lang]
    options: Callable[[type[BaseModel], str], Mapping[str, Any] | None]
    new_item: Callable[[str], dict[str, Any]]
    typed: Callable[[str, object], object]
    undo: list[Callable[[], object]] = field(default_factory=list)

    def hush(self) -> None:
        """Take all messages away."""
        while self.undo:
            self.undo.pop()()


@dataclass(frozen=True)
class At:
    """A place in a form, and what its field shows.

    Args:
        path: the place, from the card's root, with dots between.
        old: its value in the file.
        default: its value where the file has none.
        example: a value that shows what may be filled in.
        needed: whether the file must have it, once it has what is around it.
        marked: whether whoever fills in the form must fill it in.
        folded: whether all but its name is hidden until it is opened.
    """

    form: FormContext
    path: str
    title: str
    hint: str = ""
    old: Any = ABSENT
    default: Any = ABSENT
    example: Any = ABSENT
    needed: bool = True
    marked: bool = False
    folded: bool = False


@dataclass(frozen=True)
class Spot:
    """Where something is in a form: the name of the field, its place in the page, and what puts a message there."""

    title: str
    at: str
    mark: Callable[[str], None] = field(compare=False)


class Field(ABC):
    """A field of a form, or a group of them; `kinds` are the types that its value may have in a file."""

    kinds: ClassVar[type | tuple[type, ...]] = object

    def __init__(self, at: At) -> None:
        self.at, self.form = at, at.form
        if at.old is not ABSENT and not isinstance(at.old, self.kinds):
            raise UnfitError
        with self.frame():
            self._refused = refusal_line()
            self.build()

    @contextmanager
    def frame(self) -> Iterator[None]:
        """Open the place of the field, with its name and what it is for."""
        at = self.at
        with folded_part(at.title, at.path, at.old) if at.folded else div("card-field") as self.element:
            self.element.props["data-field"] = at.path
            with nullcontext() if at.folded else heading(3, at.title):
                if at.marked and not at.folded:
                    parts(self.form.words("card_form.needed")).classes("needed").props("data-needed")
            if at.hint:
                soft(at.hint)
            yield

    def unfold(self) -> None:
        """Open whatever hides the field."""
        around: ui.element | None = self.element
        while around is not None:
            if isinstance(around, ui.expansion):
                around.open()
            around = around.parent_slot.parent if around.parent_slot else None

    @abstractmethod
    def build(self) -> None:
        """Add what is filled in."""

    @abstractmethod
    def value(self) -> Any:
        """Return what belongs into the file; `ABSENT` where nothing does."""

    @abstractmethod
    def put(self, path: Sequence[str], value: Any) -> None:
        """Fill in what was typed earlier, at a place below this one; what does not fit is left out."""

    def spot(self, loc: Sequence[str]) -> Spot:  # noqa: ARG002
        """Return the spot of a place below this one, or what is around it, as in the values that were returned last."""

        def mark(says: str) -> None:
            self._refused.set_text(says)
            self.form.undo.append(lambda: self._refused.set_text(""))

        return Spot(self.at.title, self.element.html_id, mark)


def folded_part(title: str, name: str, held: Any = None) -> ui.expansion:
    """Add a part of a form that is opened by its title, which says how many items it holds."""
    count = f" · {len(held)}" if isinstance(held, list | dict) and held else ""
    part = ui.expansion(title + count).classes("card-part")
    part.props["data-part"] = name
    return part


class TextField(Field):
    """A text, in each language."""

    @override
    def build(self) -> None:
        now, example = _both(self.at.old), _both(self.at.example)
        with div("tongues"):
            langs = sorted(LANGUAGES, key=lambda lang: lang != self.form.words.lang)
            self._boxes = {lang: self._box(lang, now[lang], example[lang]) for lang in langs}

    def _box(self, lang: Lang, now: str, example: str) -> ui.textarea:
        name, path = Words(lang)("autonym"), f"{self.at.path}.{lang}"
        shown = self.form.words("card_form.example", text=example) if example else None
        box = ui.textarea(name, value=now, placeholder=shown).classes(f"tongue-{lang}")
        box.props("outlined dense autogrow stack-label").props["maxlength"] = _LONGEST
        box.props["aria-label"], box.props["lang"] = f"{self.at.title} · {name}", lang
        box.props["data-text"] = path
        box.on("update:model-value", js_handler=f"(value) => cardForm.keep('{path}', value)")
        return box

    @override
    def value(self) -> Any:
        langs, old = self.form.langs, self.at.old
        texts = {lang: str(self._boxes[lang].value or "").strip() for lang in LANGUAGES if lang in langs}
        some = {lang: text for lang, text in texts.items() if text}
        if not some and not self.at.needed:
            return ABSENT
        new: Any = (some or texts) if len(langs) > 1 else texts[langs[0]]
        beside = {name: value for name, value in old.items() if name not in LANGUAGES} if isinstance(old, dict) else {}
        if some and beside:  # what stands beside the texts is not in the form
            new = {**(some if len(langs) > 1 else _both(new)), **beside}
        return old if old is not ABSENT and _both(new) == _both(old) else new

    @override
    def put(self, path: Sequence[str], value: Any) -> None:
        if path and path[0] in self._boxes and isinstance(value, str):
            self._boxes[path[0]].value = value

    @override
    def spot(self, loc: Sequence[str]) -> Spot:
        langs = self.form.langs
        lang = loc[0] if loc and loc[0] in langs else langs[0]
        box = self._boxes[lang]

        def mark(says: str) -> None:
            box.error = says
            self.form.undo.append(lambda: setattr(box, "error", None))

        title = f"{self.at.title} · {Words(lang)('autonym')}" if len(langs) > 1 else self.at.title
        return Spot(title, box.html_id, mark)


class Chosen(Field):
    """A value that one box holds; it is not written where the file has none and it is the default."""

    box: ValueElement[Any]

    @property
    def first(self) -> Any:
        """What is shown first."""
        return self.at.default if self.at.old is ABSENT else self.at.old

    def taken(self) -> Any:
        """Return what the box holds, as it stands in a file; None for nothing."""
        return self.box.value

    @abstractmethod
    def fits(self, value: Any) -> bool:
        """Return whether the box can hold a value."""

    @override
    def value(self) -> Any:
        value = self.taken()
        return ABSENT if value is None or (self.at.old is ABSENT and value == self.at.default) else value

    @override
    def put(self, path: Sequence[str], value: Any) -> None:
        if self.fits(value):
            self.box.value = value


class Pick(Chosen):
    """One of several options."""

    def __init__(self, at: At, options: Options) -> None:
        self._options = _with(options, () if at.old is ABSENT else (at.old,))
        super().__init__(at)

    @override
    def build(self) -> None:
        none = {} if self.at.default is ABSENT else {"": self.form.words("card_form.none")}
        first = ("" if none else None) if self.first in (ABSENT, None) else self.first
        self._options = {**none, **self._options}
        self.box = _select(self, self._options, first)

    @override
    def taken(self) -> Any:
        return self.box.value or None

    @override
    def fits(self, value: Any) -> bool:
        return value in list(self._options)


class Several(Field):
    """Any of several options."""

    kinds: ClassVar[type | tuple[type, ...]] = (list, tuple)

    def __init__(self, at: At, options: Options) -> None:
        self._held = list(at.old) if isinstance(at.old, list | tuple) else []
        self._options = _with(options, self._held)
        super().__init__(at)

    @override
    def build(self) -> None:
        self._box = _select(self, self._options, self._held, multiple=True)

    @override
    def value(self) -> Any:
        chosen = [option for option in self._box.value or () if isinstance(option, str)]
        return ABSENT if not chosen and self.at.old is ABSENT else chosen

    @override
    def put(self, path: Sequence[str], value: Any) -> None:
        if isinstance(value, list):
            self._box.value = [option for option in value if option in self._options]


class AllOrSome(Several):
    """Any of several options, where a word stands for all of them, and another for none."""

    kinds = (str, list, tuple)

    def __init__(self, at: At, options: Options, every: str, none: str) -> None:
        self._every, self._none = every, none
        spelt = {every: list(options), none: []}
        super().__init__(replace(at, old=spelt[at.old] if at.old in (every, none) else at.old), options)

    @override
    def value(self) -> Any:
        chosen = super().value()
        if chosen is ABSENT:
            return ABSENT
        return self._none if not chosen else self._every if {*chosen} >= {*self._options} else chosen


class CountOrShare(Pick):
    """A number, or a share by name, of those that are offered."""

    kinds = (int, str)

    def __init__(self, at: At, options: Options) -> None:
        old, default = (value if value is ABSENT else str(value) for value in (at.old, at.default))
        super().__init__(replace(at, old=old, default=default), options)

    @override
    def value(self) -> Any:
        value = super().value()
        return int(value) if value is not ABSENT and value.isdecimal() else value


class TermsField(Field):
    """An option for each of several questions, or none."""

    kinds = dict

    def __init__(self, at: At, questions: Mapping[str, tuple[str, Options]], none: str) -> None:
        self._held: dict[str, Any] = {} if at.old is ABSENT else at.old
        self._questions, self._none = questions, none
        super().__init__(at)

    @override
    def build(self) -> None:
        self._boxes: dict[str, ui.select] = {}
        for key, (title, options) in self._questions.items():
            known = {"": self._none, **_with(options, (self._held[key],) if key in self._held else ())}
            self._boxes[key] = _select(self, known, self._held.get(key, ""), label=title, below=f".{key}")

    @override
    def value(self) -> Any:
        terms = {key: value for key, value in self._held.items() if key not in self._boxes}
        terms |= {key: box.value for key, box in self._boxes.items() if box.value}
        return ABSENT if not terms and self.at.old is ABSENT else terms

    @override
    def put(self, path: Sequence[str], value: Any) -> None:
        if path and path[0] in self._boxes and value in list(self._boxes[path[0]].options):
            self._boxes[path[0]].value = value


class Number(Chosen):
    """A whole number, within bounds that are named as in a schema."""

    kinds = int

    def __init__(self, at: At, bounds: Mapping[str, float]) -> None:
        if isinstance(at.old, bool):
            raise UnfitError
        self._bounds = bounds
        super().__init__(at)

    @override
    def build(self) -> None:
        value, bounds = None if self.first is ABSENT else self.first, self._bounds
        box = ui.number(value=value, min=bounds.get("ge"), max=bounds.get("le"), step=1, precision=0)
        box.classes("number").props("outlined dense").props["data-number"] = self.at.path
        self.box = _told(self, box)

    @override
    def taken(self) -> Any:
        value = self.box.value
        return int(value) if value is not None and float(value).is_integer() else value

    @override
    def fits(self, value: Any) -> bool:
        return isinstance(value, int | float)


class Switch(Chosen):
    """Yes or no."""

    kinds = bool

    @override
    def build(self) -> None:
        ways = {answer: self.form.words(f"card_form.{'yes' if answer else 'no'}") for answer in (True, False)}
        self.box = _told(self, ui.radio(ways, value=self.first is True).props("inline"))

    @override
    def taken(self) -> Any:
        return self.box.value is True

    @override
    def fits(self, value: Any) -> bool:
        return isinstance(value, bool)


def _told(field: Field, box: ValueElement[Any], label: str = "", below: str = "") -> ValueElement[Any]:
    """Name a box for those who hear it read out, and tell the form of what is chosen in it."""
    box.props["aria-label"] = label or field.at.title
    box.on_value_change(lambda: field.form.typed(field.at.path + below, box.value))
    return box


def _select(
    field: Field, options: Options, value: Any, *, multiple: bool = False, label: str = "", below: str = ""
) -> ui.select:
    chosen = ui.select(dict(options), value=value, label=label or None, multiple=multiple).classes("w-full")
    chosen.props("outlined dense options-dense use-chips" if multiple else "outlined dense options-dense")
    chosen.props["data-pick"] = field.at.path + below
    _told(field, chosen, label, below)
    return chosen


def _with(options: Options, held: Sequence[Any]) -> Options:
    """Return options, with whatever else a file holds beside them: the check tells of it, and nothing is lost."""
    if not all(isinstance(value, str) for value in held):
        raise UnfitError
    return {**options, **{value: value for value in held if value not in options}}


def _both(text: Any) -> dict[Lang, str]:
    """Return a text of a file in both languages; raises `UnfitError` where it is none."""
    if text is ABSENT or isinstance(text, str):
        return dict.fromkeys(LANGUAGES, "" if text is ABSENT else text)
    if not isinstance(text, dict) or not all(isinstance(text.get(lang, ""), str) for lang in LANGUAGES):
        raise UnfitError
    return {lang: text.get(lang, "") for lang in LANGUAGES}
