"""The results of sessions from many seeds, in numbers that a class can read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from statistics import fmean
from typing import Any

from sandbox.content.library import Library
from sandbox.content.scenario_card import Scenario
from sandbox.content.words import Words
from sandbox.experiment.outcomes import OUTCOMES, known_outcome
from sandbox.game.spec import SessionSpec, with_seats
from sandbox.report.document.blocks import Block
from sandbox.report.document.compose import Inline, below, note, paragraph, soft, strong, table
from sandbox.report.figures import NONE, change, decimal, is_share, percent, signed

_DECIDED = "decided"
_SHOWN = (
    _DECIDED, "questions_settled", "turn_share_residents", "hidden_facts_told", "promises_beyond_remit", "trust_change",
)  # fmt: skip
Row = Mapping[str, Any]
Settled = tuple[str, Mapping[str, str]]


@dataclass(frozen=True)
class MeanInterval:
    """The mean of a number over several sessions or pairs of sessions, with its lowest and highest value.

    ``number`` is how many sessions or pairs were measured; those with nothing to measure are left out.
    """

    mean: float
    low: float
    high: float
    number: int


@dataclass(frozen=True)
class Figures:
    """An outcome of the sessions that were played.

    ``arms`` has its mean by governance model, None if no session has it. ``less`` has, for each further model, its
    difference from the first model, over sessions with the same seed.
    """

    arms: Mapping[str, MeanInterval | None]
    less: Mapping[str, MeanInterval | None]


@dataclass(frozen=True)
class SettledCount:
    """The number of sessions, by governance model, that carried an option of a question, or no option (None).

    ``by_rules`` counts the sessions that the rules alone play beside them.
    """

    question: str
    option: str | None
    played: Mapping[str, int]
    by_rules: Mapping[str, int]


@dataclass(frozen=True)
class SeedsSummary:
    """The results of sessions.

    ``done`` counts finished sessions by governance model; ``by_rules`` are figures of the sessions that the rules alone
    play beside them. ``settled`` is empty if no stage decides.
    """

    done: Mapping[str, int]
    played: Mapping[str, Figures]
    by_rules: Mapping[str, Figures]
    settled: Sequence[SettledCount]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def summary(rows: Sequence[Row], arms: Sequence[str], scenario: Scenario) -> SeedsSummary:
    """Return the results of sessions of a case.

    The rows are finished sessions, as `Store.rows` has them, each with what it ``settled`` as `settled_by` returns it;
    the further models are compared with the first.
    """
    played = [row for row in rows if not row["null"]]
    alone = [row for row in rows if row["null"]]
    judged = [name for name, outcome in OUTCOMES.items() if outcome.judged and _values(played, name)]
    names = (*_SHOWN, *judged)
    return SeedsSummary(
        {arm: sum(row["arm"] == arm for row in played) for arm in arms},
        {name: _figures(played, name, arms) for name in names},
        {name: _figures(alone, name, arms) for name in names if alone},
        settled_counts(scenario, arms, *([(row["arm"], row["settled"]) for row in group] for group in (played, alone)))
        if any(row["outcomes"][_DECIDED] is not None for row in played)
        else (),
    )


def settled_counts(
    scenario: Scenario, arms: Iterable[str], played: Sequence[Settled], alone: Sequence[Settled] = ()
) -> tuple[SettledCount, ...]:
    """Return, for each question of a case, how often each option, or none, was carried under each governance model.

    Each session is given as its model and what it settled; ``alone`` are those that the rules alone played.
    """
    return tuple(
        SettledCount(question.id, option, *(
            {arm: sum(by == arm and settled.get(question.id) == option for by, settled in group) for arm in arms}
            for group in (played, alone)
        ))
        for question in scenario.decisions
        for option in (*question.options, None)
    )  # fmt: skip


def settled_table(
    words: Words, scenario: Scenario, names: Mapping[str, str], counts: Sequence[SettledCount]
) -> Iterator[Block]:
    """Yield what was decided: a row for each option that was ever carried, a column for each governance model.

    Rows are grouped by question. What the rules alone make is in brackets.
    """
    rows, asked, beside = list[tuple[Inline, ...]](), "", any(any(each.by_rules.values()) for each in counts)
    for each in counts:
        if not any((*each.played.values(), *each.by_rules.values())):
            continue
        question = scenario.decision_by_id[each.question]
        if asked != each.question:
            asked = each.question
            rows.append(((soft(question.question.get(words.lang)),), *[""] * len(names)))
        option = question.options[each.option].get(words.lang) if each.option else words("seeds.none")
        alone = (f" ({each.by_rules[arm]})" if beside else "" for arm in names)
        cells = (f"{each.played[arm]}{more}" for arm, more in zip(names, alone, strict=True))
        rows.append((f"  {option}", *cells))
    if rows:
        yield table("", (words("seeds.settled"), *names.values()), rows, titled=False, figures=True)
        yield note(words("seeds.settled_beside" if beside else "seeds.settled_why"))


def summary_blocks(
    shown: SeedsSummary, specs: Sequence[SessionSpec], seeds: int, failures: Sequence[Row], library: Library
) -> Iterator[Block]:
    """Yield the results: a row for each outcome, a column for each governance model, and how to read them."""
    spec = specs[0]
    lang, words = spec.lang, Words(spec.lang, library.roots)
    names = words.apart({each.governance: library.governance(each.governance).name.get(lang) for each in specs})
    base = names[spec.governance]
    case = library.scenario(spec.scenario).title.get(lang)
    model = with_seats(words.of("acted_by", spec.model), spec.models)
    who = words("seeds.by_rules") if spec.style == "rules" else words("seeds.model", model=model)
    yield paragraph((strong(words("seeds.title", case=case, seeds=seeds, who=who)),))
    further = [words("seeds.less", arm=name, base=base) for arm, name in names.items() if arm != spec.governance]
    rows = list[tuple[Inline, ...]]()
    for outcome, figures in shown.played.items():
        beside = shown.by_rules.get(outcome)
        if not any((*figures.arms.values(), *(beside.arms.values() if beside else ()))):
            continue
        rows.append((words.of("experiment.outcome", outcome), *_cells(words, outcome, figures, shown.done)))
        if beside:
            rows.append(((soft(f"  {words('seeds.by_rules')}"),), *_cells(words, outcome, beside)))
    yield table("", (words("seeds.outcome"), *names.values(), *further), rows, titled=False, figures=True)
    yield note(words("seeds.reading"))
    yield from settled_table(words, library.scenario(spec.scenario), names, shown.settled)
    yield from [note(words("seeds.beside"))] if shown.by_rules else []
    yield note(words("pulses.derived")) if spec.style != "free" else note(words("seeds.trust_by_rules"))
    yield note(words("seeds.limits"))
    yield from [note(words("seeds.judged"))] if any(known_outcome(name).judged for name in shown.played) else []
    for reason, number in Counter(row["reason"] for row in failures).items():
        yield note(words("seeds.failed", number=number, reason=reason))


def _cells(words: Words, outcome: str, figures: Figures, done: Mapping[str, int] | None = None) -> Iterator[Inline]:
    """Yield the cells of an outcome; if not all sessions have it, with the number that do."""
    for arm, spread in figures.arms.items():
        if spread is None:
            yield words("no_value")
        elif outcome == _DECIDED:
            yield words("seeds.of", number=round(spread.mean * spread.number), total=spread.number)
        else:
            write = percent if is_share(outcome) else decimal
            some = [words("seeds.some", number=spread.number)] if done and spread.number < done[arm] else []
            yield below(write(spread.mean), *_between(words, spread, write), *some)
    first = next(iter(figures.arms.values()))
    for arm, spread in figures.less.items():
        if spread is None:
            yield NONE
        elif outcome == _DECIDED:
            yield signed(spread.mean * spread.number, 0)
        else:
            shown = change(outcome, _apart(outcome, first, figures.arms[arm], spread))
            shown = words("experiment_report.points", change=shown) if is_share(outcome) else shown
            yield below(shown, *_between(words, spread, partial(change, outcome)))


def _between(words: Words, spread: MeanInterval, write: Callable[[float], str]) -> list[str]:
    low, high = write(spread.low), write(spread.high)
    return [] if low == high else [words("experiment_report.range", low=low, high=high)]


def _apart(outcome: str, first: MeanInterval | None, other: MeanInterval | None, less: MeanInterval) -> float:
    """Return a difference as it is shown: that of the rounded means, if these are of the same pairs."""
    if first is None or other is None or not first.number == other.number == less.number:
        return less.mean
    means = other.mean, first.mean
    if is_share(outcome):
        shown = [float(percent(mean).strip("<> %")) / 100 for mean in means]
    else:
        shown = [round(mean, 2) for mean in means]
    return shown[0] - shown[1]


def _figures(rows: Sequence[Row], outcome: str, arms: Sequence[str]) -> Figures:
    values = {arm: _values((row for row in rows if row["arm"] == arm), outcome) for arm in arms}
    first = values[arms[0]]
    return Figures(
        {arm: _spread(held.values()) for arm, held in values.items()},
        {
            arm: _spread(held[seed] - first[seed] for seed in held.keys() & first.keys())
            for arm, held in values.items()
            if arm != arms[0]
        },
    )


def _values(rows: Iterable[Row], outcome: str) -> dict[int, float]:
    return {row["seed"]: row["outcomes"][outcome] for row in rows if row["outcomes"][outcome] is not None}


def _spread(values: Iterable[float]) -> MeanInterval | None:
    held = sorted(values)
    return MeanInterval(round(fmean(held), 4), round(held[0], 4), round(held[-1], 4), len(held)) if held else None
