"""What a player finds first when a session is over: that it is, and what was decided; and the form to reflect on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from nicegui import ui

from sandbox.content.words import Words
from sandbox.game.session import Session
from sandbox.record.line import DecisionTaken
from sandbox.report.pages.debrief import REFLECTION
from sandbox.report.reading import Reading
from sandbox.web.decision_card import held, settled
from sandbox.web.frame import box, div, heading, refusals, soft, tell
from sandbox.web.schema import LONGEST_TEXT
from sandbox.web.viewer import Viewer

__all__ = ["outcome", "reflection_form"]


def outcome(session: Session, words: Words, viewer: Viewer) -> None:
    """Add that the session is over, and each decision that was carried; the page is scrolled to its top.

    What was decided where the viewer may not be is not told.
    """
    game, reading = session.game, Reading(session)
    taken = [event for event in session.events if event.kind == "decision" and viewer.sees(game, event)]
    carried = [reading.decision(cast(DecisionTaken, event.payload)) for event in taken if event.payload["carried"]]
    everywhere = all(not viewer.seat or viewer.seat in game.present(stage) for stage in game.able("decides"))
    with box(words("over.done"), "outcome").props("data-outcome data-from-top"):
        if not carried:
            ui.label(words("over.nothing" if everywhere else "over.not_heard"))
            return
        heading(3, words("over.decided"))
        for read in carried:
            with div("notice decision stack").props(f'data-decided="{read.id}"'):
                if read.terms:
                    settled(read.terms)
                else:
                    ui.label(words("decision.no_terms"))
                held(read.condition, words)
                payer = f"{words('decision.payer')}{words('colon')}{read.payer}" if read.payer else ""
                soft(words("semi").join(filter(None, [read.how, payer])))


def reflection_form(words: Words, kept: Mapping[str, str], keep: Callable[[dict[str, str]], None]) -> None:
    """Add the questions on which a player reflects.

    What keeps the answers raises an `InputError` when they are refused.
    """
    boxes: dict[str, ui.textarea] = {}
    with box(words("over.reflect")):
        soft(words("over.reflect_why"))
        for question in REFLECTION:
            area = ui.textarea(words(f"over.{question}"), value=kept.get(question, "")).classes("w-full")
            boxes[question] = area.props(f'outlined autogrow maxlength="{LONGEST_TEXT}" data-q="{question}"')

        def save() -> None:
            with refusals(words):
                keep({question: str(area.value or "") for question, area in boxes.items()})
                tell(words("over.reflected"))

        ui.button(words("save"), on_click=save).props("data-reflect")
