"""The command that writes a debrief."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from sandbox.cli import options
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo

__all__ = ["app"]

app = Commands()


@app.command()
def debrief(
    session: options.Session,
    *,
    seat: Annotated[
        list[str] | None, Option(help="The seat that reads it (default: the facilitator); may be given more than once.")
    ] = None,
    formats: Annotated[
        list[str] | None, Option("--format", help="html (default), md, docx; with commas between, or more than once.")
    ] = None,
    places: options.Places,
) -> None:
    """Write the debrief of a session, finished or not, for the facilitator or for a seat."""
    from sandbox.report.document.formats import FORMATS
    from sandbox.report.pages.debrief import make_debrief
    from sandbox.report.results import card_of

    forms = options.checked_formats(formats or ["html"], FORMATS)
    opened, folder = places.open(session)
    options.check("--seat", "seat", seat or (), opened.game.positions)
    card = card_of(opened, folder.path.parent)
    readers: list[str | None] = list(seat) if seat else [None]
    for reader in dict.fromkeys(readers):
        document = make_debrief(opened, card, reader)
        for form in forms:
            path = folder.path / f"debrief{f'-{reader}' if reader else ''}.{form}"
            folder.write(path, FORMATS[form](document))
            echo(str(path))
