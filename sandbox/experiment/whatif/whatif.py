"""What if: continuations of two arms from the same line with the same seeds, and what they differ in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from sandbox.content.words import refusal
from sandbox.experiment.whatif.arms import Arm, as_it_was, other_line, other_rules, played
from sandbox.experiment.whatif.difference import Difference, Verdict, difference, verdicts
from sandbox.experiment.whatif.figures import Figure, figures, figures_of
from sandbox.game.moment import Moment, Move, moment_of
from sandbox.game.play import RandomChoice
from sandbox.game.session import Session
from sandbox.session.carried import fits

__all__ = ["MOST_RUNS", "Compared", "Question", "asked", "by_rules", "check_runs", "compared"]

MOST_RUNS = 10_000
Figures = Mapping[str, float | None]


@dataclass(frozen=True)
class Question:
    """What is asked: what if, at a line, the seat had done something else, or a rule had been another.

    Args:
        moment: the moment.
        was: the arm in which all is as it was.
        other: the arm in which it is not.
    """

    moment: Moment
    was: Arm
    other: Arm

    @property
    def changes(self) -> tuple[str, ...]:
        """The rules that are changed; none where the move is."""
        return self.other.changes


@dataclass(frozen=True)
class Compared:
    """A figure of both arms.

    Args:
        figure: the figure.
        was: its mean as it was, over the pairs; None where no pair has it.
        other: its mean what if.
        change: the difference, what if less as it was.
        verdict: what may be said of it, beside all figures that are looked at together.
        among: how many figures are looked at together.
        pairs: its value in each pair of continuations, as it was and what if, in the order of the seeds; None where a
            continuation has none.
    """

    figure: Figure
    was: float | None
    other: float | None
    change: Difference
    verdict: Verdict
    among: int
    pairs: tuple[tuple[float | None, float | None], ...] = ()


def asked(session: Session, line: str, move: Move | None = None, changes: Sequence[str] = ()) -> Question:
    """Return the question, with its two arms.

    Args:
        session: the session, finished or not.
        line: the line at which the arms part, by id.
        move: another move of the seat that spoke there.
        changes: or rules that are others from the next turn on, each ``path=value``.

    Raises:
        InputError: there is no such line; the rules bar the move, and the message says which they permit; a change does
            not fit the rules; or neither or both are given.
    """
    if not fits(session.game, session.events):
        raise refusal("refused.other_content", session=session.id)
    moment = moment_of(session, line)
    if (move is None) == (not changes):
        raise refusal("refused.whatif_what")
    if move is None:
        other = other_rules(moment, changes)
    else:
        other = other_line(moment, moment.moved(move, RandomChoice(session.game.templates).say))
    return Question(moment, as_it_was(moment), other)


def check_runs(runs: int, most: int = MOST_RUNS) -> None:
    """Raise `InputError` for a number of continuations that is not allowed."""
    if not 1 <= runs <= most:
        raise refusal("refused.runs", runs=runs, most=most)


def by_rules(question: Question, runs: int, on_played: Callable[[], None] = lambda: None) -> list[Compared]:
    """Play both arms by the rules alone and compare all figures.

    Args:
        question: what is asked.
        runs: continuations of each arm, from the seeds 1, 2, …
        on_played: called after each pair.

    Raises:
        InputError: so many continuations are not allowed.
    """
    check_runs(runs)
    choose = RandomChoice(question.moment.game.templates)
    was, other = list[Figures](), list[Figures]()
    for seed in range(1, runs + 1):
        was.append(figures_of(played(question.was, choose, seed)))
        other.append(figures_of(played(question.other, choose, seed)))
        on_played()
    return compared(figures(question.moment.game), [(was, other)])[0]


def compared(
    wanted: Sequence[Figure], arms: Sequence[tuple[Sequence[Figures], Sequence[Figures]]]
) -> list[list[Compared]]:
    """Return the figures of pairs of arms; verdicts count all of them together.

    Args:
        wanted: the figures.
        arms: pairs of arms, as it was and what if; of each the figures of its continuations, seed by seed.
    """
    rows: list[tuple[Figure, list[tuple[float | None, float | None]], Difference]] = []
    for was, other in arms:
        for figure in wanted:
            both = [(one[figure.name], two[figure.name]) for one, two in zip(was, other, strict=True)]
            pairs = _whole(both)
            rows.append((figure, both, difference(pairs, yes_no=figure.yes_no, widest=figure.widest)))
    said = verdicts([change for *_, change in rows], [figure.smallest for figure, *_ in rows])
    made = [
        Compared(
            figure,
            fmean(one for one, _ in pairs) if (pairs := _whole(both)) else None,
            fmean(two for _, two in pairs) if pairs else None,
            change,
            verdict,
            len(rows),
            tuple(both),
        )
        for (figure, both, change), verdict in zip(rows, said, strict=True)
    ]
    return [made[place * len(wanted) : (place + 1) * len(wanted)] for place in range(len(arms))]


def _whole(pairs: Sequence[tuple[float | None, float | None]]) -> list[tuple[float, float]]:
    """Return the pairs that have the figure on both sides."""
    return [(one, two) for one, two in pairs if one is not None and two is not None]
