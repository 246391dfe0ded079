"""Reviews in prompts: what falls due, what a seat is asked, and the point of a directed turn."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sandbox.content.acts import has
from sandbox.content.cards import OFFICIALS, RESIDENTS, Kind
from sandbox.content.language import Lang
from sandbox.content.seat_card import Point
from sandbox.content.templates import marked
from sandbox.game.game import Game
from sandbox.game.language.gist import gist
from sandbox.game.language.wording import opening, takes_up
from sandbox.game.ledger.entries import Item, as_taken
from sandbox.game.ledger.matters import WHOLE, answering_for, aside, brief_matter, matter
from sandbox.game.ledger.promises_lost import lost_with
from sandbox.game.minutes.settled import told_few, told_lapses
from sandbox.game.motions.hanging import brought
from sandbox.game.review.due import (
    MOST_REPORTED,
    answering,
    concerns,
    due_matters,
    goes_on,
    names_nobody,
    on_behalf,
    pending,
    topics,
    within,
)
from sandbox.game.review.reporting import CLAIMS, in_its_words, last_report
from sandbox.game.review.reviewing import Move, beside_by_rule, review_move
from sandbox.game.review.standing import replaced_by
from sandbox.game.review.verdict import closed
from sandbox.game.review.witnesses import speaks_of
from sandbox.game.state import Floor, State, stage_lines
from sandbox.game.view import SeatView
from sandbox.record.line import ALL

# A report names at most so many questions; if there are more, it says how many.
_MOST_NAMED = 2
# Most characters for a matter whose report has been confirmed or denied.
_SHORT: dict[Lang, int] = {"en": 72, "zh": 28}
# Most characters of a promise that is quoted aloud.
_QUOTED: dict[Lang, int] = {"en": 80, "zh": 30}
# Most characters of what an earlier report said of a matter.
_SAID: dict[Lang, int] = {"en": 150, "zh": 60}
# Groups of people who speak of a year alike.
_GROUPS: dict[str, tuple[Kind, ...]] = {
    "officials": (*OFFICIALS, "host"),
    "frontline": ("frontline", "broker"),
    "providers": ("provider", "expert"),
    "residents": RESIDENTS,
}


def review_shown(
    game: Game, state: State, view: SeatView, floor: Floor, read: Collection[str], told: Collection[str]
) -> dict[str, Any]:
    """Return what a prompt shows of a review: what falls due, and what the seat is asked; empty in other stages.

    - Matters that concern the seat (it answers for them, asked for or promised them, or they were for it) are shown in
      full until others have spoken to them, then in a few words.
    - Matters that the seat is asked about stand there, with the gist of a report whose line it may not ``read`` in
      full.
    - Of all other matters it shows who answers for them, and what was said; of a promise whose line the minutes have
      not ``told``, also in few words what it is.
    """
    if not view.stage.reviews:
        return {"review": "", "review_asks": ""}
    own = answering(view.ledger, view.seat) if has(floor["acts"][0], "reports") else []
    due = pending(view.ledger)
    open_ones = [item.account.owner for item in due if item.account and not goes_on(item)]
    said = speaks_of(game, state, view.ledger, view.lines, view.seat)
    last = {item.line for item in last_report(view.ledger, view.lines)}
    asked = {item.line for item in (*own, *said)}
    matters = due_matters(view.ledger)
    theirs = {head.line for head, others in matters if any(concerns(item, view.seat) for item in (head, *others))}
    theirs -= asked
    own_sheet = [(item, _shown(game, item, others)) for item, others in matters if item.line in theirs]
    rest = [_shown(game, item, others) for item, others in matters if item.line not in theirs]
    return {
        "review": game.templates.piece(
            "review_free",
            due=[entry for item, entry in own_sheet if not _spoken_to(item)],
            settled=[
                {**entry, "matter": opening(brief_matter(game, item), _SHORT[game.spec.lang])}
                for item, entry in own_sheet
                if _spoken_to(item)
            ],
            reported=[entry for entry in rest if entry["report"]],
            unreported=_by_owner(game, rest, told),
            gone=[
                (each.says, each.year, new)
                for each in game.spec.start.standing
                if (new := replaced_by(game, state["ledger"], each, state["decisions"])) not in ("", each.says)
            ],
            by_half=game.weighs_review,
            hears_all=game.hears_all,
            put=any("answers" in news for news in state["desk"]["news"] if news["stage"] == view.stage.id),
            lapses=[entry for entry in told_lapses(game, view.ledger) if entry["seat"] == view.seat],
        ),
        "review_asks": game.templates.piece(
            "review_asks",
            own=[
                (
                    item.line,
                    matter(game, item, WHOLE),
                    [(each.line, matter(game, each, WHOLE)) for each in within(view.ledger, item, view.seat)],
                    _shown(game, item)["concerned"],
                    on_behalf(game, item),
                    [_name(game, seat) for seat in (item.account.doers if item.account else ()) if seat != view.seat],
                    aside(game, item),
                    _in_part(view, item),
                    item.account is not None and item.account.ungranted == "withheld",
                    _beside_lost(game, state, item) if game.weighs_review else "",
                    game.spec.weighs_review and names_nobody(game, item),
                    _to_itself(item),
                )
                for item in own
                if not goes_on(item)
            ],
            as_before=[_shown(game, item) for item in own if goes_on(item)],
            report=[_shown(game, item) for item in said if item.line in last],
            earlier=[
                {**_shown(game, item), "said": _said(game, view, item, read)} for item in said if item.line not in last
            ],
            asides=[item.line for item in said if aside(game, item)],
            concerned=[item.line for item in said if item.account and view.seat in item.account.concerned],
            paying=[item.line for item in said if item.account and view.seat in item.account.paying],
            decided_by_others=not all(_to_itself(item) for item in own),
            own_account=game.hears_all,
            struck=any(news.get("strikes") for news in state["desk"]["news"] if news["stage"] == view.stage.id),
            doing=[item.line for item in said if item.account and view.seat in item.account.doers],
            most=MOST_REPORTED,
            asked=bool(view.questions),
            due=len(open_ones),
            all_told=not due,
            owners=list(Counter(_name(game, owner) for owner in open_ones).items()),
        ),
    }


def _to_itself(item: Item) -> bool:
    """Return whether whoever answers for a promise of somebody away is the only seat it was for, if each is heard."""
    account = item.account
    return account is not None and account.hears_all and account.concerned == {account.owner}


def _beside_lost(game: Game, state: State, item: Item) -> str:
    """Return the motion beside which a promise was made that was rejected, or instead of which another was carried."""
    rejected = any(taken["motion"] == item.beside for taken in state["decisions"] if not taken["carried"])
    lost = lost_with(game, state["ledger"], state["decisions"], item)
    return item.beside if rejected else lost.line if lost else ""


def _in_part(view: SeatView, item: Item) -> str:
    """Return the line in which a seat last said that it meets a condition only in part; empty if it did not."""
    asks = [by for by, _ in brought(view.ledger, item.says)] if item.kind == "term" else []
    own = [line for line in view.heard if line["seat"] == view.seat]
    said = [(line["id"], line["takes_on"][by]) for line in own for by in asks if by in line.get("takes_on", {})]
    return said[-1][0] if said and said[-1][1] == "part" else ""


def _said(game: Game, view: SeatView, item: Item, read: Collection[str]) -> str:
    """Return the gist of what a report said of an entry; empty if its line is shown or does not speak of the entry."""
    lang, report = game.spec.lang, item.account.report if item.account else ""
    says = next((line["says"] for line in view.lines if line["id"] == report and report not in read), "")
    matter = in_its_words(game, item)
    return gist(says, _SAID[lang], matter) if takes_up(says, matter, lang) else ""


def _spoken_to(item: Item) -> bool:
    """Return whether a seat whose word counts has confirmed or denied what was reported on an entry."""
    return item.account is not None and bool(item.account.counts)


def _by_owner(game: Game, entries: Sequence[dict[str, Any]], told: Collection[str]) -> list[tuple[str, list[str]]]:
    """Return the entries that wait for a report, by those who answer for them."""
    owned: dict[str, list[str]] = {}
    for entry in entries:
        if not (entry["report"] or entry["before"]):
            untold = game.weighs_review and entry["promised"] not in ("", *told)
            what = game.words("gap") + marked(opening(entry["matter"], _SHORT[game.spec.lang])) if untold else ""
            owned.setdefault(entry["answering"], []).append(entry["line"] + what)
    return list(owned.items())


def _shown(game: Game, item: Item, others: Sequence[Item] = ()) -> dict[str, Any]:
    """Return an entry that falls due in words, with ``others`` that are one matter with it.

    The fields say who answers for it, for whom it was, what was reported and by whom, and who confirmed or denied that.
    """
    account = item.account
    claim = account.claim if account else ""
    state = closed((item,))[0].state if claim else claim
    stands = game.words.of("state", state) if state != claim else ""
    if stands and state == "moot" and account and account.ungranted and game.spec.hears_all:
        stands = game.words("review.never_granted")
    return {
        "line": game.words("review.with", line=item.line, others=[each.line for each in others])
        if others
        else item.line,
        "promised": item.line if item.kind == "promise" else "",
        "matter": game.words("semi").join(matter(game, each) for each in (item, *others)),
        "owner": _name(game, account.owner if account else item.owner),
        "joined": [_name(game, seat) for seat in account.joined] if account else [],
        "answering": answering_for(game, item),
        "reporter": _name(game, account.reporter if account else item.owner),
        "behalf": on_behalf(game, item),
        "unnamed": game.spec.weighs_review and names_nobody(game, item),
        "report": account.report if account else "",
        "claim": claim,
        "stands": stands,
        "before": account.before if account and goes_on(item) else "",
        "stood": {how: [_name(game, seat) for seat in sorted(seats)] for how, seats in account.stood.items()}
        if account
        else {},
        "concerned": _for_whom(game, item),
        "few": told_few(game, account),
    }


def _for_whom(game: Game, item: Item) -> list[str]:
    """Return the names of the seats for which something was; "everyone" if it was for all in the room.

    Though what all were promised is told of by few of them, it was for everyone.
    """
    whom = item.account.concerned if item.account else frozenset[str]()
    others = len(whom) > 1 and whom >= {*item.visible_to} - {item.owner} and ALL in (item.promised_to or (ALL,))
    others = others or (game.weighs_review and bool(whom) and ALL in item.promised_to)
    return [game.words("everyone")] if others else [_name(game, seat) for seat in sorted(whom)]


def _name(game: Game, seat: str) -> str:
    return game.personas[seat].name.get(game.spec.lang)


def review_point(game: Game, state: State, floor: Floor) -> Point:
    """Return the point of a directed turn in a review: a move by rule, in words of the seat's own or of its group."""
    move = review_move(game, state, floor)
    claim = move.item.account.claim if move.item is not None and move.item.account else ""
    if has(move.act, "reports"):
        kind = str(next(outcome for trait, outcome in CLAIMS if has(move.act, trait)))
    elif claim and has(move.act, "supports"):
        kind = f"confirms_{claim}"
    elif claim and has(move.act, "opposes"):
        kind = f"denies_{claim}"
    else:
        kind = "tells"
    seat, before = floor["seat"], stage_lines(state)
    group = _group(game, seat)
    told = _told(game, move.item) if move.item is not None else ""
    topic = _topic(game, move.item, group) if move.item is not None else ""
    texts = defaultdict[str, list[str]](list)
    for row in filter(None, game.templates.render("review_lines", matter=told).splitlines()):
        key, text = row.split(": ", maxsplit=1)
        texts[key].append(_after_question(text, told))
    # First the seat's own words, once; then words on such a matter, and each time the next of its group's words. A seat
    # that was against the decision uses the words of such seats.
    alike = [line["seat"] for line in before if _group(game, line["seat"]) == group and line["act"] == move.act]
    against = texts[f"{kind}.{group}.against"] if move.item is not None and _against(state, move.item, seat) else []
    own = texts[f"{kind}.{game.spec.personas.get(seat, seat)}"] if seat not in alike and not against else []
    words = [*own]
    for shared in [against] if against else [texts[f"{kind}.{group}.{topic}"], texts[f"{kind}.{group}"]]:
        first = int(len(shared) * game.drawn(f"review_words:{kind}:{group}:{told}")) + len(alike)
        words += (shared[(first + place) % len(shared)] for place in range(len(shared)))
    # Nobody repeats words that were said, also of another matter; if all were, the oldest are used.
    parts = {text: max(text.split(told), key=len) if told else text for text in words}
    last = {
        text: max((n for n, line in enumerate(before) if parts[text] in line["says"]), default=-1) for text in words
    }
    says = _named(game, state, move) + min(words, key=last.__getitem__) + _beside(game, state, move, seat)
    stage = game.stages[state["stage"]].id
    to = None if move.to == ALL else move.to
    return Point(id="review", stages=(stage,), act=move.act, to=to, says=says)


