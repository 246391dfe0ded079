"""Recorded sessions, opened, scored and counted once for all tests of a process: no log and no session changes."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from sandbox.content.library import Library
from sandbox.diffusion.campaign import result
from sandbox.diffusion.campaign.result import Result
from sandbox.game.session import Session
from sandbox.record.folder import SessionFolder
from sandbox.scoring import scorecard
from sandbox.scoring.scorecard import Scorecard
from sandbox.session import opening
from sandbox.session.carried import carried_files

__all__ = ["open_once"]

_LEAST = 50_000  # bytes of a log: what is shorter is soon read
_open, _score, _come_to = opening.open_session, scorecard.latest_scores, result.result_of
_opened: dict[tuple[tuple[Path, ...], bytes], Session] = {}
_scored: dict[int, Scorecard] = {}
_results: dict[int, Result] = {}


def _opened_once(folder: SessionFolder, library: Library) -> Session:
    """Open a session by the shipped cards, unless one with the very same log was opened before."""
    short = not folder.events.is_file() or folder.events.stat().st_size < _LEAST
    if short or len(library.roots) > 1 or carried_files(folder):
        return _open(folder, library)
    key = library.roots, sha256(folder.events.read_bytes()).digest()
    if key not in _opened:
        _opened[key] = _open(folder, library)
    return _opened[key]


def _scored_once(session: Session) -> Scorecard:
    """Score a session that was opened once, or any other one anew."""
    if not any(session is each for each in _opened.values()):
        return _score(session)
    if id(session) not in _scored:
        _scored[id(session)] = _score(session)
    return _scored[id(session)]


def _worked_out_once(session: Session) -> Result:
    """Return the result of a session that was opened once, or of any other one anew."""
    if not any(session is each for each in _opened.values()):
        return _come_to(session)
    if id(session) not in _results:
        _results[id(session)] = _come_to(session)
    return _results[id(session)]


def open_once() -> None:
    """Let whatever imports the three functions from now on have those that remember."""
    opening.open_session, scorecard.latest_scores, result.result_of = _opened_once, _scored_once, _worked_out_once
