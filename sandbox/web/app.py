"""The web app: its addresses, what is sent with every answer, and how it is started."""

from __future__ import annotations

import asyncio
import logging
import signal
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from nicegui import app, core, ui
from nicegui.server import Server
from starlette.middleware.base import RequestResponseEndpoint

from sandbox.content.card_files import ContentKind
from sandbox.content.language import Lang
from sandbox.content.plain import plain
from sandbox.content.words import fault
from sandbox.errors import InputError, SandboxError
from sandbox.web.ask_page import AskPage
from sandbox.web.audience import Viewer
from sandbox.web.bookmarks_page import BookmarksPage
from sandbox.web.campaign_pages import CampaignForm, CoursePage
from sandbox.web.card_editor import CardEditor, kind_of
from sandbox.web.card_form import CardForm
from sandbox.web.cards_page import FILLED_IN, READ, CardPage, cards_page
from sandbox.web.codes_page import CodesPage
from sandbox.web.connections import Network, connections
from sandbox.web.country_page import CountryPage
from sandbox.web.desk_page import DeskPage
from sandbox.web.door import JoinPage, code_page, table_of_code
from sandbox.web.experiment_pages import ExperimentPage, experiments_page
from sandbox.web.experiments import Entry
from sandbox.web.files import of_seats
from sandbox.web.forgetting import forget_expired
from sandbox.web.frame import browser_lang, lang_of, prefix_of
from sandbox.web.gate import LARGEST_MESSAGE, Gate, keep_gate
from sandbox.web.home_page import home_page, tables_page
from sandbox.web.house import House
from sandbox.web.links import is_key
from sandbox.web.own_cards import KINDS, OwnCards
from sandbox.web.own_folder import is_id
from sandbox.web.projector import ProjectorPage
from sandbox.web.seat_page import SeatPage
from sandbox.web.show import Show
from sandbox.web.show_page import ShowPage, ShowsPage, no_show_page
from sandbox.web.site import Base, Course, Here, Site, desk
from sandbox.web.throttle import Throttle, in_terminal, open_log
from sandbox.web.watch_page import WallPage, WatchPage

_LOG = logging.getLogger(__name__)
_RECONNECT_SECONDS = 30.0
_LOOK_SECONDS = 3600.0
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
    houses: Sequence[House], host: str, port: int, on_ready: Callable[[], None], proxies: Sequence[Network] = (),
    certificate: tuple[Path, Path] | None = None,
) -> None:  # fmt: skip
    """Serve the web app until it is stopped; when pages can be opened, say that it is ready.

    Args:
        houses: the tables of each facilitator, who have nothing in common but the server.
        host: address to listen on.
        port: port to listen on.
        on_ready: called when pages can be opened.
        proxies: networks of the proxies whose word is taken for who a visitor is.
        certificate: files of a certificate with its chain and of its key, for a server that speaks TLS.
    """
    open_log()
    pace = Throttle()
    _open([Site(house, pace) for house in houses], pace)
    app.on_startup(on_ready)
    tables = sum(len(house.store.tables()) for house in houses)
    app.on_startup(lambda: _LOG.info(in_terminal("server.start", port=port, tables=tables)))
    app.on_startup(partial(_heed_hangup, certificate))
    app.on_shutdown(lambda: _LOG.info(in_terminal("server.stop")))
    cert, key = certificate or (None, None)
    ui.run(
        host=host, port=port, title=houses[0].words("en")("app"), show=False, reload=False, show_welcome_message=False,
        tailwind=False,  # an eighth of what a phone loads, and a script that looks at every change of the page
        reconnect_timeout=_RECONNECT_SECONDS, timeout_graceful_shutdown=3, server_header=False,
        http=connections(proxies), ws_max_size=4 * LARGEST_MESSAGE, ws_per_message_deflate=False,
        proxy_headers=bool(proxies), forwarded_allow_ips=[str(network) for network in proxies],
        ssl_certfile=cert, ssl_keyfile=key, log_config=None,
    )  # fmt: skip


