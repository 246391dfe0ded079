"""A page that comes back after its connection was lost."""

from __future__ import annotations

import asyncio

from nicegui import Client

__all__ = ["catch_up"]

_STEP = 0.02
_STEPS = range(10, 200)


async def catch_up(client: Client) -> None:
    """Send a page that comes back, after what it missed, how that stands now.

    NiceGUI sends again what was sent while the page was away. But what waits to be sent goes before it, so that an old
    state overwrites a new one (a line is gone from the page, a turn is not asked for), and what is being sent just
    then is lost. Nothing is sent when it connects for the first time.
    """
    outbox = client.outbox
    missed: set[int] = set()
    for step in range(_STEPS.stop):
        await asyncio.sleep(_STEP)
        # Again and again: the page may soon confirm what it heard, and what came before that is forgotten.
        for _, _, (_, kind, content) in outbox.message_history:
            if kind == "update":
                missed.update(content)
        if step in _STEPS and not outbox.messages:
            break
    for key in missed:
        element = client.elements.get(key)
        if element is not None:
            outbox.enqueue_update(element)
