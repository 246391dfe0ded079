"""Stages with fewer lines than seats: who speaks, and what is said of it."""

from __future__ import annotations

from sandbox.content.campaign_card import Campaign
from sandbox.content.cards import Act
from sandbox.content.words import Words
from sandbox.game.checks.limits import few_lines, few_lines_in
from sandbox.game.floor.agenda import next_floor
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.play import play
from sandbox.game.spec import CARDS
from sandbox.game.state import State, first_state
from sandbox.record.line import Line, Turn
from tests.game.making import LIBRARY, TURN, line
from tests.session.support import spec_of

STAGES = ("application", "learning_tour", "public_engagement")


def informing(game: Game, state: State) -> Turn:
    """Say something to everybody, whoever has the floor."""
    floor = state["floor"]
    assert floor is not None
    act = "inform" if "inform" in floor["acts"] else floor["acts"][0]
    terms = {key: next(iter(options)) for key, options in game.offered.items()} if act == "propose" else {}
    return {**TURN, "act": act, "terms": terms, "says": f"words {len(state['lines'])}"}


def talk(
    turns: int | None, governance: str = "joint_production", stages: tuple[str, ...] = STAGES, seed: int = 1
) -> tuple[Game, list[Line]]:
    game = Game(spec_of(scenario="clean_up", governance=governance, stages=stages, turns=turns, seed=seed), LIBRARY)
    return game, [line for line in play(game, informing)["lines"] if not line["vote"]]


def test_over_a_session_everybody_is_heard_before_the_vote() -> None:
    game, said = talk(4, stages=("application", "public_engagement"))
    drafted, engaged = ([line["seat"] for line in said if line["stage"] == stage] for stage in game.stage_names)
    assert len(drafted) == len(engaged) == 4
    assert set(drafted) <= set(game.drafters), "who writes the plan has a duty"
    silent = set(game.present("public_engagement")) - set(drafted)
    assert silent, "or this session shows nothing"
    assert len(silent & set(engaged)) >= len(silent) - 1, "all but who is passed over for a duty"


def test_who_chairs_a_decision_opens_it_however_few_its_lines() -> None:
    for governance in ("joint_production", "government_community_interaction", "one_core_multiple_actors", "command"):
        for seed in range(1, 5):
            game, said = talk(4, governance, ("public_engagement",), seed)
            assert said[0]["seat"] == game.chair


def test_a_short_tour_is_opened_by_its_host_and_hears_others_than_who_write() -> None:
    game, said = talk(4)
    toured = [line["seat"] for line in said if line["stage"] == "learning_tour"]
    assert len(toured) == 4
    assert toured[0] == game.scenario.tour.host
    assert set(toured) - set(game.drafters) - {toured[0]}


def test_on_a_short_tour_no_resident_is_left_out_and_it_is_not_always_the_same_who_asks_first() -> None:
    askers = set()
    for seed in range(6):
        game, said = talk(8, seed=seed)
        toured = [line["seat"] for line in said if line["stage"] == "learning_tour"]
        assert len(game.present("learning_tour")) == len(toured) == 8
        assert {"migrant_tenant", "landlord", "self_gov"} <= set(toured)
        askers.add(toured[1])
    assert len(askers) > 1


def test_the_last_line_of_a_stage_hands_nothing_down_that_could_not_be_refused_there() -> None:
    game = Game(spec_of(scenario="clean_up", style="free", stages=("application",), turns=4), LIBRARY)
    room = list(game.present("application"))
    hands_down = []
    for said in (2, 3):
        talk = [line(number, "self_gov", "inform", stage="application") for number in range(1, said)]
        asks = line(said, "community_secretary", "ask", "street_director", says="Who sweeps?", stage="application")
        lines: list[Line] = [{**each, "visible_to": room} for each in (*talk, asks)]
        floor = next_floor(game, {**first_state(game), "lines": lines, "turn": said})["floor"]
        assert floor is not None
        assert floor["seat"] == "street_director"
        hands_down.append("delegate" in floor["acts"])
    assert hands_down == [True, False]


def test_few_lines_are_told_and_enough_are_not() -> None:
    for lines, told in [(4, True), (6, True), (12, False), (None, False)]:
        game = Game(spec_of(scenario="clean_up", stages=STAGES, turns=lines), LIBRARY)
        text = few_lines(game)
        assert bool(text) == told
        if told:
            assert f"Lines a stage: {lines}." in text
            assert "Public engagement" in text


