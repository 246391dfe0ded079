"""What it takes to play something back in the terminal: its pace, what it is and how long it takes, and its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from pathlib import Path

from rich.text import Text
from typer import launch

from sandbox.cli.console import Console
from sandbox.content.cards import Lang
from sandbox.content.words import Words
from sandbox.errors import InterruptedSessionError
from sandbox.report.pacing import READING, reading_seconds

__all__ = ["ending", "orient", "pace", "stoppable"]


def pace(speed: float | None, lang: Lang, console: Console, *, paced: bool) -> float:
    """Return the words a second at which something is played back; 0 for at once.

    Args:
        speed: what was asked for; None for nothing.
        lang: the language.
        console: where it is shown; nobody reads along where that is no terminal.
        paced: whether it is shown as fast as somebody reads, where nothing was asked for.
    """
    if speed is not None:
        return speed
    return READING[lang] if paced and console.is_terminal else 0


def orient(console: Console, words: Words, texts: Sequence[str], says: Sequence[str], speed: float) -> None:
    """Print what is played back, how many lines it has and how long that takes.

    Args:
        console: where to print.
        words: the words of its language.
        texts: its title, then what else is to be known of it.
        says: what is said in it, line by line.
        speed: words a second; 0 for at once.
    """
    title, *others = texts
    console.print(Text(title, style="bold"))
    for text in others:
        console.print(Text(text))
    told = words("replay.lines", lines=len(says))
    if speed:
        minutes = ceil(sum(reading_seconds(text, speed) for text in says) / 60)
        told = words("replay.paced", lines=len(says), minutes=minutes, at_once="--speed 0", stop="Ctrl-C")
    console.print(Text(told, style="dim"))


@contextmanager
def stoppable(words: Words, report: str) -> Iterator[None]:
    """Let whoever stops a replay know where the report is.

    Args:
        words: the words of its language.
        report: the report's file, or the command that writes it.

    Raises:
        InterruptedSessionError: it was stopped.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        raise InterruptedSessionError(words("replay.stopped", report=report)) from error


def ending(console: Console, report: Path, *, opens: bool) -> None:
    """Print where a report is, and open it on a terminal if it is to be opened."""
    console.print(str(report), markup=False, highlight=False, soft_wrap=True)
    if opens and console.is_terminal:
        launch(report.resolve().as_uri())
