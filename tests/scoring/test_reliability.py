"""A judge's reliability: known answers, the libraries' own figures, edges, and what must hold for any ratings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import krippendorff
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.errors import InputError
from sandbox.scoring.reliability import Rating, agreement, compare, figures, retest, share, shift
from sandbox.scoring.trust import Agreement, Interval, Shortfall, shortfalls

UNDEFINED = Interval(None, None, None, 0)
HALF_LEVELS = [level / 2 for level in range(2, 11)]


def rated(levels: Sequence[float | None], gold: Sequence[int] | None = None, status: str = "") -> list[Rating]:
    """Return ratings of items d0, d1, …; without a level the judge cannot tell."""
    return [
        Rating(f"d{number}", known, level, status or ("cannot_tell" if level is None else "supported"))
        for number, (level, known) in enumerate(zip(levels, gold or [3] * len(levels), strict=True))
    ]


def bounds(found: Interval) -> tuple[float, float]:
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


SELF = retest(rated([1, 2, 3, 4, 5] * 2, [3] * 10), rated([1, 2, 3, 4, 5] * 2, [3] * 10))


def lacks(found: Agreement, threshold: float) -> tuple[Shortfall, ...]:
    """Return for what a judge may not be relied on that gives the same again."""
    return shortfalls(found, SELF, threshold)


def test_a_perfect_judge_agrees_exactly() -> None:
    found = agreement(rated([1, 2, 3, 4, 5] * 4, [1, 2, 3, 4, 5] * 4))
    assert (found.items, found.rated) == (20, 20)
    assert found.kappa == found.alpha == Interval(1.0, 1.0, 1.0, 20)
    assert found.mean_error == found.mean_absolute_error == Interval(0.0, 0.0, 0.0, 20)
    assert found.exact.estimate == found.within_one.estimate == found.verified.estimate == 1.0
    assert bounds(found.exact) == pytest.approx((0.8389, 1.0), abs=1e-4)  # 20 of 20 is no certainty
    assert found.confusion == (*(tuple(4 * (row == column) for column in range(5)) for row in range(5)), (0,) * 5)
    assert lacks(found, 1.0) == ()


def test_a_random_judge_agrees_by_chance() -> None:
    random = np.random.default_rng(3)
    gold = [int(level) for level in random.integers(1, 6, 1000)]
    found = agreement(rated([float(level) for level in random.integers(1, 6, 1000)], gold), resamples=200)
    for coefficient in (found.kappa, found.alpha):
        low, high = bounds(coefficient)
        assert low < 0 < high
        assert coefficient.estimate == pytest.approx(0, abs=0.08)
    assert "bound" in lacks(found, 0.0)


def test_answers_without_level_count_as_no_level() -> None:
    from sklearn.metrics import cohen_kappa_score

    ratings = [
        Rating("a", 1, 1, "supported"),
        Rating("b", 2, 4, "unsupported"),
        Rating("c", 5, None, "cannot_tell"),
        Rating("d", 5, None, "failed"),
        Rating("e", 4, 4, "supported"),
    ]
    found = agreement(ratings)
    assert (found.items, found.rated) == (5, 3)
    assert found.mean_error.estimate == pytest.approx(2 / 3)
    assert found.mean_absolute_error.n == found.kappa.n == 3
    assert found.exact.estimate == found.within_one.estimate == found.verified.estimate == pytest.approx(2 / 3)
    assert found.cannot_tell.estimate == found.failed.estimate == pytest.approx(1 / 5)
    assert found.confusion[5] == (0, 0, 0, 0, 2)
    assert sum(map(sum, found.confusion)) == 5
    # labels are given, since without them a level that nobody used would shrink distances
    wanted = cohen_kappa_score([1, 4, 4], [1, 2, 4], weights="quadratic", labels=range(1, 6))
    assert found.kappa.estimate == pytest.approx(wanted)


def test_half_levels_are_weighted_as_they_are() -> None:
    from sklearn.metrics import cohen_kappa_score

    gold = [1, 2, 3, 4, 5, 3]
    found = agreement(rated([1.5, 2.5, 2.5, 3.5, 4.5, 3], gold))
    doubled = [2 * level for level in gold]
    wanted = cohen_kappa_score([3, 5, 5, 7, 9, 6], doubled, weights="quadratic", labels=range(2, 11))
    assert found.kappa.estimate == pytest.approx(wanted)
    assert found.mean_error.estimate == pytest.approx(-0.5 / 6)
    assert found.exact.estimate == pytest.approx(1 / 6)
    assert found.within_one.estimate == 1.0
    # in the table only, a half level goes to the whole one on the side of 3
    assert [sum(row) for row in found.confusion] == [0, 1, 4, 1, 0, 0]


def test_many_samples_at_once_give_the_libraries_figures() -> None:
    from sklearn.metrics import cohen_kappa_score

    random = np.random.default_rng(11)
    kinds = [(-1, -1), *((one, other) for one in range(2, 11) for other in range(2, 11))]
    counts = np.zeros((60, len(kinds)))
    samples = []
    for row in range(len(counts)):
        levels = [2, 4, 6, 8, 10] if row % 2 else list(range(2, 11))
        n = int(random.integers(2, 40))
        other = random.choice(levels, n)
        one = np.where(random.random(n) < 0.6, other, random.choice(levels, n))
        for pair in zip(one.tolist(), other.tolist(), strict=True):
            counts[row, kinds.index(pair)] += 1
        counts[row, 0] = row % 3  # items without a level change nothing
        samples.append((one, other))
    found = figures(counts, kinds)
    for (one, other), (difference, size, kappa, alpha) in zip(samples, found.T, strict=True):
        assert difference == pytest.approx(np.mean(one - other) / 2)
        assert size == pytest.approx(np.mean(abs(one - other)) / 2)
        if len(set(one)) == len(set(other)) == 1:
            assert math.isnan(kappa)
            assert math.isnan(alpha)
            continue
        wanted = cohen_kappa_score(one, other, labels=range(2, 11), weights="quadratic")
        assert kappa == pytest.approx(wanted, abs=1e-12)
        ordinal = krippendorff.alpha(np.array([one, other]), level_of_measurement="ordinal")
        assert alpha == pytest.approx(ordinal, abs=1e-12)


def test_a_constant_judge_agrees_by_chance() -> None:
    for judge in ([3] * 6, [3.5] * 6):
        found = agreement(rated(judge, [1, 2, 3, 4, 5, 5]))
        assert found.kappa.estimate == pytest.approx(0, abs=1e-12)
        assert found.kappa.low == found.kappa.high == 0.0  # exactly, so that it never passes for more
        assert "bound" in lacks(found, 0.0)


def test_a_constant_gold_gives_no_credit() -> None:
    found = agreement(rated([3, 4, 2, 3, 3, 5], [3] * 6))
    assert found.kappa.estimate == pytest.approx(0, abs=1e-12)
    assert found.mean_error.estimate == pytest.approx(2 / 6)
    assert "bound" in lacks(found, 0.0)


def test_where_neither_side_varies_coefficients_are_undefined() -> None:
    for judge in (3, 4):
        found = agreement(rated([judge] * 6, [3] * 6))
        assert found.kappa == found.alpha == Interval(None, None, None, 6)
        assert found.mean_error.estimate == judge - 3
        assert "bound" in lacks(found, 0.0)


def test_one_item_has_figures_and_no_interval() -> None:
    found = agreement(rated([4], [5]))
    assert found.kappa == found.alpha == Interval(None, None, None, 1)
    assert found.mean_error == Interval(-1.0, None, None, 1)
    assert found.exact == Interval(0.0, None, None, 1)
    assert found.within_one == Interval(1.0, None, None, 1)


def test_two_items_have_no_interval_either() -> None:
    found = agreement(rated([1, 5], [1, 5]))
    assert found.kappa == Interval(1.0, None, None, 2)  # half of the resamples leave it undefined
    assert lacks(found, 0.5) == ("few", "bound")


def test_none_rated() -> None:
    for ratings in ([], rated([None, None]), rated([None, None], status="failed")):
        found = agreement(ratings)
        assert found.rated == 0
        assert found.kappa == found.alpha == found.mean_error == found.mean_absolute_error == UNDEFINED
        assert found.exact == found.within_one == found.verified == UNDEFINED
        assert found.cannot_tell.n == found.failed.n == len(ratings)
        assert "bound" in lacks(found, 0.0)


def test_a_rating_off_the_scale_is_refused() -> None:
    cases: list[tuple[int, float | None, str, str]] = [
        (0, 3, "supported", "gold level 0 is not one of 1 to 5"),
        (6, 3, "supported", "gold level 6"),
        (3, 5.5, "supported", "level 5.5 is not from 1 to 5"),
        (3, 2.25, "supported", "in steps of 0.5"),
        (3, math.nan, "supported", "level nan"),
        (3, 3, "certain", "status 'certain' is not one of supported, unsupported"),
        (3, 3, "cannot_tell", "status 'cannot_tell' does not go with level 3"),
        (3, None, "supported", "does not go with level None"),
    ]
    for gold, level, status, message in cases:
        with pytest.raises(InputError, match=f"item 'd7': .*{message}"):
            Rating("d7", gold, level, status)


def test_an_item_rated_twice_is_refused() -> None:
    with pytest.raises(InputError, match="more than one rating: d0, d1"):
        agreement([*rated([1, 2, 3]), *rated([1, 2])])


def test_retest() -> None:
    from sklearn.metrics import cohen_kappa_score

    first = rated([1, 2, 3, 4, 5, None, 2, None])
    second = rated([1, 2, 4, 4, 5, None, None, 3])
    found = retest(first, reversed(second))
    assert (found.items, found.rated) == (8, 5)
    assert found.same.estimate == pytest.approx(4 / 5)
    assert found.mean_absolute_difference.estimate == pytest.approx(1 / 5)
    wanted = cohen_kappa_score([1, 2, 3, 4, 5], [1, 2, 4, 4, 5], weights="quadratic", labels=range(1, 6))
    assert found.kappa.estimate == pytest.approx(wanted)
    assert found.level_in_one.estimate == pytest.approx(2 / 8)
    low, high = bounds(found.mean_absolute_difference)
    assert 0 <= low <= 0.2 <= high


def test_shift() -> None:
    base = rated([1, 2, 3, 4, 5, None, 2, None])
    probed = [*rated([2, 2, 3, 1, 5, None, None, 3])]
    found = shift(base, reversed(probed))
    assert (found.items, found.rated) == (8, 5)
    assert found.mean_change.estimate == pytest.approx(-2 / 5)
    assert found.unchanged.estimate == pytest.approx(3 / 5)
    assert found.largest_change == 3
    assert found.became_cannot_tell.estimate == found.ceased_cannot_tell.estimate == pytest.approx(1 / 8)


def test_a_failure_says_nothing_about_what_the_judge_can_tell() -> None:
    base = [Rating("a", 3, None, "cannot_tell"), Rating("b", 3, 3, "supported"), Rating("c", 3, 3, "unsupported")]
    probed = [Rating("a", 3, None, "failed"), Rating("b", 3, None, "not_judged"), Rating("c", 3, None, "cannot_tell")]
    found = shift(base, probed)
    assert found.became_cannot_tell == Interval(1.0, None, None, 1)
    assert found.ceased_cannot_tell.estimate == 0.0
    assert found.largest_change is None
    assert found.mean_change == found.unchanged == UNDEFINED
    assert retest(base, probed).same == UNDEFINED


def test_pairs_must_be_of_the_same_items() -> None:
    here, there = rated([1, 2, 3]), rated([1, 2, 3])
    with pytest.raises(InputError, match=r"not in both runs: first only: d2; second only: $"):
        retest(here, there[:2])
    with pytest.raises(InputError, match="first only: ; second only: d0, d1"):
        shift(here[2:], there)
    with pytest.raises(InputError, match="gold level differs between both runs: d1"):
        shift(here, rated([1, 2, 3], [3, 4, 3]))
    with pytest.raises(InputError, match="more than one rating: d0"):
        retest(here, [*there, there[0]])


def test_reliable_needs_agreement_with_the_gold_set_and_with_itself_on_enough_items() -> None:
    gold: list[float | None] = [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    whole = agreement(rated(gold, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]))

    def shown(
        estimate: float, low: float | None, again: float = 1.0, items: int = 10, rated: int = 10
    ) -> tuple[Shortfall, ...]:
        found = replace(whole, kappa=Interval(estimate, low, 0.9, 10), items=items, rated=rated)
        return shortfalls(found, replace(SELF, kappa=replace(SELF.kappa, estimate=again)), 0.6)

    assert shown(0.6, 0.4) == ()
    assert shown(0.59, 0.4) == ("kappa",)
    assert shown(0.93, 0.39) == ("bound",)
    assert shown(0.93, None) == ("bound",)
    assert shown(0.93, 0.41, again=0.1) == ("retest",)
    assert shown(0.93, 0.41, rated=7) == ("no_level",)
    assert shown(0.93, 0.41, items=5, rated=5) == ("few",)


def test_shares_have_wilson_intervals() -> None:
    assert share(0, 0) == UNDEFINED
    assert bounds(share(12, 12)) == pytest.approx((0.7575, 1.0), abs=1e-4)
    assert bounds(share(5, 10)) == pytest.approx((0.2366, 0.7634), abs=1e-4)  # Newcombe 1998


def test_the_same_seed_gives_the_same_intervals() -> None:
    ratings = rated([1, 2, 4, 4, 3, 5, 2, 1], [1, 3, 4, 5, 3, 4, 2, 1])
    assert agreement(ratings, seed=4) == agreement(ratings, seed=4)
    assert agreement(ratings, seed=4).kappa != agreement(ratings, seed=5).kappa


PAIRS = st.lists(st.tuples(st.sampled_from([None, *HALF_LEVELS]), st.integers(1, 5)), max_size=24)


@given(PAIRS, st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_the_order_of_ratings_does_not_matter(pairs: list[tuple[float | None, int]], random: Random) -> None:
    ratings = rated([level for level, _ in pairs], [gold for _, gold in pairs])
    shuffled = list(ratings)
    random.shuffle(shuffled)
    assert agreement(ratings, resamples=50) == agreement(shuffled, resamples=50)


@given(PAIRS)
@settings(max_examples=20, deadline=None)
@example([(1.0, 1)] * 9 + [(5.0, 5)])
@example([(1.0, 1), (2.0, 3), (5.0, 5)])
def test_coefficients_are_symmetric_and_lie_in_their_intervals(pairs: list[tuple[float | None, int]]) -> None:
    levels, gold = [level for level, _ in pairs], [float(known) for _, known in pairs]
    one, other = compare(levels, gold, 1, 400), compare(gold, levels, 1, 400)
    assert one.kappa.estimate == pytest.approx(other.kappa.estimate)
    assert one.alpha.estimate == pytest.approx(other.alpha.estimate)
    for found in (one.kappa, one.alpha, one.mean_difference, one.mean_absolute_difference):
        if found.low is None or found.estimate is None or found.high is None:
            assert found.low is found.high
            continue
        assert found.low - 1e-9 <= found.estimate <= found.high + 1e-9
    for coefficient in (one.kappa, one.alpha):
        assert coefficient.estimate is None or -1 - 1e-9 <= coefficient.estimate <= 1


@given(st.integers(0, 60), st.integers(0, 60))
@settings(max_examples=20, deadline=None)
def test_a_share_lies_in_its_interval(count: int, more: int) -> None:
    found = share(count, count + more)
    if found.low is not None and found.estimate is not None and found.high is not None:
        assert 0 <= found.low <= found.estimate <= found.high <= 1