def _topic(game: Game, item: Item, group: str) -> str:
    """Return the topic of a matter, for choosing words; empty for officials on money not paid by the government."""
    topic = next(iter(topics(game, item)), "")
    known = game.scenario.decision_by_id
    pay = (known[key].options[option].paid_by for key, option in item.terms.items() if key in known)
    return "" if topic == "payer" and group == "officials" and not any("government" in paid for paid in pay) else topic


def _against(state: State, item: Item, seat: str) -> bool:
    """Return whether a seat voted against what was decided or, without a vote, objected to its motion."""
    since = item.history[0][0] if item.history else ""
    return item.kind == "term" and (
        seat in item.objectors
        or any(
            not decision["votes"].get(seat, seat not in as_taken(state["ledger"], decision).objectors)
            for decision in state["decisions"]
            if decision["carried"] and decision["id"] == since
            if item.terms.items() <= decision["terms"].items() and (item.terms or item.says in decision["condition"])
        )
    )


def _named(game: Game, state: State, move: Move) -> str:
    """Return the words that name a matter which was reported beside another; empty for the main matter of a report."""
    if move.item is None or move.item.account is None or has(move.act, "reports"):
        return ""
    report = next((line for line in state["lines"] if move.item.account.report == line["id"]), None)
    main = next((item for item in state["ledger"] if report is not None and item.line == report["about"]), move.item)
    told = _told(game, move.item)
    if told == _told(game, main):
        return ""
    return told + (" " if told.endswith("?") else game.words("colon"))


