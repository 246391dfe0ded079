"""What falls due in a review: which entries, who answers for them, what was reported, and how each is closed (LA).

The order follows the paper's promises that were never kept (LA), services for which nobody found the means (FO) or the
government's support (GW), and results that are shown and not used (PV); who answers is inferred.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from sandbox.content.acts import has
from sandbox.content.cards import Act, Lang, Topic
from sandbox.game.concern import concerned_by
from sandbox.game.conditions import office_named, who_fulfils
from sandbox.game.entries import Account, Item, ItemState, Ledger, motion_of
from sandbox.game.game import Game
from sandbox.game.stock import is_stock
from sandbox.game.wording import carries, clauses, gist, sentences
from sandbox.record.line import ALL, BODY, DecisionTaken, Line, Outcome

__all__ = [
    "MOST_REPORTED", "WHOLE", "Lapse", "alike", "answering", "as_reviewed", "asked", "brief_matter", "fall_due", "lapsed", "last_report",
    "matter", "pending", "quoted", "reportable", "reported", "reported_of", "reports_left", "struck", "topics", "word_given",
]  # fmt: skip

Lapse = Literal["beyond", "otherwise", "withdrawn"]

# Matters that one report takes up at most: as many as a few sentences can speak of.
MOST_REPORTED = 4
# Characters within which a promise is told whole, in its main sentences, and in brief.
WHOLE = 2000
_MAIN: dict[Lang, int] = {"en": 240, "zh": 100}
_BRIEF: dict[Lang, int] = {"en": 120, "zh": 50}
_STANDS: tuple[ItemState, ...] = ("open", "confirmed", "kept")


def fall_due(
    game: Game, items: Ledger, decisions: Sequence[DecisionTaken], room: Sequence[str], lines: Sequence[Line]
) -> Ledger:
    """Return the ledger in which all promises that stand, and each term of the carried decisions, fall due.

    What a decision hangs on falls due beside its terms, each condition by itself.
    A promise is answered for by whoever made it; a term by a seat that may commit to it. Of several comes first whom
    the option names as the one that delivers, then who promised it, then who moved the motion, then who named it in a
    proposal; who only voted against it comes last, and else the seat with least to answer for is taken. Where no such
    seat is in the room, the chair answers.

    Args:
        game: the game.
        items: the ledger.
        decisions: the decisions taken so far.
        room: the seats in the review.
        lines: the lines spoken so far.
    """
    if any(item.account and not item.account.closed for item in items):
        return items
    answering: Counter[str] = Counter()
    entries: list[Item] = []
    for item in items:
        falls_due = item.kind == "promise" and item.state in _STANDS and item.account is None
        owner = _present(game, [item.owner], room)
        answering[owner] += falls_due
        entries.append(replace(item, account=Account(owner)) if falls_due else item)
    number = sum(item.kind == "term" for item in items)
    for decision in decisions:
        motion = motion_of(items, decision["motion"])
        by = motion.owner if motion else decision["by"]
        for key, option in decision["terms"].items() if decision["carried"] else ():
            question = game.scenario.decision_by_id[key]
            backing = _backing(game, items, decision, by, key)
            may = sorted(
                (seat for seat in question.remit if seat in room),
                key=lambda seat: (-backing.get(seat, 0), answering[seat]),
            )
            owner = _present(game, [*may, by, decision["by"]], room)
            answering[owner] += 1
            number += 1
            term = _term(decision, f"T{number}", by if by in game.positions else owner, owner, room)
            entries.append(
                replace(
                    term,
                    terms={key: option},
                    authority=question.remit,
                    payer=option if question.topic == "payer" else "",
                    deliverer=option if question.topic == "provider" else "",
                    condition=decision["condition"],
                )
            )
        for seat, condition in who_fulfils(game, items, decision, room):
            owner = _present(game, [seat, decision["by"]], room)
            number += 1
            term = _term(decision, f"T{number}", by if by in game.positions else owner, owner, room)
            entries.append(replace(term, says=condition))
    return tuple(_with_concerned(game, items, item, lines) for item in entries)


def _with_concerned(game: Game, items: Ledger, item: Item, lines: Sequence[Line]) -> Item:
    if item.account is None or item.account.closed:
        return item
    return replace(item, account=replace(item.account, concerned=concerned_by(game, items, item, lines)))


def _term(decision: DecisionTaken, name: str, by: str, owner: str, room: Sequence[str]) -> Item:
    return Item(
        line=name, stage=decision["stage"], kind="term", owner=by, says="", terms={}, state="open",
        visible_to=tuple(room), history=((decision["id"], "open"),), account=Account(owner),
    )  # fmt: skip


def _backing(game: Game, items: Ledger, decision: DecisionTaken, mover: str, key: str) -> dict[str, int]:
    """Return how far each seat stands behind what was decided on a question; nothing of it counts 0."""
    question = game.scenario.decision_by_id[key]
    option = question.options[decision["terms"][key]].get(game.spec.lang)
    doer = office_named(game, option, question.remit) if question.topic == "provider" else ""
    against = dict.fromkeys((seat for seat, favours in decision["votes"].items() if not favours), -1)
    alike = [item for item in items if item.terms.get(key) == decision["terms"][key]]
    named = {item.owner: 1 for item in alike if item.kind == "proposal"}
    promised = {item.owner: 3 for item in alike if item.kind == "promise" and item.state in _STANDS}
    return {**against, **named, mover: 2, **promised, doer: 4}


def _present(game: Game, seats: Sequence[str], room: Sequence[str]) -> str:
    return next((seat for seat in (*seats, game.chair, *room) if seat in room and seat != BODY), game.chair)


def topics(game: Game, item: Item) -> tuple[Topic, ...]:
    """Return the topics of an entry's terms."""
    known = game.scenario.decision_by_id
    return tuple(known[key].topic for key in item.terms if key in known)


