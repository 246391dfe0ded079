"""What comes to a discussion from outside: events, and the lines that a facilitator adds to its limit or takes."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.scenario_card import Inject
from sandbox.game.game import Game
from sandbox.game.reviewing import review_limit
from sandbox.game.state import News, State, discussion


def due_injects(game: Game, stage: str, turn: int) -> list[Inject]:
    """Return the events from outside that arrive after so many lines of a stage."""
    return [inject for inject in game.rooms[stage].injects if inject.turn == turn]


def turns_now(game: Game, state: State) -> int:
    """Return the most lines that the discussion being held may have, with what the facilitator added or took.

    In a review, reports and answers come on top.
    """
    room = game.course[state["stage"]]
    limit = room.limit + state["desk"]["extra"]
    return review_limit(game, state, limit) if room.reviews else limit


def news(game: Game, state: State, seat: str | None = None) -> list[News]:
    """Return the events from outside that have arrived in this stage: all of them, or those that a seat has heard."""
    arrived = arrived_by(game, state, len(discussion(state)), turns_now(game, state))
    room = game.present(game.stages[state["stage"]].id)
    return [entry for entry in arrived if seat is None or (seat in room and (not entry["to"] or seat in entry["to"]))]


def arrived_by(game: Game, state: State, talk: int, limit: int, since: int = 0) -> list[News]:
    """Return the events from outside of a stage whose discussion has so many lines, those after ``since`` lines."""
    room, lang = game.course[state["stage"]], game.spec.lang
    stage = room.stage
    due = [each for each in room.injects if since <= each.turn <= talk and each.turn < limit]
    brought = state["desk"]["news"]
    if not due and not brought:
        return []
    arrived = {news["id"]: news for news in brought if news["stage"] == stage and news["turn"] >= since}
    sent = {news["id"] for news in brought}
    for inject in due:
        if inject.id not in sent:
            entry = News(id=inject.id, stage=stage, turn=inject.turn, text=inject.text.get(lang), to=list(inject.to))
            arrived[inject.id] = entry
    return sorted(arrived.values(), key=lambda entry: entry["turn"])


def news_of(game: Game, state: State, stage: str, seat: str) -> list[str]:
    """Return the events from outside of which a seat heard in a stage that is over."""
    return [text for text, to in came_in(game, state, stage) if not to or seat in to]


def came_in(game: Game, state: State, stage: str) -> list[tuple[str, Sequence[str]]]:
    """Return the events of a stage that is over in their order: the text, and who heard it (empty: the room)."""
    told = [entry for entry in state["desk"]["news"] if entry["stage"] == stage]
    came: list[tuple[int, str, Sequence[str]]] = [(entry["turn"], entry["text"], entry["to"]) for entry in told]
    if injects := game.rooms[stage].injects:
        talk = sum(line["stage"] == stage and not line["vote"] for line in state["lines"])
        sent = {entry["id"] for entry in state["desk"]["news"]}
        for inject in injects:
            if inject.turn < talk and inject.id not in sent:
                came.append((inject.turn, inject.text.get(game.spec.lang), inject.to))
    return [(text, to) for _, text, to in sorted(came, key=lambda event: event[:2])]
