"""Turning points of a seat, found by rule in the log: lines at which it might have done something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from sandbox.content.acts import Trait, acts_with, has
from sandbox.content.cards import ACTS, Act
from sandbox.game.moment import moment_of
from sandbox.game.rules import carried
from sandbox.game.session import Session
from sandbox.game.table import unanswered
from sandbox.record.line import BODY, DecisionTaken, Line

__all__ = ["MOST", "TurnKind", "TurningPoint", "turning_points"]

MOST = 3
"""Turning points that a seat is shown at most."""
TurnKind = Literal["outvoted", "refused", "beyond", "silent", "unheard"]
# What fits the place comes first among the acts that were left.
_FITTING: Mapping[TurnKind, tuple[Trait, ...]] = {
    "outvoted": ("supports", "yields", "proposes", "asks"),
    "refused": ("proposes", "asks", "supports"),
    "beyond": ("proposes", "asks", "defers", "escalates"),
    "silent": ("answers", "yields", "promises", "proposes"),
    "unheard": ("proposes", "doubts", "escalates"),
}


@dataclass(frozen=True)
class TurningPoint:
    """A line of a seat at which the session might have turned.

    Args:
        kind: ``outvoted``: its vote lost by one voice; the line is its last before the vote. ``refused``: its motion
            was not carried. ``beyond``: it promised beyond its remit. ``silent``: it left a question unanswered; the
            line is what it said next. ``unheard``: nobody answered its question.
        line: the line, by id.
        act: what the seat did there.
        others: the acts that its rules left it beside, the most fitting first.
        options: whether it might have named other options with the same act, as whoever moves may.
        evidence: the line or decision that makes it a turning point, by id.
        who: the seat that asked, or was asked; empty where there is none.
    """

    kind: TurnKind
    line: str
    act: Act
    others: tuple[Act, ...]
    options: bool
    evidence: str
    who: str = ""

    @property
    def moves(self) -> tuple[Act, ...]:
        """The other moves: the same act where other options were left, then the other acts."""
        return ((self.act,) if self.options else ()) + self.others


@dataclass(frozen=True)
class _Place:
    kind: TurnKind
    line: Line
    evidence: str
    who: str = ""


def turning_points(session: Session, seat: str) -> list[TurningPoint]:
    """Return at most three turning points of a seat at which its rules left it another move, the most telling first.

    Each kind has its first before any has its second; within a kind the order is that of the session.

    Raises:
        InputError: the log does not fit the game.
    """
    by_kind = [list(find(session, seat)) for find in (_outvoted, _refused, _beyond, _silent, _unheard)]
    points: dict[str, TurningPoint] = {}
    for place in (place for row in zip_longest(*by_kind) for place in row if place is not None):
        line = place.line
        if len(points) == MOST or line["id"] in points or not session.events:
            continue
        others = _fitting(moment_of(session, line["id"]).others, _FITTING[place.kind])
        options = (
            place.kind == "refused"
            and bool(line["terms"])
            and (has(line["act"], "offers") or has(line["act"], "counters"))
        )
        if others or options:
            points[line["id"]] = TurningPoint(
                place.kind, line["id"], line["act"], others, options, place.evidence, place.who
            )
    return list(points.values())


def _fitting(acts: Sequence[Act], traits: Sequence[Trait]) -> tuple[Act, ...]:
    first = [act for trait in traits for act in acts_with(trait) if act in acts]
    return tuple(dict.fromkeys([*first, *(act for act in ACTS if act in acts)]))


def _outvoted(session: Session, seat: str) -> Iterator[_Place]:
    for taken in session.decisions:
        votes = taken["votes"]
        lost = taken["by"] == BODY and seat in votes and votes[seat] is not taken["carried"]
        if lost and any(_turns(session, taken, other) for other in votes if other != seat):
            talk = _until(session, taken)
            own = [line for line in talk if line["seat"] == seat and not line["vote"]]
            if own:
                yield _Place("outvoted", own[-1], taken["id"])


def _turns(session: Session, taken: DecisionTaken, seat: str) -> bool:
    """Return whether a decision would have been another, had one seat voted otherwise."""
    game, votes = session.game, taken["votes"]
    other = {**votes, seat: not votes[seat]}
    return carried(game.governance, game.positions, other) is not taken["carried"]


def _until(session: Session, taken: DecisionTaken) -> list[Line]:
    """Return the lines of a stage up to the first vote on a motion."""
    lines = session.in_stages([taken["stage"]])
    first = next((n for n, line in enumerate(lines) if line["vote"] and line["about"] == taken["motion"]), len(lines))
    return lines[:first]


def _refused(session: Session, seat: str) -> Iterator[_Place]:
    lines = {line["id"]: line for line in session.lines if line["seat"] == seat}
    for taken in session.decisions:
        if not taken["carried"] and taken["motion"] in lines:
            yield _Place("refused", lines[taken["motion"]], taken["id"])


def _beyond(session: Session, seat: str) -> Iterator[_Place]:
    lines = {line["id"]: line for line in session.lines}
    for item in session.items:
        if item.kind == "promise" and item.owner == seat and item.history and item.history[0][1] == "beyond_remit":
            yield _Place("beyond", lines[item.line], item.line)


def _silent(session: Session, seat: str) -> Iterator[_Place]:
    for talk, question, asked in _open_questions(session):
        later = talk[talk.index(question) + 1 :]
        own = next((line for line in later if line["seat"] == seat), None)
        if asked == seat and own is not None:
            yield _Place("silent", own, question["id"], question["seat"])


def _unheard(session: Session, seat: str) -> Iterator[_Place]:
    for _, question, asked in _open_questions(session):
        if question["seat"] == seat:
            yield _Place("unheard", question, question["id"], asked)


def _open_questions(session: Session) -> Iterator[tuple[list[Line], Line, str]]:
    """Yield the questions that were left unanswered, each with the discussion of its stage and the seat asked."""
    for stage in session.game.stage_names:
        talk = [line for line in session.in_stages([stage]) if not line["vote"] and not has(line["act"], "binds")]
        for question, asked in unanswered(session.game, talk, session.game.present(stage)):
            yield talk, question, asked
