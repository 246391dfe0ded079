"""The facilitator's first page: four doors, all tables, and the form for a new one."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

from nicegui import ui

from sandbox.content.schemas import Lang
from sandbox.content.words import Words
from sandbox.web.door import disclosure
from sandbox.web.frame import bar, box, confirm, div, frame, heading, lang_links, parts, refusals, soft
from sandbox.web.house import House
from sandbox.web.recordings import show_address, shows_address
from sandbox.web.schema import Setup, TableRow
from sandbox.web.session_tree import folded_sessions
from sandbox.web.setup_form import SetupForm, first_setup

__all__ = ["home_page"]

_CSS = (Path(__file__).parent / "home.css").read_text(encoding="utf-8")
_NEW = "new-table"


def home_page(house: House, lang: Lang) -> None:
    """Draw the facilitator's first page."""
    words, secret = house.words(lang), house.store.secret
    frame(words, words("home.title"))
    ui.add_css(_CSS)

    def opened(setup: Setup) -> None:
        ui.navigate.to(f"/f/{secret}/t/{house.store.add_table(setup).id}")

    with bar(words, words("app")):
        ui.link(words("experiments.title"), f"/f/{secret}/e?lang={lang}").props("data-experiments")
        ui.link(words("cards.title"), f"/f/{secret}/c?lang={lang}").props("data-cards")
        lang_links(lang)
    _draw_doors(words, secret)
    with div("wrap columns"):
        with box(words("home.title")):
            ui.link(words("tables.title"), f"/f/{secret}/tables?lang={lang}").props("data-all-tables")
            tables = div("stack")
            soft(words("home.keep_secret"))
            disclosure(house, words)
        with box(words("home.new")).props(f"id={_NEW}"):
            SetupForm(house, words, first_setup(house, lang), words("setup.open"), opened)
    _draw_tables(house, words, tables)


def _draw_doors(words: Words, secret: str) -> None:
    """Add the four ways on: to a new table, to a session to be shown, to what would have come of one, to a country."""
    doors = {
        "play": f"#{_NEW}", "show": shows_address(secret, words.lang),
        "whatif": shows_address(secret, words.lang, asks=True), "country": f"/f/{secret}/country?lang={words.lang}",
    }  # fmt: skip
    with ui.element("nav").classes("wrap doors"):
        for door, address in doors.items():
            with ui.element("a").classes("door").props(f'href="{address}" data-door={door}'):
                heading(2, words(f"doors.{door}"))
                parts(words(f"doors.{door}_why"))


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
                if row.state == "over":
                    ui.link(words("doors.show"), show_address(house.store.secret, row.session, words.lang))
                delete = ui.button(words("home.delete"), on_click=partial(_delete, house, words, row, tables))
                delete.props("flat dense")
            folded_sessions(house, words, row)


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
