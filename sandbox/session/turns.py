"""A turn by a model: one call, its answer read as a turn, and asked for again when the wording is faulty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sandbox.content.plain import plain
from sandbox.content.schemas import Point, Task
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.plans import PLANNING, REWRITES
from sandbox.game.state import Floor, SessionState
from sandbox.game.steps import make_line, refusal
from sandbox.game.view import SeatView
from sandbox.llm.gateway import Call
from sandbox.llm.structured import UnusableAnswerError, partial_field
from sandbox.record.line import ALL, Line, Turn
from sandbox.session.context import SessionContext
from sandbox.session.prompts import WHISPER, point_of, turn_messages, turn_schema
from sandbox.session.quality import fault_in

__all__ = ["BINDING_ACTS", "LONGEST_PERSON_LINE", "open_sections", "open_tasks", "person_turn", "speak_turn"]

LONGEST_PERSON_LINE = 2000
# Acts with which a person is asked for terms.
BINDING_ACTS = ("propose", "promise", "decide")
# Acts that may commit to options; a model's terms beside a question or an objection bind nobody.
_COMMITS = ("propose", "promise", "decide", "support", "concede")


async def speak_turn(context: SessionContext, state: SessionState) -> tuple[Line, list[str]]:
    """Ask the model for the line of the seat that has the floor.

    Returns:
        The line, and the faults of the wordings that were rejected before it.

    Raises:
        EndpointError: the endpoint failed.
        BudgetReachedError: the budget is used up.
    """
    game, floor = context.game, _floor(state)
    if context.speaker is None:
        raise ValueError("no model speaks in this session")
    stage = game.stages[state["stage"]].id
    point = point_of(game, state, floor)
    schema = turn_schema(game, state, floor, point)
    messages = turn_messages(game, state, floor, point, context.templates)
    place = f"{stage}:{state['turn'] + 1}"
    faults: list[str] = []
    sampling, warmer = context.profile.sampling, context.profile.warmer
    for number in range(context.profile.wordings):
        call = Call(
            key=f"line:{place}:{number + 1}",
            seat=floor["seat"],
            stage=stage,
            messages=messages,
            schema=schema,
            parse=_reader(schema, point),
            sampling=replace(sampling, temperature=round(sampling.temperature + number * warmer, 3)),
            seed=game.rng("call", place).randrange(1_000_000) + 100 * number,
            on_text=_streamer(context, floor["seat"]),
        )
        reply = await context.speaker.ask(call)
        fault = fault_in(game, reply.value["says"], floor["seat"], point, _seen(state, floor["seat"]))
        if not fault:
            return make_line(game, state, reply.value, "model"), faults
        faults.append(fault)
    if point is None or point.id == WHISPER:  # advice is for one pair of eyes: it is not read out
        return make_line(game, state, reply.value, "model"), faults
    return make_line(game, state, _turn_of(point, point.says.get(game.spec.lang)), "card"), faults


def person_turn(game: Game, state: SessionState, answer: Any) -> Turn:
    """Check what a person in a seat wants to do.

    Args:
        game: the game.
        state: the state, with the person's seat on the floor.
        answer: act, addressee and words.

    Raises:
        InputError: the rules do not allow it, or there are no words; the message says what is allowed.
    """
    schema = turn_schema(game, state, _floor(state), None)
    options = schema["properties"]
    says = plain(str(answer.get("says", ""))).strip()
    for name in ("act", "to"):
        if answer.get(name) not in options[name]["enum"]:
            allowed = ", ".join(options[name]["enum"])
            raise InputError(f"{name}: '{answer.get(name)}' is not open to you now; allowed: {allowed}")
    if not says:
        raise InputError("says: a line needs words")
    if len(says) > LONGEST_PERSON_LINE:
        raise InputError(f"says: {len(says)} characters; at most {LONGEST_PERSON_LINE}")
    turn = Turn(
        act=answer["act"],
        to=answer["to"],
        says=says,
        terms=dict(answer.get("terms") or {}),
        section=str(answer.get("section") or ""),
        task=str(answer.get("task") or ""),
    )
    refused = refusal(game, state, turn)
    if refused:
        raise InputError(refused)
    return turn


def open_sections(game: Game, view: SeatView, act: str) -> tuple[str, ...]:
    """Return the sections of its own plan that a person may rewrite with an act."""
    if act not in REWRITES or view.stage.id not in PLANNING or view.seat not in game.drafters:
        return ()
    return tuple(game.scenario.plan)


def open_tasks(game: Game, view: SeatView, act: str) -> tuple[Task, ...]:
    """Return the reporting tasks that a person may hand down, or lift where one is open, with an act."""
    lifts = act in ("concede", "decide") and any(one.kind == "task" and one.state == "open" for one in view.ledger)
    return game.scenario.tasks if act == "delegate" or lifts else ()


def _turn_of(point: Point, says: str) -> Turn:
    return Turn(
        act=point.act,
        to=point.to or ALL,
        says=says,
        terms=dict(point.terms),
        section=point.section or "",
        task=point.task or "",
    )


def _floor(state: SessionState) -> Floor:
    floor = state["floor"]
    if floor is None:
        raise ValueError("nobody has the floor")
    return floor


def _seen(state: SessionState, seat: str) -> list[Line]:
    return [line for line in state["lines"][-60:] if seat in line["visible_to"]]


def _reader(schema: dict[str, Any], point: Point | None) -> Callable[[dict[str, Any]], Turn]:
    properties = schema["properties"]

    def read(answer: dict[str, Any]) -> Turn:
        for name in ("act", "to"):
            if answer.get(name) not in properties[name]["enum"]:
                raise UnusableAnswerError(f"{name} '{answer.get(name)}' is not one of those allowed")
        says = answer.get("says")
        if not isinstance(says, str) or not plain(says).strip():
            raise UnusableAnswerError("says is empty")
        if point is not None:
            return _turn_of(point, says.strip())
        return Turn(
            act=answer["act"],
            to=answer["to"],
            says=says.strip(),
            terms=_terms(properties["terms"]["properties"], answer.get("terms")) if answer["act"] in _COMMITS else {},
            section=_one_of(properties.get("section"), answer.get("section")),
            task=_one_of(properties.get("task"), answer.get("task")),
        )

    return read


def _terms(options: dict[str, Any], given: Any) -> dict[str, str]:
    if not isinstance(given, dict):
        return {}
    return {key: value for key, value in given.items() if key in options and value in options[key]["enum"]}


def _one_of(options: dict[str, Any] | None, given: Any) -> str:
    return str(given) if options and given in options["enum"] else ""


def _streamer(context: SessionContext, seat: str) -> Callable[[str], None] | None:
    show = context.on_partial
    if show is None:
        return None

    def on_text(text: str) -> None:
        show(seat, partial_field(text, "says"))

    return on_text
