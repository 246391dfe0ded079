"""What a decision hangs on: who brought each condition, who is to do it and whether they said yes; and who may not."""

from __future__ import annotations

from sandbox.content.acts import has
from sandbox.game.conditions import who_fulfils
from sandbox.game.hanging import brought, hangs_on, traced
from sandbox.game.unwilling import carried_refused
from sandbox.record.line import DecisionTaken
from sandbox.report.document.blocks import Span, Spans, Table
from sandbox.report.document.compose import Inline, below, table
from sandbox.report.interests import interested
from sandbox.report.reading import Reading


def conditions_table(reading: Reading, decision: DecisionTaken) -> Table | None:
    """Return the conditions of a carried decision, each with its origin and its doer; None where it hangs on none."""
    label, rows = reading.label, list[tuple[Inline, ...]]()
    told = reading.conditions(decision)
    for seat, who, condition in _doers(reading, decision):
        doer = who or label("ledger.nobody_named")
        said = _said_yes(reading, decision, seat, condition)[1] if seat else label("ledger.no_seat") if who else "–"
        rows.append((told[condition], _brought(reading, decision, condition), doer, said))
    head = (label("ledger.condition"), *(label(f"ledger.{key}") for key in ("brought_by", "doer", "said_yes")))
    caption = label("ledger.conditions").rstrip(":：")
    return table(caption, head, rows, widths=(37, 23, 20, 20)) if rows else None


def _doers(reading: Reading, decision: DecisionTaken) -> list[tuple[str, str, str]]:
    """Return for each condition the seat that is to fulfil it, empty where that is none here, who that is, and it."""
    room = reading.game.present(decision["stage"])
    seats = who_fulfils(reading.spoken, reading.session.items, decision, room)
    return [
        (seat if seat and who == reading.person(seat) else "", who, condition)
        for (seat, condition), (who, _) in zip(seats, reading.sees_to(decision), strict=True)
    ]


def unsaid_told(reading: Reading, decision: DecisionTaken) -> list[str]:
    """Return as a sentence which seats are to fulfil a condition and have not said yes to it; nothing for none."""
    names = [
        reading.name(seat) + reading.label.paren(condition)
        for seat, _, condition in _doers(reading, decision)
        if seat and not _said_yes(reading, decision, seat, condition)[0]
    ]
    return [reading.label("ledger.unsaid", names=reading.label("semi").join(names))] if names else []


def doers_away(reading: Reading, decision: DecisionTaken) -> list[str]:
    """Return as a sentence which of those who are to do the work voted against it; nothing where nobody did."""
    against = reading.doers_against(decision)
    return [reading.label("decision.doer_against", names=against)] if against else []


def interests_told(reading: Reading, decision: DecisionTaken) -> list[str]:
    """Return as a sentence who voted on an interest of their own, and how; nothing where nobody did."""
    label, terms = reading.label, {**decision["terms"], **decision["unbound"]}
    ways = dict.fromkeys(decision["abstained"], "abstained")
    ways |= {seat: "for" if vote else "against" for seat, vote in decision["votes"].items()}
    own = [seat for seat in interested(reading.spoken, terms) if seat in ways]
    names = [reading.name(seat) + label.paren(label(f"decision.{ways[seat]}").lower()) for seat in own]
    return [label("interested", names=names)] if names else []


def _brought(reading: Reading, decision: DecisionTaken, condition: str) -> Spans:
    """Return who brought a condition with which line, and whose clause it replaced, if anybody's."""
    items = reading.session.items
    line = next(line for line, part in brought(items, decision["condition"]) if part == condition)
    item = reading.proposals.get(line)
    if item is None:
        return (Span("–"),)
    first = [origin for origin, part in traced(items, decision["condition"]) if part == condition and origin != item]
    label, others = reading.label, [origin for origin in first if origin.owner != item.owner]
    names = [reading.name(origin.owner) + label.paren(origin.line) for origin in others]
    told = [label("ledger.in_place", names=names)] if names else []
    told += [label("ledger.anew", line=origin.line) for origin in first if origin.owner == item.owner]
    return below((Span(reading.mover(item) + " "), Span(line, line)), *told)


def _said_yes(reading: Reading, decision: DecisionTaken, seat: str, condition: str) -> tuple[bool, str]:
    """Return whether the seat that is to fulfil a condition has said yes to it, by its vote or by an act, and how."""
    label = reading.label
    refused = carried_refused(reading.spoken, reading.session.items, decision, reading.lines).get(condition, ())
    if lines := [line["id"] for line in refused if line["seat"] == seat]:
        return False, label("ledger.refused_it", line=label.join(lines))
    if seat in decision["votes"]:
        return decision["votes"][seat], label("ledger.yes_vote" if decision["votes"][seat] else "ledger.no_vote")
    if seat in decision["abstained"]:
        return False, label("ledger.out_vote")
    holding = {line for line, item in reading.proposals.items() if condition in hangs_on(item.condition)}
    for line in reading.lines:
        backs = has(line["act"], "supports") and line["about"] in holding
        if line["seat"] == seat and (backs or line["id"] in holding):
            return True, label("ledger.yes", line=line["id"])
    return False, label("ledger.not_said")
