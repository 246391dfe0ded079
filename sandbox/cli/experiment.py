"""Commands for experiments: run, judge, status, plan, lock, export, report, sensitivity."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

from typer import Option

from sandbox.cli import options, values
from sandbox.cli.experiment_options import PlayedBy, Which, begin, known_stores, played_early, say_lock
from sandbox.cli.experiment_package import package
from sandbox.cli.folders import Folders
from sandbox.cli.going_on import all_kept, as_options, cap_options, folder_options, going_on
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json, echo_paths
from sandbox.cli.sensitivity import sensitivity
from sandbox.cli.translation import LANG

if TYPE_CHECKING:
    from sandbox.experiment.export.sheets import Form
    from sandbox.experiment.playing.cluster import Cluster
    from sandbox.experiment.playing.run import Experiment


app = Commands()
experiment = Commands(name="experiment", help="Compare governance models over many sessions.", no_args_is_help=True)
app.add_typer(experiment)


@experiment.command()
def run(
    *,
    which: Which,
    model: PlayedBy = None,
    limit: Annotated[
        int | None,
        Option(min=1, help="Play so many sessions with a model at most, and so many by rules alone: a pilot counts."),
    ] = None,
    concurrency: Annotated[
        int | None,
        Option(min=1, max=10_000, help="Sessions with a model at once, over all workers (default: the design's)."),
    ] = None,
    processes: Annotated[
        int | None,
        Option(
            min=1,
            max=1_000,
            help="Processes for sessions by the rules alone, or workers of the cluster (default: one a core).",
        ),
    ] = None,
    engine: Annotated[
        str,
        Option(
            help="local: on this machine; ray: workers of the cluster at RAY_ADDRESS, or without one, of a Ray "
            "cluster of this machine's own (needs the ray extra)."
        ),
    ] = "local",
    events: Annotated[
        bool,
        Option(
            "--events/--no-events",
            help="Keep each line of sessions by the rules alone too; without, they are quicker, and can be played "
            "again from their seeds.",
        ),
    ] = True,
    judge_later: Annotated[
        bool, Option("--judge-later", help="Leave judging for later: sandbox experiment judge DESIGN.")
    ] = False,
    retry: Annotated[bool, Option("--retry", help="Also play sessions again that failed.")] = False,
    changed: Annotated[
        bool, Option("--changed", help="Go on although finished sessions are no part of the design any more.")
    ] = False,
    means: options.Means,
    places: Folders,
    output: options.Output,
) -> None:
    """Play what is left of an experiment; start it again at will, also beside one that runs: nothing is paid twice."""
    from sandbox.cli import experiment_play as shared
    from sandbox.cli.console import Console
    from sandbox.content.words import Words
    from sandbox.experiment.planning.locking import locked
    from sandbox.experiment.planning.notes import undecided
    from sandbox.experiment.planning.players import check_handed
    from sandbox.experiment.playing.run import Experiment, Terms, cores
    from sandbox.experiment.store.status import status_of
    from sandbox.llm.endpoints import Endpoints

    values.check("--engine", "engine", [engine], ("local", "ray"))
    if engine == "ray":
        from sandbox.experiment.playing.cluster import Cluster
    design, path, places = which.card(places)
    check_handed(design, ())
    lock = locked(path)
    budget, endpoints, silent = shared.budget_of(design, means), Endpoints(), output.silent
    known = which.known(design, places)
    choice = shared.choice_of(design, known, model, means, called=engine == "local")
    runs = shared.sessions_of(design, choice, places)
    shared.check_priced(runs, budget)
    with known or which.opened(design, places, make=True) as store:
        taken = begin(design, path, store, choice, runs, places.library, changed=changed)
        if retry:
            store.reopen()
        console, words = Console(quiet=silent), Words(LANG)
        shared.say_taken_over(console, taken)
        head = words("stands.head", name=design.id, progress=shared.progress(store), store=store.shown)
        console.print(head, style="dim", markup=False, soft_wrap=True)
        say_lock(console, which, design, lock, places, store)
        for warning in undecided(runs, places.library):
            console.print(words.said(warning), style="yellow", markup=False, soft_wrap=True)
        if design.of_countries:
            shared.deal_decks(store, runs, places, processes or cores(), silent)
        work: Experiment | Cluster
        at_once = concurrency or design.concurrency
        terms = Terms(budget, shared.rates_of(means), at_once, places.content, events, limit)
        if engine == "ray":
            specs = [run.spec for run in runs]
            work = Cluster(store, specs, terms, means.settings, workers=processes, judge_later=judge_later)
        else:
            models = shared.models_for(means, endpoints, silent, judge_later=judge_later)
            work = Experiment(store, places.library, models, terms, cores=processes or cores())
        on = as_options({
            "--engine": None if engine == "local" else engine, "--model": model, "--processes": processes,
            "--concurrency": concurrency, "--limit": limit, "--no-events": not events, "--judge-later": judge_later,
        })  # fmt: skip
        again = f"sandbox experiment run {which.named}{on}{cap_options(means, places)}"
        hint = all_kept(again)
        with going_on(hint):
            shared.watched(work, endpoints, silent, hint)
        report = f"sandbox experiment report {which.named}{folder_options(places)}"
        arms = shared.arm_names(design, places.library)
        shared.show_end(status_of(store, budget), output, arms, console, f"{again} --retry", report)


@experiment.command()
def judge(
    *,
    which: Which,
    batch: Annotated[
        bool,
        Option(
            "--batch",
            help="Through the endpoint's Batch API: answers come within a day, often at half price (the budget counts "
            "the full price). Ctrl-C leaves the questions there; the same command takes up their answers.",
        ),
    ] = False,
    concurrency: Annotated[
        int | None, Option(min=1, max=256, help="Sessions at once, without --batch (default: the design's).")
    ] = None,
    means: options.Means,
    places: Folders,
    output: options.Output,
) -> None:
    """Judge finished sessions by the design's judge: those that run --judge-later left, or all by another judge."""
    from sandbox.cli import experiment_play as shared
    from sandbox.cli.console import Console
    from sandbox.content.words import Words, refusal
    from sandbox.experiment.judging.in_bulk import BulkJudging
    from sandbox.experiment.judging.judging import Judging
    from sandbox.experiment.store.status import status_of
    from sandbox.llm.endpoints import Endpoints
    from sandbox.session.choice import NO_JUDGE

    design, path, places = which.card(places)
    if design.judge == NO_JUDGE:
        raise refusal("stands.no_judge", path=path, setting="judge: none")
    budget, endpoints, silent = shared.budget_of(design, means), Endpoints(), output.silent
    with which.opened(design, places) as store:
        if not design.factors.agents and store.played:
            choice = shared.choice_of(design, store, None, means)
            runs = shared.sessions_of(design, choice, places)
            taken = begin(design, path, store, choice, runs, places.library, scoring=True)
            shared.say_taken_over(Console(quiet=silent), taken)
        words = Words(LANG)
        head = words("stands.judged", name=design.id, count=len(store.unjudged()), store=store.shown)
        Console(quiet=silent).print(head, style="dim", markup=False, soft_wrap=True)
        again = f"sandbox experiment judge {which.named}{' --batch' if batch else ''}{cap_options(means, places)}"
        judges = shared.judges_for(means, endpoints, silent)
        if batch:
            work: Judging = BulkJudging(store, places.library, judges, budget=budget)
            hint = words("stands.kept_batches", command=again)
        else:
            at_once = concurrency or design.concurrency
            rates = shared.rates_of(means)
            work = Judging(store, places.library, judges, budget=budget, concurrency=at_once, rates=rates)
            hint = words("stands.kept", command=again)
        with going_on(hint):
            shared.watched_judging(work, endpoints, silent, hint)
        shown = status_of(store, budget)
        shared.show_status(shown, output, shared.arm_names(design, places.library))
        if shown.failures:
            retry = f"sandbox experiment run {which.named}{cap_options(means, places)} --retry"
            echo(shared.retry_line(shown, retry), err=True)