def test_a_campaign_tells_in_which_communities_lines_are_few() -> None:
    card = LIBRARY.network("three_estates")
    assert isinstance(card, Campaign)
    words = Words("zh")
    text = few_lines_in(card, 4, LIBRARY, words)
    assert "每个阶段4句" in text
    assert all(each.name.zh in text for each in card.communities)
    assert not few_lines_in(card, 20, LIBRARY, words)


def test_where_not_all_can_be_heard_what_a_person_asks_is_answered() -> None:
    persons = ("village_cadre",)
    spec = spec_of(stages=("learning_tour",), turns=6, persons=persons, model=CARDS, style="directed")
    game = Game(spec, LIBRARY)
    host, room = game.scenario.tour.host, list(game.present("learning_tour"))
    shown = {**line(1, host, "inform", says="Here is the door."), "stage": "learning_tour", "visible_to": room}
    asked = {**line(2, *persons, "ask", host, says="Was it ever locked?"), "origin": "person"}
    asked |= {"stage": "learning_tour", "visible_to": room}
    state: State = {**first_state(game), "lines": [shown, asked], "turn": 2}  # type: ignore[list-item]
    floor = next_floor(game, state)["floor"]
    assert floor is not None
    assert floor["seat"] == host


def test_people_who_ask_one_another_leave_nobody_silent_beside_cards() -> None:
    seats = ("street_director", "community_secretary", "grid_master", "self_gov", "landlord", "migrant_tenant")
    spec = spec_of(scenario="clean_up", stages=("application",), persons=seats, model=CARDS, style="directed")
    game, said = Game(spec, LIBRARY), list[Line]()
    room = list(game.present("application"))
    while True:
        state: State = {**first_state(game), "lines": said, "turn": len(said)}
        floor = next_floor(game, state)["floor"]
        if floor is None:
            break
        asks = said[-1]["seat"] if said and len(said) > 3 else "all"
        spoken: Line = {**line(len(said) + 1, floor["seat"], "ask" if said else "inform", asks), "origin": "person"}
        said.append({**spoken, "stage": "application", "visible_to": room, "says": "By when will it be done?"})
    assert {each["seat"] for each in said} == set(room)


def toured(turns: int, *said: tuple[str, str, str, str]) -> tuple[Game, str]:
    """Return who has the floor of a tour after lines in free words, each with its seat, act, addressee and words."""
    game = Game(spec_of(stages=("learning_tour",), turns=turns, style="free", model="m"), LIBRARY)
    room = list(game.present("learning_tour"))
    lines = [
        {**line(number, seat, act, to, says=says), "stage": "learning_tour", "visible_to": room}  # type: ignore[arg-type]
        for number, (seat, act, to, says) in enumerate(said, 1)
    ]
    state: State = {**first_state(game), "lines": lines, "turn": len(lines)}  # type: ignore[typeddict-item]
    floor = next_floor(game, state)["floor"]
    return game, floor["seat"] if floor else ""


def test_the_host_answers_what_it_is_asked_last_though_no_line_is_left_and_however_much_it_has_said() -> None:
    game, _ = toured(11)
    host = game.scenario.tour.host
    guests = [seat for seat in game.present("learning_tour") if seat != host]
    shown = [(host, "inform", "all", "Here is the door.") for _ in range(4)]
    rest = [(seat, "inform", "all", "I look at it.") for seat in guests]
    asks = (guests[-1], "support", host, "I like it. And who locks it at night?")
    assert toured(11, *shown, *rest[:-1], asks)[1] == host
    assert toured(11, *shown, *rest)[1] == "", "nobody has asked"
    assert toured(11, *shown, *rest[:-1], asks, (host, "answer", asks[0], "We do. And you?"))[1] == "", "one line more"
    early = (guests[1], "ask", host, "Who locks it at night?")
    assert toured(14, *shown, rest[0], early)[1] == host


