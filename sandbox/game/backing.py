"""Who is behind a motion, and which motions fall with nobody behind them since their mover wants another (inferred)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.game.entries import Item
from sandbox.game.hanging import brought, hangs_on


def stands(
    items: Sequence[Item], motion: Item, *, on_its_terms: bool = False, made: Mapping[str, Item] | None = None
) -> dict[str, bool]:
    """Return who stands for a motion (true) or against it; each seat as it stood last on it, or on what it grew out of.

    Whoever brought a condition that was struck, or has moved other options since, stands for it no longer, nor does its
    mover who has left it for another. A motion that was amended since stands alone.

    Args:
        items: the ledger.
        motion: the motion.
        on_its_terms: whether only what was said of the same terms counts.
        made: the proposals among the items, by line, where whoever asks has them at hand.
    """
    made = made or proposals_of(items)
    versions = [motion]
    while versions[0].amends in made and all(item.amends != motion.line for item in made.values()):
        before = made[versions[0].amends]
        if on_its_terms and before.terms != motion.terms:
            break
        versions.insert(0, before)
    stances: dict[str, bool] = {}
    left = ""
    for item in versions:
        for line, part in brought(items, left) if left else ():
            if line in made and part not in hangs_on(item.condition):
                stances.pop(made[line].owner, None)
        stances |= dict.fromkeys(item.supporters, True)
        stances[item.owner] = True
        stances |= dict.fromkeys(item.objectors, False)
        left = item.condition
    since = False  # whoever votes may not have heard the motion that is put
    for item in made.values():
        if since and stances.get(item.owner) and item.owner != motion.owner and _contradict(item, motion):
            del stances[item.owner]
        since = since or item.line == motion.line
    if motion.terms and stances.get(motion.owner) and _latest_for([*made.values()], motion):
        del stances[motion.owner]
    return stances


def proposals_of(items: Sequence[Item]) -> dict[str, Item]:
    """Return the proposals of a ledger, by the line that put each."""
    return {item.line: item for item in items if item.kind == "proposal"}


def _contradict(item: Item, other: Item) -> bool:
    return any(item.terms.get(key, option) != option for key, option in other.terms.items())


def fallen(items: Sequence[Item]) -> dict[str, str]:
    """Return the proposals that their mover has left and nobody else keeps up, each with that for which it was left.

    A motion that others back belongs to the meeting: it stays as long as somebody other than its mover stands for it
    who stands neither for the later one, nor for what grew out of either by amendments.
    """
    made, proposals = [item for item in items if item.kind == "proposal" and item.terms], proposals_of(items)
    backers: dict[str, set[str]] = {}

    def behind(*motions: Item) -> set[str]:
        for motion in motions:
            if motion.line not in backers:
                stances = stands(items, motion, made=proposals)
                backers[motion.line] = {seat for seat, stance in stances.items() if stance}
        return {seat for motion in motions for seat in backers[motion.line]}

    fell: dict[str, str] = {}
    for item in made:
        for later in _left_for(made, item):
            if not behind(item) - behind(*_grown(made, item)[1:], *_grown(made, later)):
                fell.setdefault(item.line, later.line)
                break
    return fell


def left_for(items: Sequence[Item], motion: Item) -> str:
    """Return the line of the latest motion for which its mover has left a motion, other than to amend it; or empty."""
    return _latest_for([item for item in items if item.kind == "proposal"], motion)


def _latest_for(made: Sequence[Item], motion: Item) -> str:
    later = _left_for(made, motion)
    if not later:
        return ""
    grown = {item.line for item in _grown(made, motion)}
    return next((item.line for item in reversed(later) if item.line not in grown), "")


def _left_for(made: Sequence[Item], motion: Item) -> list[Item]:
    """Return the later motions for which a motion was left.

    Each is one of its mover's own on the same questions or more, or one of somebody else's with the same options on
    another condition, which its mover supports.
    """
    later: list[Item] = []
    for item in reversed(made):
        if item.line == motion.line:
            return later[::-1]
        wider = item.owner == motion.owner and motion.terms.keys() <= item.terms.keys()
        if wider or (motion.owner in item.supporters and motion.terms == item.terms):
            later.append(item)
    return []


def _grown(made: Sequence[Item], motion: Item) -> list[Item]:
    """Return a motion and what grew out of it by amendments."""
    grown = {motion.line: motion}
    for item in made:
        if item.amends in grown:
            grown[item.line] = item
    return [*grown.values()]
