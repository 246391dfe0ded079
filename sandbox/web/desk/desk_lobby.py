"""The facilitator's page of a table before its session: who sits where, what is about to be played, the start."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial
from typing import Literal

from nicegui import ui
from typing_extensions import override

from sandbox.web.desk.desk_bar import DeskCalls
from sandbox.web.desk.desk_tools import SeatList, TableDesk
from sandbox.web.desk.setup_fields import turn_time_told, whole_time_told
from sandbox.web.desk.setup_form import SetupForm, draw_rules_warned
from sandbox.web.desk.tables_at_once import start_or_wait
from sandbox.web.door import disclosure
from sandbox.web.frame import PagePart, box, bullets, copy_button, div, folded, heading, qr_code, refusals, soft
from sandbox.web.links import is_own
from sandbox.web.panels import rules_text
from sandbox.web.tables.database import Setup
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.session_tree import session_tree

_WATCHING: tuple[Literal["observer", "projector"], ...] = ("observer", "projector")


class DeskLobby(TableDesk):
    """The lobby of the facilitator's page."""

    style = "desk"

    @override
    def beside(self, room: TableRoom | None) -> None:
        words, address = self.words, partial(self.house.address, lang=self.words.lang)
        if self.member is not None:
            ui.link(words("rounds.title"), address("campaign", self.member.course.id)).props("data-campaign")
        elif sum(row.state != "over" for row in self.house.store.tables()) > 1:
            ui.link(words("tables.title"), address("tables")).props("data-all-tables")
        ui.link(words("home.title"), address())
        self._elapsed = ui.label().props('role="timer"')

    @override
    def draw_lobby(self) -> None:
        words, house = self.words, self.house
        self._game = house.game_at(self.row)  # a card that it needs may be gone, and the page with it
        url = f"{self.base}/join/{self.row.code}"
        self.top()
        with div("wrap columns"):
            with div("stack"):
                self._calls = DeskCalls(self)
                with box(words("lobby.code" if is_own(url) else "lobby.join")):
                    with div("pair"):
                        if not is_own(url):
                            qr_code(words, url)
                        with div("grow stack"):
                            if not is_own(url):
                                soft(words("lobby.code"))
                            ui.label(self.row.code).classes("code").props("data-code")
                            ui.label(url).classes("link")
                            copy_button(words, url)
                    self._reached()
                with box(words("lobby.seats")):
                    if self.member is None:
                        start = ui.button(words("lobby.start"), icon="play_arrow", on_click=self._start)
                        self._start_button = start.props("data-start")
                    else:
                        soft(words("rounds.begins_there"))
                    self._seats = PagePart()
            with div("stack"):
                if self.member is None:
                    with box(words("lobby.round")).props("data-round"):
                        self._draw_round()
                with box():
                    self._links()
                with box():
                    self._form: SetupForm | None = None
                    if self.member is None:
                        folded(words("setup.change"), self._draw_form).props("data-change")
                    disclosure(house, words, self.table)
                if house.store.sessions(self.table):
                    with box(words("sessions.title")):
                        session_tree(house, words, self.row)

    def _draw_round(self) -> None:
        """Say what is about to be played, by which rules and clocks, and what the rules keep from whom."""
        words, game, setup = self.words, self._game, self.row.setup
        ui.label(game.scenario.title.get(words.lang)).classes("who")
        ui.label(rules_text(game, words)).props("data-rules")
        minutes = {stage.id: setup.minutes.get(stage.id, 0) for stage in game.stages}
        bullets([
            stage.name.get(words.lang)
            + (words.paren(words("lobby.round.minutes", count=minutes[stage.id])) if minutes[stage.id] else "")
            for stage in game.stages
        ])  # fmt: skip
        soft(
            whole_time_told(words, setup.plan, sum(minutes.values()))
            + words("gap")
            + turn_time_told(words, setup.seconds, setup.idle)
        ).props("data-clocks")
        draw_rules_warned(game, words, setup.persons)

    def _reached(self) -> None:
        """Tell how to let phones join, or other addresses to try."""
        words, reach = self.words, self.house.reach
        others = [base for base in reach.bases if base != self.base] if self.base in reach.bases else []
        if is_own(self.base):
            with div("notice stack").props("data-loopback"):
                ui.label(words("lobby.loopback"))
                if reach.command:
                    ui.label(reach.command).classes("command").props("data-command")
                    copy_button(words, reach.command, words("lobby.copy_command"))
                soft(words("lobby.loopback_why"))
        elif others:
            with div("stack").props("data-other-addresses"):
                soft(words("lobby.other_addresses"))
                for base in others:
                    ui.link(base, f"{base}{self.house.address('t', self.table)}").classes("link")

    @override
    def refresh_lobby(self) -> None:
        seats = SeatList(self, self._game)
        self._seats.show(seats.key, seats.draw)
        self._calls.refresh()

    def _draw_form(self) -> None:
        self._form = SetupForm(self.house, self.words, self.row.setup, self.words("save"), self._change)

    def _change(self, setup: Setup, _: int) -> None:
        self.house.store.update_setup(self.table, setup)
        if setup.lang != self.words.lang:
            ui.navigate.reload()
        self.audience.changed()

    def _start(self) -> Awaitable[None] | None:
        """Start the session with the form's choices, saved or not, unless they are refused."""

        def go(_: object) -> None:
            with refusals(self.words):
                self.house.start(self.table)

        with refusals(self.words):
            if self._form is not None and (chosen := self._form.chosen()) != self.row.setup:
                self.house.store.update_setup(self.table, chosen)
                self.changed()  # at once, with a button of its own
                self.audience.changed()
            return start_or_wait(self.house, self.words, [self.house.store.table(self.table)], self._start_button, go)
        return None

    def _links(self) -> None:
        words = self.words
        heading(2, words("lobby.views"))
        soft(words("lobby.views_why"))
        links = div("stack")

        def show(role: Literal["observer", "projector"]) -> None:
            url = f"{self.base}/v/{self.house.store.add_viewer(self.table, role)}"
            with links, div("pair"):
                ui.link(words(f"lobby.open_{role}"), url, new_tab=True).classes("link")
                copy_button(words, url)

        with div("pair"):
            for role in _WATCHING:
                button = ui.button(words(f"lobby.new_{role}"), on_click=partial(show, role))
                button.props(f"outline data-view={role}")
