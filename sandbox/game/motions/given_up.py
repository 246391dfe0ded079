"""Motions that their mover takes back aloud, whatever else the line does (inferred)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sandbox.game.language.wording import sentences
from sandbox.game.ledger.entries import Item
from sandbox.record.line import Line

# That a motion of one's own, by its line or as "mine", is taken back; and that this hangs on something, or asks.
_MINE = r"(?:L\d+|mine|my (?:own )?(?:motion|proposal))"
_OWN = r"(?:L\d+|我(?:自己)?(?:[那这][份张个]|的提案|的动议))"
_JUST = "我?(?:就|也|先|现在|今天)?"
_TAKES_BACK = re.compile(
    rf"\bI(?: (?:hereby|now|do|will)|['’]ll)* (?:(?:withdraw|drop|give up|take back) {_MINE}\b|take {_MINE} back\b"
    rf"|let {_MINE} (?:lie|go|rest)\b)"
    rf"|{_OWN}，?{_JUST}(?:收回|撤回|撤了|撤下|不提了|不争了)|我{_JUST}(?:收回|撤回|撤下){_OWN}"
)
_HANGS = re.compile(
    r"\b(?:if|unless|once|when|until|provided|as soon as)\b|如果|要是|若|只要|除非|的话|才|[?？]$", re.IGNORECASE
)
_NAMED = re.compile(r"L\d+")


@lru_cache(maxsize=4096)
def _taken_back(says: str) -> str:
    """Return the line of the motion that some words take back, "own" if they name none, or empty."""
    for sentence in sentences(says) if _TAKES_BACK.search(says) else ():
        match = _TAKES_BACK.search(sentence)
        if match and not _HANGS.search(sentence):
            named = _NAMED.search(match[0])
            return named[0] if named else "own"
    return ""


def given_up(items: Sequence[Item], line: Line) -> Item | None:
    """Return the speaker's own motion that a line takes back: the one it names, or else its only one; or None.

    A vote takes nothing back, nor do the words of a card or of the rules.
    """
    if line["origin"] not in ("model", "person", "agent") or line["vote"] or line["point"]:
        return None
    back = _taken_back(line["says"])
    if not back:
        return None
    amended = {item.amends for item in items}
    own = [
        item
        for item in items
        if item.kind == "proposal" and item.terms and item.state == "open" and item.line not in amended
        if (item.owner, item.stage) == (line["seat"], line["stage"]) and back in ("own", item.line)
    ]
    return own[0] if len(own) == 1 else None


def without(items: tuple[Item, ...], motion: Item, line: Line) -> tuple[Item, ...]:
    """Return the entries after a line took a motion back, and with it the objection by which it was made.

    If others back the motion, it stays, and its mover stands against it.
    """
    seat, place = line["seat"], items.index(motion)
    opposed = next(
        (item for item in reversed(items[:place]) if item.kind == "proposal" and seat in item.objectors), None
    )
    gone = (
        motion.altered(objectors=motion.objectors | {seat})
        if motion.supporters
        else motion.turned("withdrawn", line["id"])
    )
    return tuple(
        gone if item is motion else item.altered(objectors=item.objectors - {seat}) if item is opposed else item
        for item in items
    )
