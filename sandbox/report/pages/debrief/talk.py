"""A one-page outline for the talk after a session, of 30 or 15 minutes: the lines worth reading out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from sandbox.content.acts import has
from sandbox.content.language import Lang, patterns
from sandbox.game.language.stock import quotable
from sandbox.game.language.wording import last_sentence, sentences, takes_up
from sandbox.game.ledger.entries import Item
from sandbox.game.ledger.matters import WHOLE, matter
from sandbox.game.motions.counting import counted
from sandbox.game.review.due import names_nobody
from sandbox.game.session import Session
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.acceptance import doers_away, not_whole, owed
from sandbox.report.document.blocks import Block, Heading, Section, Span, Spans
from sandbox.report.document.compose import Inline, below, joined, note, soft, strong, table
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.report.pages.debrief.turning_point import TurningPoint
from sandbox.report.pages.ledger import review_sentence
from sandbox.report.pages.lesson import commentary
from sandbox.report.read_decision import conditions_told, read_decision
from sandbox.report.side_by_side import open_questions
from sandbox.scoring.reviewed import fallen_due

# Minutes of the talk and of its parts; whatever is not there leaves its time to the end.
_WHOLE, _OPENING, _MOMENTS, _QUESTIONS, _LEAST, _DECISION, _REVIEW = 30, 3, 12, 4, 3, 4, 3
# What a year later is read out of it, the worst first.
_CAME_TO = ("broken", "disputed", "unreported")
# What is talked about first; a vote against one's card is left out: what cards hold stays private.
_KINDS = (
    "stopped", "narrow", "taken_on", "refused", "struck", "named", "conceded", "turned", "terms", "unanswered",
    "inject", "against", "beyond", "clauses", "veto", "let_pass", "twice", "open",
)  # fmt: skip
# What a sentence has that tells a doubt, beside a vote for a motion.
_DOUBT = patterns(
    en=r"\b(?:hold against it|(?:don't|do not) like|worr(?:y|ies|ied)|uneasy|nobody (?:has )?(?:said|told|named))\b",
    zh=r"不放心|不踏实|没底|没说清|没影|没着落|没人应|还要来算",
)
_MOST_MOMENTS, _MOST_LINES, _MOST_QUESTIONS, _MOST_SEATS, _MOST_DOUBTS = 3, 2, 3, 2, 3
# A seat with less than this part of an equal share of the lines is among those heard least.
_LITTLE = 0.75
Part = tuple[int, str, Inline]


def talk(reader: DebriefReader, findings: Sequence[TurningPoint]) -> Section:
    """Return the facilitator's outline of the talk; it contains only what the whole room heard."""
    label = reader.label
    opening = "talk.opening.say" if reader.session.persons else "talk.opening.watched"
    parts: list[Part] = [(_OPENING, label("talk.opening"), label(opening))]
    # The outcome tells what was left open.
    parts += moments(reader, [finding for finding in findings if finding.kind != "open"], led=True)
    for minutes, name, rows in (
        (_QUESTIONS, "questions", _unanswered(reader)),
        (_LEAST, "least", _least_heard(reader)),
        (_DECISION, *_outcome(reader, findings)),
        (_REVIEW, "review", _year_later(reader)),
    ):
        if rows:
            parts.append((minutes, label(f"talk.{name}"), joined((*rows, (soft(label(f"talk.{name}.ask")),)))))
    spent = sum(minutes for minutes, _, _ in parts)
    own = talk_questions(reader.session, reader.game.spec.lang)
    closing = joined([*own[:1], *own[1:][-1:], label("talk.closing.say")])
    parts.append((_WHOLE - spent, label("talk.closing"), closing))
    cells, begun = list[tuple[Inline, ...]](), 0
    for minutes, title, content in parts:
        end = begun + minutes
        half = label("talk.half", start=begun // 2, end=end // 2)
        cells.append((below(label("talk.minutes", start=begun, end=end), half), (strong(title),), content))
        begun = end
    head = (label(f"talk.head.{name}") for name in ("time", "part", "what"))
    outline = table(label("talk"), head, cells, widths=(11, 17, 72), titled=False)
    blocks: list[Block] = [note(label("talk.note")), outline]
    if points := commentary(reader.game.scenario, label):
        blocks += [Heading(label("commentary")), *points]
    return Section("talk", label("talk"), tuple(blocks), sheet=True)


def moments(reader: DebriefReader, findings: Sequence[TurningPoint], *, led: bool = False) -> list[Part]:
    """Return up to three turning points, each with its minutes, its title, and what was said and may be asked.

    ``led``: the text is for the leader of the talk and says whom to ask.
    """
    label, stood_in = reader.label, reader.session.stood_in
    whole = _MOMENTS - (_REVIEW if fallen_due(reader.session) else 0)
    chosen: list[tuple[int, TurningPoint, list[Line]]] = []
    for finding in _by_turns(findings):
        lines = [reader.line_by_id[event] for event in finding.evidence if event in reader.line_by_id]
        said = [line for line in lines if line["id"] not in stood_in]
        turned = finding.kind == "turned"  # its earlier lines are no turn
        telling = said[:1] if turned else said
        worth = [line for line in telling if quotable(reader.spoken, line["says"])][:_MOST_LINES]
        worth = worth or (telling if turned else [])
        again = any(line in earlier for line in worth for _, _, earlier in chosen)
        again = again or any(finding.evidence[:1] == other.evidence[:1] for _, other, _ in chosen)
        counted = finding.kind in ("stopped", "narrow")  # their votes count also without words
        aloud = all(reader.heard(line) and (counted or line["id"] not in stood_in) for line in lines)
        tells = worth or (lines and counted)
        if tells and not again and aloud and len(chosen) < _MOST_MOMENTS:
            worth.sort(key=lambda line: reader.place(line["id"]))
            chosen.append((reader.place((worth or lines)[0]["id"]), finding, worth))
    if not chosen:
        return [(whole, label("talk.moments"), label("talk.moments.none"))]
    chosen.sort(key=lambda each: each[0])
    parts: list[Part] = []
    asked = set[str]()
    for number, (_, finding, lines) in enumerate(chosen, start=1):
        title = label("talk.moment", number=number, title=label(f"why.{finding.kind}.title"))
        quoted = [_quoted(reader, f"{reader.name(line['seat'])} {reader.act(line)}", line) for line in lines]
        ask = finding.ask or finding.kind
        question = "" if ask in asked else label(f"talk.ask.{ask}")  # no question twice
        persons, names = reader.session.persons, finding.kind == "turned"
        if question and names and persons and not finding.seats & persons:
            names, question = False, label("talk.ask.turned.absent", name=reader.names(finding.seats))
        if question and led:
            question = label("talk.lead.turned" if names else "talk.lead") + question
        asked.add(ask)
        content = joined((finding.text, *quoted, *([(soft(question),)] if question else [])))
        parts.append((whole // len(chosen), title, content))
    return parts


def _by_turns(findings: Sequence[TurningPoint]) -> Iterator[TurningPoint]:
    """Yield the first finding of each kind, then the second of each, and so on."""
    kinds = [[finding for finding in findings if finding.kind == kind] for kind in _KINDS]
    for row in zip_longest(*kinds):
        yield from filter(None, row)


def _unanswered(reader: DebriefReader) -> list[Inline]:
    label = reader.label
    rows: list[Inline] = []
    for line, asked in open_questions(reader.session):
        if line["id"] in reader.session.stood_in:
            continue
        if reader.session.persons and asked not in reader.session.persons:
            continue  # nobody in the room can answer for it
        question = _put(line["says"]) or last_sentence(line["says"])
        later, lang = reader.session.after(line["id"]), reader.spoken.spec.lang
        spoke = any(each["seat"] == asked and takes_up(each["says"], question, lang) for each in later)
        if spoke or not (has(line["act"], "asks") and reader.heard(line) and quotable(reader.spoken, line["says"])):
            continue
        question = question if line["says"].strip().startswith(question) else f"… {question}"
        who = f"{reader.name(line['seat'])} → {reader.name(asked)}{label('colon')}"
        rows.append((Span(who), reader.quote(question), Span(" "), reader.ref(line["id"])))
    return rows[:_MOST_QUESTIONS]


def _put(says: str) -> str:
    """Return the last question of what was said, with the questions right before it, which it may only sum up."""
    parts = sentences(says)
    asks = [part.rstrip("”’\"'").endswith(("?", "？")) for part in parts]
    end = max((place + 1 for place, each in enumerate(asks) if each), default=0)
    start = max((place + 1 for place, each in enumerate(asks[:end]) if not each), default=0)
    return says[says.index(parts[start]) : says.rindex(parts[end - 1]) + len(parts[end - 1])] if end else ""


def _least_heard(reader: DebriefReader) -> list[Inline]:
    label, game = reader.label, reader.game
    spoken, stood_in = [line for line in reader.lines if not line["vote"]], reader.session.stood_in
    # Shares of all lines: a seat that the rules keep out of a stage is not heard in it either.
    shares: list[tuple[int, str, int]] = []
    for seat in game.positions:
        there = sum(seat in game.present(line["stage"]) for line in spoken)
        if there and game.personas[seat].kind != "host":
            shares.append((sum(line["seat"] == seat for line in spoken), seat, there))
    shares.sort(key=lambda each: each[0])
    rows: list[Inline] = []
    able = reader.session.persons or {*game.positions}  # where people play, only they can speak now
    for own, seat, there in [each for each in shares if each[1] in able][:_MOST_SEATS]:
        if own * len(shares) >= _LITTLE * len(spoken):
            break
        to = sum(line["to"] == seat for line in spoken)
        text = label("talk.least.row", name=reader.person(seat), count=own, all=len(spoken), there=there, to=to)
        mine = [line for line in spoken if line["seat"] == seat]
        if by_persona := sum(line["id"] in stood_in for line in mine):
            text = label("talk.least.stood_in", told=text, count=by_persona)
        aloud = (line for line in mine if reader.heard(line) and line["id"] not in stood_in)
        said = next((line for line in aloud if quotable(game, line["says"])), None)
        rows.append(_quoted(reader, label("talk.least.said", told=text), said) if said else text)
    return rows


def _outcome(reader: DebriefReader, findings: Sequence[TurningPoint]) -> tuple[str, list[Inline]]:
    """Return the part of the talk that the outcome is, and its text: what was decided, or what was left open.

    The text is empty if no stage was played that could decide anything.
    """
    rows: list[Inline] = []
    for decision in reader.session.carried:
        read = read_decision(reader, decision)
        rows.append((Span(read.settled + " "), reader.ref(decision["id"])))
        rows += [*filter(None, [read.beside]), *_hangs_on(reader, decision), *read.waits]
    fell = [taken for taken in reader.decisions if rows and not taken["carried"]]
    rows += [(Span(read_decision(reader, taken).sentence + " "), reader.ref(taken["id"])) for taken in fell]
    left = [finding for finding in findings if finding.kind == "open"]
    left.sort(key=lambda finding: finding.ask == "open.scope")  # questions that the body could have settled come first
    texts = [finding.text for finding in left[:_MOST_LINES]]
    if rows or not texts:
        return "decision", [*rows, *texts]
    vetoed = any(taken["vetoed_by"] and not counted(reader.game, taken).short for taken in reader.decisions)
    asked = any(finding.ask == "stopped.veto" for finding in findings)  # then the veto is a moment of its own
    return ("stopped" if vetoed and not asked else "stuck"), [reader.label("decision.none"), *texts]


def due_aloud(reader: DebriefReader) -> list[Item]:
    """Return what fell due a year later, of what the whole room had heard."""
    lines, due = reader.line_by_id, fallen_due(reader.session)
    return [item for item in due if item.line not in lines or reader.heard(lines[item.line])]


def answering(item: Item) -> Sequence[str]:
    """Return the seats that answered for what fell due."""
    return sorted(item.account.doers) if item.account and item.account.doers else (item.owner,)


def _year_later(reader: DebriefReader) -> list[Inline]:
    """Return how much of what fell due was kept, and what was not, each with its report."""
    label, due = reader.label, due_aloud(reader)
    rows: list[Inline] = [review_sentence(reader.session, label)] if due else []
    for state in _CAME_TO:
        told: list[Spans] = []
        for item in due:
            if item.state == state and item.account:
                who = reader.names(answering(item))
                who = label("review.answers_nobody", name=who) if names_nobody(reader.spoken, item) else who
                says = matter(reader.spoken, item, WHOLE) + label.paren(who)
                told.append((Span(says + " "), reader.ref(item.account.report)))
        if told:
            rows.append((Span(label.of("state", state) + label("colon")), *joined(told, Span(label("semi")))))
    doubts = _doubts(reader)[:_MOST_DOUBTS] if due else []
    return [*rows, *([label("talk.review.doubts")] if doubts else []), *doubts]


def _doubts(reader: DebriefReader) -> list[Inline]:
    """Return the doubts that were told with votes for what was carried."""
    carried = {taken["motion"] for taken in reader.session.carried}
    said = [
        (line, [part for part in sentences(line["says"]) if _DOUBT[reader.spoken.spec.lang].search(part)])
        for line in reader.lines
        if line["vote"] and line["about"] in carried and has(line["act"], "votes_for") and reader.heard(line)
        if line["id"] not in reader.session.stood_in and quotable(reader.spoken, line["says"])
    ]
    gap = reader.spoken.words("gap")
    return [
        (
            Span(reader.name(line["seat"]) + reader.label("colon")),
            reader.quote(gap.join(parts)),
            Span(" "),
            reader.ref(line["id"]),
        )
        for line, parts in said
        if parts
    ]


def _hangs_on(reader: DebriefReader, decision: DecisionTaken) -> Iterator[str]:
    label, told, asked = reader.label, conditions_told(reader, decision), dict[str, list[str]]()
    for who, seat, condition in owed(reader, decision):
        head = label("talk.decision.hangs", name=who) if who else label("talk.decision.hangs_alone")
        short = not_whole(reader, decision, condition, seat)
        head += label.paren(short) if short else ""
        asked.setdefault(head, []).append(told[condition])
    for head, conditions in asked.items():
        yield head + label("colon") + label("semi").join(conditions) + label("stop")
    yield from doers_away(reader, decision)


def _quoted(reader: DebriefReader, who: str, line: Line) -> Spans:
    """Return who said what, with a link to the line."""
    if not quotable(reader.spoken, line["says"]):
        return (Span(who + " "), reader.ref(line["id"]))
    return (Span(who + reader.label("colon")), reader.quote(line["says"]), Span(" "), reader.ref(line["id"]))


def talk_questions(session: Session, lang: Lang) -> list[str]:
    """Return a case's questions for the talk, in a language.

    Left out are questions on a stage in which nobody spoke, on private talk if there was none, and on a decision if
    there was none. If no person had a seat, as in a recording, the questions are those for people who watched.
    """
    game = session.game
    played = {line["stage"] for line in session.lines}
    whispered = any(
        not set(game.present(line["stage"])) <= set(line["visible_to"])
        for line in session.lines
        if line["stage"] in game.stage_names
    )
    return [
        (question if session.persons or question.watched is None else question.watched).get(lang)
        for question in game.scenario.discussion
        if played.issuperset(question.stages) and (whispered or not question.asides)
        if session.carried or not question.decided
    ]
