"""Small campaigns, played by the rules alone or by a scripted model."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sandbox.content.campaign_card import Campaign
from sandbox.content.skeletons import skeleton
from sandbox.diffusion.campaign.events import Settings
from sandbox.diffusion.campaign.folder import CampaignFolder, CampaignLog
from sandbox.diffusion.campaign.run import Play, Table, by_models, opening, run_campaign
from sandbox.diffusion.campaign.state import CampaignState
from sandbox.record.events import Event
from sandbox.session.context import FREE
from sandbox.session.runner import Models
from tests.content import folders

LIBRARY = folders.LIBRARY
BY_RULES: Settings = {"lang": "en", "seed": 3, "style": "rules", "model": "none", "turns": 2}
Change = Callable[[dict[str, Any]], object]


def data_of(change: Change | None = None) -> dict[str, Any]:
    """Return the skeleton of a campaign as plain data, with something changed."""
    data = deepcopy(_skeleton())
    if change:
        change(data)
    return data


@cache
def _skeleton() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(skeleton("campaign", "two_gates"))
    return data


def card_of(change: Change | None = None) -> Campaign:
    """Return a small campaign of two communities and two short rounds."""

    def short(data: dict[str, Any]) -> None:
        data["rounds"] = [{"stages": ["public_engagement"]}, {"stages": ["learning_tour", "public_engagement"]}]
        if change:
            change(data)

    return Campaign.model_validate(data_of(short))


def begun(path: Path, card: Campaign, settings: Settings = BY_RULES) -> CampaignFolder:
    """Return the folder of a campaign of which nothing but the card is on record."""
    folder = CampaignFolder(path)
    path.mkdir(parents=True)
    with folder.log() as log:
        log.append("campaign", opening("c", card, settings))
    return folder


def rules(on_event: Callable[[Table, Event], None] | None = None) -> Play:
    """Return how the rules alone play."""
    return by_models(Models(None, (), FREE), on_event)


async def gone_on(
    folder: CampaignFolder, play: Play | None = None, watch: Callable[[CampaignLog], object] | None = None
) -> CampaignState:
    """Play a campaign from where its log was left."""
    with folder.log() as log:
        if watch:
            watch(log)
        return await run_campaign(folder, log, LIBRARY, play or rules())


def logs_of(folder: CampaignFolder) -> dict[str, list[dict[str, Any]]]:
    """Return all logs of a campaign, without the times at which events were written."""
    paths = [folder.events, *sorted(folder.path.glob("*/events.jsonl"))]
    return {
        str(path.relative_to(folder.path)): [
            {name: value for name, value in json.loads(line).items() if name != "at"}
            for line in path.read_text(encoding="utf-8").splitlines()
        ]
        for path in paths
    }
