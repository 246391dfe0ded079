"""The discussion of a stage as far as it has come: who has spoken, with which acts, and who has not."""

from __future__ import annotations

from sandbox.content.acts import acts_with
from sandbox.game.room import Room
from sandbox.game.state import State
from sandbox.record.line import Line

_BINDING, _ASKS, _DEFERS = acts_with("binds"), acts_with("asks"), acts_with("defers")
Talk = tuple[list[Line], list[str], list[str], list[int], bool]
"""The lines of a discussion, votes and the chair's decision aside; who spoke each; who has not spoken; the places of
those whose act asks; whether anybody has asked for time, by its act."""


def talk_of(state: State, room: Room) -> Talk:
    """Return the discussion of the stage that is being played; only what came since it was last asked for is looked at.

    Args:
        state: where the session stands.
        room: the room of that stage.
    """
    lines = state["lines"]
    lines = lines[len(lines) - state["turn"] :]
    before, (talk, speakers, unheard, asks, defers) = room.talked
    known = len(before)
    if before != lines[:known]:
        known, talk, speakers, unheard, asks, defers = 0, [], [], [*room.present], [], False
    for line in lines[known:]:
        seat, act = line["seat"], line["act"]
        if line["vote"] or act in _BINDING:
            continue
        if act in _ASKS:
            asks = [*asks, len(talk)]  # nobody's list is changed in place
        talk, speakers, defers = [*talk, line], [*speakers, seat], defers or act in _DEFERS
        if seat in unheard:
            unheard = unheard.copy()
            unheard.remove(seat)
    said = talk, speakers, unheard, asks, defers
    room.talked = lines, said
    return said
