"""What a seat may learn: votes that it decided, its turning points with what other acts led to, and what it did.

It grades nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, product

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.experiment.whatif.coach import RUNS, Coached, TurningLine, coach
from sandbox.game.ledger.entries import Item
from sandbox.game.ledger.matters import WHOLE, matter
from sandbox.game.motions.counting import counted, rejected_by, voted_otherwise
from sandbox.game.motions.franchise import veto_key
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.rules import has_vote
from sandbox.game.session import Session
from sandbox.record.line import ALL, BODY, Line
from sandbox.report.document.blocks import Block, Details, Heading, Section, Span, Spans
from sandbox.report.document.compose import (
    Inline,
    below,
    bullets,
    fact_list,
    filled,
    joined,
    note,
    paragraph,
    soft,
    table,
)
from sandbox.report.entries import entry_kind, entry_state
from sandbox.report.exchanges import own_conditions, took_on
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.report.pages.debrief.replies import questions
from sandbox.report.pages.debrief.turning_point import TurningPoint, fell_by_one, votes_in_words
from sandbox.report.read_decision import read_decision
from sandbox.report.whatif_words import WhatIfWords
from sandbox.scoring.reviewed import fallen_due

_OWN = ("without_nod", "crossed", "taken_on", "refused", "struck", "named", "turned", "conceded", "denied")


def turning(
    reader: DebriefReader, session: Session, seat: str, turns: Sequence[TurningPoint], *, explain: bool
) -> Section:
    """Return the votes that a seat alone decided, its turning points, what it could do another time, and what it did.

    Args:
        reader: the session as the seat may see it.
        session: the whole session, from which the rest is played again.
        seat: the seat.
        turns: its own turning points, see `own_turns`.
        explain: whether to give all figures of what other acts led to; otherwise one sentence says it, if it matters.

    Raises:
        InputError: the log does not fit the game.
    """
    label, coached, own = reader.label, coach(session, seat), [*_own_votes(reader, seat), *_told(reader, turns)]
    part = part_played(reader, seat, turned=bool(own))
    if not coached and not own:
        return part
    comparing = WhatIfWords(reader.game, label)
    points = [block for each in coached for block in _point(reader, comparing, each, explain=explain)]
    about = label("whatif.coach.note") + label("gap") + label("whatif.limits")
    told = note(about if explain else label("whatif.coach.plain")) if coached else None
    did = (Heading(part.title), *part.blocks)
    return Section("turning", label("whatif.coach"), (*own, *filled(told), *points, *did))


def _own_votes(reader: DebriefReader, seat: str) -> Iterator[Block]:
    """Yield the decisions that a seat's vote alone decided; they are counted, not played again.

    A carried motion is left out if it was carried by consensus, or if the seat holds a veto on it.
    """
    label, game, stood_in = reader.label, reader.game, reader.session.stood_in
    rule, position = game.governance.rules.aggregation, game.positions.get(seat)
    for taken in reader.decisions:
        other = voted_otherwise(game, taken, seat)
        votes = [line["id"] for line in reader.lines if line["vote"] and line["about"] == taken["motion"]]
        cast = [line for line in votes if reader.line_by_id[line]["seat"] == seat]
        by_all = taken["carried"] and (taken["procedure"] == "consensus" or rule.stops(position, taken["terms"]))
        if other is None or by_all or stood_in.intersection(cast):
            continue
        won = "carried.share" if rule.by_share else "carried"
        how = won if taken["carried"] else veto_key(game, rejected_by(game, taken), taken["vetoed_by"])
        words = votes_in_words(reader, taken, [other])
        yield Heading(label("whatif.coach.title.vote"))
        yield paragraph((Span(label(f"whatif.coach.vote.{how}", **words) + " "), reader.ref(taken["id"])))
        yield note((soft(label("whatif.coach.vote.counted") + " "), *reader.refs(cast)))


def own_turns(turns: Sequence[TurningPoint], seat: str | None) -> list[TurningPoint]:
    """Return the turning points that tell of a seat's own part: what it did, or what was done for it."""
    return [point for kind in _OWN for point in turns if point.kind == kind and seat in point.seats]


