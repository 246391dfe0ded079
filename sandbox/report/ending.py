"""Why a stage ended, as a reader is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_VOTED, _NONE_CARRIED = "decision_made", "none_carried"


def why_ended(reason: str, decisions: Iterable[Any]) -> str:
    """Return the key, below ``ended``, of why a stage ended.

    The log has one reason for every end by a vote; where nothing was carried, no decision was made.

    Args:
        reason: why, as the stage's minutes in the log have it.
        decisions: what was decided on in the stage, each with ``carried``.
    """
    carried = any(decision["carried"] for decision in decisions)
    return _NONE_CARRIED if reason == _VOTED and not carried else reason
