"""Prints the plan of an experiment in the caller's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import sqrt
from typing import get_args

from rich.text import Text

from sandbox.cli.blocks import show
from sandbox.cli.console import Console
from sandbox.cli.experiment_options import EarlierPlay
from sandbox.cli.translation import LANG
from sandbox.content.experiment_card import Design
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.experiment.outcomes import known_outcome
from sandbox.experiment.planning.locking import Lock
from sandbox.experiment.planning.plan import ExperimentPlan, Range
from sandbox.experiment.planning.players import names_player, plays
from sandbox.experiment.planning.power import ENOUGH, MOST, SIMULATIONS, Basis, Power
from sandbox.experiment.planning.runs import Run
from sandbox.experiment.planning.scatter import FEWEST
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.report.document.blocks import Table
from sandbox.report.document.compose import Inline, below, joined, table
from sandbox.report.figures import NONE, percent
from sandbox.report.rule_words import deciders, vetoing


def print_plan(console: Console, plan: ExperimentPlan, arms: Sequence[str] = ()) -> None:
    """Print the plan of an experiment: matrix, arms, costs as ranges, power, and assumptions."""
    design, words = plan.design, Words(LANG)
    console.print(Text(" · ".join(dict.fromkeys((design.title.en, design.title.zh)))), style="bold")
    console.print(Text(design.question.get(LANG)))
    show(_matrix(plan, words), console=console)
    for line in arms:
        console.print(Text(f"- {line}"))
    silent = words("plan.silent", count=plan.silent) if plan.silent else ""
    done = words("plan.done", count=plan.done) if plan.done else ""
    sessions, blocks = plan.sessions, plan.blocks
    console.print(
        Text(
            words(
                "plan.sessions",
                sessions=sessions,
                blocks=blocks,
                arms=_factor(design.arms, words).lower(),
                silent=silent,
                done=done,
            )
        )
    )
    votes = words("plan.votes", count=design.judge_samples) if design.judge_samples > 1 else ""
    judged = plan.calls.high and design.judge != "none"
    judges = words("plan.judges", judge=design.judge, votes=votes) if judged else ""
    players = words("semi").join(map(words.said, plan.players))
    console.print(Text(words("plan.planned", players=players, judges=judges)))
    for warning in plan.warnings:
        console.print(Text(words.said(warning)), style="yellow")
    if plan.calls.high:
        show(_costs(plan, words), console=console)
    else:
        console.print(Text(words("plan.no_model")))
    if plan.power:
        show(_power(plan, words), console=console)
        console.print(Text(_reading(plan, words)))
        for line in _weak(plan, words):
            console.print(Text(line), style="yellow")
    elif not design.hypotheses:
        console.print(Text(words("plan.no_hypotheses")))
    for assumption in plan.assumptions:
        console.print(Text(f"- {words.said(assumption)}"), style="dim")


def arm_lines(design: Design, runs: Iterable[Run], library: Library) -> Iterator[str]:
    """Yield, for each arm that changes rules, its changes and who decides under it in how many cases, one line each.

    Rules name positions, and their seats depend on the case, so an arm may not be what its name says.
    """
    if design.arms not in ("governance", "rules") or design.of_countries:
        return
    words, deciding = Words(LANG), dict[str, dict[tuple[str, str], tuple[str, ...]]]()
    stopping = dict[str, Counter[str]]()
    for run in runs:
        place = run.scenario, run.cell.get("governance", "")
        if isinstance(run.spec, SessionSpec) and not run.null and place not in deciding.setdefault(run.arm, {}):
            game = Game(run.spec.model_copy(update={"lang": LANG}), library)
            deciding[run.arm][place] = tuple(game.role(seat) for seat in deciders(game))
            stopping.setdefault(run.arm, Counter()).update(map(game.role, vetoing(game)))
    for arm, bodies in deciding.items():
        alone = Counter(body[0] for body in bodies.values() if len(body) == 1)
        sizes = sorted(len(body) for body in bodies.values() if len(body) != 1)
        who = [words("plan.arms.alone", role=role, count=count) for role, count in alone.most_common()]
        if sizes:
            many = f"{sizes[0]}–{sizes[-1]}" if sizes[0] < sizes[-1] else str(sizes[0])
            who.append(words("plan.arms.body", seats=many, count=len(sizes)))
        who += [words("plan.arms.veto", role=role, count=count) for role, count in stopping[arm].most_common()]
        changed = words.join(design.factors.rules.get(arm, ())) if design.arms == "rules" else ""
        yield words("plan.arms.of", arm=arm + (words.paren(changed) if changed else ""), who=words.join(who))


def lock_lines(lock: Lock | None, played: EarlierPlay, design: Design) -> Iterator[str]:
    """Yield lines on the lock of a design: its player, additions since, and sessions played too early."""
    words = Words(LANG)
    if lock is None:
        yield words("plan.lock.not")
        if played.early:
            yield words("plan.lock.late", count=played.early)
        return
    whom = words("plan.lock.for", player=plays(lock.player)) if lock.player else ""
    yield words("plan.lock.at", time=lock.time, names=list(lock.hypotheses), whom=whom)
    if lock.player is None and not names_player(design):
        yield words("plan.lock.nobody")
    if lock.extended:
        added = [words("plan.lock.replicates", count=lock.added_replicates)] if lock.added_replicates else []
        added += [f"{_factor(factor, words)} {words.join(levels)}" for factor, levels in lock.added_levels.items()]
        added += [words("plan.lock.hypothesis", name=name) for name in lock.added_hypotheses]
        yield words("plan.lock.added", added=words("semi").join(added))
    yield from played.warnings()


def _matrix(plan: ExperimentPlan, words: Words) -> Table:
    rows = []
    for factor, levels in plan.matrix.items():
        name = _factor(factor, words)
        name = words("plan.compared", factor=name) if factor == plan.design.arms else name
        shown = (
            words("plan.base", level=level, count=count)
            if (factor, level) == (plan.design.arms, plan.design.base)
            else f"{level} {count}"
            for level, count in levels.items()
        )
        rows.append((name, words.join(shown)))
    return table(words("plan.matrix"), (words("plan.factor"), words("plan.levels")), rows)


def _factor(name: str, words: Words) -> str:
    return words.of("experiment_report.factor", name)


def _costs(plan: ExperimentPlan, words: Words) -> Table:
    title = words("plan.takes.pilot", count=plan.pilot) if plan.pilot else words("plan.takes.assumed")
    amounts = {"calls": plan.calls, "prompt": plan.prompt, "written": plan.completion, "tokens": plan.tokens}
    rows = [(words(f"plan.takes.{name}"), *_ends(amount)) for name, amount in amounts.items()]
    if plan.money:
        rows.append((words("plan.takes.money"), f"{plan.money.low:,.2f}", f"{plan.money.high:,.2f}"))
    rows.append((words("plan.takes.time"), _time(plan.seconds.low, words), _time(plan.seconds.high, words)))
    if plan.covered:
        rows.append((words("plan.takes.covered", count=plan.asking), *_ends(plan.covered)))
    return table(title, ("", words("plan.takes.from"), words("plan.takes.to")), rows, figures=True)


def _ends(amount: Range) -> tuple[str, str]:
    return f"{amount.low:,.0f}", f"{amount.high:,.0f}"


def _time(seconds: float, words: Words) -> str:
    if seconds < 90:
        return words("plan.takes.seconds", number=f"{seconds:.0f}")
    if seconds < 5400:
        return words("plan.takes.minutes", number=f"{seconds / 60:.0f}")
    return words("plan.takes.hours", number=f"{seconds / 3600:.1f}")


def _power(plan: ExperimentPlan, words: Words) -> Table:
    judged, sampled = any(power.judged is not None for power in plan.power), not plan.design.compares_countries
    heads = [
        words("plan.power.planned"),
        words("plan.power.replicates"),
        *([words("plan.power.networks" if plan.design.of_countries else "plan.power.cases")] if sampled else []),
        *([words("plan.power.votes")] if judged else []),
    ]
    cases, spread = words(f"plan.cases.{plan.design.case}"), "spread" if sampled else "spread_within"
    spread_of = words("plan.power.spread_judged" if judged else f"plan.power.{spread}", cases=cases)
    many, twice = words(f"plan.many.{plan.design.case}"), 2 * len(plan.design.factors.levels(plan.design.case))
    rows = list[tuple[Inline, ...]]()
    for power in plan.power:
        item = power.hypothesis
        sign = {"higher": "+", "lower": "−", "different": "±"}[item.direction]
        known = [power.within, *([power.between] if sampled else []), *([power.judged] if judged else [])]
        name = words("plan.power.primary", name=item.id) if item.primary else item.id
        chances = list(zip((power.planned, power.replicates, power.scenarios), power.least, strict=True))
        chances = chances if sampled else chances[:2]
        if judged:
            chances.append((power.votes, power.least[0]))
        where = [words("plan.power.than", base=item.base)] if item.base else []
        where += [words("plan.power.at", level=level) for level in item.at.values()]
        where += [words("plan.power.less", level=level) for level in item.against.values()]
        effect = words("plan.power.effect", size=f"{sign}{item.smallest:g}", arm=item.arm)
        said = below(name, words.of("experiment.outcome", item.outcome), effect, *where)
        parts = joined(NONE if part is None or not power.basis else f"{part:.2g}" for part in known)
        cannot = words("plan.power.cannot")
        shown: list[Inline] = [cannot if least >= power.level else percent(value) for value, least in chances]
        if sampled and (power.scenarios or 0.0) < (power.planned or 0.0):
            shown[2] = below(shown[2], words("plan.power.few", count=twice, cases=many), words("plan.power.by_case"))
        rows.append((said, parts, *shown))
    narrow = (spread_of.replace(" ", "\n"), *("\n".join(head.split(" ", 1)) for head in heads))
    return table(words("plan.power"), (words("plan.power.hypothesis"), *narrow), rows, figures=True)


def _weak(plan: ExperimentPlan, words: Words) -> Iterator[str]:
    """Yield, for each hypothesis for which the plan has too little power, what would be enough."""
    for power in plan.power:
        if power.planned is None or power.planned >= ENOUGH:
            continue
        fields = {"name": power.hypothesis.id, "enough": percent(ENOUGH)}
        if power.enough is None:
            weak = "plan.weak_compared" if plan.design.compares_countries else "plan.weak"
            yield words(weak, **fields, most=f"{MOST:,}", cases=words(f"plan.many.{plan.design.case}"))
        else:
            planned = f"{plan.design.replicates:,}"
            yield words("plan.too_weak", **fields, count=f"{power.enough:,}", planned=planned)


def _reading(plan: ExperimentPlan, words: Words) -> str:
    parts = []
    for confirmatory in (True, False):
        family = [power for power in plan.power if power.tested and power.confirmatory is confirmatory]
        if not family:
            continue
        rest = [power for power in family if not power.hypothesis.primary]
        whole = all(power.confirmatory is confirmatory for power in plan.power)
        if confirmatory and len(rest) < len(family):
            parts.append(words("plan.primary"))
        if confirmatory and rest:
            of = words("plan.others" if whole else "plan.others_locked")
            level = f"{rest[0].level:.2g}"
            parts.append(words("plan.family", names=_named(rest), level=level, of=of, count=len(rest)))
        elif rest:
            parts.append(words("plan.exploratory", names=_named(rest), level=f"{rest[0].level:.2g}"))
    if any(power.planned is not None for power in plan.power):
        points = f"{196 * sqrt(0.25 / SIMULATIONS):.1f}"
        parts.append(words("plan.simulated", count=f"{SIMULATIONS:,}", points=points))
    return words("gap").join([*parts, *_spreads(plan, words)])


def _spreads(plan: ExperimentPlan, words: Words) -> Iterator[str]:
    """Yield, for each hypothesis, the source of its scatter, or why it is unknown."""
    known = {basis: [power for power in plan.power if power.basis == basis] for basis in get_args(Basis)}
    for basis in ("pilot", "cards", "effect"):
        if powers := known[basis]:
            yield words(f"plan.spread.{basis}", names=_named(powers), count=powers[0].pairs)
    if known["cards"]:
        yield words("plan.spread.cards_same")
    if any(power.basis and power.between is None for power in plan.power) and not plan.design.compares_countries:
        case = plan.design.case
        yield words("plan.spread.one", case=words(f"plan.one_case.{case}"), cases=words(f"plan.many.{case}"))
    if powers := known["rules"]:
        key = "plan.spread.rules_model" if plan.calls.high else "plan.spread.rules"
        yield words(key, names=_named(powers), count=powers[0].pairs)
    tried = [power for power in plan.power if power.tested and not known_outcome(power.hypothesis.outcome).own]
    told: dict[str, list[Power]] = {}
    for power in tried:
        if not power.basis:
            told.setdefault(_unknown(plan, power, words), []).append(power)
    for why, powers in told.items():
        yield words("plan.spread.unknown", names=_named(powers), why=why)


def _unknown(plan: ExperimentPlan, power: Power, words: Words) -> str:
    """Return why the scatter of a hypothesis is unknown."""
    if plan.design.of_countries:  # whole blocks, so that every arm is there
        pilot = FEWEST * len(plan.design.factors.levels(plan.design.arms))
        return words("plan.spread.countries", count=FEWEST, option=f"--pilot {pilot}")
    if plan.calls.high and not power.lacking:
        return words("plan.spread.few" if plan.pilot else "plan.spread.only_pilot")
    key = "none" if not power.pairs else "alike" if power.pairs >= FEWEST else "pairs"
    return words(f"plan.spread.{key}", count=power.pairs)


def _named(powers: list[Power]) -> list[str]:
    return [power.hypothesis.id for power in powers]
