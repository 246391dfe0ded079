"""Turning points of conditions: of somebody else struck or replaced; asked of a seat, and refused or taken on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sandbox.content.acts import has
from sandbox.game.language.questions import asked_in
from sandbox.game.language.wording import content_words, sentences
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.conditions import whom_it_asks
from sandbox.game.motions.hanging import brought, hangs_on
from sandbox.game.motions.unwilling import carried_refused
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.acceptance import answer_to, exchanged, not_accepted, reworded
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.report.pages.debrief.turning_point import TurningPoint

# What others have asked for in so many lines is a demand that the table waited on; words with this share of those of a
# condition ask for the same.
_WAITED = 3
_SAME = 0.5


def struck(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each motion without a condition of somebody else's that was in the one on which it was built.

    A clause that was worded otherwise, and that whoever had brought it went along with, was not struck; nor was one
    that came back and was decided.

    First come those whose owners voted against what was carried, then those of which the new clause was decided.
    """
    made = reader.proposals
    kept = {part for taken in reader.session.carried for part in hangs_on(taken["condition"])}
    rows: list[tuple[bool, bool, TurningPoint]] = []
    for item in made.values():
        base = made.get(item.amends) or made.get(item.base)
        if base is None or item.line in reader.session.stood_in:
            continue
        had, has_now = hangs_on(base.condition), hangs_on(item.condition)
        gone = [
            (line, part)
            for line, part in brought([*made.values()], base.condition)
            if part not in has_now and part not in kept
        ]
        new = [part for part in has_now if part not in had]
        theirs: dict[str, list[tuple[str, str]]] = {}
        for line, part in gone:
            if line and made[line].owner != item.owner:
                theirs.setdefault(made[line].owner, []).append((line, part))
        for owner, parts in theirs.items():
            lost = any(taken["votes"].get(owner) is False for taken in reader.session.carried)
            decided = not kept.isdisjoint(new)
            along = not lost and _along(reader, item, owner, [part for _, part in parts], new, made)
            if along and all(reworded(reader, part, new) for _, part in parts):
                continue
            told = _struck(reader, item, owner, dict(parts), new, lost=lost, along=along)
            rows.append((not lost, not decided, told))
    yield from (point for *_, point in sorted(rows, key=lambda row: row[:2]))


def _struck(
    reader: DebriefReader,
    item: Item,
    owner: str,
    parts: Mapping[str, str],
    new: Sequence[str],
    *,
    lost: bool,
    along: bool,
) -> TurningPoint:
    label, names = reader.label, {"name": reader.name(item.owner), "by": reader.name(owner)}
    text = label("why.struck", **names, struck=label("semi").join(parts.values()))
    if new:
        text += label("gap") + label("why.struck.new", condition=label("semi").join(new))
    so_far = text
    if lost or along:
        text += label("gap") + label("why.struck.against" if lost else "why.struck.along", **names)
    matter = " ".join([*parts.values(), *new])
    return TurningPoint(
        "struck", text, (item.line, *parts), frozenset({item.owner, owner}), matter=matter, so_far=so_far
    )


def _along(
    reader: DebriefReader, item: Item, owner: str, parts: Sequence[str], new: Sequence[str], made: Mapping[str, Item]
) -> bool:
    later = [made.get(line["id"]) or made.get(line["about"]) for line in _backs(reader, owner, item)]
    kept = [set(hangs_on(each.condition)) for each in later if each]
    return any(each >= {*new} and each.isdisjoint(parts) for each in kept)


def _backs(reader: DebriefReader, seat: str, item: Item) -> Iterator[Line]:
    for line in reader.lines[reader.place(item.line) + 1 :]:
        if line["seat"] == seat and line["id"] not in reader.session.stood_in and has(line["act"], "supports"):
            yield line


def refused(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each line that refuses what a motion asks of its speaker, and what became of that."""
    for line in reader.lines:
        if line["id"] not in reader.session.stood_in:
            yield from (_refused(reader, line, part) for part in hangs_on(line.get("refuses", "")))


def _refused(reader: DebriefReader, line: Line, part: str) -> TurningPoint:
    label = reader.label
    by = next((item for item in reader.proposals.values() if part in hangs_on(item.condition)), None)
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
    label, made = reader.label, reader.proposals
    points: list[tuple[int, TurningPoint]] = []
    for decision in reader.session.carried:
        for by, part in brought(reader.session.items, decision["condition"]):
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
    room = reader.game.present(decision["stage"])
    seats = whom_it_asks(reader.spoken, reader.session.items, part, room)[:1]
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
    lang, made = reader.spoken.spec.lang, reader.proposals
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
