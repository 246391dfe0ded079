"""The plan of an experiment, as the terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from rich.text import Text

from sandbox.cli.blocks import show
from sandbox.cli.console import Console
from sandbox.cli.experiment_options import Played
from sandbox.content.experiment_card import Design
from sandbox.content.words import Words
from sandbox.experiment.locking import Lock, names_player
from sandbox.experiment.plan import Plan, Range
from sandbox.experiment.power import ENOUGH, MOST, SIMULATIONS, Power
from sandbox.experiment.scatter import FEWEST
from sandbox.experiment.status import said_player
from sandbox.report.document.blocks import Table
from sandbox.report.document.compose import Inline, below, joined, table
from sandbox.report.figures import NONE, percent


def print_plan(console: Console, plan: Plan) -> None:
    """Print what an experiment takes and what it can find: matrix, costs as ranges, power, and on what these rest."""
    design = plan.design
    console.print(Text(f"{design.title.en} · {design.title.zh}"), style="bold")
    console.print(Text(design.question.en))
    show(console, _matrix(plan))
    silent = f", and {plan.silent} by the rules alone beside them" if plan.silent else ""
    done = f"; {plan.done} of them played already" if plan.done else ""
    console.print(
        Text(f"{plan.sessions} sessions in {plan.blocks} blocks, {design.arms} compared within each{silent}{done}")
    )
    votes = f", {design.judge_samples} votes each" if design.judge_samples > 1 else ""
    judges = f"; judged by {design.judge}{votes}" if plan.calls.high and design.judge != "none" else ""
    console.print(Text(f"Planned for: {'; '.join(plan.players)}{judges}"))
    for warning in plan.warnings:
        console.print(Text(warning), style="yellow")
    if plan.calls.high:
        show(console, _costs(plan))
    else:
        console.print(Text("No model plays: it takes no calls and no money."))
    if plan.power:
        show(console, _power(plan))
        console.print(Text(_reading(plan)))
        for line in _weak(plan):
            console.print(Text(line), style="yellow")
    elif not design.hypotheses:
        console.print(Text("No hypotheses: all that it finds will be exploratory."))
    for assumption in plan.assumptions:
        console.print(Text(f"- {assumption}"), style="dim")


def lock_lines(lock: Lock | None, played: Played, design: Design) -> Iterator[str]:
    """Yield whether a design is locked and for whom, what it has more, and what was played too early, a line each."""
    if lock is None:
        yield "Not locked yet. Lock it before it is played, a pilot too: what is locked later is exploratory."
        if played.early:
            yield f"{played.early} sessions have been played, so that a lock comes too late for these."
        return
    whom = f", for {said_player(lock.player, Words('en'))}" if lock.player else ""
    yield f"Locked at {lock.time}, with {', '.join(lock.hypotheses)}{whom}."
    if lock.player is None and not names_player(design):
        yield (
            "It does not say who plays, and neither does the design: once a second player's sessions of it are in the "
            "folder of sessions, its hypotheses are exploratory in every report. Say it: remove the lock while nothing "
            "has been played, and lock again with --model."
        )
    if lock.extended:
        added = [f"replicates +{lock.added_replicates}"] if lock.added_replicates else []
        added += [f"{factor} {', '.join(levels)}" for factor, levels in lock.added_levels.items()]
        added += [f"hypothesis {name}" for name in lock.added_hypotheses]
        yield f"Added since then, and exploratory: {'; '.join(added)}."
    yield from played.warnings()


def _matrix(plan: Plan) -> Table:
    rows = []
    for factor, levels in plan.matrix.items():
        name = f"{factor} (compared)" if factor == plan.design.arms else factor
        shown = (
            f"{level} (base) {count}" if (factor, level) == (plan.design.arms, plan.design.base) else f"{level} {count}"
            for level, count in levels.items()
        )  # fmt: skip
        rows.append((name, ", ".join(shown)))
    return table("Matrix", ("factor", "levels, with how many sessions"), rows)


def _costs(plan: Plan) -> Table:
    title = f"What it takes, from a pilot of {plan.pilot}" if plan.pilot else "What it takes, by assumption"
    amounts = {"calls": plan.calls, "prompt tokens": plan.prompt, "written tokens": plan.completion}
    rows = [(name, *_ends(amount)) for name, amount in (*amounts.items(), ("tokens in all", plan.tokens))]
    if plan.money:
        rows.append(("money", f"{plan.money.low:,.2f}", f"{plan.money.high:,.2f}"))
    rows.append(("time left", _time(plan.seconds.low), _time(plan.seconds.high)))
    if plan.covered:
        rows.append((f"sessions with a model that the budget covers, of {plan.asking}", *_ends(plan.covered)))
    return table(title, ("", "from", "to"), rows, figures=True)


def _ends(amount: Range) -> tuple[str, str]:
    return f"{amount.low:,.0f}", f"{amount.high:,.0f}"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _power(plan: Plan) -> Table:
    judged = any(power.judged is not None for power in plan.power)
    cases = "networks" if plan.design.of_countries else "cases"
    heads = [
        "as\nplanned",
        "replicates\n× 2",
        f"{plan.design.case}s\n× 2",
        *(["judge's\nvotes\n× 2"] if judged else []),
    ]
    spread_of = f"spread\nwithin,\nbetween\n{cases}" + (",\njudging" if judged else "")
    title = "Power: how likely each hypothesis is confirmed, were the effect the smallest that matters"
    rows = list[tuple[Inline, ...]]()
    for power in plan.power:
        item = power.hypothesis
        sign = {"higher": "+", "lower": "−", "different": "±"}[item.direction]
        spread = [power.within, power.between] if power.basis else [None, None]
        spread += [power.judged] if judged else []
        name = f"{item.id} (primary)" if item.primary else item.id
        chances = list(zip((power.planned, power.replicates, power.scenarios), power.least, strict=True))
        if judged:
            chances.append((power.votes, power.least[0]))
        where = [f"at {level}" for level in item.at.values()] + [f"less {level}" for level in item.against.values()]
        said = below(name, item.outcome, f"{sign}{item.smallest:g} under {item.arm}", *where)
        parts = joined(NONE if part is None else f"{part:.2g}" for part in spread)
        rows.append((said, parts, *(_chance(power, value, least) for value, least in chances)))
    return table(title, ("hypothesis, with its smallest effect", spread_of, *heads), rows, figures=True)


def _chance(power: Power, value: float | None, least: float) -> str:
    return "cannot" if value is not None and least >= power.level else percent(value)


def _weak(plan: Plan) -> Iterator[str]:
    """Yield of each hypothesis that the plan is too weak for what would do."""
    for power in plan.power:
        if power.planned is None or power.planned >= ENOUGH:
            continue
        name, planned = power.hypothesis.id, plan.design.replicates
        if power.enough is None:
            yield (
                f"{name} is too weak, and no number of replicates (up to {MOST:,}) gives {ENOUGH:.0%}: add "
                f"{plan.design.case}s, or expect more."
            )
        else:
            yield f"{name} is too weak: about {power.enough:,} replicates, not {planned:,}, for {ENOUGH:.0%}."


def _reading(plan: Plan) -> str:
    parts = []
    for confirmatory in (True, False):
        family = [power for power in plan.power if power.confirmatory is confirmatory]
        if not family:
            continue
        rest = [power for power in family if not power.hypothesis.primary]
        whole = len(family) == len(plan.power)
        of = (
            "the other hypotheses"
            if whole
            else "the others of the locked plan"
            if confirmatory
            else "those added since"
        )
        if confirmatory and len(rest) < len(family):
            parts.append("Confirmed means p below 0.05 for the primary hypothesis, which is tested by itself.")
        if confirmatory and rest:
            level = rest[0].level
            parts.append(
                f"For {_named(rest)}: p below {level:.2g}, 5% over {of} ({len(rest)}), the hardest step of Holm."
            )
        elif rest:
            parts.append(f"Exploratory: {_named(rest)}, found by p below {rest[0].level:.2g}.")
    case = plan.design.case
    if any(power.planned is not None for power in plan.power):
        parts.append(
            f"Each figure is from {SIMULATIONS:,} simulated experiments, so it may be off by up to "
            f"{196 * sqrt(0.25 / SIMULATIONS):.1f} points; where "
            "even the clearest result gives no p so small, it says cannot."
        )
    by_rules = [power for power in plan.power if power.basis == "rules"]
    played = [power for power in plan.power if power.basis == "pilot"]
    if played:
        parts.append(f"The spread of {_named(played)} is that of {played[0].pairs} pairs of sessions played.")
    if by_cards := [power for power in plan.power if power.basis == "cards"]:
        parts.append(
            f"The spread of {_named(by_cards)} is that of {by_cards[0].pairs} rehearsed pairs of sessions by the cards."
        )
    if any(power.basis and power.between is None for power in plan.power):
        parts.append(
            f"Where there is one {case}, or none with two pairs, what varies between {case}s counts as within (–)."
        )
    if by_rules:
        parts.append(
            f"The spread of {_named(by_rules)} is that of {by_rules[0].pairs} pairs of rules-only sessions"
            + ("; those of a model may spread more or less, and only a pilot tells." if plan.calls.high else ".")
        )
    if unknown := [power for power in plan.power if not power.basis]:
        told = "all pairs that were tried differ alike, or none could be"
        if plan.design.of_countries:
            told = (
                f"a plan tries out no countries, and fewer than {FEWEST} pairs have been played, or all differ alike. "
                f"Play some first, which count later: {_pilot(plan)}"
            )
        elif plan.calls.high:
            told = "the pairs played so far are too few, or differ alike" if plan.pilot else "only a pilot tells"
        parts.append(f"Of the spread of {_named(unknown)} nothing is known: {told}.")
    return " ".join(parts)


def _pilot(plan: Plan) -> str:
    """Return the command that plays countries enough to tell a spread: whole blocks, so that every arm is there."""
    arms = plan.design.factors.levels(plan.design.arms)
    return f"sandbox experiment plan {plan.design.id} --pilot {FEWEST * len(arms)}"


def _named(powers: list[Power]) -> str:
    return ", ".join(power.hypothesis.id for power in powers)
