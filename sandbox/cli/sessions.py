"""Commands that play: run, play, resume, replay."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sandbox.cli import options
from sandbox.errors import InputError, InterruptedSessionError, SandboxError

if TYPE_CHECKING:
    from sandbox.game.game import Game
    from sandbox.llm.usage import Budget
    from sandbox.record.folder import SessionFolder
    from sandbox.record.log import FileLog
    from sandbox.settings import Settings

__all__ = ["register"]

Scenario = Annotated[str, typer.Option("--scenario", help="The case; see: sandbox list scenario")]
Governance = Annotated[
    str, typer.Option("--governance", help="The governance model (default: joint_production, or the city's).")
]
Rubric = Annotated[str, typer.Option("--rubric", help="The rubric; see: sandbox list rubric")]
Lang = Annotated[str, typer.Option("--lang", help="Language of the session: en or zh.")]
Stages = Annotated[str, typer.Option("--stages", help="Stages, with commas between (default: all).")]
Turns = Annotated[int | None, typer.Option("--turns", help="Lines a stage, 1 to 500 (default: each stage's own).")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change one rule, for example: aggregation.veto=[] (more than once)."),
]
City = Annotated[str, typer.Option("--city", help="Add the setting of a city; see: sandbox list city")]
Seed = Annotated[int, typer.Option("--seed", help="Random seed.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("run")(run)
    app.command("play")(play)
    app.command("resume")(resume)
    app.command("replay")(replay)


def run(
    scenario: Scenario = "four_oclock_school",
    governance: Governance = "",
    changes: Changes = None,
    city: City = "",
    rubric: Rubric = "core",
    lang: Lang = "en",
    stages: Stages = "",
    turns: Turns = None,
    seed: Seed = 1,
    model: options.Model = None,
    judge_model: options.JudgeModel = None,
    judge_samples: options.JudgeSamples = 1,
    gguf: options.Gguf = None,
    max_tokens: options.MaxTokens = None,
    budget: options.Budget = None,
    content: options.Content = None,
    out: options.Out = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Play one session, live in the terminal; then score it and write its report."""
    given = {
        "scenario": scenario, "governance": governance, "changes": tuple(changes or ()), "city": city,
        "rubric": rubric, "lang": lang, "turns": turns, "seed": seed, "judge_samples": judge_samples,
        "stages": tuple(part.strip() for part in stages.split(",") if part.strip()),
    }  # fmt: skip
    _start(given, model, judge_model, gguf, max_tokens, budget, content, out, as_json, quiet)


def play(
    seat: Annotated[list[str], typer.Option("--seat", help="Your seat; may be given more than once.")],
    scenario: Scenario = "four_oclock_school",
    governance: Governance = "",
    changes: Changes = None,
    city: City = "",
    rubric: Rubric = "core",
    lang: Lang = "en",
    stages: Stages = "",
    turns: Turns = None,
    seed: Seed = 1,
    model: options.Model = None,
    judge_model: options.JudgeModel = None,
    judge_samples: options.JudgeSamples = 1,
    gguf: options.Gguf = None,
    max_tokens: options.MaxTokens = None,
    budget: options.Budget = None,
    content: options.Content = None,
    out: options.Out = None,
) -> None:
    """Take a seat in the terminal; leave with /leave and come back with: sandbox resume ID."""
    given = {
        "scenario": scenario, "governance": governance, "changes": tuple(changes or ()), "city": city,
        "rubric": rubric, "lang": lang, "turns": turns, "seed": seed, "judge_samples": judge_samples,
        "stages": tuple(part.strip() for part in stages.split(",") if part.strip()),
        "persons": tuple(dict.fromkeys(seat)),
    }  # fmt: skip
    _start(given, model, judge_model, gguf, max_tokens, budget, content, out, False, False)


