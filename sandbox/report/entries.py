"""What an entry of the ledger is and how it came out, in words that promise no more than a meeting can show."""

from __future__ import annotations

from sandbox.game.entries import Item
from sandbox.game.ledger import fallen
from sandbox.report.reading import Reading

__all__ = ["entry_course", "entry_kind", "entry_state"]


def entry_kind(reading: Reading, item: Item) -> str:
    """Return what an entry of the ledger is, in words."""
    return reading.label("kind_counter" if item.line in reading.counters else f"kind.{item.kind}")


def entry_state(reading: Reading, item: Item) -> tuple[str, str]:
    """Return how an entry of the ledger came out: its state for the colour of a tag, and in words.

    A promise that a decision contains is not kept by that: only a review a year later tells what was kept. Of the
    proposals, the motion alone was put to a decision; of the others it is said whether their terms are in it, and
    whether their mover gave them up.
    """
    state: str = item.state
    contained = bool(item.history) and _contained(reading, *item.history[-1])
    if item.kind == "promise" and (contained or state == "open"):
        state = "due" if not contained else "contained_if" if item.condition else "contained"
    elif item.kind == "proposal":
        put = {decision["motion"]: decision["carried"] for decision in reading.decisions}
        if item.line in put:
            state = "carried" if put[item.line] else "rejected"
        elif contained:
            state = "contained"
        elif item.line in fallen(reading.session.items):
            state = "replaced"
        elif reading.finished or _decided_after(reading, item):
            state = "unput"
    return state, reading.label.of("state", state)


def entry_course(reading: Reading, item: Item) -> str:
    """Return the course of an entry in words: each state with the line, decision or event that made it."""
    label = reading.label
    states = ((by, "contained" if _contained(reading, by, state) else state) for by, state in item.history)
    return " → ".join(label.of("state", state) + label.paren(reading.called(by)) for by, state in states)


def _contained(reading: Reading, by: str, state: str) -> bool:
    """Return whether a decision made the state, by what it contains."""
    return state in ("kept", "confirmed") and by in {decision["id"] for decision in reading.decisions}


def _decided_after(reading: Reading, item: Item) -> bool:
    items = reading.session.items
    return any(later.kind == "decision" for later in items[items.index(item) :])
