"""The languages in which everything is written."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["LANGUAGES", "Lang"]

Lang = Literal["en", "zh"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)
