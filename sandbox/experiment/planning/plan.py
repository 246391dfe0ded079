"""The plan of an experiment: its costs, as ranges with their assumptions, and its power, before it is paid for."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from statistics import fmean, stdev
from typing import Any

from sandbox.content.experiment_card import Design
from sandbox.content.library import Library
from sandbox.content.words import said
from sandbox.errors import InputError, Said
from sandbox.experiment.judging.judges import JudgeNoise
from sandbox.experiment.planning.notes import (
    idle_rules,
    inert_factors,
    left_out,
    overlaps,
    rests_on,
    said_lacking,
    said_overlap,
    unconfirmable,
    undecided,
    unmeasured,
    untold_summaries,
)  # fmt: skip
from sandbox.experiment.planning.players import player_of, plays
from sandbox.experiment.planning.power import Power, levels_of, power_of
from sandbox.experiment.planning.rehearsal import Rehearsal, rehearse
from sandbox.experiment.planning.runs import Run
from sandbox.experiment.planning.scatter import FEWEST
from sandbox.experiment.playing.pace import RateLimits
from sandbox.experiment.whatif.difference import student_quantile
from sandbox.llm.embedded import MODEL_NAME
from sandbox.llm.usage import Budget, Usage
from sandbox.settings import endpoint_in

Row = Mapping[str, Any]
_Cell = tuple[str, ...]
REHEARSED = 24
_QUANTITIES = ("calls", "prompt", "completion", "seconds")
_PILOT = 6  # sessions of the pilot that is advised, at most half of all
_DRAWS = 1000
# Least and most factors of a session to its rehearsal before anything was played: sessions end sooner or later, faulty
# wordings are asked for again (up to 1.36 calls per line in recorded directed sessions), and endpoints count tokens
# their own way (from 0.45 per Chinese character to 1.45 times the estimate of English).
_CALLS = {"directed": (0.75, 1.6), "free": (0.75, 1.3), "rules": (1.0, 1.0)}
_TOKENS = {"en": (0.8, 1.5), "zh": (0.4, 1.2)}
_WRITTEN = (0.5, 2.5)
# Seconds per call: of endpoints, and of the embedded engine on two cores (cassettes/README.md).
_SECONDS = (0.7, 6.0)
_SECONDS_EMBEDDED = (2.5, 10.0)
_PRICES = {"first": "SANDBOX_PRICE_INPUT", "second": "SANDBOX_PRICE_OUTPUT"}


@dataclass(frozen=True)
class Range:
    """The range of a quantity."""

    low: float
    high: float

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.high + other.high)

    def times(self, low: float, high: float) -> Range:
        """Return the range with its ends multiplied."""
        return Range(self.low * low, self.high * high)


@dataclass(frozen=True)
class ExperimentPlan:
    """The costs and the power of an experiment.

    Args:
        players: the players as ``model, style``, without the null arm.
        matrix: number of sessions at each level of each factor, without the null arm.
        sessions: number of sessions, without the null arm.
        asking: number of those that call a model.
        silent: number of sessions of the null arm, which call none.
        blocks: number of blocks within which arms are compared.
        done: number of finished sessions that call a model.
        pilot: number of those from which ranges are derived; 0 if they rest on assumptions.
        money: in the currency of the prices; None if these are unknown.
        seconds: time for the sessions left.
        covered: number of sessions that the design's budget pays for; None without a budget or prices.
        assumptions: the assumptions, in words.
        warnings: factors and hypotheses without effect or test, and overlapping hypotheses, in words.
        power: power of each hypothesis; empty without hypotheses or the ``lab`` extra.
    """

    design: Design
    players: tuple[Said, ...]
    matrix: Mapping[str, Mapping[str, int]]
    sessions: int
    asking: int
    silent: int
    blocks: int
    done: int
    pilot: int
    calls: Range
    prompt: Range
    completion: Range
    money: Range | None
    seconds: Range
    covered: Range | None
    assumptions: tuple[Said, ...]
    warnings: tuple[Said, ...]
    power: tuple[Power, ...]

    @property
    def tokens(self) -> Range:
        """Prompt and completion tokens together."""
        return self.prompt + self.completion

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        ranges = {name: asdict(getattr(self, name)) for name in ("calls", "prompt", "completion", "tokens", "seconds")}
        return {
            "design": self.design.id, "players": list(self.players),
            "matrix": {factor: dict(levels) for factor, levels in self.matrix.items()},
            "sessions": self.sessions, "null_sessions": self.silent, "blocks": self.blocks, "done": self.done,
            "pilot": self.pilot, **ranges, "money": asdict(self.money) if self.money else None,
            "covered": asdict(self.covered) if self.covered else None, "assumptions": list(self.assumptions),
            "warnings": list(self.warnings),
            "power": [
                {**asdict(power), "hypothesis": power.hypothesis.model_dump(mode="json")} for power in self.power
            ],
        }  # fmt: skip


def plan_of(
    design: Design, runs: Sequence[Run], pilot_rows: Sequence[Row], prices: Budget, *, library: Library,
    locked: Collection[str] | None = None, unreliable: Collection[str] = (),
    judges: Mapping[str, JudgeNoise] | None = None, rates: RateLimits | None = None,
) -> ExperimentPlan:  # fmt: skip
    """Return the plan of an experiment, computed in some seconds.

    Each cell is rehearsed with a stand-in for its models (see `rehearse`). With three or more finished sessions with a
    model, ranges come from the ratio of their usage to their rehearsals, by bootstrap over blocks.

    Args:
        design: the design.
        runs: its sessions.
        pilot_rows: finished sessions, as the analysis reads them (``id``, ``arm``, ``block``, ``scenario``, ``null``,
            ``outcomes``), with their ``usage`` (as `Usage.as_dict` gives it), ``started`` and ``ended`` (seconds).
        prices: the prices of tokens.
        library: the content.
        locked: ids of the hypotheses of the locked plan; None if the design is not locked.
        unreliable: outcomes by judges that were not measured reliable.
        judges: the noise of the design's judges, by outcome.
        rates: most requests and tokens per minute of each model.

    Raises:
        InputError: a cell cannot be played.
    """
    spoken = [run for run in runs if not run.null]
    paid = [run for run in spoken if run.spec.asks_models]
    expected = _Expected.of(paid, library)
    by_id = {run.id: run for run in paid}
    played = {row["id"]: row for row in pilot_rows if row["id"] in by_id and row.get("usage")}
    done = {key: row for key, row in played.items() if not row.get("unjudged")}
    left = [run for run in paid if run.id not in done]
    pilot = len(done) if len(done) >= FEWEST else 0
    if pilot:
        took = {name: expected.measured(name, done, by_id, left, design.seed) for name in _QUANTITIES}
    else:
        took = {name: expected.assumed(name, left) for name in _QUANTITIES}
    spent = sum((Usage(**row["usage"]) for row in done.values()), Usage())
    prompt = took["prompt"] + Range(spent.prompt, spent.prompt)
    completion = took["completion"] + Range(spent.completion, spent.completion)
    models = _models(paid)
    money = _money(prices, models, expected, done, by_id, left, design.seed, pilot)
    rates = rates or RateLimits()
    one_by_one = any(MODEL_NAME in run.spec.speakers for run in paid)
    at_once = 1 if one_by_one else max(1, min(design.concurrency, len(left or paid)))
    assumptions = list(_assumptions(done, pilot, expected, at_once, prices, rates, models, len(paid))) if paid else []
    if len(done) < len(played):
        assumptions.append(said("plan.assume.unjudged", count=len(played) - len(done)))
    power: tuple[Power, ...] = ()
    try:
        power = power_of(design, runs, pilot_rows, library, locked=locked, unreliable=unreliable, judges=judges)
    except InputError as error:  # without the lab extra
        assumptions.append(said("plan.assume.power", why=error))
    assumptions += rests_on(design, runs, power)
    return ExperimentPlan(
        design=design, players=tuple(dict.fromkeys(plays(player_of(run.spec)) for run in spoken)),
        matrix={
            factor: {level: sum(run.cell[factor] == level for run in spoken) for level in design.factors.levels(factor)}
            for factor in design.varied
        },
        sessions=len(spoken), asking=len(paid), silent=len(runs) - len(spoken),
        blocks=len({run.block for run in spoken}), done=len(done), pilot=pilot,
        calls=took["calls"] + Range(spent.calls, spent.calls), prompt=prompt, completion=completion, money=money,
        seconds=_bounded(took, at_once, rates, models),
        covered=_covered(design, len(paid), prompt + completion, money), assumptions=tuple(assumptions),
        warnings=(
            *unconfirmable(design, runs, levels_of(design, locked, unreliable)),
            *inert_factors(design, runs, library),
            *untold_summaries(design, runs),
            *(said("plan.idle", level=level, model=model) for model, level in idle_rules(design, library)),
            *left_out(design, library),
            *(
                said("plan.alike", name=item.hypothesis.id, outcome=item.hypothesis.outcome, count=item.alike)
                for item in power
                if item.alike and not item.lacking
            ),
            *(said_lacking(item) for item in power if item.lacking),
            *unmeasured(design, runs),
            *undecided(runs, library),
            *(said_overlap(part, whole, (part.id, whole.id)) for part, whole in overlaps(design)),
        ),
        power=power,
    )  # fmt: skip


class _Expected:
    """The expected usage of sessions, from rehearsals of their cells.

    Args:
        rehearsals: by cell; other cells get the mean of these.
        cells: number of all cells.
    """

    def __init__(self, rehearsals: Mapping[_Cell, Rehearsal], cells: int) -> None:
        self.rehearsals = rehearsals
        self.cells = cells

    @classmethod
    def of(cls, runs: Sequence[Run], library: Library) -> _Expected:
        """Rehearse the cells of sessions; of many, an evenly spaced sample."""
        specs = {_cell(run): run.spec for run in reversed(runs)}
        step = max(1, math.ceil(len(specs) / REHEARSED))
        return cls({cell: rehearse(specs[cell], library) for cell in list(specs)[::step]}, len(specs))

    def quantity(self, name: str, run: Run) -> float:
        """Return a quantity of a session from its rehearsal; for time, the number of calls."""
        known = self.rehearsals.get(_cell(run))
        return fmean(_amount(name, rehearsal) for rehearsal in ([known] if known else self.rehearsals.values()))

    def price(self, name: str, run: Run, prices: Budget) -> float:
        """Return the mean cost of a token of a session, of ``prompt`` or ``completion``."""
        known = self.rehearsals.get(_cell(run))
        usages = known.by_model if known else dict.fromkeys(_models([run]), Usage(prompt=1, completion=1))
        usage = sum((prices.priced(replace(Usage(), **{name: getattr(usage, name)}), model)
                     for model, usage in usages.items()), Usage())  # fmt: skip
        return (usage.money or 0.0) / max(1, usage.total)

    def assumed(self, name: str, runs: Iterable[Run], worth: Callable[[Run], float] = lambda _: 1.0) -> Range:
        """Return the range for sessions before anything was played; ``worth`` is the value of a session's unit."""
        total = Range(0.0, 0.0)
        for run in runs:
            calls = _CALLS[run.spec.style]
            by_calls = Range(self.quantity(name, run), self.quantity(name, run)).times(*calls)
            if name == "prompt":
                schemas = self.quantity("schemas", run) * calls[1]  # some endpoints count them
                by_calls = by_calls.times(*_TOKENS[run.spec.lang]) + Range(0.0, schemas)
            elif name == "completion":
                by_calls = by_calls.times(*_WRITTEN)
                if run.spec.model != MODEL_NAME:  # the embedded model never thinks before it answers
                    by_calls = Range(by_calls.low, max(by_calls.high, self.quantity("limits", run) * calls[1]))
            elif name == "seconds":
                by_calls = by_calls.times(*(_SECONDS_EMBEDDED if run.spec.model == MODEL_NAME else _SECONDS))
            total += by_calls.times(worth(run), worth(run))
        return total

    def measured(
        self, name: str, done: Mapping[str, Row], runs: Mapping[str, Run], left: Sequence[Run], seed: int,
        worth: Callable[[Run], float] = lambda _: 1.0,
    ) -> Range:  # fmt: skip
        """Return the range for the sessions left, from the ratio of finished sessions' usage to their rehearsals.

        It is a 95% interval by the t distribution, from the standard error of the ratio by bootstrap over blocks (over
        sessions with fewer than three blocks) and the deviation of sessions from it.
        """
        took = {key: value for key, row in done.items() if (value := _took(name, row)) is not None}
        if len(took) < FEWEST:
            return self.assumed(name, left, worth)
        amounts = {key: self.quantity(name, runs[key]) for key in took}
        blocks: dict[str, list[str]] = {}
        for key in took:
            blocks.setdefault(runs[key].block, []).append(key)
        units = list(blocks.values()) if len(blocks) >= FEWEST else [[key] for key in took]
        rng = random.Random(f"{seed}:{name}")
        ratios = []
        for _ in range(_DRAWS):
            keys = [key for unit in rng.choices(units, k=len(units)) for key in unit]
            ratios.append(sum(took[key] for key in keys) / sum(amounts[key] for key in keys))
        ratio = sum(took.values()) / sum(amounts.values())
        count = len(units)
        error = stdev(ratios) * math.sqrt(count / (count - 1))
        apart = stdev(took[key] / amounts[key] for key in took) / math.sqrt(max(1, len(left)))
        margin = student_quantile(0.975, count - 1) * math.hypot(error, apart)
        amount = sum(self.quantity(name, run) * worth(run) for run in left)
        return Range(amount * max(0.0, ratio - margin), amount * (ratio + margin))


