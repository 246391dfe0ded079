"""Continuations stored as sessions: an example of each arm by the rules alone, and all that a model plays."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sandbox.experiment.export.export import write_log
from sandbox.experiment.planning.rehearsal import rehearse
from sandbox.experiment.planning.seeds import digest_of
from sandbox.experiment.whatif.arms import Arm, begin, seeded
from sandbox.experiment.whatif.whatif import FigureComparison, WhatifQuestion, check_runs, rows_of
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.spec import BY_RULES, Players
from sandbox.llm.usage import Usage
from sandbox.record.folder import SessionFolder
from sandbox.record.line import BODY
from sandbox.record.log import Log
from sandbox.session.context import DIRECTED
from sandbox.session.runner import Models, Watch, run_session

MOST_BY_MODEL = 200
Side = Literal["was", "other"]
SIDES: tuple[Side, Side] = ("was", "other")
"""The arms: as it was, and with the other move or rule."""
_SILENT = Models(None, (), DIRECTED)
_NAME = re.compile(r"(whatif_[0-9a-f]{8})_((?:was|other)_[1-9][0-9]{0,3})")


@dataclass(frozen=True)
class ContinuationFolder:
    """The folders of a question's continuations, ``<runs>/whatif_<digest of the question>/<arm>_<seed>``.

    ``session`` is the id of the session that they depart from.
    """

    question: WhatifQuestion
    runs: Path
    session: str
    player: Players = BY_RULES

    def folder(self, side: Side, seed: int) -> SessionFolder:
        """Return the folder of a continuation, which need not exist."""
        return SessionFolder(self._home / f"{side}_{seed}")

    def name(self, side: Side, seed: int) -> str:
        """Return the id of a continuation, by which `continuation` finds it."""
        return f"{self._home.name}_{side}_{seed}"

    @property
    def _home(self) -> Path:
        question, player = self.question, self.player
        game = self._game("other", 1)
        asked = [
            self.session, question.moment.line["id"], question.other.line(game), list(question.changes),
            player.style, player.model, game.content_digest, len(question.moment.events),
        ]  # fmt: skip
        return self.runs / f"whatif_{digest_of(asked)[:8]}"

    def arm(self, side: Side) -> Arm:
        """Return an arm of the question."""
        return self.question.was if side == "was" else self.question.other

    def _game(self, side: Side, seed: int) -> Game:
        return seeded(self.arm(side).game, seed, self.player)

    def begun(self, side: Side, seed: int) -> tuple[Game, Log]:
        """Return the game of a continuation, and a log with its beginning: what both arms share, and the line."""
        game, log = self._game(side, seed), Log()
        begin(self.arm(side), game, log, self.name(side, seed), self.session)
        return game, log

    async def play(self, side: Side, seed: int, models: Models) -> Session:
        """Play a continuation, or the rest of it, and store it; a finished one is read.

        Raises:
            StorageError: it cannot be written.
            SandboxError: as `run_session`; what was played stays stored.
        """
        folder = self.folder(side, seed)
        game, log = self.begun(side, seed)
        if not folder.events.exists():
            write_log(folder.path, tuple(log), game.library)
        with folder.log() as kept:
            if kept.of("close"):
                return Session.of(game, tuple(kept))
            return await run_session(game, kept, models, Watch(), folder.id)


def continuation(runs: Path, name: str) -> SessionFolder | None:
    """Return the folder of a continuation by its id; None for an id that is not one of a continuation."""
    named = _NAME.fullmatch(name)
    return SessionFolder(runs / named[1] / named[2]) if named else None


def erase(runs: Path, sessions: Iterable[str]) -> None:
    """Delete the continuations that depart from sessions, and those that depart from these in turn."""
    homes: dict[str, list[tuple[str, Path]]] = {}
    for log in runs.glob("whatif_*/*/events.jsonl"):
        folder = SessionFolder(log.parent)
        if origin := folder.origin[0]:
            homes.setdefault(origin, []).append((f"{log.parent.parent.name}_{folder.id}", log.parent.parent))
    left = list(sessions)
    while left:
        for name, home in homes.pop(left.pop(), ()):
            left.append(name)
            shutil.rmtree(home, ignore_errors=True)


def examples(kept: ContinuationFolder, seed: int) -> tuple[Session, Session]:
    """Play both arms from a seed by the rules alone, and store and return the two sessions.

    Raises:
        StorageError: they cannot be written.
    """
    played = []
    for side in SIDES:
        game, log = kept.begun(side, seed)
        session = asyncio.run(run_session(game, log, _SILENT, Watch()))
        write_log(kept.folder(side, seed).path, tuple(log), game.library)
        played.append(session)
    return played[0], played[1]


@dataclass(frozen=True)
class VoteApart:
    """A vote of the session that most continuations have the other way.

    Args:
        seat: the voter.
        motion: the motion's line, by id.
        cast: its vote in the session; true is for the motion.
        otherwise: number of continuations with the other vote.
        voted: number of continuations in which it voted on the motion.
    """

    seat: str
    motion: str
    cast: bool
    otherwise: int
    voted: int


def votes_apart(kept: ContinuationFolder, session: Session, runs: int) -> list[VoteApart]:
    """Return the votes, on motions made up to the line, that most continuations as it was have the other way.

    The continuations of the seeds 1 to ``runs`` must be stored.
    """
    moment = kept.question.moment
    made = {*(item.line for item in moment.state["ledger"]), moment.line["id"]}
    decisions = [decision for decision in session.decisions if decision["motion"] in made and decision["by"] == BODY]
    played: dict[tuple[str, str], list[bool]] = {}
    for seed in range(1, runs + 1) if decisions else ():
        for event in kept.folder("was", seed).read():
            if event.kind == "decision":
                for seat, vote in event.payload["votes"].items():
                    played.setdefault((event.payload["motion"], seat), []).append(vote)
    rows = [
        VoteApart(seat, decision["motion"], cast, votes.count(not cast), len(votes))
        for decision in decisions
        for seat, cast in decision["votes"].items()
        for votes in [played.get((decision["motion"], seat), [])]
    ]
    return [row for row in rows if 2 * row.otherwise > row.voted]


def estimate(kept: ContinuationFolder, runs: int) -> Usage:
    """Return the estimated usage of a model for ``runs`` continuations of each arm, from a rehearsal of one each."""
    once = Usage()
    for side in SIDES:
        game, log = kept.begun(side, 1)
        once += rehearse(game.spec, game.library, log).usage
    return Usage(runs * once.calls, runs * once.prompt, 0, runs * once.completion, estimated=True)


async def by_model(
    kept: ContinuationFolder, runs: int, models: Models, on_played: Callable[[], None] = lambda: None
) -> list[FigureComparison]:
    """Let a model play both arms from the seeds 1 to ``runs``, all at once, and compare all figures.

    Each continuation is stored as a session, so another call after a stop plays only the rest. ``on_played`` is called
    after each.

    Raises:
        InputError: ``runs`` is out of range.
        SandboxError: as `run_session`; what was played stays stored.
    """
    check_runs(runs, MOST_BY_MODEL)

    async def one(side: Side, seed: int) -> Session:
        session = await kept.play(side, seed, models)
        on_played()
        return session

    seeds = range(1, runs + 1)
    work = [asyncio.ensure_future(one(side, seed)) for seed in seeds for side in SIDES]
    try:
        # If one is stopped, by the budget for example, calls of the others are under way and will be paid for.
        ended = await asyncio.gather(*work, return_exceptions=True)
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
    sessions = [session for session in ended if isinstance(session, Session)]
    for error in ended:
        if isinstance(error, BaseException):
            raise error
    return rows_of(kept.question, [*zip(sessions[::2], sessions[1::2], strict=True)])
