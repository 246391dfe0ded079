"""Finished sessions where only rubric or judge has changed since: they are scored anew instead of played again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import Executable, RowMapping, insert, select, update

from sandbox.content.experiment_card import Design
from sandbox.content.library import Library
from sandbox.content.words import refusal
from sandbox.experiment.outcomes import outcomes_of
from sandbox.experiment.planning.runs import Run, cards_read, runs_now
from sandbox.experiment.playing.by_rules import Games
from sandbox.experiment.playing.countries import CountrySpec
from sandbox.experiment.store.store import DesignRun, Store, packed
from sandbox.experiment.store.tables import EVENTS, RUNS
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.record.events import Event
from sandbox.scoring.judge import TEMPLATES

_SCORED_BY = ("rubric", "judge_model", "judge_samples", "content")


def take_over(store: Store, played: DesignRun, runs: Sequence[Run], library: Library, *, changed: bool = False) -> int:
    """Take over finished sessions that differ from the design's only by rubric or judge.

    - A session enters the store again under its new id, with its events but without its scores: what rules count is
      counted anew; what a judge must judge is left to `judging`. A new id that the store already has just counts again.
    - The old session is kept, but is no longer part of the design.
    - A session is played again instead if it has no events, or was played with other cards or templates, or if its
      cards are not known.
    - A failed session is taken over as failed, with its events, so that it does not stop the others.

    If other sessions are no longer part of the design, nothing is done unless ``changed`` is set.

    Args:
        store: of the experiment.
        played: the present design.
        runs: the sessions of the present design.
        library: the cards.
        changed: whether other ended sessions may be no part of the design.

    Returns:
        How many finished sessions were taken over.

    Raises:
        InputError: the stored events of a session are damaged.
        StorageError: the store cannot be read or written.
    """
    known = _states(store)
    pairs, all_of_them = _pairs(store, runs, lambda: played.cards, known)
    finished = len([row for row, _ in pairs if row["state"] == "done"])
    if not finished or not (all_of_them or changed):
        return 0
    games = Games(library)
    for row, run in pairs:
        steps: list[Executable] = [update(RUNS).where(RUNS.c.id == row["id"]).values(current=False)]
        if run.id not in known:
            events = list(_as_of(run, store.events(row["id"])))
            session = Session.of(games.of(run.spec), events) if row["state"] == "done" else None
            steps.append(insert(RUNS).values(**_values(row, run, session, len(known))))
            steps += [insert(EVENTS).values(run=run.id, **packed(events))] if events else []
            known[run.id] = row["state"]
        with store.database.writing(lock=RUNS) as connection:
            for step in steps:
                connection.execute(step)
    return finished


@dataclass(frozen=True)
class ToTakeOver:
    """What the next run takes over.

    Args:
        sessions: how many ended sessions; 0 if others are no part of the design, so that the run is refused.
        of_rubric: how many finished sessions differ from the design's by the rubric that scored them, even if the run
            is refused.
    """

    sessions: int = 0
    of_rubric: int = 0


def to_take_over(store: Store, runs: Sequence[Run], library: Library) -> ToTakeOver:
    """Return what `take_over` would take over for the sessions of the present design."""
    pairs, all_of_them = _pairs(store, runs, partial(cards_read, runs, library), _states(store))
    rubrics = [(run.spec, SessionSpec.model_validate(row["spec"])) for row, run in pairs if row["state"] == "done"]
    others = sum(_rubric(now) != _rubric(then) for now, then in rubrics)
    return ToTakeOver(len(pairs) if all_of_them else 0, others)


def check_scored(store: Store, design: Design, library: Library) -> None:
    """Check that finished sessions are scored by the design's present rubric.

    Raises:
        InputError: some are scored by another one.
    """
    runs = runs_now(design, library, store.player, store.everything())
    if other := to_take_over(store, runs, library).of_rubric:
        raise refusal("stands.other_rubric", count=other, command=f"sandbox experiment run {design.id}")


def _rubric(spec: object) -> tuple[str, str]:
    """Return the rubric of a session and the digest of its cards, without the digest of templates."""
    assert isinstance(spec, SessionSpec)
    return spec.rubric, spec.content.partition("-")[0]


def _states(store: Store) -> dict[str, str]:
    with store.database.reading() as connection:
        return {row.id: row.state for row in connection.execute(select(RUNS.c.id, RUNS.c.state))}


def _pairs(
    store: Store, runs: Sequence[Run], cards_now: Callable[[], Mapping[str, str] | None], known: Mapping[str, str]
) -> tuple[list[tuple[RowMapping, Run]], bool]:
    """Return the sessions that can be taken over, each with its new session, and whether no other is astray."""
    ended = RUNS.c.current & RUNS.c.state.in_(("done", "failed"))
    with store.database.reading() as connection:
        gone = {*connection.execute(select(RUNS.c.id).where(ended)).scalars()} - {run.id for run in runs}
        if not gone or not runs:
            return [], True
        rows = [row for row in connection.execute(select(RUNS).where(ended)).mappings() if row["id"] in gone]
        kept = {*connection.execute(select(EVENTS.c.run).distinct()).scalars()} & gone
    states, cards = store.played, cards_now()
    by_play = {_as_played(run.spec): run for run in runs if not isinstance(run.spec, CountrySpec)}
    pairs = [
        (row, run)
        for row in rows
        if (row["id"] in kept or row["state"] == "failed") and "scenario" in row["spec"]
        if (run := by_play.get(_as_played(SessionSpec.model_validate(row["spec"]))))
        if known.get(run.id, "done") in ("done", "failed") and _same_cards(states[row["design"] - 1].cards, cards)
    ]
    return pairs, len(pairs) == len(rows)


def _values(row: RowMapping, run: Run, session: Session | None, position: int) -> dict[str, Any]:
    outcomes = outcomes_of(session).items() if session else ()
    return {
        **row, "id": run.id, "position": position, "cell": dict(run.cell), "arm": run.arm,
        "block": run.block, "spec": run.spec.model_dump(mode="json", exclude_defaults=True),
        "unjudged": session is not None and run.spec.judge_model is not None,
        "outcomes": {name: value for name, value in outcomes if value is not None} if session else None,
    }  # fmt: skip


def _as_played(spec: SessionSpec) -> str:
    """Return a key of how a session is played: its spec without the rubric, the judge and the digest of content."""
    return json.dumps(spec.model_dump(mode="json", exclude=set(_SCORED_BY)), sort_keys=True)


def _same_cards(then: Mapping[str, str] | None, now: Mapping[str, str] | None) -> bool:
    if then is None or now is None:
        return False
    judging = tuple(f"/{name}" for name in TEMPLATES)
    both = (name for name in then if name in now and not name.startswith("rubric ") and not name.endswith(judging))
    return all(then[name] == now[name] for name in both)


def _as_of(run: Run, events: Sequence[Event]) -> Iterator[Event]:
    """Yield the events of an old session, without its scores, as events of a session of the design."""
    told: dict[str, Any] = {
        name: value for name, value in run.spec.model_dump(mode="json").items() if name in _SCORED_BY
    }
    number = 0
    for event in events:
        if event.kind == "score":
            continue
        number += 1
        payload = event.payload
        if event.kind == "session":
            payload = {**payload, "session": run.id, "spec": {**payload["spec"], **told}}
        yield replace(event, seq=number, payload=payload)
