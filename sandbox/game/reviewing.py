"""Whose floor it is in a review, with which acts, and what a seat does there by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from sandbox.content.acts import Trait, acts_with, has
from sandbox.content.cards import Act
from sandbox.game.due import answering, asked, last_report, struck
from sandbox.game.floor import most_lines
from sandbox.game.game import Game
from sandbox.game.ledger import Item
from sandbox.game.state import Floor, State, discussion, stage_lines
from sandbox.game.table import called
from sandbox.record.line import ALL, Line

__all__ = ["REPORTS", "Move", "review_floor", "review_move"]

REPORTS = acts_with("reports")
# A review settles nothing and puts nothing on the table.
_NEW: tuple[Trait, ...] = ("binds", "defers", "proposes", "promises", "hands_down")
# How likely a seat is to report as broken what was struck, and what was not.
_ADMITS, _OWNS_UP = 0.6, 0.08
# How likely it is to deny a report that does not fit what happened: a resident, anybody else; and one that does.
_DENIES_AS_RESIDENT, _DENIES, _DOUBTS = 0.65, 0.35, 0.08


class Move(NamedTuple):
    """What a seat does by rule: its act, to whom, about which line, and the entry of which it speaks, if any."""

    act: Act
    to: str
    about: str
    item: Item | None


def review_floor(game: Game, state: State, limit: int) -> Floor | None:
    """Return who has the floor next in a review; None when all has been reported and everybody heard, or time is over.

    Whoever answers for something reports on it; then those whom it was for confirm or deny it: two of them, or one
    where lines are short. When as many lines are left as seats have not spoken, these have the floor.
    """
    stage = game.stages[state["stage"]]
    talk, room = discussion(state), game.present(stage.id)
    left = limit - len(talk)
    if left <= 0:
        return None
    room = tuple(seat for seat in room if seat not in state["desk"]["passed"])
    spoken = Counter(line["seat"] for line in talk)
    unheard = sorted((seat for seat in room if not spoken[seat]), key=lambda s: not answering(state["ledger"], s))
    question = called(game, talk[-1], room) if talk else ""
    if unheard and left <= len(unheard):
        unheard.sort(key=lambda seat: seat != question)
        return _floor(game, state, unheard[0], "unheard")
    if question and question in room and spoken[question] <= most_lines(limit, len(room)):
        return _floor(game, state, question, "asked")
    pending = [item for item in asked(state["ledger"]) if _may_report(item, room, spoken, limit)]
    concerned = _concerned(game, state, talk, room, spoken)
    if concerned and _since_report(talk) < (2 if left > 2 * len(pending) + len(unheard) else 1):
        return _floor(game, state, concerned, "confirms", reports=False)
    if pending and pending[0].account:
        return _floor(game, state, pending[0].account.owner, "reports")
    return _floor(game, state, unheard[0], "unheard") if unheard else None


def _may_report(item: Item, room: Sequence[str], spoken: Counter[str], limit: int) -> bool:
    owner = item.account.owner if item.account else ""
    return owner in room and spoken[owner] < most_lines(limit, len(room))


def _since_report(talk: Sequence[Line]) -> int:
    """Return how many lines have been spoken since the last report; more than any number where there was none."""
    return next((ago for ago, line in enumerate(reversed(talk)) if has(line["act"], "reports")), len(talk) + 2)


def _concerned(game: Game, state: State, talk: Sequence[Line], room: Sequence[str], spoken: Counter[str]) -> str:
    """Return who confirms or denies the last report: who heard it, residents first, then who has spoken least."""
    item = last_report(state["ledger"], talk)
    if item is None or item.account is None:
        return ""
    report = next(line for line in talk if item.account and line["id"] == item.account.report)
    since = {line["seat"] for line in talk[talk.index(report) :]}
    draw = game.draws("confirms", report["stage"], len(talk))
    ranked = sorted(
        (spoken[seat] > 0, seat not in game.residents, spoken[seat], draw(), seat)
        for seat in room
        if seat in report["visible_to"] and seat in item.visible_to and seat not in since
        if seat != item.account.owner
    )
    return ranked[0][-1] if ranked else ""


def _floor(game: Game, state: State, seat: str, why: str, *, reports: bool = True) -> Floor:
    """Return the floor of a seat: it reports on what it answers for, or else takes a stand on what was said."""
    own = [act for act in game.acts(seat) if not any(has(act, trait) for trait in _NEW)]
    due = reports and bool(answering(state["ledger"], seat)) and why != "asked"
    acts: list[Act] = list(REPORTS) if due else own or ["inform"]
    return {"seat": seat, "why": why, "acts": acts, "point": "", "phase": "discussion"}


def review_move(game: Game, state: State, floor: Floor) -> Move:
    """Return what the seat on the floor does by rule, drawn by what happened to the matter at hand.

    Who reports admits more often than not that what was struck came to nothing; residents deny more often than others
    a report that does not fit what happened. The odds are inferred.
    """
    stage = game.stages[state["stage"]].id
    draw, seat, items = game.draws("review", stage, state["turn"]), floor["seat"], state["ledger"]
    if has(floor["acts"][0], "reports"):
        item = answering(items, seat)[0]
        broken = draw() < (_ADMITS if struck(item) else _OWNS_UP)
        return Move(_with("reports_broken" if broken else "reports_kept", floor["acts"]), ALL, item.line, item)
    said = last_report(items, stage_lines(state))
    if said is None or said.account is None or said.account.owner == seat:
        return Move(_with("opens", floor["acts"]), ALL, "", None)
    fits = struck(said) == (said.account.claim == "broken")
    denies = _DOUBTS if fits else _DENIES_AS_RESIDENT if seat in game.residents else _DENIES
    wanted: Trait = "doubts" if draw() < denies else "votes_for"
    return Move(_with(wanted, floor["acts"]), said.account.owner, said.account.report, said)


def _with(trait: Trait, acts: Sequence[Act]) -> Act:
    """Return the act with a trait among those that are open; without one, that by which a seat says how things are."""
    return next((act for act in acts if has(act, trait)), acts[0])
