"""What a seat may see: the one place that decides it, for prompts and for people alike."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.content.models import Persona, Point, Stage
from sandbox.institution.ledger import Item, ledger
from sandbox.institution.line import Line
from sandbox.institution.rules import reads_minutes
from sandbox.session.game import Game
from sandbox.session.state import Minutes, SessionState
from sandbox.session.steps import open_points, stage_lines

__all__ = ["SeatView", "seat_view"]


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
    briefing: str
    points: tuple[Point, ...]
    acts: tuple[str, ...]
    turn: int
    limit: int


def seat_view(game: Game, state: SessionState, seat: str) -> SeatView:
    """Return what a seat may see now."""
    stage = game.stages[state["stage"]]
    own = next(one for one in game.scenario.seats if one.persona == seat)
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
        briefing=own.briefing.get(game.spec.lang),
        points=tuple(open_points(game, state, seat)),
        acts=tuple(floor["acts"]) if floor and floor["seat"] == seat else (),
        turn=state["turn"],
        limit=game.turn_limit(stage),
    )