def _heed_hangup(certificate: tuple[Path, Path] | None) -> None:
    """On SIGHUP, where there is one, have the certificate read anew; a server without one stops as on SIGTERM."""
    if sys.platform == "win32":
        return

    def hung_up() -> None:
        tls = Server.instance.config.ssl
        if certificate is None or tls is None:
            signal.raise_signal(signal.SIGTERM)
            return
        try:
            for each in (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), tls):  # first where a wrong one does no harm
                each.load_cert_chain(*certificate, password="")
            _LOG.info(in_terminal("server.certificate"))
        except OSError as error:
            _LOG.error(in_terminal("server.no_certificate", why=error.strerror or error))

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hung_up)


async def _lang(request: Request, lang: str = "") -> Lang:
    """Return the language that an address asks for, or else the one that the visitor's browser does."""
    return lang_of(lang, browser_lang(request))


PageLang = Annotated[Lang, Depends(_lang)]


def _open(sites: Sequence[Site], pace: Throttle) -> None:
    """Have the app serve sites."""
    app.state.sites = sites
    core.sio.eio.max_http_buffer_size = LARGEST_MESSAGE
    core.sio.eio.cors_allowed_origins = _same_origin
    app.middleware("http")(_with_headers)
    too_many = partial(_nowhere, "too_many", status=429)
    app.add_middleware(Gate, pace=pace, refused=too_many, holder=partial(_holder, [site.house for site in sites]))
    keep_gate()
    for site in sites:
        for opened in (site.house, site.campaigns):
            app.on_startup(opened.open)
        for closed in (site.campaigns, site.house, site.countries):
            app.on_shutdown(closed.close)
        for forget in (partial(forget_expired, site.house), site.campaigns.forget_expired):
            app.timer(_LOOK_SECONDS, forget, immediate=False)


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
    with _at_door():
        row = table_of_code(site.house, site.pace, code, who)
    with _at_table():
        JoinPage(site.house, site.pace, row, who)


@ui.page("/codes/{key}", dependencies=[Depends(partial(_check_key, "codes", ""))])
def _codes(site: Here, lang: PageLang, base: Base) -> None:
    CodesPage(site.house, lang, base)


@ui.page("/s/{token}")
def _seat(site: Here, token: str) -> None:
    place = site.house.store.place_of(token)
    if place is None or place.role != "player":
        raise HTTPException(404)
    with _at_table():
        SeatPage(site.house, site.pace, token, place)


@ui.page("/v/{token}")
def _watch(site: Here, token: str, base: Base) -> None:
    place = site.house.store.place_of(token)
    if place is None or place.role == "player":
        raise HTTPException(404)
    with _at_table():
        page = ProjectorPage if place.role == "projector" else WatchPage
        page(site.house, place.table, Viewer(place.role), base)


@desk.page("/t/{table}")
def _table(site: Here, table: str, base: Base) -> None:
    with _at_table():
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
    with _at_card():
        CardEditor(site.house, site.own, _edited(site.own, kind, card, KINDS), card, lang)


@desk.page("/c/{kind}/{card}/form")
@desk.page("/c/{kind}/{card}/form/{seat}")
def _form(site: Here, kind: str, card: str, lang: PageLang, seat: str = "") -> None:
    known = _edited(site.own, kind, card, ("scenario",) if seat else FILLED_IN)
    with _at_card():
        CardForm(site.house, site.own, known, card, lang, seat)


def _edited(own: OwnCards, kind: str, card: str, kinds: Sequence[ContentKind]) -> ContentKind:
    known = kind_of(kind, kinds)
    if not is_id(card) or not own.edits(known, card):
        raise HTTPException(404)
    return known


# Sessions that are shown, and what else might have come of them


async def _recorded(site: Here, name: str) -> Show | SandboxError:
    """Return a session that can be shown, or why it cannot."""
    try:
        return await asyncio.to_thread(site.recordings.show, name)
    except SandboxError as error:
        if error.key == "show.none":
            raise HTTPException(404) from error
        return error


_Shown = Annotated[Show | SandboxError, Depends(_recorded)]


@desk.page("/show")
def _shows(site: Here, request: Request, lang: PageLang) -> None:
    ShowsPage(site.house, site.recordings, lang, asks=request.query_params.get("for") == "whatif")


