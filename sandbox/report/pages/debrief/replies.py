"""Who replied to an objection or a question: as lines and words show it, whatever the act."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.content.acts import acts_with, has
from sandbox.game.language.answered import never_answered
from sandbox.game.language.questions import called, demands, wants_answer
from sandbox.game.language.stock import quotable
from sandbox.game.language.wording import content_words, sentences, takes_up
from sandbox.game.motions.conditions import office_named
from sandbox.record.line import ALL, Line
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.scoring.measures import objects

_GRANTS = acts_with("grants")
# So many lines of others behind an objection may take it up; a sentence of fewer words is no matter of its own.
_NEXT = 3
_LEAST_WORDS = 4
# In English, somebody is called by a word of their office alone ("Teacher, …"); in Chinese that is one of their names.
_HAILED = re.compile(r"(?:^|[.!?;:]\s+)([A-Z][a-z]+),")


@dataclass(frozen=True)
class Replies:
    """The first reply to an objection by whoever it was put to, and the first by anybody else, or None.

    ``at_once`` says whether one of the very next lines is about it, to its speaker, or speaks of them by name.
    """

    asked: Line | None
    other: Line | None
    at_once: bool


def replies_to(reader: DebriefReader, index: int) -> Replies:
    """Return who replied to an objection.

    A reply is any of the next three lines that others speak in its stage which is addressed to the objector, calls them
    by name, or takes the objection up by its words or by what it promises. So is whatever the one to whom it was put
    says about it, or to the objector, in whatever stage; where it was put to everybody, what answers the objector,
    gives ground or promises. A point that replies to the objector's replies too. Who joins in an objection does not.
    """
    doubt, game = reader.lines[index], reader.spoken
    put_to = {doubt["to"], called(game, doubt, game.present(doubt["stage"]))} - {""}
    asked = other = None
    for line in _replies(reader, index, put_to):
        if ALL in put_to or line["seat"] in put_to:
            asked = asked or line
        else:
            other = other or line
    return Replies(asked, other, _at_once(reader, index))


def no_line_left(reader: DebriefReader, index: int) -> bool:
    """Return whether nobody could answer an objection in its stage any more.

    It was the last line there, or one of those, before a vote or the end, in which whoever may ask was not to ask.
    """
    doubt = reader.lines[index]
    may_ask = any(has(act, "asks") for act in reader.game.acts(doubt["seat"]))
    later = (line for line in reader.lines[index + 1 :] if line["stage"] == doubt["stage"] and not line["vote"])
    return (may_ask and doubt.get("asks_nobody", False)) or next(later, None) is None


def questions(reader: DebriefReader) -> dict[str, tuple[str, bool]]:
    """Return the lines that put a question to a seat: by line, to which, and whether there was a reply in its stage.

    They do so by their act, by name or at their end; what is asked in passing or in an objection is left out.
    Whether a reply answers the question, its readers know.
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


def by_point(reader: DebriefReader, line: Line, point: str) -> bool:
    """Return whether a line raises a point of its card that replies to another point, or to news."""
    raised = reader.spoken.points.get(line["point"])
    return bool(point and raised and point in raised[1].replies_to)


def _at_once(reader: DebriefReader, index: int) -> bool:
    doubt = reader.lines[index]
    others = [line for line in reader.lines[index + 1 :] if line["seat"] != doubt["seat"]]
    near = [line for line in others if not line["vote"]][:_NEXT]  # the last word of a stage is answered in the next
    return any(
        line["about"] == doubt["id"]
        or line["to"] == doubt["seat"]
        or reader.spoken.names.means(line["says"], doubt["seat"], line["to"])
        or _hails(reader, line, doubt["seat"])
        for line in near
        if line["seat"] == doubt["to"] or not _joins(line, doubt)
    )


def _joins(line: Line, doubt: Line) -> bool:
    return objects(line) or (has(line["act"], "supports") and line["about"] in ("", doubt["id"]))