@experiment.command()
def status(*, which: Which, means: options.Means, places: Folders, as_json: options.Json = False) -> None:
    """Say how an experiment stands, also while it runs: sessions by arm, what it has cost, why sessions failed."""
    from sandbox.cli.console import Console
    from sandbox.cli.experiment_play import arm_names, budget_of, retry_line, show_status
    from sandbox.content.words import Words
    from sandbox.experiment.planning.locking import locked
    from sandbox.experiment.store.status import beside_design, status_of

    design, path, places = which.card(places)
    with which.opened(design, places) as store:
        shown = status_of(store, budget_of(design, means))
        to_come, astray, to_rescore = beside_design(store, design, places.library)
        shown = replace(shown, to_come=to_come, astray=astray, to_rescore=to_rescore)
        again = f"sandbox experiment run {which.named} --retry{cap_options(means, places)}"
        show_status(shown, options.Output(as_json), arm_names(design, places.library), again)
        if not as_json and shown.failures:
            echo(retry_line(shown, again))
            if shown.failed_at:
                session, line = next(iter(shown.failed_at.items()))
                logs = f"sandbox experiment export {which.named} --to DIR --logs{folder_options(places)}"
                prompt = f"sandbox prompt {session} --at {line} --out DIR/logs"
                echo(Words(LANG)("stands.look_at_failed", export=logs, prompt=prompt))
        lock = None if as_json else locked(path)
        if lock is not None:
            say_lock(Console(), which, design, lock, places, store)


