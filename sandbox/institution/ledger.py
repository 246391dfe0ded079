"""The ledger: proposals, promises and decisions, derived from the acts alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sandbox.content.models import Scenario
from sandbox.institution.line import DecisionTaken, Line

__all__ = ["Item", "ledger", "motion", "within_remit"]

State = Literal["open", "confirmed", "broken", "beyond_remit", "carried", "rejected"]


@dataclass(frozen=True)
class Item:
    """An entry of the ledger.

    Args:
        line: the line that made it.
        kind: proposal, promise or decision.
        owner: the seat that made it.
        says: its words.
        terms: the options it commits to, by decision; payer and deliverer are among these.
        state: open, confirmed or broken by a decision, beyond_remit when the owner may not commit to a term.
        supporters: seats that supported it.
        objectors: seats that objected to it and have not conceded since.
        visible_to: the seats that may see it.
    """

    line: str
    kind: Literal["proposal", "promise", "decision"]
    owner: str
    says: str
    terms: Mapping[str, str]
    state: State
    visible_to: tuple[str, ...]
    supporters: frozenset[str] = field(default_factory=frozenset)
    objectors: frozenset[str] = field(default_factory=frozenset)


def within_remit(scenario: Scenario, seat: str, terms: Mapping[str, str]) -> bool:
    """Return whether a seat may commit to all terms by itself (the paper's section LA on void promises)."""
    remit = {decision.id: decision.remit for decision in scenario.decisions}
    return all(seat in remit[key] for key in terms if key in remit)


def ledger(scenario: Scenario, lines: Sequence[Line], decisions: Sequence[DecisionTaken] = ()) -> tuple[Item, ...]:
    """Return the ledger after some lines and decisions.

    Support, objection and concession go to the latest proposal or promise of the addressee, or to the latest of all
    when the line is addressed to everyone. A decision confirms the proposals and promises whose terms it contains
    and breaks the promises that it contradicts.
    """
    items: list[Item] = []
    for line in lines:
        act = line["act"]
        if act == "propose":
            items.append(_item(line, "proposal", "open"))
        elif act == "promise":
            fits = within_remit(scenario, line["seat"], line["terms"])
            items.append(_item(line, "promise", "open" if fits else "beyond_remit"))
        elif act in ("support", "object", "concede") and not line["vote"]:
            _stand(items, line)
    for decision in decisions:
        _decide(items, decision, lines)
    return tuple(items)


def motion(items: Sequence[Item]) -> Item | None:
    """Return the proposal that goes to a vote: the best supported one, the latest of equals."""
    proposals = [item for item in items if item.kind == "proposal"]
    ranked = [
        (bool(item.terms), len(item.supporters) - len(item.objectors), index) for index, item in enumerate(proposals)
    ]
    return proposals[max(ranked)[2]] if ranked else None


def _item(line: Line, kind: Literal["proposal", "promise"], state: State) -> Item:
    return Item(line["id"], kind, line["seat"], line["says"], line["terms"], state, tuple(line["visible_to"]))


def _stand(items: list[Item], line: Line) -> None:
    seat, to = line["seat"], line["to"]
    for index in range(len(items) - 1, -1, -1):
        item = items[index]
        if item.owner == seat or to not in ("all", item.owner):
            continue
        if line["act"] == "object":
            items[index] = replace(item, objectors=item.objectors | {seat}, supporters=item.supporters - {seat})
        else:
            items[index] = replace(item, supporters=item.supporters | {seat}, objectors=item.objectors - {seat})
        return


def _decide(items: list[Item], decision: DecisionTaken, lines: Sequence[Line]) -> None:
    bound = decision["terms"] if decision["carried"] else {}
    for index, item in enumerate(items):
        contained = bool(item.terms) and all(bound.get(key) == option for key, option in item.terms.items())
        contradicted = any(bound.get(key, option) != option for key, option in item.terms.items())
        if contained and item.state in ("open", "beyond_remit"):
            items[index] = replace(item, state="confirmed")
        elif contradicted and item.kind == "promise":
            items[index] = replace(item, state="broken")
    source = next((line for line in lines if line["id"] == decision["motion"]), None)
    items.append(
        Item(
            decision["id"],
            "decision",
            decision["by"],
            source["says"] if source else "",
            decision["terms"],
            "carried" if decision["carried"] else "rejected",
            tuple(source["visible_to"]) if source else (),
            frozenset(seat for seat, vote in decision["votes"].items() if vote),
            frozenset(seat for seat, vote in decision["votes"].items() if not vote),
        )
    )
