"""Audits of played sessions, from their games and logs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sandbox.game.fold import line_of
from sandbox.game.game import Game
from sandbox.record.events import Event
from sandbox.record.line import DecisionTaken, Line
from sandbox.scoring.audit.auditing import audit_of
from sandbox.scoring.audit.finding import Audit, Finding
from sandbox.scoring.audit.material import Audited

__all__ = ["audit", "audited", "red_findings"]


def audit(sessions: Sequence[tuple[Game, Sequence[Event]]]) -> Audit:
    """Return the audit of some sessions together, each given by its game and log; no model is asked.

    Consistency comes from `sandbox.session.interview.interview`, and is put in with `Audit.having`.
    """
    return audit_of([audited(game, events) for game, events in sessions])


def audited(game: Game, events: Sequence[Event]) -> Audited:
    """Return a session as an audit sees it."""
    lines: list[Line] = []
    decisions: list[DecisionTaken] = []
    whispers: list[tuple[int, str, str]] = []
    news: list[str] = []
    session = ""
    for event in events:
        payload = event.payload
        if event.kind == "session":
            session = str(payload.get("session", ""))
        elif event.kind == "line":
            lines.append(line_of(event))
        elif event.kind == "decision":
            decisions.append(cast(DecisionTaken, payload))
        elif event.kind == "inject":
            news.append(payload["text"])
        elif event.kind == "order" and payload["kind"] == "whisper":
            whispers.append((len(lines), payload["seat"], payload["text"]))
    played = game.played(lines, decisions)
    return Audited(session, played, game.spec.style == "directed", tuple(whispers), tuple(news))


def red_findings(audit: Audit) -> list[Finding]:
    """Return the findings that miss their threshold, for the report."""
    return audit.red()
