"""Position, boundary, choice, information and aggregation rules at work (Ostrom's rules-in-use), as pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.content.models import ACTS, Act, Governance, Persona
from sandbox.errors import InputError

__all__ = [
    "allowed_acts",
    "assign_positions",
    "carried",
    "chair_of",
    "present_seats",
    "reads_minutes",
    "voters",
]


def assign_positions(governance: Governance, personas: Sequence[Persona]) -> dict[str, str]:
    """Return the position of each seat.

    The first persona of a kind that a single position names holds it alone.

    Raises:
        InputError: a seat has no position under the governance model, or nobody holds the chair.
    """
    taken: set[str] = set()
    positions: dict[str, str] = {}
    for persona in personas:
        for position, rule in governance.rules.position.items():
            if persona.kind in rule.kinds and not (rule.single and position in taken):
                positions[persona.id] = position
                taken.add(position)
                break
        else:
            raise InputError(
                f"seat '{persona.id}' (kind {persona.kind}) has no position under governance '{governance.id}'; "
                "add its kind to rules.position"
            )
    chair = governance.rules.aggregation.chair
    if chair not in taken:
        raise InputError(f"nobody holds the position '{chair}' that chairs under governance '{governance.id}'")
    return positions


def present_seats(governance: Governance, positions: Mapping[str, str], stage: str) -> tuple[str, ...]:
    """Return the seats that take part in a stage (boundary rule); a stage without a rule is open to all."""
    rule = governance.rules.boundary.get(stage)
    return tuple(seat for seat, position in positions.items() if rule is None or position in rule.positions)


def allowed_acts(governance: Governance, position: str) -> tuple[Act, ...]:
    """Return the acts that a position may perform (choice rule), in the order of `ACTS`.

    ``decide`` is an act of the chair alone, and only where the chair decides for the body.
    """
    aggregation = governance.rules.aggregation
    binds = aggregation.procedure == "chair_decides" and position == aggregation.chair
    acts = set(governance.rules.choice[position].acts)
    return tuple(act for act in ACTS if act in acts and (act != "decide" or binds))


def chair_of(governance: Governance, positions: Mapping[str, str]) -> str:
    """Return the seat that chairs."""
    return next(seat for seat, position in positions.items() if position == governance.rules.aggregation.chair)


def voters(governance: Governance, positions: Mapping[str, str], present: Sequence[str]) -> tuple[str, ...]:
    """Return the present seats whose votes count; none where the chair decides."""
    aggregation = governance.rules.aggregation
    if aggregation.procedure != "majority":
        return ()
    return tuple(seat for seat in present if positions[seat] in aggregation.voters)


def carried(governance: Governance, votes: Mapping[str, bool]) -> bool:
    """Return whether a motion is carried: enough votes were cast, and more than half are for it."""
    quorum = governance.rules.aggregation.quorum
    return len(votes) >= max(1, quorum) and 2 * sum(votes.values()) > len(votes)


def reads_minutes(governance: Governance, seat: str, present: Sequence[str]) -> bool:
    """Return whether a seat reads the minutes of a stage in which the seats ``present`` took part."""
    return governance.rules.information.minutes == "all" or seat in present
