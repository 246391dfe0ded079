"""What is happening in a session, who is waited for by name, and for how long."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.content.words import Words
from sandbox.web.room import Room
from sandbox.web.schema import Place

__all__ = ["minutes_text", "stage_text", "status_text", "waiting_text"]


def waiting_text(room: Room, words: Words, players: Mapping[str, Place]) -> str:
    """Return who is waited for, together where it is for as long: names, roles, how long, how much time is left."""
    names: dict[tuple[str, str], list[str]] = {}
    for seat, seconds in room.waited.items():
        name, left = players[seat].name if seat in players else room.game.name(seat), room.turn_left(seat)
        rest = "" if left is None else words.paren(words("table.left", time=minutes_text(max(left, 0))))
        names.setdefault((minutes_text(seconds), rest), []).append(name + words.paren(room.game.role(seat)))
    texts = [words("table.waits", names=together, time=time) + rest for (time, rest), together in names.items()]
    return words("semi").join(texts)


def status_text(room: Room, words: Words, *, why: bool = True) -> str:
    """Return in words what is happening in a session now; with ``why``, for what reason somebody has the floor."""
    state = room.fold.state
    if room.stopped:
        return words("table.stopped")
    if room.pulses_wanted:
        return words("pulse.wait")
    if room.fold.over:
        return words("table.scoring")
    floor = state["floor"]
    if state["desk"]["paused"]:
        return words("table.paused")
    if floor is None:
        return words("table.between" if room.fold.begun else "table.before")
    doing = "waiting" if room.asked else "speaking" if room.speaking[1] else "thinking"
    text = words(f"table.{doing}", name=room.game.name(floor["seat"]))
    return text + words.paren(words.of("floor", floor["why"])) if why else text


def stage_text(room: Room, words: Words) -> str:
    """Return which stage of how many a session is in; empty before the first and after the last."""
    stages, index = room.game.stages, room.fold.state["stage"]
    if room.fold.over or not room.fold.begun:
        return ""
    number = words("stage.number", number=index + 1, of=len(stages))
    return f"{number}{words('colon')}{stages[index].name.get(words.lang)}"


def minutes_text(seconds: float) -> str:
    """Return a time as minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"
