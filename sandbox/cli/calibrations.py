"""Calibrations of judges in the terminal: tests, cards of results, and those shipped with the program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.progress import MofNCompleteColumn, TimeRemainingColumn

from sandbox.cli import options
from sandbox.cli.blocks import show
from sandbox.cli.going_on import going_on
from sandbox.cli.progress import bar
from sandbox.cli.translation import said, translated
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.rubric import Rubric
from sandbox.content.words import Words
from sandbox.errors import InputError, unknown
from sandbox.llm.embedded import MODEL_NAME
from sandbox.llm.usage import Meter
from sandbox.record.log import FileLog
from sandbox.report.document.compose import note, paragraph, strong
from sandbox.report.figures import decimal
from sandbox.report.pages.judge_card import card_rows, overview
from sandbox.scoring.standing import Calibration, JudgeFolder, Part, ShippedCalibration, shipped_calibration
from sandbox.session.context import LogRecord
from sandbox.session.runner import Models

if TYPE_CHECKING:
    from sandbox.scoring.calibration import GoldQuestion, Schedule


def show_card(calibration: Calibration, library: Library, lang: Lang) -> None:
    """Print a judge's card in short: one row for each criterion, language and part of the gold set."""
    label = Words(lang, library.roots)
    samples = f"{label('judge_card.samples')}{label('colon')}{calibration.samples}"
    title = f"{label('judge_card.title', judge=calibration.judge)} · {samples}"
    shown = overview(label, card_rows(calibration, library, lang), drawn=False)
    show(paragraph((strong(title),)), shown, note(label("judge_card.reading.rule")))


def put_to(
    models: Models, folder: JudgeFolder, schedules: list[Schedule], rubric: Rubric, part: Part, library: Library,
    quiet: bool,
) -> Calibration:  # fmt: skip
    """Put dialogues to judges and return their calibration; all answers are stored, even if it ends early."""
    with going_on(translated("all answers so far are kept; go on with the same command")):
        return options.awaited(models, _calibrate(folder, schedules, rubric, part, library, models, quiet))


async def _calibrate(
    folder: JudgeFolder, schedules: list[Schedule], rubric: Rubric, part: Part, library: Library, models: Models,
    quiet: bool,
) -> Calibration:  # fmt: skip
    from sandbox.scoring.calibration import calibrate  # which needs the lab extra

    folder.make()
    with folder.locked(), closing(FileLog(folder.ratings)) as log:
        panel = models.panel(Meter(models.account), LogRecord(log))
        assert panel is not None
        votes = len(panel.judges) * panel.samples
        dialogues = {asked.place for schedule in schedules for asked in schedule.asked}
        with bar(quiet, MofNCompleteColumn(), TimeRemainingColumn()) as line:
            task = line.add_task("", total=votes * len(dialogues))

            def on_vote(asked: GoldQuestion) -> None:
                line.update(task, advance=1, description=f"⚖ {asked.criterion.name.get(asked.lang)}")

            before = folder.read() or Calibration(panel.names, panel.samples)
            return await calibrate(schedules, rubric, part, library, panel, log, before, folder.keep, on_vote)


def calibrations(runs: Path, judge: str | None, samples: int | None) -> list[tuple[JudgeFolder, Calibration]]:
    """Return the calibrations of judges, or of one with ``samples`` votes; raises `InputError` if there are none."""

    def read(folders: Iterable[JudgeFolder]) -> list[tuple[JudgeFolder, Calibration]]:
        return [(folder, calibration) for folder in folders if (calibration := folder.read())]

    known = read(JudgeFolder.all(runs))
    if judge and all(calibration.judge != judge for _, calibration in known):
        known += [each for each in read(JudgeFolder.shipped()) if each[1].judge == judge]
    command = f"sandbox judge calibrate --model {judge or 'MODEL'}"
    how = translated("calibrate it with: {command}", command=command)
    if not known:
        none = translated("no judge has been calibrated (looked in {folder})", folder=runs / "judges")
        raise InputError(translated("; ").join((none, how)))
    named = [each for each in known if judge in (None, each[1].judge)]
    if not named:
        judges = {calibration.judge for _, calibration in known}
        raise InputError(f"{said(unknown('judge', str(judge), judges))} {how}")
    fitting = [each for each in named if samples in (None, each[1].samples)]
    if not fitting:
        others = ", ".join(f"{calibration.judge} x{calibration.samples}" for _, calibration in named)
        asked = translated(
            "not calibrated with --judge-samples {samples}; calibrated: {others}", samples=samples, others=others
        )
        raise InputError(translated("; ").join((asked, how)))
    return fitting


def as_values(folder: JudgeFolder, calibration: Calibration, library: Library) -> dict[str, object]:
    """Return a calibration as plain values, with its expired parts."""
    rows = {row.entry.key: row for row in card_rows(calibration, library, "en")}
    fields = calibration.as_dict()
    for shown, entry in zip(fields["entries"], calibration.entries, strict=True):
        row = rows[entry.key]
        shown |= {"mark": row.mark, "expired": row.expired, "threshold": row.threshold}
    return {"path": str(folder.path), **fields}


def shipped_lines(library: Library, lang: Lang) -> Iterator[str]:
    """Yield the shipped results, one line each."""
    label = Words(lang, library.roots)
    yield label("judge_card.title", judge=MODEL_NAME)
    shipped = _shipped()
    yield label("judge_card.shipped", items=max(calibration.items for calibration in shipped.values()))
    for each, calibration in shipped.items():
        ends = {"low": decimal(calibration.lowest), "high": decimal(calibration.highest)}
        found = label("standing.shipped", criteria=calibration.criteria, **ends)
        yield f"  {label(f'language.{each}')}{label('colon')}{found}"
    yield label("judge_card.reading.rule")


def shipped_dict() -> dict[str, Any]:
    """Return the shipped results as plain values, by language."""
    return {"judge": MODEL_NAME, "shipped": {each: asdict(known) for each, known in _shipped().items()}}


def _shipped() -> dict[Lang, ShippedCalibration]:
    return {each: known for each in LANGUAGES if (known := shipped_calibration(MODEL_NAME, each))}
