"""A page of a table: it follows the table from the lobby through the session to the debrief, and over branches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui

from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.record.events import Event
from sandbox.web.frame import Slot, bar, frame, soft
from sandbox.web.house import House
from sandbox.web.lines import Transcript
from sandbox.web.rejoin import catch_up
from sandbox.web.room import Room
from sandbox.web.schema import TableRow
from sandbox.web.viewer import Viewer

__all__ = ["LivePage", "Panels", "clock_text"]

_TICK = 0.5
_ENDED = ("ended", "")
_UNSEEN = ("call", "person")  # what is behind a line; the line follows


@dataclass
class Panels:
    """Tabs whose content is built anew only when it has changed, and only where it is looked at.

    Args:
        names: name and title of each tab.
        key: what a tab's content depends on.
        build: builds a tab's content.
    """

    names: Sequence[tuple[str, str]]
    key: Callable[[str], object]
    build: Callable[[str], None]
    _slots: dict[str, Slot] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with ui.element("section").classes("box"):
            with ui.tabs(on_change=self.refresh).props("dense no-caps outside-arrows mobile-arrows") as self._tabs:
                for name, title in self.names:
                    ui.tab(name, label=title)
            with ui.tab_panels(self._tabs, value=self.names[0][0], animated=False).classes("w-full"):
                for name, _ in self.names:
                    with ui.tab_panel(name).style("padding: 0.25rem 0"):
                        self._slots[name] = Slot()
        self.refresh()

    def refresh(self) -> None:
        """Build the content of the tab that is looked at, if it has changed."""
        name = str(self._tabs.value or self.names[0][0])
        if name in self._slots:
            self._slots[name].show(self.key(name), lambda: self.build(name))


def clock_text(words: Words, left: float | None) -> str:
    """Return the time that is left in words; nothing where there is no time-box."""
    if left is None:
        return ""
    if left <= 0:
        return words("table.over_time")
    minutes, seconds = divmod(int(left), 60)
    return words("table.left", time=f"{minutes}:{seconds:02d}")


class LivePage:
    """Base of the pages of a table; each draws its lobby, its live view and what comes after.

    Args:
        house: the house.
        table: table id.
        viewer: who looks.

    Raises:
        InputError: there is no such table.
    """

    def __init__(self, house: House, table: str, viewer: Viewer) -> None:
        self.house, self.table, self.viewer = house, table, viewer
        self.row: TableRow = house.store.table(table)
        self.words = house.words(self.row.setup.lang)
        self.room: Room | None = None
        self.transcript: Transcript | None = None
        self._drawn: tuple[str, str] | None = None
        self._stale = False
        frame(self.words, self.title())
        self._root = ui.element("div").style("width: 100%")
        self._draw()
        audience, client = house.audience(table), ui.context.client
        client.on_delete(audience.join(self))
        client.on_connect(lambda: catch_up(client))
        if viewer.seat:
            client.on_connect(lambda: audience.came(viewer.seat))
            client.on_disconnect(lambda: audience.left(viewer.seat))
        ui.timer(_TICK, self._tick)

    def title(self) -> str:
        """Return the title of the page: that of the case."""
        return self.house.library.scenario(self.row.setup.scenario).title.get(self.row.setup.lang)

    # What the table tells

    def event(self, event: Event) -> None:
        """Show an event, and have the rest of the page drawn anew soon."""
        if event.kind in _UNSEEN:
            return
        if self.transcript is not None:
            self.transcript.event(event)
            with self._root:
                self.refresh()
        self._stale = True

    def changed(self) -> None:
        """Draw what has changed."""
        if not self._moved():
            with self._root:
                if self._drawn_phase() == "lobby":
                    self.refresh_lobby()
                else:
                    self.refresh()
        self._stale = True

    def asked(self) -> None:
        """Draw whose turn it is."""
        with self._root:
            self.refresh()

    def partial(self, seat: str, words: str) -> None:
        """Show the words of a line so far, where the viewer hears it whomever it is for."""
        room = self.room
        if room is None or self.transcript is None:
            return
        if self.viewer.all or room.hears_partial(self.viewer.seat or None, seat):
            self.transcript.partial(seat, words)

    # What pages draw

    def draw_lobby(self) -> None:
        """Draw the page before the session starts."""

    def allowed(self) -> bool:
        """Return whether who looks still may."""
        return True

    def refresh_lobby(self) -> None:
        """Draw who is in the lobby."""

    def draw_live(self, room: Room) -> None:
        """Draw the page of a running session; it makes the transcript."""

    def draw_over(self, room: Room, /) -> None:
        """Draw the page after the session."""

    def refresh(self) -> None:
        """Draw at once what must not wait: whose turn it is."""

    def refresh_soon(self) -> None:
        """Draw what may wait a moment: panels."""

    def refresh_time(self) -> None:
        """Draw the time that is left."""

    def status(self, room: Room) -> str:
        """Return in words what is happening now."""
        words, state = self.words, room.state
        if room.stopped:
            return words("table.stopped")
        if room.pulses_wanted:
            return words("pulse.wait")
        if room.over:
            return words("table.scoring")
        floor = state["floor"]
        if state["desk"]["paused"]:
            return words("table.paused")
        if floor is None:
            return words("table.between")
        name, why = room.game.name(floor["seat"]), words.of("floor", floor["why"])
        if room.asked:
            text = words("table.waiting", name=name)
        elif room.speaking[1]:
            text = words("table.speaking", name=name)
        else:
            text = words("table.thinking", name=name)
        return f"{text}{words.paren(why)}"

    def stage_text(self, room: Room) -> str:
        """Return stage and number of the line."""
        state, words, game = room.state, self.words, room.game
        if room.over or not room.begun:
            return ""
        stage = game.stages[state["stage"]]
        number = words("stage.number", number=state["stage"] + 1, of=len(game.stages))
        return f"{number}{words('colon')}{stage.name.get(game.spec.lang)}"

    # How it follows

    def _moved(self) -> bool:
        """Draw the whole page anew where the table has moved on; tell whether it has."""
        if self._drawn == _ENDED:
            return True
        try:
            self.row = self.house.store.table(self.table)
        except InputError:
            self.end("gone")
            return True
        if not self.allowed():
            self.end("not_found")
            return True
        if self._drawn == self._place(self.house.room(self.table)):
            return False
        self._draw()
        return True

    def _drawn_phase(self) -> str:
        return self._drawn[0] if self._drawn else ""

    def _place(self, room: Room | None) -> tuple[str, str]:
        if self.row.state == "lobby":
            return "lobby", str(self.row.changed)
        if room is None:
            return "over", ""
        return "over" if room.over_and_done else "live", room.folder.id

    def _draw(self) -> None:
        room = self.room = self.house.room(self.table)
        self._drawn = self._place(room)
        phase = self._drawn[0]
        self.transcript = None
        self._root.clear()
        with self._root:
            if phase == "lobby":
                self.draw_lobby()
                self.refresh_lobby()
            elif room is None:
                with bar(self.words, self.title()):
                    pass
                why = self.house.faults.get(self.table, "") if self.viewer.all else self.words("table.stopped")
                soft(why).classes("wrap")
            elif phase == "over":
                self.draw_over(room)
                self._replay(room)
            else:
                self.draw_live(room)
                self._replay(room)
                self.refresh()
                self.refresh_time()

    def _replay(self, room: Room) -> None:
        if self.transcript is not None:
            for event in room.events:
                self.transcript.event(event)

    def end(self, why: str) -> None:
        """Show nothing any more but why, for good."""
        self._drawn = _ENDED
        self.room = self.transcript = None
        self._root.clear()
        with self._root, bar(self.words, self.words("app")):
            pass
        with self._root:
            ui.label(self.words(why)).classes("wrap").props('role="alert"')

    def _tick(self) -> Any:
        if self.room is None or self._drawn_phase() != "live":
            return
        self.refresh_time()
        if self._stale:
            self._stale = False
            self.refresh_soon()
