"""Whose floor it is in a review, with which acts, and what a seat does there by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from sandbox.content.acts import Trait, acts_with, has
from sandbox.content.cards import Act
from sandbox.game.due import answering, last_report, pending, struck
from sandbox.game.entries import Item
from sandbox.game.floor import most_lines
from sandbox.game.game import Game
from sandbox.game.hanging import hangs_on
from sandbox.game.state import Floor, State, discussion, stage_lines
from sandbox.game.table import called
from sandbox.record.line import ALL, Line

__all__ = ["REPORTS", "Move", "review_floor", "review_limit", "review_move"]

REPORTS = acts_with("reports")
# Ranks of concern from here on: it was not for them.
_OTHERS = 2
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

    Each matter that fell due has its report, however many there are. The limit bounds what else is said: after a
    report those whom it was for confirm or deny it, two of them, or one, or nobody where lines are short. On top come
    answers to questions, somebody for whom the last report was, and a line for each seat that has not spoken by then.

    Args:
        game: the game.
        state: where the session stands.
        limit: the most lines beside these.
    """
    talk, room = discussion(state), game.present(game.stages[state["stage"]].id)
    passed = state["desk"]["passed"]
    due = [item for item in pending(state["ledger"]) if item.account and item.account.owner not in passed]
    left, unheard = limit - len(_other(game, talk, room)), _unheard(game, state, due)
    question = called(game, talk[-1], room) if talk else ""
    waits = bool(due or unheard) and len(talk) > 3 and len({line["seat"] for line in talk[-4:]}) == 2
    if question and question not in passed and not waits and (left >= 0 or has(talk[-1]["act"], "reports")):
        return _floor(game, question, "asked", asks=left > 0)
    confirms = _confirming(game, state, talk, left, due, unheard)
    if confirms:
        return _floor(game, confirms, "confirms", asks=left > 0)
    if due and due[0].account:
        return _floor(game, due[0].account.owner, "reports")
    return _floor(game, unheard[0], "unheard", asks=left > 0) if unheard else None


def review_limit(game: Game, state: State, limit: int) -> int:
    """Return how many lines a review comes to at most, with the reports, answers and first lines that come on top."""
    talk, due = discussion(state), pending(state["ledger"])
    room = game.present(game.stages[state["stage"]].id)
    left = limit - len(_other(game, talk, room))
    left = max(left, len(_unheard(game, state, due)), int(state["floor"] is not None and not due))
    return len(talk) + len(due) + left


def _unheard(game: Game, state: State, due: Sequence[Item]) -> list[str]:
    """Return the seats that have neither spoken nor something to report."""
    spoken = {line["seat"] for line in discussion(state)} | {item.account.owner for item in due if item.account}
    room = game.present(game.stages[state["stage"]].id)
    return [seat for seat in room if seat not in spoken and seat not in state["desk"]["passed"]]


def _other(game: Game, talk: Sequence[Line], room: Sequence[str]) -> list[Line]:
    """Return the lines that are neither reports nor answers to the line before; an answer that asks is one of them."""
    return [
        line
        for place, line in enumerate(talk)
        if not has(line["act"], "reports")
        and not (place and called(game, talk[place - 1], room) == line["seat"] and not called(game, line, room))
    ]


def _confirming(
    game: Game, state: State, talk: Sequence[Line], left: int, due: Sequence[Item], unheard: Sequence[str]
) -> str:
    """Return who confirms or denies the last report next, or empty."""
    item = last_report(state["ledger"], talk)
    if item is None or item.account is None:
        return ""
    place = next(place for place, line in enumerate(talk) if item.account and line["id"] == item.account.report)
    report, owner = talk[place], item.account.owner
    ranks = _concern(game, state, item)
    since = [line["seat"] for line in talk[place:] if line["seat"] != owner]
    spoken = Counter(line["seat"] for line in talk if not has(line["act"], "reports"))
    room, passed = game.present(report["stage"]), state["desk"]["passed"]
    most, draw = max(1, most_lines(len(talk), len(room))), game.draws("confirms", report["stage"], len(talk))
    order = sorted(
        (spoken[seat] > most, ranks[seat], spoken[seat], draw(), seat)
        for seat in room
        if seat in report["visible_to"] and seat in item.visible_to and seat not in (*since, *passed, owner)
    )
    if not order:
        return ""
    if not due and not any(ranks[seat] < _OTHERS for seat in since):
        return order[0][-1]
    # One line is kept for the last report.
    wanted = not since or (len(since) < 2 and left > len(due) + len(unheard))
    return order[0][-1] if wanted and left > bool(due) else ""


def _concern(game: Game, state: State, item: Item) -> dict[str, int]:
    """Return how much a matter concerns each seat, least first: it was for them, they asked for it, or neither.

    It is for whoever it was promised to, and for residents, before all for those who named its options or its condition
    themselves, supported a proposal of them, or have them on their card.
    """
    terms = item.terms.items()
    wants = {line["seat"] for line in state["lines"] if has(line["act"], "wants") and terms & line["terms"].items()}
    for other in state["ledger"]:
        if other.kind == "proposal" and terms & other.terms.items():
            wants |= other.supporters
        if item.kind == "term" and not terms and set(hangs_on(item.says)).intersection(hangs_on(other.condition)):
            wants.add(other.owner)
    wants |= {seat for seat, card in game.seats.items() if any(terms & point.terms.items() for point in card.points)}
    to = next((line["to"] for line in state["lines"] if line["id"] == item.line), ALL)

    def rank(seat: str) -> int:
        if seat == to or (seat in wants and seat in game.residents):
            return 0
        return 1 if seat in game.residents else _OTHERS + (seat not in wants)

    return {seat: rank(seat) for seat in game.positions}


def _floor(game: Game, seat: str, why: str, *, asks: bool = True) -> Floor:
    """Return the floor of a seat: it reports on what it answers for, or else takes a stand on what was said."""
    own = [act for act in game.acts(seat) if not any(has(act, trait) for trait in _NEW)]
    own = [act for act in own if asks or not has(act, "asks")]
    acts: list[Act] = list(REPORTS) if why == "reports" else own or ["inform"]
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
