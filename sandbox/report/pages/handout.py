"""A hand-out of two pages for participants (decision, promises, turning points, questions), and one for the teacher."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sandbox.content.language import Lang
from sandbox.game.language.stock import quotable
from sandbox.game.ledger.entries import as_taken
from sandbox.game.ledger.matters import WHOLE, matter
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.review.due import names_nobody
from sandbox.game.session import Session
from sandbox.record.line import DecisionTaken
from sandbox.report.acceptance import conditions_left, doers_away, owed, with_answer
from sandbox.report.beside_votes import interest_told, unput_told
from sandbox.report.document.blocks import Block, Heading, ReportDocument, Section, Span
from sandbox.report.document.compose import (
    Inline,
    bullets,
    fact_list,
    filled,
    joined,
    note,
    paragraph,
    soft,
    strong,
    table,
)
from sandbox.report.endings import why_undecided
from sandbox.report.entries import (
    came_to,
    entry_state,
    in_own_words,
    promised_if,
    reported_otherwise,
    said_again,
    voted_down,
)
from sandbox.report.exchanges import exchanged_for
from sandbox.report.pages.debrief.reader import DebriefReader, reader_of
from sandbox.report.pages.debrief.talk import answering, due_aloud, moments, talk_questions
from sandbox.report.pages.debrief.turning_points import findings
from sandbox.report.pages.ledger import review_sentence, review_world
from sandbox.report.pages.lesson import points
from sandbox.report.pages.parts import case_page, left_open, tag
from sandbox.report.read_decision import conditions_told, read_decision
from sandbox.report.reading import Reading
from sandbox.scoring.scorecard import latest_scores

_GONE = ("fallen", "withdrawn")


def handout(session: Session, lang: Lang | None = None, seat: str | None = None) -> ReportDocument:
    """Return the hand-out of a session, finished or not: what the whole room heard, without figures.

    What was not said there is told in ``lang``, or without it in the session's language. The hand-out of a ``seat``
    leaves out stages that it has not seen.

    Raises:
        InputError: the log does not fit the game.
    """
    reader = reader_of(session, latest_scores(session), seat, lang)
    lang = reader.game.spec.lang
    label, told = reader.label, list[Block]()
    for _, title, content in moments(reader, findings(reader)):
        told += [Heading(title), paragraph(content)]
    sections = (
        Section("decided", label("outcome_heading"), [*_decided(reader)]),
        _year_later(reader) or Section("promises", label("handout.promises"), filled(_promises(reader))),
        Section("moments", label("talk.moments"), told),
        Section("questions", label("debrief.discussion"), filled(bullets(talk_questions(session, lang)))),
    )
    return _paper(reader, label("handout"), label("handout.skip"), sections)


def points_page(session: Session, lang: Lang | None = None) -> ReportDocument:
    """Return the facilitator's page for a hand-out: points on the case, their sources, and common mistakes."""
    reading = Reading(session, lang=lang)
    label = reading.label
    blocks = points(reading.game.scenario, label) or (note(label("points.none")),)
    return _paper(reading, label("points"), label("points.skip"), [Section("points", label("commentary"), blocks)])


def _paper(reading: Reading, name: str, skip: str, sections: Iterable[Section]) -> ReportDocument:
    kicker = name + reading.label("colon") + reading.text(reading.game.governance.name)
    shown = [section for section in sections if section.blocks]
    return case_page(reading, kicker, skip, shown, reading.label("debrief.footer"), slim=True)


