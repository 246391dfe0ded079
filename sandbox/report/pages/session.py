"""The report of a session: what was decided, what to make of it, and the whole transcript."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Literal

from sandbox.content.templates import AS_IS
from sandbox.game.session import Session
from sandbox.llm.usage import Usage
from sandbox.record.events import SessionOpened
from sandbox.report.audits import RedFlag, red_flags
from sandbox.report.branches import changes_told, departure_of
from sandbox.report.document.blocks import (
    Beside,
    Block,
    Bullets,
    Callout,
    Details,
    Document,
    Facts,
    Heading,
    Paragraph,
    Section,
    Span,
    Spans,
    Table,
    plain,
)
from sandbox.report.pages.ledger import ledger_section, rules_section
from sandbox.report.pages.parts import decided, decision_box, line_said, news_said, percent
from sandbox.report.pages.reviewed import review_section
from sandbox.report.pages.scores import (
    assessments_section,
    outcome_section,
    play_section,
    pulses_section,
    scores_section,
)
from sandbox.report.reading import Reading, ReadStage
from sandbox.report.standings import judge_caution, usable_level
from sandbox.report.voices import who_spoke
from sandbox.scoring.audit.auditing import audit
from sandbox.scoring.audit.playing import contests
from sandbox.scoring.scorecard import Scorecard

__all__ = ["session_report"]

_TOKENS = ("calls", "prompt", "cached", "completion")


def session_report(session: Session, card: Scorecard) -> Document:
    """Return the report of a session, finished or not, in the session's language.

    Args:
        session: the session.
        card: its scores; a criterion of the rubric that is not in it is shown as not judged.

    Raises:
        KeyError: a line, decision or call in the log lacks one of its fields.
    """
    reading, game = Reading(session), session.game
    label, lang = reading.label, game.spec.lang
    audited = audit([session])
    flags = red_flags(audited.red(), label)
    warnings = tuple(_flag(reading, flag) for flag in flags)
    warnings += tuple(map(plain, _warnings(reading, card, {flag.id for flag in flags})))
    caution = [label(f"caution.{key}") for key in ("rehearsal", "rules", "cities")] + [judge_caution(label, card)]
    boxes: list[Block] = [
        Callout("plain", label("caution.title"), (Bullets(tuple(map(plain, caution))),), "caution"),
    ]
    if warnings:
        boxes = [Beside((Callout("warning", label("warnings"), (Bullets(warnings),), "warnings"), *boxes))]
    return Document(
        lang=lang,
        kicker=label("kicker"),
        title=game.scenario.title.get(lang),
        lede=game.scenario.question.get(lang),
        contents=label("contents"),
        skip=label("skip"),
        footer=f"{label('caution.rehearsal')}{label('gap')}{label('caution.cities')}",
        opening=(_facts(reading, card), _verdict(reading), *boxes),
        sections=(
            scores_section(reading, card),
            assessments_section(reading, card),
            outcome_section(reading, card),
            pulses_section(reading),
            *filter(None, (review_section(reading),)),
            ledger_section(reading),
            rules_section(reading),
            _transcript(reading),
            play_section(reading, audited),
            _usage(reading),
        ),
    )


def _temperature(reading: Reading) -> list[tuple[str, str]]:
    """Return at which temperature turns were asked for, where the log tells it."""
    begun = next((event.payload for event in reading.session.events if isinstance(event, SessionOpened)), None)
    if begun is None or "temperature" not in begun:
        return []
    warmer = reading.label("temperature.warmer", temperature=begun["temperature"], warmer=begun.get("warmer", 0.0))
    return [(reading.label("temperature"), warmer)]


def _facts(reading: Reading, card: Scorecard) -> Facts:
    label, spec = reading.label, reading.game.spec
    departure = departure_of(reading.session)
    judge = card.judge or (spec.judge_model if any(score.level is not None for score in card.scores) else "")
    facts = [
        (label("governance"), reading.game.governance.name.get(spec.lang)),
        *([(label("city"), reading.game.city.name.get(spec.lang))] if reading.game.city else []),
        (label("language"), label(f"language.{spec.lang}")),
        (label("seed"), str(spec.seed)),
        (label("model"), label.of("models", reading.model)),
        *_temperature(reading),
        (label("judge"), judge or label("nobody")),
        (label("lines"), str(len(reading.lines))),
        (label("style"), label.of("style", spec.style)),
        *([(label("comparison.branched"), departure.text)] if departure else []),
        *([(label("session"), reading.session.id)] if reading.session.id else []),
    ]
    return Facts(tuple((name, plain(value)) for name, value in facts), "grid")


def _verdict(reading: Reading) -> Callout:
    label, blocks = reading.label, list[Block]()
    for stage in reading.stages:
        for decision in stage.decisions:
            blocks += decided(reading, decision)
            if decision.left_open:
                left = label("decision.left_open", questions=" ".join(decision.left_open))
                blocks.append(Paragraph(plain(left), soft=True))
    none = Paragraph(plain(label("decision.none")))
    return Callout("verdict", label("outcome_heading"), tuple(blocks) or (none,), "outcome-in-brief")


def _flag(reading: Reading, flag: RedFlag) -> Spans:
    """Return what the audit is red on, with links to its lines."""
    label, spans = reading.label, [Span(flag.says, style="strong")]
    if not flag.lines:
        return tuple(spans)
    spans.append(Span(" " + label("audit.where")))
    for number, line in enumerate(flag.lines):
        spans += [Span(label("list") if number else ""), Span(line, line)]
    more = label("semi") + label("audit.more", count=flag.more) if flag.more else ""
    return (*spans, Span(more + label("stop")))


def _warnings(reading: Reading, card: Scorecard, flagged: Collection[str]) -> list[str]:
    """Return what speaks against trusting the session, but for what the audit has flagged already."""
    label, game, play = reading.label, reading.game, card.play
    warnings: list[str] = []

    def warn(key: str, when: object, **values: object) -> None:
        if when:
            warnings.append(label(f"warn.{key}", **values))

    warn("unfinished", not reading.finished, begun=len(reading.stages), all=len(game.stages))
    warn("no_lines", not reading.lines)
    by_rules = game.spec.style == "rules" and len(reading.session.speakers) == 1
    warnings += filter(None, (who_spoke(reading),))
    rules = changes_told(game.spec.model_copy(update={"changes": ()}), game.library, game.spec.changes)
    warn("changed", rules, changes=label("semi").join(rules))
    warn("cast", game.spec.personas, cast=label.join(f"{seat} = {card}" for seat, card in game.spec.personas.items()))
    warn("wording", game.spec.wording != AS_IS, wording=game.spec.wording)
    names = {criterion.id: criterion.name.get(game.spec.lang) for criterion in game.rubric.criteria}
    judged_levels = {
        score.criterion: level for score in card.scores if (level := usable_level(card, score)) is not None
    }
    counted = {criterion for criterion, level in card.counted.items() if level.level is not None}
    missing = [name for criterion, name in names.items() if criterion not in {*counted, *judged_levels}]
    warn("no_score", missing, count=len(missing), all=len(names), names=label("semi").join(missing))
    weak = [
        names[score.criterion] for score in card.scores if score.status == "unsupported" and score.criterion in names
    ]
    warn("unsupported", weak, count=len(weak), names=label("semi").join(weak))
    same = set(judged_levels.values())
    warn("flat", len(judged_levels) > 3 and len(same) == 1, level=min(same, default=0))
    own = sorted({*(card.judge or "").split(",")} & {model for _, model in reading.session.speakers})
    warn("same_model", own, models=label.join(own))
    invented = [str(number) for number in play.get("invented_numbers") or ()]
    warn("invented", invented and "invented_figures" not in flagged, numbers=label.join(invented))
    warn(
        "card_lines", "card_lines" not in flagged and play.get("card_lines"), share=percent(play.get("card_lines") or 0)
    )
    alike = None if by_rules else play.get("duplicates")  # stock words are alike by their nature
    warn("duplicates", "duplicates" not in flagged and alike, count=alike)
    spoken = {stage.id: stage.name for stage in reading.stages if stage.lines}
    calm = [spoken[stage] for stage, count in contests(reading.session).items() if not count and stage in spoken]
    warn("no_objection", "objections" not in flagged and calm, names=label.join(calm))
    warn("assistant", "assistant_talk" not in flagged and play.get("assistant_talk"), count=play.get("assistant_talk"))
    foreign = play.get("other_language")
    warn("other_language", foreign and "own_language" not in flagged, count=foreign)
    void = sum(item.kind == "promise" and item.state == "beyond_remit" for item in reading.session.items)
    warn("beyond", void, count=void)
    return warnings


def _transcript(reading: Reading) -> Section:
    label = reading.label
    seats: list[tuple[str, Spans]] = []
    for seat in reading.seats.values():
        about = [seat.role, seat.position, *([label("person_seat")] if seat.person else [])]
        seats.append((seat.name, plain(" · ".join(about))))
    blocks: list[Block] = [Facts(tuple(seats), "seats")]
    for stage in reading.stages:
        blocks += _stage(reading, stage)
    if not reading.stages:
        blocks.append(Paragraph(plain(label("transcript.empty")), soft=True))
    return Section("transcript", label("transcript"), tuple(blocks))


def _stage(reading: Reading, stage: ReadStage) -> list[Block]:
    label = reading.label

    def note(text: str) -> Paragraph:
        return Paragraph(plain(text), soft=True)

    blocks: list[Block] = [Heading(stage.name, f"stage-{stage.id}", over=stage.heading)]
    blocks += [note(stage.purpose), note(label("stage.present") + label("colon") + stage.present)]
    for number, line in enumerate(stage.lines):
        blocks += [news_said(reading, news) for news in stage.injects if news.turn == number]
        blocks.append(line_said(reading, line))
    blocks += [news_said(reading, news) for news in stage.injects if news.turn >= len(stage.lines)]
    if not stage.lines:
        blocks.append(note(label("stage.no_lines")))
    blocks += [decision_box(reading, decision, decision.motion) for decision in stage.decisions]
    if stage.plans:
        inner: list[Block] = []
        for plan in stage.plans:
            heading = label("plans.of", name=plan.seat.name)
            inner += [Heading(heading, level=4), note(label("plans.copied", share=plan.copied))]
            handed = Span(label("plans.handed"), style="soft")
            rows = [
                (name, (Span(text + " "), Span(line, line) if line else handed)) for name, text, line in plan.sections
            ]
            inner.append(Facts(tuple(rows)))
        blocks.append(Details(label("plans"), tuple(inner)))
    if stage.minutes:
        rows_of = tuple(Paragraph(plain(row)) for row in stage.minutes.splitlines() if row.strip())
        blocks.append(Details(label("minutes") + label("colon") + stage.name, rows_of))
    if stage.ended:
        blocks.append(note(label("stage.ended") + label("colon") + stage.ended))
    return blocks


def _usage(reading: Reading) -> Section:
    label, spent = reading.label, defaultdict[str, Usage](Usage)
    for event in reading.events:
        if event.kind == "call":
            spent[event.seat] += Usage(**event.payload["usage"])
    if not spent:
        return Section("usage", label("usage"), (Paragraph(plain(label("usage.none")), soft=True),))
    order = [*(seat for seat in reading.seats if seat in spent), *(seat for seat in spent if seat not in reading.seats)]
    names = [label("usage.judge") if seat == "judge" else reading.name(seat) for seat in order]
    rows = [(plain(name), *_tokens(spent[seat], "")) for name, seat in zip(names, order, strict=True)]
    total = sum(spent.values(), Usage())
    rows.append(((Span(label("usage.total"), style="strong"),), *_tokens(total, "strong")))
    head = (label("seat"), *(label(f"usage.{key}") for key in _TOKENS))
    blocks: list[Block] = [Table(label("usage.table"), head, tuple(rows), figures=True)]
    if total.estimated:
        blocks.append(Paragraph(plain(label("warn.estimated")), soft=True))
    return Section("usage", label("usage"), tuple(blocks))


def _tokens(usage: Usage, style: Literal["", "strong"]) -> Sequence[Spans]:
    return [(Span(f"{getattr(usage, key):,}", style=style),) for key in _TOKENS]
