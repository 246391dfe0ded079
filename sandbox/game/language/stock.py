"""Stock words, which the rules give a seat when nobody words its act; they name nothing that could be quoted."""

from __future__ import annotations

from functools import lru_cache

from sandbox.content.cards import ACTS
from sandbox.content.templates import Templates
from sandbox.game.game import Game

_STOPS = ".。 "


@lru_cache(maxsize=64)
def rule_words(templates: Templates) -> dict[str, str]:
    """Return the words of the template ``rules_only`` by act and by section of a plan."""
    rows = (row.partition(": ") for row in templates.render("rules_only").splitlines())
    return {name: words for name, colon, words in rows if colon}


def is_stock(game: Game, says: str) -> bool:
    """Return whether words are only an act's stock words, without an option, a task or a section."""
    return says.rstrip(_STOPS) in _of_acts(game.templates)


@lru_cache(maxsize=64)
def _of_acts(templates: Templates) -> frozenset[str]:
    words = rule_words(templates)
    return frozenset(words[act].rstrip(_STOPS) for act in ACTS if act in words)


def quotable(game: Game, says: str) -> str:
    """Return words if they can be quoted, and an empty text for stock words."""
    return "" if is_stock(game, says) else says


def without_stock(game: Game, minutes: str) -> str:
    """Return minutes in which each row that ends with stock words is cut before them."""
    rows = []
    for row in minutes.splitlines():
        head, colon, says = row.rpartition(game.words("colon"))
        rows.append(head if colon and is_stock(game, says) else row)
    return "\n".join(rows)
