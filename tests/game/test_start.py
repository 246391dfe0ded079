"""What a session begins from: posts, what was heard, whose plan it is, who hosts the tour, last year's rank."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.content.cards import SECTIONS_OF_PLAN
from sandbox.errors import InputError
from sandbox.game.fold import Fold
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.spec import Guest, Heard, Post, Promise, Rank, SessionSpec, Start
from sandbox.game.state import State, first_state
from sandbox.game.view import seat_view
from sandbox.record.events import Event, EventKind
from sandbox.record.line import Turn
from sandbox.session.prompts import turn_messages
from tests.game.making import some
from tests.session.support import LIBRARY

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
    assert "the district, in full, by a contract of 3 years" in prompts["mayor"].split("You stand for")[1]
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
        assert "Heard from the district hall: The city counts classes, not children." in text
        official = game.personas[seat].kind in ("leader", "overseer", "official", "party", "frontline")
        assert ("came 2 of 6" in text and "80,000 yuan" in text) == official
    view = seat_view(game, {**_first(game), "stage": 3}, "local_parent")
    assert "a cousin there" in view.briefing


def _first(game: Game) -> State:
    return first_state(game)


def test_the_plan_is_shown_as_it_arrived_and_what_was_dropped_is_said_to_be() -> None:
    start = Start(plan={"steps": "Open in May, see later.", "money": ""}, plan_from="the mayor of Xinqiao", copied=0.4)
    game = _game(start=start)
    assert (game.plan["steps"], game.plan["money"]) == ("Open in May, see later.", "")
    assert game.plan["problem"] == game.scenario.plan["problem"].en
    for text in _prompts(game, "application").values():
        assert "steps: Open in May, see later. money: (dropped on the way)" in text
        assert "comes from the mayor of Xinqiao" in text
        assert "40% of that plan stands as its origin wrote it" in text
    assert all("of that plan" not in text for text in _prompts(game, "public_engagement").values())


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
    ("start", "message"),
    [
        (Start(heard=(Heard(seat="majr", says="x", source="y"),)), "unknown seat 'majr'. Did you mean mayor"),
        (Start(posts=(Post(seat="boss", name="X"),)), "unknown seat 'boss'"),
        (Start(posts=(Post(seat="mayor", name="X"), Post(seat="mayor", name="Y"))), "mayor is given twice"),
        (Start(posts=(Post(seat="mayor", name="X", terms={"payer": "moon"}),)), "start.posts: payer=moon is not"),
        (Start(promises=(Promise(seat="mayor", says="x", terms={"who": "x"}),)), "start.promises: who=x"),
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
    guest = st.builds(Guest, name=words, role=st.just("host"), place=words, shown=texts, hidden=texts)
    heard = st.builds(Heard, seat=st.sampled_from(["", *seats]), says=words, source=words)
    return Start(
        pulses=draw(st.dictionaries(seat, pulse, max_size=3)),
        plan=draw(st.dictionaries(st.sampled_from(SECTIONS_OF_PLAN), st.one_of(st.just(""), words))),
        promises=tuple(draw(st.lists(st.builds(Promise, seat=seat, says=words, terms=terms), max_size=3))),
        plan_from=draw(st.one_of(st.just(""), words)),
        copied=draw(st.one_of(st.none(), st.floats(0, 1))),
        heard=tuple(draw(st.lists(heard, max_size=3))),
        posts=tuple(Post(seat=s, name="Tang Ruishan", before=draw(words), agenda=draw(words), terms=draw(terms))
                    for s in draw(some(seats[:3]))),
        host=draw(st.one_of(st.none(), guest)),
        rank=draw(st.one_of(st.none(), st.just(Rank(place=1, of=4, brought="x")))),
    )  # fmt: skip


@pytest.mark.parametrize("governance", MODELS)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_whatever_a_valid_start_holds_plays_and_folds(governance: str, data: st.DataObject) -> None:
    scenario = data.draw(st.sampled_from(SCENARIOS))
    lang = data.draw(st.sampled_from(["en", "zh"]))
    plain = _game(scenario, governance, stages=EVERY, lang=lang, turns=data.draw(st.sampled_from([None, 3, 6])))
    game = plain.with_start(data.draw(_starts(plain)))
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
    assert all(item.state in ("kept", "broken") for item in state["ledger"] if item.account)