def matter(game: Game, item: Item, longest: int = 0) -> str:
    """Return an entry in words: the option or condition that was decided, or what was promised, and on which condition.

    Args:
        game: the game.
        item: the entry.
        longest: characters of a promise beyond which only its main sentences, or clauses, are given; 0 for some 240 in
            English and 100 in Chinese.
    """
    longest = longest or _MAIN[game.spec.lang]
    options = game.words("semi").join(option for _, option in game.in_words(item.terms))
    if item.kind == "term" and not item.terms:
        return game.words("review.on_condition", text=quoted(game, item.says))
    if not options and is_stock(game, item.says):
        return game.words("review.unnamed")
    if item.kind != "promise" or (options and game.spec.style == "rules"):
        return quoted(game, options or clauses(item.says, longest))
    said = quoted(game, word_given(item.says, longest, options))
    held = game.words("review.held", text=item.condition) if item.condition else ""
    return said + (game.words.paren(options) if options else "") + held


def quoted(game: Game, text: str) -> str:
    """Return words in quotation marks as they stand within a sentence: without a full stop at their end."""
    return game.words("review.quoted", text=text if text.endswith("...") else text.rstrip("。."))


def brief_matter(game: Game, item: Item) -> str:
    """Return an entry in few words: its options alone, or else its main sentence or clauses."""
    options = game.words("semi").join(option for _, option in game.in_words(item.terms))
    if not options and is_stock(game, item.says):
        return game.words("review.unnamed")
    return quoted(game, options or word_given(item.says, _BRIEF[game.spec.lang]))


def word_given(text: str, longest: int, options: str = "") -> str:
    """Return of a promise the sentences that fit: those that take up its options, give the word, or else the first."""
    gives = any(carries("promise", part) for part in sentences(text))
    return clauses(gist(text, longest, options, "promise") if options or gives else text, longest)


def lapsed(items: Sequence[Item]) -> list[tuple[Item, Lapse]]:
    """Return the promises that do not fall due, and why: beyond remit, settled otherwise, or taken back (LA)."""
    return [(item, _lapse(item)) for item in items if item.kind == "promise" and item.account is None]


