"""Sessions run in their folder, and read from there; and whatever is to be done in a process that can be killed."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable

from sandbox.content.library import Library
from sandbox.errors import SandboxError
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.record.folder import SessionFolder
from sandbox.session import runner
from sandbox.session.opening import spec_of
from sandbox.session.runner import Models, Watch

__all__ = ["in_a_process", "recorded_spec", "run_session"]


async def run_session(
    folder: SessionFolder, spec: SessionSpec, library: Library, models: Models, watch: Watch
) -> Session:
    """Run a session in its folder, or go on with it."""
    with folder.log() as log:
        return await runner.run_session(Game(spec, library), log, models, watch, folder.id)


def recorded_spec(folder: SessionFolder) -> SessionSpec:
    """Return the spec that stands in a session's log."""
    return spec_of(folder.read(), folder.events)


def in_a_process(work: Callable[[], object]) -> int:
    """Do some work in a process of its own, which begins at once since it has all that this one has; its number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads: only the stub's are there
        process = os.fork()
    if process:
        return process
    code = 1
    try:
        work()
        code = 0
    except SandboxError as error:
        code = error.exit_code
    finally:
        os._exit(code)
