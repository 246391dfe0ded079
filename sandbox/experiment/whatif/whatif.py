"""What-if of a session: compares the figures of continuations of two arms from the same line with the same seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sandbox.content.acts import has
from sandbox.content.governance import CHAIR_BINDS, Aggregation
from sandbox.content.words import refusal
from sandbox.experiment.outcomes import OUTCOMES, outcomes_of, settled_by
from sandbox.experiment.whatif.arms import Arm, as_it_was, other_line, other_rules, played
from sandbox.experiment.whatif.difference import Difference, Verdict, difference, verdicts
from sandbox.game.game import Game
from sandbox.game.moment import Moment, Move, moment_of
from sandbox.game.motions.ballots import BALLOT
from sandbox.game.motions.counting import recast
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.play import RandomChoice
from sandbox.game.review.inspection import mean
from sandbox.game.session import Session
from sandbox.record.line import BODY, DecisionTaken
from sandbox.session.carried import fits

SHOWN = (
    "decided", "questions_settled", "hierarchical", "horizontal", "horizontal_carried", "trust_change",
    "conviction_change", "burden_change",
)  # fmt: skip
"""Outcomes of experiments that a what-if compares."""
COUNTS = ("promises_made", "promises_beyond", "motions_refused")
"""Counts of the ledger that it compares as well; 0 if nobody promised anything, so that no pair is left out."""
_BOUND = "bound"
MOST_RUNS = 10_000
Figures = Mapping[str, float | None]


@dataclass(frozen=True)
class Figure:
    """One number of a continuation.

    Args:
        name: an outcome, a count, ``bound.<question>.<option>`` (whether that option was decided), or
            ``condition.<number>``.
        yes_no: whether it is 0 or 1.
        smallest: the smallest difference taken to matter: ten points of a share, a quarter of a level, half a promise
            or motion per session.
        widest: the largest possible difference; None for no bound.
        condition: the words of a condition, if the figure is whether a decision depends on it; else empty.
    """

    name: str
    yes_no: bool
    smallest: float
    widest: float | None = None
    condition: str = ""

    @property
    def question(self) -> str:
        """The id of the question, if the figure is whether an option was decided; else empty."""
        return self.name.split(".")[1] if self.option else ""

    @property
    def option(self) -> str:
        """The id of that option; else empty."""
        kind, *names = self.name.split(".")
        return names[1] if kind == _BOUND else ""


def figures(game: Game, names: Iterable[str] | None = None) -> tuple[Figure, ...]:
    """Return the figures of a game in the order shown; with ``names`` only those."""
    units = {"share": 0.1, "level": 0.25, "steps": 0.25, "number": 0.5}
    bounds = {name: OUTCOMES[name].widest if OUTCOMES[name].high is not None else None for name in SHOWN}
    known = [Figure(name, OUTCOMES[name].yes_no, units[OUTCOMES[name].unit], bounds[name]) for name in SHOWN]
    known += [Figure(name, False, units["number"]) for name in COUNTS]
    known += [Figure(name, True, units["share"], 1.0) for name in _options(game)]
    return tuple(figure for figure in known if names is None or figure.name in names)


def figures_of(session: Session) -> Figures:
    """Return all figures of a session by name; None for what cannot be measured."""
    known, items = outcomes_of(session), session.items
    promises = [item for item in items if item.kind == "promise"]
    bound = settled_by(session.decisions)
    counted: dict[str, float | None] = {
        "promises_made": float(len(promises)),
        "promises_beyond": float(sum(item.history[:1] == ((item.line, "beyond_remit"),) for item in promises)),
        "motions_refused": float(sum(not taken["carried"] for taken in session.decisions)),
    }
    options = {name: float(bound.get(question) == key) for name, (question, key) in _options(session.game).items()}
    return {**{name: known[name] for name in SHOWN}, **counted, **options}


def conditions_at(question: WhatifQuestion) -> tuple[Figure, ...]:
    """Return a figure for each condition of a motion of the stage at the line, in either arm."""
    moment = question.moment
    lines = [moment.line] if question.changes else [moment.line, question.other.line(moment.game)]
    items = [item for item in moment.state["ledger"] if item.kind == "proposal" and item.stage == moment.line["stage"]]
    held = [*(item.condition for item in items), *(line["condition"] for line in lines)]
    parts = dict.fromkeys(part for condition in held for part in hangs_on(condition))
    return tuple(Figure(f"condition.{place}", True, 0.1, 1.0, part) for place, part in enumerate(parts, 1))


def conditions_held(session: Session, wanted: Sequence[Figure]) -> Figures:
    """Return, for each condition, 1 if a carried decision depends on it, else 0."""
    held = {part for taken in session.carried for part in hangs_on(taken["condition"])}
    return {figure.name: float(figure.condition in held) for figure in wanted}


def _options(game: Game) -> dict[str, tuple[str, str]]:
    """Return each question with each option, by the name of its figure."""
    pairs = [(question.id, option) for question in game.scenario.decisions for option in question.options]
    return {f"{_BOUND}.{question}.{option}": (question, option) for question, option in pairs}


@dataclass(frozen=True)
class WhatifQuestion:
    """A question: what if, at a line, the seat had done something else, or a rule had been another?

    Args:
        moment: the moment of the line.
        was: the arm as it was.
        other: the arm with the other move or rule.
    """

    moment: Moment
    was: Arm
    other: Arm

    @property
    def changes(self) -> tuple[str, ...]:
        """The changed rules; none if the move is changed."""
        return self.other.changes


@dataclass(frozen=True)
class FigureComparison:
    """A figure in both arms.

    Args:
        figure: the figure.
        was: its mean as it was, over the pairs that have it in both arms; None without such pairs.
        other: its mean in the other arm.
        change: the difference, the other arm less as it was.
        verdict: the verdict on it among all figures compared together (see `verdicts`).
        among: the number of figures compared together.
        pairs: its value in each pair of continuations, as it was and in the other arm, in the order of seeds; or None.
    """

    figure: Figure
    was: float | None
    other: float | None
    change: Difference
    verdict: Verdict
    among: int
    pairs: tuple[tuple[float | None, float | None], ...] = ()


def asked(session: Session, line: str, move: Move | None = None, changes: Sequence[str] = ()) -> WhatifQuestion:
    """Return the question of another move at a line, or of changed rules from the next turn on.

    ``line`` is the id of the line, ``changes`` are rules, each ``path=value``.

    Raises:
        InputError: there is no such line; the rules bar the move, and the message says what they permit; a change does
            not fit; neither or both of move and changes are given; or the content has changed since the session.
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
    return WhatifQuestion(moment, as_it_was(moment), other)


