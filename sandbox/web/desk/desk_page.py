"""The facilitator's page of a table: lobby, running session, and debrief."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from functools import partial
from typing import Literal

from nicegui import ui
from typing_extensions import override

from sandbox.content.language import LANGUAGES
from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.report.endings import vote_again_at, why_undecided
from sandbox.web.decision_card import show_motion
from sandbox.web.desk.another_round import another_round
from sandbox.web.desk.desk_bar import DeskBar, DeskCalls
from sandbox.web.desk.desk_tools import (
    SeatList,
    TableDesk,
    line_dialog,
    notes_tab,
    pulses_tab,
    send_tab,
    speak_for_dialog,
)
from sandbox.web.desk.setup_fields import TurnTimeChoice, turn_time_told, whole_time_told
from sandbox.web.desk.setup_form import SetupForm, draw_rules_warned
from sandbox.web.desk.tables_at_once import start_or_wait
from sandbox.web.door import disclosure
from sandbox.web.frame import (
    PagePart,
    act_once,
    box,
    bullets,
    confirm,
    copy_button,
    div,
    downloads,
    folded,
    heading,
    qr_code,
    refusals,
    soft,
    table,
)
from sandbox.web.lines import Transcript
from sandbox.web.links import is_own
from sandbox.web.live import Panels
from sandbox.web.panels import document_reader, ledger_panel, room_panel, rules_text, seat_text
from sandbox.web.tables.clock import VOTE_SECONDS
from sandbox.web.tables.database import Setup
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.rounds import compared
from sandbox.web.tables.session_tree import people_heads, people_rows, played, session_numbers, session_tree
from sandbox.web.tables.waiting import least_left, minutes_text

_FIRST = ("talk",)
"""Sections of the debrief that are unfolded after a session: the outline of the talk that follows."""
_UP = "window.scrollTo(0, 0)"  # the page would stay where the button was that began or ended the session
_MORE_MINUTES, _MORE_LINES = 5, 3
_WATCHING: tuple[Literal["observer", "projector"], ...] = ("observer", "projector")


class DeskPage(TableDesk):
    """The facilitator's page of a table; ``base`` is the address under which it is visited, without a last slash."""

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

    # Lobby

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

    # The running session

    @override
    def draw_live(self, room: TableRoom) -> None:
        words, game, store = self.words, room.game, self.house.store

        seats = partial(SeatList, self, game)

        def links() -> None:
            self._links()
            self._downloads(room)
            heading(3, words("sessions.title"))
            session_tree(self.house, words, self.row)

        def on_the_table() -> None:
            ledger_panel(room.shown, words, room.shown.state["ledger"])
            stage = min(room.fold.state["stage"], len(game.stages) - 1)
            with ui.expansion(words("panel.rules")).classes("w-full"):
                room_panel(game, words, game.stages[stage].id, {})

        self.top(room)
        ui.run_javascript(_UP)
        with div("wrap columns"):
            with div("stack"):
                with self.follow(room, partial(line_dialog, self)):
                    self.waiting = ui.label().classes("who").props("data-waiting")
                    self._asks = PagePart("pair")
                self._motion, self._controls = PagePart(), PagePart()
            self.panels = Panels(
                {
                    "seats": (words("desk.seats"), lambda: seats().key, lambda: seats().draw()),
                    "send": (words("desk.send"), lambda: None, lambda: send_tab(self)),
                    "table": (
                        words("panel.ledger"), lambda: (room.shown.state["ledger"], room.fold.state["stage"]),
                        on_the_table,
                    ),
                    "pulses": (words("desk.pulses"), lambda: room.fold.state["pulses"], lambda: pulses_tab(self)),
                    "notes": (words("desk.notes"), lambda: store.notes(self.table), lambda: notes_tab(self)),
                    "links": (words("desk.links"), lambda: None, links),
                }
            )  # fmt: skip
        self._bar = DeskBar(self, room)

    @override
    def refresh(self, room: TableRoom) -> None:
        self._show_asks(room)
        show_motion(self._motion, room.shown, self.words, room.kept)
        goes = room.running and not room.fold.over
        stages = (self._after(room), self._when_voted(room)) if goes else ()
        controls = goes, room.left() is None, room.seconds, room.idle, stages
        self._controls.show(controls, lambda: self._draw_controls(room) if goes else None)
        self._bar.refresh()

    @override
    def refresh_time(self, room: TableRoom) -> None:
        super().refresh_time(room)
        self._show_asks(room)  # a model that is slow tells nothing
        self._bar.refresh_time()
        if room.events:
            self._elapsed.set_text(self.words("desk.elapsed", time=minutes_text(time.time() - room.played_time.began)))

    def _show_asks(self, room: TableRoom) -> None:
        waits = room.overdue.get(room.asked) == "waits"
        timed, again = least_left(room) is not None, vote_again_at(room.shown) if self.member is None else ""
        key = room.stopped, room.pulses.wanted, room.asked, room.voting, room.failing, room.slow, waits, timed, again
        self._asks.show(key, lambda: self._draw_asks(room))

    def _draw_asks(self, room: TableRoom) -> None:
        words = self.words
        if room.stopped:
            with div("stack"):
                ui.label(plain(words.error(room.stopped))).props('role="alert" data-stopped')
                if room.failure:
                    with ui.expansion(words("desk.failure")).classes("w-full"):
                        ui.label(plain(words.error(room.failure))).classes("prose").props("data-failure")
            button = ui.button(words("desk.go_on"), icon="play_arrow").props("data-go-on")
            act_once(words, button, partial(self.house.go_on, self.table, room))
        if room.failing or room.slow:
            button = ui.button(words("desk.by_cards")).props("outline data-by-cards")
            act_once(words, button, partial(self.house.speak_by_cards, self.table, room))
            if self.member is not None:
                soft(words("rounds.by_cards_stay"))
        if room.pulses.wanted:
            ui.button(words("desk.no_pulses"), on_click=room.pulses.end).props("flat data-no-pulses")
        elif room.voting:
            self._draw_uncast(room)
        elif seat := room.asked:
            if room.overdue.get(seat) == "waits":
                soft(words("desk.decision_waits")).props("data-decision-waits")
            button = ui.button(words("desk.speak_for"), on_click=lambda: speak_for_dialog(self, room, seat))
            button.props("flat dense data-speak-for")
        self._draw_vote_again(room)

    def _draw_uncast(self, room: TableRoom) -> None:
        """Add buttons for more time for a vote, and to go on without those who do not vote."""
        words = self.words
        if least_left(room) is not None:
            more = words("desk.more_vote", count=VOTE_SECONDS // 60)
            ui.button(more, icon="more_time", on_click=room.more_to_vote).props("outline data-more-vote")
        with ui.button(words("desk.uncast")).props("flat dense data-uncast"), ui.menu():
            for seat in room.voting:
                name = room.game.name(seat)
                sure = partial(confirm, words, words("desk.uncast_sure", name=name), words("desk.uncast"))
                ui.menu_item(name, partial(sure, partial(self.order, "uncast", seat=seat))).props(
                    f"data-uncast-seat={seat}"
                )

    def _draw_vote_again(self, room: TableRoom) -> None:
        """Add the button to repeat a vote that the votes not cast might have changed."""
        words, line = self.words, vote_again_at(room.shown) if self.member is None else ""
        if not line:
            return
        uncast = room.shown.decisions[-1].get("uncast", ())
        sure, again = words("desk.vote_again.sure", line=line), words("desk.vote_again")
        with div("pair"):
            why = "desk.vote_again.why.single" if len(uncast) == 1 else "desk.vote_again.why"
            soft(words(why, count=len(uncast))).classes("grow")
            ask = partial(confirm, words, sure, again, partial(self.house.branch, self.table, room, line))
            ui.button(again, icon="how_to_vote", on_click=ask).props("data-vote-again")

    def _draw_controls(self, room: TableRoom) -> None:
        words, order = self.words, self.order
        with box().props(f'aria-label="{words("desk.more_controls")}"'):
            with div("acts"):
                if room.left() is not None:
                    more = partial(order, "extend", minutes=_MORE_MINUTES, turns=0)
                    text = words("desk.more_minutes", count=_MORE_MINUTES)
                    ui.button(text, icon="more_time", on_click=more).props("outline data-extend=minutes")
                more = partial(order, "extend", minutes=0, turns=_MORE_LINES)
                text = words("desk.more_lines", count=_MORE_LINES)
                ui.button(text, icon="playlist_add", on_click=more).props("outline data-extend=lines")
                decides = "decides" in room.game.stages[room.fold.state["stage"]].abilities
                sure = words("desk.end_sure.undecided" if decides else "desk.end_sure")
                end = partial(confirm, words, sure, words("desk.end"), lambda: order("end"))
                ui.button(words("desk.end"), icon="stop", on_click=end).props("outline data-order=end")
                if self.member is None and (left_out := self._after(room)):
                    sure = words("desk.finish_sure", stages=left_out)
                    finish = partial(confirm, words, sure, words("desk.finish"), lambda: order("finish"))
                    ui.button(words("desk.finish"), icon="logout", on_click=finish).props("outline data-order=finish")
            if told := self._when_voted(room):
                soft(told).props("data-when-voted")
            self._turn_time(room)

    def _after(self, room: TableRoom) -> list[str]:
        """Return the names of the stages after the present one."""
        state, stages = room.fold.state, room.game.stages
        begun = state["stage"] + (state["floor"] is not None or bool(state["ended"]))
        return [stage.name.get(self.words.lang) for stage in stages[max(begun, state["desk"]["until"]) :]]

    def _when_voted(self, room: TableRoom) -> str:
        """Return in words the stages with a vote, if the present one has none."""
        stages = room.game.stages[room.fold.state["stage"] :]
        if "decides" in stages[0].abilities:
            return ""
        names = [stage.name.get(self.words.lang) for stage in stages if "decides" in stage.abilities]
        return self.words("desk.vote_later", stages=names) if names else self.words("desk.no_vote")

    def _turn_time(self, room: TableRoom) -> None:
        with div("pair"):
            chosen = TurnTimeChoice(self.words, room.seconds, room.idle, "grow")

            def keep() -> None:
                with refusals(self.words):
                    self.house.limit_turns(self.table, *chosen.chosen())

            ui.button(self.words("save"), on_click=keep).props("flat data-turn-time")

    # After the session

    @override
    def draw_over(self, room: TableRoom) -> None:
        words = self.words
        self.top()
        ui.run_javascript(_UP)
        with div("wrap stack"):
            self.between()
            if why := why_undecided(room.shown, words):
                ui.label(f"{words('over.nothing')}{words('gap')}{why}").props("data-why-none")
            self._draw_vote_again(room)
            with div("fit tables"):
                if self.member is None:
                    with box(words("over.another")):
                        another_round(house=self.house, words=words, tables=[self.table])
                        compared(self.house, words, self.table)
                with box(words("over.downloads")).props("data-downloads"):
                    self._downloads(room)
            with box(words("over.next")).props("data-next"):
                soft(words("over.next_why"))
                self._debrief = PagePart()
            with box(words("over.reflections")):
                self._reflections = PagePart()
            with box(), ui.expansion(words("people.file")).classes("w-full").props("data-people"):
                self._people = PagePart()
            with box(words("sessions.title")):
                session_tree(self.house, words, self.row)
            with box(), ui.expansion(words("desk.notes")).classes("w-full"):
                notes_tab(self)
            with box(), ui.expansion(words("over.again")).classes("w-full"):
                soft(words("over.again_why"))
                self.transcript = Transcript(lambda: room.shown, self.viewer, words, partial(line_dialog, self))

    @override
    def refresh_over(self) -> None:
        super().refresh_over()
        if self.room is not None:
            read = partial(document_reader, self.words, self.debrief("html"), unfolded=_FIRST)
            self._debrief.show(self.room.shown.hides, read)
        self._people.show(self.house.store.players(self.table), self._draw_people)
        store = self.house.store
        kept, current = store.reflections(self.table), store.table(self.table).session
        others = [row.session for row in store.sessions(self.table) if row.session != current]
        before = {session: len(written) for session in others if (written := store.reflections(self.table, session))}

        def build() -> None:
            if not kept:
                soft(self.words("over.no_reflections"))
            for reflection in kept:
                role = self.house.role(self.table, reflection.seat, self.words.lang)
                heading(3, f"{reflection.name} · {role}")
                for question, answer in reflection.answers.items():
                    if answer:
                        soft(self.words(f"over.{question}"))
                        ui.label(answer).classes("prose")
            numbers = session_numbers(self.house, self.table) if before else {}
            for session, count in before.items():
                told = self.words("over.reflected_before", number=numbers[session], count=count)
                ui.link(told, f"{self.path}/{session}/debrief.html", new_tab=True).props("data-reflected-before")

        self._reflections.show((kept, before), build)

    def _draw_people(self) -> None:
        words, lang = self.words, self.words.lang
        with div("wide"):
            table("outcomes", people_heads(words), people_rows(self.house, [played(self.house, self.table)], lang))
        ui.link(words("people.csv"), f"{self.path}/people.csv?lang={lang}").props("data-get=people")

    def _downloads(self, room: TableRoom) -> None:
        words = self.words
        rows = {"": words("over.all")}
        for seat, place in self.house.store.players(self.table).items():
            rows[seat] = words("over.of", name=f"{place.name} · {seat_text(room.game, seat, words)}")
        for seat, title in rows.items():
            with div("pair downloads"):
                ui.label(title).classes("grow")
                ui.link(words("over.open"), self.debrief("html", seat), new_tab=True)
                downloads(words("over.download"), partial(self.debrief, seat=seat, download="1"), f":{seat}")
        if room.fold.finished:
            for name in ("handout", "points", "minutes"):
                with div("pair"):
                    ui.link(words(f"over.{name}"), f"{self.path}/{name}.html", new_tab=True).props(f"data-{name}")
                    ui.link(words("over.download_word"), f"{self.path}/{name}.docx").props(f"data-get={name}")
            with div("pair"):
                ui.link(words("over.report"), f"{self.path}/report.html", new_tab=True)
                for lang in LANGUAGES:
                    if lang != room.game.spec.lang:
                        told = Words(lang)
                        paper = ui.link(told("over.told"), f"{self.path}/handout.html?lang={lang}", new_tab=True)
                        paper.props(f'lang="{lang}" data-told')
                        ui.link(told("over.told_report"), f"{self.path}/report.html?lang={lang}", new_tab=True)
                ui.link(words("over.whole"), f"{self.path}/session.zip").props("data-get=zip")
            soft(words("over.whole_why")).props("data-zip-why")
