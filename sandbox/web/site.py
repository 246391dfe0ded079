"""What the pages of a server share, and the way to those that are for the facilitator alone."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, HTTPException, Request
from nicegui import APIRouter

from sandbox.web.campaign_course import CampaignCourse
from sandbox.web.campaigns import Campaigns
from sandbox.web.countries import CountryOrders
from sandbox.web.experiments import Experiments
from sandbox.web.frame import prefix_of
from sandbox.web.house import House
from sandbox.web.own_cards import OwnCards
from sandbox.web.recordings import Recordings
from sandbox.web.throttle import Throttle
from sandbox.web.whatifs import WhatIfs


class Site:
    """A house with all that its pages are drawn from beside it."""

    def __init__(self, house: House) -> None:
        library, runs = house.library, house.runs
        self.house, self.pace, self.campaigns = house, Throttle(), Campaigns(house)
        self.experiments = Experiments(library, runs, house.models.account.budget)
        self.recordings, self.countries = Recordings(library, runs), CountryOrders(library, runs)
        self.own = OwnCards(house, (self.experiments, self.recordings))
        self.whatifs = WhatIfs(house, self.recordings)


async def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


Here = Annotated[Site, Depends(_site)]
"""The site that is served, for whatever answers a request."""


async def _base(site: Here, request: Request) -> str:
    return site.house.reach.base(str(request.base_url).rstrip("/") + prefix_of(request))


async def _facilitates(site: Here, secret: str) -> None:
    if not site.house.is_secret(secret):
        raise HTTPException(404)


async def _course(site: Here, name: str) -> CampaignCourse:
    if name not in site.campaigns.courses:
        raise HTTPException(404)
    return site.campaigns.courses[name]


Base = Annotated[str, Depends(_base)]
"""The address under which others can open what somebody opened, as it is handed out."""

Course = Annotated[CampaignCourse, Depends(_course)]
"""The campaign that an address names."""

desk = APIRouter(prefix="/f/{secret}", dependencies=[Depends(_facilitates)], include_in_schema=False)
"""The addresses of the facilitator."""
