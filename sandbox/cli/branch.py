"""The command that branches a session."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

from typer import Option

from sandbox.cli import options
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo

if TYPE_CHECKING:
    from sandbox.record.folder import SessionFolder

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
    from sandbox.session.opening import spec_of

    folder = places.find(session)
    with places.content_of("session"):
        new = branched(folder, at, places.library, tuple(changes or ()), seed, places.runs)
    echo(str(new.path))
    brought = spec_of(new.read()[:1]).changes[len(spec_of(folder.read()[:1]).changes) + len(changes or ()) :]
    if brought:
        echo(f"so that the body can still decide, this came along: {'; '.join(brought)}")
    named = [("--content", places.content), ("--out", places.out), ("--model", _other_model(new))]
    again = ["sandbox", "resume", new.id, *(str(word) for name, path in named if path for word in (name, path))]
    echo(f"go on with: {shlex.join(again)}")


def _other_model(folder: SessionFolder) -> str | None:
    """Return the model with which a session can go on here, where that is not the one that it has."""
    from sandbox.session.choice import EMBEDDED, choose
    from sandbox.session.opening import spec_of
    from sandbox.settings import Settings

    spec, settings = spec_of(folder.read()), Settings.from_environment()
    own = choose(settings, EMBEDDED, "none").speaker_name
    if spec.style == "rules" or spec.by_cards or spec.model in (own, settings.model):
        return None
    nothing_set_up = settings.base_url is None and settings.api_key is None
    return settings.model or (EMBEDDED if nothing_set_up else None)
