"""What was found of the embedded model as a judge, which ships with the program, as the terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from sandbox.content.cards import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.llm.weights import MODEL_NAME
from sandbox.scoring.shipped import shipped_calibration

__all__ = ["shipped_dict", "shipped_lines"]


def shipped_lines(library: Library, lang: Lang) -> Iterator[str]:
    """Yield what was found, a line each.

    Args:
        library: the content.
        lang: the language in which it is said.
    """
    label = Words(lang, library.roots)
    yield label("judge_card.title", judge=MODEL_NAME)
    found = {each: shipped_calibration(MODEL_NAME, each) for each in LANGUAGES}
    yield label("judge_card.shipped", items=max(one.items for one in found.values() if one))
    for each, one in found.items():
        if one:
            figures = {"low": f"{one.lowest:.2f}", "high": f"{one.highest:.2f}", "criteria": one.criteria}
            yield f"  {label(f'language.{each}')}{label('colon')}{label('standing.shipped', **figures)}"
    yield label("judge_card.reading.rule")


def shipped_dict() -> dict[str, Any]:
    """Return what was found as plain values, by language."""
    found = {each: shipped_calibration(MODEL_NAME, each) for each in LANGUAGES}
    return {"judge": MODEL_NAME, "shipped": {each: asdict(one) for each, one in found.items() if one}}
