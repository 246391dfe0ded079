"""What a seat does beside speaking to the room: it asks for time, says something aside, disputes a task."""

from __future__ import annotations

import io
import re

import pytest

from sandbox.cli.console import Console
from sandbox.cli.terminal import LiveSession
from sandbox.content.language import Lang
from sandbox.errors import InputError
from sandbox.game.floor.agenda import next_floor
from sandbox.game.floor.last_word import LAST_WORD
from sandbox.game.game import Game
from sandbox.game.language.questions import called
from sandbox.game.language.wording import continued
from sandbox.game.ledger.ledger import ledger
from sandbox.game.minutes.minutes import minutes_text
from sandbox.game.motions.ballots import rivals
from sandbox.game.plans import plans
from sandbox.game.play import RandomChoice, play, spoken
from sandbox.game.spec import SessionSpec
from sandbox.game.state import State, apply, first_state, floor_of
from sandbox.game.steps import make_line, next_step, open_stage
from sandbox.game.table import may_lift, tasks_for, told
from sandbox.game.view import seat_view
from sandbox.record.line import Line, Origin, Turn
from sandbox.record.log import Log
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY, SCENARIO, SEATS, TURN, line
from tests.game.test_play import spec_of


def opened(governance: str, stage: str, turns: int = 12) -> tuple[Game, State]:
    game = Game(spec_of("four_oclock_school", governance, stages=(stage,), turns=turns), LIBRARY)
    state = first_state(game)
    while next_step(game, state) != "turn":
        state = (
            apply(state, open_stage(game, state))
            if next_step(game, state) == "stage"
            else apply(state, {"pulses": [{"moment": "start", "levels": game.pulses}]})
        )
    return game, state


def said(game: Game, state: State, **turn: object) -> State:
    """Return the state after whoever has the floor took a turn."""
    line = make_line(game, state, {**TURN, **turn}, "model")  # type: ignore[typeddict-item]
    return spoken(game, state, line, (), None)


def test_who_asks_for_time_has_the_floor_again_before_the_vote() -> None:
    game, state = opened("joint_production", "public_engagement")
    away, returns = "", []
    while state["floor"] is not None and state["floor"]["phase"] == "discussion":
        floor = state["floor"]
        if floor["why"] == "returns":
            returns.append(floor["seat"])
            assert "defer" not in floor["acts"]
        if not away and "defer" in floor["acts"] and floor["seat"] != game.chair:
            away = floor["seat"]
            state = said(game, state, act="defer", says="I must ask the elders.")
        else:
            act = "propose" if "propose" in floor["acts"] else "inform"
            terms = {key: next(iter(options)) for key, options in game.offered.items()} if act == "propose" else {}
            state = said(game, state, act=act, terms=terms, says=f"words {state['turn']}")
    spoken = [line["act"] for line in state["lines"] if line["seat"] == away]
    assert away
    assert spoken[-1] != "defer"
    assert returns in ([], [away])


def test_nobody_may_ask_for_time_where_nothing_is_decided() -> None:
    game, state = opened("joint_production", "training")
    while state["floor"] is not None:
        assert "defer" not in state["floor"]["acts"]
        state = said(game, state, act="inform", says=f"words {state['turn']}")


def test_an_aside_is_heard_by_its_addressee_alone_where_the_rules_permit_it() -> None:
    game, state = opened("command", "public_engagement")
    speaker = state["floor"]["seat"] if state["floor"] else ""
    after = said(game, state, act="inform", to="migrant_tenant", says="Between us.", aside=True)
    assert set(after["lines"][-1]["visible_to"]) == {speaker, "migrant_tenant"}
    assert seat_view(game, after, "migrant_tenant").lines
    assert not seat_view(game, after, "ngo_director").lines
    with pytest.raises(InputError, match="aside"):
        said(game, state, act="inform", to="all", says="Between us.", aside=True)
    hall, state = opened("joint_production", "public_engagement")
    other = next(seat for seat in SEATS if state["floor"] and seat != state["floor"]["seat"])
    with pytest.raises(InputError, match="aside"):
        said(hall, state, act="inform", to=other, says="Between us.", aside=True)


