"""Whose floor it is: the order in which seats may speak next under a floor policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from sandbox.content.governance import FloorPolicy
from sandbox.game.draws import Draw

Why = Literal[
    "opens", "chairs", "cascade", "asked", "addressed", "named", "news", "returns", "unheard", "quiet", "calls",
    "motion", "last_word", "votes", "decides", "reports", "confirms",
]  # fmt: skip
"""Why a seat has the floor; sandbox/README.md has a table that explains each."""


class Claim(NamedTuple):
    """A seat's claim to the floor and why it has it."""

    seat: str
    why: Why


claim_of = lru_cache(maxsize=4096)(Claim)  # few seats have few reasons, again and again


def floor_order(
    policy: FloorPolicy,
    chair: str,
    present: Sequence[str],
    speakers: Sequence[str],
    to: str,
    draws: Callable[[str, int], Draw],
    levels: Mapping[str, int] | None = None,
    first: Iterable[Claim] = (),
    most: int | None = None,
    host: str = "",
    stage: str = "",
) -> Iterator[Claim]:
    """Yield the present seats in the order of their claim to the floor; ties are broken only when it comes to them.

    Args:
        policy: ``open_floor``: first the seat that was addressed, then the seats that have spoken least. ``chair_led``:
            the chair opens and speaks after every line to it or to everybody; after other lines the seat addressed. A
            seat that was only addressed, and has two lines more than the seat heard least, yields, so that two seats do
            not keep the floor by asking each other.
        chair: the seat that chairs.
        present: seats that take part in the stage.
        speakers: the seats that have spoken in this stage's discussion, line by line.
        to: the addressee of the last of these lines.
        draws: gives what breaks ties at a place, as `Game.draws` does.
        levels: in a cascade the level of each seat: until each has spoken, the highest level that has not goes first
            (domain: PR, training is passed down the ranks).
        first: claims that come before those of the policy.
        most: the lines that a seat may have; after that it has no claim but among ``first``, unless all seats are
            there.
        host: the seat that shows another place and so speaks first; empty where the chair does.
        stage: the id of the stage, which names the place at which ties are drawn.
    """
    speaker = speakers[-1] if speakers else ""
    order: dict[str, Claim] = {}
    granted = False
    for made in first:
        seat, _ = made
        if seat not in order and seat in present:
            order[seat] = made
            if seat != speaker:
                granted = True
                yield made
    for lots in (False, True):  # which are drawn only where it comes to them
        for made in (
            _by_lot(present, speakers, draws, levels, stage)
            if lots
            else _by_policy(policy, chair, present, speakers, to, levels, host)
        ):
            seat, _ = made
            if seat not in order and seat in present:
                order[seat] = made
                if seat != speaker and (most is None or speakers.count(seat) < most):
                    granted = True
                    yield made
    if not granted:
        others = dict(order)
        others.pop(speaker, None)
        yield from (others or order).values()


def _by_policy(
    policy: FloorPolicy,
    chair: str,
    present: Sequence[str],
    speakers: Sequence[str],
    to: str,
    levels: Mapping[str, int] | None,
    host: str,
) -> Sequence[Claim]:
    """Return the claim that comes before the seats that have spoken least, if any; arguments as in `floor_order`."""
    if levels is not None:
        return ()
    addressed = to if to in present else ""
    if not speakers:
        return (claim_of(host or chair, "opens"),)
    if policy == "chair_led" and speakers[-1] != chair and addressed in ("", chair):
        return (claim_of(chair, "chairs"),)
    if addressed and not two_alone(speakers) and not yields(addressed, speakers, present):
        return (claim_of(addressed, "addressed"),)
    return ()


def _by_lot(
    present: Sequence[str],
    speakers: Sequence[str],
    draws: Callable[[str, int], Draw],
    levels: Mapping[str, int] | None,
    stage: str,
) -> Iterator[Claim]:
    """Yield the claims of the seats that have spoken least; in a cascade first the highest level still silent."""
    draw = draws(f"{stage}:{len(speakers)}", len(present))
    quiet = sorted([(speakers.count(seat), draw(), seat) for seat in present])
    if levels is not None:
        waiting = [seat for lines, _, seat in quiet if not lines]
        yield from (claim_of(seat, "cascade") for seat in sorted(waiting, key=levels.__getitem__))
    for _, _, seat in quiet:
        yield claim_of(seat, "quiet")


def most_lines(limit: int, seats: int) -> int:
    """Return how many lines of a discussion one seat may have: 35 %, but in a small room its equal share."""
    return max(limit * 35 // 100, -(-limit // seats))


@cache
def shares(limit: int, seats: int) -> tuple[int, int]:
    """Return how many lines of a discussion a seat may have, and how many if nobody asks it.

    Without being asked it may have one more than its equal share, so that the others come to speak.
    """
    most = most_lines(limit, seats)
    return most, min(most, -(-limit // seats) + 1)


def yields(seat: str, speakers: Sequence[str], present: Sequence[str]) -> bool:
    """Return whether a seat that was only addressed leaves the floor to others: it is two lines ahead of some seat."""
    return speakers.count(seat) > min(map(speakers.count, present)) + 1


def two_alone(speakers: Sequence[str]) -> bool:
    """Return whether the last three lines are of two seats."""
    return len(speakers) > 2 and len(set(speakers[-3:])) == 2