def telling_seed(rows: Sequence[FigureComparison]) -> int:
    """Return the first seed whose two continuations differ in a figure; 1 if none do."""
    pairs = zip(*(row.pairs for row in rows), strict=True)
    return next((seed for seed, pair in enumerate(pairs, 1) if any(was != other for was, other in pair)), 1)


def check_runs(runs: int, most: int = MOST_RUNS) -> None:
    """Raise `InputError` unless the number of continuations is from 1 to ``most``."""
    if not 1 <= runs <= most:
        raise refusal("refused.runs", runs=runs, most=most)


def by_rules(
    question: WhatifQuestion, runs: int, on_played: Callable[[], None] = lambda: None
) -> list[FigureComparison]:
    """Play both arms by the rules alone, from the seeds 1 to ``runs``, and compare all figures.

    ``on_played`` is called after each pair.

    Raises:
        InputError: ``runs`` is out of range.
    """
    check_runs(runs)
    choose = RandomChoice(question.moment.game.templates)
    pairs = list[tuple[Session, Session]]()
    for seed in range(1, runs + 1):
        pairs.append((played(question.was, choose, seed), played(question.other, choose, seed)))
        on_played()
    return rows_of(question, pairs)


def rows_of(question: WhatifQuestion, pairs: Sequence[tuple[Session, Session]]) -> list[FigureComparison]:
    """Compare all figures of pairs of continuations, then, as a family of their own, the conditions."""
    arms = [*zip(*pairs, strict=True)]
    conditions = conditions_at(question)
    was, other = ([figures_of(session) for session in arm] for arm in arms)
    held, kept = ([conditions_held(session, conditions) for session in arm] for arm in arms)
    rows = compared(figures(question.moment.game), [(was, other)])[0]
    return rows + compared(conditions, [(held, kept)])[0]


