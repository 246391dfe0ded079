"""The command that audits a simulation: is it sound, whatever its outcome?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from sandbox.cli import options
from sandbox.cli.folders import Folders
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json
from sandbox.cli.translation import translated
from sandbox.errors import InputError

if TYPE_CHECKING:
    from sandbox.game.session import Session
    from sandbox.record.folder import SessionFolder
    from sandbox.scoring.audit.consistency import Answer
    from sandbox.session.runner import Models


app = Commands()


@app.command()
def audit(
    sessions: Annotated[
        list[str],
        Argument(
            metavar="ID...",
            help="Session ids, their beginnings, their paths, last (the one begun last), showcase or showcase_zh.",
        ),
    ],
    *,
    model: Annotated[
        str | None, Option(help="Model that played, or embedded, to interview the personas (default: nobody is asked).")
    ] = None,
    means: options.Means,
    places: Folders,
    as_json: options.Json = False,
) -> None:
    """Say whether the simulation is sound: voices, dissent, facts, secrets; with --model also persona consistency."""
    from sandbox.cli.blocks import show
    from sandbox.content.words import Words
    from sandbox.game.spec import with_seats
    from sandbox.report.audits import as_dict, audit_table
    from sandbox.report.document.compose import filled, note, paragraph
    from sandbox.scoring.audit.auditing import audit as audited
    from sandbox.scoring.audit.consistency import consistency
    from sandbox.session.choice import RULES_ONLY, choose

    opened = list({folder.path: (session, folder) for session, folder in map(places.open, sessions)}.values())
    result = audited([session for session, _ in opened])
    worded = [(session, folder) for session, folder in opened if session.spec.style != "rules"]
    if model not in (None, RULES_ONLY) and worded:
        choice = choose(means.settings, model, "none")
        for session, folder in worded:
            if session.spec.speakers != (choice.speaker_name,):
                other = translated(
                    "{session} was played by {model}, and {asked} is asked", session=folder.id,
                    model=with_seats(session.spec.model, session.spec.models), asked=choice.speaker_name,
                )  # fmt: skip
                echo(f"sandbox: {other}", err=True)
        models = means.models(choice, as_json)
        result = result.having(consistency(options.awaited(models, _interviews(worded, models))))
    if as_json:
        echo_json(as_dict(result))
        return
    langs = {session.spec.lang for session, _ in opened}
    lang = langs.pop() if len(langs) == 1 else "en"
    words = Words(lang)
    if result.worded:
        if len(opened) > 1:
            for number, (_, folder) in enumerate(opened, start=1):
                echo(f"({number}) {folder.path}")
        title = words("audit.title", sessions=len(result.sessions), lines=result.lines, worded=result.worded)
        scripted = note(words("audit.scripted") if result.scripted else "")
        show(paragraph(title), audit_table(result, words), note(words("audit.note")), *filled(scripted))
    else:
        echo(words("audit.nobody", command="sandbox run --model NAME"))


async def _interviews(opened: list[tuple[Session, SessionFolder]], models: Models) -> list[Answer]:
    """Interview the personas of finished sessions; recorded answers are reused, new ones go into the logs."""
    from sandbox.llm.usage import Meter
    from sandbox.session.context import LogRecord
    from sandbox.session.interview import interview

    answers: list[Answer] = []
    for session, folder in opened:
        if not session.finished:
            unfinished = "session {session} is not finished; go on with: sandbox resume {session}"
            raise InputError(translated(unfinished, session=folder.id))
        with folder.log() as log:
            gateway = models.speaking(Meter(models.account), LogRecord(log))
            assert gateway is not None
            answers += await interview(session, gateway)
    return answers
