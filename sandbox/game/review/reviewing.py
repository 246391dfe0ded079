"""Who has the floor in a review, with which acts, and what a seat does there by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from sandbox.content.acts import Trait, acts_with, has
from sandbox.content.cards import Act
from sandbox.game.floor.policy import Why, most_lines
from sandbox.game.game import Game
from sandbox.game.language.questions import called
from sandbox.game.ledger.entries import Item
from sandbox.game.review.due import MOST_REPORTED, answering, goes_on, pending, reports_left, struck
from sandbox.game.review.reporting import CLAIMS, last_report
from sandbox.game.review.witnesses import (
    Knowledge,
    decided_for,
    is_to_do,
    knows,
    put_to_each,
    speaks_of,
    speaks_to,
    unwitnessed,
)
from sandbox.game.state import Floor, State, discussion, stage_lines
from sandbox.record.line import ALL, Line, Outcome

REPORTS = acts_with("reports")
# A review settles nothing and puts nothing on the table.
_NEW: tuple[Trait, ...] = ("binds", "defers", "proposes", "promises", "hands_down")
# How likely a seat is to report as broken what was struck, and what was not.
_ADMITS, _OWNS_UP = 0.6, 0.08
# How likely it is to deny a report that does not fit what happened: a resident, anybody else; and one that does.
_DENIES_AS_RESIDENT, _DENIES, _DOUBTS = 0.65, 0.35, 0.08


class Move(NamedTuple):
    """What a seat does by rule: its act, the addressee, the line it is about, and the entry it speaks of, if any.

    Further fields tell the outcome that the seat gives the entry.
    """

    act: Act
    to: str
    about: str
    item: Item | None
    came: Outcome | Literal[""] = ""


def review_floor(game: Game, state: State, limit: int) -> Floor | None:
    """Return who has the floor next in a review; None if all is reported and everybody was heard, or time is over.

    - Each matter that fell due is reported on, several of one owner together, and no owner reports twice in a row while
      others have something to report.
    - A report that something was kept is answered by one seat that can know of it, first one that it concerned; if that
      seat denies it, a second answers.
    - The limit bounds what else is said: a second voice on other reports, a voice on what was not kept, and in the end
      on matters that only their owner has spoken to.
    - On top of the limit come answers to questions, a seat concerned by the last report, one line for each seat that
      has been silent, and one for each seat concerned by a matter on which no seat concerned has spoken since the
      report. If each is heard whom something was for, also one line for each seat concerned that has answered to
      no report yet; these come before seats that only have been silent, and the limit bounds a word of all others
      concerned.

    What nobody in the room can know of is left to the papers.

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
    confirms = _confirming(game, state, talk, left, reports_left(due), unheard)
    if confirms:
        return _floor(game, confirms, "confirms", asks=left > 0)
    if due:
        return _floor(game, _next_owner(talk, due), "reports")
    if game.hears_all and (witness := _bears_out(game, state, talk, all_of_it=False)):
        return _floor(game, witness, "confirms", asks=left > 0)
    if unheard:
        return _floor(game, unheard[0], "unheard", asks=left > 0)
    witness = _bears_out(game, state, talk, all_of_it=left > 0)
    return _floor(game, witness, "confirms", asks=left > 1) if witness else None


def _next_owner(talk: Sequence[Line], due: Sequence[Item]) -> str:
    """Return the seat that reports next: the one with the weightiest matter, but not twice in a row."""
    last = next((line["seat"] for line in reversed(talk) if has(line["act"], "reports")), "")
    owners = [item.account.owner for item in due if item.account]
    return next((seat for seat in owners if seat != last), last)


def review_limit(game: Game, state: State, limit: int) -> int:
    """Return how many lines a review has at most, including reports, answers and first lines that come on top."""
    talk, due = discussion(state), pending(state["ledger"])
    room = game.present(game.stages[state["stage"]].id)
    left = limit - len(_other(game, talk, room))
    left = max(left, len(_unheard(game, state, due)), int(state["floor"] is not None and not due))
    return len(talk) + reports_left(due) + left


