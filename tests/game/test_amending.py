"""Amendments: a condition takes another's place or strikes it, a motion hangs on few, and what grew is put first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.errors import InputError
from sandbox.game.floor.refused import refusal
from sandbox.game.game import Game
from sandbox.game.language.answered import unanswered
from sandbox.game.language.questions import called
from sandbox.game.ledger.entries import Item
from sandbox.game.minutes.minutes import minutes_text
from sandbox.game.minutes.remembered import read_minutes
from sandbox.game.motions.amending import on_no_table, unnoticed
from sandbox.game.motions.backing import stands
from sandbox.game.motions.ballots import rivals
from sandbox.game.motions.conditions import MOST_CONDITIONS
from sandbox.game.motions.hanging import brought
from sandbox.game.motions.meant import motion_meant
from sandbox.game.session import Session
from sandbox.game.state import State, first_state
from sandbox.game.steps import make_line
from sandbox.game.table import proposals
from sandbox.game.view import seat_view
from sandbox.record.line import Line, Turn
from sandbox.report.reading import Reading
from sandbox.session.offers import condition_note, open_matters, replaceable
from sandbox.session.prompts import turn_messages
from sandbox.session.schema import turn_schema
from sandbox.session.turns import person_turn
from tests.game.making import LIBRARY, TURN, floor_of, line, namesakes, said
from tests.session.support import spec_of

PAID = {"payer": "district"}


def table(lang: Lang = "en") -> tuple[Game, State]:
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12, lang=lang), LIBRARY)
    return game, first_state(game)


def debated() -> tuple[Game, State]:
    """Return a motion of the director with three conditions: its own, the tenant's, and the cadre's."""
    game, state = table()
    state = said(game, state, "ngo_director", "propose", terms=PAID, condition="wages on the tenth")
    state = said(game, state, "migrant_tenant", "support", about="L001", condition="open until 7")
    return game, said(game, state, "village_cadre", "support", about="L002", condition="only cars are written down")


def conditions(state: State) -> list[str]:
    return [part for _, part in brought(state["ledger"], state["ledger"][-1].condition)]


def test_each_condition_stands_with_the_line_that_brought_it() -> None:
    _, state = debated()
    assert brought(state["ledger"], state["ledger"][-1].condition) == [
        ("L001", "wages on the tenth"), ("L002", "open until 7"), ("L003", "only cars are written down"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ("cars and visitors alike", ["wages on the tenth", "open until 7", "cars and visitors alike"]),
        ("", ["wages on the tenth", "open until 7"]),
    ],
)
def test_a_condition_takes_the_place_of_another_or_strikes_it(condition: str, left: list[str]) -> None:
    game, state = debated()
    state = said(game, state, "mayor", "support", about="L003", condition=condition, replaces="L003")
    assert conditions(state) == left
    assert state["ledger"][-1].owner == "mayor", "it is a counter-offer, and voted on"
    new = f", and: {condition}" if condition else ""
    shown = Reading(Session(game, state)).line(state["lines"][-1]).moved[-1]
    assert shown.endswith(f"those of L003 without “only cars are written down”{new}")


@pytest.mark.parametrize(
    ("replaces", "condition", "why"),
    [
        ("L009", "", "'L009' brought no condition of the motion that you answer; lines that did: L001, L002, L003"),
        ("L001", "x", ""),
    ],
)
def test_only_what_stands_there_can_be_replaced(replaces: str, condition: str, why: str) -> None:
    game, state = debated()
    turn = {"about": "L003", "replaces": replaces, "condition": condition}
    if why:
        with pytest.raises(InputError, match=why):
            said(game, state, "mayor", "support", **turn)
    else:
        assert len(conditions(said(game, state, "mayor", "support", **turn))) == 3


def test_the_only_condition_is_not_struck_but_answered_by_a_motion() -> None:
    game, state = table()
    state = said(game, state, "ngo_director", "propose", terms=PAID, condition="wages on the tenth")
    with pytest.raises(InputError, match="it is the only condition"):
        said(game, state, "mayor", "support", about="L001", replaces="L001")


def test_a_motion_hangs_on_few_conditions_and_another_then_takes_the_place_of_one() -> None:
    game, state = table()
    wishes = ["wages early", "doors open", "meals hot", "keys shared", "stairs lit"]
    assert len(wishes) == MOST_CONDITIONS + 1
    state = said(game, state, "ngo_director", "propose", terms=PAID, condition=wishes[0])
    for number, wish in enumerate(wishes[1:-1], 1):
        seat = ("mayor", "migrant_tenant")[number % 2]
        state = said(game, state, seat, "support", about=f"L00{number}", condition=wish)
    assert refusal(game, {**state, "floor": floor_of("village_cadre", "support")}, {
        **TURN, "act": "support", "about": "L004", "condition": "stairs lit; walls painted",
    }).startswith(f"condition: this motion hangs on {MOST_CONDITIONS} at most")  # fmt: skip
    replaced = said(game, state, "village_cadre", "support", about="L004", condition=wishes[-1], replaces="L002")
    assert conditions(replaced) == [wish for wish in wishes if wish != "doors open"]
    with pytest.raises(InputError, match=f"hangs on {MOST_CONDITIONS} at most.*L001, L002, L003, L004"):
        said(game, state, "village_cadre", "support", about="L004", condition=wishes[-1])


def full() -> tuple[Game, State]:
    """Return a motion of the director that is full: three conditions of its own, and the tenant's."""
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12), LIBRARY)
    own = "wages early; meals hot; buses free"
    state = said(game, first_state(game), "ngo_director", "propose", terms=PAID, condition=own)
    return game, said(game, state, "migrant_tenant", "support", about="L001", condition="books lent by the school")


