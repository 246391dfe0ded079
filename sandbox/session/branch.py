"""Branches: a new session that shares another's course up to a line, and goes its own way from there."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.library import Library
from sandbox.record.events import EventLog, read_events
from sandbox.record.folder import SessionFolder
from sandbox.session.chronicle import opening
from sandbox.session.follow import upto
from sandbox.session.runner import open_game, spec_of

__all__ = ["branch"]


def branch(
    folder: SessionFolder, line: str, library: Library, changes: Sequence[str] = (), seed: int | None = None
) -> SessionFolder:
    """Make a new session beside another, which begins after one of its lines; the old one stays as it is.

    What was said, decided and felt up to the line is taken over, and no model call is made or counted again. Rules that
    are changed bind from the next turn on.

    Args:
        folder: the session to branch from; it may be running or finished.
        line: the last line that both share, by id.
        library: the content.
        changes: single rules that are changed, each ``path=value``, beside those that the session had.
        seed: another random seed; None keeps it, and personas then say the same again until something differs.

    Raises:
        InputError: there is no such line, or a change does not fit the rules.
        StorageError: the new session cannot be written.
    """
    events = upto(read_events(folder.events), line)
    spec = spec_of(folder)
    spec = spec.model_copy(
        update={"changes": (*spec.changes, *changes), "seed": spec.seed if seed is None else seed, "content": ""}
    )
    game, templates = open_game(spec, library)
    spec = spec.model_copy(update={"content": f"{game.content_digest()}-{templates.digest()}"})
    game, _ = open_game(spec, library)
    carried = {event.payload["id"] for event in events if event.kind == "direction"}
    new = SessionFolder.create(folder.path.parent)
    log = EventLog(new.events)
    try:
        head = {**opening(game, new.id), "branch": {"of": folder.id, "at": line}}
        log.append("session", head)
        for event in events[1:]:
            if event.kind == "call" or (event.kind == "order" and event.payload["id"] not in carried):
                continue
            log.append(event.kind, event.payload, event.stage, event.seat)
    finally:
        log.close()
    return new
