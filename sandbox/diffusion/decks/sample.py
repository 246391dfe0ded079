"""Sessions of a deck that can be read: some that a model plays, and those of the rules, replayed from their seeds."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from sandbox.content.language import Lang
from sandbox.content.words import fault, refusal
from sandbox.diffusion.decks.cells import CELLS, Cell, Dealing
from sandbox.diffusion.decks.dealt import Meeting, session_name
from sandbox.diffusion.decks.folder import FILLS, DeckFolder, Sampled
from sandbox.diffusion.decks.play import LeaningChoice
from sandbox.diffusion.decks.rows import Variants, row_of
from sandbox.errors import StorageError
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.spec import Players, SessionSpec
from sandbox.record.folder import SessionFolder, make_private, writable
from sandbox.session.context import FREE
from sandbox.session.runner import Models, Watch, run_session

_AT_ONCE = 8


async def sample(
    dealing: Dealing, runs: Path, number: int, models: Models, players: Players, lang: Lang = "en",
    cells: Sequence[Cell] = (), on_played: Callable[[], object] = int, *, in_turn: bool = False,
) -> tuple[Sampled, ...]:  # fmt: skip
    """Let a model play the first sessions of cells, from the same starts and seeds as the rules alone.

    Each is an ordinary session, in a folder of its own among the sessions. If it is called again after a stop, or for
    more, existing sessions are continued. ``number`` is how many are wanted of each of ``cells`` (empty for all);
    ``players`` has the model's name and turn style; ``in_turn`` says whether sessions are played one after the other,
    see `ModelChoice.in_turn`; ``on_played`` is called after each.

    Returns:
        All sessions of the deck that models have played, earlier ones included.

    Raises:
        InputError: a cell cannot be played.
        SandboxError: as `run_session`; what was played is kept.
    """
    folder, variants = DeckFolder(runs, dealing), Variants(dealing.library, dealing.settings.scenarios)
    every = (Cell(kind, *place) for kind in dealing.kinds for place in CELLS)
    wanted = [cell for cell in every if not cells or cell in cells]
    gate = asyncio.Semaphore(1 if in_turn else _AT_ONCE)
    played: list[Sampled] = []

    async def play(cell: Cell, place: int) -> None:
        spec = dealing.spec(cell, place, lang).model_copy(update=players._replace(judge_model=None)._asdict())
        name = session_name(folder.digest(cell.kind), cell, place, f"{_slug(players.model)}-{lang}")
        async with gate:
            session = await _run(Game(spec, dealing.library), runs, name, models)
        played.append(Sampled(cell, place, name, players.model, row_of(session, variants)))
        on_played()

    work = [asyncio.ensure_future(play(cell, place)) for cell in wanted for place in range(number)]
    try:
        await asyncio.gather(*work)
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        with folder.locked():
            for kind in dealing.kinds:
                known = {each.session: each for each in folder.sampled(kind)}
                known |= {each.session: each for each in played if each.cell.kind == kind}
                if known:
                    folder.keep_sampled(kind, [known[name] for name in sorted(known)])
    return tuple(each for kind in dealing.kinds for each in folder.sampled(kind))


def played_again(dealing: Dealing, meeting: Meeting, runs: Path, lang: Lang = "en") -> SessionFolder:
    """Return the folder of the session behind a row, to be opened like any other session.

    A session of the rules alone is played again from its seed, with the same result in either language; a session of a
    model lies where it was kept.

    Raises:
        StorageError: it cannot be written, or a model's session is not there any more.
    """
    if meeting.sampled:
        folder = SessionFolder(runs / meeting.name)
        if not folder.events.is_file():
            raise fault(StorageError, "deck.refused.gone", path=folder.path, command=FILLS)
        return folder
    name = meeting.name if lang == "en" else f"{meeting.name}-{lang}"
    game = Game(dealing.spec(meeting.cell, meeting.number, lang), dealing.library)
    models = Models(None, (), FREE, choose=LeaningChoice(game.templates))
    asyncio.run(_run(game, runs, name, models))
    return SessionFolder(runs / name)


async def _run(game: Game, runs: Path, name: str, models: Models) -> Session:
    path = runs / name
    with writable(path, "deck.refused.unwritable"):
        make_private(path)
    with SessionFolder(path).log() as log:
        begun = next(iter(log.of("session")), None)
        kept = game.spec.model_copy(update={"content": game.content_digest})
        if begun and SessionSpec.model_validate(begun.payload["spec"]) != kept:
            raise refusal("deck.refused.other_session", path=path)
        return await run_session(game, log, models, Watch(), name)


def _slug(model: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")[:24].strip("-") or "model"
