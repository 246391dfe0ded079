"""Which judged outcomes of an experiment may be relied on: those whose judges were measured and found reliable."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from sandbox.content.library import Library
from sandbox.errors import InputError
from sandbox.experiment.store import Store
from sandbox.game.session import Session
from sandbox.scoring.scorecard import latest_scores
from sandbox.scoring.standing import standings_of
from sandbox.session.opening import game_of

__all__ = ["reliable_outcomes"]

_ENOUGH = 50


def reliable_outcomes(store: Store, library: Library, runs: Path) -> frozenset[str]:
    """Return the judged outcomes whose judges were found reliable in every language in which they judged.

    All sessions of a design that have a language have the same judges, criteria and templates, so some of them tell.

    Args:
        store: the store.
        library: the content.
        runs: the folder of sessions, which keeps how judges were calibrated.
    """
    known: dict[str, dict[str, bool]] = defaultdict(dict)
    looked: dict[str, int] = defaultdict(int)
    for row in store.everything():
        spec = row["spec"]
        lang = spec.get("lang", "en")
        if row["state"] != "done" or row["unjudged"] or spec.get("judge_model") is None or looked[lang] >= _ENOUGH:
            continue
        looked[lang] += 1
        events = store.events(row["id"])
        try:
            session = Session.of(game_of(events, library, store.shown), events)
        except InputError:
            return frozenset()  # the content has changed, and with it what the judges read
        standings = standings_of(runs, latest_scores(session).scores, session.game.rubric, session.spec.lang)
        known[lang] |= {criterion: standing.reliable for criterion, standing in standings.items()}
    reliable = [{criterion for criterion, good in found.items() if good} for found in known.values()]
    return frozenset(f"judged_{criterion}" for criterion in (set.intersection(*reliable) if reliable else ()))
