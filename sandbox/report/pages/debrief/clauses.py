"""Turning points of conditions: somebody struck, or put another in the place of, what somebody else had asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sandbox.content.acts import has
from sandbox.game.entries import Item
from sandbox.game.hanging import brought, hangs_on
from sandbox.record.line import Line
from sandbox.report.acceptance import reworded
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.report.pages.debrief.turning_point import TurningPoint


def struck(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each motion without a condition of somebody else's that was in the one on which it was built.

    A clause that was worded otherwise, and that whoever had brought it went along with, was not struck; nor was one
    that came back and was decided.

    First come those whose owners voted against what was carried, then those of which the new clause was decided.
    """
    made = {item.line: item for item in reader.session.entries("proposal")}
    kept = {part for taken in reader.session.carried for part in hangs_on(taken["condition"])}
    rows: list[tuple[bool, bool, TurningPoint]] = []
    for item in made.values():
        base = made.get(item.amends) or made.get(item.base)
        if base is None or item.line in reader.session.stood_in:
            continue
        had, has_now = hangs_on(base.condition), hangs_on(item.condition)
        gone = [
            (line, part)
            for line, part in brought([*made.values()], base.condition)
            if part not in has_now and part not in kept
        ]
        new = [part for part in has_now if part not in had]
        theirs: dict[str, list[tuple[str, str]]] = {}
        for line, part in gone:
            if line and made[line].owner != item.owner:
                theirs.setdefault(made[line].owner, []).append((line, part))
        for owner, parts in theirs.items():
            lost = any(taken["votes"].get(owner) is False for taken in reader.session.carried)
            decided = any(part in hangs_on(taken["condition"]) for taken in reader.session.carried for part in new)
            along = not lost and _along(reader, item, owner, [part for _, part in parts], new, made)
            if along and all(reworded(reader, part, new) for _, part in parts):
                continue
            told = _told(reader, item, owner, dict(parts), new, lost=lost, along=along)
            rows.append((not lost, not decided, told))
    yield from (point for *_, point in sorted(rows, key=lambda row: row[:2]))


def _told(
    reader: DebriefReader,
    item: Item,
    owner: str,
    parts: Mapping[str, str],
    new: Sequence[str],
    *,
    lost: bool,
    along: bool,
) -> TurningPoint:
    label, names = reader.label, {"name": reader.name(item.owner), "by": reader.name(owner)}
    text = label("why.struck", **names, struck=label("semi").join(parts.values()))
    if new:
        text += label("gap") + label("why.struck.new", condition=label("semi").join(new))
    so_far = text
    if lost or along:
        text += label("gap") + label("why.struck.against" if lost else "why.struck.along", **names)
    matter = " ".join([*parts.values(), *new])
    return TurningPoint(
        "struck", text, (item.line, *parts), frozenset({item.owner, owner}), matter=matter, so_far=so_far
    )


def _along(
    reader: DebriefReader, item: Item, owner: str, parts: Sequence[str], new: Sequence[str], made: Mapping[str, Item]
) -> bool:
    later = [made.get(line["id"]) or made.get(line["about"]) for line in _backs(reader, owner, item)]
    kept = [set(hangs_on(each.condition)) for each in later if each]
    return any(each >= {*new} and each.isdisjoint(parts) for each in kept)


def _backs(reader: DebriefReader, seat: str, item: Item) -> Iterator[Line]:
    for line in reader.lines[reader.place(item.line) + 1 :]:
        if line["seat"] == seat and line["id"] not in reader.session.stood_in and has(line["act"], "supports"):
            yield line
