"""How the answers of a session's models came about: which could not be used, and what was taken in their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sandbox.llm.calls import asked_in
from sandbox.llm.structured import HELD
from sandbox.llm.usage import Usage
from sandbox.record.events import CallMade, Event, LineSpoken, SessionOpened
from sandbox.session.context import profile_of

MANY = 0.05
"""The share of answers that could not be used, or lines that were given up, from which on it is said first."""
_LINE, _PULSE = "line:", "pulse:"


@dataclass(frozen=True)
class Answers:
    """Counts over one session or more.

    Args:
        given: answers of models, each paid for, judges' among them.
        unusable: those of them that were refusals, or no answer to what was asked.
        given_up: those of them for which no wording was accepted: the last one stands there, the card or a rule.
        pulses: pulses for which a model was asked.
        by_rule: those of them that a rule gave, since the model did not.
        closed: lines that were asked for by the closed schema, since the endpoint refused that of others.
        unheld: lines that were asked for without a schema that holds the answer, since the endpoint refused it.
        said: models with what their endpoints say has answered, where that is another: ``asked: said, fingerprint``.
    """

    given: int = 0
    unusable: int = 0
    lines: int = 0
    given_up: int = 0
    pulses: int = 0
    by_rule: int = 0
    closed: int = 0
    unheld: int = 0
    said: tuple[str, ...] = ()

    def __add__(self, other: Answers) -> Answers:
        sums = {name: getattr(self, name) + getattr(other, name) for name in _NAMES}
        return Answers(**sums, said=tuple(sorted({*self.said, *other.said})))

    @classmethod
    def of(cls, counts: Mapping[str, Any] | None) -> Answers:
        """Return counts as a store keeps them; nothing where it does not know them."""
        known = counts or {}
        numbers = {name: int(value) for name, value in known.items() if name in _NAMES}
        return cls(**numbers, said=tuple(known.get("said", ())))

    @classmethod
    def in_log(cls, events: Iterable[Event]) -> Answers:
        """Return the counts of a session from its log."""
        counts, wordings = dict.fromkeys(_NAMES, 0), 0
        answered, given_up = set[str](), set[str]()
        closed, unheld, said = set[str](), set[str](), set[str]()
        for event in events:
            if isinstance(event, SessionOpened):
                wordings = profile_of(event.payload["spec"].get("style", "free")).wordings
            elif isinstance(event, CallMade):
                counts["given"] += (calls := Usage(**event.payload["usage"]).calls)
                counts["unusable"] += calls - bool(event.payload["text"])
                if words := ", ".join(event.payload.get("said", {}).values()):
                    said.add(f"{event.payload['model']}: {words}")
                asked_for = asked_in(event.payload["id"])
                (answered if event.payload["text"] else given_up).add(asked_for)
                mode = event.payload.get("mode")
                if mode is not None and asked_for.startswith(_LINE):
                    (closed if mode in HELD else unheld).add(asked_for.rpartition(":")[0])
            elif isinstance(event, LineSpoken):
                asked = event.payload["origin"] == "model" or bool(event.payload["rejected"])
                counts["lines"] += asked
                counts["given_up"] += asked and len(event.payload["rejected"]) >= wordings
        pulses = {key for key in answered | given_up if key.startswith(_PULSE)}
        counts |= {"pulses": len(pulses), "by_rule": len(pulses - answered)}
        counts |= {"closed": len(closed), "unheld": len(unheld)}
        return cls(**counts, said=tuple(sorted(said)))

    @property
    def shares(self) -> dict[str, float]:
        """The shares of answers that could not be used, of lines given up or unheld, and of pulses by rule."""
        parts = (("unusable", "given"), ("given_up", "lines"), ("unheld", "lines"), ("by_rule", "pulses"))
        return {part: getattr(self, part) / whole for part, name in parts if (whole := getattr(self, name))}


_NAMES = tuple(field.name for field in fields(Answers) if field.name != "said")
