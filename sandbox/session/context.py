"""What the nodes are given: the state of the game and, never checkpointed, game, models and log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypedDict

from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.play import Choose
from sandbox.game.spec import PlayStyle
from sandbox.game.state import State
from sandbox.llm.calls import RecordedCall, Sampling
from sandbox.llm.usage import Usage
from sandbox.record.log import Log
from sandbox.record.payloads import Failed
from sandbox.scoring.panel import Panel

if TYPE_CHECKING:
    from sandbox.llm.gateway import Gateway
    from sandbox.session.agents import Agent
    from sandbox.session.runner import Watch


PULSE = "pulse"
"""What the session waits for while all seats are asked for their pulse."""


class Shell(TypedDict):
    """What the graph carries from node to node: the state of the game."""

    play: State


@dataclass(frozen=True)
class TurnProfile:
    """How a model is asked for turns.

    Args:
        sampling: the sampling of the first wording.
        wordings: the most wordings that are asked for one turn before the card's own words are used.
        warmer: what is added to the temperature with each new wording.
        asks_pulse: whether the model is asked for each seat's pulse; otherwise the rules give it.
    """

    sampling: Sampling
    wordings: int
    warmer: float
    asks_pulse: bool = False

    def at(self, temperature: float | None) -> TurnProfile:
        """Return the profile with another temperature for the first wording of a turn; None keeps its own."""
        if temperature is None:
            return self
        return replace(self, sampling=replace(self.sampling, temperature=temperature, asked=True))


# Measured over seeds (cassettes/README.md): repetition penalties make a small model drop the figures of its own
# point, so there are none, and faulty wordings are rejected instead.
DIRECTED = TurnProfile(Sampling(0.4, 140, (("top_p", 0.95),)), wordings=3, warmer=0.2)
FREE = TurnProfile(Sampling(0.8, 500), wordings=2, warmer=0.1, asks_pulse=True)


def profile_of(style: PlayStyle) -> TurnProfile:
    """Return how a model is asked for turns of a style."""
    return DIRECTED if style == "directed" else FREE


@dataclass(frozen=True)
class SessionContext:
    """Injected into every node.

    Args:
        game: the game.
        log: the session's log.
        speaker: the model that plays the personas; None in rules-only mode.
        panel: the judges; None if nobody judges.
        profile: how the model is asked.
        watch: what the caller hears and answers.
        choose: chooses turns if no model speaks (rules-only mode).
        agents: Python agents, by the seat that each plays.
        by_seat: the models of seats that have one of their own, by seat.
    """

    game: Game
    log: Log
    speaker: Gateway | None
    panel: Panel | None
    profile: TurnProfile
    watch: Watch
    choose: Choose | None = None
    agents: Mapping[str, Agent] = field(default_factory=dict)
    by_seat: Mapping[str, Gateway] = field(default_factory=dict)

    def speaker_of(self, seat: str) -> Gateway | None:
        """Return the model that plays a seat; None if no model speaks."""
        return self.by_seat.get(seat, self.speaker)


class LogRecord:
    """Keeps finished model calls in the session's log, before their answers are used."""

    def __init__(self, log: Log) -> None:
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
            **({"left_out": list(call.left_out)} if call.left_out else {}),
            **({"mode": call.mode} if call.mode != "json_schema" else {}),
            **({"said": dict(call.said)} if call.said else {}),
            **({"failed": self._failed(call)} if call.failed else {}),
        }
        self._log.append("call", payload, stage=stage, seat=seat)

    def _failed(self, call: RecordedCall) -> list[Failed]:
        """Return the answers that could not be used, each with the reason in the session's language."""
        opened = self._log.of("session")
        words = Words(opened[0].payload["spec"].get("lang", "en") if opened else "en")
        return [{"text": answer.text, "why": words.said(answer.why)} for answer in call.failed]
