"""Rehearsals: a session played by a stand-in for a model, to count the prompts that a real one would be sent.

Prompts are the real ones; answers are made up, as long as in recorded sessions. So a plan needs no model and no guess
of the length of prompts.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.llm.calls import Call, Endpoint, Reply
from sandbox.llm.usage import Meter, Usage, tokens_in
from sandbox.record.log import Log
from sandbox.scoring.judge import CANNOT_TELL
from sandbox.scoring.panel import Panel
from sandbox.session.context import DIRECTED, FREE, LogRecord
from sandbox.session.runner import Models, Watch, run_session

if TYPE_CHECKING:
    from sandbox.llm.gateway import Gateway  # whose client is slow to import, and calls nobody here

T = TypeVar("T")
# Characters of a line, of a pulse's reason and of a judge's reason: means of the recorded sessions
# (cassettes/showcase_en, showcase_zh, and for judges joint_production_en).
_LETTERS: Mapping[Lang, tuple[int, int, int]] = {"en": (320, 100, 550), "zh": (100, 40, 180)}
# Acts that name terms.
_NAMING = ("propose", "promise", "decide")
# The longest line in directed play is below this, that in free play above (see `turn_schema`).
_SHORT = 500


@dataclass
class Rehearsal:
    """The usage of a session in which no call is made twice.

    Args:
        usage: calls, and tokens as estimated by `tokens_in`, without schemas.
        schemas: tokens of the calls' schemas, which some endpoints count as prompt.
        limits: most tokens of the answers, thinking included.
        by_model: usage by model.
    """

    usage: Usage = field(default_factory=Usage)
    schemas: int = 0
    limits: int = 0
    by_model: dict[str, Usage] = field(default_factory=lambda: defaultdict(Usage))


def rehearse(spec: SessionSpec, library: Library, log: Log | None = None) -> Rehearsal:
    """Play a session with a stand-in for its models, in a fraction of a second, and count their usage.

    If ``log`` has begun, only the rest is counted.

    Raises:
        InputError: the session cannot be played.
    """
    mute = frozenset(spec.agents.values())  # agents make no calls, so those of their stand-ins are not counted
    models = {**spec.models, **({} if spec.by_cards else spec.agents)}
    game = Game(spec.model_copy(update={"agents": {}, "models": models}), library)
    profile = DIRECTED if spec.style == "directed" else FREE
    speaker = Endpoint(spec.model) if spec.style != "rules" and not spec.by_cards else None
    judges = tuple(Endpoint(name) for name in spec.judge_model.split(",")) if spec.judge_model else ()
    others = {name: Endpoint(name) for name in models.values()}
    played_by = _StandIns(
        speaker, judges, replace(profile, wordings=1), samples=spec.judge_samples, others=others, game=game, mute=mute
    )  # fmt: skip
    asyncio.run(run_session(game, Log() if log is None else log, played_by, Watch()))
    return played_by.counted


@dataclass(frozen=True, kw_only=True)
class _StandIns(Models):
    game: Game
    mute: frozenset[str] = frozenset()
    counted: Rehearsal = field(default_factory=Rehearsal)

    def speaking(self, meter: Meter, record: LogRecord | None, other: str = "") -> Gateway | None:
        del meter, record
        speaker = self.others[other] if other else self.speaker
        return self._stand_in(speaker) if speaker else None

    def panel(self, meter: Meter, record: LogRecord | None) -> Panel | None:
        del meter, record
        return Panel(tuple(map(self._stand_in, self.judges)), self.samples) if self.judges else None

    def _stand_in(self, endpoint: Endpoint) -> Gateway:
        counted = Rehearsal() if endpoint.model in self.mute else self.counted
        return cast("Gateway", _StandIn(endpoint, counted, self.game))


class _StandIn:
    """Answers in the place of a gateway, and counts."""

    def __init__(self, endpoint: Endpoint, counted: Rehearsal, game: Game) -> None:
        self.endpoint = endpoint
        self._counted = counted
        self._lang = game.spec.lang
        self._filler = " ".join(fact.text.get(self._lang) for fact in game.scenario.facts)

    async def ask(self, call: Call[T]) -> Reply[T]:
        """Return an answer that fits the schema."""
        answer = self._answer(call.schema["properties"], random.Random(f"{call.key}:{call.seed}"))
        text = json.dumps(answer, ensure_ascii=False)
        prompt = sum(tokens_in(message["content"]) for message in call.messages)
        usage = Usage(1, prompt, 0, min(tokens_in(text), call.sampling.max_tokens), estimated=True)
        self._counted.usage += usage
        self._counted.by_model[self.endpoint.model] += usage
        self._counted.schemas += tokens_in(json.dumps(call.schema, ensure_ascii=False))
        self._counted.limits += call.sampling.max_tokens
        return Reply(call.parse(answer), text, usage, recorded=False)

    def _answer(self, properties: Mapping[str, Any], rng: random.Random) -> dict[str, Any]:
        line, why, reason = _LETTERS[self._lang]
        if "level" in properties:
            return {"quotes": [], "reason": self._words(reason, rng), "level": CANNOT_TELL}
        if "trust" in properties:
            return {"trust": 3, "conviction": 3, "burden": 3, "why": self._words(why, rng)}
        longest = int(properties["says"]["maxLength"])
        act, to = rng.choice(properties["act"]["enum"]), rng.choice(properties["to"]["enum"])
        # Lines in directed play have about a third of the length of those in free play.
        answer = {"act": act, "to": to, "says": self._words(line if longest > _SHORT else line // 3, rng)}
        if "terms" in properties and act in _NAMING:
            options = properties["terms"]["properties"]
            answer["terms"] = {key: rng.choice(option["enum"]) for key, option in options.items() if rng.random() < 0.5}
        return answer

    def _words(self, letters: int, rng: random.Random) -> str:
        start = rng.randrange(len(self._filler))
        return (self._filler[start:] + self._filler * (1 + letters // len(self._filler)))[:letters]
