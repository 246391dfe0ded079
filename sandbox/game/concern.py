"""For whom something was that falls due in a review (LA; inferred)."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.acts import has
from sandbox.game.conditions import doers, named
from sandbox.game.entries import Item, Ledger
from sandbox.game.game import Game
from sandbox.game.hanging import brought
from sandbox.record.line import Line


def concerned_by(game: Game, items: Ledger, item: Item, lines: Sequence[Line]) -> frozenset[str]:
    """Return the seats for which an entry that falls due was, whoever answers for it aside.

    A promise was for whom it was made to or names; a condition for who asked for it first, and whom its words name, but
    for those at its head, who are to fulfil it; an option for the residents who wanted it.

    Args:
        game: the game.
        items: the ledger.
        item: the entry, with its account.
        lines: the lines spoken so far.
    """
    if item.kind == "promise":
        made_to = {line["to"] for line in lines if line["id"] == item.line}
        seats = made_to.intersection(item.visible_to).union(named(game, item.says, item.visible_to, offices=False))
    elif item.terms:
        seats = set(wanting(game, items, item, lines).intersection(game.residents))
    else:
        first = {line for line, _ in brought(items, item.says)}
        asked = {each.owner for each in items if each.line in first}
        asked |= {each.by for each in game.spec.start.standing if each.says == item.says}
        asked = asked.intersection(item.visible_to)
        seats = asked.union(named(game, item.says, item.visible_to)).difference(doers(game, item.says, item.visible_to))
    return frozenset(seats) - {item.account.owner if item.account else item.owner}


def wanting(game: Game, items: Ledger, item: Item, lines: Sequence[Line]) -> frozenset[str]:
    """Return the seats that wanted an option of an entry: they spoke for it, or have it on their card."""
    terms = item.terms.items()
    wants = {line["seat"] for line in lines if has(line["act"], "wants") and terms & line["terms"].items()}
    for other in items:
        if other.kind == "proposal" and terms & other.terms.items():
            wants |= other.supporters
    wants |= {seat for seat, card in game.seats.items() if any(terms & point.terms.items() for point in card.points)}
    return frozenset(wants)
