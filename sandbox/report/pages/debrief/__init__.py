"""The debrief of a session: a formative document for the facilitator, or for one seat with what it may know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.content.cards import Text
from sandbox.content.language import Lang
from sandbox.errors import UnknownError
from sandbox.game.hosting import untold
from sandbox.game.session import Session
from sandbox.game.starting import briefing
from sandbox.record.line import ALL
from sandbox.report.departures import departure_of
from sandbox.report.document.blocks import Block, Heading, ReportDocument, Section, Span, clean
from sandbox.report.document.compose import Inline, bullets, fact_list, note, paragraph, soft, strong, table
from sandbox.report.pages.debrief.coaching import own_turns, turning
from sandbox.report.pages.debrief.course import happened, transcript
from sandbox.report.pages.debrief.lessons import keep_or_change, why
from sandbox.report.pages.debrief.reader import DebriefReader, reader_of
from sandbox.report.pages.debrief.scores import criteria, pulses, sides, sides_shown
from sandbox.report.pages.debrief.talk import talk, talk_questions
from sandbox.report.pages.debrief.turning_points import findings
from sandbox.report.pages.ledger import review_section
from sandbox.report.pages.parts import case_page, who_played
from sandbox.report.read_decision import read_decision
from sandbox.scoring.scorecard import Scorecard
from sandbox.session.carried import fits

REFLECTION = ("expected", "happened", "why", "keep", "change", "work")


@dataclass(frozen=True)
class Note:
    """A private note of the facilitator on a line, or on none; a note without text is a bookmark."""

    line: str
    text: str


@dataclass(frozen=True)
class Reflection:
    """What a participant wrote after a session.

    The answers are by question (see `REFLECTION`); a missing or empty one was not answered.
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
    *,
    explain: bool = False,
    lang: Lang | None = None,
) -> ReportDocument:
    """Return the debrief of a session, finished or not, in a language; without one, in that of the session.

    It asks the questions of an after-action review: what was expected, what happened, why, and what to keep or change.
    It ranks and grades nobody. Turning points are found by acts, by the line that a line is about, and by the ledger,
    but never by words. They are conditions that were taken on, promises beyond remit (LA), duplicate reporting (PC),
    doubts without an answer (PR), and gaps between the assessments from above and from the side (abstract, PC, PV). A
    seat's debrief begins with its own turning points and with what to do another time.

    Args:
        session: the session.
        card: its scorecard.
        seat: the reader, who sees what `sandbox.game.view.sees` allows and their own reflection; None for the
            facilitator, who sees the notes and all reflections.
        notes: the facilitator's notes.
        reflections: what participants wrote afterwards.
        explain: whether a seat's debrief has all figures on what other acts led to by the rules alone
            (`sandbox.experiment.whatif.coach`).
        lang: the language; None for that of the session.

    Raises:
        InputError: there is no such seat, and the message says which there are; or the log does not fit the game.
    """
    if seat is not None and seat not in session.game.positions:
        raise UnknownError("seat", seat, session.game.named_seats)
    reader = reader_of(session, card, seat, lang)
    label, turns = reader.label, findings(reader)
    own = [reflection for reflection in reflections if seat in (None, reflection.seat)]
    learnt, own_turned = keep_or_change(reader, turns), own_turns(turns, seat)
    own_part = (turning(reader, session, seat, own_turned, explain=explain), learnt) if seat is not None else ()
    others = [turn for turn in turns if turn not in own_turned]
    asked = bullets(talk_questions(reader.session, reader.game.spec.lang))
    discussion = (note(label("debrief.discussion.note")), asked)
    sections = (
        *own_part,
        _about(reader),
        talk(reader, turns) if seat is None and reader.lines else None,
        _expected(reader),
        happened(reader, {note.line for note in notes if not clean(note.text).strip()} if seat is None else ()),
        why(reader, others) if others or not own_turned else None,
        learnt if seat is None else None,
        review_section(reader, sides_shown(reader)),
        pulses(reader),
        sides(reader),
        criteria(reader),
        Section("discussion", label("debrief.discussion"), discussion) if asked.items else None,
        _notes(reader, notes) if seat is None and notes else None,
        _reflections(reader, own),
        transcript(reader),
    )
    return case_page(
        reader,
        label("debrief.kicker") if seat is None else label("debrief.kicker.own", name=reader.person(seat)),
        label("debrief.skip"),
        [section for section in sections if section is not None],
        label("debrief.footer"),
        contents=label("contents"),
        unfolded=("about", "talk") if seat is None else ("about", "turning", "keep"),
    )


