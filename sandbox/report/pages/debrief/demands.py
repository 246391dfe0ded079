"""Turning points of what a motion asks of one seat by name: it was taken on in the end, or refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sandbox.content.acts import has
from sandbox.game.conditions import doers
from sandbox.game.entries import Item, proposals_of
from sandbox.game.hanging import brought, hangs_on
from sandbox.game.questions import asked_in
from sandbox.game.unwilling import carried_refused
from sandbox.game.wording import content_words, sentences
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.acceptance import answer_to, exchanged, not_accepted
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.report.pages.debrief.turning_point import TurningPoint

# What others have asked for in so many lines is a demand that the table waited on; words with this share of those of a
# condition ask for the same.
_WAITED = 3
_SAME = 0.5


def refused(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each line that refuses what a motion asks of its speaker, and what became of that."""
    for line in reader.lines:
        if line["id"] not in reader.session.stood_in:
            yield from (_refused(reader, line, part) for part in hangs_on(line.get("refuses", "")))


def _refused(reader: DebriefReader, line: Line, part: str) -> TurningPoint:
    label = reader.label
    by = next(
        (item for item in reader.session.items if item.kind == "proposal" and part in hangs_on(item.condition)), None
    )
    taken = [each for each in reader.session.carried if part in hangs_on(each["condition"])]
    name, asked = reader.name(line["seat"]), reader.mover(by) if by else ""
    so_far = text = label("why.refused", name=name, by=asked, condition=part)
    way, answer = _became(reader, taken[-1], part, line["seat"]) if taken else ("", "")
    way = way or ("out" if reader.session.carried else "")
    new = [new for _, old, new in exchanged(reader, line) if old == part] if way == "out" else []
    if any(each in hangs_on(taken["condition"]) for each in new for taken in reader.session.carried):
        way = "exchanged"
    told = label(f"why.refused.{way}", name=name, line=answer, condition=label("semi").join(new)) if way else ""
    text += label("gap") + told if told else ""
    answers = [answer] if answer else []
    evidence = (line["id"], *([by.line] if by else []), *answers, *(each["id"] for each in taken))
    seats = frozenset({line["seat"], *([by.owner] if by else [])})
    ask = f"refused.{way}" if way in ("out", "exchanged") else ""
    return TurningPoint("refused", text, evidence, seats, ask=ask, matter=part, so_far=so_far)


def _became(reader: DebriefReader, taken: DecisionTaken, part: str, seat: str) -> tuple[str, str]:
    """Return what became of a condition that a seat refused and that was carried, and the line that agrees to a part.

    It is ``carried`` all the same, or the seat ``agreed`` to it, aloud or by its vote, or to a ``part`` of it.
    """
    refused_it = carried_refused(reader.spoken, reader.session.items, taken, reader.lines).get(part, ())
    if not_accepted(reader, taken, part, seat) or any(each["seat"] == seat for each in refused_it):
        return "carried", ""
    answer = answer_to(reader, taken, part, seat)
    return ("part", answer.line) if answer is not None and answer.what == "otherwise" else ("agreed", "")


def taken_on(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield what was asked of a seat again and again and that it took on in the end, most asked for first."""
    label, items = reader.label, reader.session.items
    made = proposals_of(items)
    points: list[tuple[int, TurningPoint]] = []
    for decision in reader.session.carried:
        for by, part in brought(items, decision["condition"]):
            line = _takes_on(reader, decision, made.get(by), part)
            waited = [] if line is None else _waited(reader, made[by], line, part)
            if line is None or len(waited) < _WAITED:
                continue
            name, asked = reader.name(line["seat"]), reader.names(frozenset(each["seat"] for each in waited))
            text = label("why.taken_on", name=name, by=asked, condition=part, count=len(waited))
            seats = frozenset({line["seat"], made[by].owner})
            points.append(
                (len(waited), TurningPoint("taken_on", text, (line["id"], waited[-1]["id"]), seats, matter=part))
            )
    yield from (point for _, point in sorted(points, key=lambda each: -each[0]))


def _takes_on(reader: DebriefReader, decision: DecisionTaken, item: Item | None, part: str) -> Line | None:
    """Return the first line in which whoever a condition binds goes along with it; None where that asked for it."""
    if item is None:
        return None
    seats = doers(reader.spoken, part, reader.game.present(decision["stage"]))[:1]
    if not seats or seats[0] == item.owner:
        return None
    later = [line for line in reader.lines[reader.place(item.line) + 1 :] if line["seat"] == seats[0]]
    if any(part in hangs_on(line.get("refuses", "")) for line in later):
        return None
    goes = (line for line in later if not line["vote"] and line["id"] not in reader.session.stood_in)
    return next((line for line in goes if has(line["act"], "supports") or has(line["act"], "yields")), None)


def _waited(reader: DebriefReader, item: Item, line: Line, part: str) -> Sequence[Line]:
    """Return the lines of others that asked for the same before it was taken on, that which brought it among them.

    They bring it as a condition, in whatever words, or ask it of whoever it binds.
    """
    lang = reader.spoken.spec.lang
    made = proposals_of(reader.session.items)
    wanted = content_words(part, lang)

    def same(says: str) -> bool:
        return len(wanted & content_words(says, lang)) >= max(2, _SAME * len(wanted))

    def asks(each: Line) -> bool:
        own = hangs_on(made[each["id"]].condition) if each["id"] in made else []
        new = [other for by, other in brought(reader.session.items, ";".join(own)) if by == each["id"]]
        put = [question for question in sentences(each["says"]) if question.endswith(("?", "？"))]
        asked = put if line["seat"] in asked_in(reader.spoken, each, each["visible_to"]) else []
        return each["id"] == item.line or any(same(says) for says in (*new, *asked))

    before = reader.lines[: reader.place(line["id"])]
    return [each for each in before if each["seat"] != line["seat"] and not each["vote"] and asks(each)]
