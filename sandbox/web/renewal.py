"""A facilitator's new link: the old one, and what was made from it, opens nothing from then on."""

from __future__ import annotations

import asyncio

from nicegui import Client, ui

from sandbox.web.house import House
from sandbox.web.links import is_key

_SECONDS = 1.0


def renew(house: House) -> None:
    """Give the facilitator a new link, to which the page goes that asks for it.

    All other pages that the old one had opened are told to load themselves anew, and are gone a second later: those of
    the desk, of join codes, results, walls and shows. Seats and join codes stay.
    """
    own, secret = ui.context.client, house.store.secret
    old = [client for client in Client.instances.values() if _is_of(secret, client.request.scope["path"])]
    house.store.renew()
    for client in old:
        if client is not own:
            client.run_javascript("history.go(0)")
            asyncio.get_running_loop().call_later(_SECONDS, _forget, client)


def _is_of(secret: str, path: str) -> bool:
    match path.strip("/").split("/"):
        case ["f", token, *_]:
            return token == secret
        case [("codes" | "results") as page, key]:
            return is_key(secret, page, "", key)
        case [("wall" | "show") as page, name, key]:
            return is_key(secret, page, name, key)
    return False


def _forget(client: Client) -> None:
    if client.id in Client.instances:
        client.delete()