def test_whoever_has_a_condition_in_a_full_motion_changes_it_by_a_new_one() -> None:
    game, state = full()
    after = said(game, state, "migrant_tenant", "support", about="L002", condition="stairs lit")
    assert conditions(after)[-2:] == ["buses free", "stairs lit"], "in the place of the books"
    after = said(game, state, "ngo_director", "support", about="L002", condition="meals warm and early")
    assert len(conditions(after)) == MOST_CONDITIONS
    assert "meals hot" not in conditions(after), "of several that which is nearest"
    other = said(game, state, "migrant_tenant", "support", about="L002", condition="stairs lit", replaces="L001")
    assert "books lent by the school" in conditions(other)


def test_a_condition_that_is_struck_tells_which_of_two_motions_is_meant() -> None:
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12), LIBRARY)
    state = said(game, first_state(game), "mayor", "propose", terms={"provider": "retired_teachers"})
    state = said(game, state, "ngo_director", "propose", terms=PAID, condition="doors open")
    state = said(game, state, "migrant_tenant", "support", about="L002", condition="stairs lit")
    turn: Turn = {**TURN, "act": "support", "to": "village_cadre", "replaces": "L003"}
    assert not on_no_table(game, state, turn, "grid_master")
    assert motion_meant(game, state, turn, "grid_master", "") == "L003"


@pytest.mark.parametrize(("governance", "act"), [("joint_production", "propose"), ("command", "decide")])
def test_nobody_puts_or_decides_more_at_once_than_a_motion_may_hang_on(governance: str, act: Act) -> None:
    game = Game(spec_of(style="free", governance=governance, stages=("public_engagement",), turns=12), LIBRARY)
    own = ["wages early", "meals hot", "buses free", "keys shared", "stairs lit"]
    state = said(game, first_state(game), game.chair, act, terms=PAID, condition="; ".join(own[:MOST_CONDITIONS]))
    assert state["lines"], "as many as it may"
    with pytest.raises(InputError, match=f"hangs on {MOST_CONDITIONS} at most"):
        said(game, first_state(game), game.chair, act, terms=PAID, condition="; ".join(own))


def test_whoever_has_brought_none_names_a_condition_whose_place_its_own_takes() -> None:
    game, state = full()
    turn = {"about": "L002", "condition": "stairs lit"}
    with pytest.raises(InputError, match=f"hangs on {MOST_CONDITIONS} at most.*L001, L002"):
        said(game, state, "village_cadre", "support", **turn)
    assert len(conditions(said(game, state, "village_cadre", "support", **turn, replaces="L002"))) == MOST_CONDITIONS


@pytest.mark.parametrize(
    ("seat", "says"),
    [
        ("migrant_tenant", "a new one of yours takes the place of that of L002."),
        ("village_cadre", "Of 4 conditions at most 0 more fit; choose one of these"),
    ],
)
def test_a_person_is_told_what_becomes_of_one_condition_more(seat: str, says: str) -> None:
    game, state = full()
    note = condition_note(game, seat_view(game, {**state, "floor": floor_of(seat, "support")}, seat), "support", "L002")
    assert says in note
    assert ("takes the place of that" in note) == (seat == "migrant_tenant")


@pytest.mark.parametrize(
    ("seat", "says"),
    [
        ("migrant_tenant", "takes the place of that of L002"),
        ("village_cadre", "A condition of yours needs replaces"),
    ],
)
def test_whoever_speaks_freely_is_told_what_becomes_of_one_condition_more(seat: str, says: str) -> None:
    game, state = full()
    floor = floor_of(seat, "support")
    prompt = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
    assert "room left: L002 0)" in prompt
    assert "L002 is full." in prompt
    assert says in prompt
    game, state = debated()
    assert " is full." not in turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]


