"""Which questions still wait for an answer, from which seat, and what counts as an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from sandbox.content.acts import acts_with, has
from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.language.quantities import numbers
from sandbox.game.language.questions import (
    asked_in,
    called,
    demands,
    is_question,
    matter_of,
    of_the_room,
    takes_a_stand,
    wants_answer,
)
from sandbox.game.language.wording import content_words, sentences, takes_up
from sandbox.game.minutes.asked import asks
from sandbox.record.line import ALL, Line

# Sharing so few words proves nothing: many lines do.
_FEW_WORDS = 3
# An answer before a question back that has neither a figure nor a word of the question needs at least so many words (in
# Chinese, pairs of characters).
_FEWEST_SAID: dict[Lang, int] = {"en": 4, "zh": 7}
_YES_OR_NO = re.compile(r"(?:yes|no|never|none|nobody)\b|[是对有没不]", re.IGNORECASE)
_ASKS, _DEFERS = frozenset(acts_with("asks")), frozenset(acts_with("defers"))


def unanswered(
    game: Game, lines: Sequence[Line], room: Sequence[str], by_act: Sequence[int] | None = None
) -> list[tuple[Line, str]]:
    """Return the questions that still wait for an answer, each with the seat that was asked.

    A line of the asked seat answers the question if it is about it, or if it is addressed to the asker or to everybody
    and asks nothing itself. Two cases differ:

    - In free talk the question is also met by what `_met_freely` lists.
    - When a person asks in directed play, personas can say only what is on their cards. There an answer must be about
      the question, or be addressed to the asker and name options. With ``by_act`` the usual rule holds.

    Args:
        game: the game.
        lines: the lines.
        room: the seats that may be asked.
        by_act: the places of the lines whose act asks; if given, only these lines count as questions.
    """
    free = game.style == "free"
    threads = _threads(lines) if free else {}
    waiting: list[tuple[Line, str]] = []
    answered: list[tuple[Line, str]] = []
    for place in reversed(range(len(lines)) if by_act is None else by_act):
        line = lines[place]
        if by_act is None and line["act"] not in _ASKS and not asks(line["says"]):
            continue
        on_it, since = by_act is None and not free and line["origin"] == "person", lines[place + 1 :]
        for seat in reversed(asked_in(game, line, room)):
            met = False
            for later in since:
                if later["seat"] == seat and _answers(later, line, on_it=on_it and later["origin"] != "person"):
                    met = True
                    break
            met = met or (free and _met_freely(game, line, seat, since, threads, answered))
            (answered if met else waiting).append((line, seat))
    return waiting[::-1]


def _met_freely(
    game: Game,
    question: Line,
    seat: str,
    since: Sequence[Line],
    threads: Mapping[str, str],
    answered: Sequence[tuple[Line, str]],
) -> bool:
    """Return whether in free talk a seat has met a question to it by other means than `_answers`.

    The means are a stand on what the question is about, an answer that `_answers_beside` finds, and an answer to a
    later question in which the same asker asks the same thing again. ``answered`` has the later questions that were
    answered, each with the seat that was asked.
    """
    thread, asker = threads[question["id"]], question["seat"]
    if any(later["seat"] == seat and threads[later["id"]] == thread and takes_a_stand(later) for later in since):
        return True
    return _answers_beside(game, question, seat, since) or any(
        (seat, asker) == (other, again["seat"])
        and takes_up(again["says"], matter_of(game, question, seat), game.spec.lang)
        for again, other in answered
    )


def never_answered(
    game: Game, lines: Sequence[Line], room: Sequence[str], session: Sequence[Line]
) -> list[tuple[Line, str]]:
    """Return the questions that nobody has answered by the end of a session, each with the seat that was asked.

    A seat has also answered if it addresses the asker, or takes up the question, when it votes or decides, or if it
    answers the asker in a later stage. Rhetorical questions (see `wants_answer`) do not count: an objection often ends
    with a question that nobody is meant to answer.
    """
    settling = [line for line in session if line["vote"] or has(line["act"], "binds")]
    answers = [line for line in session if has(line["act"], "grants") and not line["vote"]]

    def answered(question: Line, seat: str) -> bool:
        asker, matter = question["seat"], matter_of(game, question, seat)
        own = (line for line in settling if line["seat"] == seat and _number(line) > _number(question))
        later = (line for line in answers if line["seat"] == seat and line["stage"] != question["stage"])
        if any(line["to"] == asker and _number(line) > _number(question) for line in later):
            return True
        return any(
            line["to"] == asker
            or game.names.last_called(line["says"], asker.__eq__)
            or takes_up(line["says"], matter, game.spec.lang)
            for line in own
        )

    waiting = [pair for pair in unanswered(game, lines, room) if wants_answer(game, pair[0])]
    return [(question, seat) for question, seat in waiting if not answered(question, seat)]


def may_answer(game: Game, lines: Sequence[Line], seat: str, room: Sequence[str]) -> bool:
    """Return whether anything that a seat has heard waits for its answer.

    That is a question to the seat or, since the seat last spoke, a task for it, a matter taken up to it, or a question
    to everybody.
    """
    heard = [line for line in lines if seat in line["visible_to"] and not line["vote"]]
    since = takewhile(lambda line: line["seat"] != seat, reversed(heard))
    put = {
        line["id"]: called(game, line, room)
        for line in since
        if demands(line["act"]) or wants_answer(game, line) or of_the_room(game, line, line["says"])
    }
    to_all = [line for line in heard if put.get(line["id"]) == "" and not demands(line["act"])]
    open_to_all = (line for line in to_all if not line.get("asks_nobody"))
    return seat in put.values() or any(open_to_all) or seat in [asked for _, asked in unanswered(game, heard, room)]


def taken_up(game: Game, question: Line, lines: Iterable[Line]) -> bool:
    """Return whether any of some lines answers a question, also in other words or with a vote.

    A line that only refers to the question answers it only if its seat is the one that was asked. If the question went
    to several seats, each part must be answered.
    """
    asked = asked_in(game, question, question["visible_to"])
    matters = {matter_of(game, question, seat) for seat in asked or [""]}
    for line in lines:
        own = not asked or asked == [line["seat"]]
        replies = own and line["about"] == question["id"] and has(line["act"], "grants")
        votes = line["vote"] and line["to"] == question["seat"]
        says = "" if line["act"] in _ASKS and line["seat"] == question["seat"] else _stated(line)
        if says:
            matters = {matter for matter in matters if not takes_up(says, matter, game.spec.lang)}
        if replies or votes or not matters:
            return True
    return False


def evasion(lines: Sequence[Line], question: Line, asked: str) -> Line | None:
    """Return the next line if in it the asked seat speaks to the asker but leaves the question open, else None.

    Args:
        lines: the lines of the stage that are heard, in order.
        question: a question that `unanswered` returns.
        asked: the seat that was asked.
    """
    following = lines[lines.index(question) + 1 :][:1]
    return next(
        (
            line
            for line in following
            if line["seat"] == asked and not line["vote"] and line["to"] == question["seat"]
            if line["says"] and not has(line["act"], "asks")
        ),
        None,
    )


def speaks_next(seat: str, lines: Sequence[Line]) -> bool:
    """Return whether the asked seat speaks next and neither asks nor defers: that counts as an answer to anybody."""
    return any(
        line["seat"] == seat and not (line["vote"] or has(line["act"], "asks") or has(line["act"], "defers"))
        for line in lines[:1]
    )


def deferring(lines: Sequence[Line], room: Sequence[str]) -> list[str]:
    """Return the seats whose last act was to ask for time, for example to consult others."""
    last = {line["seat"]: line["act"] for line in lines if not line["vote"]}
    return [seat for seat in room if last.get(seat) in _DEFERS]


def _threads(lines: Sequence[Line]) -> dict[str, str]:
    """Return for each line the first line of its thread, which is found by following what each line is about."""
    first: dict[str, str] = {}
    for line in lines:
        first[line["id"]] = first.get(line["about"], line["about"] or line["id"])
    return first


def _number(line: Line) -> int:
    return int(line["id"][1:])


def _answers(line: Line, question: Line, *, on_it: bool) -> bool:
    if line["vote"] or line["act"] in _DEFERS:
        return False
    if on_it:
        stands = line["to"] == question["seat"] and bool(line["terms"])
    else:
        stands = line["to"] in (question["seat"], ALL) and line["act"] not in _ASKS
    return stands or line["about"] == question["id"]


def _answers_beside(game: Game, question: Line, seat: str, since: Sequence[Line]) -> bool:
    """Return whether lines of a seat answer a question that they do not refer to.

    An answer is

    - the next line after the question, if it is the seat's;
    - a line that takes up the matter of the question, or that names the asker and shares several words with the
      question;
    - a line that grants something and calls the asker by name;
    - any line after the seat has asked for time on the question;
    - an answering act after the seat has asked back.

    A line that asks is no answer by itself; only what it says before its first question counts.
    """
    asker, matter, lang = question["seat"], matter_of(game, question, seat), game.spec.lang
    words, next_is_its = content_words(matter, lang), speaks_next(seat, since)

    def on_it(line: Line, says: str) -> bool:
        shared = len(words & content_words(says, lang))
        named = shared > _FEW_WORDS and game.names.means(says, asker, line["to"])
        return named or (len(words) > _FEW_WORDS and bool(says) and takes_up(says, matter, lang))

    asked_for_time = asked_back = False
    for line in since:
        if line["seat"] != seat or line["vote"]:
            continue
        says = _stated(line)
        if line["act"] in _ASKS:
            back = line is since[0] and line["to"] == asker and _says_something(says, matter, lang)
            if back or on_it(line, says):
                return True
            asked_back |= line is since[0]
            continue
        calls = has(line["act"], "grants") and bool(game.names.last_called(line["says"], asker.__eq__))
        if line["act"] in _DEFERS:
            asked_for_time |= line["about"] == question["id"]
        elif (
            asked_for_time or next_is_its or calls or (asked_back and has(line["act"], "answers")) or on_it(line, says)
        ):
            return True
    return False


def _stated(line: Line) -> str:
    """Return what a line states: all it says, or, if its act asks, what comes before its first question."""
    if line["act"] not in _ASKS:
        return line["says"]
    return " ".join(takewhile(lambda part: not is_question(part), sentences(line["says"])))


def _says_something(says: str, question: str, lang: Lang) -> bool:
    """Return whether words before a question back say something: enough words, yes or no, a figure, or the matter."""
    said = content_words(says, lang)
    return (
        len(said) >= _FEWEST_SAID[lang]
        or bool(said & content_words(question, lang))
        or bool(numbers(says))
        or bool(_YES_OR_NO.match(says))
    )
