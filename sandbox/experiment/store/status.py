"""The status of an experiment, for any terminal: what is done, what it has cost, which processes are at work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from sqlalchemy import and_, case, func, select

from sandbox.content.experiment_card import AGENT, Design
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.experiment.judging.answers import Answers
from sandbox.experiment.planning.players import Player, plays
from sandbox.experiment.planning.runs import runs_now
from sandbox.experiment.playing.pace import FORGET
from sandbox.experiment.playing.worker import is_gone
from sandbox.experiment.store.store import RunState, Store, WorkingProcess
from sandbox.experiment.store.tables import PACES, RUNS
from sandbox.experiment.store.taken_over import to_take_over
from sandbox.game.spec import CARDS, PlayStyle
from sandbox.llm.usage import Budget, Usage
from sandbox.record.line import line_id
from sandbox.scoring.judge import FIRST, FURTHER
from sandbox.session import pulses
from sandbox.session.context import profile_of

STATES: tuple[RunState, ...] = ("done", "running", "failed", "pending")
_LATELY = 600.0
_REASONS = 10
MOST_NAMED = 10  # sessions that failed


@dataclass(frozen=True)
class ArmStatus:
    """The number of sessions of an arm, or of its null arm, by state."""

    arm: str
    null: bool
    states: Mapping[RunState, int]


@dataclass(frozen=True)
class Status:
    """The status of an experiment.

    Args:
        store: the place of its store, without a password.
        model: the model that played last unless a factor says otherwise.
        style: its turn style.
        players: what plays in its sessions, without the null arm: models with their styles.
        unjudged: finished sessions that are not judged yet.
        in_batches: the most that batches of judges' questions, at an endpoint, may take.
        set_aside: finished sessions that the design no longer has.
        states: how many versions of the design were run: more than one if it has grown.
        reasons: why sessions failed, the most frequent first.
        failures: ids of the sessions that failed.
        failed_at: the line that was due, by session, for the first ten failed sessions that a model played.
        spent: usage of all answered calls, also of sessions that are not finished.
        held: the most that calls in flight may take.
        uncertain: what dead processes held for their calls; these may have been paid for.
        money: what was spent, if prices are known.
        tokens_left: what the cap leaves; None without one.
        money_left: likewise.
        working: processes at work; a session held by a process that is gone counts as not begun.
        paces: requests a minute, by model, for models that are slowed down after too many requests.
        answers: how the answers of models came about, over all sessions that have ended.
        a_minute: sessions with a model that ended per minute, over the last ten minutes.
        to_come: sessions of the present design that the store does not have yet, for example because the design has
            grown.
        astray: sessions that have ended but are not part of the present design, so that a run is refused.
        to_rescore: finished sessions where only rubric or judge has changed; the next run takes them over.
    """

    store: str
    model: str
    style: str
    players: tuple[Player, ...]
    arms: tuple[ArmStatus, ...]
    unjudged: int
    in_batches: Usage
    set_aside: int
    states: int
    reasons: Mapping[str, int]
    failures: tuple[str, ...]
    failed_at: Mapping[str, str]
    spent: Usage
    held: Usage
    uncertain: Usage
    money: float | None
    tokens_left: int | None
    money_left: float | None
    working: tuple[WorkingProcess, ...]
    answers: Answers
    a_minute: float
    paces: Mapping[str, float]
    to_come: int = 0
    astray: int = 0
    to_rescore: int = 0

    def number(self, *states: RunState) -> int:
        """Return how many sessions are in some states."""
        return sum(arm.states[state] for arm in self.arms for state in states)

    @property
    def total(self) -> int:
        """Number of sessions of the design."""
        return self.number(*STATES)

    def as_dict(self) -> dict[str, Any]:
        """Return the status as plain values."""
        numbers: dict[str, Any] = {state: self.number(state) for state in STATES}
        usages = {name: getattr(self, name).as_dict() for name in ("spent", "held", "uncertain", "in_batches")}
        return {**asdict(self), **usages, "total": self.total, **numbers}


def status_of(store: Store, budget: Budget) -> Status:
    """Return the status of an experiment.

    Money is counted at the prices that held when calls were made; if these are not known, at those of the budget, which
    are today's.
    """
    now, played, works = store.clock(), store.played, store.works()
    working = tuple(work for work in works if work.ended is None and not is_gone(work, now))
    # Sessions of a process that is gone are open again, even before another process takes them up.
    held_by_one = RUNS.c.owner.in_([work.owner for work in working])
    state = case((and_(RUNS.c.state == "running", ~held_by_one), "pending"), else_=RUNS.c.state)
    keys = (RUNS.c.arm, RUNS.c.null, state)
    with store.database.reading() as connection:
        counted = connection.execute(select(*keys, func.count()).where(RUNS.c.current).group_by(*keys)).all()
        first = select(RUNS.c.arm, RUNS.c.null).where(RUNS.c.current).group_by(RUNS.c.arm, RUNS.c.null)
        order = connection.execute(first.order_by(RUNS.c.null, func.min(RUNS.c.position))).all()
        failed = select(RUNS.c.reason, func.count()).where(RUNS.c.current, RUNS.c.state == "failed")
        by_number = failed.group_by(RUNS.c.reason).order_by(func.count().desc(), RUNS.c.reason).limit(_REASONS)
        reasons: dict[str, int] = dict(map(tuple, connection.execute(by_number)))
        counts = connection.scalars(select(RUNS.c.answers).where(RUNS.c.current, RUNS.c.answers.is_not(None)))
        answers = sum(map(Answers.of, counts), Answers())
        late = (RUNS.c.state == "done", ~RUNS.c.by_rules, RUNS.c.ended > now - _LATELY)
        slowed = select(PACES.c.model, PACES.c.pace).where(PACES.c.pace.is_not(None), PACES.c.cut >= now - FORGET)
        paces: dict[str, float] = dict(map(tuple, connection.execute(slowed.order_by(PACES.c.model))))
        lately = connection.execute(select(func.count()).where(*late)).scalar_one()
    failures = store.failures()
    failed_at = {
        row["id"]: line_id(1 + sum(event.kind == "line" for event in store.events(row["id"])))
        for row in [row for row in failures if not row["by_rules"]][:MOST_NAMED]
    }
    numbers = {(arm, null, state): number for arm, null, state, number in counted}
    spent = sum((work.spent for work in works), Usage())
    held = sum((work.held for work in working), Usage())
    uncertain = sum((work.held for work in works if work not in working), Usage())
    in_batches = store.in_batches
    taken = spent + held + uncertain + in_batches
    paid = [budget.cost(work.spent) for work in works]
    may_be = [*paid, *(budget.cost(held) for held in (*(work.held for work in works), in_batches))]
    money = _together(may_be)
    return Status(
        store=store.shown, model=played[-1].model if played else "", style=played[-1].style if played else "",
        players=store.players(),
        arms=tuple(
            ArmStatus(arm, null, {state: numbers.get((arm, null, state), 0) for state in STATES}) for arm, null in order
        ),
        unjudged=len(store.unjudged()), in_batches=in_batches, set_aside=store.set_aside(), states=len(played),
        reasons=reasons, failures=tuple(row["id"] for row in failures), failed_at=failed_at, spent=spent,
        held=held, uncertain=uncertain, money=_together(paid),
        tokens_left=None if budget.max_tokens is None else max(0, budget.max_tokens - taken.total),
        money_left=None if budget.money is None or money is None else max(0.0, budget.money - money), working=working,
        answers=answers, a_minute=round(lately / (_LATELY / 60), 3), paces=paces,
    )  # fmt: skip


def _together(costs: Iterable[float | None]) -> float | None:
    known = list(costs)
    return None if None in known else sum(cost or 0.0 for cost in known)


def beside_design(store: Store, design: Design, library: Library) -> tuple[int, int, int]:
    """Return how the sessions of a store differ from the present design.

    Returns:
        The number of sessions of the design that the store lacks; of ended sessions that are not part of the design;
        and of those that the next run takes over. All 0 if the design can no longer be played.
    """
    rows = list(store.everything())
    states = {row["id"]: row["state"] for row in rows}
    runs = runs_now(design, library, store.player, rows)
    if not runs:
        return 0, 0, 0
    known, taken = {run.id for run in runs}, to_take_over(store, runs, library).sessions
    if taken:
        return len(known - {*states}) - taken, 0, taken
    gone = sum(state in ("done", "failed") for run, state in states.items() if run not in known)
    return len(known - {*states}), gone, 0


def said_sampling(players: Iterable[Player], judged: bool, words: Words) -> str:
    """Return the temperatures at which this version asks models unless a factor sets others; empty if none is asked."""
    styles = sorted({style for model, style in players if style in ("free", "directed") and _asked(model)})
    profiles = {style: profile_of(cast("PlayStyle", style)) for style in styles}
    parts = [
        words("sampling.turns", style=style, temperature=profile.sampling.temperature, warmer=profile.warmer)
        for style, profile in profiles.items()
    ]
    if any(profile.asks_pulse for profile in profiles.values()):
        parts.append(words("sampling.pulses", temperature=pulses.SAMPLING.temperature))
    if judged:
        first, further = FIRST.temperature, FURTHER.temperature
        parts.append(words("sampling.judge", first=first, further=further))
    return words("semi").join(parts)


def _asked(model: str) -> bool:
    return model.partition(" (")[0] != CARDS and not model.startswith(AGENT)


def named_card(words: Words, card: str) -> str:
    """Return the name of a card or template, as in `locking.card_digests`, with its kind in words."""
    kind, _, name = card.partition(" ")
    return f"{words.of('unknown.kind', kind)} {name}"


def said_players(players: Iterable[Player], words: Words) -> str:
    """Return all players in words, each once."""
    return words("semi").join(dict.fromkeys(words.said(plays(player)) for player in players))
