"""What a continuation came to, in the numbers that a what-if compares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sandbox.experiment.outcomes import OUTCOMES, outcomes_of
from sandbox.game.game import Game
from sandbox.game.session import Session

__all__ = ["COUNTS", "SHOWN", "Figure", "figures", "figures_of"]

SHOWN = (
    "decided", "questions_settled", "hierarchical", "horizontal", "horizontal_decided", "trust_change",
    "conviction_change", "burden_change",
)  # fmt: skip
"""Outcomes of experiments that a what-if compares."""
COUNTS = ("promises_made", "promises_beyond", "motions_refused")
"""Counts of the ledger beside them: defined also where nobody promised anything, so that no pair is left out."""
_BOUND = "bound"


@dataclass(frozen=True)
class Figure:
    """One number of a continuation.

    Args:
        name: the outcome, a count, or ``bound.<question>.<option>``: whether that option was decided.
        yes_no: whether it is 0 or 1.
        smallest: the smallest difference that is taken to matter: ten points of a share, a quarter of a level, half a
            promise or motion in a session.
        widest: the largest difference that there can be; None where there is no bound.
    """

    name: str
    yes_no: bool
    smallest: float
    widest: float | None = None

    @property
    def question(self) -> str:
        """The question of which it tells that one option was decided, by id; empty for other figures."""
        return self.name.split(".")[1] if self.option else ""

    @property
    def option(self) -> str:
        """That option, by id; empty for other figures."""
        kind, *names = self.name.split(".")
        return names[1] if kind == _BOUND else ""


def figures(game: Game, names: Iterable[str] | None = None) -> tuple[Figure, ...]:
    """Return the figures of a game, in the order in which they are shown.

    With ``names``, those alone that are wanted.
    """
    units = {"share": 0.1, "level": 0.25, "steps": 0.25, "number": 0.5}
    bounds = {name: OUTCOMES[name].widest if OUTCOMES[name].high is not None else None for name in SHOWN}
    known = [Figure(name, name == "decided", units[OUTCOMES[name].unit], bounds[name]) for name in SHOWN]
    known += [Figure(name, False, units["number"]) for name in COUNTS]
    known += [
        Figure(f"{_BOUND}.{question.id}.{option}", True, units["share"], 1.0)
        for question in game.scenario.decisions
        for option in question.options
    ]
    return tuple(figure for figure in known if names is None or figure.name in names)


def figures_of(session: Session) -> Mapping[str, float | None]:
    """Return all figures of a session by name; None where it gives nothing to measure."""
    known, items = outcomes_of(session), session.items
    promises = [item for item in items if item.kind == "promise"]
    bound = {key: option for taken in session.decisions if taken["carried"] for key, option in taken["terms"].items()}
    counted: dict[str, float | None] = {
        "promises_made": float(len(promises)),
        "promises_beyond": float(sum(item.history[:1] == ((item.line, "beyond_remit"),) for item in promises)),
        "motions_refused": float(sum(not taken["carried"] for taken in session.decisions)),
    }
    options: dict[str, float | None] = {
        f"{_BOUND}.{question.id}.{option}": float(bound.get(question.id) == option)
        for question in session.game.scenario.decisions
        for option in question.options
    }
    return {**{name: known[name] for name in SHOWN}, **counted, **options}
