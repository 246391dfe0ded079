"""The debrief of a session: a formative document for the facilitator, or for one seat with what that seat may know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.content.cards import Text
from sandbox.errors import InputError, unknown
from sandbox.game.session import Session
from sandbox.game.starting import briefing
from sandbox.record.line import ALL
from sandbox.report.branches import changes_told, departure_of
from sandbox.report.document.blocks import (
    Block,
    Bullets,
    Document,
    Facts,
    Heading,
    Paragraph,
    Section,
    Span,
    Spans,
    Table,
    clean,
    plain,
)
from sandbox.report.pages.debriefing.coaching import turning
from sandbox.report.pages.debriefing.course import happened, transcript
from sandbox.report.pages.debriefing.findings import findings
from sandbox.report.pages.debriefing.reader import Reader, reader_of
from sandbox.report.pages.debriefing.reasons import keep_or_change, why
from sandbox.report.pages.debriefing.scores import criteria, pulses, sides
from sandbox.report.pages.debriefing.talk import talk
from sandbox.report.pages.reviewed import review_section
from sandbox.report.talk_questions import talk_questions
from sandbox.report.voices import who_spoke
from sandbox.scoring.scorecard import Scorecard

__all__ = ["REFLECTION", "Note", "Reflection", "make_debrief"]

REFLECTION = ("expected", "happened", "why", "keep", "change")


@dataclass(frozen=True)
class Note:
    """A private note of the facilitator; without text it is a bookmark.

    Args:
        line: the line that it is about, or empty.
        text: the words, or empty.
    """

    line: str
    text: str


@dataclass(frozen=True)
class Reflection:
    """What somebody wrote after a session.

    Args:
        seat: the seat that they had.
        name: how they call themselves.
        answers: their words by question, see `REFLECTION`; what is missing or empty was not answered.
    """

    seat: str
    name: str
    answers: Mapping[str, str]


def make_debrief(
    session: Session,
    card: Scorecard,
    seat: str | None = None,
    notes: Sequence[Note] = (),
    reflections: Sequence[Reflection] = (),
) -> Document:
    """Return the debrief of a session, finished or not, in the session's language.

    It asks what an after-action review asks: what was expected, what happened, why, what to keep or change. It
    ranks and grades nobody. Turning points come from the acts alone: promises beyond remit (LA), duplicate reporting
    (PC), doubts that found no answer (PR), and where the assessments from above and from the side pull apart (abstract,
    PC, PV). A seat's debrief also has its own turning points, with what other acts led to by the rules alone (see
    `sandbox.experiment.whatif.coach`).

    Args:
        session: the session.
        card: its scores.
        seat: the seat that reads it, and sees what `sandbox.game.view.sees` allows; None for the facilitator.
        notes: the facilitator's notes and bookmarks; left out of a seat's debrief.
        reflections: what people wrote afterwards; a seat's debrief has that seat's own alone.

    Raises:
        InputError: there is no such seat, and the message says which there are; or the log does not fit the game.
        KeyError: an event of the log lacks one of its fields.
    """
    game = session.game
    if seat is not None and seat not in game.positions:
        raise InputError(unknown("seat", seat, game.positions))
    reader = reader_of(session, card, seat)
    label, turns = reader.label, findings(reader)
    own = [reflection for reflection in reflections if seat in (None, reflection.seat)]
    sections = (
        _about(reader),
        talk(reader, turns) if seat is None and reader.lines else None,
        _expected(reader),
        happened(reader, {note.line for note in notes if not clean(note.text).strip()} if seat is None else ()),
        why(reader, turns),
        keep_or_change(reader, turns),
        turning(reader, session, seat) if seat is not None else None,
        review_section(reader),
        pulses(reader),
        sides(reader),
        criteria(reader),
        _discussion(reader),
        _notes(reader, notes) if seat is None else None,
        _reflections(reader, own),
        transcript(reader),
    )
    return Document(
        lang=game.spec.lang,
        kicker=label("debrief.kicker") if seat is None else label("debrief.kicker.own", name=reader.person(seat)),
        title=reader.text(game.scenario.title),
        lede=reader.text(game.scenario.question),
        contents=label("contents"),
        skip=label("debrief.skip"),
        footer=label("debrief.footer"),
        sections=tuple(section for section in sections if section is not None),
    )


def _about(reader: Reader) -> Section:
    label, game, departure = reader.label, reader.game, departure_of(reader.session)
    rows = [
        (label("debrief.reader"), label("debrief.facilitator") if reader.seat is None else reader.person(reader.seat)),
        (label("governance"), reader.text(game.governance.name)),
        *([(label("city"), reader.text(game.city.name))] if game.city else []),
        (label("lines" if reader.seat is None else "debrief.heard"), str(len(reader.lines))),
        *([(label("session"), reader.session.id)] if reader.session.id else []),
        *([(label("comparison.branched"), departure.text)] if departure else []),
    ]
    blocks: list[Block] = [Facts(tuple((name, plain(value)) for name, value in rows))]
    if not reader.finished:
        text = label("debrief.unfinished", begun=len(reader.stages), all=len(game.stages))
        blocks.append(Paragraph((Span(text, style="strong"),)))
    if spoke := who_spoke(reader):
        blocks.append(Paragraph(plain(spoke)))
    if game.spec.changes:
        rules = changes_told(game.spec.model_copy(update={"changes": ()}), game.library, game.spec.changes)
        blocks.append(Paragraph(plain(label("warn.changed", changes=label("semi").join(rules)))))
    blocks += [Paragraph(spans) for spans in _outcome(reader)]
    return Section("about", label("debrief.about"), tuple(blocks))


def _outcome(reader: Reader) -> list[Spans]:
    label = reader.label
    if reader.decisions:
        head = Span(label("outcome_heading") + label("colon"), style="strong")
        return [
            (
                head,
                Span(reader.decision(decision).sentence + " "),
                *((ref,) if (ref := reader.ref(decision["id"])).text else ()),
            )
            for decision in reader.decisions
        ]
    deciding = [stage.id for stage in reader.game.stages if "decides" in stage.abilities and stage.id in reader.course]
    if deciding and not any(reader.in_room(stage) for stage in deciding):
        return [plain(label("debrief.outcome_unheard"))]
    return [plain(label("decision.none"))]


def _expected(reader: Reader) -> Section:
    label, game = reader.label, reader.game
    scenario = game.scenario
    blocks: list[Block] = [
        Paragraph((Span(reader.text(scenario.question), style="strong"),)),
        Paragraph(plain(reader.text(scenario.background))),
        Heading(label("debrief.to_settle")),
        Bullets(tuple(plain(reader.text(decision.question)) for decision in scenario.decisions)),
    ]
    if reader.seat is not None:
        return Section(
            "expected", label("debrief.expected"), (*blocks, *_aims(reader, reader.seat, label("debrief.own_part")))
        )
    head = (label("debrief.stage"), label("debrief.purpose"), label("debrief.product"))
    rows = tuple(
        (plain(reader.text(stage.name)), plain(reader.text(stage.purpose)), plain(reader.text(stage.product)))
        for stage in game.stages
    )
    blocks += [Heading(label("debrief.stages")), Table(label("debrief.stages.caption"), head, rows)]
    likely = (
        (label("debrief.good"), plain(reader.text(scenario.good))),
        (label("debrief.bad"), plain(reader.text(scenario.bad))),
    )
    blocks.append(Facts(likely))
    blocks += [Heading(label("debrief.aims")), Paragraph(plain(label("debrief.aims.note")), soft=True)]
    for seat in game.positions:
        blocks += _aims(reader, seat, reader.person(seat))
    return Section("expected", label("debrief.expected"), tuple(blocks))


def _aims(reader: Reader, seat: str, heading: str) -> list[Block]:
    label, card = reader.label, reader.game.personas[seat]

    def several(texts: Sequence[Text]) -> Spans:
        said = [reader.text(text) for text in texts]
        return plain(label("gap" if all(text.endswith((".", "。")) for text in said) else "semi").join(said))

    rows = [
        (label("debrief.wants"), several(card.interests)),
        (label("debrief.non_negotiable"), plain(reader.text(card.non_negotiable))),
        (label("debrief.authority"), plain(reader.text(card.authority))),
        *([(label("debrief.private"), several(card.private))] if card.private else []),
        (label("debrief.briefing"), plain(briefing(reader.game, seat))),
    ]
    return [Heading(heading, level=3 if reader.seat is not None else 4), Facts(tuple(rows))]


def _discussion(reader: Reader) -> Section | None:
    questions = talk_questions(reader.session, reader.game.spec.lang)
    if not questions:
        return None
    blocks = (
        Paragraph(plain(reader.label("debrief.discussion.note")), soft=True),
        Bullets(tuple(map(plain, questions))),
    )
    return Section("discussion", reader.label("debrief.discussion"), blocks)


def _notes(reader: Reader, notes: Sequence[Note]) -> Section | None:
    label = reader.label
    if not notes:
        return None
    items = tuple(
        plain(note.text) if clean(note.text).strip() else (Span(label("debrief.bookmark"), style="soft"),)
        for note in notes
    )
    shown = tuple(reader.shows((note.line,)) for note in notes)
    blocks = (Paragraph(plain(label("debrief.notes.note")), soft=True), Bullets(items, shown))
    return Section("notes", label("debrief.notes"), blocks)


def _reflections(reader: Reader, reflections: Sequence[Reflection]) -> Section | None:
    label = reader.label
    blocks: list[Block] = []
    for reflection in reflections:
        rows = tuple(
            (label(f"reflection.{key}"), plain(reflection.answers[key]))
            for key in REFLECTION
            if clean(reflection.answers.get(key, "")).strip()
        )
        if not rows:
            continue
        who = reader.name(reflection.seat) if reflection.seat != ALL else ""
        name = clean(reflection.name).strip()
        blocks += [Heading(name + label.paren(who) if name and who else name or who), Facts(rows)]
    if not blocks:
        return None
    title = label("debrief.reflections" if reader.seat is None else "debrief.reflections.own")
    return Section("reflections", title, tuple(blocks))
