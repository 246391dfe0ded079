"""The web app: its addresses, what is sent with every answer, and how it is started."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from secrets import compare_digest
from types import MappingProxyType
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from nicegui import app, core, ui
from starlette.middleware.base import RequestResponseEndpoint

from sandbox.content.cards import LANGUAGES, Lang
from sandbox.content.plain import plain
from sandbox.errors import InputError, SandboxError
from sandbox.web.archive import add_archive_route
from sandbox.web.ask_page import AskPage
from sandbox.web.campaign_files import add_campaign_routes
from sandbox.web.campaign_form import CampaignForm
from sandbox.web.campaigns import Campaigns
from sandbox.web.card_addresses import FORMS
from sandbox.web.card_editor import CardEditor, add_text_route
from sandbox.web.card_form import CardForm
from sandbox.web.card_page import CardPage
from sandbox.web.cards_page import READ, cards_page
from sandbox.web.connections import Network, connections
from sandbox.web.countries import Countries
from sandbox.web.country_files import add_country_routes
from sandbox.web.country_page import CountryPage
from sandbox.web.course_page import CoursePage
from sandbox.web.debriefs import add_routes
from sandbox.web.desk_page import DeskPage
from sandbox.web.door import JoinPage, code_page
from sandbox.web.experiment_files import add_experiment_routes
from sandbox.web.experiment_pages import ExperimentPage, experiments_page
from sandbox.web.experiments import Experiments
from sandbox.web.frame import browser_lang
from sandbox.web.frames import LARGEST_MESSAGE
from sandbox.web.gate import Gate, keep_gate
from sandbox.web.home_page import home_page
from sandbox.web.house import House
from sandbox.web.links import show_key, wall_key
from sandbox.web.own_cards import KINDS, OwnCards
from sandbox.web.own_folder import is_id
from sandbox.web.pace import Pace
from sandbox.web.packs import add_pack_routes
from sandbox.web.recordings import Recordings
from sandbox.web.seat_page import SeatPage
from sandbox.web.show import Show
from sandbox.web.show_page import ShowPage
from sandbox.web.shows_page import ShowsPage, no_show_page
from sandbox.web.tables_page import tables_page
from sandbox.web.terminal import keep_calm
from sandbox.web.viewer import Viewer
from sandbox.web.wall_page import WallPage
from sandbox.web.watch_page import WatchPage
from sandbox.web.whatifs import WhatIfs

__all__ = ["add_pages", "serve"]

_RECONNECT_SECONDS = 30.0
_DAY_SECONDS = 86_400.0
_NOWHERE = (
    "body { margin: 0; background: #f6f7f9; color: #1c2733; font: 1.1rem/1.5 system-ui, sans-serif; } "
    "main { max-width: 34rem; margin: 12vh auto; padding: 1.5rem; background: #fff; border: 1px solid #d4dae0; "
    "border-radius: 0.5rem; } h1 { margin: 0 0 1rem; font-size: 1.35rem; } a { color: #1d4e89; padding: 0.6rem 0; "
    "display: inline-block; } @media (prefers-color-scheme: dark) { body { background: #12171c; color: #e8edf2; } "
    "main { background: #1b222a; border-color: #36414c; } a { color: #8db9ee; } }"
)
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


def serve(
    house: House,
    host: str,
    port: int,
    on_ready: Callable[[], None],
    proxies: Sequence[Network] = (),
    certificate: tuple[Path, Path] | None = None,
) -> None:
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


def add_pages(house: House) -> None:
    """Add all pages of a house to the app."""
    pace = Pace()
    core.sio.eio.max_http_buffer_size = LARGEST_MESSAGE
    core.sio.eio.cors_allowed_origins = _same_origin
    app.middleware("http")(_with_headers)
    app.add_middleware(Gate, pace=pace, refused=lambda: _too_often(house))
    keep_gate()
    # In place of NiceGUI's own, which writes the address, and with it a link's token, into the server's log.
    app.add_exception_handler(404, lambda _, __: _nowhere(house, "not_found"))
    campaigns = Campaigns(house)
    for opened in (house.open, campaigns.open):
        app.on_startup(opened)
    for closed in (campaigns.close, house.close):
        app.on_shutdown(closed)
    for forget in (house.forget_expired, campaigns.forget_expired):
        app.timer(_DAY_SECONDS, forget, immediate=False)
    _add_campaign_pages(campaigns)
    add_archive_route(house)  # before the routes of debriefs, whose pattern it fits as well
    add_routes(house)
    add_pack_routes(house)
    experiments = Experiments(house.library, house.runs, house.models.account.budget)
    add_experiment_routes(house, experiments)
    _add_experiment_pages(house, experiments)
    recordings = Recordings(house.library, house.runs)
    _add_show_pages(house, recordings)
    _add_country_page(house)
    _add_card_pages(house, OwnCards(house, (experiments, recordings)), pace)

    @ui.page("/")
    @ui.page("/join")
    def code(lang: str = "") -> None:
        code_page(house, _lang(lang))

    @ui.page("/join/{code}")
    def join(code: str, request: Request) -> Response | None:
        who = request.client.host if request.client else ""
        row = house.store.table_by_code(code) if pace.allow("join", who) else None
        if row is None:
            return _nowhere(house, "join.bad_code")
        return _unless_refused(house, lambda: JoinPage(house, pace, row, who))

    @ui.page("/s/{token}")
    def seat(token: str) -> Response | None:
        place = house.store.place_of(token)
        if place is None or place.role != "player":
            return _nowhere(house, "not_found")
        return _unless_refused(house, lambda: SeatPage(house, pace, token, place))

    @ui.page("/v/{token}")
    def watch(token: str, request: Request) -> Response | None:
        place = house.store.place_of(token)
        if place is None or place.role == "player":
            return _nowhere(house, "not_found")
        viewer, base = Viewer(place.role), str(request.base_url).rstrip("/")
        return _unless_refused(house, lambda: WatchPage(house, place.table, viewer, base))

    @ui.page("/f/{secret}")
    def home(secret: str, lang: str = "") -> Response | None:
        if not house.is_secret(secret):
            return _nowhere(house, "not_found")
        home_page(campaigns, _lang(lang))
        return None

    @ui.page("/f/{secret}/tables")
    def tables(secret: str, lang: str = "") -> Response | None:
        if not house.is_secret(secret):
            return _nowhere(house, "not_found")
        tables_page(house, _lang(lang))
        return None

    @ui.page("/f/{secret}/t/{table}")
    def desk(secret: str, table: str, request: Request) -> Response | None:
        if not house.is_secret(secret):
            return _nowhere(house, "not_found")
        base = str(request.base_url).rstrip("/")
        return _unless_refused(house, lambda: DeskPage(house, pace, table, base))


def _add_experiment_pages(house: House, experiments: Experiments) -> None:
    @ui.page("/f/{secret}/e")
    async def all_experiments(secret: str, lang: str = "") -> Response | None:
        if not house.is_secret(secret):
            return _nowhere(house, "not_found")
        await experiments_page(house, experiments, _lang(lang))
        return None

    @ui.page("/f/{secret}/e/{name}")
    async def one_experiment(secret: str, name: str, lang: str = "") -> Response | None:
        entry = await asyncio.to_thread(experiments.entry, name) if house.is_secret(secret) else None
        if entry is None:
            return _nowhere(house, "not_found")
        await ExperimentPage(house, experiments, entry, _lang(lang)).begin()
        return None


def _add_campaign_pages(campaigns: Campaigns) -> None:
    house = campaigns.house
    add_campaign_routes(campaigns)

    @ui.page("/f/{secret}/campaign")
    def new_campaign(secret: str, lang: str = "") -> Response | None:
        if not house.is_secret(secret):
            return _nowhere(house, "not_found")
        CampaignForm(house, campaigns, _lang(lang))
        return None

    @ui.page("/f/{secret}/campaign/{campaign}")
    def one_campaign(secret: str, campaign: str, request: Request, lang: str = "") -> Response | None:
        course = campaigns.courses.get(campaign) if house.is_secret(secret) else None
        if course is None:
            return _nowhere(house, "not_found")
        CoursePage(house, course, _lang(lang or course.lang), str(request.base_url).rstrip("/"))
        return None

    @ui.page("/wall/{campaign}/{key}")
    def wall(campaign: str, key: str, request: Request, lang: str = "") -> Response | None:
        known = compare_digest(key.encode(), wall_key(house.store.secret, campaign).encode())
        course = campaigns.courses.get(campaign) if known else None
        if course is None:
            return _nowhere(house, "not_found")
        WallPage(house, course, _lang(lang or course.lang), str(request.base_url).rstrip("/"))
        return None


def _add_card_pages(house: House, own: OwnCards, pace: Pace) -> None:
    add_text_route(house, own, pace)

    @ui.page("/f/{secret}/c")
    def cards(secret: str, lang: str = "") -> Response | None:
        if not house.is_secret(secret):
            return _nowhere(house, "not_found")
        cards_page(house, own, _lang(lang))
        return None

    @ui.page("/f/{secret}/c/{kind}/{card}")
    def one_card(secret: str, kind: str, card: str, lang: str = "") -> Response | None:
        known = next((one for one in READ if one == kind), None)
        if not house.is_secret(secret) or known is None or card not in house.library.cards[known]:
            return _nowhere(house, "not_found")
        CardPage(house, own, known, card, _lang(lang))
        return None

    @ui.page("/f/{secret}/c/{kind}/{card}/edit")
    def edit(secret: str, kind: str, card: str, lang: str = "") -> Response | None:
        known = next((one for one in KINDS if one == kind), None)
        if not house.is_secret(secret) or known is None or not is_id(card) or not own.edits(known, card):
            return _nowhere(house, "not_found")
        try:
            CardEditor(house, own, known, card, _lang(lang))
        except InputError as error:
            return _nowhere(house, error.key, values=error.values)
        return None

    @ui.page("/f/{secret}/c/{kind}/{card}/form")
    @ui.page("/f/{secret}/c/{kind}/{card}/form/{seat}")
    def form(secret: str, kind: str, card: str, seat: str = "", lang: str = "") -> Response | None:
        known = next((one for one in FORMS if one == kind), None)
        if not house.is_secret(secret) or known is None or not is_id(card) or not own.edits(known, card):
            return _nowhere(house, "not_found")
        if seat and known != "scenario":
            return _nowhere(house, "not_found")
        try:
            CardForm(house, own, known, card, _lang(lang), seat)
        except InputError as error:
            return _nowhere(house, error.key, values=error.values)
        return None


def _add_country_page(house: House) -> None:
    countries = Countries(house.library, house.runs)
    add_country_routes(house, countries)
    app.on_shutdown(countries.close)

    @ui.page("/f/{secret}/country")
    def country(secret: str, lang: str = "") -> Response | None:
        if not house.is_secret(secret):
            return _nowhere(house, "not_found")
        CountryPage(house, countries, _lang(lang))
        return None


def _add_show_pages(house: House, recordings: Recordings) -> None:
    @ui.page("/f/{secret}/show")
    async def all_shows(secret: str, request: Request, lang: str = "") -> Response | None:
        if not house.is_secret(secret):
            return _nowhere(house, "not_found")
        await ShowsPage(house, recordings, _lang(lang), asks=request.query_params.get("for") == "whatif").begin()
        return None

    @ui.page("/show/{session}/{key}")
    async def one_show(session: str, key: str, lang: str = "", at: str = "") -> Response | None:
        known = compare_digest(key.encode(), show_key(house.store.secret, session).encode())
        show = await _recorded(house, recordings, known, session, _lang(lang))
        if isinstance(show, Show):
            ShowPage(house, show, session, _lang(lang), at)
            return None
        return show

    whatifs = WhatIfs(house, recordings)

    @ui.page("/f/{secret}/whatif/{session}")
    async def one_whatif(secret: str, session: str, lang: str = "", at: str = "") -> Response | None:
        show = await _recorded(house, recordings, house.is_secret(secret), session, _lang(lang))
        if isinstance(show, Show):
            await AskPage(house, whatifs, show, session, _lang(lang), at).begin()
            return None
        return show


async def _recorded(
    house: House, recordings: Recordings, known: bool, session: str, lang: Lang
) -> Show | Response | None:
    """Return a session that can be shown, to whoever is known; else say why not, with a page or as an answer."""
    if not known:
        return _nowhere(house, "not_found")
    try:
        return await asyncio.to_thread(recordings.show, session)
    except SandboxError as error:
        if error.key == "show.none":
            return _nowhere(house, "not_found")
        no_show_page(house, lang, error)
        return None


def _unless_refused(house: House, draw: Callable[[], object]) -> Response | None:
    """Draw a page of a table; where the table is gone, or a card that it needs, say so as an answer."""
    try:
        draw()
    except InputError as error:
        return _nowhere(house, "gone" if error.key == "refused.no_table" else "content.missing_card")
    return None


def _lang(text: str) -> Lang:
    """Return the language that an address asks for, or else the one that the visitor's browser does."""
    return "zh" if text == "zh" else "en" if text == "en" else browser_lang()


def _too_often(house: House) -> Response:
    response = _nowhere(house, "too_often", 429)
    response.headers.update({**_HEADERS, "Cache-Control": "no-store", "Retry-After": "60"})
    return response


def _nowhere(
    house: House, key: str, status: int = 404, values: Mapping[str, object] = MappingProxyType({})
) -> Response:
    words = {lang: house.words(lang) for lang in LANGUAGES}
    texts = "".join(f'<p lang="{lang}">{escape(plain(of(key, **values)))}</p>' for lang, of in words.items())
    again = " · ".join(
        f'<a lang="{lang}" href="/?lang={lang}">{escape(of("join.again"))}</a>' for lang, of in words.items()
    )
    title = escape(words["en"]("app"))
    page = (
        f'<!doctype html><html lang="en"><head><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_NOWHERE}</style></head>'
        f"<body><main><h1>{title}</h1>{texts}<p>{again}</p></main></body></html>"
    )
    return HTMLResponse(page, status_code=status)


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
