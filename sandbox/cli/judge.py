"""Commands that say how far a judge may be trusted: calibrate, card."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, cast, get_args

from typer import Option

from sandbox.cli import options
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json
from sandbox.errors import BudgetReachedError, EndpointError, InputError, InterruptedSessionError, unknown

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

    from sandbox.content.library import Library
    from sandbox.content.schemas import Lang, Rubric
    from sandbox.scoring.calibration import Schedule
    from sandbox.scoring.probes import ProbeName
    from sandbox.scoring.standing import Calibration, JudgeFolder, Part
    from sandbox.session.runner import Models

__all__ = ["app", "card_table", "judge"]

app = Commands()
judge = Commands(name="judge", help="How far a judge may be trusted.", no_args_is_help=True)
app.add_typer(judge)
_FORMATS = ("table", "html", "md", "docx")
_NONE = "none"

JudgesModel = Annotated[
    str | None,
    Option(help="Model that judges, or embedded (default: SANDBOX_MODEL, or else embedded); several with commas."),
]
Languages = Annotated[list[str] | None, Option(help="Language: en or zh (default: both).")]


@judge.command()
def calibrate(
    *,
    model: JudgesModel = None,
    judge_samples: options.JudgeSamples = 1,
    criterion: Annotated[
        list[str] | None,
        Option(help="Id of a criterion, as in: sandbox show rubric core (more than once; default: all)."),
    ] = None,
    lang: Languages = None,
    split: Annotated[str, Option(help="Part of the gold set: test; development, for work on prompts; all.")] = "test",
    probe: Annotated[
        list[str] | None,
        Option(
            help="Also ask dialogues whose form is changed and whose meaning is kept: order, names, verbosity, "
            "politeness, formatting, injection, language; or none (more than once; default: all)."
        ),
    ] = None,
    limit: Annotated[int | None, Option(min=1, help="At most so many items a criterion, for a first look.")] = None,
    rubric: Annotated[str, Option(help="Whose criteria; see: sandbox list rubric")] = "core",
    means: options.Means,
    places: options.Places,
    as_json: options.Json = False,
) -> None:
    """Put dialogues with known levels to a judge and keep how far it agrees; answers on record are used."""
    from sandbox.cli.console import Console
    from sandbox.report.document.html import to_html
    from sandbox.report.pages.judge_card import judge_card
    from sandbox.scoring.calibration import judged_criteria, schedule_of
    from sandbox.scoring.standing import JudgeFolder
    from sandbox.session.choice import EMBEDDED, NO_JUDGE, choose_judges

    library = places.library
    of, part, langs, probes = library.rubric(rubric), _part(split), _langs(lang), _probes(probe)
    if model == NO_JUDGE:
        raise InputError("--model: there is nothing to calibrate without a judge; name a model")
    _ = means.limits  # a budget that cannot be kept to is refused first
    criteria = judged_criteria(of, criterion or ())
    schedules = [schedule_of(entry, code, library, part, probes, limit) for entry in criteria for code in langs]
    choice = choose_judges(means.settings, model or means.settings.model)
    if choice.judge == NO_JUDGE:  # by default the embedded engine judges nobody, but it can be measured
        choice = choose_judges(means.settings, EMBEDDED)
    folder = JudgeFolder.of(places.runs, ", ".join(choice.judges), judge_samples)
    models = means.models(choice, as_json, judge_samples)
    calibration = _until_stopped(models, _calibrate(folder, schedules, of, part, library, models, as_json))
    folder.write(folder.card, to_html(judge_card(calibration, library, langs[0])))
    if as_json:
        echo_json(_as_dict(folder, calibration, library))
        return
    Console().print(card_table(calibration, library, langs[0]))
    echo(str(folder.card))


@judge.command()
def card(
    *,
    model: JudgesModel = None,
    judge_samples: Annotated[int | None, Option(help="Votes of each model (default: whatever was calibrated).")] = None,
    lang: Annotated[str, Option(help="Language of the card: en or zh.")] = "en",
    form: Annotated[str, Option("--format", help="table; or html, md, docx: a file beside the calibration.")] = "table",
    places: options.Places,
    as_json: options.Json = False,
) -> None:
    """Show what was found of a judge, of all judges without --model, and what of it has expired."""
    from sandbox.cli.console import Console
    from sandbox.cli.shipped_judge import shipped_dict, shipped_lines
    from sandbox.llm.weights import MODEL_NAME
    from sandbox.report.document.formats import FORMATS
    from sandbox.report.pages.judge_card import judge_card
    from sandbox.session.choice import choose_judges
    from sandbox.settings import Settings

    options.check("--format", "format", [form], _FORMATS)
    shown, library = _langs([lang])[0], places.library
    name = ", ".join(choose_judges(Settings.from_environment(), model).judges) if model else None
    comes = form == "table" and name in (None, MODEL_NAME)  # with the program: what was found of the embedded model
    try:
        calibrations = _calibrations(places.runs, name, judge_samples)
    except InputError as error:
        if not comes:
            raise
        calibrations = []
        if name is None:
            echo(f"sandbox: {error}", err=True)
    comes = comes and not calibrations
    if as_json:
        own = [_as_dict(folder, calibration, library) for folder, calibration in calibrations]
        echo_json(own + ([shipped_dict()] if comes else []))
        return
    if comes:
        for text in shipped_lines(library, shown):
            Console().print(text, markup=False, highlight=False)
    for folder, calibration in calibrations:
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
        agreement = row.entry.agreement
        which = row.lang if len(parts) == 1 else f"{row.lang}, {row.part}"
        table.add_row(
            Text(row.name).append(f"\n{which}", style="dim"),
            Text(f"{row.verdict}{label.paren(row.why)}", style=colours[row.mark]),
            Text(row.figure("mean_error", agreement.mean_error)),
            Text(str(agreement.items - agreement.rated)),
            Text(row.figure("same", row.entry.retest.same)),
            Text(row.worst_words),
        )
    return table


def _until_stopped(models: Models, work: Coroutine[None, None, Calibration]) -> Calibration:
    hint = "all answers so far are kept; go on with the same command"
    try:
        return options.awaited(models, work)
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
        task = bar.add_task("", total=votes * len({asked.place for schedule in schedules for asked in schedule.asked}))

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

    known = [(folder, calibration) for folder in JudgeFolder.all(runs) if (calibration := folder.read())]
    how = "calibrate it with: sandbox judge calibrate --model"
    if not known:
        raise InputError(f"no judge has been calibrated (looked in {runs / 'judges'}); {how} {judge or 'MODEL'}")
    named = [(folder, calibration) for folder, calibration in known if judge in (None, calibration.judge)]
    if not named:
        raise InputError(
            f"{unknown('judge', str(judge), {calibration.judge for _, calibration in known})} {how} {judge}"
        )
    fitting = [(folder, calibration) for folder, calibration in named if samples in (None, calibration.samples)]
    if not fitting:
        others = ", ".join(f"{calibration.judge} x{calibration.samples}" for _, calibration in named)
        raise InputError(
            f"not calibrated with --judge-samples {samples}; calibrated: {others}; {how} {judge or 'MODEL'}"
        )
    return fitting


def _as_dict(folder: JudgeFolder, calibration: Calibration, library: Library) -> dict[str, object]:
    from sandbox.report.pages.judge_card import card_rows

    rows = {row.entry.key: row for row in card_rows(calibration, library, "en")}
    fields = calibration.as_dict()
    for shown, entry in zip(fields["entries"], calibration.entries, strict=True):
        row = rows[entry.key]
        shown |= {"mark": row.mark, "expired": row.expired, "threshold": row.threshold}
    return {"path": str(folder.path), **fields}


def _part(name: str) -> Part:
    from sandbox.scoring.standing import Part

    options.check("--split", "part", [name], get_args(Part))
    return cast("Part", name)


def _probes(names: list[str] | None) -> list[ProbeName]:
    from sandbox.scoring.probes import PROBES

    options.check("--probe", "probe", names or (), (*PROBES, _NONE))
    if names and _NONE in names and len(names) > 1:
        raise InputError(f"--probe: '{_NONE}' stands alone")
    return [probe for probe in PROBES if not names or probe in names]


def _langs(names: list[str] | None) -> list[Lang]:
    from sandbox.content.schemas import Lang

    allowed: tuple[Lang, ...] = get_args(Lang)
    options.check("--lang", "language", names or (), allowed)
    return [lang for lang in allowed if not names or lang in names]
