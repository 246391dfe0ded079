"""Turning points on what was left open: each question that nothing settled, and what kept it open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sandbox.content.acts import has
from sandbox.content.decision_card import Decision
from sandbox.game.ledger.entries import Item
from sandbox.game.minutes.settled import default_budgets, settled_terms
from sandbox.game.motions.backing import Stances
from sandbox.game.rules import binding
from sandbox.record.line import ALL
from sandbox.report.endings import why_fell
from sandbox.report.entries import entry_state, why_left
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.report.pages.debrief.turning_point import Statement, TurningPoint


@dataclass(frozen=True)
class _Why:
    """Why a question is open: a key of ``why.open``, with the lines and decisions that show it."""

    key: str
    evidence: tuple[str, ...] = ()


def open_questions(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield the questions of the case that nothing settled, and why; none to a seat that was not in a deciding room.

    Questions for which motions had an answer are told together, each motion with what came of it.
    """
    deciding = [stage.id for stage in reader.game.stages if "decides" in stage.abilities and stage.id in reader.course]
    if reader.seat is not None:
        deciding = [stage for stage in deciding if reader.seat in reader.game.present(stage)]
    if not deciding:
        return
    settled, found = settled_terms(reader.game, reader.session.items, reader.decisions), dict[_Why, list[Decision]]()
    for question in reader.game.scenario.decisions:
        if question.id not in settled:
            found.setdefault(_why_open(reader, question), []).append(question)
    for why, questions in found.items():
        evidence, told = _motions(reader, questions) if why.key == "put" else (why.evidence, "")
        text = reader.label(f"why.open.{why.key}", questions=_quoted(reader, questions), told=told)
        if any(question.topic == "payer" for question in questions):
            text += _default_payer(reader)
        # A question that nobody raised concerns all seats; its evidence is the decision that lacks it.
        places = why.evidence if why.key in ("unproposed", "promised") else ()
        teaches: tuple[Statement, ...] = tuple(("try", "propose", ALL, place) for place in places)
        yield TurningPoint("open", text, evidence, teaches=teaches, ask="open.scope" if why.key == "scope" else "")


def _why_open(reader: DebriefReader, question: Decision) -> _Why:
    key = question.id
    named = [line for line in reader.lines if key in line["terms"]]
    proposed = [line["id"] for line in named if has(line["act"], "proposes") or has(line["act"], "binds")]
    if not binding(reader.game.governance, reader.game.scenario, {key: ""}):
        return _Why("scope", tuple(proposed[-1:]))
    if _fallen(reader, key) or _never_put(reader, key):
        return _Why("put")
    if not proposed:
        if promised := [line["id"] for line in named if has(line["act"], "promises")]:
            return _Why("promised", tuple(promised[-1:]))
        reason = "unproposed" if reader.whole else "unheard"
        return _Why(reason, tuple(decision["id"] for decision in reader.decisions[-1:]))
    return _Why("not_put" if reader.decisions else "no_decision", tuple(proposed[-1:]))


def _quoted(reader: DebriefReader, questions: Iterable[Decision]) -> str:
    quoted = (reader.label("why.open.question", question=reader.text(each.question)) for each in questions)
    return reader.label("gap").join(quoted)


def _motions(reader: DebriefReader, questions: Sequence[Decision]) -> tuple[tuple[str, ...], str]:
    """Return the events of the motions that answered some questions, and in words what came of each motion."""
    label, fell, left = reader.label, dict[str, tuple[Item, str]](), dict[str, tuple[Item, str]]()
    for question in questions:
        fell |= _fallen(reader, question.id)
        left |= _never_put(reader, question.id)

    def named(motion: Item) -> str:
        some = [each for each in questions if each.id in motion.terms]
        only = "" if len(some) == len(questions) else label("why.open.only", questions=_quoted(reader, some))
        return reader.mover(motion) + label.paren(motion.line + only)

    told = [label("why.open.fell", motion=named(motion), why=why) for motion, why in fell.values()]
    for why in dict.fromkeys(why for _, why in left.values()):
        motions = [named(motion) for motion, each in left.values() if each == why]
        told.append(label("why.open.unput", motions=motions, why=why))
    return (*fell, *left), label("gap").join(told)


def _fallen(reader: DebriefReader, question: str) -> dict[str, tuple[Item, str]]:
    """Return the motions with an answer to a question that fell, by decision, each with what it lacked."""
    motions = ((taken, reader.proposals.get(taken["motion"])) for taken in reader.decisions if not taken["carried"])
    return {
        taken["id"]: (motion, why_fell(reader.game, taken, reader.label))
        for taken, motion in motions
        if motion is not None and question in motion.terms
    }


def _never_put(reader: DebriefReader, question: str) -> dict[str, tuple[Item, str]]:
    """Return the motions, by line, that answered a question, had no opponent, and were not put; each with why."""
    stances, told = Stances(reader.game, reader.session.items), dict[str, tuple[Item, str]]()
    for item in reader.session.entries("proposal"):
        taken = [decision for decision in reader.decisions if decision["stage"] == item.stage]
        unopposed = question in item.terms and taken and stances.upheld(item) and all(stances[item.line].values())
        if unopposed and entry_state(reader, item)[0] == "unput" and not _grew(reader, item):
            told[item.line] = item, why_left(reader, item, taken)
    return told


def _grew(reader: DebriefReader, motion: Item) -> bool:
    """Return whether a later proposal amended a motion or says the same."""
    return any(
        item.amends == motion.line
        or (item.line > motion.line and (item.terms, item.condition) == (motion.terms, motion.condition))
        for item in reader.session.entries("proposal")
    )


def _default_payer(reader: DebriefReader) -> str:
    for decision in reader.session.carried:
        if payers := default_budgets(reader.game, reader.session.items, decision):
            key = "why.open.payer_if" if decision["condition"] else "why.open.payer"
            return reader.label(key, payer=reader.label("semi").join(payers))
    return ""
