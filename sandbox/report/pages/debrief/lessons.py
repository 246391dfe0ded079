"""Why it went that way, and what to keep or try: turning points, and what they and good habits teach.

Nobody is graded or ranked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from sandbox.content.acts import has
from sandbox.record.line import ALL
from sandbox.report.document.blocks import Block, Heading, Section, Span, Spans
from sandbox.report.document.compose import bullets, filled, joined, note, paragraph
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.report.pages.debrief.turning_point import Side, Statement, TurningPoint
from sandbox.report.pages.debrief.turning_points import KINDS
from sandbox.scoring.measures import carries
from sandbox.scoring.needs_first import asks_residents, heard_from, motions_put

KEEP = ("payer", "answered", "remit", "got", "took", "back", "moved", "asked", "fact", "lifted", "section")
TRY = ("payer", "condition", "nod", "card", "answer", "again", "confirm", "due", "ask", "task", "propose")
_MOST, _MOST_REFS = 6, 5


def why(reader: DebriefReader, findings: Sequence[TurningPoint]) -> Section:
    """Return the turning points, each with its lines in the order of the talk."""
    label, blocks = reader.label, list[Block]()
    for kind in KINDS:
        turns = [finding for finding in findings if finding.kind == kind]
        shown = [reader.shows(sorted(finding.evidence, key=reader.place), finding.matter) for finding in turns[:_MOST]]
        items = bullets((finding.text for finding in turns[:_MOST]), shown)
        rest = turns[_MOST:]
        lines = reader.refs([finding.evidence[0] for finding in rest if finding.evidence])
        more = note((Span(label("why.more", count=len(rest))), *lines) if rest else "")
        if turns:
            blocks += filled(Heading(label(f"why.{kind}.title")), note(label(f"why.{kind}.note")), items, more)
    about = note(label("why.note")) if blocks else paragraph(label("why.none"))
    return Section("why", label("debrief.why"), (about, *blocks))


def keep_or_change(reader: DebriefReader, findings: Sequence[TurningPoint]) -> Section:
    """Return what to keep and what to try next time, without grades."""
    label, learnt = reader.label, lessons(reader, findings)
    if not learnt:
        said = [line["id"] for line in reader.lines if line["seat"] == reader.seat and not line["vote"]]
        once = sum(line not in reader.session.stood_in for line in said) == 1
        nothing = paragraph(label("lessons.nothing.once" if once else "lessons.nothing"))
        return Section("keep", label("debrief.keep"), filled(nothing))
    blocks: list[Block] = [note(label("lessons.note" if reader.seat is None else "lessons.own"))]
    for side in ("keep", "try"):
        items = bullets(_lesson(reader, lesson) for lesson in learnt if lesson.side == side)
        none = paragraph("" if items.items else label(f"lessons.{side}.none"))
        blocks += filled(Heading(label(f"lessons.{side}")), items, none)
    return Section("keep", label("debrief.keep"), blocks)


def _lesson(reader: DebriefReader, lesson: DebriefLesson) -> Spans:
    label, by_seat = reader.label, dict[str, list[str]]()
    for seat, event in lesson.shown:
        by_seat.setdefault(seat, []).append(event)
    places: list[Spans] = []
    for seat, events in by_seat.items():
        name = "" if reader.seat is not None or seat == ALL else reader.name(seat) + " "
        more = " …" if len(events) > _MOST_REFS else ""
        if refs := reader.refs(events[:_MOST_REFS]):
            places.append((Span(name), *refs, Span(more)))
    shown = (Span(label("lessons.shown")),) if places else ()
    return (Span(label(f"{lesson.side}.{lesson.key}")), *shown, *joined(places, Span(label("semi"))))


@dataclass(frozen=True)
class DebriefLesson:
    """A formative statement with the lines on which it rests.

    ``shown`` has the seat and the line (or other event) of each place that shows it, in order.
    """

    side: Side
    key: str
    shown: tuple[tuple[str, str], ...]


def lessons(reader: DebriefReader, findings: Sequence[TurningPoint]) -> list[DebriefLesson]:
    """Return the lessons of turning points and habits; in a seat's debrief, only those of that seat."""
    statements = [statement for finding in findings for statement in finding.teaches]
    statements += [
        statement for habit in (_proposals, _votes, _promises, _questions, _facts, _ends) for statement in habit(reader)
    ]
    shown: dict[tuple[Side, str], dict[tuple[str, str], None]] = {}
    for side, key, seat, event in statements:
        line = reader.line_by_id.get(event)
        own = line is None or line["seat"] != seat or event not in reader.session.stood_in
        if own and (reader.seat in (None, seat) or seat == ALL):
            shown.setdefault((side, key), {})[seat, event] = None
    sides: dict[Side, tuple[str, ...]] = {"keep": KEEP, "try": TRY}
    ranked = [(side, key) for side, keys in sides.items() for key in keys]
    return [
        DebriefLesson(side, key, tuple(sorted(shown[side, key], key=lambda place: reader.place(place[1]))))
        for side, key in ranked
        if (side, key) in shown
    ]