def test_one_condition_asks_for_one_thing() -> None:
    game, state = debated()
    packed = (
        "the company keeps every child inside until it is fetched after 7, and sends none away over a fee paid late"
    )
    turn = {"act": "support", "to": "all", "says": "x", "about": "L003", "condition": packed}
    with pytest.raises(InputError, match=f"{len(packed)} characters, at most 100: one condition asks for one thing"):
        person_turn(game, {**state, "floor": floor_of("mayor", "support")}, turn)
    state = said(game, state, "mayor", "propose", terms=PAID, condition="all children stay inside; late fees wait")
    assert conditions(state) == ["all children stay inside", "late fees wait"], "each counts"


def test_what_was_amended_leaves_the_table_and_its_amendment_is_put_first_with_all_who_stood_by_it() -> None:
    game, state = table()
    state = said(game, state, "ngo_director", "propose", terms=PAID)
    state = said(game, state, "mayor", "support", about="L001")
    state = said(game, state, "village_cadre", "support", about="L001")
    state = said(game, state, "local_parent", "propose", terms={"payer": "shared"})
    state = said(game, state, "migrant_tenant", "support", about="L001", condition="open until 7")
    assert [item.line for item in proposals(game, state["ledger"], "public_engagement")] == ["L004", "L005"]
    assert next(item.line for item in rivals(game, state)) == "L005"
    assert stands(game, state["ledger"], state["ledger"][-1]) == dict.fromkeys(
        ("ngo_director", "mayor", "village_cadre", "migrant_tenant"), True
    )
    state = said(game, state, "mayor", "object", about="L005")
    assert stands(game, state["ledger"], _item(state, "L005"))["mayor"] is False
    assert stands(game, state["ledger"], _item(state, "L001"))["mayor"] is True, "as it was before it was amended"


def _item(state: State, name: str) -> Item:
    return next(item for item in state["ledger"] if item.line == name)


def test_a_person_is_offered_the_conditions_that_may_go_and_a_model_the_field_once_there_are_some() -> None:
    game, state = debated()
    view = seat_view(game, {**state, "floor": floor_of("mayor", "support")}, "mayor")
    assert replaceable(game, view, "support", "L003") == {
        "L001": "L001 He Wan: wages on the tenth", "L002": "L002 Luo Mei: open until 7",
        "L003": "L003 Huang Jinfu: only cars are written down",
    }  # fmt: skip
    assert replaceable(game, view, "object", "L003") == replaceable(game, view, "support", "L003")
    assert not replaceable(game, view, "answer", "L003")
    fields = turn_schema(game, state, floor_of("mayor", "support"), None)["properties"]
    assert "replaces" in fields
    assert "replaces" not in turn_schema(*table(), floor_of("mayor", "support"), None)["properties"]


def test_who_shows_another_place_has_no_stand_on_what_is_decided_here() -> None:
    game = Game(spec_of(style="free"), LIBRARY)
    tour = next(place for place, stage in enumerate(game.stages) if "tours" in stage.abilities)
    state: State = {**first_state(game), "stage": tour}
    for seat, stands_here in ((game.scenario.tour.host, False), ("mayor", True)):
        fields = turn_schema(game, state, floor_of(seat, "inform"), None)["properties"]
        assert ({"terms", "condition"} <= fields.keys()) == stands_here


def test_of_two_people_of_one_surname_whoever_is_addressed_is_asked() -> None:
    game = namesakes(Game(spec_of(scenario="clean_up", governance="three_social_interaction", lang="zh"), LIBRARY))
    room = game.present("learning_tour")
    assert (game.name("self_gov")[0], game.name("site_host")[0]) == ("邱", "邱")
    asked = line(1, "grid_master", "ask", to="site_host", says="邱主任，名单揭下来以后，是谁上楼一家家劝回来的？")
    asked = {**asked, "visible_to": list(room)}
    assert called(game, asked, room) == "site_host"
    assert called(game, {**asked, "to": "street_director"}, room) == "self_gov"


