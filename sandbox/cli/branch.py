"""The command that branches a session."""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox.cli import options
from sandbox.cli.printing import echo

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("branch")(branch)


def branch(
    session: options.Session,
    at: Annotated[str, typer.Option("--at", help="The last line that both sessions share, for example L012.")],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change one rule from there on, for example: aggregation.veto=[] (more than once)."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="Another random seed (default: the same; personas then take another course only "
                     "where a rule or a person makes a difference).", min=0),
    ] = None,
    content: options.Content = None,
    out: options.Out = None,
) -> None:  # fmt: skip
    """Make a new session that shares another's course up to a line; the old one stays as it is."""
    from sandbox.content.library import Library
    from sandbox.record.folder import SessionFolder
    from sandbox.session.branch import branch as branched

    settings = options.settings_with(None)
    folder = SessionFolder.find(out or settings.runs, session)
    new = branched(folder, at, Library.load(content), tuple(changes or ()), seed)
    echo(str(new.path))
    given = [f" --{name} {value}" for name, value in (("content", content), ("out", out)) if value]
    echo(f"go on with: sandbox resume {new.id}{''.join(given)}")
