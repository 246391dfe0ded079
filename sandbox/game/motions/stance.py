"""Where a seat stands, so that where only cards speak nobody contradicts itself without saying so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.content.acts import TRAITS, has
from sandbox.content.seat_card import Point
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, differ, proposals_of
from sandbox.game.state import State
from sandbox.record.line import Line


@dataclass(frozen=True)
class Stance:
    """Where a seat stands.

    Args:
        wants: by question, the option that it last moved, backed, promised, went along with, or voted for when that was
            not rejected.
        against: the lines of the motions that it last opposed or voted against.
        answered: the motions made with points of the cards, by point.
    """

    wants: dict[str, str] = field(default_factory=dict)
    against: set[str] = field(default_factory=set)
    answered: dict[str, Item] = field(default_factory=dict)


def stance(game: Game, state: State, seat: str) -> Stance:
    """Return where a seat stands by its own lines, where only cards speak; elsewhere an empty stance.

    A seat that backs a motion, or adds a condition to it, stands for its options, unless it names its own. To vote for
    a motion that fell binds to nothing: otherwise whoever only went along with it would vote down all others.
    """
    held = Stance()
    if not game.spec.by_cards:
        return held
    motions = proposals_of(state["ledger"])
    fell = {taken["motion"] for taken in state["decisions"] if not taken["carried"]}
    for line in state["lines"]:
        if line["id"] in motions and line["point"]:
            held.answered[line["point"]] = motions[line["id"]]
        if line["seat"] == seat and not (line["vote"] and line["about"] in fell and has(line["act"], "supports")):
            _take(held, motions, line)
    return held


def _take(held: Stance, motions: Mapping[str, Item], line: Line) -> None:
    """Update where a seat stands by a line of its own."""
    does, put = TRAITS[line["act"]], motions.get(line["about"])
    if "supports" in does and put is not None:
        held.wants.update({} if line["terms"] else put.terms)
        held.against.discard(put.line)
    elif "opposes" in does and put is not None:
        held.against.add(put.line)
    if "commits" in does or "counters" in does:
        own = motions.get(line["id"])
        terms = line["terms"] if own is None else own.terms
        if "opposes" in does and put is not None:  # what it takes over from what it opposes it need not want
            terms = {key: held.wants.get(key, had) if put.terms.get(key) == had else had for key, had in terms.items()}
        held.wants.update(terms)
    elif "asks" not in does:  # in free play a line that tells something may say with which option it goes
        held.wants.update(line["terms"])


def contradicts(held: Stance, point: Point) -> bool:
    """Return whether a point contradicts where its seat stands, without giving anything up by its act.

    It does if it names other options, opposes a motion that has the seat's own options, or supports one that it
    opposed.
    """
    does = TRAITS[point.act]
    if "yields" in does or not (point.terms or "supports" in does or "opposes" in does):
        return False
    if point.terms and differ(held.wants, point.terms):
        return True
    put = next((held.answered[name] for name in point.replies_to if name in held.answered), None)
    if put is None or not put.terms:
        return False
    if "supports" in does:
        return put.line in held.against
    return "opposes" in does and put.line not in held.against and put.terms.items() <= held.wants.items()
