"""The web app: its addresses, what is sent with every answer, and how it is started."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from html import escape
from pathlib import Path
from secrets import compare_digest
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from nicegui import APIRouter, app, core, ui
from starlette.middleware.base import RequestResponseEndpoint

from sandbox.content.card_files import ContentKind
from sandbox.content.language import Lang
from sandbox.content.plain import plain
from sandbox.content.words import fault
from sandbox.errors import InputError, SandboxError
from sandbox.web.ask_page import AskPage
from sandbox.web.audience import Viewer
from sandbox.web.campaign_course import CampaignCourse
from sandbox.web.campaign_pages import CampaignForm, CoursePage
from sandbox.web.campaigns import Campaigns
from sandbox.web.card_editor import CardEditor, add_text_route, kind_of
from sandbox.web.card_form import CardForm
from sandbox.web.cards_page import FILLED_IN, READ, CardPage, cards_page
from sandbox.web.codes_page import CodesPage
from sandbox.web.connections import Network, connections
from sandbox.web.countries import CountryOrders
from sandbox.web.country_page import CountryPage
from sandbox.web.desk_page import DeskPage
from sandbox.web.door import JoinPage, code_page
from sandbox.web.experiment_pages import ExperimentPage, experiments_page
from sandbox.web.experiments import Entry, Experiments
from sandbox.web.files import add_files
from sandbox.web.forgetting import forget_expired
from sandbox.web.frame import browser_lang, lang_of
from sandbox.web.gate import LARGEST_MESSAGE, Gate, keep_gate
from sandbox.web.home_page import home_page, tables_page
from sandbox.web.house import House
from sandbox.web.links import key_of
from sandbox.web.own_cards import KINDS, OwnCards
from sandbox.web.own_folder import is_id
from sandbox.web.projector import ProjectorPage
from sandbox.web.recordings import Recordings
from sandbox.web.seat_page import SeatPage
from sandbox.web.show import Show
from sandbox.web.show_page import ShowPage, ShowsPage, no_show_page
from sandbox.web.throttle import Throttle, keep_calm
from sandbox.web.watch_page import WallPage, WatchPage
from sandbox.web.whatifs import WhatIfs

_RECONNECT_SECONDS = 30.0
_DAY_SECONDS = 86_400.0
_NOWHERE = Path(__file__).with_name("nowhere.css").read_text(encoding="utf-8")
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
    """There is nothing at an address for whoever asks there."""


def serve(
    house: House, host: str, port: int, on_ready: Callable[[], None], proxies: Sequence[Network] = (),
    certificate: tuple[Path, Path] | None = None,
) -> None:  # fmt: skip
    """Serve the web app until it is stopped; when pages can be opened, say that it is ready.

    Args:
        house: the tables.
        host: address to listen on.
        port: port to listen on.
        on_ready: called when pages can be opened.
        proxies: networks of the proxies whose word is taken for who a visitor is.
        certificate: files of a certificate with its chain and of its key, for a server that speaks TLS.
    """
    add_pages(house)
    app.on_startup(on_ready)
    keep_calm()
    cert, key = certificate or (None, None)
    ui.run(
        host=host, port=port, title=house.words("en")("app"), show=False, reload=False, show_welcome_message=False,
        reconnect_timeout=_RECONNECT_SECONDS, timeout_graceful_shutdown=3, server_header=False,
        http=connections(proxies), ws_max_size=4 * LARGEST_MESSAGE, ws_per_message_deflate=False,
        proxy_headers=bool(proxies), forwarded_allow_ips=[str(network) for network in proxies],
        ssl_certfile=cert, ssl_keyfile=key,
    )  # fmt: skip


async def _lang(request: Request, lang: str = "") -> Lang:
    """Return the language that an address asks for, or else the one that the visitor's browser does."""
    return lang_of(lang, browser_lang(request))


PageLang = Annotated[Lang, Depends(_lang)]


