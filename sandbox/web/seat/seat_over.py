"""The page of a player after the session: what it came to, the debrief, and the reflection."""

from __future__ import annotations

import json

from nicegui import ui
from typing_extensions import override

from sandbox.web.campaign.campaign_news import year_over
from sandbox.web.decision_card import outcome, votes_turned
from sandbox.web.frame import PagePart, box, confirm, div, heading, placed, soft
from sandbox.web.panels import document_reader
from sandbox.web.seat.seat_lobby import SeatLobby
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.session_tree import earlier_sessions

# What of a debrief is about its reader; the rest is folded on a phone.
_OWN = ("turning", "keep")


class SeatOver(SeatLobby):
    """The page of a player once a session is over; the lobby is its base."""

    @override
    def draw_over(self, room: TableRoom) -> None:
        words, debrief = self.words, f"/s/{self._token}/debrief"
        self._ranked = -1
        self.top()
        with div("wrap"), div("stack"):
            with box("" if self.member else words("over.done"), "outcome").props("data-outcome data-from-top"):
                self._headline = PagePart("")
                if self.member is None:
                    soft(words("over.now")).props("data-now")
                outcome(room.shown, words, self.viewer)
            self.between()
            if self.member is None:
                soft(words("over.stays")).props("data-stays")
            if self.row.setup.turned:
                votes_turned(room.shown, words, self.viewer)
            with box(words("over.yours")):
                soft(words("over.take_home"))
                with div("pair"):
                    for form in ("docx", "html"):
                        link = ui.link(words(f"over.take.{form}"), f"{debrief}.{form}?download=1&lang={words.lang}")
                        link.classes("touch").props(f"data-get={form}")
                document_reader(words, f"{debrief}.html?lang={words.lang}", unfolded=_OWN)
            self._draw_reflection()
            earlier_sessions(self.house, words, self._token, self._reflection)
            self._link_tables()

    def _draw_reflection(self) -> None:
        self._reflection()
        forget, ask = self.words("over.forget_me"), self.words("over.forget_me_sure")
        ui.button(forget, on_click=lambda: confirm(self.words, ask, forget, self._forget)).props("flat data-forget-me")
        leave, sure = self.words("over.leave"), self.words("over.leave_sure")
        ui.button(leave, on_click=lambda: confirm(self.words, sure, leave, self._leave)).props("flat data-leave-device")

    def _leave(self) -> None:
        door = json.dumps(placed(f"/?lang={self.words.lang}"))
        ui.run_javascript(f"forgetSeats('{self.table}'); location.replace({door})")

    def _forget(self) -> None:
        self._mine()
        self.house.store.forget_player(self.table, self._seat)
        self.audience.changed()
        ui.navigate.reload()

    @override
    def refresh_over(self) -> None:
        super().refresh_over()
        if (member := self.member) is not None:
            texts = year_over(member.course, self.words)
            self._headline.show(texts, lambda: (heading(2, texts[0]), soft(texts[1]) if texts[1] else None))
        ranked = len(self.member.course.state.rankings) if self.member is not None else 0
        if ranked != self._ranked:
            self._ranked = ranked
            ui.run_javascript("ended.top()")
