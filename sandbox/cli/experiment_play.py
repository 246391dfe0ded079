"""Shared by the commands of experiments: players, the cap, progress and status."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn, TimeRemainingColumn

from sandbox.cli.blocks import show
from sandbox.cli.console import Console
from sandbox.cli.experiment_options import Which, begin, say_lock
from sandbox.cli.folders import Folders
from sandbox.cli.going_on import all_kept, as_options, cap_options, going_on
from sandbox.cli.listing import named
from sandbox.cli.printing import echo, echo_json
from sandbox.cli.progress import LoadProgress, bar, counting, with_lines
from sandbox.cli.terminal import retry_text
from sandbox.cli.translation import LANG
from sandbox.content.experiment_card import Design
from sandbox.content.words import Words
from sandbox.errors import EndpointError
from sandbox.experiment.planning.locking import locked
from sandbox.experiment.planning.players import check_handed
from sandbox.experiment.planning.runs import Run, runs_of
from sandbox.experiment.planning.scatter import pilot_of
from sandbox.experiment.playing.at_work import Tally
from sandbox.experiment.playing.pace import RateLimits
from sandbox.experiment.playing.run import Experiment, Terms, cores
from sandbox.experiment.store.status import MOST_NAMED, Status, said_players
from sandbox.llm.embedded import MODEL_NAME
from sandbox.llm.endpoints import Endpoints
from sandbox.report.document.blocks import Block
from sandbox.report.document.compose import note, paragraph, strong, table
from sandbox.report.figures import percent
from sandbox.session.choice import ModelChoice, check_callable, choose, choose_judges, models_of, models_of_spec

if TYPE_CHECKING:
    from sandbox.cli import options
    from sandbox.content.library import Library
    from sandbox.experiment.judging.answers import Answers
    from sandbox.experiment.judging.judging import Judging
    from sandbox.experiment.playing.cluster import Cluster
    from sandbox.experiment.store.store import Store
    from sandbox.game.spec import SessionSpec
    from sandbox.llm.usage import Budget, BudgetAccount
    from sandbox.session.runner import Models


_NONE = "none"


def budget_of(design: Design, means: options.Means) -> Budget:
    """Return the cap: that of the options, else the design's."""
    cap = design.budget
    tokens = cap.tokens if means.max_tokens is None else means.max_tokens
    money = cap.money if means.budget is None else means.budget
    return replace(means, max_tokens=tokens, budget=money).limits


def rates_of(means: options.Means) -> RateLimits:
    """Return the most requests and tokens per minute for each model."""
    default, others = means.settings.place, means.settings.endpoints
    return RateLimits(
        default.requests_per_minute, default.tokens_per_minute,
        {name: RateLimits(place.requests_per_minute, place.tokens_per_minute) for name, place in others.items()},
    )  # fmt: skip


def choice_of(
    design: Design, known: Store | None, model: str | None, means: options.Means, *, called: bool = False
) -> ModelChoice:
    """Return the player if the design does not determine it: the one asked for, or the one so far.

    ``called``: whether it is called from here, and not by workers with their own endpoints.

    Raises:
        InputError: no model is named for the endpoint, or the one asked for has no endpoint.
    """
    played = known.played if known else ()
    if design.of_countries:
        return choose(means.settings, _NONE, _NONE)  # nobody speaks in a country
    wanted = model or (played[-1].model if played else None)
    if wanted is None and "model" in design.varied:
        wanted = _NONE  # the design says it everywhere
    choice = choose(means.settings, wanted, _NONE)
    if model and called:
        check_callable(choice, means.settings)
    return choice


def sessions_of(
    design: Design, choice: ModelChoice, places: Folders, agents: Mapping[str, str] | None = None
) -> tuple[Run, ...]:
    """Return the sessions of a design, with a player if the design does not determine it.

    ``agents`` are the versions of agents in Python, by their names.
    """
    return runs_of(
        design, places.library, model=choice.speaker_name, style=choice.style, embedded=choice.embedded or MODEL_NAME,
        agents=agents,
    )  # fmt: skip


def check_priced(runs: Sequence[Run], budget: Budget) -> None:
    """Raise `InputError` if the budget caps money and the price of a model of some sessions is unknown."""
    for run in runs:
        if run.spec.asks_models:
            budget.check(run.spec.called)


