"""Commands after a session: score, report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option

from sandbox.cli import options
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json

if TYPE_CHECKING:
    from collections.abc import Collection

    from sandbox.cli.console import Console
    from sandbox.game.session import Session
    from sandbox.record.folder import SessionFolder

__all__ = ["app", "show_results"]

app = Commands()
_TRANSCRIPT = "transcript"


@app.command()
def score(
    session: options.Session,
    *,
    judge_model: options.JudgeModel = None,
    judge_samples: options.JudgeSamples = 1,
    means: options.Means,
    places: options.Places,
    as_json: options.Json = False,
) -> None:
    """Score a session (again): rules count, and the judge that is set judges; answers on record are used."""
    from sandbox.cli.console import Console
    from sandbox.cli.terminal import scorecard_table
    from sandbox.report.results import write_results
    from sandbox.session.choice import NO_JUDGE, choose_judges
    from sandbox.session.rescore import rescore

    opened, folder = places.open(session)
    choice = choose_judges(means.settings, judge_model)  # the judge alone is called, so it is chosen like a player
    if choice.judge != NO_JUDGE:
        models = means.models(choice, as_json, judge_samples)
        with folder.log() as log:
            opened = options.awaited(models, rescore(opened, log, models))
    card = write_results(opened, folder)
    if as_json:
        echo_json(card.as_dict())
    else:
        Console().print(scorecard_table(opened.game, card))


@app.command()
def report(
    session: options.Session,
    *,
    formats: Annotated[
        list[str] | None,
        Option(
            "--format",
            help="html, md, docx: the report; transcript: transcript.md; with commas between, or more than once "
            "(default: html,transcript).",
        ),
    ] = None,
    places: options.Places,
) -> None:
    """Write the report and transcript of a session (again), finished or not; docx needs the web extra."""
    from sandbox.report.document.formats import FORMATS
    from sandbox.report.pages.session import session_report
    from sandbox.report.results import card_of
    from sandbox.report.transcript import transcript_markdown

    forms = options.checked_formats(formats or ["html", _TRANSCRIPT], (*FORMATS, _TRANSCRIPT))
    opened, folder = places.open(session)
    if set(forms) & FORMATS.keys():
        document = session_report(opened, card_of(opened, folder.path.parent, null=True))
    for form in forms:
        path = folder.transcript if form == _TRANSCRIPT else folder.report.with_suffix(f".{form}")
        folder.write(path, transcript_markdown(opened) if form == _TRANSCRIPT else FORMATS[form](document))
        echo(str(path))


def show_results(session: Session, folder: SessionFolder, as_json: bool, console: Console) -> None:
    """Write the results of a session and show them: scorecard, tokens, and where the report is.

    People who had seats in the end see the judge's evidence from the lines that one of them heard.
    """
    from sandbox.cli.terminal import scorecard_table
    from sandbox.llm.usage import Meter, Usage
    from sandbox.record.events import CallMade
    from sandbox.report.results import write_results

    card = write_results(session, folder)
    meter = Meter()
    for event in session.events:
        if isinstance(event, CallMade):
            meter.add(event.seat, event.stage, Usage(**event.payload["usage"]))
    usage = meter.total
    if as_json:
        echo_json({
            "session": folder.id, "path": str(folder.path), "lines": len(session.lines),
            "decisions": session.decisions, "usage": usage.as_dict(), "usage_by": [
                {"seat": seat, "stage": stage, **used.as_dict()} for (seat, stage), used in meter.by_purpose.items()
            ], **card.as_dict(),
        })  # fmt: skip
        return
    console.print(scorecard_table(session.game, card, _heard(session)))
    spent = session.game.words(
        "usage.spent", calls=usage.calls, prompt=usage.prompt, cached=usage.cached, completion=usage.completion
    )
    console.print(spent, style="dim")
    echo(str(folder.report))


def _heard(session: Session) -> Collection[str] | None:
    """Return the lines that the people who have seats heard; None where they heard all, or nobody has one."""
    seats = set(session.state["desk"]["persons"])
    heard = {line["id"] for line in session.lines if not seats.isdisjoint(line["visible_to"])}
    return heard if seats and len(heard) < len(session.lines) else None
