"""What those who are to fulfil a condition of a motion have said to it: yes, a part of it, no, or nothing yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.game.conditions import bound, refrains, share_of
from sandbox.game.entries import Item, movers, proposals_of, roots
from sandbox.game.game import Game
from sandbox.game.hanging import brought, depends, hangs_on, names_task
from sandbox.game.lasting import about_roots, says_more
from sandbox.game.standing import names_other
from sandbox.game.unwilling import CLAUSES, OF_CONDITION, refusals, speaks_of, will_not
from sandbox.game.wording import about_words, sentences
from sandbox.record.line import Line


class Answer(NamedTuple):
    """What a seat that is to fulfil a condition has said to it.

    Args:
        by: the line that brought the condition.
        condition: the condition.
        seat: the seat.
        what: it has promised it in words since, or not just that, has gone along with a motion that has it, has refused
            it, has put the same motion without it instead, is against the motion, or is yet to say.
        line: the line that promises it, puts that motion or is against this; or empty.
        says: what that promises, where it is not just what the condition asks for; or empty.
    """

    by: str
    condition: str
    seat: str
    what: Literal["promised", "otherwise", "agreed", "refused", "instead", "against", "awaited"]
    line: str = ""
    says: str = ""


def doers_said(game: Game, items: Sequence[Item], motion: Item, heard: Sequence[Line]) -> list[Answer]:
    """Return what each seat that is to fulfil a condition has said to it so far; of its own, what it has promised.

    What it said to another motion counts where it does the same work and pays the same by both, or where it is only not
    to do something, unless it names what an option brings that this motion does not have. What it promised to a rival,
    of which neither has grown out of the other, and what by its words hangs on that, counts only where this motion has
    all its options. Whoever votes for the motion and speaks of the condition then has promised it. Whoever supports
    it, or a rival that has the same work done and paid by the same and on which no promise of its own hangs, has
    agreed, unless it promises only a part of it.

    Args:
        game: the game.
        items: the ledger.
        motion: the motion.
        heard: the lines, in their order.
    """
    hearing, room = _Hearing(game, items, motion, heard), game.present(motion.stage)
    return [
        answer
        for by, part in brought(items, motion.condition)
        for seat in bound(game, part, room, motion.terms)
        if by in hearing.owners and (answer := hearing.answer(by, part, seat)) is not None
    ]


class _Hearing:
    """What was heard of a motion and its rivals, for all its conditions."""

    def __init__(self, game: Game, items: Sequence[Item], motion: Item, heard: Sequence[Line]) -> None:
        self._game, self._motion, self._heard = game, motion, heard
        self.owners, self._made = movers(items), proposals_of(items)
        self._about = {line["id"]: line["about"] for line in heard}
        promised = [item for item in items if item.kind == "promise" and item.state in ("open", "confirmed", "kept")]
        self._promised = [item for item in promised if not names_other(game, motion.terms, item.says)]
        on_it = [line for line in heard if line["about"] == motion.line]
        self._votes = {line["seat"]: line for line in on_it if line["vote"] and has(line["act"], "supports")}
        opposes = [line for line in on_it if not line["vote"] and has(line["act"], "opposes")]
        self._against = {line["seat"]: line["id"] for line in opposes}
        self._refused = {(part, line["seat"]) for _, part, line in refusals(items, motion.condition, heard)}
        here = roots(self._made, motion)
        self._rivals = {
            line
            for line, item in self._made.items()
            if item not in here
            and motion not in roots(self._made, item)
            and not item.terms.items() <= motion.terms.items()
        }

    def answer(self, by: str, part: str, seat: str) -> Answer | None:
        """Return what a seat has said to a condition, after the line that brought it; None for its own unpromised."""
        game, motion, lang, own = self._game, self._motion, self._game.spec.lang, self.owners[by] == seat
        if (part, seat) in self._refused:
            return Answer(by, part, seat, "refused")
        promises, along = self._own(by, part, seat)
        word = next((item for item in promises if taken_on(game, part, item, motion.terms)), None)
        if word is not None:
            says = game.words("semi").join(taken_on(game, part, word, motion.terms))
            more = says_more(says, part, lang)
            return Answer(by, part, seat, "otherwise" if more else "promised", word.line, says if more else "")
        if own:  # it asks that of itself
            return None
        vote = self._votes.get(seat)
        if vote and (voted := _agreed_to(part.replace(game.name(seat), ""), vote["says"], lang)):
            return Answer(by, part, seat, "promised", vote["id"], voted)
        if seat not in motion.supporters and (without := self._without(part, seat)):
            return Answer(by, part, seat, "instead", without)
        if seat in motion.objectors and seat in self._against:
            return Answer(by, part, seat, "against", self._against[seat])
        if not _goes_along(game, part, seat, along, self._heard):
            return Answer(by, part, seat, "awaited")
        halves = ((item.line, _half(game, part, item)) for item in promises)
        line, half = next(((line, half) for line, half in halves if half), ("", ""))
        return Answer(by, part, seat, "otherwise" if half else "agreed", line, half)

    def _own(self, by: str, part: str, seat: str) -> tuple[list[Item], list[Item]]:
        """Return the promises of a seat that count for the motion, and the motions to go along with which counts."""
        game, motion, made, lang = self._game, self._motion, self._made, self._game.spec.lang
        other = {line for line, item in made.items() if not same_work(game, seat, item.terms, motion.terms)}
        unpaid = set[str]() if refrains(game, part, seat) else other
        own = [item for item in self._promised if item.owner == seat and item.line >= by]
        beside = [(item, item.beside or self._about.get(item.line, "")) for item in own]
        tied = {to for item, to in beside if to in self._rivals and depends(item.says, lang)}
        promises = [item for item, to in beside if to not in unpaid and not (to in tied and depends(item.says, lang))]
        work = [key for key, each in game.scenario.decision_by_id.items() if each.topic in ("provider", "payer")]
        apart = {
            line for line in self._rivals if any(made[line].terms.get(key) != motion.terms.get(key) for key in work)
        }
        counts = made.keys() - (other | apart | tied)
        return promises, [item for line, item in made.items() if line in counts and part in hangs_on(item.condition)]

    def _without(self, part: str, seat: str) -> str:
        """Return the first motion, by line, that a seat put in its place without a condition; or empty."""
        return next(
            (
                item.line
                for item in self._made.values()
                if item.owner == seat and self._motion.line in (item.amends, item.base, self._about.get(item.line))
                if part not in hangs_on(item.condition)
            ),
            "",
        )


def _goes_along(game: Game, condition: str, seat: str, motions: Sequence[Item], heard: Sequence[Line]) -> bool:
    """Return whether a seat has put or supports one of some motions that have a condition, and so goes along with it.

    Whoever only promises or concedes something about a motion does so where that line speaks of the condition, or
    lifts the task that this names.
    """
    lines = [line for line in heard if line["seat"] == seat and not line["vote"]]

    def means(line: Line) -> bool:
        words = about_words(line["says"] + " " + line["promises"], game.spec.lang)
        return names_task(game.scenario, line["task"], condition) or speaks_of(condition, words, game.spec.lang)

    def backs(line: Line) -> bool:
        gives = has(line["act"], "promises") or (has(line["act"], "yields") and (line["promises"] or line["task"]))
        return not gives or means(line)

    def along(item: Item) -> bool:
        to = [line for line in lines if line["about"] == item.line]
        return item.owner == seat or (seat in item.supporters and (not to or any(map(backs, to))))

    return any(map(along, motions))


def _half(game: Game, condition: str, promise: Item) -> str:
    """Return the parts of a promise that take up some of what a condition asks of its owner, but no clause just that.

    A clause is just that where at least two thirds of its words are of the condition.
    """
    lang, (least, _) = game.spec.lang, OF_CONDITION[game.spec.lang]
    asks = about_roots(condition.replace(game.name(promise.owner), ""), lang)
    parts = [part for part in hangs_on(promise.says) if len(asks & about_roots(part, lang)) >= least]
    clauses = [about_roots(clause, lang) for part in parts for clause in CLAUSES[lang].split(part)]
    return game.words("semi").join(parts) if all(3 * len(asks & own) < 2 * len(own) for own in clauses if own) else ""


def _agreed_to(condition: str, says: str, lang: Lang) -> str:
    """Return the sentences with which whoever votes for a motion takes up most of what a condition asks of it."""
    own = about_words(condition, lang)
    return " ".join(
        part
        for part in sentences(says)
        if 2 * len(own & about_words(part, lang)) > len(own) and not will_not(part, lang, closely=False)
    )


def taken_on(game: Game, condition: str, promise: Item, terms: Mapping[str, str]) -> list[str]:
    """Return which parts of a promise speak of what a condition asks of its owner; all of it where none alone does.

    Args:
        game: the game.
        condition: the condition.
        promise: the promise.
        terms: those beside which the condition stands.
    """
    does, lang = bound(game, condition, game.present(promise.stage), terms), game.spec.lang
    if promise.owner not in does:
        return []
    asks = share_of(game, condition, promise.owner) if len(does) > 1 else condition

    def speaks(text: str) -> bool:
        return speaks_of(asks, about_words(text, lang), lang)

    return [part for part in hangs_on(promise.says) if speaks(part)] or [promise.says] * speaks(promise.says)


def taken_on_by(game: Game, items: Sequence[Item], promise: Item) -> list[str]:
    """Return the promises of others since, by line, that take on all that a promise hangs on, or none.

    Args:
        game: the game.
        items: the promises that stand.
        promise: the promise.
    """
    since = [item for item in items if item.owner != promise.owner and item.line > promise.line]
    room, terms = game.present(promise.stage), promise.terms
    by = [
        next((item.line for item in since if item.owner == seat and taken_on(game, part, item, terms)), "")
        for part in hangs_on(promise.condition)
        for seat in bound(game, part, room, terms) or [""]
    ]
    return list(dict.fromkeys(by)) if all(by) else []


def same_work(game: Game, seat: str, terms: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Return whether a seat has the same work and pays the same by two sets of terms, as far as both tell that."""
    both = [(key, option, other[key]) for key, option in terms.items() if other.get(key, option) != option]
    known = game.scenario.decision_by_id
    return not any(
        (seat in known[key].holders(option)) != (seat in known[key].holders(another))
        for key, option, another in both
        if known[key].topic in ("provider", "payer")
    )
