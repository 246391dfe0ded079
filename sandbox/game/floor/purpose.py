"""When a stage may end early: its purpose is met, and no seat that the chair has called is waiting."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.acts import acts_with, has
from sandbox.game.floor.talk import Talk
from sandbox.game.game import Game
from sandbox.game.plans import sections_written
from sandbox.game.state import State
from sandbox.record.line import Line

_DOUBTS = acts_with("doubts")


def purpose_reached(game: Game, state: State, said: Talk) -> bool:
    """Return whether a stage that has used most of its lines may end: all have spoken, and its purpose is met.

    It does not end while a seat waits that the chair has called by name.
    """
    lines, _, unheard, _, _ = said
    if unheard or put_off(game, said, game.course[state["stage"]].present):
        return False
    ends = game.stages[state["stage"]].ends_when
    if ends == "doubts_answered":
        doubts = [index for index, line in enumerate(lines) if line["act"] in _DOUBTS]
        return len(doubts) >= 2 and all(_doubt_answered(game, lines, index) for index in doubts)
    if ends == "plans_filed":
        filed = sections_written(game, lines)
        return bool(filed) and min(map(len, filed.values())) >= 2
    if ends == "doubter_settled":
        doubters = {line["seat"] for line in lines if has(line["act"], "doubts")}
        settles = {*acts_with("yields"), *acts_with("refuses")}
        return any(line["act"] in settles and line["seat"] in doubters for line in lines)
    return False


def _doubt_answered(game: Game, lines: Sequence[Line], place: int) -> bool:
    """Return whether a doubt was answered: in free play by the seat to which it was said, or by a line about it.

    Where cards or rules speak, any reply in the next two lines counts.
    """
    doubt, since = lines[place], [line for line in lines[place + 1 :] if has(line["act"], "replies")]
    if game.style != "free":
        return any(line in since for line in lines[place + 1 : place + 3])
    others = (line for line in since if line["seat"] != doubt["seat"])
    return any(line["about"] == doubt["id"] or line["seat"] == doubt["to"] for line in others)


def put_off(game: Game, said: Talk, room: Sequence[str]) -> str:
    """Return the seat that the chair named in its last line of free play and that has not spoken since; or empty."""
    talk, speakers, _, _, _ = said
    if game.style != "free" or game.chair not in speakers:
        return ""
    place = len(speakers) - 1 - speakers[::-1].index(game.chair)
    line, waiting = talk[place], (seat for seat in room if seat not in speakers[place:])
    return next((seat for seat in waiting if game.names.means(line["says"], seat, line["to"])), "")
