"""The command that branches a session."""

from __future__ import annotations

import shlex
from typing import Annotated

from typer import Option

from sandbox.cli import options
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo

__all__ = ["app"]

app = Commands()


@app.command()
def branch(
    session: options.Session,
    *,
    at: Annotated[str, Option(help="The last line that both sessions share, for example L012.")],
    changes: Annotated[
        list[str] | None,
        Option("--set", help="Change one rule from there on, for example: aggregation.veto=[] (more than once).")
    ] = None,
    seed: Annotated[
        int | None,
        Option(help="Another random seed (default: the same; personas then take another course only "
                     "where a rule or a person makes a difference).", min=0)
    ] = None,
    places: options.Places,
) -> None:  # fmt: skip
    """Make a new session that shares another's course up to a line; the old one stays as it is."""
    from sandbox.session.branch import branch as branched

    new = branched(places.find(session), at, places.library, tuple(changes or ()), seed, places.runs)
    echo(str(new.path))
    named = [("--content", places.content), ("--out", places.out)]
    again = ["sandbox", "resume", new.id, *(str(word) for name, path in named if path for word in (name, path))]
    echo(f"go on with: {shlex.join(again)}")