def _beside(game: Game, state: State, move: Move, seat: str) -> str:
    """Return what is said of other matters that ended otherwise than the one at hand; empty if there are none."""
    if move.item is None:
        return ""
    items = {item.line: item for item in state["ledger"]}
    also = beside_by_rule(game, state, seat, move.act, move.item.line)
    matters = defaultdict[str, list[str]](list)
    for line, came in also.items():
        if came != move.came:
            questions = _questions(game, items[line])
            matters[came] += map(_within, questions) if questions else [_promised(game, items[line])]
    gap = "" if game.spec.lang == "zh" else " "
    return "".join(
        gap + game.words(f"review.but.{came}", matters=[*dict.fromkeys(each)]) for came, each in matters.items()
    )


def _told(game: Game, item: Item) -> str:
    """Return a short name for the matter of a report: the questions that were settled, or else the promise."""
    questions = _questions(game, item)
    if len(questions) > _MOST_NAMED:
        return game.words("review.told.all", count=len(questions))
    if not questions:
        return _promised(game, item)
    first, *others = questions
    key = "review.told.both" if others else "review.told.one"
    return game.words(key, first=first, second="".join(map(_within, others)))


def _promised(game: Game, item: Item) -> str:
    """Return a promise as it is quoted aloud: no more of it than names it, and no dots, which nobody says."""
    return brief_matter(game, item, _QUOTED[game.spec.lang]).replace("… ", "")


def _questions(game: Game, item: Item) -> list[str]:
    """Return the questions that an entry settles, as they are said within a sentence: without a question mark."""
    return [question.rstrip("?？") for question, _ in game.in_words(item.terms)]


def _within(question: str) -> str:
    """Return a question as it goes on a sentence."""
    return question[:1].lower() + question[1:]


def _after_question(text: str, told: str) -> str:
    """Return words on a matter; if its name ends as a question, what follows is a sentence of its own."""
    before, named, after = text.partition(told + ": ")
    return f"{before}{told} {after[:1].upper()}{after[1:]}" if named and told.endswith("?") else text


def _group(game: Game, seat: str) -> str:
    return next(name for name, kinds in _GROUPS.items() if game.personas[seat].kind in kinds)
