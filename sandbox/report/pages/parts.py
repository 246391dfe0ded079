"""Parts that several pages share: lines, news and decisions of the transcript, tags, measures and pulses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.game.motions.counting import counted
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.rules import Side
from sandbox.game.session import Session
from sandbox.record.events import Event
from sandbox.record.line import ALL, DecisionTaken
from sandbox.report.acceptance import doers_away
from sandbox.report.beside_votes import interest_told, put_by, voters_told
from sandbox.report.document.blocks import (
    Beside,
    Block,
    Callout,
    Facts,
    Paragraph,
    ReportDocument,
    Section,
    Span,
    Tone,
    TranscriptEntry,
)
from sandbox.report.document.compose import Inline, below, bullets, fact_list, filled, note, paragraph, strong, table
from sandbox.report.exchanges import exchanged_for
from sandbox.report.figures import measured, percent
from sandbox.report.pages.conditions import conditions_answered, conditions_table
from sandbox.report.read_decision import ReadDecision, read_decision, whose_motion
from sandbox.report.reading import Reading, ReadLine
from sandbox.report.rule_words import changes_told
from sandbox.scoring.assessment import PRIVATE, Assessment, assess, needs_counted, needs_of_residents, without_pulses
from sandbox.scoring.reviewed import fallen_due

PULSE = ("trust", "conviction", "burden")
_TONES: dict[str, Tone] = {
    **dict.fromkeys(("supported", "carried", "confirmed", "kept", "vote_for", "reliable"), "good"),
    **dict.fromkeys(("contained", "contained_if"), "good"),
    **dict.fromkeys(("unsupported", "failed", "refused", "broken", "rejected", "beyond_remit"), "bad"),
    **dict.fromkeys(("vote_against", "veto", "not_reliable", "red"), "bad"),
    **dict.fromkeys(("card", "expired", "part", "contained_without", "contained_part"), "warn"),
    "person": "accent",
    "green": "good",
}


class PageWords:
    """The texts of a page in one language (their keys begin with the page's key), and the document made of them."""

    def __init__(self, key: str, library: Library, lang: Lang) -> None:
        self.lang, self.library, self.label = lang, library, Words(lang, library.roots)
        self._key = key

    def card(self, kind: str, name: str) -> str:
        """Return the name of a card in the page's language; the id itself if there is no such card."""
        known = name in self.library.cards[kind]  # type: ignore[index]
        return self.library.title(kind, name).get(self.lang) if known else name

    def say(self, key: str, /, **values: object) -> str:
        """Return a text of the page."""
        return self.label(f"{self._key}.{key}", **values)

    def facts(self, key: str, values: Mapping[str, Inline], look: Literal["list", "grid"] = "list") -> Facts:
        """Return values under names that are texts of the page."""
        return fact_list(((self.say(f"{key}.{name}"), value) for name, value in values.items()), look)

    def page(
        self, title: str, lede: str, opening: Sequence[Block], sections: Sequence[Section], *, footer: str = "",
        slim: bool = False,
    ) -> ReportDocument:  # fmt: skip
        """Return the document; without a ``footer``, it has the page's own."""
        kicker, skip, contents = self.say("kicker"), self.say("skip"), self.label("contents")
        foot = footer or self.say("footer")
        return ReportDocument(self.lang, kicker, title, lede, contents, skip, foot, sections, opening, slim=slim)


def case_page(
    reading: Reading,
    kicker: str,
    skip: str,
    sections: Sequence[Section],
    footer: str,
    *,
    opening: Sequence[Block] = (),
    contents: str = "",
    slim: bool = False,
    unfolded: tuple[str, ...] | None = None,
) -> ReportDocument:
    """Return a document on a session, headed by the title and the question of its case."""
    game = reading.game
    title, question = reading.text(game.scenario.title), reading.text(game.scenario.question)
    return ReportDocument(
        game.spec.lang, kicker, title, question, contents, skip, footer, sections, opening, slim=slim, unfolded=unfolded
    )


def tag(text: str, mark: str) -> Span:
    """Return a tag in the colour of a state, status or mark, such as ``carried`` or ``not_reliable``."""
    return Span(text, style="tag", tone=_TONES.get(mark, ""))


def line_said(reading: Reading, line: ReadLine) -> TranscriptEntry:
    """Return a line as an entry of the transcript."""
    label = reading.label
    did = Span(label.paren(line.seat.role) + f" {line.does} · ")
    marks = (
        span
        for place, (kind, text) in enumerate(line.marks)
        for span in (Span(" · " if place else " "), tag(text, kind))
    )
    who = (strong(line.seat.name), did, Span(line.id, line.id), *marks)
    return TranscriptEntry(
        line.id, "line", line.seat.index, who, line.says, tuple((Span(text),) for text in line.moved)
    )


def news_said(reading: Reading, event: Event) -> TranscriptEntry:
    """Return an event from outside as an entry of the transcript."""
    to, everybody = tuple(event.payload["to"]), reading.game.present(event.stage)
    heard = reading.name(ALL) if to == everybody else reading.names(to)
    who = (strong(reading.label("inject")), Span(f" → {heard}{reading.label('colon')}"))
    return TranscriptEntry(f"inject-{event.payload['id']}", "news", -1, who, reading.news(event))


def decision_box(reading: Reading, decision: ReadDecision, motion: str) -> Callout:
    """Return a decision as the transcript shows it.

    ``motion`` is the line of its motion if there is a place for it to lead to; without one the title names the motion.
    """
    label, own = reading.label, [taken for taken in reading.decisions if taken["id"] == decision.id]
    conditions = [text for taken in own for text in conditions_answered(reading, taken)]
    rows: list[tuple[str, Inline]] = [
        (label("ledger.condition"), conditions[0] if len(conditions) == 1 else ""),
        (label("decision.payer"), decision.payer),
        (label("decision.unbound"), decision.unbound),
        (label("decision.motion"), (Span(motion, motion), Span(_moved(reading, motion))) if motion else ""),
        *((label(f"decision.{key}"), label.join(list(names))) for key, names in decision.sides.items()),
    ]
    terms = bullets((Span(question + " "), strong(option)) for question, option in decision.terms)
    blocks = filled(
        terms, note("" if decision.terms else label("decision.no_terms")), *_several(reading, conditions),
        fact_list(rows), left_open(reading, decision), *map(note, decision.waits),
    )  # fmt: skip
    title = label("decision.title" if decision.carried else "decision.result")
    whose = next((whose_motion(reading, taken) for taken in own), "")
    title += label.paren(whose) if whose and not motion else ""
    tone: Literal["decision", "plain"] = "decision" if decision.carried else "plain"
    return Callout(tone, title + label("colon") + decision.how, blocks, decision.id, level=4)


def _moved(reading: Reading, line: str) -> str:
    """Return, after a space, who first put a motion and who amended it since."""
    item = reading.proposals.get(line)
    return f" {''.join(put_by(reading, item, cited=True))}" if item else ""


def cautioned(
    label: Words, cautions: Iterable[str], warnings: Iterable[Inline] = (), warned: bool = False
) -> Block:  # fmt: skip
    """Return what a page is and is not; beside it, what speaks against trusting its figures, if anything does.

    ``warned``: whether graver warnings were given before.
    """
    about, against = Callout("plain", label("caution.title"), (bullets(cautions),), "caution"), bullets(warnings)
    title = label("more_warnings" if warned else "warnings")
    return Beside((Callout("warning", title, (against,), "warnings"), about)) if against.items else about


def who_played(reading: Reading) -> list[str]:
    """Return what a reader must know before trusting a session: who played it, and which rules were changed."""
    label, spec, library = reading.label, reading.game.spec, reading.game.library
    lines = [line for line in reading.lines if line["id"] in reading.session.stood_in]
    names = reading.names(frozenset(line["seat"] for line in lines))
    stood_in = label("warn.stood_in", count=len(lines), names=names) if lines else ""
    ruled = label("warn.ruled", lines=list(reading.ruled)) if reading.ruled else ""
    warnings = [spoke] if (spoke := label("gap").join(filter(None, (_who_spoke(reading), ruled, stood_in)))) else []
    if rules := changes_told(spec.model_copy(update={"changes": ()}), library, spec.changes):
        warnings.append(label("warn.changed", changes=label("semi").join(rules)))
    return warnings


def _who_spoke(reading: Reading) -> str:
    """Return who spoke, if it was not one model for all seats but those of people; otherwise empty."""
    label, spec = reading.label, reading.game.spec
    if len(reading.session.speakers) > 1:
        return label("warn.models", models=reading.model)
    agents = label.join(dict.fromkeys(spec.agents.values()))
    if spec.player == "agent":
        return label("warn.agent", names=agents)
    others = _who_else_spoke(reading)
    if not agents:
        return others
    return label("gap").join([label("warn.agents", names=agents, seats=reading.names(list(spec.agents))), others])


def _who_else_spoke(reading: Reading) -> str:
    """Return who spoke for the other seats, if rules or cards did and not a model; otherwise empty."""
    label, spec = reading.label, reading.game.spec
    if spec.style == "rules":
        key = "warn.rules_only"
    elif spec.by_cards:
        key = "warn.cards_only"
    else:
        return ""
    people = {line["seat"] for line in reading.lines if line["origin"] == "person"}
    if not people:
        return label(key)
    alone = all(line["origin"] == "person" for line in reading.lines)
    return label("warn.people_only" if alone else f"{key}.people", count=len(people), names=reading.names(list(people)))


def left_open(reading: Reading, decision: ReadDecision) -> Paragraph:
    """Return which questions of the case a decision leaves open; empty if it leaves none."""
    questions = reading.label("semi").join(question.rstrip("?？") for question in decision.left_open)
    return note(reading.label("decision.left_open", questions=questions) if questions else "")


def decided(reading: Reading, taken: DecisionTaken) -> list[Block]:
    """Return a decision as sentences, with its conditions, as a table if it was carried."""
    decision = read_decision(reading, taken)
    conditions, rows = hangs_on(decision.condition), conditions_table(reading, taken)
    waits: list[Block] = [paragraph((strong(text),)) for text in (*decision.waits, *doers_away(reading, taken))]
    waits += map(note, exchanged_for(reading, taken["stage"]) if taken["carried"] else ())
    waits.append(note(interest_told(reading, taken)))
    voted = voters_told(reading, taken)
    voted = reading.label("gap") + voted if voted else ""
    if rows:
        return [paragraph(decision.settled + voted), rows, *waits]
    if len(conditions) < 2:
        return [paragraph(decision.sentence + voted), *waits]
    return [paragraph(decision.settled + voted), *_several(reading, conditions), *waits]


def _several(reading: Reading, conditions: Sequence[str]) -> list[Block]:
    if len(conditions) < 2:
        return []
    return [paragraph(reading.label("ledger.conditions")), bullets(conditions)]


def assessment_boxes(reading: Reading, assessments: Sequence[Assessment]) -> Beside:
    """Return the assessments side by side: total, assessors and indicators."""
    label, boxes = reading.label, list[Callout]()
    disputed = [item.line for item in reading.session.entries("task") if item.state == "disputed"]
    stood, residents = {seat for seat, _ in needs_of_residents(reading.session)}, reading.game.residents
    notes = {
        "inspection_completeness": [label("assessments.disputed", lines=disputed)] if disputed else [],
        "needs_met": [label("assessments.needs", count=len(stood), of=len(residents))] if stood else [],
    }
    for assessment in assessments:
        name = label(f"side.{assessment.side}")
        rows = []
        for key, value in assessment.indicators.items():
            about = (measure_words(reading.session, group, key, label) for group in ("m", "d"))
            rows.append((below(*about, *notes.get(key, ())), measured(value, label, name=key)))
        by = reading.names(assessment.assessors) or label("assessments.nobody")
        by = label("assessments.by") + label("colon") + by
        levels = reading.game.levels
        above = [seat for seat in assessment.assessors if levels[seat] == min(levels.values())]
        if above and assessment.side == "hierarchical":  # they have nobody above them at the table
            by += label("stop") + label("gap") + label("assessments.above", names=reading.names(above))
        values = table(name, (label("indicator"), label("value")), rows, widths=(70, 30), titled=False)
        title = name + label("colon") + measured(assessment.total, label)
        rests = mean_words(label, assessment)
        if (alone := without_pulses(assessment)).total != assessment.total:
            rests += label("semi") + label("assessments.without_trust", total=measured(alone.total, label))
        trusts = assessment.indicators.get(PRIVATE) is not None and trust_derived(reading.session)
        derived = note(label("pulses.derived") if trusts else "")
        outvoted = outvoted_residents(reading.session) if assessment.side == "horizontal" else []
        against = note(label("side.outvoted.why", names=reading.names(outvoted)) if outvoted else "")
        blocks = filled(note(rests), note(by), values, against, derived)
        boxes.append(Callout("plain", title, blocks, assessment.side, level=3))
    return Beside(boxes)


def mean_words(label: Words, assessment: Assessment) -> str:
    """Return of how many indicators the total of an assessment is the mean."""
    known, of = len(assessment.known), len(assessment.indicators)
    return label("assessments.mean", count=known) if known == of else label("assessments.mean_of", count=known, of=of)


def outvoted_residents(session: Session) -> list[str]:
    """Return the residents who voted against what was carried.

    Nothing counts as a need that a seat merely opposes.
    """
    votes = [vote for taken in session.carried for vote in counted(session.game, taken).votes.items()]
    return [seat for seat in session.game.residents if (seat, False) in votes]


def seen_by(session: Session, side: Side) -> Assessment:
    """Return the assessment of a side without trust, which is private."""
    return next(without_pulses(each) for each in assess(session) if each.side == side)


def side_words(session: Session, side: Side, label: Words, *, named: bool = True) -> str:
    """Return how many of the things that a side counts hold in full, in part or not at all.

    Trust is private and left out. If ``named``, the things are listed, and for the horizontal side also how many needs
    there were, and the residents who voted against what was carried.
    """
    assessment = seen_by(session, side)
    if not assessment.known:
        return label("no_value")
    groups: dict[str, list[str]] = {"full": [], "part": [], "none": []}
    for name in assessment.known:
        value = assessment.indicators[name] or 0.0
        group = "full" if value >= 1 else "part" if value > 0 else "none"
        groups[group].append(measure_words(session, "side.thing", name, label))
    parts = [
        label(f"side.{group}.{side}", count=len(names), names=label.paren(label("semi").join(names)) if named else "")
        for group, names in groups.items()
        if names
    ]
    count = len(assessment.known)
    if count == 1 and named:
        (name,) = assessment.known
        share = percent(assessment.indicators[name] or 0.0)
        told = [label("side.of.single", name=measure_words(session, "side.thing", name, label), share=share)]
    else:
        told = [label("side.of", of=count, parts=parts)]
    if named and "needs_met" in assessment.known:
        met, needs = needs_counted(session)
        told.append(label("side.needs", met=met, needs=needs))
    if named and side == "horizontal" and (outvoted := outvoted_residents(session)):
        told.append(label("side.outvoted", names=[session.game.name(seat) for seat in outvoted]))
    return label("semi").join(told)


def measure_words(session: Session, group: Literal["m", "d", "side.thing"], name: str, label: Words) -> str:
    """Return the name of a measure (``m``), its definition (``d``), or what pages call it during play.

    On the day of a meeting a measure of promises has other words than after a review, which tells whether they were
    kept.
    """
    day = f"{group}.{name}.day"
    return label(day) if day in label and not fallen_due(session) else label.of(group, name)


def pulses_taken(reading: Reading) -> tuple[list[Event], str, str]:
    """Return the pulses of a session, the mark for derived ones (if others were given), and a text on who gave them.

    Where others were asked, a seat that never was has no pulses here.
    """
    known = [event for event in reading.events if event.kind == "pulse"]
    asked = {event.seat for event in known if event.payload["origin"] != "rules"}
    never = {event.seat for event in known} - asked if asked else set[str]()
    taken = [event for event in known if event.seat not in never]
    left = [seat for seat in reading.game.seated if seat in never]
    origins = {str(event.payload["origin"]) for event in taken}
    mixed = len(origins) > 1 and "rules" in origins
    said = [reading.label(f"pulses.{each}") for each in sorted(origins) if each != "rules" or not mixed]
    said += [reading.label("pulses.mixed")] if mixed else []
    said += [reading.label("pulses.derived")] if "rules" in origins else []
    said += [reading.label("pulses.never_asked", names=reading.names(left))] if left else []
    return taken, "*" if mixed else "", reading.label("gap").join(said)


def pulse_origins(session: Session, label: Words) -> list[str]:
    """Return in words who gave the pulses of a session: people, the model, or a rule."""
    origins = sorted({str(event.payload["origin"]) for event in session.events if event.kind == "pulse"})
    return [label(f"comparison.pulses_by.{origin}") for origin in origins]


def trust_derived(session: Session) -> bool:
    """Return whether the last trust of any resident was derived by rule and not asked."""
    residents = session.game.residents
    last = {x.seat: x.payload["origin"] for x in session.events if x.kind == "pulse" and x.seat in residents}
    return "rules" in last.values()
