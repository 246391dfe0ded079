"""The command that writes a debrief."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from sandbox.cli import options
from sandbox.cli.printing import echo
from sandbox.errors import InputError, unknown

__all__ = ["register"]

_FORMATS = ("html", "md", "docx")


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
    from sandbox.report.debrief import Debrief, debrief_docx, debrief_html, debrief_markdown, make_debrief
    from sandbox.report.results import card_of

    wanted = [part.strip() for one in formats or ["html"] for part in one.split(",") if part.strip()]
    for one in wanted:
        if one not in _FORMATS:
            raise InputError(f"--format: {unknown('format', one, _FORMATS)}")
    opened, folder = open_session(session, content, out)
    for one in seat or ():
        if one not in opened.game.positions:
            raise InputError(f"--seat: {unknown('seat', one, opened.game.positions)}")
    card = card_of(opened, folder.path.parent)
    render: dict[str, Callable[[Debrief], str | bytes]] = {
        "html": debrief_html,
        "md": debrief_markdown,
        "docx": debrief_docx,
    }
    readers: list[str | None] = list(seat) if seat else [None]
    for reader in dict.fromkeys(readers):
        made = make_debrief(opened, card, reader)
        for one in dict.fromkeys(wanted):
            path = folder.path / f"debrief{f'-{reader}' if reader else ''}.{one}"
            folder.write(path, render[one](made))
            echo(str(path))
