"""The routes from which countries are watched, and their reports read and downloaded."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Response
from fastapi.responses import FileResponse, PlainTextResponse
from nicegui import app

from sandbox.content.cards import Lang
from sandbox.content.plain import plain
from sandbox.errors import InputError
from sandbox.report.document.html import SCRIPT_HASH
from sandbox.web.countries import Countries
from sandbox.web.debriefs import CLOSED, MEDIA
from sandbox.web.house import House

__all__ = ["add_country_routes"]

# The one script that plays the map may run, by its hash, in an origin of its own; nothing else runs, is sent or loaded.
_PLAYS = f"{CLOSED}; script-src '{SCRIPT_HASH}'; sandbox allow-scripts"


def add_country_routes(house: House, countries: Countries) -> None:
    """Add the routes; whoever has not the facilitator's secret finds nothing there."""

    @app.get("/f/{secret}/country/view.html", include_in_schema=False)
    async def view(secret: str, r: Annotated[list[str], Query()], lang: Lang = "en") -> Response:
        if not house.is_secret(secret) or len(r) > 2:
            return PlainTextResponse("404", status_code=404)
        return await _page("view", r, lang, "html")

    @app.get("/f/{secret}/country/{result}/report.{form}", include_in_schema=False)
    async def report(secret: str, result: str, form: str, lang: Lang = "en") -> Response:
        if not house.is_secret(secret) or form not in MEDIA:
            return PlainTextResponse("404", status_code=404)
        return await _page("report", [result], lang, form)

    async def _page(what: Literal["view", "report"], results: list[str], lang: Lang, form: str) -> Response:
        try:
            path = await countries.page(what, results, lang, form)
        except InputError as error:
            return PlainTextResponse(plain(house.words(lang).error(error)), status_code=409)
        named = None if form == "html" else f"country_{results[0]}.{form}"
        return FileResponse(path, media_type=MEDIA[form], headers={"Content-Security-Policy": _PLAYS}, filename=named)
