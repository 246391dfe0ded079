"""The results of a session: its scorecard, and the files that are written when it has come to its end."""

from __future__ import annotations

import json
from dataclasses import replace

from sandbox.game.game import Game
from sandbox.record.events import read_events
from sandbox.record.folder import SessionFolder
from sandbox.report.page import report_html
from sandbox.report.transcript import transcript_markdown
from sandbox.scoring.null_model import baseline
from sandbox.scoring.scorecard import Scorecard, latest_scores
from sandbox.scoring.standing import standings_of
from sandbox.session.runner import read_record

__all__ = ["card_of", "write_results"]


def card_of(game: Game, folder: SessionFolder) -> Scorecard:
    """Return the scorecard of a session as its log has it, with how its judges stand by now.

    Raises:
        InputError: the log, or a stored calibration of a judge, is damaged.
    """
    card = latest_scores(game.played(*read_record(folder)), read_events(folder.events))
    standings = standings_of(folder.path.parent, card.scores, game.rubric, game.spec.lang)
    return replace(card, baseline=baseline(game), standings=standings)


def write_results(game: Game, folder: SessionFolder) -> Scorecard:
    """Write transcript, scores and report of a session.

    Raises:
        StorageError: one of them cannot be written; the log is complete all the same.
    """
    events = read_events(folder.events)
    card = card_of(game, folder)
    folder.write(folder.transcript, transcript_markdown(game, events))
    folder.write(folder.scores, json.dumps(card.as_dict(), ensure_ascii=False, indent=1) + "\n")
    folder.write(folder.report, report_html(game, events, card))
    return card
