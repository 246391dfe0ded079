"""Signs that work goes on, on standard error, where a command says nothing for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from rich import progress
from rich.table import Column
from rich.text import Text

from sandbox.cli.console import Console
from sandbox.cli.printing import echo
from sandbox.cli.translation import translated
from sandbox.errors import InterruptedSessionError

ResultT = TypeVar("ResultT")
_BAR = 16  # cells
_FIRST, _MINUTE = 5.0, 60.0  # seconds


def bar(silent: bool, *columns: progress.ProgressColumn) -> progress.Progress:
    """Return a line that says how far something is; nothing is shown outside of a terminal.

    Where the terminal is narrow, what is being done, which stands last, is cut, and the columns stay whole.
    """
    console = Console(stderr=True)
    last = progress.TextColumn(
        "{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")
    )
    shown = (progress.BarColumn(_BAR), *columns, last)
    return progress.Progress(
        *shown, console=console, transient=True, expand=True, disable=silent or not console.is_terminal
    )


async def with_lines(work: Coroutine[Any, Any, ResultT], line: Callable[[], str], silent: bool) -> ResultT:
    """Return the result of work; outside of a terminal, print how far it is: soon, then less often, and at the end."""
    said = False

    async def say() -> None:
        nonlocal said
        pause = _FIRST
        while True:
            await asyncio.sleep(min(pause, _MINUTE))
            echo(line(), err=True)
            said, pause = True, pause * 2

    lines = None if silent or Console(stderr=True).is_terminal else asyncio.create_task(say())
    try:
        return await work
    finally:
        if lines is not None:
            lines.cancel()
        if said:
            echo(line(), err=True)


@contextmanager
def counting(
    name: str, total: int | None, silent: bool, *, left: bool = False, stopped: str = ""
) -> Iterator[tuple[Callable[[int], None], Callable[[int], None]]]:
    """Show how many of something are done, and how long it took or how much time is left.

    It gives what is called with how many there are, where that is not known before, and with how many more are done.
    ``stopped`` is what an interrupt is told with.

    Raises:
        InterruptedSessionError: it was interrupted.
    """
    times = progress.TimeRemainingColumn() if left else progress.TimeElapsedColumn()
    try:
        with bar(silent, progress.MofNCompleteColumn(), times) as line:
            task = line.add_task(name, total=total, visible=total is not None)
            yield (
                lambda number: line.update(task, total=number, visible=number > 0),
                lambda number: line.advance(task, number),
            )
    except KeyboardInterrupt as error:
        if not stopped:
            raise
        raise InterruptedSessionError(stopped) from error


@contextmanager
def waiting(what: str, silent: bool = False) -> Iterator[None]:
    """Show what is being waited for, until it is there; nothing outside of a terminal."""
    console = Console(stderr=True)
    if silent or not console.is_terminal:
        yield
        return
    with console.status(Text(f"{translated(what)} …")):
        yield


class LoadProgress:
    """Shows what the embedded model's start is doing."""

    def __init__(self, quiet: bool) -> None:
        self._progress = bar(quiet, _Bytes())
        self._tasks: dict[str, progress.TaskID] = {}

    def __enter__(self) -> LoadProgress:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show a step's progress in bytes."""
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        whole = total if done or total > 1 else None  # of a step without bytes nobody knows how far it is
        self._progress.update(self._tasks[what], completed=done, total=whole)


class _Bytes(progress.DownloadColumn):
    """How many bytes are done of how many; nothing for a step that is none of bytes."""

    def render(self, task: progress.Task) -> Text:
        """Return what is done."""
        return super().render(task) if task.total and task.total > 1 else Text()
