"""The command that writes sessions as tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

from typer import Argument, Option

from sandbox.cli import options, values
from sandbox.cli.groups import Commands
from sandbox.cli.printing import echo, echo_json
from sandbox.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.experiment.sheets import Form
    from sandbox.game.session import Session


app = Commands()


@app.command()
def export(
    sessions: Annotated[
        list[str],
        Argument(
            metavar="ID...",
            help="Sessions, each by id, its beginning, path, last or showcase; or a campaign, for all of its sessions.",
        ),
    ],
    to: Annotated[Path, Option(metavar="DIR", help="Folder of the tables; files in it are replaced.")],
    formats: Annotated[
        list[str] | None,
        Option("--format", help="csv, parquet; with commas between, or more than once (default: csv)."),
    ] = None,
    lang: Annotated[
        options.Lang, options.language("Language of the codebook: en, or zh, which is named codebook.zh.md.")
    ] = options.LANG,
    *,
    places: options.Places,
    as_json: options.Json = False,
) -> None:
    """Write sessions as tables: a row a session, seat, line, decision, vote, promise, pulse, score and event."""
    from sandbox.experiment.session_tables import export_sessions
    from sandbox.experiment.sheets import FORMATS

    forms = values.checked_formats(formats or ["csv"], FORMATS)
    known = {name: (session, name, place) for each in sessions for session, name, place in _opened(places, each)}
    paths = export_sessions(list(known.values()), to, [cast("Form", form) for form in forms], lang)
    if as_json:
        echo_json({"paths": [str(path) for path in paths], "sessions": len(known)})
        return
    for path in paths:
        echo(str(path))


def _opened(places: options.Places, ref: str) -> Iterator[tuple[Session, str, Mapping[str, Any]]]:
    """Yield a session, or those of a campaign with the round and community of each, as far as they have begun."""
    from sandbox.session.opening import open_session

    try:
        folder = places.find(ref)
    except InputError:
        campaign = places.campaign_at(ref)
        if campaign is None:
            _check_no_experiment(places, ref)
            raise
        for event in campaign.read():
            own = campaign.session(event.payload["session"]) if event.kind == "start" else None
            if own is not None and own.has_begun:
                place = {"campaign": campaign.id, "round": event.round, "community": event.community}
                yield open_session(own, places.library), f"{campaign.id}/{own.id}", place
    else:
        yield places.open(ref)[0], folder.id, {}


def _check_no_experiment(places: options.Places, ref: str) -> None:
    """Refuse an experiment where sessions are asked for, and say which command exports it."""
    from sandbox.content.files import is_file_name
    from sandbox.content.words import refusal
    from sandbox.experiment.store import store_path

    played = is_file_name(ref) and store_path(places.runs, ref).is_file()
    if played or ref in places.library.cards["experiment"]:
        raise refusal("experiment.no_session", experiment=ref, command=f"sandbox experiment export {ref} DIR")
