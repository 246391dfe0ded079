"""Questions at a table: which seat a line asks, names or calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from sandbox.content.acts import acts_with, has
from sandbox.content.cards import Act
from sandbox.game.game import Game
from sandbox.game.language.courtesy import OPEN, asks_for_nothing
from sandbox.game.language.wording import sentences
from sandbox.record.line import Line

# Words by which a speaker refers to itself.
_OWN = re.compile(r"\b(?:I|me|my|we|us|our)\b|[我咱]")
_YOU = re.compile(r"\byou(?:rs?)?\b|[你您]", re.IGNORECASE)
# A question to all who are present and not to one of them.
_OF_THE_ROOM = re.compile(
    r"\b(?:who|(?:any|some)(?:body|one)) (?:else )?(?:in this room|at this table|among us|of us)\b"
    r"|(?:在座|各位|大家|咱们)[^，。？]{0,6}(?:谁|哪一?[位个家])",
    re.IGNORECASE,
)
# A person called by a title alone ("who pays, Secretary, and when?").
_TITLE = re.compile(r"[,;:] (secretary|director|teacher|manager)[,:?]", re.IGNORECASE)
# Phrases that announce a question, whatever mark it ends with.
_ANNOUNCED = re.compile("(?:请示|请教|打听|问)[一两几][句下声][：:]")
# A tag behind a statement that makes it sound like a question.
_TAG = re.compile(
    r", (?:\w+n['’]t|is|are|was|were|do|does|did|has|have|would|could|will) (?:it|that|this|they|we|he|she|one|I)\?$",
    re.IGNORECASE,
)
_ASKS = frozenset(acts_with("asks"))
_DEMANDS = (*acts_with("hands_down"), *acts_with("escalates"))
_CALLS = _ASKS.union(_DEMANDS)


def called(game: Game, line: Line, room: Sequence[str]) -> str:
    """Return the seat to which a line puts a question, hands a task or takes a matter up; empty if none.

    A line asks if its act asks, if it ends in a question, or if a question in its midst calls a seat by name or, in
    free talk, is put to the addressee. The seat that is asked is the first that applies:

    1. the seat that the questions at the end call by name ("Huang, who pays? And when?"), also if the line is addressed
       to another seat;
    2. the addressee of the line, if it has one in the room;
    3. the seat that the last sentence names first;
    4. the seat that a question in the midst of the line calls;
    5. the seat that the whole line names first.

    Rhetorical questions (see `_rhetorical`) and lines marked ``asks_nobody`` ask no seat.
    """
    act = line["act"]
    if game.style == "rules" and line["origin"] == "rules":
        # The words of the rules name the matter as a question, and so call nobody.
        return line["to"] if act in _CALLS and line["to"] in room else ""
    says, silent = line["says"], line.get("asks_nobody", False)
    asks = act in _ASKS and not silent
    if not silent and (asks or "?" in says or "？" in says):
        put = _questions_in(says)
        if asks or put.at_end or (put.latest and act not in _DEMANDS):
            return _asked(game, line, room, put)
    return line["to"] if act in _DEMANDS and line["to"] in room else ""


def _asked(game: Game, line: Line, room: Sequence[str], put: _Questions) -> str:
    """Return the seat to which a line puts its questions, or empty."""
    says, to = line["says"], line["to"] if line["to"] in room else ""
    last, at_end, latest = put

    def meant(seat: str) -> bool:
        return seat != line["seat"] and seat in line["visible_to"] and seat in room

    if line["act"] not in _ASKS and not at_end:
        put_to = _titled(game, line, latest, room) or _puts_to(game, line, latest)
        return game.names.last_called(latest, meant) or (to if put_to else "")
    questions = at_end or last
    if game.style == "free" and _rhetorical(game, line, at_end, meant):
        return ""
    if of_the_room(game, line, questions):
        return game.names.last_called(questions, meant) or (to if _titled(game, line, questions, room) else "")
    if to:
        if game.names.called_alike(questions, to):
            return to  # of two people of one surname, whom the line is for
        return game.names.last_called(questions, meant) or to
    names = game.names
    calls = names.last_called(questions, meant) or names.first(last, meant)
    return calls or names.last_called(latest, meant) or names.first(says, meant)


def _rhetorical(game: Game, line: Line, questions: str, meant: Callable[[str], bool]) -> bool:
    """Return whether the closing questions of a free line ask nobody, though its act is not to ask.

    That is a tag behind a statement, and a yes-or-no question by a seat that takes a stand and turns to nobody with it.
    """
    if line["act"] in _ASKS or line["vote"]:
        return False
    if _TAG.search(questions):
        return True
    put = has(line["act"], "proposes") or takes_a_stand(line)
    turns_to = _YOU.search(questions) or game.names.last_called(questions, meant)
    return put and not turns_to and not OPEN.search(re.split("[，；]", questions)[-1])


def _titled(game: Game, line: Line, questions: str, room: Sequence[str]) -> bool:
    """Return whether questions in free talk call the addressee by a title alone that no other seat in the room has."""
    title = _TITLE.search(questions) if game.style == "free" else None
    others = [seat for seat in room if seat not in (line["seat"], line["to"])]
    return title is not None and not any(title[1].lower() in game.role(seat).lower() for seat in others)


def _puts_to(game: Game, line: Line, question: str) -> bool:
    """Return whether a question in the midst of a line is put to the addressee of the line.

    It is not if it is part of an objection, concerns the speaker or turns to all, nor if it opens a stand by repeating
    what was said ("This week? Then …").
    """
    if game.style != "free" or line["vote"] or line["stage"] in game.able("reviews"):
        return False
    opens = takes_a_stand(line) and line["says"].startswith(question)
    rhetorical = (opens or has(line["act"], "opposes")) and not _YOU.search(question)
    return not (rhetorical or _OWN.search(question) or of_the_room(game, line, question))


def of_the_room(game: Game, line: Line, questions: str) -> bool:
    """Return whether questions in free talk turn to all who are present, whatever the addressee of the line.

    A tour's host is an exception, as it may be asked about its own people.
    """
    if game.style != "free" or line["to"] == game.scenario.tour.host:  # who may be asked about its own people
        return False
    return _turns_to_all(questions)


@lru_cache(maxsize=4096)  # as `_questions_in`
def _turns_to_all(questions: str) -> bool:
    return bool(_OF_THE_ROOM.search(questions))


def asked_in(game: Game, line: Line, room: Sequence[str]) -> list[str]:
    """Return the seats to which a line puts questions; in free talk also each seat that a question of it names."""
    if line["vote"] or line["act"] in _DEMANDS or line.get("asks_nobody"):
        return []
    asked = called(game, line, room)
    seats = [asked] if asked else []
    return [*dict.fromkeys([*seats, *_called_by_questions(game, line, room)])] if game.style == "free" else seats


def _called_by_questions(game: Game, line: Line, room: Sequence[str]) -> Iterator[str]:
    """Yield the seats that the questions of a line call by name."""

    def meant(other: str) -> bool:
        return other != line["seat"] and other in line["visible_to"] and other in room

    put = [part for part in _asking(line["says"]) if not game.names.called_alike(part, line["to"])]
    yield from filter(None, (game.names.last_called(part, meant) for part in put))


@lru_cache(maxsize=4096)  # as `_questions_in`
def _asking(says: str) -> tuple[str, ...]:
    """Return the sentences that ask something; courtesy questions do not count."""
    return tuple(part for part in sentences(says) if is_question(part) and not asks_for_nothing(part))


def named_aloud(game: Game, line: Line, room: Sequence[str]) -> str:
    """Return the seat that a line which asks nobody names and so invites to answer; empty if none.

    That is the seat that it calls last, or else the seat that its last sentence names first.
    """

    def meant(seat: str) -> bool:
        return seat not in (line["seat"], line["to"]) and seat in line["visible_to"] and seat in room

    if line["vote"] or called(game, line, room):
        return ""
    names, says = game.names, line["says"]
    if names.called_alike(says, line["to"]):
        return ""  # of two people of one surname, whom the line is for
    return names.last_called(says, meant) or names.first(_questions_in(says).last, meant)


def question_to(game: Game, line: Line, seat: str) -> str:
    """Return the last question of a line that calls a seat by name, or empty."""
    put = (part for part in reversed(sentences(line["says"])) if is_question(part))
    return next((part for part in put if game.names.last_called(part, seat.__eq__)), "")


class _Questions(NamedTuple):
    """What words ask. Courtesy questions do not count.

    Args:
        last: the last sentence.
        at_end: the questions at the end, or empty.
        latest: the last question wherever it stands, or empty.
    """

    last: str
    at_end: str
    latest: str


@lru_cache(maxsize=4096)  # every line is held against all that follow it
def _questions_in(says: str) -> _Questions:
    said = says.rstrip(" \"'”’」)）")
    parts = (part for part in reversed(sentences(said)) if not (is_question(part) and asks_for_nothing(part)))
    last = next(parts, "")
    if not is_question(last):
        return _Questions(last or said, "", next(filter(is_question, parts), ""))
    return _Questions(last, "".join(reversed([last, *takewhile(_ends_so, parts)])), last)


def ends_in_question(line: Line) -> bool:
    """Return whether a line asks, by its act or at its end; a greeting in its midst may only sound like a question."""
    return line["act"] in _ASKS or bool(_questions_in(line["says"]).at_end)


def wants_answer(game: Game, line: Line) -> bool:
    """Return whether a line asks somebody: by its act, by calling a name in a question, or by a question at its end.

    A closing question that calls nobody is taken as rhetorical if it is about the speaker or belongs to an objection.
    """
    others = [seat for seat in line["visible_to"] if seat != line["seat"]]
    if line["act"] in _ASKS or any(_called_by_questions(game, line, others)):
        return True
    put = _questions_in(line["says"]).at_end
    return bool(put) and not (has(line["act"], "opposes") or _OWN.search(put))


def left_with(game: Game, line: Line, seat: str, room: Sequence[str]) -> bool:
    """Return whether a line in free talk leaves a seat with a question that is kept until it is answered.

    The line must ask by its act or at its end, and the seat must be the one that it asks, the one that its closing
    questions call by name, or one that an earlier question in it calls by name and that is not about the speaker. If
    the line is itself an answer or a promise, its closing questions must say "you" or call the seat. A question in the
    midst of a line that does not end so may call for a word at once, but is not kept.
    """
    ends, answers = _questions_in(line["says"]).at_end, has(line["act"], "grants")
    if not ends_in_question(line) or (answers and not (_YOU.search(ends) or game.names.last_called(ends, seat.__eq__))):
        return False
    before = "" if answers else question_to(game, line, seat)
    by_name = (before and not _OWN.search(re.split("[,，]", before)[-1])) or game.names.last_called(ends, seat.__eq__)
    return bool(by_name) or called(game, line, room) == seat


def matter_of(game: Game, question: Line, seat: str) -> str:
    """Return what a line asks a seat: the question that calls it, else the closing questions, else the whole line."""
    return question_to(game, question, seat) or _questions_in(question["says"]).at_end or question["says"]


def demands(act: Act) -> bool:
    """Return whether an act wants a word from its addressee without a question: it hands down a task or escalates."""
    return act in _DEMANDS


def is_question(sentence: str) -> bool:
    """Return whether a sentence asks: it ends with a question mark or announces a question."""
    return _ends_so(sentence) or bool(_ANNOUNCED.search(sentence))


def _ends_so(sentence: str) -> bool:
    return sentence.endswith(("?", "？"))


def takes_a_stand(line: Line) -> bool:
    """Return whether a line supports or opposes what it is about, promises it or decides on it."""
    return any(has(line["act"], trait) for trait in ("supports", "opposes", "promises", "binds"))
