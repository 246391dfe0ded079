"""Where seats stand on motions and conditions, as whoever speaks freely, votes, or reads the minutes is told it."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.minutes.minutes import minutes_text
from sandbox.game.motions.ballots import rivals
from sandbox.game.state import Floor, State, apply, first_state
from sandbox.game.steps import complete, hear, make_line
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY, TURN, decision, said
from tests.session.support import spec_of
from tests.session.test_tabled import STAGE, floor_of, meeting, prompt

PAID = {"payer": "district"}
NGO, TEACHERS = {"provider": "social_organisation"}, {"provider": "retired_teachers"}


def row(game: Game, state: State, line: str, seat: str = "grid_master") -> str:
    """Return what a seat is told of a motion on the table."""
    return next(text for text in prompt(game, state, seat).splitlines() if text.startswith(f"- {line}"))


def ballot(game: Game, state: State, seat: str = "grid_master") -> str:
    """Return what a seat is told that is asked for its vote."""
    floor: Floor = {**floor_of(game, seat), "why": "votes", "acts": ["support", "object"], "phase": "decision"}
    return turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]


@pytest.mark.parametrize(("lang", "for_it", "against"), [("en", "For it: ", "Against: "), ("zh", "赞成：", "反对：")])
def test_who_promises_of_rival_motions_that_either_is_paid_stands_for_neither(
    lang: Lang, for_it: str, against: str
) -> None:
    said: list[tuple[str, dict[str, Any]]] = [
        ("ngo_director", {"act": "propose", "terms": NGO | PAID}),
        ("teacher_volunteer", {"act": "propose", "terms": TEACHERS | PAID}),
        ("local_parent", {"act": "support", "about": "L002"}),
        ("mayor", {"act": "promise", "about": "L001", "terms": PAID}),
        ("mayor", {"act": "promise", "about": "L002", "terms": PAID}),
    ]
    game, state = meeting(*said, lang=lang)
    assert for_it not in row(game, state, "L001")
    assert "mayor" not in row(game, state, "L002").partition(for_it)[2]
    assert [item.line for item in rivals(game, state)] == ["L002", "L001"], "nobody else backs the first"
    voted = ballot(game, state).splitlines()
    assert not any(for_it in text and "mayor" in text.partition(for_it)[2] for text in voted)
    assert "L004 mayor" in prompt(game, state, "grid_master"), "it is told as a promise"
    objected = meeting(*said[:3], ("mayor", {"act": "object", "about": "L001"}), *said[3:], lang=lang)
    assert "mayor L004" in row(*objected, "L001").partition(against)[2], "nor does it take back an objection"


def test_who_stands_for_a_motion_is_told_with_the_line_that_says_so_and_not_with_a_promise_about_it() -> None:
    told = row(*meeting(
        ("ngo_director", {"act": "propose", "terms": NGO | PAID}),
        ("mayor", {"act": "support", "about": "L001"}),
        ("mayor", {"act": "promise", "about": "L001", "terms": PAID}),
    ), "L001")  # fmt: skip
    assert "mayor L002" in told.partition("For it: ")[2]


KEY: dict[Lang, str] = {"en": "Chen Guodong keeps the key", "zh": "陈国栋保管钥匙"}


def answers(says: str, promises: str = "", act: str = "inform") -> tuple[str, dict[str, Any]]:
    """Return a turn in which whoever is to keep the key answers that."""
    return "grid_master", {"act": act, "takes_on": {"L001": says}, "promises": promises}


def minuted(game: Game, state: State, votes: dict[str, bool], motion: str = "L001") -> str:
    """Return the minutes of a meeting that carried a motion."""
    item = next(item for item in state["ledger"] if item.line == motion and item.kind == "proposal")
    taken = decision(dict(item.terms), about=motion, votes=votes)
    return minutes_text(game, STAGE, state["lines"], [{**taken, "condition": item.condition}])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("yes", "yes"), "L002"),
        (("yes", "no", "yes"), "L004"),
        (("yes", "no", "yes", "yes"), "L004"),
        (("no", "yes", "yes"), "L003"),
        (("part", "yes"), "L003"),
    ],
)
def test_an_answer_that_is_said_again_is_told_with_the_line_that_gave_it(given: tuple[str, ...], told: str) -> None:
    moved = ("ngo_director", {"act": "propose", "terms": NGO, "condition": KEY["en"]})
    game, state = meeting(moved, *map(answers, given))
    assert f"takes on what L001 asks ({told})." in prompt(game, state, "mayor")
    assert f"takes on what L001 asks ({told})." in ballot(game, state, "mayor")
    assert f"Chen Guodong: yes ({told})" in minuted(game, state, {"mayor": True})


def test_a_part_that_is_taken_on_again_is_told_in_the_last_words_that_say_which() -> None:
    moved = ("ngo_director", {"act": "propose", "terms": NGO, "condition": KEY["en"]})
    parts = [answers("part", promises="five evenings"), answers("part", promises="six evenings"), answers("part")]
    for turns, told in ((parts[:1] + parts[2:], "“⟦five evenings⟧” (L002)"), (parts, "“⟦six evenings⟧” (L003)")):
        game, state = meeting(moved, *turns)
        assert told in prompt(game, state, "mayor")
        assert told in ballot(game, state, "mayor")


def test_a_yes_that_is_said_again_of_a_rival_with_other_work_counts_for_both() -> None:
    register = f"{meeting()[0].name('teacher_volunteer')} keeps the register"
    moved = ("mayor", {"act": "propose", "terms": NGO, "condition": register})
    rival = ("local_parent", {"act": "object", "about": "L001", "terms": TEACHERS})
    yes: list[tuple[str, dict[str, Any]]] = [
        ("teacher_volunteer", {"act": "object", "about": about, "takes_on": {"L001": "yes"}})
        for about in ("L001", "L002")
    ]
    for turns, of in ((yes[:1], True), (yes, False)):
        assert ("(L003, of L001)" in row(*meeting(moved, rival, *turns), "L002", "mayor")) is of


@pytest.mark.parametrize(
    ("lang", "opens", "waits", "missing", "unanswered"),
    [
        (
            "en",
            "Chen Guodong opens at four",
            "What L003 asks waits for Chen Guodong.",
            "Your word is missing on L003",
            "Chen Guodong opens at four (Chen Guodong: no answer yet)",
        ),
        (
            "zh",
            "陈国栋四点开门",
            "L003要办的，等陈国栋表态。",
            "还没表态的：L003",
            "陈国栋四点开门（陈国栋：还没表态）",
        ),
    ],
)
def test_what_is_put_in_the_place_of_a_condition_waits_for_an_answer_of_its_own(
    lang: Lang, opens: str, waits: str, missing: str, unanswered: str
) -> None:
    moved = ("ngo_director", {"act": "propose", "terms": NGO, "condition": KEY[lang]})
    replaces = {"condition": opens, "replaces": "L001", "about": "L001"}
    game, state = meeting(moved, answers("yes"), ("mayor", {"act": "support", **replaces}), lang=lang)
    told = row(game, state, "L003", "local_parent")
    assert waits in told, "the yes to what it replaces is none to it"
    assert "L002" not in told
    assert missing in prompt(game, state, "grid_master")
    assert unanswered in minuted(game, state, {"mayor": True}, "L003")
    assert unanswered not in minuted(game, state, {"mayor": True, "grid_master": True}, "L003"), "its vote is a yes"


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        (
            "en",
            (
                "Chen Guodong keeps the key (Chen Guodong: yes (L002))",
                "Chen Guodong opens at four (Chen Guodong: no answer yet)",
            ),
        ),
        ("zh", ("陈国栋保管钥匙（陈国栋：应了（L002））", "陈国栋四点开门（陈国栋：还没表态）")),
    ],
)
def test_what_a_chair_decides_in_the_place_of_a_condition_is_told_as_not_answered(
    lang: Lang, told: tuple[str, str]
) -> None:
    game = Game(spec_of(governance="command", style="free", stages=(STAGE,), turns=12, lang=lang), LIBRARY)
    lit = {"en": "the hall is lit", "zh": "屋里有灯"}[lang]
    opens = told[1].partition(" (" if lang == "en" else "（")[0]
    turns: list[tuple[str, dict[str, Any]]] = [
        ("village_cadre", {"act": "propose", "terms": NGO, "condition": KEY[lang]}),
        answers("yes"),
        ("mayor", {"act": "support", "about": "L001", "condition": lit}),
    ]
    state = first_state(game)
    for seat, turn in turns:
        state = said(game, state, seat, **turn)
    for replaces, now in (("L003", told), ("L001", told[1:])):
        floor: Floor = {"seat": "mayor", "why": "decides", "acts": ["decide"], "point": "", "phase": "decision"}
        decides: Any = {
            **TURN, "act": "decide", "says": "So be it.", "about": "L003", "terms": NGO, "condition": opens,
            "replaces": replaces,
        }  # fmt: skip
        asked: State = {**state, "floor": floor}
        end = apply(state, hear(game, asked, make_line(game, asked, decides, "model")))
        end = apply(end, complete(game, end))
        minutes = minutes_text(game, STAGE, end["lines"], end["decisions"])
        assert [text for text in told if text in minutes] == [*now]


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", "whose authors have not backed this motion: Shen Yulan (L001), Luo Mei (L002)."),
        ("zh", "有的条件是对别的选项提的，提的人还没赞成这个提案：沈玉兰（L001）、罗梅（L002）。"),
    ],
)
def test_which_conditions_a_counter_motion_has_from_another_option_is_told_until_who_brought_them_stands_for_it(
    lang: Lang, told: str
) -> None:
    trains, lit = {"en": ("He Wan trains her people", "the hall is lit"), "zh": ("何婉培训她的人", "屋里有灯")}[lang]
    turns: list[tuple[str, dict[str, Any]]] = [
        ("mayor", {"act": "propose", "terms": NGO, "condition": trains}),
        ("migrant_tenant", {"act": "support", "about": "L001", "condition": lit}),
        ("local_parent", {"act": "object", "about": "L002", "terms": TEACHERS, "condition": KEY[lang]}),
    ]
    game, state = meeting(*turns, lang=lang)
    assert told in row(game, state, "L003")
    assert told in ballot(game, state)
    assert all(
        told[:12] not in row(game, state, line) for line in ("L001", "L002") if f"- {line}" in prompt(game, state)
    )
    joins = meeting(*turns, ("migrant_tenant", {"act": "support", "about": "L003"}), lang=lang)
    assert told.replace({"en": ", Luo Mei (L002)", "zh": "、罗梅（L002）"}[lang], "") in row(*joins, "L003")
    for stands in ("mayor", "migrant_tenant"):
        turns.append((stands, {"act": "support", "about": "L003"}))
    assert told[:12] not in row(*meeting(*turns, lang=lang), "L003")


@pytest.mark.parametrize(
    ("lang", "for_it", "against", "gave_way"),
    [("en", "For it: ", "Against: ", "Chen Guodong gave way"), ("zh", "赞成：", "反对：", "陈国栋让步")],
)
def test_who_gives_way_to_a_motion_no_longer_objects_and_is_not_for_it_unless_it_says_so(
    lang: Lang, for_it: str, against: str, gave_way: str
) -> None:
    moved = ("ngo_director", {"act": "propose", "terms": NGO | PAID})
    rival = ("teacher_volunteer", {"act": "propose", "terms": TEACHERS})
    others = ("local_parent", {"act": "support", "about": "L002"})
    objects = ("grid_master", {"act": "object", "about": "L001"})
    yields: dict[str, Any] = {"act": "concede", "about": "L001"}
    for turn, seconded in ((yields, False), (yields | {"terms": NGO}, True), (yields | {"act": "support"}, True)):
        turns = (moved, rival, others, objects, ("grid_master", turn), ("mayor", {**yields, "act": "support"}))
        game, state = meeting(*turns, lang=lang)
        told = row(game, state, "L001", "village_cadre")
        assert ("grid_master L005" in told.partition(for_it)[2]) is seconded
        assert against not in told
        assert next(item.line for item in rivals(game, state)) == "L001"
        assert (for_it + "grid_master" in ballot(game, state, "mayor")) is seconded
        assert (gave_way in minutes_text(game, STAGE, state["lines"], [])) is (turn["act"] == "concede")
    behind = (moved, rival, others, objects, ("grid_master", yields))
    assert [item.line for item in rivals(*meeting(*behind))] == ["L002", "L001"]


@pytest.mark.parametrize(("lang", "against"), [("en", "Against: "), ("zh", "反对：")])
def test_an_objection_is_open_until_the_condition_stands_in_the_motion_on_which_it_was_made(
    lang: Lang, against: str
) -> None:
    lit, warm = {"en": ("the hall is lit", "the hall is warm"), "zh": ("屋里有灯", "屋里暖和")}[lang]
    moved = ("ngo_director", {"act": "propose", "terms": NGO, "condition": KEY[lang]})
    turns: list[tuple[str, dict[str, Any]]] = [
        moved,
        ("migrant_tenant", {"act": "object", "about": "L001", "condition": lit}),
        ("local_parent", {"act": "support", "about": "L001", "condition": warm}),
    ]
    told = row(*meeting(*turns, lang=lang), "L003")
    assert "migrant_tenant L002" in told.partition(against)[2]
    turns.append(("mayor", {"act": "support", "about": "L003", "condition": lit}))
    game, state = meeting(*turns, lang=lang)
    assert against not in row(game, state, "L004"), "it has what was asked of it"
    assert against not in next(text for text in ballot(game, state).splitlines() if "L004" in text)
    again = meeting(*turns, ("migrant_tenant", {"act": "object", "about": "L004"}), lang=lang)
    assert "migrant_tenant L005" in row(*again, "L004").partition(against)[2]
    struck = meeting(*turns, ("mayor", {"act": "support", "about": "L004", "replaces": "L002"}), lang=lang)
    assert "migrant_tenant L002" in row(*struck, "L005").partition(against)[2], "the condition is gone again"


def test_who_objected_and_supports_what_the_motion_grew_into_is_not_told_as_against_it() -> None:
    moved = ("ngo_director", {"act": "propose", "terms": NGO})
    objects = ("migrant_tenant", {"act": "object", "about": "L001"})
    lit = ("local_parent", {"act": "support", "about": "L001", "condition": "the hall is lit"})
    backs = ("migrant_tenant", {"act": "support", "about": "L003"})
    assert "Against: migrant_tenant L002" in row(*meeting(moved, objects, lit), "L003")
    told = row(*meeting(moved, objects, lit, backs), "L003")
    assert "Against: " not in told
    assert "migrant_tenant L004" in told
