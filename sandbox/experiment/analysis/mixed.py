"""Where the variance of an outcome lies: between cases, replicates, single sessions, and the judges of a panel."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from sandbox.experiment.analysis.agreement import Votes
from sandbox.experiment.outcomes import widest_of

Part = Literal["scenario", "arm_by_scenario", "replicate", "rest", "judge", "vote"]
PARTS: tuple[Part, ...] = ("scenario", "arm_by_scenario", "replicate", "rest", "judge", "vote")
_NOTHING = 1e-6  # share of the variance that is a zero which the search came near to
_LARGEST = 400  # sessions for which the general fit takes seconds; it grows with the cube of their number


@dataclass(frozen=True)
class Components:
    """The variance of an outcome by where it comes from, beside differences between arms.

    Args:
        sessions: those to which the model was fitted: at most all in which it has a value.
        known: those in which it has a value.
        balanced: whether it was fitted by the mean squares of a balanced design, and not by a search.
        variances: variance by part, in the square of the outcome's unit: ``scenario``, ``arm_by_scenario`` (how far the
            arms' effects differ by case), ``replicate`` (what arms with the same case and seed share) and ``rest``; by
            a panel also ``judge`` (how much stricter one judge is than another) and ``vote`` (what a judge gives a
            session beyond that). A part that the design cannot tell apart is left out and lies in the others; empty
            without a fit.
        effects: difference of each arm from the base with its 95% interval, by this model: t with one degree of freedom
            less than cases (than blocks, where there is one case). An interval ends at what is possible.
        why: why there is no fit: ``constant`` (the outcome does not vary), ``few`` (fewer than two cases and
            replicates, or one arm) or ``not_converged``; empty where there is one.
    """

    outcome: str
    sessions: int
    variances: Mapping[Part, float] = field(default_factory=dict)
    effects: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    why: Literal["", "constant", "few", "not_converged"] = ""
    known: int = 0
    balanced: bool = False

    @property
    def shares(self) -> dict[Part, float]:
        """Share of each part in the whole variance."""
        whole = sum(self.variances.values())
        return {part: value / whole for part, value in self.variances.items()} if whole else {}


def components(
    rows: Sequence[Mapping[str, Any]], outcome: str, base: str = "", *, votes: Votes | None = None
) -> Components:
    """Split the variance of an outcome by a mixed model (REML): arms and other factors fixed, cases and blocks random.

    A balanced design is fitted by its mean squares (see `_fit_balanced`), at any size. Where sessions are missing, the
    general fit takes all of them up to 400; of more, the whole blocks of a balanced part are taken, or where that is
    less than half of them the first blocks of each case. There Powell's method searches, since a variance of zero, the
    usual case in small designs, stops searches by gradient.

    Judges are random too, crossed with all sessions. Where each of them judged every session, the likelihood falls into
    that of the sessions' mean levels, which is fitted as for any outcome, and that of the differences from them, whose
    REML estimates are those of a two-way analysis of variance (Searle, Casella and McCulloch 1992, sections 4.4 and
    4.8). A fit of all in a single group takes minutes for 300 sessions.

    Args:
        rows: the sessions, one a row, with ``id``, ``arm``, ``scenario``, ``block``, ``cell`` and ``outcomes``; all
            from one side, model or null.
        outcome: name of the outcome; sessions without a value are left out.
        base: the arm with which others are compared; the first by name where it is empty.
        votes: levels by session, outcome and judge. Where two judges or more gave this outcome, sessions count to which
            all of them gave a level, each with the mean of these.
    """
    panel = _panel(rows, outcome, votes or {})
    if panel is None:
        return _split(rows, outcome, base)
    means = [{**row, "outcomes": {outcome: float(np.mean(panel[row["id"]]))}} for row in rows if row["id"] in panel]
    split = _split(means, outcome, base)
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


def _split(rows: Sequence[Mapping[str, Any]], outcome: str, base: str) -> Components:
    frame = _frame(rows, outcome, base)
    if not len(frame) or frame["arm"].nunique() < 2 or frame["block"].nunique() < 2:
        return Components(outcome, len(frame), why="few")
    unit = float(frame["y"].std(ddof=0))
    if unit < 1e-12:
        return Components(outcome, len(frame), why="constant")
    frame["y"] /= unit
    others = [name for name in frame.columns if name.startswith("factor_") and frame[name].nunique() > 1]
    even = _balanced_part(frame, others)
    if len(even) == len(frame) or (len(frame) > _LARGEST and 2 * len(even) > len(frame)):
        fit = _fit_balanced(even, outcome, others, unit)
    else:
        fit = _fit(frame if len(frame) <= _LARGEST else _first(frame), outcome, others, unit)
    return replace(fit, known=len(frame))


def _first(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the first blocks of each case, as many sessions as can be fitted."""
    blocks = frame.drop_duplicates("block")
    most = _LARGEST // (frame["scenario"].nunique() * frame["arm"].nunique())
    fitting = blocks[blocks.groupby("scenario", sort=False).cumcount() < max(2, most)]
    return frame[frame["block"].isin(fitting["block"])]