def compared(
    wanted: Sequence[Figure], arms: Sequence[tuple[Sequence[Figures], Sequence[Figures]]]
) -> list[list[FigureComparison]]:
    """Compare figures of pairs of arms, with verdicts on all of them together.

    ``arms`` has, for each pair, the figures of both arms' continuations, seed by seed.
    """
    rows = []
    for was, other in arms:
        for figure in wanted:
            pairs = tuple((base[figure.name], varied[figure.name]) for base, varied in zip(was, other, strict=True))
            whole = [(base, varied) for base, varied in pairs if base is not None and varied is not None]
            rows.append((figure, pairs, whole, difference(whole, yes_no=figure.yes_no, widest=figure.widest)))
    said = verdicts([change for *_, change in rows], [figure.smallest for figure, *_ in rows])
    made = [
        FigureComparison(
            figure, mean([was for was, _ in whole]), mean([other for _, other in whole]), change, verdict, len(rows),
            pairs,
        )
        for (figure, pairs, whole, change), verdict in zip(rows, said, strict=True)
    ]  # fmt: skip
    return [made[place * len(wanted) : (place + 1) * len(wanted)] for place in range(len(arms))]


class Recount(NamedTuple):
    """A decision of the body, and the same votes counted otherwise.

    Args:
        game: the game by whose rules they are counted.
        was: the decision.
        other: the decision that they then make.
    """

    game: Game
    was: DecisionTaken
    other: DecisionTaken


def recounted(session: Session, question: WhatifQuestion) -> Iterator[Recount]:
    """Yield each decision that the body took from the line on, with its votes counted by other rules or another vote.

    Left out are all decisions if another move is no vote, and those for which other rules ask seats that have not
    voted, let the chair decide, or count as before. The votes stay as they were cast; only, a motion carried otherwise
    ends its stage, so later votes there are left out.
    """
    moment, game = question.moment, question.other.game
    before = {decision["id"] for decision in moment.state["decisions"]}
    ended = set[str]()
    for decision in session.decisions:
        if decision["by"] != BODY or decision["id"] in before or decision["stage"] in ended:
            continue
        if question.changes and _counts(game, decision["stage"]) == _counts(moment.game, decision["stage"]):
            continue
        votes, abstained = dict(decision["votes"]), list(decision["abstained"])
        if not question.changes:
            other = question.other.line(moment.game)
            if not moment.line["vote"] or moment.line["about"] != decision["motion"]:
                continue
            votes.pop(moment.seat, None)
            abstained = [seat for seat in abstained if seat != moment.seat]
            if other["act"] in BALLOT:
                votes[moment.seat] = has(other["act"], "votes_for")
            else:
                abstained.append(moment.seat)
        asked = game.voters(decision["stage"])
        if game.governance.rules.aggregation.procedure in CHAIR_BINDS or not {*asked} <= {*votes, *abstained}:
            continue
        votes = {seat: vote for seat, vote in votes.items() if seat in asked}
        anew = recast(game, decision, votes, [seat for seat in abstained if seat in asked])
        if anew["carried"]:
            ended.add(decision["stage"])
        yield Recount(game, decision, anew)


def _counts(game: Game, stage: str) -> tuple[Aggregation, tuple[str, ...]]:
    """Return what decides the count in a stage: the aggregation rule and the voters."""
    return game.governance.rules.aggregation, game.voters(stage)
