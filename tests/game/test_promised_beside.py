"""What a seat promises in few words, by an act of promise or beside another: kept, told, and fallen with its motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Account
from sandbox.game.ledger.ledger import decided, ledger
from sandbox.game.ledger.promises_lost import lost_with, promises_lost, promises_revived
from sandbox.game.minutes.minutes import minutes_text
from sandbox.game.motions.backing import stands
from sandbox.game.motions.ballots import motion
from sandbox.game.play import spoken
from sandbox.game.review.reporting import as_reviewed
from sandbox.game.session import Session
from sandbox.game.state import Floor, State, apply, first_state
from sandbox.game.steps import hear, make_line
from sandbox.game.table import promises
from sandbox.game.view import seat_view
from sandbox.record.line import DecisionTaken, Line, Turn
from sandbox.report.entries import entry_state
from sandbox.report.reading import Reading
from sandbox.session.offers import promise_asked
from sandbox.session.prompts import turn_messages
from sandbox.session.pulses import pulse_call
from sandbox.session.schema import turn_schema
from sandbox.session.turns import person_turn
from tests.game.making import LIBRARY, TURN, decision, line, said
from tests.session.support import spec_of

OWN = "I come on my three evenings if it is carried"
TERMS = {"provider": "social_organisation"}


def floor_of(game: Game, seat: str) -> Floor:
    return {"seat": seat, "why": "quiet", "acts": list(game.speech(seat)), "point": "", "phase": "discussion"}


def supported(condition: str = "") -> tuple[Game, State]:
    """Return a meeting in which a motion was supported with a promise beside."""
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12), LIBRARY)
    state = first_state(game)
    for seat, turn in (
        ("grid_master", {"act": "propose", "terms": TERMS}),
        ("teacher_volunteer", {"act": "support", "about": "L001", "condition": condition, "promises": OWN}),
    ):
        state = {**state, "floor": floor_of(game, seat)}
        made = make_line(game, state, {**TURN, **turn, "says": f"{seat} speaks"}, "model")  # type: ignore[typeddict-item]
        state = apply(state, hear(game, state, made))
    return game, state


@pytest.mark.parametrize("condition", ["", "an empty chair is lent"])
def test_one_line_supports_and_promises(condition: str) -> None:
    game, state = supported(condition)
    (promise,) = promises(state["ledger"])
    assert (promise.line, promise.owner, promise.says, promise.terms) == ("L002", "teacher_volunteer", OWN, {})
    motion = [item for item in state["ledger"] if item.kind == "proposal"][-1]
    assert stands(game, state["ledger"], motion)["teacher_volunteer"]
    assert motion.condition == condition


def test_a_promise_in_words_of_its_own_is_told_by_these_and_not_by_an_option_that_it_names() -> None:
    game, state = supported()
    calls, says = "call the village to meet before the inspection", "I'll call the village together."
    turn = {**TURN, "act": "promise", "says": says, "promises": calls, "terms": {"hall": "committee_key"}}
    state = {**state, "floor": floor_of(game, "village_cadre")}
    made = make_line(game, state, turn, "model")  # type: ignore[arg-type]
    state = apply(state, hear(game, state, made))
    floor = floor_of(game, "mayor")
    prompt = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
    assert f"L003 village_cadre ⟦{calls}⟧" in prompt.split("Promises not taken back")[1]
    taken = decision({"hall": "committee_key"})
    items = decided(game.scenario, state["ledger"], taken, state["lines"])
    reading = Reading(Session(game, {**state, "ledger": items, "decisions": [taken]}))
    kept = next(item for item in items if item.line == "L003")
    assert entry_state(reading, kept)[0] == "due", "what it says it will do is still to be done"


def test_it_stands_in_prompts_minutes_and_transcript_once() -> None:
    game, state = supported("an empty chair is lent")
    floor = floor_of(game, "mayor")
    prompt = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
    assert prompt.count(OWN) == 1
    assert "L002 teacher_volunteer" in prompt.split("Promises not taken back")[1]
    text = minutes_text(game, "public_engagement", state["lines"], [])
    assert f"supported it (on condition: an empty chair is lent) (promises: {OWN})" in text
    marks = Reading(Session(game, state)).line(state["lines"][-1]).marks
    assert ("promises", f"promises: {OWN}") in marks


def test_only_who_may_promise_may_do_so_and_beside_any_act() -> None:
    game, state = supported()
    state = {**state, "floor": floor_of(game, "teacher_volunteer")}
    view = seat_view(game, state, "teacher_volunteer")
    assert promise_asked(game, view, "support")
    assert promise_asked(game, view, "object")
    assert not promise_asked(game, view, "ask"), "people are not asked at each turn"
    assert "promises" in turn_schema(game, state, state["floor"], None)["properties"]  # type: ignore[arg-type]
    turn = {"act": "object", "to": "all", "says": "no", "promises": OWN}
    to = {**turn, "promised_to": ["local_parent", "mayor"]}
    made = make_line(game, state, person_turn(game, state, to), "person")
    entry = promises(apply(state, hear(game, state, made))["ledger"])[-1]
    assert entry.promised_to == ("local_parent", "mayor")
    with pytest.raises(InputError, match="'teacher_volunteer' is nobody here to whom you could promise it"):
        person_turn(game, state, {**turn, "promised_to": ["teacher_volunteer"]})
    for act in ("object", "answer"):
        made = make_line(game, state, person_turn(game, state, {**turn, "act": act}), "person")
        entry = promises(apply(state, hear(game, state, made))["ledger"])[-1]
        assert (entry.line, entry.says, entry.beside) == (made["id"], OWN, "")
    motion: Floor = {**floor_of(game, "mayor"), "acts": ["propose"], "why": "motion"}
    assert "promises" in turn_schema(game, {**state, "floor": motion}, motion, None)["properties"]
    barred = Game(spec_of(scenario="visitors_first", style="free", stages=("public_engagement",), turns=12), LIBRARY)
    assert not any(has(act, "promises") for act in barred.acts("inspector"))
    state = {**first_state(barred), "floor": floor_of(barred, "inspector")}
    assert "promises" not in turn_schema(barred, state, state["floor"], None)["properties"]  # type: ignore[arg-type]
    with pytest.raises(InputError, match="only a seat that may promise"):
        person_turn(barred, state, {**turn, "act": "support"})


@pytest.mark.parametrize(("again", "keeps"), [(TERMS, True), ({"provider": "school"}, False)])
@pytest.mark.parametrize("willing", [True, False])
def test_a_promise_that_fell_with_a_motion_stands_again_once_a_later_one_carries_the_same(
    again: dict[str, str], keeps: bool, willing: bool
) -> None:
    game, state = supported()
    lost: DecisionTaken = {**decision(TERMS, carried=False), "fallen": ["L002"]}
    items = decided(game.scenario, state["ledger"], lost, state["lines"])
    assert "fallen" in [item.state for item in items], "with the motion that lost"
    votes = {"grid_master": True, "teacher_volunteer": willing}
    revived = promises_revived(game, items, votes, again, "")
    assert revived == (["L002"] if keeps and willing else []), "who votes against what is carried owes nothing by it"
    asks = "Lu Wenjuan comes on three evenings"
    rival = replace(items[0], line="L003", condition=asks)
    taking = tuple(replace(item, takes_on=("L003",)) if item.kind == "promise" else item for item in (*items, rival))
    asked = promises_revived(game, taking, votes, again, asks)
    assert asked == (["L002"] if willing else []), "whatever else is carried, where that asks what it takes on"
    later: DecisionTaken = {**decision(again, about="L003"), "id": "D-public_engagement-2", "revived": revived}
    assert [item.says for item in promises(decided(game.scenario, items, later, state["lines"]))] == [OWN] * len(
        revived
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("carried", [True, False])
def test_a_promise_stands_while_another_motion_with_its_option_waits_for_its_vote(
    lang: Lang, same: bool, carried: bool
) -> None:
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12, lang=lang), LIBRARY)
    state = first_state(game)
    (_, option), *_ = game.in_words(TERMS)
    rival = {"hall": "committee_key"} | (TERMS if same else {})
    for seat, turn in (
        ("grid_master", {"act": "propose", "terms": TERMS}),
        ("teacher_volunteer", {"act": "support", "about": "L001", "promises": option}),
        ("ngo_director", {"act": "propose", "terms": rival}),
    ):
        state = {**state, "floor": floor_of(game, seat)}
        made = make_line(game, state, {**TURN, **turn, "says": seat}, "model")  # type: ignore[typeddict-item]
        state = apply(state, hear(game, state, made))
    for motion_put, votes in (("L001", False), ("L003", carried)):
        for seat in game.voters("public_engagement"):
            floor: Floor = {**floor_of(game, seat), "phase": "decision"}
            state = {**state, "floor": floor, "desk": {**state["desk"], "chosen": motion_put}}
            act: Act = "support" if votes else "object"
            vote = make_line(game, state, {**TURN, "act": act, "about": motion_put, "says": "So."}, "model")
            state = spoken(game, state, vote, (), None)
        if motion_put == "L001":
            assert [item.line for item in promises(state["ledger"])] == (["L002"] if same else [])
    assert [taken["motion"] for taken in state["decisions"]] == ["L001", "L003"]
    assert [item.line for item in promises(state["ledger"])] == (["L002"] if same and carried else [])


@pytest.mark.parametrize(("lang", "told"), [("en", "stand again with it: L002."), ("zh", "随它重新算数的承诺：L002。")])
def test_minutes_say_that_a_promise_stands_again(lang: Lang, told: str) -> None:
    game, state = supported()
    game = Game(game.spec.model_copy(update={"lang": lang}), LIBRARY)
    again: DecisionTaken = {**decision(TERMS, about="L001"), "revived": ["L002"]}
    assert told in minutes_text(game, "public_engagement", state["lines"], [again])
    assert told not in minutes_text(game, "public_engagement", state["lines"], [decision(TERMS, about="L001")])


def test_a_motion_with_a_promise_beside_is_voted_on_and_carried_as_it_is() -> None:
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12), LIBRARY)
    state, condition = first_state(game), "an empty chair is lent"
    opening: Turn = {**TURN, "act": "propose", "terms": TERMS, "condition": condition, "promises": OWN, "says": "So."}
    vote: Turn = {**TURN, "act": "support", "about": "L001", "says": "I am for it"}
    for seat in ("grid_master", *game.voters("public_engagement")):
        floor = floor_of(game, seat)
        if state["lines"]:
            put = motion(game, state)
            assert put is not None
            assert (put.kind, put.terms, put.condition) == ("proposal", TERMS, condition)
            floor = {**floor, "phase": "decision"}
        state = {**state, "floor": floor}
        made = make_line(game, state, vote if state["lines"] else opening, "model")
        state = spoken(game, state, made, (), None)
    (decision,) = state["decisions"]
    assert (decision["carried"], decision["terms"], decision["condition"]) == (True, TERMS, condition)


def test_whoever_missed_a_stage_is_told_once_of_what_was_promised_beside_a_motion() -> None:
    game, state = supported("an empty chair is lent")
    known = state["ledger"]
    whole = tuple(replace(item, account=Account(item.owner)) if item.kind == "promise" else item for item in known)
    told = as_reviewed(game, known, whole, (), "mayor")
    assert [(item.line, item.kind, item.account is not None) for item in told] == [
        (item.line, item.kind, item.kind == "promise") for item in known
    ]


def test_a_promise_is_what_was_promised_and_not_the_speech() -> None:
    game, state = supported()
    state = {**state, "floor": floor_of(game, "mayor")}
    says = "Chen, you asked me about the forms, and I heard it. The second file goes this week. So much for that."
    turn: Turn = {**TURN, "act": "promise", "to": "grid_master", "says": says, "promises": "the second file goes"}
    state = apply(state, hear(game, state, make_line(game, state, turn, "model")))
    assert [(item.line, item.says) for item in promises(state["ledger"])][-1] == ("L003", "the second file goes")
    *before, made = state["lines"]
    assert f"promised Chen Guodong (the second file goes): {says}" in minutes_text(
        game, "public_engagement", [*before, made], []
    )
    gain: Line = {**made, "promised_to": ["local_parent", "migrant_tenant"]}
    ways: list[Line] = [gain, {**gain, "act": "answer"}, {**gain, "promised_to": ["all"]}]
    told = [minutes_text(game, "public_engagement", [*before, way], []) for way in ways]
    (promise,) = [text for kind, text in Reading(Session(game, state)).line(gain).marks if kind == "promises"]
    assert promise == "promises: the second file goes (for Zheng Hui, Luo Mei)"
    assert "promised Zheng Hui, Luo Mei (the second file goes)" in told[0], "and not whom it was said to"
    assert "answered Chen Guodong (promises Zheng Hui, Luo Mei: the second file goes)" in told[1]
    assert "promised everyone (the second file goes)" in told[2], "for all"
    (promise,) = [text for kind, text in Reading(Session(game, state)).line(ways[2]).marks if kind == "promises"]
    assert promise == "promises: the second file goes (for everyone)"
    old = ledger(game.scenario, [{**state["lines"][-1], "promises": ""}])
    assert [item.says for item in old] == [says], "as in sessions of earlier versions"


def test_chinese_minutes_tell_who_gains_by_a_promise_and_not_that_it_was_said_to_them() -> None:
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12, lang="zh"), LIBRARY)
    stage = "public_engagement"
    room = list(game.present(stage))
    made: Line = {**line(1, "mayor", "promise", "grid_master", says="我说一句。", promises="这周少填一本"),
                  "promised_to": ["local_parent", "migrant_tenant"], "visible_to": room}  # fmt: skip
    gain = "、".join(map(game.name, ("local_parent", "migrant_tenant")))
    mayor, master = game.name("mayor"), game.name("grid_master")

    def told(way: Line) -> str:
        return minutes_text(game, stage, [way], [])

    assert f"{mayor}承诺（受益：{gain}）（这周少填一本）" in told(made)
    assert f"{mayor}承诺（受益：大家）（这周少填一本）" in told({**made, "promised_to": ["all"]})
    assert f"{mayor}答{master}（并承诺：这周少填一本；受益：{gain}）" in told({**made, "act": "answer"})
    bare = cast("Line", {key: value for key, value in made.items() if key != "promised_to"})
    assert f"{mayor}向{master}承诺（这周少填一本）" in told(bare), (
        "whom it is said to, where nobody says for whom it is"
    )


def voted(votes: dict[str, bool], rival: Sequence[Turn] = ()) -> tuple[Game, State]:
    """Return a meeting in which a motion with a promise beside it, or a rival to it, was put to the vote."""
    game, state = supported("an empty chair is lent")
    for turn in rival:
        state = {**state, "floor": floor_of(game, "ngo_director")}
        state = apply(state, hear(game, state, make_line(game, state, turn, "model")))
    for seat in game.voters("public_engagement"):
        floor: Floor = {**floor_of(game, seat), "phase": "decision"}
        act: Act = "support" if votes.get(seat, True) else "object"
        state = {**state, "desk": {**state["desk"], "chosen": "L003" if rival else ""}}
        line = make_line(game, {**state, "floor": floor}, {**TURN, "act": act, "says": f"{seat} votes"}, "model")
        state = spoken(game, {**state, "floor": floor}, line, (), None)
    return game, state


RIVAL: Turn = {**TURN, "act": "propose", "says": "Staff.", "terms": {"provider": "street_staff"}, "promises": "a key"}


@pytest.mark.parametrize(
    ("votes", "rival", "stands"),
    [
        ({}, (), ["L002"]),
        (dict.fromkeys(("mayor", "grid_master", "village_cadre", "ngo_director"), False), (), []),
        ({}, (RIVAL,), ["L002", "L003"]),
        ({"teacher_volunteer": False}, (RIVAL,), ["L003"]),
    ],
    ids=["carried", "rejected", "went along with another", "another was carried against its vote"],
)
def test_a_promise_beside_a_motion_falls_with_it(
    votes: dict[str, bool], rival: Sequence[Turn], stands: list[str]
) -> None:
    game, state = voted(votes, rival)
    assert state["decisions"][0]["carried"] == (bool(stands))
    assert [item.line for item in promises(state["ledger"])] == stands
    fell = [item.line for item in state["ledger"] if item.state == "fallen"]
    assert fell == state["decisions"][0]["fallen"] == sorted({"L002", *(("L003",) if rival else ())} - {*stands})
    text = minutes_text(game, "public_engagement", state["lines"], state["decisions"])
    assert ("Promises that fell with the motion beside which they were made: L002." in text) == bool(fell)
    assert not fell or game.words.of("state", "fallen") == "fell with its motion"
    pulse = pulse_call(game, state, "mayor", "public_engagement").messages[-1]["content"]
    assert ("L002 Lu Wenjuan (L002 not adopted)" in pulse) == ("L002" in stands and bool(rival))
    assert "L003 by He Wan (" not in pulse, "what was carried"


@pytest.mark.parametrize(
    ("act", "votes", "falls"),
    [
        ("support", {}, []),
        ("support", {"teacher_volunteer": True}, []),
        ("support", {"teacher_volunteer": False}, ["L002"]),
        ("object", {"mayor": True}, ["L002"]),
    ],
    ids=["nobody voted", "for it", "against it", "a motion of somebody else's"],
)
def test_a_promise_lives_on_with_what_grew_out_of_its_motion(
    act: Act, votes: dict[str, bool], falls: list[str]
) -> None:
    game, state = supported()
    grown = act == "support"
    for about, terms in (("L001", {"provider": "street_staff"}), ("L003", {"hall": "committee_key"})):
        state = {**state, "floor": floor_of(game, "mayor")}
        turn: Turn = {**TURN, "act": act, "about": about, "says": "Staff, then.", "terms": terms}
        state = apply(state, hear(game, state, make_line(game, state, turn, "model")))
        act = "support"
    put = state["ledger"][-1]
    assert (put.line, put.terms) == ("L004", {"provider": "street_staff", "hall": "committee_key"})
    assert promises_lost(game, state["ledger"], put, votes, put.terms, put.condition) == falls
    taken = decision({"provider": "street_staff"}, about="L004")  # the rest is not for the body to bind
    (promise,) = promises(state["ledger"])
    assert (lost_with(game, state["ledger"], [taken], promise) is None) == grown, "it lost to what it did not become"


@pytest.mark.parametrize(("votes", "falls"), [({"ngo_director": True}, []), ({"teacher_volunteer": False}, ["L002"])])
def test_whoever_has_no_vote_goes_along_by_standing_for_what_is_carried(
    votes: dict[str, bool], falls: list[str]
) -> None:
    game, state = supported()
    rival: Turn = {**RIVAL, "promises": ""}
    along: Turn = {**TURN, "act": "support", "about": "L003", "says": "Staff, then."}
    for seat, turn in (("ngo_director", rival), ("teacher_volunteer", along)):
        state = {**state, "floor": floor_of(game, seat)}
        state = apply(state, hear(game, state, make_line(game, state, turn, "model")))
    terms = {"provider": "street_staff"}
    assert promises_lost(game, state["ledger"], state["ledger"][-1], votes, terms, "") == falls


LENT = "The teacher lends tables, chairs and a lamp to the small hall"


@pytest.mark.parametrize(
    ("says", "condition", "falls"),
    [
        ("I lend my tables, chairs and lamp to the small hall", LENT, []),
        ("I lend my tables, chairs and lamp to the small hall", "A key is lent", ["L002"]),
        ("I lend a lamp if they may come", "", ["L002"]),
        ("If it passes, my own tables and chairs", "Lu Wenjuan lends tables and chairs to whoever asks", []),
        ("If it passes, my own tables and chairs", "Huang Jinfu lends tables and chairs to whoever asks", ["L002"]),
        ("A social organisation runs the evenings, and I come along", "", ["L002"]),
        ("I bring the list on Friday", "", []),
        ("I come to the village meeting myself, if it is held by day", "", ["L002"]),
        ("I come to the village meeting myself, if it is held by day", "The committee calls the village meeting", []),
    ],
    ids=[
        "a condition that another has",
        "a condition that is lost",
        "if",
        "asked of its owner, who takes it on",
        "asked of somebody else",
        "an option that is lost",
        "of their own",
        "if, of nothing that is carried",
        "if, of what is carried",
    ],
)
@pytest.mark.parametrize("carried", [True, False])
def test_only_what_hangs_on_a_lost_motion_falls_with_it(
    says: str, condition: str, falls: list[str], carried: bool
) -> None:
    game, state = supported(LENT)
    takes_on = ("L003",) if condition.startswith("Lu Wenjuan") else ()
    items = tuple(
        replace(item, says=says, takes_on=takes_on) if item.kind == "promise" else item for item in state["ledger"]
    )
    other = replace(items[0], line="L003", terms={"provider": "street_staff"}, condition=condition)
    bound = dict(other.terms) if carried else {}
    put = None if carried else items[-1]
    assert promises_lost(game, (*items, other), put, {}, bound, condition) == falls
    along = falls if not carried or says.startswith("A social") else []  # which can be kept with that option alone
    assert promises_lost(game, (*items, other), put, {"teacher_volunteer": True}, bound, condition) == along


def test_of_what_somebody_promises_in_words_only_the_options_of_others_fall() -> None:
    game, state = supported()
    turn: Turn = {**TURN, "act": "promise", "says": "No names, and the organisation.", "promises": "no names are sent"}
    offered = {"provider": "social_organisation", "payer": "district"}
    state = {**state, "floor": floor_of(game, "ngo_director")}
    made = make_line(game, state, {**turn, "terms": offered}, "model")
    state = apply(state, hear(game, state, made))
    promise = promises(state["ledger"])[-1]
    assert (promise.line, promise.state, promise.terms) == ("L003", "open", {"provider": "social_organisation"})
    text = minutes_text(game, "public_engagement", state["lines"], [])
    assert "beyond remit" not in text
    assert game.scenario.decision_by_id["payer"].options["district"].en not in text
    bare = ledger(game.scenario, [{**state["lines"][-1], "promises": ""}])
    assert [item.state for item in bare] == ["beyond_remit"], "words that name an option are void with it"


def merged(condition: str) -> list[str]:
    """Return what fell of a meeting that carried a rival motion, on a condition, against the vote of who promised."""
    game, state = supported("an empty chair is lent")
    rival: Turn = {**TURN, "act": "propose", "says": "Staff.", "terms": {"provider": "street_staff"}}
    state = {**state, "floor": floor_of(game, "ngo_director")}
    line = make_line(game, state, {**rival, "condition": condition}, "model")
    state = apply(state, hear(game, state, line))
    state = {**state, "desk": {**state["desk"], "chosen": line["id"]}}
    for seat in game.voters("public_engagement"):
        state = {**state, "floor": {**floor_of(game, seat), "phase": "decision"}}
        act: Act = "object" if seat == "teacher_volunteer" else "support"
        vote = make_line(game, state, {**TURN, "act": act, "says": f"{seat} votes"}, "model")
        state = spoken(game, state, vote, (), None)
    return state["decisions"][0]["fallen"]


def test_a_promise_stands_on_whose_condition_was_taken_over_into_what_was_carried() -> None:
    assert merged("the street pays; an empty chair is lent") == []
    assert merged("the street pays") == ["L002"]


@pytest.mark.parametrize("act", ["answer", "support"])
@pytest.mark.parametrize(
    ("lang", "says"), [("en", "my spare room for the books if mine passes"), ("zh", "我提的通过了，书放我家那间空屋")]
)
def test_a_promise_that_hangs_on_its_speakers_own_motion_falls_with_it(lang: Lang, says: str, act: Act) -> None:
    """Whatever its line is about, and though its speaker voted for what was carried instead."""
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12, lang=lang), LIBRARY)
    state = said(game, first_state(game), "grid_master", "propose", terms=TERMS)
    state = said(game, state, "teacher_volunteer", "propose", terms={"provider": "street_staff"})
    state = said(game, state, "teacher_volunteer", act, about="L001", promises=says)
    items, other = state["ledger"], {"provider": "street_staff"}
    votes = {"teacher_volunteer": True}
    assert promises_lost(game, items, items[0], votes, TERMS, "") == ["L003"]
    assert promises_lost(game, items, items[1], votes, other, "") == []
    taken: DecisionTaken = {**decision(TERMS), "fallen": ["L003"]}
    assert promises(decided(game.scenario, items, taken, state["lines"])) == []


def test_of_what_is_promised_to_several_rivals_only_what_is_carried_stands() -> None:
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12), LIBRARY)
    state, ways = first_state(game), ({"eligible": "all_children"}, {"eligible": "two_halves"})
    for about, terms in zip(("L001", "L002"), ways, strict=True):
        state = said(game, state, "migrant_tenant" if about == "L001" else "village_cadre", "propose", terms=terms)
    for about, terms in zip(("L001", "L002"), ways, strict=True):
        state = said(game, state, "mayor", "promise", about=about, terms=terms)
    items = state["ledger"]
    assert promises_lost(game, items, items[1], {}, ways[1], "") == ["L003"]
    assert promises_lost(game, items, items[1], {}, {}, "") == [], "nothing was carried: both stand"


@pytest.mark.parametrize(
    ("lang", "says", "condition", "lost"),
    [
        ("en", "I call a lorry tomorrow for the rubble", "", False),
        ("zh", "明天叫辆车把那车装修垃圾拉走", "", False),
        ("en", "The contract names the day on which the last part is due", "", False),
        ("en", "I lend my tables, chairs and lamp to the small hall", LENT, False),
        ("en", "I lend my tables, chairs and lamp to the small hall", "", True),
        ("zh", "桌椅电灯我都借给小礼堂", "老师把桌椅电灯借给小礼堂", False),
        ("zh", "桌椅电灯我都借给小礼堂", "", True),
        ("en", "A social organisation runs the evenings, and I come along", "", True),
    ],
)
def test_a_promise_is_told_as_lost_only_with_what_it_says_of_its_motion(
    lang: Lang, says: str, condition: str, lost: bool
) -> None:
    """Also where the chair decides alone, in words of its own, on which nobody votes."""
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12, lang=lang), LIBRARY)
    asks = {"en": LENT, "zh": "老师把桌椅电灯借给小礼堂"}[lang]
    state = said(game, first_state(game), "teacher_volunteer", "propose", terms=TERMS, condition=asks, promises=says)
    taken: DecisionTaken = {
        **decision({"provider": "street_staff"}, about="L009"), "by": "mayor", "condition": condition, "votes": {}
    }  # fmt: skip
    (promise,) = promises(state["ledger"])
    assert (lost_with(game, state["ledger"], [taken], promise) is not None) == lost


@pytest.mark.parametrize(
    ("lang", "says", "asks"),
    [
        ("en", "post the answer of the office in the hall the day it comes", "{} posts the office answer in the hall"),
        ("zh", "街道的答复一旦来了就贴到礼堂门口", "{}把街道的答复贴到礼堂门口"),
    ],
)
def test_a_promise_is_not_lost_where_what_is_carried_asks_the_same_of_its_owner(
    lang: Lang, says: str, asks: str
) -> None:
    """Whichever motion it was made beside."""
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12, lang=lang), LIBRARY)
    for owner, lost in (("mayor", False), ("village_cadre", True)):
        condition, terms = asks.format(game.name(owner)), {"provider": "street_staff"}
        state = said(game, first_state(game), "teacher_volunteer", "propose", terms=TERMS)
        state = said(game, state, "mayor", "support", about="L001", promises=says)
        state = said(game, state, "teacher_volunteer", "propose", terms=terms, condition=condition)
        taken: DecisionTaken = {**decision(terms, about="L003"), "condition": condition}
        (promise,) = promises(state["ledger"])
        assert (lost_with(game, state["ledger"], [taken], promise) is not None) == lost
