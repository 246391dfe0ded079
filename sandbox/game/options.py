"""Options in few words, where the whole of them is told elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sandbox.game.game import Game

__all__ = ["briefly"]

_CLAUSE = re.compile(r"[,;:(，；：（]")


def briefly(game: Game, terms: Mapping[str, str]) -> dict[str, str]:
    """Return options in words, by question: of each the first clauses that tell it from all others."""
    known = game.scenario.decision_by_id
    return {
        key: _brief(options[option].get(game.spec.lang), [text.get(game.spec.lang) for text in options.values()])
        for key, option in terms.items()
        if key in known
        for options in [known[key].options]
    }


def _brief(option: str, options: Sequence[str]) -> str:
    for clause in _CLAUSE.finditer(option):
        first = option[: clause.start()].rstrip()
        if sum(other.startswith(first) for other in options) == 1:
            return first + (" …" if first.isascii() else "…")
    return option
