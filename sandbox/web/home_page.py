"""The facilitator's first page: all tables, and the form for a new one."""

from __future__ import annotations

from datetime import datetime

from nicegui import ui

from sandbox.content.schemas import Lang
from sandbox.content.words import Words
from sandbox.web.door import disclosure, lang_links
from sandbox.web.frame import bar, confirm, frame, heading, refusals, soft
from sandbox.web.house import House
from sandbox.web.schema import Setup, TableRow
from sandbox.web.setup_form import SetupForm, first_setup

__all__ = ["home_page"]


def home_page(house: House, lang: Lang) -> None:
    """Draw the facilitator's first page.

    Args:
        house: the house.
        lang: the language of the page.
    """
    words, secret = house.words(lang), house.store.secret
    frame(words, words("home.title"))

    def opened(setup: Setup) -> None:
        row = house.store.add_table(setup)
        ui.navigate.to(f"/f/{secret}/t/{row.id}")

    with bar(words, words("app")):
        lang_links(lang)
    with ui.element("div").classes("wrap columns"):
        with ui.element("section").classes("box"):
            heading(2, words("home.title"))
            tables = ui.element("div").classes("stack")
            soft(words("home.keep_secret"))
            disclosure(house, words)
            soft(words("rehearsal"))
        with ui.element("section").classes("box"):
            heading(2, words("home.new"))
            SetupForm(house, words, first_setup(house, lang), words("setup.open"), opened)
    _draw_tables(house, words, tables)


def _draw_tables(house: House, words: Words, box: ui.element) -> None:
    box.clear()
    rows = house.store.tables()
    with box:
        if not rows:
            soft(words("home.empty"))
        for row in rows:
            with ui.element("div").classes("pair"):
                with ui.element("div").classes("grow"):
                    ui.label(_title(house, words, row)).classes("who")
                    soft(words.join([row.code, words(f"state.{_state(house, row)}"), _when(row.created)]))
                ui.link(words("home.open"), f"/f/{house.store.secret}/t/{row.id}").props("data-table")
                ui.button(words("home.delete"), on_click=lambda _, row=row: _delete(house, words, row, box)).props(
                    "flat dense"
                )


def _title(house: House, words: Words, row: TableRow) -> str:
    known = row.setup.scenario in house.library.cards["scenario"]
    return house.library.scenario(row.setup.scenario).title.get(words.lang) if known else row.setup.scenario


def _state(house: House, row: TableRow) -> str:
    room = house.room(row.id)
    if row.id in house.faults or (room is not None and room.stopped):
        return "stopped"
    return row.state


def _delete(house: House, words: Words, row: TableRow, box: ui.element) -> None:
    async def go() -> None:
        with refusals(words):
            await house.delete(row.id)
            _draw_tables(house, words, box)

    confirm(words, words("home.delete_sure"), words("home.delete"), go)


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, tz=datetime.now().astimezone().tzinfo).strftime("%Y-%m-%d %H:%M")
