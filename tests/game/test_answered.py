"""Which questions wait for an answer: a line may answer two of them, or turn to somebody else as it answers."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.language.answered import may_answer, never_answered
from sandbox.game.language.questions import called
from sandbox.game.minutes.minutes import minutes_text
from sandbox.game.state import State, first_state
from sandbox.game.steps import make_line
from sandbox.game.view import seat_view
from sandbox.record.line import Line
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY, TURN, floor_of, line
from tests.session.support import spec_of

SAYS: dict[Lang, dict[str, str]] = {
    "en": {
        "year": "Mayor, your money is for one year: when it is gone, whom do these families come shouting at?",
        "fall": "Mayor, who pays the hospital when a child falls on the stairs of the hall?",
        "again": "I ask it once more, Mayor: who pays the hospital when a child falls on those stairs?",
        "both": "I sign when insurance pays the hospital if a child falls on the stairs of the hall.",
        "called": "The insurance pays. Director Huang: for that year they shout at me.",
        "other": "The insurance pays.",
        "time": "I ask the finance office first.",
        "back": "To me, when the year and the money are gone. And who signs at your hall?",
        "only": "A good question. Who signs at your hall?",
        "joke": "On both sides, Mayor, so where do I climb over? Behind a fence my house is the back yard.",
        "turn": "A second gate is a separate charge; who would ever pay that one?",
        "you": "A second gate is a separate charge; do you pay that one?",
    },
    "zh": {
        "year": "区长，您的钱只管一年：钱花完了，这些人家上谁门口去喊？",
        "fall": "区长，孩子在礼堂楼梯上摔了，医院的钱谁出？",
        "again": "区长，再问一遍：孩子在那个楼梯上摔了，医院的钱谁出？",
        "both": "没上保险的合同我不签，孩子在礼堂楼梯上摔了，医院的钱保险出。",
        "called": "保险出。老黄，那一年都来找我。",
        "other": "保险出。",
        "time": "我先去问财政。",
        "back": "钱花完了，都上我这儿来喊。礼堂那份字谁签？",
        "only": "问得好。礼堂那份字谁签？",
        "joke": "两头都有我的门，区长，您让我从哪头翻过去？隔开了我家就成了后院。",
        "turn": "再开一道门得另外算钱。这种钱谁肯出？",
        "you": "再开一道门得另外算钱。您出不出？",
    },
}


def stage(lang: Lang, *lines: tuple[str, str, str, str, str]) -> tuple[Game, list[Line]]:
    """Return a stage in which each line has a seat, an act, whom it is to, what it is about, and words by name."""
    game = Game(spec_of(style="free", stages=("public_engagement",), lang=lang), LIBRARY)
    room = list(game.present("public_engagement"))
    said: list[Any] = [
        {**line(number, seat, act, to, says=SAYS[lang][says], about=about), "visible_to": room}  # type: ignore[arg-type]
        for number, (seat, act, to, about, says) in enumerate(lines, 1)
    ]
    return game, said


def waiting(game: Game, lines: list[Line], seat: str = "mayor") -> list[str]:
    """Return the questions that a seat reads as waiting for it, and hold them against the minutes."""
    state: State = {**first_state(game), "lines": lines, "turn": len(lines)}
    ids = [each["id"] for each in seat_view(game, state, seat).questions]
    told = turn_messages(game, state, {**floor_of(seat, "inform", "answer")}, None)[-1]["content"]
    sign, listed = {"en": ("waits for an answer, by whatever act ({})", "Not answered: {}"), "zh": (
        "用哪个动作答都行（{}）", "没有回答：{}",
    )}[game.spec.lang]  # fmt: skip
    text = minutes_text(game, "public_engagement", lines, [])
    for each in lines:
        assert (sign.format(each["id"]) in told) == (each["id"] in ids)
        assert listed.format(each["id"]) not in text or each["id"] in ids or len(ids) > 1 or each["seat"] == seat
    return ids


ASKED = [
    ("village_cadre", "ask", "mayor", "", "year"),
    ("teacher_volunteer", "ask", "mayor", "", "fall"),
    ("grid_master", "inform", "all", "", "other"),
]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_answer_that_takes_up_a_second_question_answers_both(lang: Lang) -> None:
    to = ("mayor", "answer", "village_cadre", "L001")
    assert waiting(*stage(lang, *ASKED)) == ["L001", "L002"]
    assert waiting(*stage(lang, *ASKED, (*to, "other"))) == ["L002"]
    assert waiting(*stage(lang, *ASKED, (*to, "both"))) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_only_what_a_line_ends_with_waits_and_of_an_answer_only_what_turns_to_whom_it_asks(lang: Lang) -> None:
    after = ("grid_master", "inform", "all", "", "other")
    for act in ("answer", "promise", "concede", "inform", "support"):
        assert waiting(*stage(lang, ("village_cadre", act, "mayor", "", "joke"), after)) == [], act
    for act, says, ids in (("answer", "turn", []), ("answer", "you", ["L001"]), ("ask", "turn", ["L001"])):
        assert waiting(*stage(lang, ("village_cadre", act, "mayor", "", says), after)) == ids, (act, says)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_paper_tells_as_unanswered_what_an_objection_asks_that_calls_nobody(lang: Lang) -> None:
    after = ("grid_master", "inform", "all", "", "other")
    for act, says, left in (("object", "turn", []), ("object", "fall", ["L001"]), ("ask", "turn", ["L001"])):
        game, said = stage(lang, ("village_cadre", act, "mayor", "", says), after)
        told = never_answered(game, said, game.present("public_engagement"), said)
        assert [question["id"] for question, _ in told] == left, (act, says)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_answer_that_calls_somebody_else_by_name_answers_them_too(lang: Lang) -> None:
    assert waiting(*stage(lang, *ASKED, ("mayor", "promise", "teacher_volunteer", "L002", "called"))) == []
    assert waiting(*stage(lang, *ASKED, ("mayor", "ask", "teacher_volunteer", "L002", "called"))) == ["L001"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_somebody_asked_twice_is_answered_once(lang: Lang) -> None:
    twice = [*ASKED, ("teacher_volunteer", "ask", "mayor", "", "again"), ("grid_master", "inform", "all", "", "other")]
    assert waiting(*stage(lang, *twice)) == ["L002", "L004"], "of all that wait the last two are told"
    assert waiting(*stage(lang, *twice, ("mayor", "answer", "grid_master", "L004", "other"))) == ["L001"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_asked_for_time_on_a_question_has_answered_once_it_speaks_again(lang: Lang) -> None:
    asked = [ASKED[1], ASKED[2], ("mayor", "defer", "grid_master", "L001", "time"), ASKED[2]]
    assert waiting(*stage(lang, *asked)) == ["L001"]
    assert waiting(*stage(lang, *asked, ("mayor", "inform", "grid_master", "", "other"))) == []
    assert waiting(*stage(lang, *asked[:2], asked[3], ("mayor", "inform", "grid_master", "", "other"))) == ["L001"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_whoever_speaks_behind_a_question_answers_it(lang: Lang) -> None:
    assert waiting(*stage(lang, ASKED[0], ("mayor", "support", "grid_master", "", "other"))) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_answers_and_asks_back_has_answered_and_who_only_asks_back_has_not(lang: Lang) -> None:
    for says, waits in (("back", []), ("only", ["L001"])):
        game, lines = stage(lang, ASKED[0], ("mayor", "ask", "village_cadre", "", says))
        assert waiting(game, lines) == waits


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("act", ["support", "refuse", "promise", "decide", "vote"])
def test_a_stand_on_the_motion_of_a_question_answers_it(lang: Lang, act: str) -> None:
    """What is asked about a motion is answered by a vote, a decision, support or a promise on what it grew into."""
    put = ("village_cadre", "propose", "all", "", "other")
    asked, amended = ("grid_master", "ask", "mayor", "L001", "year"), ("grid_master", "support", "all", "L001", "other")
    game, lines = stage(lang, put, asked, amended, ("mayor", "support", "village_cadre", "", "other"))
    assert waiting(game, lines) == ["L002"]
    does = "support" if act == "vote" else act
    _, after = stage(lang, put, asked, amended, ("mayor", does, "village_cadre", "L003", "other"))
    after[-1]["vote"] = act == "vote"
    assert waiting(game, after) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_whoever_asked_back_before_it_answers_has_answered_what_it_was_asked_first(lang: Lang) -> None:
    asked = [ASKED[1], ("mayor", "ask", "grid_master", "", "year"), ("grid_master", "ask", "mayor", "L002", "only")]
    assert waiting(*stage(lang, *asked)) == ["L001", "L003"]
    assert waiting(*stage(lang, *asked, ("mayor", "answer", "grid_master", "L003", "other"))) == []


TURNS_OF_SPEECH = {
    "en": ("They would like to know, wouldn't they?", "Would both sides wait until then?", "Who pays until then?"),
    "zh": ("他们想知道，对吧？", "这样是不是两边都等得起？", "那以前谁出钱？"),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_turn_of_speech_and_whoever_could_not_ask_ask_nobody(lang: Lang) -> None:
    game = Game(spec_of(style="free", stages=("public_engagement",), lang=lang), LIBRARY)
    room = list(game.present("public_engagement"))
    tag, closed, opened = TURNS_OF_SPEECH[lang]
    put = {**line(1, "grid_master", "support", "mayor"), "visible_to": room}
    assert [called(game, {**put, "says": says}, room) for says in (tag, closed, opened)] == ["", "", "mayor"]  # type: ignore[typeddict-item]
    assert called(game, {**put, "act": "inform", "says": opened, "asks_nobody": True}, room) == ""  # type: ignore[typeddict-item]
    state, turn = first_state(game), {**TURN, "act": "inform", "to": "mayor", "says": opened}
    for acts, asked in ((("inform", "support"), ""), (("inform", "ask"), "mayor")):
        here: Any = {**state, "floor": floor_of("grid_master", *acts)}  # type: ignore[arg-type]
        assert called(game, make_line(game, here, turn, "model"), room) == asked  # type: ignore[arg-type]


def test_nobody_answers_what_somebody_else_was_asked() -> None:
    game, said = stage("en", ASKED[0], ("teacher_volunteer", "answer", "village_cadre", "L001", "other"))
    assert "Not answered: L001" in minutes_text(game, "public_engagement", said, [])
    assert not may_answer(game, said[:1], "teacher_volunteer", game.present("public_engagement"))
    assert may_answer(game, said, "mayor", game.present("public_engagement"))