def test_a_question_answered_in_a_later_stage_no_longer_stands_in_minutes_as_open() -> None:
    game = Game(spec_of(style="free"), LIBRARY)
    room = list(game.present("training"))
    lines: list[Line] = [
        {**line(number, seat, act, to=to, says=says), "stage": stage, "visible_to": room}  # type: ignore[arg-type]
        for number, stage, seat, act, to, says in (
            (1, "training", "mayor", "ask", "ngo_director", "What must be in your hands?"),
            (2, "training", "village_cadre", "inform", "all", "The hall is empty."),
            (3, "application", "ngo_director", "propose", "all", "A signed page on money."),
        )
    ]
    text = minutes_text(game, "training", lines[:2], [])
    assert [question["id"] for question, _ in unanswered(game, lines[:2], room)] == ["L001"]
    assert "Not answered: L001" in text
    state: State = {**first_state(game), "lines": lines}
    record = {"stage": "training", "present": room, "text": text, "ended": "turn_limit"}
    assert "Not answered" not in read_minutes(game, state, record, "mayor")  # type: ignore[arg-type]
    before: State = {**state, "lines": lines[:2]}
    assert "Not answered: L001" in read_minutes(game, before, record, "mayor")  # type: ignore[arg-type]


def test_no_point_is_suggested_that_contradicts_what_its_seat_has_spoken_for() -> None:
    game, state = table()
    seats = [
        (seat, point)
        for seat in game.present("public_engagement")
        for point in seat_view(game, state, seat).points
        if point.terms
    ]
    assert seats
    for seat, point in seats:
        key, option = next(iter(point.terms.items()))
        other = next(each for each in game.offered[key] if each != option)
        own = {**line(1, seat, "propose", terms={key: other}), "visible_to": list(game.present("public_engagement"))}
        later: State = {**state, "lines": [own]}  # type: ignore[list-item]
        assert point not in seat_view(game, later, seat).points


def test_a_motion_of_an_earlier_stage_is_put_again_by_a_proposal_about_it_or_support() -> None:
    game, state = debated()
    items = [replace(item, stage="learning_tour") for item in state["ledger"]]
    earlier: State = {**state, "ledger": tuple(items)}
    assert rivals(game, earlier) == (), "nobody has put it to this meeting"
    held = state["ledger"][-1].condition
    for turn, act, condition in (
        ({"terms": {"hall": "parents_key"}}, "propose", held),
        ({"condition": "a lamp at the door"}, "propose", f"{held}; a lamp at the door"),
        ({}, "support", held),
    ):
        after = said(game, earlier, "mayor", act, about="L003", **turn)  # type: ignore[arg-type]
        (motion,) = rivals(game, after)
        assert (motion.owner, motion.condition, motion.amends) == ("mayor", condition, "L003")
        assert motion.terms["payer"] == "district"
    other = said(game, earlier, "mayor", "propose", about="L003", terms={"payer": "shared"})
    (motion,) = rivals(game, other)
    assert (motion.terms, motion.condition, motion.amends) == ({"payer": "shared"}, "", ""), "it is another motion"


TWO = {"payer": "shared", "hall": "committee_key"}


def test_an_objection_that_offers_something_else_takes_over_what_it_leaves_as_it_is() -> None:
    cases: list[tuple[dict[str, object], dict[str, str], list[str]]] = [
        ({"terms": {"payer": "parents"}}, {**TWO, "payer": "parents"}, ["wages early", "open until 7"]),
        ({"terms": {"eligible": "two_halves"}}, {**TWO, "eligible": "two_halves"}, ["wages early", "open until 7"]),
        ({"condition": "a lamp at the door"}, TWO, ["wages early", "open until 7", "a lamp at the door"]),
        ({"terms": {"payer": "parents"}, "replaces": "L002"}, {**TWO, "payer": "parents"}, ["wages early"]),
        ({"condition": "open until 8", "replaces": "L002"}, TWO, ["wages early", "open until 8"]),
    ]
    for own, terms, left in cases:
        game, state = table()
        state = said(game, state, "ngo_director", "propose", terms=TWO, condition="wages early")
        state = said(game, state, "migrant_tenant", "support", about="L001", condition="open until 7")
        state = said(game, state, "village_cadre", "object", about="L002", **own)
        made = state["ledger"][-1]
        assert (made.owner, made.terms, conditions(state), made.amends) == ("village_cadre", terms, left, "")
        assert _item(state, "L002").objectors == {"village_cadre"}
        tabled_now = [item.line for item in proposals(game, state["ledger"], "public_engagement")]
        assert tabled_now == ["L002", "L003"], "beside it"
        bare = said(game, state, "mayor", "propose", about="L002", terms={"payer": "parents"})["ledger"][-1]
        assert (bare.terms, bare.condition) == ({"payer": "parents"}, ""), "whoever proposes begins anew"


