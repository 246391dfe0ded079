"""The JSON schema of a turn: what a seat may answer under the rules and with what is on the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.seat_card import Point
from sandbox.game.floor.last_word import LAST_WORD, owed_last_word
from sandbox.game.floor.touring import asks_the_host
from sandbox.game.game import Game
from sandbox.game.motions.conditions import LONGEST_CONDITION, MOST_CONDITIONS
from sandbox.game.motions.doers import unanswered
from sandbox.game.motions.unwilling import asks_of
from sandbox.game.plans import may_rewrite
from sandbox.game.review.reporting import reportable
from sandbox.game.review.witnesses import speaks_of
from sandbox.game.state import Floor, State, discussion
from sandbox.game.table import may_promise, may_withdraw, tasks_of
from sandbox.game.view import seat_view
from sandbox.record.line import ALL, Answer, Outcome

# The answer of a seat that does not say yet whether it will do what a condition asks.
OPEN = "open"


def turn_schema(game: Game, state: State, floor: Floor, point: Point | None) -> dict[str, Any]:
    """Return the JSON schema of a turn: the acts that the rules allow now, the seats in the room, and options.

    In directed play the point fixes act and addressee.
    """
    present = game.present(game.stages[state["stage"]].id)
    others = [seat for seat in present if seat != floor["seat"]]
    directed = point is not None
    acts = [point.act] if point is not None else floor["acts"]
    to = [point.to or ALL] if point is not None else [*others, ALL]
    if not directed and asks_the_host(game, state, floor):
        to = [game.scenario.tour.host]
    votes = floor["phase"] == "decision" and not any(has(act, "binds") for act in acts)
    late = floor["seat"] in state["desk"]["absent"]
    asides = game.governance.rules.information.asides and not (directed or late) and floor["phase"] == "discussion"
    asides = asides and not has(acts[0], "reports")
    properties: dict[str, Any] = {
        "act": {"type": "string", "enum": acts},
        "to": {"type": "string", "enum": to},
        **({"aside": {"type": "boolean"}} if asides else {}),
        "says": {"type": "string", "minLength": 8 if directed else 2, "maxLength": 320 if directed else 900},
    }
    reviewing = game.stages[state["stage"]].reviews
    if not directed and reviewing:
        properties |= _reviewed(game, state, floor)
    elif not directed and not votes:
        properties["about"] = {"type": "string", "maxLength": 8}
    stage, required = game.stages[state["stage"]].id, ["act", "to", "says"]
    moves = floor["seat"] not in state["desk"]["absent"] or any(has(act, "binds") for act in acts)
    if not (directed or votes or reviewing) and moves:
        properties |= _beside(game, state, floor, acts, present)
        required += ["asked_of"] * ("asked_of" in properties)
        if stage in game.able("drafts") and floor["seat"] in game.drafters:
            properties |= _plan_parts(game)
        tasks = tasks_of(game, state["ledger"], floor)
        if tasks:
            properties["task"] = {"type": "string", "enum": [*(task.id for task in tasks), ""]}
        if floor["phase"] == "discussion" and (takes_on := _takes_on(game, state, floor)):
            properties["takes_on"] = takes_on
            required += ["takes_on"] * bool(takes_on["required"])
    elif not directed and reviewing and moves and may_rewrite(game, floor["seat"], stage, acts[0]):
        properties |= _plan_parts(game)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _beside(game: Game, state: State, floor: Floor, acts: Sequence[Act], present: Sequence[str]) -> dict[str, Any]:
    """Return the fields by which a turn puts something on the table, promises or takes back beside its act."""
    longest = LONGEST_CONDITION[game.spec.lang]
    # A host of another place puts nothing on the table here, nor does a seat that may only support and object.
    names = game.amends(floor["seat"]) or any(has(act, "offers") for act in acts)
    own_word: dict[str, Any] = {}
    others = [seat for seat in present if seat != floor["seat"]]
    if may_promise(game, {**state, "floor": floor}):
        own_word["promises"] = {"type": "string", "maxLength": longest}
        own_word["promised_to"] = {"type": "array", "items": {"type": "string", "enum": [*others, ALL]}}
    back = may_withdraw(game, {**state, "floor": floor}, state["ledger"])
    withdraws = {"withdraws": {"type": "string", "enum": [*back, ""]}} if back else {}
    if game.personas[floor["seat"]].kind == "host":
        return own_word | withdraws
    if not names:
        return withdraws
    properties: dict[str, Any] = {}
    owed = owed_last_word(game, state, floor["seat"], discussion(state)) if floor["why"] == LAST_WORD else None
    given = seat_view(game, state, floor["seat"]).to_give if owed else ()
    offered = {key: [option for asked, option in given if asked == key] for key, _ in given} if owed else game.offered
    if offered:
        properties["terms"] = {
            "type": "object",
            "properties": {key: {"type": "string", "enum": [*texts]} for key, texts in offered.items()},
            "additionalProperties": False,
        }
    # A chair that decides alone writes out all conditions of the decision.
    most = MOST_CONDITIONS if any(has(act, "binds") for act in acts) else 1
    if owed is None:
        properties["condition"] = {"type": "string", "maxLength": most * longest}
        properties["asked_of"] = {"type": "array", "items": {"type": "string", "enum": [*present]}}
    properties |= own_word | withdraws
    if owed is None and any(item.kind == "proposal" and item.condition for item in state["ledger"]):
        properties["replaces"] = {"type": "string", "maxLength": 8}
    if owed and owed.unmet:
        properties["replaces"] = {"type": "string", "enum": [*(by for by, _ in owed.unmet), ""]}
    return properties


def _takes_on(game: Game, state: State, floor: Floor) -> dict[str, Any]:
    """Return the field by which a turn answers conditions that ask something of its speaker; empty if none does.

    Conditions that the seat has not answered yet are required, though ``open`` is allowed; not so in a last word.
    """
    seat, stage = floor["seat"], game.stages[state["stage"]].id
    asked = asks_of(game, state["ledger"], seat, stage)
    if not asked:
        return {}
    answers = [*get_args(Answer), *([OPEN] if floor["why"] != LAST_WORD else [])]
    return {
        "type": "object",
        "properties": {line: {"type": "string", "enum": answers} for line in asked},
        "required": unanswered(game, state["ledger"], seat, stage, discussion(state)),
        "additionalProperties": False,
    }


def _plan_parts(game: Game) -> dict[str, Any]:
    """Return the fields by which a turn rewrites a section of a plan."""
    return {
        "section": {"type": "string", "enum": [*game.plan, ""]},
        "text": {"type": "string", "maxLength": 600},
        "appends": {"type": "boolean"},
    }


def _reviewed(game: Game, state: State, floor: Floor) -> dict[str, Any]:
    """Return the matters that a turn in a review may be about, and those on which it may also report."""
    reports, view = has(floor["acts"][0], "reports"), seat_view(game, state, floor["seat"])
    if reports:
        matters = reportable(view.ledger, view.seat, floor["acts"][0])
    else:
        matters = [item.line for item in speaks_of(game, state, view.ledger, view.lines, view.seat)]
    also = {line: {"type": "string", "enum": list(get_args(Outcome))} for line in matters}
    parts: dict[str, Any] = {"about": {"type": "string", "enum": matters if reports else [*matters, ""]}}
    if len(matters) > reports:
        parts["also"] = {"type": "object", "properties": also, "additionalProperties": False}
    return parts
