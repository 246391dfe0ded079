"""The facilitator's desk: lobby, the running session, and what comes after."""

from __future__ import annotations

from nicegui import ui

from sandbox.game.ledger import ledger
from sandbox.game.orders import OrderKind
from sandbox.web.desk_tools import Desk, SeatList, events_tab, line_dialog, notes_tab, pulses_tab
from sandbox.web.door import disclosure
from sandbox.web.frame import Slot, bar, confirm, copy_button, heading, refusals, soft
from sandbox.web.house import House
from sandbox.web.lines import Transcript
from sandbox.web.links import qr_svg
from sandbox.web.live import LivePage, Panels, clock_text
from sandbox.web.pace import Pace
from sandbox.web.panels import ledger_panel, room_panel
from sandbox.web.room import Room
from sandbox.web.schema import Setup
from sandbox.web.setup_form import SetupForm
from sandbox.web.viewer import Viewer

__all__ = ["DeskPage"]

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class DeskPage(LivePage):
    """The facilitator's page of a table.

    Args:
        house: the house.
        pace: counts what is done.
        table: table id.
        base: address under which the page is visited, without a slash at its end.
    """

    def __init__(self, house: House, pace: Pace, table: str, base: str) -> None:
        self.pace, self.base = pace, base
        self._draft: dict[str, str] = {}
        super().__init__(house, table, Viewer("facilitator"))

    def _desk(self) -> Desk:
        return Desk(self.house, self.pace, self.row, self.room, self.words, self.base)

    def _bar(self) -> None:
        ui.link(self.words("home.title"), f"/f/{self.house.store.secret}?lang={self.words.lang}")

    # Lobby

    def draw_lobby(self) -> None:
        words, house = self.words, self.house
        url = f"{self.base}/join/{self.row.code}"
        with bar(words, self.title()):
            self._bar()
        with ui.element("div").classes("wrap columns"):
            with ui.element("div").classes("stack"):
                with ui.element("section").classes("box"):
                    heading(2, words("lobby.join"))
                    with ui.element("div").classes("pair"):
                        ui.html(qr_svg(url, words("lobby.join")), sanitize=False).classes("qr")
                        with ui.element("div").classes("grow stack"):
                            ui.label(words("lobby.code")).classes("soft")
                            ui.label(self.row.code).classes("code").props("data-code")
                            ui.label(url).classes("link")
                            copy_button(words, url)
                    if any(f"//{host}" in self.base for host in _LOOPBACK):
                        soft(words("lobby.loopback"))
                with ui.element("section").classes("box"):
                    heading(2, words("lobby.seats"))
                    self._seats = Slot()
                    ui.button(words("lobby.start"), icon="play_arrow", on_click=self._start).props("data-start")
            with ui.element("div").classes("stack"):
                with ui.element("section").classes("box"):
                    self._links()
                with ui.element("section").classes("box"):
                    with ui.expansion(words("setup.change")).classes("w-full"):
                        SetupForm(house, words, self.row.setup, words("save"), self._change)
                    disclosure(house, words)
                    soft(words("rehearsal"))

    def refresh_lobby(self) -> None:
        seats = SeatList(self._desk(), self.house.game(self.row.setup))
        self._seats.show(seats.key, seats.draw)

    def _change(self, setup: Setup) -> None:
        self.house.store.update_setup(self.table, setup)
        if setup.lang != self.words.lang:
            ui.navigate.reload()
        self.house.audience(self.table).changed()

    def _start(self) -> None:
        places = [one for one in self.house.store.places(self.table) if one.role == "player"]

        def go() -> None:
            with refusals(self.words):
                self.house.start(self.table)

        if all(one.ready for one in places):
            go()
        else:
            confirm(self.words, self.words("lobby.start_anyway"), self.words("lobby.start"), go)

    def _links(self) -> None:
        words = self.words
        heading(2, words("lobby.views"))
        box = ui.element("div").classes("stack")

        def show(role: str) -> None:
            token = self.house.store.add_viewer(self.table, "observer" if role == "observer" else "projector")
            url = f"{self.base}/v/{token}"
            with box, ui.element("div").classes("pair"):
                ui.link(f"{words(f'lobby.{role}')}{words('colon')}{url}", url, new_tab=True).classes("link")
                copy_button(words, url)

        with ui.element("div").classes("pair"):
            for role in ("observer", "projector"):
                ui.button(words(f"lobby.new_{role}"), on_click=lambda _, role=role: show(role)).props(
                    f"outline data-view={role}"
                )

    # The running session

    def draw_live(self, room: Room) -> None:
        words = self.words
        with bar(words, self.title()):
            self._bar()
            self._where = ui.label()
            self._clock = ui.label().props('role="timer"')
        with ui.element("div").classes("wrap columns"):
            with ui.element("div").classes("stack"):
                self.transcript = Transcript(room.game, self.viewer, words, self._tool)
                with ui.element("div").classes("box status").props('role="status" aria-live="polite"'):
                    self._status = ui.label()
                    self._asks = Slot("pair")
                self._controls = Slot()
            names = [
                (name, words(key))
                for name, key in (
                    ("seats", "desk.seats"), ("events", "desk.events"), ("pulses", "desk.pulses"),
                    ("notes", "desk.notes"), ("ledger", "panel.ledger"), ("room", "panel.rules"),
                    ("links", "desk.links"),
                )
            ]  # fmt: skip
            self._panels = Panels(names, self._panel_key, self._panel)

    def refresh(self) -> None:
        room = self.room
        if room is None or self.transcript is None or self._drawn_phase() != "live":
            return
        self._status.set_text(self.status(room))
        self._where.set_text(self.stage_text(room))
        self._asks.show((room.stopped, room.pulses_wanted), lambda: self._draw_asks(room))
        paused = room.state["desk"]["paused"]
        self._controls.show((room.running, paused, room.over), lambda: self._draw_controls(room, paused))

    def refresh_soon(self) -> None:
        self._panels.refresh()

    def refresh_time(self) -> None:
        if self.room is not None:
            self._clock.set_text(clock_text(self.words, self.room.left()))

    def _draw_asks(self, room: Room) -> None:
        words = self.words
        if room.stopped:
            ui.label(room.stopped)
            ui.button(words("desk.go_on"), icon="play_arrow", on_click=room.start)
        if room.pulses_wanted:
            names = words.join([room.game.name(seat) for seat in room.pulses_wanted])
            ui.label(words("desk.pulses_wait", names=names))
            ui.button(words("desk.no_pulses"), on_click=room.stop_asking).props("flat data-no-pulses")

    def _draw_controls(self, room: Room, paused: bool) -> None:
        words = self.words
        if not room.running or room.over:
            return
        with ui.element("section").classes("box").props(f'aria-label="{words("desk.controls")}"'):
            with ui.element("div").classes("acts"):
                if paused:
                    self._button("desk.resume", "play_arrow", "resume").props("unelevated")
                else:
                    self._button("desk.pause", "pause", "pause")
                self._button("desk.skip", "skip_next", "skip")
                self._button("desk.vote", "how_to_vote", "vote")
                end = words("desk.end_sure"), words("desk.end")
                ui.button(
                    words("desk.end"), icon="stop", on_click=lambda: confirm(words, *end, lambda: self._order("end"))
                )
            with ui.element("div").classes("pair"):
                minutes = ui.number(words("desk.minutes"), value=5, min=0, max=180).classes("small")
                lines = ui.number(words("desk.lines"), value=0, min=0, max=100).classes("small")
                ui.button(
                    words("desk.extend"), icon="more_time",
                    on_click=lambda: self._order(
                        "extend", minutes=int(minutes.value or 0), turns=int(lines.value or 0)
                    ),
                ).props("flat data-extend")  # fmt: skip

    def _button(self, key: str, icon: str, kind: OrderKind) -> ui.button:
        button = ui.button(self.words(key), icon=icon, on_click=lambda: self._order(kind))
        return button.props(f"outline data-order={kind}")

    def _order(self, kind: OrderKind, **given: int) -> None:
        self._desk().order(kind, **given)

    def _tool(self, line: str) -> None:
        button = ui.button(icon="more_vert", on_click=lambda: line_dialog(self._desk(), line))
        button.props(f'flat dense round size="sm" aria-label="{self.words("desk.menu", line=line)}"')

    def _panel_key(self, name: str) -> object:
        room = self.room
        if room is None:
            return name
        if name == "seats":
            return SeatList(self._desk(), room.game).key
        if name == "notes":
            return self.house.store.notes(self.table)
        if name == "pulses":
            return repr(room.state["pulses"])
        if name == "ledger":
            return len(room.state["lines"]), len(room.state["decisions"])
        if name == "room":
            return room.state["stage"]
        return name

    def _panel(self, name: str) -> None:
        room = self.room
        if room is None:
            return
        desk, state = self._desk(), room.state
        if name == "seats":
            SeatList(desk, room.game).draw()
        elif name == "events":
            events_tab(desk)
        elif name == "pulses":
            pulses_tab(desk)
        elif name == "notes":
            notes_tab(desk, self._draft)
        elif name == "ledger":
            ledger_panel(room.game, self.words, ledger(room.game.scenario, state["lines"], state["decisions"]))
        elif name == "room":
            stage = room.game.stages[min(state["stage"], len(room.game.stages) - 1)].id
            room_panel(room.game, self.words, stage, {})
        else:
            self._links()
            self._downloads(room)

    # After the session

    def draw_over(self, room: Room) -> None:
        words = self.words
        with bar(words, self.title()):
            self._bar()
        with ui.element("div").classes("wrap stack"):
            with ui.element("section").classes("box"):
                heading(2, words("over.title"))
                self._downloads(room)
            with ui.element("section").classes("box"):
                heading(2, words("over.reflections"))
                self._reflections = Slot()
            with ui.element("section").classes("box"), ui.expansion(words("desk.notes")).classes("w-full"):
                notes_tab(self._desk(), self._draft)
            with ui.element("section").classes("box"), ui.expansion(words("over.again")).classes("w-full"):
                soft(words("over.again_why"))
                self.transcript = Transcript(room.game, self.viewer, words, self._tool)
            page = ui.element("iframe").classes("debrief")
            page.props(f'src="{self._desk().debrief("html")}" title="{words("over.title")}"')
        self._draw_reflections()

    def changed(self) -> None:
        super().changed()
        if self.room is not None and self._drawn_phase() == "over":
            self._draw_reflections()

    def _draw_reflections(self) -> None:
        kept = self.house.store.reflections(self.table)

        def build() -> None:
            if not kept:
                soft(self.words("over.no_reflections"))
            for one in kept:
                card = self.house.library.persona(one.seat)
                heading(3, f"{one.name} · {card.role.get(self.words.lang)}")
                for question, answer in one.answers.items():
                    if answer:
                        ui.label(self.words(f"over.{question}")).classes("soft")
                        ui.label(answer).classes("prose")

        self._reflections.show(kept, build)

    def _downloads(self, room: Room) -> None:
        words, desk = self.words, self._desk()
        people = [one for one in self.house.store.places(self.table) if one.role == "player"]
        rows = [("", words("over.all"))]
        rows += [(one.seat, words("over.of", name=f"{one.name} · {room.game.name(one.seat)}")) for one in people]
        for seat, title in rows:
            with ui.element("div").classes("pair"):
                ui.label(title).classes("grow")
                ui.link(words("over.open"), desk.debrief("html", seat), new_tab=True)
                for kind in ("html", "docx", "md"):
                    ui.link(kind.upper(), desk.debrief(kind, seat) + "?download=1").props(
                        f'aria-label="{words("over.download")} {kind.upper()}" data-get="{kind}:{seat}"'
                    )
        if room.finished:
            ui.link(words("over.report"), f"{desk.path}/report.html", new_tab=True)
