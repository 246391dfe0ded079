"""The route from which a facilitator reads and downloads the trainer's pack of a case."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse
from nicegui import app

from sandbox.content.cards import Lang
from sandbox.content.plain import plain
from sandbox.errors import InputError
from sandbox.report.document.formats import FORMATS
from sandbox.report.pages.pack import NOBODY, make_pack
from sandbox.web.debriefs import CLOSED, MEDIA, nothing
from sandbox.web.house import House

__all__ = ["add_pack_routes", "pack_link"]


def pack_link(
    secret: str, case: str, governance: str, lang: Lang, form: str, part: str = "", cast: Mapping[str, str] = NOBODY
) -> str:
    """Return where the pack of a case lies, or one part of it, for whoever knows the facilitator's secret."""
    asked = [("lang", lang), ("governance", governance), *([("part", part)] if part else [])]
    asked += [("cast", f"{seat}={persona}") for seat, persona in cast.items()]
    return f"/f/{secret}/pack/{case}.{form}?{urlencode(asked)}"


def add_pack_routes(house: House) -> None:
    """Add the route."""

    @app.get("/f/{secret}/pack/{case}.{form}", include_in_schema=False)
    async def pack(secret: str, case: str, form: str, request: Request) -> Response:
        asked = request.query_params
        lang: Lang = "zh" if asked.get("lang") == "zh" else "en"
        part = asked.get("part", "")
        if not house.is_secret(secret) or form not in MEDIA or case not in house.library.cards["pack"]:
            return nothing()

        def render() -> str | bytes:
            taken = {seat: persona for seat, _, persona in (one.partition("=") for one in asked.getlist("cast"))}
            return FORMATS[form](make_pack(house.library, case, lang, asked.get("governance", ""), part, taken))

        try:
            page = await asyncio.to_thread(render)
        except InputError as error:
            return PlainTextResponse(plain(house.words(lang).error(error)), status_code=409)
        name = f"{case}_{part or 'pack'}_{lang}.{form}"
        attached = {} if form == "html" else {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(page, media_type=MEDIA[form], headers={"Content-Security-Policy": CLOSED, **attached})
