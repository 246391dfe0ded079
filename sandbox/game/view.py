"""What a seat may see: the one place that decides it, for prompts and for people alike."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.content.schemas import Fact, Persona, Point, Stage
from sandbox.game.agenda import news, open_points, stage_lines, turns_now
from sandbox.game.game import Game
from sandbox.game.ledger import Item, ledger
from sandbox.game.plans import Plan, plans
from sandbox.game.pulse import Pulse
from sandbox.game.rules import hears, knows_fact, reads_minutes, reads_plan
from sandbox.game.state import Minutes, News, SessionState, Whisper
from sandbox.record.events import Event
from sandbox.record.line import ALL, Line

__all__ = ["SeatView", "hears_partial", "seat_view", "sees"]


@dataclass(frozen=True)
class SeatView:
    """A session through the eyes of one seat.

    Args:
        seat: the seat.
        persona: its card.
        position: its position under the rules.
        stage: the stage that is being played.
        present: the seats in the room.
        lines: the lines of this stage that it may see.
        minutes: the minutes of earlier stages that it may read.
        ledger: the proposals, promises and decisions that it may see.
        facts: the facts of the case that it knows; those of the platform only with access to it.
        plans: the plans that it may read.
        news: the events from outside in this stage that it has heard of.
        whispers: the facilitator's advice to it, and to nobody else.
        pulse: its own pulse, None before the first.
        briefing: what only it knows of the case.
        points: what it may still raise.
        acts: the acts that are open to it now.
        turn: number of its stage's lines so far, from 0.
        limit: most lines that the stage may have.
    """

    seat: str
    persona: Persona
    position: str
    stage: Stage
    present: tuple[str, ...]
    lines: tuple[Line, ...]
    minutes: tuple[Minutes, ...]
    ledger: tuple[Item, ...]
    facts: tuple[Fact, ...]
    plans: tuple[Plan, ...]
    news: tuple[News, ...]
    whispers: tuple[Whisper, ...]
    pulse: Pulse | None
    briefing: str
    points: tuple[Point, ...]
    acts: tuple[str, ...]
    turn: int
    limit: int


def seat_view(game: Game, state: SessionState, seat: str) -> SeatView:
    """Return what a seat may see now."""
    stage = game.stages[state["stage"]]
    floor = state["floor"]
    visible = [line for line in state["lines"] if seat in line["visible_to"]]
    here = stage_lines(state)
    decisions = [one for one in state["decisions"] if seat in game.present(one["stage"])]
    return SeatView(
        seat=seat,
        persona=game.personas[seat],
        position=game.positions[seat],
        stage=stage,
        present=game.present(stage.id),
        lines=tuple(line for line in here if seat in line["visible_to"]),
        minutes=tuple(one for one in state["minutes"] if reads_minutes(game.governance, seat, one["present"])),
        ledger=ledger(game.scenario, visible, decisions),
        facts=known_facts(game, seat),
        plans=readable_plans(game, state, seat),
        news=tuple(news(game, state, seat)),
        whispers=tuple(one for one in state["desk"]["whispers"] if one["seat"] == seat),
        pulse=state["pulses"][-1]["levels"].get(seat) if state["pulses"] else None,
        briefing=game.seats[seat].briefing.get(game.spec.lang),
        points=tuple(open_points(game, state, seat)),
        acts=tuple(floor["acts"]) if floor and floor["seat"] == seat else (),
        turn=state["turn"],
        limit=turns_now(game, state),
    )


def known_facts(game: Game, seat: str) -> tuple[Fact, ...]:
    """Return the facts that a seat knows: those of the platform only with access to it."""
    position = game.positions[seat]
    return tuple(fact for fact in game.scenario.facts if knows_fact(game.governance, position, fact))


def readable_plans(game: Game, state: SessionState, seat: str) -> tuple[Plan, ...]:
    """Return the plans that a seat may read as they stand, once the application stage has begun."""
    begun = any(stage.id == "application" for stage in game.stages[: state["stage"] + 1])
    drawn = plans(game.scenario, game.drafters, state["lines"], game.spec.lang) if begun else ()
    return tuple(plan for plan in drawn if reads_plan(game.governance, game.chair, seat, plan.seat))


def hears_partial(game: Game, state: SessionState, seat: str | None, speaker: str) -> bool:
    """Return whether a seat hears what a speaker is saying, whomever it is for.

    Args:
        game: the game.
        state: the state; once the line is said, it tells itself who hears it.
        seat: the seat; None for everybody in the room.
        speaker: who is saying something.
    """
    if state["floor"] is None or state["floor"]["seat"] != speaker:
        return False
    room = game.present(game.stages[state["stage"]].id)
    audiences = [set(hears(game.governance, game.chair, room, speaker, to)) for to in (*room, ALL)]
    return all(seat in audience if seat else audience >= set(room) for audience in audiences)


def sees(game: Game, seat: str | None, event: Event) -> bool:
    """Return whether a seat may know of an event of the log.

    Args:
        game: the game.
        seat: the seat; None for somebody who only watches, and sees what the whole room hears.
        event: the event.
    """
    said, room = event.payload, game.present(event.stage) if event.stage else ()
    if event.kind in ("session", "stage", "close"):
        return True
    if event.kind in ("line", "inject"):
        heard = said["visible_to" if event.kind == "line" else "to"]
        return seat in heard if seat else set(heard) >= set(room)
    if event.kind == "decision":
        return seat is None or seat in room
    if seat is None:
        return False
    if event.kind == "plan":
        return reads_plan(game.governance, game.chair, seat, event.seat)
    if event.kind == "minutes":
        return reads_minutes(game.governance, seat, said.get("present", room))
    if event.kind == "pulse":
        return event.seat == seat
    return event.kind == "order" and said["kind"] == "whisper" and event.seat == seat
