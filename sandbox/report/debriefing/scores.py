"""Pulses, both assessments and the criteria, as the reader of a debrief may know them."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.content.schemas import Criterion
from sandbox.report.assessments import shown
from sandbox.report.debriefing.apart import sides_shown
from sandbox.report.debriefing.blocks import Block, Paragraph, Section, Spans, Table, clean, plain, words
from sandbox.report.debriefing.material import Material
from sandbox.report.standings import judge_caution, judged, missing_quote, standing_words
from sandbox.scoring.panel import Score

__all__ = ["criteria", "pulses", "sides"]

_NAMES = ("trust", "conviction", "burden")


def pulses(of: Material) -> Section:
    """Return the pulses before the first stage and after the last: of all seats, or the reader's own at each moment."""
    label = of.label
    taken = [event for event in of.reading.events if event.kind == "pulse"]
    head = tuple(label(f"pulse.{name}").capitalize() for name in _NAMES)
    blocks: list[Block] = []
    if not taken:
        blocks.append(Paragraph(plain(label("debrief.pulses.none"))))
    elif of.seat is not None:
        rows = tuple(
            (plain(_moment(of, event.stage)), *(plain(str(event.payload[name])) for name in _NAMES)) for event in taken
        )
        blocks.append(Table(label("debrief.pulses.own"), (label("debrief.moment"), *head), rows))
    else:
        first, after = taken[0].stage, taken[-1].stage
        levels = {(event.stage, event.seat): event.payload for event in taken}
        rows = tuple(
            (plain(of.person(seat)), *(_change(levels[first, seat], levels.get((after, seat)), one) for one in _NAMES))
            for seat in of.reading.seats
            if (first, seat) in levels
        )
        caption = label("debrief.pulses.all", first=_moment(of, first), last=_moment(of, after))
        blocks.append(Table(caption, (label("seat"), *head), rows))
    if taken:
        origins = {str(event.payload["origin"]) for event in taken}
        which = f"pulses.{origins.pop()}" if len(origins) == 1 else "debrief.pulses.several"
        blocks.append(Paragraph(plain(label("debrief.pulses.note") + label(which)), soft=True))
    return Section("pulses", label("debrief.pulses"), tuple(blocks))


def sides(of: Material) -> Section:
    """Return the assessment from above (H) beside that from the side (P)."""
    label, both = of.label, sides_shown(of)
    none = plain("–")
    rows: list[tuple[Spans, ...]] = [
        (plain(label("total")), *(plain(shown(one.total) or label("no_value")) for one in both)),
        (
            plain(label("assessments.by")),
            *(plain(of.reading.names(one.assessors) or label("assessments.nobody")) for one in both),
        ),
    ]
    for place, one in enumerate(both):
        for name, value in one.indicators.items():
            known = plain(shown(value) or label("no_value"))
            text = (words(label.of("m", name), "strong"), words(" " + label.of("d", name), "soft"))
            rows.append((text, known, none) if place == 0 else (text, none, known))
    head = (label("indicator"), *(label(f"side.{one.side}") for one in both))
    blocks: list[Block] = [
        Paragraph(plain(label("assessments.note") + label("debrief.sides.note")), soft=True),
        Table(label("assessments"), head, tuple(rows)),
    ]
    if of.seat is not None:
        blocks.append(Paragraph(plain(label("debrief.sides.trust")), soft=True))
    return Section("sides", label("debrief.sides"), tuple(blocks))


def criteria(of: Material) -> Section | None:
    """Return the criteria that were judged with what they rest on; None where nothing was."""
    label = of.label
    known = {one.id: one for one in of.game.rubric.criteria}
    judged = [one for one in of.card.scores if one.criterion in known and one.status != "not_judged"]
    if not judged:
        return None
    rows = tuple(_row(of, known[one.criterion], one) for one in judged)
    head = (label("criterion"), label("level"), label("evidence"))
    return Section(
        "criteria",
        label("debrief.criteria"),
        (
            Paragraph(plain(label("debrief.criteria.note")), soft=True),
            Table(label("scores.table"), head, rows),
            Paragraph(plain(judge_caution(label, of.card)), soft=True),
        ),
    )


def _row(of: Material, criterion: Criterion, score: Score) -> tuple[Spans, ...]:
    label = of.label
    name: Spans = (words(of.of(criterion.name), "strong"), words(" " + of.of(criterion.question), "soft"))
    status = label(f"status.{score.status}")
    if score.level is None:
        level = label("no_score") + label.paren(status)
    else:
        level = label("debrief.level", level=score.level) + (label.paren(status) if score.status != "supported" else "")
        if str(score.level) in criterion.anchors:
            level += label("colon") + of.of(criterion.anchors[str(score.level)])  # type: ignore[index]
    if judged(score):
        told = label("standing") + label("colon") + standing_words(label, of.card.standings.get(score.criterion))
        return name, (words(level), words(" · " + told, "soft")), _evidence(of, score)
    return name, plain(level), _evidence(of, score)


def _evidence(of: Material, score: Score) -> Spans:
    """Return quote and reason; the judge heard the whole session, so a seat that did not gets the lines it heard."""
    spans: list[Spans] = []
    heard = score.turn in of.line
    missing = missing_quote(of.label, score)
    if missing and of.whole:
        spans.append(plain(clean(missing)))
    elif score.quote and score.status == "supported" and (of.whole or heard):
        speaker = of.reading.name(of.line[score.turn]["seat"]) + of.label("colon") if heard else ""
        spans.append((words(speaker), of.quote(score.quote), *((words(" "), of.ref(score.turn)) if heard else ())))
    if score.reason and of.whole:
        spans.append((words((" " if spans else "") + score.reason, "soft"),))
    if not spans:
        return (words(of.label("no_quote" if of.whole else "debrief.not_heard"), "soft"),)
    return tuple(span for one in spans for span in one)


def _moment(of: Material, moment: str) -> str:
    return of.label("moment.start") if moment == "start" else of.stage_name(moment)


def _change(before: Mapping[str, int], after: Mapping[str, int] | None, name: str) -> Spans:
    if after is None or after[name] == before[name]:
        return plain(str(before[name]))
    return plain(f"{before[name]} → {after[name]}")
