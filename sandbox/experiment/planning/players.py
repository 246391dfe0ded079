"""What plays an experiment's sessions, and the stores that hold sessions of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from sandbox.content.experiment_card import Design
from sandbox.content.words import refusal, said
from sandbox.errors import Said
from sandbox.experiment.store.database import experiment_in, held_in
from sandbox.game.spec import CARDS, SessionSpec, with_seats

Player = tuple[str, str]
"""Name of a model, and its style of play."""


def player_of(spec: SessionSpec) -> Player:
    """Return what plays a session; the name includes models and agents of single seats."""
    return with_seats(spec.model, {**spec.models, **spec.agents}), spec.style


def plays(player: Player) -> Said:
    """Return a player in words: the rules alone, the cards alone, or a model and its style."""
    model, style = player
    if style == "rules" or model == CARDS:
        return said("models.none" if style == "rules" else "models.cards")
    return said("plan.player", model=model or said("unnamed"), style=style)


def check_handed(design: Design, agents: Collection[str]) -> None:
    """Check that all agents in Python that a design names were given, by name.

    Raises:
        InputError: one is missing; the command line has no agents.
    """
    if missing := [name for name in design.factors.agents if name not in agents]:
        raise refusal("agent.in_design", design=design.id, names=missing, first=missing[0])


def names_player(design: Design) -> bool:
    """Return whether a design determines the player: it has a factor of models, or is of countries."""
    return "model" in design.varied or design.of_countries


@dataclass(frozen=True)
class Known:
    """A store that holds finished sessions of a design.

    Args:
        store: its file's name, or its URL without a password.
        sessions: ids of these sessions, those of the null arm left out.
        player: what played last if no factor determines it; empty if unknown.
    """

    store: str
    sessions: tuple[str, ...]
    player: Player = ("", "")


def known_in(files: Iterable[Path], experiment: str) -> list[Known]:
    """Return the stores among some files that have finished sessions of an experiment, without repeats.

    Raises:
        StorageError: one of them cannot be read.
    """
    once = {path.resolve(): path for path in files}
    own = [path for path in once.values() if experiment_in(path) == experiment]
    return [Known(path.name, *held) for path in own if (held := held_in(path))[0]]
