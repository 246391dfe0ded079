"""The fields of a card in a form: what is filled in, and what of it goes into the file.

A field takes a value as it stands in a file, and returns the one that belongs there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typing_extensions import override

from sandbox.content.cards import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.web.frame import div, heading, refusal_line, soft

__all__ = [
    "ABSENT",
    "Field",
    "Form",
    "Number",
    "Options",
    "Pick",
    "Several",
    "Spot",
    "Switch",
    "Terms",
    "TextField",
    "UnfitError",
]

ABSENT: Any = object()
"""Stands for the value of a field that a file does not have."""
_LONGEST = 8000
Options = Mapping[str, str]


class UnfitError(Exception):
    """What stands in a file is not of the kind that a field shows."""


@dataclass
class Form:
    """What the fields of a form share.

    Args:
        words: the words of the page.
        langs: the languages in which texts are filled in, that of the page first.
        options: returns what may be chosen in a field of a model, by id; None where that is not told. For a field that
            holds choices by name it returns the options of each.
        new_item: returns what a new item of a model has beside what is filled in: its id, and what no form shows.
        typed: is told of a value that is not text when it changes, with the place of its field.
        undo: what takes the messages away that stand beside fields.
    """

    words: Words
    langs: list[Lang]
    options: Callable[[type[BaseModel], str], Mapping[str, Any] | None]
    new_item: Callable[[type[BaseModel]], dict[str, Any]]
    typed: Callable[[str, object], None]
    undo: list[Callable[[], object]] = field(default_factory=list)

    def hush(self) -> None:
        """Take all messages away."""
        while self.undo:
            self.undo.pop()()


@dataclass(frozen=True)
class Spot:
    """Where something is in a form: the name of the field, its place in the page, and what puts a message there."""

    title: str
    at: str
    mark: Callable[[str], None] = field(compare=False)


class Field(ABC):
    """A field of a form, or a group of them.

    Args:
        form: what all share.
        path: its place, from the card's root, with dots between.
        title: its name.
        hint: what it is for.
    """

    def __init__(self, form: Form, path: str, title: str, hint: str = "") -> None:
        self.form, self.path, self.title = form, path, title
        with self.frame(hint):
            self._refused = refusal_line()
            self.build()

    @contextmanager
    def frame(self, hint: str) -> Iterator[None]:
        """Open the place of the field, with its name and what it is for."""
        with div("card-field") as self.element:
            self.element.props["data-field"] = self.path
            heading(3, self.title)
            if hint:
                soft(hint)
            yield

    @abstractmethod
    def build(self) -> None:
        """Add what is filled in."""

    @abstractmethod
    def value(self) -> Any:
        """Return what belongs into the file; `ABSENT` where nothing does."""

    def put(self, path: Sequence[str], value: Any) -> None:  # noqa: B027 - a part has nothing of its own to fill in
        """Fill in what was typed earlier, at a place below this one; what does not fit is left out."""

    def spot(self, loc: Sequence[str]) -> Spot:  # noqa: ARG002
        """Return the spot of a place below this one, or what is around it, as in the values that were returned last."""

        def mark(says: str) -> None:
            self._refused.set_text(says)
            self.form.undo.append(lambda: self._refused.set_text(""))

        return Spot(self.title, self.element.html_id, mark)


class TextField(Field):
    """A text, in each language."""

    def __init__(self, form: Form, path: str, title: str, hint: str, old: Any, example: Any, *, needed: bool) -> None:
        self._old, self._now, self._needed = old, _both(old), needed
        self._example = {} if example is ABSENT else _both(example)
        super().__init__(form, path, title, hint)

    @override
    def build(self) -> None:
        words = self.form.words
        with div("tongues"):
            self._boxes = {lang: self._box(lang) for lang in sorted(LANGUAGES, key=lambda each: each != words.lang)}

    def _box(self, lang: Lang) -> ui.textarea:
        name, example = Words(lang)("autonym"), self._example.get(lang)
        shown = self.form.words("card_form.example", text=example) if example else None
        box = ui.textarea(name, value=self._now[lang], placeholder=shown).classes(f"tongue-{lang}")
        box.props("outlined dense autogrow stack-label").props["maxlength"] = _LONGEST
        box.props["aria-label"], box.props["lang"] = f"{self.title} · {name}", lang
        box.props["data-text"] = f"{self.path}.{lang}"
        box.on("update:model-value", js_handler=f"(value) => cardForm.keep('{self.path}.{lang}', value)")
        return box

    @override
    def value(self) -> Any:
        langs = self.form.langs
        texts = {lang: str(self._boxes[lang].value or "").strip() for lang in LANGUAGES if lang in langs}
        if not any(texts.values()):
            if not self._needed:
                return ABSENT
            new: Any = texts if len(langs) > 1 else ""
        else:
            new = {lang: text for lang, text in texts.items() if text} if len(langs) > 1 else texts[langs[0]]
            if len(langs) > 1 and isinstance(self._old, dict):  # what stands beside the texts is not in the form
                new |= {name: value for name, value in self._old.items() if name not in LANGUAGES}
        return self._old if self._old is not ABSENT and _both(new) == _both(self._old) else new

    @override
    def put(self, path: Sequence[str], value: Any) -> None:
        if path and path[0] in self._boxes and isinstance(value, str):
            self._boxes[path[0]].value = value

    @override
    def spot(self, loc: Sequence[str]) -> Spot:
        lang = loc[0] if loc and loc[0] in self.form.langs else self.form.langs[0]
        box = self._boxes[lang]

        def mark(says: str) -> None:
            box.error = says
            self.form.undo.append(lambda: setattr(box, "error", None))

        title = f"{self.title} · {Words(lang)('autonym')}" if len(self.form.langs) > 1 else self.title
        return Spot(title, box.html_id, mark)


class Pick(Field):
    """One of several options."""

    def __init__(self, form: Form, path: str, title: str, hint: str, old: Any, options: Options, default: Any) -> None:
        self._old, self._default, self._options = old, default, _with(options, () if old is ABSENT else (old,))
        super().__init__(form, path, title, hint)

    @override
    def build(self) -> None:
        none = {} if self._default is ABSENT else {"": self.form.words("card_form.none")}
        first = self._default if self._old is ABSENT else self._old
        value = ("" if none else None) if first in (ABSENT, None) else first
        self._box = _select(self, {**none, **self._options}, value)

    @override
    def value(self) -> Any:
        value = self._box.value or None
        return ABSENT if value is None or (value == self._default and self._old is ABSENT) else value

    @override
    def put(self, path: Sequence[str], value: Any) -> None:
        if value in list(self._box.options):
            self._box.value = value


class Several(Field):
    """Any of several options."""

    def __init__(self, form: Form, path: str, title: str, hint: str, old: Any, options: Options) -> None:
        if not isinstance(old, list | tuple) and old is not ABSENT:
            raise UnfitError
        self._old = old
        self._options = _with(options, () if old is ABSENT else old)
        super().__init__(form, path, title, hint)

    @override
    def build(self) -> None:
        self._box = _select(self, self._options, [] if self._old is ABSENT else list(self._old), multiple=True)

    @override
    def value(self) -> Any:
        chosen = [option for option in self._box.value or () if isinstance(option, str)]
        return ABSENT if not chosen and self._old is ABSENT else chosen

    @override
    def put(self, path: Sequence[str], value: Any) -> None:
        if isinstance(value, list):
            self._box.value = [option for option in value if option in self._options]


class Terms(Field):
    """An option for each of several questions, or none."""

    def __init__(
        self, form: Form, path: str, title: str, hint: str, old: Any, questions: Mapping[str, tuple[str, Options]],
        none: str,
    ) -> None:  # fmt: skip
        if not isinstance(old, dict) and old is not ABSENT:
            raise UnfitError
        self._old, self._questions, self._none = old, questions, none
        super().__init__(form, path, title, hint)

    @override
    def build(self) -> None:
        held = {} if self._old is ABSENT else self._old
        self._boxes = {
            key: _select(
                self, {"": self._none, **_with(options, (held[key],) if key in held else ())},
                held.get(key, ""), label=title, below=key,
            )
            for key, (title, options) in self._questions.items()
        }  # fmt: skip

    @override
    def value(self) -> Any:
        held = {} if self._old is ABSENT else self._old
        terms = {key: value for key, value in held.items() if key not in self._boxes}
        terms |= {key: box.value for key, box in self._boxes.items() if box.value}
        return ABSENT if not terms and self._old is ABSENT else terms

    @override
    def put(self, path: Sequence[str], value: Any) -> None:
        if path and path[0] in self._boxes and value in list(self._boxes[path[0]].options):
            self._boxes[path[0]].value = value


class Number(Field):
    """A whole number."""

    def __init__(self, form: Form, path: str, title: str, hint: str, old: Any, info: FieldInfo) -> None:
        if old is not ABSENT and (not isinstance(old, int) or isinstance(old, bool)):
            raise UnfitError
        self._old, self._default = old, ABSENT if info.is_required() else info.get_default(call_default_factory=True)
        bounds = {name: getattr(each, name) for each in info.metadata for name in ("ge", "le") if hasattr(each, name)}
        self._least, self._most = bounds.get("ge"), bounds.get("le")
        super().__init__(form, path, title, hint)

    @override
    def build(self) -> None:
        first = self._default if self._old is ABSENT else self._old
        value = None if first is ABSENT else first
        self._box = ui.number(value=value, min=self._least, max=self._most, step=1, precision=0)
        self._box.classes("number").props("outlined dense").props["aria-label"] = self.title
        self._box.props["data-number"] = self.path
        self._box.on_value_change(lambda: self.form.typed(self.path, self._box.value))

    @override
    def value(self) -> Any:
        value = self._box.value
        whole = int(value) if value is not None and float(value).is_integer() else value
        return ABSENT if whole is None or (self._old is ABSENT and whole == self._default) else whole

    @override
    def put(self, path: Sequence[str], value: Any) -> None:
        if isinstance(value, int | float):
            self._box.value = value


class Switch(Field):
    """Yes or no."""

    def __init__(self, form: Form, path: str, title: str, hint: str, old: Any, default: Any) -> None:
        if old is not ABSENT and not isinstance(old, bool):
            raise UnfitError
        self._old, self._default = old, default
        super().__init__(form, path, title, hint)

    @override
    def build(self) -> None:
        words = self.form.words
        value = self._default is True if self._old is ABSENT else self._old
        self._box = ui.radio({True: words("card_form.yes"), False: words("card_form.no")}, value=value)
        self._box.props("inline").props["aria-label"] = self.title
        self._box.on_value_change(lambda: self.form.typed(self.path, self._box.value))

    @override
    def value(self) -> Any:
        value = self._box.value is True
        return ABSENT if self._old is ABSENT and value == self._default else value

    @override
    def put(self, path: Sequence[str], value: Any) -> None:
        if isinstance(value, bool):
            self._box.value = value


def _select(
    field: Field, options: Options, value: Any, *, multiple: bool = False, label: str = "", below: str = ""
) -> ui.select:
    path = f"{field.path}.{below}" if below else field.path
    chosen = ui.select(dict(options), value=value, label=label or None, multiple=multiple).classes("w-full")
    chosen.props("outlined dense options-dense use-chips" if multiple else "outlined dense options-dense")
    chosen.props["aria-label"], chosen.props["data-pick"] = label or field.title, path
    chosen.on_value_change(lambda: field.form.typed(path, chosen.value))
    return chosen


def _with(options: Options, held: Sequence[Any]) -> Options:
    """Return options, with whatever else a file holds beside them: the check tells of it, and nothing is lost."""
    if not all(isinstance(value, str) for value in held):
        raise UnfitError
    return {**options, **{value: value for value in held if value not in options}}


def _both(text: Any) -> dict[Lang, str]:
    """Return a text of a file in both languages; raises `UnfitError` where it is none."""
    if text is ABSENT:
        return dict.fromkeys(LANGUAGES, "")
    if isinstance(text, str):
        return dict.fromkeys(LANGUAGES, text)
    if not isinstance(text, dict) or not all(isinstance(text.get(lang, ""), str) for lang in LANGUAGES):
        raise UnfitError
    return {lang: text.get(lang, "") for lang in LANGUAGES}
