"""The ledger: proposals, promises, tasks and decisions, derived from the acts alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sandbox.content.schemas import Decision, Scenario
from sandbox.record.line import ALL, DecisionTaken, Line

__all__ = ["Item", "ItemKind", "ItemState", "doubters", "ledger", "motion", "within_remit"]

ItemKind = Literal["proposal", "promise", "task", "decision"]
ItemState = Literal["open", "confirmed", "kept", "broken", "beyond_remit", "lifted", "carried", "rejected"]


@dataclass(frozen=True)
class Item:
    """An entry of the ledger.

    Args:
        line: the line that made it.
        kind: proposal, promise, task or decision.
        owner: the seat that made it.
        says: its words.
        terms: the options it commits to, by decision.
        state: open; confirmed (by whoever has the authority, or a proposal by a decision); kept (a promise that a
            decision contains); broken (a promise that a decision, a later promise of its owner, or whoever has the
            authority contradicts); beyond_remit (the owner may not commit to a term); lifted (a task); carried or
            rejected (a decision).
        authority: the seats that may commit to all of its terms by themselves; empty: only the body may.
        payer: the option on who pays, or empty.
        deliverer: the option on who delivers, or the seat that a task was handed to, or empty.
        departments: departments whose part is needed.
        task: the reporting task.
        duplicate: whether the task repeats another.
        visible_to: the seats that may see it.
        supporters: seats that supported it.
        objectors: seats that objected to it and have not conceded since.
        history: each change of state, with the line or decision that made it.
    """

    line: str
    kind: ItemKind
    owner: str
    says: str
    terms: Mapping[str, str]
    state: ItemState
    visible_to: tuple[str, ...]
    authority: tuple[str, ...] = ()
    payer: str = ""
    deliverer: str = ""
    departments: tuple[str, ...] = ()
    task: str = ""
    duplicate: bool = False
    supporters: frozenset[str] = field(default_factory=frozenset)
    objectors: frozenset[str] = field(default_factory=frozenset)
    history: tuple[tuple[str, ItemState], ...] = ()

    def turned(self, state: ItemState, by: str) -> Item:
        """Return the entry in another state, with what changed it."""
        return self if state == self.state else replace(self, state=state, history=(*self.history, (by, state)))


def within_remit(scenario: Scenario, seat: str, terms: Mapping[str, str]) -> bool:
    """Return whether a seat may commit to all terms by itself (the paper's section LA on void promises)."""
    remit = {decision.id: decision.remit for decision in scenario.decisions}
    return all(seat in remit[key] for key in terms if key in remit)


def ledger(scenario: Scenario, lines: Sequence[Line], decisions: Sequence[DecisionTaken] = ()) -> tuple[Item, ...]:
    """Return the ledger after some lines and decisions.

    Support, objection and concession go to the latest proposal or promise of the addressee, or to the latest of all
    when the line is addressed to everyone. Promises are traced through all stages: see the states of `Item`.
    """
    book = _Book(scenario)
    spoken = {line["stage"] for line in lines}
    for index, line in enumerate(lines):
        book.hear(line)
        if index + 1 == len(lines) or lines[index + 1]["stage"] != line["stage"]:
            for decision in decisions:
                if decision["stage"] == line["stage"]:
                    book.decide(decision, lines)
    for decision in decisions:
        if decision["stage"] not in spoken:  # the reader heard nothing of its stage, but knows of the decision
            book.decide(decision, lines)
    return tuple(book.items)


def motion(items: Sequence[Item]) -> Item | None:
    """Return the proposal that goes to a vote: the best supported one, the latest of equals."""
    proposals = [item for item in items if item.kind == "proposal"]
    ranked = [
        (bool(item.terms), len(item.supporters) - len(item.objectors), index) for index, item in enumerate(proposals)
    ]
    return proposals[max(ranked)[2]] if ranked else None


def doubters(lines: Sequence[Line]) -> dict[str, bool]:
    """Return the seats that objected, and whether each conceded afterwards."""
    persuaded: dict[str, bool] = {}
    for line in lines:
        if line["act"] == "object" and not line["vote"]:
            persuaded[line["seat"]] = False
        elif line["act"] == "concede" and line["seat"] in persuaded:
            persuaded[line["seat"]] = True
    return persuaded


class _Book:
    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.decisions = {decision.id: decision for decision in scenario.decisions}
        self.tasks = {task.id: task for task in scenario.tasks}
        self.items: list[Item] = []

    def hear(self, line: Line) -> None:
        act = line["act"]
        if act == "propose":
            self.items.append(self._item(line, "proposal", "open"))
        elif act == "promise":
            self._contradict(line)
            fits = within_remit(self.scenario, line["seat"], line["terms"])
            self.items.append(self._item(line, "promise", "open" if fits else "beyond_remit"))
        elif act == "delegate" and line["task"] in self.tasks:
            self.items.append(self._item(line, "task", "open"))
        elif act in ("support", "object", "concede", "refuse") and not line["vote"]:
            self._stand(line)
        if act in ("concede", "decide") and line["task"]:
            self._lift(line)

    def decide(self, decision: DecisionTaken, lines: Sequence[Line]) -> None:
        bound = decision["terms"] if decision["carried"] else {}
        for index, item in enumerate(self.items):
            if item.kind not in ("proposal", "promise"):
                continue
            contained = bool(item.terms) and all(bound.get(key) == option for key, option in item.terms.items())
            contradicted = any(bound.get(key, option) != option for key, option in item.terms.items())
            if contained and item.state != "broken":
                state: ItemState = "kept" if item.kind == "promise" else "confirmed"
                self.items[index] = item.turned(state, decision["id"])
            elif contradicted and item.kind == "promise":
                self.items[index] = item.turned("broken", decision["id"])
        source = next((line for line in lines if line["id"] == decision["motion"]), None)
        authority, payer, deliverer, departments = self._matters(decision["terms"])
        self.items.append(
            Item(
                line=decision["id"],
                kind="decision",
                owner=decision["by"],
                says=source["says"] if source else "",
                terms=decision["terms"],
                state="carried" if decision["carried"] else "rejected",
                visible_to=tuple(source["visible_to"]) if source else (),
                authority=authority,
                payer=payer,
                deliverer=deliverer,
                departments=departments,
                supporters=frozenset(seat for seat, vote in decision["votes"].items() if vote),
                objectors=frozenset(seat for seat, vote in decision["votes"].items() if not vote),
            )
        )

    def _item(self, line: Line, kind: ItemKind, state: ItemState) -> Item:
        task = self.tasks.get(line["task"]) if kind == "task" else None
        authority, payer, deliverer, departments = self._matters(line["terms"])
        return Item(
            line=line["id"],
            kind=kind,
            owner=line["seat"],
            says=line["says"],
            terms=line["terms"],
            state=state,
            visible_to=tuple(line["visible_to"]),
            authority=authority,
            payer=payer,
            deliverer=line["to"] if task else deliverer,
            departments=departments,
            task=task.id if task else "",
            duplicate=bool(task and task.duplicates),
            history=((line["id"], state),),
        )

    def _matters(self, terms: Mapping[str, str]) -> tuple[tuple[str, ...], str, str, tuple[str, ...]]:
        """Return who may commit to all terms alone, who pays, who delivers, and the departments needed."""
        touched = [self.decisions[key] for key in terms if key in self.decisions]
        by_topic = {one.topic: terms[one.id] for one in touched}
        departments = tuple(dict.fromkeys(name for one in touched for name in one.departments))
        return _common_remit(touched), by_topic.get("payer", ""), by_topic.get("provider", ""), departments

    def _stand(self, line: Line) -> None:
        seat, to = line["seat"], line["to"]
        for index in range(len(self.items) - 1, -1, -1):
            item = self.items[index]
            if item.kind not in ("proposal", "promise") or item.owner == seat or to not in (ALL, item.owner):
                continue
            against = line["act"] in ("object", "refuse")
            if against:
                item = replace(item, objectors=item.objectors | {seat}, supporters=item.supporters - {seat})
            else:
                item = replace(item, supporters=item.supporters | {seat}, objectors=item.objectors - {seat})
            if item.kind == "promise" and item.terms and seat in item.authority:
                item = item.turned("broken" if against else "confirmed", line["id"])
            self.items[index] = item
            return

    def _contradict(self, line: Line) -> None:
        for index, item in enumerate(self.items):
            same = item.kind == "promise" and item.owner == line["seat"]
            if same and any(line["terms"].get(key, option) != option for key, option in item.terms.items()):
                self.items[index] = item.turned("broken", line["id"])

    def _lift(self, line: Line) -> None:
        for index, item in enumerate(self.items):
            if item.kind == "task" and item.state == "open" and item.task == line["task"]:
                self.items[index] = item.turned("lifted", line["id"])


def _common_remit(decisions: Sequence[Decision]) -> tuple[str, ...]:
    if not decisions:
        return ()
    common = set(decisions[0].remit).intersection(*(one.remit for one in decisions))
    return tuple(seat for seat in decisions[0].remit if seat in common)
