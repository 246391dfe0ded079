"""The minutes of a stage as people read them: less what was answered since, and with what is still doubted."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.acts import has
from sandbox.game.questions import never_answered, unanswered
from sandbox.game.session import Session
from sandbox.game.standing_for import doubters
from sandbox.game.stock import without_stock
from sandbox.game.wording import gist
from sandbox.record.line import Line

_LONGEST = {"en": 130, "zh": 50}  # characters of a doubt


def minutes_told(session: Session, stage: str, text: str) -> str:
    """Return the minutes of a stage without stock words, and without the questions that a vote has answered since.

    Who still doubts is told with what, as they said it last; who only refused something, as that.

    Args:
        session: the session.
        stage: the stage.
        text: its minutes, as they were taken.
    """
    game, over = session.game, {minutes["stage"] for minutes in session.state["minutes"]}
    lines, room = session.in_stages([stage]), game.present(stage)
    said = session.in_stages(over)
    left = [question["id"] for question, _ in never_answered(game, lines, room, said)]
    talk = [line for line in lines if not line["vote"]]
    since = {question["id"] for question, _ in unanswered(game, talk, room)}.difference(left)
    colon = game.words("colon")

    def answered(row: str) -> bool:
        """Return whether a row is of such a question: it begins with what it is, and the line."""
        said = row.partition(colon)[2]
        return any(said.startswith(line) for line in since)

    doubts = _doubts(session, talk) if stage in game.able("tours") else {}

    def told(row: str) -> str:
        whose = next((seat for seat in doubts if row.startswith(game.name(seat))), "")
        return doubts[whose] if whose else row

    return "\n".join(told(row) for row in without_stock(game, text).splitlines() if not answered(row))


def _doubts(session: Session, talk: Sequence[Line]) -> dict[str, str]:
    """Return for each seat that was not persuaded in a stage a sentence of what it doubted or refused last."""
    game, lang = session.game, session.game.spec.lang
    told = {}
    for seat in (seat for seat, persuaded in doubters(talk, refusals=True).items() if not persuaded):
        own = [line for line in talk if line["seat"] == seat]
        doubted = [line for line in own if has(line["act"], "doubts")]
        last = (doubted or [line for line in own if has(line["act"], "refuses")])[-1]
        says = gist(last["says"], _LONGEST[lang], act=last["act"])
        key = "minutes.doubts" if doubted else "minutes.refuses"
        told[seat] = game.words(key, name=game.name(seat), line=last["id"], says=says)
    return told
