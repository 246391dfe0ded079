"""Personas that only have their cards answer what a person says, and not past it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.game.floor.agenda import next_floor
from sandbox.game.floor.relevance import ANSWERS, made_by, relevance
from sandbox.game.game import Game
from sandbox.game.language.answered import unanswered
from sandbox.game.play import move_on, spoken
from sandbox.game.spec import CARDS, SessionSpec
from sandbox.game.state import Floor, State, apply, first_state
from sandbox.game.steps import make_line, open_stage
from sandbox.game.view import SeatView
from sandbox.record.folder import SessionFolder
from sandbox.record.line import Line, Turn
from sandbox.session.context import DIRECTED
from sandbox.session.points import card_turn
from sandbox.session.runner import Models, Watch
from tests.content.folders import LIBRARY
from tests.game.making import TURN, line
from tests.running import run_session

TENANT = "migrant_tenant"
ASKED = {
    "en": ("mayor", "Mayor, who pays for the class?", "money"),
    "zh": ("mayor", "区长，请人上课的钱谁出？", "钱"),
}


def talk(
    folder: Path, lang: Lang, to: str, says: str, stage: str = "public_engagement", seed: int = 1
) -> Sequence[Line]:
    """Play a stage by the cards, in which a person asks the same question whenever it is the turn of the seat."""

    async def ask(view: SeatView, state: State) -> Mapping[str, Any]:
        del state
        if "ask" in view.acts:
            return {"act": "ask", "to": to, "says": says}
        return {"act": view.acts[0], "to": "all", "says": "I have said it."}

    async def nothing(*_: object) -> None:
        return None

    spec = SessionSpec(
        scenario="four_oclock_school", governance="joint_production", lang=lang, model=CARDS, style="directed",
        persons=(TENANT,), stages=(stage,), seed=seed,
    )  # fmt: skip
    watch = Watch(ask_person=ask, ask_pulses=nothing)  # type: ignore[arg-type]
    kept = SessionFolder.create(folder)
    return asyncio.run(run_session(kept, spec, LIBRARY, Models(None, (), DIRECTED), watch)).lines


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_whom_a_person_asks_answers_next_on_the_matter_and_to_the_person(tmp_path: Path, lang: Lang) -> None:
    seat, says, matter = ASKED[lang]
    lines = talk(tmp_path, lang, seat, says)
    place = next(number for number, each in enumerate(lines) if each["seat"] == TENANT and each["act"] == "ask")
    answer = lines[place + 1]
    assert (answer["seat"], answer["to"], answer["origin"]) == (seat, TENANT, "card")
    assert answer["about"] == lines[place]["id"] or answer["act"] != "answer"
    assert matter in answer["says"]


def test_what_a_card_only_tells_is_filed_as_the_answer_to_the_question(tmp_path: Path) -> None:
    lines = talk(tmp_path, "en", "village_cadre", "Where is the key, and must the village meet afterwards?")
    place = next(number for number, each in enumerate(lines) if each["seat"] == TENANT and each["act"] == "ask")
    answer = lines[place + 1]
    assert (answer["seat"], answer["act"], answer["to"]) == ("village_cadre", "answer", TENANT)
    assert answer["about"] == lines[place]["id"]


def test_a_seat_without_a_word_on_the_matter_answers_all_the_same(tmp_path: Path) -> None:
    lines = talk(tmp_path, "en", "grid_master", "Do you like the opera on Sundays?")
    place = next(number for number, each in enumerate(lines) if each["seat"] == TENANT and each["act"] == "ask")
    assert lines[place + 1]["seat"] == "grid_master"


def test_what_a_person_says_like_a_card_counts_as_said_by_it() -> None:
    game = Game(SessionSpec(scenario="four_oclock_school", governance="joint_production", style="directed"), LIBRARY)
    point = game.seats[TENANT].points[0]
    said = line(1, TENANT, point.act, says=point.says.en.rstrip(".") + ", I'd say.")
    assert made_by(game, said) == [], "a model's line has a point of its own"
    said["origin"] = "person"
    assert point.id in made_by(game, said)
    other = line(1, TENANT, point.act, says="Nothing of the kind.")
    other["origin"] = "person"
    assert made_by(game, other) == []


def test_only_what_a_person_has_just_said_in_the_hearing_of_a_seat_is_relevant() -> None:
    game = Game(SessionSpec(scenario="four_oclock_school", governance="joint_production", style="directed"), LIBRARY)
    point = next(each for each in game.seats["mayor"].points if "money" in each.says.en)
    said = line(1, TENANT, "ask", "mayor", says="Where is the money?")
    assert relevance(game, "mayor", point, [said]) == 0
    said["origin"] = "person"
    assert relevance(game, "mayor", point, [said]) >= ANSWERS
    assert relevance(game, "mayor", point, [said, line(2, "mayor", "inform")]) == 0
    said["visible_to"] = [TENANT]
    assert relevance(game, "mayor", point, [said]) == 0


def test_no_card_speaks_of_news_that_has_not_come() -> None:
    """A question on the matter of an event to come does not bring out what answers that event."""
    spec = SessionSpec(
        scenario="four_oclock_school", governance="joint_production", style="directed", turns=6,
        persons=("village_cadre",), stages=("learning_tour",),
    )  # fmt: skip
    game = Game(spec, LIBRARY)
    coach = next(inject for inject in game.scenario.injects if inject.id == "fo_in2")
    awaiting = {point.id for _, point in game.points.values() if point.replies_to == (coach.id,)}
    asked = {
        **line(2, "village_cadre", "ask", "all", says="Do guests see how children look at the door?"),
        "stage": "learning_tour", "origin": "person", "visible_to": list(game.positions),
    }  # fmt: skip
    opened = {**line(1, "site_host", "inform", says="Here is the door."), "stage": "learning_tour"}
    state: State = {**first_state(game), "lines": [opened, asked], "turn": 2}  # type: ignore[list-item]
    near = [
        point
        for _, point in game.points.values()
        if point.id in awaiting and relevance(game, "teacher_volunteer", point, state["lines"])
    ]
    assert near, "or this shows nothing"
    floor = next_floor(game, state)["floor"]
    assert floor is not None
    assert floor["point"] not in awaiting


SEATS_ON_TOUR = (
    "mayor", "grid_master", "village_cadre", "ngo_director", "teacher_volunteer", "local_parent", TENANT, "site_host",
)  # fmt: skip
ON_TOUR = {
    "en": {
        "host_l3": ("Who pays the wages of the two workers today?", "Where does the money come from now?"),
        "host_l4": ("Was this room ever locked?",),
        "host_l6": ("Who signs when a child is fetched?",),
        "": ("Do you have wolves in the hills?", "Is there a swimming pool?"),
    },
    "zh": {
        "host_l3": ("谁在发这两位老师的工资？", "这里的钱现在谁出？"),
        "host_l4": ("这间屋以前锁过没有？",),
        "host_l6": ("孩子谁来接，要签字吗？",),
        "": ("山里有狼吗？", "有没有游泳池？"),
    },
}  # fmt: skip


def on_tour(lang: Lang, *says: str, library: Library = LIBRARY) -> list[Line]:
    """Return what is said on a tour whose host opens, and a guest asks some questions."""
    spec = SessionSpec(
        scenario="four_oclock_school", governance="joint_production", lang=lang, model=CARDS, style="directed",
        persons=(TENANT,), stages=("learning_tour",),
    )  # fmt: skip
    game = Game(spec, library)
    state = first_state(game)
    state = apply(state, open_stage(game, state))
    for question in ["", *says]:  # an empty one leaves the floor to whoever has it
        if question:
            floor: Floor = {"seat": TENANT, "why": "quiet", "acts": ["ask"], "point": "", "phase": "discussion"}
            asked: Turn = {**TURN, "act": "ask", "to": "site_host", "says": question}
            state = spoken(game, state, make_line(game, {**state, "floor": floor}, asked, "person"), (), None)
        state = move_on(game, state, "turn", card_turn, None)
    return state["lines"]


@pytest.mark.parametrize(
    ("lang", "point", "question"),
    [(lang, point, each) for lang, asked in ON_TOUR.items() for point, those in asked.items() for each in those],
)
def test_the_host_of_a_tour_answers_what_it_is_asked_or_says_that_it_cannot(
    lang: Lang, point: str, question: str
) -> None:
    _, asked, answer = on_tour(lang, question)
    assert (answer["seat"], answer["to"], answer["point"]) == ("site_host", TENANT, point)
    assert answer["about"] == (asked["id"] if point else "")
    assert (answer["act"] == "answer") == bool(point)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_no_answer_is_not_counted_as_one(lang: Lang) -> None:
    told, wolves = ON_TOUR[lang]["host_l3"][0], ON_TOUR[lang][""][0]
    lines = on_tour(lang, told, "", "", wolves)
    game = Game(SessionSpec(scenario="four_oclock_school", governance="joint_production", style="directed"), LIBRARY)
    waiting = [line["says"] for line, _ in unanswered(game, lines, game.present("learning_tour"))]
    assert waiting == [wolves]
    assert lines[-1]["says"] == evasions("site_host", lang)[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_whoever_has_told_all_that_it_knows_of_a_matter_says_so(lang: Lang) -> None:
    told = ON_TOUR[lang]["host_l3"][0]
    lines = on_tour(lang, told, "", "", told)
    assert lines[-1]["says"] == evasions("site_host", lang)[-1]
    assert lines[-1]["act"] == "inform"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_whoever_has_no_answer_says_so_in_words_of_its_own_and_not_twice_in_the_same(lang: Lang) -> None:
    lines = on_tour(lang, *_apart(ON_TOUR[lang][""]))
    assert [line["says"] for line in lines if line["point"] == "" and line["seat"] == "site_host"] == evasions(
        "site_host", lang
    )[:2]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_persona_that_brings_no_such_words_has_those_of_the_program(lang: Lang) -> None:
    host = LIBRARY.persona("site_host")
    silent = host.model_copy(update={"voice": host.voice.model_copy(update={"evades": ()})})
    library = replace(LIBRARY, cards={**LIBRARY.cards, "persona": {**LIBRARY.cards["persona"], "site_host": silent}})
    lines = on_tour(lang, *_apart(ON_TOUR[lang][""]), library=library)
    say = Words(lang)
    told = [line["says"] for line in lines if line["point"] == "" and line["seat"] == "site_host"]
    assert told == [say("untold.unknown"), say("untold.again")]


def _apart(questions: Sequence[str]) -> list[str]:
    """Return some questions with two lines of others between each and the next."""
    return [each for question in questions for each in (question, "", "")]


def evasions(persona: str, lang: Lang) -> list[str]:
    return [way.get(lang) for way in LIBRARY.persona(persona).voice.evades]


# What a participant would ask, in words of their own: the case, the stage, who asks whom, and which points answer.
NATURAL: list[tuple[str, str, str, str, set[str], str, str]] = [
    ("clean_up", "public_engagement", "community_secretary", "property_manager", {"prop_a6", "prop_e3"},
     "62 spaces at 80 a month, that's nearly sixty thousand a year. Where does that money go once it's collected?",
     "62个车位一个月80块，停车费一年将近六万，这笔钱收上来放在哪儿了？"),
    ("clean_up", "application", "community_secretary", "property_manager", {"prop_a6", "prop_e3"},
     "Could the parking account be posted at the gate this month?", "停车公共收益这本账，这个月能不能贴到大门口？"),
    ("clean_up", "public_engagement", "migrant_tenant", "street_director", {"str_t3"},
     "The pledge says 70 per cent collected. What happens if we don't get there?",
     "责任状上写的收缴率70%，要是完不成，会怎么样？"),
    ("clean_up", "application", "community_secretary", "street_director", {"str_a4", "str_e6"},
     "And when the district's 80,000 is used up after 12 months, what then?", "区里这8万块，12个月用完了以后怎么办？"),
    ("estate_calm", "public_engagement", "community_director", "landless_farmer", {"farm_e4"},
     "Why have you never paid the property fee?", "您为什么一直不交物业费？"),
    ("estate_calm", "public_engagement", "landless_farmer", "district_official", {"off_e16"},
     "When may we look at the rent book of the shops?", "商铺的租金账本，什么时候能让我们看一眼？"),
    ("estate_calm", "application", "community_director", "district_official", {"off_e6"},
     "Could part of the 320,000 for activities go on the lamps in the stairways?",
     "活动经费一年32万，能不能拿一部分修楼道灯？"),
    ("estate_calm", "learning_tour", "community_director", "site_host", {"host_l5"},
     "Of those 52 matters on the wall, how many were answered by the date?", "墙上那52件，按时答复的有几件？"),
    ("plant_gate", "learning_tour", "community_secretary", "site_host", {"ho_l3"},
     "Who actually sleeps in these 30 beds?", "这30张床平时都是谁在住？"),
    ("plant_gate", "public_engagement", "community_secretary", "migrant_tenant", {"mt_e8"},
     "Could you afford 35 a night?", "一晚35块，你付得起吗？"),
]  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("case", "stage", "asker", "seat", "points", "en", "zh"), NATURAL)
def test_a_question_in_a_participants_own_words_gets_the_point_that_speaks_to_it(
    case: str, stage: str, asker: str, seat: str, points: set[str], en: str, zh: str, lang: Lang
) -> None:
    model = "three_social_interaction" if case == "clean_up" else "joint_production"
    spec = SessionSpec(
        scenario=case, governance=model, lang=lang, model=CARDS, style="directed", persons=(asker,), stages=(stage,)
    )
    game = Game(spec, LIBRARY)
    state = first_state(game)
    state = apply(state, open_stage(game, state))
    if stage == "learning_tour":
        state = move_on(game, state, "turn", card_turn, None)  # the host opens
    floor: Floor = {"seat": asker, "why": "quiet", "acts": ["ask"], "point": "", "phase": "discussion"}
    asked: Turn = {**TURN, "act": "ask", "to": seat, "says": zh if lang == "zh" else en}
    state = spoken(game, state, make_line(game, {**state, "floor": floor}, asked, "person"), (), None)
    answer = move_on(game, state, "turn", card_turn, None)["lines"][-1]
    assert (answer["seat"], answer["to"]) == (seat, asker)
    assert answer["point"] in points
    assert len(answer["visible_to"]) > 2, "before all, though the rules would let it be said aside"


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("seat", "en", "zh"),
    [
        ("grid_master", "Do I get a vote if I pay, or only a receipt?", "我交了钱有没有一票，还是只有一张收据？"),
        ("community_secretary", "How much do the parking places bring in a month?", "停车位一个月收多少钱？"),
    ],
)
def test_whoever_has_no_answer_on_its_card_says_so_instead_of_an_objection_of_another_stage(
    seat: str, en: str, zh: str, lang: Lang
) -> None:
    spec = SessionSpec(
        scenario="clean_up", governance="three_social_interaction", lang=lang, model=CARDS, style="directed",
        persons=(TENANT,), stages=("public_engagement",),
    )  # fmt: skip
    game = Game(spec, LIBRARY)
    state = first_state(game)
    state = apply(state, open_stage(game, state))
    floor: Floor = {"seat": TENANT, "why": "quiet", "acts": ["ask"], "point": "", "phase": "discussion"}
    asked: Turn = {**TURN, "act": "ask", "to": seat, "says": zh if lang == "zh" else en}
    state = spoken(game, state, make_line(game, {**state, "floor": floor}, asked, "person"), (), None)
    answer = move_on(game, state, "turn", card_turn, None)["lines"][-1]
    assert (answer["seat"], answer["to"], answer["point"]) == (seat, TENANT, "")
    assert answer["says"] in [way.get(lang) for way in game.personas[seat].voice.evades]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_whoever_comes_to_speak_late_has_a_line_left_for_an_answer(tmp_path: Path, lang: Lang) -> None:
    question = ON_TOUR[lang]["host_l3"][0]
    for seed in range(1, 4):
        lines = talk(tmp_path, lang, "site_host", question, "learning_tour", seed)
        place = next(number for number, each in enumerate(lines) if each["says"] == question)
        assert {lines[place + 1]["seat"], lines[place + 1]["to"]} == {"site_host", TENANT}
        assert "F16" in {fact for each in lines for fact in each["facts"]}
        assert {each["seat"] for each in lines} == {*SEATS_ON_TOUR}, "nobody is left silent for that"
