"""What falls due in a review: which entries, who answers for them, and what is one matter (LA).

The order follows the paper's promises that were never kept (LA), services for which nobody found the means (FO) or the
government's support (GW), and results that are shown and not used (PV); who answers is inferred.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from sandbox.content.cards import Topic
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Account, Claim, Item, ItemState, Ledger, motion_of
from sandbox.game.motions.conditions import office_named, owed_by, said_asked, who_fulfils, whom_it_asks, without_seat
from sandbox.game.motions.unwilling import carried_refused
from sandbox.game.review.concern import asked_by, concerned_by
from sandbox.game.review.lasting import on_occasion
from sandbox.game.review.one_matter import with_same
from sandbox.game.review.standing import standing_on
from sandbox.record.line import ALL, BODY, DecisionTaken, Line, Outcome

Lapse = Literal["beyond", "otherwise", "withdrawn"]

STANDS_ON = "standing"
"""What stands in the history of a condition of an earlier year in the place of the decision that it is from."""
# Matters that one report takes up at most: as many as a few sentences can speak of.
MOST_REPORTED = 4
# What is asked about anew each year, though it goes on as it was: who pays, and who does the work.
_WEIGHTY: tuple[Topic, ...] = ("payer", "provider")
_STANDS: tuple[ItemState, ...] = ("open", "confirmed", "kept")


def fall_due(
    game: Game, items: Ledger, decisions: Sequence[DecisionTaken], room: Sequence[str], lines: Sequence[Line]
) -> Ledger:
    """Return the ledger in which all promises that stand, and each term of the carried decisions, fall due.

    What a decision hangs on falls due beside its terms, each condition by itself and once, though several are to do it,
    and so do the conditions of earlier years that stand on. Of what is done on an occasion it is asked each year.
    A promise that gives no more than what a condition asks of the same owner is one matter with it, and so are two of
    its promises that say the same.
    A promise is answered for by whoever made it, or, where they are not in the room, by whom it was made to; a term by
    a seat that may commit to it. Of several comes first whom the option names as the one that delivers, then who
    promised it, then who moved the motion, then who named it in a proposal; who only voted against it comes last, and
    else the seat with least to answer for is taken. Where no such seat is in the room, the chair answers.
    """
    if any(item.account and not item.account.closed for item in items):
        return items
    load: Counter[str] = Counter()
    entries: list[Item] = []
    for item in items:
        falls_due = item.kind == "promise" and item.state in _STANDS and item.account is None
        owner = _present(game, [item.owner, *_promised_to(item, lines)], room)
        load[owner] += falls_due
        entries.append(replace(item, account=Account(owner)) if falls_due else item)
    number = sum(item.kind == "term" for item in items)
    for decision in decisions:
        motion = motion_of(items, decision["motion"])
        by = motion.owner if motion else decision["by"]
        for key, option in decision["terms"].items() if decision["carried"] else ():
            question = game.scenario.decision_by_id[key]
            backing = _backing(game, items, decision, by, key)
            may = sorted(
                (seat for seat in question.holders(option) or question.remit if seat in room),
                key=lambda seat: (-backing.get(seat, 0), load[seat]),
            )
            owner = _present(game, [*may, by, decision["by"]], room)
            load[owner] += 1
            number += 1
            term = _term(decision, f"T{number}", by if by in game.positions else owner, owner, room)
            again = question.topic not in _WEIGHTY and game.spec.start.went_on.get(key) == option
            entries.append(
                replace(
                    term,
                    account=Account(owner, before="kept" if again else ""),
                    terms={key: option},
                    authority=question.holders(option),
                    payer=option if question.topic == "payer" else "",
                    deliverer=option if question.topic == "provider" else "",
                    condition=decision["condition"],
                )
            )
        refused = carried_refused(game, items, decision, lines)
        for seat, condition in who_fulfils(game, items, decision, room):
            unwilling = frozenset(line["seat"] for line in refused.get(condition, ()))
            asks = asked_by(game, items, condition, room) or decision["by"]
            owner, *joined = _doing(game, items, condition, [seat, decision["by"]], room)
            number += 1
            term = _term(decision, f"T{number}", by if by in game.positions else owner, owner, room)
            account = Account(owner, joined=tuple(joined), first=asks)
            asked_of = said_asked(game, items, condition)
            entries.append(replace(term, says=condition, objectors=unwilling, account=account, asked_of=asked_of))
    for standing in standing_on(game, items, decisions):
        says, by = standing.says, standing.by
        was = "" if on_occasion(says, game.spec.lang) else standing.was
        owner, *joined = _doing(game, items, says, [owed_by(game, items, says, by, room)], room)
        number += 1
        term = _entry(f"T{number}", "", by or owner, owner, room, STANDS_ON, says, was)
        account = Account(owner, before=was, joined=tuple(joined), first=by)
        entries.append(replace(term, account=account, asked_of=standing.asked_of))
    entries = [_with_concerned(game, items, item, lines, decisions) for item in entries]
    return _with_all_concerned(with_same(game, entries, lines))


def _with_all_concerned(items: Ledger) -> Ledger:
    """Return entries in which what is one matter was for all for whom any of it was: one report counts for it."""
    for head in pending(items):
        one = [item for item in items if item.account and same(item, head)]
        seats = frozenset[str]().union(*(item.account.concerned for item in one if item.account))
        seats -= frozenset(head.account.joined if head.account else ())
        items = tuple(
            replace(item, account=replace(item.account, concerned=seats - _own(item.account)))
            if item.account and item in one
            else item
            for item in items
        )
    return items


def _own(account: Account) -> frozenset[str]:
    """Return who answers for an entry, unless it was for that seat, which answers in the place of whoever is away."""
    return frozenset[str]() if account.heard else frozenset({account.owner})


def _promised_to(promise: Item, lines: Sequence[Line]) -> tuple[str, ...]:
    """Return to whom a promise was made, who can tell of it where whoever made it is not in the room."""
    return promise.promised_to or tuple(line["to"] for line in lines if line["id"] == promise.line)


def _with_concerned(
    game: Game, items: Ledger, item: Item, lines: Sequence[Line], decisions: Sequence[DecisionTaken]
) -> Item:
    """Return an entry with for whom it was: where seats speak freely, an option also for residents who voted for it.

    That is also who answers for a promise of somebody who is away, if it was made to that seat.
    """
    if item.account is None or item.account.closed:
        return item
    concerned = concerned_by(game, items, item, lines)
    if item.kind == "term" and item.terms and game.style == "free":
        votes = (each["votes"] for each in decisions if each["carried"] and item.terms.items() <= each["terms"].items())
        concerned |= {seat for cast in votes for seat in game.residents if cast.get(seat)} - {item.account.owner}
    to = [item.account.first, *(line["to"] for line in lines if line["id"] == item.line)]
    first = next((seat for seat in to if seat in concerned and game.style == "free"), "")
    owner, heard = item.account.owner, _promised_to(item, lines) if item.kind == "promise" else ()
    if owner != item.owner and owner in item.visible_to and (owner in heard or ALL in heard):
        concerned |= {owner}
    return replace(item, account=replace(item.account, concerned=concerned, first=first))


def _term(decision: DecisionTaken, name: str, by: str, owner: str, room: Sequence[str]) -> Item:
    return _entry(name, decision["stage"], by, owner, room, decision["id"])


def _entry(
    name: str, stage: str, by: str, owner: str, room: Sequence[str], since: str, says: str = "", before: Claim = ""
) -> Item:
    return Item(
        line=name, stage=stage, kind="term", owner=by, says=says, terms={}, state="open",
        visible_to=tuple(room), history=((since, "open"),), account=Account(owner, before=before),
    )  # fmt: skip


def _backing(game: Game, items: Ledger, decision: DecisionTaken, mover: str, key: str) -> dict[str, int]:
    """Return how far each seat stands behind what was decided on a question; nothing of it counts 0."""
    question = game.scenario.decision_by_id[key]
    option = decision["terms"][key]
    text, may = question.options[option].get(game.spec.lang), question.holders(option)
    doer = office_named(game, text, may) if question.topic == "provider" else ""
    against = dict.fromkeys((seat for seat, favours in decision["votes"].items() if not favours), -1)
    alike = [item for item in items if item.terms.get(key) == option]
    named = {item.owner: 1 for item in alike if item.kind == "proposal"}
    promised = {item.owner: 3 for item in alike if item.kind == "promise" and item.state in _STANDS}
    return {**against, **named, mover: 2, **promised, doer: 4}


def _doing(game: Game, items: Ledger, condition: str, seats: Sequence[str], room: Sequence[str]) -> list[str]:
    """Return who answers for a condition: the first of some seats that is present, and who is to do it too."""
    return list(dict.fromkeys([_present(game, seats, room), *whom_it_asks(game, items, condition, room)[1:]]))


def _present(game: Game, seats: Sequence[str], room: Sequence[str]) -> str:
    return next((seat for seat in (*seats, game.chair, *room) if seat in room and seat != BODY), game.chair)


def on_behalf(game: Game, item: Item) -> str:
    """Return on whose behalf a seat answers for what falls due, in words; empty where it is its own duty.

    What was promised by somebody who is not in the room, such as the host of a tour, stays their promise, and what a
    condition asks of somebody without a seat theirs: who answers tells what came of it as far as they heard.
    """
    owner = item.account.owner if item.account else item.owner
    if item.kind == "promise":
        return game.name(item.owner) if item.owner != owner else ""
    own = item.kind != "term" or item.terms or item.asked_of
    return "" if own else without_seat(game, item.says, item.visible_to)


def concerns(item: Item, seat: str) -> bool:
    """Return whether a seat answers for what falls due, or asked for or promised it, or whether it was for it."""
    account = item.account
    return account is not None and seat in (*account.doers, item.owner, *account.concerned)


def topics(game: Game, item: Item) -> tuple[Topic, ...]:
    """Return the topics of an entry's terms."""
    known = game.scenario.decision_by_id
    return tuple(known[key].topic for key in item.terms if key in known)


