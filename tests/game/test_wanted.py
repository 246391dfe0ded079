"""What a seat needs to know by some time, once it may not ask, waits until whom it concerns has said it."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.minutes import minutes_text
from sandbox.game.remembered import read_minutes
from sandbox.game.state import Minutes, State, first_state
from sandbox.game.view import seat_view
from sandbox.game.wanted import briefly_wanted, wanted
from sandbox.session.offers import wanted_text
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY, floor_of, line
from tests.session.support import spec_of

FIRST, NEXT = "training", "application"
SAYS: dict[Lang, str] = {
    "en": "My evenings are unpaid. Before we meet again I need to hear from your office if the contract pays them.",
    "zh": "我们晚上是白干的。合同里给不给这笔工钱，请区长下次会前给我句话。",
}
ANSWERS: dict[Lang, dict[str, str]] = {
    "en": {
        "met": "If you meet our office again, the contract pays them.",
        "other": "The hall is dry.",
        "named": "He Wan, the contract is with the county. Master Chen, since when?",
    },
    "zh": {
        "met": "你们晚上不白干，合同里给这笔工钱，下次会前有话。",
        "other": "礼堂不漏雨。",
        "named": "何婉，合同我报上去了。陈国栋，是哪天报的？",
    },
}


def waits(lang: Lang, **then: Any) -> tuple[Game, State, Minutes]:
    """Return the second stage, in which one line was said, after a first in which the NGO director wants to know."""
    game = Game(spec_of(style="free", stages=(FIRST, NEXT), lang=lang), LIBRARY)
    said: list[Any] = [{
        **line(1, "ngo_director", "inform", "mayor", says=SAYS[lang], stage=FIRST),
        "visible_to": list(game.present(FIRST)),
    }]  # fmt: skip
    if then:
        said.append({**line(2, **then, stage=NEXT), "visible_to": list(game.present(NEXT))})
    text = minutes_text(game, FIRST, said[:1], [])
    minutes: Minutes = {"stage": FIRST, "present": list(game.present(FIRST)), "text": text, "ended": "turn_limit"}
    state: State = {**first_state(game), "stage": 1, "lines": said, "turn": len(said) - 1, "minutes": [minutes]}
    return game, state, minutes


WAITS: dict[Lang, str] = {"en": "Waits to know: L001, He Wan from Shen Yulan", "zh": "等答复：L001，何婉等沈玉兰"}
SHOWN: dict[Lang, str] = {
    "en": "ngo_director still waits for your word since L001",
    "zh": "ngo_director从L001起就在等你一句话",
}


def prompt(game: Game, state: State, seat: str) -> str:
    floor = floor_of(seat, "inform", "answer")
    return turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_next_stage_opens_with_it_and_whom_it_concerns_reads_that_it_waits(lang: Lang) -> None:
    game, state, minutes = waits(lang)
    assert WAITS[lang] in minutes["text"]
    for seat in ("mayor", "ngo_director", "grid_master"):
        text = prompt(game, state, seat)
        assert WAITS[lang] in text
        assert (SHOWN[lang] in text) == (seat == "mayor")
        view = seat_view(game, {**state, "floor": floor_of(seat, "inform")}, seat)
        assert bool(wanted_text(game, view)) == (seat == "mayor")
    assert text.count(SAYS[lang][-12:]) == 1, "its words are told once"


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("seat", "act", "to", "about", "says", "met"),
    [
        ("mayor", "inform", "ngo_director", "", "other", True),
        ("mayor", "answer", "grid_master", "L001", "other", True),
        ("mayor", "inform", "all", "", "met", True),
        ("mayor", "inform", "grid_master", "", "other", False),
        ("mayor", "ask", "ngo_director", "", "other", False),
        ("mayor", "ask", "grid_master", "", "named", True),
        ("grid_master", "inform", "ngo_director", "", "met", False),
        ("ngo_director", "ask", "mayor", "", "met", True),
    ],
)
def test_it_lapses_once_it_is_answered_or_asked_anew(
    lang: Lang, seat: str, act: Any, to: str, about: str, says: str, met: bool
) -> None:
    game, state, minutes = waits(lang, seat=seat, act=act, to=to, about=about, says=ANSWERS[lang][says])
    assert (SHOWN[lang] not in prompt(game, state, "mayor")) == met
    assert (WAITS[lang] not in read_minutes(game, state, minutes, "mayor")) == met


@pytest.mark.parametrize(
    ("lang", "says", "waits"),
    [
        ("en", "Director He, before we vote I want to hear from you who is hired.", "ngo_director"),
        ("en", "I want to know from the village committee by Friday who draws the lots.", "village_cadre"),
        ("en", "Before we vote I need to know from you when the hall opens; Luo Mei waits.", "ngo_director"),
        ("en", "Who tells me before the vote what it costs? I pay nothing.", ""),
        ("en", "I need more light on the stairs.", ""),
        ("en", "Today nobody can tell me who that is, so we settle it when we meet.", ""),
        ("en", "Before the vote the mayor signs.", ""),
        ("zh", "月底前要个准话，楼道灯修到哪层。", "ngo_director"),
        ("zh", "夜里谁锁门，下回开会前黄书记给个话。", "village_cadre"),
        ("zh", "黄书记的礼堂，下回开会前您给我句准话。", "ngo_director"),
        ("zh", "散会前把灯关了。", ""),
        ("zh", "满街都知道了，下回我敲门更没人开。", ""),
        ("en", "Give me one courtyard that opens before they come.", ""),
        ("zh", "今天给您个办法，天黑前把桶拖走。", ""),
        ("zh", "今天我给您个办法：天黑前我派人开门，月底贴不贴我许不了。", ""),
    ],
)
def test_what_somebody_needs_to_be_told_by_some_time_waits_for_whom_the_words_ask(
    lang: Lang, says: str, waits: str
) -> None:
    game = Game(spec_of(style="free", stages=(FIRST,), lang=lang), LIBRARY)
    said = line(1, "mayor", "inform", "ngo_director", says=says, stage=FIRST)
    needs = wanted(game, [{**said, "visible_to": list(game.present(FIRST))}])
    assert [need.seat for need in needs] == ([waits] if waits else [])
    directed = Game(spec_of(style="directed", stages=(FIRST,), lang=lang), LIBRARY)
    assert not wanted(directed, [{**said, "visible_to": list(game.present(FIRST))}])


@pytest.mark.parametrize(
    ("lang", "says", "asks", "why"),
    [
        (
            "en",
            "And before I back the box I need it in writing from the street, before the motion comes to a vote, whether"
            " the fee may be taken at all: without it the money runs the beds for ten months, and then all look at us.",
            "whether the fee may be taken at all …",
            "all look at us",
        ),
        (
            "zh",
            "我们还要区里给句准话，表决以前就要，这笔费用到底能不能向住的人收：不收的话，这点钱只够床铺撑到明年开春，到时候大家又都来看我们厂里。",
            "这笔费用到底能不能向住的人收…",
            "都来看我们厂里",
        ),
    ],
)
def test_of_a_need_what_is_asked_is_told_and_not_what_stands_behind_it_as_a_reason(
    lang: Lang, says: str, asks: str, why: str
) -> None:
    game = Game(spec_of(style="free", stages=(FIRST,), lang=lang), LIBRARY)
    said = line(1, "ngo_director", "inform", "mayor", says=says, stage=FIRST)
    (need,) = wanted(game, [{**said, "visible_to": list(game.present(FIRST))}])
    told = briefly_wanted(need, {"en": 90, "zh": 36}[lang], lang)
    assert told.endswith(asks)
    assert why not in told
