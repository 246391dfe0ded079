"""Work that a page waits for, with its progress and a button that stops it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from nicegui import ui

from sandbox.content.words import Words
from sandbox.web.frame import div, soft

_EVERY = 0.2
_T = TypeVar("_T")


class _Progress(Protocol):
    stopped: bool


class PageWork:
    """Work for a page, one piece at a time; it is stopped when the page is closed."""

    def __init__(self, words: Words, playing: str, stop: str, waiting: Callable[[bool], object]) -> None:
        self._words, self._playing, self._waiting = words, playing, waiting
        self._shown: list[tuple[ui.element, ui.element, ui.label]] = []
        self._task: asyncio.Future[Any] | None = None
        self._progress: _Progress | None = None
        self._tell: Callable[[], tuple[int, int, str]] = lambda: (0, 0, "")
        with div("stack").props('data-progress role="status"') as place:
            self.show_in(place)
            ui.button(stop, icon="stop", on_click=self.stop).props("flat data-stop")
        self._timer = ui.timer(_EVERY, self._draw, active=False)
        ui.context.client.on_delete(self.stop)

    @property
    def busy(self) -> bool:
        """Whether work is under way."""
        return self._task is not None

    def show_in(self, place: ui.element) -> None:
        """Show the progress in an element, which is hidden while no work is under way."""
        with place:
            bar = ui.element("progress")
            bar.props["aria-label"] = self._playing
            self._shown.append((place, bar, soft("")))
        place.set_visibility(False)

    async def wait(self, work: Awaitable[_T], progress: _Progress, tell: Callable[[], tuple[int, int, str]]) -> _T:
        """Return the result of some work and show its progress meanwhile; raises `InputError` if it is stopped."""
        self._task = task = asyncio.ensure_future(work)
        self._progress, self._tell = progress, tell
        self._wait(True)
        try:
            return await task
        except asyncio.CancelledError:
            if not progress.stopped:
                raise
            raise self._words.refusal("refused.stopped") from None
        finally:
            self._task = self._progress = None
            self._wait(False)

    def stop(self) -> None:
        """Stop the work under way, if any."""
        if self._progress is not None and self._task is not None:
            self._progress.stopped = True
            self._task.cancel()

    def _draw(self) -> None:
        done, whole, text = self._tell()
        for _, bar, count in self._shown:
            bar.props(f"value={done} max={max(1, whole)}")
            count.set_text(text)

    def _wait(self, waits: bool) -> None:
        with contextlib.suppress(RuntimeError):  # the page may be gone by now
            self._draw()
            self._timer.active = waits
            for place, _, _ in self._shown:
                place.set_visibility(waits)
            self._waiting(waits)
