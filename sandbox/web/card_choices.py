"""What may be chosen in the fields of a card's form: seats, stages, facts, tasks, and whatever else a case names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any, get_args

from pydantic import BaseModel

from sandbox.content.cards import ACTS, Section
from sandbox.content.library import Library
from sandbox.content.schemas import Point, Scenario, ScenarioSeat
from sandbox.content.words import Words

__all__ = ["choices_of", "new_ids"]

_LONGEST_STEM = 40
Choices = Callable[[type[BaseModel], str], Mapping[str, Any] | None]


def choices_of(library: Library, case: Scenario | None, words: Words) -> Choices:
    """Return what tells the options of a field, by its model and name.

    Args:
        library: the content.
        case: the case to which the fields belong; None for a card that belongs to none.
        words: the words in which options are named.
    """
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
        known = {
            (ScenarioSeat, "departments"): {name: text.get(lang) for name, text in case.departments.items()},
            (Point, "stages"): {stage.id: stage.name.get(lang) for stage in library.stages()},
            (Point, "act"): {act: words.doing(act) for act in ACTS},
            (Point, "to"): {"": words("everyone"), **seats},
            (Point, "facts"): {fact.id: f"{fact.id} {fact.text.get(lang)}" for fact in case.facts},
            (Point, "section"): {section: words.of("section", section) for section in get_args(Section)},
            (Point, "task"): {task.id: task.text.get(lang) for task in case.tasks},
            (Point, "replies_to"): {**{inject.id: inject.text.get(lang) for inject in case.injects}, **said},
            (Point, "terms"): answers,
            (ScenarioSeat, "never_accepts"): answers,
        }
    return lambda model, name: known.get((model, name))


def new_ids(data: Any, stem: str) -> Callable[[type[BaseModel]], str]:
    """Return what makes ids for new items of a card: a stem with a number, which nothing in its values has.

    Args:
        data: the values of the card.
        stem: how the ids begin.
    """
    taken = set(_ids(data))

    def make(_: type[BaseModel]) -> str:
        name = next(name for number in count(1) if (name := f"{stem[:_LONGEST_STEM]}_{number}") not in taken)
        taken.add(name)
        return name

    return make


def _ids(data: Any) -> Iterator[str]:
    for name, value in data.items() if isinstance(data, dict) else enumerate(data if isinstance(data, list) else ()):
        if name == "id" and isinstance(value, str):
            yield value
        yield from _ids(value)
