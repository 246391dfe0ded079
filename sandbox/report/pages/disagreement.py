"""What the minutes of a meeting tell of disagreement: what stayed open, and which seats did not go along."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.content.words import within_quotes
from sandbox.game.language.answered import evasion
from sandbox.game.language.questions import question_to
from sandbox.game.language.stock import is_stock, quotable
from sandbox.game.language.wording import closing
from sandbox.game.ledger.entries import motion_of
from sandbox.game.motions.backing import lineage, said_on, stands
from sandbox.game.motions.conditions import stands_in
from sandbox.game.motions.counting import counted
from sandbox.game.motions.hanging import hangs_on
from sandbox.record.line import BODY, DecisionTaken, Line
from sandbox.report.acceptance import conditions_left, doers_away, exchanged, not_whole, owed
from sandbox.report.beside_votes import put_by, unput
from sandbox.report.document.blocks import Span, Spans
from sandbox.report.document.compose import Inline, strong
from sandbox.report.entries import asked_lost, beside_lost
from sandbox.report.pages.debrief.clauses import struck
from sandbox.report.pages.discussion import objections
from sandbox.report.pages.meeting import GONE, Meeting
from sandbox.report.side_by_side import open_questions

# Usual length of a reservation in characters: long, since its main point may be anywhere.
_RESERVED: dict[Lang, int] = {"en": 600, "zh": 220}
_ASKED: dict[Lang, int] = {"en": 220, "zh": 90}


def left_open(meeting: Meeting) -> Iterator[Inline]:
    """Yield what was not agreed: refusals, conditions without a yes, motions not put, unanswered questions."""
    yield from _not_taken_on(meeting)
    yield from _promises_and_tasks(meeting)
    yield from _dropped(meeting)
    yield from _questions(meeting)


def _not_taken_on(meeting: Meeting) -> Iterator[str]:
    """Yield the decided conditions that the seats they bind refused or did not accept."""
    reader, say = meeting.reader, meeting.say
    for taken in meeting.taken:
        refused = meeting.refused(taken)
        for part, seats in refused.items():
            yield say("meeting.refused", condition=part, names=meeting.people(seats))
        for _, seat, part in owed(reader, taken):
            if seat not in refused.get(part, ()) and (way := not_whole(reader, taken, part, seat)):
                yield say("meeting.not_accepted", condition=part, name=reader.person(seat), way=way)
        yield from doers_away(reader, taken)


def _promises_and_tasks(meeting: Meeting) -> Iterator[str]:
    """Yield the meeting's promises that do not hold after what was decided, and the tasks in dispute."""
    reader, say = meeting.reader, meeting.say
    by_id = {line["id"]: line for line in meeting.lines}
    for item in reader.session.items:
        own = item.line in by_id
        if own and item.kind == "promise" and item.state == "beyond_remit":
            said = reader.terms_text(item.terms) or meeting.as_filed(by_id[item.line], item.says)
            yield say("meeting.beyond", name=reader.person(item.owner), matter=said)
        if own and item.kind == "promise" and (by := meeting.contradicted(item)):
            said = reader.terms_text(item.terms) or meeting.as_filed(by_id[item.line], item.says)
            key = "meeting.contradicted.later" if by in by_id else "meeting.contradicted"
            yield say(key, name=reader.person(item.owner), matter=said)
        if own and item.state not in GONE and (motion := beside_lost(reader, item)):
            said = meeting.as_filed(by_id[item.line], item.says)
            key = "meeting.lapsed.own" if motion.owner == item.owner else "meeting.lapsed"
            yield say(key, name=reader.person(item.owner), matter=said, mover=reader.name(motion.owner))
        elif own and item.kind == "promise" and (motion := asked_lost(reader, item)):
            said = meeting.as_filed(by_id[item.line], item.says)
            yield say("meeting.lapsed.asked", name=reader.person(item.owner), matter=said, by=reader.name(motion.owner))
        if item.kind == "task" and item.state == "disputed" and {item.owner, item.deliverer} <= {*meeting.room}:
            task = reader.text(reader.game.scenario.task_by_id[item.task].text)
            yield say("meeting.disputed", name=reader.person(item.deliverer), task=task)


