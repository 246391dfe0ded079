"""Where the variance of an outcome lies: between cases, replicates, single sessions, and the judges of a panel."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy import special

from sandbox.experiment.analysis.agreement import Votes
from sandbox.experiment.outcomes import widest_of
from sandbox.experiment.pairing import ground_of

Part = Literal["scenario", "arm_by_scenario", "replicate", "rest", "judge", "vote"]
PARTS: tuple[Part, ...] = get_args(Part)
_NOTHING = 1e-6  # share of the variance that is a zero which the search came near to
_LARGEST = 400  # sessions for which the general fit takes seconds; it grows with the cube of their number


@dataclass(frozen=True)
class Components:
    """The variance of an outcome by where it comes from, beside differences between arms.

    Args:
        sessions: those to which the model was fitted: at most all in which it has a value.
        known: those in which it has a value.
        variances: variance by part, in the square of the outcome's unit: ``scenario``, ``arm_by_scenario`` (how far the
            arms' effects differ by case), ``replicate`` (what sessions of the same case and seed share) and ``rest``;
            by a panel also ``judge`` (how much stricter one judge is than another) and ``vote`` (what a judge gives a
            session beyond that). A part that the design cannot tell apart is left out and lies in the others; empty
            without a fit.
        effects: difference of each arm from the base with its 95% interval, by this model: t with one degree of freedom
            less than cases; empty for one case, which does not tell how an effect differs by case. An interval ends at
            what is possible.
        why: why there is no fit: ``constant`` (the outcome does not vary), ``few`` (fewer than two cases and
            replicates, or one arm), ``alike`` (sessions of a block differ by nothing but what their arm does to their
            case) or ``not_converged``; empty where there is one.
    """

    outcome: str
    sessions: int
    variances: Mapping[Part, float] = field(default_factory=dict)
    effects: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    why: Literal["", "constant", "few", "alike", "not_converged"] = ""
    known: int = 0

    @property
    def shares(self) -> dict[Part, float]:
        """Share of each part in the whole variance."""
        whole = sum(self.variances.values())
        return {part: value / whole for part, value in self.variances.items()} if whole else {}


def components(
    rows: Sequence[Mapping[str, Any]], outcome: str, arms: str, base: str = "", *, votes: Votes | None = None
) -> Components:
    """Split the variance of an outcome by a mixed model (REML): arms and other factors fixed, cases and seeds random.

    Of more than 400 sessions the first blocks of each case are taken. Powell's method searches, since a variance of
    zero, the usual case in small designs, stops searches by gradient; about one fit in a hundred does not converge.

    Judges are random too, crossed with all sessions. Where each of them judged every session, the likelihood falls into
    that of the sessions' mean levels, which is fitted as for any outcome, and that of the differences from them, whose
    REML estimates are those of a two-way analysis of variance (Searle, Casella and McCulloch 1992, sections 4.4 and
    4.8). A fit of all in a single group takes minutes for 300 sessions.

    Args:
        rows: the sessions, one a row, with ``id``, ``arm``, ``scenario``, ``replicate``, ``cell`` and ``outcomes``; all
            from one side, model or null.
        outcome: name of the outcome; sessions without a value are left out.
        arms: the factor that is compared.
        base: the arm with which others are compared; the first by name where it is empty.
        votes: levels by session, outcome and judge. Where two judges or more gave this outcome, sessions count to which
            all of them gave a level, each with the mean of these.
    """
    panel = _panel(rows, outcome, votes or {})
    if panel is None:
        return _split(rows, outcome, arms, base)
    means = [{**row, "outcomes": {outcome: float(np.mean(panel[row["id"]]))}} for row in rows if row["id"] in panel]
    split = _split(means, outcome, arms, base)
    if split.why:
        return split
    levels = np.array(list(panel.values()))
    sessions, judges = levels.shape
    apart = levels - levels.mean(axis=1, keepdims=True) - levels.mean(axis=0) + levels.mean()
    vote = float((apart**2).sum()) / ((sessions - 1) * (judges - 1))
    judge = max(0.0, float(levels.mean(axis=0).var(ddof=1)) - vote / sessions)
    rest = max(0.0, split.variances["rest"] - vote / judges)
    return replace(split, variances={**split.variances, "rest": rest, "judge": judge, "vote": vote})


def _panel(rows: Sequence[Mapping[str, Any]], outcome: str, votes: Votes) -> dict[str, list[float]] | None:
    """Return the levels by all judges of each session that has them; None where fewer than two judged."""
    held = {row["id"]: levels for row in rows if (levels := votes.get(row["id"], {}).get(outcome))}
    judges = sorted({judge for levels in held.values() for judge in levels})
    whole = {run: [levels[judge] for judge in judges] for run, levels in held.items() if len(levels) == len(judges)}
    return whole if len(judges) > 1 and len(whole) > 1 else None


def _split(rows: Sequence[Mapping[str, Any]], outcome: str, arms: str, base: str) -> Components:
    frame = _frame(rows, outcome, arms, base)
    if not len(frame) or frame["arm"].nunique() < 2 or frame["block"].nunique() < 2:
        return Components(outcome, len(frame), why="few")
    unit = float(frame["y"].std(ddof=0))
    if unit < 1e-12:
        return Components(outcome, len(frame), why="constant")
    frame["y"] /= unit
    others = [name for name in frame.columns if name.startswith("factor_") and frame[name].nunique() > 1]
    fit = _fit(frame if len(frame) <= _LARGEST else _first(frame), outcome, others, unit)
    return replace(fit, known=len(frame))


def _first(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the first blocks of each case, as many sessions as can be fitted."""
    blocks = frame.drop_duplicates("block")
    most = _LARGEST * len(blocks) // (frame["scenario"].nunique() * len(frame))
    fitting = blocks[blocks.groupby("scenario", sort=False).cumcount() < max(2, most)]
    return frame[frame["block"].isin(fitting["block"])]


