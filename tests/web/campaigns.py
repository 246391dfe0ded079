"""A small campaign for the web app: two or three communities, two short rounds, few lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import yaml

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.session.choice import ModelChoice
from sandbox.session.context import FREE
from sandbox.session.runner import Models
from sandbox.web.campaign.campaign_course import CampaignCourse
from sandbox.web.campaign.campaigns import CampaignPlan, Campaigns
from sandbox.web.tables.house import House
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.store import WebStore
from tests.diffusion.campaign.support import data_of

__all__ = ["CARD", "PERSON", "campaign_content", "campaigns_of", "plan", "play_along", "until"]

CARD, PERSON = "two_gates", "community_secretary"


def campaign_content(folder: Path, *, third: bool = False) -> Path:
    """Write a content folder with the small campaign, whose secretary of East Gate is transferred after a year.

    Args:
        folder: the folder.
        third: whether there is a third community, played by the rules alone.
    """
    data = data_of()
    if third:
        south = {"id": "south_gate", "name": {"en": "South Gate", "zh": "南门社区"}, "played": "rules"}
        data["communities"].append({"scenario": "clean_up", "governance": "joint_production", **south})
    data["rounds"] = [{"stages": ["public_engagement"]}, {"stages": ["learning_tour", "public_engagement"]}]
    data["turns"] = 3
    path = folder / "prompts" / "networks" / f"{CARD}.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return folder


def plan(lang: Lang = "en", **people: tuple[str, ...]) -> CampaignPlan:
    """Return what a facilitator chose: who sits where."""
    return CampaignPlan(CARD, lang, 3, people or {"east_gate": (PERSON,)})


def campaigns_of(tmp_path: Path) -> Campaigns:
    """Return the campaigns of a house without a model; made again, they are those of the next start of the server."""
    content = tmp_path / "content"
    library = Library.load(content if content.exists() else campaign_content(content))
    store = WebStore(tmp_path / "runs" / "tables.sqlite")
    choice, models = ModelChoice("none", "none", "rules", ""), Models(None, (), FREE)
    return Campaigns(House(store, library, tmp_path / "runs", choice, models, ("", ""), 30))


async def until(what: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not what():
            await asyncio.sleep(0.01)


async def play_along(course: CampaignCourse) -> None:
    """Pass over the people's turns until the round is over."""
    round = course.state.round
    while len(course.state.rankings) < round and not course.stopped:
        for table in course.tables.values():
            room = course.house.rooms.get(table)
            if room is not None and room.asked:
                _pass(room)
            if room is not None and room.pulses.wanted:
                room.pulses.end()
        await asyncio.sleep(0.01)


def _pass(room: TableRoom) -> None:
    floor = room.fold.state["floor"]
    if floor is not None and floor["phase"] != "decision":
        room.book.give("skip", seat=room.asked, giver="player")
    else:
        room.book.give("seat", seat=room.asked, by="persona", giver="player")
