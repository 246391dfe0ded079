"""The command that holds two sessions against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from sandbox.cli import options
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json

if TYPE_CHECKING:
    from rich.table import Table

    from sandbox.report.side_by_side import SideBySide

__all__ = ["app"]

app = Commands()


@app.command()
def compare(
    first: options.Session,
    second: Annotated[str, Argument(metavar="OTHER", help="The other session, named likewise.")],
    formats: Annotated[
        list[str] | None,
        Option(
            "--format", help="Write the whole comparison beside the second: html, md, docx; more than one with commas."
        ),
    ] = None,
    *,
    places: options.Places,
    as_json: options.Json = False,
) -> None:
    """Hold two sessions of one case against each other: rules, where they part, decisions, H and P, pulses."""
    from sandbox.cli.console import Console
    from sandbox.report.document.formats import FORMATS
    from sandbox.report.pages.comparison import comparison_page
    from sandbox.report.side_by_side import SideBySide

    forms = options.checked_formats(formats or [], FORMATS)
    (a, _), (b, folder) = places.open(first), places.open(second)
    pair = SideBySide(a, b)
    for form in forms:
        path = folder.path / f"pair-with-{a.id or 'other'}.{form}"
        folder.write(path, FORMATS[form](comparison_page(pair)))
        echo(str(path), err=as_json)
    if as_json:
        echo_json(pair.as_dict())
    elif not forms:
        words = a.game.words
        console = Console()
        console.print(_table(pair))
        console.print(f"{words('comparison.luck')} {words('caution.cities')}", style="dim", markup=False)


def _table(pair: SideBySide) -> Table:
    from rich.table import Table
    from rich.text import Text

    from sandbox.report.pages.comparison import comparison_rows

    label = pair.a.game.words
    table = Table()
    for head in ("", *(label("comparison.session", name=name) for name in ("A", "B"))):
        table.add_column(head, overflow="fold")
    table.add_row(label("session"), *(Text(session.id) for session in pair.both))
    for title, rows in comparison_rows(pair):
        if rows:
            table.add_section()
            table.add_row(Text(title, style="bold"), "", "")
        for row in rows:
            table.add_row(*map(Text, row))
    return table
