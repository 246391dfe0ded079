"""What somebody has begun to write for a turn, kept by the browser until it is sent."""

from __future__ import annotations

import json
from typing import Any

from nicegui import ui
from nicegui.element import Element

__all__ = ["Draft"]

_PARTS = ("act", "to", "says", "section", "task", "about", "text", "condition", "replaces")
_ANSWER_SECONDS = 5.0


class Draft:
    """A turn that is being written, kept by the browser under table, seat and place in the session.

    It outlives a pause, a lost connection, a page that is loaded anew, time that ran out and a branch.
    """

    def __init__(self, table: str, seat: str, place: str) -> None:
        self._key, self._place = json.dumps(f"draft:{table}:{seat}"), place
        self._at = json.dumps(place)

    def keep(self, part: str, value: Any) -> None:
        """Keep a part of the turn, such as its act."""
        ui.run_javascript(f"draft.keep({self._key}, {self._at}, {json.dumps(part)}, {json.dumps(value)})")

    def keep_typed(self, field: Element, part: str) -> None:
        """Keep what is typed into a field as it is typed, also while the connection is lost."""
        handler = f"(value) => draft.keep({self._key}, {self._at}, {json.dumps(part)}, value)"
        field.on("update:model-value", js_handler=handler)

    async def recall(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what was begun for this place, and what was begun for another; what does not fit is left out."""
        try:
            kept = await ui.run_javascript(f"draft.read({self._key})", timeout=_ANSWER_SECONDS)
        except TimeoutError:
            return {}, {}  # the page is gone
        if not isinstance(kept, dict):
            return {}, {}
        if kept.get("place") == self._place:
            return _parts(kept.get("parts")), _parts(kept.get("before"))
        return {}, _parts(kept.get("parts"))

    def forget(self) -> None:
        """Forget all that was begun."""
        ui.run_javascript(f"draft.forget({self._key})")


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
