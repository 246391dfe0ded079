"""The command ``sandbox experiment package``: an experiment as one archive for whoever checks or repeats it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option

from sandbox.cli import options
from sandbox.cli.experiment_options import Which
from sandbox.cli.folders import Folders
from sandbox.cli.printing import echo_json, echo_paths


def package(
    *,
    which: Which,
    to: Annotated[Path, Option(metavar="FILE", help="The archive, which is replaced: study.zip.")],
    lang: Annotated[options.Lang, options.language("Language of its pages: en or zh.")] = options.LANG,
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Pack an experiment for whoever checks or repeats it: design, lock, cards, sessions, tables, report, checksums."""
    from tempfile import TemporaryDirectory

    from sandbox.cli.progress import waiting
    from sandbox.cli.report_files import write_experiment_report, write_files
    from sandbox.experiment.analysis.analysis import analyse_store
    from sandbox.experiment.export.export import export
    from sandbox.experiment.export.package import CONTENT, STORED, SUMS, copy_study, design_in, pack
    from sandbox.experiment.planning.locking import locked
    from sandbox.report.document.formats import FORMATS
    from sandbox.report.pages.experiment.replication import replication_page

    design, path, places = which.card(places)
    named = f"{design_in(design)} --out {STORED}"
    parts = {
        "report/": "report", "tables/": "tables", f"{CONTENT}/": "content", f"{STORED}/": "runs", SUMS: "sums",
    }  # fmt: skip
    with (
        TemporaryDirectory() as made,
        waiting("packing the experiment", as_json),
        which.opened(design, places) as store,
    ):
        folder = Path(made)
        analysis = analyse_store(store, design, locked(path), places.library, places.runs)
        copy_study(store, design, path, places.library, places.runs, folder)
        export(store, places.library, folder / "tables", places.runs, lang=lang)
        write_experiment_report(
            analysis,
            places.library,
            folder / "report",
            ("html", "md"),
            named=named,
            lang=lang,
            charts=False,
            data=False,
        )
        page = replication_page(analysis, places.library, lang, named, parts)
        write_files(folder, {"README.md": FORMATS["md"](page)})
        pack(folder, to, f"{design.id}_package")
    if as_json:
        echo_json({"path": str(to), "sessions": analysis.sessions_digest})
        return
    echo_paths([to])
