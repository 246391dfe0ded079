"""How the terms of a decision came about: what was put first, and who put something else in its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from sandbox.game.entries import Item
from sandbox.record.line import DecisionTaken
from sandbox.report.pages.debriefing.reader import Reader
from sandbox.report.pages.debriefing.turning_point import TurningPoint

__all__ = ["turned"]

# Of a longer course of conditions the first and the last steps are told.
_MOST_STEPS, _FIRST, _LAST = 6, 2, 3


def turned(reader: Reader) -> Iterator[TurningPoint]:
    """Yield each question on which another option was put before the one decided, and a condition that was changed."""
    for decision in reader.decisions:
        if decision["carried"]:
            put = _put(reader, decision)
            for key in decision["terms"]:
                yield from _option(reader, key, [item for item in put if key in item.terms])
            yield from _conditions(reader, decision, [item for item in put if item.condition])


def _put(reader: Reader, decision: DecisionTaken) -> list[Item]:
    """Return the proposals with terms up to a decision's motion, or up to the decision where it has none."""
    items = reader.session.items
    last = next((index for index, item in enumerate(items) if item.line in (decision["motion"], decision["id"])), -1)
    return [item for item in items[: last + 1] if item.kind == "proposal" and item.terms]


def _option(reader: Reader, key: str, put: Sequence[Item]) -> Iterator[TurningPoint]:
    """Yield how one question went from option to option; each is told with whoever put it first in its turn."""
    steps = [next(items) for _, items in groupby(put, lambda item: item.terms[key])]
    if len(steps) < 2:
        return
    label, question = reader.label, reader.game.scenario.decision_by_id[key]
    course = " → ".join(
        label("why.turned.step", option=reader.text(question.options[item.terms[key]]), name=reader.name(item.owner))
        for item in steps
    )
    text = label("why.turned", question=reader.text(question.question), course=course)
    yield TurningPoint("turned", text, *_shown(steps))


def _conditions(reader: Reader, decision: DecisionTaken, put: Sequence[Item]) -> Iterator[TurningPoint]:
    steps = [next(items) for _, items in groupby(put, lambda item: item.condition)]
    if len(steps) < 2:
        return
    long = len(steps) > _MOST_STEPS
    first, last = (steps[:_FIRST], steps[-_LAST:]) if long else (steps, [])
    names = [name for name, _ in groupby(reader.name(item.owner) for item in first)]
    names += ["…"] if long else []
    names += [name for name, _ in groupby(reader.name(item.owner) for item in last)]
    key = "why.turned.conditions" if decision["condition"] else "why.turned.conditions.none"
    text = reader.label(key, count=len(steps), names=" → ".join(names))
    yield TurningPoint("turned", text, *_shown([*first, *last]))


def _shown(steps: Sequence[Item]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the lines of the steps, the last one first, where the matter came to rest; and their seats."""
    *before, last = (item.line for item in steps)
    return (last, *before), frozenset(item.owner for item in steps)
