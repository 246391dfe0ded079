"""Words of the reports in both languages; the same keys in each."""

from __future__ import annotations

from sandbox.content.schemas import Lang
from sandbox.report.labels.audit_chinese import AUDIT_CHINESE
from sandbox.report.labels.audit_english import AUDIT_ENGLISH
from sandbox.report.labels.chinese import CHINESE
from sandbox.report.labels.debrief_chinese import DEBRIEF_CHINESE
from sandbox.report.labels.debrief_english import DEBRIEF_ENGLISH
from sandbox.report.labels.english import ENGLISH
from sandbox.report.labels.judge_chinese import JUDGE_CHINESE
from sandbox.report.labels.judge_english import JUDGE_ENGLISH

__all__ = ["LABELS", "Labels"]

LABELS: dict[Lang, dict[str, str]] = {
    "en": ENGLISH | DEBRIEF_ENGLISH | AUDIT_ENGLISH | JUDGE_ENGLISH,
    "zh": CHINESE | DEBRIEF_CHINESE | AUDIT_CHINESE | JUDGE_CHINESE,
}


class Labels:
    """The labels of one language.

    Args:
        lang: the language.
    """

    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self._words = LABELS[lang]

    def __call__(self, key: str, **values: object) -> str:
        """Return a label with its values filled in.

        Raises:
            KeyError: there is no such label, or it names a value that is not given.
        """
        return self._words[key].format(**values)

    def of(self, group: str, name: str) -> str:
        """Return the label of a name in a group (``act``, ``position``); the name itself when it has none."""
        return self._words.get(f"{group}.{name}", name)

    def join(self, parts: list[str]) -> str:
        """Return parts as a list in the language's punctuation."""
        return self._words["list"].join(parts)

    def paren(self, text: str) -> str:
        """Return text in the language's parentheses."""
        return self._words["paren"].format(text)
