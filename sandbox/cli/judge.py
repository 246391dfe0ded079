"""Commands that say how far a judge may be trusted: calibrate, card."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from sandbox.cli import options
from sandbox.cli.printing import echo, echo_json
from sandbox.errors import BudgetReachedError, EndpointError, InputError, InterruptedSessionError, unknown
from sandbox.settings import Settings

if TYPE_CHECKING:
    from rich.table import Table

    from sandbox.content.library import Library
    from sandbox.content.schemas import Lang, Rubric
    from sandbox.scoring.calibration import Schedule
    from sandbox.scoring.probes import ProbeName
    from sandbox.scoring.standing import Calibration, JudgeFolder, Part
    from sandbox.session.runner import Models

__all__ = ["app", "card_table"]

app = typer.Typer(name="judge", help="How far a judge may be trusted.", no_args_is_help=True)
_FORMATS = ("table", "html", "md", "docx")
_NONE = "none"

JudgesModel = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="Model that judges, or embedded (default: SANDBOX_MODEL, or else embedded); several with commas.",
    ),
]
Languages = Annotated[list[str] | None, typer.Option("--lang", help="en or zh; repeat it for both (default: both).")]


@app.command()
def calibrate(
    model: JudgesModel = None,
    judge_samples: options.JudgeSamples = 1,
    criterion: Annotated[
        list[str] | None, typer.Option("--criterion", help="A criterion's id; may be repeated (default: all).")
    ] = None,
    lang: Languages = None,
    split: Annotated[
        str, typer.Option("--split", help="Part of the gold set: test; development, for work on prompts; all.")
    ] = "test",
    probe: Annotated[
        list[str] | None,
        typer.Option(
            "--probe",
            help="Also ask dialogues whose form is changed and whose meaning is kept: order, names, verbosity, "
            "politeness, formatting, injection, language; or none. May be repeated (default: all).",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="At most so many items a criterion, for a first look.")
    ] = None,
    rubric: Annotated[str, typer.Option("--rubric", help="The criteria.")] = "core",
    gguf: options.Gguf = None,
    max_tokens: options.MaxTokens = None,
    budget: options.Budget = None,
    content: options.Content = None,
    out: options.Out = None,
    as_json: options.Json = False,
) -> None:
    """Put dialogues with known levels to a judge and keep how far it agrees; answers on record are used."""
    from sandbox.cli.console import Console
    from sandbox.cli.terminal import LoadProgress
    from sandbox.content.library import Library
    from sandbox.llm.endpoints import Endpoints
    from sandbox.llm.usage import Account, Budget
    from sandbox.report.document.html import to_html
    from sandbox.report.pages.judge_card import judge_card
    from sandbox.scoring.calibration import judged_criteria, schedule_of
    from sandbox.scoring.standing import JudgeFolder
    from sandbox.session.choice import NO_JUDGE, choose_judges, models_of

    settings = options.settings_with(gguf)
    library = Library.load(content)
    of, part, langs, probes = library.rubric(rubric), _part(split), _langs(lang), _probes(probe)
    if model == NO_JUDGE:
        raise InputError("--model: there is nothing to calibrate without a judge; name a model")
    limits = Budget(max_tokens, budget, settings.price_input, settings.price_output)
    schedules = [
        schedule_of(one, spoken, library, part, probes, limit)
        for one in judged_criteria(of, criterion or ())
        for spoken in langs
    ]
    choice = choose_judges(settings, model or settings.model)
    folder = JudgeFolder.of(out or settings.runs, ", ".join(choice.judges), judge_samples)
    with LoadProgress(Console(stderr=True), as_json) as progress:
        models = models_of(choice, settings, Endpoints(), Account(limits), progress, judge_samples)
    found = _until_stopped(models.endpoints.during(_calibrate(folder, schedules, of, part, library, models, as_json)))
    folder.write(folder.card, to_html(judge_card(found, library, langs[0])))
    if as_json:
        echo_json(_as_dict(folder, found, library))
        return
    Console().print(card_table(found, library, langs[0]))
    echo(str(folder.card))


@app.command()
def card(
    model: JudgesModel = None,
    judge_samples: Annotated[
        int | None, typer.Option("--judge-samples", help="Votes of each model (default: whatever was calibrated).")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="Language of the card: en or zh.")] = "en",
    form: Annotated[
        str, typer.Option("--format", help="table; or html, md, docx: a file beside the calibration.")
    ] = "table",
    content: options.Content = None,
    out: options.Out = None,
    as_json: options.Json = False,
) -> None:
    """Show what was found of a judge, of all judges without --model, and what of it has expired."""
    from sandbox.cli.console import Console
    from sandbox.content.library import Library
    from sandbox.report.document.formats import FORMATS
    from sandbox.report.pages.judge_card import judge_card
    from sandbox.session.choice import choose_judges

    if form not in _FORMATS:
        raise InputError(f"--format: {unknown('format', form, _FORMATS)}")
    shown, library = _langs([lang])[0], Library.load(content)
    settings = Settings.from_environment()
    judge = ", ".join(choose_judges(settings, model).judges) if model else None
    found = _calibrations(out or settings.runs, judge, judge_samples)
    if as_json:
        echo_json([_as_dict(*one, library) for one in found])
        return
    for folder, calibration in found:
        if form in FORMATS:
            path = folder.card.with_suffix(f".{form}")
            folder.write(path, FORMATS[form](judge_card(calibration, library, shown)))
            echo(str(path))
        else:
            Console().print(card_table(calibration, library, shown))


def card_table(calibration: Calibration, library: Library, lang: Lang) -> Table:
    """Return a judge's card as a table: one row for each criterion and language."""
    from rich.table import Table
    from rich.text import Text

    from sandbox.content.words import Words
    from sandbox.report.pages.judge_card import card_rows

    label = Words(lang, library.roots)
    samples = f"{label('judge_card.samples')}{label('colon')}{calibration.samples}"
    title = f"{label('judge_card.title', judge=calibration.judge)} · {samples}"
    table = Table(title=Text(title), caption=label("judge_card.reading.rule"), expand=True, show_lines=True)
    table.add_column(label("judge_card.criterion"), ratio=6, overflow="fold")
    table.add_column(label("judge_card.standing"), ratio=6, overflow="fold")
    for key in ("mean_error", "no_level", "same"):
        table.add_column(label(f"judge_card.{key}"), width=6, justify="right", overflow="fold")
    table.add_column(label("judge_card.worst"), ratio=5, overflow="fold")
    colours = {"reliable": "green", "not_reliable": "bold red", "expired": "yellow", "development": "dim"}
    parts = {entry.split for entry in calibration.entries}
    for row in card_rows(calibration, library, lang):
        found, again = row.entry.agreement, row.entry.retest
        which = row.lang if len(parts) == 1 else f"{row.lang}, {row.part}"
        table.add_row(
            Text(row.name).append(f"\n{which}", style="dim"),
            Text(f"{row.verdict}{label.paren(row.why)}", style=colours[row.mark]),
            Text(row.figure("mean_error", found.mean_error)),
            Text(str(found.items - found.rated)),
            Text(row.figure("same", again.same)),
            Text(row.worst_words),
        )
    return table


