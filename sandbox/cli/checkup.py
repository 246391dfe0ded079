"""What ``sandbox doctor`` looks at."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from sandbox.cli import options
from sandbox.errors import SandboxError
from sandbox.llm.calls import Call, Sampling
from sandbox.llm.usage import Meter
from sandbox.session.choice import choose
from sandbox.session.runner import Models

__all__ = ["Check", "examine"]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what, what was found, whether it will do, and else the exit code."""

    what: str
    found: str
    ok: bool
    exit_code: int = 0


def examine(model: str | None, means: options.Means, places: options.Places, quiet: bool) -> list[Check]:
    """Look at content, the folder of sessions, and the model; ask the model for one word."""
    settings = means.settings  # a fault in these stops everything
    return [_content(places), _folder(places.out or settings.runs), _model(means, model, quiet)]


def _content(places: options.Places) -> Check:
    try:
        library = places.library
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


def _model(means: options.Means, model: str | None, quiet: bool) -> Check:
    try:
        choice = choose(means.settings, model, None)
        if choice.style == "rules":
            return Check("model", "none: acts are drawn from what the rules allow", True)
        models = means.models(choice, quiet)
        assert models.speaker is not None
        answer = options.awaited(models, _one_word(models))
    except SandboxError as error:
        return Check("model", str(error), False, error.exit_code)
    where = "embedded engine" if choice.embedded else models.speaker.where
    patience = f"it has {models.speaker.timeout:g} s for an answer" + ("" if choice.embedded else " (SANDBOX_TIMEOUT)")
    report = f"{choice.speaker_name} at {where} answers ({answer}); turns are {choice.style}; {patience}"
    return Check("model", report, True)


async def _one_word(models: Models) -> str:
    schema = {
        "type": "object", "properties": {"word": {"type": "string", "enum": ["ready"]}}, "required": ["word"],
        "additionalProperties": False,
    }  # fmt: skip
    gateway = models.speaking(Meter(), None)
    assert gateway is not None
    call = Call(
        key="doctor", seat="doctor", stage="doctor", schema=schema, sampling=Sampling(0.0, 500), seed=1,
        messages=({"role": "user", "content": 'Answer with {"word": "ready"}.'},),
        parse=lambda answer: str(answer.get("word")),
    )  # fmt: skip
    return (await gateway.ask(call)).value
