"""The fields of a card in a form: what is filled in, and what of it goes into the file; here, those of texts.

A field takes a value as it stands in a file, and returns the one that belongs there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, ClassVar

from nicegui import ui
from pydantic import BaseModel
from typing_extensions import override

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.web.frame import div, heading, parts, refusal_line, soft

ABSENT: Any = object()
"""Stands for the value of a field that a file does not have."""
_LONGEST = 8000


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


def _both(text: Any) -> dict[Lang, str]:
    """Return a text of a file in both languages; raises `UnfitError` where it is none."""
    if text is ABSENT or isinstance(text, str):
        return dict.fromkeys(LANGUAGES, "" if text is ABSENT else text)
    if not isinstance(text, dict) or not all(isinstance(text.get(lang, ""), str) for lang in LANGUAGES):
        raise UnfitError
    return {lang: text.get(lang, "") for lang in LANGUAGES}
