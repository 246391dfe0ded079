"""A coach of turning points: what other acts would have led to, by the rules alone, with one course to read."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from sandbox.content.cards import Act
from sandbox.experiment.whatif.arms import Arm, as_it_was, drawn, played
from sandbox.experiment.whatif.figures import figures, figures_of
from sandbox.experiment.whatif.turning import TurningPoint, turning_points
from sandbox.experiment.whatif.whatif import Compared, check_runs, compared
from sandbox.game.ledger import counter_offers
from sandbox.game.moment import Moment, moment_of
from sandbox.game.play import RandomChoice
from sandbox.game.session import Session
from sandbox.record.line import DecisionTaken, Line

__all__ = ["ALTERNATIVES", "COACHED", "RUNS", "Alternative", "Coached", "Course", "coach"]

RUNS = 40
"""Continuations of each act."""
ALTERNATIVES = 3
"""Other acts that are played on from a turning point, at most."""
COACHED = (
    "decided", "questions_settled", "hierarchical", "horizontal", "trust_change", "promises_beyond", "motions_refused",
)  # fmt: skip
"""What they are compared in."""
_LINES = 6  # of a course that is to be read


@dataclass(frozen=True)
class Alternative:
    """Another move at a turning point.

    Args:
        act: the act; where it is the one that the seat took, with other options.
        rows: the figures, as it was and with this act.
    """

    act: Act
    rows: tuple[Compared, ...]


@dataclass(frozen=True)
class Course:
    """One way in which it might have gone on: from the first seed, with the first of the other acts.

    Args:
        lines: the seat's line and what it heard next.
        decision: what was decided last, where the seat is in that room; None where nothing was.
        counters: those of the lines that are counter-offers.
    """

    act: Act
    lines: tuple[Line, ...]
    decision: DecisionTaken | None
    counters: frozenset[str]


@dataclass(frozen=True)
class Coached:
    """A turning point with what other acts led to.

    Args:
        alternatives: up to `ALTERNATIVES` other acts.
    """

    point: TurningPoint
    alternatives: tuple[Alternative, ...]
    course: Course


@dataclass(frozen=True)
class _Asked:
    """What is asked of the coach; a session of the same log is the same."""

    seat: str
    runs: int
    id: str
    content: str
    lines: tuple[tuple[str, str, str], ...]
    session: Session = field(compare=False)


def coach(session: Session, seat: str, runs: int = RUNS) -> tuple[Coached, ...]:
    """Return the turning points of a seat, each with what up to three other acts led to; always the same.

    Acts are drawn from the rules alone, so words do not count. The last sessions that were asked for are kept. The
    session is finished or not; ``runs`` counts continuations of each act, from the seeds 1, 2, …

    Raises:
        InputError: so many continuations are not allowed, or the log does not fit the game.
    """
    check_runs(runs)
    lines = tuple((line["seat"], line["act"], line["says"]) for line in session.lines)
    return _coached(_Asked(seat, runs, session.id, session.game.content_digest, lines, session))


@lru_cache(maxsize=64)
def _coached(asked: _Asked) -> tuple[Coached, ...]:
    session, choose = asked.session, RandomChoice(asked.session.game.templates)
    points = turning_points(session, asked.seat)
    return tuple(_at(point, moment_of(session, point.line), choose, asked.runs) for point in points)


def _at(point: TurningPoint, moment: Moment, choose: RandomChoice, runs: int) -> Coached:
    acts, seeds = point.moves[:ALTERNATIVES], range(1, runs + 1)
    # Whoever left a question open would have turned to who asked it.
    reply = (point.who, point.evidence) if point.kind == "silent" else (None, None)
    others = [drawn(moment, act, choose, *reply) for act in acts]
    was = [figures_of(played(as_it_was(moment), choose, seed)) for seed in seeds]
    arms = [(was, [figures_of(played(arm, choose, seed)) for seed in seeds]) for arm in others]
    rows = compared(figures(moment.game, COACHED), arms)
    alternatives = tuple(Alternative(act, tuple(each)) for act, each in zip(acts, rows, strict=True))
    return Coached(point, alternatives, _course(acts[0], others[0], choose))


def _course(act: Act, arm: Arm, choose: RandomChoice) -> Course:
    session, seat, begun = played(arm, choose, 1), arm.moment.seat, len(arm.moment.state["lines"])
    heard = [line for line in session.lines[begun:] if seat in line["visible_to"]][:_LINES]
    new = session.decisions[len(arm.moment.state["decisions"]) :]
    known = [taken for taken in new if seat in session.game.present(taken["stage"])]
    offers = counter_offers(session.items, heard)
    return Course(act, tuple(heard), known[-1] if known else None, offers)
