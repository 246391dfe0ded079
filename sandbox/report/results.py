"""The results of a session: its scorecard, and the files that are written when it has ended."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from sandbox.game.session import Session
from sandbox.record.folder import SessionFolder
from sandbox.report.document.html import to_html
from sandbox.report.pages.session import session_report, transcript_markdown
from sandbox.scoring.null_model import baseline
from sandbox.scoring.scorecard import Scorecard, latest_scores, standings_in


def card_of(session: Session, runs: Path, *, null: bool = False) -> Scorecard:
    """Return the scorecard that a session's log holds, with how far its judges are known to be reliable today.

    The folder of sessions holds the calibrations of judges. With ``null`` the null model is played as well, for a page
    that shows what the rules alone bring about.

    Raises:
        InputError: a stored calibration of a judge is damaged.
    """
    card = latest_scores(session)
    return replace(card, standings=standings_in(session, runs), baseline=baseline(session.game, runs) if null else {})


def write_results(session: Session, folder: SessionFolder, runs: Path | None = None) -> Scorecard:
    """Write transcript, scores and report of a session, finished or not; the report compares it with the null model.

    ``runs`` is the folder of sessions; without it, the folder that holds the session's own folder.

    Raises:
        StorageError: a file cannot be written; the log is complete all the same.
    """
    card = card_of(session, runs or folder.path.parent, null=True)
    folder.write(folder.transcript, transcript_markdown(session))
    folder.write(folder.scores, json.dumps(card.as_dict(), ensure_ascii=False, indent=1) + "\n")
    folder.write(folder.report, to_html(session_report(session, card)))
    return card
