"""What lies on the table: questions without an answer, proposals and promises that stand, points still to make."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from functools import lru_cache
from itertools import takewhile
from operator import itemgetter
from typing import NamedTuple

from sandbox.content.acts import acts_with, has
from sandbox.content.cards import Act
from sandbox.content.scenario_card import Fact, Point, Task
from sandbox.game.backing import fallen
from sandbox.game.courtesy import asks_for_nothing
from sandbox.game.entries import DUE, Item
from sandbox.game.game import Game
from sandbox.game.ledger import withdrawable
from sandbox.game.quantities import named_numbers, numbers
from sandbox.game.state import State
from sandbox.game.wording import content_words, sentences, takes_up
from sandbox.record.line import ALL, Line

# What speaks of whoever speaks.
_OWN = re.compile(r"\b(?:I|me|my|we|us|our)\b|[我咱]")
_MOST = 6
_MOST_PROMISES = 12
# So many lines back something was asked just now.
_JUST = 3
# So few words are in too many lines to tell which of them answers.
_FEW_WORDS = 3
_ASKS, _DEFERS = frozenset(acts_with("asks")), frozenset(acts_with("defers"))
_ACT = itemgetter("act")
_DEMANDS = (*acts_with("hands_down"), *acts_with("escalates"))


def called(game: Game, line: Line, room: Sequence[str]) -> str:
    """Return the seat to which a line puts a question, hands a task, or takes a matter up, or empty.

    A line is a question by its act, by its end, or by a question in its midst that calls a seat by name. Whoever the
    questions at its end call by name ("Huang, who pays? And when?") is asked, also where the line is addressed to
    somebody else. A question to everybody asks whom these call, or else whom its last sentence names first, then whom
    a question in its midst calls, then whom the whole line names first.
    """
    says, act, to = line["says"], line["act"], line["to"]
    if act in _ASKS or "?" in says or "？" in says:
        return _asked(game, line, room)
    return to if act in _DEMANDS and to in room else ""


def _asked(game: Game, line: Line, room: Sequence[str]) -> str:
    says, act = line["says"], line["act"]
    to = line["to"] if line["to"] in room else ""
    put = _questions_in(says)

    def meant(seat: str) -> bool:
        return seat != line["seat"] and seat in line["visible_to"] and seat in room

    if act not in _ASKS and not put.at_end:
        if demands(act):
            return to
        return game.names.last_called(put.latest, meant) if put.latest else ""
    questions = put.at_end or put.last
    if to:
        if game.names.called_alike(questions, to):
            return to  # of two people of one surname, whom the line is for
        return game.names.last_called(questions, meant) or to
    names = game.names
    calls = names.last_called(questions, meant) or names.first(put.last, meant)
    return calls or names.last_called(put.latest, meant) or names.first(says, meant)


def asked_in(game: Game, line: Line, room: Sequence[str]) -> list[str]:
    """Return the seats to which a line puts questions; of free speakers all whom one of these calls by name."""
    seat = "" if line["vote"] or demands(line["act"]) else called(game, line, room)
    if not seat or game.spec.style != "free":
        return [seat] if seat else []

    def meant(other: str) -> bool:
        return other != line["seat"] and other in line["visible_to"] and other in room

    put = [part for part in sentences(line["says"]) if _is_question(part) and not asks_for_nothing(part)]
    put = [part for part in put if not game.names.called_alike(part, line["to"])]
    return list(dict.fromkeys([seat, *filter(None, (game.names.last_called(part, meant) for part in put))]))


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
    parts = [part for part in sentences(said) if not (_is_question(part) and asks_for_nothing(part))]
    at_end = "".join(reversed([*takewhile(_is_question, reversed(parts))]))
    return _Questions((parts or [said])[-1], at_end, next(filter(_is_question, reversed(parts)), ""))


def ends_in_question(line: Line) -> bool:
    """Return whether a line asks: by its act, or at its end; a greeting in its midst may sound like a question."""
    return line["act"] in _ASKS or bool(_questions_in(line["says"]).at_end)


def wants_answer(game: Game, line: Line) -> bool:
    """Return whether a line asks somebody: by its act, or at its end, of a seat by name or not of its speaker.

    What people ask about themselves, or as they speak against something, calling nobody, is mostly rhetorical.
    """
    others = [seat for seat in line["visible_to"] if seat != line["seat"]]
    put = _questions_in(line["says"]).at_end
    rhetorical = has(line["act"], "opposes") or bool(_OWN.search(put))
    return line["act"] in _ASKS or bool(put and (not rhetorical or game.names.last_called(put, others.__contains__)))


def taken_up(game: Game, question: Line, lines: Iterable[Line]) -> bool:
    """Return whether anybody has answered a question in some lines, be it in other words, or with a vote."""
    matter = _matter(question)
    for line in lines:
        replies = line["about"] == question["id"] and has(line["act"], "grants")
        votes = line["vote"] and line["to"] == question["seat"]
        if replies or votes or (line["act"] not in _ASKS and takes_up(line["says"], matter, game.spec.lang)):
            return True
    return False


def _matter(question: Line) -> str:
    return _questions_in(question["says"]).at_end or question["says"]


def demands(act: Act) -> bool:
    """Return whether an act wants a word from its addressee without a question: a task, or a matter taken up to it."""
    return act in _DEMANDS


def _is_question(sentence: str) -> bool:
    return sentence.endswith(("?", "？"))


def unanswered(
    game: Game, lines: Sequence[Line], room: Sequence[str], *, by_act: bool = False
) -> list[tuple[Line, str]]:
    """Return the questions that wait for an answer, each with the seat that was asked.

    A question is answered by a line of that seat that is about it, or that is to whoever asked or to everybody and
    asks nothing itself; of whoever speaks freely also by what `_answers_beside` tells, and what the same seat has asked
    again, in such words, with it. Where cards hold all that personas say, whom a person asks may have nothing on the
    matter: there only a line about the question answers it, or one that names options to whoever asked; ``by_act``,
    any word.

    Args:
        game: the game.
        lines: the lines.
        room: the seats that may be asked.
        by_act: whether only a line whose act asks is a question.
    """
    if by_act and _ASKS.isdisjoint(map(_ACT, lines)):
        return []
    free = game.spec.style == "free"
    waiting: list[tuple[Line, str]] = []
    answered: list[tuple[Line, str]] = []
    for place in range(len(lines) - 1, -1, -1):
        line = lines[place]
        if line["act"] not in _ASKS and (by_act or not ("?" in line["says"] or "？" in line["says"])):
            continue
        on_it, since = not by_act and not free and line["origin"] == "person", lines[place + 1 :]
        for seat in reversed(asked_in(game, line, room)):
            own = [later for later in since if later["seat"] == seat]
            met = any(_answers(later, line, on_it=on_it and later["origin"] != "person") for later in own)
            if free and not met:
                met = _answers_beside(game, line, seat, since) or any(
                    (seat, line["seat"]) == (other, again["seat"])
                    and takes_up(again["says"], _matter(line), game.spec.lang)
                    for again, other in answered
                )
            (answered if met else waiting).append((line, seat))
    return waiting[::-1]


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

    That is the line behind the question, one that takes its matter up, one that grants something and calls whoever
    asked by name, and any once the seat has asked for time on it.
    """
    asker, matter, lang = question["seat"], _matter(question), game.spec.lang
    several, next_is_its = len(content_words(matter, lang)) > _FEW_WORDS, speaks_next(seat, since)
    asked_for_time = False
    for line in since:
        if line["seat"] != seat or line["vote"] or line["act"] in _ASKS:
            continue
        calls = has(line["act"], "grants") and bool(game.names.last_called(line["says"], asker.__eq__))
        if line["act"] in _DEFERS:
            asked_for_time |= line["about"] == question["id"]
        elif asked_for_time or next_is_its or calls or (several and takes_up(line["says"], matter, lang)):
            return True
    return False


