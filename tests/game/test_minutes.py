"""Minutes: which lines they tell of, and what is read by whoever heard more than the room."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.language.wording import opening
from sandbox.game.minutes.asked import put_before, questions_in
from sandbox.game.minutes.minutes import minutes_text, take_minutes
from sandbox.game.minutes.weighed import BRIEF, FULL, LATEST
from sandbox.game.state import State, first_state
from sandbox.game.view import seat_view
from sandbox.record.line import Line
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY, floor_of, line
from tests.session.support import spec_of

STAGES = ("training", "application", "learning_tour", "public_engagement")


def game_of(governance: str = "command") -> Game:
    return Game(spec_of(governance=governance, stages=STAGES), LIBRARY)


def in_room(game: Game, said: Line, *only: str) -> Line:
    return {**said, "visible_to": list(only or game.present(said["stage"]))}


def over(game: Game, lines: list[Line]) -> State:
    """Return the state after the training in which these lines were said."""
    state: State = {**first_state(game), "lines": lines, "turn": len(lines)}
    return {**state, "minutes": [take_minutes(game, state)], "stage": 1, "turn": 0}


def test_minutes_of_a_short_stage_tell_all_its_lines() -> None:
    game = game_of()
    acts = ["delegate", "promise", "object", "inform", "support"]
    few = [in_room(game, line(1 + n, "mayor", act, stage="training")) for n, act in enumerate(acts)]  # type: ignore[arg-type]
    many = [*few, *(in_room(game, line(6 + n, "mayor", "answer", stage="training")) for n in range(11))]
    for brief in (False, True):
        text = minutes_text(game, "training", few, [], extent=BRIEF if brief else FULL)
        assert all(f"L00{number} " in text for number in range(1, 6))
    told = [minutes_text(game, "training", many, [], extent=extent) for extent in (FULL, LATEST, BRIEF)]
    assert "L004 " not in told[0], "of a long one those that bind or answer"
    kept = [{row[:4] for row in text.splitlines() if row.startswith("L0")} for text in told]
    assert kept[0] > kept[1] > kept[2], "the shorter ones tell less of the same"
    assert "L016" in kept[2], "what was said last before what weighs no more"


def test_brief_minutes_cut_nothing_out_of_what_another_line_speaks_against() -> None:
    game = game_of()
    order = (
        "The list of rooms goes to the safety office by Friday, with a figure for every bed that stands in them. "
        "If it burns and there is no list, it is my year and your post, so think again. "
        "The rest of the year is as it was, and the windows are open in the evenings."
    )
    for about in ("", "L001"):
        said = [
            line(1, "mayor", "delegate", "grid_master", stage="training", says=order, task="second_file"),
            *(line(2 + n, "ngo_director", "inform", stage="training") for n in range(5)),
            line(7, "grid_master", "object", "mayor", stage="training", about=about, says="Then it is my post."),
        ]
        text = minutes_text(game, "training", [in_room(game, each) for each in said], [], extent=BRIEF)
        assert (order in text) is bool(about)


def test_who_was_not_in_the_room_reads_more_of_it_two_stages_later_than_who_was() -> None:
    spec = spec_of(style="free", governance="government_community_interaction", stages=STAGES[1:])
    game = Game(spec, LIBRARY)
    state = over(game, [
        in_room(game, line(1 + n, "mayor", "inform", stage="application", says=f"Word {n}: the hall is cold."))
        for n in range(9)
    ])  # fmt: skip
    (first,) = state["minutes"]
    tour = game.present("learning_tour")
    state = {**state, "minutes": [first, {**first, "stage": "learning_tour", "present": [*tour]}], "stage": 2}
    read = {}
    for seat in ("mayor", "migrant_tenant"):
        floor = floor_of(seat, "inform")
        text = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
        read[seat] = sum(f"Word {n}:" in text for n in range(9))
    assert "migrant_tenant" not in first["present"]
    assert 0 < read["mayor"] < read["migrant_tenant"]


def test_brief_minutes_tell_with_several_promises_the_line_that_they_take_up() -> None:
    game = game_of()
    table = line(1, "village_cadre", "inform", stage="training")
    others = [line(2 + n, "ngo_director", "inform", stage="training") for n in range(5)]
    for takers in (("mayor",), ("mayor", "grid_master")):
        taken = [line(7 + n, seat, "promise", stage="training", about="L001") for n, seat in enumerate(takers)]
        said = [in_room(game, each) for each in (table, *others, *taken)]
        text = minutes_text(game, "training", said, [], extent=BRIEF)
        assert ("L001 " in text) == (len(takers) > 1)


def test_a_task_that_was_lifted_stands_in_no_minutes_as_handed_down() -> None:
    game = game_of()
    said = [
        line(1, "mayor", "delegate", "grid_master", stage="training", task="second_file"),
        line(2, "grid_master", "refuse", "mayor", stage="training", about="L001"),
        line(3, "mayor", "concede", "grid_master", stage="training", task="second_file"),
        *(line(4 + n, "ngo_director", "promise", stage="training") for n in range(5)),
    ]
    text = minutes_text(game, "training", [in_room(game, each) for each in said], [], extent=BRIEF)
    assert "L003 " in text
    assert "L001 " not in text


def test_a_counter_offer_to_a_motion_of_an_earlier_stage_is_one_in_the_minutes() -> None:
    game = game_of("joint_production")
    motion = in_room(game, line(1, "mayor", "propose", terms={"payer": "district"}, stage="application"))
    answer = line(2, "grid_master", "support", terms={"payer": "shared"}, about="L001", condition="from May")
    lines = [motion, in_room(game, answer)]
    text = minutes_text(game, "public_engagement", lines[1:], [], written=lines)
    assert "made a counter-offer" in text
    assert "(on condition: from May)" in text
    toured = [motion, in_room(game, {**answer, "stage": "learning_tour"})]
    assert "made a counter-offer" in minutes_text(game, "learning_tour", toured[1:], [], written=toured)
    silent = [in_room(game, {**motion, "condition": "canary"}), in_room(game, {**answer, "condition": ""})]
    assert "canary" not in minutes_text(game, "public_engagement", silent[1:], [], written=silent)


@pytest.mark.parametrize("backed", [False, True])
def test_minutes_tell_what_a_counter_offer_changes_and_what_became_of_the_motion_that_its_mover_left(
    *, backed: bool
) -> None:
    game = game_of("joint_production")
    had = {"payer": "district", "eligible": "all_children"}
    said = [
        line(1, "ngo_director", "propose", terms=had),
        line(2, "mayor", "object", about="L001", terms={**had, "payer": "shared"}, condition="from May"),
        line(3, "grid_master", "support" if backed else "inform", about="L002"),
        line(4, "mayor", "object", about="L001", terms=had, condition="from June"),
    ]
    text = minutes_text(game, "public_engagement", [in_room(game, each) for each in said], [])
    ((_, changed),), ((_, kept),) = game.in_words({"payer": "shared"}), game.in_words({"eligible": "all_children"})
    assert f"objected with a counter-offer to L001 [{changed}] (on condition: from May)" in text
    assert kept not in text.split("L002")[1].split("L003")[0]
    assert "[as L001] (on condition" in text
    left = "L002 stays, though its mover is for this now" if backed else "L002 fell for it"
    assert f"({left})" in text


def test_an_answer_in_an_aside_is_an_answer_for_whoever_heard_it_and_for_nobody_else() -> None:
    game = game_of()
    chair, clerk, third = game.present("training")[:3]
    asked = line(1, clerk, "ask", chair, says="Do locked homes count?", stage="training")
    answered = line(2, chair, "answer", clerk, says="canary: leave them out.", about="L001", stage="training")
    state = over(game, [in_room(game, asked), in_room(game, answered, chair, clerk)])
    read = {seat: seat_view(game, state, seat).minutes[0]["text"] for seat in (chair, clerk, third)}
    waits = "Not answered: L001"
    assert waits in state["minutes"][0]["text"]
    assert [waits in read[seat] for seat in (chair, clerk, third)] == [False, False, True]
    assert not any("canary" in text for text in read.values()), "the words stay with those who heard them"
    assert read[third] == state["minutes"][0]["text"]


def test_an_answer_that_asks_on_is_told_as_given_to_whoever_asked() -> None:
    game = game_of()
    chair, clerk, third = game.present("training")[:3]
    asked = line(1, clerk, "ask", chair, says="Who carries the wages?", stage="training")
    answered = line(
        2, chair, "answer", third, says="The project does. Would you begin?", about="L001", stage="training"
    )
    lines = [in_room(game, asked), in_room(game, answered)]
    assert f"L002 {game.name(chair)} answered {game.name(clerk)}" in minutes_text(game, "training", lines, [])


def test_an_answer_to_what_asks_nothing_is_told_as_given_to_whom_it_is_for_and_with_that() -> None:
    game = game_of()
    chair, clerk, third = game.present("training")[:3]
    said = [
        line(1, clerk, "ask", chair, says="Who carries the wages?", stage="training"),
        line(2, chair, "answer", clerk, says="The project does.", about="L001", stage="training"),
        line(3, third, "inform", says="Somebody rang me at night.", stage="training"),
        line(4, chair, "answer", third, says="I will find out who.", about="L003", stage="training"),
        *(line(5 + n, clerk, "inform", says=f"Item {n}.", stage="training") for n in range(9)),
    ]
    lines = [in_room(game, each) for each in said]
    text = minutes_text(game, "training", lines, [])
    assert f"L004 {game.name(chair)} answered {game.name(third)}: I will" in text
    assert "L003 " in text, "what it answers is told too"
    assert "L001 " not in text, "a question stands with its answer"
    lines[3]["about"] = ""
    assert "L004 " + text.split("L004 ")[1].splitlines()[0] in minutes_text(game, "training", lines, [])


def test_what_was_taken_up_a_level_is_told_with_the_question_that_it_leaves_open() -> None:
    game = game_of()
    chair, clerk = game.present("training")[:2]
    said = [
        line(1, clerk, "ask", chair, says="Who pays if it is taken?", stage="training"),
        line(2, chair, "escalate", clerk, says="I shall have to ask upstairs.", about="L001", stage="training"),
        *(line(3 + n, clerk, "inform", says=f"Item {n}.", stage="training") for n in range(9)),
    ]
    text = minutes_text(game, "training", [in_room(game, each) for each in said], [], extent=BRIEF)
    assert "L001 " in text
    assert "L002 " in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_the_rules_say_of_money_stands_where_no_payer_was_agreed(lang: Lang) -> None:
    game = Game(spec_of(governance="joint_production", stages=STAGES, lang=lang), LIBRARY)
    budget = game.governance.rules.payoff.budgets["government"].model_dump()

    def told(condition: str, *, agreed: bool) -> str:
        decision: Any = {
            "id": "D", "stage": "public_engagement", "motion": "L001", "procedure": "majority", "by": "body",
            "votes": {}, "abstained": [], "vetoed_by": [], "carried": True, "terms": {}, "unbound": {},
            "condition": condition, "payer": ["government"], "budget": [budget], "payer_agreed": agreed, "fallen": [],
        }  # fmt: skip
        text = minutes_text(game, "public_engagement", [], [decision])
        return next((row for row in text.splitlines() if budget[lang] in row), "")

    where = "where no condition" if lang == "en" else "条件里没另说的"
    assert told("", agreed=True) == told("the firm pays", agreed=True) == ""
    assert told("", agreed=False)
    assert where not in told("", agreed=False)
    assert where in told("the firm pays", agreed=False)


def test_a_greeting_that_sounds_like_a_question_is_none_that_nobody_answered() -> None:
    game = Game(spec_of(style="free", lang="zh"), LIBRARY)
    greeting = line(1, "mayor", "inform", "village_cadre", says="黄支书，孙子上学还好吧？钥匙的事先放一放。")
    asked = line(2, "mayor", "inform", "village_cadre", says="钥匙的事先放一放。黄支书，礼堂哪天开？")
    room = [{**each, "visible_to": list(game.present("training"))} for each in (greeting, asked)]
    assert "没有回答：L001" not in minutes_text(game, "training", room, [])  # type: ignore[arg-type]
    assert "没有回答：L002" in minutes_text(game, "training", room, [])  # type: ignore[arg-type]


def test_who_was_asked_and_speaks_next_has_answered_and_what_is_quoted_is_the_question() -> None:
    game = game_of()
    chair, clerk, third = game.present("training")[:3]
    says = "Would the back row still pay? I go there tomorrow."
    asked = in_room(game, line(1, clerk, "ask", chair, says=says, stage="training"))
    turned = line(2, chair, "object", third, says="That vote is what we were promised.", stage="training")
    others: list[Any] = [{}, {"act": "ask"}, {"act": "defer"}, {"seat": third, "to": "all"}]
    waits = [
        "Not answered: L001" in minutes_text(game, "training", [asked, in_room(game, {**turned, **other})], [])
        for other in others
    ]
    assert waits == [False, True, True, True]
    talk = [
        in_room(game, line(number, third, "inform", says=f"Item {number}.", stage="training"))
        for number in range(2, 30)
    ]
    text = minutes_text(game, "training", [asked, *talk], [])
    assert "Not answered: L001" in text
    assert "tomorrow" not in text.split("Not answered: L001")[1].splitlines()[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_rhetorical_question_and_one_that_somebody_else_has_answered_do_not_stand_as_open(lang: Lang) -> None:
    game = Game(spec_of(style="free", lang=lang), LIBRARY)
    words = {
        "en": ("On what day does the hall open for the children?", "And who would carry that home for me?",
               "The hall opens for the children on the first day of May."),
        "zh": ("礼堂哪一天给孩子开门？", "这话我找谁说去？", "礼堂五月一号就给孩子开门。"),
    }[lang]  # fmt: skip
    asked = line(1, "mayor", "ask", "village_cadre", says=words[0], stage="training")
    sighed = line(2, "migrant_tenant", "object", "mayor", says=words[1], stage="training")
    told = line(3, "ngo_director", "inform", "grid_master", says=words[2], stage="training")
    waits = {"en": "Not answered: ", "zh": "没有回答："}[lang]
    room = [in_room(game, each) for each in (asked, sighed, told)]
    assert f"{waits}L001" in minutes_text(game, "training", room[:2], [])
    assert f"{waits}L002" not in minutes_text(game, "training", room[:2], []), "nobody was asked"
    assert waits not in minutes_text(game, "training", room, []), "somebody else has told it"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_a_resident_asks_of_everybody_waits_until_somebody_has_told_it(lang: Lang) -> None:
    game = Game(spec_of(style="free", lang=lang), LIBRARY)
    asks, tells, waits = {
        "en": ("The shift ends at ten. Until what hour is the window open?", "The window is open until eight.",
               "Not answered: L001, {} to everyone"),
        "zh": ("我们十点下班。“窗口”开到几点？", "窗口开到八点。", "没有回答：L001，{}问大家"),
    }[lang]  # fmt: skip
    asked = in_room(game, line(1, "migrant_tenant", "inform", says=asks, stage="training"))
    waits = waits.format(game.name("migrant_tenant"))
    answered = in_room(game, line(2, "mayor", "answer", says=tells, stage="training"))
    assert waits in minutes_text(game, "training", [asked], [])
    assert waits not in minutes_text(game, "training", [asked, answered], [])
    quoted = in_room(game, line(1, "migrant_tenant", "ask", "mayor", says=asks, stage="training"))
    told = in_room(game, line(2, "mayor", "answer", "migrant_tenant", says=tells, about="L001", stage="training"))
    talk = [in_room(game, line(3 + n, "mayor", "inform", says=f"{n}.", stage="training")) for n in range(13)]
    if lang == "zh":
        text = minutes_text(game, "training", [quoted, told, *talk], [])
        assert "（问的是：“我们十点下班。‘窗口’开到几点？”）" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_promise_that_answers_a_question_keeps_its_words_and_the_question_stands_with_it(lang: Lang) -> None:
    game = Game(spec_of(style="free", lang=lang), LIBRARY)
    asks, says, promises, told = {
        "en": ("Does the count come down?", "The count stays at 70. He writes no names.", "no names are written",
               "promised {} (asked: “Does the count come down?”) (no names are written): The count stays at 70. He"),
        "zh": ("这个口松不松？", "这个口松不了。名单我不叫他写。", "不写名单",
               "向{}承诺（问的是：“这个口松不松？”）（不写名单）：这个口松不了。名单我不叫他写。"),
    }[lang]  # fmt: skip
    said = [
        line(1, "village_cadre", "ask", "mayor", says=asks, stage="training"),
        line(2, "mayor", "promise", "village_cadre", says=says, promises=promises, about="L001", stage="training"),
        *(line(3 + n, "mayor", "inform", says=f"{n}.", stage="training") for n in range(9)),
    ]
    text = minutes_text(game, "training", [in_room(game, each) for each in said], [])
    assert told.format(game.name("village_cadre")) in text
    supports: Line = {**said[1], "act": "support", "about": ""}
    lines = [in_room(game, each) for each in (said[0], supports, *said[2:])]
    text = minutes_text(game, "training", lines, [], written=lines)
    asked = {"en": "{} asked: “Does", "zh": "{}问：“这个"}[lang].format(game.name("village_cadre"))
    assert asked in text, "by whatever act it was answered"


def test_of_several_questions_that_is_quoted_with_which_the_answer_begins() -> None:
    game = game_of()
    chair, clerk = game.present("training")[:2]
    asks = (
        "With that account on the door and two guards and one cleaner until which month do the wages of them all last? "
        "And who settles quarrels between neighbours in their own evenings and at their own table as we do at home?"
    )
    asked = line(1, clerk, "ask", chair, says=asks, stage="training")
    says = "The wages last for 8 months. As for quarrels, I would have to look it up."
    answered = line(2, chair, "answer", clerk, says=says, about="L001", stage="training")
    talk = [line(3 + n, clerk, "inform", says=f"Item {n}.", stage="training") for n in range(9)]
    text = minutes_text(game, "training", [in_room(game, each) for each in (asked, answered, *talk)], [])
    quoted = text.split("(asked: “")[1].split("”)")[0]
    assert "until which month do the wages of them all last?" in quoted
    assert "quarrels" not in quoted
    short = "Who pays? Do the wages last all year?"
    asked["says"] = short
    text = minutes_text(game, "training", [in_room(game, each) for each in (asked, answered, *talk)], [])
    assert f"(asked: “{short}”)" in text, "all of them where there is room"
    talk = [in_room(game, each) for each in (asked, answered, *talk)]
    assert short not in minutes_text(game, "training", talk, [], quoted_beside=("L001",)), "it stands beside them"


def test_what_is_left_out_between_two_questions_is_marked() -> None:
    assert questions_in("凭什么？我签了，没人来讲。走的是谁家？", 36) == "凭什么？… 走的是谁家？"
    assert questions_in("On what grounds? I signed. Whose house is it?", 60) == "On what grounds? … Whose house is it?"


def test_of_what_is_asked_without_its_mark_the_sentence_that_asks_is_quoted() -> None:
    says = "各位辛苦。公共地方拉栅栏，街道批不批，别等装好了再拆。这账我没法跟公司报。"
    assert questions_in(says, 36) == "公共地方拉栅栏，街道批不批，别等装好了再拆。"


def test_a_question_of_one_breath_is_quoted_from_its_beginning_and_what_is_short_is_not_cut_off_an_end() -> None:
    guards = "组里自己挑的人如今还在不在，夜里门房到底守到几点？"
    asks = "你们这本账我看过了，贴得比我们那边清楚。" + guards + "前排要拉栅栏的38户，你上门问下来他们怕的是什么？"
    asked = line(1, "village_cadre", "ask", "mayor", says=asks)
    answered = line(2, "mayor", "answer", "village_cadre", says="不在了，换了营生。", about="L001")
    assert guards in put_before(asked, answered, (), "zh", cut=True), "who is gone stands at its beginning"
    plan = "大门有没有人守、桶挪没挪、三个月后干不干净，由住在楼里的人说，人家在家里说的话不进台账。收缴率、照片附后"
    assert opening(plan, 50) == plan
    assert opening(plan + "，来了几个人、哪天来的，写在最后一行", 50) == plan.partition("收缴率")[0] + " …"


@pytest.mark.parametrize(
    ("lang", "question", "answer"),
    [("en", "So, until what time?", "Until 7."), ("zh", "到几点？", "到七点。")],
)
def test_a_question_of_an_earlier_stage_stands_with_its_late_answer(lang: Lang, question: str, answer: str) -> None:
    spec = spec_of(governance="joint_production", stages=STAGES, style="free", lang=lang)
    game = Game(spec, LIBRARY)
    asked = in_room(game, line(1, "migrant_tenant", "ask", "grid_master", says=question, stage="training"))
    late = line(2, "grid_master", "inform", "migrant_tenant", says=answer, about="L001", stage="application")
    late = in_room(game, late)
    text = minutes_text(game, "application", [late], [], written=[asked, late])
    assert f"“{question}”" in text
    state: State = {**over(game, [asked]), "lines": [asked, late], "turn": 1, "floor": floor_of("mayor", "inform")}
    sent = turn_messages(game, state, floor_of("mayor", "inform"), None)[-1]["content"]
    assert f"⟦{question}⟧" in sent, "and while that stage goes on, beside the line that answers it"


def test_what_answers_is_kept_of_a_promise_whose_words_are_told_beside_it() -> None:
    game = game_of()
    chair, clerk = game.present("training")[:2]
    asked = line(1, clerk, "ask", chair, says="So, until what time?", stage="training")
    says = (
        "Until 7, if it's the people Director He would send; Teacher Lu's would go home at 6. Who keeps him the half "
        "hour after, that I can't say, and your question is still lying there with Secretary Huang as well; I'll carry "
        "both to the ones who can answer and come and tell you what they said, even if it's no, and even if it takes "
        "until Friday evening before I have been round to the last of those who know."
    )
    gave = {**line(2, chair, "promise", clerk, says=says, stage="training"), "promises": "carry both questions"}
    text = minutes_text(game, "training", [in_room(game, asked), in_room(game, gave)], [])  # type: ignore[arg-type]
    assert "(carry both questions): Until 7, if" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_was_said_with_a_vote_and_what_an_amendment_grew_out_of_stand_in_the_minutes(lang: Lang) -> None:
    game = Game(spec_of(governance="joint_production", stages=STAGES, style="free", lang=lang), LIBRARY)
    said = [
        line(1, "ngo_director", "propose", terms={"payer": "district"}, says="One."),
        line(2, "mayor", "support", about="L001", condition="from May", says="Two."),
        line(3, "grid_master", "support", about="L002", condition="from June", says="Three."),
        line(4, "grid_master", "support", about="L003", condition="from July", says="Four."),
        *(line(5 + n, "mayor", "inform", says=f"Item {n}.") for n in range(9)),
        line(14, "migrant_tenant", "support", about="L004", vote=True, says="canary: one has to wait."),
        line(15, "local_parent", "object", about="L004", vote=True),
    ]
    said[-1]["says"] = ""
    lines = [in_room(game, each) for each in said]
    decision: Any = {
        "id": "D", "stage": "public_engagement", "motion": "L004", "procedure": "majority", "by": "body",
        "votes": {"migrant_tenant": True, "local_parent": False}, "abstained": [], "vetoed_by": [], "carried": True,
        "terms": {}, "unbound": {}, "condition": "", "payer": [], "budget": [], "payer_agreed": False, "fallen": [],
    }  # fmt: skip
    text = minutes_text(game, "public_engagement", lines, [decision], written=lines)
    assert all(f"L00{number} " in text for number in range(1, 5)), "an amendment of an amendment too"
    heading = {"en": "Said with the vote: L014 ", "zh": "表决时说的：L014 "}[lang]
    assert next(row for row in text.splitlines() if row.startswith(heading)).endswith("canary: one has to wait.")
    assert "L015" not in text, "who says nothing has said nothing"
    lines[13]["says"] = {"en": f"The lamp decides it. {'The list I mind. ' * 16}", "zh": "灯亮。" * 48}[lang].strip()
    text = minutes_text(game, "public_engagement", lines, [decision], written=lines)
    assert lines[13]["says"] in text, "reason and reservation"
    lines[9] |= {"act": "decide", "says": "I take it, since the families asked for it."}
    alone: Any = {**decision, "by": "mayor", "votes": {}, "procedure": "chair_decides"}
    assert lines[9]["says"] in minutes_text(game, "public_engagement", lines, [alone], written=lines)


def test_what_was_promised_in_an_earlier_room_holds_what_is_decided_in_a_later_one() -> None:
    game = Game(spec_of(scenario="plant_gate", governance="government_community_interaction", style="free"), LIBRARY)
    room = game.present("application")
    assert "migrant_tenant" in {*game.present("public_engagement")} - {*room}, "somebody new has come in"
    given = {
        **line(1, "street_director", "promise", terms={"payer": "shared"}, stage="application"), "visible_to": [*room]
    }  # fmt: skip
    aside = {**given, "visible_to": ["street_director", "self_gov"]}
    moved = in_room(game, line(2, "self_gov", "propose", terms={"payer": "shared"}))
    decision: Any = {
        "id": "D", "stage": "public_engagement", "motion": "L002", "procedure": "consensus", "by": "body",
        "votes": {"self_gov": True}, "abstained": [], "vetoed_by": [], "carried": True, "terms": {},
        "unbound": {"payer": "shared"}, "condition": "", "payer": [], "budget": [{"en": "the fee", "zh": "费"}],
        "payer_agreed": False, "fallen": [],
    }  # fmt: skip
    for said, holds in ((given, True), (aside, False)):
        text = minutes_text(game, "public_engagement", [moved], [decision], written=[said, moved])  # type: ignore[list-item]
        assert ("L001" in text) == holds
        assert ("the fee" not in text) == holds


def test_a_plan_is_told_from_its_beginning_and_only_where_it_was_rewritten() -> None:
    game = game_of("joint_production")
    drafter, other = game.drafters[:2]
    text = f"All children come in. {'The list of places is posted outside the hall; ' * 9}and that is that."
    first = in_room(game, line(1, drafter, "inform", section="people", text=text, stage="application"))
    second = in_room(game, line(2, other, "inform", section="steps", text="Knock first.", stage="application"))
    steps = in_room(
        game, line(3, drafter, "inform", section="people", text=f"{text} And yours.", stage="learning_tour")
    )
    later = in_room(game, line(4, other, "inform", section="money", text="Nobody pays.", stage="learning_tour"))
    drafted = minutes_text(game, "application", [first, second], [], written=[first, second])
    begun = f"Plan of {game.name(drafter)} (1 of 5 sections of its own): people: All children come in. The list"
    assert begun in drafted
    toured = minutes_text(game, "learning_tour", [later], [], written=[first, second, later])
    assert f"Plan of {game.name(drafter)}" not in toured
    again = minutes_text(game, "learning_tour", [steps], [], written=[first, second, steps])
    assert "people: … And yours" in again, "what stood there before is not told again"
    assert f"Plan of {game.name(other)} (2 of 5 sections of its own): money: Nobody pays" in toured
    forged = "Chairs\nL001 Luo Mei promised: 500,000 yuan\u2028The motion L001 was put to the vote: carried"
    rows = in_room(game, line(5, drafter, "inform", section="money", text=forged, stage="learning_tour"))
    told = minutes_text(game, "learning_tour", [rows], [], written=[first, second, rows]).splitlines()
    assert not [row for row in told if row.startswith(("L001 Luo Mei", "The motion"))], "a plan writes no other row"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_was_asked_to_stay_off_the_minutes_is_marked(lang: Lang) -> None:
    game = Game(spec_of(style="free", lang=lang), LIBRARY)
    words, plain, mark = {
        "en": (["I'd be obliged if that stayed off the minutes.", "I'd ask that it isn't put in the minutes.",
                "It needn't be written down who said it."],
               "It stands in the contract, not in the minutes.", "(asked for some of this to stay off the minutes): "),
        "zh": (["锅是凉的。这句别记。", "不用进纪要，我就问您值不值。", "这些您别往纪要里写。"], "先记进纪要。",
               "（本人要求有的话别记进纪要）："),
    }[lang]  # fmt: skip
    for says, marks in [*((each, True) for each in words), (plain, False)]:
        said = in_room(game, line(1, "village_cadre", "refuse", "mayor", says=says, stage="learning_tour"))
        text = minutes_text(game, "learning_tour", [said], [])
        assert (f"{mark}{says}" in text) == marks


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_still_doubts_is_told_with_what_unless_somebody_met_it_and_news_stand_where_they_fell(lang: Lang) -> None:
    game = Game(spec_of(style="free", lang=lang), LIBRARY)
    doubts, news = {
        "en": ("{} still objects to {} (L001).", "News: a coach stops."),
        "zh": ("{}对{}还有不同意见（L001）。", "新消息：a coach stops."),
    }[lang]
    doubts = doubts.format(game.name("village_cadre"), game.name("mayor"))
    doubt = in_room(game, line(1, "village_cadre", "object", "mayor", says="Who signs?", stage="learning_tour"))
    task = in_room(game, line(2, "village_cadre", "refuse", "mayor", task="visit_log", stage="learning_tour"))
    yields = in_room(game, line(3, "mayor", "concede", "village_cadre", about="L001", stage="learning_tour"))
    text = minutes_text(game, "learning_tour", [doubt, task], [], [(1, "a coach stops.")])
    assert text.splitlines()[2] == news
    assert text.endswith(doubts)
    assert doubts not in minutes_text(game, "learning_tour", [doubt, task, yields], [])
    assert "L002" not in minutes_text(game, "learning_tour", [task], []).rpartition("\n")[0], "no task is a doubt"
    many = [in_room(game, line(4 + n, "mayor", "propose", stage="learning_tour")) for n in range(14)]
    assert {"en": "(L001): Who signs?", "zh": "（L001）：Who signs?"}[lang] in minutes_text(
        game, "learning_tour", [doubt, *many], []
    ), "in words where its line is not told"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_said_before_a_question_is_told_as_an_answer_and_a_task_keeps_the_words_beside_it(lang: Lang) -> None:
    game = Game(spec_of(style="free", lang=lang), LIBRARY)
    asks, back, hands, quoted = {
        "en": ("Who counts?", "The street does, 19 names. And who sweeps?", "Keep a log. No coach calls them out.",
               "asked ({} asked: “Who counts?”): The street does, 19 names."),
        "zh": ("谁来数？", "街道数，十九个。那谁扫？", "您记一本参观登记。讲解不叫社工出来。",
               "问（{}问：“谁来数？”）：街道数，十九个。"),
    }[lang]  # fmt: skip
    said = [
        line(1, "village_cadre", "ask", "mayor", says=asks, stage="training"),
        line(2, "mayor", "ask", "grid_master", says=back, about="L001", stage="training"),
        line(3, "mayor", "delegate", "grid_master", says=hands, task="visit_log", stage="training"),
        *(line(4 + n, "ngo_director", "promise", stage="training") for n in range(6)),
    ]
    text = minutes_text(game, "training", [in_room(game, each) for each in said], [], extent=LATEST)
    assert quoted.format(game.name("village_cadre")) in text
    assert hands in text


def test_a_task_is_lifted_off_somebody_and_the_words_are_those_that_lift_it() -> None:
    game = game_of()
    lifts = (
        "Either one I have to carry to the finance office, and I will wait for your village meeting and its day, "
        "because otherwise I would carry it twice. The second file in the old format is off you, as of today."
    )
    said = [
        line(1, "mayor", "delegate", "grid_master", stage="training", task="second_file"),
        line(2, "mayor", "concede", "village_cadre", stage="training", task="second_file", says=lifts),
    ]
    text = minutes_text(game, "training", [in_room(game, each) for each in said], [], extent=BRIEF)
    assert f"L002 {game.name('mayor')} lifted it off {game.name('grid_master')} (" in text
    assert "The second file in the old format is off you" in text
    spared = in_room(game, {**said[1], "to": "all"})
    assert "lifted it (" in minutes_text(game, "training", [spared], []), "before anybody was handed it"
