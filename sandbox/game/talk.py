"""The discussion of a stage as far as it has come: who has spoken, with which acts, and who has not."""

from __future__ import annotations

from sandbox.content.acts import acts_with
from sandbox.content.cards import Act
from sandbox.game.room import Room
from sandbox.game.state import State, stage_lines
from sandbox.record.line import Line

_BINDING = acts_with("binds")
Talk = tuple[list[Line], list[str], frozenset[Act], tuple[str, ...]]
"""The lines of a discussion, votes and the chair's decision aside; who spoke each; their acts; who has not spoken."""


def talk_of(state: State, room: Room) -> Talk:
    """Return the discussion of the stage that is being played; only what came since it was last asked for is looked at.

    Args:
        state: where the session stands.
        room: the room of that stage.
    """
    lines = stage_lines(state)
    before, (talk, speakers, acts, unheard) = room.talked
    if before != lines[: len(before)]:
        before, talk, speakers, acts, unheard = [], [], [], frozenset(), room.present
    for line in lines[len(before) :]:
        seat, act = line["seat"], line["act"]
        if line["vote"] or act in _BINDING:
            continue
        talk, speakers = [*talk, line], [*speakers, seat]  # nobody's list is changed in place
        if act not in acts:
            acts = acts | {act}
        if seat in unheard:
            unheard = tuple([other for other in unheard if other != seat])
    said = talk, speakers, acts, unheard
    room.talked = lines, said
    return said
