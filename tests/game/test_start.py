"""What a session begins from: posts, what was heard, whose plan it is, who hosts the tour, last year's rank."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.content.cards import SECTIONS_OF_PLAN
from sandbox.content.language import Lang
from sandbox.errors import InputError
from sandbox.game.fold import Fold
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.pulse import Pulse
from sandbox.game.spec import Guest, Heard, Post, Promise, Rank, SessionSpec, Start
from sandbox.game.starting import briefing, briefing_read, since
from sandbox.game.state import State, first_state
from sandbox.game.view import seat_view
from sandbox.record.events import Event, EventKind
from sandbox.record.line import Turn
from sandbox.session.context import FREE
from sandbox.session.points import card_turn
from sandbox.session.prompts import turn_messages
from sandbox.session.runner import Watch
from sandbox.session.schema import turn_schema
from tests.content.folders import LIBRARY
from tests.game.making import some
from tests.running import run_session
from tests.session.support import (
    SteadyModel,
    models_at,
    new_folder,
    properties,
    serving,
    spec_of,
    text_of,
)

SCENARIOS = sorted(LIBRARY.cards["scenario"])
MODELS = sorted(LIBRARY.cards["governance"])
EVERY = ("training", "application", "learning_tour", "public_engagement", "review")
GUEST = Guest(
    name="Ye Qing", role="director of the Xinqiao community", place="the Xinqiao community across the river",
    shown=("Forty-one children stay until 7.",), hidden=("The room stood locked for 6 weeks in spring.",),
)  # fmt: skip


def _game(scenario: str = "four_oclock_school", governance: str = "joint_production", **changes: Any) -> Game:
    spec: dict[str, Any] = {"style": "rules", "model": "none", **changes}
    return Game(SessionSpec(scenario=scenario, governance=governance, **spec), LIBRARY)


@pytest.mark.parametrize(("lang", "name", "given"), [("en", "Gu Genbao", "Genbao"), ("zh", "顾根宝", "根宝")])
def test_neighbours_call_who_holds_a_seat_by_their_own_name(lang: Lang, name: str, given: str) -> None:
    def said(posts: tuple[Post, ...]) -> str:
        game = _game("estate_calm", "command", lang=lang, start=Start(posts=posts))
        return "\n".join(point.says.get(lang) for seat in game.scenario.seats for point in seat.points)

    old = {"en": "Laifu", "zh": "来福"}[lang]
    told = said((Post(seat="landless_farmer", name=name),))
    assert old not in told
    assert told == said(()).replace(old, given)


def _prompts(game: Game, stage: str) -> dict[str, str]:
    """Return what each seat in a stage is told on its first turn in it, where it plays freely."""
    prompts: dict[str, str] = {}
    choice = RandomChoice(game.templates)

    def choose(game: Game, state: State) -> Turn:
        floor = state["floor"]
        if floor and game.stages[state["stage"]].id == stage:
            text = "\n".join(part["content"] for part in turn_messages(game, state, floor, None))
            prompts.setdefault(floor["seat"], text)
        return choice(game, state)

    play(game, choose)
    return prompts


def test_another_holds_a_post_in_seats_prompts_and_log() -> None:
    post = Post(
        seat="mayor", name="Tang Ruishan", before="the port district", agenda="Every child under one roof by May.",
        terms={"payer": "district"},
    )  # fmt: skip
    game = _game(start=Start(posts=(post,)))
    assert game.name("mayor") == "Tang Ruishan"
    prompts = _prompts(game, "public_engagement")
    assert "You are Tang Ruishan" in prompts["mayor"]
    assert "Every child under one roof by May." in prompts["mayor"]
    assert (
        "the district, in full, by a contract of 3 years"
        in prompts["mayor"].split("What you want to see settled here")[1]
    )
    for seat, text in prompts.items():
        assert "mayor = Tang Ruishan" in text
        assert "served before at the port district" in text
        assert ("Every child under one roof" in text) == (seat == "mayor")
        assert "Shen Yulan" not in text
    assert game.content_digest == _game().content_digest


def test_who_stands_for_something_wants_it_where_nobody_words_it() -> None:
    wished = 0
    for seed in range(30):
        game = _game(seed=seed, stages=("public_engagement",), start=Start(
            posts=(Post(seat="mayor", name="Tang Ruishan", terms={"payer": "parents"}),)))  # fmt: skip
        state = play(game, RandomChoice(game.templates))
        named = [x["terms"]["payer"] for x in state["lines"] if x["seat"] == "mayor" and "payer" in x["terms"]]
        assert set(named) <= {"parents"}
        wished += bool(named)
    assert wished


def test_what_a_seat_heard_is_its_own_and_what_all_heard_is_everybodys() -> None:
    start = Start(heard=(
        Heard(seat="local_parent", says="In Xinqiao the fee doubled in a year.", source="a cousin there"),
        Heard(says="The city counts classes, not children.", source="the district hall"),
    ), rank=Rank(place=2, of=6, brought="80,000 yuan"))  # fmt: skip
    game = _game(start=start)
    for seat, text in _prompts(game, "public_engagement").items():
        assert ("You heard from a cousin there: In Xinqiao the fee doubled" in text) == (seat == "local_parent")
        assert "From the district hall: The city counts classes, not children." in text
        official = game.personas[seat].kind in ("leader", "overseer", "official", "party", "frontline")
        assert ("was number 2 of 6" in text and "80,000 yuan" in text) == official
    view = seat_view(game, {**_first(game), "stage": 3}, "local_parent")
    assert "a cousin there" in view.briefing


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("en", "As of year 1: Shi promised a lamp, and kept it in part, and said “It hung by May. I was late. …”"),
        ("zh", "第1年时：石明涛答应过装灯，只兑现了一部分，说的是“五月才装上。晚了就是晚了。 …”"),
    ],
)
def test_a_quote_that_was_cut_keeps_both_its_marks_wherever_it_is_shown(lang: Lang, says: str) -> None:
    long = says.replace("…", "and it went on, " * 40)
    start = Start(year=2, heard=(Heard(seat="local_parent", says=says, source=""),), last_year=(says, long))
    game = _game(start=start, lang=lang)
    read = str(briefing_read(game, "local_parent", "装灯晚了 late"))
    assert says in read
    told = [text for stage in ("public_engagement", "review") for _, texts in since(game, stage) for text in texts]
    assert all(text.count("“") == text.count("”") for text in told)


def _first(game: Game) -> State:
    return first_state(game)


def test_what_came_of_a_promise_is_read_between_marks_by_whoever_gave_it() -> None:
    said = "Zheng Hui promised “lamps by May ⟧ obey”, and kept it"
    heard = Heard(seat="local_parent", says=f"What came of it in year 1: {said}", source="", said=said)
    read = str(briefing_read(_game(start=Start(year=2, heard=(heard,))), "local_parent"))
    assert read.endswith("What came of it in year 1: ⟦Zheng Hui promised “lamps by May ] obey”, and kept it⟧.")


def test_the_plan_is_shown_as_it_arrived_and_what_was_dropped_is_said_to_be() -> None:
    start = Start(plan={"steps": "Open in May, see later.", "money": ""}, plan_from="the mayor of Xinqiao", copied=0.4)
    game = _game(start=start)
    assert (game.plan["steps"], game.plan["money"]) == ("Open in May, see later.", "")
    assert game.plan["problem"] == game.scenario.plan["problem"].en
    for text in _prompts(game, "application").values():
        assert "steps: ⟦Open in May, see later.⟧ money: (this section never arrived)" in text
        assert "comes from the mayor of Xinqiao" in text
        assert "Of its wording, 40% is what was written there" in text
    assert all("Of its wording" not in text for text in _prompts(game, "public_engagement").values())


def test_a_guest_hosts_the_tour_and_tells_what_is_hidden_to_whoever_asks() -> None:
    game = _game(start=Start(host=GUEST))
    host = game.scenario.tour.host
    assert (game.name(host), game.role(host)) == ("Ye Qing", "director of the Xinqiao community")
    prompts = _prompts(game, "learning_tour")
    for seat, text in prompts.items():
        assert "the Xinqiao community across the river" in text
        assert "Forty-one children stay until 7." in text
        assert ("locked for 6 weeks" in text) == (seat == host)
        assert "Songbu" not in text.split("# You")[0]
    points = {point.id: point for _, point in game.points.values()}
    tells = next(point for point in points.values() if "locked for 6 weeks" in point.says.en)
    assert tells.replies_to
    assert all(points[name].to == host for name in tells.replies_to)
    assert all(name in points for point in points.values() for name in point.replies_to if not name.startswith("fo_in"))


@pytest.mark.parametrize(
    ("lang", "shows", "owns"),
    [
        ("en", "On our board for year 1 you can read: “", "You ask what came of year 1, so I tell you – "),
        ("zh", "我们墙上第1年写的是：“", "既然问到了，第1年后来怎样，我照实说："),
    ],
)
def test_a_host_played_by_its_cards_speaks_as_somebody_there_would(lang: Lang, shows: str, owns: str) -> None:
    start = Start(year=2, host=GUEST.model_copy(update={"year": 1}))
    stages = ("learning_tour",)
    game = _game("estate_calm", lang=lang, start=start, style="directed", model="cards", stages=stages, turns=12)
    host = game.scenario.tour.host
    says = [line["says"] for line in play(game, card_turn)["lines"] if line["seat"] == host]
    assert any(each.startswith(shows) for each in says)
    assert any(each.startswith(owns) for each in says)
    assert all(each.startswith((shows, owns)) for each in says)


# Another year

LATER = Start(
    year=3,
    last_year=("Decided: Who pays: the district. Not kept; Shen Yulan answered for it",),
    heard=(Heard(says="The city counts classes.", source="the district hall"),),
    host=GUEST.model_copy(update={"year": 2}),
    rank=Rank(place=3, of=3, brought="a talk", community="Songbu East"),
)


def test_in_a_later_year_the_facts_are_of_the_first_and_what_has_come_about_stands_apart() -> None:
    for text in _prompts(_game(start=LATER), "public_engagement").values():
        facts, rest = text.split("this is year 3", 1)[1].split("Last year here (year 2):", 1)
        assert "Songbu" in facts or "children" in facts
        for elsewhere in ("Forty-one children", "The city counts", "Not kept"):
            assert elsewhere not in facts
        here, shown = rest.split("Shown on the tour, and true of the Xinqiao community", 1)
        assert "Not kept; Shen Yulan answered for it." in here
        assert "Songbu East was number 3 of 3" in here
        assert "From the district hall: The city counts classes." in here
        assert "the Xinqiao community across the river, year 2: Forty-one children stay until 7." in shown
    first = next(iter(_prompts(_game(), "public_engagement").values()))
    assert "\nFacts:\n" in first
    assert "Last year here" not in first


def test_a_host_who_is_new_in_the_post_knows_from_the_files_what_was_before() -> None:
    told = [
        _prompts(_game(start=Start(year=2, host=GUEST.model_copy(update={"year": 1, "new": new}))), "learning_tour")
        for new in (True, False)
    ]
    assert ["was your predecessor’s doing" in prompts["site_host"] for prompts in told] == [True, False]
    assert all("predecessor" not in text for prompts in told for seat, text in prompts.items() if seat != "site_host")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_in_a_later_year_no_card_speaks_as_if_it_were_the_first(lang: Lang) -> None:
    point = LIBRARY.scenario("clean_up").seats[3].points[0]
    start = Start(year=2, had=("F21", point.id))
    spec = SessionSpec(scenario="clean_up", governance="joint_production", stages=("public_engagement",), style="free",
                       lang=lang, start=start)  # fmt: skip
    first, later = (_prompts(Game(spec.model_copy(update={"start": each}), LIBRARY), "public_engagement")
                    for each in (Start(), start))  # fmt: skip
    case = LIBRARY.scenario("clean_up")
    (fact,) = (fact.text.get(lang) for fact in case.facts if fact.id == "F21")
    for seat, text in later.items():
        assert fact in first[seat]
        assert fact not in text, "what no longer holds is no fact"
        assert case.place.get(lang) in first[seat]
        assert case.place.get(lang) not in text, "its gate may have been mended since"
        assert case.later is not None
        assert case.background.get(lang) in first[seat]
        assert (case.later.get(lang) in text, case.background.get(lang) in text) == (True, False)
        own = case.seat_by_id[seat]
        assert own.later is not None
        assert own.later.get(lang)[:20] in text
        assert len(text) < len(first[seat]) + 300


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_case_without_words_for_later_years_is_told_as_of_the_first(lang: Lang) -> None:
    case = LIBRARY.scenario("four_oclock_school")
    then = {"en": f"In year 1: {case.background.en}", "zh": f"第1年时：{case.background.zh}"}[lang]
    card_then = {"en": "So it stood in year 1.", "zh": "（以上是第1年的情况。）"}[lang]
    for text in _prompts(_game(lang=lang, start=Start(year=2)), "public_engagement").values():
        assert then in text
        assert card_then in text


def test_a_host_knows_what_its_own_place_lived_through_and_its_visitors_do_not() -> None:
    guest = GUEST.model_copy(update={"year": 1, "past": ("Decided: the hall. Not kept; Hu Ping answered for it",)})
    prompts = _prompts(_game(start=Start(year=2, host=guest)), "learning_tour")
    told = {seat for seat, text in prompts.items() if "Hu Ping answered for it." in text}
    assert told == {"site_host"}


def test_before_the_first_stage_of_a_later_year_everybody_is_asked_with_last_year_in_mind(tmp_path: Path) -> None:
    model, folder = SteadyModel(), new_folder(tmp_path, "later")
    pulse = Pulse(trust=2, conviction=4, burden=5)
    start = LATER.model_copy(update={"pulses": {"local_parent": pulse}})
    spec = spec_of(stages=("public_engagement",), turns=1, start=start)
    with serving(model) as url:
        models = replace(models_at(url, judge=False), profile=FREE)
        asyncio.run(models.endpoints.during(run_session(folder, spec, LIBRARY, models, Watch())))
    asked = [text_of(body) for body in model.requests if "trust" in properties(body)]
    about = "(it has not begun) It will be about this. In year 1: Many parents work"
    before = [text for text in asked if about in text]
    assert before
    assert all("\n# You\n" in text for text in before)
    assert not any("It will be about this" in text for text in asked if text not in before)
    assert all("Songbu East was number 3 of 3" in text and "Not kept; Shen Yulan" in text for text in before)
    assert ["trust 2, conviction 4, burden 5" in text for text in before].count(True) == 1
    assert not any("Last year here" in text for text in asked if text not in before)


def test_who_is_new_knows_whose_doing_the_past_was_and_who_is_back_knows_it_was_theirs() -> None:
    post = Post(seat="mayor", name="Tang Ruishan", before="Songbu West as mayor", since=3, terms={"payer": "district"},
                rank=Rank(place=1, of=3, brought="the flag", community="Songbu West"))  # fmt: skip
    new = _prompts(_game(start=LATER.model_copy(update={"posts": (post,)})), "public_engagement")
    assert "before year 3 was your predecessor’s doing" in new["mayor"]
    assert "Songbu West was number 1 of 3" in new["mayor"].split("Only you know")[1]
    assert all("Tang Ruishan is new in the post" in text for text in new.values())
    back = post.model_copy(update={"held": 1})
    again = _prompts(_game(start=LATER.model_copy(update={"posts": (back,)})), "public_engagement")
    assert "predecessor" not in again["mayor"]
    assert "you held it until year 1" in again["mayor"]
    assert all("Tang Ruishan is back in the post" in text and "new in the post" not in text for text in again.values())
    settled = post.model_copy(update={"since": 2})
    later = _prompts(_game(start=LATER.model_copy(update={"posts": (settled,)})), "public_engagement")
    assert all("is new in the post" not in text for text in later.values())


def test_what_rules_bar_is_said_to_be_barred_and_nothing_comes_twice_over_the_years() -> None:
    post = Post(seat="mayor", name="Tang Ruishan", terms={"payer": "parents"})
    start = Start(year=2, posts=(post,))
    game = _game(governance="command", start=start)
    assert "parents" not in game.offered["payer"]
    assert "(which the rules here do not allow)" in briefing(game, "mayor")
    inject = game.scenario.injects[0]
    had = (inject.id, *(point.id for point in game.seats["mayor"].points))
    again = _game(start=Start(year=2, had=had))
    assert inject not in again.injects
    assert len(again.injects) == len(game.scenario.injects) - 1
    assert seat_view(again, {**_first(again), "stage": 0}, "mayor").points == ()


@pytest.mark.parametrize("style", ["free", "directed"])
@pytest.mark.parametrize("turns", [3, 4, 6])
@pytest.mark.parametrize("governance", MODELS)
def test_a_tour_of_few_lines_has_a_question_to_its_host_and_the_answer(governance: str, turns: int, style: str) -> None:
    game = _game(governance=governance, style=style, turns=turns, start=Start(host=GUEST))
    host, stage = game.scenario.tour.host, "learning_tour"
    choice = RandomChoice(game.templates)

    def choose(game: Game, state: State) -> Turn:
        turn, floor = choice(game, state), state["floor"]
        assert floor
        if floor["point"]:  # as the cards have it
            point = game.points[floor["point"]][1]
            turn = {**turn, "act": point.act, "to": point.to or "all", "says": point.says.en, "aside": False}
            return {**turn, "terms": {}, "task": "", "section": ""}
        allowed = turn_schema(game, state, floor, None)["properties"] if style == "free" else {}
        if floor["acts"] != ["ask"]:
            return turn
        return {**turn, "to": allowed["to"]["enum"][0], "says": "What is not shown?"}

    lines = [line for line in play(game, choose)["lines"] if line["stage"] == stage]
    asked = next(n for n, line in enumerate(lines) if (line["act"], line["to"]) == ("ask", host))
    assert any(line["seat"] == host for line in lines[asked + 1 :])
    assert len(lines) <= turns + (style == "free"), "the host answers on top"


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (Start(heard=(Heard(seat="majr", says="x", source="y"),)), "unknown seat 'majr'. Did you mean mayor"),
        (Start(posts=(Post(seat="boss", name="X"),)), "unknown seat 'boss'"),
        (Start(posts=(Post(seat="mayor", name="X"), Post(seat="mayor", name="Y"))), "mayor is given twice"),
        (Start(posts=(Post(seat="mayor", name="X", terms={"payer": "moon"}),)), "posts: unknown option 'payer=m"),
        (Start(promises=(Promise(seat="mayor", says="x", terms={"who": "x"}),)), "promises: unknown option 'who=x"),
        (Start(rank=Rank(place=7, of=6)), "place 7 of 6; allowed: 1 to 6"),
        (Start(host=GUEST.model_copy(update={"shown": tuple(map(str, range(99)))})), "100 facts shown and hidden"),
    ],
)  # fmt: skip
def test_a_start_that_names_what_is_not_there_is_refused_with_what_is(start: Start, message: str) -> None:
    with pytest.raises(InputError) as error:
        _game(start=start)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@st.composite
def _starts(draw: st.DrawFn, game: Game) -> Start:
    """Draw a start that is valid for a game."""
    seats = list(game.positions)
    words = st.sampled_from(["The fee doubled.", "钱到年底就没了。", "⟦{x}⟧", "Who pays?"])
    seat = st.sampled_from(seats)
    key = draw(st.sampled_from([decision.id for decision in game.scenario.decisions]))
    terms = st.sampled_from([{}, *({key: option} for option in game.scenario.decision_by_id[key].options)])
    pulse = st.fixed_dictionaries(dict.fromkeys(("trust", "conviction", "burden"), st.integers(1, 5)))
    texts = st.lists(words, max_size=3).map(tuple)
    years = st.integers(0, 3)
    guest = st.builds(Guest, name=words, role=st.just("host"), place=words, shown=texts, hidden=texts, year=years)
    heard = st.builds(Heard, seat=st.sampled_from(["", *seats]), says=words, source=words)
    return Start(
        pulses=draw(st.dictionaries(seat, pulse, max_size=3)),
        plan=draw(st.dictionaries(st.sampled_from(SECTIONS_OF_PLAN), st.one_of(st.just(""), words))),
        promises=tuple(draw(st.lists(st.builds(Promise, seat=seat, says=words, terms=terms), max_size=3))),
        plan_from=draw(st.one_of(st.just(""), words)),
        copied=draw(st.one_of(st.none(), st.floats(0, 1))),
        heard=tuple(draw(st.lists(heard, max_size=3))),
        posts=tuple(Post(seat=s, name="Tang Ruishan", before=draw(words), agenda=draw(words), terms=draw(terms),
                         since=draw(years), held=draw(years))
                    for s in draw(some(seats[:3]))),
        year=draw(st.integers(1, 4)),
        last_year=draw(texts),
        had=tuple(draw(some([*game.points, *game.scenario.inject_by_id]))),
        host=draw(st.one_of(st.none(), guest)),
        rank=draw(st.one_of(st.none(), st.just(Rank(place=1, of=4, brought="x")))),
    )  # fmt: skip


@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_whatever_a_valid_start_holds_plays_and_folds(data: st.DataObject) -> None:
    scenario, governance = data.draw(st.sampled_from(SCENARIOS)), data.draw(st.sampled_from(MODELS))
    lang = data.draw(st.sampled_from(["en", "zh"]))
    plain = _game(scenario, governance, stages=EVERY, lang=lang, turns=data.draw(st.sampled_from([None, 3, 6])))
    game = plain.twin(start=data.draw(_starts(plain)))
    again = SessionSpec.model_validate(json.loads(json.dumps(game.spec.model_dump(mode="json"))))
    assert again == game.spec
    events: list[Event] = []
    folded, choice = Fold(game), RandomChoice(game.templates)

    def choose(game: Game, state: State) -> Turn:
        assert folded.state == state
        return choice(game, state)

    def write(kind: EventKind, payload: dict[str, Any], stage: str, seat: str) -> None:
        number = len(events) + 1
        events.append(Event(number, float(number), kind, stage, seat, json.loads(json.dumps(payload))))
        folded.add(events[-1])

    state = play(game, choose, write=write)
    assert folded.state == state
    assert all(item.state in ("kept", "broken", "disputed") for item in state["ledger"] if item.account)
