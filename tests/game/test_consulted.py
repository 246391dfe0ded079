"""Asking for time: what those say whom a seat asks is the case's, or drawn, and never made up by whoever speaks."""

from __future__ import annotations

import pytest

from sandbox.content.library import Library
from sandbox.game.game import Game
from sandbox.game.ledger.ledger import ledger
from sandbox.game.state import Floor, State, first_state
from sandbox.game.view import seat_view
from sandbox.record.line import Line
from sandbox.session.offers import consulted_text
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY, SCENARIO, line
from tests.session.support import spec_of


def deferred(seat: str, seed: int = 1, *after: str, lang: str = "en") -> tuple[Game, State]:
    """Return a meeting in which a seat has asked for time, and then others, or the seat itself, have spoken."""
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12, seed=seed, lang=lang), LIBRARY)
    said = [line(1, seat, "defer"), *(line(number, name, "inform") for number, name in enumerate(after, 2))]
    lines = [{**each, "visible_to": list(game.present("public_engagement"))} for each in said]
    return game, {**first_state(game), "lines": lines, "turn": len(lines), "ledger": ledger(SCENARIO, lines)}  # type: ignore[arg-type,typeddict-item]


def prompt(game: Game, state: State, seat: str) -> str:
    acts = list(game.speech(seat))
    floor: Floor = {"seat": seat, "why": "asked", "acts": acts, "point": "", "phase": "discussion"}
    return turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_case_tells_what_the_elders_say(lang: str) -> None:
    game, state = deferred("village_cadre", 1, "mayor", lang=lang)
    told = game.seats["village_cadre"].consulted
    assert told is not None
    answer = told.get(game.spec.lang)
    assert seat_view(game, state, "village_cadre").consulted == answer
    assert answer in prompt(game, state, "village_cadre"), "whatever brings the floor back to it"
    assert answer not in prompt(game, state, "mayor")
    assert answer in consulted_text(game, seat_view(game, state, "village_cadre")), "a person reads the same"


def test_nobody_is_told_an_answer_before_asking_or_after_bringing_it_back() -> None:
    game, state = deferred("village_cadre", 1, "mayor", "village_cadre")
    assert not seat_view(game, state, "village_cadre").consulted
    assert not consulted_text(game, seat_view(game, state, "mayor"))


def test_where_the_case_does_not_tell_it_the_seed_draws_one_of_three_answers() -> None:
    answers = {}
    for seed in range(30):
        game, state = deferred("migrant_tenant", seed)
        answers[seed] = seat_view(game, state, "migrant_tenant").consulted
        assert answers[seed] == seat_view(*deferred("migrant_tenant", seed), "migrant_tenant").consulted
    card = game.personas["migrant_tenant"]
    own = [text.en for text in (*card.interests, *card.fears)]
    assert {answer.split(" ")[0] for answer in answers.values()} == {"They", "As"}
    assert len({answer.split(":")[0] for answer in answers.values()}) == 3
    assert all(any(text in answer for text in own) for answer in answers.values())


def test_every_case_has_somebody_who_stands_for_others() -> None:
    library = Library.load()
    cases = [library.scenario(card) for card in library.cards["scenario"]]
    assert all(any(seat.consulted for seat in case.seats) for case in cases)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_promised_something_before_need_not_make_up_a_signature(lang: str) -> None:
    game = Game(spec_of(style="free", stages=("training", "public_engagement"), turns=12, lang=lang), LIBRARY)
    room = list(game.present("training"))
    words = {
        "en": ("finance countersigns before the next meeting", "Has the finance office signed?"),
        "zh": ("下次会前请财政会签", "财政会签了没有？"),
    }[lang]
    promised = line(1, "mayor", "promise", promises=words[0], stage="training")
    asked = line(2, "ngo_director", "ask", "mayor", says=words[1])
    sign = {"en": "signature has come yet", "zh": "签字都还没到"}[lang]

    def told(*said: Line, stage: int = 1, seat: str = "mayor") -> bool:
        lines: list[Line] = [{**each, "visible_to": room} for each in said]
        here = [each for each in lines if each["stage"] == game.stages[stage].id]
        state: State = {
            **first_state(game), "lines": lines, "turn": len(here), "stage": stage, "ledger": ledger(SCENARIO, lines),
        }  # fmt: skip
        return f"L001{'）' if lang == 'zh' else ')'}" in prompt(game, state, seat) and sign in prompt(game, state, seat)

    assert told(promised, asked)
    assert told(promised), "though nobody asks"
    assert not told(promised, {**asked, "to": "village_cadre"}, seat="village_cadre"), "it promised nothing"
    assert not told(promised, {**asked, "stage": "training"}, stage=0), "it is of this meeting"
    taken_back: Line = {**line(3, "mayor", "inform", "village_cadre", stage="training"), "withdraws": "L001"}
    assert not told(promised, taken_back, asked)