def _until_stopped(work: Coroutine[None, None, Calibration]) -> Calibration:
    hint = "all answers so far are kept; go on with the same command"
    try:
        return asyncio.run(work)
    except KeyboardInterrupt as error:
        raise InterruptedSessionError(f"interrupted; {hint}") from error
    except (BudgetReachedError, EndpointError) as error:
        error.hint = hint
        raise


async def _calibrate(
    folder: JudgeFolder, schedules: list[Schedule], rubric: Rubric, part: Part, library: Library, models: Models,
    quiet: bool,
) -> Calibration:  # fmt: skip
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from sandbox.cli.console import Console
    from sandbox.llm.usage import Meter
    from sandbox.record.log import FileLog
    from sandbox.scoring.calibration import Asked
    from sandbox.scoring.calibration import calibrate as ask_all
    from sandbox.scoring.standing import Calibration
    from sandbox.session.context import LogRecord

    folder.make()
    with folder.locked():
        log = FileLog(folder.ratings)
        panel = models.panel(Meter(models.account), LogRecord(log))
        assert panel is not None
        console = Console(stderr=True)
        bar = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=console, transient=True, disable=quiet or not console.is_terminal,
        )  # fmt: skip
        votes = len(panel.judges) * panel.samples
        task = bar.add_task("", total=votes * len({one.place for schedule in schedules for one in schedule.asked}))

        def on_vote(asked: Asked) -> None:
            bar.update(task, advance=1, description=f"⚖ {asked.criterion.name.get(asked.lang)}")

        try:
            with bar:
                before = folder.read() or Calibration(panel.names, panel.samples)
                return await ask_all(schedules, rubric, part, library, panel, log, before, folder.keep, on_vote)
        finally:
            log.close()


def _calibrations(runs: Path, judge: str | None, samples: int | None) -> list[tuple[JudgeFolder, Calibration]]:
    from sandbox.scoring.standing import JudgeFolder

    known = [(folder, found) for folder in JudgeFolder.all(runs) if (found := folder.read())]
    how = "calibrate it with: sandbox judge calibrate --model"
    if not known:
        raise InputError(f"no judge has been calibrated (looked in {runs / 'judges'}); {how} {judge or 'MODEL'}")
    named = [one for one in known if judge in (None, one[1].judge)]
    if not named:
        raise InputError(f"{unknown('judge', str(judge), {one.judge for _, one in known})} {how} {judge}")
    fitting = [one for one in named if samples in (None, one[1].samples)]
    if not fitting:
        others = ", ".join(f"{one.judge} x{one.samples}" for _, one in named)
        raise InputError(
            f"not calibrated with --judge-samples {samples}; calibrated: {others}; {how} {judge or 'MODEL'}"
        )
    return fitting


def _as_dict(folder: JudgeFolder, calibration: Calibration, library: Library) -> dict[str, object]:
    from sandbox.report.pages.judge_card import card_rows

    rows = {row.entry.key: row for row in card_rows(calibration, library, "en")}
    told = calibration.as_dict()
    for entry, one in zip(told["entries"], calibration.entries, strict=True):
        row = rows[one.key]
        entry |= {"mark": row.mark, "expired": row.expired, "threshold": row.threshold}
    return {"path": str(folder.path), **told}


def _part(given: str) -> Part:
    from sandbox.scoring.standing import Part

    found: Part | None = next((one for one in get_args(Part) if one == given), None)
    if found is None:
        raise InputError(f"--split: {unknown('part', given, get_args(Part))}")
    return found


def _probes(given: list[str] | None) -> list[ProbeName]:
    from sandbox.scoring.probes import PROBES

    for one in given or ():
        if one != _NONE and one not in PROBES:
            raise InputError(f"--probe: {unknown('probe', one, (*PROBES, _NONE))}")
    if given and _NONE in given and len(given) > 1:
        raise InputError(f"--probe: '{_NONE}' stands alone")
    return [one for one in PROBES if not given or one in given]


def _langs(given: list[str] | None) -> list[Lang]:
    from sandbox.content.schemas import Lang

    allowed = get_args(Lang)
    for one in given or ():
        if one not in allowed:
            raise InputError(f"--lang: {unknown('language', one, allowed)}")
    return [one for one in allowed if not given or one in given]
