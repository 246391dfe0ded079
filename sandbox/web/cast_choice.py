"""The choice of other personas in the seats of a case, one's own cards first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nicegui import ui

from sandbox.content.cards import Text
from sandbox.content.schemas import Scenario
from sandbox.content.words import Words
from sandbox.web.house import House

__all__ = ["CastChoice", "seat_title"]


class CastChoice:
    """Offers for each seat of a case the personas that may sit there in the place of the case's own.

    Args:
        house: the house.
        words: the words of the page.
        case: the case.
        cast: who is chosen already, by seat.
        changed: called when another persona is chosen.
        place: what the seats are of, where a page has several of them; empty for one.
    """

    def __init__(
        self, house: House, words: Words, case: Scenario, cast: Mapping[str, str], changed: Callable[[], object],
        place: str = "",
    ) -> None:  # fmt: skip
        library, shipped = house.library, house.library.roots[0]
        seats = {seat.persona: library.persona(seat.persona) for seat in case.seats}
        own = {name: not library.files["persona", name].is_relative_to(shipped) for name in library.cards["persona"]}
        names = sorted(own.keys() - seats.keys(), key=lambda name: (not own[name], name))
        cards = {name: library.persona(name) for name in names}
        self._boxes: dict[str, ui.select] = {}
        for seat, card in seats.items():
            fitting = {
                name: seat_title(house, words, name) + (words.paren(words("cards.yours")) if own[name] else "")
                for name, other in cards.items()
                if (other.kind, other.registered) == (card.kind, card.registered)
            }
            if not fitting:
                continue
            options = {"": words("setup.cast.own", name=card.name.get(words.lang)), **fitting}
            value = cast.get(seat, "") if cast.get(seat, "") in options else ""
            box = ui.select(options, value=value, label=card.role.get(words.lang), on_change=changed)
            self._boxes[seat] = box.classes("w-full").props(f'data-cast-seat="{f"{place}." if place else ""}{seat}"')

    @property
    def chosen(self) -> dict[str, str]:
        """The personas that take the place of others, by seat."""
        return {seat: str(box.value) for seat, box in self._boxes.items() if box.value}


def seat_title(house: House, words: Words, persona: str, name: Text | None = None) -> str:
    """Return a persona's name and role.

    Args:
        house: the house.
        words: the words of the page.
        persona: the persona.
        name: the name by which it goes; None for its own.
    """
    card = house.library.persona(persona)
    return f"{(name or card.name).get(words.lang)} · {card.role.get(words.lang)}"
