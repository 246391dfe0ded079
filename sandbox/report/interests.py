"""Who has an interest of its own in a motion: the provider that is to do, or to earn by, what it settles."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sandbox.game.conditions import named
from sandbox.game.game import Game

_PUBLIC = {"government", "residents"}


def interested(game: Game, terms: Mapping[str, str]) -> list[str]:
    """Return the seats of providers that options name first: as who does the work, or pays from its own trade."""
    providers = [seat for seat in game.positions if game.personas[seat].kind == "provider"]
    known = game.scenario.decision_by_id
    seats: list[str] = []
    for key, option in terms.items():
        card = known[key].options.get(option) if key in known else None
        pays = card is not None and not _PUBLIC.issuperset(card.paid_by)
        if card is not None and (pays or known[key].topic == "provider"):
            seats += named(game, re.split("[,，;；]", card.get(game.spec.lang))[0], providers)[:1]
    return list(dict.fromkeys(seats))
