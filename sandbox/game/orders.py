"""Orders of the facilitator: pause, events, advice, seats, and the end of a stage, as steps of the game."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from sandbox.content.cards import ACTS
from sandbox.errors import unknown
from sandbox.game.agenda import BALLOT, closing_turns, next_floor, turns_now
from sandbox.game.game import Game
from sandbox.game.spec import MAX_TURNS
from sandbox.game.state import Desk, News, State, Update, Whisper, apply, stage_lines
from sandbox.record.events import OrderGiven
from sandbox.record.log import Log
from sandbox.record.payloads import Order, OrderKind

__all__ = ["LONGEST_ORDER", "Order", "OrderKind", "carry_out", "due_orders", "order_refusal", "stage_of", "too_late"]

LONGEST_ORDER = 600
_MOST_MINUTES = 180
# Orders about the stage being played; given too late, they do not reach into the next.
_OF_A_STAGE = ("skip", "vote", "end", "extend")
_ARRIVED = "this event has arrived already"


def order_refusal(game: Game, order: Order) -> str:
    """Return why an order cannot be given in a game, or an empty text."""
    kind, seats = order["kind"], game.positions
    if kind not in get_args(OrderKind):
        return unknown("order", kind, get_args(OrderKind))
    if order["seat"] not in seats and (kind in ("whisper", "seat") or order["seat"]):
        return unknown("seat", order["seat"], seats)
    for seat in order["to"]:
        if seat not in seats:
            return unknown("seat", seat, seats)
    if kind == "seat" and order["by"] not in ("person", "persona"):
        return f"by: '{order['by']}' is not allowed; allowed: person, persona"
    prepared = game.scenario.inject_by_id
    if kind == "inject" and order["inject"] and order["inject"] not in prepared:
        return unknown("inject", order["inject"], prepared)
    if not order["text"] and (kind == "whisper" or (kind == "inject" and not order["inject"])):
        return "text: an event or a piece of advice needs words"
    if len(order["text"]) > LONGEST_ORDER:
        return f"text: {len(order['text'])} characters; at most {LONGEST_ORDER}"
    if order["act"]:
        voted = any(order["seat"] in game.voters(stage.id) for stage in game.stages)
        own = game.acts(order["seat"]) if kind == "whisper" else ACTS
        allowed = [act for act in ACTS if act in own or (voted and act in BALLOT)]
        if order["act"] not in allowed:
            return unknown("act", order["act"], allowed)
    if kind == "extend":
        if not (0 <= order["turns"] <= MAX_TURNS and 0 <= order["minutes"] <= _MOST_MINUTES):
            return f"extend: 0 to {MAX_TURNS} lines and 0 to {_MOST_MINUTES} minutes"
        if not order["turns"] and not order["minutes"]:
            return "extend: give lines or minutes"
    return ""


def due_orders(state: State, log: Log) -> list[OrderGiven]:
    """Return the orders to be carried out before the next turn, in the order in which they were given."""
    orders = log.of("order")[state["desk"]["orders"] :]
    return [order for order in orders if isinstance(order, OrderGiven)]


def carry_out(game: Game, state: State, order: Order, known: str | None = None) -> tuple[Update, str]:
    """Return the update that an order brings, and why it could not be carried out, or an empty text.

    Args:
        game: the game.
        state: the state before it.
        order: the order.
        known: why it was refused, or empty, as a log tells of an order that is past; None to judge it now.
    """
    desk = state["desk"]
    refused = _out_of_place(game, state, order) if known is None else known
    changed: Desk = {**desk, "orders": desk["orders"] + 1}
    if refused:
        return {"desk": changed}, refused
    kind = order["kind"]
    if kind in ("pause", "resume"):
        changed["paused"] = kind == "pause"
    elif kind == "inject":
        changed["news"] = [*desk["news"], _news(game, state, order)]
    elif kind == "whisper":
        advice = Whisper(seat=order["seat"], text=order["text"], act=order["act"], open=True)
        changed["whispers"] = [*desk["whispers"], advice]
    elif kind == "seat":
        others = [seat for seat in desk["persons"] if seat != order["seat"]]
        changed["persons"] = [*others, order["seat"]] if order["by"] == "person" else others
    elif kind == "skip" and state["floor"]:
        changed["passed"] = [*desk["passed"], state["floor"]["seat"]]
    elif kind == "vote":
        changed["extra"] = _extra_to_vote(game, state)
    elif kind == "extend":
        changed["extra"] = desk["extra"] + order["turns"]
    update: Update = {"desk": changed}
    if kind == "end":
        return {**update, "floor": None, "ended": "facilitator"}, ""
    return {**update, **next_floor(game, apply(state, update))}, ""


def _out_of_place(game: Game, state: State, order: Order) -> str:
    """Return why an order does not fit the moment."""
    kind, stage, floor = order["kind"], game.stages[state["stage"]], state["floor"]
    if kind in _OF_A_STAGE and order["stage"] != stage.id:
        return "the stage for which it was given is over"
    deciding = floor is not None and floor["phase"] == "decision"
    if kind in ("skip", "vote", "extend") and deciding and (order["turns"] or kind != "extend"):
        return "the vote has begun: give the seat to a persona, or end the stage"
    if kind == "skip" and order["seat"] and (floor is None or floor["seat"] != order["seat"]):
        return "the floor has passed on"
    if kind == "vote" and "decides" not in stage.abilities:
        return "this stage decides nothing: end it instead"
    if kind == "vote":
        desk: Desk = {**state["desk"], "extra": _extra_to_vote(game, state)}
        after = next_floor(game, apply(state, {"desk": desk}))["floor"]
        if after is None or after["phase"] != "decision":
            return "there is no proposal to vote on yet"
    if kind == "inject":
        return _unheard(game, state, order)
    too_many = turns_now(game, state) + order["turns"] > MAX_TURNS
    return f"a stage has at most {MAX_TURNS} lines" if kind == "extend" and too_many else ""


def _extra_to_vote(game: Game, state: State) -> int:
    """Return how many lines more than its limit a stage has when it comes to its vote at once."""
    stage = game.stages[state["stage"]]
    return len(stage_lines(state)) + closing_turns(game, stage) - game.turn_limit(stage)


def _unheard(game: Game, state: State, order: Order) -> str:
    """Return why an event would reach nobody."""
    if order["inject"] in {one["id"] for one in state["desk"]["news"]}:
        return _ARRIVED
    heard = _addressees(game, order)
    return "nobody who is to hear of it is in the room" if heard and not _in_room(game, state, heard) else ""


def _addressees(game: Game, order: Order) -> Sequence[str]:
    """Return who is to hear of an event; nobody stands for the room."""
    prepared = game.scenario.inject_by_id.get(order["inject"])
    return order["to"] or (prepared.to if prepared else ())


def _in_room(game: Game, state: State, seats: Sequence[str]) -> list[str]:
    room = game.present(game.stages[state["stage"]].id)
    return [seat for seat in room if seat in seats]


def stage_of(log: Log) -> str:
    """Return the stage being played, or empty between stages."""
    begun, closed = log.of("stage"), log.of("minutes")
    return begun[-1].stage if len(begun) > len(closed) else ""


def too_late(game: Game, log: Log, order: Order) -> str:
    """Return why an order comes too late, or too early, to be carried out."""
    if len(log.of("minutes")) == len(game.stages):
        return "all stages have been played"
    if order["kind"] in _OF_A_STAGE and not order["stage"]:
        return "no stage is being played now"
    return _ARRIVED if order["inject"] and log.find("inject", order["inject"]) is not None else ""


def _news(game: Game, state: State, order: Order) -> News:
    prepared = game.scenario.inject_by_id.get(order["inject"])
    text = prepared.text.get(game.spec.lang) if prepared else order["text"]
    return {
        "id": order["inject"] or order["id"],
        "stage": game.stages[state["stage"]].id,
        "turn": state["turn"],
        "text": text,
        "to": _in_room(game, state, _addressees(game, order)),
    }