def add_pages(house: House) -> None:
    """Add all pages of a house to the app."""
    pace, campaigns = Throttle(), Campaigns(house)
    core.sio.eio.max_http_buffer_size = LARGEST_MESSAGE
    core.sio.eio.cors_allowed_origins = _same_origin
    app.middleware("http")(_with_headers)
    too_often = partial(_nowhere, house, "too_often", status=429)
    app.add_middleware(Gate, pace=pace, refused=too_often, holder=partial(_holder, house))
    keep_gate()
    # In place of NiceGUI's own, which writes the address, and with it a link's token, into the server's log.
    app.add_exception_handler(404, lambda request, _: _nowhere(house, "not_found", request))
    app.add_exception_handler(
        _NowhereError, lambda request, error: _nowhere(house, error.key, request, values=error.values)
    )
    app.on_startup(house.open)
    app.on_startup(campaigns.open)
    app.on_shutdown(campaigns.close)
    app.on_shutdown(house.close)
    for forget in (partial(forget_expired, house), campaigns.forget_expired):
        app.timer(_DAY_SECONDS, forget, immediate=False)

    async def facilitates(secret: str) -> None:
        if not house.is_secret(secret):
            raise HTTPException(404)

    desk = APIRouter(prefix="/f/{secret}", dependencies=[Depends(facilitates)], include_in_schema=False)
    experiments = Experiments(house.library, house.runs, house.models.account.budget)
    recordings, countries = Recordings(house.library, house.runs), CountryOrders(house.library, house.runs)
    app.on_shutdown(countries.close)
    _add_table_pages(house, pace, desk)
    _add_desk_pages(campaigns, countries, experiments, desk)
    _add_campaign_pages(campaigns, desk)
    _add_card_pages(house, OwnCards(house, (experiments, recordings)), pace, desk)
    _add_show_pages(house, recordings, desk)
    add_files(campaigns, countries, experiments, pace, desk)
    app.include_router(desk)


def _add_table_pages(house: House, pace: Throttle, desk: APIRouter) -> None:
    @ui.page("/")
    @ui.page("/join")
    def code(request: Request, lang: PageLang) -> None:
        code_page(house, pace, lang, request.client.host if request.client else "")

    @ui.page("/join/{code}")
    def join(code: str, request: Request) -> None:
        who = request.client.host if request.client else ""
        row = house.store.table_by_code(code) if pace.allow("join", who) else None
        if row is None:
            raise fault(_NowhereError, "join.bad_code")
        with _at_table():
            JoinPage(house, pace, row, who)

    @ui.page("/codes/{key}", dependencies=[Depends(partial(_check_key, house, "codes", ""))])
    def codes(request: Request, lang: PageLang) -> None:
        CodesPage(house, lang, _base(house, request))

    @ui.page("/s/{token}")
    def seat(token: str) -> None:
        place = house.store.place_of(token)
        if place is None or place.role != "player":
            raise HTTPException(404)
        with _at_table():
            SeatPage(house, pace, token, place)

    @ui.page("/v/{token}")
    def watch(token: str, request: Request) -> None:
        place = house.store.place_of(token)
        if place is None or place.role == "player":
            raise HTTPException(404)
        with _at_table():
            page = ProjectorPage if place.role == "projector" else WatchPage
            page(house, place.table, Viewer(place.role), _base(house, request))

    @desk.page("/t/{table}")
    def table(table: str, request: Request) -> None:
        with _at_table():
            DeskPage(house, pace, table, _base(house, request))


def _add_desk_pages(campaigns: Campaigns, countries: CountryOrders, experiments: Experiments, desk: APIRouter) -> None:
    house = campaigns.house

    @desk.page("")
    def home(lang: PageLang) -> None:
        home_page(campaigns, lang)

    @desk.page("/tables")
    def tables(lang: PageLang) -> None:
        tables_page(house, lang)

    @desk.page("/country")
    def country(request: Request, lang: PageLang) -> None:
        CountryPage(house, countries, lang, request.query_params)

    @desk.page("/e")
    async def all_experiments(lang: PageLang) -> None:
        await experiments_page(house, experiments, lang)

    async def entry_of(name: str) -> Entry:
        entry = await asyncio.to_thread(experiments.entry, name)
        if entry is None:
            raise HTTPException(404)
        return entry

    known = Depends(entry_of)

    @desk.page("/e/{name}")
    async def experiment(lang: PageLang, entry: Entry = known) -> None:
        await ExperimentPage(house, experiments, entry, lang).begin()


def _add_campaign_pages(campaigns: Campaigns, desk: APIRouter) -> None:
    house, known = campaigns.house, Depends(campaigns.course)

    @desk.page("/campaign")
    def new_campaign(lang: PageLang) -> None:
        CampaignForm(house, campaigns, lang)

    @desk.page("/campaign/{name}")
    def campaign(request: Request, lang: str = "", course: CampaignCourse = known) -> None:
        CoursePage(house, course, lang_of(lang, course.lang), _base(house, request))

    @ui.page("/wall/{name}/{key}", dependencies=[Depends(partial(_check_key, house, "wall"))])
    def wall(request: Request, lang: str = "", course: CampaignCourse = known) -> None:
        WallPage(house, course, lang_of(lang, course.lang), _base(house, request))


