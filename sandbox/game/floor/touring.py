"""A tour of few lines: its guests ask the host and hear an answer before the lines are used up (PL; inferred)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sandbox.content.acts import has
from sandbox.game.floor.policy import Claim
from sandbox.game.game import Game
from sandbox.game.language.questions import called
from sandbox.game.outside import turns_now
from sandbox.game.room import Room
from sandbox.game.state import Floor, State, discussion


def visited(game: Game, room: Room) -> bool:
    """Return whether a stage is a tour whose guests say more than their cards hold, or whose host comes from elsewhere.

    Where nobody words the acts there is nothing to answer, and where only cards speak the case's own host answers by
    the points of its card.
    """
    if not room.tours:
        return False
    style = game.style
    return style != "rules" and (style != "directed" or game.spec.start.host is not None)


def owed_on_tour(game: Game, state: State, limit: int) -> Literal["question", "answer", ""]:
    """Return what a tour of few lines still owes its guests: a question to the host, or the host's answer.

    A tour of the usual length has room for both.
    """
    here = game.course[state["stage"]]
    if not visited(game, here):
        return ""
    talk, room, host = discussion(state), here.present, here.host
    left = limit - len(talk)
    if host not in room or limit >= len(room) + 3 or left < 1:
        return ""
    asked = next((number for number, line in enumerate(talk) if called(game, line, room) == host), None)
    if asked is None:
        return "question" if left > 1 else ""
    return "" if any(line["seat"] == host for line in talk[asked + 1 :]) else "answer"


def asks_the_host(game: Game, state: State, floor: Floor) -> bool:
    """Return whether the seat on the floor may only ask the host of a tour, because no guest has asked yet."""
    asks = all(has(act, "asks") for act in floor["acts"])
    return asks and owed_on_tour(game, state, turns_now(game, state)) == "question"


def tour_claims(game: Game, state: State, limit: int, unheard: Sequence[str]) -> list[Claim]:
    """Return the claims to the floor on a tour of few lines until a guest has asked and the host has answered.

    The host opens if there is room for that. Which guest asks is drawn among those who draft no plan; those who draft
    speak at the end, with something to take home.
    """
    owed = owed_on_tour(game, state, limit)
    if owed == "":
        return []
    host = game.scenario.tour.host
    if owed == "answer":
        return [Claim(host, "asked")]
    if not discussion(state) and limit > 3:
        return [Claim(host, "opens")]
    able = [seat for seat in unheard if seat != host and any(has(act, "asks") for act in game.acts(seat))]
    draw = {seat: game.drawn(f"tour:{seat}") for seat in able}
    return [Claim(seat, "unheard") for seat in sorted(able, key=lambda seat: (seat in game.drafters, draw[seat]))]
