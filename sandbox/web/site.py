"""The site of a facilitator, which its pages share, and the paths of pages for the facilitator alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from nicegui import APIRouter

from sandbox.web.campaign.campaign_course import CampaignCourse
from sandbox.web.campaign.campaigns import Campaigns
from sandbox.web.cards.own_cards import OwnCards
from sandbox.web.country.countries import CountryOrders
from sandbox.web.experiments import Experiments
from sandbox.web.frame import prefix_of
from sandbox.web.links import is_key, normal_code
from sandbox.web.recordings import Recordings
from sandbox.web.tables.house import House
from sandbox.web.throttle import Deed, Throttle
from sandbox.web.whatif.whatifs import WhatIfs

_LINKS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "f": ("secret",), "s": ("token",), "v": ("token",), "codes": ("key",), "results": ("key",), "wall": ("name", "key"),
    "show": ("name", "key"), "join": ("code",),
})  # fmt: skip


class Site:
    """A house with the other things that its pages need; a server has one for each of its facilitators.

    Args:
        pace: the limits of visitors, for all sites of the server.

    Attributes:
        checks: held while a text is checked, which takes much of the process that all share.
    """

    def __init__(self, house: House, pace: Throttle) -> None:
        library, runs = house.library, house.runs
        self.house, self.pace, self.campaigns = house, pace, Campaigns(house)
        self.experiments = Experiments(library, runs, house.models.account.budget)
        self.recordings, self.countries = Recordings(library, runs), CountryOrders(library, runs)
        self.own = OwnCards(house, self.experiments, self.recordings)
        self.whatifs = WhatIfs(house, self.recordings)
        self.checks = asyncio.Lock()

    def has(self, page: str, named: Mapping[str, str]) -> bool:
        """Return whether the address of a page belongs to this site, by the secret in it."""
        store = self.house.store
        if "secret" in named:
            return self.house.is_secret(named["secret"])
        if "token" in named:
            return store.place_of(named["token"]) is not None
        if "code" in named:
            return store.table_by_code(named["code"]) is not None
        return "key" in named and is_key(store.secret, page, named.get("name", ""), named["key"])


def holder(sites: Sequence[Site], path: str) -> tuple[Deed, str]:
    """Return how visits to a path are counted, and the token or code in it; empty if it is nobody's link."""
    page, *rest = path.strip("/").split("/")
    names = _LINKS.get(page, ())
    named = dict(zip(names, rest, strict=False))
    if not names or len(named) < len(names) or not any(site.has(page, named) for site in sites):
        return "visit", ""
    own: Deed = "desk page" if page == "f" else "page" if page == "s" and len(rest) == 1 else "view"
    return own, normal_code(named["code"]) if page == "join" else named[names[-1]]


async def _site(request: Request) -> Site:
    """Return the site of an address; for nobody's address the first one, which has no page there."""
    sites: Sequence[Site] = request.app.state.sites
    page, _, _ = request.scope["route"].path.lstrip("/").partition("/")
    return next((site for site in sites if site.has(page, request.path_params)), sites[0])


Here = Annotated[Site, Depends(_site)]
"""The site of a request, as a parameter of routes."""


async def _base(site: Here, request: Request) -> str:
    return site.house.reach.base(str(request.base_url).rstrip("/") + prefix_of(request))


async def _facilitates(site: Here, secret: str) -> None:
    if not site.house.is_secret(secret):
        raise HTTPException(404)
    await asyncio.to_thread(site.house.read_again)


async def _course(site: Here, name: str) -> CampaignCourse:
    if name not in site.campaigns.courses:
        raise HTTPException(404)
    return site.campaigns.courses[name]


Base = Annotated[str, Depends(_base)]
"""The base address to hand out for the visited page."""

Course = Annotated[CampaignCourse, Depends(_course)]
"""The campaign in an address."""

desk = APIRouter(prefix="/f/{secret}", dependencies=[Depends(_facilitates)], include_in_schema=False)
"""The routes of the facilitator."""
