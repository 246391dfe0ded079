"""Experiments that make once what many tests make, and simulate little: what that comes to is held elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from sandbox.content.library import Library
from sandbox.experiment.analysis import analysis, effects
from sandbox.experiment.analysis.agreement import Votes
from sandbox.experiment.analysis.mixed import Components
from sandbox.experiment.analysis.pairs import test_pair
from sandbox.experiment.planning import plan, power
from sandbox.experiment.planning.power import power_of
from sandbox.experiment.planning.rehearsal import Rehearsal, rehearse
from sandbox.game.game import Game
from sandbox.game.play import Choose, play
from sandbox.game.spec import SessionSpec
from sandbox.game.state import State
from sandbox.record import sqlite
from sandbox.session.points import card_turn

__all__ = ["make_once", "split_nothing"]

_rehearsed: dict[tuple[str, tuple[Path, ...]], Rehearsal] = {}


def _rehearsed_once(spec: SessionSpec, library: Library) -> Rehearsal:
    """Rehearse a session once for all tests of this process that plan it."""
    key = spec.model_dump_json(), library.roots
    if key not in _rehearsed:
        _rehearsed[key] = rehearse(spec, library)
    return _rehearsed[key]


_sessions: dict[tuple[str, bool], State] = {}


def _played_once(game: Game, choose: Choose) -> State:
    """Play a session of the shipped cards once for all tests of this process whose power rests on it."""
    if len(game.library.roots) > 1:
        return play(game, choose)
    key = game.spec.model_dump_json(), choose is card_turn
    if key not in _sessions:
        _sessions[key] = play(game, choose)
    return _sessions[key]


class _Dialect(SQLiteDialect_pysqlite):
    """A dialect for which statements that another of its kind compiled are as good as its own."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Dialect)

    def __hash__(self) -> int:
        return hash(_Dialect)


registry.register("sqlite.compiled_once", __name__, _Dialect.__name__)
_compiled: dict[Any, Any] = {}


def _engine(url: URL, **more: Any) -> Engine:
    """Make an engine that compiles no statement which one before it has compiled."""
    return create_engine(
        url.set(drivername="sqlite+compiled_once"), execution_options={"compiled_cache": _compiled}, **more
    )


def _unsplit(rows: Sequence[Mapping[str, Any]], outcome: str, *_: object, votes: Votes | None = None) -> Components:
    del votes
    return Components(outcome, len(rows), why="few")


def split_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the variance of outcomes unsplit, which takes half of the time of an analysis."""
    monkeypatch.setattr(analysis, "components", _unsplit)


def make_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rehearse, play and compile once what many tests do; draw a twenty-fifth for an effect, a fiftieth for power."""
    monkeypatch.setattr(effects, "test_pair", partial(test_pair, draws=199))
    monkeypatch.setattr(plan, "rehearse", _rehearsed_once)
    monkeypatch.setattr(power, "play", _played_once)
    monkeypatch.setattr(plan, "power_of", partial(power_of, simulations=40))
    monkeypatch.setattr(sqlite, "create_engine", _engine)
