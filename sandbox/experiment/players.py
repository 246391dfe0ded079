"""What plays in an experiment, in words: the rules alone, the cards alone, or models, each in its style."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.content.words import Words
from sandbox.game.spec import CARDS

__all__ = ["Player", "said_player", "said_players"]

Player = tuple[str, str]
"""Name of a model, and how it takes turns."""


def said_player(player: Player, words: Words) -> str:
    """Return what plays: the rules alone, the cards alone, or a model and its style as designs name it."""
    model, style = player
    if style == "rules":
        return words("models.none")
    return words("models.cards") if model == CARDS else words.join((model or words("unnamed"), style))


def said_players(players: Iterable[Player], words: Words) -> str:
    """Return all that play, each once."""
    return words("semi").join(dict.fromkeys(said_player(player, words) for player in players))
