"""The null model: what the rules alone bring about, when acts are drawn at random from those that they allow.

An outcome that already arises here follows from rules that somebody wrote (Ostrom's rules-in-use put to work), and so
says nothing about the personas, and nothing about real cities.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import statistics
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.session import Session
from sandbox.game.spec import BY_RULES
from sandbox.scoring.assessment import assess
from sandbox.scoring.level_rules import counted_levels
from sandbox.scoring.measures import OF_ACTS, measure
from sandbox.scoring.scorecard import NullSpread

BASELINE = 100
LINES = 4000
_ALONE = {**BY_RULES._asdict(), "persons": (), "agents": {}, "models": {}}


def baseline(game: Game, runs: Path | None = None, sessions: int | None = None) -> dict[str, NullSpread]:
    """Return how each measure of acts, and each counted level, spreads over rules-only sessions under a game's rules.

    Levels stand under ``counted_`` and the criterion.

    Args:
        game: the game; its scenario, rules, stages and turns are used, its seed and model are not.
        runs: the folder of sessions, where the spreads are kept: they are the same for every seed, model and judge.
        sessions: how many are played, with the seeds from 1 on; None for as many as `LINES` lines make, 30 to 100.
    """
    lines = sum(game.turn_limit(stage) for stage in game.stages)
    sessions = sessions or max(30, min(BASELINE, LINES // lines))
    spec = game.spec.model_copy(update={**_ALONE, "seed": 0, "content": ""})
    played = (spec.model_dump_json(), game.content_digest, _program(), sessions)
    kept = runs / ".null" / f"{hashlib.sha256(repr(played).encode()).hexdigest()[:24]}.json" if runs else None
    with contextlib.suppress(OSError, ValueError, TypeError):
        if kept is not None:
            return {name: NullSpread(**spread) for name, spread in json.loads(kept.read_bytes()).items()}
    values = _values(game, sessions)
    spreads = {name: _spread(held) for name, held in values.items()}
    if kept is not None:
        with contextlib.suppress(OSError):  # it is only played again the next time
            kept.parent.mkdir(mode=0o700, exist_ok=True)
            partial = kept.with_suffix(f".{os.getpid()}")
            partial.touch(mode=0o600)
            partial.write_text(json.dumps({name: vars(spread) for name, spread in spreads.items()}))
            partial.replace(kept)
    return spreads


@cache
def _program() -> str:
    """Return a digest of the code that plays and measures: other code may come to other spreads."""
    package = Path(__file__).resolve().parents[1]
    files = sorted(path for part in ("game", "scoring") for path in (package / part).rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _values(game: Game, sessions: int) -> dict[str, list[float]]:
    choose = RandomChoice(game.templates)
    values: dict[str, list[float]] = defaultdict(list)
    for seed in range(1, sessions + 1):
        sample = game.twin(seed=seed, **_ALONE)
        session = Session(sample, play(sample, choose))
        above, beside = (assessment.total for assessment in assess(session))
        gap = None if above is None or beside is None else abs(above - beside)
        measured = {name: measure(name, session) for name in OF_ACTS}
        measured |= {f"counted_{name}": level.level for name, level in counted_levels(game.rubric, session).items()}
        for name, value in (measured | {"hierarchical": above, "horizontal": beside, "gap": gap}).items():
            if value is not None:
                values[name].append(value)
    return values


def _spread(values: Sequence[float]) -> NullSpread:
    ordered = sorted(values)
    last = len(ordered) - 1
    deviation = statistics.stdev(ordered) if last else 0.0
    return NullSpread(
        sessions=len(ordered),
        mean=statistics.fmean(ordered),
        low=ordered[round(0.025 * last)],
        high=ordered[round(0.975 * last)],
        margin=1.96 * deviation / len(ordered) ** 0.5,
    )
