"""The addresses of the web app, who may visit them, and the page for an address without a page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from fastapi import Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from nicegui import app, ui
from starlette.middleware.base import RequestResponseEndpoint

from sandbox.content.card_files import ContentKind
from sandbox.content.cards import is_id
from sandbox.content.language import Lang
from sandbox.content.plain import plain
from sandbox.content.words import fault
from sandbox.errors import InputError, SandboxError
from sandbox.web.campaign.campaign_pages import CampaignForm, CoursePage
from sandbox.web.cards.card_editor import CardEditor, kind_of
from sandbox.web.cards.card_form import CardForm
from sandbox.web.cards.cards_page import READ, CardPage, cards_page
from sandbox.web.cards.own_cards import KINDS, OwnCards
from sandbox.web.country.country_page import CountryPage
from sandbox.web.desk.desk_page import DeskPage
from sandbox.web.door import JoinPage, code_page, table_of_code
from sandbox.web.experiment_pages import ExperimentPage, experiments_page
from sandbox.web.experiments import Entry
from sandbox.web.files import of_seats
from sandbox.web.frame import browser_lang, lang_of, prefix_of
from sandbox.web.home_page import home_page, tables_page
from sandbox.web.links import is_key
from sandbox.web.seat.seat_page import SeatPage
from sandbox.web.site import Base, Course, Here, Site, desk
from sandbox.web.study_files import of_studies
from sandbox.web.tables.audience import Viewer
from sandbox.web.wall.campaign_wall import WallPage
from sandbox.web.wall.projector_page import ProjectorPage
from sandbox.web.wall.room_walls import CodesPage, ResultsPage
from sandbox.web.wall.show import Show
from sandbox.web.wall.show_page import ShowPage
from sandbox.web.wall.shows_page import ShowsPage, no_show_page
from sandbox.web.wall.watch_page import WatchPage
from sandbox.web.whatif.ask_page import AskPage, BookmarksPage

_STYLE = Path(__file__).with_name("nowhere.css").read_text(encoding="utf-8")
_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    # The components are compiled in the page, which needs 'unsafe-eval'; nothing may come from or go to elsewhere.
    "Content-Security-Policy":
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; frame-ancestors 'self'; "
        "base-uri 'self'; form-action 'self'; object-src 'none'",
}  # fmt: skip


class _NowhereError(InputError):
    """There is nothing at an address for this visitor."""


@contextmanager
def at_table() -> Iterator[None]:
    """Draw a page of a table; if the table or a card that it needs is gone, say so."""
    try:
        yield
    except InputError as error:
        key = "gone" if error.key == "refused.no_table" else "content.missing_card"
        raise fault(_NowhereError, key) from error


@contextmanager
def refused_there() -> Iterator[None]:
    """Draw the page of a join code or of a card; if it leads nowhere, or the card cannot be changed, say so."""
    try:
        yield
    except InputError as error:
        raise _NowhereError(error.args[0]) from error


def nowhere(
    key: str, request: Request, *, status: int = 404, values: Mapping[str, object] = MappingProxyType({})
) -> Response:
    """Return the page for an address without a page, in the visitor's language."""
    lang = lang_of(request.query_params.get("lang", ""), browser_lang(request))
    words = app.state.sites[0].house.words(lang)
    texts = f"<p>{escape(plain(words(key, **values)))}</p>"
    title, door = escape(words("app")), f"{prefix_of(request)}/?lang={lang}"
    again = f'<a href="{door}">{escape(words("join.again"))}</a>'
    page = (
        f'<!doctype html><html lang="{lang}"><head><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{title}</h1>{texts}<p>{again}</p></main></body></html>"
    )
    later = {"Retry-After": "60"} if status == 429 else {}
    return HTMLResponse(page, status_code=status, headers={**_HEADERS, "Cache-Control": "no-store", **later})


async def with_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Answer a request with the headers of every page."""
    response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.url.path.startswith("/_nicegui"):
        response.headers["Cache-Control"] = "no-store"
    return response


def keep_nowhere() -> None:
    """Answer unknown addresses ourselves: NiceGUI would log them, with the tokens of links."""
    app.add_exception_handler(404, lambda request, _: nowhere("not_found", request))
    app.add_exception_handler(
        _NowhereError,
        lambda request, error: nowhere(
            error.key, request, status=429 if error.key == "too_many" else 404, values=error.values
        ),
    )


async def _lang(request: Request, lang: str = "") -> Lang:
    """Return the language that an address asks for, else that of the visitor's browser."""
    return lang_of(lang, browser_lang(request))


PageLang = Annotated[Lang, Depends(_lang)]


async def _check_key(page: str, name: str, key: str, site: Here) -> None:
    if not is_key(site.house.store.secret, page, name, key):
        raise HTTPException(404)


@app.get("/healthz", include_in_schema=False)
def _health() -> PlainTextResponse:
    return PlainTextResponse("ok\n")


# Pages of tables


@ui.page("/")
@ui.page("/join")
def _code(site: Here, request: Request, lang: PageLang) -> None:
    houses = [each.house for each in request.app.state.sites]
    code_page(houses, site.pace, lang, request.client.host if request.client else "")


@ui.page("/join/{code}")
def _join(site: Here, code: str, request: Request) -> None:
    who = request.client.host if request.client else ""
    with refused_there():
        row = table_of_code(site.house, site.pace, code, who)
    with at_table():
        JoinPage(site.house, site.pace, row, who)


@ui.page("/codes/{key}", dependencies=[Depends(partial(_check_key, "codes", ""))])
def _codes(site: Here, lang: PageLang, base: Base) -> None:
    CodesPage(site.house, lang, base)


