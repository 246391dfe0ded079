"""Whoever decides is told in which order motions are put, as the rules have it."""

from __future__ import annotations

import pytest

from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.state import Floor, State, first_state
from sandbox.game.view import seat_view
from sandbox.session.offers import order_text
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY, said
from tests.session.support import spec_of

STAGE = "public_engagement"
TOLD: dict[Lang, dict[str, str]] = {
    "en": {
        "open": "that with most voters behind it first, what was amended last.",
        "first_made": "2 motions are put at most, the earliest first.",
        "last_made": "2 motions are put at most, the latest first.",
    },
    "zh": {
        "open": "表决的人里支持最多的先表决，被改过的排最后。",
        "first_made": "最多表决2个提案，先提的先表决。",
        "last_made": "最多表决2个提案，后提的先表决。",
    },
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("order", ["open", "first_made", "last_made"])
def test_the_order_of_motions_is_told_as_the_rules_have_it(lang: Lang, order: str) -> None:
    spec = spec_of(style="free", lang=lang, stages=(STAGE,), changes=(f"aggregation.order={order}",))
    game = Game(spec, LIBRARY)
    acts = list(game.speech("mayor"))
    floor: Floor = {"seat": "mayor", "why": "quiet", "acts": acts, "point": "", "phase": "discussion"}
    text = turn_messages(game, {**first_state(game), "floor": floor}, floor, None)[-1]["content"]
    assert TOLD[lang][order] in text


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "L004 goes to the vote before L001"), ("zh", "L004先表决，排在L001前面")]
)
def test_why_a_motion_is_put_before_one_for_which_more_voters_stand_is_told(lang: Lang, told: str) -> None:
    game = Game(spec_of(style="free", lang=lang, stages=(STAGE,), turns=12), LIBRARY)
    first: list[tuple[str, Act, dict[str, object]]] = [
        ("teacher_volunteer", "propose", {"terms": {"hall": "committee_key"}}),
        ("ngo_director", "support", {"about": "L001"}),
        ("local_parent", "support", {"about": "L001"}),
    ]
    for against in (True, False):
        rival: tuple[str, Act, dict[str, object]] = (
            "grid_master",
            "propose",
            {"terms": {"hall": "rented", "payer": "shared"}},
        )
        more: list[tuple[str, Act, dict[str, object]]] = [
            (seat, "object", {"about": "L001"}) for seat in ("mayor", "migrant_tenant")
        ]
        state = first_state(game)
        for seat, act, turn in (*first, rival, *(more if against else ())):
            state = said(game, state, seat, act, **turn)
        for why, acts, phase in (
            ("last_word", ["support", "object"], "discussion"),
            ("votes", ["support", "object"], "decision"),
        ):
            floor: Floor = {"seat": "teacher_volunteer", "why": why, "acts": acts, "point": "", "phase": phase}  # type: ignore[typeddict-item]
            now: State = {**state, "floor": floor}
            texts = [
                turn_messages(game, now, floor, None)[-1]["content"],
                order_text(game, seat_view(game, now, "teacher_volunteer")),
            ]
            assert all((told in text) == against for text in texts)