def _dropped(meeting: Meeting) -> Iterator[str]:
    """Yield the conditions that were refused or struck against their owner's will, and motions that were not put."""
    reader, say = meeting.reader, meeting.say
    decided = [part for each in meeting.taken if each["carried"] for part in hangs_on(each["condition"])]
    for line in reader.lines if decided else ():
        open_to_all = reader.heard(line) and line["seat"] in meeting.room
        for part in hangs_on(line.get("refuses", "")) if open_to_all else ():
            asked = next((x for x in reader.session.entries("proposal") if part in hangs_on(x.condition)), None)
            if asked and part not in decided:
                names = {"name": reader.person(line["seat"]), "by": reader.name(asked.owner)}
                new = [new for _, old, new in exchanged(reader, line) if old == part and new in decided]
                key = "meeting.refused.exchanged" if new else "meeting.refused.out"
                yield say(key, condition=part, new=say("semi").join(new), **names)
    lost = {seat for taken in meeting.taken if taken["carried"] for seat, vote in taken["votes"].items() if not vote}
    by_id = {line["id"]: line for line in meeting.lines}
    for point in struck(reader):
        by = by_id.get(point.evidence[0])
        if by is not None and lost & (point.seats - {by["seat"]}):
            yield point.text
    carried = [taken["terms"] | taken["unbound"] for taken in meeting.taken if taken["carried"]]
    passed = {key: option for terms in carried for key, option in terms.items()}
    for item, why in unput(reader, meeting.stage):
        other = {key: option for key, option in item.terms.items() if passed.get(key) != option}
        terms = meeting.options(reader.terms(other))
        key = "meeting.unput" if other and passed else "meeting.unput.whole" if other else "meeting.unput.conditions"
        lang, conditions = reader.spoken.spec.lang, hangs_on(item.condition)
        own = [part for part in conditions if not stands_in(part, decided, lang)]
        left = conditions_left(reader, item, own or conditions)
        name, amended = put_by(reader, item)
        told = say(key, name=name, amended=amended, terms=terms, condition=left, why=why)
        yield told + (say("meeting.unput.and", condition=left) if other and own else "")


def _questions(meeting: Meeting) -> Iterator[str]:
    """Yield the matters that were not settled, and the unanswered questions of lines whose act is to ask."""
    reader, game, say = meeting.reader, meeting.reader.game, meeting.say
    bound = {key for taken in meeting.taken if taken["carried"] for key in (*taken["terms"], *taken["unbound"])}
    left = [question for question in game.scenario.decisions if question.id not in bound and meeting.decides]
    if left and not bound:
        yield say("meeting.undecided.all")
    for question in left if bound else ():
        yield say("meeting.undecided", question=reader.text(question.question))
    for line, asked in open_questions(reader.session):
        asks = has(line["act"], "asks") and bool(quotable(reader.spoken, line["says"]))
        if line in meeting.lines and asks and line["id"] not in reader.session.stood_in:
            names = {"name": reader.person(line["seat"]), "asked": reader.person(asked)}
            evaded = evasion(reader.session.in_stages([meeting.stage]), line, asked) is not None
            key = "meeting.unanswered.evaded" if evaded else "meeting.unanswered"
            put = question_to(reader.spoken, line, asked) or closing(line["says"], _ASKED[reader.spoken.spec.lang])
            yield say(key, **names, question=within_quotes(put))


def reservations(meeting: Meeting) -> Iterator[Spans]:
    """Yield the seats that did not go along with a motion or an order, and what was said with votes for it.

    Seats that did not vote, and all seats for a motion before the last, are told only if they said why.
    """
    discussed = objections(meeting)
    for taken in meeting.taken:
        yield from _reserved_on(meeting, taken, discussed)