def _unheard(game: Game, state: State, due: Sequence[Item]) -> list[str]:
    """Return the seats that have neither spoken nor something to report."""
    spoken = {line["seat"] for line in discussion(state)} | {item.account.owner for item in due if item.account}
    room = game.present(game.stages[state["stage"]].id)
    return [seat for seat in room if seat not in spoken and seat not in state["desk"]["passed"]]


def _other(game: Game, talk: Sequence[Line], room: Sequence[str]) -> list[Line]:
    """Return the lines that are neither reports nor answers to the line before; an answer that asks is among them."""
    return [
        line
        for place, line in enumerate(talk)
        if not has(line["act"], "reports")
        and not (place and called(game, talk[place - 1], room) == line["seat"] and not called(game, line, room))
    ]


def _confirming(game: Game, state: State, talk: Sequence[Line], left: int, due: int, unheard: Sequence[str]) -> str:
    """Return the seat that confirms or denies the last report next, or empty; ``due`` counts reports still to come."""
    items = last_report(state["ledger"], talk)
    if not items or items[0].account is None:
        return ""
    place = next(place for place, line in enumerate(talk) if items[0].account and line["id"] == items[0].account.report)
    report, owner = talk[place], items[0].account.reporter
    since = [line["seat"] for line in talk[place:] if line["seat"] != owner]
    spoken = Counter(line["seat"] for line in talk if not has(line["act"], "reports"))
    room, passed = game.present(report["stage"]), state["desk"]["passed"]
    most = max(1, most_lines(len(talk), len(room)))
    draw = game.draws(f"confirms:{report['stage']}:{len(talk)}", len(room))
    known = {seat: knows(game, state, [item for item in items if not is_to_do(item, seat)], seat) for seat in room}
    free = game.style == "free"  # there each for whom something was is asked once before anybody is twice
    order = sorted(
        (
            spoken[seat] > most,
            game.hears_all and not decided_for(known[seat]),
            game.hears_all and spoken[seat],
            -_asked_by(known[seat], seat),
            free and not known[seat].concerned,
            free and spoken[seat],
            -len(known[seat].concerned),
            game.hears_all and seat not in game.residents,
            -len(known[seat].others),
            spoken[seat],
            draw(),
            seat,
        )
        for seat in room
        if seat in report["visible_to"] and any(known[seat]) and seat not in (*since, *passed, owner)
    )
    if not order:
        return ""
    stands = [item.account for item in items if item.account and item.account.claim != "broken"]
    kept, denied = bool(stands), any(account.denied for account in stands)
    if (kept and not since) or (denied and len(since) < 2) or (not due and not since):
        return order[0][-1]
    # One line is kept for the last report.
    wanted = not since or (len(since) < 2 and left > due + len(unheard))
    return order[0][-1] if wanted and left > bool(due) else ""


def _bears_out(game: Game, state: State, talk: Sequence[Line], *, all_of_it: bool) -> str:
    """Return the seat that can speak to most matters with only their owner's word, concerned seats first; or empty.

    Unless ``all_of_it``, only concerned seats have the floor, and not for what goes on unchanged. If each is heard whom
    something was for, a seat concerned has it though another has spoken to the matter: with ``all_of_it``, or where it
    has answered to no report yet.
    """
    spoken = Counter(line["seat"] for line in talk)
    put = put_to_each(game, state, state["ledger"], talk) if all_of_it and game.style == "free" else None
    able: list[tuple[int, int, bool, int, int, str]] = []
    for seat in game.present(game.stages[state["stage"]].id):
        asked = put[seat] if put is not None else None
        itself = game.hears_all and (all_of_it or not any(speaks_to(line, seat) for line in talk))
        waits = unwitnessed(state["ledger"], talk, seat, asked, itself=itself)
        waits = [item for item in waits if not is_to_do(item, seat)]
        known = knows(game, state, waits, seat)
        theirs = [item for item in known.concerned if all_of_it or not goes_on(item)]
        if (theirs or (all_of_it and known.others)) and seat not in state["desk"]["passed"]:
            decided = decided_for(known) if game.hears_all else 0
            apart = game.hears_all and seat not in game.residents
            able.append((-decided, -len(theirs), apart, -len(known.others), spoken[seat], seat))
    return min(able)[-1] if able else ""


