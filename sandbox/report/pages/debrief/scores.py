"""Pulses, both assessments and their gap, and the criteria, as the reader of a debrief may know them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandbox.content.rubric import Criterion
from sandbox.report.document.blocks import Section
from sandbox.report.document.compose import bullets, filled, note, paragraph, table
from sandbox.report.figures import decimal, percent
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.report.pages.parts import PULSE, assessment_boxes, measure_words, pulses_taken
from sandbox.report.pages.scores import levels_table
from sandbox.report.standings import judge_caution, usable_level
from sandbox.scoring.assessment import Assessment, needs_of_residents, terms_settled, without_pulses
from sandbox.scoring.counted import rule_words

_APART = 0.1
# Pairs of an indicator and a criterion with similar names.
_ALIKE = (
    ("needs_met", "inclusion"),
    ("decision_share", "decision_share"),
    ("promises_kept", "promise_integrity"),
    ("visible_outputs", "supported_handover"),
    ("self_sustaining", "supported_handover"),
)
# Least values of an indicator (0 to 1) and a level (1 to 5) that count as high, and greatest that count as low.
_HIGH, _LOW = (0.75, 4), (0.25, 2)


def pulses(reader: DebriefReader) -> Section:
    """Return the pulses: of all seats before the first stage and after the last, or the reader's own at each moment."""
    label, (taken, mark, origin) = reader.label, pulses_taken(reader)
    if not taken:
        return Section("pulses", label("debrief.pulses"), (paragraph(label("debrief.pulses.none")),))
    head = [label(f"pulse.{name}").capitalize() for name in PULSE]
    if reader.seat is not None:
        rows = [[reader.moment(x.stage), *(_level(x.payload, name, mark) for name in PULSE)] for x in taken]
        shown = table(label("debrief.pulses.own"), (label("debrief.moment"), *head), rows)
    else:
        first, after = taken[0].stage, taken[-1].stage
        levels = {(event.stage, event.seat): event.payload for event in taken}
        rows = [
            [reader.person(seat), *_changes(levels[first, seat], levels.get((after, seat)), mark)]
            for seat in reader.game.seated
            if (first, seat) in levels
        ]
        caption = label("debrief.pulses.all", first=reader.moment(first), last=reader.moment(after))
        shown = table(caption, (label("seat"), *head), rows)
    return Section("pulses", label("debrief.pulses"), (shown, note(label("debrief.pulses.note") + origin)))


def sides(reader: DebriefReader) -> Section:
    """Return the assessment from above (H) beside that from the side (P)."""
    label = reader.label
    asks = paragraph(label("assessments.asks"))
    about = note(label("assessments.note") + label("debrief.sides.note"))
    private = note("" if reader.seat is None else label("debrief.sides.trust"))
    return Section(
        "sides", label("debrief.sides"), filled(asks, about, assessment_boxes(reader, sides_shown(reader)), private)
    )


def criteria(reader: DebriefReader) -> Section | None:
    """Return the criteria that were counted or judged, with their basis; None if there are none."""
    label, card = reader.label, reader.card
    heard = None if reader.whole else {*reader.line_by_id, *(decision["id"] for decision in reader.decisions)}
    levels = replace(levels_table(reader, card, heard, every=False), anchors=())
    odd = bullets(_at_odds(reader, sides_shown(reader)))
    blocks = filled(note(label("debrief.criteria.note")), levels, odd, note(judge_caution(label, card)))
    return Section("criteria", label("debrief.criteria"), blocks) if levels.rows else None