def _replies(reader: DebriefReader, index: int, put_to: set[str]) -> Iterator[Line]:
    doubt, passed = reader.lines[index], 0
    for place in range(index + 1, len(reader.lines)):
        line = reader.lines[place]
        here = line["stage"] == doubt["stage"]
        if line["seat"] == doubt["seat"] or (line["vote"] and not quotable(reader.spoken, line["says"])):
            continue
        passed += 1
        near, meant = here and passed <= _NEXT, line["seat"] in put_to
        addressed, grants = _addressed(reader, line, doubt["seat"]), line["act"] in _GRANTS and not line["vote"]
        speaks = addressed and (near or meant or (grants and ALL in put_to))
        about = line["about"] == doubt["id"] and not line["vote"] and (meant or ALL in put_to)
        next_for_all = place == index + 1 and here and line["to"] == ALL
        answers = grants and (next_for_all or by_point(reader, line, doubt["point"]))
        if speaks or about or answers or (near and _takes_up(reader, line, doubt, asked=meant)):
            yield line


def _addressed(reader: DebriefReader, line: Line, seat: str) -> bool:
    called = reader.spoken.names.last_called(line["says"], lambda meant: meant == seat)
    return line["to"] == seat or bool(called) or _hails(reader, line, seat)


def _hails(reader: DebriefReader, line: Line, seat: str) -> bool:
    room = reader.spoken.present(line["stage"])
    return any(office_named(reader.spoken, word, room) == seat for word in _HAILED.findall(line["says"]))


def went_into(reader: DebriefReader, doubt: Line) -> bool:
    """Return whether an objection put a motion that others backed, or on which one of theirs was built."""
    return any(
        (item.line == doubt["id"] and item.supporters - {doubt["seat"]})
        or (item.owner != doubt["seat"] and doubt["id"] in (item.amends, item.base))
        for item in reader.session.entries("proposal")
    )


def prevailed(reader: DebriefReader, doubt: Line) -> bool:
    """Return whether what was decided has the options of an objection, or not those against which it spoke."""
    decided = {key: option for taken in reader.session.carried for key, option in taken["terms"].items()}
    against = reader.line_by_id.get(doubt["about"])
    own, other = doubt["terms"], {} if against is None else against["terms"]
    has_own = bool(own) and all(decided.get(key) == option for key, option in own.items())
    return has_own or any(key in decided and decided[key] != option for key, option in other.items())


def _takes_up(reader: DebriefReader, line: Line, doubt: Line, *, asked: bool) -> bool:
    """Return whether a line speaks of an objection, or of a sentence of it; by anybody else, without objecting too."""
    if objects(line) and not asked:
        return False
    lang, says = reader.spoken.spec.lang, f"{line['says']} {line['promises']}"
    matters = [part for part in sentences(doubt["says"]) if len(content_words(part, lang)) >= _LEAST_WORDS]
    return any(takes_up(says, matter, lang) for matter in (doubt["says"], *matters))


def conceded_to(reader: DebriefReader, index: int) -> Line | None:
    """Return the first later line that concedes to whoever objected, or in which that seat itself concedes.

    It speaks in the stage of the objection, or about that or what it was about, and is about nothing else that the
    other said.
    """
    doubt = reader.lines[index]
    matter = {doubt["id"], doubt["about"]} - {""}
    others = {line["id"] for line in reader.lines if line["seat"] == doubt["seat"]} - matter
    for line in reader.lines[index + 1 :]:
        here = line["stage"] == doubt["stage"] and line["about"] not in others
        if not has(line["act"], "yields") or line["vote"] or not (here or line["about"] in matter):
            continue
        gave_way = line["to"] == doubt["seat"] and doubt["to"] in (ALL, line["seat"])
        came_round = line["seat"] == doubt["seat"] and line["to"] in (ALL, doubt["to"])
        if gave_way or came_round:
            return line
    return None


def spoken_of_later(reader: DebriefReader, index: int) -> Line | None:
    """Return the first later line in which whoever an objection was put to speaks of its matter, with no reply to it.

    Of an objection to everybody that is anybody who does not object as well.
    """
    doubt, lang = reader.lines[index], reader.spoken.spec.lang
    for line in reader.lines[index + 1 :]:
        spoke = line["seat"] == doubt["to"] or (doubt["to"] == ALL and line["seat"] != doubt["seat"])
        if not spoke or line["vote"] or (doubt["to"] == ALL and objects(line)):
            continue
        if takes_up(line["says"], doubt["says"], lang):
            return line
    return None
