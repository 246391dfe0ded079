"""Variance components of an outcome: cases, replicates, single sessions, and the judges of a panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy import optimize, special

from sandbox.experiment.analysis.agreement import Votes
from sandbox.experiment.outcomes import widest_of
from sandbox.experiment.planning.pairing import ground_of

Part = Literal["scenario", "arm_by_scenario", "replicate", "arm_by_replicate", "rest", "judge", "vote"]
PARTS: tuple[Part, ...] = get_args(Part)
_NOTHING = 1e-6  # share of the variance below which the search has found 0
_ROUNDING = 1e-9  # of standardised outcomes


@dataclass(frozen=True)
class Components:
    """The variance components of an outcome, apart from differences between arms.

    Args:
        outcome: the outcome.
        sessions: number of sessions with a value, to which the model was fitted.
        variances: variance by part, in the squared unit of the outcome: ``scenario``, ``arm_by_scenario`` (effects of
            arms differ by case), ``replicate`` (shared by sessions of the same case and seed), ``arm_by_replicate``
            (shared by those of the same arm too, if players are varied) and ``rest``; with a panel also ``judge``
            (judges differ in strictness) and ``vote`` (single votes beyond that). A part that the design cannot
            separate is contained in the others; empty without a fit.
        effects: difference of each arm from the base with the ends of its 95% interval, by this model: t with one
            degree of freedom less than cases, within possible values; empty for one case.
        why: why there is no fit: ``constant`` (the outcome does not vary), ``few`` (fewer than two cases and
            replicates, one arm, or too few sessions), ``alike`` (within blocks, arms and cases explain all differences)
            or ``not_converged``; else empty.
    """

    outcome: str
    sessions: int
    variances: Mapping[Part, float] = field(default_factory=dict)
    effects: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    why: Literal["", "constant", "few", "alike", "not_converged"] = ""

    @property
    def shares(self) -> dict[Part, float]:
        """Share of each part in the total variance, 0 to 1."""
        whole = sum(self.variances.values())
        return {part: value / whole for part, value in self.variances.items()} if whole else {}


def components(
    rows: Sequence[Mapping[str, Any]], outcome: str, arms: str, base: str = "", *, votes: Votes | None = None
) -> Components:
    """Split the variance of an outcome by a mixed model (REML): arms and other factors fixed, cases and seeds random.

    A variance of 0 is possible, mostly in small designs; the fit is then that of the model without it (`Likelihood`).
    Sessions of one seed and arm that are equal whoever plays count once.

    Judges are random too, crossed with sessions. If each judged every session, the likelihood is the product of that of
    the sessions' mean levels, fitted as for any outcome, and that of the differences from them, whose REML estimates
    are those of a two-way analysis of variance (Searle, Casella and McCulloch 1992, sections 4.4 and 4.8). A joint fit
    takes minutes for 300 sessions.

    Args:
        rows: the sessions, one per row, with ``id``, ``arm``, ``scenario``, ``replicate``, ``cell`` and ``outcomes``;
            all of one side, model or null.
        outcome: name of the outcome; sessions without a value are left out.
        arms: the factor of arms.
        base: the arm that others are compared with; the first by name if empty.
        votes: levels by session, outcome and judge. If two judges or more judged this outcome, the sessions with levels
            by all of them count, each with the mean level.
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
    """Return the levels by all judges, for each session that has them; None for fewer than two judges or sessions."""
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
    return _fit(frame, outcome, unit)


