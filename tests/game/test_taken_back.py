"""What somebody takes back or will not do: a promise of its own, a task, a condition, and what stands of it."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.ledger.ledger import ledger
from sandbox.game.minutes.minutes import minutes_text
from sandbox.game.minutes.remembered import read_minutes
from sandbox.game.review.due import lapsed
from sandbox.game.session import Session
from sandbox.game.state import Minutes, State, first_state
from sandbox.game.view import seat_view
from sandbox.record.line import Turn
from sandbox.report.entries import entry_state
from sandbox.report.reading import Reading
from sandbox.scoring.holders import accepted_in
from sandbox.scoring.level_rules import promises_sound
from sandbox.session.offers import own_promises
from sandbox.session.prompts import turn_messages
from sandbox.session.schema import turn_schema
from sandbox.session.turns import person_turn
from tests.game.making import LIBRARY, SCENARIO, floor_of, line, said
from tests.session.support import spec_of

PAID = {"payer": "district"}


def promised(lang: Lang = "en") -> tuple[Game, State]:
    """Return what a director has promised beside its motion, and the mayor the district's money."""
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12, lang=lang), LIBRARY)
    own = {"en": "two of our workers until 7", "zh": "派两个人做到七点"}[lang]
    state = said(game, first_state(game), "ngo_director", "propose", terms=PAID, promises=own)
    return game, said(game, state, "mayor", "promise", terms=PAID)


def _promise(state: State, name: str) -> Item:
    return next(item for item in state["ledger"] if item.line == name and item.kind == "promise")


def test_a_promise_of_ones_own_is_taken_back_beside_any_act_and_the_motion_stays() -> None:
    game, state = promised()
    state = said(game, state, "ngo_director", "object", to="mayor", withdraws="L001", promises="one worker until 6")
    assert (_promise(state, "L001").state, _promise(state, "L001").history[-1]) == ("withdrawn", ("L003", "withdrawn"))
    assert _promise(state, "L003").state == "open", "and another in its place"
    assert next(item for item in state["ledger"] if item.kind == "proposal").state == "open"
    assert state["lines"][-1]["withdraws"] == "L001"
    assert [(item.line, why) for item, why in lapsed(state["ledger"]) if item.state == "withdrawn"] == [
        ("L001", "withdrawn")
    ]


@pytest.mark.parametrize(("seat", "promise"), [("mayor", "L001"), ("mayor", "L009"), ("village_cadre", "L002")])
def test_nobody_takes_back_what_is_not_its_own(seat: str, promise: str) -> None:
    game, state = promised()
    with pytest.raises(InputError, match=f"'{promise}' is no promise of yours"):
        said(game, state, seat, "inform", withdraws=promise)


def test_what_was_taken_back_is_not_taken_back_again_nor_kept_or_broken_by_what_follows() -> None:
    game, state = promised()
    state = said(game, state, "mayor", "inform", withdraws="L002")
    with pytest.raises(InputError, match="is no promise of yours"):
        said(game, state, "mayor", "inform", withdraws="L002")
    after = said(game, state, "mayor", "promise", terms={"payer": "shared"})
    assert _promise(after, "L002").state == "withdrawn"
    again = ledger(SCENARIO, [*state["lines"], line(4, "mayor", "support", "mayor", about="L002")])
    assert next(item for item in again if item.line == "L002").state == "withdrawn"


def test_who_has_heard_the_promise_alone_still_counts_on_it() -> None:
    game, state = promised()
    to_one = {**line(3, "mayor", "inform", "ngo_director"), "stage": "public_engagement", "withdraws": "L002"}
    lines = [*state["lines"], {**to_one, "visible_to": ["mayor", "ngo_director"]}]
    after: State = {**state, "lines": lines, "ledger": ledger(game.scenario, lines)}  # type: ignore[arg-type, typeddict-item]
    for seat, left in (("village_cadre", "open"), ("ngo_director", "withdrawn")):
        assert [item.state for item in seat_view(game, after, seat).ledger if item.line == "L002"] == [left]


