"""Where seats stand on motions and conditions, as whoever speaks freely, votes, or reads the minutes is told it."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.game.ballots import rivals
from sandbox.game.game import Game
from sandbox.game.state import Floor, State
from sandbox.session.prompts import turn_messages
from tests.session.test_tabled import floor_of, meeting, prompt

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
