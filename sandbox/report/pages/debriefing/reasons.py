"""Why it went that way, and what to keep or try, in words with the lines that they rest on."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.record.line import ALL
from sandbox.report.document.blocks import Block, Bullets, Heading, Paragraph, Section, Span, Spans, plain
from sandbox.report.pages.debriefing.findings import KINDS
from sandbox.report.pages.debriefing.lessons import Lesson, lessons
from sandbox.report.pages.debriefing.reader import Reader
from sandbox.report.pages.debriefing.turning_point import TurningPoint

__all__ = ["keep_or_change", "why"]

_MOST = 6
_MOST_REFS = 5


def why(reader: Reader, findings: Sequence[TurningPoint]) -> Section:
    """Return the turning points, each with the lines that show it."""
    label = reader.label
    blocks: list[Block] = []
    for kind in KINDS:
        turns = [finding for finding in findings if finding.kind == kind]
        if not turns:
            continue
        blocks += [
            Heading(label(f"why.{kind}.title")),
            Paragraph(plain(label(f"why.{kind}.note")), soft=True),
            _bullets(reader, turns[:_MOST]),
        ]
        rest = turns[_MOST:]
        if rest:
            lines = reader.refs([finding.evidence[0] for finding in rest if finding.evidence])
            blocks.append(Paragraph((Span(label("why.more", count=len(rest))), *lines), soft=True))
    if blocks:
        blocks.insert(0, Paragraph(plain(label("why.note")), soft=True))
    else:
        blocks.append(Paragraph(plain(label("why.none"))))
    return Section("why", label("debrief.why"), tuple(blocks))


def keep_or_change(reader: Reader, findings: Sequence[TurningPoint]) -> Section:
    """Return what to keep and what to try next time; nobody is graded."""
    label, learnt = reader.label, lessons(reader, findings)
    blocks: list[Block] = [Paragraph(plain(label("lessons.note" if reader.seat is None else "lessons.own")), soft=True)]
    for side in ("keep", "try"):
        items = tuple(_lesson(reader, lesson) for lesson in learnt if lesson.side == side)
        blocks.append(Heading(label(f"lessons.{side}")))
        blocks.append(Bullets(items) if items else Paragraph(plain(label(f"lessons.{side}.none"))))
    return Section("keep", label("debrief.keep"), tuple(blocks))


def _bullets(reader: Reader, turns: Sequence[TurningPoint]) -> Bullets:
    """Return turning points with what shows them, in the order of the talk."""
    order = {line["id"]: place for place, line in enumerate(reader.lines)}
    shown = (sorted(finding.evidence, key=lambda event: order.get(event, len(order))) for finding in turns)
    return Bullets(tuple(plain(finding.text) for finding in turns), tuple(map(reader.shows, shown)))


def _lesson(reader: Reader, lesson: Lesson) -> Spans:
    label = reader.label
    by_seat: dict[str, list[str]] = {}
    for seat, event in lesson.shown:
        by_seat.setdefault(seat, []).append(event)
    places: list[Spans] = []
    for seat, events in by_seat.items():
        name = "" if reader.seat is not None or seat == ALL else reader.name(seat) + " "
        refs = reader.refs(events[:_MOST_REFS])
        if refs:
            places.append((Span(name), *refs, *_more(events)))
    spans: list[Span] = [Span(label(f"{lesson.side}.{lesson.key}"))]
    if places:
        spans.append(Span(label("lessons.shown")))
        for number, place in enumerate(places):
            spans += [Span(label("semi")), *place] if number else place
    return tuple(spans)


def _more(events: Sequence[str]) -> Spans:
    return plain(" …") if len(events) > _MOST_REFS else ()