def _told(reader: DebriefReader, turns: Sequence[TurningPoint]) -> Iterator[Block]:
    for kind, points in groupby(turns, key=lambda point: point.kind):
        own = [*points]
        yield Heading(reader.label(f"why.{kind}.title"))
        shown = [reader.shows(sorted(point.evidence, key=reader.place), point.matter) for point in own]
        yield bullets((point.text for point in own), shown)


def _point(reader: DebriefReader, comparing: WhatIfWords, coached: Coached, *, explain: bool) -> Iterator[Block]:
    label, point = reader.label, coached.point
    yield Heading(label(f"whatif.coach.title.{point.kind}"))
    yield paragraph((Span(label(f"whatif.coach.text.{point.kind}")), *joined(reader.shows((point.line,)))))
    yield from (paragraph(fell_by_one(reader, taken)) for taken in reader.decisions if taken["id"] == point.evidence)
    if point.evidence != point.line and (because := reader.shows((point.evidence,))):
        yield paragraph((soft(label("whatif.coach.because") + label("colon")), *because[0]))
    yield paragraph(label("gap").join([*_next_time(reader, point), *_in_short(reader, coached)]))
    if explain:
        left = paragraph(label("whatif.coach.left", acts=[_move(reader, coached, act) for act in point.moves]))
        yield Details(label("whatif.coach.counted"), (left, *_led_to(reader, comparing, coached)))
        yield _course(reader, comparing, coached)


def _next_time(reader: DebriefReader, point: TurningLine) -> Iterator[str]:
    """Yield what the seat could do another time, in a sentence or two, without what cards keep private."""
    label, line = reader.label, reader.line_by_id[point.line]
    if point.kind == "beyond":
        item = next(item for item in reader.session.items if item.line == point.evidence and item.kind == "promise")
        names = reader.names(frozenset(item.authority)) if item.authority else label("whatif.coach.next.body")
        yield label("whatif.coach.next.beyond", names=names)
        return
    taken = next(taken for taken in reader.decisions if taken["id"] == point.evidence)
    how = counted(reader.game, taken)
    ayes = frozenset(seat for seat, vote in how.votes.items() if vote)
    wanted = line["seat"] in ayes  # talk to those who voted the other way
    across = (frozenset([*how.votes, *how.abstained]) - ayes if wanted else ayes) - {line["seat"]}
    asked = {*taken["votes"], *taken["abstained"]} - {line["seat"]}
    able = frozenset(seat for seat in asked if voted_otherwise(reader.game, taken, seat))
    # If single seats could have turned it, name only these: against a veto the votes of others count for nothing.
    if across := (able - ayes if wanted else able & ayes) or across:
        yield label(
            "whatif.coach.next.talk" if wanted else "whatif.coach.next.talk_against", names=reader.names(across)
        )


def _in_short(reader: DebriefReader, coached: Coached) -> Iterator[str]:
    """Yield whether another act would make a decision more or less likely; nothing if it makes no difference."""
    for other in coached.alternatives:
        decided = next(row for row in other.rows if row.figure.name == "decided")
        if decided.verdict in ("more", "less"):
            act = _move(reader, coached, other.act)
            yield reader.label(f"whatif.coach.short.{decided.verdict}", act=act)
            return


def _led_to(reader: DebriefReader, comparing: WhatIfWords, coached: Coached) -> Iterator[Block]:
    """Yield what the other acts led to: a row for each figure in which one of them may differ."""
    label, others = reader.label, coached.alternatives
    rows = list(zip(*(other.rows for other in others), strict=True))
    differing = [row for row in rows if any(cell.verdict != "small" for cell in row)]
    small = [comparing.figure(row[0].figure) for row in rows if row not in differing]
    acts = [_move(reader, coached, other.act) for other in others]
    if not differing:
        yield paragraph(label("whatif.coach.small", runs=RUNS, acts=acts, outcomes=small))
        return
    head = (label("whatif.outcome"), label("whatif.was.head"), *(label("whatif.coach.act", act=act) for act in acts))
    body: list[list[Inline]] = []
    for row in differing:
        figure, was = row[0].figure, row[0].was
        body.append([comparing.figure(figure), comparing.value(figure, was)])
        for cell in row:
            said = Span(comparing.verdict(cell), style="strong" if cell.verdict in ("more", "less") else "")
            change = comparing.change(cell) + comparing.words.paren(comparing.interval(cell))
            body[-1].append(below((said,), change))
    yield note(label("whatif.coach.played", runs=RUNS))
    yield table(label("whatif.coach.caption"), head, body, titled=False)
    if small:
        yield note(label("whatif.coach.rest", outcomes=small))