def _cell(run: Run) -> _Cell:
    return tuple(run.cell.values())


def _amount(name: str, rehearsal: Rehearsal) -> float:
    usage = rehearsal.usage
    amounts = {
        "prompt": usage.prompt, "completion": usage.completion, "schemas": rehearsal.schemas,
        "limits": rehearsal.limits,
    }  # fmt: skip
    return amounts.get(name, usage.calls)


def _took(name: str, row: Row) -> float | None:
    if name != "seconds":
        return float(row["usage"][name])
    started, ended = row.get("started"), row.get("ended")
    return None if started is None or ended is None else float(ended - started)


def _money(
    prices: Budget, models: Collection[str], expected: _Expected, done: Mapping[str, Row], runs: Mapping[str, Run],
    left: Sequence[Run], seed: int, pilot: int,
) -> Range | None:  # fmt: skip
    """Return the cost of sessions, each at the prices of its models; None if the prices of one are unknown."""
    if None in map(prices.prices_of, models or [""]):
        return None
    total = Range(0.0, 0.0)
    for name in ("prompt", "completion"):
        worth = partial(expected.price, name, prices=prices)
        total += (
            expected.measured(name, done, runs, left, seed, worth) if pilot else expected.assumed(name, left, worth)
        )
        spent = sum(row["usage"][name] * worth(runs[key]) for key, row in done.items())
        total += Range(spent, spent)
    return total


