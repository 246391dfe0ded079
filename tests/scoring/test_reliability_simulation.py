"""How often the 95% intervals hold the truth: judges whose true agreement is known, drawn again and again.

The truth is that of a judge's joint distribution of level and gold. Where few items cannot reach nominal coverage,
a case says which coverage is expected instead, from 10,000 other runs; each must be met within three standard errors.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from sandbox.scoring.reliability import bootstrap_bounds
from tests.benchmarks.reliability import TEN, falls_short

pytestmark = pytest.mark.fuzz

Floats = npt.NDArray[np.float64]
LEVELS = np.arange(1, 6)
CELLS = [(int(level), int(gold)) for level in LEVELS for gold in LEVELS]


def judge(right: float, next_to: float) -> Floats:
    """Return the joint distribution (level by gold) of a judge over gold levels that are equally frequent.

    Args:
        right: odds of the gold level against one that is two or more off.
        next_to: odds of a level next to it against the same.
    """
    distance = abs(LEVELS[:, None] - LEVELS[None, :])
    odds = np.where(distance == 0, right, np.where(distance == 1, next_to, 1.0))
    joint: Floats = odds / odds.sum(axis=0) / len(LEVELS)
    return joint


def truth(joint: Floats) -> tuple[float, float, float, float]:
    """Return mean difference, mean absolute difference, kappa and ordinal alpha of a joint distribution."""
    from sklearn.metrics import cohen_kappa_score

    level, gold = np.array(CELLS).T
    weights = joint.ravel()
    kappa = cohen_kappa_score(level, gold, weights="quadratic", sample_weight=weights)
    pooled = (joint.sum(axis=1) + joint.sum(axis=0)) / 2
    ranks = np.cumsum(pooled) - pooled / 2
    apart = (ranks[:, None] - ranks[None, :]) ** 2
    alpha = 1 - (joint * apart).sum() / (np.outer(pooled, pooled) * apart).sum()
    return float(weights @ (level - gold)), float(weights @ abs(level - gold)), float(kappa), float(alpha)


RANDOM, NOISY, RARELY_WRONG = judge(1, 1), judge(10, 4), judge(40, 6)


def test_the_truths() -> None:
    assert truth(RANDOM)[2:] == pytest.approx((0, 0), abs=1e-12)
    assert truth(NOISY)[2:] == pytest.approx((0.655, 0.655), abs=1e-3)
    assert truth(RARELY_WRONG)[2:] == pytest.approx((0.863, 0.863), abs=1e-3)


@pytest.mark.parametrize(
    ("joint", "n", "runs", "expected"),
    [
        pytest.param(RANDOM, 15, 100, (0.95, 0.95, 0.95, 0.95), id="random-15"),
        pytest.param(NOISY, 60, 80, (0.95, 0.935, 0.93, 0.935), id="noisy-60"),
        # the hard case: gross errors so rare that a small sample has none
        pytest.param(RARELY_WRONG, 15, 100, (0.95, 0.895, 0.82, 0.93), id="rarely-wrong-15"),
    ],
)
def test_intervals_hold_the_truth_about_as_often_as_they_say(
    joint: Floats, n: int, runs: int, expected: tuple[float, ...]
) -> None:
    random = np.random.default_rng(2026)
    known = truth(joint)
    held = np.zeros(len(known))
    for run in range(runs):
        drawn = [CELLS[cell] for cell in random.choice(len(CELLS), n, p=joint.ravel())]
        found = bootstrap_bounds([level for level, _ in drawn], [gold for _, gold in drawn], run, 400)
        for place, ((low, high), value) in enumerate(zip(found, known, strict=True)):
            assert low is not None
            assert high is not None
            held[place] += low - 1e-9 <= value <= high + 1e-9
    coverage = held / runs
    names = ("mean difference", "mean absolute difference", "kappa", "alpha")
    told = ", ".join(f"{name} {share:.3f}" for name, share in zip(names, coverage, strict=True))
    print(f"{n} items, {runs} runs: {told}")  # noqa: T201
    for share, wanted in zip(coverage, expected, strict=True):
        error = (wanted * (1 - wanted) / runs) ** 0.5
        assert wanted - 3 * error <= share <= 0.95 + 3 * error, (
            f"coverage with {n} items over {runs} runs: {told}; expected {expected}, each within {3 * error:.3f}"
        )


@pytest.mark.parametrize(
    ("judge", "steady", "least", "most"),
    [("random", True, 0, 1), ("mediocre", False, 0, 10), ("good", False, 28, 30)],
)
def test_chance_is_hardly_ever_called_reliable_and_a_good_judge_nearly_always(
    judge: str, steady: bool, least: int, most: int
) -> None:
    passed = sum(not falls_short(judge, TEN, seed, steady=steady, resamples=200) for seed in range(30))
    assert least <= passed <= most, f"{passed} of 30"
