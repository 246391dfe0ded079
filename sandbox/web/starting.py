"""What is asked before tables start: whether to wait for people whose seats are free, or who are not ready yet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial

from nicegui import ui

from sandbox.content.words import Words
from sandbox.web.database import TableRow
from sandbox.web.frame import act_once, dialog, div
from sandbox.web.house import House

_SEEN = 0.1  # seconds after which all pages have what they were told: to start keeps the server busy


def start_or_wait(
    house: House, words: Words, rows: Sequence[TableRow], button: ui.button, go: Callable[[], object]
) -> Awaitable[None] | None:
    """Start tables; where people are still missing, ask before, and name them: to wait is what is offered first.

    All pages of the tables are told before that it begins, and the button shows it. A second press meanwhile does
    nothing.

    Args:
        house: the tables.
        words: of the facilitator's language.
        rows: the tables that are to start.
        button: that was pressed; what it says is asked again where nobody is missing but those who are not ready yet.
        go: starts them.
    """
    missing = [text for row in rows for text in _free(house, words, row, among=len(rows) > 1)]
    late = [name for row in rows for name in _late(house, words, row, among=len(rows) > 1)]
    audiences = [house.audience(row.id) for row in rows]

    async def start() -> None:
        button.props("loading")
        for audience in audiences:
            audience.tell_begins(True)
        try:
            await asyncio.sleep(_SEEN)
            go()
        finally:
            button.props(remove="loading")
            for audience in audiences:
                audience.tell_begins(False)

    if any(audience.begins for audience in audiences):
        return None
    if not missing and not late:
        return start()
    with dialog(words("lobby.sure")) as opened:
        for text in missing:
            ui.label(text).props("data-free-seats")
        if late:
            ui.label(words("lobby.not_ready_yet", names=late)).props("data-not-ready")
        with div("pair"):
            ui.button(words("lobby.wait_for"), on_click=opened.close).props("autofocus data-wait")
            without = ui.button(words("lobby.start_without") if missing else button.text).props("outline data-without")

        def press() -> Awaitable[None]:
            opened.close()
            return start()

        act_once(words, without, press)
    return None


def _free(house: House, words: Words, row: TableRow, *, among: bool) -> Iterator[str]:
    """Yield what is said of a table's seats for people that nobody has taken; ``among`` others by the table's name."""
    taken, seats = house.store.players(row.id), row.setup.persons
    free = [seat for seat in seats if seat not in taken]
    if not free:
        return
    if not among:
        game = house.game_at(row)
        by, roles = words(f"played_by.{game.spec.player}"), [game.role(seat) for seat in free]
        key = "lobby.seats_free.all" if len(free) == len(seats) else "lobby.seats_free"
        yield words(key, count=len(free), of=len(seats), seats=roles, by=by)
    elif len(free) == len(seats):
        yield words("lobby.nobody_here", table=house.table_title(row, words.lang))
    else:
        told = partial(words, "lobby.some_free", table=house.table_title(row, words.lang))
        yield told(count=len(free), of=len(seats))


def _late(house: House, words: Words, row: TableRow, *, among: bool) -> Iterator[str]:
    """Yield the people who have a seat and are not ready, where the table has not started yet."""
    if row.state != "lobby":
        return
    title = house.table_title(row, words.lang) if among else ""
    game = house.game_at(row)
    for seat, place in house.store.players(row.id).items():
        if not place.ready:
            yield place.name + words.paren(words.join(filter(None, [game.role(seat), title])))
