"""Options where few words stand for them: what a motion on the table or a line in the minutes would settle."""

from __future__ import annotations

import pytest

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.ledger.options import briefly
from sandbox.game.minutes.minutes import minutes_text
from sandbox.game.minutes.weighed import LATEST
from sandbox.game.state import Floor, State, apply, first_state
from sandbox.game.steps import hear, make_line
from sandbox.record.line import Turn
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY, SCENARIOS, TURN
from tests.session.support import spec_of


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_few_words_tell_an_option_from_all_others_of_its_question(lang: Lang) -> None:
    for scenario in SCENARIOS:
        game = Game(spec_of(scenario=scenario.id, lang=lang), LIBRARY)
        for question in scenario.decisions:
            told = [briefly(game, {question.id: option})[question.id] for option in question.options]
            begins = [text.rstrip(" …") for text in told]
            whole = [text.get(lang) for text in question.options.values()]
            assert len(set(begins)) == len(begins)
            assert all(text.startswith(begin) for text, begin in zip(whole, begins, strict=True))
            assert all(len(short) <= len(text) + 1 for short, text in zip(told, whole, strict=True))


@pytest.mark.parametrize(
    ("lang", "told", "whole"),
    [("en", "a contracted social organisation …", "on 5 evenings until 7"), ("zh", "签合同的社会组织…", "5个晚上，到")],
)
def test_motions_and_minutes_say_options_in_words_and_not_by_id(lang: Lang, told: str, whole: str) -> None:
    game = Game(spec_of(style="free", stages=("public_engagement",), lang=lang), LIBRARY)
    floor: Floor = {"seat": "mayor", "why": "quiet", "acts": list(game.speech("mayor")), "point": "",
                    "phase": "discussion"}  # fmt: skip
    state: State = {**first_state(game), "floor": floor}
    turn: Turn = {**TURN, "act": "propose", "terms": {"provider": "social_organisation"}, "says": "。"}
    state = {**apply(state, hear(game, state, make_line(game, state, turn, "model"))), "floor": floor}
    prompt = turn_messages(game, state, floor, None)[-1]["content"]
    minutes = minutes_text(game, "public_engagement", state["lines"], [], extent=LATEST)
    assert told in minutes
    assert whole in prompt, "a motion is told whole"
    assert "provider=social_organisation" not in prompt + minutes
    assert whole not in minutes
