"""What somebody has begun to write for a turn, kept by browser and server until it is sent."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.value_element import ValueElement

from sandbox.session.turns import LONGEST_PERSON_LINE

__all__ = ["Begun", "Draft"]

_PARTS = ("act", "to", "says", "section", "task", "about", "text", "condition", "replaces")
_ANSWER_SECONDS = 5.0
# What is typed reaches the server a moment later than the browser's own memory.
_SAME_SECONDS = 3.0


@dataclass
class Begun:
    """What a player has begun, as the server keeps it, in memory: it is there on another phone too.

    Args:
        place: the place in the session for which it is written.
        parts: the parts of the turn.
        before: what was begun at another place before.
        at: when it was changed last, on the server's clock that only runs forward.
    """

    place: str = ""
    parts: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    at: float = -math.inf

    def keep(self, place: str, part: str, value: Any) -> None:
        """Keep a part of the turn for a place."""
        if place != self.place:
            self.place, self.parts, self.before = place, {}, self.parts
        self.parts[part] = value[:LONGEST_PERSON_LINE] if isinstance(value, str) else value
        self.at = time.monotonic()

    def forget(self) -> None:
        """Forget all that was begun; what another phone still keeps of it is older than that."""
        self.place, self.parts, self.before, self.at = "", {}, {}, time.monotonic()


class Draft:
    """A turn that is being written, kept under table, seat and place in the session.

    It outlives a pause, a lost connection, a page that is loaded anew, time that ran out and a branch, by the browser's
    memory, and a lost phone, by the server's.
    """

    def __init__(self, table: str, seat: str, place: str, begun: Begun) -> None:
        self._key, self._place, self._begun = json.dumps(f"draft:{table}:{seat}"), place, begun
        self._at = json.dumps(place)

    def keep(self, part: str, value: Any) -> None:
        """Keep a part of the turn, such as its act."""
        self._begun.keep(self._place, part, value)
        ui.run_javascript(f"draft.keep({self._key}, {self._at}, {json.dumps(part)}, {json.dumps(value)})")

    def keep_typed(self, field: ValueElement[Any], part: str) -> None:
        """Keep what is typed into a field as it is typed, by the browser also while the connection is lost."""
        handler = f"(value) => draft.keep({self._key}, {self._at}, {json.dumps(part)}, value)"
        field.on("update:model-value", js_handler=handler)
        field.on_value_change(lambda change: self._begun.keep(self._place, part, change.value))

    async def recall(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what was begun for this place, and what was begun for another; what does not fit is left out.

        Of what the browser keeps and what the server does, that which was changed last counts.
        """
        begun = self._begun
        place, parts, before, at = begun.place, begun.parts, begun.before, begun.at
        try:
            kept = await ui.run_javascript(f"draft.aged({self._key})", timeout=_ANSWER_SECONDS)
        except TimeoutError:
            return {}, {}  # the page is gone
        if isinstance(kept, dict) and kept.get("parts") and _age(kept) <= time.monotonic() - at + _SAME_SECONDS:
            place, parts, before = kept.get("place", ""), kept["parts"], kept.get("before") or {}
        return (_parts(parts), _parts(before)) if place == self._place else ({}, _parts(parts))

    def forget(self) -> None:
        """Forget all that was begun."""
        self._begun.forget()
        ui.run_javascript(f"draft.forget({self._key})")


def _age(kept: dict[str, Any]) -> float:
    """Return how many seconds ago the browser kept something, on its own clock; of what tells no time, none."""
    age = kept.get("age")
    return float(age) if isinstance(age, int | float) else 0.0


def _parts(kept: Any) -> dict[str, Any]:
    """Return the parts of a turn; whatever stands in a browser may have been changed."""
    if not isinstance(kept, dict):
        return {}
    parts: dict[str, Any] = {key: kept[key] for key in _PARTS if isinstance(kept.get(key), str) and kept[key]}
    terms = kept.get("terms")
    if isinstance(terms, dict):
        parts["terms"] = {str(key): option for key, option in terms.items() if isinstance(option, str) and option}
    for key in ("appends", "aside"):
        if kept.get(key) is True:
            parts[key] = True
    return parts