def _course(reader: DebriefReader, comparing: WhatIfWords, coached: Coached) -> Details:
    label, course = reader.label, coached.course
    end = label("whatif.coach.undecided")
    if course.decision is not None:
        end = label("whatif.coach.decided") + read_decision(reader, course.decision).sentence
    lines = bullets(comparing.move(line, course.counters) for line in course.lines)
    blocks = (note(label("whatif.coach.course_note", runs=RUNS)), lines, paragraph(end))
    return Details(label("whatif.coach.course", act=_move(reader, coached, course.act)), blocks)


def _move(reader: DebriefReader, coached: Coached, act: Act) -> str:
    words = reader.label.of("may", act)
    return reader.label("whatif.coach.options", act=words) if act == coached.point.act else words


def part_played(reader: DebriefReader, seat: str, *, turned: bool) -> Section:
    """Return what a seat did, with the lines, and a question to it; what the program did for a person is left out.

    ``turned`` says whether any of it turned the meeting; if not, the text says so.
    """
    label, stood_in = reader.label, reader.session.stood_in
    spoken = [line for line in reader.lines if line["seat"] == seat and line["id"] not in stood_in]
    done = fact_list(_done(reader, seat, spoken))
    asks = label("part.asked" if done.rows else "part.nothing")
    if done.rows and not turned:
        asks = label("part.none_turned") + label("gap") + asks
    closing = paragraph(asks)
    return Section("turning", label("part"), (done, closing) if done.rows else (closing,))


def _done(reader: DebriefReader, seat: str, spoken: Sequence[Line]) -> Iterator[tuple[str, Inline]]:
    label, stood_in = reader.label, reader.session.stood_in
    talk = [line for line in spoken if not line["vote"]]
    counts = {stage.id: sum(line["stage"] == stage.id for line in talk) for stage in reader.game.stages}
    said = label.join([reader.stage_name(stage) + label.paren(str(count)) for stage, count in counts.items() if count])
    yield label("part.lines"), said
    asked_in, by_id = questions(reader), reader.line_by_id
    put = {
        line: answered
        for line, (_, answered) in asked_in.items()
        if by_id[line]["seat"] == seat and line not in stood_in
    }
    asked = {line: answered for line, (to, answered) in asked_in.items() if to == seat}
    yield label("part.put"), _answered(reader, put)
    yield label("part.got"), _answered(reader, asked)
    yield label("part.replied"), reader.refs([line["id"] for line in talk if has(line["act"], "answers")])
    yield label("part.doubts"), reader.refs([line["id"] for line in talk if has(line["act"], "opposes")])
    yield label("part.offers"), _offers(reader, seat)
    yield label("part.promised"), _promised_to(reader, seat)
    yield label("part.decided"), _decided_for(reader, seat)
    yield label("part.answers"), _answers_for(reader, seat)
    yield label("part.gave_way"), reader.refs([line["id"] for line in talk if has(line["act"], "yields")])
    yield label("part.votes"), _votes(reader, seat)


def _answered(reader: DebriefReader, put: dict[str, bool]) -> Spans:
    if not put:
        return ()
    text = reader.label("part.answered", count=len(put), answered=sum(put.values()))
    return (Span(text + reader.label("colon")), *reader.refs(list(put)))


def _offers(reader: DebriefReader, seat: str) -> Spans:
    spans = []
    for item in reader.session.items:
        own = item.owner == seat and item.line not in reader.session.stood_in
        if own and item.kind in ("proposal", "promise"):
            became = Span(reader.label("colon") + entry_state(reader, item)[1])  # the state may have a bracket itself
            gives = (
                reader.label.paren(reader.terms_text(item.promised)) if item.kind == "promise" and item.promised else ""
            )
            spans.append((Span(entry_kind(reader, item) + " "), reader.ref(item.line), soft(gives), became))
    return joined(spans, Span(reader.label("semi")))


