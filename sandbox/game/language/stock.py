"""Stock words: what the rules let a seat say where nobody words its act; by themselves they name nothing to quote."""

from __future__ import annotations

from functools import lru_cache

from sandbox.content.cards import ACTS
from sandbox.content.templates import Templates
from sandbox.game.game import Game

_STOPS = ".。 "


@lru_cache(maxsize=64)
def rule_words(templates: Templates) -> dict[str, str]:
    """Return the words of the template ``rules_only``: of each act, and of the sections of a plan."""
    rows = (row.partition(": ") for row in templates.render("rules_only").splitlines())
    return {name: words for name, colon, words in rows if colon}


def is_stock(game: Game, says: str) -> bool:
    """Return whether words are those of an act alone, and name no option, task or section."""
    return says.rstrip(_STOPS) in _of_acts(game.templates)


@lru_cache(maxsize=64)
def _of_acts(templates: Templates) -> frozenset[str]:
    words = rule_words(templates)
    return frozenset(words[act].rstrip(_STOPS) for act in ACTS if act in words)


def quotable(game: Game, says: str) -> str:
    """Return words that can be quoted; an empty text in place of stock words."""
    return "" if is_stock(game, says) else says


def without_stock(game: Game, minutes: str) -> str:
    """Return minutes whose rows end before stock words."""
    rows = []
    for row in minutes.splitlines():
        head, colon, says = row.rpartition(game.words("colon"))
        rows.append(head if colon and is_stock(game, says) else row)
    return "\n".join(rows)
