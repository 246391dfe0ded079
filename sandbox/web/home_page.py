"""The facilitator's first page: all tables, and the form for a new one."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from nicegui import ui

from sandbox.content.schemas import Lang
from sandbox.content.words import Words
from sandbox.web.door import disclosure, lang_links
from sandbox.web.frame import bar, box, confirm, div, frame, refusals, soft
from sandbox.web.house import House
from sandbox.web.schema import Setup, TableRow
from sandbox.web.setup_form import SetupForm, first_setup

__all__ = ["home_page"]


def home_page(house: House, lang: Lang) -> None:
    """Draw the facilitator's first page."""
    words, secret = house.words(lang), house.store.secret
    frame(words, words("home.title"))

    def opened(setup: Setup) -> None:
        ui.navigate.to(f"/f/{secret}/t/{house.store.add_table(setup).id}")

    with bar(words, words("app")):
        ui.link(words("experiments.title"), f"/f/{secret}/e?lang={lang}").props("data-experiments")
        lang_links(lang)
    with div("wrap columns"):
        with box(words("home.title")):
            tables = div("stack")
            soft(words("home.keep_secret"))
            disclosure(house, words)
        with box(words("home.new")):
            SetupForm(house, words, first_setup(house, lang), words("setup.open"), opened)
    _draw_tables(house, words, tables)


def _draw_tables(house: House, words: Words, tables: ui.element) -> None:
    tables.clear()
    rows = house.store.tables()
    with tables:
        if not rows:
            soft(words("home.empty"))
        for row in rows:
            with div("pair"):
                with div("grow"):
                    ui.label(_title(house, words, row)).classes("who")
                    created = datetime.fromtimestamp(row.created).astimezone().strftime("%Y-%m-%d %H:%M")
                    soft(words.join([row.code, words(f"state.{_state(house, row)}"), created]))
                ui.link(words("home.open"), f"/f/{house.store.secret}/t/{row.id}").props("data-table")
                delete = ui.button(words("home.delete"), on_click=partial(_delete, house, words, row, tables))
                delete.props("flat dense")


def _title(house: House, words: Words, row: TableRow) -> str:
    case = row.setup.scenario
    return house.library.scenario(case).title.get(words.lang) if case in house.library.cards["scenario"] else case


def _state(house: House, row: TableRow) -> str:
    room = house.rooms.get(row.id)
    return "stopped" if row.id in house.faults or (room is not None and room.stopped) else row.state


def _delete(house: House, words: Words, row: TableRow, tables: ui.element) -> None:
    async def go() -> None:
        with refusals(words):
            await house.delete(row.id)
            _draw_tables(house, words, tables)

    confirm(words, words("home.delete_sure"), words("home.delete"), go)