def speaks_next(seat: str, lines: Sequence[Line]) -> bool:
    """Return whether a seat that was asked speaks next, and so answers, whomever it turns to."""
    return any(
        line["seat"] == seat and not (line["vote"] or has(line["act"], "asks") or has(line["act"], "defers"))
        for line in lines[:1]
    )


def deferring(lines: Sequence[Line], room: Sequence[str]) -> list[str]:
    """Return the seats that asked for time, to consult others, and have not spoken since."""
    if _DEFERS.isdisjoint(map(_ACT, lines)):
        return []
    last = {line["seat"]: line["act"] for line in lines if not line["vote"]}
    return [seat for seat in room if last.get(seat) in _DEFERS]


def proposals(items: Sequence[Item], stage: str) -> list[Item]:
    """Return the proposals on the table: the latest of this stage, and of earlier ones those that name options.

    A draft of a section of a plan that names no option is none, nor is what its mover has given up since (`fallen`),
    nor what has been amended: its amendment stands for it.
    """
    standing = [item for item in items if item.kind == "proposal" and item.state in ("open", "confirmed")]
    gone = fallen(standing).keys() | {item.amends for item in standing}
    made = [item for item in standing if item.line not in gone]
    here = [item for item in made if item.stage == stage and (item.terms or not item.section)][-_MOST:]
    earlier = [item for item in made if item.stage != stage and item.terms]
    return [*earlier[len(earlier) - (_MOST - len(here)) if len(earlier) > _MOST - len(here) else 0 :], *here]