@pytest.mark.parametrize(
    ("lang", "told", "mark", "state_word"),
    [
        ("en", "(takes back: “two of our workers until 7”)", "takes back the promise: ", "taken back by its owner"),
        ("zh", "（收回承诺：", "收回承诺：", "本人收回"),
    ],
)
def test_minutes_transcript_and_ledger_tell_it(lang: Lang, told: str, mark: str, state_word: str) -> None:
    game, state = promised(lang)
    state = said(game, state, "ngo_director", "object", to="mayor", withdraws="L001")
    assert told in minutes_text(game, "public_engagement", state["lines"], [])
    reading = Reading(Session(game, state))
    assert [text for _, text in reading.line(state["lines"][-1]).marks if text.startswith(mark)]
    assert entry_state(reading, _promise(state, "L001"))[1] == state_word
    ride = {"en": "one of us rides along each week", "zh": "每个礼拜我陪着坐一趟车"}[lang]
    state = said(game, state, "mayor", "promise", terms=PAID, promises=ride)
    state = said(game, state, "mayor", "inform", withdraws=state["lines"][-1]["id"])
    (row,) = [row for row in minutes_text(game, "public_engagement", state["lines"], []).splitlines() if "L005 " in row]
    assert ride in row, "not the option that it named, which may be carried all the same"


def test_scores_hold_nobody_to_a_promise_that_was_taken_back() -> None:
    game, state = promised()
    beyond = said(game, state, "village_cadre", "promise", terms=PAID)
    assert promises_sound(Session(game, beyond)).level != 5
    righted = said(game, beyond, "village_cadre", "inform", withdraws="L003")
    assert promises_sound(Session(game, righted)).level == 5
    question, option = next(iter(PAID.items()))
    remit = game.scenario.decision_by_id[question].remit
    assert accepted_in(Session(game, state), question, option, remit) == "L002"
    assert (
        accepted_in(Session(game, said(game, state, "mayor", "inform", withdraws="L002")), question, option, remit)
        == ""
    )


def test_whoever_speaks_freely_is_offered_its_own_promises_and_nobody_else() -> None:
    game, state = promised()
    for seat, own in (("mayor", ["L002"]), ("ngo_director", ["L001"]), ("village_cadre", [])):
        floor = floor_of(seat, "inform")
        fields = turn_schema(game, {**state, "floor": floor}, floor, None)["properties"]
        assert fields.get("withdraws", {}).get("enum", [""]) == [*own, ""]
        prompt = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
        assert ("You may take back" in prompt) == bool(own)
        assert [*own_promises(seat_view(game, {**state, "floor": floor}, seat))] == own
    after = said(game, state, "mayor", "inform", withdraws="L002")
    floor = floor_of("village_cadre", "inform")
    assert "Takes back: L002." in turn_messages(game, {**after, "floor": floor}, floor, None)[-1]["content"]


def test_a_host_too_has_a_field_for_the_promise_that_it_is_told_it_may_take_back() -> None:
    game = Game(spec_of(style="free", stages=("learning_tour",), turns=12), LIBRARY)
    state = said(game, first_state(game), "site_host", "inform", promises="the contract by Friday")
    floor = floor_of("site_host", "inform")
    assert turn_schema(game, {**state, "floor": floor}, floor, None)["properties"]["withdraws"]["enum"] == ["L001", ""]


def test_a_person_takes_a_promise_back() -> None:
    game, state = promised()
    floor = floor_of("mayor", "inform")
    turn = person_turn(
        game, {**state, "floor": floor}, {"act": "inform", "to": "all", "says": "No.", "withdraws": "L002"}
    )
    assert turn["withdraws"] == "L002"


def bound(lang: Lang = "en") -> tuple[Game, State]:
    """Return a motion with a condition that the village cadre is to fulfil."""
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12, lang=lang), LIBRARY)
    state = said(game, first_state(game), "ngo_director", "propose", terms=PAID)
    asks = game.name("village_cadre") + {"en": " hands over the key", "zh": "把钥匙交给家长保管"}[lang]
    return game, said(game, state, "migrant_tenant", "support", about="L001", condition=asks)


def test_who_will_not_fulfil_a_condition_stands_against_no_motion() -> None:
    game, state = bound()
    after = said(game, state, "village_cadre", "refuse", to="migrant_tenant", about="L002", says="Not the key.")
    assert after["lines"][-1]["refuses"].endswith("hands over the key")
    assert not [item for item in after["ledger"] if item.objectors]
    assert "will not do: " in minutes_text(game, "public_engagement", after["lines"], [])
    marks = Reading(Session(game, after)).line(after["lines"][-1]).marks
    assert [text for _, text in marks if text.startswith("will not fulfil the condition: ")]


