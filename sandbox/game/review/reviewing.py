"""Who has the floor in a review, with which acts, and what a seat does there by rule."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from sandbox.content.acts import Trait, acts_with, has
from sandbox.content.cards import Act
from sandbox.game.floor.policy import Why, most_lines
from sandbox.game.game import Game
from sandbox.game.language.questions import called
from sandbox.game.ledger.entries import Account, Item, Ledger
from sandbox.game.motions.conditions import named
from sandbox.game.review.concern import in_the_open, wants
from sandbox.game.review.due import MOST_REPORTED, answering, goes_on, pending, reports_left, struck, topics
from sandbox.game.review.reporting import CLAIMS, heard_in_review, last_report, reportable, reported_of, unreported
from sandbox.game.state import Floor, State, discussion, stage_lines
from sandbox.record.line import ALL, Line, Outcome

REPORTS = acts_with("reports")
# A review settles nothing and puts nothing on the table.
_NEW: tuple[Trait, ...] = ("binds", "defers", "proposes", "promises", "hands_down")
# How often a seat is asked of what was for it and of which it says nothing.
_MOST_PUT = 2
# Of how many entries that were for it or that it pays for a seat is asked at most, where each is heard: it need not
# speak of them aloud.
_MOST_ASKED = 8
# How often each seat was asked of each entry that was for it, by seat and line.
_Put = Mapping[str, Counter[str]]
# How likely a seat is to report as broken what was struck, and what was not.
_ADMITS, _OWNS_UP = 0.6, 0.08
# How likely it is to deny a report that does not fit what happened: a resident, anybody else; and one that does.
_DENIES_AS_RESIDENT, _DENIES, _DOUBTS = 0.65, 0.35, 0.08


class Move(NamedTuple):
    """What a seat does by rule: its act, the addressee, the line it is about, and the entry it speaks of, if any.

    Further fields tell the outcome that the seat gives the entry.
    """

    act: Act
    to: str
    about: str
    item: Item | None
    came: Outcome | Literal[""] = ""


def review_floor(game: Game, state: State, limit: int) -> Floor | None:
    """Return who has the floor next in a review; None if all is reported and everybody was heard, or time is over.

    - Each matter that fell due is reported on, several of one owner together, and no owner reports twice in a row while
      others have something to report.
    - A report that something was kept is answered by one seat that can know of it, first one that it concerned; if that
      seat denies it, a second answers.
    - The limit bounds what else is said: a second voice on other reports, a voice on what was not kept, and in the end
      on matters that only their owner has spoken to.
    - On top of the limit come answers to questions, a seat concerned by the last report, one line for each seat that
      has been silent, and one for each seat concerned by a matter on which no seat concerned has spoken since the
      report. If each is heard whom something was for, also one line for each seat concerned that has answered to
      no report yet; these come before seats that only have been silent, and the limit bounds a word of all others
      concerned.

    What nobody in the room can know of is left to the papers.

    Args:
        game: the game.
        state: where the session stands.
        limit: the most lines beside these.
    """
    talk, room = discussion(state), game.present(game.stages[state["stage"]].id)
    passed = state["desk"]["passed"]
    due = [item for item in pending(state["ledger"]) if item.account and item.account.owner not in passed]
    left, unheard = limit - len(_other(game, talk, room)), _unheard(game, state, due)
    question = called(game, talk[-1], room) if talk else ""
    waits = bool(due or unheard) and len(talk) > 3 and len({line["seat"] for line in talk[-4:]}) == 2
    if question and question not in passed and not waits and (left >= 0 or has(talk[-1]["act"], "reports")):
        return _floor(game, question, "asked", asks=left > 0)
    confirms = _confirming(game, state, talk, left, reports_left(due), unheard)
    if confirms:
        return _floor(game, confirms, "confirms", asks=left > 0)
    if due:
        return _floor(game, _next_owner(talk, due), "reports")
    if game.hears_all and (witness := _bears_out(game, state, talk, all_of_it=False)):
        return _floor(game, witness, "confirms", asks=left > 0)
    if unheard:
        return _floor(game, unheard[0], "unheard", asks=left > 0)
    witness = _bears_out(game, state, talk, all_of_it=left > 0)
    return _floor(game, witness, "confirms", asks=left > 1) if witness else None


def _next_owner(talk: Sequence[Line], due: Sequence[Item]) -> str:
    """Return the seat that reports next: the one with the weightiest matter, but not twice in a row."""
    last = next((line["seat"] for line in reversed(talk) if has(line["act"], "reports")), "")
    owners = [item.account.owner for item in due if item.account]
    return next((seat for seat in owners if seat != last), last)


def review_limit(game: Game, state: State, limit: int) -> int:
    """Return how many lines a review has at most, including reports, answers and first lines that come on top."""
    talk, due = discussion(state), pending(state["ledger"])
    room = game.present(game.stages[state["stage"]].id)
    left = limit - len(_other(game, talk, room))
    left = max(left, len(_unheard(game, state, due)), int(state["floor"] is not None and not due))
    return len(talk) + reports_left(due) + left


def _unheard(game: Game, state: State, due: Sequence[Item]) -> list[str]:
    """Return the seats that have neither spoken nor something to report."""
    spoken = {line["seat"] for line in discussion(state)} | {item.account.owner for item in due if item.account}
    room = game.present(game.stages[state["stage"]].id)
    return [seat for seat in room if seat not in spoken and seat not in state["desk"]["passed"]]


def _other(game: Game, talk: Sequence[Line], room: Sequence[str]) -> list[Line]:
    """Return the lines that are neither reports nor answers to the line before; an answer that asks is among them."""
    return [
        line
        for place, line in enumerate(talk)
        if not has(line["act"], "reports")
        and not (place and called(game, talk[place - 1], room) == line["seat"] and not called(game, line, room))
    ]


def _confirming(game: Game, state: State, talk: Sequence[Line], left: int, due: int, unheard: Sequence[str]) -> str:
    """Return the seat that confirms or denies the last report next, or empty; ``due`` counts reports still to come."""
    items = last_report(state["ledger"], talk)
    if not items or items[0].account is None:
        return ""
    place = next(place for place, line in enumerate(talk) if items[0].account and line["id"] == items[0].account.report)
    report, owner = talk[place], items[0].account.reporter
    since = [line["seat"] for line in talk[place:] if line["seat"] != owner]
    spoken = Counter(line["seat"] for line in talk if not has(line["act"], "reports"))
    room, passed = game.present(report["stage"]), state["desk"]["passed"]
    most = max(1, most_lines(len(talk), len(room)))
    draw = game.draws(f"confirms:{report['stage']}:{len(talk)}", len(room))
    known = {seat: knows(game, state, [item for item in items if not _does(item, seat)], seat) for seat in room}
    free = game.style == "free"  # there each for whom something was is asked once before anybody is twice
    order = sorted(
        (
            spoken[seat] > most,
            game.hears_all and not _decided(known[seat]),
            game.hears_all and spoken[seat],
            -_asked_by(known[seat], seat),
            free and not known[seat].concerned,
            free and spoken[seat],
            -len(known[seat].concerned),
            -len(known[seat].others),
            spoken[seat],
            draw(),
            seat,
        )
        for seat in room
        if seat in report["visible_to"] and any(known[seat]) and seat not in (*since, *passed, owner)
    )
    if not order:
        return ""
    stands = [item.account for item in items if item.account and item.account.claim != "broken"]
    kept, denied = bool(stands), any(account.denied for account in stands)
    if (kept and not since) or (denied and len(since) < 2) or (not due and not since):
        return order[0][-1]
    # One line is kept for the last report.
    wanted = not since or (len(since) < 2 and left > due + len(unheard))
    return order[0][-1] if wanted and left > bool(due) else ""


def _bears_out(game: Game, state: State, talk: Sequence[Line], *, all_of_it: bool) -> str:
    """Return the seat that can speak to most matters with only their owner's word, concerned seats first; or empty.

    Unless ``all_of_it``, only concerned seats have the floor, and not for what goes on unchanged. If each is heard whom
    something was for, a seat concerned has it though another has spoken to the matter: with ``all_of_it``, or where it
    has answered to no report yet.
    """
    spoken = Counter(line["seat"] for line in talk)
    put = _put(game, state, state["ledger"], talk) if all_of_it and game.style == "free" else None
    able: list[tuple[int, int, int, int, str]] = []
    for seat in game.present(game.stages[state["stage"]].id):
        asked = put[seat] if put is not None else None
        itself = game.hears_all and (all_of_it or not any(_speaks_to(line, seat) for line in talk))
        waits = _unwitnessed(state["ledger"], talk, seat, asked, itself=itself)
        waits = [item for item in waits if not _does(item, seat)]
        known = knows(game, state, waits, seat)
        theirs = [item for item in known.concerned if all_of_it or not goes_on(item)]
        if (theirs or (all_of_it and known.others)) and seat not in state["desk"]["passed"]:
            decided = _decided(known) if game.hears_all else 0
            able.append((-decided, -len(theirs), -len(known.others), spoken[seat], seat))
    return min(able)[-1] if able else ""


def _unwitnessed(
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
    last = max((place for place, line in enumerate(talk) if _speaks_to(line, seat)), default=-1)
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


def _does(item: Item, seat: str) -> bool:
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


def _speaks_to(line: Line, seat: str) -> bool:
    return line["seat"] == seat and not has(line["act"], "reports")


def _asked_by(known: Knowledge, seat: str) -> int:
    """Return how many of the entries a seat can speak of it had asked for, or was promised."""
    return sum(item.account is not None and item.account.first == seat for item in known.concerned)


def _decided(known: Knowledge) -> int:
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


def _floor(game: Game, seat: str, why: Why, *, asks: bool = True) -> Floor:
    """Return the floor of a seat that reports on what it answers for, or else takes a stand on what was said."""
    own = [act for act in game.acts(seat) if not any(has(act, trait) for trait in _NEW)]
    own = [act for act in own if asks or not has(act, "asks")]
    acts: list[Act] = list(REPORTS) if why == "reports" else own or ["inform"]
    return {"seat": seat, "why": why, "acts": acts, "point": "", "phase": "discussion"}


def review_move(game: Game, state: State, floor: Floor) -> Move:
    """Return what the seat on the floor does by rule, drawn from what happened to the matter in question.

    An owner mostly admits that what was struck came to nothing, and reports as moot what a body did not carry.
    Residents deny a report that does not fit what happened more often than others. The odds are inferred.
    """
    seat, items = floor["seat"], state["ledger"]
    if has(floor["acts"][0], "reports"):
        item = answering(items, seat)[0]
        came = _came_to(game, state, item)
        return Move(
            _with(next(trait for trait, claim in CLAIMS if claim == came), floor["acts"]), ALL, item.line, item, came
        )
    said = speaks_of(game, state, state["ledger"], stage_lines(state), seat)
    if not said or said[0].account is None:
        return Move(_with("opens", floor["acts"]), ALL, "", None)
    seen = _came_to(game, state, said[0], seat)
    wanted: Trait = "doubts" if seen != said[0].account.claim else "votes_for"
    return Move(_with(wanted, floor["acts"]), said[0].account.reporter, said[0].line, said[0], seen)


def beside_by_rule(game: Game, state: State, seat: str, act: Act, about: str) -> dict[str, Outcome]:
    """Return what a seat says by rule of other matters than the one it speaks of; empty outside a review."""
    if has(act, "reports"):
        own = [item for item in answering(state["ledger"], seat) if item.line != about]
        others = [item for item in own if not goes_on(item)][: MOST_REPORTED - 1]
        return {item.line: _came_to(game, state, item) for item in (*others, *filter(goes_on, own))}
    if not (has(act, "supports") or has(act, "opposes")):
        return {}
    said = speaks_of(game, state, state["ledger"], stage_lines(state), seat)
    others = [item for item in said if item.line != about]
    return {item.line: _came_to(game, state, item, seat) for item in others}


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
    put = _put(game, state, items, talk) if game.style == "free" else defaultdict[str, Counter[str]](Counter)
    return _speaks_of(game, state, items, talk, seat, put)


def _speaks_of(game: Game, state: State, items: Ledger, talk: Sequence[Line], seat: str, put: _Put) -> list[Item]:
    last = [item for item in last_report(items, talk) if item.account and seat not in item.account.said]
    known = knows(game, state, last, seat)
    about = reported_of(items, talk[-1]["about"]) if talk and called(game, talk[-1], [seat]) else None
    able = reportable(items, seat, "answer")
    asked = [about] if about and about not in known.concerned and about.line in able else []
    free = game.spec.style == "free"
    waits = _unwitnessed(items, talk, seat, again=True, itself=free)
    earlier = knows(game, state, [item for item in waits if item not in (*last, *asked)], seat)
    most = _MOST_ASKED if game.hears_all else MOST_REPORTED
    theirs = sorted((item for item in earlier.concerned if _may_be_put(item, seat, put)), key=_pressing(seat, put))
    first = [*known.concerned, *asked, *theirs[: max(0, most - len(known.concerned) - len(asked))]]
    others = [item for item in (*known.others, *earlier.others) if item not in asked]
    return [*first, *others[: max(0, MOST_REPORTED - len(first))]]


def _put(game: Game, state: State, items: Ledger, talk: Sequence[Line]) -> defaultdict[str, Counter[str]]:
    """Return how often each seat, when it spoke, was asked about each entry that concerns it."""
    put = defaultdict[str, Counter[str]](Counter)
    known = tuple(unreported(item) for item in items)
    for place, line in enumerate(talk):
        seat = line["seat"]
        if _speaks_to(line, seat):
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


def _came_to(game: Game, state: State, item: Item, witness: str = "") -> Outcome:
    """Return the outcome of an entry as its owner, or a ``witness``, tells it by rule."""
    draw = game.drawn(f"review:{game.stages[state['stage']].id}:{state['turn']}:{item.line}")
    if item.account and item.account.lost:
        return "moot"
    if not witness:
        return "broken" if draw < (_ADMITS if struck(item) else _OWNS_UP) else "kept"
    claim: Outcome = (item.account and item.account.claim) or "kept"
    fits = claim in ("part", "moot") or struck(item) == (claim == "broken")
    denies = _DOUBTS if fits else _DENIES_AS_RESIDENT if witness in game.residents else _DENIES
    other: Outcome = "kept" if claim == "broken" else "broken"
    return other if draw < denies else claim


def _with(trait: Trait, acts: Sequence[Act]) -> Act:
    """Return the open act with a trait, or else the act by which a seat says how things are."""
    return next((act for act in acts if has(act, trait)), acts[0])
