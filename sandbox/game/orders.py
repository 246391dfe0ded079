"""Orders of the facilitator as steps of the game: pause, events, advice, seats, and the end of a stage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import get_args

from sandbox.content.cards import ACTS
from sandbox.game.floor.agenda import kept_going, next_floor
from sandbox.game.game import Game
from sandbox.game.motions.ballots import BALLOT, cast_on, choosable, motion
from sandbox.game.outside import news, turns_now
from sandbox.game.spec import MAX_TURNS
from sandbox.game.state import Desk, News, State, Update, Whisper, apply, discussion, taken
from sandbox.record.events import OrderGiven
from sandbox.record.log import Log
from sandbox.record.payloads import Order, OrderKind

LONGEST_ORDER = 600
_MOST_MINUTES = 180
# Orders about the stage being played; given too late, they do not reach into the next.
_OF_A_STAGE = ("skip", "uncast", "vote", "end", "extend")
# Orders that may end a discussion.
_CUTS_SHORT = ("skip", "vote", "end")


def order_refusal(game: Game, order: Order) -> str:
    """Return why an order can never be given in a game, in the session's language; empty if it can."""
    kind, seats, words = order["kind"], game.positions, game.words
    if kind not in get_args(OrderKind):
        return words.unknown("order", kind, get_args(OrderKind))
    if order["seat"] not in seats and (kind in ("whisper", "seat", "uncast") or order["seat"]):
        return words.unknown("seat", order["seat"], seats)
    for seat in order["to"]:
        if seat not in seats:
            return words.unknown("seat", seat, seats)
    if kind == "seat" and order["by"] not in ("person", "persona"):
        return words("refused.by", by=order["by"], allowed=("person", "persona"))
    prepared = game.scenario.inject_by_id
    if kind == "inject" and order["inject"] and order["inject"] not in prepared:
        return words.unknown("inject", order["inject"], prepared)
    if not order["text"] and (kind in ("whisper", "message") or (kind == "inject" and not order["inject"])):
        return words("refused.no_text")
    if len(order["text"]) > LONGEST_ORDER:
        return words("refused.long_text", count=len(order["text"]), most=LONGEST_ORDER)
    if order["act"]:
        voted = any(order["seat"] in game.voters(stage.id) for stage in game.stages)
        own = game.acts(order["seat"]) if kind == "whisper" else ACTS
        allowed = [act for act in ACTS if act in own or (voted and act in BALLOT)]
        if order["act"] not in allowed:
            named = [words.of("may", act) for act in allowed]
            return words.unknown("act", words.of("may", order["act"]), named)
    if kind == "extend":
        if not (0 <= order["turns"] <= MAX_TURNS and 0 <= order["minutes"] <= _MOST_MINUTES):
            return words("refused.extend_within", lines=MAX_TURNS, minutes=_MOST_MINUTES)
        if not order["turns"] and not order["minutes"]:
            return words("refused.extend_what")
    return ""


def due_orders(state: State, log: Log) -> list[OrderGiven]:
    """Return the orders to be carried out before the next turn, in the order in which they were given."""
    orders = log.of("order")[state["desk"]["orders"] :]
    return [order for order in orders if isinstance(order, OrderGiven)]


def due_between(due: Sequence[OrderGiven]) -> list[OrderGiven]:
    """Return the orders that are carried out between two stages: of those due, all before the first that brings news.

    News needs a room to hear it. An order about the stage that is over is refused here, as it would be in the next
    stage.
    """
    return list(takewhile(lambda order: order.payload["kind"] != "inject", due))


def pauses(state: State, due: Iterable[OrderGiven]) -> bool:
    """Return whether a session is paused, or will be once the orders that are due are carried out."""
    paused = state["desk"]["paused"]
    for order in due:
        if order.payload["kind"] in ("pause", "resume"):
            paused = order.payload["kind"] == "pause"
    return paused


def carry_out(game: Game, state: State, order: Order, known: str | None = None) -> tuple[Update, str]:
    """Return the update that an order brings, and why it could not be carried out (empty if it was).

    Args:
        game: the game.
        state: the state before it.
        order: the order.
        known: for an order of the past, why the log says that it was refused (empty: it was not); None to judge it now.
    """
    desk = state["desk"]
    refused = _out_of_place(game, state, order) if known is None else known
    changed: Desk = {**desk, "orders": desk["orders"] + 1}
    if refused:
        return {"desk": changed}, refused
    kind = order["kind"]
    if kind in _CUTS_SHORT and state["floor"] is not None:
        # What came after the line that is then the last was heard all the same.
        changed["news"] = [*desk["news"], *(each for each in news(game, state) if each not in desk["news"])]
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
        away = [seat for seat in desk["absent"] if seat != order["seat"]]
        late = order["by"] == "persona" and order["giver"] == "clock"
        changed["absent"] = [*away, order["seat"]] if late else away
        if order["by"] == "persona" and order["seat"] in desk["persons"]:
            changed["whispers"] = taken(desk["whispers"], order["seat"])  # which was for that person's eyes
    elif kind == "uncast":
        changed["uncast"] = [*desk["uncast"], order["seat"]]
    elif kind == "skip" and state["floor"]:
        changed["passed"] = [*desk["passed"], state["floor"]["seat"]]
    elif kind == "vote":
        changed["extra"] = _extra_to_vote(game, state)
        changed["chosen"], changed["called"] = order["motion"], True
    elif kind == "extend":
        changed["extra"], changed["called"] = desk["extra"] + order["turns"], False
    elif kind == "finish":
        changed["until"] = len(game.stages)
        if state["floor"] is None and not state["ended"]:  # between two stages
            return {"desk": changed, "stage": changed["until"]}, ""
    update: Update = {"desk": changed}
    if kind == "end":
        return {**update, "floor": None, "ended": "clock" if order["giver"] == "clock" else "facilitator"}, ""
    after, floor = apply(state, update), state["floor"]
    if floor is None:
        return update, ""  # between two stages nobody has the floor
    if floor["seat"] in changed["absent"] and kind == "seat":
        return {**update, "floor": kept_going(game, after, floor)}, ""  # whose time was over is stood in for at once
    return {**update, **next_floor(game, after)}, ""