def test_what_speaks_of_an_option_goes_with_it() -> None:
    game = Game(spec_of(scenario="clean_up", style="free", stages=("public_engagement",), turns=12), LIBRARY)
    day, fence = "The street pays the top-up on the first day of each quarter", "The street permits no fence"
    for condition, left in ((f"{day}; {fence}", [fence]), (day, [])):
        state = said(game, first_state(game), "street_director", "propose", terms={"payer": "bridge"},
                     condition=condition)  # fmt: skip
        state = said(game, state, "landlord", "object", about="L001", terms={"payer": "parking"})
        assert (state["ledger"][-1].terms, conditions(state)) == ({"payer": "parking"}, left)


def test_an_objection_that_offers_nothing_else_only_stands_against() -> None:
    game, state = debated()
    for turn in ({}, {"terms": PAID}):
        after = said(game, state, "mayor", "object", about="L003", **turn)
        assert len(after["ledger"]) == len(state["ledger"])
        assert after["lines"][-1]["condition"] == ""


def test_whoever_objected_and_has_come_over_stays_when_what_it_objected_to_is_struck() -> None:
    game, state = table()
    state = said(game, state, "ngo_director", "propose", terms=TWO, condition="wages early; open until 7")
    state = said(game, state, "mayor", "object", about="L001")
    state = said(game, state, "mayor", "support", about="L001", condition="the list hangs at the door")
    assert stands(game, state["ledger"], _item(state, "L003"))["mayor"]
    state = said(game, state, "ngo_director", "support", about="L003", replaces="L001")
    assert stands(game, state["ledger"], _item(state, "L004"))["mayor"]


def test_one_condition_more_by_an_objection_takes_a_place_as_by_support() -> None:
    game, state = table()
    wishes = "wages early; doors open; meals hot; keys shared"
    state = said(game, state, "ngo_director", "propose", terms=PAID, condition=wishes)
    turn = {"about": "L001", "terms": {"payer": "shared"}, "condition": "stairs lit"}
    beside = said(game, state, "mayor", "object", **turn, replaces="L001")
    assert conditions(beside) == [*wishes.split("; ")[1:], "stairs lit"]
    with pytest.raises(InputError, match=f"hangs on {MOST_CONDITIONS} at most"):
        said(game, state, "mayor", "object", **turn)


def test_what_was_said_in_an_aside_is_not_taken_over_before_others() -> None:
    game, state = table()
    state = said(game, state, "ngo_director", "propose", terms=TWO, condition="wages early")
    quiet = [item.altered(visible_to=("ngo_director", "mayor")) for item in state["ledger"]]
    state = said(game, {**state, "ledger": tuple(quiet)}, "mayor", "object", about="L001", terms={"payer": "parents"})
    assert (state["lines"][-1]["terms"], state["lines"][-1]["condition"]) == ({"payer": "parents"}, "")


def test_what_a_card_objects_with_is_all_that_it_offers() -> None:
    game = Game(spec_of(style="directed", stages=("public_engagement",), turns=12), LIBRARY)
    state = said(game, first_state(game), "ngo_director", "propose", terms=TWO)
    state = said(game, state, "mayor", "object", about="L001", terms={"payer": "parents"})
    assert state["lines"][-1]["terms"] == {"payer": "parents"}


def test_whoever_changes_an_option_does_not_keep_those_who_stood_for_the_other_one() -> None:
    game, state = debated()
    state = said(game, state, "mayor", "support", about="L003", terms={"payer": "shared"})
    changed = state["ledger"][-1]
    assert stands(game, state["ledger"], changed) == {"mayor": True}
    assert {item.line for item in proposals(game, state["ledger"], "public_engagement")} == {"L003", changed.line}


def test_whoever_moved_something_else_and_then_backs_an_earlier_motion_stands_for_that() -> None:
    game, state = table()
    state = said(game, state, "ngo_director", "propose", terms=PAID)
    state = said(game, state, "village_cadre", "support", about="L001")
    state = said(game, state, "village_cadre", "propose", terms={"payer": "shared"})
    assert "village_cadre" not in stands(game, state["ledger"], _item(state, "L001"))
    state = said(game, state, "village_cadre", "support", about="L001")
    assert stands(game, state["ledger"], _item(state, "L001"))["village_cadre"]
    assert "village_cadre" not in stands(game, state["ledger"], _item(state, "L003"))


def test_whoever_brought_what_is_struck_no_longer_stands_for_the_motion() -> None:
    game, state = debated()
    state = said(game, state, "mayor", "support", about="L003", replaces="L002")
    assert stands(game, state["ledger"], state["ledger"][-1]) == dict.fromkeys(
        ("ngo_director", "village_cadre", "mayor"), True
    )


