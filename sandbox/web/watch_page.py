"""The pages for those who only watch: observer, and projector with big type."""

from __future__ import annotations

from nicegui import ui

from sandbox.web.frame import bar, soft
from sandbox.web.lines import Transcript
from sandbox.web.live import LivePage, clock_text
from sandbox.web.room import Room

__all__ = ["WatchPage"]


class WatchPage(LivePage):
    """A page on which everything that the whole room hears is shown, and nothing else."""

    def draw_lobby(self) -> None:
        words = self.words
        with ui.element("div").classes(self.viewer.role):
            with bar(words, self.title()):
                pass
            with ui.element("section").classes("wrap narrow box"):
                ui.label(self.house.library.scenario(self.row.setup.scenario).question.get(words.lang))
                soft(words("watch.soon"))
                soft(words("rehearsal"))

    def draw_live(self, room: Room) -> None:
        self._draw_room(room)

    def draw_over(self, room: Room) -> None:
        self._draw_room(room)
        self._status.set_text(self.words("watch.over"))

    def _draw_room(self, room: Room) -> None:
        words = self.words
        with ui.element("div").classes(self.viewer.role):
            with bar(words, self.title()):
                self._where = ui.label()
                self._clock = ui.label().props('role="timer"')
            with ui.element("div").classes("wrap stack"):
                soft(room.game.scenario.question.get(words.lang))
                self.transcript = Transcript(room.game, self.viewer, words, tall=True)
                with ui.element("div").classes("box status").props('role="status" aria-live="polite"'):
                    self._status = ui.label()
                soft(words("rehearsal"))

    def refresh(self) -> None:
        if self.room is not None and self._drawn_phase() == "live":
            self._status.set_text(self.status(self.room))
            self._where.set_text(self.stage_text(self.room))

    def refresh_time(self) -> None:
        if self.room is not None:
            self._clock.set_text(clock_text(self.words, self.room.left()))