def lapsed(items: Sequence[Item]) -> list[tuple[Item, Lapse]]:
    """Return the promises that do not fall due, and why: beyond remit, settled otherwise, or taken back (LA)."""
    return [(item, _lapse(item)) for item in items if item.kind == "promise" and item.account is None]


def _lapse(item: Item) -> Lapse:
    if any(state == "beyond_remit" for _, state in item.history):
        return "beyond"
    return "otherwise" if item.history and item.history[-1][0].startswith("D-") else "withdrawn"


def asked(items: Sequence[Item]) -> list[Item]:
    """Return what is still to be reported on, in the order in which it is asked for.

    What an event struck comes first, then terms of decisions, promises that name options, and others from the latest;
    last what goes on as it was.
    """
    due = [item for item in items if item.account and not item.account.report and not item.account.closed]
    order = {item.line: place for place, item in enumerate(due)}

    def rank(item: Item) -> tuple[bool, bool, int, int]:
        kind = 0 if item.kind == "term" else 1 if item.terms else 2
        return not struck(item), goes_on(item), kind, order[item.line] if kind < 2 else -order[item.line]

    return sorted(due, key=rank)


def pending(items: Sequence[Item]) -> list[Item]:
    """Return what is still to be reported on, an entry a matter: what another's report counts for is not among them."""
    heads: list[Item] = []
    for item in asked(items):
        if not any(same(item, head) for head in heads):
            heads.append(item)
    return heads