def promises(items: Sequence[Item]) -> list[Item]:
    """Return the latest promises that stand."""
    return _standing(items)[-_MOST_PROMISES:]


def earlier_promises(items: Sequence[Item]) -> int:
    """Return how many promises stand that are earlier than the latest ones."""
    return max(0, len(_standing(items)) - _MOST_PROMISES)


def _standing(items: Sequence[Item]) -> list[Item]:
    """Return the promises that stand; what a review has closed stands no longer."""
    made = [item for item in items if item.kind == "promise" and not (item.account and item.account.closed)]
    return [item for item in made if item.state in ("open", "confirmed", "kept")]


def may_promise(game: Game, state: State) -> bool:
    """Return whether the seat on the floor may promise something of its own, beside whatever else it does."""
    floor = state["floor"]
    if floor is None or floor["phase"] != "discussion" or game.course[state["stage"]].reviews:
        return False
    return any(has(act, "promises") for act in game.acts(floor["seat"]))


def may_withdraw(game: Game, state: State, items: Sequence[Item]) -> list[str]:
    """Return the promises, by entry, that the seat on the floor may take back, of those in a ledger as it knows it."""
    floor = state["floor"]
    if floor is None or floor["phase"] != "discussion" or game.course[state["stage"]].reviews:
        return []
    return [item.line for item in withdrawable(items, floor["seat"])]


def tasks_for(game: Game, items: Sequence[Item], seat: str, act: Act) -> tuple[Task, ...]:
    """Return the reporting tasks that a seat may hand down, lift or refuse with an act."""
    if has(act, "hands_down"):
        return game.scenario.tasks
    if not (has(act, "refuses") or has(act, "lifts")):
        return ()
    due = [item for item in items if item.kind == "task" and item.state in DUE]
    handed = {item.task for item in due if item.deliverer == seat} if has(act, "refuses") else set()
    if has(act, "lifts"):
        handed |= {item.task for item in due if may_lift(game, items, seat, item.task)}
    return tuple(task for task in game.scenario.tasks if task.id in handed)


def may_lift(game: Game, items: Sequence[Item], seat: str, task: str) -> bool:
    """Return whether a seat may lift a reporting task: whoever handed it down, or a higher level (PC)."""
    standing = [item for item in items if item.kind == "task" and item.task == task and item.state in DUE]
    return all(seat == item.owner or game.levels[seat] < game.levels[item.owner] for item in standing)


