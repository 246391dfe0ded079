"""A scripted model: answers turns and judgements by rule, so that logic can be tested without a real one."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.stub_endpoint import Received, StubReply, completion, usage

__all__ = ["ScriptedModel"]

_WORDS = [
    "lamp", "river", "basket", "ladder", "window", "market", "copper", "garden", "needle", "saddle", "pepper",
    "velvet", "harbour", "orchard", "lantern", "kettle", "marble", "thunder", "cotton", "anchor", "bridge", "candle",
    "dragon", "feather", "glacier", "hammer", "island", "jacket", "kitchen", "lemon", "mirror", "nickel", "oyster",
    "pencil", "quarry", "ribbon", "silver", "timber", "umbrella", "village", "walnut", "yellow", "zebra", "carpet",
    "engine", "forest", "guitar", "helmet",
]  # fmt: skip


class ScriptedModel:
    """Answers every request as its schema asks.

    Args:
        act: the act of every turn where the schema allows it; else the first that is allowed.
        level: the level of every judgement.
    """

    def __init__(self, act: str = "inform", level: str = "3") -> None:
        self.act = act
        self.level = level
        self.requests: list[dict[str, Any]] = []

    def __call__(self, request: Received) -> StubReply:
        """Answer a request."""
        self.requests.append(request.body)
        return completion(json.dumps(self.answer(request.body), ensure_ascii=False), counts=usage(200, 20, 150))

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the object that answers a request body."""
        properties = body["response_format"]["json_schema"]["schema"]["properties"]
        text = body["messages"][-1]["content"]
        if "level" in properties:
            turn = properties["quotes"]["items"]["properties"]["turn"]["enum"][0]
            line = next(line for line in text.splitlines() if line.startswith(f"{turn} "))
            quote = line.split("⟦")[1].split("⟧")[0]
            return {"quotes": [{"turn": turn, "quote": quote}], "reason": "It says so.", "level": self.level}
        if "trust" in properties:
            return {"trust": 4, "conviction": 2, "burden": 5, "why": "They kept their word."}
        acts, to = properties["act"]["enum"], properties["to"]["enum"]
        act = self.act if self.act in acts else acts[0]
        return {"act": act, "to": to[-1], "says": self.says(text, body["seed"])}

    def says(self, prompt: str, seed: int) -> str:
        """Return the point of a directed turn, or words that no other line has; they depend on the request alone."""
        for mark in ("YOUR POINT: ⟦", "你的意思：⟦"):
            if mark in prompt:
                return prompt.split(mark)[1].split("⟧", maxsplit=1)[0]
        rng = random.Random(seed)
        return " ".join(rng.choice(_WORDS) for _ in range(18)).capitalize() + "."