def _decided(reader: DebriefReader) -> Iterator[Block]:
    label = reader.label
    if not reader.session.carried:
        why = "" if len(reader.decisions) > 1 else why_undecided(reader.session, label)  # tells only of the last
        yield paragraph((strong(label("decision.none")), *([Span(label("gap") + why)] if why else [])))
    for taken in reader.session.carried or reader.decisions:
        decision = read_decision(reader, taken)
        names = {key: label.join(list(names)) for key, names in decision.sides.items()}
        yield paragraph((strong(decision.how + label("stop")),))
        yield from filled(
            bullets((Span(question + " "), strong(option)) for question, option in decision.terms),
            _conditions(reader, taken),
            fact_list([
                (label("ledger.condition"), "" if taken["carried"] else _left(reader, taken)),
                (label("decision.payer"), decision.payer),
                (label("decision.unbound"), decision.unbound),
                *((label(f"decision.{key}"), names[key]) for key in names),
            ]),
            left_open(reader, decision), *map(note, decision.waits), *map(note, doers_away(reader, taken)),
            *map(note, exchanged_for(reader, taken["stage"]) if taken["carried"] else ()),
            note(interest_told(reader, taken)),
        )  # fmt: skip
    fell = [taken for taken in reader.decisions if reader.session.carried and not taken["carried"]]
    yield from (note(read_decision(reader, taken).sentence) for taken in fell)
    stages = dict.fromkeys(taken["stage"] for taken in reader.decisions)
    yield from (note(text) for stage in stages for text in unput_told(reader, stage))


def _left(reader: DebriefReader, taken: DecisionTaken) -> str:
    put = as_taken(reader.session.items, taken)
    return conditions_left(reader, put, hangs_on(put.condition))


def _conditions(reader: DebriefReader, taken: DecisionTaken) -> Block:
    label = reader.label
    told, asked = conditions_told(reader, taken), dict[str, list[Inline]]()
    for who, seat, condition in owed(reader, taken):
        named = with_answer(reader, taken, who, seat, condition) or label("handout.nobody")
        asked.setdefault(named, []).append(told[condition])
    return _by_whom(label("handout.conditions"), label("handout.who"), asked)


def _promises(reader: DebriefReader) -> Block:
    label = reader.label
    promised: dict[str, list[Inline]] = {}
    for item in reader.session.entries("promise"):
        line = reader.line_by_id.get(item.line)
        if line is None or item.state in _GONE or not reader.heard(line) or said_again(reader, item):
            continue
        own = not item.terms or in_own_words(reader, item)
        said = quotable(reader.spoken, item.says) if own else reader.terms_text(item.terms)
        state, came_out = entry_state(reader, item)
        mark = () if state in ("due", "lapsed") else (Span(" "), tag(came_out, state))
        on = promised_if(reader, item) or (label("promised_if.voted_down") if voted_down(reader, item) else "")
        gives = "" if item.terms else reader.terms_text(item.gives)
        beside = tuple(soft(label.paren(text)) for text in (on, gives) if text)
        if said:
            promised.setdefault(reader.person(item.owner), []).append((Span(said), *mark, *beside))
    return _by_whom(label("handout.promises"), label("handout.by"), promised)


def _year_later(reader: DebriefReader) -> Section | None:
    """Return what came of promises, options and conditions, by who answered for them; None where nothing fell due."""
    label, came = reader.label, dict[str, list[Inline]]()
    for item in due_aloud(reader):
        who = label.join(map(reader.person, answering(item)))
        who = label("review.nobody_named", name=who) if names_nobody(reader.spoken, item) else who
        report = item.account.report if item.account else ""
        says = matter(reader.spoken, item, WHOLE) + reported_otherwise(reader, item, report)
        came.setdefault(who, []).append((Span(says + " "), tag(came_to(reader, item), item.state)))
    if not came:
        return None
    told = paragraph(review_sentence(reader.session, label))
    matters = _by_whom(label("review.head.matter"), label("handout.answers"), came)
    return Section("review", label("review.title"), filled(note(review_world(reader)), told, matters))


def _by_whom(caption: str, who: str, matters: Mapping[str, Sequence[Inline]]) -> Block:
    rows = [(name, joined(each)) for name, each in matters.items()]
    return table(caption, (who, caption), rows, widths=(26, 74), titled=False)
