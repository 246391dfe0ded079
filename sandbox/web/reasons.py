"""Why it is somebody's turn, in words."""

from __future__ import annotations

from sandbox.game.due import WHOLE, answering, last_report, matter
from sandbox.game.game import Game
from sandbox.game.ledger import counter_offers
from sandbox.game.view import SeatView
from sandbox.game.wording import gist
from sandbox.record.line import Line
from sandbox.report.reading import act_text
from sandbox.session.offers import motion_asked

__all__ = ["why_yours"]

_SHORT = 140
# Why a seat has the floor where more is wanted of it than an answer.
_OTHER_MATTERS = ("news", "reports", "confirms", "returns", "votes", "decides")


def why_yours(game: Game, view: SeatView) -> str:
    """Return why a seat has the floor, as its player is told: who asked, in which line and with which words."""
    words, why = game.words, view.why
    if why == "motion":
        return motion_asked(words, view)
    if why in ("asked", "addressed"):
        line = _to_answer(view)
        if line is not None:
            return words(
                f"why_yours.{why}", name=game.name(line["seat"]), line=line["id"], says=_short(game, view, line)
            )
    if why in ("reports", "confirms") and (texts := _of_review(game, view)):
        return words(f"why_yours.{why}", **texts)
    if why == "news" and view.news:
        return words("why_yours.news", text=gist(view.news[-1]["text"], _SHORT))
    if view.questions and why not in _OTHER_MATTERS:  # however it came to the floor, somebody waits for its answer
        line = view.questions[-1]
        return words("why_yours.asked", name=game.name(line["seat"]), line=line["id"], says=_short(game, view, line))
    if why == "quiet" and game.governance.rules.floor == "chair_led" and game.chair != view.seat:
        return words("why_yours.chair_led", name=game.name(game.chair))
    key = f"why_yours.{why}"
    return words(key) if key in words and why not in ("asked", "addressed", "news") else words("why_yours.next")


def _of_review(game: Game, view: SeatView) -> dict[str, str]:
    """Return what a seat answers for in a review, or the report that concerns it; nothing where there is none."""
    if view.why == "reports":
        own = answering(view.ledger, view.seat)
        return {"matter": game.words("semi").join(matter(game, item, WHOLE) for item in own)} if own else {}
    said = last_report(view.ledger, view.lines)
    account = said.account if said else None
    return {"name": game.name(account.owner), "line": account.report} if account else {}


def _to_answer(view: SeatView) -> Line | None:
    """Return the line that gave the floor: the last question that waits, else the last line to the seat."""
    if view.questions:
        return view.questions[-1]
    return next((line for line in reversed(view.lines) if line["to"] == view.seat), None)


def _short(game: Game, view: SeatView, line: Line) -> str:
    return gist(line["says"], _SHORT) or act_text(game.words, line, game, counter_offers(view.ledger, [line]))