def _fit(frame: pd.DataFrame, outcome: str, others: Sequence[str], unit: float) -> Components:
    blocks = frame.groupby("scenario", observed=True)["block"].nunique()
    nested = len(blocks) > 1 and bool((blocks > 1).any())
    groups = "scenario" if len(blocks) > 1 else "block"
    try:
        model = _model(frame, others, groups, {"arm_by_scenario": "arm", "replicate": "block"} if nested else {})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of variances at zero, which is no fault; convergence is looked at below
            fit = model.fit(reml=True, method=["powell"])
    except (np.linalg.LinAlgError, ValueError):
        fit = None
    if fit is None or not fit.converged or not np.isfinite(fit.scale):
        return Components(outcome, len(frame), why="alike" if _alike(frame) else "not_converged")
    first: Part = "scenario" if groups == "scenario" else "replicate"
    variances: dict[str, float] = {first: float(fit.cov_re.iloc[0, 0]), "rest": float(fit.scale)}
    variances |= dict(zip(model.exog_vc.names, map(float, fit.vcomp), strict=True)) if nested else {}
    known = _in_units(variances, unit)
    return Components(outcome, len(frame), known, _effects(fit, frame, outcome, unit, exact=not any(known.values())))


def _model(frame: pd.DataFrame, others: Sequence[str], groups: str, split: Mapping[Part, str]) -> Any:
    """Return the mixed model of arms and other factors, with variances of the groups and, within them, of ``split``.

    It is what its formula would give; to read formulas, anew for each group, takes a third of the time of a fit.
    """
    from statsmodels.regression.mixed_linear_model import VCSpec

    from sandbox.experiment.analysis.grouped import GroupedLM

    fixed = [np.ones(len(frame)), *(column for name in ("arm", *others) for column in _dummies(frame[name]).T[1:])]
    names = ["Intercept", *(f"{name} {level}" for name in ("arm", *others) for level in _levels(frame[name])[1:])]
    members = [frame[frame[groups] == group] for group in sorted(frame[groups].unique())]
    within = [[_dummies(part[name]) for part in members] for name in split.values()]
    columns = [[[str(level) for level in _levels(part[name])] for part in members] for name in split.values()]
    exog = pd.DataFrame(np.column_stack(fixed), index=frame.index, columns=names)
    model = GroupedLM(
        frame["y"], exog, frame[groups].to_numpy(), np.ones((len(frame), 1)), VCSpec([*split], columns, within)
    )
    model.data.vcomp_names = model.exog_vc.names
    return model