def _out_of_place(game: Game, state: State, order: Order) -> str:
    """Return why an order does not fit the moment."""
    kind, floor = order["kind"], state["floor"]
    if kind in _OF_A_STAGE and order["stage"] != stage_now(game, state):
        return game.words("refused.stage_over")
    if kind == "finish" and floor is None and not state["minutes"]:
        return game.words("refused.no_stage")
    deciding = floor is not None and floor["phase"] == "decision"
    if kind == "uncast":
        return "" if _voting(game, state, order["seat"]) else game.words("refused.voted")
    if kind in ("skip", "vote", "extend") and deciding and (order["turns"] or kind != "extend"):
        return game.words("refused.vote_begun")
    if kind == "skip" and order["seat"] and (floor is None or floor["seat"] != order["seat"]):
        return game.words("refused.floor_passed")
    if kind == "vote" and "decides" not in game.stages[state["stage"]].abilities:
        return game.words("refused.no_decision")
    if kind == "vote" and not comes_to_vote(game, state):
        return game.words("refused.no_motion")
    if order["motion"] and order["motion"] not in [item.line for item in choosable(game, state)]:
        return game.words("refused.motion", line=order["motion"])
    if kind == "inject":
        return _unheard(game, state, order)
    too_many = kind == "extend" and turns_now(game, state) + order["turns"] > MAX_TURNS
    return game.words("refused.lines", most=MAX_TURNS) if too_many else ""


def _voting(game: Game, state: State, seat: str) -> bool:
    """Return whether a seat is due to vote and has not voted yet."""
    put = motion(game, state) if state["floor"] and state["floor"]["why"] == "votes" else None
    asked = put is not None and seat in game.voters(stage_now(game, state)) and seat not in state["desk"]["uncast"]
    return asked and put is not None and seat not in cast_on(state, put)


def comes_to_vote(game: Game, state: State) -> bool:
    """Return whether the stage being played comes to a vote, or to a motion for one, if its discussion ends now."""
    desk: Desk = {**state["desk"], "extra": _extra_to_vote(game, state), "called": True}
    after = next_floor(game, apply(state, {"desk": desk}))["floor"]
    return after is not None and (after["phase"] == "decision" or after["why"] == "motion")


def _extra_to_vote(game: Game, state: State) -> int:
    """Return by how many lines a stage exceeds its limit if it comes to its vote at once."""
    return len(discussion(state)) - (turns_now(game, state) - state["desk"]["extra"])


def _unheard(game: Game, state: State, order: Order) -> str:
    """Return why an event would reach nobody."""
    if order["inject"] in {news["id"] for news in state["desk"]["news"]}:
        return game.words("refused.arrived")
    heard = _addressees(game, order)
    return game.words("refused.nobody_hears") if heard and not _in_room(game, state, heard) else ""


def _addressees(game: Game, order: Order) -> Sequence[str]:
    """Return the seats that are to hear of an event; empty for the whole room."""
    prepared = game.scenario.inject_by_id.get(order["inject"])
    return order["to"] or (prepared.to if prepared else ())


def _in_room(game: Game, state: State, seats: Sequence[str]) -> list[str]:
    room = game.present(game.stages[state["stage"]].id)
    return [seat for seat in room if seat in seats]


def stage_now(game: Game, state: State) -> str:
    """Return the stage that is being played or comes next; empty after the last."""
    return game.stages[state["stage"]].id if state["stage"] < len(game.stages) else ""


def stage_of(log: Log) -> str:
    """Return the stage being played, or empty between stages."""
    begun, closed = log.of("stage"), log.of("minutes")
    return begun[-1].stage if len(begun) > len(closed) else ""


def too_late(game: Game, log: Log, order: Order) -> str:
    """Return why an order comes too late, or too early, to be carried out; empty if it does not.

    A pause may reach beyond the last stage, to its pulses, and begin while these are asked for.
    """
    closed, pulses = log.of("minutes"), log.of("pulse")
    if len(closed) == len(game.stages) and order["kind"] != "resume":
        asked = not pulses or pulses[-1].seq < closed[-1].seq
        if order["kind"] != "pause" or not asked:
            return game.words("refused.all_played")
    if order["kind"] in _OF_A_STAGE and not order["stage"]:
        return game.words("refused.no_stage")
    arrived = order["inject"] and log.find("inject", order["inject"]) is not None
    return game.words("refused.arrived") if arrived else ""


def _news(game: Game, state: State, order: Order) -> News:
    prepared = game.scenario.inject_by_id.get(order["inject"])
    text = prepared.text.get(game.spec.lang) if prepared else order["text"]
    return {
        "id": order["inject"] or order["id"],
        "stage": game.stages[state["stage"]].id,
        "turn": len(discussion(state)),
        "text": text,
        "to": _in_room(game, state, _addressees(game, order)),
    }
