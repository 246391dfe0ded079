"""The routes from which reports and tables of experiments are read and downloaded."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import FileResponse, PlainTextResponse
from nicegui import app
from starlette.background import BackgroundTask

from sandbox.content.cards import Lang
from sandbox.content.plain import plain
from sandbox.errors import InputError
from sandbox.web.debriefs import CLOSED, MEDIA
from sandbox.web.experiments import Experiments
from sandbox.web.house import House

__all__ = ["add_experiment_routes"]

# Nothing in a report may run, be sent or be loaded, in whatever window it is opened.
_SHUT = f"{CLOSED}; sandbox"


def add_experiment_routes(house: House, experiments: Experiments) -> None:
    """Add the routes; whoever has not the facilitator's secret finds nothing there."""

    @app.get("/f/{secret}/e/{name}/report.{form}", include_in_schema=False)
    async def report(secret: str, name: str, form: str, lang: Lang = "en", download: bool = False) -> Response:
        if not house.is_secret(secret) or form not in MEDIA:
            return PlainTextResponse("404", status_code=404)
        try:
            page = await experiments.page(name, lang, form)
        except InputError as error:
            return PlainTextResponse(plain(house.words(lang).error(error)), status_code=409)
        headers = {"Content-Security-Policy": _SHUT}
        if download or form != "html":
            headers["Content-Disposition"] = f"attachment; filename*=utf-8''{quote(name)}_report.{form}"
        return Response(page, media_type=MEDIA[form], headers=headers)

    @app.get("/f/{secret}/e/{name}/tables.zip", include_in_schema=False)
    async def tables(secret: str, name: str, lang: Lang = "en") -> Response:
        if not house.is_secret(secret):
            return PlainTextResponse("404", status_code=404)
        folder = TemporaryDirectory(prefix="sandbox-tables-")
        try:
            archive = await asyncio.to_thread(experiments.tables, name, lang, Path(folder.name))
        except BaseException as error:
            folder.cleanup()
            if isinstance(error, InputError):
                return PlainTextResponse(plain(house.words(lang).error(error)), status_code=409)
            raise
        return FileResponse(archive, filename=archive.name, background=BackgroundTask(folder.cleanup))