def test_asides_take_no_lines_of_the_room_up_to_a_quarter_of_them() -> None:
    """Of 8 lines two may be aside beside them; a third one is one of the 8, as is what cards say aside."""
    game = Game(spec_of("four_oclock_school", "command", stages=("training",), turns=8), LIBRARY).twin(style="free")
    room = game.present("training")

    def left(aside: int, origin: Origin = "model", game: Game = game) -> int:
        """Return how many lines the next prompt has left after 4 lines, of which so many were aside."""
        said: list[Line] = [
            {**line(number, room[number % 2], "inform", to=room[1 - number % 2], stage="training"),
             "visible_to": [*room[:2]] if number <= aside else [*room], "origin": origin}
            for number in range(1, 5)
        ]  # fmt: skip
        state: State = {**first_state(game), "lines": said, "turn": 4}
        state = {**state, **next_floor(game, state)}
        seat = floor_of(state)["seat"]
        view = seat_view(game, state, seat)
        prompt = turn_messages(game, state, floor_of(state), None)[-1]["content"]
        assert f"Lines left in this stage: {view.limit - view.turn}." in prompt or game.style != "free"
        return view.limit - view.turn

    assert [left(aside) for aside in range(5)] == [4, 5, 6, 6, 6]
    cards = game.twin(style="directed")
    assert (left(2, "card", cards), left(2, "person", cards)) == (4, 6)


def test_the_terminal_counts_lines_as_prompts_do_where_some_are_aside() -> None:
    spec = SessionSpec(scenario="four_oclock_school", governance="command", stages=("training",), turns=8, style="free",
                       model="stub")  # fmt: skip
    game, log = Game(spec, LIBRARY), Log()

    def choose(game: Game, state: State) -> Turn:
        (*_, to) = (seat for seat in game.present("training") if seat != floor_of(state)["seat"])
        return {**TURN, "says": f"Word {state['turn']}.", "to": to, "aside": state["turn"] in (1, 2, 3)}

    state = play(game, choose, write=log.append)
    console = Console(record=True, width=200, file=io.StringIO())
    with LiveSession(game, console, live=False) as shown:
        for event in log:
            shown.event(event)
    assert len(state["lines"]) == 10
    assert re.findall(r"\b\d+/\d+(?=\])", console.export_text()) == ["1/8", "2/9", *(f"{n}/10" for n in range(3, 11))]


def test_rules_only_play_has_asides_under_command_alone() -> None:
    heard = {}
    for governance in ("command", "joint_production"):
        game = Game(spec_of("four_oclock_school", governance), LIBRARY)
        runs = [play(game.twin(seed=seed), RandomChoice(game.templates)) for seed in range(8)]
        heard[governance] = [line for state in runs for line in state["lines"] if len(line["visible_to"]) == 2]
    assert heard["command"]
    assert not heard["joint_production"]


def test_a_refused_task_is_disputed_and_still_due() -> None:
    lines = [
        line(1, "mayor", "delegate", "grid_master", task="second_file"),
        line(2, "migrant_tenant", "refuse", "mayor", about="L001"),
        line(3, "grid_master", "refuse", "mayor", about="L001"),
    ]
    assert [item.state for item in ledger(SCENARIO, lines[:2])] == ["open"]
    (item,) = ledger(SCENARIO, lines)
    assert (item.state, item.history[-1]) == ("disputed", ("L003", "disputed"))
    (lifted,) = ledger(SCENARIO, [*lines, line(4, "mayor", "concede", task="second_file")])
    assert lifted.state == "lifted"


def test_a_task_is_lifted_by_whoever_handed_it_down_or_a_higher_level() -> None:
    game = Game(spec_of("four_oclock_school", "joint_production"), LIBRARY)
    items = ledger(SCENARIO, [line(1, "mayor", "delegate", "grid_master", task="second_file")])
    assert may_lift(game, items, "mayor", "second_file")
    assert game.chair == "teacher_volunteer"
    assert not may_lift(game, items, "teacher_volunteer", "second_file"), "to chair is not to own the rule"
    assert [task.id for task in tasks_for(game, items, "grid_master", "refuse")] == ["second_file"]
    assert not tasks_for(game, items, "grid_master", "concede")
    assert not tasks_for(game, items, "migrant_tenant", "refuse")


