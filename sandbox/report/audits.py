"""An audit in words: rows for the terminal, what the report's first screen names, and plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.content.cards import LANGUAGES
from sandbox.content.words import Words
from sandbox.scoring.audit.finding import Audit, Finding

__all__ = ["AuditRow", "RedFlag", "as_dict", "audit_rows", "red_flags", "shown_value", "wanted"]

_MOST = 5
# Values beside a finding that are counts and not shares.
_COUNTS = ("failed", "disclosed", "offered", "copied", "counter_offers")


@dataclass(frozen=True)
class AuditRow:
    """A finding in words; ``status`` is its id, ``said`` the status or why it was not measured.

    Where several sessions are audited, ``where`` names each by its number among them.
    """

    name: str
    value: str
    wanted: str
    n: str
    status: str
    said: str
    definition: str
    beside: tuple[str, ...]
    where: str


@dataclass(frozen=True)
class RedFlag:
    """A red finding as the report's first screen names it: the sentence, line ids, and how many more there are."""

    id: str
    says: str
    lines: tuple[str, ...]
    more: int


def audit_rows(audit: Audit, label: Words) -> list[AuditRow]:
    """Return the findings of an audit in words, one row each."""
    return [_row(audit, finding, label) for finding in audit.findings]


def red_flags(red: Sequence[Finding], label: Words) -> list[RedFlag]:
    """Return red findings as the first screen of a session's report names them, each with its lines."""
    flags = []
    for finding in red:
        lines = tuple(dict.fromkeys(evidence.line for evidence in finding.evidence if evidence.line))
        name, value = label(f"audit.{finding.id}"), shown_value(finding.unit, finding.value)
        what = label.join(list(dict.fromkeys(evidence.what for evidence in finding.evidence))[:_MOST])
        if finding.id == "invented_figures":
            value += label.paren(what)
        says = label("audit.red", name=name, value=value, wanted=wanted(finding, label))
        if finding.id == "objections":
            says = label("audit.calm", stages=what)
        flags.append(RedFlag(finding.id, says, lines[:_MOST], len(lines[_MOST:])))
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
                "threshold": finding.bound,
                "direction": "at_least" if finding.at_least else "at_most",
                "unit": finding.unit,
                "source": finding.source,
                "status": finding.status,
                "reason": finding.reason,
                "beside": dict(finding.beside),
                "evidence": [vars(evidence) for evidence in finding.evidence],
            }
            for finding in audit.findings
        ],
    }


def shown_value(unit: str, value: float | None) -> str:
    """Return a value as it is read: shares in per cent, counts as they are, a dash where there is none."""
    if value is None:
        return "–"
    if unit == "count":
        return f"{value:g}"
    return f"{round(100 * value, 1):g}%"


def wanted(finding: Finding, label: Words) -> str:
    """Return a finding's threshold with its direction in words."""
    key = "audit.at_least" if finding.at_least else "audit.at_most"
    return label(key, bound=shown_value(finding.unit, finding.bound))


def _row(audit: Audit, finding: Finding, label: Words) -> AuditRow:
    said = label(f"audit.status.{finding.status}")
    if finding.reason:
        said += label("colon") + label(f"audit.reason.{finding.reason}", n=finding.n)
    beside = (
        label(f"audit.beside.{name}", value=shown_value("count" if name in _COUNTS else "share", value))
        for name, value in finding.beside.items()
    )
    numbers = {session: f"({number})" for number, session in enumerate(audit.sessions, start=1)}
    numbers = numbers if len(numbers) > 1 else {}
    where = [" ".join(filter(None, (numbers.get(found.session), found.line, found.what))) for found in finding.evidence]
    more = [label("audit.more", count=len(where) - _MOST)] if len(where) > _MOST else []
    places = label("semi").join([*where[:_MOST], *more])
    name, definition = label(f"audit.{finding.id}"), label(f"audit.{finding.id}.d")
    value, bound = shown_value(finding.unit, finding.value), wanted(finding, label)
    return AuditRow(name, value, bound, str(finding.n), finding.status, said, definition, tuple(beside), places)
