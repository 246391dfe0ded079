"""The routes from which debriefs and the report are read and downloaded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse
from nicegui import app

from sandbox.content.plain import plain
from sandbox.errors import InputError, SandboxError
from sandbox.report.document.formats import FORMATS, to_html
from sandbox.report.pages.comparison import comparison_page
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.session import session_report
from sandbox.report.results import card_of
from sandbox.report.side_by_side import SideBySide
from sandbox.web.house import House
from sandbox.web.played import Played, may_read, notes_of, played, reflections_of

__all__ = ["CLOSED", "MEDIA", "add_routes", "nothing"]

MEDIA = {
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
# A debrief is shown in a frame of the page; nothing in it may run or load.
CLOSED = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


def add_routes(house: House) -> None:
    """Add the routes."""

    @app.get("/s/{token}/debrief.{kind}", include_in_schema=False)
    async def of_seat(token: str, kind: str, request: Request) -> Response:
        place = house.store.place_of(token)
        room = house.rooms.get(place.table) if place is not None and place.role == "player" else None
        if place is None or room is None or not room.over_and_done or kind not in MEDIA:
            return nothing()
        return await _debrief(house, played(house, place.table), place.seat, kind, request)

    @app.get("/s/{token}/{session}/debrief.{kind}", include_in_schema=False)
    async def of_seat_earlier(token: str, session: str, kind: str, request: Request) -> Response:
        place = house.store.place_of(token)
        known = _known(house, place.table, session) if place is not None and place.role == "player" else None
        if place is None or known is None or kind not in MEDIA or not may_read(house, place, known):
            return nothing()
        return await _debrief(house, known, place.seat, kind, request)

    @app.get("/f/{secret}/t/{table}/compare", include_in_schema=False)
    async def compare(secret: str, table: str, a: str = "", b: str = "") -> Response:
        both = [_known(house, table, name) for name in (a, b)] if house.is_secret(secret) else []
        first, second = both if len(both) == 2 else (None, None)
        if first is None or second is None:
            return nothing()
        people = first.row.people, second.row.people
        known = [row.session for row in house.store.sessions(table)]
        names = str(known.index(a) + 1), str(known.index(b) + 1)

        def render() -> str:
            return to_html(comparison_page(SideBySide(first.session, second.session), people, names))

        return await _page(first, render, "html")

    @app.get("/f/{secret}/t/{table}/report.html", include_in_schema=False)
    async def report(secret: str, table: str) -> Response:
        return await _report(house, _known(house, table) if house.is_secret(secret) else None)

    @app.get("/f/{secret}/t/{table}/{session}/report.html", include_in_schema=False)
    async def report_earlier(secret: str, table: str, session: str) -> Response:
        return await _report(house, _known(house, table, session) if house.is_secret(secret) else None)

    @app.get("/f/{secret}/t/{table}/{name}.{kind}", include_in_schema=False)
    async def of_table(secret: str, table: str, name: str, kind: str, request: Request) -> Response:
        known = _known(house, table) if house.is_secret(secret) else None
        return await _of_table(house, known, name, kind, request)

    @app.get("/f/{secret}/t/{table}/{session}/{name}.{kind}", include_in_schema=False)
    async def of_table_earlier(
        secret: str, table: str, session: str, name: str, kind: str, request: Request
    ) -> Response:
        known = _known(house, table, session) if house.is_secret(secret) else None
        return await _of_table(house, known, name, kind, request)


def nothing() -> Response:
    """Return the answer to whoever asks for what is not there, or not theirs."""
    return PlainTextResponse("404", status_code=404)


def _known(house: House, table: str, session: str = "") -> Played | None:
    """Return a session of a table, or None where there is none that can be read."""
    try:
        return played(house, table, session)
    except SandboxError:
        return None


async def _of_table(house: House, known: Played | None, name: str, kind: str, request: Request) -> Response:
    head, _, seat = name.partition("-")
    if known is None or head != "debrief" or kind not in MEDIA or (seat and seat not in known.session.game.positions):
        return nothing()
    return await _debrief(house, known, seat, kind, request)


async def _report(house: House, known: Played | None) -> Response:
    if known is None or not known.session.finished:
        return nothing()
    session = known.session

    def render() -> str:
        return to_html(session_report(session, card_of(session, house.runs, null=True)))

    return await _page(known, render, "html")


async def _debrief(house: House, known: Played, seat: str, kind: str, request: Request) -> Response:
    notes, reflections, session = notes_of(house, known), reflections_of(house, known), known.session

    def render() -> str | bytes:
        card = card_of(session, house.runs)
        return FORMATS[kind](make_debrief(session, card, seat or None, notes, reflections))

    shown = kind == "html" and not request.query_params.get("download")
    name = "" if shown else f"debrief-{known.folder.id}{f'-{seat}' if seat else ''}.{kind}"
    return await _page(known, render, kind, name)


async def _page(known: Played, render: Callable[[], str | bytes], kind: str, name: str = "") -> Response:
    """Return what is rendered, to be shown or, under a name, to be downloaded."""
    try:
        page = await asyncio.to_thread(render)
    except InputError as error:
        return PlainTextResponse(plain(known.session.game.words.error(error)), status_code=409)
    attached = {"Content-Disposition": f'attachment; filename="{name}"'} if name else {}
    return Response(page, media_type=MEDIA[kind], headers={"Content-Security-Policy": CLOSED, **attached})
