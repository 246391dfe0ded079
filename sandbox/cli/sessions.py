"""Commands that play: run, play, resume, replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option

from sandbox.cli import options
from sandbox.cli.folders import Folders
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo
from sandbox.cli.translation import LANG, translated
from sandbox.errors import AnswerError, BudgetReachedError, InputError, InterruptedSessionError, SandboxError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.game.game import Game
    from sandbox.record.folder import SessionFolder
    from sandbox.record.log import FileLog


app = Commands()


@app.command()
def run(
    case: options.Case,
    seeds: Annotated[
        str,
        Option(
            help="Play a session from each of these seeds, for example 1-20 or 1,3,5-8, and compare what they come to; "
            "--governance may then name several models, with commas between."
        ),
    ] = "",
    *,
    means: options.Means,
    places: Folders,
    output: options.Output,
) -> None:
    """Play one session, live in the terminal; then score it and write its report.

    With --seeds, play many and compare what they come to in a table.
    """
    if not seeds:
        if "," in case.governance:
            raise InputError(translated("--governance: several models, with commas between, go with --seeds alone"))
        _start(case, (), means, places, output)
        return
    from sandbox.cli.seeds import play_seeds

    play_seeds(case, seeds, means, places, output)


@app.command()
def play(
    seat: Annotated[list[str], Option(help="Your seat, one of: sandbox show scenario ID (more than once).")],
    case: options.Case,
    means: options.Means,
    places: Folders,
) -> None:
    """Take a seat in the terminal; leave with /leave and come back with: sandbox resume ID."""
    _start(case, tuple(dict.fromkeys(seat)), means, places, options.Output())


@app.command()
def resume(
    session: options.Session,
    *,
    model: options.AnotherModel = None,
    models: Annotated[
        list[str] | None,
        Option("--model-of", help="Another model for a seat from here on: migrant_tenant=NAME (more than once)."),
    ] = None,
    judge_model: Annotated[
        str | None, Option(help="Other models that judge, with commas between; none: no judge (default: those it has).")
    ] = None,
    means: options.Means,
    places: Folders,
    output: options.Output,
) -> None:
    """Go on with a session that was stopped; no finished model call is made again."""
    from sandbox.cli.going_on import say_left
    from sandbox.session.agents import check_agents
    from sandbox.session.carried import library_of
    from sandbox.session.opening import game_of

    folder = places.find(session, unplayed=True)
    _ = means.limits  # a budget that cannot be kept to is refused before anything is written
    with folder.log() as log:
        named, means = means, means.kept_for(folder)
        with places.content_of("session"):
            events = tuple(log)
            library = library_of(folder, events, places.library)
            game = game_of(events, library, folder.events)
        if places.content is not None and library is not places.library:
            echo(
                translated("--content is not read: a session goes on with the content that it was begun with"), err=True
            )
        if not log.of("close"):
            if model is None:
                check_agents(game.spec, {}, folder.id)
            by_seat = options.models_by_seat(models, library, game.spec.scenario)
            game = _handed_over(log, game, means, model, judge_model, by_seat)
            means.limits.check(game.spec.called)
            say_left(events, means, named)
        elif model or models or judge_model:
            over = translated(
                "session {session} is over, so that no model can go on with it; another judge: sandbox score {session} "
                "--judge-model NAME; another course from a line of it: sandbox branch",
                session=folder.id,
            )
            raise InputError(over)
        _go(folder, game, log, means, output)


def _handed_over(
    log: FileLog, game: Game, means: options.Means, model: str | None, judge_model: str | None,
    by_seat: Mapping[str, str],
) -> Game:  # fmt: skip
    """Return the game with the named models, write them to the log, and print how they differ from before."""
    from sandbox.content.words import Words
    from sandbox.game.spec import with_seats
    from sandbox.session.choice import choose, choose_on
    from sandbox.session.opening import hand_over

    spec, settings = game.spec, means.settings
    if model is None and judge_model is None and not by_seat:
        if settings.model and choose(settings, None, "none").speaker_name != spec.model:
            goes_on = "goes on with {model}, as before; with that of SANDBOX_MODEL: --model {other}"
            echo(translated(goes_on, model=spec.model, other=settings.model), err=True)
        return game
    choice = choose_on(settings, spec, model, judge_model, by_seat)
    new = hand_over(log, game, choice.players, models=choice.by_seat)
    if (new.spec.model, new.spec.models) != (spec.model, spec.models):
        after = log.of("model")[-1].payload["after"]
        before, now = (
            with_seats(Words(LANG).of("models", named.spec.model), named.spec.models) for named in (game, new)
        )
        both = "up to {after} {before} spoke, from here on {now}; reports say so"
        changed = both if after else "begun with {before}, from here on {now}; reports say so"
        echo(translated(changed, after=after, before=before, now=now), err=True)
    return new


@app.command()
def replay(
    session: options.Session,
    *,
    speed: options.Speed = None,
    lang: Annotated[options.Lang, options.language("Language of showcase: en or zh.")] = options.LANG,
    places: Folders,
) -> None:
    """Play a session back from its log, without a model; showcase comes with the program and ends on its report."""
    from sandbox.cli.console import Console
    from sandbox.cli.going_on import folder_options
    from sandbox.cli.results import show_levels
    from sandbox.cli.terminal import ending, levels_in_brief, played_back, told
    from sandbox.report.results import card_of, write_results

    shipped, session = options.showcase(session, lang)
    opened, folder = places.open(session)
    console, words, case = Console(), opened.game.words, opened.game.scenario
    if not opened.lines:
        resume = f"sandbox resume {folder.id}{folder_options(places)}"
        echo(words("replay.silent_over") if opened.finished else words("replay.silent", resume=resume))
        return
    texts = (case.title.get(opened.spec.lang), case.question.get(opened.spec.lang))
    written = folder.report.is_file() and not shipped
    report = str(folder.report) if written else f"sandbox report {session}{folder_options(places)}"
    says = [line["says"] for line in opened.shown.lines]
    with played_back(console, words, texts, says, speed, paced=shipped, report=report) as pace:
        told(opened.shown, console, pace)
    if shipped:
        levels_in_brief(console, opened, write_results(opened, folder))
    elif any(event.kind == "score" for event in opened.events):
        show_levels(console, opened, card_of(opened, places.runs, null=True))
    if folder.report.is_file():
        ending(console, folder.report, opens=shipped)


def _start(
    case: options.Case, persons: tuple[str, ...], means: options.Means, places: Folders, output: options.Output
) -> None:
    from sandbox.game.game import Game
    from sandbox.record.folder import SessionFolder

    library = places.library
    game = Game(case.spec(case.choice(means.settings, library), library, persons), library)
    means.limits.check(game.spec.called)  # a budget that cannot be kept to is refused before anything is written
    with SessionFolder.begun_in(places.runs) as (folder, log):
        _go(folder, game, log, means.kept_for(folder), output)


def _failed_at(log: FileLog) -> tuple[str, str] | None:
    """Return the line and the seat of the last answer that was given up; None if that was not for a line."""
    from sandbox.llm.calls import asked_in
    from sandbox.record.line import line_id

    last = log.of("call")[-1:]
    if not last or last[0].payload["text"] or not asked_in(last[0].payload["id"]).startswith("line:"):
        return None
    return line_id(len(log.of("line")) + 1), last[0].seat


def _go(folder: SessionFolder, game: Game, log: FileLog, means: options.Means, output: options.Output) -> None:
    from sandbox.cli.console import Console
    from sandbox.cli.going_on import as_options, other_model, with_more
    from sandbox.cli.person import ask_in_terminal
    from sandbox.cli.results import show_results
    from sandbox.cli.rules import say_undecidable
    from sandbox.cli.terminal import LiveSession
    from sandbox.game.checks.limits import few_lines, lonely
    from sandbox.game.session import Session
    from sandbox.game.spec import with_seats
    from sandbox.session.choice import choice_for
    from sandbox.session.opening import begin
    from sandbox.session.runner import Watch, run_session

    spec, silent, runs = game.spec, output.silent, folder.path.parent
    console = Console(quiet=silent)
    elsewhere = runs.resolve() != means.settings.runs.resolve()
    where = as_options({"--out": runs if elsewhere else None, "--model": other_model(spec)})
    again = f"sandbox resume {folder.id}{where}"
    hint = translated("go on with: {command}", command=again)
    if log.of("close"):
        show_results(Session.of(game, tuple(log)), folder, output.as_json, console)
        return
    try:
        models = means.models(choice_for(means.settings, spec), silent, spec.judge_samples)
        names = (game.scenario.title, game.governance.name)
        played = with_seats(game.words.of("models", spec.model), spec.models)
        begin(game, log, folder.id)  # no id is shown of what a kill could leave without a beginning
        head = " · ".join((folder.id, *(name.get(spec.lang) for name in names), played))
        console.print(head, style="dim", markup=False)
        for warning in filter(None, (few_lines(game), *lonely(game))):
            console.print(warning, style="dim", markup=False)
        say_undecidable(console, [game])
        streams = console.is_terminal and not silent and not spec.persons
        with LiveSession(game, console, live=streams, seated=True) as live:
            for event in log:
                live.recall(event)
            watch = Watch(
                on_event=live.event,
                on_partial=live.partial if streams else None,
                on_wait=live.wait,
                on_retry=live.retry,
                ask_person=ask_in_terminal(game, console) if not silent else None,
            )
            session = options.awaited(models, run_session(game, log, models, watch, folder.id))
    except KeyboardInterrupt as error:
        raise InterruptedSessionError(translated("interrupted; {hint}", hint=hint)) from error
    except SandboxError as error:
        if folder.events.exists() and folder.events.stat().st_size:
            error.hint = with_more(error, hint) if isinstance(error, BudgetReachedError) else hint
            from sandbox.cli.listed import others_there  # late: to ask an endpoint takes much that is seldom needed

            if others := others_there(error, spec.model, means.settings):
                error.hint = f"{others}\n{hint} --model NAME"
            if isinstance(error, AnswerError) and (failed := _failed_at(log)):
                line, seat = failed
                look = f"sandbox prompt {folder.id} --at {line}" + (f" --out {runs}" if elsewhere else "")
                told = "it was asked for {line}, {seat}: {command}; {hint}"
                error.hint = translated(told, line=line, seat=game.name(seat), command=look, hint=hint)
        raise
    show_results(session, folder, output.as_json, console, live.waited)
