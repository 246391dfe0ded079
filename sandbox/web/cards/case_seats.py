"""The seats of a case in its form: opened, moved, added and removed; and other places that name a seat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

from nicegui import ui

from sandbox.content.cards import Text
from sandbox.content.language import LANGUAGES
from sandbox.content.library import Library
from sandbox.content.plain import clipped
from sandbox.content.words import Words
from sandbox.web.cards.card_choices import Path, items_of, nodes, seat_name, seat_role, text_in
from sandbox.web.cards.card_fields import folded_part
from sandbox.web.frame import agree, bullets, dialog, div, soft

_LONGEST_QUOTE = 80
_MOST_QUOTED = 30
_TOLD_BY = ("says", "text", "question")
_NAMING = ("to", "remit", "host", "replies_to", "after")


class SeatsPart:
    """The part of a form with the seats of a case.

    Args:
        data: the values of the case.
        at: returns the address of a seat's form.
        keep: stores the case with changed values as a draft, and opens the form of a seat or, without one, the case.
    """

    def __init__(
        self, library: Library, data: dict[str, Any], words: Words, at: Callable[[str], str],
        keep: Callable[[Callable[[dict[str, Any]], dict[str, Any]], str], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._library, self._data, self._words, self._keep = library, data, words, keep
        seats = items_of(data, "seats")
        with folded_part(words("card_form.seats"), "seats", seats):
            soft(words("card_form.seats.hint"))
            for place, seat in enumerate(seats):
                with div("case-seat"):
                    ui.link(seat_name(library, seat, words.lang), at(_id(seat))).props["data-seat"] = _id(seat)
                    self._button(place, "arrow_upward", "card_form.seats.up", partial(self._move, place, -1), place > 0)
                    self._button(place, "arrow_downward", "card_form.seats.down", partial(self._move, place, 1),
                                 place < len(seats) - 1)  # fmt: skip
                    self._button(place, "close", "card_form.remove_it", partial(self._ask, place), len(seats) > 1)
            self._offer({_id(seat) for seat in seats})

    def _button(self, place: int, icon: str, key: str, act: Callable[[], Any], able: bool) -> None:
        button = ui.button(icon=icon, on_click=act).props("flat dense round")
        button.props["aria-label"] = self._words(key, name=self._name(place))
        button.props[f"data-{icon}"] = _id(self._seats[place])
        button.set_enabled(able)

    @property
    def _seats(self) -> list[dict[str, Any]]:
        return items_of(self._data, "seats")

    def _name(self, place: int) -> str:
        return seat_name(self._library, self._seats[place], self._words.lang)

    def _offer(self, seated: set[str]) -> None:
        library, words = self._library, self._words
        yours = words.paren(words("cards.yours"))
        titles = {
            name: library.title("persona", name).get(words.lang) + (yours if library.owns("persona", name) else "")
            for name in library.own_first("persona")
            if name not in seated
        }

        async def add() -> None:
            if persona := str(chosen.value or ""):
                empty = dict.fromkeys(LANGUAGES, "")
                seat = {"persona": persona, "briefing": empty, "vote": {"support": empty, "object": empty}}
                await self._keep(lambda data: {**data, "seats": [*data.get("seats", ()), seat]}, persona)

        with div("pair card-keys"):
            chosen = ui.select(titles, label=words("card_form.seats.whom"), with_input=True).classes("grow")
            chosen.props("outlined dense options-dense data-new-seat")
            ui.button(words("card_form.seats.add"), icon="add", on_click=add).props("flat data-add-seat")

    async def _move(self, place: int, by: int) -> None:
        def moved(data: dict[str, Any]) -> dict[str, Any]:
            seats = list(data["seats"])
            seats[place], seats[place + by] = seats[place + by], seats[place]
            return {**data, "seats": seats}

        await self._keep(moved, "")

    def _ask(self, place: int) -> None:
        """Ask before a seat is removed, and list where else the case names it or its persona."""
        words, library, seat = self._words, self._library, self._seats[place]
        gone = {_id(seat), *(str(point.get("id")) for point in items_of(seat, "points"))}
        named = _id(seat) in library.cards["persona"]
        name = library.persona(_id(seat)).name if named else Text(en=_id(seat), zh=_id(seat))
        rest = {**self._data, "seats": [each for each in self._seats if each is not seat]}
        with dialog(words("card_form.seats.remove", name=self._name(place))) as opened:
            for key, places in (("names", _naming(rest, gone)), ("speaks", _speaking(rest, _called(name)))):
                if quotes := [self._where(rest, *each) for each in places]:
                    soft(words(f"card_form.seats.{key}"))
                    bullets([*quotes[:_MOST_QUOTED], *(["…"] if quotes[_MOST_QUOTED:] else [])])
            go = partial(self._keep, lambda data: without(data, place), "")
            agree(words, opened, words("card_form.remove"), go).props("data-remove-seat")

    def _where(self, data: dict[str, Any], path: Path, item: Any) -> str:
        words, lang = self._words, self._words.lang
        key = f"card_form.scenario.{path[0]}"
        part = words(key) if key in words else words("card_form.seats")
        if path[0] == "seats":
            part = seat_role(self._library, data["seats"][int(path[1])], lang)
        several = isinstance(item, dict) and not {*LANGUAGES}.issuperset(item)
        texts = [item.get(name) for name in _TOLD_BY] if several else [item]
        text = next((told for each in texts if (told := text_in(each, lang))), "")
        return part + (words("colon") + clipped(text, _LONGEST_QUOTE) if text else "")


def without(data: dict[str, Any], place: int) -> dict[str, Any]:
    """Return a case without a seat and all references to it or its points, except as the host of the tour."""
    seat = data["seats"][place]
    gone = {_id(seat), *(str(point.get("id")) for point in items_of(seat, "points"))}
    left: dict[str, Any] = _cleared({**data, "seats": [each for each in data["seats"] if each is not seat]}, gone)
    return left


def _cleared(data: Any, gone: set[str]) -> Any:
    if isinstance(data, list):
        return [_cleared(item, gone) for item in data]
    if not isinstance(data, dict):
        return data
    kept = {}
    for name, value in data.items():
        if name in _NAMING and isinstance(value, list):
            kept[name] = [each for each in value if each not in gone]
        elif name != "to" or value not in gone:
            kept[name] = _cleared(value, gone)
    return kept


def _naming(data: Any, gone: set[str]) -> Iterator[tuple[Path, Any]]:
    """Yield the parts of a case that name removed ids, each with its path."""
    for path, part in nodes(data):
        held = [part.get(name) for name in _NAMING] if isinstance(part, dict) else []
        named = [each for value in held for each in (value if isinstance(value, list) else [value])]
        if gone.intersection(each for each in named if isinstance(each, str)):
            yield path, part


def _speaking(data: Any, names: set[str], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the texts of a case that contain one of some names, each with its path."""
    texts = [data] if isinstance(data, str) else list(data.values()) if isinstance(data, dict) else []
    if path and any(isinstance(text, str) and any(name in text for name in names) for text in texts):
        yield path, data
        return
    for name, value in data.items() if isinstance(data, dict) else enumerate(data if isinstance(data, list) else ()):
        yield from _speaking(value, names, (*path, name))


def _called(name: Text) -> set[str]:
    """Return the forms of a person's name: the full name and, in Chinese, those for older and younger people."""
    return {name.en, name.zh} | {f"{before}{name.zh[0]}" for before in "老小" if len(name.zh) in (2, 3)}


def _id(seat: dict[str, Any]) -> str:
    return str(seat.get("persona"))
