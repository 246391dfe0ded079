"""The choices in the fields of a card's form, and the ids of new items.

All is read off the values of its file, which need not be sound: so what was just added can be chosen at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any, get_args

from pydantic import BaseModel

from sandbox.content.aftermath import YearFact
from sandbox.content.cards import RULED, SECTIONS, Kind, Payer, PointAct, Section, Topic
from sandbox.content.decision_card import Decision, Option
from sandbox.content.governance import (
    MORE_THAN_HALF,
    Aggregation,
    Boundary,
    Choice,
    Information,
    Payoff,
    Position,
    Rules,
    Scope,
)
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.pack_card import Crossing, Moment, Slot
from sandbox.content.scenario_card import City, Inject, Scenario, Task, Tour
from sandbox.content.seat_card import MOTION, CardPoint, ScenarioSeat
from sandbox.content.words import Words

_LONGEST_STEM = 40
_FACT = re.compile(r"F[0-9]{1,2}")
Path = tuple[str | int, ...]
Choices = Callable[[type[BaseModel], str], Mapping[str, Any] | None]


def choices_of(library: Library, case: Any, words: Words) -> Choices:
    """Return a function from model and name of a field to its options; the values of a card need not be valid."""
    lang = words.lang
    seats, facts, tasks = items_of(case, "seats"), items_of(case, "facts"), items_of(case, "tasks")
    points = [(seat, point) for seat in seats for point in items_of(seat, "points")]
    people = {str(seat.get("persona")): seat_name(library, seat, lang) for seat in seats}
    answers = {
        str(each.get("id")): (text_in(each.get("question"), lang), _told(each.get("options"), lang))
        for each in items_of(case, "decisions")
    }
    said = {
        str(point.get("id")): seat_role(library, seat, lang) + words("colon") + text_in(point.get("says"), lang)
        for seat, point in points
    }
    said |= {str(each.get("id")): text_in(each.get("text"), lang) for each in items_of(case, "injects")}
    stages = {stage.id: stage.name.get(lang) for stage in library.stages()}
    known_facts = {str(fact.get("id")): f"{fact.get('id')} {text_in(fact.get('text'), lang)}" for fact in facts}
    known_tasks = {str(task.get("id")): text_in(task.get("text"), lang) for task in tasks}
    departments = _told(case.get("departments") if isinstance(case, dict) else None, lang)
    models = {model: library.governance(model).name.get(lang) for model in library.cards["governance"]}
    known: dict[tuple[type[BaseModel], str], Mapping[str, Any]] = {
        (Scenario, "governance"): models,
        (Scenario, "default_governance"): models,
        (Scenario, "stages"): stages,
        (Scenario, "purposes"): stages,
        (Decision, "topic"): {topic: words.of("topic", topic) for topic in get_args(Topic)},
        (Decision, "remit"): people,
        (Decision, "departments"): departments,
        (Option, "paid_by"): {payer: words.of("cards.payer", payer) for payer in get_args(Payer)},
        (Option, "fund"): known_facts,
        (Option, "sums"): known_facts,
        (Option, "remit"): people,
        (ScenarioSeat, "departments"): departments,
        (CardPoint, "stages"): stages,
        (CardPoint, "act"): {act: words.doing(act) for act in get_args(PointAct)},
        (CardPoint, "to"): {"": words("everyone"), **people},
        (CardPoint, "facts"): known_facts,
        (CardPoint, "section"): {section: words.of("section", section) for section in get_args(Section)},
        (CardPoint, "task"): known_tasks,
        (CardPoint, "replies_to"): said,
        (CardPoint, "after"): {MOTION: words("card_form.cardpoint.after.motion"), **said},
        (CardPoint, "terms"): answers,
        (ScenarioSeat, "never_accepts"): answers,
        (Task, "duplicates"): known_tasks,
        (Inject, "stage"): stages,
        (Inject, "to"): people,
        (YearFact, "to"): people,
        (YearFact, "figures"): known_facts,
        (Tour, "host"): people,
        (Tour, "shown"): known_facts,
        (Tour, "hidden"): known_facts,
        (City, "governance"): models,
        (Slot, "stage"): stages,
        (Moment, "stage"): stages,
        (Crossing, "section"): {code: code for code in sorted(SECTIONS)},
        **_of_rules(library, case, words, stages),
    }
    return lambda model, name: known.get((model, name))


def _of_rules(
    library: Library, model: Any, words: Words, stages: Mapping[str, str]
) -> dict[tuple[type[BaseModel], str], Mapping[str, Any]]:
    """Return the choices in the rules of a governance model: its own positions, and ids of cards."""
    rules = model.get("rules") if isinstance(model, dict) else None
    held = rules.get("position") if isinstance(rules, dict) else None
    positions = {
        str(name): text_in(each.get("name"), words.lang) or str(name)
        for name, each in (held.items() if isinstance(held, dict) else ()) if isinstance(each, dict)
    }  # fmt: skip
    people = {name: library.title("persona", name).get(words.lang) for name in library.own_first("persona")}
    shares = {share: words.of("share.is", share) for share in ("2/3", "3/4", "4/5")}
    half = {MORE_THAN_HALF: words("share.half")}
    named: dict[type[BaseModel], tuple[str, ...]] = {
        Boundary: ("positions",), Aggregation: ("chair", "voters", "veto"), Information: ("platform",),
        Payoff: ("hierarchical", "horizontal"), Scope: ("plans",),
    }  # fmt: skip
    return {
        **{(kind, name): positions for kind, names in named.items() for name in names},
        (Rules, "boundary"): stages,
        (Rules, "choice"): positions,
        (Position, "kinds"): {kind: words.of("card_form.persona.kind.is", kind) for kind in get_args(Kind)},
        (Position, "personas"): people,
        (Choice, "acts"): {act: words.doing(act) for act in RULED},
        (Aggregation, "share"): {**half, **shares},
        (Aggregation, "quorum"): {**{str(count): str(count) for count in range(10)}, **half, **shares},
        (Payoff, "budgets"): (payers := {payer: words.of("cards.payer", payer) for payer in get_args(Payer)}),
        (Payoff, "default"): payers,
        (Scope, "decisions"): {topic: words.of("topic", topic) for topic in get_args(Topic)},
    }


def seat_name(library: Library, seat: Mapping[str, Any], lang: Lang) -> str:
    """Return name and role of a seat's persona, by the seat's values; the id of an unknown persona."""
    persona = str(seat.get("persona"))
    if persona not in library.cards["persona"]:
        return persona
    return f"{library.persona(persona).name.get(lang)} · {seat_role(library, seat, lang)}"


def seat_role(library: Library, seat: Mapping[str, Any], lang: Lang) -> str:
    """Return the role of a seat's persona, likewise."""
    persona, role = str(seat.get("persona")), text_in(seat.get("role"), lang)
    return role or (library.persona(persona).role.get(lang) if persona in library.cards["persona"] else persona)