def _reserved_on(meeting: Meeting, taken: DecisionTaken, discussed: set[str]) -> Iterator[Spans]:
    reader, last = meeting.reader, taken is meeting.taken[-1]
    motion = motion_of(reader.session.items, taken["motion"])
    against = (
        []
        if motion is None
        else [seat for seat, with_it in stands(reader.game, reader.session.items, motion).items() if not with_it]
    )
    if meeting.not_followed(taken):  # views on another motion are none on what was decided
        taken = {**taken, "votes": {}, "abstained": [], "uncast": []}
    how = counted(reader.game, taken)
    no = [seat for seat, vote in taken["votes"].items() if not vote]
    away = dict.fromkeys([*no, *how.abstained, *taken["vetoed_by"], *against])
    put = put_by(reader, motion)[0] if motion and len(meeting.taken) > 1 else ""
    for seat in away:
        if seat in how.votes and how.votes[seat] and taken["by"] == BODY:
            continue
        ways = {"abstained": how.abstained, "against": no, "uncast": how.uncast}
        way = next((name for name, seats in ways.items() if seat in seats), "no_vote")
        line = reason(meeting, taken, seat, voted=way in ("abstained", "against"))
        if not line and (way in ("uncast", "no_vote") or not last):
            continue
        told = line or before_vote(meeting, seat)
        words = reader.aloud(told["says"], _RESERVED[reader.spoken.spec.lang], act=told["act"]) if told else ""
        before = "" if line or not told else meeting.say("meeting.before_vote", stage=reader.stage_name(told["stage"]))
        if told and told["id"] in discussed:
            words, before = "", meeting.say("meeting.in_discussion", line=told["id"])
        yield _reserved(meeting, seat, way, words, before, put)
    free = reader.spoken.style == "free"  # cards have no words for a vote
    for line in meeting.lines if free and taken["by"] == BODY else ():
        votes_for = line["vote"] and line["about"] == taken["motion"] and how.votes.get(line["seat"])
        if votes_for and line["id"] not in reader.session.stood_in and quotable(reader.spoken, line["says"]):
            words = reader.aloud(line["says"], _RESERVED[reader.spoken.spec.lang], act=line["act"])
            yield _reserved(meeting, line["seat"], "for", words, put=put)


def _reserved(meeting: Meeting, seat: str, way: str, words: str, before: str = "", put: str = "") -> Spans:
    say, how = meeting.say, meeting.say(f"meeting.stood.{way}")
    stood = say(f"meeting.stood{'.of' if put else ''}", role=meeting.reader.game.role(seat), how=how, name=put)
    told = before or ("" if words else say("meeting.no_reason"))
    said = [Span(f"“{within_quotes(words)}”", style="quote")] if words else []
    who = strong(meeting.reader.name(seat) + say.paren(stood) + say("colon"))
    return (who, *([Span(told)] if told else []), *said)


def before_vote(meeting: Meeting, seat: str) -> Line | None:
    """Return a seat's last objection or refusal that the room heard, about any motion; None if there is none."""
    reader = meeting.reader
    said = [x for x in reader.lines if x["seat"] == seat and x["says"] and not x["vote"] and reader.heard(x)]
    no = [x for x in said if has(x["act"], "opposes") and not is_stock(reader.spoken, x["says"])]
    return no[-1] if no else None


def reason(meeting: Meeting, taken: DecisionTaken, seat: str, *, voted: bool = True) -> Line | None:
    """Return the line that says why a seat did not go along: its vote, or else its last objection to the motion.

    For a seat that did not vote, it is a line about the motion or what it grew out of, or one to the seats that put
    these.
    """
    reader = meeting.reader
    said = [x for x in meeting.lines if x["says"] and not is_stock(reader.spoken, x["says"])]
    votes = [x for x in said if x["seat"] == seat and x["vote"] and x["about"] == taken["motion"]]
    motion = motion_of(reader.session.items, taken["motion"])
    if not voted:
        forms = lineage(reader.session.items, motion) if motion else []
        owners = {reader.proposals[form].owner for form in forms}
        spoke = [x for x in said if x["seat"] == seat and not x["vote"]]
        spoke = [x for x in spoke if x["about"] in forms or (not x["about"] and x["to"] in owners)]
        votes = [x for x in spoke if has(x["act"], "opposes") or has(x["act"], "refuses")]
    elif motion is not None and not votes and seat in (spoken := said_on(said, motion, "opposes")):
        return spoken[seat]
    return votes[-1] if votes else None