def test_text_is_added_behind_what_a_section_says() -> None:
    game, state = opened("joint_production", "application")
    while state["floor"] and state["floor"]["seat"] not in game.drafters:
        state = said(game, state, act="inform", says=f"words {state['turn']}")
    seat = state["floor"]["seat"] if state["floor"] else ""
    state = said(game, state, act="inform", section="money", text="And a fee.", appends=True, says="More money.")
    plan = next(plan for plan in plans(game, state["lines"]) if plan.seat == seat)
    assert plan.sections["money"] == f"{game.plan['money']} And a fee."


def test_what_is_added_begins_a_sentence_of_its_own() -> None:
    cases: list[tuple[str, str, Lang, str]] = [
        ("One form, not two.", "and whoever stands there", "en", "One form, not two. And whoever stands there"),
        ("One form, not two", "; the ceremony last.", "en", "One form, not two. The ceremony last."),
        ("He said “no.”", "Then we ask.", "en", "He said “no.” Then we ask."),
        ("先清楼道", "，再排班。", "zh", "先清楼道。再排班。"),
        ("", "The fee.", "en", "The fee."),
    ]
    for before, added, lang, now in cases:
        assert continued(before, added, lang) == now


def test_the_last_sentence_tells_who_is_asked() -> None:
    game = Game(spec_of("four_oclock_school", "joint_production"), LIBRARY)
    tenant, cadre = game.name("migrant_tenant"), game.name("village_cadre").split()[0]
    words = f"{tenant}, you had a point. But who holds the key?"
    assert called(game, line(1, "mayor", "ask", "village_cadre", says=words), SEATS) == "village_cadre"
    words = f"{tenant}, you had a point. {cadre}, who holds the key?"
    assert called(game, line(1, "mayor", "ask", "grid_master", says=words), SEATS) == "village_cadre"


def test_a_question_within_a_line_asks_whom_it_calls_by_name() -> None:
    game = Game(spec_of("four_oclock_school", "joint_production"), LIBRARY)
    cadre = game.name("village_cadre")
    words = f"So, {cadre}, who holds the key? I move that all children come."
    assert called(game, line(1, "mayor", "propose", says=words), SEATS) == "village_cadre"
    assert called(game, line(1, "mayor", "propose", says="Who would not? I move that all come."), SEATS) == ""


def test_the_condition_of_an_offer_is_voted_on_and_minuted() -> None:
    lines = [
        line(1, "ngo_director", "propose", terms={"payer": "district"}, condition="wages on the tenth"),
        line(
            2,
            "migrant_tenant",
            "support",
            "ngo_director",
            {"eligible": "all_children"},
            condition="open until 7",
            about="L001",
        ),
    ]
    first, offer = ledger(SCENARIO, lines)
    assert first.condition == "wages on the tenth"
    assert offer.condition == "open until 7", "who wants other options sets conditions of its own"
    game = Game(spec_of("four_oclock_school", "joint_production"), LIBRARY)
    room = list(game.present("public_engagement"))
    lines = [{**said, "visible_to": room} for said in lines]
    assert "on condition: open until 7" not in minutes_text(game, "public_engagement", lines[:1], [])
    assert "on condition: open until 7" in minutes_text(game, "public_engagement", lines, [])


def test_support_on_a_condition_alone_is_a_counter_offer() -> None:
    lines = [
        line(1, "ngo_director", "propose", terms={"payer": "district"}),
        line(2, "migrant_tenant", "support", condition="open until 7", about="L001"),
        line(3, "mayor", "support", condition="open until 7", about="L002"),
        line(4, "grid_master", "support", condition="no second file", about="L002"),
    ]
    first, offer, more = ledger(SCENARIO, lines)
    assert more.condition == "no second file", "a condition stands in place of the one before"
    assert not first.supporters
    assert first.condition == ""
    assert (offer.line, offer.terms, offer.condition) == ("L002", first.terms, "open until 7")
    assert offer.supporters == {"mayor"}
    game = Game(spec_of("four_oclock_school", "joint_production", stages=("public_engagement",)), LIBRARY)
    state: State = {**first_state(game), "lines": lines[:3], "turn": 3, "ledger": ledger(SCENARIO, lines[:3])}
    assert [motion.line for motion in rivals(game, state)] == ["L002"], "nobody wants the first without it"


