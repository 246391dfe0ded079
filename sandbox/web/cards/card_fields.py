"""The base of fields in a card's form, and fields of texts.

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
"""The value of a field that a file does not have."""
_LONGEST = 8000


class UnfitError(Exception):
    """A value in a file is not of a kind that the field can show."""


@dataclass
class FormContext:
    """Things shared by the fields of a form.

    Args:
        langs: the languages in which texts are filled in, that of the page first.
        options: returns the choices in a field of a model, by id; None if it has no fixed ones. For a field that
            holds choices by name it returns the options of each.
        new_item: returns the values of a new item that are not filled in, by its kind: id, and fields not shown.
        typed: called with the path and value of a field other than text when it changes.
        undo: functions that remove the messages beside fields.
    """

    words: Words
    langs: list[Lang]
    options: Callable[[type[BaseModel], str], Mapping[str, Any] | None]
    new_item: Callable[[str], dict[str, Any]]
    typed: Callable[[str, object], object]
    undo: list[Callable[[], object]] = field(default_factory=list)

    def hush(self) -> None:
        """Remove all messages."""
        while self.undo:
            self.undo.pop()()


@dataclass(frozen=True)
class At:
    """A place in a form, and the values of its field.

    Args:
        path: the dotted path from the card's root.
        old: its value in the file.
        default: its value if the file has none.
        example: an example of a value.
        needed: whether the file must have it if it has its parent.
        marked: whether the user must fill it in.
        folded: whether all except its name is hidden until it is opened.
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
    """A position in a form: the field's name, its element, and a function that puts a message there."""

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
        """Open the element of the field, with its name and its explanation."""
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
        """Unfold all parts that hide the field."""
        around: ui.element | None = self.element
        while around is not None:
            if isinstance(around, ui.expansion):
                around.open()
            around = around.parent_slot.parent if around.parent_slot else None

    @abstractmethod
    def build(self) -> None:
        """Add the inputs of the field."""

    @abstractmethod
    def value(self) -> Any:
        """Return the value for the file; `ABSENT` for none."""

    @abstractmethod
    def put(self, path: Sequence[str], value: Any) -> None:
        """Fill in an earlier value at a path below this one, if it fits."""

    def spot(self, loc: Sequence[str]) -> Spot:  # noqa: ARG002
        """Return the spot of a path below this one or of its nearest parent, by the values returned last."""

        def mark(says: str) -> None:
            self._refused.set_text(says)
            self.form.undo.append(lambda: self._refused.set_text(""))

        return Spot(self.at.title, self.element.html_id, mark)


def folded_part(title: str, name: str, held: Any = None) -> ui.expansion:
    """Add a folded part of a form, whose title tells the number of its items."""
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
    """Return a text of a file in both languages; raises `UnfitError` if the value is no text."""
    if text is ABSENT or isinstance(text, str):
        return dict.fromkeys(LANGUAGES, "" if text is ABSENT else text)
    if not isinstance(text, dict) or not all(isinstance(text.get(lang, ""), str) for lang in LANGUAGES):
        raise UnfitError
    return {lang: text.get(lang, "") for lang in LANGUAGES}
