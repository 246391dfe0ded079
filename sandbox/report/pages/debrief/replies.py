"""Who answered a question or an objection, found by act and by the line that a line is about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sandbox.content.acts import has
from sandbox.game.language.answered import never_answered
from sandbox.game.language.questions import called, demands, wants_answer
from sandbox.record.line import ALL, Line
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.report.pages.debrief.turning_point import Statement, TurningPoint


def questions(reader: DebriefReader) -> dict[str, tuple[str, bool]]:
    """Return the lines that put a question to a seat, each with that seat and whether it replied.

    They ask by their act, by naming a seat, or at their end; questions in passing and in objections are left out.
    Whether a reply answers the question is for the readers to judge.
    """
    put: dict[str, tuple[str, bool]] = {}
    for stage in reader.spoken.stages:
        lines, room = [line for line in reader.lines if line["stage"] == stage.id], reader.spoken.present(stage.id)
        waiting = {(line["id"], seat) for line, seat in never_answered(reader.spoken, lines, room, reader.lines)}
        for line in lines:
            asks = wants_answer(reader.spoken, line) and not (line["vote"] or demands(line["act"]))
            to = called(reader.spoken, line, room) if asks else ""
            if to:
                put[line["id"]] = to, (line["id"], to) not in waiting
    return put


def objections(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield what came of each objection to another seat's line: an answer, a concession, or nothing.

    An objection that names no line is left out, since only its words could tell what it is against.
    """
    by_program, reviewed = reader.session.stood_in, reader.game.able("reviews")  # in a review, a denial is a report
    for index, doubt in enumerate(reader.lines):
        said, put = reader.line_by_id.get(doubt["about"]), has(doubt["act"], "doubts") and not doubt["vote"]
        theirs = put and said and by_program.isdisjoint((doubt["id"], said["id"])) and doubt["stage"] not in reviewed
        if said and theirs and said["seat"] != doubt["seat"]:
            yield from _came_of(reader, doubt, said, reader.lines[index + 1 :])


def _came_of(reader: DebriefReader, doubt: Line, said: Line, later: Sequence[Line]) -> Iterator[TurningPoint]:
    who, to, place = doubt["seat"], said["seat"] if doubt["to"] == ALL else doubt["to"], doubt["id"]
    meant = [line for line in later if not line["vote"] and line["about"] == place and line["seat"] != who]
    for reply in meant:
        if reply["seat"] in (to, said["seat"]) and has(reply["act"], "grants"):
            yield TurningPoint("answered", "", (), teaches=(("keep", "answered", reply["seat"], reply["id"]),))
    for line in later:
        if has(line["act"], "yields") and not line["vote"]:
            came_round = line["seat"] == who and line["about"] == doubt["about"]
            if came_round or line in meant:
                by = line["seat"]
                key = "why.came_round" if came_round else "why.conceded"
                text = reader.label(key, name=reader.name(who), by=reader.name(by))
                moved: Statement = ("keep", "moved", by, line["id"])
                yield TurningPoint("conceded", text, (line["id"], place), frozenset({who, by}), (moved,))
                return
    answered = meant or _may_have_answered(reader, doubt, {to, said["seat"]}, later)
    if not (answered or _built_on(reader, doubt) or _prevailed(reader, doubt, said)):
        names = {"name": reader.name(who), "to": reader.name(to)}
        teaches: tuple[Statement, ...] = (("try", "again", who, place), ("try", "answer", to, place))
        yield TurningPoint(
            "unanswered", reader.label("why.unanswered", **names), (place,), frozenset({who, to}), teaches,
            so_far=reader.label("why.unanswered.so_far", **names),
        )  # fmt: skip


def _may_have_answered(reader: DebriefReader, doubt: Line, asked: Collection[str], later: Sequence[Line]) -> bool:
    """Return whether an objection may have been answered by a line that is not about it, or could not be answered.

    - It asks nobody for an answer.
    - The seats that it is meant for had no line left in its stage.
    - A line of its stage is said to the objector.
    - A line of the seats meant is said to the objector or, votes aside, to all.
    - The program spoke a line for the seats meant.
    """
    left = [line for line in later if line["seat"] != doubt["seat"] and not line["vote"]]
    here, own = [line for line in left if line["stage"] == doubt["stage"]], [x for x in left if x["seat"] in asked]
    return (
        doubt.get("asks_nobody", False)
        or not any(line in here for line in own)
        or any(line["to"] == doubt["seat"] for line in here)
        or any(line["to"] in (doubt["seat"], ALL) or line["id"] in reader.session.stood_in for line in own)
        or any(line["to"] == doubt["seat"] and line["seat"] in asked for line in later)
    )


def _built_on(reader: DebriefReader, doubt: Line) -> bool:
    """Return whether an objection put a motion that others backed, or on which another seat's motion was built."""
    return any(
        (item.line == doubt["id"] and item.supporters - {doubt["seat"]})
        or (item.owner != doubt["seat"] and doubt["id"] in (item.amends, item.base))
        for item in reader.session.entries("proposal")
    )


def _prevailed(reader: DebriefReader, doubt: Line, against: Line) -> bool:
    """Return whether a decision has an objection's options, or other options than those that it opposed."""
    decided = {key: option for taken in reader.session.carried for key, option in taken["terms"].items()}
    own = doubt["terms"]
    has_own = bool(own) and all(decided.get(key) == option for key, option in own.items())
    return has_own or any(key in decided and decided[key] != option for key, option in against["terms"].items())
