"""Records all cassettes anew from the embedded engine: ``python -m tests.record_cassettes``."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from sandbox.content.library import Library
from sandbox.llm.embedded import EmbeddedEngine
from sandbox.record.folder import SessionFolder
from sandbox.session.runner import Watch, run_session
from tests.cassette import FOLDER, SPECS, models_at, recorder


def main(names: list[str]) -> None:
    """Record the cassettes of these names, or all."""
    engine = EmbeddedEngine(None, None, lambda *_: None)
    assert engine.endpoint.base_url is not None
    for name in names or SPECS:
        target = FOLDER / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        with tempfile.TemporaryDirectory() as temporary:
            folder = SessionFolder.create(Path(temporary))
            with recorder("all").use_cassette(str(target / "exchanges.yaml")):
                models = models_at(engine.endpoint.base_url)
                asyncio.run(run_session(folder, SPECS[name], Library.load(), models, Watch()))
            shutil.copy(folder.events, target / "events.jsonl")
        sys.stdout.write(f"{name}: recorded\n")


if __name__ == "__main__":
    main(sys.argv[1:])
