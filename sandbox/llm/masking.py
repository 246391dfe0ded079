"""The masking of an endpoint's secrets in what it says, also where they come back escaped, or cut off."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.errors import Said

SHORT = 8
"""A secret of an endpoint with fewer characters than this may be part of any word."""
_LONGER_THAN_WORDS = 16
_WORD = re.compile(r"[A-Za-z]?[a-z]+|\d+")
_MASK = "***"
# A character as it may stand in JSON, which may stand in JSON itself, or in an address.
_CHARACTER = re.compile(r"\\{1,8}u00([0-9a-f]{2})|%([0-9a-f]{2})|\\{0,8}(.)", re.IGNORECASE | re.DOTALL)
_LONGEST_CHARACTER = 13
_BEGUN = re.compile(r"(?:\\{1,8}(?:u[0-9a-f]{0,3})?|%[0-9a-f]?)\Z", re.IGNORECASE)


class Masking:
    """Masks secrets.

    Args:
        secrets: the secrets, in all forms in which they may come back.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        long = sorted((secret for secret in secrets if len(secret) >= SHORT), key=len, reverse=True)
        words = [secret for secret in long if len(secret) < _LONGER_THAN_WORDS and _WORD.fullmatch(secret)]
        self._in_answers = _pattern([secret for secret in long if secret not in words])
        self._in_messages = _pattern(long)
        self._short = [secret for secret in secrets if len(secret) < SHORT]
        self._begins = [secret.replace("\\", "").lower() for secret in long if secret not in words]

    def message(self, text: str) -> str:
        """Return a text for a message, without secrets."""
        clean = self._in_messages.sub(_MASK, str(text))
        for secret in self._short:  # a dummy, which may be a part of any word
            clean = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", _MASK, clean)
        if not isinstance(text, Said):
            return clean
        values = {name: self.message(own) if isinstance(own, str) else own for name, own in text.values.items()}
        return Said(clean, text.key, values)

    def answer(self, text: str) -> str:
        """Return a model's answer, or its beginning, without secrets and without one that begins at its end.

        A secret that may be a word stays.
        """
        longest = max(map(len, self._begins), default=0)
        begun = _BEGUN.search(text, max(0, len(text) - _LONGEST_CHARACTER))
        end = begun.start() if begun else len(text)
        found = _CHARACTER.finditer(text, max(0, end - longest * _LONGEST_CHARACTER), end)
        units = [(unit.start(), letter) for unit in found if (letter := _read(unit)) != "\\"][-longest:]
        read = "".join(letter for _, letter in units).lower()
        for place in range(len(read) - SHORT + 1):
            if any(secret.startswith(read[place:]) for secret in self._begins):
                text = text[: units[place][0]]
                break
        return self._in_answers.sub(_MASK, text)


def _pattern(secrets: Sequence[str]) -> re.Pattern[str]:
    """Return what finds any of some secrets, however their characters are escaped; without secrets it finds nothing."""
    forms = ("".join(map(_written, secret)) for secret in secrets)
    return re.compile("|".join(forms) or r"(?!)", re.IGNORECASE)


def _read(unit: re.Match[str]) -> str:
    code = unit[1] or unit[2]
    return chr(int(code, 16)) if code else unit[3]


def _written(character: str) -> str:
    code = f"{ord(character):02x}"
    return (
        rf"(?:\\{{0,8}}(?:{re.escape(character)}|u00{code})|%{code})" if ord(character) < 256 else re.escape(character)
    )
