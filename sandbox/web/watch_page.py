"""The pages for those who only watch: observer, and projector with big type."""

from __future__ import annotations

from nicegui import ui
from typing_extensions import override

from sandbox.web.frame import box, div, soft
from sandbox.web.live import LivePage
from sandbox.web.room import Room

__all__ = ["WatchPage"]


class WatchPage(LivePage):
    """A page on which everything that the whole room hears is shown, and nothing else."""

    @override
    def draw_lobby(self) -> None:
        words = self.words
        with div(self.viewer.role):
            self.top()
            with box(classes="wrap narrow"):
                ui.label(self.house.library.scenario(self.row.setup.scenario).question.get(words.lang))
                soft(words("watch.soon"))
                soft(words("rehearsal"))

    @override
    def draw_live(self, room: Room) -> None:
        with div(self.viewer.role):
            self.top(room)
            with div("wrap stack"):
                soft(room.game.scenario.question.get(self.words.lang))
                self.follow(room, tall=True)
                soft(self.words("rehearsal"))

    @override
    def draw_over(self, room: Room) -> None:
        self.draw_live(room)
        self._status.set_text(self.words("watch.over"))
