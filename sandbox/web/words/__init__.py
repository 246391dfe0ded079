"""Words of the web app in both languages; the same keys in each, beside those of the reports."""

from __future__ import annotations

from sandbox.content.schemas import Lang
from sandbox.report.labels import LABELS, Labels
from sandbox.web.words.chinese import CHINESE
from sandbox.web.words.english import ENGLISH

__all__ = ["WORDS", "Words"]

WORDS: dict[Lang, dict[str, str]] = {"en": ENGLISH, "zh": CHINESE}


class Words(Labels):
    """The words of the web app and of the reports in one language.

    Args:
        lang: the language.
    """

    def __init__(self, lang: Lang) -> None:
        super().__init__(lang)
        self._words = {**LABELS[lang], **WORDS[lang]}

    def doing(self, act: str) -> str:
        """Return an act as it stands on a button."""
        return self.of("may", act).capitalize()
