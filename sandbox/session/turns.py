"""A turn by a model: one call, its answer read as a turn, and asked for again when the wording is faulty."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from sandbox.content.plain import plain
from sandbox.content.schemas import Point
from sandbox.errors import InputError
from sandbox.game.ballots import ballot
from sandbox.game.game import Game
from sandbox.game.state import Floor, State
from sandbox.game.steps import make_line, refusal
from sandbox.llm.calls import Call
from sandbox.llm.structured import UnusableAnswerError, partial_field
from sandbox.record.line import ALL, Line, Turn
from sandbox.session.context import SessionContext
from sandbox.session.prompts import WHISPER, off_the_record, point_of, turn_messages, turn_schema
from sandbox.session.quality import fault_in

__all__ = ["LONGEST_PERSON_LINE", "LONGEST_TEXT", "person_turn", "speak_turn", "turn_of"]

LONGEST_PERSON_LINE = 2000
LONGEST_TEXT = 600
_ALOUD = re.compile(r'"aside"\s*:\s*false')


async def speak_turn(context: SessionContext, state: State) -> tuple[Line, list[str]]:
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
    aside = bool(floor["point"]) and off_the_record(game, game.points[floor["point"]][1])
    schema = turn_schema(game, state, floor, point)
    place = f"{stage}:{state['turn'] + 1}"
    heard = {line["id"] for line in state["lines"] if floor["seat"] in line["visible_to"]}
    faults: list[str] = []
    sampling, warmer = context.profile.sampling, context.profile.warmer
    for number in range(context.profile.wordings):
        call = Call(
            key=f"line:{place}:{number + 1}",
            seat=floor["seat"],
            stage=stage,
            messages=turn_messages(game, state, floor, point, faults[-1] if faults else ""),
            schema=schema,
            parse=_reader(schema, point, heard, aside=aside),
            sampling=replace(sampling, temperature=round(sampling.temperature + number * warmer, 3)),
            seed=game.rng("call", place).randrange(1_000_000) + 100 * number,
            on_text=_streamer(context, floor["seat"], schema),
        )
        reply = await context.speaker.ask(call)
        fault = fault_in(game, reply.value["says"], floor["seat"], point, _seen(state, floor["seat"]))
        if floor["why"] == "motion" and not reply.value["terms"]:
            fault = "moves no option"
        if not fault:
            return make_line(game, state, reply.value, "model"), faults
        faults.append(fault)
    if point is None or point.id == WHISPER:  # advice is for one pair of eyes: it is not read out
        return make_line(game, state, reply.value, "model"), faults
    return make_line(game, state, turn_of(point, point.says.get(game.spec.lang), aside=aside), "card"), faults


def person_turn(game: Game, state: State, answer: Any) -> Turn:
    """Check what a person in a seat wants to do.

    Args:
        game: the game.
        state: the state, with the person's seat on the floor.
        answer: act, addressee and words.

    Raises:
        InputError: the rules do not allow it, or there are no words, which a vote alone does without; the message says
            in the session's language what is allowed.
    """
    schema = turn_schema(game, state, _floor(state), None)
    options, words = schema["properties"], game.words
    says = plain(str(answer.get("says", ""))).strip()
    for name in ("act", "to"):
        if answer.get(name) not in options[name]["enum"]:
            group = "may" if name == "act" else ""
            wanted, *allowed = (words.of(group, str(value)) for value in (answer.get(name), *options[name]["enum"]))
            raise InputError(words(f"refused.{name}", **{name: wanted, "allowed": allowed}))
    if not says and options["act"]["enum"] != list(ballot(game)):
        raise InputError(words("refused.no_words"))
    if len(says) > LONGEST_PERSON_LINE:
        raise InputError(words("refused.long_line", count=len(says), most=LONGEST_PERSON_LINE))
    turn = Turn(
        act=answer["act"],
        to=answer["to"],
        says=says,
        terms=dict(answer.get("terms") or {}),
        section=str(answer.get("section") or ""),
        task=str(answer.get("task") or ""),
        about=str(answer.get("about") or ""),
        text=str(answer.get("text") or ""),
        condition=str(answer.get("condition") or ""),
        appends=bool(answer.get("appends")),
        aside=bool(answer.get("aside")),
    )
    for written, key in ((turn["text"], "refused.long_text"), (turn["condition"], "refused.long_condition")):
        if len(written) > LONGEST_TEXT:
            raise InputError(words(key, count=len(written), most=LONGEST_TEXT))
    refused = refusal(game, state, turn)
    if refused:
        raise InputError(refused)
    return turn


def turn_of(point: Point, says: str, *, aside: bool) -> Turn:
    """Return the turn that makes a point in some words; an ``aside`` is heard by its addressee alone."""
    return Turn(
        act=point.act,
        to=point.to or ALL,
        says=says,
        terms=dict(point.terms),
        section=point.section or "",
        task=point.task or "",
        about="",
        text="",
        condition="",
        appends=False,
        aside=aside,
    )


def _floor(state: State) -> Floor:
    floor = state["floor"]
    if floor is None:
        raise ValueError("nobody has the floor")
    return floor


def _seen(state: State, seat: str) -> list[Line]:
    return [line for line in state["lines"][-60:] if seat in line["visible_to"]]


def _reader(
    schema: dict[str, Any], point: Point | None, heard: Collection[str], *, aside: bool
) -> Callable[[dict[str, Any]], Turn]:
    properties = schema["properties"]
    # In a review the schema says what a turn may be about; elsewhere it is what the seat has heard.
    matters = properties.get("about", {}).get("enum", heard)

    def read(answer: dict[str, Any]) -> Turn:
        for name in ("act", "to"):
            if answer.get(name) not in properties[name]["enum"]:
                raise UnusableAnswerError(f"{name} '{answer.get(name)}' is not one of those allowed")
        says = answer.get("says")
        if not isinstance(says, str) or not plain(says).strip():
            raise UnusableAnswerError("says is empty")
        if point is not None:
            return turn_of(point, says.strip(), aside=aside)
        return Turn(
            act=answer["act"],
            to=answer["to"],
            says=says.strip(),
            terms=_terms(properties["terms"]["properties"], answer) if "terms" in properties else {},
            section=_one_of(properties.get("section"), answer.get("section")),
            task=_one_of(properties.get("task"), answer.get("task")),
            about=str(answer["about"]) if "about" in properties and answer.get("about") in matters else "",
            text=str(answer.get("text") or "") if "text" in properties else "",
            condition=str(answer.get("condition") or "") if "condition" in properties else "",
            appends="appends" in properties and answer.get("appends") is True,
            aside="aside" in properties and answer.get("aside") is True and answer["to"] != ALL,
        )

    return read


def _terms(options: dict[str, Any], answer: dict[str, Any]) -> dict[str, str]:
    terms = answer.get("terms")
    if not isinstance(terms, dict):
        return {}
    return {key: value for key, value in terms.items() if key in options and value in options[key]["enum"]}


def _one_of(options: dict[str, Any] | None, chosen: Any) -> str:
    return str(chosen) if options and chosen in options["enum"] else ""


def _streamer(context: SessionContext, seat: str, schema: dict[str, Any]) -> Callable[[str], None] | None:
    """Return what shows a line while it is written; one that may be an aside, only once it is clear that it is none."""
    show, whispers = context.on_partial, "aside" in schema["properties"]
    if show is None:
        return None

    def on_text(text: str) -> None:
        if not whispers or _ALOUD.search(text):
            show(seat, partial_field(text, "says"))

    return on_text
