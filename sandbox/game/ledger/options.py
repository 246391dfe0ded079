"""Options in few words, for places where their full text is told elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.language.wording import content_words

# Clauses tell an option from another that has less than this share of their words (in Chinese, of their pairs of
# characters); figures are not cut.
_SHARED = 0.3
_CLAUSE = re.compile(r"[;:(，；：（]|,(?!\d)")


def briefly(game: Game, terms: Mapping[str, str]) -> dict[str, str]:
    """Return options in words, by question: of each the first clauses that suffice to tell it from the others."""
    known, lang = game.scenario.decision_by_id, game.words.lang
    return {
        key: _brief(
            known[key].options[option].get(lang), [text.get(lang) for text in known[key].options.values()], lang
        )
        for key, option in terms.items()
        if key in known
    }


def _brief(option: str, options: Sequence[str], lang: Lang) -> str:
    others = [content_words(other, lang) for other in options if other != option]
    for clause in _CLAUSE.finditer(option):
        first = option[: clause.start()].rstrip()
        own = content_words(first, lang)
        if all(len(own & other) < _SHARED * len(own) for other in others):
            return first + (" …" if lang == "en" else "…")
    return option
