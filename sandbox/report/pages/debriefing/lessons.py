"""What to keep and what to try: what the turning points teach, and good habits; nobody is graded and nobody ranked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from sandbox.content.acts import has
from sandbox.record.line import ALL
from sandbox.report.pages.debriefing.reader import Reader
from sandbox.report.pages.debriefing.turning_point import Side, Statement, TurningPoint
from sandbox.scoring.level_rules import asks_residents, offers_put
from sandbox.scoring.measures import carries

__all__ = ["KEEP", "TRY", "Lesson", "lessons"]

KEEP = ("payer", "answered", "remit", "moved", "asked", "fact", "lifted", "section")
TRY = ("payer", "answer", "again", "confirm", "ask", "task", "propose")


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


def lessons(reader: Reader, findings: Sequence[TurningPoint]) -> list[Lesson]:
    """Return what can be said; in a seat's debrief, of that seat alone.

    Args:
        reader: the session as its reader may see it.
        findings: its turning points.
    """
    statements = [statement for finding in findings for statement in finding.teaches]
    statements += [
        statement for habit in (_proposals, _promises, _questions, _facts, _ends) for statement in habit(reader)
    ]
    shown: dict[tuple[Side, str], dict[tuple[str, str], None]] = {}
    for side, key, seat, event in statements:
        if reader.seat in (None, seat) or seat == ALL:
            shown.setdefault((side, key), {})[seat, event] = None
    order = {line["id"]: place for place, line in enumerate(reader.lines)}
    sides: dict[Side, tuple[str, ...]] = {"keep": KEEP, "try": TRY}
    ranked = [(side, key) for side, keys in sides.items() for key in keys]
    return [
        Lesson(side, key, tuple(sorted(shown[side, key], key=lambda place: order.get(place[1], len(order)))))
        for side, key in ranked
        if (side, key) in shown
    ]


def _proposals(reader: Reader) -> Iterator[Statement]:
    """A proposal that says who pays finds its money; one that does not leaves it to the rules (FO)."""
    if not any(decision.topic == "payer" for decision in reader.game.scenario.decisions):
        return
    for item in reader.session.items:
        if item.kind == "proposal" and item.terms:
            yield ("keep" if item.payer else "try"), "payer", item.owner, item.line


def _promises(reader: Reader) -> Iterator[Statement]:
    """A promise within the remit of whoever gave it can be kept (LA)."""
    for item in reader.session.items:
        if item.kind == "promise" and item.terms and item.history[0][1] != "beyond_remit":
            yield "keep", "remit", item.owner, item.line


def _questions(reader: Reader) -> Iterator[Statement]:
    """Residents are asked before the first offer, or are not by whoever puts it and is no resident (LA)."""
    residents = reader.game.residents
    first = next((line["id"] for line in offers_put(reader.session)), None)
    before = list(takewhile(lambda line: line["id"] != first, reader.lines))
    asked = [line for line in before if asks_residents(line, residents)]
    for line in asked:
        yield "keep", "asked", line["seat"], line["id"]
    if first and not asked and (seat := reader.line_by_id[first]["seat"]) not in residents:
        yield "try", "ask", seat, first


def _facts(reader: Reader) -> Iterator[Statement]:
    brought: set[str] = set()
    facts, lang = reader.game.scenario.facts, reader.game.spec.lang
    for line in reader.lines:
        if line["seat"] in brought or line["vote"]:
            continue
        if line["facts"] or any(carries(fact, line, lang) for fact in facts):
            brought.add(line["seat"])
            yield "keep", "fact", line["seat"], line["id"]


def _ends(reader: Reader) -> Iterator[Statement]:
    """Tasks taken back, and plans in words of one's own (PC, AR)."""
    for item in reader.session.items:
        by = reader.line_by_id.get(item.history[-1][0]) if item.kind == "task" and item.state == "lifted" else None
        if by is not None:
            yield "keep", "lifted", by["seat"], by["id"]
    for said in reader.lines:
        if said["task"] and has(said["act"], "lifts"):
            yield "keep", "lifted", said["seat"], said["id"]
    for plan in reader.session.plans:
        for line in plan.lines.values():
            yield "keep", "section", plan.seat, line
