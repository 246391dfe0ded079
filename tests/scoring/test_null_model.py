"""The null model: how many sessions it plays, and that they are the same for every session under the same rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.scoring import null_model
from sandbox.scoring.null_model import BASELINE, baseline
from tests.game.making import LIBRARY


def _game(**spec: Any) -> Game:
    short = {"governance": "joint_production", "stages": ("public_engagement",), "turns": 4, "model": "none"}
    return Game(SessionSpec.model_validate({"scenario": "four_oclock_school", **short, **spec}), LIBRARY)


def test_each_measure_spreads_over_a_hundred_sessions_or_as_many_as_four_thousand_lines_make(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spreads = baseline(_game())
    assert {"hierarchical", "horizontal", "gap", "decision_share", "counted_decision_share"} <= set(spreads)
    assert not spreads["counted_needs_first"].fixed
    assert baseline(_game(governance="command"))["counted_supported_handover"].fixed, "the chair decides both, always"
    assert max(spread.sessions for spread in spreads.values()) == BASELINE
    assert all(spread.low <= spread.mean <= spread.high for spread in spreads.values())
    monkeypatch.setattr(null_model, "_values", lambda _, sessions: {"gap": [1.0] * sessions})
    assert [baseline(_game(turns=turns))["gap"].sessions for turns in (80, 400)] == [50, 30]


def test_it_is_kept_for_every_seed_and_model_and_played_anew_under_other_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = baseline(_game(seed=1), tmp_path, 3)
    monkeypatch.setattr(null_model, "_values", lambda *_: {"gap": [1.0]})
    assert baseline(_game(seed=2, model="other", persons=("mayor",)), tmp_path, 3) == first
    assert set(baseline(_game(governance="command"), tmp_path, 3)) == {"gap"}
    for kept in (tmp_path / ".null").iterdir():
        kept.write_text("{torn")
    assert set(baseline(_game(), tmp_path, 3)) == {"gap"}
