"""The sections of a session's report with scores: criteria, assessments, measures and pulses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from sandbox.content.acts import has
from sandbox.content.cards import Text
from sandbox.content.language import Lang
from sandbox.content.rubric import Criterion, Level
from sandbox.content.words import Words
from sandbox.record.line import DecisionTaken
from sandbox.report.acceptance import providers_away
from sandbox.report.audits import audit_table, first_of
from sandbox.report.document.blocks import BREAK, Bar, BarChart, Beside, Details, Heading, Section, Span, Spans, Table
from sandbox.report.document.compose import Inline, below, bullets, filled, joined, note, paragraph, soft, table
from sandbox.report.figures import decimal, measured, missing, percent
from sandbox.report.pages.parts import PULSE, assessment_boxes, pulses_taken, tag
from sandbox.report.reading import Reading
from sandbox.report.standings import (
    beside_rules,
    judged,
    rules_alone,
    standing_words,
    usable_level,
)
from sandbox.scoring.audit.finding import Audit
from sandbox.scoring.counted import CountedLevel, counted_words
from sandbox.scoring.measures import departments_needed
from sandbox.scoring.panel import Score
from sandbox.scoring.scorecard import Scorecard
from sandbox.scoring.standing import standing_mark

_MARKS = {"supported": " °", "unsupported": " *"}
_COUNTS = frozenset({"questions_before_proposal"})
_ANCHORS: tuple[Level, ...] = ("1", "3", "5")
_LEVELS: tuple[Level, ...] = get_args(Level)


def scores_section(reading: Reading, card: Scorecard) -> Section:
    """Return the levels as figure and table, each with its basis, and the seats' shares of the lines."""
    label, lang, scores = reading.label, reading.game.spec.lang, _scores(reading, card)
    figures = Beside((_levels(label, card, scores, lang), _shares(reading, card)))
    counted = {each.name.get(lang): each.counted.levels for each, _ in scores if each.counted}
    judged_by = {criterion.name.get(lang): criterion.anchors for criterion, _ in scores}
    details = [_meanings(label, "scores.rules", _LEVELS, counted)] if counted else []
    details.append(_meanings(label, "anchors", _ANCHORS, judged_by))
    known = any(name.startswith("counted_") for name in card.baseline)
    alone = note(label("baseline.levels") + label("gap") + label("baseline.drawn") if known else "")
    return Section("scores", label("scores"), filled(figures, levels_table(reading, card), alone, *details))


def _unworded(reading: Reading) -> bool:
    """Return whether only cards or rules spoke, so that no wording can be judged or measured."""
    spec = reading.game.spec
    return (
        (spec.by_cards or spec.style == "rules") and len(reading.session.speakers) == 1 and not reading.session.persons
    )


def levels_table(
    reading: Reading, card: Scorecard, heard: Collection[str] | None = None, *, short: bool = False, every: bool = True
) -> Table:
    """Return the levels, each with its basis.

    Args:
        reading: the session.
        card: its scorecard.
        heard: the lines and decisions that the reader heard; other evidence is left out. None if all were heard.
        short: whether to leave out the questions of the criteria.
        every: whether to show criteria without a level.
    """
    label, scores = reading.label, _scores(reading, card, every=every)
    return table(
        label("scores.table"), [label(key) for key in ("criterion", "level", "baseline", "evidence", "measure")],
        (_score_row(reading, card, criterion, score, heard, short=short) for criterion, score in scores),
        anchors=(f"score-{criterion.id}" for criterion, _ in scores), widths=(25, 14, 14, 31, 16),
    )  # fmt: skip


def _scores(reading: Reading, card: Scorecard, *, every: bool = True) -> list[tuple[Criterion, Score]]:
    """Return the criteria with their scores by a judge; with ``every``, also those without a level.

    If only cards or rules spoke, criteria without a level are left out: there is no wording to judge.
    """
    every = every and not _unworded(reading)
    levelled = {name for name, counted in card.counted.items() if counted.level is not None}
    by_id, scores = {score.criterion: score for score in reversed(card.scores)}, []
    for criterion in reading.game.rubric.criteria:
        measure = card.outcome.get(criterion.measure) if criterion.measure else None
        none = Score(criterion.id, None, "not_judged", "", "", "", measure)
        score = by_id.get(criterion.id, none)
        if every or score.status != "not_judged" or criterion.id in levelled:
            scores.append((criterion, score))
    return scores