def _promised_to(reader: DebriefReader, seat: str) -> Spans:
    """Return what others have promised a seat, or all, and what they took on of its conditions, each with its state."""
    own = {line for line, item in reader.proposals.items() if item.owner == seat}
    told: list[tuple[str, Spans]] = []
    for item in reader.session.entries("promise"):
        answers = _answered_by(reader.line_by_id[item.line]) if item.line in reader.line_by_id else set[str]()
        if item.owner != seat and ({seat, ALL} & {*item.promised_to} or answers & own):
            told.append((item.line, _given(reader, item.says, item.line, _came_of(reader, item))))
    for by, other in product(own, reader.game.positions):
        line = took_on(reader, by, other) if other != seat else None
        if line is not None and line["takes_on"][by] == "yes" and by not in _answered_by(line):
            parts = own_conditions(reader, reader.proposals[by])
            told += ((line["id"], _given(reader, part, line["id"], _decided(reader, part))) for part in parts)
    return joined(spans for _, spans in sorted(told, key=lambda each: reader.place(each[0])))


def _decided_for(reader: DebriefReader, seat: str) -> Spans:
    """Return what was decided for a seat and fell due a year later, each with what came of it."""
    due = fallen_due(reader.session)
    concern = (item for item in due if item.kind == "term" and item.account and seat in item.account.concerned)
    return joined(_came_due(reader, item) for item in concern)


def _answers_for(reader: DebriefReader, seat: str) -> Spans:
    """Return what was decided and fell due a year later, and was a seat's to do, each with what came of it."""
    due = fallen_due(reader.session)
    own = (item for item in due if item.kind == "term" and item.account and seat in item.account.doers)
    return joined(_came_due(reader, item) for item in own)


def _came_due(reader: DebriefReader, item: Item) -> Spans:
    since = next((Span(" "), link) for by, _ in item.history[:1] for link in [reader.ref(by)])
    return Span(matter(reader.spoken, item, WHOLE)), *since, Span(reader.label.paren(entry_state(reader, item)[1]))


def _given(reader: DebriefReader, says: str, line: str, came: str) -> Spans:
    return reader.quote(says), Span(" "), reader.ref(line), Span(reader.label.paren(came))


def _answered_by(line: Line) -> set[str]:
    """Return the lines to whose conditions the words in which a line promises something answer.

    Beside a part that it takes on these say that part, and nothing of what it takes on whole.
    """
    takes = line.get("takes_on", {}) if line["promises"] else {}
    parts = {by for by, how in takes.items() if how == "part"}
    return parts or {by for by, how in takes.items() if how == "yes"}


def _decided(reader: DebriefReader, part: str) -> str:
    """Return that somebody took on a condition, and what came of it where that is known."""
    label, carried = reader.label, reader.session.carried
    due = next((item for item in reader.session.items if item.kind == "term" and item.says == part), None)
    came = [entry_state(reader, due)[1]] if due is not None else []
    if carried and not came:
        held = any(part in hangs_on(taken["condition"]) for taken in carried)
        came = [label("part.condition.decided" if held else "part.condition.left")]
    return label("semi").join([label("part.condition"), *came])


def _came_of(reader: DebriefReader, item: Item) -> str:
    """Return the state of a promise, with a note before it if the promise is to all."""
    whole = [reader.label("state.for", names=reader.name(ALL))] if ALL in item.promised_to else []
    return reader.label("semi").join([*whole, entry_state(reader, item)[1]])


def _votes(reader: DebriefReader, seat: str) -> Spans:
    label, votes = reader.label, list[Spans]()
    stood_in = [line for line in reader.lines if line["seat"] == seat and line["id"] in reader.session.stood_in]
    others = {line["about"] if line["vote"] else line["id"] for line in stood_in}
    for taken in reader.decisions:
        if taken["motion"] in others:
            continue
        if taken["by"] == seat:
            how = "decided"
        elif seat not in (*taken["votes"], *taken["abstained"]):
            continue
        elif seat in taken.get("uncast", ()):
            how = "uncast"
        elif not has_vote(reader.game.governance, reader.game.positions, seat):
            how = veto_key(reader.game, "veto" if seat in taken["vetoed_by"] else "unused", [seat])
        elif seat in taken["votes"]:
            how = "for" if taken["votes"][seat] else "against"
        else:
            how = "abstained"
        came = label.paren(label.of("state", "carried" if taken["carried"] else "rejected"))
        voted = label(f"part.vote.{how}") + (came if taken["by"] == BODY else "")
        votes.append((Span(voted + " "), reader.ref(taken["id"])))
    return joined(votes, Span(label("semi")))
