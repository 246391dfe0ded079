"""What ``sandbox doctor`` looks at."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from sandbox.cli.terminal import LoadProgress
from sandbox.content.library import Library
from sandbox.errors import SandboxError
from sandbox.llm.calls import Call, Sampling
from sandbox.llm.usage import Budget, Meter
from sandbox.session.choice import choose, models_of
from sandbox.settings import Settings

if TYPE_CHECKING:
    from sandbox.llm.gateway import Gateway

__all__ = ["Check", "examine"]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what, what was found, whether it will do, and else the exit code."""

    what: str
    found: str
    ok: bool
    exit_code: int = 0


def examine(settings: Settings, model: str | None, content: Path | None, runs: Path, quiet: bool) -> list[Check]:
    """Look at content, the folder of sessions, and the model; ask the model for one word.

    Args:
        settings: the environment's settings.
        model: ``--model``.
        content: the user's content folder.
        runs: the folder of sessions.
        quiet: whether to show no progress.
    """
    return [_content(content), _folder(runs), _model(settings, model, quiet)]


def _content(content: Path | None) -> Check:
    try:
        library = Library.load(content)
        library.check()
    except SandboxError as error:
        return Check("content", str(error), False, error.exit_code)
    counts = ", ".join(f"{len(cards)} {kind}" for kind, cards in library.cards.items())
    return Check("content", f"{counts} from {', '.join(str(root) for root in library.roots)}", True)


def _folder(runs: Path) -> Check:
    nearest = next(path for path in (runs.absolute(), *runs.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            return Check("sessions", f"{runs} can be written", True)
    except OSError as error:
        return Check("sessions", f"{runs}: {error.strerror or error}", False, 2)


def _model(settings: Settings, model: str | None, quiet: bool) -> Check:
    try:
        choice = choose(settings, model, None)
        if choice.style == "rules":
            return Check("model", "none: acts are drawn from what the rules allow", True)
        where = "embedded engine" if choice.embedded else settings.base_url or "https://api.openai.com/v1"
        with LoadProgress(Console(stderr=True), quiet) as progress:
            models = models_of(choice, settings, Budget(), progress)
        make = models.speaker
        assert make is not None
        answer = asyncio.run(_one_word(make(Meter(), None)))
    except SandboxError as error:
        return Check("model", str(error), False, error.exit_code)
    style = f"turns are {choice.style}"
    return Check("model", f"{choice.speaker_name} at {where} answers ({answer}); {style}", True)


async def _one_word(gateway: Gateway) -> str:
    schema = {
        "type": "object",
        "properties": {"word": {"type": "string", "enum": ["ready"]}},
        "required": ["word"],
        "additionalProperties": False,
    }
    try:
        reply = await gateway.ask(
            Call(
                key="doctor",
                seat="doctor",
                stage="doctor",
                messages=({"role": "user", "content": 'Answer with {"word": "ready"}.'},),
                schema=schema,
                parse=lambda answer: str(answer.get("word")),
                sampling=Sampling(0.0, 500),
                seed=1,
            )
        )
        return reply.value
    finally:
        await gateway.close()
