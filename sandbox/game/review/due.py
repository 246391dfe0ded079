"""What falls due in a review: which entries, who answers for them, and which are one matter (LA).

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
from sandbox.game.ledger.entries import Account, Claim, Item, ItemState, Ledger, Ungranted, motion_of
from sandbox.game.motions.conditions import office_named, owed_by, said_asked, who_fulfils, whom_it_asks, without_seat
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.motions.ungranted import Record, needing, ungranted
from sandbox.game.motions.unwilling import carried_refused
from sandbox.game.review.concern import asked_by, concerned_by, in_the_papers, who_pays
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
    """Return the ledger in which all standing promises and each term of the carried decisions fall due.

    Conditions of decisions fall due as well, each by itself and once even if several seats are to do it, and so do
    standing conditions of earlier years. What is done on an occasion is asked about each year. A promise that gives no
    more than a condition asks of the same owner is one matter with it, and so are two promises of one owner that say
    the same.

    A promise to all that was made where only officials sat concerns the residents, if each is heard whom something was
    for: they know of it from here on.

    For a promise its owner answers or, if absent, the seat it was made to. For a term a seat answers that may commit to
    it: first the one the option names as deliverer, then the one that promised it, then the mover, then one that named
    it in a proposal; seats that only voted against it come last, and ties go to the seat with least to answer for. If
    no such seat is in the room, the chair answers. Of a condition that names nobody, the chair only tells what came.
    """
    if any(item.account and not item.account.closed for item in items):
        return items
    load: Counter[str] = Counter()
    entries: list[Item] = []
    for item in items:
        falls_due = item.kind == "promise" and item.state in _STANDS and item.account is None
        owner = _present(game, [item.owner, *_promised_to(item, lines)], room)
        load[owner] += falls_due
        heard = in_the_papers(game, item, room) if falls_due else item.visible_to
        entries.append(replace(item, account=Account(owner), visible_to=heard) if falls_due else item)
    number = sum(item.kind == "term" for item in items)
    for decision in decisions:
        motion = motion_of(items, decision["motion"])
        by = motion.owner if motion else decision["by"]
        lacking = _ungranted(Record(game, items, lines, decisions), decision)
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
                    account=Account(owner, before="kept" if again else "", ungranted=lacking.get(key, "")),
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
            account = Account(owner, joined=tuple(joined), first=asks, unnamed=not seat)
            asked_of = said_asked(game, items, condition)
            entries.append(replace(term, says=condition, objectors=unwilling, account=account, asked_of=asked_of))
    for standing in standing_on(game, items, decisions):
        says, by = standing.says, standing.by
        was = "" if on_occasion(says, game.spec.lang) else standing.was
        seat = owed_by(game, items, says, by, room)
        owner, *joined = _doing(game, items, says, [seat], room)
        number += 1
        term = _entry(f"T{number}", "", by or owner, owner, room, STANDS_ON, says, was)
        account = Account(owner, before=was, joined=tuple(joined), first=by, unnamed=not seat)
        entries.append(replace(term, account=account, asked_of=standing.asked_of))
    entries = [_with_concerned(game, items, item, lines, decisions) for item in entries]
    if game.weighs_review:
        entries = [
            replace(item, account=replace(item.account, by_half=True)) if item.account else item for item in entries
        ]
    if game.hears_all:
        entries = [
            replace(item, account=replace(item.account, hears_all=True, paying=who_pays(game, item)))
            if item.account and not item.account.closed
            else item
            for item in entries
        ]
    return _with_all_concerned(with_same(game, entries, lines))


def _ungranted(record: Record, decision: DecisionTaken) -> dict[str, Ungranted]:
    """Return the questions that a body decided though nobody granted it who may, each with why."""
    weighs = record.game.weighs_review and decision["by"] == BODY
    lacking = ungranted(record, decision) if weighs else []
    return {question: "withheld" if any(seats) else "nobody" for question, *seats in lacking}


def _with_all_concerned(items: Ledger) -> Ledger:
    """Return entries in which all parts of one matter concern the same seats: one report counts for all of it."""
    for head in pending(items):
        one = [item for item in items if item.account and same(item, head)]
        seats = frozenset[str]().union(*(item.account.concerned for item in one if item.account))
        seats -= frozenset(head.account.joined if head.account else ())
        paying = frozenset[str]().union(*(item.account.paying for item in one if item.account))
        items = tuple(
            replace(item, account=replace(item.account, concerned=seats - _own(item.account), paying=paying))
            if item.account and item in one
            else item
            for item in items
        )
    return items


def _own(account: Account) -> frozenset[str]:
    """Return the seat that answers for an entry, unless it is itself concerned and answers for somebody who is away."""
    return frozenset[str]() if account.heard else frozenset({account.owner})


def _promised_to(promise: Item, lines: Sequence[Line]) -> tuple[str, ...]:
    """Return the seats to which a promise was made: they can tell of it if its owner is not in the room."""
    return promise.promised_to or tuple(line["to"] for line in lines if line["id"] == promise.line)


def _with_concerned(
    game: Game, items: Ledger, item: Item, lines: Sequence[Line], decisions: Sequence[DecisionTaken]
) -> Item:
    """Return an entry with the seats concerned; in free play, for what was decided, also residents who voted for it.

    A seat that was promised something and now answers for the absent owner counts as concerned as well.
    """
    if item.account is None or item.account.closed:
        return item
    concerned = concerned_by(game, items, item, lines)
    if item.kind == "term" and game.style == "free":
        votes = (each["votes"] for each in decisions if each["carried"] and _decided_in(game, item, each))
        concerned |= {seat for cast in votes for seat in game.residents if cast.get(seat)} - {*item.account.doers}
    to = [item.account.first, *(line["to"] for line in lines if line["id"] == item.line)]
    first = next((seat for seat in to if seat in concerned and game.style == "free"), "")
    owner, heard = item.account.owner, _promised_to(item, lines) if item.kind == "promise" else ()
    if owner != item.owner and owner in item.visible_to and (owner in heard or ALL in heard):
        concerned |= {owner}
    return replace(item, account=replace(item.account, concerned=concerned, first=first))


def _decided_in(game: Game, item: Item, decision: DecisionTaken) -> bool:
    """Return whether a decision settled an option or, if a review weighs who has spoken, made a condition."""
    if item.terms:
        return item.terms.items() <= decision["terms"].items()
    return game.weighs_review and item.says in hangs_on(decision["condition"])


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
    """Return how far each seat stands behind what was decided on a question; 0 if not at all."""
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
    """Return the seats that answer for a condition: the first of some seats that is present, and those that join it."""
    return list(dict.fromkeys([_present(game, seats, room), *whom_it_asks(game, items, condition, room)[1:]]))


def _present(game: Game, seats: Sequence[str], room: Sequence[str]) -> str:
    return next((seat for seat in (*seats, game.chair, *room) if seat in room and seat != BODY), game.chair)


def on_behalf(game: Game, item: Item) -> str:
    """Return, in words, on whose behalf a seat answers for what falls due; empty if it is its own duty.

    What an absent seat promised (such as the host of a tour) stays its promise; what a condition asks of somebody
    without a seat, or only somebody away may grant, stays theirs: whoever answers only tells what became of it as far
    as they heard.
    """
    owner = item.account.owner if item.account else item.owner
    if item.kind == "promise":
        return game.name(item.owner) if item.owner != owner else ""
    if item.account and item.account.ungranted == "nobody":
        bodies = [body.names[0] for body in game.scenario.bodies if needing(game, body, item.terms)]
        named = [("the " if game.words.lang == "en" else "") + name.get(game.words.lang) for name in bodies]
        return game.words.join(named) or game.words("review.away")
    own = item.kind != "term" or item.terms or item.asked_of
    return "" if own else without_seat(game, item.says, item.visible_to)


def names_nobody(game: Game, item: Item) -> bool:
    """Return whether what falls due is a condition that names nobody: whoever tells of it broke nothing."""
    return item.account is not None and item.account.unnamed and not on_behalf(game, item)


def concerns(item: Item, seat: str) -> bool:
    """Return whether a seat answers for an entry, asked for it, promised it, or is concerned by it."""
    account = item.account
    return account is not None and seat in (*account.doers, item.owner, *account.concerned)


def topics(game: Game, item: Item) -> tuple[Topic, ...]:
    """Return the topics of an entry's terms."""
    known = game.scenario.decision_by_id
    return tuple(known[key].topic for key in item.terms if key in known)


