"""Counter-offers: what becomes of a condition, and when a motion falls."""

from __future__ import annotations

from sandbox.content.cards import Text
from sandbox.content.seat_card import Point
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.ledger.ledger import ledger
from sandbox.game.motions.backing import Stances, stands
from sandbox.game.motions.ballots import rivals
from sandbox.game.motions.conditions import joined
from sandbox.game.session import Session
from sandbox.game.state import State, first_state
from sandbox.game.steps import make_line
from sandbox.game.table import proposals
from sandbox.game.view import seat_view
from sandbox.record.line import Line
from sandbox.report.reading import Reading
from sandbox.session.offers import condition_note, motion_texts
from sandbox.session.points import turn_of
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY, SCENARIO, decision, floor_of, line
from tests.session.support import spec_of

SAYS = Text(en="I can live with that.", zh="这样我能接受。")

PAID = {"payer": "district"}
HELD = "wages on the tenth"
MOTION = line(1, "ngo_director", "propose", terms=PAID, condition=HELD)


def table(said: list[Line]) -> tuple[Game, State]:
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=12), LIBRARY)
    lines: list[Line] = [{**each, "visible_to": list(game.present("public_engagement"))} for each in said]
    return game, {**first_state(game), "lines": lines, "turn": len(lines), "ledger": ledger(SCENARIO, lines)}


def test_a_new_condition_stands_in_place_of_the_old_and_none_keeps_it() -> None:
    cases: list[tuple[str, dict[str, str], str, str]] = [
        ("support", {}, "open until 7", "open until 7"),
        ("support", {"payer": "shared"}, "open until 7", "open until 7"),
        ("support", {"payer": "shared"}, "", HELD),
        ("object", {}, "open until 7", "open until 7"),
        ("object", {"payer": "shared"}, "open until 7", "open until 7"),
        ("object", {"payer": "shared"}, "", ""),
    ]
    for act, terms, condition, held in cases:
        answer = line(2, "mayor", act, terms=terms, condition=condition, about="L001")  # type: ignore[arg-type]
        assert [item.condition for item in ledger(SCENARIO, [MOTION, answer])] == [HELD, held]


def test_whoever_answers_a_motion_adds_a_condition_and_all_else_stays() -> None:
    cases: list[tuple[str, str, str]] = [
        ("support", "open until 7", f"{HELD}; open until 7"),
        ("support", "all wages on the tenth of the month", "all wages on the tenth of the month"),
        ("support", "wages on the twelfth", f"{HELD}; wages on the twelfth"),
        ("support", f"{HELD}; open until 7", f"{HELD}; open until 7"),
        ("support", "", HELD),
        ("object", "open until 7", f"{HELD}; open until 7"),
    ]
    for act, own, held in cases:
        game, state = table([MOTION])
        floor = {"seat": "mayor", "why": "quiet", "acts": [act], "point": "", "phase": "discussion"}
        turn = turn_of(Point(id="p1", stages=("public_engagement",), act="support", says=SAYS), "Good.", aside=False)
        turn = {**turn, "act": act, "to": "ngo_director", "about": "L001", "condition": own}  # type: ignore[typeddict-item]
        said = make_line(game, {**state, "floor": floor}, turn, "model")  # type: ignore[typeddict-item]
        items = ledger(SCENARIO, [MOTION, said])
        assert items[-1].condition == held
        assert (len(items) == 1) == (held == HELD), "where it changes nothing it is support and no offer"


def test_a_chinese_condition_is_added_or_takes_the_place_of_the_same() -> None:
    held = "月底贴出收支；租客自己交的不加进房租"
    assert joined(held, "开会放在晚上八点", "zh") == held + "；开会放在晚上八点"
    assert (
        joined(held, "租客自己交的不加进房租，也不摊水电", "zh") == "月底贴出收支；租客自己交的不加进房租，也不摊水电"
    )
    assert joined("", "开会放在晚上八点", "zh") == "开会放在晚上八点"


def test_a_counter_offer_tells_what_it_adds_and_not_again_what_it_answers_hangs_on() -> None:
    added = line(2, "mayor", "support", terms=PAID, about="L001", condition=f"{HELD}; open until 7")
    same = line(3, "grid_master", "support", terms={"payer": "shared"}, about="L002", condition=f"{HELD}; open until 7")
    other = line(4, "ngo_director", "object", about="L002", condition="open until 9")
    game, state = table([MOTION, added, same, other])
    reading = Reading(Session(game, state))
    shown = [reading.line(each).moved[-1] for each in state["lines"]]
    instead = f"open until 9 (in the place of “{HELD}; open until 7”, L002)"
    told = (HELD, "those of L001, and: open until 7", "those of L002", instead)
    assert shown == [game.words("debrief.condition", condition=text) for text in told]


def test_who_repeats_a_condition_or_names_none_supports_the_motion_as_it_is() -> None:
    for condition in ("", HELD):
        said = [MOTION, line(2, "mayor", "support", terms=PAID, condition=condition, about="L001")]
        (item,) = ledger(SCENARIO, said)
        assert item.condition == HELD
        assert item.supporters == {"mayor"}