@experiment.command()
def plan(
    *,
    which: Which,
    model: PlayedBy = None,
    pilot: Annotated[
        int | None,
        Option(
            min=2, max=500, help="First play so many sessions of it, pairs of base and arm first; they count later."
        ),
    ] = None,
    means: options.Means,
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Say what an experiment will take, as ranges, and what it can find; sessions that were played count as a pilot."""
    from sandbox.cli.console import Console
    from sandbox.cli.experiment_plan import arm_lines, lock_lines, print_plan
    from sandbox.cli.experiment_play import budget_of, choice_of, rates_of, sessions_of
    from sandbox.cli.progress import waiting
    from sandbox.experiment.judging.judges import judge_noise, unreliable_now
    from sandbox.experiment.planning.locking import locked
    from sandbox.experiment.planning.plan import plan_of
    from sandbox.experiment.planning.runs import versions_in

    with waiting("reading the design", as_json):
        design, path, places = which.card(places)
        lock = locked(path)
        with which.known(design, places) or nullcontext() as known:
            choice = choice_of(design, known, model, means)
            versions = versions_in(known.everything()) if known and design.factors.agents else {}
            runs = sessions_of(design, choice, places, versions)
    if pilot is not None:
        from sandbox.cli.experiment_play import play_pilot

        play_pilot(which, model, choice, runs, pilot, means, places, silent=as_json)
    with which.known(design, places) or nullcontext() as known:
        rows = known.rows() if known else []
        judges = judge_noise(design, known, places.library, places.runs)
    family = tuple(lock.hypotheses) if lock else None
    with waiting("rehearsing its sessions, and trying out what it can find", as_json):
        planned = plan_of(
            design, runs, rows, budget_of(design, means), library=places.library, locked=family,
            unreliable=unreliable_now(design, places.library, places.runs), judges=judges, rates=rates_of(means),
        )  # fmt: skip
    if as_json:
        echo_json({**planned.as_dict(), "locked": lock.time if lock else None})
        return
    print_plan(Console(), planned, tuple(arm_lines(design, runs, places.library)))
    if design.hypotheses:
        for line in lock_lines(lock, played_early(which, design, lock, places), design):
            echo(line)


@experiment.command()
def lock(
    *,
    which: Which,
    model: Annotated[
        str | None,
        Option(help="Who is to play, where the design names no model: a model, embedded, none or cards, as for run."),
    ] = None,
    means: options.Means,
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Lock a design before it is played: its hypotheses are confirmatory, and whatever else is analysed exploratory."""
    from sandbox.cli.experiment_plan import lock_lines
    from sandbox.cli.experiment_play import choice_of, sessions_of
    from sandbox.content.words import Words
    from sandbox.experiment.judging.judges import unreliable_now
    from sandbox.experiment.planning.locking import card_digests, locked
    from sandbox.experiment.planning.locking import lock as lock_file
    from sandbox.experiment.planning.notes import check_played, unconfirmable
    from sandbox.experiment.planning.power import levels_of
    from sandbox.experiment.planning.runs import runs_of
    from sandbox.llm.embedded import MODEL_NAME

    design, path, places = which.card(places)
    choice = choice_of(design, None, model, means) if model else None
    if choice:
        runs = sessions_of(design, choice, places)
        check_played(design, runs)
    else:  # whoever plays, blocks are as many
        runs = runs_of(design, places.library, model=MODEL_NAME, style="directed")
    player = (choice.speaker_name, choice.style) if choice else None
    digest = lock_file(path, known_stores(which, design, places), player, card_digests(design, places.library))
    lock = locked(path)
    unreliable = unreliable_now(design, places.library, places.runs)
    levels = levels_of(design, tuple(lock.hypotheses) if lock else None, unreliable)
    warnings = [*unconfirmable(design, runs, levels)]
    played = played_early(which, design, lock, places)
    if as_json:
        echo_json({
            "digest": digest, "design": str(path), "early": played.early, "elsewhere": dict(played.elsewhere),
            "player": list(lock.player) if lock and lock.player else None, "changed": list(played.changed),
            "warnings": warnings,
        })  # fmt: skip
        return
    words = Words(LANG)
    echo(words("plan.lock.done", path=path, digest=digest))
    for line in (*lock_lines(lock, played, design), *map(words.said, warnings)):
        echo(line)


@experiment.command()
def export(
    *,
    which: Which,
    to: options.TablesTo,
    formats: options.TableFormats = None,
    logs: Annotated[
        bool,
        Option(
            "--logs",
            help="Also write each session, failed ones too, as a folder: sandbox report ID --out DIR/logs.",
        ),
    ] = False,
    lang: options.CodebookLang = options.LANG,
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Write tables: a row a session, seat, line, decision, vote, promise, pulse, score and event, with a codebook."""
    from sandbox.cli.progress import waiting
    from sandbox.content.words import Words
    from sandbox.experiment.export.export import export as write_tables
    from sandbox.experiment.export.export import listed_at
    from sandbox.experiment.export.sheets import FORMATS
    from sandbox.experiment.store.taken_over import check_scored

    forms = values.checked_formats(formats or ["csv"], FORMATS)
    design, _, places = which.card(places)
    with waiting("writing the tables", as_json), which.opened(design, places) as store:
        check_scored(store, design, places.library)
        written = write_tables(
            store, places.library, to, places.runs, [cast("Form", form) for form in forms], lang=lang, logs=logs,
        )  # fmt: skip
    if as_json:
        echo_json({
            "paths": [str(path) for path in written.paths], "sessions": written.sessions,
            "unfinished": written.unfinished, "silent": written.silent,
        })  # fmt: skip
        return
    echo_paths(written.paths)
    if written.unfinished:
        echo(
            Words(LANG)("experiment.codebook.unfinished", number=written.unfinished, command=listed_at(to / "logs")),
            err=True,
        )


@experiment.command()
def report(
    *,
    which: Which,
    formats: options.Formats = None,
    charts: Annotated[
        bool,
        Option(
            "--charts",
            help="Also write each chart for papers, as SVG and PNG; PNG, and pictures in docx, of a report in Chinese "
            "need a Chinese font on this machine.",
        ),
    ] = False,
    data: Annotated[
        bool, Option("--data", help="Also write the effects as Parquet; sessions are written by export.")
    ] = False,
    to: Annotated[
        Path | None,
        Option(metavar="DIR", help="Folder for it (default: the design's id with _report, in the folder of sessions)."),
    ] = None,
    lang: Annotated[
        options.Lang, options.language("Language of the report: en, or zh, whose files are named report.zh.html.")
    ] = options.LANG,
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Analyse what is finished and write the report; hypotheses of a locked design are told apart from all else."""
    from sandbox.cli.blocks import show
    from sandbox.cli.console import Console
    from sandbox.cli.progress import waiting
    from sandbox.cli.report_files import echo_report, write_experiment_report
    from sandbox.experiment.analysis.analysis import analyse_store
    from sandbox.experiment.planning.locking import locked
    from sandbox.report.document.compose import note
    from sandbox.report.pages.experiment import answer
    from sandbox.report.pages.experiment.account import not_as_locked
    from sandbox.report.pages.experiment.reader import ExperimentReader
    from sandbox.report.pages.experiment.warnings import unfounded

    forms = values.forms(formats)
    design, path, places = which.card(places)
    with waiting("analysing what is finished", as_json), which.opened(design, places) as store:
        analysis = analyse_store(store, design, locked(path), places.library, places.runs)
    if as_json and not (formats or charts or data or to):
        echo_json(analysis.as_dict())
        return
    folder = to or places.runs / f"{design.id}_report"
    with waiting("writing the report, and drawing its charts" if charts else "writing the report", as_json):
        named = f"{which.named}{folder_options(places)}"
        paths = write_experiment_report(
            analysis, places.library, folder, forms, named=named, lang=lang, charts=charts, data=data
        )
    if as_json:
        echo_json(analysis.as_dict() | {"paths": [str(path) for path in paths]})
        return
    echo_report(paths)
    reader = ExperimentReader(analysis, places.library, lang)
    beside = Console(stderr=True)  # the paths stay alone to be read by others
    show(*answer(reader).blocks, note(reader.say("footer")), console=beside)
    for warning in not_as_locked(reader):
        echo(warning, err=True)
    for warning in unfounded(reader):
        echo(warning)
    for tested in analysis.effects.tested:
        for bounds in reader.bounds(tested):
            echo(reader.row(tested) + reader.label("colon") + bounds)


experiment.command()(package)
experiment.command()(sensitivity)
