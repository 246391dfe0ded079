"""An analysis as a table for other programs: each effect, overall, by case and by level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.experiment.analysis.analysis import Analysis
from sandbox.experiment.analysis.pairs import Pair
from sandbox.experiment.analysis.results import Effect
from sandbox.experiment.export.sheets import Row, sheets_in

EFFECTS = {
    "outcome": "s", "arm": "s", "base": "s", "side": "s", "factor": "s", "level": "s", "at": "s", "against": "s",
    "arm_mean": "f", "base_mean": "f", "estimate": "f", "low": "f", "high": "f", "p_permutation": "f",
    "p_bootstrap": "f", "d": "f", "d_low": "f", "d_high": "f", "pairs": "i", "clusters": "i", "p_least": "f",
    "alike": "b", "zero": "b", "unseen": "b", "ruled": "b", "cluster": "s", "hypothesis": "s", "direction": "s",
    "smallest": "f", "primary": "b", "confirmatory": "b", "verdict": "s", "p_holm": "f", "p_equivalence_holm": "f",
    "q": "f",
}  # fmt: skip
"""The columns of the table, each with its kind: s text, i whole number, f number, b yes or no."""


def write_effects(analysis: Analysis, folder: Path) -> Path:
    """Write the rows of `effect_rows` to ``effects.parquet`` in a folder, and return its path.

    The sessions behind it are those of `sandbox experiment export`.

    Raises:
        StorageError: it cannot be written.
    """
    with sheets_in(folder, {"effects": EFFECTS}, ("parquet",)) as sheets:
        sheets["effects"].write(effect_rows(analysis))
    return folder / "effects.parquet"


def effect_rows(analysis: Analysis) -> Iterator[Row]:
    """Yield a row for each effect: overall (``factor`` is empty), in each case (``scenario``) and at each level.

    Levels are those of factors other than arms and cases. ``side`` is ``model``; ``rules`` (in rules-only sessions);
    ``beyond`` (``model`` less ``rules``); ``more`` (the effect at a level less that at the first level of its factor);
    or ``grown`` (of a confirmatory hypothesis, over all sessions, not only those of the locked plan; exploratory).
    ``at`` and ``against`` are the levels of a hypothesis. If no block has its outcome in both arms, its row has no
    figures. A ``ruled`` outcome, set by a rule that was compared, has neither p nor d.
    Where no pair differs (``zero``) there is no p.
    """
    for tested in analysis.effects.tested:
        name = tested.hypothesis
        named: Row = {"hypothesis": name.id, "direction": name.direction, "smallest": name.smallest}
        named |= {"at": "".join(name.at.values()) or None, "against": "".join(name.against.values()) or None}
        whole: Row = {
            "primary": tested.primary, "confirmatory": tested.confirmatory, "verdict": tested.verdict,
            "p_holm": tested.p, "p_equivalence_holm": tested.p_equivalence,
        }  # fmt: skip
        if tested.effect is not None:
            yield from _sides(tested.effect, named, whole)
        else:
            base = analysis.design.base_of(name)
            yield {**_place(name.outcome, name.arm, base, "model"), **named, **whole}
        if tested.overall is not None:
            means: Row = {"arm_mean": tested.overall.arm_mean, "base_mean": tested.overall.base_mean}
            yield _row(tested.overall, "grown", tested.overall.pair, **named, **means)
    for effect in analysis.effects.others:
        yield from _sides(effect, {}, {"q": effect.q})


def _sides(effect: Effect, named: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the rows of an effect; ``whole`` is added to that of the whole effect alone."""
    means: Row = {"arm_mean": effect.arm_mean, "base_mean": effect.base_mean}
    yield _row(effect, "model", effect.pair, **named, **means, **whole)
    for side, pair in (("rules", effect.null), ("beyond", effect.beyond)):
        if pair is not None:
            yield _row(effect, side, pair, **named)
    for scenario, case in effect.scenarios.items():
        yield _row(effect, "model", case.pair, "scenario", scenario, **named)
    for across in effect.across:
        for side, levels in (("model", across.levels), ("more", across.more)):
            for level in levels:
                yield _row(effect, side, level.pair, across.factor, level.name, **named)


def _row(effect: Effect, side: str, pair: Pair, factor: str = "", level: str = "", **more: Any) -> Row:
    untested = dict.fromkeys(("p_permutation", "p_bootstrap", "p_least")) if effect.ruled else {}
    if pair.zero:
        untested |= dict.fromkeys(("p_permutation", "p_bootstrap", "d_low", "d_high"))
        more |= dict.fromkeys({"p_holm", "q"} & more.keys())
    return {
        **_place(effect.outcome, effect.arm, effect.base, side), "factor": factor, "level": level,
        "cluster": "block" if factor == "scenario" else effect.cluster, "primary": False, "confirmatory": False,
        **vars(pair), **untested, "ruled": effect.ruled, **more,
    }  # fmt: skip


def _place(outcome: str, arm: str, base: str, side: str) -> Row:
    return {"outcome": outcome, "arm": arm, "base": base, "side": side, "factor": "", "level": ""}
