"""The languages in which everything is written."""

from __future__ import annotations

from typing import Literal, get_args

Lang = Literal["en", "zh"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)
