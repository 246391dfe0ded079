"""The conditions of a motion, one by one: which line brought each, and which earlier condition it replaces."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from sandbox.content.language import Lang, patterns
from sandbox.content.scenario_card import Scenario
from sandbox.game.ledger.entries import Item, Ledger, proposals_of
from sandbox.record.line import DecisionTaken

# What begins as the other case of a condition belongs to it.
_PARTS = re.compile(r"[;；](?!\s*(?:if not\b|otherwise\b|else\b|否则|不然|要不))", re.IGNORECASE)

# Words by which a promise hangs on what is decided.
_DEPENDS = patterns(
    en=r"\b(?:if|once|as (?:soon|long) as|provided|in return|where I"
    r"|with (?:the|this|that) [\w ]{1,20}(?=,)|the day(?! (?:on which|of)\b)|while [^,;]*\b(?:pays?|covers?))\b",
    zh=r"如果|要是|若是|只要|一旦|的话|表决过|通过(?:了|后|以后)|(?:[了后]|定下来)(?:就|再|才)",
)


def depends(promise: str, lang: Lang) -> bool:
    """Return whether a promise is worded so that it depends on what is decided."""
    return bool(_DEPENDS[lang].search(promise))


def hangs_on(condition: str) -> list[str]:
    """Return the single conditions in a text, each once."""
    return list(_conditions(condition))


@lru_cache(maxsize=4096)  # the conditions of all proposals are gone through for each line that is told
def _conditions(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(str.strip, _PARTS.split(text)))))


def brought(items: Sequence[Item], condition: str) -> list[tuple[str, str]]:
    """Return the single conditions in a text, each as a pair of the line that first brought it and the condition."""
    if not condition:
        return []
    made = [(item.line, _conditions(item.condition)) for item in items if item.kind == "proposal"]
    return [(next((line for line, parts in made if part in parts), ""), part) for part in _conditions(condition)]


def brought_with(items: Sequence[Item], condition: str) -> tuple[Item | None, list[str]]:
    """Return the entry that first brought a single condition, and all that it brought; None if no entry did."""
    had: set[str] = set()
    for item in items:
        parts = _conditions(item.condition)
        if condition in parts:
            return item, [part for part in parts if part not in had]
        had.update(parts)
    return None, []


def traced(items: Sequence[Item], condition: str) -> list[tuple[Item, str]]:
    """Return the single conditions in a text, each with the proposal that first brought it, in whatever words.

    A counter-offer that strikes a condition of the motion it amends and brings one of its own puts that in its place:
    both are traced to the proposal that brought the struck one.
    """
    made = proposals_of(items)
    return [(origin, part) for line, part in brought(items, condition) if line for origin in _origins(made, made[line])]


def _origins(made: Mapping[str, Item], item: Item) -> list[Item]:
    """Return the proposals whose conditions a proposal's own ones replace; the proposal itself if it strikes none."""
    return [origin for before in struck_by(tuple(made.values()), item) for origin in _origins(made, before)] or [item]


def struck_by(items: Sequence[Item], item: Item) -> list[Item]:
    """Return the proposals that brought the conditions that a counter-offer strikes from the motion it amends."""
    if not item.amends:
        return []
    made = proposals_of(items)
    base, left = made.get(item.amends), hangs_on(item.condition)
    struck = brought(items, base.condition) if base else []
    return [made[line] for line, part in struck if part not in left and line in made]


def names_task(scenario: Scenario, task: str, condition: str) -> bool:
    """Return whether a condition contains one of the names that the case gives a reporting task."""
    known, text = scenario.task_by_id.get(task), condition.casefold()
    return known is not None and any(word.casefold() in text for name in known.names for word in (name.en, name.zh))


def takes_back(scenario: Scenario, items: Ledger, task: Item, decision: DecisionTaken) -> bool:
    """Return whether a decision has a condition of the seat that was handed a reporting task which names it (PC)."""
    return decision["carried"] and any(
        origin.owner == task.deliverer and names_task(scenario, task.task, part)
        for origin, part in traced(items, decision["condition"])
    )
