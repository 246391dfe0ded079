"""The acts that could do nothing where a seat that speaks freely has the floor."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.acts import acts_with, has
from sandbox.content.cards import Act
from sandbox.game.answered import may_answer
from sandbox.game.game import Game
from sandbox.game.state import Floor, State
from sandbox.game.table import tasks_of
from sandbox.record.line import Line


def idle_acts(game: Game, state: State, floor: Floor, talk: Sequence[Line]) -> list[Act]:
    """Return the acts that could do nothing: to answer or refuse where nothing waits, to hand down where nothing is.

    Args:
        game: the game.
        state: where the session stands.
        floor: the floor.
        talk: the discussion of the stage.
    """
    seat, room, items = floor["seat"], game.course[state["stage"]], state["ledger"]
    waits = may_answer(game, talk, seat, room.present)
    named = [act for act in floor["acts"] if tasks_of(game, items, {**floor, "acts": [act]})]
    idle = [] if waits or seat == room.host else [*acts_with("answers")]
    idle += [act for act in floor["acts"] if has(act, "refuses") and not waits and act not in named]
    return idle + [act for act in floor["acts"] if has(act, "hands_down") and act not in named]