def _fit(frame: pd.DataFrame, outcome: str, unit: float) -> Components:
    together = ["block", "arm"]
    fixed = _fixed(frame)
    again = bool(frame.duplicated(together).any())  # if players are varied
    if again and _exact(*_within_each(fixed, frame, together)):
        frame = frame.drop_duplicates(together)
        fixed, again = _fixed(frame), False
    y, blocks = frame["y"].to_numpy(), frame.groupby("scenario")["block"].nunique()
    if len(frame) == fixed.shape[1] or np.linalg.matrix_rank(fixed) < fixed.shape[1]:
        return Components(outcome, len(frame), why="few")
    both, seated = (
        frame.groupby(names, observed=True).ngroup().to_numpy() for names in (["scenario", "arm"], together)
    )
    across: dict[Part, Any] = {}
    within: dict[Part, Any] = {"replicate": frame["block"].to_numpy()}
    if len(blocks) > 1 and (blocks > 1).any():
        across = {"scenario": frame["scenario"].to_numpy(), "arm_by_scenario": both}
    elif len(blocks) > 1:
        within = {"scenario": frame["scenario"].to_numpy()}
    if again:
        within["arm_by_replicate" if "replicate" in within else "arm_by_scenario"] = seated
    exact = _exact(fixed, y)  # nothing but the arms differs
    beside = np.column_stack([fixed, *map(_dummies, list(across.values())[1:])])
    if not exact and _exact(*_within_each(beside, frame, together if again else ["block"])):
        return Components(outcome, len(frame), why="alike")
    random = [*across, *within]
    likelihood = Likelihood(fixed, y, [*across.values()], [*within.values()])
    ratios = np.zeros(len(random)) if exact else likelihood.largest()
    if ratios is None:
        return Components(outcome, len(frame), why="not_converged")
    _, rest, means, errors = likelihood.at(ratios)
    variances: dict[Part, float] = {part: rest * float(ratio) for part, ratio in zip(random, ratios, strict=True)}
    variances["rest"] = rest
    arms = list(frame["arm"].cat.categories)[1:] if len(blocks) > 1 else []
    effects = {
        arm: _within(outcome, float(mean) * unit, _quantile(len(blocks)) * float(error) * unit)
        for arm, mean, error in zip(arms, means[1:], errors[1:], strict=False)
    }
    return Components(outcome, len(frame), _in_units(variances, unit), effects)


def _fixed(frame: pd.DataFrame) -> Any:
    """Return the columns of the fixed effects: intercept, arms, then levels of all factors other than the case."""
    factors = [name for name in frame.columns if name.startswith("factor_") and frame[name].nunique() > 1]
    return np.column_stack([np.ones(len(frame)), *(_dummies(frame[name])[:, 1:] for name in ("arm", *factors))])


def _within_each(columns: Any, frame: pd.DataFrame, names: list[str]) -> tuple[Any, Any]:
    """Return columns and outcomes centred within groups of sessions with the same values of ``names``."""
    held = pd.DataFrame(np.column_stack([columns, frame["y"]]))
    held -= held.groupby([frame[name].to_numpy() for name in names]).transform("mean")
    return held.to_numpy()[:, :-1], held.to_numpy()[:, -1]


def _exact(columns: Any, y: Any) -> bool:
    """Return whether columns explain outcomes fully."""
    return bool(abs(y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]).max() < _ROUNDING)


def _dummies(values: Any) -> Any:
    """Return a column for each level of a factor: 1 where a session has it, else 0."""
    return pd.get_dummies(values).to_numpy(dtype=np.float64)


def _in_units(variances: Mapping[Part, float], unit: float) -> dict[Part, float]:
    whole = max(sum(variances.values()), _NOTHING)  # nothing but the arms may differ
    kept = {part: variances[part] if variances[part] > _NOTHING * whole else 0.0 for part in PARTS if part in variances}
    return {part: value * unit**2 for part, value in kept.items()}


