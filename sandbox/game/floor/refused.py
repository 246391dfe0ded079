"""Why the rules do not let a seat take a turn."""

from __future__ import annotations

from itertools import repeat
from operator import itemgetter

from sandbox.content.acts import has
from sandbox.game.floor.last_word import LAST_WORD, last_word_refused
from sandbox.game.game import Game
from sandbox.game.motions.amending import condition_refused
from sandbox.game.motions.meant import nameable
from sandbox.game.motions.unwilling import asks_of
from sandbox.game.plans import may_rewrite
from sandbox.game.review.due import MOST_REPORTED, besides
from sandbox.game.review.reporting import reportable
from sandbox.game.room import Room
from sandbox.game.state import Floor, State
from sandbox.game.table import may_lift, may_promise, may_withdraw
from sandbox.record.line import ALL, EMPTY_TURN, Turn

# What a turn may do beside its act, to whom it speaks and the options that it names; few have further fields.
_BESIDE = itemgetter("condition", "replaces", "promises", "section", "task", "about", "aside")


def refusal(game: Game, state: State, turn: Turn) -> str:
    """Return why the rules do not let the seat on the floor take a turn, in the session's language; empty if they do.

    Every turn passes here, whether a model, a person or the rules alone made it.
    """
    floor = state["floor"]
    if floor is None:
        return game.words("refused.no_floor")
    room, seat = game.course[state["stage"]], floor["seat"]
    act, to = turn["act"], turn["to"]
    if act not in floor["acts"]:
        words = game.words
        allowed = [*map(words.of, repeat("may"), floor["acts"])]
        return words("refused.act", act=words.of("may", act), allowed=allowed)
    if to not in room.addressees[seat]:
        return game.words("refused.to", to=to, allowed=list(room.addressees[seat]))
    for key, option in turn["terms"].items():
        offered = game.options.get(key)
        if offered is None or option not in offered:
            options = list(game.options if offered is None else offered)
            return game.words("refused.no_term", term=key, option=option, allowed=options)
    if seat in game.siding and floor["phase"] == "discussion" and _amends(turn):
        return game.words("refused.amends")
    if len(turn) > len(EMPTY_TURN) or any(_BESIDE(turn)):
        return _refused_beside(game, state, turn, floor, room)
    return last_word_refused(game, state, turn, seat) if floor["why"] == LAST_WORD else ""


def _refused_beside(game: Game, state: State, turn: Turn, floor: Floor, room: Room) -> str:
    """Return why the rules refuse what a turn does beside its act, its addressee or the options that it names."""
    seat, act, words = floor["seat"], turn["act"], game.words
    section, task, clause = turn["section"], turn["task"], turn["condition"] or turn["replaces"]
    if section and (section not in game.plan or room.stage not in game.rewriting):
        return words("refused.section", section=words.of("section", section), stages=list(game.rewriting))
    if section and not may_rewrite(game, seat, room.stage, act):
        return words("refused.no_drafter", drafters=game.drafters or words("none"))
    if task:
        if task not in game.scenario.task_by_id:
            return words("refused.task", task=task, allowed=list(game.scenario.task_by_id))
        if has(act, "lifts") and not may_lift(game, state["ledger"], seat, task):
            return words("refused.lift")
    if turn["aside"] and (not room.asides or turn["to"] == ALL):
        return words("refused.aside")
    if (turn["about"] or turn.get("also")) and (unfit := _unfit_matter(game, state, turn, seat)):
        return unfit
    if turn["promises"] and not may_promise(game, state):
        return words("refused.promises")
    if back := turn.get("withdraws"):
        own = may_withdraw(game, state, state["ledger"])
        if back not in own:
            return words("refused.withdraws", line=back, allowed=own or words("none"))
    if unfit := _unfit_answers(game, state, turn, floor):
        return unfit
    if floor["why"] == LAST_WORD and (against := last_word_refused(game, state, turn, seat)):
        return against
    if not clause or room.reviews:
        return ""
    amends = floor["phase"] == "discussion" or has(act, "binds")
    return condition_refused(game, state, turn, seat) if amends else ""


def _unfit_answers(game: Game, state: State, turn: Turn, floor: Floor) -> str:
    """Return why a turn cannot answer, promise to or ask the seats that it names; empty if it can."""
    words, seat, room = game.words, floor["seat"], game.course[state["stage"]]
    said = turn.get("takes_on", {})
    asked = asks_of(game, state["ledger"], seat, room.stage) if said and floor["phase"] == "discussion" else {}
    for line in said:
        if line not in asked:
            return words("refused.takes_on", line=line, allowed=list(asked) or words("none"))
    for to in turn.get("promised_to", ()):
        if to not in room.addressees[seat]:
            return words("refused.promised_to", to=to, allowed=list(room.addressees[seat]))
    for of in turn.get("asked_of", ()):
        if of not in room.present:
            return words("refused.asked_of", of=of, allowed=list(room.present))
    return ""


def _amends(turn: Turn) -> bool:
    """Return whether a turn would change the motion that it is about, or put another beside it."""
    stands = has(turn["act"], "supports") or has(turn["act"], "opposes")
    return stands and bool(turn["terms"] or turn["condition"].strip() or turn["replaces"])


def _unfit_matter(game: Game, state: State, turn: Turn, seat: str) -> str:
    """Return why a turn cannot be about the line that it names, or judge other matters as it does; empty if it can."""
    words, about, also = game.words, turn["about"], turn.get("also", {})
    reports = has(turn["act"], "reports")
    matters = reportable(state["ledger"], seat, turn["act"]) if game.course[state["stage"]].reviews else []
    for line in (*also, *([about] if reports and about else [])):
        if line not in matters:
            return words("refused.not_due", line=line, allowed=matters or words("none"))
    told = besides(state["ledger"], seat) if reports else set()
    if reports and len(also.keys() - told) >= MOST_REPORTED:
        return words("refused.too_many", most=MOST_REPORTED)
    heard = [line["id"] for line in state["lines"] if seat in line["visible_to"]]
    if not about or about in matters or about in heard:
        return ""
    if about in [item.line for item in nameable(game, state, seat)]:
        return ""
    if about in [line["id"] for line in state["lines"]]:
        return words("refused.unheard", line=about)
    first_last = {"first": heard[0], "last": heard[-1]} if heard else {}
    return words("refused.no_line" if heard else "refused.no_lines", line=about, **first_last)
