"""The debrief of a session: a formative document for the facilitator, or for one seat with what that seat may know."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.errors import UnknownError
from sandbox.game.session import Session
from sandbox.report.debriefing.as_docx import debrief_docx
from sandbox.report.debriefing.as_html import debrief_html
from sandbox.report.debriefing.as_markdown import debrief_markdown
from sandbox.report.debriefing.blocks import Debrief, clean
from sandbox.report.debriefing.given import REFLECTION, Note, Reflection
from sandbox.report.debriefing.material import material
from sandbox.report.debriefing.sections import sections
from sandbox.scoring.scorecard import Scorecard

__all__ = [
    "REFLECTION",
    "Debrief",
    "Note",
    "Reflection",
    "debrief_docx",
    "debrief_html",
    "debrief_markdown",
    "make_debrief",
]


def make_debrief(
    session: Session,
    card: Scorecard,
    seat: str | None = None,
    notes: Sequence[Note] = (),
    reflections: Sequence[Reflection] = (),
) -> Debrief:
    """Return the debrief of a session, finished or not, in the session's language.

    It asks what an after-action review asks: what was expected, what happened, why, what to keep or change. It
    ranks and grades nobody. Turning points come from the acts alone: promises beyond remit (LA), duplicate reporting
    (PC), doubts that found no answer (PR), and where the assessments from above and from the side pull apart (abstract,
    PC, PV).

    Args:
        session: the session.
        card: its scores.
        seat: the seat that reads it, and sees what `sandbox.game.view.sees` allows; None for the facilitator.
        notes: the facilitator's notes and bookmarks; left out of a seat's debrief.
        reflections: what people wrote afterwards; a seat's debrief has that seat's own alone.

    Raises:
        InputError: there is no such seat; the message says which there are.
        KeyError: an event of the log lacks one of its fields.
    """
    game = session.game
    if seat is not None and seat not in game.positions:
        raise UnknownError("seat", seat, game.positions)
    of = material(session, card, seat)
    label = of.label
    return Debrief(
        lang=game.spec.lang,
        kicker=label("debrief.kicker") if seat is None else label("debrief.kicker.own", name=clean(of.person(seat))),
        title=clean(of.of(game.scenario.title)),
        lede=clean(of.of(game.scenario.question)),
        contents=label("contents"),
        skip=label("debrief.skip"),
        footer=label("debrief.footer"),
        sections=sections(of, notes, reflections),
    )