def _frame(rows: Sequence[Mapping[str, Any]], outcome: str, factor: str, base: str) -> pd.DataFrame:
    """Return the sessions with a value of the outcome, with the factors other than arm and case.

    Blocks that differ by players alone have the same seed and are one.
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
    """Return an effect with its interval, cut to possible differences."""
    widest = widest_of(outcome)
    return effect, max(effect - reach, -widest), min(effect + reach, widest)


def _quantile(cases: int) -> float:
    """Return the half-width of a 95% interval in standard errors: t with one degree of freedom less than cases.

    In a balanced design with two arms these are the degrees of freedom of the mean square of arms by cases, the error
    of an effect (Searle, Casella and McCulloch 1992, section 4.8). With more arms there are more if effects vary alike
    between cases, which is unknown; this is the lower bound (Geisser and Greenhouse 1958, doi:10.1214/aoms/1177706545).
    """
    return float(special.stdtrit(cases - 1, 0.975))


class Likelihood:
    """The REML likelihood of variances, each as its ratio to the residual one (``rest``).

    Outcomes have the covariance ``rest * (I + sum of ratio * shared)``, where ``shared`` is 1 between sessions with the
    same level. It can be inverted for all ratios; at 0 the model is the one without that variance. (`MixedLM` of
    statsmodels uses the precision of a random effect, which is infinite there.) Residual variance and fixed effects are
    profiled out (Bates, Maechler, Bolker and Walker 2015, section 3.4, doi:10.18637/jss.v067.i01).

    Variances ``within`` units are inverted one after the other (Sherman and Morrison 1950), those ``across`` units
    together (Woodbury 1950), so that the time grows linearly with the number of sessions.

    Args:
        fixed: the columns of the fixed effects, shape (sessions, columns).
        y: the outcomes, shape (sessions,).
        across: the levels of the sessions for each variance between units.
        within: the units of the sessions and, if there is another variance within units, its groups.
    """

    def __init__(self, fixed: Any, y: Any, across: Sequence[Any], within: Sequence[Any]) -> None:
        self._free = len(y) - fixed.shape[1]
        left = y - fixed @ (least := np.linalg.lstsq(fixed, y, rcond=None)[0])  # as likely as y, with smaller values
        self._least, self._wide, self._deep = least, len(across), len(within)
        levels = [_dummies(held) for held in across]
        self._part = np.repeat(np.arange(len(across)), [held.shape[1] for held in levels])
        values = np.column_stack([fixed, left, *levels])
        self._squares = values.T @ values
        inner = pd.DataFrame(values).groupby(within[-1], sort=False)
        units = pd.factorize(pd.Series(within[0]).groupby(within[-1], sort=False).first())[0]
        order = np.argsort(units, kind="stable")
        self._begins = np.flatnonzero(np.diff(units[order], prepend=-1))
        self._sums, self._sizes = inner.sum().to_numpy()[order], inner.size().to_numpy()[order]

    def at(self, ratios: Any) -> tuple[float, float, Any, Any]:
        """Return the log-likelihood, the residual variance, and the fixed effects with their standard errors.

        ``ratios`` are those across units, then those within.
        """
        squares, sums, sizes, likelihood = self._squares, self._sums, self._sizes, 0.0
        for place, ratio in enumerate(ratios[self._wide :][::-1]):
            if place:
                sums, sizes = np.add.reduceat(sums, self._begins), np.add.reduceat(sizes, self._begins)
            shrunk = 1 / (1 + ratio * sizes)
            squares = squares - (sums.T * (ratio * shrunk)) @ sums
            likelihood += np.log(shrunk).sum() / 2
            sums, sizes = sums * shrunk[:, None], sizes * shrunk
        own, roots = self._least.size + 1, np.sqrt(ratios[self._part])
        among = np.eye(len(roots)) + roots[:, None] * squares[own:, own:] * roots
        beside = roots[:, None] * squares[own:, :own]
        squares = squares[:own, :own] - beside.T @ np.linalg.solve(among, beside)
        likelihood -= np.linalg.slogdet(among)[1] / 2
        precision, crossed = squares[:-1, :-1], squares[:-1, -1]
        inverse = np.linalg.inv(precision)
        effects = inverse @ crossed
        rest = max((squares[-1, -1] - crossed @ effects) / self._free, np.finfo(float).tiny)
        likelihood -= np.linalg.slogdet(precision)[1] / 2 + self._free * (np.log(2 * np.pi * rest) + 1) / 2
        return float(likelihood), float(rest), self._least + effects, np.sqrt(np.diag(inverse) * rest)

    def largest(self) -> Any:
        """Return the ratios that maximise the likelihood, some of them perhaps 0; None if the search fails."""
        found = optimize.minimize(
            lambda spreads: -self.at(spreads**2)[0], np.ones(self._wide + self._deep), method="Powell",
            options={"xtol": 1e-4, "ftol": 1e-8},
        )  # fmt: skip
        return found.x**2 if found.success else None
