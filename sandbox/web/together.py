"""What the facilitator does at all tables at once: start them, pause them, go on."""

from __future__ import annotations

from functools import partial

from nicegui import ui

from sandbox.content.words import Words
from sandbox.record.payloads import OrderKind
from sandbox.web.database import TableRow
from sandbox.web.frame import PagePart, refusals
from sandbox.web.house import House
from sandbox.web.room import TableRoom
from sandbox.web.starting import start_or_wait


class Together:
    """The buttons; `show` brings them up to date."""

    def __init__(self, house: House, words: Words) -> None:
        self._house, self._words = house, words
        self._slot = PagePart("pair")

    def show(self) -> None:
        """Offer what can be done now."""
        house = self._house
        lobby = [
            row for row in house.store.tables()
            if row.state == "lobby" and row.id not in house.members and house.store.players(row.id)
        ]  # fmt: skip
        playing = [room for room in house.rooms.values() if room.running and not room.fold.over]
        paused = [room for room in playing if room.paused]
        key = [row.id for row in lobby], len(paused), len(playing)
        self._slot.show(key, lambda: self._draw(lobby, [room for room in playing if room not in paused], paused))

    def _draw(self, lobby: list[TableRow], going: list[TableRoom], paused: list[TableRoom]) -> None:
        words = self._words
        if lobby:
            start = ui.button(words("tables.start_all", count=len(lobby)), icon="play_arrow")
            start.on_click(partial(self._start, lobby)).props("data-start-all")
        self._offer("pause", "pause", going)
        self._offer("resume", "play_arrow", paused)

    def _offer(self, kind: OrderKind, icon: str, rooms: list[TableRoom]) -> None:
        if rooms:
            text = self._words(f"tables.{kind}_all")
            button = ui.button(text, icon=icon, on_click=partial(self._order, kind, rooms))
            button.props(f"outline data-{kind}-all")

    def _order(self, kind: OrderKind, rooms: list[TableRoom]) -> None:
        for room in rooms:
            with refusals(self._words):
                room.book.give(kind)
        self.show()

    def _start(self, lobby: list[TableRow]) -> None:
        house, words = self._house, self._words

        def go() -> None:
            for row in lobby:
                with refusals(words):
                    house.start(row.id)
            self.show()

        start_or_wait(house, words, lobby, words("lobby.start"), go)