def _at_odds(reader: DebriefReader, sides: Sequence[Assessment]) -> Iterator[str]:
    """Yield, for each indicator that is high while a criterion of similar name is low, or the reverse, what both count.

    ``sides`` are the assessments as the reader may see them.
    """
    label = reader.label
    values = {name: value for side in sides for name, value in side.indicators.items()}
    criteria = {criterion.id: criterion for criterion in reader.game.rubric.criteria}
    for indicator, name in _ALIKE:
        value, criterion = values.get(indicator), criteria.get(name)
        level = _level_of(reader, criterion) if criterion else None
        if value is None or criterion is None or level is None:
            continue
        if (value >= _HIGH[0] and level <= _LOW[1]) or (value <= _LOW[0] and level >= _HIGH[1]):
            counted = reader.card.counted.get(name)
            looks = rule_words(criterion, counted, reader.game.spec.lang) if counted else ""
            yield label(
                "debrief.at_odds",
                indicator=measure_words(reader.session, "m", indicator, label), value=decimal(value),
                counts=measure_words(reader.session, "d", indicator, label),
                criterion=reader.text(criterion.name), level=f"{level:g}",
                looks=looks or reader.text(criterion.question),
            )  # fmt: skip


def _level_of(reader: DebriefReader, criterion: Criterion) -> float | None:
    counted = reader.card.counted.get(criterion.id)
    if counted and counted.level is not None:
        return counted.level
    return next(
        (usable_level(reader.card, score) for score in reader.card.scores if score.criterion == criterion.id), None
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any] | None, mark: str) -> Iterator[str]:
    for name in PULSE:
        first = _level(before, name, mark)
        moved = after is not None and after[name] != before[name]
        yield f"{first} → {_level(after, name, mark)}" if after is not None and moved else first


def _level(pulse: Mapping[str, Any], name: str, mark: str) -> str:
    return f"{pulse[name]}{mark if pulse['origin'] == 'rules' else ''}"


def sides_shown(reader: DebriefReader) -> tuple[Assessment, ...]:
    """Return both assessments, H first; in a seat's debrief without indicators that rest on private pulses."""
    return tuple(without_pulses(side) if reader.seat is not None else side for side in reader.card.assessments)


def pulled_apart(reader: DebriefReader) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield, in words, how H and P differ, each with the lines or decisions that show it."""
    label, sides = reader.label, sides_shown(reader)
    above, beside = (side.total for side in sides)
    if above is not None and beside is not None and abs(above - beside) >= _APART:
        high, low = sides if above > beside else sides[::-1]
        up = max(((value, name) for name, value in high.indicators.items() if value is not None), default=(0.0, ""))
        down = min(((value, name) for name, value in low.indicators.items() if value is not None), default=(0.0, ""))
        text = label(
            "why.apart", above=decimal(above), beside=decimal(beside), gap=decimal(abs(above - beside)),
            higher=label(f"side.{high.side}"), lower=label(f"side.{low.side}"),
            up=measure_words(reader.session, "m", up[1], label), high=decimal(up[0]),
            down=measure_words(reader.session, "m", down[1], label), low=decimal(down[0]),
        )  # fmt: skip
        yield text, tuple(event for event in (_shown_by(reader, down[1]), _shown_by(reader, up[1])) if event)
    if reader.card.apart.opposed:
        yield label("why.opposed", share=percent(reader.card.apart.opposed)), ()


def _shown_by(reader: DebriefReader, indicator: str) -> str:
    """Return the line or decision that best shows where an indicator comes from; empty if there is none."""
    drafters, bound = reader.game.drafters, terms_settled(reader.session)
    unmet = [
        line for (_, key), (option, line) in needs_of_residents(reader.session).items() if bound.get(key) != option
    ]
    needs = [line["id"] for line in reader.lines if line["id"] in unmet]
    promises = [item for item in reader.session.entries("promise") if item.terms]
    rewritten = [line["id"] for line in reader.lines if line["section"] and line["seat"] in drafters]
    carried = [decision["id"] for decision in reader.decisions if decision["carried"]]
    decided = carried or [decision["id"] for decision in reader.decisions]
    places = {
        "inspection_completeness": [item.line for item in reader.session.entries("task")], "needs_met": needs,
        "promises_kept": [item.line for item in promises if item.state not in ("confirmed", "kept")],
        "conformity": rewritten, "novelty": rewritten,
        **dict.fromkeys(("visible_outputs", "decision_share", "self_sustaining"), decided),
    }  # fmt: skip
    return next(iter(places.get(indicator, [])), "")
