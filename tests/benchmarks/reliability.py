"""How often judges of known quality are called reliable on one criterion: ``python -m tests.benchmarks.reliability``.

Each judge answers ten items, two of each level, or the eight of decision share, and all of them again at the retest:
anew, or, as a model does that answers each question the same way every time, with the same levels.
"""

from __future__ import annotations

import argparse
import json

import numpy as np
import numpy.typing as npt

from sandbox.scoring.reliability import Rating, agreement, retest
from sandbox.scoring.trust import Shortfall, shortfalls

LEVELS = np.arange(1, 6)
TEN, EIGHT = (1, 1, 2, 2, 3, 3, 4, 4, 5, 5), (1, 1, 2, 3, 3, 4, 5, 5)
# Of each judge, in how many of 100 it gives the level as known, and a level next to it; the rest is two or more off.
JUDGES = {"random": (20, 32), "poor": (35, 40), "mediocre": (45, 43), "fair": (60, 34), "good": (75, 25)}
THRESHOLD = 0.6


def answers(judge: str, gold: tuple[int, ...], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return the levels that a judge gives items; ``random`` draws each from all five."""
    exact, beside = JUDGES[judge]
    given = []
    for level in gold:
        distance = abs(LEVELS - level)
        odds = np.where(distance == 0, exact, np.where(distance == 1, beside / (distance == 1).sum(), 0.0))
        far = distance > 1
        odds = np.ones(5) if judge == "random" else np.where(far, (100 - exact - beside) / far.sum(), odds)
        given.append(rng.choice(LEVELS, p=odds / odds.sum()))
    return np.array(given)


def falls_short(
    judge: str, gold: tuple[int, ...], seed: int, *, steady: bool = False, unrated: int = 0, resamples: int = 2000
) -> tuple[Shortfall, ...]:  # fmt: skip
    """Return for what a judge falls short of reliable in one calibration.

    Args:
        judge: one of `JUDGES`.
        gold: the known levels.
        seed: of its answers.
        steady: whether it gives the same levels at the retest.
        unrated: to how many items, drawn anew each time, it gives no level.
        resamples: of the bootstrap.
    """
    rng = np.random.default_rng([seed, 7])
    first = answers(judge, gold, rng)
    runs = []
    for levels in (first, first if steady else answers(judge, gold, rng)):
        silent = {*rng.choice(len(gold), unrated, replace=False).tolist()}
        runs.append([
            Rating(f"d{place}", known, None, "cannot_tell")
            if place in silent
            else Rating(f"d{place}", known, float(level), "supported")
            for place, (known, level) in enumerate(zip(gold, levels, strict=True))
        ])  # fmt: skip
    return shortfalls(agreement(runs[0], seed, resamples), retest(*runs), THRESHOLD)


def main() -> None:
    """Print the share of calibrations in which each judge passes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    runs = parser.parse_args().runs
    for items, gold in (("10", TEN), ("8", EIGHT)):
        for judge in JUDGES:
            for steady in (False, True):
                passed = sum(not falls_short(judge, gold, seed, steady=steady) for seed in range(runs))
                told = {"items": items, "judge": judge, "retest": "same levels" if steady else "anew", "runs": runs}
                print(json.dumps(told | {"passes": round(passed / runs, 4)}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
