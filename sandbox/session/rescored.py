"""A session scored by another rubric: a copy with the same course, so that both scores can be read and compared."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from shutil import rmtree
from typing import Any

from sandbox.content.files import write_whole
from sandbox.content.library import Library
from sandbox.content.templates import FOLDER as TEMPLATES
from sandbox.content.words import refusal
from sandbox.errors import UnknownError
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.record.folder import SessionFolder, make_private, writable
from sandbox.record.log import FileLog
from sandbox.record.payloads import Branch
from sandbox.scoring.judge import TEMPLATES as JUDGES_TEMPLATES
from sandbox.session.carried import carried_files, carry, library_of
from sandbox.session.opening import game_of


def by_rubric(folder: SessionFolder, rubric: str, library: Library, runs: Path | None = None) -> SessionFolder:
    """Make a copy of a finished session whose scores are those of another rubric; the session stays as it is.

    Its course is taken over whole, with the calls on record, so that nothing is played again and `sandbox.session.sent`
    can still tell what was sent. One that was made before by the same rubric and judge's templates is returned again.
    Scores are left out: `rescore` gives those of the rubric, and asks a judge only what
    was not asked before in the same words. Rubric and the judge's templates are those of the content at hand, where it
    has them; all other cards are those of the session.

    Args:
        folder: the session.
        rubric: the rubric, by id.
        library: the content at hand; of what it overlays, only rubric and the judge's templates are taken.
        runs: the folder of sessions that the copy goes to; None for the one in which the session lies.

    Raises:
        InputError: nobody has spoken in the session, it is not finished, or there is no such rubric.
        StorageError: the copy cannot be written.
    """
    events = folder.read()
    own = library_of(folder, events, library)
    session = Session.of(game_of(events, own, folder.events), events)
    if not session.lines:
        raise refusal("refused.unspoken", session=session.id)
    if not session.finished:
        raise refusal("refused.unfinished", session=session.id)
    if rubric not in (known := {**own.cards["rubric"], **library.cards["rubric"]}):
        raise UnknownError("rubric", rubric, known)
    new = SessionFolder.create(runs or folder.path.parent)
    carry(session.game, new)
    for place, data in _of_judges(library, rubric, session.spec.lang).items():
        with writable(new.path):
            make_private((new.content / place).parent)
        write_whole(new.content / place, data, 0o600)
    spec = session.spec.model_copy(update={"rubric": rubric, "content": ""})
    game = Game(spec, library_of(new, events, own))
    departure: Branch = {"of": folder.id, "at": session.lines[-1]["id"], "rubric": rubric}
    opened: dict[str, Any] = {"session": new.id, "spec": {**events[0].payload["spec"], "rubric": rubric}}
    opened["spec"]["content"] = game.content_digest
    for earlier in SessionFolder.all(new.path.parent):
        begun = earlier.head().get("payload")
        if isinstance(begun, dict) and (begun.get("branch"), begun.get("spec")) == (departure, opened["spec"]):
            rmtree(new.path)
            return earlier
    partial = new.events.with_name("events.partial")
    with closing(FileLog(partial)) as log:
        log.append("session", {**events[0].payload, **opened, "branch": departure})
        for event in events[1:]:
            if event.kind != "score":
                log.append(event.kind, event.payload, event.stage, event.seat)
    with writable(new.events):
        partial.replace(new.events)
    return new


def judged_otherwise(folder: SessionFolder, session: Session, library: Library) -> bool:
    """Return whether the content at hand has another rubric, or other words for a judge, than a session carries.

    A session that carries nothing is read with the content at hand.
    """
    own = {file.relative_to(folder.content): file.read_bytes() for file in carried_files(folder)}
    judging = _of_judges(library, session.spec.rubric, session.spec.lang)
    return bool(own) and any(own.get(place) != data for place, data in judging.items())


def _of_judges(library: Library, rubric: str, lang: str) -> dict[Path, bytes]:
    """Return the files by which the content at hand has a session judged: by their place in its folder."""
    files: dict[Path, bytes] = {}
    for root in library.roots[1:]:
        judging = [root / TEMPLATES / lang / f"{name}.md" for name in JUDGES_TEMPLATES]
        if (card := library.files.get(("rubric", rubric))) and card.is_relative_to(root):
            judging.append(card)
        files |= {path.relative_to(root): path.read_bytes() for path in judging if path.is_file()}
    return files
