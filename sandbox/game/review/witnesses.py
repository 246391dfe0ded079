"""What a seat can tell in a review of what others report, and what waits for its word."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sandbox.content.acts import has
from sandbox.game.game import Game
from sandbox.game.language.questions import called
from sandbox.game.ledger.entries import Account, Item, Ledger
from sandbox.game.motions.conditions import named
from sandbox.game.review.concern import in_the_open, wants
from sandbox.game.review.due import MOST_REPORTED, topics
from sandbox.game.review.reporting import heard_in_review, last_report, reportable, reported_of, unreported
from sandbox.game.state import State
from sandbox.record.line import Line

# How often a seat is asked of what was for it and of which it says nothing.
_MOST_PUT = 2
# Of how many entries that were for it or that it pays for a seat is asked at most, where each is heard: it need not
# speak of them aloud.
_MOST_ASKED = 8
# How often each seat was asked of each entry that was for it, by seat and line.
_Put = Mapping[str, Counter[str]]


def decided_for(known: Knowledge) -> int:
    """Return how many decided options were for a seat, or are paid for by it, of the entries that it can speak of."""
    return sum(item.kind == "term" and bool(item.terms) for item in known.concerned)


class Knowledge(NamedTuple):
    """The entries of a report that a seat can speak of: those it was for or pays for, and others it can know of."""

    concerned: tuple[Item, ...]
    others: tuple[Item, ...]


def knows(game: Game, state: State, items: Sequence[Item], seat: str) -> Knowledge:
    """Return the entries whose outcome a seat can tell: those that concern it, and others it can know of.

    A seat can know of what it wanted or is named in. Residents know of a decided option or condition that they live
    with, and of promised work where they pass; those whose work government money pays know of that money. Whoever
    reported on a matter is no witness of it. Residents cannot know others' rents, or work inside houses that are not
    theirs: these are left to the papers.
    """
    known = [item for item in items if item.account and item.account.reporter != seat and seat in item.visible_to]
    concerned = tuple(item for item in known if item.account and seat in item.account.heeded)
    return Knowledge(
        concerned,
        tuple(item for item in known if item not in concerned and _can_know(game, state, item, seat)),
    )


def _can_know(game: Game, state: State, item: Item, seat: str) -> bool:
    if not item.terms:
        return in_the_open(game, item, seat) if seat in game.residents else seat in named(game, item.says, [seat])
    return (item.kind != "promise" and _feels(game, item, seat)) or wants(
        game, state["ledger"], item, state["lines"], seat
    )


def _feels(game: Game, item: Item, seat: str) -> bool:
    """Return whether a seat lives with what was decided, or is paid by it."""
    if seat in game.residents:
        return not {"payer", "reporting"}.intersection(topics(game, item)) or "residents" in _payers(game, item)
    return "payer" in topics(game, item) and game.personas[seat].kind == "provider"


def _payers(game: Game, item: Item) -> set[str]:
    known = game.scenario.decision_by_id
    return {payer for key, option in item.terms.items() for payer in known[key].options[option].paid_by}


def unwitnessed(
    items: Ledger,
    talk: Sequence[Line],
    seat: str,
    asked: Counter[str] | None = None,
    *,
    again: bool = False,
    itself: bool = False,
) -> list[Item]:
    """Return the reported matters that wait for a word of a seat, among those reported since it last spoke.

    These are matters that nobody has spoken to, and matters that concern the seat and to which no seat concerned (with
    ``itself``: not this seat) has spoken. What was reported as broken does not count. With ``again``, also matters that
    it left out when it last spoke, and broken ones. With ``asked``, only matters of which it was never asked.
    """
    reports = {line["id"]: place for place, line in enumerate(talk) if seat in line["visible_to"]}
    last = max((place for place, line in enumerate(talk) if speaks_to(line, seat)), default=-1)
    return [
        item
        for item in items
        if item.account and item.account.claim and not item.account.within
        if item.account.claim != "broken" or (again and seat in item.account.heeded)
        if not item.account.closed
        if not _heard(item, seat, itself=itself) and item.account.report in reports
        if reports[item.account.report] > last
        or (seat in item.account.heeded and (again or (asked is not None and not asked[item.line])))
    ]


def is_to_do(item: Item, seat: str) -> bool:
    """Return whether a seat is to do an entry: its yes would confirm nothing, so it gets no floor for that."""
    return item.account is not None and seat in item.account.doers


def _heard(item: Item, seat: str, *, itself: bool = False) -> bool:
    """Return whether enough has been said to the report on an entry that another word of a seat is not needed.

    If the seat is concerned, one word of any concerned seat is enough, or, with ``itself``, only its own, as when it
    asked for the thing.
    """
    account = item.account
    itself = itself or (account is not None and account.first == seat)
    spoke = account.witnessed.keys() if account else set[str]()
    whose = {seat} if itself else account.heeded if account else frozenset[str]()
    return bool(spoke & whose if account and seat in account.heeded else spoke)


def speaks_to(line: Line, seat: str) -> bool:
    """Return whether a line is a seat's own and no report."""
    return line["seat"] == seat and not has(line["act"], "reports")


