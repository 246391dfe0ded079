"""Sessions run in their folder, and read from there."""

from __future__ import annotations

from sandbox.content.library import Library
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.record.folder import SessionFolder
from sandbox.session import runner
from sandbox.session.opening import spec_of
from sandbox.session.runner import Models, Watch

__all__ = ["recorded_spec", "run_session"]


async def run_session(
    folder: SessionFolder, spec: SessionSpec, library: Library, models: Models, watch: Watch
) -> Session:
    """Run a session in its folder, or go on with it."""
    with folder.log() as log:
        return await runner.run_session(Game(spec, library), log, models, watch, folder.id)


def recorded_spec(folder: SessionFolder) -> SessionSpec:
    """Return the spec that stands in a session's log."""
    return spec_of(folder.read(), folder.events)
