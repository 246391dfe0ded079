"""What became of decisions and promises, and who gave the reason for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.language.gist import clauses
from sandbox.game.language.wording import opening
from sandbox.game.ledger.entries import Account, Claim, Item
from sandbox.game.ledger.matters import WHOLE, answering_for, condition_matter, matter, quoted
from sandbox.game.minutes.settled import not_granted
from sandbox.game.review.lasting import says_no_more
from sandbox.game.session import Session
from sandbox.record.line import Line

LONGEST_SAID: dict[Lang, int] = {"en": 260, "zh": 120}
"""Characters of what was said of a matter."""


@dataclass(frozen=True)
class Fate:
    """A decision, condition or promise, and what became of it.

    Args:
        about: the question that it settles; empty for a condition or a promise.
        says: the decision with its question, the condition, or the promise, in words.
        who: the person who answered for it; empty where nobody did.
        became: whether it was kept, broken, kept in part or moot; empty if it did not fall due, is disputed, or was not
            reported.
        condition: whether it is a condition of a decision.
        why: the reason given by the body that did not carry it, or by a person where it was not kept or moot,
            shortened; or empty.
        by: the person who gave the reason; empty where nobody did.
        seats: for a promise, the seat that made it, then the seats that it was made to.
    """

    about: str
    says: str
    who: str = ""
    became: Claim = ""
    condition: bool = False
    why: str = ""
    by: str = ""
    seats: tuple[str, ...] = ()


def fates(session: Session, terms: Mapping[str, str], closed: Sequence[Item]) -> tuple[Fate, ...]:
    """Return the decisions, question by question, their conditions, and the promises that fell due.

    Each comes with what became of it. Left out are conditions and promises whose outcome nobody can tell, and a promise
    that says no more than a condition of the same owner with the same outcome.
    """
    game = session.game
    fell = {key: item for item in closed if item.kind == "term" for key in item.terms}
    proposals = {key for item in session.items if of_nobody(session, item) for key in item.terms}
    decided = []
    for key, option in terms.items():
        item, says = fell.get(key), "".join(settled(game, {key: option}))
        why = game.words("decision.unheld.seatless") if key in proposals else ""
        decided.append(_fate(session, key, says, item) if item else Fate(key, says, why=why))
    others = dict.fromkeys(
        _fate(session, "", condition_matter(game, item) if item.kind == "term" else matter(game, item, WHOLE), item)
        for item in closed
        if came_to(item) and not (item.kind == "term" and item.terms)
        if not any(_says_it(_spoken(session), each, item) for each in closed)
    )
    return (*decided, *others)


def _spoken(session: Session) -> Lang:
    """Return the language of the lines, even where the game is told in the other language."""
    lang: Lang = session.opened["spec"]["lang"] if session.opened else session.spec.lang
    return lang


def _says_it(lang: Lang, condition: Item, promise: Item) -> bool:
    """Return whether a condition says everything that a promise says, and has the same outcome."""
    return (
        (condition.kind, promise.kind, condition.state) == ("term", "promise", promise.state)
        and not condition.terms
        and condition.account is not None
        and promise.account is not None
        and condition.account.owner == promise.account.owner
        and says_no_more(promise.says, condition.says, lang)
    )


def _fate(session: Session, about: str, says: str, item: Item) -> Fate:
    """Return what became of an entry that fell due, with the reason where it was not kept or moot, or a body's answer.

    The reason is its owner's own report, or else the words of a seat that it was for and that contradicted the report.
    """
    game, account, condition = session.game, item.account, item.kind == "term" and not item.terms
    who = game.name(item.owner) if item.kind == "promise" else answering_for(game, item)
    seats = (item.owner, *(sorted(account.concerned) if account else ())) if item.kind == "promise" else ()
    plain = Fate(about, says, who, came_to(item), condition, seats=seats)
    if account is not None and (account.lost or (account.ungranted and item.state == "moot")):
        return replace(plain, why=not_granted(game, account))
    if account is None or plain.became in ("", "kept") or game.spec.style == "rules":
        return plain
    spoken = [line for line in session.lines if _speaks_of(line, account, item)]
    if not spoken:
        return plain
    line = next((each for each in spoken if each["seat"] in account.concerned), spoken[-1])
    longest = LONGEST_SAID[_spoken(session)]
    why = clauses(opening(line["says"], longest), longest)
    return replace(plain, why=quoted(game, why), by=game.name(line["seat"]))


def _speaks_of(line: Line, account: Account, item: Item) -> bool:
    """Return whether a line gives the outcome that counts: the report itself, or the line that contradicts it.

    The line must speak of that entry alone: if it speaks of several, nobody can tell which sentence is about which.
    """
    also = line.get("also", {})
    if line["about"] != item.line or not also.keys() <= {item.line}:
        return False
    if account.claim == item.state:
        return line["id"] == account.report
    denies = item.state == "broken" and has(line["act"], "opposes")
    return line["seat"] in account.counts and (denies or also.get(item.line) == item.state)


def of_nobody(session: Session, item: Item) -> bool:
    """Return whether an entry is a decided option that no seat may commit to and that was put to no body."""
    decided = item.kind == "term" and bool(item.terms)
    put = any(item.line in news.get("answers", {}) for news in session.state["desk"]["news"])
    return decided and not put and not any(seat in item.authority for seat in session.game.positions)


def came_to(item: Item) -> Claim:
    """Return what became of an entry; empty where that is open."""
    return item.state if item.state in ("kept", "broken", "part", "moot") else ""


def settled(game: Game, terms: Mapping[str, str]) -> tuple[str, ...]:
    """Return terms in words, each question with its option."""
    return tuple(game.words("campaign.settled", question=q.rstrip("?？"), option=o) for q, o in game.in_words(terms))
