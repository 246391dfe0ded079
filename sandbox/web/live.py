"""The base of a table's pages, which follow it from the lobby through the session to the debrief, and over branches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from nicegui import ui
from typing_extensions import override

from sandbox.content.plain import plain
from sandbox.content.words import refusal
from sandbox.errors import InputError
from sandbox.game.outside import turns_now
from sandbox.game.state import discussion
from sandbox.record.events import Event
from sandbox.web.campaign.campaign_course import Member
from sandbox.web.campaign.campaign_news import show_between
from sandbox.web.frame import PagePart, bar, box, catch_up, device_of, div, frame, lang_links, page_lang, soft
from sandbox.web.lines import Transcript
from sandbox.web.tables.audience import Listener, Viewer
from sandbox.web.tables.database import TableRow
from sandbox.web.tables.house import House
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.waiting import (
    minutes_text,
    no_motion_text,
    stage_text,
    status_text,
    thinking_text,
    waiting_text,
)

_TICK = 0.5
_ENDED = ("ended", "")
_UNSEEN = ("call", "person")  # what is behind a line; the line follows
Tab = tuple[str, Callable[[], object], Callable[[], None]]


class Panels:
    """Tabs whose content is rebuilt only if it has changed and is visible.

    Each tab has a title, what its content depends on, and what builds it.
    """

    def __init__(self, tabs: Mapping[str, Tab]) -> None:
        self._contents, self._first = tabs, next(iter(tabs))
        self._slots: dict[str, PagePart] = {}
        with box():
            with ui.tabs(on_change=self.refresh).props("dense no-caps outside-arrows mobile-arrows") as self._tabs:
                for name, (title, _, _) in tabs.items():
                    ui.tab(name, label=title)
            with ui.tab_panels(self._tabs, value=self._first, animated=False).classes("w-full"):
                for name in tabs:
                    with ui.tab_panel(name).style("padding: 0.25rem 0"):
                        self._slots[name] = PagePart()
        self.refresh()

    def refresh(self) -> None:
        """Build the content of the visible tab, if it has changed."""
        name = str(self._tabs.value or self._first)
        if name in self._slots:
            _, key, build = self._contents[name]
            self._slots[name].show(key(), build)


class LivePage(Listener):
    """Base of a table's pages: lobby, session and what follows. Raises `InputError` if there is no such table."""

    style = ""
    """The page's own style sheet, added to that of all pages."""

    def __init__(self, house: House, table: str, viewer: Viewer) -> None:
        self.house, self.table, self.viewer, self.audience = house, table, viewer, house.audience(table)
        self.row: TableRow = house.store.table(table)
        self.words = house.words(page_lang(self.row.setup.lang))
        self.member: Member | None = house.members.get(table)
        self.room: TableRoom | None = None
        self.transcript: Transcript | None = None
        self.panels: Panels | None = None
        self.waiting: ui.label | None = None
        self._no_motion: ui.label | None = None
        self._drawn: tuple[str, str] | None = None
        self._stale = False
        frame(self.words, self.title(), self.style)
        self._root = ui.element("div").style("width: 100%")
        self._draw()
        client = ui.context.client
        client.on_delete(self.audience.join(self))
        client.on_connect(lambda: catch_up(client))
        if viewer.seat:
            seen = partial(self.audience.connected, viewer.seat, client.id, device_of(client.request))
            client.on_connect(lambda: seen(here=True))
            client.on_disconnect(lambda: seen(here=False))
            client.on_delete(lambda: self.audience.closed(viewer.seat, client.id))
        ui.timer(_TICK, self._tick)

    def title(self) -> str:
        """Return the title of the page: that of the table."""
        return self.house.table_title(self.row, self.words.lang)

    # What the table tells

    @override
    def event(self, event: Event) -> None:
        """Show an event, and schedule the rest of the page to be drawn anew."""
        if event.kind in _UNSEEN:
            return
        if event.kind == "removal":
            self.taken_off()
        elif self.transcript is not None and self.room is not None:
            self.transcript.event(self.room.shown.events[event.seq - 1])
            self.asked()
        self._stale = True

    def taken_off(self) -> None:
        """Draw anew the parts that may show a line whose words were taken off or put back."""
        if self.phase == "over" and not self.viewer.all:
            self._draw()
        elif self.transcript is not None and self.room is not None:
            self.transcript.again(self.room.shown)
            self.changed()

    @override
    def changed(self) -> None:
        """Draw the parts that have changed."""
        if not self._moved():
            with self._root:
                if self.phase == "lobby":
                    self.refresh_lobby()
                elif self.phase == "over" and self.room is not None:  # not where its log cannot be read
                    self.refresh_over()
                else:
                    self._refresh()
        self._stale = True

    @override
    def asked(self) -> None:
        """Draw whose turn it is."""
        with self._root:
            self._refresh()

    @override
    def partial(self, seat: str, words: str) -> None:
        """Show the words of a line so far, if the viewer hears it whoever the addressee is."""
        room, transcript = self.room, self.transcript
        if room is not None and transcript is not None and self.viewer.hears(room.game, room.fold.state, seat):
            transcript.partial(seat, words)

    # What pages draw

    def draw_lobby(self) -> None:
        """Draw the page before the session starts."""

    def allowed(self) -> bool:
        """Return whether the viewer is still allowed."""
        return True

    def refresh_lobby(self) -> None:
        """Draw the people in the lobby."""

    def draw_live(self, room: TableRoom) -> None:
        """Draw the page of a running session; it makes the transcript."""

    def draw_over(self, room: TableRoom, /) -> None:
        """Draw the page after the session."""

    def refresh_over(self) -> None:
        """Draw the parts that change after the session: its reports, and the progress of its campaign."""
        if self.member is not None:
            show_between(self._between, self.member, self.words, self.viewer)

    def refresh(self, room: TableRoom) -> None:
        """Draw at once whose turn it is."""

    def between(self) -> None:
        """Add the part with news of a table's campaign between two sessions; nothing without a campaign."""
        if self.member is not None:
            self._between = PagePart()

    def beside(self, room: TableRoom | None) -> None:
        """Add elements to the bar on top, beside the title."""

    def top(self, room: TableRoom | None = None) -> None:
        """Add the bar on top, with stage and time of a session."""
        with bar(self.words, self.title()):
            self.beside(room)
            if room is not None:
                self._where = ui.label()
                self._clock = ui.label().props('role="timer"')
            lang_links(self.words.lang)

    def follow(self, room: TableRoom, tools: Callable[[str], None] | None = None, tall: bool = False) -> ui.element:
        """Add the transcript, and return the box below it, which tells what is happening now.

        The tools are called with the id of a line when its button is pressed.
        """
        self.transcript = Transcript(lambda: room.shown, self.viewer, self.words, tools, tall)
        with div("box status") as box:
            self.now()
            self._no_motion = ui.label().props("data-no-motion")
        return box

    def now(self) -> None:
        """Add the part that tells what is happening now."""
        self._status = ui.label().props('role="status" aria-live="polite"')

    def status(self, room: TableRoom) -> str:
        """Return in words what is happening now, and how many tables share the model on this computer."""
        if self.waiting is not None and room.waited and not room.pulses.wanted:
            return ""  # who is waited for is told below it, with the time
        text, rooms = status_text(room, self.words, why=self.viewer.role != "projector"), self.house.rooms.values()
        served = [each for each in rooms if each.game.spec.player == "model" and each.running and not each.waited]
        if not self.house.choice.in_turn or room not in served or len(served) < 2:
            return text
        return f"{text} · {self.words('campaign_wait.shared', count=len(served))}"

    # How it follows

    def _moved(self) -> bool:
        if self._drawn == _ENDED:
            return True
        try:
            self.row = self.house.store.table(self.table)
        except InputError:
            self.end("gone")
            return True
        if not self.allowed():
            self.end("not_found")
        elif self._drawn != self._place(self.house.rooms.get(self.table)):
            self._draw()
        else:
            return False
        return True

    @property
    def phase(self) -> str:
        """The phase that the page shows: lobby, live or over."""
        return self._drawn[0] if self._drawn else ""

    def _refresh(self) -> None:
        room = self.room
        if room is not None and self.transcript is not None and self.phase == "live":
            self._status.set_text(self.status(room))
            self._where.set_text(stage_text(room, self.words))
            self.refresh(room)
            self.refresh_time(room)  # who is waited for must not lag behind whose turn it is

    def refresh_time(self, room: TableRoom) -> None:
        """Show the time left, and who is waited for."""
        left, words = room.left(), self.words
        if self._no_motion is not None:
            self._no_motion.set_text(self._nothing_to_vote_on(room))
        if self.waiting is not None:
            self.waiting.set_text(self.waited(room))
        over = words("table.over_time") if left is not None else ""
        self._clock.set_text(words("table.left", time=minutes_text(left)) if left is not None and left > 0 else over)

    def waited(self, room: TableRoom) -> str:
        """Return in words who is waited for, also a slow model."""
        waited = waiting_text(room, self.words, self.house.store.players(self.table))
        return waited or thinking_text(room, self.words, attempts=self.viewer.all)

    def _nothing_to_vote_on(self, room: TableRoom) -> str:
        """Return in words that there is no motion yet: none that the room knows or, for the facilitator, none."""
        game, state = room.game, room.fold.state
        if state["floor"] is None or state["floor"]["phase"] == "decision":
            return ""
        stage, left = game.stages[state["stage"]], turns_now(game, state) - len(discussion(state))
        if self.viewer.shut_out(game, stage.id):
            return ""
        known = self.viewer.known(game, state["ledger"], stage.id)
        return no_motion_text(game, self.words, stage, left, known)

    def _place(self, room: TableRoom | None) -> tuple[str, str]:
        if self.row.state == "lobby":
            return "lobby", str(self.row.changed)
        if room is None:
            return "over", ""
        return "over" if room.over_and_done else "live", f"{room.folder.id} {room.game.spec.model}"

    def _draw(self) -> None:
        room = self.room = self.house.rooms.get(self.table)
        self._drawn = self._place(room)
        self.transcript = self.panels = self.waiting = self._no_motion = None
        with self._root.clear():
            if self.phase == "lobby":
                self.draw_lobby()
                self.refresh_lobby()
            elif room is None:
                bar(self.words, self.title())
                fault = self.house.faults.get(self.table) if self.viewer.all else refusal("table.stopped")
                soft(plain(self.words.error(fault)) if fault else "").classes("wrap")
            else:
                draw = self.draw_over if self.phase == "over" else self.draw_live
                draw(room)
                if self.phase == "over":
                    self.refresh_over()
                if self.transcript is not None:
                    self.transcript.replay(room.shown.events)
                if self.phase == "live":
                    self._refresh()

    def end(self, why: str) -> None:
        """Show only a reason from now on."""
        self._drawn = _ENDED
        self.room = self.transcript = self.panels = None
        with self._root.clear():
            bar(self.words, self.words("app"))
            ui.label(self.words(why)).classes("wrap").props('role="alert"')

    def _tick(self) -> None:
        if self.room is not None and self.phase == "live":
            self.refresh_time(self.room)
            stale, self._stale = self._stale, False
            if stale and self.panels is not None:
                self.panels.refresh()
        elif self.member is not None and self.phase == "over":
            self.refresh_over()  # how far the other tables are
