"""What may be chosen in the fields of a card's form: seats, stages, facts, tasks, and whatever else a case names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any, get_args

from pydantic import BaseModel

from sandbox.content.cards import ACTS, Section
from sandbox.content.library import Library
from sandbox.content.schemas import Fact, Inject, Point, Scenario, ScenarioSeat, Task, Tour
from sandbox.content.words import Words

__all__ = ["choices_of", "new_items"]

_LONGEST_STEM = 40
_FACT = re.compile(r"F[0-9]{1,2}")
Choices = Callable[[type[BaseModel], str], Mapping[str, Any] | None]


def choices_of(library: Library, case: Scenario | None, words: Words) -> Choices:
    """Return what tells the options of a field, by its model and name."""
    known: dict[tuple[type[BaseModel], str], Mapping[str, Any]] = {}
    if case is not None:
        lang = words.lang
        people = {seat.persona: library.persona(seat.persona) for seat in case.seats}
        answers = {
            decision.id: (
                decision.question.get(lang),
                {name: option.get(lang) for name, option in decision.options.items()},
            )
            for decision in case.decisions
        }
        seats = {seat: f"{card.name.get(lang)} · {card.role.get(lang)}" for seat, card in people.items()}
        said = {
            point.id: f"{people[seat.persona].role.get(lang)}{words('colon')}{point.says.get(lang)}"
            for seat in case.seats
            for point in seat.points
        }
        stages = {stage.id: stage.name.get(lang) for stage in library.stages()}
        facts = {fact.id: f"{fact.id} {fact.text.get(lang)}" for fact in case.facts}
        tasks = {task.id: task.text.get(lang) for task in case.tasks}
        known = {
            (ScenarioSeat, "departments"): {name: text.get(lang) for name, text in case.departments.items()},
            (Point, "stages"): stages,
            (Point, "act"): {act: words.doing(act) for act in ACTS},
            (Point, "to"): {"": words("everyone"), **seats},
            (Point, "facts"): facts,
            (Point, "section"): {section: words.of("section", section) for section in get_args(Section)},
            (Point, "task"): tasks,
            (Point, "replies_to"): {**{inject.id: inject.text.get(lang) for inject in case.injects}, **said},
            (Point, "terms"): answers,
            (ScenarioSeat, "never_accepts"): answers,
            (Task, "duplicates"): tasks,
            (Inject, "stage"): stages,
            (Inject, "to"): seats,
            (Tour, "host"): seats,
            (Tour, "shown"): facts,
            (Tour, "hidden"): facts,
        }
    return lambda model, name: known.get((model, name))


def new_items(data: Any, seat: str) -> Callable[[type[BaseModel]], dict[str, Any]]:
    """Return what makes new items of a card: each has an id that nothing in its values has.

    A new fact is invented: its source is that of the case, which does not tell it.
    """
    taken = set(_ids(data))

    def make(model: type[BaseModel]) -> dict[str, Any]:
        if model is Fact:
            known = [int(name[1:]) for name in taken if _FACT.fullmatch(name)]
            item = {
                "id": f"F{max(known, default=0) + 1}",
                "source": {"sections": _sections(data), "inferred": ["text"]},
            }
        else:
            stem = (seat or model.__name__.lower())[:_LONGEST_STEM]
            item = {"id": next(name for number in count(1) if (name := f"{stem}_{number}") not in taken)}
        taken.add(str(item["id"]))
        return item

    return make


def _sections(data: Any) -> list[Any]:
    """Return the sections of the paper from which a card comes; none where its text does not tell."""
    source = data.get("source") if isinstance(data, dict) else None
    sections = source.get("sections") if isinstance(source, dict) else None
    return list(sections) if isinstance(sections, list) else []


def _ids(data: Any) -> Iterator[str]:
    for name, value in data.items() if isinstance(data, dict) else enumerate(data if isinstance(data, list) else ()):
        if name == "id" and isinstance(value, str):
            yield value
        yield from _ids(value)
