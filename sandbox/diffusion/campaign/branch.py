"""Branches: a campaign that shares another campaign's course up to a round and continues on its own from there."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sandbox.content.campaign_card import Campaign
from sandbox.content.faults import field_of, finding, short
from sandbox.content.library import Library
from sandbox.content.words import refusal, said
from sandbox.content.yaml_source import YamlError, parse_yaml
from sandbox.diffusion.campaign.check import check_campaign
from sandbox.diffusion.campaign.events import Departure, Settings
from sandbox.diffusion.campaign.folder import CampaignFolder, CampaignLog
from sandbox.diffusion.campaign.run import opening
from sandbox.diffusion.campaign.state import shared
from sandbox.record.folder import writable

# Parts of a campaign that a change may name beside the rules of its communities.
_PARTS = ("transfers", "tours", "handover", "ranking")


def changed_card(card: Campaign, changes: Sequence[str], library: Library) -> Campaign:
    """Return a campaign with single rules changed.

    Each change is ``part.field=value`` for what happens between rounds (``transfers.rule=none``), ``rule.path=value``
    for the governance rules of all communities, or ``community:rule.path=value`` for those of one community.

    Raises:
        InputError: a change does not fit; the message says what is allowed.
    """
    data = card.model_dump(mode="json")
    for change in changes:
        path, equals, text = change.partition("=")
        community, colon, rule = path.strip().rpartition(":")
        if not equals or not rule or (colon and community not in card.by_id):
            raise refusal("campaign.refused.change", change=change, communities=list(card.by_id), parts=list(_PARTS))
        if rule.split(".")[0] in _PARTS and not colon:
            _put(data, rule.split("."), text.strip(), change)
        else:
            for each in data["communities"]:
                if community in ("", each["id"]):
                    each["changes"].append(f"{rule}={text.strip()}")
    try:
        changed = Campaign.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        unfit = said("network_fault.at", field=field_of(first), says=finding(first))
        raise refusal("campaign.refused.unfit", changes=list(changes), said=unfit) from error
    # A campaign that was begun before something was checked can go on as it is.
    before = {(field, says) for _, field, says in check_campaign(card, library)}
    for _, field, says in check_campaign(changed, library):
        if (field, says) not in before:
            unfit = said("network_fault.at", field=field, says=says)
            raise refusal("campaign.refused.unfit", changes=list(changes), said=unfit)
    return changed


def _put(data: dict[str, Any], parts: list[str], text: str, change: str) -> None:
    try:
        value, _ = parse_yaml(text)
    except YamlError as error:
        raise refusal("campaign.refused.unfit", changes=[change], said=short(error.problem)) from error
    node = data
    for part in parts[:-1]:
        node = node[part] if isinstance(node.get(part), dict) else {}
    if parts[-1] not in node or len(parts) != 2:
        allowed = [f"{parts[0]}.{field}" for field in data[parts[0]]]
        raise refusal("campaign.refused.field", change=change, allowed=allowed)
    node[parts[-1]] = value


def branch_campaign(
    folder: CampaignFolder, round: int, library: Library, changes: Sequence[str] = (), seed: int | None = None,
    to: Path | None = None, by: Settings | None = None,
) -> CampaignFolder:  # fmt: skip
    """Make a new campaign that shares another one's rounds before a given one; the old campaign stays as it is.

    The ranking after the last shared round is shared too. What comes between it and the next round, transfers and
    plans, is computed under the changed rules.

    Args:
        folder: the campaign to branch from; it may be running or finished.
        round: the first round of its own, from 1.
        library: the content.
        changes: the changed rules, as for `changed_card`.
        seed: another random seed; None keeps it.
        to: the folder of the new campaign, empty or not there; None for one beside the other.
        by: the settings that say what plays its own rounds, if that changes; their seed is ignored.

    Raises:
        InputError: there is no such round, or it was not reached, or a change does not fit.
        StorageError: the new campaign cannot be written.
    """
    card, events = check_round(folder, round), folder.read()
    first = events[0].payload
    changed = changed_card(card, changes, library)
    settings: Settings = by or first["settings"]
    departure: Departure = {"of": folder.id, "round": round, "changes": list(changes)}
    if round > 1 and settings["model"] != first["settings"]["model"]:
        departure["model"] = first["settings"]["model"]
    if seed is not None:
        settings = {**settings, "seed": seed}
        departure["seed"] = seed
    new = CampaignFolder.create(folder.path.parent, card.id) if to is None else CampaignFolder.at(to)
    partial = new.events.with_name("campaign.partial")  # a log that was cut short would lack rounds
    partial.unlink(missing_ok=True)
    with writable(new.path), closing(CampaignLog(partial)) as log:
        log.append("campaign", opening(new.id, changed, settings, departure))
        for event in shared(events, round)[1:]:
            if event.kind == "played":
                own = new.seated(event.payload["session"])
                own.write(own.events, folder.session(event.payload["session"]).events.read_bytes())
            log.append(event.kind, event.payload, event.round, event.community)
        log.close()
        partial.replace(new.events)
    return new


def check_round(folder: CampaignFolder, round: int) -> Campaign:
    """Return the card of a campaign that can be branched before a round.

    Raises:
        InputError: the campaign has not been played, there is no such round, or it was not reached.
    """
    events = folder.read()
    if not events:
        raise refusal("campaign.refused.empty", path=folder.events)
    card = Campaign.model_validate(events[0].payload["card"])
    reached = max((event.round for event in events if event.kind == "ranking"), default=0) + 1
    last = min(reached, len(card.rounds))
    if not 1 <= round <= last:
        raise refusal("campaign.refused.round", round=round, last=last, campaign=folder.id)
    return card