def _models(runs: Iterable[Run]) -> list[str]:
    """Return the models that sessions call, by their full names."""
    return list(dict.fromkeys(model for run in runs for model in run.spec.called))


def _bounded(took: Mapping[str, Range], at_once: int, rates: RateLimits, models: Sequence[str]) -> Range:
    """Return the time of sessions, at least what limits per minute allow, however calls are split among models."""
    free = took["seconds"].times(1 / at_once, 1 / at_once)
    low, high = [free.low], [free.high]
    for amount, name in ((took["calls"], "requests"), (took["prompt"] + took["completion"], "tokens")):
        bounds = [getattr(rates.of(model), name) for model in models]
        if all(bounds):
            low.append(amount.low * 60 / sum(bounds) if bounds else 0.0)
        high += [amount.high * 60 / bound for bound in bounds if bound]
    return Range(max(low), max(high))


def _covered(design: Design, sessions: int, tokens: Range, money: Range | None) -> Range | None:
    parts = [(design.budget.tokens, tokens), (design.budget.money, money)]
    shares = [(cap / max(need.high, cap), cap / max(need.low, cap)) for cap, need in parts if cap and need]
    if not shares:
        return None
    low, high = (min(ends) for ends in zip(*shares, strict=True))
    return Range(math.floor(low * sessions), math.floor(high * sessions))