def _fit(frame: pd.DataFrame, outcome: str, others: Sequence[str], unit: float) -> Components:
    import statsmodels.formula.api as smf

    blocks = frame.groupby("scenario", observed=True)["block"].nunique()
    nested = len(blocks) > 1 and bool((blocks > 1).any())
    groups = "scenario" if len(blocks) > 1 else "block"
    split = {"arm_by_scenario": "0 + C(arm)", "replicate": "0 + C(block)"} if nested else {}
    formula = " + ".join(["y ~ C(arm)", *(f"C({name})" for name in others)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of variances at zero, which is no fault; convergence is looked at below
        try:
            model = smf.mixedlm(formula, frame, groups=groups, re_formula="1", vc_formula=split)
            fit = model.fit(reml=True, method=["powell"])
        except (np.linalg.LinAlgError, ValueError):
            fit = None
    if fit is None or not fit.converged or not np.isfinite(fit.scale):
        return Components(outcome, len(frame), why="not_converged")
    first: Part = "scenario" if groups == "scenario" else "replicate"
    found: dict[str, float] = {first: float(fit.cov_re.iloc[0, 0]), "rest": float(fit.scale)}
    found |= dict(zip(model.exog_vc.names, map(float, fit.vcomp), strict=True)) if split else {}
    return Components(outcome, len(frame), _in_units(found, unit), _effects(fit, frame, outcome, unit))


def _in_units(found: Mapping[str, float], unit: float) -> dict[Part, float]:
    whole = sum(found.values())
    kept = {part: found[part] if found[part] > _NOTHING * whole else 0.0 for part in PARTS if part in found}
    return {part: value * unit**2 for part, value in kept.items()}


def _frame(rows: Sequence[Mapping[str, Any]], outcome: str, base: str) -> pd.DataFrame:
    """Return the sessions in which an outcome has a value, with the factors that are neither arm nor case."""
    known = [row for row in rows if row["outcomes"].get(outcome) is not None]
    arms = sorted({str(row["arm"]) for row in known}, key=lambda arm: (arm != base, arm))
    factors = sorted({name for row in known for name in row["cell"]} - {"scenario", "network"})
    beside = [name for name in factors if any(row["cell"].get(name) != row["arm"] for row in known)]
    columns: dict[str, Any] = {
        "y": np.array([row["outcomes"][outcome] for row in known], dtype=np.float64),
        "arm": pd.Categorical([str(row["arm"]) for row in known], categories=arms),
        "scenario": [str(row["scenario"]) for row in known],
        "block": [str(row["block"]) for row in known],
    }
    columns |= {f"factor_{place}": [str(row["cell"].get(name)) for row in known] for place, name in enumerate(beside)}
    return pd.DataFrame(columns)


def _within(outcome: str, effect: float, reach: float) -> tuple[float, float, float]:
    """Return an effect with its interval, which holds no difference larger than there can be."""
    widest = widest_of(outcome)
    return effect, max(effect - reach, -widest), min(effect + reach, widest)


def _effects(fit: Any, frame: pd.DataFrame, outcome: str, unit: float) -> dict[str, tuple[float, float, float]]:
    effects = {}
    for arm in list(frame["arm"].cat.categories)[1:]:
        name = f"C(arm)[T.{arm}]"
        with np.errstate(invalid="ignore"):  # a variance that came out below nothing has no error, and no interval
            mean, error = float(fit.fe_params[name]) * unit, float(fit.bse_fe[name]) * unit
        effects[arm] = _within(outcome, mean, _quantile(frame) * error)
    return effects


def _quantile(frame: pd.DataFrame) -> float:
    """Return how many standard errors an interval of 95% reaches: by t, with one degree of freedom less than cases.

    An effect is known from as many units as it was drawn for: cases, or blocks where there is one case. In a balanced
    design with two arms its error is the mean square of arms by cases, with that many degrees of freedom (Searle,
    Casella and McCulloch 1992, section 4.8). With more arms that mean square has more of them if the arms' effects vary
    alike between cases, which nobody knows; one less than cases is the lower bound (Geisser and Greenhouse 1958,
    doi:10.1214/aoms/1177706545).
    """
    cases = frame["scenario"].nunique()
    units = cases if cases > 1 else frame["block"].nunique()
    return float(special.stdtrit(units - 1, 0.975))


Floats = npt.NDArray[np.float64]
# A sum of squares, its degrees of freedom, and how often its mean expects each variance.
_Stratum = tuple[float, int, tuple[int, ...]]


def _balanced_part(frame: pd.DataFrame, factors: Sequence[str]) -> pd.DataFrame:
    """Return the sessions of whole blocks, equally many in each case at each combination of the other factors.

    Blocks in which an arm is missing are left out, and of the others the last, where a case has more than the one with
    fewest; none is left where a case lacks a combination. ``frame`` has a row a session, with ``y``, ``arm``
    (categories), ``scenario``, ``block`` and the other ``factors``.
    """
    arms = len(frame["arm"].cat.categories)
    whole = frame.groupby("block", sort=False)["arm"].transform("size") == arms
    kept = frame[whole]
    blocks = kept.drop_duplicates("block")
    cells = blocks.groupby(["scenario", *factors], sort=False)
    cases = frame["scenario"].nunique()
    combinations = len(frame.drop_duplicates(list(factors))) if factors else 1
    fewest = int(cells.size().min()) if cells.ngroups == cases * combinations else 0
    return kept[kept["block"].isin(blocks[cells.cumcount() < fewest]["block"])]


def _fit_balanced(frame: pd.DataFrame, outcome: str, factors: Sequence[str], unit: float) -> Components:
    """Fit the mixed model to a balanced design: arms and other factors fixed, cases, their arms and blocks random.

    The restricted likelihood of a balanced design is that of its mean squares, each with its own expectation (Searle,
    Casella and McCulloch 1992, sections 3.8 and 4.8); it is maximised over variances that are not negative. Where each
    case has one block, blocks lie in the rest; where there is one case, only blocks are told from the rest. ``frame``
    is what `_balanced_part` returns, at least two blocks.
    """
    arms = list(frame["arm"].cat.categories)
    ordered = frame.sort_values(["scenario", "block", "arm"], kind="stable")
    cases, width = ordered["scenario"].nunique(), len(arms)
    values = ordered["y"].to_numpy(dtype=np.float64).reshape(cases, -1, width)
    blocks = values.shape[1]
    heads = ordered.iloc[::width]
    by_arm, by_case, whole = values.mean(axis=(0, 1)), values.mean(axis=(1, 2)), float(values.mean())
    of_blocks = values.mean(axis=2)
    within, lost = of_blocks - by_case[:, None], 0
    strata: list[_Stratum]
    carried: tuple[int, ...]
    for name in factors:
        codes = heads[name].astype("category").cat.codes.to_numpy().reshape(cases, blocks)
        levels = int(codes.max()) + 1
        within = within - np.array([within[codes == level].mean() for level in range(levels)])[codes]
        lost += levels - 1
    if cases == 1 or blocks == 1:
        groups = of_blocks.reshape(-1) if cases > 1 else within.reshape(-1) + whole
        apart = values.reshape(-1, width) - of_blocks.reshape(-1, 1) - by_arm + whole
        units, free = cases * blocks, cases * blocks - 1 - (lost if cases == 1 else 0)
        strata = [
            (float((apart**2).sum()), (units - 1) * (width - 1), (1, 0)),
            (float(width * ((groups - whole) ** 2).sum()), free, (1, width)),
        ]
        names = ["rest", "scenario" if cases > 1 else "replicate"]
        error = 2 / units
        carried = (1, 0)
    else:
        of_cells = values.mean(axis=1)
        apart = values - of_blocks[:, :, None] - of_cells[:, None, :] + by_case[:, None, None]
        slopes = of_cells - by_case[:, None] - by_arm + whole
        strata = [
            (float((apart**2).sum()), cases * (blocks - 1) * (width - 1), (1, 0, 0, 0)),
            (float(width * (within**2).sum()), cases * (blocks - 1) - lost, (1, width, 0, 0)),
            (float(blocks * (slopes**2).sum()), (cases - 1) * (width - 1), (1, 0, blocks, 0)),
            (float(width * blocks * ((by_case - whole) ** 2).sum()), cases - 1, (1, width, blocks, width * blocks)),
        ]
        names = ["rest", "replicate", "arm_by_scenario", "scenario"]
        error = 2 / (cases * blocks)
        carried = (1, 0, blocks, 0)
    found = _restricted(strata)
    reach = unit * _quantile(frame) * float(np.sqrt(float(np.dot(carried, found)) * error))
    effects = {
        arm: _within(outcome, unit * float(by_arm[place] - by_arm[0]), reach) for place, arm in enumerate(arms) if place
    }
    variances = _in_units(dict(zip(names, map(float, found), strict=True)), unit)
    return Components(outcome, len(frame), variances, effects, balanced=True)


def _restricted(strata: Sequence[_Stratum]) -> Floats:
    from scipy import optimize

    sums, freedom = (np.array(column, dtype=np.float64) for column in list(zip(*strata, strict=True))[:2])
    expects = np.array([stratum[2] for stratum in strata], dtype=np.float64)
    scale = float(sums.sum() / freedom.sum())
    if scale < 1e-12:  # nothing but the arms differs, as where each level is the same in all sessions of an arm
        return np.zeros(len(strata))

    def against(parts: Floats) -> tuple[float, Floats]:
        expected = expects @ parts
        value = float((freedom * np.log(expected) + sums / expected).sum())
        return value, expects.T @ (freedom / expected - sums / expected**2)

    start = np.maximum(np.linalg.solve(expects, sums / freedom), 0.05 * scale)
    bounds = [(1e-9 * scale, None), *[(0.0, None)] * (len(strata) - 1)]
    options: dict[str, Any] = {"ftol": 1e-14, "gtol": 1e-10, "maxiter": 2000}
    return np.asarray(optimize.minimize(against, start, jac=True, bounds=bounds, options=options).x)
