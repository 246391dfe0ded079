"""Why it went that way, and what to keep or try, in words with the lines that they rest on."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.record.line import ALL
from sandbox.report.debriefing.blocks import Block, Bullets, Heading, Paragraph, Section, Span, Spans, plain, words
from sandbox.report.debriefing.findings import KINDS, Finding, findings
from sandbox.report.debriefing.lessons import Lesson, lessons
from sandbox.report.debriefing.material import Material

__all__ = ["keep_or_change", "why"]

_MOST = 6
_MOST_REFS = 5


def why(of: Material) -> Section:
    """Return the turning points, each with the lines that show it."""
    label = of.label
    blocks: list[Block] = []
    for kind, found in findings(of).items():
        if kind not in KINDS or not found:
            continue
        blocks += [
            Heading(label(f"why.{kind}.title")),
            Paragraph(plain(label(f"why.{kind}.note")), soft=True),
            _bullets(of, found[:_MOST]),
        ]
        rest = found[_MOST:]
        if rest:
            lines = of.refs([one.evidence[0] for one in rest if one.evidence])
            blocks.append(Paragraph((words(label("why.more", count=len(rest))), *lines), soft=True))
    if blocks:
        blocks.insert(0, Paragraph(plain(label("why.note")), soft=True))
    else:
        blocks.append(Paragraph(plain(label("why.none"))))
    return Section("why", label("debrief.why"), tuple(blocks))


def keep_or_change(of: Material) -> Section:
    """Return what to keep and what to try next time; nobody is graded."""
    label, found = of.label, lessons(of)
    blocks: list[Block] = [Paragraph(plain(label("lessons.note" if of.seat is None else "lessons.own")), soft=True)]
    for side in ("keep", "try"):
        items = tuple(_lesson(of, one) for one in found if one.side == side)
        blocks.append(Heading(label(f"lessons.{side}")))
        blocks.append(Bullets(items) if items else Paragraph(plain(label(f"lessons.{side}.none"))))
    return Section("keep", label("debrief.keep"), tuple(blocks))


def _bullets(of: Material, found: Sequence[Finding]) -> Bullets:
    return Bullets(tuple(plain(one.text) for one in found), tuple(of.shows(one.evidence) for one in found))


def _lesson(of: Material, one: Lesson) -> Spans:
    label = of.label
    by_seat: dict[str, list[str]] = {}
    for seat, event in one.shown:
        by_seat.setdefault(seat, []).append(event)
    places: list[Spans] = []
    for seat, events in by_seat.items():
        name = "" if of.seat is not None or seat == ALL else of.reading.name(seat) + " "
        refs = of.refs(events[:_MOST_REFS])
        if refs:
            places.append((words(name), *refs, *_more(events)))
    spans: list[Span] = [words(label(f"{one.side}.{one.key}"))]
    if places:
        spans.append(words(label("lessons.shown")))
        for number, place in enumerate(places):
            spans += [words(label("semi")), *place] if number else place
    return tuple(spans)


def _more(events: Sequence[str]) -> Spans:
    return plain(" …") if len(events) > _MOST_REFS else ()