def _assumptions(
    done: Mapping[str, Row], pilot: int, expected: _Expected, at_once: int, prices: Budget,
    rates: RateLimits, models: Sequence[str], count: int,
) -> Iterator[Said]:  # fmt: skip
    cells = said("plan.assume.each_cell")
    if expected.cells > REHEARSED:
        cells = said("plan.assume.cells", count=len(expected.rehearsals), all=expected.cells)
    yield said("plan.assume.prompts", cells=cells)
    if pilot:
        yield said("plan.assume.ranges", count=pilot)
        if any(row["usage"]["estimated"] for row in done.values()):
            yield said("plan.assume.estimated")
    else:
        directed, free, english, chinese = (
            _span(ends) for ends in (_CALLS["directed"], _CALLS["free"], _TOKENS["en"], _TOKENS["zh"])
        )
        yield said(
            "plan.assume.no_pilot", directed=directed, free=free, english=english, chinese=chinese,
            written=_span(_WRITTEN),
        )  # fmt: skip
        yield said("plan.assume.thinking", option=f"--pilot {min(_PILOT, max(FEWEST, count // 2))}")
    by_call = {"seconds": _span(_SECONDS), "embedded": _span(_SECONDS_EMBEDDED)}
    speed = said("plan.assume.paused") if pilot else said("plan.assume.speed", **by_call)
    requests, tokens = (_rated(f"plan.assume.{name}", name, rates, models) for name in ("requests", "tokens"))
    yield said("plan.assume.time", count=at_once, speed=speed, requests=requests, tokens=tokens)
    known = {model: prices.prices_of(model) for model in models}
    for price in dict.fromkeys(known.values()):
        of = [model for model in models if known[model] == price]
        if price is None:
            endpoint = endpoint_in(of[0], prices.others)
            there = said("plan.assume.prices_there", endpoint=endpoint)
            settings = there if endpoint else said("plan.assume.prices", **_PRICES)
            yield said("plan.assume.no_money", settings=settings)
        else:
            key = "plan.assume.money" if len(of) == len(models) else "plan.assume.money_of"
            yield said(key, read=f"{price.read:g}", written=f"{price.written:g}", models=of)


def _rated(key: str, name: str, rates: RateLimits, models: Sequence[str]) -> Said | str:
    """Return in words each model's limit per minute of requests or tokens; empty without any."""
    bounds = {model: getattr(rates.of(model), name) for model in models}
    if not any(bounds.values()):
        return ""
    if len(set(bounds.values())) == 1:
        return said(key, bound=f"{next(iter(bounds.values())):,g}")
    return said(f"{key}_of", bounds=[f"{bound:,g} ({model})" for model, bound in bounds.items() if bound])


def _span(ends: tuple[float, float]) -> Said:
    return said("plan.assume.span", low=f"{ends[0]:g}", high=f"{ends[1]:g}")
