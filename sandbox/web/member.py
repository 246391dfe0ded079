"""A table that belongs to a campaign."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.game.spec import Player

if TYPE_CHECKING:
    from sandbox.web.course import Course

__all__ = ["Member"]


@dataclass
class Member:
    """A table of a campaign, as the house knows it.

    Args:
        course: the campaign, which says what the table plays and when.
        community: the community that the table plays.
        by: what plays the seats in which nobody sits.
        ended: is set when a session has come to its end.
    """

    course: Course
    community: str
    by: Player
    ended: asyncio.Event = field(default_factory=asyncio.Event)
