"""The facilitator's page of a table while its session runs; what comes before and after are its bases."""

from __future__ import annotations

import time
from functools import partial

from nicegui import ui
from typing_extensions import override

from sandbox.content.plain import plain
from sandbox.report.endings import vote_again_at
from sandbox.web.decision_card import show_motion
from sandbox.web.desk.desk_bar import DeskBar
from sandbox.web.desk.desk_over import UP, DeskOver
from sandbox.web.desk.desk_tools import SeatList, line_dialog, notes_tab, pulses_tab, send_tab, speak_for_dialog
from sandbox.web.desk.setup_fields import TurnTimeChoice
from sandbox.web.frame import PagePart, act_once, box, confirm, div, heading, refusals, soft
from sandbox.web.live import Panels
from sandbox.web.panels import ledger_panel, room_panel
from sandbox.web.tables.clock import VOTE_SECONDS
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.session_tree import session_tree
from sandbox.web.tables.waiting import least_left, minutes_text

_MORE_MINUTES, _MORE_LINES = 5, 3


class DeskPage(DeskOver):
    """The facilitator's page of a table; ``base`` is the address under which it is visited, without a last slash."""

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
        ui.run_javascript(UP)
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
