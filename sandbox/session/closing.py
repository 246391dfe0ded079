"""The end of a session, which is assessed and scored; a played session can be scored again by another rubric."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

from sandbox.content.files import write_whole
from sandbox.content.library import Library
from sandbox.content.templates import FOLDER as TEMPLATES
from sandbox.content.words import refusal
from sandbox.errors import UnknownError
from sandbox.game import chronicle
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.state import State
from sandbox.llm.usage import Meter, Usage
from sandbox.record.folder import SessionFolder, make_private, writable
from sandbox.record.log import FileLog, Log
from sandbox.record.payloads import Branch
from sandbox.scoring.assessment import assess
from sandbox.scoring.judge import TEMPLATES as JUDGES_TEMPLATES
from sandbox.scoring.scorecard import score_session
from sandbox.session.carried import carried_files, carry, library_of
from sandbox.session.context import LogRecord, SessionContext
from sandbox.session.opening import game_of

if TYPE_CHECKING:
    from sandbox.session.runner import Models


async def closed(context: SessionContext, state: State) -> None:
    """Assess the session from above and from the side, score it, and mark it as finished.

    Code takes the measures and the judge rates the criteria. Scores from before a stop are kept, and a panel that was
    stopped on a criterion gives only the missing votes. If the session names judges but none is available, judging is
    left for later and no score is written.

    Raises:
        EndpointError: the judge's endpoint failed.
        BudgetReachedError: the budget is used up.
    """
    for assessment in assess(Session(context.game, state)):
        context.log.append("assessment", {"id": assessment.side, **assessment.on_paper.as_dict()}, "", "")
    await _judged(context, state)
    chronicle.closed(state, context.log.append)


async def _judged(context: SessionContext, state: State) -> None:
    if context.panel is None and context.game.spec.judge_model is not None:
        return
    votes = [event.payload for event in context.log.of("score")]
    panel = context.panel.id if context.panel else None
    given = {(vote["criterion"], vote["judge"], vote["sample"]) for vote in votes if vote.get("panel") == panel}
    by_others = {vote["criterion"] for vote in votes if vote.get("panel") != panel}
    left = [criterion for criterion in context.game.rubric.criteria if criterion.id not in by_others]
    await score_session(Session(context.game, state), left, context.panel, context.log, context.watch.on_wait, given)


async def rescore(session: Session, log: Log, models: Models) -> Session:
    """Score a session and write the scores to its log; calls of a judge that are on record are not repeated.

    Raises:
        InputError: the session has no lines, or is not finished.
        EndpointError: the judge's endpoint failed.
        BudgetReachedError: the budget is used up.
    """
    _check_over(session)
    meter = Meter(models.account)
    for event in log.of("call"):
        meter.recall(event.seat, event.stage, Usage(**event.payload["usage"]), event.payload["model"])
    await score_session(session, session.game.rubric.criteria, models.panel(meter, LogRecord(log)), log)
    return Session(session.game, session.state, tuple(log))


def _check_over(session: Session) -> None:
    if not session.lines:
        raise refusal("refused.unspoken", session=session.id)
    if not session.finished:
        raise refusal("refused.unfinished", session=session.id)


def by_rubric(folder: SessionFolder, rubric: str, library: Library, runs: Path | None = None) -> SessionFolder:
    """Return a copy of a finished session that is to be scored by another rubric; the session stays as it is.

    The copy has the whole course and all calls on record, so nothing is played again and `sandbox.session.sent` still
    works. If a copy with the same rubric and judge's templates exists, it is returned. Scores are left out; `rescore`
    gives them and calls a judge only for questions that are not on record in the same words. Rubric and judge's
    templates come from the content at hand if it has them, all other cards from the session.

    The copy goes to the folder ``runs``; None for the folder of the session.

    Raises:
        InputError: the session has no lines or is not finished, or there is no such rubric.
        StorageError: the copy cannot be written.
    """
    events = folder.read()
    own = library_of(folder, events, library)
    session = Session.of(game_of(events, own, folder.events), events)
    _check_over(session)
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
    """Return whether the content at hand has another rubric or other words for a judge than a session carries.

    It is false for a session that carries nothing, which is read with the content at hand.
    """
    own = {file.relative_to(folder.content): file.read_bytes() for file in carried_files(folder)}
    judging = _of_judges(library, session.spec.rubric, session.spec.lang)
    return bool(own) and any(own.get(place) != data for place, data in judging.items())


def _of_judges(library: Library, rubric: str, lang: str) -> dict[Path, bytes]:
    """Return the rubric and judge's templates of the content at hand, by their place in a session's folder."""
    files: dict[Path, bytes] = {}
    for root in library.roots[1:]:
        judging = [root / TEMPLATES / lang / f"{name}.md" for name in JUDGES_TEMPLATES]
        if (card := library.files.get(("rubric", rubric))) and card.is_relative_to(root):
            judging.append(card)
        files |= {path.relative_to(root): path.read_bytes() for path in judging if path.is_file()}
    return files
