"""What several pages share: lines, news and decisions of the transcript, tags, measures and pulses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from sandbox.content.words import Words
from sandbox.game.conditions import hangs_on
from sandbox.report.document.blocks import (
    BREAK,
    Beside,
    Block,
    Bullets,
    Callout,
    Facts,
    Paragraph,
    Said,
    Span,
    Spans,
    Table,
    Tone,
    plain,
)
from sandbox.report.reading import ReadDecision, Reading, ReadInject, ReadLine
from sandbox.scoring.assessment import Assessment
from sandbox.scoring.reviewed import fallen_due

__all__ = [
    "PULSE", "assessment_boxes", "decision_box", "line_said", "measure_words", "news_said", "note", "percent", "table",
    "tag", "three_decimals", "two_decimals",
]  # fmt: skip

PULSE = ("trust", "conviction", "burden")
_TONES: dict[str, Tone] = {
    **dict.fromkeys(("supported", "carried", "confirmed", "kept", "vote_for", "reliable"), "good"),
    **dict.fromkeys(("contained", "contained_if"), "good"),
    **dict.fromkeys(("unsupported", "failed", "refused", "broken", "rejected", "beyond_remit", "vote_against"), "bad"),
    **dict.fromkeys(("not_reliable", "red"), "bad"),
    **dict.fromkeys(("card", "expired", "contained_without", "contained_part"), "warn"),
    "person": "accent",
    "green": "good",
}


def tag(text: str, mark: str) -> Span:
    """Return a tag in the colour of a state, status or mark, such as ``carried`` or ``not_reliable``."""
    return Span(text, style="tag", tone=_TONES.get(mark, ""))


def line_said(reading: Reading, line: ReadLine) -> Said:
    """Return a line of the transcript."""
    label = reading.label
    who: list[Span] = [
        Span(line.seat.name, style="strong"),
        Span(label.paren(line.seat.role) + f" {line.act} → {line.to} · "),
        Span(line.id, line.id),
    ]
    for kind, text in line.marks:
        who += [Span(" "), tag(text, kind)]
    about = [plain(label("debrief.terms", terms=line.terms))] if line.terms else []
    about += [plain(label("debrief.condition", condition=line.condition))] if line.condition else []
    return Said(line.id, "line", line.seat.index, tuple(who), line.says, tuple(about))


def news_said(reading: Reading, news: ReadInject) -> Said:
    """Return an event from outside as the transcript has it."""
    who = (Span(reading.label("inject"), style="strong"), Span(f" → {news.to}{reading.label('colon')}"))
    return Said(news.id, "news", -1, who, news.says)


def decision_box(reading: Reading, decision: ReadDecision, motion: str) -> Callout:
    """Return a decision as the transcript has it.

    Args:
        reading: the session in words.
        decision: the decision.
        motion: the line of its motion, or empty where the reader does not know of it.
    """
    label = reading.label
    rows: list[tuple[str, Spans]] = []
    conditions = hangs_on(decision.condition)
    if len(conditions) == 1:
        rows.append((label("ledger.condition"), plain(decision.condition)))
    if decision.payer:
        rows.append((label("decision.payer"), plain(decision.payer)))
    if decision.unbound:
        unbound = label("semi").join(f"{question} {option}" for question, option in decision.unbound)
        rows.append((label("decision.unbound"), plain(unbound)))
    if motion:
        rows.append((label("decision.motion"), (Span(motion, motion),)))
    for key, names in decision.sides.items():
        if names:
            rows.append((label(f"decision.{key}"), plain(label.join(list(names)))))
    blocks: list[Block] = [
        _terms(decision.terms) if decision.terms else Paragraph(plain(label("decision.no_terms")), soft=True)
    ]
    blocks += _several(reading, conditions)
    if rows:
        blocks.append(Facts(tuple(rows)))
    if decision.left_open:
        blocks.append(Paragraph(plain(label("decision.left_open", questions=" ".join(decision.left_open))), soft=True))
    title = label("decision.title") + label("colon") + decision.how
    return Callout("decision", title, tuple(blocks), decision.id, level=4)


def decided(reading: Reading, decision: ReadDecision) -> list[Block]:
    """Return a decision as a sentence; several conditions on which it hangs follow as a list."""
    conditions = hangs_on(decision.condition)
    if len(conditions) < 2:
        return [Paragraph(plain(decision.sentence))]
    return [Paragraph(plain(decision.settled)), *_several(reading, conditions)]


def _several(reading: Reading, conditions: Sequence[str]) -> list[Block]:
    if len(conditions) < 2:
        return []
    return [Paragraph(plain(reading.label("ledger.conditions"))), Bullets(tuple(map(plain, conditions)))]


def assessment_boxes(reading: Reading, assessments: Sequence[Assessment]) -> Beside:
    """Return assessments side by side: total, who is asked for it, and the indicators."""
    label, boxes = reading.label, list[Callout]()
    for assessment in assessments:
        name = label(f"side.{assessment.side}")
        rows = [
            (
                (Span(measure_words(reading, "m", key)), BREAK, Span(measure_words(reading, "d", key), style="soft")),
                plain(two_decimals(value, label)),
            )
            for key, value in assessment.indicators.items()
        ]
        by = reading.names(assessment.assessors) or label("assessments.nobody")
        by = label("assessments.by") + label("colon") + by
        if above := _under_nobody_present(reading, assessment):
            by += label("stop") + label("gap") + label("assessments.above", names=reading.names(above))
        table = Table(name, (label("indicator"), label("value")), tuple(rows), widths=(70, 30), titled=False)
        title = name + label("colon") + two_decimals(assessment.total, label)
        boxes.append(Callout("plain", title, (Paragraph(plain(by), soft=True), table), assessment.side, level=3))
    return Beside(tuple(boxes))


def _under_nobody_present(reading: Reading, assessment: Assessment) -> list[str]:
    """Return those who assess from above and have nobody above them at the table."""
    levels = reading.game.levels
    if assessment.side != "hierarchical":
        return []
    return [seat for seat in assessment.assessors if levels[seat] == min(levels.values())]


def measure_words(reading: Reading, group: Literal["m", "d"], name: str) -> str:
    """Return the name of a measure (``m``) or its definition (``d``).

    What was promised can be stood by on the day of a meeting; whether it was kept, a review a year later tells.
    """
    label, day = reading.label, f"{group}.{name}.day"
    return label(day) if day in label and not fallen_due(reading.session) else label.of(group, name)


def _terms(terms: tuple[tuple[str, str], ...]) -> Bullets:
    """Return questions with the options chosen."""
    return Bullets(tuple((Span(question + " "), Span(option, style="strong")) for question, option in terms))


def two_decimals(value: float | None, label: Words) -> str:
    """Return an indicator with two decimals, or that there was nothing to measure."""
    return label("no_value") if value is None else f"{value:.2f}"


def three_decimals(value: float | None, label: Words) -> str:
    """Return an indicator with three decimals, or that there was nothing to measure."""
    return label("no_value") if value is None else f"{value:.3f}"


def percent(share: float) -> str:
    """Return a share in per cent, a small one with a decimal."""
    return f"{100 * share:.0f}%" if share == 0 or share >= 0.1 else f"{100 * share:.1f}%"


def note(text: str) -> Paragraph:
    """Return a paragraph that explains."""
    return Paragraph(plain(text), soft=True)


def table(caption: str, head: Iterable[str], rows: Iterable[Iterable[str | Spans]], *, figures: bool = False) -> Table:
    """Return a table; a cell is a text, or spans."""
    cells = tuple(tuple(plain(cell) if isinstance(cell, str) else cell for cell in row) for row in rows)
    return Table(caption, tuple(head), cells, figures=figures)
