"""How far a judge's levels may be trusted, in the words used wherever the levels are shown."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.words import Words
from sandbox.report.figures import decimal, percent
from sandbox.scoring.panel import Score
from sandbox.scoring.scorecard import NullSpread, Scorecard
from sandbox.scoring.standing import JudgeStanding, Mark, judged_the_showcases, standing_mark
from sandbox.scoring.trust import Interval, Shortfall, least_share

NOT_RELIABLE: Mark = "not_reliable"


def judged(score: Score) -> bool:
    """Return whether a score is a level that a judge gave."""
    return score.level is not None and score.status in ("supported", "unsupported")


def rules_alone(label: Words, spread: NullSpread | None, level: int | None) -> str:
    """Return how a counted level varies in sessions played by the rules alone; empty if that was not measured.

    If it is the same in each of those sessions, and in this one too, the rules fix it, and the text says so.
    """
    if spread is None:
        return ""
    if spread.fixed:
        return label("baseline.fixed" if spread.mean == level else "baseline.always", level=f"{spread.mean:g}")
    low, high = f"{spread.low:g}", f"{spread.high:g}"
    return label("baseline.cell", mean=decimal(spread.mean, 1), low=low, high=high)


def beside_rules(label: Words, card: Scorecard, name: str, value: float | None) -> list[str]:
    """Return whether a value lies above, below or within what the rules alone make; an empty list if unknown."""
    spread = card.baseline.get(name)
    if spread is None or value is None:
        return []
    return [label(f"baseline.{'above' if value > spread.high else 'below' if value < spread.low else 'within'}")]


def within_range(card: Scorecard) -> list[str]:
    """Return the criteria whose counted level lies within the middle 95% of what the rules alone make."""
    return [name for name, counted in card.counted.items() if _within(card, f"counted_{name}", counted.level)]


def beyond_range(card: Scorecard) -> list[str]:
    """Return the outcome measures that lie outside the middle 95% of what the rules alone make."""
    return [name for name, value in card.outcome.items() if _within(card, name, value) is False]


def _within(card: Scorecard, name: str, value: float | None) -> bool | None:
    """Return whether a value lies within what the rules alone make; None if the value or the range is unknown."""
    spread = card.baseline.get(name)
    return None if value is None or spread is None else spread.low <= value <= spread.high


def usable_level(card: Scorecard, score: Score) -> float | None:
    """Return the level that a judge gave, or None if the judge was found not to be reliable on that criterion."""
    return score.level if judged(score) and standing_mark(card.standings.get(score.criterion)) != NOT_RELIABLE else None


def standing_words(label: Words, standing: JudgeStanding | None) -> str:
    """Return in words how far a judge is reliable, with kappa, its interval and the number of items."""
    if standing and (shipped := standing.shipped):
        low, high = decimal(shipped.lowest), decimal(shipped.highest)
        return label("standing.shipped", low=low, high=high, criteria=shipped.criteria)
    kappa = "" if standing is None else kappa_words(label, standing.kappa, standing.lacks)
    return label(f"standing.{standing_mark(standing)}", kappa=kappa)


def kappa_words(label: Words, kappa: Interval, lacks: Sequence[Shortfall]) -> str:
    """Return a kappa with its interval and items in words; if it is high enough, also what else the judge lacks."""
    more = () if "kappa" in lacks else (label(f"standing.lacks.{name}") for name in lacks)
    return label("semi").join([_kappa(label, kappa), *more])


def _kappa(label: Words, kappa: Interval) -> str:
    if kappa.estimate is None:
        return label("standing.no_kappa", n=kappa.n)
    value = decimal(kappa.estimate)
    if kappa.low == 1:
        return label("standing.ceiling", kappa=value, low=percent(least_share(kappa.n)), n=kappa.n)
    if kappa.low is None or kappa.high is None or kappa.low == kappa.high:
        return label("standing.kappa_alone", kappa=value, n=kappa.n)
    return label("standing.kappa", kappa=value, low=decimal(kappa.low), high=decimal(kappa.high), n=kappa.n)


def judge_caution(label: Words, card: Scorecard) -> str:
    """Return how many levels are counted, and how far the judge of a session may be trusted."""
    counted = sum(level.level is not None for level in card.counted.values())
    marks = [standing_mark(card.standings.get(score.criterion)) for score in card.scores if judged(score)]
    if not marks:
        judge = label("caution.judge.nobody")
    elif set(marks) == {"not_measured"}:
        judge = label("caution.judge.none")
    else:
        reliable, unreliable, unmeasured = map(marks.count, ("reliable", NOT_RELIABLE, "not_measured"))
        counts = {"reliable": reliable, "unreliable": unreliable, "unmeasured": unmeasured}
        judge = label("caution.judge.some", levels=len(marks), **counts)
        if reliable:
            kin = any(map(judged_the_showcases, (card.judge or "").split(",")))
            judge += label("gap") + label(f"caution.judge.family.{'same' if kin else 'unknown'}")
    return (label("caution.counted", count=counted) + label("gap") if counted else "") + judge
