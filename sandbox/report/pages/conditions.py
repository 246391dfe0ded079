"""The conditions of a decision: who brought each, who is to fulfil it, and whether they agreed."""

from __future__ import annotations

from sandbox.game.ledger.entries import Item
from sandbox.game.motions.hanging import brought, struck_by
from sandbox.game.motions.unwilling import carried_refused
from sandbox.record.line import BODY, DecisionTaken
from sandbox.report.acceptance import answer_to, exchanged, in_part, moved_with, not_accepted, owed, with_answer
from sandbox.report.document.blocks import Span, Spans, Table
from sandbox.report.document.compose import Inline, below, table
from sandbox.report.read_decision import conditions_told
from sandbox.report.reading import Reading


def conditions_table(reading: Reading, decision: DecisionTaken) -> Table | None:
    """Return the conditions of a carried decision, with who brought and who fulfils each; None if it has none."""
    label, rows = reading.label, list[tuple[Inline, ...]]()
    told = conditions_told(reading, decision)
    refused = carried_refused(reading.spoken, reading.session.items, decision, reading.lines)
    for who, seat, condition in owed(reading, decision):
        lines = [line for line in refused.get(condition, ()) if line["seat"] == seat or not who]
        doer = who or label.join([reading.person(line["seat"]) for line in lines]) or label("ledger.nobody_named")
        if lines:
            said = label("ledger.refused_it", line=label.join([line["id"] for line in lines]))
        else:
            said = _said(reading, decision, seat, condition) if seat else label("ledger.no_seat") if who else "–"
        text = told.pop(condition, "")  # a condition with several doers is told once
        rows.append((text, _brought(reading, decision, condition) if text else "", doer, said))
    head = (label("ledger.condition"), *(label(f"ledger.{key}") for key in ("brought_by", "doer", "said_yes")))
    caption = label("ledger.conditions").rstrip(":：")
    return table(caption, head, rows, widths=(37, 23, 20, 20)) if rows else None


def conditions_answered(reading: Reading, decision: DecisionTaken) -> list[str]:
    """Return each condition of a decision, with the answer of the seat that is to fulfil it."""
    texts = conditions_told(reading, decision)
    for _, seat, condition in owed(reading, decision):
        way = not_accepted(reading, decision, condition, seat)
        if way not in ("", "refused"):  # a refusal is told with the condition itself
            texts[condition] += reading.label.paren(with_answer(reading, decision, reading.name(seat), seat, condition))
        elif not way and seat and (yes := _answer(reading, decision, condition, seat)):
            texts[condition] += reading.label.paren(reading.name(seat) + reading.label("colon") + yes)
    return [*texts.values()]


def unsaid_told(reading: Reading, decision: DecisionTaken) -> list[str]:
    """Return, as sentences, which seats are to fulfil a condition and have not agreed to it, or only to a part."""
    return _unsaid(reading, decision, "unsaid")


def unsaid_yet(reading: Reading, motion: Item, stage: str, reader: str = "") -> list[str]:
    """Return the same as `unsaid_told` for a motion that is put to the vote in a stage.

    If the ``reader``'s own seat is among them, it is told in a sentence of its own.
    """
    carried: DecisionTaken = {
        "id": "", "stage": stage, "motion": motion.line, "procedure": "", "by": BODY, "votes": {}, "abstained": [],
        "vetoed_by": [], "carried": True, "terms": {**motion.terms}, "condition": motion.condition, "unbound": {},
        "payer": [], "budget": [], "payer_agreed": False, "fallen": [],
    }  # fmt: skip
    return _unsaid(reading, carried, "unsaid_yet", reader)


def _unsaid(reading: Reading, decision: DecisionTaken, key: str, reader: str = "") -> list[str]:
    label, own, names, halves = reading.label, list[str](), list[str](), list[str]()
    for _, seat, condition in owed(reading, decision):
        name, answer = reading.name(seat) if seat else "", in_part(reading, decision, condition, seat)
        named = condition if condition.startswith(name) else name + label.paren(condition)
        if not_accepted(reading, decision, condition, seat):
            (own if seat == reader else names).append(condition if seat == reader else named)
        elif answer is not None:
            halves.append(f"{named}{label('colon')}“{answer.says.rstrip('.。')}”")
    told = {f"ledger.{key}_you": own, f"ledger.{key}": names, "ledger.in_part": halves}
    return [label(said, names=label("semi").join(whose)) for said, whose in told.items() if whose]


def _brought(reading: Reading, decision: DecisionTaken, condition: str) -> Spans:
    """Return who brought a condition, with the line, and the seats whose clauses it replaced, if any."""
    items = reading.session.items
    line = next(line for line, part in brought(items, decision["condition"]) if part == condition)
    item = reading.proposals.get(line)
    if item is None:
        by, put = decision["by"], decision["motion"]
        return (Span("–"),) if by == BODY else (Span(reading.name(by) + " "), Span(put, put))
    label, before = reading.label, {each.line: each.owner for each in struck_by(items, item)}
    before |= {
        by: reading.proposals[by].owner
        for by, _, new in exchanged(reading, reading.line_by_id[line])
        if new == condition
    }
    names = [reading.name(owner) + label.paren(by) for by, owner in before.items()]
    told = [label("ledger.in_place", names=names)] if names else []
    return below((Span(reading.mover(item) + " "), Span(line, line)), *told)


def _said(reading: Reading, decision: DecisionTaken, seat: str, condition: str) -> str:
    """Return in words whether the seat that is to fulfil a condition agreed to it, aloud or by its vote."""
    label = reading.label
    way = not_accepted(reading, decision, condition, seat)
    if not way and (yes := _answer(reading, decision, condition, seat)):
        return yes
    by_vote, line = decision["votes"].get(seat), "" if way else moved_with(reading, condition, seat)
    way = way or ("aloud" if not by_vote else "moved" if line else "vote")
    return label(f"ledger.said.{way}") + (label.paren(line) if line else "")


def _answer(reading: Reading, decision: DecisionTaken, condition: str, seat: str) -> str:
    """Return in words that a seat agreed to a condition that was carried, or to which part; empty if not."""
    answer = answer_to(reading, decision, condition, seat)
    if answer is None or answer.what not in ("promised", "otherwise"):
        return ""
    return reading.label(f"ledger.said.{'part' if answer.says else 'yes'}", line=answer.line, says=answer.says)
