"""An analysis as tables for other programs: each effect, overall and at each level, and the sessions behind it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import pandas as pd

from sandbox.experiment.analysis.analysis import Analysis
from sandbox.experiment.analysis.pairs import Pair
from sandbox.experiment.analysis.results import Effect

__all__ = ["parquet_files"]

_SESSION = ("id", "arm", "block", "scenario", "replicate", "seed", "null", "by_rules")
_COLUMNS = (
    "outcome", "arm", "side", "factor", "level", "arm_mean", "base_mean", *(field.name for field in fields(Pair)),
    "cluster", "hypothesis", "direction", "smallest", "primary", "confirmatory", "verdict", "p_holm",
    "p_equivalence_holm", "q",
)  # fmt: skip


def parquet_files(analysis: Analysis, rows: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """Return the tables behind a report as Parquet files, by name.

    ``effects.parquet`` has a row for each effect: overall (``factor`` is empty), in each case (``scenario``) and at
    each level of what was varied beside the arms; ``side`` is ``model``, ``rules`` (where the rules alone play),
    ``beyond`` (what is left beyond these) or ``grown`` (of a confirmatory hypothesis, over all sessions and not only
    those of the locked plan; exploratory). ``sessions.parquet`` has a row for each finished session, with its outcomes.
    """
    effects = pd.DataFrame(list(_effects(analysis)), columns=_COLUMNS)
    sessions = pd.DataFrame(
        {
            **{name: row.get(name) for name in _SESSION},
            **{f"cell_{factor}": level for factor, level in row["cell"].items()},
            **{name: None if value is None else float(value) for name, value in row["outcomes"].items()},
        }
        for row in rows
    )  # fmt: skip
    outcomes = [name for name in sessions if name not in _SESSION and not name.startswith("cell_")]
    sessions[outcomes] = sessions[outcomes].astype("float64")
    return {"effects.parquet": _parquet(effects), "sessions.parquet": _parquet(sessions)}


def _effects(analysis: Analysis) -> Iterator[dict[str, Any]]:
    for tested in analysis.effects.tested:
        name = tested.hypothesis
        named: dict[str, Any] = {"hypothesis": name.id, "direction": name.direction, "smallest": name.smallest}
        if tested.effect is not None:
            whole = {
                "primary": tested.primary, "confirmatory": tested.confirmatory, "verdict": tested.verdict,
                "p_holm": tested.p, "p_equivalence_holm": tested.p_equivalence,
            }  # fmt: skip
            yield from _sides(tested.effect, named, whole)
        if tested.overall is not None:
            means: dict[str, Any] = {"arm_mean": tested.overall.arm_mean, "base_mean": tested.overall.base_mean}
            yield _row(tested.overall, "grown", tested.overall.pair, **named, **means, confirmatory=False)
    for effect in analysis.effects.others:
        yield from _sides(effect, {}, {"primary": False, "confirmatory": False, "q": effect.q})


def _sides(effect: Effect, named: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of an effect; ``whole`` is said in that of the whole effect alone."""
    means: dict[str, Any] = {"arm_mean": effect.arm_mean, "base_mean": effect.base_mean}
    yield _row(effect, "model", effect.pair, **named, **means, **whole)
    for side, pair in (("rules", effect.null), ("beyond", effect.beyond)):
        if pair is not None:
            yield _row(effect, side, pair, **named)
    for scenario, case in effect.scenarios.items():
        yield _row(effect, "model", case.pair, "scenario", scenario, **named)
    for across in effect.across:
        for level in across.levels:
            yield _row(effect, "model", level.pair, across.factor, level.name, **named)


def _row(effect: Effect, side: str, pair: Pair, factor: str = "", level: str = "", **more: Any) -> dict[str, Any]:
    return {
        **dict.fromkeys(_COLUMNS), "outcome": effect.outcome, "arm": effect.arm, "side": side, "factor": factor,
        "level": level, "cluster": "block" if factor == "scenario" else effect.cluster, **vars(pair), **more,
    }  # fmt: skip


def _parquet(frame: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file, index=False)
    return file.getvalue()
