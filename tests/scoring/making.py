"""Sessions as the scores see them, made by hand or drawn from the rules, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.content.schemas import Lang
from sandbox.content.templates import Templates
from sandbox.game.game import Game, SessionSpec
from sandbox.game.play import RandomChoice, play
from sandbox.game.played import Played, PulseRound
from sandbox.record.events import Event, EventKind
from sandbox.record.line import DecisionTaken, Line
from tests.game.making import LIBRARY, SEATS, line

__all__ = ["Drawn", "drawn", "line", "played", "pulses", "vote"]


def played(
    *lines: Line,
    decisions: Sequence[DecisionTaken] = (),
    pulses: Sequence[PulseRound] = (),
    lang: Lang = "en",
    stages: tuple[str, ...] = (),
    governance: str = "joint_production",
    changes: tuple[str, ...] = (),
) -> Played:
    """Return a session with these lines."""
    spec = SessionSpec(scenario="four_oclock_school", governance=governance, lang=lang, stages=stages, changes=changes)
    return Game(spec, LIBRARY).played(lines, decisions, pulses)


def vote(
    votes: dict[str, bool],
    *,
    terms: dict[str, str] | None = None,
    carried: bool = True,
    payer: str = "",
    stage: str = "public_engagement",
) -> DecisionTaken:
    """Return a decision; without votes it is the mayor's, and without a payer the default pays."""
    return {
        "id": f"D-{stage}",
        "stage": stage,
        "motion": "L001",
        "procedure": "majority" if votes else "chair_decides",
        "by": "body" if votes else "mayor",
        "votes": votes,
        "vetoed_by": [],
        "carried": carried,
        "terms": terms or {},
        "unbound": {},
        "payer": payer.split() or ["government"],
        "budget": [{"en": "the fund", "zh": "资金"}],
        "payer_agreed": bool(payer),
    }


def pulses(moment: str = "start", **trust: int) -> PulseRound:
    """Return the pulses of one moment: the trust given, and 3 for everything else."""
    levels = {seat: {"trust": trust.get(seat, 3), "conviction": 3, "burden": 3} for seat in SEATS}
    return {"moment": moment, "levels": levels}  # type: ignore[typeddict-item]


@dataclass(frozen=True)
class Drawn:
    """A session in which the rules alone play: its game, its events, and what is scored."""

    game: Game
    events: list[Event]
    played: Played


def drawn(governance: str = "joint_production", scenario: str = "four_oclock_school", **spec: Any) -> Drawn:
    """Play a session in which every turn is drawn from what the rules allow."""
    whole = {"scenario": scenario, "governance": governance, "style": "rules", "model": "none"} | spec
    game = Game(SessionSpec.model_validate(whole), LIBRARY)
    templates = Templates(LIBRARY.roots, game.spec.lang)
    events: list[Event] = []

    def write(kind: EventKind, payload: dict[str, Any], stage: str, seat: str) -> None:
        events.append(Event(len(events) + 1, 0.0, kind, stage, seat, payload))

    state = play(game, RandomChoice(templates), templates, write)
    return Drawn(game, events, game.played(state["lines"], state["decisions"], state["pulses"]))
