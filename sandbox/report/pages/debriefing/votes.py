"""Turning points of a vote: a person who voted for what its card stands against, and a veto that nobody used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.content.acts import has
from sandbox.report.pages.debriefing.reader import Reader

__all__ = ["Crossing", "crossings", "unused_vetoes"]

# A decision, the seat that voted for it, and of a question what was voted for and what its card stands for; empty where
# that is what the card never accepts.
Crossing = tuple[str, str, str, str]


def crossings(reader: Reader) -> Iterator[Crossing]:
    """Yield each question on which a person voted for what the seat's card never accepts, or otherwise than it stands.

    A card stands for the options that its points propose, support, promise or concede. What a card holds is private,
    so only the facilitator and whoever holds the seat are told.
    """
    game = reader.game
    by_people = {(line["seat"], line["about"]) for line in reader.lines if line["vote"] and line["origin"] == "person"}
    for decision in reader.decisions:
        motion = reader.line_by_id.get(decision["motion"])
        terms: Mapping[str, str] = decision["terms"] or (motion["terms"] if motion else {})
        for seat, in_favour in decision["votes"].items():
            if not in_favour or (seat, decision["motion"]) not in by_people or reader.seat not in (None, seat):
                continue
            stands, never = _stands_for(reader, seat), game.never_accepts(seat)
            for key, option in terms.items():
                if never.get(key) == option:
                    yield decision["id"], seat, reader.text(game.offered[key][option]), ""
                elif stands.get(key) and option not in stands[key]:
                    offered = game.offered[key]
                    own = reader.label.join(reader.text(offered[each]) for each in sorted(stands[key]))
                    yield decision["id"], seat, reader.text(offered[option]), own


def unused_vetoes(reader: Reader) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each decision that was carried, with the seats that held a veto on it and did not use it."""
    game = reader.game
    holders = game.governance.rules.aggregation.veto
    for decision in reader.decisions:
        present = game.present(decision["stage"])
        able = tuple(seat for seat in present if game.positions.get(seat) in holders and seat in decision["votes"])
        if decision["carried"] and able:
            yield decision["id"], able


def _stands_for(reader: Reader, seat: str) -> dict[str, set[str]]:
    """Return the options that the points of a seat's card stand for, by question."""
    stands: dict[str, set[str]] = {}
    for point in reader.game.seats[seat].points:
        if not has(point.act, "commits"):
            continue
        for key, option in point.terms.items():
            if option in reader.game.offered.get(key, {}):
                stands.setdefault(key, set()).add(option)
    return stands
