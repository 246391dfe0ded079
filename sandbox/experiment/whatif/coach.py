"""Turning points of a seat, found in the log by rule, and a coach: what other acts there would have led to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import zip_longest
from typing import Literal

from sandbox.content.acts import Trait, acts_with, has
from sandbox.content.cards import ACTS, Act
from sandbox.experiment.whatif.arms import Arm, as_it_was, drawn, played
from sandbox.experiment.whatif.whatif import FigureComparison, check_runs, compared, figures, figures_of
from sandbox.game.language.questions import takes_a_stand
from sandbox.game.moment import Moment, moment_of
from sandbox.game.motions.counting import counted, voted_otherwise
from sandbox.game.motions.standing_for import counter_offers
from sandbox.game.play import RandomChoice
from sandbox.game.session import Session
from sandbox.record.line import BODY, DecisionTaken, Line

RUNS = 40
"""Continuations of each act."""
ALTERNATIVES = 3
"""Most other moves that are played on from a turning point."""
COACHED = (
    "decided", "questions_settled", "hierarchical", "horizontal", "trust_change", "promises_beyond", "motions_refused",
)  # fmt: skip
"""The figures that are compared."""
_LINES = 6  # most lines shown of a course


@dataclass(frozen=True)
class Alternative:
    """Another move at a turning point.

    Args:
        act: its act; if that is the seat's own, it has other options.
        rows: the figures, as it was and with this move.
    """

    act: Act
    rows: tuple[FigureComparison, ...]


@dataclass(frozen=True)
class OtherCourse:
    """One possible course: from the first seed, with the first of the other moves.

    Args:
        act: the act of that move.
        lines: the seat's line and those that it heard next.
        decision: the last new decision in a stage where the seat is present; None if there is none.
        counters: a mapping with the ids of the lines that are counter-offers.
    """

    act: Act
    lines: tuple[Line, ...]
    decision: DecisionTaken | None
    counters: Mapping[str, bool]


@dataclass(frozen=True)
class Coached:
    """A turning point with up to `ALTERNATIVES` other moves, and one course with the first of these."""

    point: TurningLine
    alternatives: tuple[Alternative, ...]
    course: OtherCourse


@dataclass(frozen=True)
class _Asked:
    """A question to the coach, as the key of its cache; sessions with the same log are equal."""

    seat: str
    runs: int
    id: str
    content: str
    lines: tuple[tuple[str, str, str, str], ...]
    session: Session = field(compare=False)


def coach(session: Session, seat: str, runs: int = RUNS) -> tuple[Coached, ...]:
    """Return the turning points of a seat in a session, finished or not, each with other moves and their results.

    Continuations are by the rules alone, so words play no part; each move has those from the seeds 1 to ``runs``. The
    last answers are cached.

    Raises:
        InputError: ``runs`` is out of range, or the log does not fit the game.
    """
    check_runs(runs)
    lines = tuple((line["seat"], line["act"], line["says"], line["origin"]) for line in session.lines)
    return _coached(_Asked(seat, runs, session.id, session.game.content_digest, lines, session))


@lru_cache(maxsize=64)
def _coached(asked: _Asked) -> tuple[Coached, ...]:
    session, choose = asked.session, RandomChoice(asked.session.game.templates)
    points = turning_points(session, asked.seat)
    return tuple(_at(point, moment_of(session, point.line), choose, asked.runs) for point in points)


def _at(point: TurningLine, moment: Moment, choose: RandomChoice, runs: int) -> Coached:
    acts, seeds = point.moves[:ALTERNATIVES], range(1, runs + 1)
    others = [drawn(moment, act, choose) for act in acts]
    was = [figures_of(played(as_it_was(moment), choose, seed)) for seed in seeds]
    arms = [(was, [figures_of(played(arm, choose, seed)) for seed in seeds]) for arm in others]
    rows = compared(figures(moment.game, COACHED), arms)
    alternatives = tuple(Alternative(act, tuple(each)) for act, each in zip(acts, rows, strict=True))
    return Coached(point, alternatives, _course(acts[0], others[0], choose))


def _course(act: Act, arm: Arm, choose: RandomChoice) -> OtherCourse:
    session, seat, begun = played(arm, choose, 1), arm.moment.seat, len(arm.moment.state["lines"])
    heard = [line for line in session.lines[begun:] if seat in line["visible_to"]][:_LINES]
    new = session.decisions[len(arm.moment.state["decisions"]) :]
    known = [taken for taken in new if seat in session.game.present(taken["stage"])]
    offers = counter_offers(session.items, heard)
    return OtherCourse(act, tuple(heard), known[-1] if known else None, offers)


MOST = 3
"""Most turning points of a seat."""
TurnKind = Literal["outvoted", "refused", "beyond"]
# Traits of the acts that are tried first at each kind of turning point.
_FITTING: Mapping[TurnKind, tuple[Trait, ...]] = {
    "outvoted": ("supports", "yields", "proposes", "asks"),
    "refused": ("proposes", "asks", "supports"),
    "beyond": ("proposes", "asks", "defers", "escalates"),
}


@dataclass(frozen=True)
class TurningLine:
    """A line of a seat at which the session might have turned.

    Args:
        kind: ``outvoted``: it voted with the losing side, and one other vote would have changed the result; the line is
            its last before the vote that took a side (without one there is no turning point). ``refused``: its motion
            was not carried, and its own vote alone could not change that. ``beyond``: it promised beyond its remit.
        line: id of the line.
        act: the act of the line.
        others: the other acts that the rules left it, the most fitting first.
        options: whether it might have named other options with the same act.
        evidence: id of the line or decision that makes it a turning point.
    """

    kind: TurnKind
    line: str
    act: Act
    others: tuple[Act, ...]
    options: bool
    evidence: str

    @property
    def moves(self) -> tuple[Act, ...]:
        """The other moves: the same act if it might have other options, then the other acts."""
        return ((self.act,) if self.options else ()) + self.others


# A turning point's kind, the line, and the line or decision that makes it one.
_Place = tuple[TurnKind, Line, str]


def turning_points(session: Session, seat: str) -> list[TurningLine]:
    """Return up to three turning points of a seat at which the rules left it another move.

    First comes the first of each kind, then the second of each; within a kind the order is that of the session.

    Raises:
        InputError: the log does not fit the game.
    """
    places = [*_decided(session, seat), *_beyond(session, seat)]
    by_kind = ([place for place in places if place[0] == kind] for kind in _FITTING)
    points: dict[str, TurningLine] = {}
    for kind, line, evidence in (place for row in zip_longest(*by_kind) for place in row if place is not None):
        if line["id"] in session.stood_in:  # a person's turning points are in what they said themselves
            continue
        if len(points) == MOST or line["id"] in points or not session.events:
            continue
        left = moment_of(session, line["id"]).others
        fitting = [act for trait in _FITTING[kind] for act in acts_with(trait)]
        others = tuple(dict.fromkeys(act for act in (*fitting, *ACTS) if act in left))
        options = (
            kind == "refused" and bool(line["terms"]) and (has(line["act"], "offers") or has(line["act"], "counters"))
        )
        if others or options:
            points[line["id"]] = TurningLine(kind, line["id"], line["act"], others, options, evidence)
    return list(points.values())


def _decided(session: Session, seat: str) -> Iterator[_Place]:
    own = {line["id"]: line for line in session.lines if line["seat"] == seat}
    others = {line["about"] for line in own.values() if line["vote"] and line["id"] in session.stood_in}
    for taken in session.decisions:
        votes = taken["votes"] if taken["motion"] not in others else {}
        own_vote = counted(session.game, taken).votes.get(seat)
        lost = taken["by"] == BODY and seat in votes and own_vote is (not taken["carried"])
        if lost and any(voted_otherwise(session.game, taken, other) for other in votes if other != seat):
            lines = session.in_stages([taken["stage"]])
            votes_on = (n for n, line in enumerate(lines) if line["vote"] and line["about"] == taken["motion"])
            before = [line for line in lines[: next(votes_on, None)] if line["seat"] == seat and not line["vote"]]
            sides = [line for line in before if takes_a_stand(line) or has(line["act"], "proposes")]
            yield from (("outvoted", line, taken["id"]) for line in sides[-1:])
        if not taken["carried"] and taken["motion"] in own and not voted_otherwise(session.game, taken, seat):
            yield "refused", own[taken["motion"]], taken["id"]


def _beyond(session: Session, seat: str) -> Iterator[_Place]:
    for item in session.items:
        if item.kind == "promise" and item.owner == seat and item.history and item.history[0][1] == "beyond_remit":
            line = next(line for line in session.lines if line["id"] == item.line)
            yield "beyond", line, item.line