def _proposals(reader: DebriefReader) -> Iterator[Statement]:
    """Yield proposals whose mover can give the money they name, and carried motions that left it to the rules (FO)."""
    if not any(decision.topic == "payer" for decision in reader.game.scenario.decisions):
        return
    scenario, personas = reader.game.scenario, reader.game.personas
    # To name another seat's money says little, and so does to repeat what an earlier motion had.
    payers = {
        option: {
            *question.holders(option),
            *(seat for seat in personas if seat in reader.game.residents and "residents" in card.paid_by),
            *(seat for seat in personas if personas[seat].kind == "provider" and "organisation" in card.paid_by),
        }
        for question in scenario.decisions
        if question.topic == "payer"
        for option, card in question.options.items()
    }
    put = [item for item in reader.session.entries("proposal") if item.terms]
    taken_over = {item.line for place, item in enumerate(put) if item.payer in {each.payer for each in put[:place]}}
    for item in put:
        own = reader.line_by_id[item.line]["terms"].values()  # terms of an earlier motion are not its own
        if item.payer in own and item.owner in payers.get(item.payer, ()) and item.line not in taken_over:
            yield "keep", "payer", item.owner, item.line
    for taken in reader.session.carried:
        motion = reader.proposals.get(taken["motion"])
        if motion is not None and not taken["payer_agreed"]:
            yield "try", "payer", motion.owner, motion.line


def _votes(reader: DebriefReader) -> Iterator[Statement]:
    """Yield votes against what was carried by seats that never said, in a motion, what would win them."""
    made = {item.owner for item in reader.session.entries("proposal")}
    for taken in reader.session.carried:
        for line in reader.lines:
            on_it = line["vote"] and line["about"] == taken["motion"] and has(line["act"], "votes_against")
            if on_it and line["seat"] not in made:
                yield "try", "condition", line["seat"], line["id"]


def _promises(reader: DebriefReader) -> Iterator[Statement]:
    """A promise within the remit of whoever gave it can be kept (LA); what cannot be is taken back before it is due."""
    for item in reader.session.entries("promise"):
        if item.terms and item.history[0][1] != "beyond_remit":
            yield "keep", "remit", item.owner, item.line
        back = reader.line_by_id.get(item.history[-1][0]) if item.state == "withdrawn" else None
        if back is not None and back["seat"] == item.owner and reader.heard(back):
            yield "keep", "back", item.owner, back["id"]
        if item.state == "broken" and item.account:
            yield "try", "due", item.owner, item.line


def _questions(reader: DebriefReader) -> Iterator[Statement]:
    """Yield seats that asked residents before the first offer; or the seat that made it when nobody had asked (LA).

    Residents themselves need not ask.
    """
    residents = reader.game.residents
    first = next((line["id"] for line in motions_put(reader.session)), None)
    before = list(takewhile(lambda line: line["id"] != first, reader.lines))
    asked = [
        line
        for line in before
        if asks_residents(reader.session, line) and heard_from(reader.session, line, before=first or "")
    ]
    for line in asked:
        yield "keep", "asked", line["seat"], line["id"]
    if not first or asked:
        return
    put = reader.line_by_id[first]
    stages = {line["stage"] for line in (*before, put)}  # the rules may have kept all residents out of them
    if put["seat"] not in residents and any(residents & {*reader.game.present(stage)} for stage in stages):
        yield "try", "ask", put["seat"], first


def _facts(reader: DebriefReader) -> Iterator[Statement]:
    """Yield the first line of each seat that brought in a fact; what is told of the year after is none."""
    brought: set[str] = set()
    facts, lang = reader.game.scenario.facts, reader.spoken.spec.lang
    for line in reader.lines:
        if line["seat"] in brought or line["vote"] or line["stage"] in reader.game.able("reviews"):
            continue
        if line["facts"] or any(carries(fact, line, lang) for fact in facts):
            brought.add(line["seat"])
            yield "keep", "fact", line["seat"], line["id"]


def _ends(reader: DebriefReader) -> Iterator[Statement]:
    """Yield tasks that were taken back, and plan sections in a seat's own words (PC, AR)."""
    for said in reader.lines:
        if said["task"] and has(said["act"], "lifts"):
            yield "keep", "lifted", said["seat"], said["id"]
    for plan in reader.session.plans:
        for line in plan.lines.values():
            yield "keep", "section", plan.seat, line
