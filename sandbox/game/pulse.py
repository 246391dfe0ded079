"""The pulse by rule: how a seat's trust, conviction and burden change with what happens to it, without any question."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from typing_extensions import TypedDict

from sandbox.content.acts import acts_with, has
from sandbox.content.scenario_card import Task
from sandbox.content.seat_card import StartingPulse
from sandbox.game.ledger.entries import Item
from sandbox.record.line import ALL, DecisionTaken, Line

_SIDES = dict.fromkeys(acts_with("opposes"), -1) | dict.fromkeys(acts_with("supports"), 1)
_SEEKS, _WANTS = frozenset(acts_with("seeks")), frozenset(acts_with("wants"))
_GRANTS, _REFUSES = frozenset(acts_with("grants")), frozenset(acts_with("refuses"))
# Lines of other acts move no pulse.
_MOVES = _SEEKS.union(_WANTS, _SIDES, acts_with("hands_down"), acts_with("lifts"))


class Pulse(TypedDict):
    """Trust, conviction and burden of a seat, each 1 to 5."""

    trust: int
    conviction: int
    burden: int


class PulseRound(TypedDict):
    """The pulses of all seats at a moment: ``start``, or the id of the stage that has just ended."""

    moment: str
    levels: dict[str, Pulse]


class Accounts(NamedTuple):
    """Numbers of entries closed by a review: others' that a seat knew, kept or broken; its own struck by an event."""

    kept: int
    broken: int
    carried: int


def reviewed_by(items: Sequence[Item], seat: str) -> Accounts:
    """Return the counts of a review for a seat."""
    due = [item for item in items if item.account and item.account.closed and seat in item.visible_to]
    others = [item for item in due if item.account and item.account.owner != seat]
    own = [item for item in due if item.account and item.account.owner == seat and item.account.harmed]
    kept = sum(item.state == "kept" for item in others)
    broken = sum(item.state == "broken" for item in others)
    return Accounts(kept, broken, len(own))


def starting(pulse: StartingPulse) -> Pulse:
    """Return the pulse on a card as a plain value."""
    return {"trust": pulse.trust, "conviction": pulse.conviction, "burden": pulse.burden}


def pulses_after(
    before: Mapping[str, Pulse],
    lines: Sequence[Line],
    decisions: Sequence[DecisionTaken],
    tasks: Mapping[str, Task],
    handed: Mapping[str, Collection[str]] | None = None,
    accounts: Mapping[str, Accounts] | None = None,
) -> dict[str, Pulse]:
    """Return the pulses of seats after a stage.

    The signs follow the paper (trust: EP, LA; conviction: PR; burden: PC); the sizes are inferred. Trust moves by one:
    up if more of what the seat asked or objected to was met by its addressee than was refused or left unanswered, else
    down. Conviction moves by one: up if support of the seat and decisions with its terms outweigh opposition and
    decisions without them, else down. Burden rises by one per task handed to the seat, by two for a duplicate, and
    falls by one per task of its own that is lifted. Only what a seat heard counts.

    Args:
        before: the pulse of each seat before the stage.
        lines: the lines of the stage.
        decisions: decisions of the stage.
        tasks: the scenario's reporting tasks by id.
        handed: the tasks that were handed to each seat in earlier stages.
        accounts: the counts of a review, by seat: each entry kept or broken moves trust and conviction like an answer
            and support or their opposite; any own entry that an event struck adds one to burden.
    """
    trust = dict.fromkeys(before, 0)
    conviction, burden = trust.copy(), trust.copy()
    own = {seat: set(given) for seat, given in handed.items()} if handed else {}
    wanted: dict[str, dict[str, str]] = {}
    for place, line in enumerate(lines, start=1):
        act = line["act"]
        if act not in _MOVES:
            continue
        to = line["to"]
        if act in _SEEKS and not line["vote"]:
            trust[line["seat"]] += _met_with(lines[place:], line["seat"], to)
        elif act in _WANTS and line["terms"]:
            wanted[line["seat"]] = wanted.get(line["seat"], {}) | line["terms"]
        if act in _SIDES and to in line["visible_to"]:
            conviction[to] += _SIDES[act]
        if line["task"] and (task := tasks.get(line["task"])):
            if has(act, "hands_down") and to in line["visible_to"]:
                burden[to] += 2 if task.duplicates else 1
                own.setdefault(to, set()).add(task.id)
            elif has(act, "lifts"):
                for each in own.keys() & line["visible_to"]:
                    burden[each] -= task.id in own[each]
                    own[each].discard(task.id)
    for decision in decisions:
        if decision["carried"]:
            bound = decision["terms"].items()
            for seat, terms in wanted.items():
                conviction[seat] += 2 * len(bound & terms.items()) - len(terms)
    for seat, account in (accounts or {}).items():
        trust[seat] += account.kept - account.broken
        conviction[seat] += account.kept - account.broken
        burden[seat] += bool(account.carried)
    after = dict(before)
    moves = zip(before.items(), trust.values(), conviction.values(), burden.values(), strict=True)
    for (seat, pulse), trusts, convinced, more in moves:
        if trusts or convinced or more:
            moved = after[seat] = pulse.copy()  # trust and conviction move by one at most
            if trusts:
                moved["trust"] = _within(pulse["trust"] + (1 if trusts > 0 else -1))
            if convinced:
                moved["conviction"] = _within(pulse["conviction"] + (1 if convinced > 0 else -1))
            if more:
                moved["burden"] = _within(pulse["burden"] + more)
    return after


def _met_with(later: Sequence[Line], seat: str, asked: str) -> int:
    """Return 1 if the next two replies to a seat met what it asked, -1 if they refused or none came, 0 if mixed."""
    acts: list[str] = []
    for line in later:
        if line["to"] == seat and asked in (ALL, line["seat"]) and seat in line["visible_to"]:
            acts.append(line["act"])
            if len(acts) == 2:
                break
    if not acts:
        return -1
    return (not _GRANTS.isdisjoint(acts)) - (not _REFUSES.isdisjoint(acts))


def _within(level: int) -> int:
    return 1 if level < 1 else 5 if level > 5 else level
