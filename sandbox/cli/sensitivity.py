"""The command ``sandbox experiment sensitivity``: which single rule moves which outcome before anybody speaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from sandbox.cli import options, values
from sandbox.cli.going_on import as_options
from sandbox.cli.printing import echo, echo_json
from sandbox.cli.translation import translated
from sandbox.errors import InputError, InterruptedSessionError

if TYPE_CHECKING:
    from sandbox.content.library import Library
    from sandbox.experiment.analysis.sensitivity import Sensitivity
    from sandbox.experiment.planning.crossed import CrossedRules


_OUTCOMES = (
    "decided", "questions_settled", "hierarchical", "horizontal", "turn_share_residents", "turn_share_officials",
    "speakers_evenness", "promises_beyond_remit", "plan_sections_own", "trust_change", "conviction_change",
    "burden_change",
)  # fmt: skip
_LEAST = 12  # sessions of each combination of rules
_PRINTED = ("models", "ranks")


def sensitivity(
    *,
    governance: Annotated[
        str, Option(help="Governance models whose rules are crossed, with commas between (default: all of a case).")
    ] = "",
    cases: Annotated[
        str, Option("--scenario", help="Cases, with commas between (default: all that suit these models).")
    ] = "",
    outcomes: Annotated[
        str, Option(help="Outcomes, with commas between; all: every one that needs no words (default: twelve).")
    ] = "",
    sessions: Annotated[
        int, Option(min=1, help="Sessions that may be played; half of them screen all rules.")
    ] = 20_000,
    seed: Annotated[int, Option(min=0, help="Random seed.")] = 1,
    to: Annotated[
        Path | None, Option(metavar="DIR", help="Folder for a report with figures, and for the figures as a table.")
    ] = None,
    formats: Annotated[
        list[str] | None,
        Option("--format", help="html, md, docx, with --to; with commas between, or more than once (default: html)."),
    ] = None,
    charts: Annotated[bool, Option("--charts", help="With --to, also write each figure as SVG and PNG.")] = False,
    lang: Annotated[options.Lang, options.language("Language of the report: en or zh.")] = options.LANG,
    content: options.Content = None,
    as_json: options.Json = False,
) -> None:
    """Say how governance models differ by their rules alone, before anybody speaks, and which single rule does it."""
    from sandbox.cli.blocks import show_sections
    from sandbox.cli.report_files import echo_report, write_report
    from sandbox.content.library import Library
    from sandbox.experiment.analysis.sensitivity import screening_size
    from sandbox.experiment.export.sheets import csv_text
    from sandbox.experiment.planning.crossed import COUNTED, CrossedRules
    from sandbox.report.pages.sensitivity import sensitivity_report

    forms = values.forms(formats)
    if to is None and (formats or charts):
        raise InputError(translated("--format and --charts say how a report is written; say where with --to DIR"))
    wanted = list(COUNTED) if outcomes == "all" else list(dict.fromkeys(values.parts(outcomes))) or list(_OUTCOMES)
    values.check("--outcomes", "outcome", wanted, COUNTED)
    library = Library.load(content)
    models, played = _compared(library, values.parts(governance), values.parts(cases))
    seeds = max(1, round(_LEAST / len(played)))
    crossing = CrossedRules(models, played, content, seeds, seed)
    screening_size(crossing, sessions)
    try:
        result = _watched(crossing, wanted, sessions)
    except KeyboardInterrupt as error:
        raise InterruptedSessionError(translated("interrupted; nothing was written")) from error
    again = as_options({
        "--governance": ",".join(models), "--scenario": ",".join(played), "--outcomes": ",".join(wanted),
        "--sessions": sessions, "--seed": seed,
    })  # fmt: skip
    report = sensitivity_report(result, library, lang, f"sandbox experiment sensitivity{again}")
    if as_json:
        echo_json(asdict(result))
    else:
        show_sections(section for section in report.sections if section.anchor in _PRINTED)
        echo(report.footer)
    if to is not None:
        rows = list(result.rows())
        tables = {"sensitivity.csv": csv_text(rows[0] if rows else (), rows)}
        echo_report(write_report(report, to, forms, tables, charts=charts), err=as_json)


def _compared(library: Library, models: list[str], cases: list[str]) -> tuple[list[str], list[str]]:
    """Return the governance models and the cases: the named ones, or those that suit each other."""
    models = list(dict.fromkeys(library.id_of("governance", each) for each in models))
    cases = list(dict.fromkeys(library.id_of("scenario", each) for each in cases))
    for case in cases:
        library.scenario(case)
    for model in models:
        library.governance(model)
    models = models or list(library.scenario(cases[0] if cases else min(library.cards["scenario"])).governance)
    if len(models) < 2:
        why = translated("name two models at least; rules are changed between the values that models have")
        raise InputError(f"--governance: {why}")
    cases = cases or [case for case in library.cards["scenario"] if {*models} <= {*library.scenario(case).governance}]
    if not cases:
        unsuited = "no case suits all of {models}; name fewer models, or cases (--scenario)"
        why = translated(unsuited, models=", ".join(models))
        raise InputError(f"--governance: {why}")
    return models, cases


def _watched(crossing: CrossedRules, outcomes: Sequence[str], sessions: int) -> Sensitivity:
    from rich.progress import MofNCompleteColumn, TimeRemainingColumn

    from sandbox.cli.progress import bar
    from sandbox.experiment.analysis.sensitivity import measure
    from sandbox.experiment.playing.run import cores

    line = bar(False, MofNCompleteColumn(), TimeRemainingColumn())
    task = line.add_task("", total=sessions)
    heads = {
        "morris": translated("screening {count} rules", count=len(crossing.space.rules)),
        "sobol": translated("shares of the strongest rules"),
    }

    def on_step(step: str, number: int) -> None:
        said = translated("{step}: {count} sessions", step=heads[step], count=f"{number:,}")
        line.console.print(said, style="dim", highlight=False)
        line.reset(task, total=number, description=heads[step])

    with line:
        return measure(
            crossing, outcomes, sessions, cores=cores(), on_step=on_step,
            on_sessions=lambda number: line.advance(task, number),
        )  # fmt: skip
