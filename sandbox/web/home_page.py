"""The facilitator's first page: five doors, all tables, and the form for a new one."""

from __future__ import annotations

from functools import partial

from nicegui import ui

from sandbox.content.plain import plain
from sandbox.content.schemas import Lang
from sandbox.content.words import Words
from sandbox.web.campaigns import Campaigns
from sandbox.web.course import Course
from sandbox.web.door import disclosure
from sandbox.web.frame import (
    bar,
    box,
    bullets,
    confirm,
    div,
    frame,
    heading,
    lang_links,
    parts,
    refusals,
    remember_desk,
    soft,
    when,
)
from sandbox.web.house import House
from sandbox.web.links import shared_path
from sandbox.web.recordings import ASKS
from sandbox.web.schema import Setup, TableRow
from sandbox.web.session_tree import folded_sessions
from sandbox.web.setup_form import SetupForm, first_setup

__all__ = ["home_page"]

_NEW = "new-table"
_MOST_FAULTS = 8


def home_page(campaigns: Campaigns, lang: Lang) -> None:
    """Draw the facilitator's first page."""
    house = campaigns.house
    words = house.words(lang)
    frame(words, words("home.title"), "home")
    remember_desk(house.store.secret)

    def opened(setup: Setup) -> None:
        ui.navigate.to(house.address("t", house.store.add_table(setup).id))

    with bar(words, words("app")):
        ui.link(words("experiments.title"), house.address("e", lang=lang)).props("data-experiments")
        ui.link(words("cards.title"), house.address("c", lang=lang)).props("data-cards")
        lang_links(lang)
    _draw_left_out(house, words)
    _draw_doors(house, words)
    with div("wrap columns"):
        with box(words("home.title")):
            ui.link(words("tables.title"), house.address("tables", lang=lang)).props("data-all-tables")
            played, tables = div("stack"), div("stack")
            soft(words("home.keep_secret"))
            disclosure(house, words)
        with box(words("home.new")).props(f"id={_NEW}"):
            SetupForm(house, words, first_setup(house, lang), words("setup.open"), opened)
    _draw_campaigns(campaigns, words, played)
    _draw_tables(house, words, tables)


def _draw_left_out(house: House, words: Words) -> None:
    """Add which of the facilitator's own cards are not offered, since something is wrong with them."""
    faults = house.library.left_out
    if faults:
        with div("wrap"), div("notice").props("role=status data-left-out"):
            ui.label(words("content.left_out")).classes("strong")
            bullets([plain(words.problem(fault)) for fault in faults[:_MOST_FAULTS]])
            if len(faults) > _MOST_FAULTS:
                ui.label(words("content.more", count=len(faults) - _MOST_FAULTS))
            soft(words("content.left_out_why"))


def _draw_doors(house: House, words: Words) -> None:
    """Add the ways on: to a new table or campaign, to a session to be shown or asked about, to a country."""
    lang = words.lang
    doors = {
        "play": f"#{_NEW}", "campaign": house.address("campaign", lang=lang), "show": house.address("show", lang=lang),
        "whatif": house.address("show", lang=lang, **ASKS), "country": house.address("country", lang=lang),
    }  # fmt: skip
    with ui.element("nav").classes("wrap doors"):
        for door, address in doors.items():
            with ui.element("a").classes("door").props(f'href="{address}" data-door={door}'):
                heading(2, words(f"doors.{door}"))
                parts(words(f"doors.{door}_why"))


def _draw_campaigns(campaigns: Campaigns, words: Words, place: ui.element) -> None:
    """Add the campaigns, each with where it stands; their tables are on their own pages."""
    place.clear()

    def delete(campaign: str) -> None:
        async def go() -> None:
            with refusals(words):
                await campaigns.delete(campaign)
                _draw_campaigns(campaigns, words, place)

        confirm(words, words("rounds.delete_sure"), words("home.delete"), go)

    with place:
        for name in (*reversed(campaigns.courses), *campaigns.faults):
            course = campaigns.courses.get(name)
            with div("pair").props(f'data-campaign="{name}"'):
                with div("grow"):
                    ui.label(course.state.card.name.get(words.lang) if course else name).classes("who")
                    soft(_standing(course, words) if course else campaigns.faults[name])
                if course is not None:
                    address = campaigns.house.address("campaign", name, lang=words.lang)
                    ui.link(words("home.open"), address).props("data-open-campaign")
                ui.button(words("home.delete"), on_click=partial(delete, name)).props("flat dense")


def _standing(course: Course, words: Words) -> str:
    state = "over" if course.state.closed else "waiting" if course.waits else "going"
    year = words("rounds.year_of", number=course.year, of=course.rounds)
    return words.join([words("rounds.title"), year, words(f"rounds.state.{state}")])


def _draw_tables(house: House, words: Words, tables: ui.element) -> None:
    tables.clear()
    rows = [row for row in house.store.tables() if row.id not in house.members]
    with tables:
        if not rows and not house.members:
            soft(words("home.empty"))
        for row in rows:
            with div("pair"):
                with div("grow"):
                    ui.label(house.case_title(row.setup, words.lang)).classes("who")
                    soft(words.join([row.code, words(f"state.{_state(house, row)}"), when(row.created)]))
                ui.link(words("home.open"), house.address("t", row.id)).props("data-table")
                if row.state == "over":
                    address = shared_path(house.store.secret, "show", row.session, lang=words.lang)
                    ui.link(words("doors.show"), address)
                delete = ui.button(words("home.delete"), on_click=partial(_delete, house, words, row, tables))
                delete.props("flat dense")
            folded_sessions(house, words, row)


def _state(house: House, row: TableRow) -> str:
    room = house.rooms.get(row.id)
    return "stopped" if row.id in house.faults or (room is not None and room.stopped) else row.state


def _delete(house: House, words: Words, row: TableRow, tables: ui.element) -> None:
    async def go() -> None:
        with refusals(words):
            await house.delete(row.id)
            _draw_tables(house, words, tables)

    confirm(words, words("home.delete_sure"), words("home.delete"), go)
