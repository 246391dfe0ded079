"""The restricted likelihood of a model with random intercepts, as far as zero."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import optimize


class Likelihood:
    """The likelihood by REML of variances, each as its ratio to that of the rest.

    Outcomes have the covariance ``rest * (I + sum of ratio * shared)``, where ``shared`` is 1 between sessions with the
    same level. That can be inverted whatever the ratios, zero included: there the model is the one without that
    variance. (The precision of a random effect, on which `MixedLM` of statsmodels rests, has no value at zero.)
    Rest and fixed effects are profiled out (Bates, Maechler, Bolker and Walker 2015, section 3.4,
    doi:10.18637/jss.v067.i01).

    Args:
        fixed: the columns of the fixed effects, sessions in rows.
        y: the outcomes.
        random: of each variance the levels of the sessions; those of the first hold those of all others.
    """

    def __init__(self, fixed: Any, y: Any, random: Sequence[Any]) -> None:
        self._free = len(y) - fixed.shape[1]
        left = y - fixed @ (least := np.linalg.lstsq(fixed, y, rcond=None)[0])  # as likely as y, and nearer to nothing
        self._least, self._variances = least, len(random)
        stacks: dict[int, list[tuple[Any, Any]]] = defaultdict(list)
        for group in dict.fromkeys(random[0]):
            held = random[0] == group
            shared = np.array([levels[held][:, None] == levels[held] for levels in random], dtype=np.float64)
            stacks[int(held.sum())].append((np.column_stack([fixed, left])[held], shared))
        self._stacks = [
            (np.stack([values for values, _ in alike]), np.stack([shared for _, shared in alike], axis=1))
            for alike in stacks.values()
        ]

    def at(self, ratios: Any) -> tuple[float, float, Any, Any]:
        """Return the logarithm of the likelihood, the rest's variance, and the fixed effects with their errors."""
        squares, likelihood = 0.0, 0.0
        for values, shared in self._stacks:
            covariance = np.eye(values.shape[1]) + np.tensordot(ratios, shared, 1)
            squares = squares + (values.transpose(0, 2, 1) @ np.linalg.solve(covariance, values)).sum(axis=0)
            likelihood -= np.linalg.slogdet(covariance)[1].sum() / 2
        precision, crossed = squares[:-1, :-1], squares[:-1, -1]
        inverse = np.linalg.inv(precision)
        effects = inverse @ crossed
        rest = max((squares[-1, -1] - crossed @ effects) / self._free, np.finfo(float).tiny)
        likelihood -= np.linalg.slogdet(precision)[1] / 2 + self._free * (np.log(2 * np.pi * rest) + 1) / 2
        return float(likelihood), float(rest), self._least + effects, np.sqrt(np.diag(inverse) * rest)

    def largest(self) -> Any:
        """Return the ratios at which the likelihood is largest, some of them perhaps zero; None where none is found."""
        found = optimize.minimize(
            lambda spreads: -self.at(spreads**2)[0], np.ones(self._variances), method="Powell",
            options={"xtol": 1e-4, "ftol": 1e-8},
        )  # fmt: skip
        return found.x**2 if found.success else None