@pytest.mark.parametrize(("lang", "refused", "missing"), [
    ("en", "takes_on: 'L001' asks nothing of you; allowed: L002", "Your word is missing on L002"),
    ("zh", "“L001”没有要您做什么；要您做的在：L002", "还没表态的：L002"),
])  # fmt: skip
def test_whoever_a_condition_asks_for_something_answers_it_by_any_act_and_nobody_else_does(
    lang: Lang, refused: str, missing: str
) -> None:
    game, state = bound(lang)

    def asked(state: State, seat: str) -> tuple[dict[str, Any], list[str], str]:
        floor = floor_of(seat, "inform")
        now: State = {**state, "floor": floor}
        shape = turn_schema(game, now, floor, None)
        prompt = turn_messages(game, now, floor, None)[-1]["content"]
        return shape["properties"].get("takes_on", {}), shape["required"], prompt

    def turn(**takes_on: str) -> Turn:
        now: State = {**state, "floor": floor_of("village_cadre", "inform")}
        return person_turn(game, now, {"act": "inform", "to": "all", "says": "So.", "takes_on": takes_on})

    field, required, prompt = asked(state, "village_cadre")
    assert field["properties"] == {"L002": {"type": "string", "enum": ["yes", "part", "no", "open"]}}
    assert field["required"] == ["L002"]
    assert "takes_on" in required
    assert missing in prompt
    for seat in ("ngo_director", "migrant_tenant"):
        field, required, prompt = asked(state, seat)
        assert (field, "takes_on" in required, "takes_on" in prompt) == ({}, False, False), "of whom it asks nothing"
    with pytest.raises(InputError, match=refused):
        turn(L001="yes")
    assert "takes_on" not in turn(L002="open"), "as if nothing was said"
    after = said(game, state, "village_cadre", **turn(L002="no"))
    assert after["lines"][-1]["refuses"].startswith(game.name("village_cadre"))
    field, required, prompt = asked(after, "village_cadre")
    assert field["properties"], "it may still change it"
    assert (field["required"], "takes_on" in required, missing in prompt) == ([], False, False)


@pytest.mark.parametrize(("seat", "act"), [("village_cadre", "object"), ("local_parent", "refuse")])
def test_who_objects_or_is_asked_for_nothing_stands_against_it(seat: str, act: Act) -> None:
    game, state = bound()
    after = said(game, state, seat, act, to="migrant_tenant", about="L002")
    assert [item.objectors for item in after["ledger"] if item.line == "L002"] == [{seat}]
    assert "refuses" not in after["lines"][-1]


