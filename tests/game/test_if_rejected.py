"""Whoever votes is told what follows if the motion is rejected, and it is what then happens."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, spoken
from sandbox.game.spec import SessionSpec
from sandbox.game.state import State, apply, first_state
from sandbox.game.steps import close_stage, make_line, next_step, open_stage, pulse_round
from sandbox.game.view import seat_view
from sandbox.session.offers import rejection_text
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY

GOVERNANCES = sorted(LIBRARY.cards["governance"])


def _rejected_when_it_can_be(game: Game) -> list[tuple[str, State]]:
    """Play a session in which everybody votes against everything; return what each vote was told, with its state."""
    choose, state = RandomChoice(game.templates), first_state(game)
    told: list[tuple[str, State]] = []
    while step := next_step(game, state):
        if step == "turn":
            turn, floor = choose(game, state), state["floor"]
            if floor is not None and floor["why"] == "votes":
                view = seat_view(game, state, floor["seat"])
                told.append((view.if_rejected, state))
                turn = {**turn, "act": "object" if "object" in floor["acts"] else turn["act"]}
            state = spoken(game, state, make_line(game, state, turn, "rules"), (), None)
        elif step == "minutes":
            stage = game.stages[state["stage"]].id
            record = {"stage": stage, "present": list(game.present(stage)), "text": "", "ended": state["ended"]}
            state = apply(state, close_stage(game, state, record))  # type: ignore[arg-type]
        elif step == "pulse":
            state = apply(state, {"pulses": [pulse_round(game, state)]})
        else:
            state = apply(state, open_stage(game, state))
    told.append(("", state))
    return told


@pytest.mark.parametrize("governance", GOVERNANCES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_said_to_follow_follows(governance: str, seed: int) -> None:
    spec = SessionSpec(scenario="four_oclock_school", governance=governance, style="rules", model="none", seed=seed)
    told = _rejected_when_it_can_be(Game(spec, LIBRARY))
    for (said, before), (_, after) in pairwise(told):
        taken = after["decisions"][len(before["decisions"]) :]
        if not taken or before["stage"] != after["stage"]:
            continue
        assert said in ("next", "amended"), "where nothing follows, there is no other vote in the stage"
    assert all(said != "" for said, _ in told[:-1]) or governance == "command", "votes bind where no chair decides"


@pytest.mark.parametrize(("lang", "nothing"), [("en", "nothing is decided"), ("zh", "什么也没定")])
def test_it_is_told_in_words(lang: Lang, nothing: str) -> None:
    game = Game(
        SessionSpec(
            scenario="four_oclock_school", governance="joint_production", style="rules", model="none", lang=lang
        ),
        LIBRARY,
    )
    told = [row for row in _rejected_when_it_can_be(game) if row[0]]
    row = {
        "en": "{} was rejected, 0 for, {} against, and this motion",
        "zh": "{}没有通过，0票赞成、{}票反对，现在表决",
    }[lang]
    fell = []
    for _, state in told:
        assert state["floor"] is not None
        prompt = turn_messages(game, state, state["floor"], None)[-1]["content"]
        here = [taken for taken in state["decisions"] if taken["stage"] == game.stages[state["stage"]].id]
        fell += [row.format(taken["motion"], len(taken["votes"])) in prompt for taken in here[-1:]]
    assert fell
    assert all(fell)
    texts = {
        said: rejection_text(game, seat_view(game, state, (state["floor"] or {"seat": ""})["seat"]))
        for said, state in told
    }
    assert "nothing" in texts
    for said, text in texts.items():
        assert text
        assert (nothing in text) == (said == "nothing")
