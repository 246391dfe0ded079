"""Pulses, both assessments and the criteria, as the reader of a debrief may know them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.content.schemas import Criterion
from sandbox.report.document.blocks import BREAK, Block, Bullets, Paragraph, Section, Span, Spans, Table, plain
from sandbox.report.pages.debriefing.apart import sides_shown
from sandbox.report.pages.debriefing.at_odds import at_odds
from sandbox.report.pages.debriefing.reader import Reader
from sandbox.report.pages.parts import PULSE, assessment_boxes
from sandbox.report.standings import (
    judge_caution,
    judged,
    missing_quote,
    rule_words,
    standing_words,
    usable_level,
)
from sandbox.scoring.counted import CountedLevel
from sandbox.scoring.panel import Score

__all__ = ["criteria", "pulses", "sides"]


def pulses(reader: Reader) -> Section:
    """Return the pulses before the first stage and after the last: of all seats, or the reader's own at each moment."""
    label = reader.label
    taken = [event for event in reader.events if event.kind == "pulse"]
    origins = {str(event.payload["origin"]) for event in taken}
    derived = "*" if len(origins) > 1 else ""
    head = tuple(label(f"pulse.{name}").capitalize() for name in PULSE)
    blocks: list[Block] = []
    if not taken:
        blocks.append(Paragraph(plain(label("debrief.pulses.none"))))
    elif reader.seat is not None:
        rows = tuple(
            (plain(_moment(reader, event.stage)), *(plain(_level(event.payload, name, derived)) for name in PULSE))
            for event in taken
        )
        blocks.append(Table(label("debrief.pulses.own"), (label("debrief.moment"), *head), rows))
    else:
        first, after = taken[0].stage, taken[-1].stage
        levels = {(event.stage, event.seat): event.payload for event in taken}
        rows = tuple(
            (
                plain(reader.person(seat)),
                *(_change(levels[first, seat], levels.get((after, seat)), name, derived) for name in PULSE),
            )
            for seat in reader.seats
            if (first, seat) in levels
        )
        caption = label("debrief.pulses.all", first=_moment(reader, first), last=_moment(reader, after))
        blocks.append(Table(caption, (label("seat"), *head), rows))
    if taken:
        which = label(f"pulses.{'mixed' if derived else min(origins)}")
        blocks.append(Paragraph(plain(label("debrief.pulses.note") + which), soft=True))
    return Section("pulses", label("debrief.pulses"), tuple(blocks))


def sides(reader: Reader) -> Section:
    """Return the assessment from above (H) beside that from the side (P)."""
    label = reader.label
    blocks: list[Block] = [
        Paragraph(plain(label("assessments.note") + label("debrief.sides.note")), soft=True),
        assessment_boxes(reader, sides_shown(reader)),
    ]
    if reader.seat is not None:
        blocks.append(Paragraph(plain(label("debrief.sides.trust")), soft=True))
    return Section("sides", label("debrief.sides"), tuple(blocks))


def criteria(reader: Reader) -> Section | None:
    """Return the criteria that were counted or judged with what they rest on; None where nothing was."""
    label = reader.label
    scores = {score.criterion: score for score in reader.card.scores if score.status != "not_judged"}
    rows: list[tuple[Spans, ...]] = []
    for criterion in reader.game.rubric.criteria:
        counted = reader.card.counted.get(criterion.id)
        if counted and counted.level is not None:
            rows.append(_counted_row(reader, criterion, counted))
        if criterion.id in scores:
            rows.append(_row(reader, criterion, scores[criterion.id]))
    if not rows:
        return None
    head = (label("criterion"), label("level"), label("evidence"))
    return Section(
        "criteria",
        label("debrief.criteria"),
        (
            Paragraph(plain(label("debrief.criteria.note")), soft=True),
            Table(label("scores.table"), head, tuple(rows)),
            *([Bullets(odd)] if (odd := tuple(map(plain, at_odds(reader)))) else []),
            Paragraph(plain(judge_caution(label, reader.card)), soft=True),
        ),
    )


def _name(reader: Reader, criterion: Criterion) -> Spans:
    return (
        Span(reader.text(criterion.name), style="strong"),
        Span(" " + reader.text(criterion.question), style="soft"),
    )


def _counted_row(reader: Reader, criterion: Criterion, counted: CountedLevel) -> tuple[Spans, ...]:
    label = reader.label
    level = label("debrief.level", level=counted.level) + label.paren(label("status.measured"))
    level += label("colon") + rule_words(criterion, counted, reader.game.spec.lang)
    refs = reader.refs(counted.evidence)
    return _name(reader, criterion), plain(level), refs or (Span(label("debrief.not_heard"), style="soft"),)


def _row(reader: Reader, criterion: Criterion, score: Score) -> tuple[Spans, ...]:
    label, name = reader.label, _name(reader, criterion)
    status = label(f"status.{score.status}")
    if judged(score) and usable_level(reader.card, score) is None:
        level = label("not_reliable")
    elif score.level is None:
        level = label("no_score") + label.paren(status)
    else:
        level = label("debrief.level", level=score.level) + (label.paren(status) if score.status != "supported" else "")
        if str(score.level) in criterion.anchors:
            level += label("colon") + reader.text(criterion.anchors[str(score.level)])  # type: ignore[index]
    if judged(score):
        words = label("standing") + label("colon") + standing_words(label, reader.card.standings.get(score.criterion))
        return name, (Span(level), Span(" · " + words, style="soft")), _evidence(reader, score)
    return name, plain(level), _evidence(reader, score)


def _evidence(reader: Reader, score: Score) -> Spans:
    """Return quote and reason; the judge heard the whole session, so a seat that did not gets the lines it heard."""
    spans: list[Spans] = []
    missing = missing_quote(reader.label, score)
    if missing and reader.whole:
        spans.append(plain(missing))
    elif score.status == "supported":
        for one in score.quotes:
            line = reader.line_by_id.get(one.turn)
            if line:
                speaker = Span(reader.name(line["seat"]) + reader.label("colon"))
                spans.append(
                    (*([BREAK] if spans else []), speaker, reader.quote(one.quote), Span(" "), reader.ref(one.turn))
                )
            elif reader.whole:
                spans.append((*([BREAK] if spans else []), reader.quote(one.quote)))
    if score.reason and reader.whole:
        spans.append((Span((" " if spans else "") + score.reason, style="soft"),))
    if not spans:
        return (Span(reader.label("no_quote" if reader.whole else "debrief.not_heard"), style="soft"),)
    return tuple(span for part in spans for span in part)


def _moment(reader: Reader, moment: str) -> str:
    return reader.label("moment.start") if moment == "start" else reader.stage_name(moment)


def _change(before: Mapping[str, Any], after: Mapping[str, Any] | None, name: str, derived: str) -> Spans:
    first = _level(before, name, derived)
    if after is None or after[name] == before[name]:
        return plain(first)
    return plain(f"{first} → {_level(after, name, derived)}")


def _level(pulse: Mapping[str, Any], name: str, derived: str) -> str:
    """Return a level of a pulse, marked where it was derived by rule and others were given."""
    return f"{pulse[name]}{derived if pulse['origin'] == 'rules' else ''}"
