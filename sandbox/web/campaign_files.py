"""The routes from which the reports of campaigns and of their sessions are read and downloaded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fastapi import Response
from fastapi.responses import PlainTextResponse
from nicegui import app

from sandbox.content.plain import plain
from sandbox.diffusion.campaign.run import open_campaign
from sandbox.errors import SandboxError
from sandbox.report.document.formats import FORMATS, to_html
from sandbox.report.pages.campaign import campaign_report
from sandbox.report.pages.session import session_report
from sandbox.report.results import card_of
from sandbox.session.opening import open_session
from sandbox.web.campaigns import Campaigns
from sandbox.web.debriefs import CLOSED, MEDIA, nothing

__all__ = ["add_campaign_routes", "report_path"]


def report_path(home: str, campaign: str, form: str) -> str:
    """Return the path of a campaign's report, below the facilitator's address."""
    return f"{home}/campaign/{campaign}/report.{form}"


def add_campaign_routes(campaigns: Campaigns) -> None:
    """Add the routes; whoever has not the facilitator's secret finds nothing there."""
    house = campaigns.house

    @app.get("/f/{secret}/campaign/{campaign}/report.{form}", include_in_schema=False)
    async def report(secret: str, campaign: str, form: str) -> Response:
        course = campaigns.courses.get(campaign) if house.is_secret(secret) else None
        if course is None or form not in MEDIA:
            return nothing()
        folder = course.folder
        name = "" if form == "html" else f"{campaign}.{form}"
        return await _page(
            lambda: FORMATS[form](campaign_report(open_campaign(folder, house.library), house.library)), form, name
        )

    @app.get("/f/{secret}/campaign/{campaign}/{session}/report.html", include_in_schema=False)
    async def of_session(secret: str, campaign: str, session: str) -> Response:
        course = campaigns.courses.get(campaign) if house.is_secret(secret) else None
        if course is None or session not in course.state.results:
            return nothing()
        folder = course.folder.session(session)

        def render() -> str:
            opened = open_session(folder, house.library)
            return to_html(session_report(opened, card_of(opened, house.runs)))

        return await _page(render, "html")

    async def _page(render: Callable[[], str | bytes], form: str, name: str = "") -> Response:
        try:
            page = await asyncio.to_thread(render)
        except SandboxError as error:
            return PlainTextResponse(plain(str(error)), status_code=409)
        attached = {"Content-Disposition": f'attachment; filename="{name}"'} if name else {}
        return Response(page, media_type=MEDIA[form], headers={"Content-Security-Policy": CLOSED, **attached})