def _add_card_pages(house: House, own: OwnCards, pace: Throttle, desk: APIRouter) -> None:
    add_text_route(house, own, pace, desk)

    def edited(kind: str, card: str, kinds: Sequence[ContentKind]) -> ContentKind:
        known = kind_of(kind, kinds)
        if not is_id(card) or not own.edits(known, card):
            raise HTTPException(404)
        return known

    @desk.page("/c")
    def cards(lang: PageLang) -> None:
        cards_page(house, own, lang)

    @desk.page("/c/{kind}/{card}")
    def one_card(kind: str, card: str, lang: PageLang) -> None:
        known = kind_of(kind, READ)
        if card not in house.library.cards[known]:
            raise HTTPException(404)
        CardPage(house, own, known, card, lang)

    @desk.page("/c/{kind}/{card}/edit")
    def edit(kind: str, card: str, lang: PageLang) -> None:
        with _at_card():
            CardEditor(house, own, edited(kind, card, KINDS), card, lang)

    @desk.page("/c/{kind}/{card}/form")
    @desk.page("/c/{kind}/{card}/form/{seat}")
    def form(kind: str, card: str, lang: PageLang, seat: str = "") -> None:
        known = edited(kind, card, ("scenario",) if seat else FILLED_IN)
        with _at_card():
            CardForm(house, own, known, card, lang, seat)


def _add_show_pages(house: House, recordings: Recordings, desk: APIRouter) -> None:
    whatifs = WhatIfs(house, recordings)

    async def recorded(name: str) -> Show | SandboxError:
        """Return a session that can be shown, or why it cannot."""
        try:
            return await asyncio.to_thread(recordings.show, name)
        except SandboxError as error:
            if error.key == "show.none":
                raise HTTPException(404) from error
            return error

    recording = Depends(recorded)

    @desk.page("/show")
    def shows(request: Request, lang: PageLang) -> None:
        ShowsPage(house, recordings, lang, asks=request.query_params.get("for") == "whatif")

    @ui.page("/show/{name}/{key}", dependencies=[Depends(partial(_check_key, house, "show"))])
    def show(name: str, lang: PageLang, at: str = "", shown: Show | SandboxError = recording) -> None:
        if isinstance(shown, Show):
            ShowPage(house, shown, name, lang, at)
        else:
            no_show_page(house, lang, shown)

    @desk.page("/whatif/{name}")
    def whatif(request: Request, name: str, lang: PageLang, shown: Show | SandboxError = recording) -> None:
        if isinstance(shown, Show):
            AskPage(house, whatifs, shown, name, lang, request.query_params)
        else:
            no_show_page(house, lang, shown)


async def _check_key(house: House, page: str, name: str, key: str) -> None:
    if not compare_digest(key.encode(), key_of(house.store.secret, page, name).encode()):
        raise HTTPException(404)


@contextmanager
def _at_table() -> Iterator[None]:
    """Draw a page of a table; where the table is gone, or a card that it needs, say so."""
    try:
        yield
    except InputError as error:
        key = "gone" if error.key == "refused.no_table" else "content.missing_card"
        raise fault(_NowhereError, key) from error


@contextmanager
def _at_card() -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise _NowhereError(error.args[0]) from error


def _base(house: House, request: Request) -> str:
    return house.reach.base(str(request.base_url).rstrip("/"))


def _holder(house: House, path: str) -> str:
    """Return the token of the place or the desk whose page a path is; nothing where it is nobody's."""
    page, _, rest = path.removeprefix("/").partition("/")
    token = rest.partition("/")[0]
    own = house.is_secret(token) if page == "f" else page in ("s", "v") and house.store.place_of(token) is not None
    return token if own else ""


def _nowhere(
    house: House, key: str, request: Request, *, status: int = 404, values: Mapping[str, object] = MappingProxyType({})
) -> Response:
    """Return the page for an address behind which nothing is, in the language of whoever asks."""
    lang = lang_of(request.query_params.get("lang", ""), browser_lang(request))
    words = house.words(lang)
    texts = f"<p>{escape(plain(words(key, **values)))}</p>"
    again, title = f'<a href="/?lang={lang}">{escape(words("join.again"))}</a>', escape(words("app"))
    page = (
        f'<!doctype html><html lang="{lang}"><head><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_NOWHERE}</style></head>'
        f"<body><main><h1>{title}</h1>{texts}<p>{again}</p></main></body></html>"
    )
    later = {"Retry-After": "60"} if status == 429 else {}
    return HTMLResponse(page, status_code=status, headers={**_HEADERS, "Cache-Control": "no-store", **later})


def _same_origin(origin: str | None, environ: Mapping[str, str]) -> bool:
    """Return whether a socket is opened by a page of this server; no page of another may use one."""
    hosts = (environ.get("HTTP_HOST", ""), environ.get("HTTP_X_FORWARDED_HOST", "").split(",")[0].strip())
    return not origin or urlsplit(origin).netloc in filter(None, hosts)


async def _with_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.url.path.startswith("/_nicegui"):
        response.headers["Cache-Control"] = "no-store"
    return response
