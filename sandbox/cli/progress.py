"""Progress on standard error while a command prints nothing else."""

from __future__ import annotations

import asyncio
import time
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
    """Return a progress line, which is shown only on a terminal.

    On a narrow terminal the description, which comes last, is cut.
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
    """Return the result of work; without a terminal, print its progress: soon, then less often, and at the end."""
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
    """Show the number done of something, and the time taken or left.

    Yields a function to call with the total, if that was not known before, and with the number of further ones done.
    Without a terminal, lines say how much time is ``left`` of what takes minutes. ``stopped`` is the message for an
    interrupt.

    Raises:
        InterruptedSessionError: it was interrupted.
    """
    times = progress.TimeRemainingColumn() if left else progress.TimeElapsedColumn()
    try:
        with bar(silent, progress.MofNCompleteColumn(), times) as line:
            task = line.add_task(name, total=total, visible=total is not None)
            tell = _telling(name) if left and line.disable and not silent else None

            def advance(number: int) -> None:
                line.advance(task, number)
                if tell:
                    tell(int(line.tasks[task].completed), int(line.tasks[task].total or 0))

            yield lambda number: line.update(task, total=number, visible=number > 0), advance
    except KeyboardInterrupt as error:
        if not stopped:
            raise
        raise InterruptedSessionError(stopped) from error


def _telling(name: str) -> Callable[[int, int], None]:
    """Return a function that prints how much is done, of how much, and the time left: soon, then less often.

    The first step may be the slowest, as what it needs is made then, and tells nothing of the others.
    """
    begun, before, due, pause = 0.0, 0, 0.0, _FIRST

    def tell(done: int, total: int) -> None:
        nonlocal begun, before, due, pause
        now = time.monotonic()
        if not before:
            begun, before, due = now, done, now + pause
        elif now >= due:
            pause = min(2 * pause, _MINUTE)
            due, rest = now + pause, (now - begun) * (total - done) / (done - before)
            if rest >= _MINUTE:
                told = "{name}: {done} of {total}, about {minutes} min left"
                numbers = {"done": f"{done:,}", "total": f"{total:,}", "minutes": f"{rest / _MINUTE:,.0f}"}
                echo(translated(told, name=name, **numbers), err=True)

    return tell


@contextmanager
def waiting(what: str, silent: bool = False) -> Iterator[None]:
    """Show, on a terminal, what is being waited for."""
    console = Console(stderr=True)
    if silent or not console.is_terminal:
        yield
        return
    with console.status(Text(f"{translated(what)} …")):
        yield


class LoadProgress:
    """Shows the progress of the embedded model's start."""

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
    """The column of bytes done and in all; empty for a step that is not counted in bytes."""

    def render(self, task: progress.Task) -> Text:
        """Return the text of the column."""
        return super().render(task) if task.total and task.total > 1 else Text()