def test_a_prompt_says_beside_motions_what_becomes_of_their_condition() -> None:
    for motion, held in ((MOTION, True), (line(1, "ngo_director", "propose", terms=PAID), False)):
        game, state = table([motion])
        floor = {"seat": "mayor", "why": "quiet", "acts": ["support"], "point": "", "phase": "discussion"}
        prompt = turn_messages(game, state, floor, None)[-1]["content"]  # type: ignore[arg-type]
        assert "writes only what is new: all else stays" in prompt
        assert "room left" not in prompt, "that is told where it gets scarce"
        assert (f"L001 ⟦{HELD}⟧" in prompt) == held


def test_a_person_who_answers_a_motion_is_told_what_becomes_of_its_condition() -> None:
    game, state = table([MOTION])
    view = seat_view(game, state, "mayor")
    kept, beside = (condition_note(game, view, act, "L001") for act in ("support", "object"))
    assert HELD in kept
    assert "only what is new" in kept
    assert "Of 4 conditions at most 3 more fit" in kept
    assert beside.endswith(kept)
    assert (
        "your line becomes a motion of its own; everything else stays as in this one. To begin anew, propose one."
        in beside
    )
    assert not condition_note(game, view, "support", "L009")
    assert not condition_note(game, view, "answer", "L001")


def shown(game: Game, items: tuple[Item, ...]) -> list[str]:
    return [item.line for item in proposals(game, items, "public_engagement")]


def test_a_motion_falls_with_its_mover_unless_others_keep_it_up() -> None:
    for over in ("", "support", "amend"):
        backed = line(2, "mayor", "support", about="L001")
        other = line(3, "ngo_director", "object", about="L009", terms={"payer": "shared"}, condition="open until 7")
        rival = line(9, "village_cadre", "propose", terms={"payer": "shared", "eligible": "all_children"})
        game, state = table([MOTION, rival, other])
        assert Stances(game, state["ledger"]).fallen == {"L001": "L003"}, (
            "a counter-offer is a motion, and nobody else was behind the old"
        )
        assert shown(game, state["ledger"]) == ["L009", "L003"]
        condition = "open until 9" if over == "amend" else ""
        gone = [line(4, "mayor", "support", about="L003", condition=condition)] if over else []
        game, state = table([MOTION, backed, rival, other, *gone])
        assert ("L001" in {item.line for item in rivals(game, state)}) == (not over), (
            "it is the meeting's while others back it"
        )
        assert ("L001" in shown(game, state["ledger"])) == (not over)
        assert not stands(game, state["ledger"], state["ledger"][0]).get("ngo_director"), (
            "its mover is no longer behind it"
        )
        left = game.words("mover_left", line="L003")
        assert left in motion_texts(game, seat_view(game, state, "mayor"), state["ledger"][0])
        prompt = turn_messages(game, state, floor_of("mayor", "inform"), None)[-1]["content"]
        assert (left in prompt) == (not over)
        assert ("for which L001 fell" in prompt) == (over == "support")


def test_a_motion_falls_when_its_mover_goes_over_to_the_same_options_on_another_condition() -> None:
    rival = line(2, "mayor", "propose", terms=PAID, condition="open until 7")
    over = line(3, "ngo_director", "support", about="L002")
    game, state = table([MOTION, rival, over])
    assert Stances(game, state["ledger"]).fallen == {"L001": "L002"}
    assert [item.line for item in rivals(game, state)] == ["L002"]
    game, state = table([MOTION, line(2, "mayor", "propose", terms={"payer": "shared"}), over])
    assert not Stances(game, state["ledger"]).fallen, "whoever can live with other options has not given up his own"


def test_a_motion_that_was_voted_on_does_not_fall_afterwards() -> None:
    lines = [MOTION, line(2, "ngo_director", "propose", terms={"payer": "shared"})]
    game, state = table(lines)
    lost: State = {**state, "decisions": [decision(PAID, carried=False)]}
    assert {item.line for item in rivals(game, lost)} == {"L001", "L002"}


def test_whoever_goes_over_to_other_options_is_no_longer_counted_behind_the_first() -> None:
    rival = line(2, "village_cadre", "propose", terms={"payer": "shared"})
    behind = [line(number, seat, "support", about="L001") for number, seat in ((3, "local_parent"), (4, "mayor"))]
    game, state = table([MOTION, rival, *behind])
    assert [item.line for item in rivals(game, state)] == ["L001", "L002"]
    over = [line(number, seat, "support", about="L002") for number, seat in ((5, "local_parent"), (6, "mayor"))]
    game, state = table([MOTION, rival, *behind, *over])
    first, second = state["ledger"]
    assert set(stands(game, state["ledger"], first)) == {"ngo_director"}
    assert set(stands(game, state["ledger"], second)) == {"village_cadre", "local_parent", "mayor"}
    assert [item.line for item in rivals(game, state)] == ["L002", "L001"]
    back = line(7, "mayor", "support", about="L001")
    game, state = table([MOTION, rival, *behind, *over, back])
    assert stands(game, state["ledger"], state["ledger"][0])["mayor"], "and back again"
    assert "mayor" not in stands(game, state["ledger"], state["ledger"][1])


def test_a_mover_who_backs_other_options_is_not_counted_behind_its_own_and_what_nobody_is_behind_is_not_put() -> None:
    rival = line(2, "village_cadre", "propose", terms={"payer": "shared"})
    game, state = table([MOTION, rival, line(3, "ngo_director", "support", about="L002")])
    assert not stands(game, state["ledger"], state["ledger"][0])
    assert [item.line for item in rivals(game, state)] == ["L002"]
