"""What reaches a discussion from outside: events, changes of its length, answers of those consulted."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.scenario_card import Inject
from sandbox.game.draws import pick
from sandbox.game.game import Game
from sandbox.game.language.answered import deferring
from sandbox.game.review.reviewing import review_limit
from sandbox.game.room import Room
from sandbox.game.state import News, State, discussion, stage_lines

_KINDS = ("yes", "half", "no")


def turns_now(game: Game, state: State) -> int:
    """Return the most lines of the present discussion, including those that the facilitator added or took.

    Reports and answers of a review, and asides in other stages, come on top of the limit.
    """
    room, desk = game.course[state["stage"]], state["desk"]
    limit = game.limit_in(room) + desk["extra"]
    if room.reviews:
        return review_limit(game, state, limit)
    if room.asides and (game.style != "rules" or desk["persons"]):
        limit += _asides(game, state, room, limit)
    return limit


def _asides(game: Game, state: State, room: Room, limit: int) -> int:
    """Return the number of asides by people or in free play among ``limit`` lines of a discussion and these asides.

    It is at most a quarter of the usual limit, because all others wait meanwhile.
    """
    most, beside = game.limit_in(room) // 4, 0
    for place, line in enumerate(discussion(state)):
        if beside == most or place >= limit + beside:  # a last word before the vote adds no line
            break
        beside += (game.style == "free" or line["origin"] == "person") and room.aside(line)
    return beside


def news(game: Game, state: State, seat: str | None = None) -> list[News]:
    """Return the events from outside that have arrived in this stage, or those of them that a seat has heard."""
    arrived = arrived_by(game, state, len(discussion(state)), turns_now(game, state))
    room = game.present(game.stages[state["stage"]].id)
    return [entry for entry in arrived if seat is None or (seat in room and (not entry["to"] or seat in entry["to"]))]


def arrived_by(game: Game, state: State, talk: int, limit: int, since: int = 0) -> list[News]:
    """Return the events from outside that arrived after ``since`` to ``talk`` lines of a discussion of ``limit``."""
    room, brought = game.course[state["stage"]], state["desk"]["news"]
    due = [news for turn, told in room.arrivals.items() if since <= turn <= talk and turn < limit for news in told]
    if not brought:
        return due
    arrived = {news["id"]: news for news in brought if news["stage"] == room.stage and news["turn"] >= since}
    if due:
        sent = [news["id"] for news in brought]
        arrived |= {news["id"]: news for news in due if news["id"] not in sent}
    return sorted(arrived.values(), key=lambda entry: entry["turn"])


def due_by_itself(game: Game, state: State, inject: Inject) -> bool:
    """Return whether an event of the case will still arrive by itself, given the stages left and their limits."""
    place = next((number for number, stage in enumerate(game.stages) if stage.id == inject.stage), -1)
    if inject not in game.injects or place < state["stage"]:
        return False
    if place > state["stage"]:
        return place >= state["desk"]["until"] and inject.turn < game.turn_limit(game.stages[place])
    said = len(discussion(state)) if state["floor"] is not None else -1
    return said < inject.turn < turns_now(game, state)


def news_of(game: Game, state: State, stage: str, seat: str) -> list[str]:
    """Return the texts of the events from outside that a seat heard in a stage that is over."""
    return [text for _, text, to in came_in(game, state, stage) if not to or seat in to]


def came_in(game: Game, state: State, stage: str) -> list[tuple[int, str, Sequence[str]]]:
    """Return the events of a stage that is over or closes: lines before it, text, and who heard it (empty: all)."""
    closed = any(minutes["stage"] == stage for minutes in state["minutes"])
    told = state["desk"]["news"] if closed else came_so_far(game, state)
    return sorted((entry["turn"], entry["text"], entry["to"]) for entry in told if entry["stage"] == stage)


def came_so_far(game: Game, state: State) -> list[News]:
    """Return all events so far, also of the stage that closes; those due after its last line reach nobody."""
    brought, room = state["desk"]["news"], game.course[state["stage"]]
    if not room.arrivals:
        return brought
    said = discussion(state)
    talk = len(said) - (said[-1:] == state["lines"][-1:])
    told = arrived_by(game, state, talk, turns_now(game, state))
    return [*brought, *(entry for entry in told if entry not in brought)]


def consulted(game: Game, state: State, seat: str) -> str:
    """Return the answer of those whom a seat consulted after it asked for time; empty if it did not ask for time.

    If the case has no answer, one of three is drawn, about an interest or a fear on the seat's card.
    """
    if seat not in deferring(stage_lines(state), [seat]):
        return ""
    told, lang = game.seats[seat].consulted, game.spec.lang
    if told is not None:
        return told.get(lang)
    draw, card = game.draws(f"consulted:{game.stages[state['stage']].id}:{seat}", 3), game.personas[seat]
    kind = pick(draw, _KINDS)
    want, fear = (pick(draw, texts).get(lang) for texts in (card.interests, card.fears))
    return game.words(f"consulted.{kind}", want=want, fear=fear)