def text_in(text: Any, lang: Lang) -> str:
    """Return a text of a file in a language; empty if the value is no text."""
    told = text.get(lang, "") if isinstance(text, dict) else text
    return told if isinstance(told, str) else ""


def _told(texts: Any, lang: Lang) -> dict[str, str]:
    return {str(name): text_in(text, lang) for name, text in texts.items()} if isinstance(texts, dict) else {}


def items_of(data: Any, name: str) -> list[dict[str, Any]]:
    """Return the mappings among the items of a list in a file."""
    held = data.get(name) if isinstance(data, dict) else None
    return [item for item in held if isinstance(item, dict)] if isinstance(held, list) else []


def nodes(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the values of a file recursively, each with its path and after its parent."""
    yield path, data
    for name, value in data.items() if isinstance(data, dict) else enumerate(data if isinstance(data, list) else ()):
        yield from nodes(value, (*path, name))


def new_items(data: Any, seat: str) -> Callable[[str], dict[str, Any]]:
    """Return a function that makes new items of a card, each with an unused id.

    A new fact has the source of the case, marked as inferred.
    """
    taken = set(_ids(data))

    def make(kind: str) -> dict[str, Any]:
        if kind == "fact":
            known = [int(name[1:]) for name in taken if _FACT.fullmatch(name)]
            source = {"sections": _sections(data), "inferred": ["text"]}
            item = {"id": f"F{max(known, default=0) + 1}", "source": source}
        else:
            stem = (seat or kind)[:_LONGEST_STEM]
            name = next(name for number in count(1) if (name := f"{stem}_{number}") not in taken)
            item = {"id": name}
        taken.add(str(item["id"]))
        return item

    return make


def _sections(data: Any) -> list[Any]:
    source = data.get("source") if isinstance(data, dict) else None
    sections = source.get("sections") if isinstance(source, dict) else None
    return list(sections) if isinstance(sections, list) else []


def _ids(data: Any) -> Iterator[str]:
    for path, value in nodes(data):
        if path[-1:] in (("options",), ("departments",), ("position",)) and isinstance(value, dict):
            yield from map(str, value)
        if path[-1:] == ("id",) and isinstance(value, str):
            yield value
