"""What answers in a process that plays countries without playing any: it loads nothing else."""

from __future__ import annotations

import os
import time
from threading import Thread
from typing import Any

from sandbox.content.words import refusal
from sandbox.web.country.countries import STAGES, Setting, _end_when

__all__ = ["answered", "began"]

_progress: Any = None


def began(progress: Any, *_: object) -> None:
    """Begin without what plays countries, which takes long to load."""
    global _progress  # noqa: PLW0603 - as in the process itself
    Thread(target=_end_when, args=(progress,), daemon=True).start()
    _progress = progress


def answered(order: str, arguments: tuple[Setting]) -> tuple[str, float]:
    """Answer in the place of a worker, without playing anything."""
    assert order == "play"
    seeds = arguments[0].seeds
    _progress[:3] = STAGES.index("countries"), 1, seeds
    if seeds == 10:
        time.sleep(60)
    if seeds == 5:
        os._exit(1)
    if seeds == 1:
        raise refusal("country.refused.no_country", network=arguments[0].network)
    return str(os.getpid()), 2.0
