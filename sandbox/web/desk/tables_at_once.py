"""Several tables at once: a glance at each, and actions for all of them together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from nicegui import ui

from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.game.orders import LONGEST_ORDER
from sandbox.record.payloads import OrderKind
from sandbox.web.frame import PagePart, act_once, box, dialog, div, heading, refusal_line, refusals, soft, text_area
from sandbox.web.tables.database import TablePlace, TableRow
from sandbox.web.tables.house import House
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.waiting import stage_text, status_text, waiting_text

_STUCK_SECONDS = 60
"""Seconds of waiting for somebody after which a table counts as stuck."""
_SEEN = 0.1  # seconds after which all pages have what they were told: to start keeps the server busy


@dataclass(frozen=True)
class Glance:
    """A table at a glance: ``waits`` is empty if nobody is waited for, ``where`` and ``now`` before it has begun.

    It is stuck if it has stopped, or if it waits for somebody whose time, if limited, is over.
    """

    row: TableRow
    title: str
    state: str
    people: str
    where: str
    now: str
    waits: str
    paused: bool
    stuck: bool
    calls: tuple[str, ...]


def glance_at(house: House, row: TableRow, words: Words) -> Glance:
    """Return a table at a glance."""
    room, players, audience = house.rooms.get(row.id), house.store.players(row.id), house.audience(row.id)
    waited, back = room.waited if room else {}, (seat for seat, _ in audience.asking_back.values())
    late = [
        seat for seat, seconds in waited.items()
        if room and seconds > _STUCK_SECONDS and (room.turn_time.left(seat) or 0) <= 0
    ]  # fmt: skip
    through = room is not None and room.over_and_done
    stopped = room is not None and bool(room.stopped)
    paused = room is not None and room.running and not room.fold.over and room.paused
    state = "over" if through else "stopped" if stopped else "paused" if paused else row.state
    return Glance(
        row=row,
        title=house.table_told(row, words.lang),
        state=words(f"state.{state}"),
        people=_people(words, row, players, room),
        where=stage_text(room, words) if room else "",
        now=status_text(room, words) if room and not through and not waited else "",
        waits=waiting_text(room, words, players) if room and waited else "",
        paused=paused,
        stuck=bool(late) or stopped,
        calls=tuple(
            words(told, name=players[seat].name + words.paren(house.role(row.id, seat, words.lang)))
            for told, seats in (("tables.calls", audience.calls), ("tables.asks_back", dict.fromkeys(back)))
            for seat in seats
            if seat in players
        ),
    )


def _people(words: Words, row: TableRow, players: Mapping[str, TablePlace], room: TableRoom | None) -> str:
    here = words("watch.here", count=len(players), of=len(row.setup.persons))
    covered = sum(seat not in room.persons for seat in players) if room and room.running else 0
    return here + (words("tables.covered", count=covered) if covered else "")


class GlanceBox:
    """A box with a table at a glance, updated in place so that the page does not jump."""

    def __init__(self, words: Words, level: int, title: str, links: Callable[[], object]) -> None:
        self._words = words
        with box() as self.element:
            heading(level, title)
            self._urgent = PagePart("pair")
            self._about, self._texts = PagePart(), PagePart()
            links()
        self._labels: tuple[ui.label, ...] = ()

    def show(self, glance: Glance, key: object, about: Callable[[], object], texts: Sequence[str]) -> None:
        """Show a table: its state, calls and texts, and the part ``about``, which is redrawn when ``key`` changes."""
        self.element.classes(replace="box stuck" if glance.stuck or glance.calls else "box")
        urgent = glance.paused, glance.stuck, glance.calls
        self._urgent.show(urgent, lambda: self._draw_urgent(glance))
        self._about.show(key, about)
        shown = [text for text in texts if text]
        self._texts.show((len(shown), bool(glance.waits)), lambda: self._draw_texts(len(shown), bool(glance.waits)))
        for label, text in zip(self._labels, shown, strict=True):
            label.set_text(text)

    def _draw_urgent(self, glance: Glance) -> None:
        words = self._words
        for call in glance.calls:
            ui.label(call).classes("chip calls").props('role="alert" data-calls')
        if glance.paused:
            ui.label(words("state.paused")).classes("chip").props("data-paused")
        if glance.stuck:
            ui.label(words("tables.stuck")).classes("who")

    def _draw_texts(self, count: int, waits: bool) -> None:
        self._labels = tuple(ui.label() for _ in range(count))
        if waits:
            self._labels[-1].props("data-waiting")


def start_or_wait(
    house: House, words: Words, rows: Sequence[TableRow], button: ui.button, go: Callable[[Sequence[TableRow]], object],
    *, apart: bool = False,
) -> Awaitable[None] | None:  # fmt: skip
    """Start tables; if people are still missing, name them and ask first, with the button to wait focused.

    Where some may start ``apart`` from others, those at which everybody is gone do so only when they are chosen. All
    pages of the tables are told before that it begins, and the button that was pressed shows it. A second press
    meanwhile does nothing. What it says is asked again where nobody is missing but those who are not ready yet.
    """
    among = len(rows) > 1
    online = {row.id: any(house.audience(row.id).online.values()) for row in rows}
    gone = [row for row in rows if apart and any(online.values()) and not online[row.id]]
    missing = [text for row in rows if row not in gone for text in _free(house, words, row, among=among)]
    late = [name for row in rows if row not in gone for name in _late(house, words, row, among=among)]
    chosen = {row.id: row not in gone for row in rows}

    async def start() -> None:
        starting = [row for row in rows if chosen[row.id]]
        audiences = [house.audience(row.id) for row in starting]
        button.props("loading")
        for audience in audiences:
            audience.tell_begins(True)
        try:
            await asyncio.sleep(_SEEN)
            go(starting)
        finally:
            button.props(remove="loading")
            for audience in audiences:
                audience.tell_begins(False)

    if any(house.audience(row.id).begins for row in rows):
        return None
    if not missing and not late and not gone:
        return start()
    with dialog(words("lobby.sure")) as opened:
        for text in missing:
            ui.label(text).props("data-free-seats")
        if late:
            ui.label(words("lobby.not_ready_yet", names=late)).props("data-not-ready")
        for row in gone:
            text = words("lobby.all_gone", table=house.table_title(row, words.lang))
            ui.checkbox(text).bind_value(chosen, row.id).props(f"data-gone={row.id}")
        with div("pair"):
            without = ui.button(words("lobby.start_without") if missing else button.text).props("data-without")
            ui.button(words("lobby.wait_for"), on_click=opened.close).props("flat autofocus data-wait")

        def press() -> Awaitable[None]:
            opened.close()
            return start()

        act_once(words, without, press)
    return None


def _free(house: House, words: Words, row: TableRow, *, among: bool) -> Iterator[str]:
    """Yield texts on a table's seats for people that are still free; ``among`` other tables with the table's name."""
    taken, seats = house.store.players(row.id), row.setup.persons
    free = [seat for seat in seats if seat not in taken]
    if not free:
        return
    if not among:
        game = house.game_at(row)
        by, roles = words(f"played_by.{game.spec.player}"), [game.role(seat, words.lang) for seat in free]
        if len(free) == 1:
            key = "lobby.seats_free.all.single" if len(seats) == 1 else "lobby.seats_free.single"
        else:
            key = "lobby.seats_free.all" if len(free) == len(seats) else "lobby.seats_free"
        yield words(key, count=len(free), of=len(seats), seats=roles, by=by)
    elif len(free) == len(seats):
        yield words("lobby.nobody_here", table=house.table_title(row, words.lang))
    else:
        told = partial(words, "lobby.some_free", table=house.table_title(row, words.lang))
        yield told(count=len(free), of=len(seats))


def _late(house: House, words: Words, row: TableRow, *, among: bool) -> Iterator[str]:
    """Yield the people in seats who are not ready, if the table has not started yet."""
    if row.state != "lobby":
        return
    title = house.table_title(row, words.lang) if among else ""
    game = house.game_at(row)
    for seat, place in house.store.players(row.id).items():
        if not place.ready:
            yield place.name + words.paren(words.join(filter(None, [game.role(seat, words.lang), title])))


class Together:
    """The buttons for all tables; `show` updates them."""

    def __init__(self, house: House, words: Words) -> None:
        self._house, self._words = house, words
        self._slot = PagePart("pair")
        self._news = RoomNews(house, words)

    def show(self) -> None:
        """Offer the present actions."""
        house = self._house
        lobby = [
            row for row in reversed(house.store.tables())
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

        def go(starting: Sequence[TableRow]) -> None:
            for row in starting:
                with refusals(words):
                    house.start(row.id)
            self.show()

        return start_or_wait(house, words, lobby, button, go, apart=True)


class RoomNews:
    """The form for an event at all tables, with the number of tables that the last one reached."""

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
        """Show the form while a table plays; the result of the last event stays visible."""
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
