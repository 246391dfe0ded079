"""What a player reads of whom no line is asked just now: what they wait for, and what was decided."""

from __future__ import annotations

from typing import cast

from sandbox.content.words import Words
from sandbox.game.view import seat_view
from sandbox.record.line import DecisionTaken
from sandbox.report.reading import Reading
from sandbox.report.rule_words import side_of
from sandbox.web.audience import Viewer
from sandbox.web.room import TableRoom


def comes_next(room: TableRoom, seat: str) -> bool:
    """Return whether the person in a seat has the floor and is asked as soon as the last line has been read."""
    floor = room.shown.state["floor"]
    has_it = floor is not None and floor["seat"] == seat and seat in room.persons and not room.paused
    return has_it and seat != room.asked and not room.ballots.has(room.fold.state, seat)


def idle_text(room: TableRoom, seat: str, words: Words) -> str:
    """Return what the person in a seat waits for of whom nothing is asked."""
    floor, held = room.shown.state["floor"], seat in room.persons
    if room.pulses.wanted and held:
        return words("pulse.sent", count=len(room.pulses.wanted))
    if room.fold.begun and not room.fold.over:
        stage, game = room.game.stages[room.shown.state["stage"]], room.game
        if seat not in game.present(stage.id):
            return words("table.not_present", model=game.governance.name.get(words.lang))
    if not held and not room.fold.over:
        return words("table.idle.covered")
    if floor is not None and floor["seat"] == seat and room.paused:
        return words("table.idle.paused")
    if comes_next(room, seat):
        return words("table.idle.next")
    if floor is not None and floor["phase"] != "decision":
        for line in reversed(seat_view(room.game, room.shown.state, seat).questions):
            return words("table.idle.asked", name=room.game.name(line["seat"]), line=line["id"])
    return words("table.idle")


def decided_text(room: TableRoom, viewer: Viewer, words: Words) -> str:
    """Return what was decided, and how a player voted on it, as long as nothing has been said since; else empty."""
    for event in reversed(room.shown.events):
        if event.kind in ("line", "stage"):
            break
        if event.kind == "decision" and viewer.sees(room.game, event):
            decision = cast(DecisionTaken, event.payload)
            votes = (
                line for line in reversed(room.shown.state["lines"]) if line["vote"] and line["seat"] == viewer.seat
            )
            own = next((line for line in votes if line["about"] == decision["motion"]), None)
            told = [Reading(room.shown).decision(decision).how]
            told += [words(f"vote.own.{'uncast' if own['origin'] == 'nobody' else side_of(own['act'])}")] if own else []
            return words("gap").join(text.rstrip(".。") + words("stop") for text in told)
    return ""


def before_pulse(room: TableRoom, viewer: Viewer, words: Words) -> str:
    """Return what a pulse follows: nothing yet, so what it is about, or a decision; else empty."""
    if room.fold.begun:
        return decided_text(room, viewer, words)
    model, question = room.game.governance.name, room.game.scenario.question
    return words("pulse.before", model=model.get(words.lang), question=question.get(words.lang))
