"""The judges of an experiment: which of their outcomes may be relied on, and what each of a panel gave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from sandbox.content.library import Library
from sandbox.errors import InputError
from sandbox.experiment.store import Store
from sandbox.game.session import Session
from sandbox.scoring.scorecard import latest_scores, latest_votes
from sandbox.scoring.standing import standings_of
from sandbox.session.opening import game_of

__all__ = ["judged", "levels_by_judge", "reliable_outcomes"]

_ENOUGH = 50


def reliable_outcomes(store: Store, library: Library, runs: Path) -> frozenset[str]:
    """Return the judged outcomes whose judges were found reliable in every language in which they judged.

    All sessions of a design that have a language and judges in common have the same criteria and templates, so some of
    them tell. ``runs`` is the folder of sessions, which keeps how judges were calibrated.
    """
    known: dict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
    looked: dict[tuple[str, str], int] = defaultdict(int)
    for row in judged(store):
        key = row["spec"].get("lang", "en"), row["spec"]["judge_model"]
        if looked[key] >= _ENOUGH:
            continue
        looked[key] += 1
        events = store.events(row["id"])
        try:
            session = Session.of(game_of(events, library, store.shown), events)
        except InputError:
            return frozenset()  # the content has changed, and with it what the judges read
        scores = [score for score in latest_scores(session).scores if score.level is not None]
        standings = standings_of(runs, scores, session.game.rubric, session.spec.lang)
        for score in scores:
            standing = standings.get(score.criterion)
            known[key][score.criterion] = bool(standing and standing.reliable) and known[key].get(score.criterion, True)
    given = {criterion for levels in known.values() for criterion in levels}
    return frozenset(
        f"judged_{criterion}" for criterion in given if all(levels.get(criterion, True) for levels in known.values())
    )


def levels_by_judge(store: Store) -> dict[str, dict[str, dict[str, float]]]:
    """Return what each judge of a panel gave, by session and outcome; sessions with one judge or none are left out.

    The level of a judge who has several votes on a criterion is their median, as that of the panel is.
    """
    held: dict[str, dict[str, dict[str, float]]] = {}
    for row in judged(store):
        if "," not in row["spec"]["judge_model"]:
            continue
        held[row["id"]] = {}
        for criterion, votes in latest_votes(store.events(row["id"])).items():
            levels: dict[str, list[int]] = defaultdict(list)
            for vote in votes:
                if vote.level is not None:
                    levels[vote.judge].append(vote.level)
            held[row["id"]][f"judged_{criterion}"] = {judge: float(median(given)) for judge, given in levels.items()}
    return held


def judged(store: Store) -> Iterator[dict[str, Any]]:
    """Go through the finished sessions that were judged."""
    for row in store.everything():
        if row["state"] == "done" and not row["unjudged"] and row["spec"].get("judge_model") is not None:
            yield row