@ui.page("/show/{name}/{key}", dependencies=[Depends(partial(_check_key, "show"))])
def _show(site: Here, shown: _Shown, name: str, lang: PageLang, at: str = "", stops: str = "") -> None:
    if isinstance(shown, Show):
        ShowPage(site.house, shown, name, lang, at, stops=bool(stops))
    else:
        no_show_page(site.house, lang, shown)


@desk.page("/show/{name}")
def _bookmarks(site: Here, shown: _Shown, name: str, lang: PageLang, at: str = "") -> None:
    if isinstance(shown, Show):
        BookmarksPage(site.house, shown, name, lang, at)
    else:
        no_show_page(site.house, lang, shown)


@desk.page("/whatif/{name}")
def _whatif(site: Here, shown: _Shown, request: Request, name: str, lang: PageLang) -> None:
    if isinstance(shown, Show):
        AskPage(site.house, site.whatifs, shown, name, lang, request.query_params)
    else:
        no_show_page(site.house, lang, shown)


for router in (of_seats, desk):
    app.include_router(router)


@contextmanager
def _at_table() -> Iterator[None]:
    """Draw a page of a table; where the table is gone, or a card that it needs, say so."""
    try:
        yield
    except InputError as error:
        key = "gone" if error.key == "refused.no_table" else "content.missing_card"
        raise fault(_NowhereError, key) from error


@contextmanager
def _at_door() -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise fault(_NowhereError, error.key) from error


@contextmanager
def _at_card() -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise _NowhereError(error.args[0]) from error


def _holder(houses: Sequence[House], path: str) -> str:
    """Return the token of the place or the desk whose page a path is; nothing where it is nobody's."""
    page, _, rest = path.removeprefix("/").partition("/")
    token = rest.partition("/")[0]
    if page == "f":
        own = any(house.is_secret(token) for house in houses)
    else:
        own = page in ("s", "v") and any(house.store.place_of(token) is not None for house in houses)
    return token if own else ""


def _nowhere(
    key: str, request: Request, *, status: int = 404, values: Mapping[str, object] = MappingProxyType({})
) -> Response:
    """Return the page for an address behind which nothing is, in the language of whoever asks."""
    lang = lang_of(request.query_params.get("lang", ""), browser_lang(request))
    words = app.state.sites[0].house.words(lang)
    texts = f"<p>{escape(plain(words(key, **values)))}</p>"
    title, door = escape(words("app")), f"{prefix_of(request)}/?lang={lang}"
    again = f'<a href="{door}">{escape(words("join.again"))}</a>'
    page = (
        f'<!doctype html><html lang="{lang}"><head><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_NOWHERE}</style></head>'
        f"<body><main><h1>{title}</h1>{texts}<p>{again}</p></main></body></html>"
    )
    later = {"Retry-After": "60"} if status == 429 else {}
    return HTMLResponse(page, status_code=status, headers={**_HEADERS, "Cache-Control": "no-store", **later})


# In place of NiceGUI's own, which writes the address, and with it a link's token, into the server's log.
app.add_exception_handler(404, lambda request, _: _nowhere("not_found", request))
app.add_exception_handler(
    _NowhereError,
    lambda request, error: _nowhere(
        error.key, request, status=429 if error.key == "too_many" else 404, values=error.values
    ),
)


def _same_origin(origin: str | None, environ: Mapping[str, str]) -> bool:
    """Return whether a socket is opened by a page of this server; no page of another may use one."""
    hosts = (environ.get("HTTP_HOST", ""), environ.get("HTTP_X_FORWARDED_HOST", "").split(",")[0].strip())
    own = not origin or urlsplit(origin).netloc in filter(None, hosts)
    if not own:
        _LOG.warning(in_terminal("server.origin", origin=_shown(origin or ""), host=_shown(hosts[0])))
    return own


def _shown(text: str) -> str:
    """Return what somebody sends as the log may hold it."""
    return plain(text)[:80].replace("\n", " ")


async def _with_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.url.path.startswith("/_nicegui"):
        response.headers["Cache-Control"] = "no-store"
    return response
