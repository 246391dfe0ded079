"""Turning points: what one is, and those of decisions: how terms came about, votes against a card, unused vetoes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from sandbox.content.acts import has
from sandbox.game.entries import Item
from sandbox.record.line import DecisionTaken
from sandbox.report.pages.debrief.reader import Reader

Side = Literal["keep", "try"]
# Of a longer course of conditions the first and the last steps are told.
_MOST_STEPS, _FIRST, _LAST = 6, 2, 3
# What to keep or to try, for which seat, and the line or decision that shows it.
Statement = tuple[Side, str, str, str]


@dataclass(frozen=True)
class TurningPoint:
    """A turning point.

    ``kind`` is one of `KINDS`, or ``answered``: a doubt that found its answer, which turns nothing but is worth
    keeping. ``evidence`` are the lines or decisions that show it, the telling one first; ``seats`` those that it
    concerns.
    """

    kind: str
    text: str
    evidence: tuple[str, ...]
    seats: frozenset[str] = frozenset()
    teaches: tuple[Statement, ...] = ()


def terms_changed(reader: Reader) -> Iterator[TurningPoint]:
    """Yield each question on which another option was put before the one decided, and a condition that was changed."""
    for decision in reader.session.carried:
        put = _put(reader, decision)
        for key in decision["terms"]:
            yield from _option(reader, key, [item for item in put if key in item.terms])
        yield from _conditions(reader, decision, [item for item in put if item.condition])


def _put(reader: Reader, decision: DecisionTaken) -> list[Item]:
    """Return the proposals with terms up to a decision's motion, or up to the decision where it has none."""
    items = reader.session.items
    last = next((index for index, item in enumerate(items) if item.line in (decision["motion"], decision["id"])), -1)
    return [item for item in items[: last + 1] if item.kind == "proposal" and item.terms]


def _option(reader: Reader, key: str, put: Sequence[Item]) -> Iterator[TurningPoint]:
    """Yield how one question went from option to option; each is told with whoever put it first in its turn."""
    steps = [next(items) for _, items in groupby(put, lambda item: item.terms[key])]
    if len(steps) < 2:
        return
    label, question = reader.label, reader.game.scenario.decision_by_id[key]
    course = " → ".join(
        label("why.terms.step", option=reader.text(question.options[item.terms[key]]), name=reader.mover(item))
        for item in steps
    )
    text = label("why.terms", question=reader.text(question.question), course=course)
    yield TurningPoint("terms", text, *_shown(steps))


def _conditions(reader: Reader, decision: DecisionTaken, put: Sequence[Item]) -> Iterator[TurningPoint]:
    steps = [next(items) for _, items in groupby(put, lambda item: item.condition)]
    if len(steps) < 2:
        return
    long = len(steps) > _MOST_STEPS
    first, last = (steps[:_FIRST], steps[-_LAST:]) if long else (steps, [])
    names = [name for name, _ in groupby(reader.mover(item) for item in first)]
    names += ["…"] if long else []
    names += [name for name, _ in groupby(reader.mover(item) for item in last)]
    key = "why.terms.conditions" if decision["condition"] else "why.terms.conditions.none"
    text = reader.label(key, count=len(steps), names=" → ".join(names))
    yield TurningPoint("terms", text, *_shown([*first, *last]))


def _shown(steps: Sequence[Item]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the lines of the steps, the last one first, where the matter came to rest; and their seats."""
    *before, last = (item.line for item in steps)
    return (last, *before), frozenset(item.owner for item in steps)


def crossed(reader: Reader) -> Iterator[TurningPoint]:
    """Yield each question on which a person voted for what the seat's card never accepts, or otherwise than it stands.

    A card stands for the options that its points propose, support, promise or concede. What a card holds is private,
    so only the facilitator and whoever holds the seat are told.
    """
    game, label = reader.game, reader.label
    by_people = {(line["seat"], line["about"]) for line in reader.lines if line["vote"] and line["origin"] == "person"}
    for decision in reader.decisions:
        motion = reader.line_by_id.get(decision["motion"])
        terms: Mapping[str, str] = decision["terms"] or (motion["terms"] if motion else {})
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
                yield TurningPoint("crossed", text, (decision["id"],), frozenset({seat}))


def vetoes(reader: Reader) -> Iterator[TurningPoint]:
    """Yield each decision that was carried although seats held a veto on it, which they did not use."""
    game = reader.game
    holders = game.governance.rules.aggregation.veto
    for decision in reader.session.carried:
        present = game.present(decision["stage"])
        able = tuple(seat for seat in present if game.positions.get(seat) in holders and seat in decision["votes"])
        if able:
            text = reader.label("why.veto", names=reader.names(able))
            yield TurningPoint("veto", text, (decision["id"],), frozenset(able))


def against(reader: Reader) -> Iterator[TurningPoint]:
    """Yield each decision that was carried against votes or with abstentions, with what those who gave them said."""
    for decision in reader.session.carried:
        votes = [
            line for line in reader.lines
            if line["vote"] and line["about"] == decision["motion"] and not has(line["act"], "votes_for")
            if line["id"] not in reader.session.stood_in
        ]  # fmt: skip
        if votes:
            out = frozenset(line["seat"] for line in votes if has(line["act"], "abstains"))
            no = frozenset(line["seat"] for line in votes) - out
            told = [reader.label("why.against", names=reader.names(no))] if no else []
            told += [reader.label("why.against.abstained", names=reader.names(out))] if out else []
            said = [line["id"] for line in votes if line["says"]]
            yield TurningPoint("against", reader.label("gap").join(told), (*said, decision["id"]), no | out)


def _stands_for(reader: Reader, seat: str) -> dict[str, set[str]]:
    stands: dict[str, set[str]] = {}
    for point in reader.game.seats[seat].points:
        for key, option in point.terms.items() if has(point.act, "commits") else ():
            if option in reader.game.offered.get(key, {}):
                stands.setdefault(key, set()).add(option)
    return stands