def _meanings(label: Words, key: str, levels: Sequence[Level], known: Mapping[str, Mapping[Any, Text]]) -> Details:
    head = (label("criterion"), *(label("anchor.level", level=level) for level in levels))
    rows = ((name, *(meant[level].get(label.lang) for level in levels)) for name, meant in known.items())
    widths = (15, 17, 17, 17, 17, 17) if len(levels) > len(_ANCHORS) else (19, 27, 27, 27)
    return Details(label(key), (table(label(key), head, rows, widths=widths, titled=False),))


def _levels(label: Words, card: Scorecard, scores: Sequence[tuple[Criterion, Score]], lang: Lang) -> BarChart:
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
        spread = card.baseline.get(f"counted_{criterion.id}") if status == "measured" else None
        bracket = (spread.low / 5, spread.high / 5) if spread else None
        if spread:
            low, high = f"{spread.low:g}", f"{spread.high:g}"
            spoken += label("list") + label("scores.of_rules", low=low, high=high)
        shown_as = f"{level}{_MARKS.get(status, '')}"
        if status == "measured" and usable is not None and usable != level:
            shown_as = label("scores.beside", level=level, judged=usable)
            spoken += label("list") + label("scores.judged") + label("colon") + str(usable)
        bars.append(Bar(name, shown_as, level / 5, spoken, status == "unsupported", bracket=bracket))
    legend = [(False, label("scores.legend_counted"))] if "measured" in shown else []
    legend += [(False, _MARKS["supported"].strip() + " " + label("scores.legend_full"))] if "supported" in shown else []
    legend += [(True, "* " + label("scores.legend_hatched"))] if "unsupported" in shown else []
    head = (label("criterion"), label("level"))
    bracketed = label("scores.legend_range") if any(bar.bracket for bar in bars) else ""
    return BarChart("fig-scores", label("scores.figure"), head, tuple(bars), 5, tuple(legend), bracketed)


def _shares(reading: Reading, card: Scorecard) -> BarChart:
    label, most = reading.label, max(card.turns.values(), default=0) or 1
    bars = []
    for seat in reading.seated:
        turns = card.turns.get(seat.id, 0)
        share = percent(round(turns, 2))
        spoken = label("turns.share_of", name=seat.name, share=share)
        name = f"{seat.name}{label('list')}{seat.role}"
        bars.append(Bar(name, share, turns / most, spoken, seat=seat.index))
    return BarChart("fig-turns", label("turns.figure"), (label("seat"), label("value")), tuple(bars))


def _score_row(
    reading: Reading, card: Scorecard, criterion: Criterion, score: Score, heard: Collection[str] | None, *,
    short: bool,
) -> tuple[Inline, ...]:  # fmt: skip
    label, lang = reading.label, reading.game.spec.lang
    counted, unusable = card.counted.get(criterion.id), judged(score) and usable_level(card, score) is None
    rows: list[Spans] = []
    if counted:
        rows += [_number(label, counted.level), (tag(label("status.measured"), "measured"),)]
        rows += [(soft(label("status.cannot_tell")),)] if counted.level is None else []
    if not counted or score.status != "not_judged":
        rows += [(soft(label("scores.judged")),)] if counted else []
        rows.append((soft(label("not_reliable")),) if unusable else _number(label, score.level))
        rows.append((tag(label(f"status.{score.status}"), score.status),))
    if judged(score):
        standing = card.standings.get(criterion.id)
        words = label("standing") + label("colon") + standing_words(label, standing)
        mark = standing_mark(standing)  # green on each row would claim too much for so few items
        rows.append((Span(words, style="soft", tone="" if mark == "reliable" else tag("", mark).tone),))
    measure: Inline = label("no_measure")
    if criterion.measure:
        named = () if short else (label.of("m", criterion.measure),)
        righted = (label("scores.as_made"),) if counted and "righted" in counted.notes else ()
        measure = below(_value(label, criterion.measure, score.measure), *named, *righted)
    name = below(criterion.name.get(lang), *(() if short else (criterion.question.get(lang),)))
    known = f"counted_{criterion.id}"
    alone = rules_alone(label, card.baseline.get(known), counted.level) if counted else ""
    beside = below(alone or "–", *(beside_rules(label, card, known, counted.level) if counted else ()))
    return name, joined(rows), beside, _all_evidence(reading, criterion, counted, score, heard), measure


def _number(label: Words, level: float | None) -> Spans:
    if level is None:
        return (soft(label("no_score")),)
    return Span(str(level), style="large"), soft(" / 5")


