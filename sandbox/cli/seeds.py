"""One case played from many seeds: ``sandbox run --seeds``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import yaml

from sandbox.cli import options, values
from sandbox.cli.blocks import show
from sandbox.cli.console import Console
from sandbox.cli.experiment_play import models_for, rates_of, watched
from sandbox.cli.folders import Folders
from sandbox.cli.going_on import all_kept, going_on
from sandbox.cli.printing import echo, echo_json
from sandbox.cli.progress import waiting
from sandbox.cli.rules import say_undecidable
from sandbox.cli.translation import translated
from sandbox.content.library import Library
from sandbox.errors import InputError, StorageError
from sandbox.experiment.export.export import write_log
from sandbox.experiment.outcomes import settled_by
from sandbox.experiment.planning.runs import Run, run_id
from sandbox.experiment.planning.seeds import PREFIX, digest_of
from sandbox.experiment.playing.run import Experiment, Terms, cores
from sandbox.experiment.store.status import status_of
from sandbox.experiment.store.store import DesignRun, Store, store_path
from sandbox.game.game import Game
from sandbox.game.spec import BY_RULES, SessionSpec, with_seats
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.usage import Budget
from sandbox.record.line import DecisionTaken
from sandbox.report.pages.seeds import summary, summary_blocks
from sandbox.session.choice import check_callable

_LONGEST_NAME = 32


def play_seeds(case: options.Case, seeds: str, means: options.Means, places: Folders, output: options.Output) -> None:
    """Play a session from each seed, under each named governance model, and show a table of their results.

    Each is the session that ``sandbox run --seed`` plays. They are kept in a store in the folder of sessions, which is
    named after all that they have in common beside the governance model: whatever was played stays, and counts again
    when it is asked for again, among other seeds or beside another model. ``case.governance`` may name several models,
    with commas between.

    Raises:
        InputError: an option is not allowed, a lone number may mean how many, or another process plays other
            sessions of the same store.
        SandboxError: as `Experiment.go`; what is done is kept.
    """
    if case.seed != options.Case.seed:
        raise InputError(translated("--seed is one seed, and --seeds are many; give one of them"))
    numbers = values.seeds_of(seeds)
    if seeds.strip() == f"{numbers[0]}" and numbers[0] > 1:
        alone = "--seeds {seed}: that is one seed; for {seed} of them give 1-{seed}, for this one alone {seed}-{seed}"
        raise InputError(translated(alone, seed=numbers[0]))
    choice = case.choice(means.settings, places.library)
    check_callable(choice, means.settings)  # before there is a store
    models = dict.fromkeys(places.library.id_of("governance", each) for each in values.parts(case.governance))
    games = [
        Game(replace(case, governance=each).spec(choice, places.library), places.library) for each in models or [""]
    ]
    specs = [game.spec.model_copy(update={"content": game.content_digest}) for game in games]
    runs = tuple(_runs(specs, numbers))
    # The case, and a hash of all else that is set, without what may be added.
    common = specs[0].model_copy(
        update={"governance": "", "changes": tuple(case.changes or ()), "seed": 0, "content": ""}
    )
    name = f"{PREFIX}{case.scenario[:_LONGEST_NAME]}_{digest_of(common.model_dump(mode='json'))[:8]}"
    budget, endpoints, silent = means.limits, Endpoints(), output.silent
    budget.check((*choice.playing, *choice.judges))
    with Store(store_path(places.runs, name), name) as store:
        _check_alone(store, runs, budget)
        played = DesignRun(
            digest_of(sorted(run.id for run in runs)), _design(name, specs, numbers, places.library),
            with_seats(choice.speaker_name, choice.by_seat), choice.style,
        )  # fmt: skip
        added = store.begin(played, runs, changed=True)
        again = store.reopen()
        console = Console(quiet=silent)
        retried = translated(", {count} that failed again", count=again) if again else ""
        head = translated("{count} sessions, {added} of them new{again}", count=len(runs), added=added, again=retried)
        console.print(f"{head} · {store.shown}", style="dim", markup=False, soft_wrap=True)
        say_undecidable(console, games)
        terms = Terms(budget, rates_of(means), content=places.content)
        work = Experiment(store, places.library, models_for(means, endpoints, silent), terms, cores=cores())
        with going_on(all_kept()):
            watched(work, endpoints, silent, all_kept())
        _show(store, case, specs, numbers, places, output)


def _runs(specs: Sequence[SessionSpec], numbers: Sequence[int]) -> Iterator[Run]:
    """Yield all sessions, those from the same seed in a row, and last the rules-only ones for comparison."""
    for null in (False, True) if specs[0].style != "rules" else (False,):
        beside = {**BY_RULES._asdict(), "models": {}} if null else {}
        for seed in numbers:
            for each in specs:
                spec = each.model_copy(update={**beside, "seed": seed})
                cell = {"scenario": spec.scenario, "governance": spec.governance}
                yield Run(
                    id=run_id(spec, seed, null), cell=cell, arm=spec.governance, block=f"{spec.scenario}/{seed}",
                    scenario=spec.scenario, replicate=seed, seed=seed, null=null, spec=spec,
                )  # fmt: skip


def _design(name: str, specs: Sequence[SessionSpec], numbers: Sequence[int], library: Library) -> str:
    """Return the play as the text of a design; under a single governance model that is no valid design."""
    scenario = library.scenario(specs[0].scenario)
    seeds = f"{numbers[0]}–{numbers[-1]}" if len(numbers) > 1 else str(numbers[0])
    design: dict[str, Any] = {
        "id": name,
        "title": {"en": f"{scenario.title.en}, seeds {seeds}", "zh": f"{scenario.title.zh}，种子{seeds}"},
        "question": scenario.question.model_dump(),
        "arms": "governance",
        "base": specs[0].governance,
        "factors": {"scenario": [specs[0].scenario], "governance": [spec.governance for spec in specs]},
        "replicates": len(numbers),
        "null_arm": specs[0].style != "rules",
        "judge": specs[0].judge_model or "none",
    }
    return yaml.safe_dump(design, allow_unicode=True, sort_keys=False)


def _check_alone(store: Store, runs: Sequence[Run], budget: Budget) -> None:
    """Raise `InputError` if another process works on sessions that would be set aside."""
    wanted = {run.id for run in runs}
    if status_of(store, budget).working and any(
        row["state"] in ("pending", "running") and row["id"] not in wanted for row in store.everything()
    ):
        why = translated(
            "other seeds or governance models of this case are being played, or were until they were killed less than "
            "two minutes ago; wait, or name another folder with --out"
        )
        raise InputError(f"{store.shown}: {why}")


def _show(
    store: Store, case: options.Case, specs: Sequence[SessionSpec], numbers: Sequence[int], places: Folders,
    output: options.Output,
) -> None:  # fmt: skip
    rows, failures, arms = [*_settled(store)], store.failures(), [spec.governance for spec in specs]
    with waiting("writing a folder for each session", output.silent):
        folders = _write_logs(store, rows, places.runs / store.name, places.library)
    shown = summary(rows, arms, places.library.scenario(specs[0].scenario))
    if output.as_json:
        paths = {run: str(path) for run, path in folders.items()}
        names = ("id", "arm", "seed", "null", "outcomes", "settled")
        sessions = [{**{name: row[name] for name in names}, "path": paths.get(row["id"])} for row in rows]
        failed = [{name: row[name] for name in ("id", "arm", "seed", "null", "reason")} for row in failures]
        echo_json({
            "store": store.shown, "scenario": case.scenario, "model": with_seats(specs[0].model, specs[0].models),
            "style": specs[0].style, "arms": arms, "seeds": numbers, **shown.as_dict(), "failed": failed,
            "sessions": sessions,
        })  # fmt: skip
    elif output.quiet:
        echo(store.shown)
    else:
        show(*summary_blocks(shown, specs, len(numbers), failures, places.library))
        echo(_further(len(specs), numbers[0], folders, store.name))


def _settled(store: Store) -> Iterator[dict[str, Any]]:
    """Yield the finished sessions, each with its settled options."""
    for row in store.rows():
        decisions = (
            cast(DecisionTaken, event.payload) for event in store.events(row["id"]) if event.kind == "decision"
        )
        yield {**row, "settled": settled_by(decisions)}


def _write_logs(
    store: Store, rows: Sequence[dict[str, Any]], folder: Path, library: Library
) -> dict[str, Path]:  # fmt: skip
    """Write a folder for each session that a model played, unless it exists, and return the folders by id.

    Rules-only ones are left out: ``sandbox run --model none --seed`` plays each again in a second.
    """
    folders = {row["id"]: folder / f"{row['arm']}_{row['seed']}" for row in rows if not row["by_rules"]}
    try:
        for run, path in folders.items():
            if not (path / "events.jsonl").exists():
                write_log(path, store.events(run), library)
    except OSError as error:
        cannot = "cannot write to {folder}: {why}; the sessions are in the store"
        raise StorageError(translated(cannot, folder=folder, why=error.strerror or error)) from error
    return folders


def _further(arms: int, seed: int, folders: dict[str, Path], store: str) -> str:
    if folders:
        look = translated("look into a session: {command}", command=f"sandbox report {next(iter(folders.values()))}")
    elif arms > 1:
        again = "look into a session: the same command with --seed {seed} in place of --seeds and one governance model"
        look = translated(again, seed=seed)
    else:
        look = translated("look into a session: the same command with --seed {seed} in place of --seeds", seed=seed)
    more = translated("several cases, intervals, a plan named in advance: sandbox experiment plan who_decides")
    tables = translated("as tables for other programs: {command}", command=f"sandbox export {store} --to DIR")
    return f"{look}\n{tables}\n{more}"