def _levels(values: pd.Series) -> Sequence[Any]:
    """Return the levels of a factor: those that it may have, or that it has."""
    return list(values.cat.categories) if isinstance(values.dtype, pd.CategoricalDtype) else sorted(values.unique())


def _dummies(values: pd.Series) -> Any:
    """Return a column for each level of a factor: 1 where a session has it, else 0."""
    return (values.to_numpy(dtype=object)[:, None] == np.array(_levels(values), dtype=object)).astype(np.float64)


def _alike(frame: pd.DataFrame) -> bool:
    """Return whether sessions of a block differ by nothing but what their arm does to their case."""
    parts = pd.get_dummies(frame[["block"]].assign(arm=frame["arm"].astype(str) + "/" + frame["scenario"]), dtype=float)
    y = frame["y"].to_numpy()
    return bool(abs(y - parts @ np.linalg.lstsq(parts, y, rcond=None)[0]).max() < 1e-9)


def _in_units(variances: Mapping[str, float], unit: float) -> dict[Part, float]:
    whole = max(sum(variances.values()), _NOTHING)  # nothing but the arms may differ
    kept = {part: variances[part] if variances[part] > _NOTHING * whole else 0.0 for part in PARTS if part in variances}
    return {part: value * unit**2 for part, value in kept.items()}


def _frame(rows: Sequence[Mapping[str, Any]], outcome: str, factor: str, base: str) -> pd.DataFrame:
    """Return the sessions in which an outcome has a value, with the factors that are neither arm nor case.

    Blocks that differ by who plays alone have the same seed, and are one.
    """
    known = [row for row in rows if row["outcomes"].get(outcome) is not None]
    arms = sorted({str(row["arm"]) for row in known}, key=lambda arm: (arm != base, arm))
    beside = sorted({name for row in known for name in row["cell"]} - {"scenario", "network", factor})
    columns: dict[str, Any] = {
        "y": np.array([row["outcomes"][outcome] for row in known], dtype=np.float64),
        "arm": pd.Categorical([str(row["arm"]) for row in known], categories=arms),
        "scenario": [str(row["scenario"]) for row in known],
        "block": [ground_of(factor, row["cell"], row["replicate"]) for row in known],
    }
    columns |= {f"factor_{place}": [str(row["cell"].get(name)) for row in known] for place, name in enumerate(beside)}
    return pd.DataFrame(columns)


def _within(outcome: str, effect: float, reach: float) -> tuple[float, float, float]:
    """Return an effect with its interval, which holds no difference larger than there can be."""
    widest = widest_of(outcome)
    return effect, max(effect - reach, -widest), min(effect + reach, widest)


def _effects(
    fit: Any, frame: pd.DataFrame, outcome: str, unit: float, *, exact: bool
) -> dict[str, tuple[float, float, float]]:
    """Return the effects of a fit; where nothing but the arms differs they are exact."""
    effects: dict[str, tuple[float, float, float]] = {}
    cases = frame["scenario"].nunique()
    if cases < 2:
        return effects
    for arm in list(frame["arm"].cat.categories)[1:]:
        name = f"arm {arm}"
        with np.errstate(invalid="ignore"):  # a variance that came out below nothing has no error, and no interval
            mean, error = float(fit.fe_params[name]) * unit, 0.0 if exact else float(fit.bse_fe[name]) * unit
        effects[arm] = _within(outcome, mean, _quantile(cases) * error)
    return effects


def _quantile(cases: int) -> float:
    """Return how many standard errors an interval of 95% reaches: by t, with one degree of freedom less than cases.

    In a balanced design with two arms an effect's error is the mean square of arms by cases, with that many degrees of
    freedom (Searle, Casella and McCulloch 1992, section 4.8). With more arms that mean square has more of them if the
    arms' effects vary alike between cases, which nobody knows; one less than cases is the lower bound (Geisser and
    Greenhouse 1958, doi:10.1214/aoms/1177706545).
    """
    return float(special.stdtrit(cases - 1, 0.975))