def progress(store: Store) -> str:
    """Return in words the numbers of sessions of an experiment and of those left to play."""
    words, counts = Words(LANG), store.counts()
    done, failed = (sum(count.number for count in counts if count.state == state) for state in ("done", "failed"))
    total = sum(count.number for count in counts)
    numbers = {"sessions": total, "played": done, "failed": failed, "to_play": total - done - failed}
    shown = {name: number for name, number in numbers.items() if number or name != "failed"}
    return words.join(words(f"stands.{name}", count=f"{number:,}") for name, number in shown.items())


def deal_decks(store: Store, runs: Sequence[Run], places: Folders, processes: int, silent: bool) -> None:
    """Play the sessions behind the meetings of countries that are not stored, with a line of progress.

    Raises:
        SandboxError: as `deal_all`.
    """
    from sandbox.experiment.playing.by_rules import decks_of
    from sandbox.experiment.playing.countries import CountrySpec
    from sandbox.experiment.playing.spreading import deal_all

    specs = [run.spec for run in runs if isinstance(run.spec, CountrySpec)]
    with counting(Words(LANG)("deck.playing"), None, silent) as (begin, advance):
        deal_all(specs, places.library, decks_of(store.where), processes, places.content, begin, advance)


def models_for(
    means: options.Means, endpoints: Endpoints, silent: bool, *, judge_later: bool = False
) -> Callable[[SessionSpec, BudgetAccount], Models]:
    """Return a function from a session to its models, which share connections; judges may be left out."""

    def models(spec: SessionSpec, account: BudgetAccount) -> Models:
        with LoadProgress(silent) as progress:
            return models_of_spec(spec, means.settings, endpoints, account, progress, judge_later=judge_later)

    return models


def judges_for(means: options.Means, endpoints: Endpoints, silent: bool) -> Callable[[str, int, BudgetAccount], Models]:
    """Return a function from names to judging models, which share connections."""

    def models(names: str, samples: int, account: BudgetAccount) -> Models:
        choice = choose_judges(means.settings, names)
        with LoadProgress(silent) as progress:
            return models_of(choice, means.settings, endpoints, account, progress, samples)

    return models


def _stop_teller(line: Progress, hint: str, silent: bool) -> Callable[[Tally], None]:
    """Return what says, as soon as work is stopped, that it waits for calls in flight, and how it goes on."""
    told = silent

    def tell(tally: Tally) -> None:
        nonlocal told
        if tally.draining and not told:
            told = True
            line.console.print(Words(LANG)("stands.stopping", hint=hint), markup=False, soft_wrap=True)

    return tell


