"""What the facilitator does at all tables at once: start them, pause them, go on, bring in the same event."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial

from nicegui import ui

from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.game.orders import LONGEST_ORDER
from sandbox.record.payloads import OrderKind
from sandbox.web.database import TableRow
from sandbox.web.frame import PagePart, div, refusal_line, refusals, soft, text_area
from sandbox.web.glance import glance_at
from sandbox.web.house import House
from sandbox.web.room import TableRoom
from sandbox.web.starting import start_or_wait


class Together:
    """The buttons; `show` brings them up to date."""

    def __init__(self, house: House, words: Words) -> None:
        self._house, self._words = house, words
        self._slot = PagePart("pair")
        self._news = RoomNews(house, words)

    def show(self) -> None:
        """Offer what can be done now."""
        house = self._house
        lobby = [
            row for row in house.store.tables()
            if row.state == "lobby" and row.id not in house.members and house.store.players(row.id)
        ]  # fmt: skip
        playing = [room for room in house.rooms.values() if room.running and not room.fold.over]
        paused = [room for room in playing if room.paused]
        self._news.offer(any(room.book.opened for room in playing))
        key = [row.id for row in lobby], len(paused), len(playing)
        self._slot.show(key, lambda: self._draw(lobby, [room for room in playing if room not in paused], paused))

    def _draw(self, lobby: list[TableRow], going: list[TableRoom], paused: list[TableRoom]) -> None:
        words = self._words
        if lobby:
            start = ui.button(words("tables.start_all", count=len(lobby)), icon="play_arrow")
            start.on_click(partial(self._start, start, lobby)).props("data-start-all")
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

    def _start(self, button: ui.button, lobby: list[TableRow]) -> Awaitable[None] | None:
        house, words = self._house, self._words

        def go() -> None:
            for row in lobby:
                with refusals(words):
                    house.start(row.id)
            self.show()

        return start_or_wait(house, words, lobby, button, go)


class RoomNews:
    """The form for an event that every table hears as one of its own, and how many tables the last one reached."""

    def __init__(self, house: House, words: Words) -> None:
        self._house, self._words = house, words
        self._form = ui.expansion(words("tables.news")).classes("w-full").props("data-news-all")
        with self._form:
            soft(words("tables.news_why"))
            self._text = text_area(words("desk.event_text"), LONGEST_ORDER).props("data-event-all")
            with div("pair"):
                ui.button(words("tables.news"), icon="campaign", on_click=self._give).props("data-inject-all")
            self._refused = refusal_line()
            self._reached = soft("").props('role="status" data-reached')

    def offer(self, playing: bool) -> None:
        """Show the form while a table plays; what came of the last event stays to be read."""
        self._form.set_visibility(playing or bool(self._reached.text))

    def _give(self) -> None:
        house, words, text = self._house, self._words, str(self._text.value or "")
        with refusals(words, self._refused):
            if not text.strip():
                raise words.refusal("refused.no_text")
            reached, over, missed = 0, 0, []
            for row in reversed(house.store.tables()):
                room = house.rooms.get(row.id)
                if row.state == "over" or (room is not None and room.fold.over):
                    over += 1
                    continue
                why = glance_at(house, row, words).state
                if room is not None and room.book.opened:
                    try:
                        room.book.give("inject", text=text)
                    except InputError as error:
                        why = plain(words.error(error))
                    else:
                        reached += 1
                        continue
                missed.append((house.table_name(row, words.lang) or row.code) + words.paren(why))
            told = [words("tables.news_reached", count=reached)]
            told += [words("tables.news_missed", tables=words.join(missed))] if missed else []
            told += [words("tables.news_over", count=over)] if over else []
            self._reached.set_text(words("gap").join(told))
            if reached:
                self._text.value = ""
