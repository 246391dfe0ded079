"""A decision as it is shown to a room: how it was taken, who stood where, what it settles, and who pays."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.game.conditions import hangs_on
from sandbox.report.reading import ReadDecision
from sandbox.web.frame import bullets, div, heading, parts

__all__ = ["decision_card", "held", "settled"]


def decision_card(read: ReadDecision, words: Words, level: int) -> None:
    """Add a decision, in the words of a language, under a heading of a level from 1 to 4."""
    heading(level, read.how)
    for key, names in read.sides.items():
        if names:
            with div(f"ballots {key}"):
                parts(f"{words(f'decision.{key}')} {len(names)}").classes("who")
                parts(words.join(names))
    settled(read.terms)
    held(read.condition, words)
    if read.payer:
        ui.label(f"{words('decision.payer')}{words('colon')}{read.payer}").props("data-payer")


def held(condition: str, words: Words) -> None:
    """Add what a motion or decision hangs on; several conditions as a list."""
    conditions = hangs_on(plain(condition))
    if len(conditions) > 1:
        ui.label(words("ledger.conditions"))
        bullets(conditions)
    elif conditions:
        ui.label(f"{words('ledger.condition')}{words('colon')}{conditions[0]}").classes("prose")


def settled(terms: Sequence[tuple[str, str]]) -> None:
    """Add questions with the options that are chosen."""
    with ui.element("dl").classes("terms"):
        for question, option in terms:
            with ui.element("dt"):
                parts(question)
            with ui.element("dd"):
                parts(option)
