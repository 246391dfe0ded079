"""The command that audits a simulation: is it sound, whatever its outcome?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from sandbox.cli import options
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json
from sandbox.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from sandbox.content.schemas import Lang
    from sandbox.game.session import Session
    from sandbox.record.folder import SessionFolder
    from sandbox.scoring.audit.consistency import Answer
    from sandbox.scoring.audit.finding import Audit
    from sandbox.session.runner import Models

__all__ = ["app", "audit_table"]

app = Commands()
Sessions = Annotated[
    list[str],
    Argument(
        metavar="ID...",
        help="Session ids, their beginnings, their paths, last (the one begun last), showcase or showcase_zh.",
    ),
]
AskedModel = Annotated[
    str | None, Option(help="Model that played, or embedded, to interview the personas (default: nobody is asked).")
]


@app.command()
def audit(
    sessions: Sessions,
    *,
    model: AskedModel = None,
    means: options.Means,
    places: options.Places,
    as_json: options.Json = False,
) -> None:
    """Say whether the simulation is sound: voices, dissent, facts, secrets; with --model also persona consistency."""
    from sandbox.cli.console import Console
    from sandbox.content.words import Words
    from sandbox.report.audits import as_dict
    from sandbox.scoring.audit.auditing import audit as audited
    from sandbox.scoring.audit.consistency import consistency
    from sandbox.session.choice import RULES_ONLY, choose

    opened = list({folder.path: (session, folder) for session, folder in map(places.open, sessions)}.values())
    result = audited([session for session, _ in opened])
    worded = [(session, folder) for session, folder in opened if session.spec.style != "rules"]
    if model not in (None, RULES_ONLY) and worded:
        choice = choose(means.settings, model, "none")
        for session, folder in worded:
            if session.spec.model != choice.speaker_name:
                note = f"{folder.id} was played by {session.spec.model}, and {choice.speaker_name} is asked"
                echo(f"sandbox: {note}", err=True)
        models = means.models(choice, as_json)
        result = result.having(consistency(options.awaited(models, _interviews(worded, models))))
    if as_json:
        echo_json(as_dict(result))
        return
    langs = {session.spec.lang for session, _ in opened}
    lang = langs.pop() if len(langs) == 1 else "en"
    if result.worded:
        console = Console()
        if len(opened) > 1:
            for number, (_, folder) in enumerate(opened, start=1):
                console.print(f"({number}) {folder.path}", highlight=False, markup=False, soft_wrap=True)
        console.print(audit_table(result, lang))
    else:
        echo(Words(lang)("audit.nobody", command="sandbox run --model NAME"))


def audit_table(result: Audit, lang: Lang) -> Table:
    """Return an audit as a table: measure; value, threshold and how much was counted; status and why."""
    from rich.table import Table
    from rich.text import Text

    from sandbox.content.words import Words
    from sandbox.report.audits import audit_rows

    label = Words(lang)
    title = label("audit.title", sessions=len(result.sessions), lines=result.lines, worded=result.worded)
    note = label("audit.note") + (" " + label("audit.scripted") if result.scripted else "")
    table = Table(title=title, caption=note, expand=True, show_lines=True, title_justify="left", caption_justify="left")
    table.add_column(label("audit.measure"), ratio=7, overflow="fold")
    table.add_column(label("audit.value"), no_wrap=True)
    table.add_column(label("audit.status"), ratio=6, overflow="fold")
    colours = {"green": "green", "red": "bold red", "not_measured": "dim"}
    for row in audit_rows(result, label):
        name = Text(row.name, style="bold").append(f"\n{row.definition}", style="not bold dim")
        counted = f"{label('audit.n')}{label('colon')}{row.n}"
        value = Text(row.value, style="bold").append(f"\n{row.wanted}\n{counted}", style="not bold")
        said = Text(row.said, style=colours[row.status])
        for more in (*row.beside, row.where):
            if more:
                said.append(f"\n{more}", style="not bold default")
        table.add_row(name, value, said)
    return table


async def _interviews(opened: list[tuple[Session, SessionFolder]], models: Models) -> list[Answer]:
    """Interview the personas of finished sessions; answers on record are used, and new ones are kept in the logs."""
    from sandbox.llm.usage import Meter
    from sandbox.session.context import LogRecord
    from sandbox.session.interview import interview

    answers: list[Answer] = []
    for session, folder in opened:
        if not session.finished:
            raise InputError(f"session {folder.id} is not finished; go on with: sandbox resume {folder.id}")
        with folder.log() as log:
            gateway = models.speaking(Meter(models.account), LogRecord(log))
            assert gateway is not None
            answers += await interview(session, gateway)
    return answers
