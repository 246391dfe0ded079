"""Fields of choices in a card's form: options, numbers, yes or no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from nicegui import ui
from nicegui.elements.mixins.value_element import ValueElement
from typing_extensions import override

from sandbox.web.cards.card_fields import ABSENT, At, Field, UnfitError

Options = Mapping[str, str]


class Chosen(Field):
    """A value in a single input; the default is not written if the file has no value."""

    box: ValueElement[Any]

    @property
    def first(self) -> Any:
        """The value shown first."""
        return self.at.default if self.at.old is ABSENT else self.at.old

    def taken(self) -> Any:
        """Return the value of the input in the form for a file; None for none."""
        return self.box.value

    def fits(self, value: Any) -> bool:
        """Return whether the input can show a value."""
        return isinstance(value, self.kinds)

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
    """Any of several options, with a word for all of them and one for none."""

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
    """A number, or a named share on offer."""

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
    """A whole number within the bounds of the schema."""

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


def _told(field: Field, box: ValueElement[Any], label: str = "", below: str = "") -> ValueElement[Any]:
    """Label an input for screen readers, and report its choices to the form."""
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
    """Return options plus the file's other values, so that nothing is lost and the check reports them."""
    if not all(isinstance(value, str) for value in held):
        raise UnfitError
    return {**options, **{value: value for value in held if value not in options}}
