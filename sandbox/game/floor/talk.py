"""The discussion of a stage so far: who has spoken and who has not, whom a seat may ask, which acts would be idle."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.acts import acts_with, has
from sandbox.content.cards import Act
from sandbox.game.game import Game
from sandbox.game.language.answered import may_answer
from sandbox.game.ledger.entries import Ledger
from sandbox.game.outside import turns_now
from sandbox.game.room import Room
from sandbox.game.state import Floor, State
from sandbox.game.table import tasks_of
from sandbox.record.line import ALL, Line

_BINDING, _ASKS, _DEFERS = acts_with("binds"), acts_with("asks"), acts_with("defers")
Talk = tuple[list[Line], list[str], list[str], list[int], bool]
"""The lines of a discussion, votes and the chair's decision aside; who spoke each; who has not spoken; the places of
those whose act asks; whether anybody has asked for time, by its act."""


def may_be_asked(room: Room, said: Talk, seat: str, left: int) -> list[str]:
    """Return the seats that a seat may ask: all while lines are to spare, then those that have not spoken.

    A seat that has had two lines answers only after all have had one, so it may be asked if a line is left for it then;
    the last speaker and the host of a tour are exempt from this, and the host may be asked to the end.

    Args:
        room: the room of the stage.
        said: its discussion.
        seat: the seat that has the floor.
        left: how many lines are left, including this one.
    """
    others = room.addressees[seat]
    unheard = [other for other in said[2] if other != seat]
    if left > 1 + len(unheard):
        waits = [other for other in others if other not in (room.host, *said[1][-1:]) and said[1].count(other) > 1]
        short = waits and unheard and left <= 1 + 2 * len(unheard)
        return [other for other in others if other not in (*waits, ALL)] if short else [*others]
    return [other for other in others if (other in unheard and left > 1) or (other == room.host and left > 0)]


def may_be_asked_now(game: Game, state: State) -> list[str]:
    """Return the seats that the seat on the floor may ask in free play, see `may_be_asked`."""
    room, floor = game.course[state["stage"]], state["floor"]
    seat = floor["seat"] if floor else ""
    if game.style != "free" or seat in state["desk"]["persons"] or room.reviews:
        return [*room.addressees[seat]]
    said = talk_of(state, room)
    return may_be_asked(room, said, seat, turns_now(game, state) - len(said[0]))


def idle_acts(game: Game, state: State, floor: Floor, talk: Sequence[Line]) -> list[Act]:
    """Return the acts that could do nothing: answering or refusing where nothing waits, handing down without a task."""
    seat, room, items = floor["seat"], game.course[state["stage"]], state["ledger"]
    waits = may_answer(game, talk, seat, room.present)

    def idle(act: Act) -> bool:
        if has(act, "answers"):
            return not waits and seat != room.host
        of_tasks = has(act, "hands_down") or (has(act, "refuses") and not waits)
        return of_tasks and not tasks_of(game, items, {**floor, "acts": [act]})

    return [act for act in floor["acts"] if idle(act)]


def task_refused(items: Ledger, talk: Sequence[Line]) -> str:
    """Return the seat that handed down the task which the last line refuses, so that it answers; or empty.

    A seat that objects at once to the seat that has just handed it a task counts as refusing it.
    """
    last, before = talk[-1], talk[-2] if len(talk) > 1 else None
    if not has(last["act"], "opposes"):
        return ""
    for item in items:
        if item.kind == "task" and item.deliverer == last["seat"] and last["id"] in [by for by, _ in item.history]:
            return item.owner
    handed = before is not None and has(before["act"], "hands_down") and before["to"] == last["seat"]
    return before["seat"] if before and handed and last["to"] == before["seat"] else ""


def talk_of(state: State, room: Room) -> Talk:
    """Return the discussion of the stage that is being played; only lines that came since the last call are read."""
    lines = state["lines"]
    lines = lines[len(lines) - state["turn"] :]
    before, said = room.talked
    known = len(before)
    if before != lines[:known]:
        known, said = 0, room.silence
    talk, speakers, unheard, asks, defers = said
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
