"""The log of a campaign, over those of its sessions: appended and never changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sandbox.content.words import refusal
from sandbox.diffusion.campaign.events import CampaignEvent, CampaignKind, parse_campaign
from sandbox.record.appended import AppendedFile

_SYNCED: frozenset[CampaignKind] = frozenset({"campaign", "ranking", "close"})


class CampaignLog:
    """Keeps a campaign's events in a file; one whose kind and id are already there is not kept again.

    Args:
        path: the file; it is made when it does not exist. A torn last line is dropped with a notice.

    Raises:
        StorageError: the file cannot be opened.
        InputError: the file is damaged, or of a version that is not read.
    """

    def __init__(self, path: Path) -> None:
        events, end = parse_campaign(AppendedFile.read(path), path)
        self._events = {(event.kind, str(event.payload["id"])): event for event in events}
        self._watchers: list[Callable[[CampaignEvent], None]] = []
        self._file = AppendedFile(path, end)

    def append(self, kind: CampaignKind, payload: Any, round: int = 0, community: str = "") -> CampaignEvent:
        """Keep an event, unless one of its kind and id is there; return the one that is kept.

        Raises:
            StorageError: it could not be written whole; what was written before stays.
        """
        key = kind, str(payload["id"])
        if key in self._events:
            return self._events[key]
        event = CampaignEvent(len(self._events) + 1, time.time(), kind, round, community, payload)
        self._file.append(event.as_dict(), sync=kind in _SYNCED)
        self._events[key] = event
        for watcher in self._watchers:
            watcher(event)
        return event

    def watch(self, watcher: Callable[[CampaignEvent], None]) -> None:
        """Call a function with every new event."""
        self._watchers.append(watcher)

    def __iter__(self) -> Iterator[CampaignEvent]:
        """Go through all events in their order."""
        return iter(list(self._events.values()))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_campaign(path: Path) -> list[CampaignEvent]:
    """Read the log of a campaign.

    Raises:
        InputError: it does not exist, is damaged, or is of a version that is not read.
        StorageError: it cannot be read.
    """
    if not path.is_file():
        raise refusal("storage.gone", path=path)
    return parse_campaign(AppendedFile.read(path), path)[0]