@ui.page("/results/{key}", dependencies=[Depends(partial(_check_key, "results", ""))])
def _results(site: Here, lang: PageLang) -> None:
    ResultsPage(site.house, lang)


@ui.page("/s/{token}")
def _seat(site: Here, token: str) -> None:
    place = site.house.store.place_of(token)
    if place is None or place.role != "player":
        raise HTTPException(404)
    with at_table():
        SeatPage(site.house, site.pace, token, place)


@ui.page("/v/{token}")
def _watch(site: Here, token: str, base: Base) -> None:
    place = site.house.store.place_of(token)
    if place is None or place.role == "player":
        raise HTTPException(404)
    with at_table():
        page = ProjectorPage if place.role == "projector" else WatchPage
        page(site.house, place.table, Viewer(place.role), base)


@desk.page("/t/{table}")
def _table(site: Here, table: str, base: Base) -> None:
    with at_table():
        DeskPage(site.house, site.pace, table, base)


# The desk


@desk.page("")
def _home(site: Here, lang: PageLang) -> None:
    home_page(site.campaigns, lang)


@desk.page("/tables")
def _tables(site: Here, lang: PageLang) -> None:
    tables_page(site.house, lang)


@desk.page("/country")
def _country(site: Here, request: Request, lang: PageLang) -> None:
    CountryPage(site.house, site.countries, lang, request.query_params)


@desk.page("/e")
async def _all_experiments(site: Here, lang: PageLang) -> None:
    await experiments_page(site.house, site.experiments, lang)


async def _entry(site: Here, name: str) -> Entry:
    entry = await asyncio.to_thread(site.experiments.entry, name)
    if entry is None:
        raise HTTPException(404)
    return entry


@desk.page("/e/{name}")
async def _experiment(site: Here, entry: Annotated[Entry, Depends(_entry)], lang: PageLang) -> None:
    await ExperimentPage(site.house, site.experiments, entry, lang).begin()


# Campaigns


@desk.page("/campaign")
def _new_campaign(site: Here, lang: PageLang) -> None:
    CampaignForm(site.house, site.campaigns, lang)


@desk.page("/campaign/{name}")
def _campaign(site: Here, course: Course, base: Base, lang: str = "") -> None:
    CoursePage(site.house, course, lang_of(lang, course.lang), base)


@ui.page("/wall/{name}/{key}", dependencies=[Depends(partial(_check_key, "wall"))])
def _wall(site: Here, course: Course, base: Base, lang: str = "") -> None:
    WallPage(site.house, course, lang_of(lang, course.lang), base)


# Cards


@desk.page("/c")
def _cards(site: Here, lang: PageLang) -> None:
    cards_page(site.house, site.own, lang)


@desk.page("/c/{kind}/{card}")
def _card(site: Here, kind: str, card: str, lang: PageLang) -> None:
    known = kind_of(kind, READ)
    if card not in site.house.library.cards[known]:
        raise HTTPException(404)
    CardPage(site.house, site.own, known, card, lang)


@desk.page("/c/{kind}/{card}/edit")
def _edit(site: Here, kind: str, card: str, lang: PageLang) -> None:
    with refused_there():
        CardEditor(site.house, site.own, _edited(site.own, kind, card, KINDS), card, lang)


@desk.page("/c/{kind}/{card}/form")
@desk.page("/c/{kind}/{card}/form/{seat}")
def _form(site: Here, kind: str, card: str, lang: PageLang, seat: str = "") -> None:
    known = _edited(site.own, kind, card, ("scenario",) if seat else KINDS)
    with refused_there():
        CardForm(site.house, site.own, known, card, lang, seat)


def _edited(own: OwnCards, kind: str, card: str, kinds: Sequence[ContentKind]) -> ContentKind:
    known = kind_of(kind, kinds)
    if not is_id(card) or not own.edits(known, card):
        raise HTTPException(404)
    return known


# Sessions that are shown, and what else might have come of them


async def _recorded(site: Here, name: str) -> Show | SandboxError:
    try:
        return await asyncio.to_thread(site.recordings.show, name)
    except SandboxError as error:
        if error.key == "show.none":
            raise HTTPException(404) from error
        return error


_Shown = Annotated[Show | SandboxError, Depends(_recorded)]


def _draw(site: Site, shown: Show | SandboxError, lang: Lang, page: Callable[[Show], object]) -> None:
    if isinstance(shown, Show):
        page(shown)
    else:
        no_show_page(site.house, lang, shown)


@desk.page("/show")
def _shows(site: Here, request: Request, lang: PageLang) -> None:
    ShowsPage(site.house, site.recordings, lang, asks=request.query_params.get("for") == "whatif")


@ui.page("/show/{name}/{key}", dependencies=[Depends(partial(_check_key, "show"))])
def _show(site: Here, shown: _Shown, name: str, lang: PageLang, at: str = "", stops: str = "") -> None:
    _draw(site, shown, lang, lambda show: ShowPage(site.house, show, name, lang, at, stops=bool(stops)))


@desk.page("/show/{name}")
def _bookmarks(site: Here, shown: _Shown, name: str, lang: PageLang, at: str = "") -> None:
    _draw(site, shown, lang, lambda show: BookmarksPage(site.house, show, name, lang, at))


@desk.page("/whatif/{name}")
def _whatif(site: Here, shown: _Shown, request: Request, name: str, lang: PageLang) -> None:
    _draw(site, shown, lang, lambda show: AskPage(site.house, site.whatifs, show, name, lang, request.query_params))


desk.include_router(of_studies)
for router in (of_seats, desk):
    app.include_router(router)
