"""Whose motion is amended or overtaken, or whose condition is gone, is told so once: models and people alike."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from sandbox.cli.console import Console
from sandbox.cli.person import ask_in_terminal
from sandbox.content.language import Lang
from sandbox.errors import InterruptedSessionError
from sandbox.game.game import Game
from sandbox.game.state import State, first_state
from sandbox.game.view import seat_view
from sandbox.session.offers import overtaken_text
from tests.content.folders import LIBRARY
from tests.game.making import said
from tests.session.support import spec_of
from tests.session.test_tabled import floor_of, meeting, prompt

PAID, SHARED = {"payer": "district"}, {"payer": "shared"}
MOVED = ("ngo_director", {"act": "propose", "terms": PAID, "condition": "wages on the tenth"})
ADDED = ("migrant_tenant", {"act": "support", "about": "L001", "condition": "open until 7"})
STRUCK = ("mayor", {"act": "support", "about": "L002", "replaces": "L002"})
CHANGED = ("mayor", {"act": "support", "about": "L002", "replaces": "L002", "condition": "open until 6"})


def told(game: Game, state: State, seat: str) -> str:
    return overtaken_text(game, seat_view(game, {**state, "floor": floor_of(game, seat)}, seat))


def test_whose_condition_is_struck_or_replaced_is_told_so() -> None:
    cases: list[tuple[Lang, tuple[str, dict[str, Any]], str]] = [
        ("en", STRUCK, "Since you last spoke: L003 by Shen Yulan leaves out your condition from L002 {}."),
        (
            "en",
            CHANGED,
            "Since you last spoke: L003 by Shen Yulan has another in the place of your condition from L002 {}.",
        ),
        ("zh", STRUCK, "上次发言以后：L003（沈玉兰）去掉了L002里提的条件{}。"),
    ]
    for lang, change, says in cases:
        game, state = meeting(MOVED, ADDED, change, lang=lang)
        assert told(game, state, "migrant_tenant") == says.format("“open until 7”")
        assert says.format("⟦open until 7⟧") in prompt(game, state, "migrant_tenant")
        assert not told(game, state, "mayor"), "its own doing"
        assert "open until 7" not in told(game, state, "ngo_director"), "it was not theirs"


def test_what_stands_with_another_motion_on_the_table_is_named_by_its_line_alone() -> None:
    beside = ("mayor", {"act": "object", "about": "L002", "terms": SHARED, "replaces": "L002"})
    game, state = meeting(MOVED, ADDED, beside)
    assert told(game, state, "migrant_tenant").endswith("L003 by Shen Yulan leaves out your condition from L002.")
    assert prompt(game, state, "migrant_tenant").count("open until 7") == 1


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("en", "Since you last spoke: your condition from L002 stands with no motion “{}”."),
        ("zh", "上次发言以后：L002里提的条件还没有落到哪个提案上“{}”。"),
    ],
)
def test_what_was_asked_for_beside_a_plan_is_told_to_who_asked_once_it_comes_to_motions(lang: Lang, says: str) -> None:
    asks = {"en": "the district allows the fee in writing", "zh": "区里出文件许收这笔钱"}[lang]
    game = Game(spec_of(style="free", stages=("application", "public_engagement"), turns=12, lang=lang), LIBRARY)
    state = said(game, first_state(game), "ngo_director", "inform", section="money", text="Users pay.", terms=SHARED)
    state = said(game, state, "mayor", "object", about="L001", condition=asks)
    assert not told(game, state, "mayor"), "its line is before everybody"
    state = {**state, "stage": 1, "turn": 0}
    assert told(game, state, "mayor") == says.format(asks)
    assert not told(game, state, "ngo_director")
    moved = said(game, state, "ngo_director", "propose", terms=SHARED, condition=asks)
    assert asks not in told(game, moved, "mayor"), "a motion hangs on it"
    let_go = said(game, state, "mayor", "inform")
    assert not told(game, let_go, "mayor")


def test_it_is_told_once_and_not_where_the_condition_stands_again() -> None:
    game, state = meeting(MOVED, ADDED, STRUCK, ("migrant_tenant", {"act": "inform"}))
    assert not told(game, state, "migrant_tenant")
    assert "Since you last spoke" not in prompt(game, state, "migrant_tenant")
    again = ("village_cadre", {"act": "support", "about": "L003", "condition": "open until 7"})
    assert not told(*meeting(MOVED, ADDED, STRUCK, again), "migrant_tenant")


def test_whose_motion_is_amended_is_told_so_and_not_of_each_amendment_of_that() -> None:
    game, state = meeting(MOVED, ADDED)
    assert told(game, state, "ngo_director") == "Since you last spoke: L002 by Luo Mei amends your motion L001."
    on = [
        (seat, {"act": "support", "about": line, "condition": f"a lamp {line}"})
        for seat, line in (("mayor", "L002"), ("local_parent", "L003"))
    ]
    assert told(*meeting(MOVED, ADDED, *on), "ngo_director").endswith("amends your motion L001, then L003, L004.")
    later = (("ngo_director", {"act": "inform"}), ("mayor", {"act": "support", "about": "L002", "condition": "a lamp"}))
    assert not told(*meeting(MOVED, ADDED, *later), "ngo_director")
    assert not told(*meeting(MOVED, ADDED, *later), "migrant_tenant"), "who only amended it moved nothing"


def test_whose_motion_another_comes_before_is_told_so_when_that_comes_about() -> None:
    other = ("local_parent", {"act": "propose", "terms": SHARED})
    waits = ("ngo_director", {"act": "inform"})
    backed = [(seat, {"act": "support", "about": "L002"}) for seat in ("mayor", "migrant_tenant")]
    own = [("grid_master", {"act": "support", "about": "L001"})]
    assert not told(*meeting(MOVED, other, *own, waits), "ngo_director")
    says = "Since you last spoke: L002 by Zheng Hui now goes to the vote before your motion L001."
    game, state = meeting(MOVED, other, *own, waits, *backed)
    assert told(game, state, "ngo_director") == says
    decides = Game(game.spec.model_copy(update={"governance": "command"}), LIBRARY)
    assert not told(decides, state, "ngo_director"), "where nobody votes"
    once = Game(game.spec.model_copy(update={"changes": ("aggregation.ballots=1",)}), LIBRARY)
    assert told(once, state, "ngo_director").endswith("and your motion L001 no longer does as things stand.")
    assert not told(*meeting(MOVED, other, *own, waits, *backed, waits), "ngo_director")
    assert not told(*meeting(MOVED, other, *own, waits, *backed), "local_parent")


def test_an_objection_that_keeps_a_condition_leaves_nobody_out() -> None:
    beside = ("village_cadre", {"act": "object", "about": "L002", "terms": SHARED})
    assert not told(*meeting(MOVED, ADDED, beside), "migrant_tenant")


def test_at_the_vote_only_what_is_gone_from_the_motion_is_told() -> None:
    beside = ("mayor", {"act": "object", "about": "L002", "terms": SHARED, "replaces": "L002"})
    for change, put, gone in ((STRUCK, "L003", True), (beside, "L002", False)):
        game, state = meeting(MOVED, ADDED, change, ("grid_master", {"act": "support", "about": put}))
        voting: State = {**state, "floor": {**floor_of(game, "migrant_tenant"), "why": "votes", "phase": "decision"}}
        assert bool(overtaken_text(game, seat_view(game, voting, "migrant_tenant"))) == gone


async def test_a_person_at_the_terminal_is_told_before_the_act_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    game, state = meeting(MOVED, ADDED, STRUCK)
    now: State = {**state, "floor": floor_of(game, "migrant_tenant")}
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(InterruptedSessionError):
        await ask_in_terminal(game, Console())(seat_view(game, now, "migrant_tenant"), now)
    shown = " ".join(capsys.readouterr().out.split())
    assert "L003 by Shen Yulan leaves out your condition from L002 “open until 7”." in shown
