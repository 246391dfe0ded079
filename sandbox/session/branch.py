"""Branches: a new session that shares the course of another up to a line and then goes its own way."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sandbox.content.changes import completed
from sandbox.content.library import Library
from sandbox.content.words import refusal
from sandbox.game.fold import upto
from sandbox.game.game import Game
from sandbox.record.events import DecisionMade, Event, LineSpoken
from sandbox.record.folder import SessionFolder, writable
from sandbox.record.line import DecisionTaken
from sandbox.record.log import FileLog
from sandbox.record.payloads import Branch
from sandbox.session.carried import fits, library_of
from sandbox.session.opening import begin, game_of, spec_of


def branch(
    folder: SessionFolder,
    line: str,
    library: Library,
    changes: Sequence[str] = (),
    seed: int | None = None,
    runs: Path | None = None,
) -> SessionFolder:
    """Make a new session from another, starting after one of its lines; the old one stays as it is.

    What was said, decided and felt up to the line is copied; no model call is made or counted again. Changed rules bind
    from the next turn on. If the line completes a vote, the votes are counted by the changed rules.

    Args:
        folder: the session to branch from; it may be running or finished.
        line: the last line that both share, by id.
        library: the content of a session that carries none of its own.
        changes: single rules to change, each ``path=value``, in addition to the changes of the session. Further changes
            that the body needs in order to decide are added (`sandbox.content.changes.completed`).
        seed: another random seed; None keeps it, and personas then say the same again until something differs.
        runs: the folder of sessions for the new one; None for the folder of the old one.

    Raises:
        InputError: there is no such line, a change does not fit the rules, or the content is not that of the session.
        StorageError: the new session cannot be written.
    """
    known = folder.read()
    events = upto(known, line)
    library = library_of(folder, known, library)
    if not fits(game_of(known, library, folder.events), known):
        raise refusal("refused.other_content", session=folder.id)
    start = spec_of(known[:1], folder.events)  # models that took over by then are told again by the events
    whole = completed(library.governance(start.governance), (*start.changes, *changes), len(changes))
    changes = whole[len(start.changes) :]
    last = max(place for place, event in enumerate(events) if isinstance(event, LineSpoken))
    if changes and events[last].payload["vote"]:
        events = [*events[: last + 1], *(event for event in events[last + 1 :] if event.kind != "decision")]
    rules = {"changes": whole, "seed": start.seed if seed is None else seed, "content": ""}
    game = Game(start.model_copy(update=rules), library)
    carried = {event.payload["id"] for event in events if event.kind == "direction"}
    new = SessionFolder.create(runs or folder.path.parent)
    departure: Branch = {"of": folder.id, "at": line}
    if changes:
        departure["changes"] = list(changes)
    if seed is not None:
        departure["seed"] = seed
    superseded = _superseded_before(known, line)
    if not changes and seed is None:
        superseded = [*superseded, *_voted_next(known[len(events) :])]
    if superseded:
        departure["superseded"] = superseded
    partial = new.events.with_name("events.partial")  # a log that was cut short would lack the line of its branch
    with closing(FileLog(partial)) as log:
        begin(game, log, new.id, departure)
        for event in events[1:]:
            if event.kind != "call" and (event.kind != "order" or event.payload["id"] in carried):
                log.append(event.kind, event.payload, event.stage, event.seat)
        for event in known[len(events) :]:
            if event.kind == "removal" and log.find("line", event.payload["line"]):
                log.append(event.kind, event.payload)
    with writable(new.events):
        partial.replace(new.events)
    return new


def _superseded_before(events: Sequence[Event], line: str) -> list[DecisionTaken]:
    """Return the superseded votes of a session that is itself a branch, if it left its source no later than a line."""
    departure: Branch = events[0].payload.get("branch", {})
    order = [event.payload["id"] for event in events if isinstance(event, LineSpoken)]
    before = bool(departure) and order.index(departure["at"]) <= order.index(line)
    return departure.get("superseded", []) if before else []


def _voted_next(after: Sequence[Event]) -> list[DecisionTaken]:
    """Return the decisions that a stage takes in the events after a line, if a vote comes right after it."""
    following = next((event for event in after if isinstance(event, LineSpoken)), None)
    if following is None or not following.payload["vote"]:
        return []
    taken = (event for event in after if isinstance(event, DecisionMade) and event.stage == following.stage)
    # a condition has words, which may be taken off the record
    return [{**event.payload, "condition": ""} for event in taken]
