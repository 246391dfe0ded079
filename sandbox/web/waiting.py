"""Who is waited for, by name, and for how long."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.content.words import Words
from sandbox.web.room import Room
from sandbox.web.schema import Place

__all__ = ["minutes_text", "waiting_text"]


def waiting_text(room: Room, words: Words, players: Mapping[str, Place]) -> str:
    """Return who is waited for: display name, role, how long, and how much time is left; empty where nobody is."""
    texts = []
    for seat, seconds in room.waited.items():
        name, role = players[seat].name if seat in players else room.game.name(seat), room.game.role(seat)
        text = words("table.waits", name=name, role=role, time=minutes_text(seconds))
        left = room.turn_left(seat)
        texts.append(text if left is None else text + words.paren(words("table.left", time=minutes_text(max(left, 0)))))
    return words("semi").join(texts)


def minutes_text(seconds: float) -> str:
    """Return a time as minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"
