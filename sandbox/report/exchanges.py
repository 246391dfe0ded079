"""Exchanges: a seat asked for a condition, another took it on, and the seat dropped a condition in return."""

from __future__ import annotations

from collections.abc import Collection

from sandbox.game.ledger.entries import Item
from sandbox.game.motions.hanging import brought, hangs_on
from sandbox.record.line import Line
from sandbox.report.reading import Reading

_TAKES = ("yes", "part")


def own_conditions(reading: Reading, item: Item) -> list[str]:
    """Return the conditions that a proposal was the first to bring."""
    return [part for by, part in brought(reading.session.items, item.condition) if by == item.line]


def took_on(reading: Reading, by: str, seat: str) -> Line | None:
    """Return a seat's last answer to what line ``by`` asks of it; None if it gave none, or if that answer is no."""
    said = [line for line in reading.lines if line["seat"] == seat and by in line.get("takes_on", {})]
    return said[-1] if said and said[-1]["takes_on"][by] in _TAKES else None


def left_out(reading: Reading, item: Item, asked: Collection[str], since: str) -> str:
    """Return the first later motion of an item's owner that drops an ``asked`` condition, by line; or an empty text.

    Only motions after the line ``since`` count.
    """
    for later in reading.proposals.values():
        base = reading.proposals.get(later.amends) or reading.proposals.get(later.base)
        if base and reading.place(later.line) > reading.place(since) and later.owner == item.owner:
            gone = {*hangs_on(base.condition)} - {*hangs_on(later.condition)}
            if not gone.isdisjoint(asked):
                return later.line
    return ""


def exchanged_for(reading: Reading, stage: str) -> list[str]:
    """Return, in sentences, which of their own conditions seats struck in a stage after others had taken them on.

    Conditions that were decided all the same are left out, and so are exchanges that the whole room did not hear.
    """
    label, told = reading.label, list[str]()
    decided = {part for taken in reading.session.carried for part in hangs_on(taken["condition"])}
    heard = {line["id"] for line in reading.lines if reading.heard(line)}
    for item in reading.session.entries("proposal"):
        asked = [part for part in own_conditions(reading, item) if part not in decided]
        lines = [took_on(reading, item.line, seat) for seat in reading.game.positions if seat != item.owner]
        given = sorted((line for line in lines if line), key=lambda line: reading.place(line["id"]))
        for line in given[:1] if asked and item.stage == stage else ():
            back = left_out(reading, item, asked, line["id"])
            if back and heard.issuperset((item.line, line["id"], back)):
                way = line["takes_on"][item.line]
                told.append(
                    label(
                        f"exchanged.{way}", by=reading.mover(item), name=reading.name(line["seat"]), line=item.line,
                        condition=label("semi").join(asked), back=back, given=line["id"],
                        says=label("exchanged.says", says=line["promises"]) if line["promises"] else "",
                    )
                )  # fmt: skip
    return told
