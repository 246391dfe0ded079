"""What bodies without a seat came to, in each case whose motions may hang on one."""

from __future__ import annotations

import pytest

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.review.aftermath import review_opened
from sandbox.game.spec import SessionSpec
from sandbox.game.state import apply, first_state
from tests.game.making import LIBRARY, decision


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("scenario", "body", "en", "zh"),
    [
        ("four_oclock_school", "village", "The village meeting agrees to the hall", "村民会议同意礼堂给课后班用"),
        ("land_acquisition", "village", "The lane day is put to a village meeting", "拆房的日子村民会议表决"),
        ("land_acquisition", "members", "The rents are put to a members' meeting", "租金垫不垫，成员大会通过才算"),
        ("waiting_village", "village", "The 25 yuan are put to a village meeting", "每月25元先由村民会议讨论"),
        ("waiting_village", "members", "The savings are put to a members' meeting", "集体存款动不动，社员大会表决"),
        ("sewers_and_toilets", "village", "The map is put to a village meeting", "那张图交村民会议讨论"),
        ("mega_estate", "owners", "The fee is put to an owners' meeting", "涨0.05元交业主大会表决"),
        ("estate_calm", "owners", "The fee of 50 yuan is put to an owners' meeting", "50元的物业费交业主大会表决"),
        ("clean_up", "owners", "The parking is put to an owners' meeting", "停车费交业主大会表决"),
    ],
)
def test_a_year_later_a_case_tells_what_the_body_came_to_on_which_its_motion_hung(
    scenario: str, body: str, en: str, zh: str, lang: Lang
) -> None:
    condition, told = {"en": en, "zh": zh}[lang], set()
    for seed in range(12):
        spec = SessionSpec(scenario=scenario, governance="joint_production", stages=("public_engagement", "review"),
                           style="rules", model="none", seed=seed, lang=lang)  # fmt: skip
        game = Game(spec, LIBRARY)
        state = apply(first_state(game), {"stage": 1, "decisions": [{**decision({}), "condition": condition}]})
        news = {each["id"]: each["text"] for each in review_opened(game, state)["desk"]["news"]}
        assert condition[3:10] in news[f"review:{body}_meeting"], "what was put to it is told"
        told.add(news[f"review:{body}_meeting"])
        others = {f"review:{each.id}" for each in game.scenario.bodies} - {f"review:{body}_meeting"}
        assert not others & news.keys(), "and nothing of a body to which nothing was put"
    assert len(told) == 3, "it agreed, it refused, or too few came"


@pytest.mark.parametrize(
    ("lang", "promise", "short", "told"),
    [
        ("en", "I help to prepare the first owners' meeting", "two in three", "meeting was held;"),
        ("zh", "街道派人同社区筹开头一回业主大会", "不到法定的三分之二", "开了一回业主大会"),
        ("en", "I put it to the owners' vote", "two in three", "meeting was held;"),
        ("en", "I visit 41 households and call the owners with a body to vote on", "two in three", "meeting was held;"),
        ("zh", "年底前报业主表决", "不到法定的三分之二", "开了一回业主大会"),
        ("zh", "业主投票，租客占2席", "没召集过业主大会", "没召集过业主大会"),
        ("en", "I sweep my stair", "No owners' meeting was called", "No owners' meeting was called"),
        ("zh", "我扫自己的楼道", "没召集过业主大会", "没召集过业主大会"),
    ],
)
def test_of_a_body_to_which_nothing_was_put_it_is_told_alone_whether_it_was_held(
    lang: Lang, promise: str, short: str, told: str
) -> None:
    seen = set()
    for seed in range(8):
        spec = SessionSpec(scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"),
                           style="free", model="none", lang=lang, seed=seed)  # fmt: skip
        game = Game(spec, LIBRARY)
        item = Item("L005", "public_engagement", "promise", "landlord", promise, {}, "open", game.present("review"))
        state = apply(first_state(game), {"stage": 1, "ledger": (item,)})
        after = review_opened(game, state)
        (news,) = (each for each in after["desk"]["news"] if each["id"] == "review:owners_meeting")
        assert "answers" not in news, "what was not put to it is neither carried nor lost"
        assert short in news["text"] or told in news["text"]
        seen.add(news["text"])
    assert len(seen) == len({short, told})


@pytest.mark.parametrize(
    ("lang", "promise", "option"),
    [
        ("en", "a guard at the gate, a place for rubble, the price of its removal posted", "for 2 years"),
        ("zh", "派人守大门，划装修垃圾点，清运价贴出来", "续2年"),
    ],
)
def test_a_promise_with_words_of_its_own_is_not_put_to_a_body_with_the_option_that_it_names(
    lang: Lang, promise: str, option: str
) -> None:
    lost = set()
    for seed in range(8):
        spec = SessionSpec(scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"),
                           style="free", model="none", lang=lang, seed=seed)  # fmt: skip
        game = Game(spec, LIBRARY)
        terms = {"workers": "company"}
        own = Item(
            "L022", "public_engagement", "promise", "property_manager", promise, terms, "open", game.present("review")
        )
        state = apply(first_state(game), {"stage": 1, "ledger": (own,), "decisions": [decision(terms)]})
        after = review_opened(game, state)
        (news,) = (each for each in after["desk"]["news"] if each["id"] == "review:owners_meeting")
        assert promise[3:10] not in news["text"]
        assert option in news["text"]
        accounts = {item.line: item.account for item in after["ledger"] if item.account}
        assert accounts["L022"].lost == "", "what it gives it can give, whatever the owners vote"
        lost.add(accounts["T1"].lost)
    assert len(lost) > 1
