"""The routes from which debriefs and the report are read and downloaded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse
from nicegui import app

from sandbox.content.plain import plain
from sandbox.errors import InputError
from sandbox.report.document.formats import FORMATS, to_html
from sandbox.report.pages.debrief import Note, Reflection, make_debrief
from sandbox.report.pages.session import session_report
from sandbox.report.results import card_of
from sandbox.web.house import House
from sandbox.web.room import Room

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
        return await _debrief(house, place.table, place.seat, kind, request)

    @app.get("/f/{secret}/t/{table}/report.html", include_in_schema=False)
    async def report(secret: str, table: str) -> Response:
        room = house.rooms.get(table) if house.is_secret(secret) else None
        if room is None or not room.fold.finished:
            return nothing()
        session = room.session()

        def render() -> str:
            return to_html(session_report(session, card_of(session, house.runs, null=True)))

        return await _page(room, render, "html")

    @app.get("/f/{secret}/t/{table}/{name}.{kind}", include_in_schema=False)
    async def of_table(secret: str, table: str, name: str, kind: str, request: Request) -> Response:
        room = house.rooms.get(table) if house.is_secret(secret) else None
        head, _, seat = name.partition("-")
        if room is None or head != "debrief" or kind not in MEDIA or (seat and seat not in room.game.positions):
            return nothing()
        return await _debrief(house, table, seat, kind, request)


def nothing() -> Response:
    """Return the answer to whoever asks for what is not there, or not theirs."""
    return PlainTextResponse("404", status_code=404)


async def _debrief(house: House, table: str, seat: str, kind: str, request: Request) -> Response:
    room = house.rooms[table]
    notes = [Note(note.line, note.text) for note in house.store.notes(table)]
    reflections = [Reflection(row.seat, row.name, row.answers) for row in house.store.reflections(table)]
    session = room.session()

    def render() -> str | bytes:
        card = card_of(session, house.runs)
        return FORMATS[kind](make_debrief(session, card, seat or None, notes, reflections))

    shown = kind == "html" and not request.query_params.get("download")
    name = "" if shown else f"debrief-{room.folder.id}{f'-{seat}' if seat else ''}.{kind}"
    return await _page(room, render, kind, name)


async def _page(room: Room, render: Callable[[], str | bytes], kind: str, name: str = "") -> Response:
    """Return what is rendered, to be shown or, under a name, to be downloaded."""
    try:
        page = await asyncio.to_thread(render)
    except InputError as error:
        return PlainTextResponse(plain(room.game.words.error(error)), status_code=409)
    attached = {"Content-Disposition": f'attachment; filename="{name}"'} if name else {}
    return Response(page, media_type=MEDIA[kind], headers={"Content-Security-Policy": CLOSED, **attached})
