"""What a seat has stood for last, so that where cards alone speak nobody contradicts itself without saying so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.content.acts import TRAITS
from sandbox.content.seat_card import Point
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, differ, proposals_of
from sandbox.game.state import State
from sandbox.record.line import Line


@dataclass(frozen=True)
class Stance:
    """Where a seat stands.

    Args:
        wants: of each question the option that it last moved, backed, promised, voted for, or said that it goes with.
        against: the motions, by line, that it last opposed or voted against.
        answered: the motions that were made with points of the cards, by point.
    """

    wants: dict[str, str] = field(default_factory=dict)
    against: set[str] = field(default_factory=set)
    answered: dict[str, Item] = field(default_factory=dict)


def stance(game: Game, state: State, seat: str) -> Stance:
    """Return where a seat stands by its own lines; where only cards speak, else it is free to say what it likes.

    Whoever backs a motion, or puts a condition to it, stands for its options, where it names none of its own.
    """
    held = Stance()
    if not game.spec.by_cards:
        return held
    motions = proposals_of(state["ledger"])
    for line in state["lines"]:
        if line["id"] in motions and line["point"]:
            held.answered[line["point"]] = motions[line["id"]]
        if line["seat"] == seat:
            _take(held, motions, line)
    return held


def _take(held: Stance, motions: Mapping[str, Item], line: Line) -> None:
    """Let a line of its own change where a seat stands."""
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
    """Return whether a point speaks against where its seat stands, without giving anything up by its act.

    It names other options, opposes a motion with just the seat's own, or supports one that the seat opposed.
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