def _about(reader: DebriefReader) -> Section:
    label, game, departure = reader.label, reader.game, departure_of(reader.session)
    rows = [
        (label("debrief.reader"), label("debrief.facilitator") if reader.seat is None else reader.person(reader.seat)),
        (label("governance"), reader.text(game.governance.name)),
        (label("city"), reader.text(game.city.name) if game.city else ""),
        (label("lines" if reader.seat is None else "debrief.heard"), str(len(reader.lines))),
        (label("session"), reader.session.id),
        (label("comparison.branched"), departure.text if departure else ""),
    ]
    unfinished = label("debrief.unfinished", begun=len(reader.course), all=len(game.stages))
    texts: list[Inline] = [] if reader.session.finished else [(strong(unfinished),)]
    texts += [] if fits(game, reader.session.events) else [(strong(label("warn.other_content")),)]
    texts += [*who_played(reader), *_outcome(reader)]
    return Section("about", label("debrief.about"), (fact_list(rows), *map(paragraph, texts)))


def _outcome(reader: DebriefReader) -> list[Inline]:
    label = reader.label
    if reader.decisions:
        carried = {decision["id"] for decision in reader.session.carried}
        whole = reader.session.carried or [*reader.decisions]
        lost = [decision for decision in reader.decisions if decision not in whole]
        read = [read_decision(reader, decision) for decision in whole]
        texts = [
            (reader.label("gap").join(filter(None, [each.sentence, each.beside, *each.waits])), each.id)
            for each in read
        ]
        texts += [(read_decision(reader, decision).settled, decision["id"]) for decision in lost]
        heads = {
            decision: label("outcome_heading" if decision in carried else "decision.motion") for _, decision in texts
        }
        return [(strong(heads[each] + label("colon")), Span(text + " "), reader.ref(each)) for text, each in texts]
    deciding = [stage.id for stage in reader.game.stages if "decides" in stage.abilities and stage.id in reader.course]
    unheard = deciding and not any(reader.in_room(stage) for stage in deciding)
    return [label("debrief.outcome_unheard" if unheard else "decision.none")]


def _expected(reader: DebriefReader) -> Section:
    label, game, text = reader.label, reader.game, reader.text
    scenario = game.scenario
    blocks: list[Block] = [
        paragraph((strong(text(scenario.question)),)),
        paragraph(text(scenario.background)),
        Heading(label("debrief.to_settle")),
        bullets(text(decision.question) for decision in scenario.decisions),
    ]
    if reader.seat is not None:
        blocks += [*_aims(reader, reader.seat, label("debrief.own_part")), note(label("debrief.aims.note"))]
        return Section("expected", label("debrief.expected"), blocks)
    head = (label("debrief.stage"), label("debrief.purpose"), label("debrief.product"))
    rows = [(text(stage.name), text(stage.purpose), text(stage.product)) for stage in game.stages]
    likely = ((label("debrief.good"), text(scenario.good)), (label("debrief.bad"), text(scenario.bad)))
    blocks += [Heading(label("debrief.stages")), table(label("debrief.stages.caption"), head, rows), fact_list(likely)]
    blocks += [Heading(label("debrief.aims")), note(label("debrief.aims.note"))]
    for seat in game.seated:
        blocks += _aims(reader, seat, reader.person(seat))
    return Section("expected", label("debrief.expected"), blocks)


def _aims(reader: DebriefReader, seat: str, heading: str) -> list[Block]:
    label, card, brief = reader.label, reader.game.personas[seat], briefing(reader.game, seat)

    def several(texts: Sequence[Text]) -> str:
        said = [reader.text(text) for text in texts]
        return label("gap" if all(text.endswith((".", "。")) for text in said) else "semi").join(said)

    rows = [
        (label("debrief.wants"), several(card.interests)),
        (label("debrief.non_negotiable"), reader.text(card.non_negotiable)),
        (label("debrief.authority"), reader.text(card.authority)),
        (label("debrief.private"), label("gap").join((brief, *untold(card, brief, reader.game.spec.lang)))),
    ]
    return [Heading(heading, level=3 if reader.seat is not None else 4), fact_list(rows)]


def _notes(reader: DebriefReader, notes: Sequence[Note]) -> Section:
    label = reader.label
    items = [note.text if clean(note.text).strip() else (soft(label("debrief.bookmark")),) for note in notes]
    blocks = (note(label("debrief.notes.note")), bullets(items, (reader.shows((note.line,)) for note in notes)))
    return Section("notes", label("debrief.notes"), blocks)


def _reflections(reader: DebriefReader, reflections: Sequence[Reflection]) -> Section | None:
    label, blocks = reader.label, list[Block]()
    for reflection in reflections:
        answers = ((key, reflection.answers.get(key, "")) for key in REFLECTION)
        rows = [(label(f"reflection.{key}"), answer) for key, answer in answers if clean(answer).strip()]
        who = reader.name(reflection.seat) if reflection.seat != ALL else ""
        name = clean(reflection.name).strip()
        if rows:
            blocks += [Heading(name + label.paren(who) if name and who else name or who), fact_list(rows)]
    title = label("debrief.reflections" if reader.seat is None else "debrief.reflections.own")
    return Section("reflections", title, blocks) if blocks else None
