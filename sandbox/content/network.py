"""Base of the cards in ``prompts/networks``: places between which a reform spreads."""

from __future__ import annotations

from sandbox.content.cards import Card, Id, Source, Text


class Network(Card):
    """Places between which a reform spreads; a card's fields tell which shape it has.

    Args:
        name: its name.
        summary: what it shows, in a sentence.
        source: sections of the source paper, and what is inferred.
    """

    id: Id
    name: Text
    summary: Text
    source: Source = Source()
