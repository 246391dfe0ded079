"""The rule of needs first: whether residents are asked, and answer, before an offer comes, and what that changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice, takewhile

from sandbox.content.acts import has
from sandbox.game.language.answered import unanswered
from sandbox.game.language.questions import called, ends_in_question
from sandbox.game.motions.standing_for import counter_offers
from sandbox.game.session import Session
from sandbox.record.line import ALL, Line
from sandbox.scoring.assessment import terms_settled
from sandbox.scoring.counted import CountedLevel
from sandbox.scoring.inclusion import conditions_bound


def asked_first(session: Session) -> CountedLevel:
    """Whether residents are asked before an offer is put to them, and whether that changes it (LA, FO).

    What they are asked in a review, a year later, comes after every offer.
    """
    motions = motions_put(session)
    offers = [line for line in motions if line["seat"] not in session.game.residents]
    if not offers:
        return CountedLevel(None, tuple(line["id"] for line in motions[:1]), "own_alone" if motions else "no_offer")
    lines = [line for line in session.lines if line["stage"] not in session.game.able("reviews")]
    asked = [line for line in lines if asks_residents(session, line)]
    order = {line["id"]: place for place, line in enumerate(session.lines)}
    if not asked:
        opens = next(line for line in session.lines if line is offers[0] or _names_own(session, line, motions))
        if opens is not offers[0]:  # residents said unasked what they want, so no finished offer came first
            return CountedLevel(None, (opens["id"], offers[0]["id"]), "own_first")
        among = any(_asks_others(session, line) for line in lines)
        return CountedLevel(1, (offers[0]["id"],), notes=("among",) if among else ())
    before = [line for line in asked if heard_from(session, line, before=offers[0]["id"])]
    question = next(iter(before), None) or next((line for line in asked if heard_from(session, line)), asked[0])
    place, first = order[question["id"]], bool(before)
    own = [bound for bound in conditions_bound(session, session.game.residents) if order.get(bound[0], 0) > place]
    changed = _changed(session, place, motions, order) or (own[0] if own else ())
    evidence = (question["id"], offers[0]["id"], *changed)
    return CountedLevel((5 if first else 4) if changed else (3 if first else 2), evidence)


def motions_put(session: Session) -> list[Line]:
    """Return proposals, counter-offers and a chair's decisions, without those that only draft a section of a plan."""
    counters = counter_offers(session.items, session.lines)
    return [
        line
        for line in session.lines
        if (has(line["act"], "proposes") or has(line["act"], "binds") or line["id"] in counters)
        and not line["vote"]
        and (line["terms"] or not line["section"])
    ]


def asks_residents(session: Session, line: Line) -> bool:
    """Return whether a line of another seat puts a question to a resident, by its act or at the end of the line.

    A question to everybody is put to the residents who hear it, unless its words name another seat.
    """
    return line["seat"] not in session.game.residents and _asks_others(session, line)


def _asks_others(session: Session, line: Line) -> bool:
    """Return whether a line puts a question to a resident other than its speaker, which may be one as well."""
    residents = session.game.residents - {line["seat"]}
    if line["vote"]:
        return False
    hear, named = residents.intersection(line["visible_to"]), called(session.game, line, line["visible_to"])
    by_act = has(line["act"], "asks") and (line["to"] in hear or (line["to"] == ALL and bool(hear) and not named))
    return by_act or (ends_in_question(line) and named in hear)


def heard_from(session: Session, question: Line, before: str = "") -> bool:
    """Return whether a resident who was asked by a line answered in its stage, perhaps ``before`` another line.

    A resident that asks something in its turn has not answered. A question to everybody is answered by any resident who
    hears it.
    """
    until = takewhile(lambda line: line["id"] != before, session.lines)
    lines = [line for line in until if line["stage"] == question["stage"]]
    if question not in lines:
        return False
    named, hear = called(session.game, question, question["visible_to"]), question["visible_to"]
    if named and any(line is question for line, _ in unanswered(session.game, lines, hear)):
        return False
    asked = session.game.residents.intersection([named] if named else hear) - {question["seat"]}
    since = (line for line in lines[lines.index(question) + 1 :] if line["seat"] in asked and not line["vote"])
    replies = since if not named else islice(since, 1)
    return any(not has(line["act"], "asks") for line in replies)


def _names_own(session: Session, line: Line, motions: Sequence[Line]) -> bool:
    """Return whether a resident says unasked what it wants: in a motion, or by the options that a line of it names."""
    return line["seat"] in session.game.residents and (line in motions or (bool(line["terms"]) and not line["vote"]))


def _changed(session: Session, after: int, offers: Sequence[Line], order: Mapping[str, int]) -> tuple[str, ...]:
    """Return a resident's line after a question, and what took up or changed an option because of it."""
    residents, bound = session.game.residents, terms_settled(session)
    for line in session.lines[after + 1 :]:
        if line["seat"] not in residents or line["vote"]:
            continue
        place = order[line["id"]]
        table = {
            key: option for offer in offers if order[offer["id"]] < place for key, option in offer["terms"].items()
        }
        own = line["terms"] if has(line["act"], "wants") else {}
        for offer in offers:
            if order[offer["id"]] > place and offer["seat"] != line["seat"]:
                new = {key for key, option in offer["terms"].items() if table.get(key, option) != option}
                taken = {key for key, option in own.items() if offer["terms"].get(key) == option != table.get(key)}
                if new or taken:
                    return line["id"], offer["id"]
        if any(bound.get(key) == option != table.get(key) for key, option in own.items()):
            return line["id"], *(decision["id"] for decision in session.carried)
    return ()
