"""What is suggested to a seat: nothing stale or that nobody asked, and first what belongs to what was said just now."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.ledger.ledger import ledger
from sandbox.game.spec import Matter, OwnPoint, Standing, Start
from sandbox.game.state import News, State, first_state
from sandbox.game.view import SeatView, seat_view
from sandbox.record.line import Line
from tests.game.making import LIBRARY, SCENARIO, line
from tests.session.support import spec_of

ALL_FOUR = {"eligible": "two_halves", "provider": "social_organisation", "hall": "committee_key", "payer": "shared"}
WAREHOUSE: News = {
    "id": "in2", "stage": "public_engagement", "turn": 1, "text": "The owner of the warehouse will sign.", "to": []
}  # fmt: skip
ASKED = "tea_a1"
ANSWER = "par_a9"
OTHER = {"en": "The lamps on the stairs are out again.", "zh": "楼道的灯又不亮了。"}


def view_of(seat: str, *said: Line, lang: Lang = "en", news: tuple[News, ...] = ()) -> SeatView:
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=14, lang=lang), LIBRARY)
    lines: list[Line] = [{**each, "visible_to": list(game.present("public_engagement"))} for each in said]
    start = first_state(game)
    state: State = {**start, "lines": lines, "turn": len(lines), "ledger": ledger(SCENARIO, lines)}
    return seat_view(game, {**state, "desk": {**state["desk"], "news": list(news)}}, seat)


def suggested(view: SeatView) -> list[str]:
    return [point.says.en for point in view.points]


def test_what_presumes_silence_goes_once_there_is_a_motion() -> None:
    asks = "Does it cost anything? Nobody has said."
    motion = line(1, "mayor", "propose", terms=ALL_FOUR, says="The families give 130 a month.")
    assert any(text.startswith(asks) for text in suggested(view_of("migrant_tenant")))
    assert not any(text.startswith(asks) for text in suggested(view_of("migrant_tenant", motion)))


def test_a_motion_on_questions_that_one_on_the_table_settles_is_not_called_new() -> None:
    half = line(1, "mayor", "propose", terms={"payer": "shared"}, says="The district and the families pay.")
    whole = line(1, "mayor", "propose", terms=ALL_FOUR, says="All four.")
    moves = [[p.id for p in view_of("village_cadre", said).points if p.act == "propose"] for said in (half, whole)]
    assert moves[0]
    assert not moves[1]


def test_what_objects_to_a_motion_goes_with_its_options() -> None:
    against, (_, motion) = SCENARIO.point_by_id["ngo_e7"][1], SCENARIO.point_by_id["cadre_e4"]
    put = line(1, "village_cadre", "propose", terms=motion.terms, says=motion.says.en)
    kept = line(2, "village_cadre", "support", about="L001", says="As before.", condition="The mayor signs it.")
    other = line(2, "village_cadre", "support", about="L001", says="Let us share.", terms={"payer": "shared"})
    told = [against in view_of("ngo_director", put, *more).points for more in ((), (kept,), (other,))]
    assert told == [True, True, False]


def test_whoever_stands_for_a_motion_is_not_told_to_move_or_support_another() -> None:
    motion = line(1, "mayor", "propose", terms=ALL_FOUR, says="All four.")
    backed = line(2, "ngo_director", "support", about="L001", says="We can work with it.")
    for point in view_of("ngo_director", motion, backed).points:
        assert all(ALL_FOUR[key] == option for key, option in point.terms.items()), point.id


def test_whoever_asks_with_an_option_is_not_told_to_move_another() -> None:
    asked = line(1, "village_cadre", "ask", terms={"payer": "district"}, says="And if the district paid?")
    assert any(point.terms.get("payer", "district") != "district" for point in view_of("village_cadre").points)
    assert all(point.terms.get("payer", "district") == "district" for point in view_of("village_cadre", asked).points)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_all_lines_together_have_said_is_spoken(lang: Lang) -> None:
    """Each line has a part of the point's matter, and none of them enough by itself."""
    _, point = SCENARIO.point_by_id["tea_e3"]
    words = point.says.get(lang)
    step = -(-len(words) // 9)
    parts = [words[start : start + step] for start in range(0, len(words), step)]
    said = [line(number, "mayor", "inform", says=part) for number, part in enumerate(parts, 1)]

    def left(*heard: Line) -> bool:
        return point.id in {other.id for other in view_of("teacher_volunteer", *heard, lang=lang).points}

    assert all(left(each) for each in said)
    assert not left(*said)


def test_what_answers_the_latest_news_comes_first() -> None:
    opening = line(1, "mayor", "inform", says="The class is open to all who ask for it.")
    name = next(name for name in SCENARIO.inject_by_id if SCENARIO.inject_by_id[name].stage == "public_engagement")
    view = view_of("ngo_director", opening, news=({**WAREHOUSE, "id": name},))
    assert name in view.points[0].replies_to


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_of_what_a_seat_has_said_itself_half_is_enough(lang: Lang) -> None:
    _, point = SCENARIO.point_by_id["tea_e3"]
    says = point.says.get(lang)
    words = says.split() if lang == "en" else list(says)
    part = ("" if lang == "zh" else " ").join(words[: len(words) // (2 if lang == "en" else 4)])
    own, others = (line(1, seat, "inform", says=part) for seat in ("teacher_volunteer", "mayor"))
    kept = [point.id in {p.id for p in view_of("teacher_volunteer", said, lang=lang).points} for said in (own, others)]
    assert not kept[0]


def test_a_task_that_has_been_lifted_is_neither_handed_down_nor_lifted_again() -> None:
    game = Game(spec_of(style="free"), LIBRARY)
    room, first = list(game.present("application")), first_state(game)
    spared: Line = {**line(1, "mayor", "concede", stage="application", task="second_file"), "visible_to": room}
    refused: Line = {**spared, "id": "L002", "seat": "grid_master", "act": "refuse"}
    about = []
    for lines in ([], [spared], [refused]):
        view = seat_view(game, {**first, "stage": 1, "lines": lines, "turn": len(lines)}, "mayor")
        about.append({point.act for point in view.points if point.task == "second_file"})
    assert about == [{"delegate"}, set(), {"delegate"}]


def points_after(lang: Lang, *says: str, stage: str = "application", now: str = "application") -> list[str]:
    """Return the points of the parent after some lines of the teacher, the grid master and the mayor."""
    game = Game(spec_of(style="free", lang=lang), LIBRARY)
    seats = ["teacher_volunteer", "grid_master", "mayor", "ngo_director"]
    lines: list[Line] = [
        {**line(number, seat, "inform", says=text), "stage": stage, "visible_to": list(game.present(stage))}
        for number, (seat, text) in enumerate(zip(seats, says, strict=False), 1)
    ]
    place = [each.id for each in game.stages].index(now)
    state: State = {**first_state(game), "stage": place, "lines": lines, "turn": len(lines) if stage == now else 0}
    return [point.id for point in seat_view(game, state, "local_parent").points]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_answer_is_suggested_once_it_is_asked_for_and_for_a_few_lines(lang: Lang) -> None:
    game = Game(spec_of(lang=lang), LIBRARY)
    asks = game.points[ASKED][1].says.get(lang)
    assert game.points[ANSWER][1].replies_to == (ASKED,)
    assert ANSWER not in points_after(lang)
    assert ANSWER in points_after(lang, asks)
    assert ANSWER in points_after(lang, asks, OTHER[lang], OTHER[lang])
    assert ANSWER not in points_after(lang, asks, OTHER[lang], OTHER[lang], OTHER[lang]), "it has been dealt with"
    assert ANSWER not in points_after(lang, OTHER[lang], asks), "another asked it, whom it does not answer"
    told = asks.translate({ord("?"): ".", ord("？"): "。"})
    assert ANSWER not in points_after(lang, told), "nobody asked"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_was_said_in_another_stage_calls_for_no_reply_in_this_one(lang: Lang) -> None:
    game = Game(spec_of(lang=lang), LIBRARY)
    sources = {
        point.id: [game.points[name][1].says.get(lang) for name in point.replies_to if name in game.points]
        for seat, point in game.points.values()
        if seat == "local_parent" and "public_engagement" in point.stages and point.replies_to
        if all(name in game.points for name in point.replies_to)
    }
    replies = [name for name, says in sources.items() if name in points_after(
        lang, *says[:1], stage="public_engagement", now="public_engagement"
    )]  # fmt: skip
    assert replies, "said here, they are replied to"
    for name in replies:
        assert name not in points_after(lang, *sources[name][:1], now="public_engagement")


@pytest.mark.parametrize(
    ("lang", "first", "name"),
    [
        (
            "en",
            "A warehouse asks for the same room this week; I recruit no one until the committee answers in writing.",
            "two thousand",
        ),
        ("zh", "有仓库要租，村委会书面答复以前，我们不招人。", "两千"),
    ],
)
def test_what_the_seat_has_said_itself_in_other_words_does_not_come_back(lang: Lang, first: str, name: str) -> None:
    said = line(1, "local_parent", "inform", says=OTHER[lang])
    own = line(2, "ngo_director", "inform", says=first)

    def comes(*heard: Line) -> bool:
        return any(
            name in point.says.get(lang)
            for point in view_of("ngo_director", *heard, lang=lang, news=({**WAREHOUSE, "id": "fo_in3"},)).points
        )

    assert comes(said)
    assert not comes(said, own)
    assert comes(said, {**own, "seat": "mayor"}), "what another said is measured by more of it"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nobody_is_told_to_take_back_what_they_have_not_said(lang: Lang) -> None:
    game = Game(spec_of(style="free", stages=("training",), lang=lang), LIBRARY)
    card, seats = game.points["par_t8"][1], list(game.present("training"))
    seated = game.points["tea_t3"][1].says.get(lang)
    answer = line(2, "teacher_volunteer", "answer", says=seated, stage="training")
    asked = line(1, "local_parent", "ask", says=OTHER[lang], stage="training")
    for said, comes in ((([answer]), False), ([asked, answer], True)):
        heard: list[Line] = [{**each, "visible_to": seats} for each in said]
        view = seat_view(game, {**first_state(game), "lines": heard, "turn": len(heard)}, "local_parent")
        assert (card in view.points) == comes


def test_what_has_been_answered_is_not_asked_again() -> None:
    (answer,) = Game(spec_of(), LIBRARY).answers_to["par_e7"]
    said = line(1, "teacher_volunteer", "answer", "local_parent", says=answer.says.en)
    asked = [[p.id for p in view_of("local_parent", *lines).points] for lines in ((), (said,))]
    assert ["par_e7" in names for names in asked] == [True, False]


def test_estates_of_one_year_are_not_all_given_the_same_and_what_is_open_comes_first() -> None:
    def given(*said: Line, **start: Any) -> list[str]:
        spec = spec_of(
            scenario="clean_up", governance="joint_production", style="free", stages=("public_engagement",),
            start=Start(**start),
        )  # fmt: skip
        game = Game(spec, LIBRARY)
        state: State = {**first_state(game), "ledger": ledger(game.scenario, said)}
        return [point.id for point in seat_view(game, state, "self_gov").points]

    assert given() == given(table=2) == given(table=3), "where there are no others, a card's own order stands"
    tables = [given(table=table, own_events=("worn_out",)) for table in (1, 2, 3)]
    assert len({points[0] for points in tables}) == len(tables)
    assert sum(map(len, tables)) == len({*given()}) == len(set().union(*tables)), "each of them to one alone"
    last = given()[-1]
    says = LIBRARY.scenario("clean_up").point_by_id[last][1].says.en
    left = Standing(says=says, by="self_gov", year=1)
    assert given(year=2, standing=(left,))[0] == last
    assert given(year=2, standing=(left.model_copy(update={"was": "kept"}),)) == given()
    case = LIBRARY.scenario("clean_up").decision_by_id
    held = f"“{case['workers'].options['hired'].en}” has held for a year."
    kept = OwnPoint(id="kept", seat="self_gov", stages=("public_engagement",), act="inform", says=held)
    put = [line(1, "mayor", "propose", terms=terms) for terms in ({"say": "owners"}, {"workers": "company"})]
    goes_on = ["kept" in given(each, year=2, matters=(Matter(points=(kept,)),)) for each in put]
    assert goes_on == [True, False], "once a motion settles that question"
