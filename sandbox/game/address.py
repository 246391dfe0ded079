"""By what seats are called: the names on their cards, and how people speak to one another in a room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.game.game import Game

__all__ = ["callings", "forms_of_address", "shared_forms"]

# What stands before and behind a surname in Chinese; a title is also used alone where one role alone has it.
_BEFORE = ("老", "小", "阿")
_TITLES = ("主任", "书记", "经理", "老师", "市长", "区长", "镇长", "警官", "老板", "师傅", "社长", "网格员", "总", "工")
_KIN = ("叔", "伯", "姨", "婶", "姐", "哥", "嫂")


def callings(game: Game) -> Mapping[str, tuple[str, ...]]:
    """Return the names by which each seat is spoken of: that on its card, its role and, in English, its surname."""
    first = int(game.spec.lang == "en")
    return {
        seat: tuple(dict.fromkeys([game.name(seat), game.role(seat), *game.name(seat).split()[:first]]))
        for seat in game.positions
    }


def forms_of_address(game: Game) -> Mapping[str, tuple[str, ...]]:
    """Return the forms by which each seat may be spoken to: its names, and in Chinese those made from its surname.

    What two seats would answer to calls nobody; of a host and somebody of the place, it calls the latter.
    """
    if game.spec.lang == "en":
        return game.callings
    made = {seat: _chinese(game, seat) for seat in game.positions}
    home = Counter(form for seat, forms in made.items() if game.personas[seat].kind != "host" for form in forms)

    def calls(seat: str, form: str) -> bool:
        return home[form] == (game.personas[seat].kind != "host")

    return {
        seat: (*game.callings[seat], *(form for form in forms if calls(seat, form))) for seat, forms in made.items()
    }


def shared_forms(game: Game) -> Mapping[str, tuple[str, ...]]:
    """Return the forms by which each seat is spoken to that call somebody else, or nobody, in a line to everybody."""
    if game.spec.lang == "en":
        return {}
    made = {seat: _chinese(game, seat) for seat in game.positions}
    return {seat: tuple(form for form in forms if form not in game.addresses[seat]) for seat, forms in made.items()}


def _chinese(game: Game, seat: str) -> list[str]:
    surname, role = game.name(seat)[:1], game.role(seat)
    forms = [before + surname for before in _BEFORE] + [surname + title for title in (*_TITLES, *_KIN)]
    return [*forms, *(title for title in _TITLES if title in role)]
