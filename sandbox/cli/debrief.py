"""The command that writes a debrief."""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox.cli import options
from sandbox.cli.printing import echo
from sandbox.errors import InputError, unknown

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("debrief")(debrief)


def debrief(
    session: options.Session,
    seat: Annotated[
        list[str] | None,
        typer.Option("--seat", help="The seat that reads it (default: the facilitator); may be given more than once."),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="html (default), md, docx; with commas between, or more than once."),
    ] = None,
    content: options.Content = None,
    out: options.Out = None,
) -> None:
    """Write the debrief of a session, finished or not, for the facilitator or for a seat."""
    from sandbox.cli.results import open_session
    from sandbox.report.document.formats import FORMATS
    from sandbox.report.pages.debrief import make_debrief
    from sandbox.report.results import card_of

    wanted = options.formats_of(formats or ["html"], tuple(FORMATS))
    opened, folder = open_session(session, content, out)
    for one in seat or ():
        if one not in opened.game.positions:
            raise InputError(f"--seat: {unknown('seat', one, opened.game.positions)}")
    card = card_of(opened, folder.path.parent)
    readers: list[str | None] = list(seat) if seat else [None]
    for reader in dict.fromkeys(readers):
        made = make_debrief(opened, card, reader)
        for form in wanted:
            path = folder.path / f"debrief{f'-{reader}' if reader else ''}.{form}"
            folder.write(path, FORMATS[form](made))
            echo(str(path))
