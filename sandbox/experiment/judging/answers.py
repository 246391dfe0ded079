"""How the answers of a session's models came about: how many were unusable, and what stood in for them."""

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
"""From this share of unusable answers, or of lines given up, on, reports say so first."""
_LINE, _PULSE = "line:", "pulse:"


@dataclass(frozen=True)
class Answers:
    """Counts over one session or more.

    Args:
        given: answers of models, judges included; each was paid for.
        unusable: those of them that were refusals or did not answer the question.
        lines: lines that a model was asked for.
        given_up: those of them without an accepted wording; the last wording, the card or a rule stands in.
        pulses: pulses that a model was asked for.
        by_rule: those of them that a rule gave because the model did not.
        closed: lines asked for with the closed schema because the endpoint refused the other one.
        unheld: lines asked for without a schema that fixes the answer, because the endpoint refused it.
        said: models whose endpoint says that another one answered: ``asked: said, fingerprint``.
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
        """Return counts from a store; all 0 if the store does not know them."""
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
        """The shares of unusable answers, of lines given up or unheld, and of pulses by rule."""
        parts = (("unusable", "given"), ("given_up", "lines"), ("unheld", "lines"), ("by_rule", "pulses"))
        return {part: getattr(self, part) / whole for part, name in parts if (whole := getattr(self, name))}


_NAMES = tuple(field.name for field in fields(Answers) if field.name != "said")