def _all_evidence(
    reading: Reading, criterion: Criterion, counted: CountedLevel | None, score: Score, heard: Collection[str] | None
) -> Spans:
    """Return how a level was counted, with its lines and decisions, and below that the evidence of the judge."""
    if not counted:
        return _evidence(reading, criterion, score, heard)
    label = reading.label
    rule = Span(label("gap").join([counted_words(label, criterion, counted), *_unseen(reading, criterion)]))
    known = [event for event in counted.evidence if heard is None or event in heard]
    events = [(Span(reading.called(event), event),) for event in known]
    shown: Spans = (rule, *((soft(" "), *first_of(label, events, soft(label("list")))) if events else ()))
    shown += (soft(" " + label("debrief.not_heard")),) if counted.evidence and not known else ()
    return shown if score.status == "not_judged" else (*shown, BREAK, *_evidence(reading, criterion, score, heard))


def _opposing(reading: Reading, decision: DecisionTaken, seat: str) -> str:
    """Return a seat's name with the lines in which it opposes the motion of a decision, its vote included."""
    about = (line for line in reading.lines if line["seat"] == seat and line["about"] == decision["motion"])
    lines = [line["id"] for line in about if has(line["act"], "opposes") or has(line["act"], "votes_against")]
    return reading.name(seat) + (reading.label.paren(reading.label.join(lines)) if lines else "")


def _unseen(reading: Reading, criterion: Criterion) -> list[str]:
    """Return what the count of a criterion cannot see in this session, and which seats it counts as residents."""
    label, rule = reading.label, criterion.counted.rule if criterion.counted else ""
    if rule == "payer_and_provider":
        against = [
            _opposing(reading, decision, seat)
            for decision in reading.session.carried
            for seat, _, way in providers_away(reading, decision)
            if way == "against"
        ]
        return [label("scores.note.doers", names=against)] if against else []
    if rule == "departments_agree":
        named, held = reading.game.scenario.departments, departments_needed(reading.session)
        each = [
            reading.name(seat) + label.paren(label.join(named[desk].get(label.lang) for desk in sorted(desks)))
            for seat, desks in held.items()
        ]
        return [label("scores.note.speaks", names=each)] if each else []
    known = rule in ("who_binds", "asked_first") and reading.game.residents
    return [label("scores.note.residents", names=reading.names(frozenset(reading.game.residents)))] if known else []


def _evidence(reading: Reading, criterion: Criterion, score: Score, heard: Collection[str] | None) -> Spans:
    """Return the basis of a judge's level: its meaning, quotes, votes and, for a reader who heard all, the reason."""
    label, rows = reading.label, list[Spans]()
    gone = reading.session.hides
    quotes = [quote for quote in score.quotes if (heard is None or quote.turn in heard) and quote.turn not in gone]
    missing = score.quote if score.status == "unsupported" else ""
    known = heard is None or score.status == "not_judged"
    if not known and (missing or not quotes):
        return (soft(label("debrief.not_heard")),)
    reason = label.of("reason", score.reason) if score.status == "not_judged" else score.reason
    if judged(score) and str(score.level) in criterion.anchors:
        rows.append((Span(criterion.anchors[str(score.level)].get(label.lang)),))  # type: ignore[index]
    if score.status == "supported" and score.quote:
        for each in quotes:
            line = reading.line_by_id.get(each.turn)
            speaker = reading.name(line["seat"]) + label("colon") if line else ""
            cited = Span(reading.cited(each.turn), each.turn)
            rows.append((Span(speaker), Span(f"“{each.quote}”", style="quote"), Span(" "), cited))
    elif missing:
        rows.append((soft(label("quote.missing", quote=missing, turn=score.turn)),))
    elif not reason:
        rows.append((soft(label("no_quote")),))
    if len(score.votes) > 1:
        levels: dict[str, list[str]] = {}
        for vote in score.votes:
            levels.setdefault(vote.judge, []).append("–" if vote.level is None else str(vote.level))
        votes = label("semi").join(f"{judge} {' '.join(own_levels)}" for judge, own_levels in levels.items())
        rows.append((soft(label("votes", votes=votes, spread="–" if score.spread is None else f"{score.spread:g}")),))
    if reason and known:
        rows.append((soft(reason),))
    if judged(score) and criterion.id == "referee_role":
        rows.append((soft(label("scores.note.chair", name=reading.name(reading.game.chair))),))
    return joined(rows)


