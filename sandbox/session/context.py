"""What the nodes are given beside the state: the game, the models, the log. Never checkpointed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.content.templates import Templates
from sandbox.llm.gateway import Gateway, RecordedCall, Sampling
from sandbox.llm.usage import Usage
from sandbox.record.events import EventLog
from sandbox.session.game import Game

__all__ = ["LogRecord", "SessionContext", "TurnProfile"]


@dataclass(frozen=True)
class TurnProfile:
    """How a model is asked for turns.

    Args:
        sampling: temperature and length.
        wordings: how many wordings of one turn are asked for at most before the card's own words are used.
        warmer: what is added to the temperature with each new wording.
    """

    sampling: Sampling
    wordings: int
    warmer: float


@dataclass(frozen=True)
class SessionContext:
    """Injected into every node.

    Args:
        game: the game.
        log: the event log.
        templates: templates in the session's language.
        speaker: the model that plays the personas.
        judge: the model that judges; None where nobody judges.
        profile: how turns are asked for.
        on_partial: receives seat and words so far while a line is streamed; None does not stream.
        on_wait: receives what is being waited for (a seat, or a criterion).
    """

    game: Game
    log: EventLog
    templates: Templates
    speaker: Gateway
    judge: Gateway | None
    profile: TurnProfile
    on_partial: Callable[[str, str], None] | None = None
    on_wait: Callable[[str], None] | None = None


class LogRecord:
    """Keeps finished model calls in the session's log, before their answers are used.

    Args:
        log: the event log.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def find_call(self, key: str) -> RecordedCall | None:
        """Return the finished call of a key."""
        event = self._log.find("call", key)
        if event is None:
            return None
        payload = event.payload
        return RecordedCall(key, payload["digest"], payload["text"], Usage(**payload["usage"]))

    def add_call(self, call: RecordedCall, *, seat: str, stage: str, model: str, seconds: float) -> None:
        """Keep a finished call."""
        payload = {
            "id": call.key,
            "digest": call.digest,
            "model": model,
            "text": call.text,
            "usage": call.usage.as_dict(),
            "seconds": round(seconds, 3),
        }
        self._log.append("call", payload, stage=stage, seat=seat)
