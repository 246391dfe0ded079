"""Questions at a table: whom a line asks or names, which wait for an answer, and what answers them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from sandbox.content.acts import acts_with, has
from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.game.courtesy import asks_for_nothing
from sandbox.game.game import Game
from sandbox.game.quantities import numbers
from sandbox.game.wording import content_words, sentences, takes_up
from sandbox.record.line import ALL, Line

# What speaks of whoever speaks.
_OWN = re.compile(r"\b(?:I|me|my|we|us|our)\b|[我咱]")
_YOU = re.compile(r"\byou(?:rs?)?\b|[你您]", re.IGNORECASE)
# A question with which whoever asks turns to all who are there, and not to one of them.
_OF_THE_ROOM = re.compile(
    r"\b(?:who|(?:any|some)(?:body|one)) (?:else )?(?:in this room|at this table|among us|of us)\b"
    r"|(?:在座|各位|大家|咱们)[^，。？]{0,6}(?:谁|哪一?[位个家])",
    re.IGNORECASE,
)
# What announces a question, whatever it ends on.
_ANNOUNCED = re.compile("(?:请示|请教|打听|问)[一两几][句下声][：:]")
# So few words are in too many lines to tell which of them answers.
_FEW_WORDS = 3
# What an answer has before a question back that neither names a figure nor a word of the question: so many words (in
# Chinese, pairs of characters) at least.
_FEWEST_SAID: dict[Lang, int] = {"en": 4, "zh": 7}
# What stands behind a statement as if it were asked, and what asks for more than yes or no.
_TAG = re.compile(
    r", (?:\w+n['’]t|is|are|was|were|do|does|did|has|have|would|could|will) (?:it|that|this|they|we|he|she|one)\?$",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:who|whom|whose|what|when|where|which|why|how)\b|[谁啥几哪]|什么|多少|怎么?样?|为何|还是", re.IGNORECASE
)
_YES_OR_NO = re.compile(r"(?:yes|no|never|none|nobody)\b|[是对有没不]", re.IGNORECASE)
_ASKS, _DEFERS = frozenset(acts_with("asks")), frozenset(acts_with("defers"))
_DEMANDS = (*acts_with("hands_down"), *acts_with("escalates"))


def called(game: Game, line: Line, room: Sequence[str]) -> str:
    """Return the seat to which a line puts a question, hands a task, or takes a matter up, or empty.

    A line is a question by its act, by its end, or by a question in its midst that calls a seat by name, or that
    whoever speaks freely puts to whom the line is for. Whoever the questions at its end call by name ("Huang, who pays?
    And when?") is asked, also where the line is addressed to somebody else. A question to everybody asks whom these
    call, or else whom its last sentence names first, then whom a question in its midst calls, then whom the whole line
    names first. Nobody is asked by whoever could not ask, nor by what is only a turn of speech (`_rhetorical`).
    """
    says, act, to = line["says"], line["act"], line["to"]
    asks = act in _ASKS
    if line.get("asks_nobody"):
        return to if act in _DEMANDS and to in room else ""
    if asks or "?" in says or "？" in says:
        put = _questions_in(says)
        if asks or put.at_end or (put.latest and act not in _DEMANDS):
            return _asked(game, line, room, put)
    return to if act in _DEMANDS and to in room else ""


def _asked(game: Game, line: Line, room: Sequence[str], put: _Questions) -> str:
    """Return the seat to which a line puts its questions, or empty."""
    says, to = line["says"], line["to"] if line["to"] in room else ""
    last, at_end, latest = put

    def meant(seat: str) -> bool:
        return seat != line["seat"] and seat in line["visible_to"] and seat in room

    if line["act"] not in _ASKS and not at_end:
        return game.names.last_called(latest, meant) or (to if _puts_to(game, line, latest) else "")
    questions = at_end or last
    if game.style == "free" and _rhetorical(game, line, at_end, meant):
        return ""
    if _of_the_room(game, line, questions):
        return game.names.last_called(questions, meant)
    if to:
        if game.names.called_alike(questions, to):
            return to  # of two people of one surname, whom the line is for
        return game.names.last_called(questions, meant) or to
    names = game.names
    calls = names.last_called(questions, meant) or names.first(last, meant)
    return calls or names.last_called(latest, meant) or names.first(says, meant)


def _rhetorical(game: Game, line: Line, questions: str, meant: Callable[[str], bool]) -> bool:
    """Return whether what a line of free words ends with asks nobody, though its act is another than to ask.

    That is a tag behind a statement, and what whoever takes a stand asks of nobody that could be answered with more
    than yes or no.
    """
    if line["act"] in _ASKS or line["vote"]:
        return False
    if _TAG.search(questions):
        return True
    put = has(line["act"], "proposes") or takes_a_stand(line)
    turns_to = _YOU.search(questions) or game.names.last_called(questions, meant)
    return put and not turns_to and not _OPEN.search(re.split("[，；]", questions)[-1])


def _puts_to(game: Game, line: Line, question: str) -> bool:
    """Return whether a question in the midst of a line is put to whom it is for.

    It is not to object, nor about oneself, nor to all, nor what a stand opens with, taking up what was said ("This
    week? Then …").
    """
    if game.style != "free" or line["vote"] or line["stage"] in game.able("reviews"):
        return False
    opens = takes_a_stand(line) and line["says"].startswith(question)
    rhetorical = (opens or has(line["act"], "opposes")) and not _YOU.search(question)
    return not (rhetorical or _OWN.search(question) or _of_the_room(game, line, question))


def _of_the_room(game: Game, line: Line, questions: str) -> bool:
    """Return whether whoever speaks freely turns with questions to all who are there, whoever the line is for."""
    host = line["to"] == game.scenario.tour.host  # who may be asked about its own people
    return game.style == "free" and not host and bool(_OF_THE_ROOM.search(questions))


def asked_in(game: Game, line: Line, room: Sequence[str]) -> list[str]:
    """Return the seats to which a line puts questions; of free speakers all whom one of these calls by name."""
    if line["vote"] or demands(line["act"]) or line.get("asks_nobody"):
        return []
    named = _called_by_questions(game, line, room) if game.style == "free" else ()
    return list(dict.fromkeys(filter(None, [called(game, line, room), *named])))


def _called_by_questions(game: Game, line: Line, room: Sequence[str]) -> Iterator[str]:
    """Yield whom the questions of a line call by name."""

    def meant(other: str) -> bool:
        return other != line["seat"] and other in line["visible_to"] and other in room

    put = [part for part in sentences(line["says"]) if _is_question(part) and not asks_for_nothing(part)]
    put = [part for part in put if not game.names.called_alike(part, line["to"])]
    yield from filter(None, (game.names.last_called(part, meant) for part in put))


def named_aloud(game: Game, line: Line, room: Sequence[str]) -> str:
    """Return whom a line that asks nobody names, and so lets answer: whom it calls last, or else its last sentence."""

    def meant(seat: str) -> bool:
        return seat not in (line["seat"], line["to"]) and seat in line["visible_to"] and seat in room

    if line["vote"] or called(game, line, room):
        return ""
    names, says = game.names, line["says"]
    if names.called_alike(says, line["to"]):
        return ""  # of two people of one surname, whom the line is for
    return names.last_called(says, meant) or names.first(_questions_in(says).last, meant)


def question_to(game: Game, line: Line, seat: str) -> str:
    """Return the latest question of a line that calls a seat by name, or empty."""
    put = (part for part in reversed(sentences(line["says"])) if _is_question(part))
    return next((part for part in put if game.names.last_called(part, seat.__eq__)), "")


class _Questions(NamedTuple):
    """What words ask: their last sentence, the questions at their end, and the latest question wherever it stands.

    What is asked out of courtesy is no question.
    """

    last: str
    at_end: str
    latest: str


@lru_cache(maxsize=4096)  # every line is held against all that follow it
def _questions_in(says: str) -> _Questions:
    said = says.rstrip(" \"'”’」)）")
    parts = (part for part in reversed(sentences(said)) if not (_is_question(part) and asks_for_nothing(part)))
    last = next(parts, "")
    if not _is_question(last):
        return _Questions(last or said, "", next(filter(_is_question, parts), ""))
    return _Questions(last, "".join(reversed([last, *takewhile(_ends_so, parts)])), last)


def ends_in_question(line: Line) -> bool:
    """Return whether a line asks: by its act, or at its end; a greeting in its midst may sound like a question."""
    return line["act"] in _ASKS or bool(_questions_in(line["says"]).at_end)


def wants_answer(game: Game, line: Line) -> bool:
    """Return whether a line asks somebody: by its act, by name, or at its end and not of its speaker.

    What people ask about themselves, or as they speak against something, calling nobody, is mostly rhetorical.
    """
    others = [seat for seat in line["visible_to"] if seat != line["seat"]]
    if line["act"] in _ASKS or any(_called_by_questions(game, line, others)):
        return True
    put = _questions_in(line["says"]).at_end
    return bool(put) and not (has(line["act"], "opposes") or _OWN.search(put))


def taken_up(game: Game, question: Line, lines: Iterable[Line]) -> bool:
    """Return whether anybody has answered a question in some lines, be it in other words, or with a vote.

    A line that is about it alone is no answer of anybody but whom it was put to; where several were asked, each
    question has an answer.
    """
    asked = asked_in(game, question, question["visible_to"])
    matters = {_matter(game, question, seat) for seat in asked or [""]}
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


def _stated(line: Line) -> str:
    """Return what a line says: of one whose act is to ask, what comes before its first question."""
    if line["act"] not in _ASKS:
        return line["says"]
    return " ".join(takewhile(lambda part: not _is_question(part), sentences(line["says"])))


def _matter(game: Game, question: Line, seat: str) -> str:
    """Return what a line asks a seat: the question that calls it, else what the line ends with, else all of it."""
    return question_to(game, question, seat) or _questions_in(question["says"]).at_end or question["says"]


def demands(act: Act) -> bool:
    """Return whether an act wants a word from its addressee without a question: a task, or a matter taken up to it."""
    return act in _DEMANDS


def _is_question(sentence: str) -> bool:
    return _ends_so(sentence) or bool(_ANNOUNCED.search(sentence))


def _ends_so(sentence: str) -> bool:
    return sentence.endswith(("?", "？"))


def unanswered(
    game: Game, lines: Sequence[Line], room: Sequence[str], by_act: Sequence[int] | None = None
) -> list[tuple[Line, str]]:
    """Return the questions that wait for an answer, each with the seat that was asked.

    A question is answered by a line of that seat that is about it, or that is to whoever asked or to everybody and
    asks nothing itself; of whoever speaks freely also by what `_answers_beside` tells, by its stand on the motion that
    the question is about, its vote among that, and what the same seat has asked again, in such words, with it. Where
    cards hold all that personas say, whom a person asks may have nothing on the matter: there only a line about the
    question answers it, or one that names options to whoever asked; ``by_act``, any word.

    Args:
        game: the game.
        lines: the lines.
        room: the seats that may be asked.
        by_act: the places of the lines whose act asks, where only these are questions.
    """
    free = game.style == "free"
    threads = _threads(lines) if free else {}
    waiting: list[tuple[Line, str]] = []
    answered: list[tuple[Line, str]] = []
    for place in reversed(range(len(lines)) if by_act is None else by_act):
        line = lines[place]
        if by_act is None and line["act"] not in _ASKS and not ("?" in line["says"] or "？" in line["says"]):
            continue
        on_it, since = by_act is None and not free and line["origin"] == "person", lines[place + 1 :]
        for seat in reversed(asked_in(game, line, room)):
            met = False
            for later in since:
                if later["seat"] == seat and _answers(later, line, on_it=on_it and later["origin"] != "person"):
                    met = True
                    break
            if free and not met:
                stood = any(
                    later["seat"] == seat and threads[later["id"]] == threads[line["id"]] and takes_a_stand(later)
                    for later in since
                )
                met = (
                    stood
                    or _answers_beside(game, line, seat, since)
                    or any(
                        (seat, line["seat"]) == (other, again["seat"])
                        and takes_up(again["says"], _matter(game, line, seat), game.spec.lang)
                        for again, other in answered
                    )
                )
            (answered if met else waiting).append((line, seat))
    return waiting[::-1]


def _threads(lines: Sequence[Line]) -> dict[str, str]:
    """Return the line to which each of some lines goes back by what it is about, and that by what it is about."""
    first: dict[str, str] = {}
    for line in lines:
        first[line["id"]] = first.get(line["about"], line["about"] or line["id"])
    return first


def takes_a_stand(line: Line) -> bool:
    """Return whether a line stands for or against what it is about, promises it or decides on it."""
    return any(has(line["act"], trait) for trait in ("supports", "opposes", "promises", "binds"))


def never_answered(
    game: Game, lines: Sequence[Line], room: Sequence[str], session: Sequence[Line]
) -> list[tuple[Line, str]]:
    """Return the questions that nobody has answered once all is over, each with the seat that was asked.

    Whoever turns to the asker, or takes up the question, as it votes or decides, has answered.

    Args:
        game: the game.
        lines: the lines.
        room: the seats that may be asked.
        session: the lines of the session.
    """
    settling = [line for line in session if line["vote"] or has(line["act"], "binds")]

    def answered(question: Line, seat: str) -> bool:
        asker, matter = question["seat"], _matter(game, question, seat)
        own = (line for line in settling if line["seat"] == seat and _number(line) > _number(question))
        return any(
            line["to"] == asker
            or game.names.last_called(line["says"], asker.__eq__)
            or takes_up(line["says"], matter, game.spec.lang)
            for line in own
        )

    return [(question, seat) for question, seat in unanswered(game, lines, room) if not answered(question, seat)]


def _number(line: Line) -> int:
    return int(line["id"][1:])


def evasion(lines: Sequence[Line], question: Line, asked: str) -> Line | None:
    """Return the next line, if whoever was asked speaks in it to the asker and leaves the question open all the same.

    Args:
        lines: the lines of the stage that are heard, in their order.
        question: one of those that `unanswered` returns.
        asked: whom it was put to.
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


def _answers(line: Line, question: Line, *, on_it: bool) -> bool:
    if line["vote"] or line["act"] in _DEFERS:
        return False
    if on_it:
        stands = line["to"] == question["seat"] and bool(line["terms"])
    else:
        stands = line["to"] in (question["seat"], ALL) and line["act"] not in _ASKS
    return stands or line["about"] == question["id"]


def _answers_beside(game: Game, question: Line, seat: str, since: Sequence[Line]) -> bool:
    """Return whether lines of a seat that asks nothing itself answer a question beside what they are about.

    That is the line behind the question, one that takes its matter up, or names whoever asked with several words of it,
    one that grants something and calls whoever asked by name, and any once the seat has asked for time on it, or an
    answer once it has asked back. Of a line that asks back, what it says first counts.
    """
    asker, matter, lang = question["seat"], _matter(game, question, seat), game.spec.lang
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


def _says_something(says: str, question: str, lang: Lang) -> bool:
    """Return whether what comes before a question back is more than an opening: yes, no, a figure, or on the matter."""
    said = content_words(says, lang)
    return (
        len(said) >= _FEWEST_SAID[lang]
        or bool(said & content_words(question, lang))
        or bool(numbers(says))
        or bool(_YES_OR_NO.match(says))
    )


def speaks_next(seat: str, lines: Sequence[Line]) -> bool:
    """Return whether a seat that was asked speaks next, and so answers, whomever it turns to."""
    return any(
        line["seat"] == seat and not (line["vote"] or has(line["act"], "asks") or has(line["act"], "defers"))
        for line in lines[:1]
    )


def may_answer(game: Game, lines: Sequence[Line], seat: str, room: Sequence[str]) -> bool:
    """Return whether anything waits for an answer of a seat, of all that it has heard.

    That is a question to it, and, since it last spoke, a task, a matter taken up to it, or a question to everybody.
    """
    heard = [line for line in lines if seat in line["visible_to"] and not line["vote"]]
    since = takewhile(lambda line: line["seat"] != seat, reversed(heard))
    put = {
        line["id"]: called(game, line, room)
        for line in since
        if demands(line["act"]) or ends_in_question(line) or _of_the_room(game, line, line["says"])
    }
    open_to_all = (line for line in heard if put.get(line["id"]) == "" and not line.get("asks_nobody"))
    return seat in put.values() or any(open_to_all) or seat in [asked for _, asked in unanswered(game, heard, room)]


def deferring(lines: Sequence[Line], room: Sequence[str]) -> list[str]:
    """Return the seats that asked for time, to consult others, and have not spoken since."""
    last = {line["seat"]: line["act"] for line in lines if not line["vote"]}
    return [seat for seat in room if last.get(seat) in _DEFERS]