def assessments_section(reading: Reading, card: Scorecard) -> Section:
    """Return the assessment from above (H) beside that from the side (P), and how far they differ."""
    label = reading.label
    rows = [_measure(label, name, _apart(label, card, name, value)) for name, value in vars(card.apart).items()]
    head = (label("measure"), label("value"), label("definition"))
    blocks = (
        paragraph(label("assessments.asks")), note(label("assessments.note")),
        assessment_boxes(reading, card.assessments), Heading(label("apart")),
        table(label("apart"), head, rows, widths=(27, 27, 46), titled=False),
    )  # fmt: skip
    return Section("assessments", label("assessments"), blocks)


def _apart(label: Words, card: Scorecard, name: str, value: float | None) -> str:
    """Return a measure of how far H and P differ; the gap is written out if the rounded totals give another."""
    totals = [each.total for each in card.assessments if each.total is not None]
    if name == "gap" and value is not None and len(totals) == 2:
        rounded = abs(round(totals[0], 2) - round(totals[1], 2))
        if round(rounded, 2) != round(value, 2):
            high, low = sorted(totals, reverse=True)
            return decimal(value, 3) + label.paren(f"{decimal(high, 3)} − {decimal(low, 3)}")
    return measured(value, label)


def outcome_section(reading: Reading, card: Scorecard) -> Section:
    """Return the outcome measures, each beside what the rules alone make."""
    label = reading.label
    rows = []
    for name, value in card.outcome.items():
        spread, beside = card.baseline.get(name), below("–")
        if spread:
            mean, low, high = (_value(label, name, figure) for figure in (spread.mean, spread.low, spread.high))
            cell = label("baseline.cell", mean=mean, low=low, high=high)
            beside = below(cell, *beside_rules(label, card, name, value))
        title, shown, definition = _measure(label, name, _value(label, name, value))
        rows.append((title, shown, beside, definition))
    head = tuple(label(key) for key in ("measure", "value", "baseline", "definition"))
    measures = table(label("outcome"), head, rows, widths=(25, 16, 19, 40), titled=False)
    sessions = max((spread.sessions for spread in card.baseline.values()), default=0)
    alone = note(label("baseline.note", sessions=sessions) if sessions else "")
    return Section("outcome", label("outcome"), filled(note(label("outcome.note")), measures, alone))


def play_section(reading: Reading, audited: Audit) -> Section:
    """Return how the session was played and whether its simulation is sound: each measure beside its threshold."""
    label = reading.label
    texts = ("play.note", "audit.note", *(("audit.scripted",) if audited.scripted else ()))
    shown, left = audited, 0
    if _unworded(reading):
        shown = replace(audited, findings=tuple(each for each in audited.findings if each.status != "not_measured"))
        left = len(audited.findings) - len(shown.findings)
    rest = note(label("play.unworded", count=left) if left else "")
    return Section("play", label("play"), filled(note(" ".join(map(label, texts))), audit_table(shown, label), rest))


def pulses_section(reading: Reading) -> Section:
    """Return the trust, conviction and burden of each seat at each moment."""
    label, (taken, mark, origin) = reading.label, pulses_taken(reading)
    moments = list(dict.fromkeys(event.stage for event in taken))
    levels = {(event.stage, event.seat): event.payload for event in taken}

    def cell(moment: str, seat: str) -> Spans:
        pulse: Mapping[str, Any] = levels.get((moment, seat), {})
        derived = mark if pulse.get("origin") == "rules" else ""
        return joined((soft(f"{label(f'pulse.{name}')} {pulse[name]}{derived}"),) for name in PULSE if pulse)

    head = (label("seat"), *map(reading.moment, moments))
    known = [seat for seat in reading.seated if any(seat.id == event.seat for event in taken)]
    rows = [(below(seat.name, seat.role), *(cell(moment, seat.id) for moment in moments)) for seat in known]
    questions = {label(f"pulse.{name}"): label(f"pulse.ask.{name}") for name in PULSE}
    asked = bullets(label("pulse.asked", name=name, asked=question) for name, question in questions.items())
    shown = (table(label("pulses"), head, rows, titled=False), asked) if taken else ()
    return Section("pulses", label("pulses"), (note(f"{label('pulses.note')} {origin}".strip()), *shown))


def _measure(label: Words, name: str, shown: str) -> tuple[Inline, ...]:
    return label.of("m", name), shown, (soft(label.of("d", name)),)


def _value(label: Words, name: str | None, value: float | None) -> str:
    if value is None:
        return missing(label, name or "")
    return f"{round(value, 1):g}" if name in _COUNTS else percent(value)
