"""Where only cards speak: the chair of a body that votes sums up the motions and calls the vote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal

from sandbox.content.acts import acts_with
from sandbox.game.game import Game
from sandbox.game.language.questions import called
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.ballots import on_the_table, precedence, rivals, unput
from sandbox.game.room import Room
from sandbox.game.state import Floor, State
from sandbox.record.line import Line

CALLS: Final = "calls"
"""Why a chair has the floor that calls the vote."""


def calling_floor(game: Game, state: State, room: Room, talk: Sequence[Line]) -> Floor | None:
    """Return the floor of the chair for the last line before a vote, or None if another seat is due first.

    A question that was just asked, and seats that have not been heard, go first. A chair played by a person, now or
    earlier, is not made to sum up.
    """
    chair, desk = game.chair, state["desk"]
    if not game.spec.by_cards or not talk or not room.voters or chair not in room.present:
        return None
    due = any(chair in seats for seats in (desk["persons"], desk["absent"], desk["passed"]))
    heard = {line["seat"] for line in talk}
    if due or talk[-1]["seat"] == chair or not heard.issuperset(room.present) or called(game, talk[-1], room.present):
        return None
    acts = [act for act in acts_with("tells") if act in game.acts(chair)]
    if not acts or not rivals(game, state):
        return None
    return {"seat": chair, "why": CALLS, "acts": acts, "point": "", "phase": "discussion"}


def calls_the_vote(game: Game, state: State) -> str:
    """Return the chair's words that call the vote: the motions, which is put first and why, and which are not put.

    If the chair's own motion is put, the Party secretary calls the vote instead, if present and without a motion.
    """
    put = rivals(game, state)
    told = _told(game, state, put)
    if game.chair not in {item.owner for item in put}:
        return told
    movers, present = {item.owner for item in on_the_table(game, state)}, game.present(game.stages[state["stage"]].id)
    free = (seat for seat in present if game.personas[seat].kind == "party" and seat not in movers)
    stand_in = next(free, "")
    return told + (game.words("gap") + game.words("calls.stand_in", name=game.name(stand_in)) if stand_in else "")


def _told(game: Game, state: State, put: Sequence[Item]) -> str:
    words = game.words
    left = unput(game, state)
    if not left and len(put) == 1:
        name = words("calls.me") if put[0].owner == game.chair else game.name(put[0].owner)
        return words("calls.one", names=name)
    many = Counter(item.owner for item in (*put, *left))
    order = sorted(many, key=lambda seat: seat == game.chair)
    movers = [
        words(
            "calls.by_me" if seat == game.chair else "calls.by", count=_number(game, many[seat]), name=game.name(seat)
        )
        for seat in order
    ]
    told = {
        "count": words.of("calls.count", str(len(put) + len(left))), "movers": words("calls.list").join(movers),
        "first": _whose(game, put[0].owner, "one" if many[put[0].owner] > 1 else ""),
    }  # fmt: skip
    if not left:
        return words("calls.many", **told)
    had, kept = {item.owner for item in put}, Counter(item.owner for item in left)
    others = [_whose(game, seat, ("others" if kept[seat] > 1 else "other") if seat in had else "") for seat in kept]
    ranked = game.governance.rules.aggregation.order in ("open", "best_supported") and not state["desk"]["chosen"]
    key, why = "calls.more", ""
    if ranked:
        key, why = "calls.more.ranked", words(f"calls.why.{precedence(game, state)}")
    return words(key, **told, why=why, most=_number(game, len(put)), left=words.join(others))


def _number(game: Game, number: int) -> str:
    return game.words.of("calls.number", str(number))


def _whose(game: Game, seat: str, which: Literal["", "one", "other", "others"] = "") -> str:
    key = "mine" if seat == game.chair else "theirs"
    return game.words(f"calls.{key}.{which}" if which else f"calls.{key}", name=game.name(seat))