def speaks_of(game: Game, state: State, items: Ledger, talk: Sequence[Line], seat: str) -> list[Item]:
    """Return the entries that a seat speaks of when it reports on none.

    These are entries of the last report that it has not spoken of, entries it is asked about, and entries of earlier
    reports to which only their owner has spoken, or no concerned seat if this seat is concerned. First come those that
    concern it and those it is asked about. In free play there follow those that concern it and to which others have
    spoken: first where no concerned seat has, then what it asked for, then what concerned fewest. Nobody is asked a
    second time before all concerned seats were asked once, nor a third time.

    Args:
        game: the game.
        state: where the session stands.
        items: the ledger as the seat knows it.
        talk: the lines of the review that it heard.
        seat: the seat.
    """
    put = put_to_each(game, state, items, talk) if game.style == "free" else defaultdict[str, Counter[str]](Counter)
    return _speaks_of(game, state, items, talk, seat, put)


def _speaks_of(game: Game, state: State, items: Ledger, talk: Sequence[Line], seat: str, put: _Put) -> list[Item]:
    last = [item for item in last_report(items, talk) if item.account and seat not in item.account.said]
    known = knows(game, state, last, seat)
    about = reported_of(items, talk[-1]["about"]) if talk and called(game, talk[-1], [seat]) else None
    able = reportable(items, seat, "answer")
    asked = [about] if about and about not in known.concerned and about.line in able else []
    free = game.spec.style == "free"
    waits = unwitnessed(items, talk, seat, again=True, itself=free)
    earlier = knows(game, state, [item for item in waits if item not in (*last, *asked)], seat)
    most = _MOST_ASKED if game.hears_all else MOST_REPORTED
    theirs = sorted((item for item in earlier.concerned if _may_be_put(item, seat, put)), key=_pressing(seat, put))
    first = [*known.concerned, *asked, *theirs[: max(0, most - len(known.concerned) - len(asked))]]
    others = [item for item in (*known.others, *earlier.others) if item not in asked]
    return [*first, *others[: max(0, MOST_REPORTED - len(first))]]


def put_to_each(game: Game, state: State, items: Ledger, talk: Sequence[Line]) -> defaultdict[str, Counter[str]]:
    """Return how often each seat, when it spoke, was asked about each entry that concerns it."""
    put = defaultdict[str, Counter[str]](Counter)
    known = tuple(unreported(item) for item in items)
    for place, line in enumerate(talk):
        seat = line["seat"]
        if speaks_to(line, seat):
            said = _speaks_of(game, state, known, talk[:place], seat, put)
            put[seat].update(item.line for item in said if item.account and seat in item.account.heeded)
        known = heard_in_review(game, known, line)
    return put


def _may_be_put(item: Item, seat: str, put: _Put) -> bool:
    """Return whether a seat may be asked about an entry that concerns it: once, and again after all others were."""
    account, times = item.account or Account(item.owner), put[seat][item.line]
    others = (put[other][item.line] for other in account.heeded if other not in (seat, *account.said))
    return times < _MOST_PUT and (not times or times <= min(others, default=times))


def _pressing(seat: str, put: _Put) -> Callable[[Item], tuple[bool, bool, bool, bool, int, bool, int]]:
    """Return the sort key of entries that a concerned seat may speak of: first those nobody else could tell of.

    If a review weighs how many have spoken, those it was not asked about yet come before all others, and of these first
    what was reported as broken; but if each is heard, what was decided comes before what was promised.
    """

    def key(item: Item) -> tuple[bool, bool, bool, bool, int, bool, int]:
        account = item.account or Account(item.owner)
        told, again = not account.heeded.isdisjoint(account.witnessed), put[seat][item.line]
        late = account.by_half and bool(again)
        broken = account.claim == "broken"
        promised = account.hears_all and item.kind != "term"
        return late, promised, broken != account.by_half, told, again, account.first != seat, len(account.concerned)

    return key
