"""What it takes to play something back in the terminal: its pace, what it is and how long it takes, and its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from pathlib import Path

from rich.text import Text
from typer import launch

from sandbox.cli.console import Console
from sandbox.content.words import Words
from sandbox.errors import InterruptedSessionError
from sandbox.report.pacing import READING, reading_seconds


@contextmanager
def played_back(
    console: Console, words: Words, texts: Sequence[str], says: Sequence[str], speed: float | None, *, paced: bool,
    report: str,
) -> Iterator[float]:  # fmt: skip
    """Print what is played back, how many lines it has and how long that takes; then play it back.

    ``texts`` are its title, then what else is to be known of it, and ``says`` is what is said in it. It gives the words
    a second, or 0 for at once: what was asked for; else, if it is ``paced`` and somebody can read along on a terminal,
    as fast as somebody reads.

    Raises:
        InterruptedSessionError: it was stopped; the message says where the report is, or what writes it.
    """
    if speed is None:
        speed = READING[words.lang] if paced and console.is_terminal else 0
    for text, style in zip(texts, ("bold", *[""] * len(texts)), strict=False):
        console.print(Text(text), style=style)
    told = words("replay.lines", lines=len(says))
    if speed:
        minutes = ceil(sum(reading_seconds(text, speed) for text in says) / 60)
        told = words("replay.paced", lines=len(says), minutes=minutes, at_once="--speed 0", stop="Ctrl-C")
    console.print(Text(told, style="dim"))
    try:
        yield speed
    except KeyboardInterrupt as error:
        raise InterruptedSessionError(words("replay.stopped", report=report)) from error


def ending(console: Console, report: Path, *, opens: bool) -> None:
    """Print where a report is, and open it on a terminal if it is to be opened."""
    console.print(str(report), markup=False, highlight=False, soft_wrap=True)
    if opens and console.is_terminal:
        launch(report.resolve().as_uri())
