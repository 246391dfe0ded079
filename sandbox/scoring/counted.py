"""A level that is counted from what was done and decided: no judge is asked, so none has to be trusted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple

from sandbox.content.cards import Text

CountedNote = Literal["conditions", "hanging", "righted", "unheld"]


class CountedLevel(NamedTuple):
    """A level that was counted, never judged.

    Args:
        level: 1 to 5; None where nothing in the session speaks to it, never a low one.
        evidence: the lines, promises and decisions on which it rests.
        case: of a level with several ways to it, the one that was taken, as the rubric's ``cases`` call it; where there
            is no level, why, as its ``none`` calls it.
        notes: what the rule leaves out in this session, or where the measure beside counts otherwise; each is a
            ``counted.note`` of the words.
        missing: the needed departments of which no seat commits itself, though some sit at the table.
        unseated: those for which nobody at the table speaks.
        unnamed: conditions of the decision that speak of a report and do not name it, brought by whoever got it.
    """

    level: int | None
    evidence: tuple[str, ...] = ()
    case: str = ""
    notes: tuple[CountedNote, ...] = ()
    missing: tuple[Text, ...] = ()
    unseated: tuple[Text, ...] = ()
    unnamed: tuple[str, ...] = ()


def only(names: Mapping[bool, str], sides: Collection[bool]) -> str:
    """Return the name of the side that is there alone; empty where both are."""
    return names[next(iter(sides))] if len(sides) == 1 else ""
