"""Sessions by the rules alone under combinations of the rules of several models, on as many cores as there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any

from sandbox.content.library import Library
from sandbox.diffusion.pool import in_pool, pool_of
from sandbox.errors import InputError
from sandbox.experiment.outcomes import OUTCOMES, outcomes_of
from sandbox.experiment.rule_space import RuleSpace
from sandbox.experiment.seeds import seed_of
from sandbox.game.play import RandomChoice, play
from sandbox.game.session import Session

__all__ = ["CHANCES", "COUNTED", "Crossing", "Point", "Values"]

COUNTED = tuple(name for name, outcome in OUTCOMES.items() if outcome.needs == "nothing")
"""The outcomes that sessions by the rules alone have."""
CHANCES = 4
"""Sets of seeds, so that chance alone can be changed while all rules stay as they are."""
_CHUNK = 4  # points that a process is given at once
_FEW = 400  # sessions that take no longer than processes take to begin
Point = tuple[int, ...]
Values = dict[str, list[float]]
_PLAYED: Crossing  # set in a process of the pool


class Crossing:
    """Plays combinations of rules, each over the same cases and seeds.

    Args:
        models: the governance models whose rules are crossed, by id.
        content: the user's own content folder, or None.
        seeds: sessions of each case under each combination.
        seed: the seed that gives all others.

    Raises:
        InputError: models and cases do not fit; see `RuleSpace`.
    """

    def __init__(
        self, models: Sequence[str], cases: Sequence[str], content: Path | None, seeds: int, seed: int
    ) -> None:
        self._arguments = (models, cases, content, seeds, seed)
        self.models, self.cases, self.seeds, self.seed = tuple(models), tuple(cases), seeds, seed
        library = Library.load(content)
        self.space = RuleSpace(models, library, cases)
        self._choice = RandomChoice(library.templates("en"))

    @property
    def sessions(self) -> int:
        """Sessions of a point."""
        return len(self.cases) * self.seeds

    def values(self, point: Point) -> Values | None:
        """Play a point and return each outcome of each of its sessions that has it; None where it cannot be played.

        A point is the place of the value of each rule of the space, and last the number of the set of seeds.
        """
        *places, chance = point
        values: Values = {name: [] for name in COUNTED}
        for case in self.cases:
            try:
                game = self.space.game(case, places)
            except InputError:
                return None
            for replicate in range(1, self.seeds + 1):
                sample = game.twin(seed=seed_of(self.seed, {"scenario": case, "chance": str(chance)}, replicate))
                outcomes = outcomes_of(Session(sample, play(sample, self._choice)))
                for name in COUNTED:
                    if (value := outcomes[name]) is not None:
                        values[name].append(value)
        return values

    def play(
        self, points: Iterable[Point], cores: int, on_sessions: Callable[[int], None] = lambda _: None
    ) -> dict[Point, Values | None]:
        """Play points, each of them once.

        ``cores`` is how many processes there are at most; few sessions are played in this one. ``on_sessions`` is told
        how many sessions more have been played.
        """
        wanted = list(dict.fromkeys(points))
        if cores == 1 or len(wanted) * self.sessions <= _FEW:
            played = {}
            for point in wanted:
                played[point] = self.values(point)
                on_sessions(self.sessions)
            return played
        chunks = [wanted[at : at + _CHUNK] for at in range(0, len(wanted), _CHUNK)]
        found: dict[Point, Values | None] = {}
        pool = pool_of(cores, _begin, *self._arguments)
        try:
            for future in as_completed([pool.submit(_play, chunk) for chunk in chunks]):
                with in_pool():
                    part = future.result()
                found |= part
                on_sessions(len(part) * self.sessions)
        finally:
            pool.shutdown(cancel_futures=True)
        return {point: found[point] for point in wanted}


def _begin(*arguments: Any) -> None:
    global _PLAYED  # noqa: PLW0603 - what a process plays is read once
    _PLAYED = Crossing(*arguments)


def _play(points: list[Point]) -> dict[Point, Values | None]:
    return {point: _PLAYED.values(point) for point in points}
