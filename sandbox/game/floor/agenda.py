"""The agenda: whose floor it is, with which acts and which point, or why a stage is over."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.acts import acts_with, has
from sandbox.game.floor.calling import calling_floor
from sandbox.game.floor.directed import directed_floor, floor_for
from sandbox.game.floor.last_word import LAST_WORD, last_word_floor
from sandbox.game.floor.order import claims_in_order
from sandbox.game.floor.policy import Claim, claim_of
from sandbox.game.floor.purpose import purpose_reached
from sandbox.game.floor.talk import Talk, idle_acts, may_be_asked, talk_of
from sandbox.game.floor.touring import owed_on_tour
from sandbox.game.game import Game
from sandbox.game.language.answered import unanswered
from sandbox.game.language.questions import called
from sandbox.game.motions.vote_floor import deciding_floor, motion_floor, vote_begun
from sandbox.game.outside import turns_now
from sandbox.game.review.due import pending
from sandbox.game.review.reviewing import review_floor
from sandbox.game.room import Room
from sandbox.game.state import Floor, State, Update, discussion
from sandbox.record.line import Line

_DEFERS = acts_with("defers")


def next_floor(game: Game, state: State) -> Update:
    """Return which seat speaks next and with which acts, or why the stage is over.

    The line limit bounds the discussion; where the stage decides, the vote comes on top of it. Before the vote a seat
    speaks next, in this order of priority, if

    1. only as many lines are left as there are seats that have not spoken, and it is one of them (with fewer lines than
       seats: first those with a duty, then those that the whole session has heard least);
    2. a question was put to it, a task was handed down to it, it handed down a task that was just refused, or news
       concerns it;
    3. a line names it;
    4. the floor policy of the governance model gives it the floor.

    Once the discussion is over, a seat has a last word if, since it last spoke, the motion has come to bind it or has
    overtaken its own. A seat whose person ran out of time only keeps the talk going, see `kept_going`.
    """
    after = _next(game, state)
    if state["desk"]["absent"] and (floor := after["floor"]) is not None:
        after["floor"] = kept_going(game, state, floor)
    return after


def kept_going(game: Game, state: State, floor: Floor) -> Floor:
    """Return the floor, cut down for a seat whose person ran out of time: its persona moves and promises nothing.

    Votes and decisions wait for the person. What cannot be left undone, such as a report in a review, is done in full.
    """
    if floor["seat"] not in state["desk"]["absent"] or floor["phase"] == "decision":
        return floor
    if any(has(act, "reports") for act in floor["acts"]):
        return floor
    why = "quiet" if floor["why"] == "motion" else floor["why"]
    claim, talks = Claim(floor["seat"], why), not game.course[state["stage"]].reviews
    floor = floor_for(game, claim, "") if talks and why != LAST_WORD else floor
    if game.style == "directed" and talks:
        floor = directed_floor(game, state, game.stages[state["stage"]], (claim,), discussion(state)) or floor
    acts = [act for act in floor["acts"] if has(act, "stands_in")]
    return {**floor, "why": why, "acts": acts or floor["acts"]}


def _next(game: Game, state: State) -> Update:
    """Return who has the floor next, whether a person or a persona has that seat, or why the stage is over."""
    room = game.course[state["stage"]]
    if room.reviews:
        return _reviewed(game, state)
    deciding = room.decides
    if deciding and (begun := vote_begun(game, state, room)) is not None:
        return {"floor": begun}
    limit = turns_now(game, state)
    said = talk_of(state, room)
    talk = said[0]
    now = len(talk)
    left = limit - now
    if deciding:
        if state["decisions"] and _carried_in(state, room.stage):
            return _over("decision_made")
        asked = motion_floor(game, state, room, talk, limit)
        if asked is None and left == 1:
            asked = calling_floor(game, state, room, talk)
        if asked is not None:
            return {"floor": asked}
    if left == 0 and room.tours and game.style == "free" and _waits_for(game, room, talk, room.host):
        return {"floor": _free_floor(game, state, room, claim_of(room.host, "asked"), 0, said)}
    if left <= 0 or now < state["turn"]:
        last = last_word_floor(game, state, talk, limit) if deciding and now == state["turn"] else None
        return {"floor": last} if last is not None else _closing(game, state, room, "turn_limit")
    style = game.style
    late = not deciding and now > 3 and 4 * now >= 3 * limit
    waits = late and style == "free" and called(game, talk[-1], room.present)
    if late and not waits and purpose_reached(game, state, said):
        return _over(game.stages[state["stage"]].ends_when)
    order = claims_in_order(game, state, room, said, limit)
    first = next(order, None)
    if first is None:
        return _closing(game, state, room, "nothing_left_to_raise")
    if style == "free" and first.seat not in state["desk"]["persons"]:
        free_floor = _free_floor(game, state, room, first, left, said)
        visits = owed_on_tour(game, state, limit) == "question" and first.seat != game.scenario.tour.host
        asks = [act for act in game.acts(first.seat) if has(act, "asks")] if visits else []
        return {"floor": {**free_floor, "acts": asks} if asks else free_floor}
    if style != "directed":
        return {"floor": _open_floor(game, room, first, left, said)}
    floor = directed_floor(game, state, game.stages[state["stage"]], (first, *order), talk)
    return _closing(game, state, room, "nothing_left_to_raise") if floor is None else {"floor": floor}


def _carried_in(state: State, stage: str) -> bool:
    return any(decision["carried"] and decision["stage"] == stage for decision in state["decisions"])


def _reviewed(game: Game, state: State) -> Update:
    """Return who has the floor next in a review, or why it is over."""
    stage = game.stages[state["stage"]]
    floor = review_floor(game, state, game.turn_limit(stage) + state["desk"]["extra"])
    if floor is not None:
        return {"floor": floor}
    if not any(item.account for item in state["ledger"]):
        return _over("nothing_due")
    return _over("nothing_left_to_raise" if pending(state["ledger"]) else stage.ends_when)


def _free_floor(game: Game, state: State, room: Room, claim: Claim, left: int, said: Talk) -> Floor:
    """Return the floor of free play, without idle acts and without questions that nobody could answer."""
    floor = _open_floor(game, room, claim, left, said)
    closed = [] if may_be_asked(room, said, claim.seat, left) else [*acts_with("asks")]
    closed += [*idle_acts(game, state, floor, said[0]), *(acts_with("hands_down") if left < 2 else ())]
    acts = [act for act in floor["acts"] if act not in closed]
    return {**floor, "acts": acts} if acts else floor


def _waits_for(game: Game, room: Room, talk: Sequence[Line], seat: str) -> bool:
    """Return whether a seat still owes the answer to a question and has not just spoken."""
    return talk[-1]["seat"] != seat and seat in [asked for _, asked in unanswered(game, talk, room.present)]


def _closing(game: Game, state: State, room: Room, reason: str) -> Update:
    """Return the floor for the decision where a stage decides, or why it is over."""
    floor = deciding_floor(game, state) if room.decides else None
    if floor is not None:
        return {"floor": floor}
    if room.stage in [decision["stage"] for decision in state["decisions"]]:
        return _over("decision_made")
    return _over("no_motion" if room.decides and room.voters else reason)


def _over(reason: str) -> Update:
    return {"floor": None, "ended": reason}


def _open_floor(game: Game, room: Room, claim: Claim, left: int, said: Talk) -> Floor:
    """Return the floor with all acts that the rules give the seat.

    A seat may ask for time once, only before a vote, and only while lines are left in which to come back with an
    answer.
    """
    may = room.decides
    if may:
        talk, _, unheard, _, defers = said
        owed = len(unheard) - (claim.seat in unheard) if game.style == "free" else 0
        asked_for_time = [line["seat"] for line in talk if line["act"] in _DEFERS] if defers else ()
        may = left > 2 + owed and claim.seat not in asked_for_time
    floor = room.floors.get((claim, may))
    if floor is None:
        seat, why = claim
        acts = list(game.speeches[seat, may])
        floor = room.floors[claim, may] = {"seat": seat, "why": why, "acts": acts, "point": "", "phase": "discussion"}
    return floor
