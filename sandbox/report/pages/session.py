"""The report of a session: what was decided, what to make of it, and the whole transcript."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sandbox.content.language import Lang
from sandbox.content.templates import AS_IS
from sandbox.experiment.judging.answers import MANY, Answers
from sandbox.game.plans import rewritten
from sandbox.game.session import Session
from sandbox.llm.usage import Usage
from sandbox.record.events import Event
from sandbox.report.act_words import floor_reason
from sandbox.report.audits import red_findings, red_flags
from sandbox.report.beside_votes import put_by
from sandbox.report.departures import departure_of
from sandbox.report.document.blocks import Block, Callout, Details, Facts, Heading, ReportDocument, Section, Span, Spans
from sandbox.report.document.compose import Inline, bullets, fact_list, filled, note, paragraph, strong, table
from sandbox.report.document.markdown import to_markdown
from sandbox.report.endings import minutes_told, why_ended
from sandbox.report.figures import percent
from sandbox.report.pages import parts, scores
from sandbox.report.pages.ledger import ledger_section, owing, review_section, rules_section
from sandbox.report.read_decision import read_decision
from sandbox.report.reading import Reading
from sandbox.report.standings import beyond_range, judge_caution, usable_level, within_range
from sandbox.scoring.audit.auditing import audit
from sandbox.scoring.audit.finding import Audit, Finding
from sandbox.scoring.audit.playing import contests
from sandbox.scoring.scorecard import Scorecard
from sandbox.session.carried import fits

# The beginning of a row of minutes on a line, which the transcript has already.
_OF_LINE = re.compile(r"L\d+ ")
_TOKENS = ("calls", "prompt", "cached", "completion")


def session_report(session: Session, card: Scorecard, lang: Lang | None = None) -> ReportDocument:
    """Return the report of a session, finished or not, in a language; without one, in that of the session.

    Criteria of the rubric that the card lacks are shown as not judged.
    """
    reading = Reading(session, lang=lang)
    label = reading.label
    audited = audit([session])
    red = red_findings(session, audited)
    flags = (
        (Callout("warning", label("warnings"), (bullets(red_flags(red, session.game, label)),), "red"),) if red else ()
    )
    warnings = _warnings(reading, card, audited, red)
    rehearsed = label("gap").join(label(f"caution.{key}") for key in ("rehearsal", "rules", "cities"))
    cautions = [rehearsed, judge_caution(label, card)]
    return parts.case_page(
        reading,
        f"{label('kicker')} · {reading.game.governance.name.get(reading.game.spec.lang)}",
        label("skip"),
        sections=(
            scores.scores_section(reading, card),
            scores.assessments_section(reading, card),
            scores.outcome_section(reading, card),
            scores.pulses_section(reading),
            *filter(None, (review_section(reading, card.assessments),)),
            ledger_section(reading),
            rules_section(reading),
            _transcript(reading),
            scores.play_section(reading, audited),
            _usage(reading),
        ),
        footer=label("gap").join(
            filter(None, (label("caution.rehearsal"), label("caution.cities"), _citation(reading)))
        ),
        opening=(
            *flags,
            _verdict(reading),
            parts.cautioned(label, cautions, warnings, bool(flags)),
            _facts(reading, card),
        ),
        contents=label("contents"),
        unfolded=("scores",),
    )


def _facts(reading: Reading, card: Scorecard) -> Facts:
    label, spec = reading.label, reading.game.spec
    departure = departure_of(reading.session)
    begun, warmth = reading.session.opened, ""
    if begun and "temperature" in begun:
        warmth = label("temperature.warmer", temperature=begun["temperature"], warmer=begun.get("warmer", 0.0))
    if reading.session.untempered:
        warmth = label("temperature.left_out")
    judge = card.judge or (spec.judge_model if any(score.level is not None for score in card.scores) else "")
    facts = [
        (label("city"), reading.game.city.name.get(spec.lang) if reading.game.city else ""),
        (label("language"), label(f"language.{reading.spoken.spec.lang}")),
        (label("seed"), str(spec.seed)),
        (label("model"), reading.model),
        (label("said_model"), label("semi").join(Answers.in_log(reading.events).said)),
        (label("temperature"), warmth),
        (label("judge"), label.of("models", judge) if judge else label("nobody")),
        (label("lines"), str(len(reading.lines))),
        (label("style"), label.of("style", "agent" if spec.player == "agent" else spec.style)),
        (label("comparison.branched"), departure.text if departure else ""),
        (label("session"), reading.session.id),
        (label("program"), begun.get("program", "") if begun else ""),
    ]
    return fact_list(facts, "grid")


def _citation(reading: Reading) -> str:
    """Return how to cite the session; empty if it has no log."""
    if not (begun := reading.session.opened):
        return ""
    game, lang = reading.game, reading.game.spec.lang
    return reading.label(
        "cite_session", program=begun.get("program", "governance-sandbox"), session=reading.session.id,
        day=datetime.fromtimestamp(reading.events[0].at, UTC).date().isoformat(),
        title=game.scenario.title.get(lang), governance=game.governance.name.get(lang), model=reading.model,
        seed=game.spec.seed, content=begun["spec"].get("content") or "–",
    )  # fmt: skip


def _verdict(reading: Reading) -> Callout:
    label, taken, blocks = reading.label, reading.decisions, list[Block]()
    carried = {decision["id"] for decision in reading.session.carried}
    lost = [read_decision(reading, decision) for decision in taken if carried and decision["id"] not in carried]
    for decision in taken:
        if not carried or decision["id"] in carried:
            read = read_decision(reading, decision)
            blocks += [*parts.decided(reading, decision), note(read.beside), parts.left_open(reading, read)]
    blocks += [note((Span(read.settled + " "), Span(read.motion, read.motion))) for read in lost]
    none = paragraph("" if taken else label("decision.none"))
    return Callout("verdict", label("outcome_heading"), filled(*blocks, none), "outcome-in-brief")


def _warnings(reading: Reading, card: Scorecard, audited: Audit, flags: Sequence[Finding]) -> list[str]:
    """Return what speaks against trusting the session, besides the findings that are flagged already.

    If people play, a stage without objections says something of their talk and nothing of the simulation.
    """
    label, game, warnings = reading.label, reading.game, list[str]()
    red = {finding.id for finding in flags}

    def warn(key: str, when: object, **values: object) -> None:
        if when:
            warnings.append(label(f"warn.{key}", **values))

    warn("other_content", not fits(game, reading.session.events))
    warn("unfinished", not reading.session.finished, begun=len(reading.course), all=len(game.stages))
    warn("no_lines", not reading.lines)
    warnings += parts.who_played(reading)
    warn("cast", game.spec.personas, cast=label.join(f"{seat} = {card}" for seat, card in game.spec.personas.items()))
    warn("wording", game.spec.wording != AS_IS, wording=game.spec.wording)
    names = {criterion.id: criterion.name.get(game.spec.lang) for criterion in game.rubric.criteria}
    usable = {score.criterion: usable_level(card, score) for score in card.scores}
    judged_levels = {criterion: level for criterion, level in usable.items() if level is not None}
    counted = {criterion for criterion, level in card.counted.items() if level.level is not None}
    missing = len(names.keys() - {*counted, *judged_levels})
    within = within_range(card)
    drawn = game.spec.style == "rules"  # a session drawn from the rules lies within them by its nature
    told = [names[each] for each in names if each in counted and each not in within]
    warn(
        "within",
        within and not drawn,
        count=len(told),
        all=len(counted),
        names=label.paren(label("semi").join(told)) if told else "",
    )
    beyond = [label.of("m", name) for name in beyond_range(card)]
    gone = reading.session.hides
    warn("taken_off", gone, count=len(gone), lines=label.join([line for line in reading.line_by_id if line in gone]))
    warn("beyond_range", beyond and within and not drawn, names=label("semi").join(beyond))
    warn("no_score", missing, count=missing, all=len(names))
    unsupported = [score.criterion for score in card.scores if score.status == "unsupported"]
    weak = [names[criterion] for criterion in unsupported if criterion in names]
    warn("unsupported", weak, count=len(weak), names=label("semi").join(weak))
    same = set(judged_levels.values())
    warn("flat", len(judged_levels) > 3 and len(same) == 1, level=min(same, default=0))
    played = {model for speaker in reading.session.speakers for model in speaker.all}
    own = sorted({*(card.judge or "").split(",")} & played)
    warn("same_model", own, models=label.join(label.of("models", model) for model in own))
    by_cards, foreign = audited["card_lines"], audited["own_language"]
    warn("card_lines", by_cards.value and by_cards.id not in red, share=percent(by_cards.value))
    by_rules = game.spec.style == "rules" and len(reading.session.speakers) == 1
    alike = 0 if by_rules else card.play.get("duplicates")  # stock words are alike by their nature
    warn("duplicates", alike and "duplicates" not in red, count=alike)
    answers = Answers.in_log(reading.session.events)
    unusable = answers.shares.get("unusable", 0.0)
    warn("unheld", answers.unheld, count=answers.unheld, all=answers.lines)
    warn("unusable", unusable > MANY, count=answers.unusable, all=answers.given, share=percent(unusable))
    warn("other_language", foreign.evidence and foreign.id not in red, count=len(foreign.evidence))
    spoken = {line["stage"] for line in reading.lines}
    calm = [
        game.stage_names[stage] for stage, count in contests(reading.session).items() if not count and stage in spoken
    ]
    quiet = "no_objection.people" if reading.session.persons else "no_objection"
    warn(quiet, calm and "objections" not in red, names=label.join(calm))
    void = sum(item.state == "beyond_remit" for item in reading.session.entries("promise"))
    warn("beyond", void, count=void)
    return warnings


def transcript_markdown(session: Session, lang: Lang | None = None) -> str:
    """Return the transcript of a session, finished or not, as Markdown, in the language as in `session_report`.

    Calls, pulses, assessments and scores are left out.
    """
    reading = Reading(session, lang=lang)
    label, game = reading.label, reading.game
    begun = label("warn.unfinished", begun=len(reading.course), all=len(game.stages))
    opening = [note(f"{label('governance')}{label('colon')}{reading.text(game.governance.name)}")]
    opening += [] if reading.session.finished else [note(begun)]
    return to_markdown(parts.case_page(reading, "", "", (_transcript(reading),), "", opening=opening, slim=True))


def _transcript(reading: Reading) -> Section:
    label = reading.label
    person = {True: (label("person_seat"),), False: ()}
    seats = [
        (seat.name, " · ".join((seat.role, label("sits_as", position=seat.position), *person[seat.person])))
        for seat in reading.seated
    ]
    stages = [block for number, stage in enumerate(reading.course, 1) for block in _stage(reading, number, stage)]
    empty = note("" if reading.course else label("transcript.empty"))
    return Section(
        "transcript", label("transcript"), filled(fact_list(seats, "seats"), *stages, *owing(reading), empty)
    )


def _stage(reading: Reading, number: int, stage: str) -> Iterator[Block]:
    label, colon, game = reading.label, reading.label("colon"), reading.game
    held = defaultdict[str, list[Any]](list)
    for event in reading.course[stage]:
        held[event.kind].append(event)
    name = game.stage_names[stage]
    purpose = next(card.purpose for card in game.stages if card.id == stage)
    present = next((event.payload["present"] for event in held["stage"]), game.present(stage))
    yield Heading(name, f"stage-{stage}", over=label("stage.number", number=number, of=len(game.stages)))
    yield note(purpose.get(game.spec.lang))
    yield note(label("stage.present") + colon + reading.names(present))
    yield from _course(reading, stage, several=len(held["decision"]) > 1)
    yield note("" if held["line"] else label("stage.no_lines"))
    if held["plan"]:
        yield Details(label("plans"), [*_plans(reading, stage, held["plan"])])
    for minutes in held["minutes"]:
        text = minutes_told(reading.session, stage, minutes.payload["text"])
        said = [line.payload["says"] for line in held["line"]]
        above = tuple(filter(None, [*said, *(news.payload["text"] for news in held["inject"])]))
        rows = [row for row in text.splitlines() if row.strip() and not (_OF_LINE.match(row) or row.endswith(above))]
        if rows[1:]:
            yield Details(label("minutes") + colon + name, [*map(paragraph, rows)])
        ended = why_ended(minutes.payload["ended"], [event.payload for event in held["decision"]])
        yield note(label("stage.ended") + colon + label.of("ended", ended) if ended else "")


def _course(reading: Reading, stage: str, *, several: bool) -> Iterator[Block]:
    """Yield the lines, news and decisions of a stage in order; if it has ``several`` votes, with the motion of each."""
    put = ""
    for event in reading.course[stage]:
        if event.kind == "line":
            if several and event.payload["vote"] and event.payload["about"] != put:
                put = event.payload["about"]
                motion = reading.proposals.get(put)
                name, amended = put_by(reading, motion) if motion else ("", "")
                told = reading.label("transcript.put", name=name, amended=amended, motion=put)
                yield paragraph((strong(told),))
            why = reading.label.of("floor", floor_reason(reading.game, event.payload["why"]))
            yield replace(parts.line_said(reading, reading.line(event.payload)), why=why)
        elif event.kind == "inject":
            yield parts.news_said(reading, event)
        elif event.kind == "decision":
            decision = read_decision(reading, event.payload)
            yield parts.decision_box(reading, decision, decision.motion)


def _plans(reading: Reading, stage: str, filed: Sequence[Event]) -> Iterator[Block]:
    """Yield the plans of a stage: first the plan handed down, then for each seat what it has written since its last."""
    label, stages = reading.label, [*reading.course]
    earlier = [event for past in stages[: stages.index(stage)] for event in reading.course[past]]
    before = {event.seat: event for event in earlier if event.kind == "plan"}
    handed = [(label.of("section", key), text) for key, text in reading.spoken.plan.items() if text]
    if handed and not before:
        yield Heading(label("plans.handed_down"), level=4)
        yield fact_list(handed)
    for plan in filed:
        yield Heading(label("plans.of", name=reading.name(plan.seat)), level=4)
        yield from filled(*_plan(reading, plan, before.get(plan.seat)))


def _plan(reading: Reading, plan: Event, before: Event | None) -> tuple[Block, ...]:
    label, rows, rest = reading.label, list[tuple[str, Spans]](), defaultdict[str, list[str]](list)
    lines, earlier = plan.payload["lines"], before.payload["sections"] if before else {}
    for section, text in plan.payload["sections"].items():
        name, line = label.of("section", section), lines.get(section)
        if line and earlier.get(section) != text:
            had = earlier.get(section, reading.spoken.plan[section])
            rows.append((name, (Span(rewritten(had, text) + " "), Span(line, line))))
        else:
            rest["before" if line else "handed"].append(name)
    told = (label(f"plans.{way}") + label("colon") + label.join(names) for way, names in rest.items())
    return fact_list(rows), note(label("semi").join(told))


def _usage(reading: Reading) -> Section:
    label, spent = reading.label, defaultdict[str, Usage](Usage)
    for event in reading.events:
        if event.kind == "call":
            spent[event.seat] += Usage(**event.payload["usage"])
    if not spent:
        return Section("usage", label("usage"), (note(label("usage.none")),))
    order = [*(seat for seat in reading.seats if seat in spent), *(seat for seat in spent if seat not in reading.seats)]
    names = [label("usage.judge") if seat == "judge" else reading.name(seat) for seat in order]
    rows: list[list[Inline]] = [[name, *_tokens(spent[seat])] for name, seat in zip(names, order, strict=True)]
    total = sum(spent.values(), Usage())
    rows.append([(strong(text),) for text in (label("usage.total"), *_tokens(total))])
    head = (label("seat"), *(label(f"usage.{key}") for key in _TOKENS))
    guessed = note(label("warn.estimated") if total.estimated else "")
    return Section("usage", label("usage"), filled(table(label("usage.table"), head, rows, figures=True), guessed))


def _tokens(usage: Usage) -> list[str]:
    return [f"{getattr(usage, key):,}" for key in _TOKENS]
