"""What to keep and what to try, derived by rules from what was found; nobody is graded and nobody ranked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sandbox.content.acts import has
from sandbox.game.ledger import within_remit
from sandbox.record.line import ALL
from sandbox.report.debriefing.findings import conceded_to, doubts, open_questions, repeated_tasks, reply_to
from sandbox.report.debriefing.material import Material
from sandbox.scoring.measures import carries

__all__ = ["KEEP", "TRY", "Lesson", "lessons"]

KEEP = ("payer", "answered", "remit", "moved", "asked", "fact", "lifted", "section")
TRY = ("payer", "answer", "again", "confirm", "ask", "task", "propose")
Side = Literal["keep", "try"]
Statement = tuple[Side, str, str, str]


@dataclass(frozen=True)
class Lesson:
    """A formative statement with the lines that it rests on.

    Args:
        side: what to keep, or what to try.
        key: which statement.
        shown: the seat and the line of each place that shows it, in the order of the lines.
    """

    side: Side
    key: str
    shown: tuple[tuple[str, str], ...]


def lessons(of: Material) -> list[Lesson]:
    """Return what can be said; in a seat's debrief, of that seat alone."""
    makers = (_proposals, _answers, _promises, _concessions, _questions, _facts, _tasks, _sections, _untouched)
    found: dict[tuple[Side, str], list[tuple[str, str]]] = {}
    for make in makers:
        for side, key, seat, event in make(of):
            if of.seat in (None, seat) or (of.seat is not None and seat == ALL):
                found.setdefault((side, key), []).append((seat, event))
    sides: dict[Side, tuple[str, ...]] = {"keep": KEEP, "try": TRY}
    order = {line["id"]: place for place, line in enumerate(of.lines)}
    return [
        Lesson(side, key, tuple(sorted(dict.fromkeys(found[side, key]), key=lambda one: order.get(one[1], len(order)))))
        for side, keys in sides.items()
        for key in keys
        if (side, key) in found
    ]


def _proposals(of: Material) -> Iterator[Statement]:
    """A proposal that says who pays finds its money; one that does not leaves it to the rules (FO)."""
    if not any(one.topic == "payer" for one in of.game.scenario.decisions):
        return
    for item in of.items:
        if item.kind == "proposal" and item.terms:
            yield ("keep" if item.payer else "try"), "payer", item.owner, item.line


def _answers(of: Material) -> Iterator[Statement]:
    for index in doubts(of.lines):
        doubt = of.lines[index]
        reply = reply_to(of, index)
        if reply is not None:
            yield "keep", "answered", reply["seat"], reply["id"]
            continue
        if conceded_to(of, index) is not None:
            continue
        yield "try", "again", doubt["seat"], doubt["id"]
        if doubt["to"] != ALL:
            yield "try", "answer", doubt["to"], doubt["id"]


def _promises(of: Material) -> Iterator[Statement]:
    for item in of.items:
        if item.kind == "promise" and item.terms:
            own = within_remit(of.game.scenario, item.owner, item.terms)
            yield ("keep", "remit", item.owner, item.line) if own else ("try", "confirm", item.owner, item.line)


def _concessions(of: Material) -> Iterator[Statement]:
    for index in doubts(of.lines):
        answer = conceded_to(of, index)
        if answer is not None:
            yield "keep", "moved", answer["seat"], answer["id"]


def _questions(of: Material) -> Iterator[Statement]:
    """Ask what is needed before an option is proposed (LA)."""
    asked: dict[str, str] = {}
    proposed: set[str] = set()
    for line in of.lines:
        seat = line["seat"]
        if has(line["act"], "asks"):
            asked.setdefault(seat, line["id"])
        elif has(line["act"], "proposes") and seat not in proposed:
            proposed.add(seat)
            yield ("keep", "asked", seat, asked[seat]) if seat in asked else ("try", "ask", seat, line["id"])


def _facts(of: Material) -> Iterator[Statement]:
    told: set[str] = set()
    facts = of.game.scenario.facts
    for line in of.lines:
        if line["seat"] in told or line["vote"]:
            continue
        if line["facts"] or any(carries(fact, line, of.game.spec.lang) for fact in facts):
            told.add(line["seat"])
            yield "keep", "fact", line["seat"], line["id"]


def _tasks(of: Material) -> Iterator[Statement]:
    for item, _ in repeated_tasks(of):
        yield "try", "task", item.owner, item.line
    for item in of.items:
        if item.kind == "task" and item.state == "lifted":
            by = of.line.get(item.history[-1][0])
            if by is not None:
                yield "keep", "lifted", by["seat"], by["id"]


def _sections(of: Material) -> Iterator[Statement]:
    for plan in of.session.plans:
        for line in plan.lines.values():
            yield "keep", "section", plan.seat, line


def _untouched(of: Material) -> Iterator[Statement]:
    """A question that nobody put to the table is everybody's; the decision that lacks it shows it."""
    for one in open_questions(of):
        if one.reason in ("unproposed", "promised"):
            for event in one.evidence:
                yield "try", "propose", ALL, event
