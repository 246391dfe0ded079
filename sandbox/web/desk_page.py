"""The facilitator's desk: lobby, the running session, and what comes after."""

from __future__ import annotations

from functools import partial
from typing import Literal

from nicegui import ui
from typing_extensions import override

from sandbox.game.orders import OrderKind
from sandbox.web.desk_tools import Desk, SeatList, events_tab, line_dialog, notes_tab, pulses_tab
from sandbox.web.door import disclosure
from sandbox.web.frame import Slot, box, confirm, copy_button, div, heading, refusals, soft
from sandbox.web.house import House
from sandbox.web.lines import Transcript
from sandbox.web.links import qr_svg
from sandbox.web.live import Panels
from sandbox.web.pace import Pace
from sandbox.web.panels import ledger_panel, room_panel
from sandbox.web.room import Room
from sandbox.web.schema import Setup
from sandbox.web.setup_form import SetupForm

__all__ = ["DeskPage"]

_WATCHING: tuple[Literal["observer", "projector"], ...] = ("observer", "projector")
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class DeskPage(Desk):
    """The facilitator's page of a table; its base is the address under which it is visited, without a last slash."""

    def __init__(self, house: House, pace: Pace, table: str, base: str) -> None:
        self._draft: dict[str, str] = {}
        super().__init__(house, pace, table, base)

    @override
    def beside(self, room: Room | None) -> None:
        ui.link(self.words("home.title"), f"/f/{self.house.store.secret}?lang={self.words.lang}")

    # Lobby

    @override
    def draw_lobby(self) -> None:
        words, house = self.words, self.house
        url = f"{self.base}/join/{self.row.code}"
        self.top()
        with div("wrap columns"):
            with div("stack"):
                with box(words("lobby.join")):
                    with div("pair"):
                        ui.html(qr_svg(url, words("lobby.join")), sanitize=False).classes("qr")
                        with div("grow stack"):
                            soft(words("lobby.code"))
                            ui.label(self.row.code).classes("code").props("data-code")
                            ui.label(url).classes("link")
                            copy_button(words, url)
                    if any(f"//{host}" in self.base for host in _LOOPBACK):
                        soft(words("lobby.loopback"))
                with box(words("lobby.seats")):
                    self._seats = Slot()
                    ui.button(words("lobby.start"), icon="play_arrow", on_click=self._start).props("data-start")
            with div("stack"):
                with box():
                    self._links()
                with box():
                    with ui.expansion(words("setup.change")).classes("w-full"):
                        SetupForm(house, words, self.row.setup, words("save"), self._change)
                    disclosure(house, words)

    @override
    def refresh_lobby(self) -> None:
        seats = SeatList(self, self.house.game(self.row.setup))
        self._seats.show(seats.key, seats.draw)

    def _change(self, setup: Setup) -> None:
        self.house.store.update_setup(self.table, setup)
        if setup.lang != self.words.lang:
            ui.navigate.reload()
        self.house.audience(self.table).changed()

    def _start(self) -> None:
        def go() -> None:
            with refusals(self.words):
                self.house.start(self.table)

        if all(place.ready for place in self.house.store.players(self.table).values()):
            go()
        else:
            confirm(self.words, self.words("lobby.start_anyway"), self.words("lobby.start"), go)

    def _links(self) -> None:
        words = self.words
        heading(2, words("lobby.views"))
        links = div("stack")

        def show(role: Literal["observer", "projector"]) -> None:
            url = f"{self.base}/v/{self.house.store.add_viewer(self.table, role)}"
            with links, div("pair"):
                ui.link(f"{words(f'lobby.{role}')}{words('colon')}{url}", url, new_tab=True).classes("link")
                copy_button(words, url)

        with div("pair"):
            for role in _WATCHING:
                button = ui.button(words(f"lobby.new_{role}"), on_click=partial(show, role))
                button.props(f"outline data-view={role}")

    # The running session

    @override
    def draw_live(self, room: Room) -> None:
        words, game, store = self.words, room.game, self.house.store

        def seats() -> SeatList:
            return SeatList(self, game)

        def rules() -> None:
            stage = min(room.fold.state["stage"], len(game.stages) - 1)
            room_panel(game, words, game.stages[stage].id, {})

        def links() -> None:
            self._links()
            self._downloads(room)

        self.top(room)
        with div("wrap columns"):
            with div("stack"):
                with self.follow(room, self._tool):
                    self._asks = Slot("pair")
                self._controls = Slot()
            self.panels = Panels(
                {
                    "seats": (words("desk.seats"), lambda: seats().key, lambda: seats().draw()),
                    "events": (words("desk.events"), lambda: None, lambda: events_tab(self)),
                    "pulses": (
                        words("desk.pulses"), lambda: room.fold.state["pulses"], lambda: pulses_tab(self),
                    ),
                    "notes": (words("desk.notes"), lambda: store.notes(self.table), self._notes),
                    "ledger": (
                        words("panel.ledger"), lambda: room.fold.state["ledger"],
                        lambda: ledger_panel(room.session(), words, room.fold.state["ledger"]),
                    ),
                    "room": (words("panel.rules"), lambda: room.fold.state["stage"], rules),
                    "links": (words("desk.links"), lambda: None, links),
                }
            )  # fmt: skip

    @override
    def refresh(self, room: Room) -> None:
        self._asks.show((room.stopped, room.pulses_wanted), lambda: self._draw_asks(room))
        paused = room.fold.state["desk"]["paused"]
        self._controls.show((room.running, paused, room.fold.over), lambda: self._draw_controls(room, paused))

    def _notes(self) -> None:
        notes_tab(self, self._draft)

    def _draw_asks(self, room: Room) -> None:
        words = self.words
        if room.stopped:
            ui.label(room.stopped)
            ui.button(words("desk.go_on"), icon="play_arrow", on_click=self._go_on)
        if room.pulses_wanted:
            names = words.join([room.game.name(seat) for seat in room.pulses_wanted])
            ui.label(words("desk.pulses_wait", names=names))
            ui.button(words("desk.no_pulses"), on_click=room.stop_asking).props("flat data-no-pulses")

    def _go_on(self) -> None:
        with refusals(self.words):
            self.house.go_on(self.table)

    def _draw_controls(self, room: Room, paused: bool) -> None:
        words, order = self.words, self.order
        if not room.running or room.fold.over:
            return

        def button(kind: OrderKind, icon: str) -> ui.button:
            pressed = ui.button(words(f"desk.{kind}"), icon=icon, on_click=lambda: order(kind))
            return pressed.props(f"outline data-order={kind}")

        def end() -> None:
            confirm(words, words("desk.end_sure"), words("desk.end"), lambda: order("end"))

        def extend() -> None:
            order("extend", minutes=int(minutes.value or 0), turns=int(lines.value or 0))

        with box().props(f'aria-label="{words("desk.controls")}"'):
            with div("acts"):
                if paused:
                    button("resume", "play_arrow").props("unelevated")
                else:
                    button("pause", "pause")
                button("skip", "skip_next")
                button("vote", "how_to_vote")
                ui.button(words("desk.end"), icon="stop", on_click=end)
            with div("pair"):
                minutes = ui.number(words("desk.minutes"), value=5, min=0, max=180).classes("small")
                lines = ui.number(words("desk.lines"), value=0, min=0, max=100).classes("small")
                ui.button(words("desk.extend"), icon="more_time", on_click=extend).props("flat data-extend")

    def _tool(self, line: str) -> None:
        button = ui.button(icon="more_vert", on_click=lambda: line_dialog(self, line))
        button.props(f'flat dense round size="sm" aria-label="{self.words("desk.menu", line=line)}"')

    # After the session

    @override
    def draw_over(self, room: Room) -> None:
        words = self.words
        self.top()
        with div("wrap stack"):
            with box(words("over.title")):
                self._downloads(room)
            with box(words("over.reflections")):
                self._reflections = Slot()
            with box(), ui.expansion(words("desk.notes")).classes("w-full"):
                self._notes()
            with box(), ui.expansion(words("over.again")).classes("w-full"):
                soft(words("over.again_why"))
                self.transcript = Transcript(room.session(), self.viewer, words, self._tool)
            page = ui.element("iframe").classes("debrief")
            page.props(f'src="{self.debrief("html")}" title="{words("over.title")}"')
        self._draw_reflections()

    @override
    def changed(self) -> None:
        super().changed()
        if self.room is not None and self.phase == "over":
            self._draw_reflections()

    def _draw_reflections(self) -> None:
        kept = self.house.store.reflections(self.table)

        def build() -> None:
            if not kept:
                soft(self.words("over.no_reflections"))
            for reflection in kept:
                role = self.house.library.persona(reflection.seat).role.get(self.words.lang)
                heading(3, f"{reflection.name} · {role}")
                for question, answer in reflection.answers.items():
                    if answer:
                        soft(self.words(f"over.{question}"))
                        ui.label(answer).classes("prose")

        self._reflections.show(kept, build)

    def _downloads(self, room: Room) -> None:
        words = self.words
        rows = {"": words("over.all")}
        for seat, place in self.house.store.players(self.table).items():
            rows[seat] = words("over.of", name=f"{place.name} · {room.game.name(seat)}")
        for seat, title in rows.items():
            with div("pair"):
                ui.label(title).classes("grow")
                ui.link(words("over.open"), self.debrief("html", seat), new_tab=True)
                for kind in ("html", "docx", "md"):
                    link = ui.link(kind.upper(), self.debrief(kind, seat) + "?download=1")
                    link.props(f'aria-label="{words("over.download")} {kind.upper()}" data-get="{kind}:{seat}"')
        if room.fold.finished:
            ui.link(words("over.report"), f"{self.path}/report.html", new_tab=True)
