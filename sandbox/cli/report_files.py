"""Reports of many sessions as files: the document in its formats, its charts, and the tables behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.cli.printing import echo, echo_paths
from sandbox.cli.translation import said, translated
from sandbox.errors import StorageError
from sandbox.record.folder import Folder, make_private
from sandbox.report.document.blocks import ReportDocument
from sandbox.report.document.drawing import chart_files, no_pictures
from sandbox.report.document.formats import FORMATS

if TYPE_CHECKING:
    from sandbox.content.language import Lang
    from sandbox.content.library import Library
    from sandbox.experiment.analysis.analysis import Analysis


def write_report(
    report: ReportDocument, to: Path, forms: Iterable[str], tables: Mapping[str, str | bytes], *, charts: bool
) -> list[Path]:
    """Write a report with its charts and tables, and return their paths; prints which charts cannot be drawn here.

    In another language than English file names contain it, as in ``report.zh.html``, so that a report in one
    language never takes the place of the same in another, or of a part of it. ``tables`` are more files, by name; with
    ``charts`` each chart is also a file for papers. Raises `StorageError` where they cannot be written.
    """
    lang = "" if report.lang == "en" else f".{report.lang}"
    files: dict[str, str | bytes] = {f"report{lang}.{form}": FORMATS[form](report) for form in forms}
    for name, content in chart_files(report).items() if charts else ():
        anchor, _, form = name.rpartition(".")
        files[f"{anchor}{lang}.{form}"] = content
    if (charts or f"report{lang}.docx" in files) and (missing := no_pictures(report.lang)):
        echo(said(missing), err=True)
    return write_files(to, {**files, **tables})


def write_experiment_report(
    analysis: Analysis, library: Library, to: Path, forms: Iterable[str], *, named: str, lang: Lang, charts: bool,
    data: bool,
) -> list[Path]:  # fmt: skip
    """Write the report of an experiment, with ``data`` its effects as Parquet too, and return where they are.

    ``named`` names the experiment in a command. Raises `StorageError` where they cannot be written.
    """
    from sandbox.report.pages.experiment import experiment_report

    paths = write_report(experiment_report(analysis, library, lang, named), to, forms, {}, charts=charts)
    if data:
        from sandbox.experiment.analysis.frames import write_effects

        paths.append(write_effects(analysis, to))
    return paths


def echo_report(paths: Sequence[Path], *, err: bool = False) -> None:
    """Print the paths of a report and its files, one per line, and the number and folder of its charts."""
    charts = [path for path in paths if path.suffix in (".svg", ".png")]
    echo_paths((path for path in paths if path not in charts), err)
    if charts:
        count = len({path.stem for path in charts})  # each in two forms
        echo(translated("{count} charts in {folder}", count=count, folder=charts[0].parent), err)


def told_in(lang: str | None, played: str) -> str:
    """Return the part of a file name for its language; empty if that is the language of play."""
    return f".{lang}" if lang and lang != played else ""


def write_document(
    folder: Folder, path: Path, document: ReportDocument, forms: Iterable[str], *, err: bool = False
) -> None:
    """Write a document in each format, with the path's ending replaced by the format's, and print the paths."""
    for form in forms:
        file = path.with_name(f"{path.name}.{form}")
        folder.write(file, FORMATS[form](document))
        echo(str(file), err=err)


def write_files(to: Path, files: Mapping[str, str | bytes]) -> list[Path]:
    """Write files into a folder, which is made if needed, and return their paths.

    Raises:
        StorageError: they cannot be written.
    """
    folder = Folder(to)
    try:
        make_private(folder.path)
    except OSError as error:
        cannot = translated("cannot write to {folder}: {why}", folder=folder.path, why=error.strerror or error)
        raise StorageError(cannot) from error
    for name, content in files.items():
        folder.write(folder.path / name, content)
    return [folder.path / name for name in files]