def watched(work: Experiment | Cluster, endpoints: Endpoints, silent: bool, hint: str) -> None:
    """Play, with a line on progress, failures and costs.

    ``hint`` says how it goes on, for whoever stops it.

    Raises:
        SandboxError: as `Experiment.go`.
    """
    words, line = Words(LANG), bar(silent, MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    by_rules = line.add_task(words("stands.rules_alone"), visible=False)
    by_model = line.add_task("", visible=False)
    begun, cap, tell_stop = monotonic(), work.budget.max_tokens, _stop_teller(line, hint, silent)

    def parts() -> list[str]:
        """Return the further parts of the line, the most important first, since its end may be cut."""
        tally, spent = work.tally, work.spent
        texts = [words("stands.draining")] if tally.draining else []
        texts += [words("stands.failed", count=tally.failed)] if tally.failed else []
        texts += _retried(tally, words)
        texts += [words("stands.playing", count=tally.playing)] if tally.playing else []
        if tally.lines:
            texts.append(words("stands.lines", count=f"{tally.lines / (monotonic() - begun):.1f}"))
        if spent.calls:
            whole = spent if cap is None else spent + work.before  # of which that is left
            texts.append(words("stands.tokens", count=f"{whole.total:,}"))
        if cap is not None:
            texts.append(words("stands.tokens_left", count=f"{max(0, cap - (spent + work.before).total):,}"))
        return texts

    def on_change() -> None:
        tally = work.tally
        tell_stop(tally)
        ended, total = tally.done + tally.failed - tally.silent_ended, tally.total - tally.silent_total
        line.update(by_rules, total=tally.silent_total, completed=tally.silent_ended, visible=tally.silent_total > 0)
        line.update(by_model, description=" · ".join(parts()), total=total, completed=ended, visible=total > 0)

    def as_line() -> str:
        """Return the whole line, for output without a terminal."""
        tally, minutes = work.tally, (monotonic() - begun) / 60
        count = words("stands.after", minutes=f"{minutes:.0f}", done=f"{tally.done:,}", total=f"{tally.total:,}")
        return " · ".join([count, *parts()])

    work.on_change = on_change
    with line:
        asyncio.run(endpoints.during(with_lines(work.go(), as_line, silent)))


def watched_judging(work: Judging, endpoints: Endpoints, silent: bool, hint: str) -> None:
    """Judge, with a line on progress and on questions in batches.

    ``hint`` says how it goes on, for whoever stops it.

    Raises:
        SandboxError: as `Judging.go`.
    """
    words, line = Words(LANG), bar(silent, MofNCompleteColumn(), TimeElapsedColumn())
    judged, asked = line.add_task(words("stands.judging")), line.add_task("", visible=False)
    tell_stop = _stop_teller(line, hint, silent)

    def on_change() -> None:
        tally, spent = work.tally, work.account.spent
        tell_stop(tally)
        parts = [words("stands.judging")]
        parts += [words("stands.failed", count=tally.failed)] if tally.failed else []
        parts += _retried(tally, words)
        parts += [words("stands.tokens", count=f"{spent.total:,}")] if spent.calls else []
        parts += [words("stands.draining")] if tally.draining and not tally.asked else []
        line.update(judged, description=" · ".join(parts), total=tally.total, completed=tally.done)
        waiting = tally.asked - tally.answered - tally.refused
        numbers = {"answered": tally.answered, "refused": tally.refused, "waiting": waiting}
        at_endpoint = words("stands.batches", **numbers)
        ended = tally.answered + tally.refused
        line.update(asked, description=at_endpoint, total=tally.asked, completed=ended, visible=tally.asked > 0)

    def as_line() -> str:
        tally = work.tally
        failed = [words("stands.failed", count=tally.failed)] if tally.failed else []
        so_far = words("stands.judged_so_far", done=tally.done, total=tally.total)
        return " · ".join([so_far, *failed, *_retried(tally, words)])

    work.on_change = on_change
    with line:
        asyncio.run(endpoints.during(with_lines(work.go(), as_line, silent)))


def _retried(tally: Tally, words: Words) -> list[str]:
    """Return in words that a request waits to be made again, and why."""
    return [retry_text(tally.retry[0], words)] if tally.retry is not None and monotonic() < tally.retry[1] else []


def status_blocks(shown: Status, arms: Mapping[str, str]) -> tuple[Block, ...]:
    """Return the status of an experiment in the caller's language: a row per arm, by name, and its usage."""
    words = Words(LANG)
    played = words("stands.by", players=said_players(shown.players, words))
    rows = (
        (
            words("stands.rules", arm=arms.get(arm.arm, arm.arm)) if arm.null else arms.get(arm.arm, arm.arm),
            *(str(arm.states[state]) for state in ("done", "running", "failed", "pending")),
        )
        for arm in shown.arms
    )
    heads = [words(f"stands.{head}") for head in ("arm", "done", "running", "failing", "left")]
    counts = table("", heads, rows, titled=False, figures=True)
    return paragraph((strong(played),)), note(shown.store), counts, *map(note, _notes(shown, words))


def _notes(shown: Status, words: Words) -> Iterator[str]:
    spent = shown.spent
    if spent.calls:
        tokens = {"read": f"{spent.prompt:,}", "written": f"{spent.completion:,}"}
        paid = words("stands.note.paid", money=f"{shown.money:.4f}") if shown.money is not None else ""
        yield words("stands.note.spent", calls=f"{spent.calls:,}", **tokens, paid=paid)
    else:
        yield words("stands.note.no_calls")
    if text := _told(shown.answers, words):
        yield text
    if shown.tokens_left is not None:
        held = words.paren(words("stands.note.held", count=f"{shown.held.total:,}")) if shown.held.total else ""
        yield words("stands.note.tokens_left", count=f"{shown.tokens_left:,}") + held
    if shown.money_left is not None:
        yield words("stands.note.money_left", money=f"{shown.money_left:.4f}")
    if shown.uncertain.total:
        yield words("stands.note.uncertain", count=f"{shown.uncertain.total:,}")
    if shown.unjudged:
        yield words("stands.note.unjudged", count=shown.unjudged, command="sandbox experiment judge")
    if shown.in_batches.total:
        yield words("stands.note.in_batches", count=f"{shown.in_batches.total:,}")
    if count := len(shown.working):
        left = sum(arm.states["running"] + arm.states["pending"] for arm in shown.arms if not arm.null)
        at_work = words("stands.note.process") if count == 1 else words("stands.note.processes", count=count)
        minutes = f"{left / shown.a_minute:,.0f}" if left and shown.a_minute else ""
        until = words("stands.note.until", minutes=minutes) if minutes else ""
        yield words("stands.note.at_work", processes=at_work, pace=f"{shown.a_minute:g}", until=until)
    for model, pace in shown.paces.items():
        yield words("stands.note.slowed", model=model, pace=f"{pace:,.0f}")
    if shown.to_rescore:
        yield words("stands.note.to_rescore", count=f"{shown.to_rescore:,}")
    if shown.astray:
        yield words("stands.note.astray", count=f"{shown.astray:,}", new=f"{shown.to_come:,}", option="--changed")
    elif shown.to_come:
        yield words("stands.note.to_come", count=f"{shown.to_come:,}")
    if shown.set_aside:
        yield words("stands.note.set_aside", count=shown.set_aside)
    for reason, number in shown.reasons.items():
        yield words("stands.note.failed", count=number, reason=reason)


def _told(answers: Answers, words: Words) -> str:
    """Return in words the numbers of unusable answers and of substitutes; empty without any."""
    parts = {
        "unusable": (answers.unusable, answers.given), "given_up": (answers.given_up, answers.lines),
        "by_rule": (answers.by_rule, answers.pulses),
    }  # fmt: skip
    return words("semi").join(
        words(f"stands.note.{what}", part=f"{part:,}", whole=f"{whole:,}", share=percent(part / whole))
        for what, (part, whole) in parts.items()
        if part
    )


def retry_line(shown: Status, retry: str) -> str:
    """Return in words the failed sessions, and the command that plays them again."""
    words, count = Words(LANG), f"{len(shown.failures):,}"
    named = [
        words("stands.failed_at", session=session, line=shown.failed_at[session])
        if session in shown.failed_at else session
        for session in shown.failures[:MOST_NAMED]
    ]  # fmt: skip
    named += ["…"] if len(shown.failures) > MOST_NAMED else []
    return words("stands.some_failed", count=count, of=f"{shown.total:,}", sessions=named, command=retry)


def arm_names(design: Design, library: Library) -> dict[str, str]:
    """Return the names of an experiment's arms in the terminal, by level."""
    return {level: named(library, design.arms, level) for level in design.factors.levels(design.arms)}


def show_status(shown: Status, output: options.Output, arms: Mapping[str, str], retry: str = "") -> None:
    """Print the status of an experiment: as JSON, as a table with names of arms, or only the place of its store.

    ``retry`` is the command that plays failed sessions again, for the JSON.
    """
    if output.as_json:
        echo_json(shown.as_dict() | ({"retry": retry} if shown.failures and retry else {}))
    elif output.quiet:
        echo(shown.store)
    else:
        show(*status_blocks(shown, arms))


def show_end(
    shown: Status, output: options.Output, arms: Mapping[str, str], console: Console, retry: str, report: str
) -> None:
    """Print the status of an experiment after a run, and the command for its results.

    Raises:
        EndpointError: sessions failed; it names them and the command that plays them again.
    """
    show_status(shown, output, arms, retry)
    if shown.failures:
        raise EndpointError(retry_line(shown, retry))
    if not shown.number("pending", "running"):
        text = Words(LANG)("stands.all_played", command=report)
        console.print(text, style="dim", markup=False, soft_wrap=True)


def say_taken_over(console: Console, taken: int) -> None:
    """Print that finished sessions are scored again but not played again."""
    if taken:
        console.print(Words(LANG)("stands.taken_over", count=taken), style="yellow", markup=False, soft_wrap=True)


def play_pilot(
    which: Which, model: str | None, choice: ModelChoice, runs: Sequence[Run], pilot: int, means: options.Means,
    places: Folders, *, silent: bool,
) -> None:  # fmt: skip
    """Play the rest of a pilot; raises `SandboxError` as a run of the experiment."""
    check_callable(choice, means.settings)
    design, path, places = which.card(places)
    check_handed(design, ())
    chosen, budget, endpoints = [run.id for run in pilot_of(design, runs, pilot)], budget_of(design, means), Endpoints()
    check_priced(runs, budget)
    with which.opened(design, places, make=True) as store:
        say_lock(Console(quiet=silent), which, design, locked(path), places, store)
        begin(design, path, store, choice, runs, places.library)
        if design.of_countries:
            deal_decks(store, [run for run in runs if run.id in chosen], places, cores(), silent)
        terms = Terms(budget, rates_of(means), design.concurrency)
        work = Experiment(store, places.library, models_for(means, endpoints, silent), terms, only=chosen)
        on = as_options({"--model": model, "--pilot": pilot})
        hint = all_kept(f"sandbox experiment plan {which.named}{on}{cap_options(means, places)}")
        with going_on(hint):
            watched(work, endpoints, silent, hint)
