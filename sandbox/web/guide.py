"""What a player reads before the session: the case, what happens when, what each act does, and how long it is."""

from __future__ import annotations

from nicegui import ui

from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.limits import few_lines
from sandbox.game.starting import aged
from sandbox.game.view import open_facts
from sandbox.web.frame import box, bullets, heading, parts, soft
from sandbox.web.schema import Setup

__all__ = ["case_card", "guide", "how_long", "minutes_of"]

_SECONDS_A_LINE = 60


def guide(game: Game, words: Words, setup: Setup, seat: str) -> None:
    """Add the guide for a seat to the page."""
    lang = words.lang
    heading(2, words("guide.title"))
    ui.label(words("guide.purpose", role=game.role(seat))).classes("prose")
    soft(how_long(game, words, setup)).props("data-how-long")
    few = few_lines(game)
    if few:
        soft(few)
    stages = ui.expansion(words("guide.stages"), value=True).classes("w-full").props("data-stages")
    with stages, ui.element("ol").classes("facts steps"):
        for stage in game.stages:
            with ui.element("li"):
                parts(stage.name.get(lang)).classes("strong")
                parts(words("colon") + stage.purpose.get(lang))
                if seat not in game.present(stage.id):
                    soft(words("guide.absent"))
    with ui.expansion(words("guide.acts")).classes("w-full").props("data-acts"):
        for act in game.acts(seat):
            with ui.element("div"):
                parts(words.doing(act)).classes("strong")
                parts(words("colon") + words(f"pack.act.{act}"))
                ui.label(words(f"guide.example.{act}")).classes("soft quote")


def how_long(game: Game, words: Words, setup: Setup) -> str:
    """Return about how long a session takes, and within which whole, briefing and debrief with it, that was planned."""
    minutes = minutes_of(game, setup)
    if setup.plan > minutes:
        return words("guide.long_within", minutes=minutes, whole=setup.plan)
    return words("guide.long", minutes=minutes)


def minutes_of(game: Game, setup: Setup) -> int:
    """Return about how many minutes a session takes: its time-boxes, and a minute a line where a stage has none.

    Votes come on top of a stage's lines; as many as there are voters are counted where a stage decides.
    """
    total = 0.0
    for stage in game.stages:
        lines = game.turn_limit(stage) + (len(game.voters(stage.id)) if "decides" in stage.abilities else 0)
        total += setup.minutes.get(stage.id) or lines * _SECONDS_A_LINE / 60
    return round(total)


def case_card(game: Game, words: Words) -> None:
    """Add a box with the case, open and to be folded away: background, question, and the facts that everybody knows."""
    case, lang = game.scenario, words.lang
    with box(), ui.expansion(words("pack.case"), value=True).classes("w-full case").props("data-told-case"):
        ui.label(case.background.get(lang)).classes("prose")
        heading(3, words("card.question"))
        ui.label(case.question.get(lang)).classes("prose strong")
        facts = [fact.text.get(lang) for fact in open_facts(game)]
        if facts:
            heading(3, aged(game, reviews=False).rstrip(":：") or words("guide.facts"))
            bullets(facts)
