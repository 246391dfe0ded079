"""Experiments that make once what many tests make, and simulate little: what that comes to is held elsewhere."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from sandbox.content.library import Library
from sandbox.experiment import plan
from sandbox.experiment.analysis import effects
from sandbox.experiment.analysis.pairs import test_pair
from sandbox.experiment.power import power_of
from sandbox.experiment.rehearsal import Rehearsal, rehearse
from sandbox.game.spec import SessionSpec
from sandbox.record import sqlite
from tests.compiled import engine_compiled_once

__all__ = ["make_once"]

_rehearsed: dict[tuple[str, tuple[Path, ...]], Rehearsal] = {}


def _rehearsed_once(spec: SessionSpec, library: Library) -> Rehearsal:
    """Rehearse a session once for all tests of this process that plan it."""
    key = spec.model_dump_json(), library.roots
    if key not in _rehearsed:
        _rehearsed[key] = rehearse(spec, library)
    return _rehearsed[key]


def make_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rehearse and compile once what many tests do; draw a twelfth for an effect, a twentieth for power."""
    monkeypatch.setattr(effects, "test_pair", partial(test_pair, draws=399))
    monkeypatch.setattr(plan, "rehearse", _rehearsed_once)
    monkeypatch.setattr(plan, "power_of", partial(power_of, simulations=100))
    monkeypatch.setattr(sqlite, "create_engine", engine_compiled_once)
