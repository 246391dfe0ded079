"""What a rule of a counted level finds, and what several rules ask of a session."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sandbox.game.session import Session

__all__ = ["Found", "only", "terms_bound"]


class Found(NamedTuple):
    """What a rule finds.

    Args:
        level: the level; None where nothing speaks to it.
        evidence: the lines, promises and decisions that it rests on.
        case: of a level with several ways to it, the one that was taken, as the rubric's ``cases`` call it.
    """

    level: int | None
    evidence: tuple[str, ...] = ()
    case: str = ""


def terms_bound(session: Session) -> dict[str, str]:
    """Return the options that carried decisions bind, by question."""
    return {key: x for decision in session.decisions if decision["carried"] for key, x in decision["terms"].items()}


def only(names: Mapping[bool, str], sides: Collection[bool]) -> str:
    """Return the name of the side that is there alone; empty where both are."""
    return names[next(iter(sides))] if len(sides) == 1 else ""
