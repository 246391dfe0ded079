"""An audit in words: its table, the warnings at the head of a report, and plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.content.language import LANGUAGES
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.report.document.blocks import Span, Spans, Table
from sandbox.report.document.compose import below, joined, soft, strong, table
from sandbox.report.figures import percent, short
from sandbox.report.pages.parts import tag
from sandbox.scoring.audit.finding import Audit, Evidence, Finding

_MOST = 5
# Values beside a finding that are counts and not shares.
_COUNTS = ("failed", "disclosed", "offered", "copied", "counter_offers")


def audit_table(audit: Audit, label: Words) -> Table:
    """Return the findings of an audit: measure; value, threshold and number counted; status and reason."""
    head = (label("audit.measure"), label("audit.value"), label("audit.status"))
    rows = []
    for finding in audit.findings:
        name = below((strong(label(f"audit.{finding.id}")),), label(f"audit.{finding.id}.d"))
        counted = f"{label('audit.n')}{label('colon')}{finding.n}"
        figures = below((strong(_shown(finding)),), _wanted(finding, label), counted)
        rows.append((name, figures, _status(audit, finding, label)))
    return table(label("play"), head, rows, widths=(40, 18, 42), titled=False)


def _status(audit: Audit, finding: Finding, label: Words) -> Spans:
    rows: list[Spans] = [(tag(label(f"audit.status.{finding.status}"), finding.status),)]
    rows += [(soft(label(f"audit.reason.{finding.reason}", n=finding.n)),)] if finding.reason else []
    for name, value in finding.beside.items():
        count = soft(label(f"audit.beside.{name}", value=_value("count" if name in _COUNTS else "share", value)))
        lines = _places(audit, finding.apart, label)
        rows.append((count, soft(label("colon")), *lines) if lines else (count,))
    places = _places(audit, finding.evidence, label)
    key = f"audit.against.{finding.id}"
    lead = soft(label(key if key in label else "audit.against"))
    return joined([*rows, *([(lead, *places)] if places else [])])


def _places(audit: Audit, lines: Sequence[Evidence], label: Words) -> Spans:
    """Return links to the first few lines, each with what was found in it."""
    numbers = {session: f"({number}) " for number, session in enumerate(audit.sessions, start=1)}
    places = [
        (
            soft(numbers[place.session] if len(numbers) > 1 and place.session in numbers else ""),
            Span(place.line, place.line), soft(f" {place.what}" if place.line and place.what else place.what),
        )
        for place in lines
    ]  # fmt: skip
    return first_of(label, places, soft(label("semi")))


def first_of(label: Words, places: Sequence[Spans], gap: Span) -> Spans:
    """Return the first few links with what was found there, and how many more there are."""
    more = len(places) - _MOST
    rest = (soft(label("semi") + label("audit.more", count=more)),) if more > 0 else ()
    return (*joined(places[:_MOST], gap), *rest)


def red_findings(session: Session, audited: Audit) -> list[Finding]:
    """Return the red findings of a session's audit; if people play, a stage without objections is none."""
    return [finding for finding in audited.red() if finding.id != "objections" or not session.persons]


def red_flags(red: Sequence[Finding], game: Game, label: Words) -> list[Spans]:
    """Return red findings as a session's report begins with them, each with links to its lines."""
    flags = []
    for finding in red:
        lines = tuple(dict.fromkeys(evidence.line for evidence in finding.evidence if evidence.line))
        name, value = label(f"audit.{finding.id}"), _shown(finding)
        what = label.join(list(dict.fromkeys(evidence.what for evidence in finding.evidence))[:_MOST])
        if finding.id == "invented_figures":
            value += label.paren(what)
        says = label("audit.red", name=name, value=value, wanted=_wanted(finding, label))
        if finding.id == "objections":
            deciding = {stage.name.get(game.spec.lang) for stage in game.stages if "decides" in stage.abilities}
            votes = any(evidence.what in deciding for evidence in finding.evidence)
            says = label("audit.calm" if votes else "audit.calm.unvoted", stages=what)
        where = joined(((Span(line, line),) for line in lines[:_MOST]), Span(label("list")))
        more = label("semi") + label("audit.more", count=len(lines) - _MOST) if len(lines) > _MOST else ""
        shown = (Span(" " + label("audit.where")), *where, Span(more + label("stop"))) if lines else ()
        flags.append((strong(says), *shown))
    return flags


def as_dict(audit: Audit) -> dict[str, Any]:
    """Return an audit as plain values, with each definition in both languages."""
    return {
        "sessions": list(audit.sessions),
        "lines": audit.lines,
        "worded": audit.worded,
        "scripted": audit.scripted,
        "findings": [
            {
                "id": finding.id,
                "value": finding.value,
                "n": finding.n,
                "definition": {lang: Words(lang)(f"audit.{finding.id}.d") for lang in LANGUAGES},
                "threshold": finding.measure.bound,
                "direction": "at_least" if finding.measure.at_least else "at_most",
                "unit": finding.measure.unit,
                "source": finding.measure.source,
                "status": finding.status,
                "reason": finding.reason,
                "beside": dict(finding.beside),
                "evidence": [vars(evidence) for evidence in finding.evidence],
                "apart": [vars(evidence) for evidence in finding.apart],
            }
            for finding in audit.findings
        ],
    }


def _shown(finding: Finding) -> str:
    """Return the value that was found, as text; a share does not read like its threshold unless it is equal."""
    return _value(finding.measure.unit, finding.value, finding.measure.bound)


def _value(unit: str, value: float | None, against: float | None = None) -> str:
    return short(value) if unit == "count" and value is not None else percent(value, against)


def _wanted(finding: Finding, label: Words) -> str:
    key = "audit.at_least" if finding.measure.at_least else "audit.at_most"
    return label(key, bound=_value(finding.measure.unit, finding.measure.bound))
