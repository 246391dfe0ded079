"""Where cards alone speak, the chair of a body that votes sums up what was moved, and calls the vote."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.acts import acts_with
from sandbox.game.ballots import rivals
from sandbox.game.game import Game
from sandbox.game.room import Room
from sandbox.game.state import Floor, State
from sandbox.game.table import called
from sandbox.record.line import Line

CALLS = "calls"
"""Why a chair has the floor that calls the vote."""


def calling_floor(game: Game, state: State, room: Room, talk: Sequence[Line], left: int) -> Floor | None:
    """Return the floor of the chair for the last line before a vote, or None where somebody else is due.

    A chair that is a person, or was, says what it likes; what was asked just now, and who was not heard, comes first.
    """
    chair, desk = game.chair, state["desk"]
    if not game.spec.by_cards or left != 1 or not talk or not room.voters or chair not in room.present:
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
    """Return the words that call the vote: how many motions come to it, who moved them, and which is first."""
    motions = rivals(game, state)
    movers = dict.fromkeys(item.owner for item in motions)
    others = [game.name(seat) for seat in movers if seat != game.chair]
    names = game.words.join(others)
    if game.chair in movers:
        names = game.words("calls.and_me", names=others) if others else game.words("calls.me")
    if len(motions) == 1:
        return game.words("calls.one", names=names)
    owner = motions[0].owner
    first = game.words("calls.mine") if owner == game.chair else game.words("calls.theirs", name=game.name(owner))
    return game.words("calls.many", count=game.words.of("calls.count", str(len(motions))), names=names, first=first)
