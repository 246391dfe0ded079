"""Turning points of what a seat's own card holds: votes against it, and what was decided without the seat's word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.content.acts import has
from sandbox.game.motions.ungranted import Unheld
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.report.pages.debrief.turning_point import Statement, TurningPoint
from sandbox.scoring.holders import unheld


def crossed(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each question on which a person voted for what the seat's card never accepts or does not stand for.

    A card stands for the options that its points propose, support, promise or concede. What a card holds is private, so
    only the facilitator and the seat itself are told.
    """
    game, label = reader.game, reader.label
    by_people = {(line["seat"], line["about"]) for line in reader.lines if line["vote"] and line["origin"] == "person"}
    for decision in reader.decisions:
        terms: Mapping[str, str] = decision["terms"] or decision["unbound"]
        for seat, in_favour in decision["votes"].items():
            if not in_favour or (seat, decision["motion"]) not in by_people or reader.seat not in (None, seat):
                continue
            stands, never = _stands_for(reader, seat), game.never_accepts(seat)
            for key, option in terms.items():
                who = {"name": reader.name(seat), "option": reader.text(game.offered[key][option])}
                if never.get(key) == option:
                    limit = reader.text(game.personas[seat].non_negotiable)
                    text = label("why.crossed.limit", **who, limit=limit)
                elif stands.get(key) and option not in stands[key]:
                    stood = label.join(reader.text(game.offered[key][each]) for each in sorted(stands[key]))
                    text = label("why.crossed", **who, stood=stood)
                else:
                    continue
                tries: Statement = ("try", "card", seat, decision["id"])
                yield TurningPoint("crossed", text, (decision["id"],), frozenset({seat}), (tries,))


def without_nod(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield, for the seat that reads, what was decided that it may commit to and did not accept.

    Everybody else reads that of the decision itself.
    """
    seat, label = reader.seat, reader.label
    if seat is None:
        return
    own = [line for line in reader.lines if line["seat"] == seat and not line["vote"]]
    took_sides = any(has(line["act"], "opposes") or has(line["act"], "commits") for line in own)
    for decision in reader.session.carried:
        for each in unheld(reader.session, decision):
            if way := _without(each, seat):
                card = reader.game.scenario.decision_by_id[each.question]
                option = reader.text(card.options[decision["terms"][each.question]])
                text = label("why.without_nod", question=reader.text(card.question), option=option)
                silent = way != "against" and not took_sides
                tries: tuple[Statement, ...] = (("try", "nod", seat, decision["id"]),) if silent else ()
                text += label(f"why.without_nod.{way}")
                yield TurningPoint("without_nod", text, (decision["id"],), frozenset({seat}), tries)


def _without(each: Unheld, seat: str) -> str:
    """Return how a seat did not accept what it may commit to; empty if it is none of those."""
    ways = {"against": each.against, "abstained": each.abstained, "unasked": each.unasked}
    return next((way for way, seats in ways.items() if seat in seats), "")


def _stands_for(reader: DebriefReader, seat: str) -> dict[str, set[str]]:
    stands: dict[str, set[str]] = {}
    for point in reader.game.seats[seat].points:
        for key, option in point.terms.items() if has(point.act, "commits") else ():
            if option in reader.game.offered.get(key, {}):
                stands.setdefault(key, set()).add(option)
    return stands
