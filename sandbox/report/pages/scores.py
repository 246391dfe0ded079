"""The sections of a session's report that show scores: criteria, assessments, measures, pulses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from sandbox.content.rubric import Criterion, Level
from sandbox.content.schemas import Lang
from sandbox.content.words import Words
from sandbox.report.audits import audit_rows
from sandbox.report.document.blocks import (
    BREAK,
    Bar,
    Beside,
    Block,
    Details,
    Figure,
    Heading,
    Paragraph,
    Section,
    Span,
    Spans,
    Table,
    plain,
)
from sandbox.report.pages.parts import PULSE, assessment_boxes, percent, tag, two_decimals
from sandbox.report.reading import Reading
from sandbox.report.standings import (
    judged,
    missing_quote,
    rule_words,
    standing_mark,
    standing_words,
    usable_level,
)
from sandbox.scoring.audit.finding import Audit, Finding
from sandbox.scoring.counted import CountedLevel
from sandbox.scoring.panel import Score
from sandbox.scoring.scorecard import Scorecard

__all__ = ["assessments_section", "outcome_section", "play_section", "pulses_section", "scores_section"]

_MARKS = {"supported": " °", "unsupported": " *"}
_COUNTS = frozenset({"questions_before_proposal"})
_MOST = 5
_ANCHORS = ("1", "3", "5")
_LEVELS: tuple[Level, ...] = get_args(Level)


def scores_section(reading: Reading, card: Scorecard) -> Section:
    """Return the levels as figure and table, each with what it rests on, and the shares of the lines."""
    label, lang = reading.label, reading.game.spec.lang
    scores = []
    for criterion in reading.game.rubric.criteria:
        measure = card.outcome.get(criterion.measure) if criterion.measure else None
        none = Score(criterion.id, None, "not_judged", "", "", "", measure)
        scores.append((criterion, next((score for score in card.scores if score.criterion == criterion.id), none)))
    rules = Table(
        label("scores.rules"),
        (label("criterion"), *(label("anchor.level", level=level) for level in _LEVELS)),
        tuple(
            (plain(one.name.get(lang)), *(plain(one.counted.levels[level].get(lang)) for level in _LEVELS))
            for one, _ in scores
            if one.counted
        ),
        widths=(15, 17, 17, 17, 17, 17),
        titled=False,
    )
    head = tuple(label(key) for key in ("criterion", "level", "evidence", "measure"))
    table = Table(
        label("scores.table"),
        head,
        tuple(_score_row(reading, card, criterion, score) for criterion, score in scores),
        anchors=tuple(f"score-{criterion.id}" for criterion, _ in scores),
        widths=(27, 15, 39, 19),
    )
    meanings = Table(
        label("anchors"),
        (label("criterion"), *(label("anchor.level", level=level) for level in _ANCHORS)),
        tuple(
            (plain(criterion.name.get(lang)), *(plain(criterion.anchors[level].get(lang)) for level in _ANCHORS))  # type: ignore[index]
            for criterion, _ in scores
        ),
        widths=(19, 27, 27, 27),
        titled=False,
    )
    figures = Beside((_levels(label, card, scores, lang), _shares(reading, card)))
    details = [Details(label("scores.rules"), (rules,))] if rules.rows else []
    details.append(Details(label("anchors"), (meanings,)))
    return Section("scores", label("scores"), (figures, table, *details))


def _levels(label: Words, card: Scorecard, scores: Sequence[tuple[Criterion, Score]], lang: Lang) -> Figure:
    bars, shown = [], set[str]()
    for criterion, score in scores:
        name, counted, usable = criterion.name.get(lang), card.counted.get(criterion.id), usable_level(card, score)
        level = counted.level if counted and counted.level is not None else usable
        if level is None:
            key = "not_reliable" if judged(score) else "no_score"
            bars.append(Bar(name, label(key), None, label(f"scores.{key}_of", name=name)))
            continue
        status = "measured" if counted and counted.level is not None else score.status
        shown.add(status)
        spoken = label("scores.level_of", name=name, level=level) + label.paren(label(f"status.{status}"))
        bars.append(Bar(name, f"{level}{_MARKS.get(status, '')}", level / 5, spoken, status == "unsupported"))
    legend = [(False, label("scores.legend_counted"))] if "measured" in shown else []
    legend += [(False, _MARKS["supported"].strip() + " " + label("scores.legend_full"))] if "supported" in shown else []
    legend += [(True, "* " + label("scores.legend_hatched"))] if "unsupported" in shown else []
    head = (label("criterion"), label("level"))
    return Figure("fig-scores", label("scores.figure"), head, tuple(bars), 5, tuple(legend))


def _shares(reading: Reading, card: Scorecard) -> Figure:
    label, most = reading.label, max(card.turns.values(), default=0) or 1
    bars = []
    for seat in reading.seats.values():
        turns = card.turns.get(seat.id, 0)
        spoken = label("turns.share_of", name=seat.name, share=percent(turns))
        name = f"{seat.name}{label('list')}{seat.role}"
        bars.append(Bar(name, percent(turns), turns / most, spoken, seat=seat.index))
    return Figure("fig-turns", label("turns.figure"), (label("seat"), label("value")), tuple(bars))


def _score_row(reading: Reading, card: Scorecard, criterion: Criterion, score: Score) -> tuple[Spans, ...]:
    label, lang = reading.label, reading.game.spec.lang
    name = (Span(criterion.name.get(lang)), BREAK, _soft(criterion.question.get(lang)))
    counted = card.counted.get(criterion.id)
    level: list[Span] = []
    if counted:
        status = "cannot_tell" if counted.level is None else "measured"
        level += [*_number(label, counted.level), BREAK, tag(label("status.measured"), "measured")]
        level += [BREAK, _soft(label(f"status.{status}"))] if counted.level is None else []
    if not counted or score.status != "not_judged":
        level += [BREAK, _soft(label("scores.judged"))] if counted else []
        level += [BREAK] if counted else []
        if judged(score) and usable_level(card, score) is None:
            level.append(_soft(label("not_reliable")))
        else:
            level += _number(label, score.level)
        level += [BREAK, tag(label(f"status.{score.status}"), score.status)]
    if judged(score):
        standing = card.standings.get(criterion.id)
        words = label("standing") + label("colon") + standing_words(label, standing)
        mark = standing_mark(standing)
        level += [BREAK, Span(words, style="soft", tone=tag("", mark).tone)]
    value = _value(label, criterion.measure, score.measure) if criterion.measure else label("no_measure")
    measure = (Span(value), BREAK, _soft(label.of("m", criterion.measure))) if criterion.measure else plain(value)
    return name, tuple(level), _all_evidence(reading, criterion, counted, score), measure


def _number(label: Words, level: float | None) -> Spans:
    if level is None:
        return (_soft(label("no_score")),)
    return Span(str(level), style="large"), Span(" / 5", style="soft")


def _all_evidence(reading: Reading, criterion: Criterion, counted: CountedLevel | None, score: Score) -> Spans:
    """Return how a level was counted, with its lines and decisions, and below that what the judge went by."""
    label, spans = reading.label, list[Span]()
    if counted:
        spans.append(Span(rule_words(criterion, counted, reading.game.spec.lang) or label("scores.nothing_counted")))
        for number, event in enumerate(counted.evidence[:_MOST]):
            spans += [_soft(label("list") if number else " "), Span(reading.called(event), event)]
        rest = len(counted.evidence) - _MOST
        spans += [_soft(label("semi") + label("audit.more", count=rest))] if rest > 0 else []
        if score.status == "not_judged":
            return tuple(spans)
        spans.append(BREAK)
    return (*spans, *_evidence(label, score))


def _evidence(label: Words, score: Score) -> Spans:
    reason = label.of("reason", score.reason) if score.status == "not_judged" else score.reason
    rows: list[Spans] = []
    if score.status == "supported" and score.quote:
        rows += [(Span(f"“{one.quote}”", style="quote"), Span(" "), Span(one.turn, one.turn)) for one in score.quotes]
    elif missing_quote(label, score):
        rows.append((_soft(missing_quote(label, score)),))
    elif not reason:
        rows.append((_soft(label("no_quote")),))
    if len(score.votes) > 1:
        rows.append((_soft(_votes(label, score)),))
    if reason:
        rows.append((_soft(reason),))
    return tuple(span for number, row in enumerate(rows) for span in ((BREAK, *row) if number else row))


def _votes(label: Words, score: Score) -> str:
    """Return the votes of a panel in words: the levels that each judge gave, and their spread."""
    levels: dict[str, list[str]] = {}
    for vote in score.votes:
        levels.setdefault(vote.judge, []).append("–" if vote.level is None else str(vote.level))
    votes = label("semi").join(f"{judge} {' '.join(votes)}" for judge, votes in levels.items())
    return label("votes", votes=votes, spread="–" if score.spread is None else f"{score.spread:g}")


def assessments_section(reading: Reading, card: Scorecard) -> Section:
    """Return the assessment from above (H) beside that from the side (P), and where they pull apart."""
    label = reading.label
    apart = [_measure(label, name, two_decimals(value, label)) for name, value in vars(card.apart).items()]
    return Section(
        "assessments",
        label("assessments"),
        (
            Paragraph(plain(label("assessments.note")), soft=True),
            assessment_boxes(reading, card.assessments),
            Heading(label("apart")),
            _measures(label, label("apart"), apart),
        ),
    )


def outcome_section(reading: Reading, card: Scorecard) -> Section:
    """Return the outcome measures, each beside what the rules alone bring about."""
    label = reading.label
    rows = []
    for name, value in card.outcome.items():
        spread, alone = card.baseline.get(name), "–"
        if spread:
            mean, low, high = (_value(label, name, figure) for figure in (spread.mean, spread.low, spread.high))
            alone = label("baseline.cell", mean=mean, low=low, high=high)
        title, shown, definition = _measure(label, name, _value(label, name, value))
        rows.append((title, shown, plain(alone), definition))
    head = tuple(label(key) for key in ("measure", "value", "baseline", "definition"))
    table = Table(label("outcome"), head, tuple(rows), widths=(25, 16, 19, 40), titled=False)
    blocks: list[Block] = [Paragraph(plain(label("outcome.note")), soft=True), table]
    sessions = max((spread.sessions for spread in card.baseline.values()), default=0)
    if sessions:
        blocks.append(Paragraph(plain(label("baseline.note", sessions=sessions)), soft=True))
    return Section("outcome", label("outcome"), tuple(blocks))


def play_section(reading: Reading, audited: Audit) -> Section:
    """Return how the session was played and whether its simulation is sound: each measure beside what is wanted."""
    label = reading.label
    rows = []
    for finding, row in zip(audited.findings, audit_rows(audited, label), strict=True):
        status: list[Span] = [tag(label(f"audit.status.{finding.status}"), finding.status)]
        if finding.reason:
            status += [BREAK, _soft(label(f"audit.reason.{finding.reason}", n=finding.n))]
        if row.beside:
            status += [BREAK, _soft(label("semi").join(row.beside))]
        if finding.evidence and (finding.status != "green" or not finding.evidence[0].line):
            status += [BREAK, *_places(label, finding)]
        definition = (_soft(row.definition),)
        rows.append((plain(row.name), plain(row.value), plain(row.wanted), plain(row.n), tuple(status), definition))
    head = (*(label(f"audit.{key}") for key in ("measure", "value", "wanted", "n", "status")), label("definition"))
    note = f"{label('play.note')} {label('audit.note')}"
    note += f" {label('audit.scripted')}" if audited.scripted else ""
    table = Table(label("play"), head, tuple(rows), widths=(19, 8, 12, 8, 22, 31), titled=False)
    return Section("play", label("play"), (Paragraph(plain(note), soft=True), table))


def _places(label: Words, finding: Finding) -> Spans:
    """Return the first lines and words that speak for a finding, and how many more there are."""
    spans: list[Span] = []
    for number, evidence in enumerate(finding.evidence[:_MOST]):
        spans += [_soft(label("semi"))] if number else []
        spans += [Span(evidence.line, evidence.line)] if evidence.line else []
        spans += [_soft(f" {evidence.what}" if evidence.line else evidence.what)] if evidence.what else []
    rest = len(finding.evidence) - _MOST
    return (*spans, _soft(label("semi") + label("audit.more", count=rest))) if rest > 0 else tuple(spans)


def pulses_section(reading: Reading) -> Section:
    """Return for each seat its trust, conviction and burden at each moment."""
    label = reading.label
    events = [event for event in reading.events if event.kind == "pulse"]
    origins = {str(event.payload["origin"]) for event in events}
    mixed = "*" if len(origins) > 1 else ""
    origin = label(f"pulses.{'mixed' if mixed else min(origins)}") if origins else ""
    blocks: list[Block] = [Paragraph(plain(f"{label('pulses.note')} {origin}".strip()), soft=True)]
    names = {stage.id: stage.name.get(reading.game.spec.lang) for stage in reading.game.stages}
    moments = list(dict.fromkeys(event.stage for event in events))
    levels = {(event.stage, event.seat): event.payload for event in events}

    def cell(moment: str, seat: str) -> Spans:
        pulse, spans = levels.get((moment, seat)), list[Span]()
        for name in PULSE if pulse else ():
            mark = mixed if pulse and pulse["origin"] == "rules" else ""
            spans += [*([BREAK] if spans else []), _soft(f"{label(f'pulse.{name}')} {pulse[name]}{mark}")]  # type: ignore[index]
        return tuple(spans)

    if events:
        head = (label("seat"), *(names.get(moment) or label("moment.start") for moment in moments))
        rows = tuple(
            ((Span(seat.name), BREAK, _soft(seat.role)), *(cell(moment, seat.id) for moment in moments))
            for seat in reading.seats.values()
        )
        blocks.append(Table(label("pulses"), head, rows, titled=False))
    return Section("pulses", label("pulses"), tuple(blocks))


def _measure(label: Words, name: str, shown: str) -> tuple[Spans, Spans, Spans]:
    return plain(label.of("m", name)), plain(shown), (_soft(label.of("d", name)),)


def _measures(label: Words, caption: str, rows: Sequence[tuple[Spans, ...]]) -> Table:
    head = (label("measure"), label("value"), label("definition"))
    return Table(caption, head, tuple(rows), widths=(27, 27, 46), titled=False)


def _value(label: Words, name: str | None, value: float | None) -> str:
    if value is None:
        return label("no_value")
    return f"{value:g}" if name in _COUNTS else percent(value)


def _soft(text: str) -> Span:
    return Span(text, style="soft")