def resume(
    session: Annotated[str, typer.Argument(help="Session id, its beginning, its path, or: last")],
    gguf: options.Gguf = None,
    max_tokens: options.MaxTokens = None,
    budget: options.Budget = None,
    content: options.Content = None,
    out: options.Out = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Go on with a session that was stopped; no finished model call is made again."""
    from sandbox.content.library import Library
    from sandbox.llm.usage import Budget
    from sandbox.record.folder import SessionFolder
    from sandbox.session.opening import game_of

    settings = options.settings_with(gguf)
    folder = SessionFolder.find(out or settings.runs, session)
    limits = Budget(max_tokens, budget, settings.price_input, settings.price_output)
    with folder.log() as log:
        game = game_of(tuple(log), Library.load(content), folder.events)
        _go(folder, game, log, settings, limits, game.spec.model, game.spec.judge_model or "none", as_json, quiet)


def replay(
    session: Annotated[str, typer.Argument(help="Session id, its beginning, its path, or: last")],
    speed: Annotated[float, typer.Option("--speed", help="Words a second; 0 shows everything at once.")] = 0.0,
    content: options.Content = None,
    out: options.Out = None,
) -> None:
    """Play a session back from its log, without a model."""
    from rich.console import Console

    from sandbox.cli.results import open_session
    from sandbox.cli.terminal import LiveSession, scorecard_table
    from sandbox.report.results import card_of

    if speed < 0:
        raise InputError(f"--speed: {speed} is not allowed; give 0 or more")
    opened, folder = open_session(session, content, out)
    console = Console()
    with LiveSession(opened.game, console, live=False) as shown:
        for event in opened.events:
            if event.kind == "line" and speed:
                time.sleep(len(event.payload["says"].split()) / speed)
            shown.event(event)
    if any(event.kind == "score" for event in opened.events):
        console.print(scorecard_table(opened.game, card_of(opened, folder.path.parent)))


def _start(
    given: Mapping[str, object],
    model: str | None,
    judge_model: str | None,
    gguf: Path | None,
    max_tokens: int | None,
    budget: float | None,
    content: Path | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    from pydantic import ValidationError

    from sandbox.content.library import Library
    from sandbox.game.game import Game
    from sandbox.game.spec import SessionSpec
    from sandbox.llm.usage import Budget
    from sandbox.record.folder import SessionFolder
    from sandbox.session.choice import choose

    settings = options.settings_with(gguf)
    choice = choose(settings, model, judge_model)
    library = Library.load(content)
    city = str(given["city"])
    if not given["governance"]:
        given = {**given, "governance": library.city(city).governance if city else "joint_production"}
    try:
        spec = SessionSpec.model_validate(
            {**given, "style": choice.style, "model": choice.speaker_name, "judge_model": choice.judge_name}
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InputError(f"--{field}: '{first['input']}' is not allowed: {first['msg']}") from error
    game = Game(spec, library)
    limits = Budget(max_tokens, budget, settings.price_input, settings.price_output)
    folder = SessionFolder.create(out or settings.runs)
    with folder.log() as log:
        _go(folder, game, log, settings, limits, model, judge_model, as_json, quiet)


def _go(
    folder: SessionFolder,
    game: Game,
    log: FileLog,
    settings: Settings,
    limits: Budget,
    model: str | None,
    judge_model: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    from rich.console import Console

    from sandbox.cli.person import ask_in_terminal
    from sandbox.cli.results import show_results
    from sandbox.cli.terminal import LiveSession, LoadProgress
    from sandbox.game.session import Session
    from sandbox.session.choice import choose, models_of
    from sandbox.session.runner import Watch, run_session

    spec, silent = game.spec, quiet or as_json
    console = Console(quiet=silent)
    errors = Console(stderr=True)
    elsewhere = folder.path.parent.resolve() != settings.runs.resolve()
    hint = f"go on with: sandbox resume {folder.id}" + (f" --out {folder.path.parent}" if elsewhere else "")
    if log.of("close"):
        show_results(Session.of(game, tuple(log)), folder, as_json, console)
        return
    try:
        with LoadProgress(errors, silent) as progress:
            choice = replace(choose(settings, model, judge_model), style=spec.style)
            models = models_of(choice, settings, limits, progress, spec.judge_samples)
        head = f"session {folder.id} · {spec.scenario} · {spec.governance} · {spec.model}"
        console.print(head, style="dim", markup=False)
        streams = console.is_terminal and not silent and not spec.persons
        with LiveSession(game, console, live=streams) as live:
            for event in log:
                live.recall(event)
            watch = Watch(
                on_event=live.event,
                on_partial=live.partial if streams else None,
                on_wait=live.wait,
                ask_person=ask_in_terminal(game, console) if not silent else None,
            )
            session = asyncio.run(run_session(game, log, models, watch, folder.id))
    except KeyboardInterrupt as error:
        raise InterruptedSessionError(f"interrupted; {hint}") from error
    except SandboxError as error:
        if folder.events.exists() and folder.events.stat().st_size:
            error.hint = hint
        raise
    show_results(session, folder, as_json, console)
