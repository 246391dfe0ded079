"""Plays a session's case under other governance models, from beginning to end, with the same seeds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sandbox.experiment.outcomes import outcomes_of, settled_by
from sandbox.experiment.whatif.arms import seeded
from sandbox.game.game import Game
from sandbox.game.spec import BY_RULES, Players
from sandbox.record.log import Log
from sandbox.session.context import DIRECTED
from sandbox.session.runner import Models, Watch, run_session

_SILENT = Models(None, (), DIRECTED)


def games_under(game: Game, models: Sequence[str]) -> dict[str, Game]:
    """Return the game of a case under each governance model, without changed rules, people and agents.

    Raises:
        InputError: the case cannot be played under one of them.
    """
    plain = {"changes": (), "content": "", "persons": (), "agents": {}}
    specs = {model: game.spec.model_copy(update={**plain, "governance": model}) for model in models}
    return {model: Game(spec, game.library) for model, spec in specs.items()}


def rows_under(
    games: dict[str, Game], seeds: Sequence[int], players: Players, tell: Callable[[], object]
) -> Iterator[dict[str, Any]]:
    """Yield a row for the session of each seed under each model; in play by cards, also those by the rules alone.

    The sessions are those of ``sandbox run --seeds``, the rows as `sandbox.report.pages.seeds.summary` reads them.

    Args:
        games: the game under each model, as `games_under` returns it.
        seeds: the seeds.
        players: who plays: cards or rules, no model.
        tell: called after each session; an error that it raises ends the play.
    """
    for by in dict.fromkeys((players, BY_RULES)):
        for seed in seeds:
            for model, game in games.items():
                played = asyncio.run(run_session(seeded(game, seed, by), Log(), _SILENT, Watch()))
                tell()
                yield {
                    "arm": model, "seed": seed, "null": by is not players, "outcomes": outcomes_of(played),
                    "settled": settled_by(played.decisions),
                }  # fmt: skip
