"""What is suggested to whoever speaks freely: nothing that it has not read, and on a tour what its host can answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle

import pytest

from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.language.particulars import given, particulars
from sandbox.game.spec import Guest, Post, Start
from sandbox.game.state import Desk, Floor, News, State, first_state
from sandbox.record.line import Line
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY, line
from tests.game.test_suggested import OTHER
from tests.session.support import spec_of

HEADING = {"en": "Not yet said here; use it in your own words where it fits:\n- ", "zh": "合适时可以用自己的话说：\n- "}
KNOWS = "You know this as well: tell of it what you are asked, in your own words.\n"
# Counted apart from what the program looks for.
TOLD: dict[Lang, str] = {
    "en": r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|\bhalf past \w+|\b\w+ o'clock",
    "zh": r"(?<![一每])(?:星期|礼拜)[一二三四五六天]|[二三四五六七八九十]+点半",
}


def suggestions(lang: Lang, scenario: str) -> Iterator[tuple[Game, str, str, str, str]]:
    """Return what each seat is suggested as each stage begins, with the rest of its prompt: game, stage, seat, both."""
    game = Game(spec_of(style="free", scenario=scenario, lang=lang), LIBRARY)
    for place, stage in enumerate(game.stages):
        for seat in game.present(stage.id):
            floor: Floor = {
                "seat": seat, "why": "quiet", "acts": [*game.speech(seat)], "point": "", "phase": "discussion",
            }  # fmt: skip
            state: State = {**first_state(game), "stage": place, "floor": floor}
            prompt = turn_messages(game, state, floor, None)[-1]["content"]
            before, _, after = prompt.partition(HEADING[lang])
            yield game, stage.id, seat, after.splitlines()[0] if after else "", before


@pytest.mark.parametrize(
    ("scenario", "lang"), [*zip(sorted(LIBRARY.cards["scenario"])[::3], cycle(TOLD), strict=False)]
)
def test_no_suggestion_names_an_hour_or_a_day_that_its_reader_has_not_read(scenario: str, lang: Lang) -> None:
    suggested = [(seat, text, rest) for _, _, seat, text, rest in suggestions(lang, scenario) if text]
    assert suggested
    for seat, text, rest in suggested:
        assert [named for named in re.findall(TOLD[lang], text) if named not in rest] == [], (seat, text)


def test_no_suggestion_presupposes_what_nobody_has_said() -> None:
    for game, _, seat, text, _ in suggestions("en", "hukou_two_doors"):
        point = next((point for point in game.seats[seat].points if text and point.says.en == text), None)
        assert point is None or not point.after, "nothing has been said, moved or reported yet"


def test_a_suggestion_to_one_person_names_whom_it_is_for() -> None:
    named = {
        text
        for game, _, _, text, _ in suggestions("en", "mega_estate")
        for seat in game.seats
        if f"(to {seat})" in text
    }
    assert named


def test_nothing_is_suggested_that_asks_whom_the_seat_may_not_ask() -> None:
    only = re.compile(r"Ask nobody but (?P<who>[^.;,]+(?:, [^.;,]+)*)")
    restricted = []
    for scenario in ("clean_up", "four_oclock_school", "estate_calm"):
        game = Game(spec_of(style="free", scenario=scenario), LIBRARY)
        seats = game.present(game.stages[0].id)
        for spoken in range(len(seats)):
            speakers = [*seats[:spoken], *([seats[0]] * (game.limit_in(game.course[0]) - len(seats) - 1))]
            said: list[Line] = [
                {**line(number, seat, "inform", stage=game.stages[0].id, says="Well."), "visible_to": [*seats]}
                for number, seat in enumerate(speakers, 1)
            ]
            for seat in seats:
                floor: Floor = {
                    "seat": seat, "why": "quiet", "acts": [*game.speech(seat)], "point": "", "phase": "discussion",
                }  # fmt: skip
                state: State = {**first_state(game), "floor": floor, "lines": said, "turn": len(said)}
                prompt = turn_messages(game, state, floor, None)[-1]["content"]
                point = next((p for p in game.seats[seat].points if f"{HEADING['en']}{p.says.en}" in prompt), None)
                if (match := only.search(prompt)) and point is not None:
                    restricted.append(point)
                    assert point.act != "ask" or game.name(point.to or "") in match["who"], (scenario, seat, point.id)
    assert restricted


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_while_a_question_waits_nothing_is_suggested_but_what_replies_to_it(lang: Lang) -> None:
    game = Game(spec_of(style="free", lang=lang), LIBRARY)
    place = next(place for place, stage in enumerate(game.stages) if stage.id == "application")
    (asks, answer), seats = (game.points[name][1] for name in ("tea_a1", "par_a9")), [*game.present("application")]

    def suggestion(seat: str, act: Act, says: str) -> str:
        put = line(1, "teacher_volunteer", act, seat, stage="application", says=says)
        said: list[Line] = [{**put, "visible_to": seats}]
        floor: Floor = {
            "seat": seat, "why": "asked", "acts": [*game.speech(seat)], "point": "", "phase": "discussion",
        }  # fmt: skip
        state: State = {**first_state(game), "stage": place, "floor": floor, "lines": said, "turn": 1}
        return turn_messages(game, state, floor, None)[-1]["content"].partition(HEADING[lang])[2]

    assert suggestion("local_parent", "ask", asks.says.get(lang)).startswith(answer.says.get(lang))
    other = {"en": "What did the lamp on your stairs cost?", "zh": "你家楼道的灯是多少钱买的？"}[lang]
    assert not suggestion("ngo_director", "ask", other)
    assert suggestion("ngo_director", "inform", OTHER[lang]), "nobody asked anything"


def test_in_a_room_of_two_nothing_is_said_aside() -> None:
    game = Game(spec_of(style="free", scenario="waiting_village", governance="command"), LIBRARY)
    stage = game.stages[0].id
    one, other = game.present(stage)
    said: Line = {**line(1, one, "inform", other, stage=stage), "visible_to": [one, other]}
    floor: Floor = {"seat": other, "why": "quiet", "acts": [*game.speech(other)], "point": "", "phase": "discussion"}
    state: State = {**first_state(game), "floor": floor, "lines": [said], "turn": 1}
    prompt = turn_messages(game, state, floor, None)[-1]["content"]
    assert f"L001 {one} (inform → {other}):" in prompt
    assert "In an aside" not in prompt


def test_on_a_tour_a_guest_is_first_given_what_its_host_can_answer() -> None:
    asked = []
    for game, stage, seat, text, _ in suggestions("en", "four_oclock_school"):
        if stage in game.able("tours") and seat != game.scenario.tour.host:
            answers = game.seats[game.scenario.tour.host].points
            answered = {name for point in answers for name in point.replies_to}
            asked.append(
                any(point.id in answered and text.startswith(point.says.en) for point in game.seats[seat].points)
            )
    assert asked
    assert all(asked)


@pytest.mark.parametrize(
    ("lang", "says"),
    [("en", "you would have to look up: say so"), ("zh", "你也得回去查：照实说")],
)
def test_a_host_is_told_what_an_honest_person_says_who_does_not_know(lang: Lang, says: str) -> None:
    rows = [(game, seat, rest) for game, _, seat, _, rest in suggestions(lang, "clean_up")]
    for game, seat, rest in rows:
        assert (says in rest) == (seat == game.scenario.tour.host)


@pytest.mark.parametrize(
    ("lang", "text", "named"),
    [
        ("en", "At half past three on Thursday, forty-two of them.", {"3:30", "thursday", "=42"}),
        ("en", "It is over by seven, and I asked at three counters in May.", {"7:00", "may"}),
        ("en", "One hundred and thirty-two thousand, one by one.", set()),
        ("zh", "礼拜四下午三点半，二十八家。", {"四", "3:30", "=28"}),
        ("zh", "一周三个晚上，说了两点，差一点，第十六个。", {"2:00"}),
        ("zh", "星期日七点，五月份。", {"天", "7:00", "五月"}),
    ],
)
def test_particulars_are_hours_days_months_and_figures_in_words(lang: Lang, text: str, named: set[str]) -> None:
    assert particulars(text, lang) == named


def test_what_stands_in_digits_may_be_said_in_words() -> None:
    assert particulars("Forty of them, till seven.", "en") <= given("40 children come until 7.", "en")
    assert particulars("四十个人，七点走。", "zh") <= given("40个孩子，7点放学。", "zh")


def test_the_answer_to_a_question_in_whatever_words_comes_before_what_replies_to_news() -> None:
    game = Game(spec_of(style="free", scenario="waiting_village"), LIBRARY)
    host, asked = game.scenario.tour.host, game.points["cadre_l2"][1]
    floor: Floor = {"seat": host, "why": "asked", "acts": [*game.speech(host)], "point": "", "phase": "discussion"}
    tour = next(place for place, stage in enumerate(game.stages) if stage.id in game.able("tours"))
    put = line(1, "village_cadre", "ask", host, stage=game.stages[tour].id, says=f"Tell me: {asked.says.en}")
    said: Line = {**put, "visible_to": [*game.present(game.stages[tour].id)]}
    news = next(each for each in game.injects if each.stage == game.stages[tour].id)
    arrived: News = {"id": news.id, "stage": news.stage, "turn": 0, "text": news.text.en, "to": []}
    first = first_state(game)
    desk: Desk = {**first["desk"], "news": [arrived]}
    state: State = {**first, "stage": tour, "floor": floor, "lines": [said], "turn": 1, "desk": desk}
    prompt = turn_messages(game, state, floor, None)[-1]["content"]
    known = [text[2:] for text in prompt.partition(KNOWS)[2].splitlines() if text.startswith("- ")]
    points = {point.says.en: point for point in game.seats[host].points if point.says.en in known}
    assert known
    assert sorted(points) == sorted(known), "what is told stands on its card, without whom it was for"
    assert "cadre_l2" in points[known[0]].replies_to, "what it is asked comes first"
    other: Line = {**said, "says": "Whose wall is that, and what did they ask for it?"}
    in_other_words = turn_messages(game, {**state, "lines": [other]}, floor, None)[-1]["content"]
    assert game.points["host_l6"][1].says.en in in_other_words.partition(KNOWS)[2], "though no word of a card is in it"
    assert game.points["host_l2"][1].says.en not in in_other_words, "and it is not led to its programme"
    told: Line = {**line(2, host, "answer", "village_cadre", stage=put["stage"], says=known[0]),
                  "visible_to": said["visible_to"]}  # fmt: skip
    again: Line = {**other, "id": "L003"}
    later = turn_messages(game, {**state, "lines": [said, told, again], "turn": 3}, floor, None)[-1]["content"]
    assert known[0] not in later.partition(KNOWS)[2], "what it has told it is not given again"
    last: Floor = {**floor, "why": "last_word"}
    assert HEADING["en"] not in turn_messages(game, {**state, "floor": last}, last, None)[-1]["content"]


@pytest.mark.parametrize(
    ("says", "knows"),
    [
        ("The owners renewed your contract: did the 2 guards and the cleaner come in the month after?", "2 guards"),
        ("And who counts the fee, in front of whom, 88,000 yuan in the second year?", "88,000"),
        ("What did your mother say to that?", ""),
    ],
)
def test_a_host_whose_place_has_played_before_is_pointed_to_what_speaks_of_the_question(says: str, knows: str) -> None:
    guest = Guest(
        name="Qiu Kaiming", role="speaker", place="Liuyuan Back Lane", year=2, persona="self_gov",
        hidden=("Cao Deli promised “2 guards and 1 cleaner from the month after the owners have renewed”, not kept",),
        past=("Decided: What hangs at the gate at the end of the month: the sums alone. Kept",),
        inside=("In the second year the fee brought in 88,000 yuan, counted in front of everybody",),
    )  # fmt: skip
    moved = Post(seat="street_director", name="Ke Zhenhua", before="Liuyuan Back Lane as director", since=3)
    spec = spec_of(style="free", scenario="clean_up", start=Start(year=3, host=guest, posts=(moved,)))
    game = Game(spec, LIBRARY)
    host = game.scenario.tour.host
    floor: Floor = {"seat": host, "why": "asked", "acts": [*game.speech(host)], "point": "", "phase": "discussion"}
    tour = next(place for place, stage in enumerate(game.stages) if stage.id in game.able("tours"))
    stage = game.stages[tour].id
    put: Line = {**line(1, "landlord", "ask", host, stage=stage, says=says), "visible_to": [*game.present(stage)]}
    state: State = {**first_state(game), "stage": tour, "floor": floor, "lines": [put], "turn": 1}
    prompt = turn_messages(game, state, floor, None)[-1]["content"]
    known = prompt.partition(KNOWS)[2].splitlines()[:1]
    assert bool(known) == bool(knows)
    assert all(knows in text for text in known)
    assert "You never ask for a project" in prompt, "it speaks as it does at its own table"
    assert "Of your visitors, Ke Zhenhua used to serve at Liuyuan Back Lane as director." in prompt
    askers = {seat for seat, point in game.points.values() if point.id.startswith("guest_asked")}
    assert askers, "others ask"
    assert "street_director" not in askers, "it has seen all that itself"
