"""Records the cassettes anew: ``python -m tests.record_cassettes [--logs] [NAME ...]``.

Without ``--logs`` from the embedded engine, which is asked only what no exchange holds already: to ask it everything
anew, take the folder away. With it, the logs alone, by playing the exchanges that are there.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from sandbox.content.library import Library
from sandbox.game.spec import SessionSpec
from sandbox.llm.embedded import EmbeddedEngine
from sandbox.record.folder import SessionFolder
from sandbox.session.runner import Models, Watch
from tests.cassette import FOLDER, RULES_ONLY, SPECS, models_at, no_model, recorder
from tests.running import run_session


def main(arguments: list[str]) -> None:
    """Record the cassettes of these names, or all."""
    every = [*SPECS, *RULES_ONLY]
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*every, []], help=f"one of: {', '.join(every)}")
    parser.add_argument("--logs", action="store_true", help="only the logs, by playing the exchanges that are there")
    options = parser.parse_args(arguments)
    names, logs_only = options.names or every, options.logs
    engine = None
    for name in names:
        target = FOLDER / name
        exchanges = target / "exchanges.yaml"
        if name in RULES_ONLY:
            target.mkdir(parents=True, exist_ok=True)
            record(target, RULES_ONLY[name], no_model())
        elif logs_only:
            with recorder("none").use_cassette(str(exchanges)):
                record(target, SPECS[name], models_at("http://127.0.0.1:1/v1", SPECS[name].judge_model is not None))
        else:
            engine = engine or EmbeddedEngine(None, None, lambda *_: None)
            assert engine.endpoint.base_url is not None
            target.mkdir(parents=True, exist_ok=True)
            with recorder("new_episodes").use_cassette(str(exchanges)):
                models = models_at(engine.endpoint.base_url, SPECS[name].judge_model is not None)
                record(target, SPECS[name], models)
        sys.stdout.write(f"{name}: recorded\n")
        sys.stdout.flush()


def record(target: Path, spec: SessionSpec, models: Models) -> None:
    """Run a session and keep its log."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = SessionFolder.create(Path(temporary))
        asyncio.run(models.endpoints.during(run_session(folder, spec, Library.load(), models, Watch())))
        shutil.copy(folder.events, target / "events.jsonl")


if __name__ == "__main__":
    main(sys.argv[1:])