def _asked_by(known: Knowledge, seat: str) -> int:
    """Return how many of the entries a seat can speak of it had asked for, or was promised."""
    return sum(item.account is not None and item.account.first == seat for item in known.concerned)


def _floor(game: Game, seat: str, why: Why, *, asks: bool = True) -> Floor:
    """Return the floor of a seat that reports on what it answers for, or else takes a stand on what was said."""
    own = [act for act in game.acts(seat) if not any(has(act, trait) for trait in _NEW)]
    own = [act for act in own if asks or not has(act, "asks")]
    acts: list[Act] = list(REPORTS) if why == "reports" else own or ["inform"]
    return {"seat": seat, "why": why, "acts": acts, "point": "", "phase": "discussion"}


def review_move(game: Game, state: State, floor: Floor) -> Move:
    """Return what the seat on the floor does by rule, drawn from what happened to the matter in question.

    An owner mostly admits that what was struck came to nothing, and reports as moot what a body did not carry.
    Residents deny a report that does not fit what happened more often than others. The odds are inferred.
    """
    seat, items = floor["seat"], state["ledger"]
    if has(floor["acts"][0], "reports"):
        item = answering(items, seat)[0]
        came = _came_to(game, state, item)
        return Move(
            _with(next(trait for trait, claim in CLAIMS if claim == came), floor["acts"]), ALL, item.line, item, came
        )
    said = speaks_of(game, state, state["ledger"], stage_lines(state), seat)
    if not said or said[0].account is None:
        return Move(_with("opens", floor["acts"]), ALL, "", None)
    seen = _came_to(game, state, said[0], seat)
    wanted: Trait = "doubts" if seen != said[0].account.claim else "votes_for"
    return Move(_with(wanted, floor["acts"]), said[0].account.reporter, said[0].line, said[0], seen)


def beside_by_rule(game: Game, state: State, seat: str, act: Act, about: str) -> dict[str, Outcome]:
    """Return what a seat says by rule of other matters than the one it speaks of; empty outside a review."""
    if has(act, "reports"):
        own = [item for item in answering(state["ledger"], seat) if item.line != about]
        others = [item for item in own if not goes_on(item)][: MOST_REPORTED - 1]
        return {item.line: _came_to(game, state, item) for item in (*others, *filter(goes_on, own))}
    if not (has(act, "supports") or has(act, "opposes")):
        return {}
    said = speaks_of(game, state, state["ledger"], stage_lines(state), seat)
    others = [item for item in said if item.line != about]
    return {item.line: _came_to(game, state, item, seat) for item in others}


def _came_to(game: Game, state: State, item: Item, witness: str = "") -> Outcome:
    """Return the outcome of an entry as its owner, or a ``witness``, tells it by rule."""
    draw = game.drawn(f"review:{game.stages[state['stage']].id}:{state['turn']}:{item.line}")
    if item.account and item.account.lost:
        return "moot"
    if not witness:
        return "broken" if draw < (_ADMITS if struck(item) else _OWNS_UP) else "kept"
    claim: Outcome = (item.account and item.account.claim) or "kept"
    fits = claim in ("part", "moot") or struck(item) == (claim == "broken")
    denies = _DOUBTS if fits else _DENIES_AS_RESIDENT if witness in game.residents else _DENIES
    other: Outcome = "kept" if claim == "broken" else "broken"
    return other if draw < denies else claim


def _with(trait: Trait, acts: Sequence[Act]) -> Act:
    """Return the open act with a trait, or else the act by which a seat says how things are."""
    return next((act for act in acts if has(act, trait)), acts[0])
