"""A decision in words of one language: how it was taken, what it settles, on what it hangs and for what it waits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.content.words import Words
from sandbox.game.ledger.entries import as_taken
from sandbox.game.minutes.settled import held_beyond
from sandbox.game.motions.beyond import held_by
from sandbox.game.motions.conditions import owed_by, said_asked, who_fulfils, without_seat
from sandbox.game.motions.counting import Counted, counted, heard_on
from sandbox.game.motions.franchise import veto_key
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.motions.unwilling import carried_refused, refused_told
from sandbox.record.line import BODY, DecisionTaken
from sandbox.report.money_words import payer_text
from sandbox.report.reading import Reading
from sandbox.report.still_needed import waits
from sandbox.report.voting_words import needed_text, offices
from sandbox.scoring.holders import offices_without_seat, unheld

_OWN = re.compile(r"由?(?:我(?!们)|本人)|I\b")  # a condition that the seat that asks for it is to fulfil


@dataclass(frozen=True)
class ReadDecision:
    """A decision in words.

    Args:
        id: its id.
        carried: whether it was carried.
        how: how it was taken.
        terms: what it settles, as questions with options.
        left_open: questions of the case that it leaves open; none while another motion may still be put.
        sides: the names of those ``for`` and ``against``, of those who ``abstained``, and whose vote was ``uncast``.
        motion: the motion, by line.
        payer: how it is paid, beyond what its options and ``waits`` say.
        unbound: terms that the body cannot bind.
        condition: what it hangs on.
        waits: the bodies without a seat for which it waits, and the seats whose consent it lacks.
        settled: a sentence of how it was taken and what it settles.
        sentence: ``settled`` with what it hangs on.
        beside: ``payer`` and ``unbound`` in sentences.
    """

    id: str
    carried: bool
    how: str
    terms: tuple[tuple[str, str], ...]
    left_open: tuple[str, ...]
    sides: Mapping[str, tuple[str, ...]]
    motion: str
    payer: str
    unbound: str
    condition: str
    waits: tuple[str, ...]
    settled: str
    sentence: str
    beside: str


def conditions_told(reading: Reading, decision: DecisionTaken) -> dict[str, str]:
    """Return each condition of a decision, with its text as told: with the seats that refused what was carried."""
    refused = carried_refused(reading.spoken, reading.session.items, decision, reading.lines)
    return {part: refused_told(reading.game, part, refused) for part in hangs_on(decision["condition"])}


def who_sees_to(reading: Reading, decision: DecisionTaken) -> list[tuple[str, str]]:
    """Return each condition of a carried decision after the name of who is to fulfil it (empty if nobody is)."""
    spoken, items, room = reading.spoken, reading.session.items, reading.game.present(decision["stage"])

    def who(seat: str, condition: str) -> str:
        if seat in (said_asked(spoken, items, condition) or ()):
            return reading.person(seat)
        offices = reading.label.join(offices_without_seat(spoken, condition, room))
        names = seat if _OWN.match(condition) else owed_by(spoken, items, condition, "", room)
        return offices or (reading.person(names) if names else without_seat(spoken, condition, room))

    owed = who_fulfils(spoken, items, decision, room)
    return [(who(seat, condition), condition) for seat, condition in owed]


def read_decision(reading: Reading, decision: DecisionTaken) -> ReadDecision:
    """Return a decision in words."""
    label, lang, colon, stop = reading.label, reading.game.spec.lang, reading.label("colon"), reading.label("stop")
    votes, out, uncast = counted(reading.game, decision)[:3]
    terms, how = decision["terms"], _taken(reading, decision)
    lacks = {
        question: label.paren(label("decision.unheld.option" if any(seats) else "decision.unheld.seatless"))
        for question, *seats in unheld(reading.session, decision)
    }
    told = [
        (question, option + lacks.get(key, ""))
        for key in terms for question, option in reading.terms({key: terms[key]})
    ]  # fmt: skip
    conditions = conditions_told(reading, decision)
    for said in reading.answers(as_taken(reading.session.items, decision)):
        took = said.what in ("promised", "otherwise") and said.line != said.by
        if decision["carried"] and took and said.seat != decision["by"]:
            yes = label(f"ledger.said.{'part' if said.says else 'yes'}", line=said.line, says=said.says)
            conditions[said.condition] += label.paren(reading.name(said.seat) + colon + yes)
    condition = label("semi").join(conditions.values())
    others = [taken for taken in reading.decisions if taken["stage"] == decision["stage"]]
    waited = tuple(waits(reading, decision))
    paid = payer_text(reading.game, decision, reading.session.items, waited)
    going_on = decision["stage"] in [stage.id for stage in reading.game.stages[reading.session.state["stage"] :]]
    last = not others or others[-1]["id"] == decision["id"]  # a later one may settle what this leaves open
    last = last and (decision["carried"] or not going_on)
    open_ones = tuple(
        question.question.get(lang)
        for question in reading.game.scenario.decisions
        if last and (question.id not in {**terms, **decision["unbound"]} or not decision["carried"])
    )
    settled = how + colon + (reading.terms_text(terms) or label("decision.no_terms")) + stop
    hangs = label("gap") + label("ledger.condition") + colon + condition + stop
    sides = {
        "for": tuple(reading.name(seat) for seat, vote in votes.items() if vote),
        "against": tuple(reading.name(seat) for seat, vote in votes.items() if not vote),
        "abstained": tuple(reading.name(seat) for seat in out),
        "uncast": tuple(reading.name(seat) for seat in uncast),
    }
    held = {each.question: each for each in held_beyond(reading.game, reading.session.items, decision)}
    unbound = label("semi").join(
        f"{asked} {option}" + (label.paren(held_by(reading.game, held[key], whole=True)) if key in held else "")
        for key, chosen in decision["unbound"].items() if decision["carried"]
        if reading.game.scenario.decision_by_id[key].topic != "payer"  # ``paid`` says whether that one holds
        for asked, option in reading.terms({key: chosen})
    )  # fmt: skip
    said_beside = (("payer", paid), ("unbound", unbound))
    beside = [label(f"decision.{key}") + colon + text + stop for key, text in said_beside if text]
    return ReadDecision(
        decision["id"], decision["carried"], how, tuple(told), open_ones, sides, decision["motion"],
        paid, unbound, condition, waited, settled,
        settled + hangs if decision["condition"] else settled, label("gap").join(beside),
    )  # fmt: skip


def whose_motion(reading: Reading, decision: DecisionTaken) -> str:
    """Return the line and the mover of the motion that was voted on; empty if no motion was, or it is not known."""
    motion = reading.proposals.get(decision["motion"]) if decision["by"] == BODY else None
    return f"{motion.line} {reading.mover(motion)}" if motion else ""


def put_text(reading: Reading, decision: DecisionTaken) -> str:
    """Return what was put to the vote, with what it hung on, in one line."""
    condition = decision["condition"] and reading.label("debrief.condition", condition=decision["condition"])
    terms = reading.terms_text(decision["terms"]) or reading.label("decision.no_terms")
    return reading.label("semi").join(filter(None, (terms, condition)))


def _taken(reading: Reading, decision: DecisionTaken) -> str:
    label, how_counted = reading.label, counted(reading.game, decision)
    rule = reading.game.governance.rules.aggregation
    tally = votes_counted(label, how_counted)
    if decision["by"] != BODY:
        how, heard = label("decision.chair", name=reading.name(decision["by"])), heard_on(decision, reading.lines)
        return how + (label("decision.heard", line=heard) + tally if decision["votes"] else "")
    how = label("decision.carried" if decision["carried"] else "decision.rejected") + tally
    if decision["vetoed_by"]:
        how += label(
            veto_key(reading.game, "decision.veto", decision["vetoed_by"]),
            names=offices(reading.game, decision["vetoed_by"]),
        )
    elif not decision["carried"] and not how_counted.missed and rule.procedure == "consensus":
        how += label("decision.not_all")
    elif not decision["carried"] and not how_counted.missed and rule.by_share:
        how += label("decision.short", needed=needed_text(label, rule, how_counted))
    if unused := how_counted.unused:
        key = "decision.unused.several" if len(unused) > 1 else veto_key(reading.game, "decision.unused", unused)
        how += label(key, names=reading.names(unused))
    return how


def votes_counted(words: Words, how: Counted) -> str:
    """Return how many voted for, against, abstained or did not vote, as a text that follows how a decision was taken.

    If the votes were fewer than the quorum, it says that as well.
    """
    yes = sum(how.votes.values())
    ways = {
        "votes_for": yes, "votes_against": len(how.votes) - yes, "out": len(how.abstained), "not_cast": len(how.uncast),
        "missed": how.missed,
    }  # fmt: skip
    return "".join(words(f"decision.{way}", count=count) for way, count in ways.items() if count)