def lapsed(items: Sequence[Item]) -> list[tuple[Item, Lapse]]:
    """Return the promises that do not fall due, each with why: beyond remit, settled otherwise or taken back (LA)."""
    return [(item, _lapse(item)) for item in items if item.kind == "promise" and item.account is None]


def _lapse(item: Item) -> Lapse:
    if any(state == "beyond_remit" for _, state in item.history):
        return "beyond"
    return "otherwise" if item.history and item.history[-1][0].startswith("D-") else "withdrawn"


def asked(items: Sequence[Item]) -> list[Item]:
    """Return what is still to be reported on, in the order in which it is asked for.

    First what an event struck, then terms of decisions, promises that name options, other promises from the latest on
    (if each is heard, last those of whoever is away), and last what goes on unchanged.
    """
    due = [item for item in items if item.account and not item.account.report and not item.account.closed]
    order = {item.line: place for place, item in enumerate(due)}

    def rank(item: Item) -> tuple[bool, bool, int, int]:
        kind = 0 if item.kind == "term" else 1 if item.terms else 2
        kind = 3 if _of_the_absent(item) else kind
        return not struck(item), goes_on(item), kind, order[item.line] if kind < 2 else -order[item.line]

    return sorted(due, key=rank)


def _of_the_absent(item: Item) -> bool:
    """Return whether somebody else answers for a promise, in a review that hears each whom something was for."""
    account = item.account
    return item.kind == "promise" and account is not None and account.hears_all and account.owner != item.owner


