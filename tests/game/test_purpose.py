"""A training whose doubts are answered ends early, but not over the head of whoever its chair has called."""

from __future__ import annotations

import pytest

from sandbox.content.language import Lang
from sandbox.game.floor.agenda import next_floor
from sandbox.game.game import Game
from sandbox.game.state import State, first_state
from sandbox.record.line import Line
from tests.game.making import LIBRARY, line
from tests.session.support import spec_of

CALLS: dict[Lang, str] = {"en": "The mayor has the last word on it.", "zh": "沈区长留着最后给个准话。"}


def after(lang: Lang, *said: Line) -> tuple[str, str]:
    """Return who has the floor after lines of a training of 12 in which all have spoken, and else why it is over."""
    spec = spec_of(governance="joint_production", stages=("training",), lang=lang, style="free")
    game = Game(spec.model_copy(update={"turns": 12}), LIBRARY)
    room = game.present("training")
    first = [line(1 + n, seat, "inform", says=f"{n}.", stage="training") for n, seat in enumerate(room)]
    lines: list[Line] = [{**each, "visible_to": list(room)} for each in (*first, *said)]
    state: State = {**first_state(game), "lines": lines, "turn": len(lines)}
    update = next_floor(game, state)
    return (update["floor"]["seat"], "") if update["floor"] else ("", update["ended"])


def objects(number: int, seat: str, to: str, about: str = "") -> Line:
    return line(number, seat, "object", to, about=about, says="That list I do not write.", stage="training")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_doubt_is_answered_by_whom_it_is_to_or_what_is_about_it(lang: Lang) -> None:
    doubts = [objects(8, "grid_master", "mayor"), objects(9, "village_cadre", "mayor")]
    by_others = [
        objects(10, "grid_master", "village_cadre"),
        line(11, "village_cadre", "support", "all", stage="training"),
    ]
    assert after(lang, *doubts, *by_others)[1] == "", "one spoke of something else, and one to its own"
    answers = [
        line(10 + n, "mayor", "answer", to, stage="training", says="It goes.")
        for n, to in enumerate(("grid_master", "all"))
    ]
    assert after(lang, *doubts, answers[0])[1] == "doubts_answered"
    about = [
        line(10 + n, "ngo_director", "answer", "all", about=f"L00{8 + n}", stage="training", says="It goes.")
        for n in (0, 1)
    ]
    assert after(lang, *doubts, *about)[1] == "doubts_answered"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_whom_the_chair_has_called_speaks_before_the_stage_is_over(lang: Lang) -> None:
    doubts = [objects(8, "grid_master", "ngo_director"), objects(9, "village_cadre", "ngo_director")]
    met = line(10, "ngo_director", "answer", "all", says="It goes.", stage="training")
    assert after(lang, *doubts, met)[1] == "doubts_answered"
    called = line(11, "teacher_volunteer", "inform", says=CALLS[lang], stage="training")
    assert after(lang, *doubts, met, called) == ("mayor", ""), "the last line is hers"