def test_who_refuses_a_task_or_what_was_just_asked_stands_against_no_motion() -> None:
    task = SCENARIO.tasks[0].id
    before = [
        line(1, "mayor", "propose", terms=PAID),
        line(2, "mayor", "delegate", "grid_master", task=task),
    ]
    for refused in (
        line(3, "grid_master", "refuse", "mayor", task=task),
        line(3, "grid_master", "refuse", "mayor", about="L002"),
        line(3, "grid_master", "refuse", "mayor"),
    ):
        items = ledger(SCENARIO, [*before, refused])
        assert not [item for item in items if item.kind == "proposal" and item.objectors]
    assert [item.state for item in ledger(SCENARIO, [*before, line(3, "grid_master", "refuse", "mayor", task=task)])
            if item.kind == "task"] == ["disputed"]  # fmt: skip
    against = ledger(SCENARIO, [*before, line(3, "grid_master", "refuse", "mayor", about="L001")])
    assert against[0].objectors == {"grid_master"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_minutes_no_longer_tell_what_was_promised_in_a_line_that_was_taken_back(lang: Lang) -> None:
    stages = ("application", "public_engagement")
    game = Game(spec_of(style="free", stages=stages, turns=12, lang=lang), LIBRARY)
    own = {"en": "two workers until 7", "zh": "派两个人做到七点"}[lang]
    state = said(game, first_state(game), "ngo_director", "inform", promises=own)
    for here in (True, False):
        held = said(game, state, "ngo_director", "inform", withdraws="L001") if here else state
        text = minutes_text(game, stages[0], held["lines"], [])
        first = next(row for row in text.splitlines() if row.startswith("L001"))
        assert (own in first) != here
        minutes: Minutes = {
            "stage": stages[0],
            "present": list(game.present(stages[0])),
            "text": text,
            "ended": "limit",
        }
        later: State = {**held, "stage": 1, "turn": 0, "minutes": [minutes]}
        if not here:
            assert own in read_minutes(game, later, minutes, "mayor")
            back = said(game, later, "ngo_director", "inform", withdraws="L001")
            assert own not in read_minutes(game, back, minutes, "mayor")


@pytest.mark.parametrize(
    ("lang", "lifted", "refused"),
    [
        ("en", ", lifted", ", handed to grid_master, who refused"),
        ("zh", "，已取消", "，已派给grid_master，本人不认"),
    ],
)
def test_a_task_is_told_with_what_became_of_it(lang: Lang, lifted: str, refused: str) -> None:
    game = Game(spec_of(style="free", stages=("application",), turns=12, lang=lang), LIBRARY)
    text = next(task for task in SCENARIO.tasks if task.id == "second_file").text.get(lang)

    def told(state: State) -> str:
        floor = floor_of("mayor", "inform", "delegate", "concede")
        shown = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
        return shown.partition(f"second_file = {text}")[2].splitlines()[0]

    state = first_state(game)
    assert not told(state).startswith(lifted)
    state = said(game, state, "mayor", "concede", task="second_file")
    assert told(state).startswith(lifted)
    state = said(game, state, "mayor", "delegate", to="grid_master", task="second_file")
    assert not told(state).startswith(lifted), "and handed down after all"
    state = said(game, state, "grid_master", "refuse", about="L002", task="second_file")
    assert told(state).startswith(refused)
    assert lifted not in told(state).split(";")[0].split("；")[0]


@pytest.mark.parametrize(
    ("lang", "may", "became"),
    [
        ("en", "; refuse disputes one, but lifts second_file", ", handed to grid_master, who refused, and so lifted"),
        ("zh", "；refuse不认，second_file一退就取消", "，已派给grid_master，本人不认，已取消"),
    ],
)
def test_a_task_off_the_agreed_list_is_told_as_one_that_a_refusal_lifts(lang: Lang, may: str, became: str) -> None:
    governance = "government_community_interaction"
    spec = spec_of(style="free", stages=("application",), turns=12, governance=governance, lang=lang)
    game = Game(spec, LIBRARY)

    def told(state: State, *floor: Any) -> str:
        given = floor_of(*floor)
        rows = turn_messages(game, {**state, "floor": given}, given, None)[-1]["content"].splitlines()
        return next(row for row in rows if "second_file = " in row)

    state = said(game, first_state(game), "mayor", "delegate", to="grid_master", task="second_file")
    handed = told(state, "grid_master", "concede", "refuse")
    assert may in handed
    assert "concede" not in handed, "only who handed it down, or stands above them, lifts it so"
    assert "concede" in told(state, "mayor", "concede")
    state = said(game, state, "grid_master", "refuse", to="mayor", task="second_file")
    assert state["ledger"][-1].state == "lifted"
    assert became in told(state, "mayor", "inform", "delegate", "concede")
    (row,) = [entry_state(Reading(Session(game, state, ())), item)[1] for item in state["ledger"]]
    assert row == {"en": "refused", "zh": "被拒绝"}[lang]


def test_an_objection_with_terms_leaves_the_motion_that_it_answers_as_it_was_and_with_its_mover() -> None:
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12), LIBRARY)
    state = said(game, first_state(game), "mayor", "propose", terms=PAID, condition="The village lends the hall")
    (before,) = state["ledger"]
    state = said(game, state, "village_cadre", "object", about="L001", terms={"payer": "shared"})
    first, beside = (item for item in seat_view(game, state, "mayor").proposals)
    assert (first.line, first.owner, first.terms, first.condition) == ("L001", "mayor", PAID, before.condition)
    assert (beside.owner, beside.amends) == ("village_cadre", "")