def pending(items: Sequence[Item]) -> list[Item]:
    """Return the matters still to be reported on, one entry each; what another's report covers is left out."""
    heads: list[Item] = []
    for item in asked(items):
        if not any(same(item, head) for head in heads):
            heads.append(item)
    return heads


def due_matters(items: Sequence[Item]) -> list[tuple[Item, list[Item]]]:
    """Return the matters that fall due: the leading entry of each, with the other entries of the same matter."""
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
    """Return how many reports are still to come at most, if each takes up as many matters as it may.

    What goes on unchanged comes with any of them.
    """
    owners = Counter[str]()
    for item in due:
        owners[item.account.owner if item.account else item.owner] += not goes_on(item)
    return sum(max(1, -(-count // MOST_REPORTED)) for count in owners.values())


def goes_on(item: Item) -> bool:
    """Return whether an entry goes on unchanged and undenied from last year: its owner mentions it in another report.

    So the year is not gone through matter by matter. What an event struck is reported on in its own right.
    """
    return item.account is not None and bool(item.account.before) and not struck(item)


def within(items: Ledger, head: Item, seat: str) -> list[Item]:
    """Return a seat's promises that say the same as an entry: they get its outcome unless reported separately."""
    own = [(item, item.account) for item in items if item.account and item.account.owner == seat]
    return [item for item, account in own if account.within == head.line and (not item.terms or account.apart)]


def besides(items: Ledger, seat: str) -> set[str]:
    """Return the entries that a seat's report may mention beyond the few matters that it takes up.

    These are entries that go on unchanged, and promises that say the same as another matter.
    """
    own = answering(items, seat)
    same_matter = {item.line for head in own for item in within(items, head, seat)}
    return {item.line for item in own if goes_on(item)} | same_matter


def as_before(items: Ledger, seat: str) -> dict[str, Outcome]:
    """Return what a seat's report implies for entries that go on unchanged, unless it says otherwise."""
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
    """Return whether an event struck an entry and no other event took it over."""
    return item.account is not None and bool(item.account.harmed) and not item.account.saved


def answering(items: Ledger, seat: str) -> list[Item]:
    """Return the matters that a seat has still to report on, one entry each, including those it shares with others."""
    return [item for item in pending(items) if item.account and seat in item.account.doers]


def same(item: Item, other: Item) -> bool:
    """Return whether a report on one entry counts for another."""
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
