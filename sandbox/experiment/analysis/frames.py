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
        if tested.effect is not None:
            name = tested.hypothesis
            named = {"hypothesis": name.id, "direction": name.direction, "smallest": name.smallest}
            whole = {
                "primary": tested.primary, "confirmatory": tested.confirmatory, "verdict": tested.verdict,
                "p_holm": tested.p, "p_equivalence_holm": tested.p_equivalence,
            }  # fmt: skip
            yield from _sides(tested.effect, named, whole)
        if tested.overall is not None:
            whole = {"arm_mean": tested.overall.arm_mean, "base_mean": tested.overall.base_mean, "confirmatory": False}
            yield _row(tested.overall, named, "grown", "", "", tested.overall.pair) | whole
    for effect in analysis.effects.others:
        yield from _sides(effect, {}, {"primary": False, "confirmatory": False, "q": effect.q})


def _sides(effect: Effect, named: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of an effect.

    ``named`` is said in all its rows, ``whole`` in that of the whole effect alone.
    """
    whole = {"arm_mean": effect.arm_mean, "base_mean": effect.base_mean, **whole}

    def row(side: str, factor: str, level: str, pair: Pair) -> dict[str, Any]:
        return _row(effect, named, side, factor, level, pair)

    yield row("model", "", "", effect.pair) | whole
    for side, pair in (("rules", effect.null), ("beyond", effect.beyond)):
        if pair is not None:
            yield row(side, "", "", pair)
    for scenario, case in effect.scenarios.items():
        yield row("model", "scenario", scenario, case.pair)
    for across in effect.across:
        for level in across.levels:
            yield row("model", across.factor, level.name, level.pair)


def _row(
    effect: Effect, named: Mapping[str, Any], side: str, factor: str, level: str, pair: Pair
) -> dict[str, Any]:  # fmt: skip
    cluster = "block" if factor == "scenario" else effect.cluster
    return {
        **dict.fromkeys(_COLUMNS), "outcome": effect.outcome, "arm": effect.arm, "side": side, "factor": factor,
        "level": level, "cluster": cluster, **vars(pair), **named,
    }  # fmt: skip


def _parquet(frame: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file, index=False)
    return file.getvalue()
