"""Whose floor it is: the order in which seats may speak next under a floor policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sandbox.content.governance import FloorPolicy
from sandbox.record.line import Line

__all__ = ["Claim", "floor_order"]

Why = str


class Claim(NamedTuple):
    """A seat's claim to the floor and why it has it (``opens``, ``cascade``, ``addressed``, ``chairs``, ``quiet``)."""

    seat: str
    why: Why


def floor_order(
    policy: FloorPolicy,
    chair: str,
    present: Sequence[str],
    lines: Sequence[Line],
    rng: Callable[[], float],
    levels: Mapping[str, int] | None = None,
) -> tuple[Claim, ...]:
    """Return the present seats in the order of their claim to the floor.

    Args:
        policy: ``open_floor``: who was addressed, then who has spoken least. ``chair_led``: the chair opens, speaks
            after every line of another seat, and otherwise the addressed seat answers.
        chair: the seat that chairs.
        present: seats that take part in the stage.
        lines: the lines of this stage.
        rng: breaks ties; gives numbers from 0 to 1.
        levels: in a cascade the level of each seat: until each has spoken, the highest level that has not goes first
            (domain: PR, training is passed down the ranks).
    """
    last = lines[-1] if lines else None
    spoken = dict.fromkeys(present, 0)
    for line in lines:
        if line["seat"] in spoken:
            spoken[line["seat"]] += 1
    quiet = sorted(present, key=lambda seat: (spoken[seat], rng()))
    claims: list[Claim] = []
    if levels is not None:
        waiting = sorted((seat for seat in quiet if not spoken[seat]), key=lambda seat: levels[seat])
        claims += [Claim(seat, "cascade") for seat in waiting]
    elif last is None:
        if chair in present:
            claims.append(Claim(chair, "opens"))
    else:
        addressed = last["to"]
        if policy == "chair_led" and chair in present and last["seat"] != chair:
            claims.append(Claim(chair, "chairs"))
        known = {last["seat"], *(claim.seat for claim in claims)}
        if addressed in present and addressed not in known and not _two_alone(lines):
            claims.append(Claim(addressed, "addressed"))
    known = {claim.seat for claim in claims}
    claims += [Claim(seat, "quiet") for seat in quiet if seat not in known]
    if last is not None and len(claims) > 1:
        claims = [claim for claim in claims if claim.seat != last["seat"]]
    return tuple(claims)


def _two_alone(lines: Sequence[Line]) -> bool:
    recent = [line["seat"] for line in lines[-3:]]
    return len(recent) == 3 and len(set(recent)) == 2