def spoken(game: Game, points: Sequence[Point], lines: Sequence[Line]) -> list[Point]:
    """Return the points whose matter has been spoken, by whomever, in whatever words: what `takes_up` says of each.

    Words are looked up among those of all lines, so that not each point is held against each line.
    """
    lang, made = game.spec.lang, {line["point"] for line in lines}
    said = list({line["says"] for line in lines})
    of_words: dict[str, set[int]] = {}
    of_figures: dict[str, set[int]] = {}
    for number, says in enumerate(said):
        for word in content_words(says, lang):
            of_words.setdefault(word, set()).add(number)
        for figure in named_numbers(says):
            of_figures.setdefault(figure, set()).add(number)

    def likely(matter: str) -> set[int]:
        """Return the line that shares most words with a matter, and those that have all of its figures."""
        shared = Counter(number for word in content_words(matter, lang) for number in of_words.get(word, ()))
        figures = [of_figures.get(figure, set()) for figure in numbers(matter)]
        return {number for number, _ in shared.most_common(1)} | (set.intersection(*figures) if figures else set())

    return [
        point
        for point in points
        for matter in [point.says.get(lang)]
        if point.id in made or any(takes_up(said[number], matter, lang) for number in likely(matter))
    ]


def _is_spoken(game: Game, point: Point, made: Set[str], said: Set[str]) -> bool:
    """Return whether a point is among those that were made, or its matter in what was said."""
    if point.id in made:
        return True
    lang, matter = game.spec.lang, point.says.get(game.spec.lang)
    looked_at, speaking = game.taken_up.setdefault(point.id, (set(), set()))
    for says in said - looked_at:
        looked_at.add(says)
        if takes_up(says, matter, lang):
            speaking.add(says)
    return not speaking.isdisjoint(said)


def told(game: Game, lines: Sequence[Line]) -> set[str]:
    """Return the facts held back on a tour that have been told by their host in some lines.

    One with figures is told when all of them have been named, another when its matter has been spoken. Where a host
    shows what was decided at home, what is held back speaks of the same things: there only an answer tells it.
    """
    tour, lang, guest = game.scenario.tour, game.spec.lang, game.spec.start.host is not None
    own = [line for line in lines if line["seat"] == tour.host and (has(line["act"], "answers") or not guest)]
    named = set[str]().union(*(named_numbers(line["says"]) for line in own))

    def is_told(fact: Fact) -> bool:
        text = fact.text.get(lang)
        spoken_of = any(takes_up(line["says"], text, lang) for line in own)
        return (spoken_of and numbers(text) <= named) or any(fact.id in line["facts"] for line in own)

    return {fact.id for fact in game.scenario.facts if fact.id in tour.hidden and is_told(fact)}


def unspoken(
    game: Game, points: Sequence[Point], heard: Sequence[Line], here: Sequence[Line], arrived: Sequence[str]
) -> list[Point]:
    """Return the points whose matter has not been spoken, and that presuppose nothing that has not happened.

    A point that replies to others waits until one of these has been made in this stage, or its news has arrived; an
    answer, until it has been asked, and no longer than for the next few lines. What asks something is left out once
    what a card answers to it has been said.

    Args:
        game: the game.
        points: the points that a seat may raise in this stage.
        heard: the lines that it has heard.
        here: those of this stage.
        arrived: the events from outside of which it has heard in this stage.
    """
    made, said = {line["point"] for line in heard}, {line["says"] for line in heard}
    made_here, said_here = {line["point"] for line in here}, {line["says"] for line in here}
    last = here[-_JUST:]
    free = []
    for point in points:
        sources = [game.points[name][1] for name in point.replies_to if name in game.points]
        if has(point.act, "answers"):
            due = any(_is_asked(game, source, last) for source in sources)
        else:
            due = any(_is_spoken(game, source, made_here, said_here) for source in sources)
        due = due or not point.replies_to or bool(set(point.replies_to).intersection(arrived))
        met = [point, *(game.answers_to.get(point.id, ()) if "?" in point.says.en else ())]
        if due and not any(_is_spoken(game, each, made, said) for each in met):
            free.append(point)
    return free


def _is_asked(game: Game, source: Point, last: Sequence[Line]) -> bool:
    """Return whether one of some lines makes a point that is answered; where that asks something, so must the line."""
    asks = "?" in source.says.en
    lines = [line for line in last if not asks or "?" in line["says"] or "？" in line["says"]]
    return _is_spoken(game, source, {line["point"] for line in lines}, {line["says"] for line in lines})
