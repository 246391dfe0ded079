"""The rule of inclusion: whether newcomers and locals shape what is decided, and whoever objects is answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sandbox.content.acts import Trait, has
from sandbox.game.motions.counting import counted
from sandbox.game.motions.hanging import hangs_on, traced
from sandbox.game.session import Session
from sandbox.record.line import Line
from sandbox.scoring.assessment import terms_settled
from sandbox.scoring.counted import CountedLevel, only

_TAKES_PART: tuple[Trait, ...] = ("asks", "answers", "wants", "opposes", "escalates")


def shaped_alike(session: Session) -> CountedLevel:
    """Whether a newcomer's point changes the terms, and whether those who object give way or are answered (FO)."""
    residents = {seat: session.game.personas[seat].registered for seat in session.game.residents}
    groups = [{seat for seat, here in residents.items() if here is wanted} for wanted in (False, True)]
    bound, decisions = terms_settled(session), session.carried
    if not all(groups) or not bound:
        return CountedLevel(None, case="undecided" if all(groups) else "one_group")
    (newcomers, locals_), evidence = groups, tuple(decision["id"] for decision in decisions)
    stages = {decision["stage"] for decision in decisions}
    unheard = {
        seat: [line["id"] for line in _stands_against(session, seat, stages) if not _answered(session, line)]
        for seat in residents
    }
    shaped = [*_first_put(session, newcomers, bound), *(line for line, _ in conditions_bound(session, newcomers))]
    if shaped:
        contested = [name for seat in sorted(locals_) for name in unheard[seat]]
        return CountedLevel(4 if contested else 5, (*shaped, *contested, *evidence))
    aloud = [
        name
        for group in groups
        if not _carried(session, group, bound) and not conditions_bound(session, group)
        for seat in sorted(group)
        for name in unheard[seat]
    ]
    if aloud:
        sides = {residents[line["seat"]] for line in session.lines if line["id"] in aloud}
        return CountedLevel(1, (*aloud, *evidence), only({False: "newcomers", True: "locals"}, sides))
    ballots = [vote for decision in decisions for vote in counted(session.game, decision).votes.items()]
    votes = [[vote for seat, vote in ballots if seat in group] for group in groups]
    spoke = [
        line["id"]
        for line in session.lines
        if not line["vote"]
        and (
            (line["seat"] in newcomers and any(has(line["act"], trait) for trait in _TAKES_PART))
            or (line["to"] in newcomers and has(line["act"], "asks"))
        )
    ]
    silent = any(cast and not any(cast) for cast in votes)
    if not spoke or silent:
        return CountedLevel(2, evidence, "against" if spoke else "unheard")
    return CountedLevel(3, (*spoke, *evidence))


def _stands_against(session: Session, seat: str, stages: set[str]) -> list[Line]:
    """Return the objections and refusals of a seat in some stages that it has not taken back since."""
    standing: list[Line] = []
    for line in session.in_stages(stages):
        if line["seat"] == seat and not line["vote"]:
            if has(line["act"], "opposes"):
                standing.append(line)
            elif has(line["act"], "supports"):
                standing = []
    agreed = any(decision["votes"].get(seat) for decision in session.carried)
    return [] if agreed else standing


def _answered(session: Session, objection: Line) -> bool:
    return any(
        line["to"] == objection["seat"] and line["seat"] != objection["seat"] and has(line["act"], "grants")
        for line in session.after(objection["id"])
    )


def _first_put(session: Session, seats: set[str], bound: Mapping[str, str]) -> list[str]:
    """Return the lines by which some seats, before all others, put an option that was decided."""
    known: set[tuple[str, str]] = set()
    wanting = _wanting(session)
    first: list[str] = []
    for line in session.lines:
        new = {(key, option) for key, option in line["terms"].items() if bound.get(key) == option} - known
        if new and line["seat"] in seats and line["id"] in wanting:
            first.append(line["id"])
        known |= new
    return first


def conditions_bound(session: Session, seats: Collection[str]) -> list[tuple[str, str]]:
    """Return the lines by which some seats first brought a condition of a carried decision, each with the decision.

    If the condition stands in other words that replaced theirs, the seat must have voted for the decision.
    """
    return [
        (item.line, decision["id"])
        for decision in session.carried
        for item, part in traced(session.items, decision["condition"])
        if item.owner in seats and (part in hangs_on(item.condition) or decision["votes"].get(item.owner))
    ]


def _carried(session: Session, seats: set[str], bound: Mapping[str, str]) -> bool:
    def carried(terms: Mapping[str, str]) -> bool:
        return any(bound.get(key) == option for key, option in terms.items())

    wanting = _wanting(session)
    put = any(line["seat"] in seats and line["id"] in wanting and carried(line["terms"]) for line in session.lines)
    return put or any(item.supporters & seats and carried(item.terms) for item in session.entries("proposal"))


def _wanting(session: Session) -> set[str]:
    """Return the lines whose options their speaker wants: counter-offers made by an objection are among them."""
    offered = {item.line for item in session.entries("proposal")}
    return {line["id"] for line in session.lines if not line["vote"] and has(line["act"], "wants")} | offered