def _lapse(item: Item) -> Lapse:
    if any(state == "beyond_remit" for _, state in item.history):
        return "beyond"
    return "otherwise" if item.history and item.history[-1][0].startswith("D-") else "withdrawn"


def asked(items: Ledger) -> list[Item]:
    """Return what is still to be reported on, in the order in which it is asked for.

    What an event struck comes first, then terms of decisions, promises that name options, and others from the latest.
    """
    due = [item for item in items if item.account and not item.account.report and not item.account.closed]
    order = {item.line: place for place, item in enumerate(due)}

    def rank(item: Item) -> tuple[bool, int, int]:
        kind = 0 if item.kind == "term" else 1 if item.terms else 2
        return not struck(item), kind, order[item.line] if kind < 2 else -order[item.line]

    return sorted(due, key=rank)


def pending(items: Ledger) -> list[Item]:
    """Return what is still to be reported on, an entry a matter: what another's report counts for is not among them."""
    heads: list[Item] = []
    for item in asked(items):
        if not any(_same(item, head) for head in heads):
            heads.append(item)
    return heads


def reports_left(due: Sequence[Item]) -> int:
    """Return how many reports there are still to come at most, of so many matters each as one may take up."""
    owners = Counter(item.account.owner for item in due if item.account)
    return sum(-(-count // MOST_REPORTED) for count in owners.values())


def alike(items: Ledger, item: Item) -> list[Item]:
    """Return the entries that are one matter with one that falls due: they share an option, whoever answers for it."""
    return [
        other
        for other in items
        if other.account and (other.line == item.line or other.terms.items() & item.terms.items())
    ]


def struck(item: Item) -> bool:
    """Return whether an event struck an entry and none took it over."""
    return item.account is not None and bool(item.account.harmed) and not item.account.saved


def answering(items: Ledger, seat: str) -> list[Item]:
    """Return what a seat is still to report on."""
    return [item for item in asked(items) if item.account and item.account.owner == seat]


def reportable(items: Ledger, seat: str, act: Act) -> list[str]:
    """Return the entries of which a seat may speak in a review: what it answers for, or what others reported on."""
    if has(act, "reports"):
        return [item.line for item in answering(items, seat)]
    accounts = [(item, item.account) for item in items if item.account and seat in (*item.visible_to, item.owner)]
    return [item.line for item, account in accounts if account.report and account.owner != seat]


def last_report(items: Ledger, lines: Sequence[Line]) -> list[Item]:
    """Return the entries on which the latest report of some lines was, first the one of which it speaks."""
    report = next((line for line in reversed(lines) if has(line["act"], "reports")), None)
    if report is None:
        return []
    on = [item for item in items if item.account and item.account.report == report["id"]]
    return sorted(on, key=lambda item: item.line != report["about"])


def reported_of(items: Ledger, line: str) -> Item | None:
    """Return the entry that a line reported on, or that goes by this name; None where there is none."""
    return next((item for item in items if item.account and line in (item.account.report, item.line)), None)


def reported(items: Ledger, line: Line) -> Ledger:
    """Return the ledger after a line of a review: a report, or what confirms or denies one.

    A report counts for each entry that it names, and with that for every promise of its owner on the same terms and
    for the terms of decisions that its owner answers for as well: what was promised and then decided is one matter.
    Whoever supports a report, or gives way, confirms it; whoever objects or refuses denies it: the entry that the line
    is about, or else all that was reported last by the addressee, or by anybody when the line is to everyone. What it
    says of others beside, it confirms where it says the same as their owner.
    """
    also = line.get("also", {})
    if has(line["act"], "reports"):
        claim: Outcome = "kept" if has(line["act"], "reports_kept") else "broken"
        items = _reported(items, line["about"], claim, line["id"])
        for about, outcome in also.items():
            items = _reported(items, about, outcome, line["id"])
        return items
    against = has(line["act"], "opposes")
    if against or has(line["act"], "supports"):
        for item in _meant(items, line):
            items = _stood(items, item, line["seat"], against=against)
    for about, outcome in also.items():
        named = reported_of(items, about)
        if named is not None and named.account:
            items = _stood(items, named, line["seat"], against=named.account.claim != outcome)
    return items


def _reported(items: Ledger, about: str, claim: Outcome, report: str) -> Ledger:
    matter = reported_of(items, about)
    if matter is None or (matter.account and matter.account.report):
        return items
    alike = frozenset(item.line for item in items if _same(item, matter))
    return _changed(items, lambda item: item.line in alike, lambda account: replace(account, report=report, claim=claim))


def _meant(items: Ledger, line: Line) -> list[Item]:
    """Return the entries that a line confirms or denies."""
    meant = reported_of(items, line["about"]) if line["about"] else None
    if meant is not None and meant.line == line["about"]:
        return [meant]
    heard = [item for item in items if item.account and item.account.report and not item.account.closed]
    if meant is None:
        heard = [item for item in heard if item.account and line["to"] in (ALL, item.account.owner)]
        meant = max(heard, key=_reported_at, default=None)
    report = meant.account.report if meant and meant.account else ""
    return [item for item in heard if report and item.account and item.account.report == report]


def _stood(items: Ledger, meant: Item, seat: str, *, against: bool) -> Ledger:
    """Return the ledger after a seat has confirmed or denied a report on an entry, and on what is one matter with it."""
    report = meant.account.report if meant.account else ""
    if not report or meant.account is None or meant.account.owner == seat:
        return items
    alike = {meant.line} | {item.line for item in items if item.terms.items() & meant.terms.items()}
    own = frozenset((seat,))

    def stands(account: Account) -> Account:
        confirmed, denied = account.confirmed - own, account.denied - own
        return replace(
            account, confirmed=confirmed if against else confirmed | own, denied=denied | own if against else denied
        )

    return _changed(
        items,
        lambda item: bool(item.account and item.account.report == report and item.line in alike),
        stands,
    )


def _reported_at(item: Item) -> int:
    """Return the number of the line that reported on an entry: as a text, L1000 would come before L999."""
    return int(item.account.report[1:]) if item.account and item.account.report else 0


def _same(item: Item, other: Item) -> bool:
    """Return whether a report on an entry counts for another."""
    if item.line == other.line:
        return True
    if not item.terms or item.account is None or item.account.report or item.account.closed:
        return False
    if item.kind == other.kind:
        return (item.owner, item.terms) == (other.owner, other.terms)
    within = item.terms.items() <= other.terms.items() if item.kind == "term" else item.terms == other.terms
    return within and other.account is not None and item.account.owner == other.account.owner


def _changed(items: Ledger, meant: Callable[[Item], bool], change: Callable[[Account], Account]) -> Ledger:
    return tuple(
        replace(item, account=change(item.account)) if item.account and meant(item) else item for item in items
    )


def as_reviewed(items: Ledger, whole: Ledger, lines: Sequence[Line], seat: str) -> Ledger:
    """Return the ledger of a seat with what it knows of a review: what falls due is on the table for all to see.

    Args:
        items: what it knows of before the review.
        whole: the whole ledger.
        lines: the lines of the review that it heard.
        seat: the seat.
    """
    due = {(item.line, item.kind): item for item in whole if item.account}  # a line may propose and promise beside
    terms = [item for item in due.values() if item.kind == "term" and seat in item.visible_to]
    known = tuple(_unreported(due.get((item.line, item.kind), item)) for item in (*items, *terms))
    for line in lines:
        known = reported(known, line)
    return tuple(_as_closed(item, due.get((item.line, item.kind), item)) for item in known)


def _as_closed(item: Item, whole: Item) -> Item:
    """Return an entry with what the review came to, once it is over: the minutes tell everybody."""
    if item.account is None or whole.account is None or not whole.account.closed:
        return item
    return replace(item, state=whole.state, history=whole.history, account=replace(item.account, closed=True))


def _unreported(item: Item) -> Item:
    if item.account is None:
        return item
    account = item.account
    return replace(
        item,
        account=Account(account.owner, harmed=account.harmed, saved=account.saved, concerned=account.concerned),
    )
