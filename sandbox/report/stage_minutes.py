"""The minutes of a stage as people read them: less what was answered since."""

from __future__ import annotations

from sandbox.game.answered import never_answered, unanswered
from sandbox.game.session import Session
from sandbox.game.stock import without_stock


def minutes_told(session: Session, stage: str, text: str) -> str:
    """Return the minutes of a stage without stock words, and without the questions that a vote has answered since.

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

    return "\n".join(row for row in without_stock(game, text).splitlines() if not answered(row))