def test_on_a_tour_of_who_speaks_freely_every_guest_may_ask_and_hear_an_answer() -> None:
    free = Game(spec_of(stages=("learning_tour",), style="free", model="m"), LIBRARY)
    guests = len(free.present("learning_tour")) - 1
    assert free.turn_limit(free.stages[0]) == 2 * guests + 1 > free.twin(style="rules").turn_limit(free.stages[0])
    game, _ = toured(11)
    host = game.scenario.tour.host
    guest, *others = [seat for seat in game.present("learning_tour") if seat != host]
    shown = [(host, "inform", "all", "Here is the door.") for _ in range(3)]
    rest = [(seat, "inform", "all", "I look at it.") for seat in others]
    lines = [*shown, (guest, "ask", host, "Who locks it at night?"), *rest, rest[0]]
    assert toured(len(lines), *lines)[1] == host, "what guests have asked is answered in the end"


def test_a_stage_whose_plans_are_filed_hears_the_answer_to_its_last_question() -> None:
    game = Game(spec_of(stages=("application",), turns=10, style="free", model="m"), LIBRARY)
    room, drafters = list(game.present("application")), game.drafters
    parts = [(seat, section) for seat in drafters for section in list(game.plan)[:2]]
    turns = [(seat, "") for seat in room if seat not in drafters] + parts
    said: list[Line] = [
        {**line(number, seat, "inform", section=section, stage="application"), "visible_to": room}
        for number, (seat, section) in enumerate(turns, 1)
    ]
    state: State = {**first_state(game), "lines": said, "turn": len(said)}
    game = game.twin(turns=len(said) + 2)
    assert next_floor(game, state)["floor"] is None, "all is filed"
    asked = next(seat for seat in room if seat != said[-1]["seat"])
    put: Line = {**said[-1], "act": "ask", "to": asked, "says": "And who pays for that?"}
    floor = next_floor(game, {**state, "lines": [*said[:-1], put]})["floor"]
    assert floor is not None
    assert floor["seat"] == asked


def test_who_handed_a_task_down_has_the_floor_once_it_is_refused_though_nothing_is_asked() -> None:
    free = Game(spec_of(stages=("application",), turns=16, style="free", model="m"), LIBRARY)
    room = list(free.present("application"))
    chief, other, third = room[:3]
    handed: Line = {**line(1, chief, "delegate", other, task="second_file", stage="application"), "visible_to": room}
    task = Item("L001", "application", "task", chief, "x", {}, "open", tuple(room), deliverer=other, task="second_file")

    def floor(*said: Line, by: str = "") -> tuple[str, str]:
        items = (task.turned("disputed", by) if by else task,)
        heard: list[Line] = [{**each, "visible_to": room} for each in said]
        lines = [handed, *heard]
        after = next_floor(free, {**first_state(free), "lines": lines, "turn": len(lines), "ledger": items})["floor"]
        assert after is not None
        return after["seat"], after["why"]

    says = "One more list, no."
    asks = line(2, other, "inform", third, says="I see.", stage="application")
    refuses = line(3, other, "refuse", third, says=says, task="second_file", stage="application")
    assert floor(asks, refuses, by="L003") == (chief, "addressed"), "whomever the refusal is to"
    objects = line(2, other, "object", chief, says=says, stage="application")
    assert floor(objects) == (chief, "addressed"), "who objects at once to who handed it down refuses it too"
    elsewhere = line(2, other, "object", third, says=says, stage="application")
    assert floor(elsewhere)[0] != chief


def test_who_handed_a_task_down_answers_what_a_refusal_of_it_asks_though_others_have_had_no_line() -> None:
    free = Game(spec_of(stages=("application",), turns=10, style="free", model="m"), LIBRARY)
    room = list(free.present("application"))
    chief, other = room[:2]
    acts: tuple[tuple[Act, bool], ...] = (("refuse", True), ("object", False))
    for act, answers in acts:
        said = [
            {**line(1, chief, "delegate", other, says="You keep the list."), "visible_to": room},
            {
                **line(2, other, act, chief, says="One more list, no. Which of the others do I drop?"),
                "visible_to": room,
            },
        ]
        said = [{**each, "stage": "application"} for each in said]
        state: State = {**first_state(free), "lines": said, "turn": 2}  # type: ignore[typeddict-item]
        floor = next_floor(free.twin(turns=2 * len(room) - 3), state)["floor"]
        assert floor is not None
        assert (floor["seat"] == chief) == answers