def due_matters(items: Sequence[Item]) -> list[tuple[Item, list[Item]]]:
    """Return what falls due, an entry a matter, each with the others that are one matter with it."""
    due, heads = [item for item in items if item.account], pending(items)
    lines, beside = {item.line for item in due}, defaultdict[str, list[Item]](list)
    for item in due:
        within = item.account.within if item.account else ""
        if within in lines:
            beside[within].append(item)
        elif head := next((head.line for head in heads if same(item, head) and item.line != head.line), ""):
            beside[head].append(item)
    parts = {item.line for others in beside.values() for item in others}
    return [(item, beside[item.line]) for item in due if item.line not in parts]


def reports_left(due: Sequence[Item]) -> int:
    """Return how many reports there are still to come at most, of so many matters each as one may take up.

    What goes on as it was comes with any of them.
    """
    owners = Counter[str]()
    for item in due:
        owners[item.account.owner if item.account else item.owner] += not goes_on(item)
    return sum(max(1, -(-count // MOST_REPORTED)) for count in owners.values())


def goes_on(item: Item) -> bool:
    """Return whether an entry goes on as it was last year, undenied: whoever answers for it tells it with a report.

    So the year is not gone through matter by matter. What an event struck is reported on like all else.
    """
    return item.account is not None and bool(item.account.before) and not struck(item)


def within(items: Ledger, head: Item, seat: str) -> list[Item]:
    """Return a seat's promises that say the same as an entry: they come to the same, unless told apart."""
    own = [(item, item.account) for item in items if item.account and item.account.owner == seat]
    return [item for item, account in own if account.within == head.line and (not item.terms or account.apart)]


def besides(items: Ledger, seat: str) -> set[str]:
    """Return what a seat's report may speak of on top of the few matters that it takes up, by entry.

    That is what goes on as it was, and promises that say the same as another matter.
    """
    own = answering(items, seat)
    same_matter = {item.line for head in own for item in within(items, head, seat)}
    return {item.line for item in own if goes_on(item)} | same_matter


def as_before(items: Ledger, seat: str) -> dict[str, Outcome]:
    """Return what a seat's report says of what goes on as it was, by entry, unless the report says otherwise."""
    return {
        item.line: item.account.before
        for item in answering(items, seat)
        if item.account and item.account.before and goes_on(item)
    }


def alike(items: Ledger, item: Item) -> list[Item]:
    """Return the entries that are one matter with one that falls due.

    They share an option, whoever answers for it, or say the same.
    """
    return [
        other
        for other in items
        if other.account
        and (
            other.line == item.line
            or other.terms.items() & item.terms.items()
            or (other.account.within == item.line and (other.account.apart or not other.terms))
        )
    ]


def struck(item: Item) -> bool:
    """Return whether an event struck an entry and none took it over."""
    return item.account is not None and bool(item.account.harmed) and not item.account.saved


def answering(items: Ledger, seat: str) -> list[Item]:
    """Return what a seat is still to report on, an entry a matter, also where it is to do it with another."""
    return [item for item in pending(items) if item.account and seat in item.account.doers]


def same(item: Item, other: Item) -> bool:
    """Return whether a report on an entry counts for another."""
    if item.line == other.line:
        return True
    if item.account is None or other.account is None or item.account.report or item.account.closed:
        return False
    if not item.terms or item.account.within or other.account.within:
        return item.account.within == other.line or other.account.within == item.line
    if item.kind == other.kind:
        return (item.owner, item.terms) == (other.owner, other.terms)
    if item.account.apart or other.account.apart:
        return False
    alike = item.terms.items() <= other.terms.items() if item.kind == "term" else item.terms == other.terms
    return alike and item.account.owner == other.account.owner
