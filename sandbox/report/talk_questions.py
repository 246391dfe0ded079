"""The questions of a case for the talk after a session: those that speak of what was played."""

from __future__ import annotations

from sandbox.content.cards import Lang
from sandbox.game.session import Session

__all__ = ["talk_questions"]


def talk_questions(session: Session, lang: Lang) -> list[str]:
    """Return a case's questions for the talk, in a language.

    A question that speaks of a stage in which nobody spoke, or of what was said in private where nothing was, is left
    out.

    Args:
        session: the session, or what its reader may see of it.
        lang: the language.
    """
    game = session.game
    played = {line["stage"] for line in session.lines}
    whispered = any(
        not set(game.present(line["stage"])) <= set(line["visible_to"])
        for line in session.lines
        if line["stage"] in game.stage_names
    )
    return [
        question.get(lang)
        for question in game.scenario.discussion
        if played.issuperset(question.stages) and (whispered or not question.asides)
    ]
