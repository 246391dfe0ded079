"""What a year leaves to the next at the same table: questions still to be asked, and decisions of bodies that last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sandbox.content.aftermath import Body, BodyAnswer
from sandbox.content.cards import PointAct
from sandbox.game.ledger.entries import Item
from sandbox.game.ledger.matters import brief_matter
from sandbox.game.ledger.options import briefly
from sandbox.game.review.bodies import needing_unsaid
from sandbox.game.review.due import names_nobody, on_behalf
from sandbox.game.review.lasting import says_the_same
from sandbox.game.session import Session
from sandbox.game.spec import Decided, OwnPoint

# Most matters of the year before that are taken up, and on which one seat is given something to say.
_MATTERS, _MOST = 8, 2
# In how many ways each is said, so that nothing is said twice: one after the other, at each table from another on.
_WAYS = {"owner": 3, "broken": 3, "part": 1, "denied": 1, "unreported": 1, "kept": 2}


class _Raised(NamedTuple):
    seat: str
    act: PointAct
    to: str
    how: str


def followed_up(session: Session, closed: Sequence[Item]) -> tuple[OwnPoint, ...]:
    """Return what seats may raise next year of the matters that fell due.

    - Matters that were not kept, doubted or not reported come first; decisions come before promises.
    - The owner of a matter that was not kept speaks of it. One of the seats that it was for asks about it: the one with
      least to ask so far, and never one that called it kept.

    The session is a reviewed year; ``closed`` holds the entries that fell due and that everybody knows of.
    """
    game, words = session.game, session.game.words
    stages = tuple(stage for stage in dict.fromkeys((*game.able("drafts"), *game.able("decides"))))
    load: Counter[str] = Counter()
    said: Counter[str] = Counter()
    points: list[OwnPoint] = []
    for item in sorted(closed, key=_order)[:_MATTERS]:
        for raised in _raised(session, item, load):
            if load[raised.seat] == _MOST or said[raised.how] == _WAYS[raised.how]:
                continue
            load[raised.seat] += 1
            said[raised.how] += 1
            way = (said[raised.how] + session.spec.start.table) % _WAYS[raised.how] + 1
            quotes = brief_matter(game, item)
            says = words(f"campaign.follow.{raised.how}_{way}", matter=quotes)
            name = f"y{session.spec.start.year}_{item.line.lower()}_{raised.how}"
            points.append(
                OwnPoint(
                    id=name, seat=raised.seat, stages=stages, act=raised.act, to=raised.to, says=says, quotes=quotes
                )
            )
    return tuple(points)


def _order(item: Item) -> tuple[int, bool]:
    doubted = bool(item.account and item.account.denied)
    weights = {"broken": 0, "part": 1, "kept": 3, "moot": 3}
    weight = 1 if doubted and item.state != "broken" else weights.get(item.state, 2)
    return weight, item.kind == "promise"


def _raised(session: Session, item: Item, load: Counter[str]) -> Iterator[_Raised]:
    """Yield the seats that may raise a matter of last year, and how.

    Of kept matters only options are raised, since conditions stand on.
    """
    game, account = session.game, item.account
    if account is None or account.within or account.lost or item.state == "moot":
        return
    if item.state == "broken" and not (on_behalf(game, item) or names_nobody(game, item)):
        yield _Raised(account.owner, "inform", "", "owner")
    home = [seat for seat in game.positions if game.personas[seat].kind != "host"]
    those = [seat for seat in home if seat in {*account.concerned, item.owner} - {account.owner}]
    doubting = [seat for seat in home if seat in account.denied and seat != account.owner]
    if account.claim == "broken":  # they call it kept
        those, doubting = [seat for seat in those if seat not in doubting], []
    asking = min(doubting or those, key=lambda seat: load[seat], default="")
    if not asking:
        return
    if item.state in ("broken", "part"):
        yield _Raised(asking, "ask", account.owner, item.state)
    elif doubting:
        yield _Raised(asking, "ask", account.owner, "denied")
    elif item.state == "unreported":
        yield _Raised(asking, "ask", account.owner, "unreported")
    elif item.terms and item.kind == "term":
        yield _Raised(asking, "inform", "", "kept")


def decided_by_bodies(session: Session) -> tuple[Decided, ...]:
    """Return the options on which bodies without a seat have decided for longer than a year, this year or before."""
    game, year = session.game, session.spec.start.year
    known = {(each.question, each.option): each for each in session.spec.start.decided if not 0 < each.until <= year}
    items = {item.line: item for item in session.items}
    for body in game.scenario.bodies:
        for line, answer in _answers(session, body).items():
            for settled in body.settles:
                about = line in items and _about(session, items[line], settled.question, settled.option)
                if answer != "undecided" and about:
                    says = (settled.agreed if answer == "agreed" else settled.refused).get(game.spec.lang)
                    until = year + settled.years if answer == "agreed" else 0
                    key = settled.question, settled.option
                    known[key] = Decided(question=key[0], option=key[1], says=says, until=until)
    return tuple(known.values())


def awaiting_bodies(session: Session, terms: Mapping[str, str]) -> tuple[str, ...]:
    """Return one sentence for each body without a seat whose decision is still needed for what was decided.

    The ballot says the same beside the motion. It concerns options that do not name the body themselves.
    """
    game, told = session.game, list[str]()
    items = {item.line: item for item in session.items}
    for body in game.scenario.bodies:
        answers = _answers(session, body)
        answered = [item for line, item in items.items() if answers.get(line, "undecided") != "undecided"]
        waits = {
            key: option
            for key, option in needing_unsaid(game, body, terms).items()
            if not any(_about(session, item, key, option) for item in answered)
        }
        if waits:
            options = game.words("semi").join(briefly(game, waits).values())
            told.append(game.words("campaign.awaits_body", name=body.names[0].get(game.spec.lang), options=options))
    return tuple(told)


def _answers(session: Session, body: Body) -> dict[str, BodyAnswer]:
    """Return a body's answers to what was put to it in the year, by entry."""
    answers: dict[str, BodyAnswer] = {}
    for news in session.state["desk"]["news"]:
        if news["id"].rpartition(":")[2] == body.id:
            answers |= news.get("answers", {})
    return answers


def _about(session: Session, item: Item, question: str, option: str) -> bool:
    """Return whether an entry is an option on which a body decides, or a condition that says the same."""
    if item.terms:
        return item.terms.get(question) == option
    case, lang = session.game.library.scenario(session.spec.scenario), session.spec.lang
    text = case.decision_by_id[question].options[option].get(lang)
    return item.kind == "term" and says_the_same(item.says, text, lang)
