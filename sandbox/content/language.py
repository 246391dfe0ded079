"""The languages in which everything is written."""

from __future__ import annotations

import re
from typing import Literal, get_args

Lang = Literal["en", "zh"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)


def patterns(en: str, zh: str) -> dict[Lang, re.Pattern[str]]:
    """Return a compiled pattern for each language; the English one ignores case."""
    return {"en": re.compile(en, re.IGNORECASE), "zh": re.compile(zh)}