def test_a_mover_changes_the_own_motion() -> None:
    game, state = table()
    state = said(game, state, "ngo_director", "propose", terms=PAID, condition="wages on the tenth")
    state = said(game, state, "ngo_director", "support", about="L001", condition="wages by spring", replaces="L001")
    assert conditions(state) == ["wages by spring"]
    assert [item.line for item in proposals(game, state["ledger"], "public_engagement")] == ["L002"]
    same = said(game, state, "ngo_director", "support", about="L002")
    assert same["ledger"] == state["ledger"], "nobody supports a motion of their own"


@pytest.mark.parametrize(
    ("condition", "own"),
    [
        ("open until 8; a sitter past 8", ["open until 8", "a sitter past 8"]),
        ("open until 8, a sitter past 8", ["open until 8, a sitter past 8"]),
    ],
)
def test_a_semicolon_parts_two_conditions_and_each_counts(condition: str, own: list[str]) -> None:
    game, state = table()
    state = said(game, state, "ngo_director", "propose", terms=PAID, condition="wages on the tenth")
    state = said(game, state, "mayor", "support", about="L001", condition=condition)
    assert conditions(state) == ["wages on the tenth", *own]


PARTS = {"en": "the street counts the rooms, an empty month is not charged", "zh": "街道按月核房，空着的间当月不收费"}
WHOLE = {"en": "the owner counts the rooms, an empty month is not charged", "zh": "房东按月核房，空着的间当月不收费"}
PART = {"en": "the owner counts the rooms", "zh": "房东按月核房"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_model_is_told_what_falls_with_a_condition_that_its_own_replaces(lang: Lang) -> None:
    game, state = table(lang)
    state = said(game, state, "ngo_director", "propose", terms=PAID, condition=PARTS[lang])
    turn: Turn = {**TURN, "act": "support", "about": "L001", "replaces": "L001", "condition": PART[lang]}
    told = unnoticed(game, state, turn, "mayor")
    assert PARTS[lang].replace("，", ",").split(",")[1].strip() in told
    assert "L001" in told
    assert not unnoticed(game, state, {**turn, "condition": WHOLE[lang]}, "mayor")
    assert not unnoticed(game, state, {**turn, "condition": PART[lang], "replaces": ""}, "mayor"), "nothing falls"
    aloud = {
        "en": ("An empty month is charged as well.", "The second half I strike."),
        "zh": ("空着的间不收费，这句划掉。", "后半句划掉。", "空房收不收费，下回再说。"),
    }[lang]
    for says in aloud:
        assert not unnoticed(game, state, {**turn, "says": says}, "mayor"), "who takes up a clause aloud means it"


def test_a_comma_within_a_figure_parts_no_clause() -> None:
    game, state = table()
    whole = "the district signs for the whole of the missing sum of 119,000 yuan each year"
    state = said(game, state, "ngo_director", "propose", terms=PAID, condition=whole)
    less = "the district signs for the whole of the missing sum"
    turn: Turn = {**TURN, "act": "support", "about": "L001", "replaces": "L001", "condition": less}
    assert not unnoticed(game, state, turn, "mayor")


def test_a_model_is_told_that_a_semicolon_makes_two_conditions() -> None:
    game, state = debated()
    turn: Turn = {**TURN, "act": "support", "about": "L003", "condition": "open until 8; a sitter past 8"}
    assert "a semicolon makes 2 of it, and each counts" in unnoticed(game, state, turn, "mayor")
    assert not unnoticed(game, state, {**turn, "condition": "open until 8, a sitter past 8"}, "mayor")
    assert not unnoticed(game, state, {**turn, "act": "decide"}, "mayor"), "whoever decides writes out all of them"


def test_of_two_conditions_of_one_line_only_the_one_falls_that_is_replaced() -> None:
    game, state = table()
    both = "wages on the tenth; open until 7"
    state = said(game, state, "ngo_director", "propose", terms=PAID, condition=both)
    amended = said(game, state, "mayor", "support", about="L001", condition="open until half past 7", replaces="L001")
    assert conditions(amended) == ["wages on the tenth", "open until half past 7"]


LIT: dict[Lang, str] = {"en": "the stairs are lit by March", "zh": "三月前楼道有灯"}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("act", "says", "to"),
    [
        ("ask", "Who pays?", "ngo_director"),
        ("answer", "The district.", "all"),
        ("promise", "I sweep them.", "all"),
        ("promise", "The district pays.", "all"),
    ],
)
def test_a_condition_about_what_is_said_of_a_motion_stands_with_that_motion(
    lang: Lang, act: Act, says: str, to: str
) -> None:
    game, state = table(lang)
    state = said(game, state, "ngo_director", "propose", terms=PAID)
    terms = PAID if act == "promise" and "pays" in says else {}
    state = said(game, state, "village_cadre", act, says=says, about="L001", to=to, terms=terms)
    state = said(game, state, "mayor", "support", about="L002", to="village_cadre", condition=LIT[lang])
    assert (state["lines"][-1]["about"], conditions(state)) == ("L001", [LIT[lang]])
    state = said(game, state, "migrant_tenant", "propose", terms={"payer": "parents"})
    later = said(game, state, "grid_master", "support", about="L002", condition="x")
    assert conditions(later) == [LIT[lang], "x"], "L003 stands in the place of what the line was about"
    assert later["lines"][-1]["about"] == "L003"
    beside = said(game, state, "grid_master", "object", about="L002", condition="x")["ledger"][-1]
    assert (beside.condition, beside.base) == (f"{LIT[lang]}{game.words('semi')}x", "L003"), "or is put beside it"
    assert LIT[lang] in turn_messages(game, later, floor_of("ngo_director", "support"), None)[-1]["content"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_condition_about_nothing_on_the_table_means_the_only_motion_or_its_speaker_is_told(lang: Lang) -> None:
    game, state = table(lang)
    state = said(game, state, "village_cadre", "ask", to="mayor", says="Who has the key?")
    turn: Turn = {**TURN, "act": "support", "about": "L001", "condition": LIT[lang]}
    alone = said(game, state, "mayor", "support", about="L001", condition=LIT[lang])
    assert alone["lines"][-1]["condition"] == LIT[lang], "no motion is there for it"
    assert not unnoticed(game, state, turn, "mayor")
    state = said(game, state, "ngo_director", "propose", terms=PAID)
    assert conditions(said(game, state, "mayor", "support", about="L001", condition=LIT[lang])) == [LIT[lang]]
    assert conditions(said(game, state, "mayor", "support", to="village_cadre", condition=LIT[lang])) == [LIT[lang]]
    assert not unnoticed(game, state, turn, "mayor")
    state = said(game, state, "migrant_tenant", "propose", terms={"payer": "parents"})
    assert conditions(said(game, state, "mayor", "support", about="L001", to="ngo_director", condition="x")) == ["x"]
    told = unnoticed(game, state, turn, "mayor")
    assert "L002" in told
    assert "L003" in told
    by_hand = {"act": "support", "to": "all", "says": "x", "about": "L001", "condition": "x"}
    with pytest.raises(InputError, match="L002"):
        person_turn(game, {**state, "floor": floor_of("mayor", "support")}, by_hand)
    assert person_turn(game, {**state, "floor": floor_of("mayor", "support")}, {**by_hand, "about": "L002"})
    stands = said(game, state, "mayor", "support", about="L002")
    assert not unnoticed(game, stands, turn, "mayor"), "whoever stands for one of them means that"
    left = said(game, state, "mayor", "support", about="L001", condition=LIT[lang])
    assert (left["lines"][-1]["condition"], left["ledger"]) == (LIT[lang], state["ledger"])


def chaired(*said_before: str) -> tuple[Game, State]:
    """Return a meeting that its chair decides, after a motion and what it hangs on."""
    game = Game(spec_of(style="free", governance="command", stages=("public_engagement",)), LIBRARY)
    state = first_state(game)
    for number, condition in enumerate(said_before):
        turn = {"terms": PAID} if not number else {"about": f"L00{number}"}
        seat = "village_cadre" if number % 2 else "grid_master"
        state = said(game, state, seat, "support" if number else "propose", condition=condition, **turn)
    return game, {**state, "floor": {**floor_of(game.chair, "decide"), "phase": "decision"}}


def test_whoever_decides_alone_writes_out_all_that_the_decision_hangs_on() -> None:
    game, state = chaired("lamps first")
    turn: Turn = {**TURN, "act": "decide", "terms": PAID, "condition": "wages on the tenth; open until 7"}
    assert make_line(game, state, turn, "model")["condition"] == "wages on the tenth; open until 7"
    fields = turn_schema(game, state, state["floor"], None)["properties"]  # type: ignore[arg-type]
    assert fields["condition"]["maxLength"] == MOST_CONDITIONS * 100
    assert "replaces" in fields


def test_whoever_decides_alone_takes_over_what_the_motion_hangs_on() -> None:
    cases: list[tuple[str, str, str]] = [
        ("", "", "lamps first; wages on the tenth"),
        (
            "open until 7; the key is signed for",
            "",
            "lamps first; wages on the tenth; open until 7; the key is signed for",
        ),
        ("wages on the first", "L002", "lamps first; wages on the first"),
        ("", "L001", "wages on the tenth"),
    ]
    for own, replaces, held in cases:
        game, state = chaired("lamps first", "wages on the tenth")
        turn: Turn = {**TURN, "act": "decide", "terms": PAID, "about": "L002", "condition": own, "replaces": replaces}
        assert make_line(game, state, turn, "model")["condition"] == held


def test_whoever_decides_alone_may_strike_all_that_a_motion_hangs_on_but_nothing_else() -> None:
    game, state = chaired("lamps first")
    turn: Turn = {**TURN, "act": "decide", "terms": PAID, "about": "L001", "replaces": "L001"}
    assert make_line(game, state, turn, "model")["condition"] == ""
    assert "'L009' brought no condition" in refusal(game, state, {**turn, "replaces": "L009"})
    many: Turn = {**turn, "replaces": "", "condition": "; ".join(f"door {number} is lit" for number in range(5))}
    assert "hangs on 4 at most" in refusal(game, state, many)
    game, state = chaired("a lamp", "a key", "a desk", "a chair")
    told = turn_messages(game, state, state["floor"], None)[-1]["content"]  # type: ignore[arg-type]
    assert told.count("room left: L004 0)") == 2, "also where it is told how to decide"


def test_a_person_who_decides_alone_is_offered_the_motions_and_what_they_hang_on() -> None:
    game, state = chaired("lamps first")
    view = seat_view(game, state, game.chair)
    assert list(open_matters(game, view, "decide")) == ["L001"]
    assert "lamps first" in condition_note(game, view, "decide", "L001")
    assert list(replaceable(game, view, "decide", "L001")) == ["L001"]


def test_an_amended_motion_is_paid_as_what_it_grew_out_of() -> None:
    game, state = table()
    state = said(game, state, "ngo_director", "propose", terms={"payer": "parents"})
    state = said(game, state, "mayor", "support", about="L001", condition="wages on the tenth")
    assert [item.payer for item in state["ledger"]] == ["parents", "parents"]


@pytest.mark.parametrize("aside", [False, True])
def test_a_motion_that_was_made_aloud_is_read_out_with_what_it_hangs_on_and_one_from_an_aside_is_not(
    aside: bool,
) -> None:
    """What a room of few hung on its motion holds in the room of all, who hear it when it is amended."""
    game = Game(spec_of(style="free", stages=("training", "public_engagement"), governance="command"), LIBRARY)
    state = said(game, first_state(game), "mayor", "propose", terms=PAID, condition="wages on the tenth")
    few = list(game.present("training"))
    assert "migrant_tenant" not in few
    heard = [few[0], few[1]] if aside else few
    made = state["ledger"][-1].altered(visible_to=tuple(heard))
    later: State = {**state, "stage": 1, "ledger": (made,), "lines": [{**state["lines"][0], "visible_to": heard}]}
    after = said(game, later, "grid_master", "support", about="L001", condition="open until 7")
    assert conditions(after) == (["open until 7"] if aside else ["wages on the tenth", "open until 7"])
    amended = said(game, state, few[1], "support", about="L001", condition="a lamp at the door")
    later = {**amended, "stage": 1, "lines": [{**each, "visible_to": heard} for each in amended["lines"]]}
    later["ledger"] = tuple(item.altered(visible_to=tuple(heard)) for item in amended["ledger"])
    after = said(game, later, "grid_master", "support", about="L002", condition="open until 7")
    known = seat_view(game, after, "migrant_tenant").ledger
    assert aside or brought(known, after["ledger"][-1].condition)[0] == ("L001", "wages on the tenth"), "each its own"


def test_whoever_would_leave_its_own_motion_by_an_objection_with_a_condition_is_told_once() -> None:
    game, state = table()
    state = said(game, state, "ngo_director", "propose", terms=PAID)
    state = said(game, state, "mayor", "propose", terms={"payer": "shared"})
    turn: Turn = {**TURN, "act": "object", "to": "mayor", "about": "L002", "condition": "wages on the tenth"}
    told = unnoticed(game, state, turn, "ngo_director")
    assert "your own L001 falls, and in its place you put a motion like L002" in told
    assert game.scenario.decision_by_id["payer"].options["shared"].en in told
    assert not unnoticed(game, state, {**turn, "condition": ""}, "ngo_director"), "who only objects leaves nothing"
    assert not unnoticed(game, state, {**turn, "terms": PAID}, "ngo_director"), "what it wants is its own motion again"
    assert not unnoticed(game, state, turn, "local_parent")
