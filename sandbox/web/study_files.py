"""The routes of documents of campaigns, countries and experiments, all of them the facilitator's."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query, Response
from fastapi.responses import FileResponse, PlainTextResponse
from starlette.background import BackgroundTask

from sandbox.content.language import Lang
from sandbox.content.plain import plain
from sandbox.diffusion.campaign.run import open_campaign
from sandbox.errors import SandboxError
from sandbox.report.document.blocks import ReportDocument
from sandbox.report.pages.campaign import campaign_report
from sandbox.session.opening import open_session
from sandbox.web.documents import CLOSED, PLAYS, file_named, report_of, send, send_document
from sandbox.web.site import Course, Here, Site

of_studies = APIRouter()
"""The documents of studies, at the desk."""


@of_studies.get("/campaign/{name}/report.{form}")
async def _of_campaign(site: Here, course: Course, form: str) -> Response:
    library = site.house.library

    def made() -> ReportDocument:
        return campaign_report(open_campaign(course.folder, library), library)

    return await send_document(site.house.words(course.lang), form, made, file_named(course.id, form))


@of_studies.get("/show/campaign/report.html")
async def _of_recorded_campaign(site: Here, lang: Lang = "en") -> Response:
    library, folder = site.house.library, site.recordings.campaign(lang)
    return await send_document(
        site.house.words(lang), "html", lambda: campaign_report(open_campaign(folder, library), library)
    )


@of_studies.get("/campaign/{name}/{session}/report.html")
async def _of_its_session(site: Here, course: Course, session: str) -> Response:
    if session not in course.state.results:
        raise HTTPException(404)
    house, folder = site.house, course.folder.session(session)
    words = house.words(course.lang)
    return await send_document(
        words, "html", lambda: report_of(house, open_session(folder, house.library), course.lang)
    )


@of_studies.get("/country/view.html")
async def _view(site: Here, r: Annotated[list[str], Query()], lang: Lang = "en") -> Response:
    if len(r) > 2:
        raise HTTPException(404)
    return await _country(site, "view", r, lang, "html")


@of_studies.get("/country/{result}/report.{form}")
async def _of_country(site: Here, result: str, form: str, lang: Lang = "en") -> Response:
    return await _country(site, "report", [result], lang, form)


async def _country(site: Site, what: Literal["view", "report"], results: list[str], lang: Lang, form: str) -> Response:
    name = file_named(f"country_{results[0]}", form) if results else ""
    make = partial(site.countries.page, what, results, lang, form)
    return await send(site.house.words(lang), form, make, name, PLAYS)


@of_studies.get("/e/{name}/report.{form}")
async def _of_experiment(site: Here, name: str, form: str, lang: Lang = "en", download: bool = False) -> Response:
    shown = file_named(f"{name}_report", form, always=download)
    make = partial(site.experiments.page, name, lang, form)
    return await send(site.house.words(lang), form, make, shown, f"{CLOSED}; sandbox")


@of_studies.get("/e/{name}/tables.zip")
async def _tables(site: Here, name: str, lang: Lang = "en") -> Response:
    folder = TemporaryDirectory(prefix="sandbox-tables-")
    try:
        archive = await asyncio.to_thread(site.experiments.tables, name, lang, Path(folder.name))
    except BaseException as error:
        folder.cleanup()
        if isinstance(error, SandboxError):
            return PlainTextResponse(plain(site.house.words(lang).error(error)), status_code=409)
        raise
    return FileResponse(archive, filename=archive.name, background=BackgroundTask(folder.cleanup))
