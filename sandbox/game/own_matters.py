"""Adds to a case what only this table has: decisions of bodies without a seat, its own matters, what was left open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sandbox.content.cards import Source, Text
from sandbox.content.scenario_card import Fact, Scenario
from sandbox.content.seat_card import CardPoint
from sandbox.game.spec import Decided, Matter, OwnPoint


def as_decided(scenario: Scenario, decided: Sequence[Decided]) -> Scenario:
    """Return a case whose options read as bodies without a seat have decided on them."""
    if not decided:
        return scenario
    says = {(each.question, each.option): Text(en=each.says, zh=each.says) for each in decided}
    questions = [
        question.model_copy(
            update={
                "options": {
                    key: option.model_copy(update=says[question.id, key].model_dump())
                    if (question.id, key) in says
                    else option
                    for key, option in question.options.items()
                }
            }
        )
        for question in scenario.decisions
    ]
    return scenario.model_copy(update={"decisions": tuple(questions)})


def with_matters(scenario: Scenario, matters: Sequence[Matter]) -> Scenario:
    """Return a case with a table's own matters: a fact for each, and points for the seats that may raise it."""
    if not matters:
        return scenario
    taken = {fact.id for fact in scenario.facts}
    free = (name for number in range(1, 100) if (name := f"F{number}") not in taken)
    facts: list[Fact] = []
    points: dict[str, list[CardPoint]] = {}
    for matter in matters:
        name = next(free) if matter.says else ""
        if name:
            facts.append(Fact(id=name, text=_both(matter.says), source=Source(inferred=("text",))))
        for own in matter.points:
            points.setdefault(own.seat, []).append(_point(own, (name,) if name else ()))
    seats = [
        seat.model_copy(update={"points": (*seat.points, *points[seat.persona])}) if seat.persona in points else seat
        for seat in scenario.seats
    ]
    return scenario.model_copy(update={"facts": (*scenario.facts, *facts), "seats": tuple(seats)})


def own_points(matters: Sequence[Matter]) -> Iterator[OwnPoint]:
    """Yield the points on a table's own matters."""
    for matter in matters:
        yield from matter.points


def _point(own: OwnPoint, facts: tuple[str, ...]) -> CardPoint:
    return CardPoint(
        id=own.id, stages=own.stages, act=own.act, to=own.to or None, says=_both(own.says), facts=facts
    )  # fmt: skip


def _both(text: str) -> Text:
    return Text(en=text, zh=text)
