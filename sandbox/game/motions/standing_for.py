"""What lines stand for, read together with the ledger: options, counter-offers and doubts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sandbox.content.acts import TRAITS, has
from sandbox.game.ledger.entries import Item, gives_way
from sandbox.game.ledger.ledger import answered
from sandbox.record.line import Line


def spoken_for(items: Sequence[Item], lines: Sequence[Line]) -> Iterator[tuple[Line, Mapping[str, str]]]:
    """Yield each line other than a vote in which a seat stands for options, with these by question.

    These are the options of the motion that the line puts (an amendment has those of what it amends); otherwise the
    options of the motion that it backs, and those that it asks for. An objection that puts a motion stands only for the
    options in which it differs from what it opposes: what it takes over is no wish of its own. The ledger is the one
    after the lines.
    """
    made: dict[str, list[Item]] = {line["id"]: [] for line in lines}
    before: list[Item] = []
    for item in items:
        made.get(item.line, before).append(item)
    for line in lines:
        own = made[line["id"]]
        if not line["vote"] and (terms := _spoken_for(before, own, line)):
            yield line, terms
        before += own


def _spoken_for(before: Sequence[Item], own: Sequence[Item], line: Line) -> Mapping[str, str]:
    does, seat = TRAITS[line["act"]], line["seat"]
    put = next((item for item in own if item.kind == "proposal"), None)
    against = "opposes" in does
    if put is not None and not against:
        return put.terms
    if against and put is None:
        return {}
    backed: Mapping[str, str] = {}
    if against or ("supports" in does and not gives_way(line)):
        place = answered(before, seat, line["to"], line["about"])
        backed = {} if place is None or before[place].kind != "proposal" else before[place].terms
    if put is not None:
        return {key: option for key, option in put.terms.items() if backed.get(key) != option}
    return {**backed, **line["terms"]} if "wants" in does else backed


def counter_offers(items: Sequence[Item], lines: Sequence[Line]) -> dict[str, bool]:
    """Return the lines that are counter-offers, and whether each amends the motion that it answers.

    These are supports and objections with terms or a condition of their own, by the ledger as the reader knows it.
    """
    put = {item.line: bool(item.amends) for item in items if item.kind == "proposal"}
    return {line["id"]: put[line["id"]] for line in lines if line["id"] in put and has(line["act"], "counters")}


def doubters(lines: Sequence[Line]) -> dict[str, Line | None]:
    """Return the seats that raised a doubt, each with its last doubt, or None if it gave that up."""
    doubts: dict[str, Line | None] = {}
    for line in lines:
        if has(line["act"], "doubts") and not line["vote"]:
            doubts[line["seat"]] = line
        elif has(line["act"], "yields") and line["seat"] in doubts:
            doubts[line["seat"]] = None
    return doubts


def met(doubt: Line, lines: Sequence[Line]) -> bool:
    """Return whether in some lines somebody else gave way to a doubt, or promised something about it."""
    return any(
        line["about"] == doubt["id"]
        and line["seat"] != doubt["seat"]
        and (has(line["act"], "yields") or has(line["act"], "promises") or line["promises"])
        for line in lines
    )
