"""Pulse by rule: how trust, conviction and burden of a seat move with what happens to it, without asking anybody."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from typing_extensions import TypedDict

from sandbox.content.acts import TRAITS, has
from sandbox.content.schemas import StartingPulse, Task
from sandbox.game.entries import Item
from sandbox.record.line import ALL, DecisionTaken, Line

__all__ = ["Accounts", "Pulse", "PulseRound", "pulse_after", "reviewed_by", "starting"]


class Pulse(TypedDict):
    """Trust, conviction and burden of a seat, 1 to 5."""

    trust: int
    conviction: int
    burden: int


class PulseRound(TypedDict):
    """The pulses of all seats at one moment: ``start``, or the stage that has just ended."""

    moment: str
    levels: dict[str, Pulse]


class Accounts(NamedTuple):
    """What came of what others had promised a seat: how much was kept and broken, and what it carried when struck."""

    kept: int
    broken: int
    carried: int


def reviewed_by(items: Sequence[Item], seat: str) -> Accounts:
    """Return what a review comes to for a seat."""
    due = [item for item in items if item.account and item.account.closed and seat in item.visible_to]
    others = [item for item in due if item.account and item.account.owner != seat]
    own = [item for item in due if item.account and item.account.owner == seat and item.account.harmed]
    kept = sum(item.state == "kept" for item in others)
    broken = sum(item.state == "broken" for item in others)
    return Accounts(kept, broken, len(own))


def starting(pulse: StartingPulse) -> Pulse:
    """Return a seat's pulse before the first stage."""
    return {"trust": pulse.trust, "conviction": pulse.conviction, "burden": pulse.burden}


def pulse_after(
    before: Pulse,
    seat: str,
    lines: Sequence[Line],
    decisions: Sequence[DecisionTaken],
    tasks: Mapping[str, Task],
    handed: Collection[str] = (),
    accounts: Accounts | None = None,
) -> Pulse:
    """Return a seat's pulse after a stage.

    The signs follow the paper (trust: EP, LA; conviction: PR; burden: PC), the sizes are inferred: trust rises by one
    when most of what the seat asked or objected to got an answer or a concession from whom it addressed, and falls by
    one when most did not; conviction rises when more of its own matters were supported than opposed, or a decision
    contains its terms, and falls in the opposite case; burden rises with a task handed to it, by two for a duplicate,
    and falls by one for each of its tasks that is lifted.

    Args:
        before: its pulse before the stage.
        seat: the seat.
        lines: the lines of the stage that it heard; those of others to others that are about no task may be left out.
        decisions: decisions of the stage.
        tasks: the scenario's reporting tasks by id.
        handed: the tasks that were handed to it in earlier stages.
        accounts: after a review, what came of all that it knew of: one kept counts like an answer and like support,
            one broken like their opposite, and what it answered for and an event struck adds to its burden.
    """
    heard = refused = supported = opposed = burden = 0
    wanted: dict[str, str] = {}
    mine_to_do = set(handed)
    for index, line in enumerate(lines):
        mine, does = line["to"] == seat, TRAITS[line["act"]]
        if line["seat"] == seat:
            if "seeks" in does and not line["vote"]:
                asked = line["to"]
                replies = [x["act"] for x in lines[index + 1 :] if x["to"] == seat and asked in (ALL, x["seat"])]
                heard += any(has(act, "grants") for act in replies[:2])
                refused += not replies or any(has(act, "refuses") for act in replies[:2])
            elif "wants" in does:
                wanted |= line["terms"]
        if mine and "supports" in does:
            supported += 1
        elif mine and "opposes" in does:
            opposed += 1
        if line["task"] in tasks:
            task = tasks[line["task"]]
            if mine and "hands_down" in does:
                burden += 2 if task.duplicates else 1
                mine_to_do.add(task.id)
            elif "lifts" in does and task.id in mine_to_do:
                burden -= 1
                mine_to_do.discard(task.id)
    for decision in decisions:
        if decision["carried"] and wanted:
            met = sum(decision["terms"].get(key) == option for key, option in wanted.items())
            supported, opposed = supported + met, opposed + len(wanted) - met
    if accounts is not None:
        heard, refused = heard + accounts.kept, refused + accounts.broken
        supported, opposed = supported + accounts.kept, opposed + accounts.broken
        burden += bool(accounts.carried)
    return {
        "trust": _step(before["trust"], _sign(heard - refused)),
        "conviction": _step(before["conviction"], _sign(supported - opposed)),
        "burden": _step(before["burden"], burden),
    }


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _step(level: int, change: int) -> int:
    return max(1, min(5, level + change))
