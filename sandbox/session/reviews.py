"""A review in prompts: what falls due, what a seat is asked, and the point of a directed turn."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sandbox.content.acts import has
from sandbox.content.cards import Kind, Text
from sandbox.content.schemas import Point
from sandbox.game.due import WHOLE, answering, brief_matter, last_report, matter, pending
from sandbox.game.game import Game
from sandbox.game.ledger import Item
from sandbox.game.minutes import told_lapses
from sandbox.game.reviewing import review_move
from sandbox.game.state import Floor, State, stage_lines
from sandbox.game.view import SeatView
from sandbox.record.line import ALL

__all__ = ["due_texts", "review_point", "review_shown"]

# Who speaks of a year alike.
_GROUPS: dict[str, tuple[Kind, ...]] = {
    "officials": ("leader", "overseer", "official", "party", "host"),
    "frontline": ("frontline", "broker"),
    "providers": ("provider", "expert"),
    "residents": ("resident", "self_governing"),
}


def review_shown(game: Game, view: SeatView, floor: Floor) -> dict[str, Any]:
    """Return what a prompt shows of a review: all that falls due, and what the seat is asked; empty in other stages."""
    if not view.stage.reviews:
        return {"review": "", "review_asks": ""}
    own = answering(view.ledger, view.seat) if has(floor["acts"][0], "reports") else []
    due = pending(view.ledger)
    owners = Counter(_name(game, item.account.owner) for item in due if item.account)
    said = last_report(view.ledger, view.lines)
    heard = said if said is not None and said.account is not None and said.account.owner != view.seat else None
    report = _shown(game, heard) if heard is not None else None
    return {
        "review": game.templates.piece(
            "review_free",
            due=due_texts(game, view.ledger),
            lapses=told_lapses(game, view.ledger),
        ),
        "review_asks": game.templates.piece(
            "review_asks",
            own=[(item.line, matter(game, item, WHOLE)) for item in own],
            report=report,
            asked=bool(view.questions),
            due=len(due),
            owners=list(owners.items()),
            left=max(0, view.limit - view.turn - len(due)),
        ),
    }


def due_texts(game: Game, items: tuple[Item, ...]) -> list[dict[str, Any]]:
    """Return what falls due, in words: who answers for it, what was reported, who confirmed and who denied it."""
    return [_shown(game, item) for item in items if item.account]


def _shown(game: Game, item: Item) -> dict[str, Any]:
    account = item.account
    return {
        "line": item.line,
        "matter": matter(game, item),
        "owner": _name(game, account.owner if account else item.owner),
        "report": account.report if account else "",
        "claim": account.claim if account else "",
        "confirmed": [_name(game, seat) for seat in sorted(account.confirmed)] if account else [],
        "denied": [_name(game, seat) for seat in sorted(account.denied)] if account else [],
    }


def _name(game: Game, seat: str) -> str:
    return game.personas[seat].name.get(game.spec.lang)


def review_point(game: Game, state: State, floor: Floor) -> Point:
    """Return the point of a directed turn in a review: what is done by rule, in words of those who speak so."""
    move = review_move(game, state, floor)
    claim = move.item.account.claim if move.item is not None and move.item.account else ""
    if has(move.act, "reports"):
        kind = "kept" if has(move.act, "reports_kept") else "broken"
    elif claim and has(move.act, "supports"):
        kind = f"confirms_{claim}"
    elif claim and has(move.act, "opposes"):
        kind = f"denies_{claim}"
    else:
        kind = "tells"
    group = _group(game, floor["seat"])
    told = brief_matter(game, move.item) if move.item is not None else ""
    rows = (
        row.split(": ", maxsplit=1) for row in game.templates.render("review_lines", matter=told).splitlines() if row
    )
    said = [text for key, text in rows if key == f"{kind}.{group}"]
    # Nobody says what another of the group has just said: each time the next of the words that there are.
    alike = [line for line in stage_lines(state) if _group(game, line["seat"]) == group and line["act"] == move.act]
    first = int(len(said) * game.draws("review_words", kind, group)())
    says = said[(first + len(alike)) % len(said)]
    stage = game.stages[state["stage"]].id
    to = None if move.to == ALL else move.to
    return Point(id="review", stages=(stage,), act=move.act, to=to, says=Text(en=says, zh=says))


def _group(game: Game, seat: str) -> str:
    return next(name for name, kinds in _GROUPS.items() if game.personas[seat].kind in kinds)
