"""The case as everybody at a table is told it before the first line."""

from __future__ import annotations

from nicegui import ui

from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.starting import aged
from sandbox.game.view import open_facts
from sandbox.web.frame import box, bullets, heading

__all__ = ["case_card"]


def case_card(game: Game, words: Words) -> None:
    """Add a box with the case, open and to be folded away: background, question, and the facts that everybody knows.

    Args:
        game: the game that is to be played.
        words: the words of the page.
    """
    case, lang = game.scenario, words.lang
    with box(), ui.expansion(words("pack.case"), value=True).classes("w-full case").props("data-told-case"):
        ui.label(case.background.get(lang)).classes("prose")
        heading(3, words("card.question"))
        ui.label(case.question.get(lang)).classes("prose strong")
        facts = [fact.text.get(lang) for fact in open_facts(game)]
        if facts:
            heading(3, aged(game, reviews=False).rstrip(":：") or words("guide.facts"))
            bullets(facts)