def test_an_objection_to_something_else_is_not_booked_on_the_latest_motion() -> None:
    lines = [
        line(1, "ngo_director", "propose", terms={"payer": "district"}),
        line(2, "mayor", "answer"),
        line(3, "migrant_tenant", "object", about="L002"),
        line(4, "grid_master", "object"),
    ]
    (motion,) = ledger(SCENARIO, lines)
    assert motion.objectors == {"grid_master"}


def test_what_the_host_has_told_is_a_fact_for_whoever_heard_it() -> None:
    game = Game(spec_of("four_oclock_school", "joint_production"), LIBRARY)
    hidden = next(fact for fact in SCENARIO.facts if fact.visited and fact.id in SCENARIO.tour.hidden)
    host = SCENARIO.tour.host
    said = line(1, host, "answer", "mayor", says=hidden.text.en, stage="learning_tour")
    heard = {**said, "visible_to": ["mayor", host]}
    assert told(game, [said]) == {hidden.id}
    assert told(game, [line(1, "mayor", "inform", says=hidden.text.en)]) == set()
    state: State = {**first_state(game), "stage": 3, "lines": [heard], "minutes": []}  # type: ignore[list-item]
    assert hidden in seat_view(game, state, "mayor").facts
    assert hidden not in seat_view(game, state, "migrant_tenant").facts


def test_a_host_is_in_the_room_on_the_tour_alone_and_reads_no_papers_of_its_visitors() -> None:
    for governance in LIBRARY.cards["governance"]:
        game = Game(spec_of("four_oclock_school", governance), LIBRARY)
        rooms = [stage.id for stage in game.stages if SCENARIO.tour.host in game.present(stage.id)]
        assert rooms == ["learning_tour"]
        assert SCENARIO.tour.host not in (*game.drafters, *game.voters("public_engagement"), game.chair)
        state = play(game, RandomChoice(game.templates))
        view = seat_view(game, {**state, "stage": 2}, SCENARIO.tour.host)
        assert [minutes["stage"] for minutes in view.minutes] == ["learning_tour"]
        assert view.plans == ()


def test_the_visited_place_is_unknown_to_visitors_before_the_tour() -> None:
    game = Game(spec_of("four_oclock_school", "joint_production"), LIBRARY)
    shown = next(fact for fact in SCENARIO.facts if fact.visited and fact.id in SCENARIO.tour.shown)
    assert [game.knows("mayor", shown, stage.id) for stage in game.stages] == [False, False, True, True]
    assert game.knows(SCENARIO.tour.host, shown, "training")


def test_a_turn_says_by_itself_neither_aside_nor_more() -> None:
    assert (TURN["aside"], TURN["appends"]) == (False, False)
    left_out = {"asked_of", "leaves_open"}  # an empty one says that a condition asks nobody, or that all is answered
    assert set(TURN) == set(Turn.__annotations__) - left_out


def test_asking_for_time_is_explained_only_where_lines_are_left_for_it() -> None:
    stage = "public_engagement"
    seats = len(opened("joint_production", stage)[0].present(stage))
    for more, open_to in ((1, False), (2, True)):
        game, state = opened("joint_production", stage, seats + more)
        game = game.twin(style="free")
        state = {**state, "floor": next_floor(game, state)["floor"]}
        defers, explained = set[bool](), set[bool]()
        while (floor := state["floor"]) is not None and floor["why"] not in ("motion", LAST_WORD, "votes"):
            defers.add("defer" in floor["acts"])
            explained.add("defer (" in turn_messages(game, state, floor, None)[0]["content"])
            state = said(game, state, act="inform", says=f"words {state['turn']}")
        assert (True in defers) is open_to
        assert explained == {open_to}
