"""Measures of play over seeds, on the embedded engine: ``python -m tests.seeds 2 3 4 5``."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from sandbox.content.library import Library
from sandbox.llm.embedded import EmbeddedEngine
from sandbox.record.folder import SessionFolder
from sandbox.scoring.audit.playing import play_measures
from sandbox.session.runner import Watch
from tests.cassette import SPECS, models_at
from tests.running import run_session


def main(seeds: list[int]) -> None:
    """Play the default session, unjudged, once a seed, and print its measures as a JSON object a line."""
    engine = EmbeddedEngine(None, None, lambda *_: None)
    assert engine.endpoint.base_url is not None
    for seed in seeds:
        spec = SPECS["joint_production_en"].model_copy(update={"seed": seed, "judge_model": None})
        models = models_at(engine.endpoint.base_url, judged=False)
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as temporary:
            folder = SessionFolder.create(Path(temporary))
            session = asyncio.run(models.endpoints.during(run_session(folder, spec, Library.load(), models, Watch())))
        counted = {"seconds": round(time.monotonic() - started), "calls": models.account.spent.calls}
        row = {"seed": seed, **counted, **play_measures(session)}
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]])
