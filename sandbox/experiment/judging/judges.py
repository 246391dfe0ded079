"""The judges of an experiment: which are reliable, what each gave, and how far their votes on one session scatter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import fmean, median
from typing import Any, Literal

from sandbox.content.experiment_card import Design
from sandbox.content.language import LANGUAGES
from sandbox.content.library import Library
from sandbox.errors import InputError
from sandbox.experiment.outcomes import judged_statuses, known_outcome
from sandbox.experiment.store.store import Store
from sandbox.game.session import Session
from sandbox.llm.embedded import MODEL_NAME
from sandbox.record.log import read_events
from sandbox.record.payloads import ScoreStatus
from sandbox.scoring.judge import Vote, criterion_digest, judge_templates
from sandbox.scoring.panel import score_of
from sandbox.scoring.scorecard import latest_scores, latest_votes
from sandbox.scoring.standing import JudgeFolder, standings_of
from sandbox.session.choice import EMBEDDED
from sandbox.session.opening import game_of

Votes = Mapping[str, Sequence[Sequence[int]]]
"""By session: a list of levels for each judge, in the same order of judges; empty if the judge gave none."""

_DRAWS = 20_000
_JUDGED = "judged_"
_ENOUGH = 50  # sessions that are enough to tell whether a judge is reliable
_ENOUGH_VOTES = 300  # sessions that are enough to tell how far judges scatter


@dataclass(frozen=True)
class JudgeNoise:
    """How far judges' votes on the same session scatter, in levels.

    That one judge is kinder than another in all sessions alike is not part of it: it cancels in differences.

    Args:
        judges: number of judges of each session.
        again: standard deviation of one judge's votes on the same session; None if no judge was asked twice.
        apart: standard deviation between judges on the same session beyond that; if ``again`` is not known, both
            together.
        freedom: degrees of freedom of the estimate.
        basis: where the votes come from: played sessions (``pilot``), or the judges' calibration.
    """

    judges: int
    again: float | None
    apart: float
    freedom: int
    basis: Literal["pilot", "calibration"]

    def of_panel(self, samples: int) -> float:
        """Return the standard deviation that judging adds to a session's level, the median of all votes.

        Votes are drawn from normal distributions, always with the same seed. Each judge gives ``samples`` votes per
        session.
        """
        import numpy as np

        rng = np.random.default_rng(1)
        judges = self.apart * rng.standard_normal((_DRAWS, self.judges, 1))
        votes = judges + (self.again or 0.0) * rng.standard_normal((_DRAWS, self.judges, samples))
        if self.judges * samples == 1:  # known without a draw
            return float(np.hypot(self.apart, self.again or 0.0))
        return float(np.median(votes.reshape(_DRAWS, -1), axis=1).std())


def judge_noise(design: Design, store: Store | None, library: Library, runs: Path) -> dict[str, JudgeNoise]:
    """Return how far the judges of a design scatter, by outcome, for each hypothesis on a judged outcome.

    Outcomes without two votes on the same session, or on the same item of the gold set, are left out.

    Args:
        design: with judges and hypotheses.
        store: None if nothing has been played.
        library: the cards.
        runs: the folder of sessions, which holds the calibrations of judges.

    Raises:
        InputError: a stored calibration is damaged.
        StorageError: the store cannot be read.
    """
    named, names = _asked_of(design), _names(design)
    if not named:
        return {}
    played = _played(store, names, named) if store else {}
    again = _asked_again(design, names, library, runs)
    noises = {
        outcome: noise_in(played.get(outcome, {}), len(names), again.get(outcome, ())) for outcome in sorted(named)
    }
    return {outcome: noise for outcome, noise in noises.items() if noise is not None}


def unreliable_now(design: Design, library: Library, runs: Path) -> frozenset[str]:
    """Return the judged outcomes of hypotheses on which a design's judges, judging now, would not count as reliable.

    That is by `standings_of`, as the report has it of sessions that were judged; ``runs`` is the folder of sessions.

    Raises:
        InputError: what is kept of a calibration is damaged.
    """
    named, names, rubric = _asked_of(design), _names(design), library.rubric(design.rubric)
    reliable = set(named)
    for lang in (design.factors.lang or LANGUAGES[:1]) if named else ():
        templates = judge_templates(library.templates(lang))
        scores = [
            score_of(criterion.id, [
                Vote(name, sample, 1, "supported", "", "", "", criterion_digest(criterion, lang), templates)
                for name in names for sample in range(1, design.judge_samples + 1)
            ], None)
            for criterion in rubric.criteria
        ]  # fmt: skip
        standings = standings_of(runs, scores, rubric, lang)
        reliable &= {f"{_JUDGED}{criterion}" for criterion, standing in standings.items() if standing.reliable}
    return frozenset(named - reliable)


def _asked_of(design: Design) -> set[str]:
    return {item.outcome for item in design.hypotheses if known_outcome(item.outcome).judged}


def _names(design: Design) -> list[str]:
    """Return the names of a design's judges, as votes have them."""
    stripped = (name.strip() for name in design.judge.split(","))
    return [MODEL_NAME if name == EMBEDDED else name for name in stripped]


def noise_in(votes: Mapping[str, Votes], judges: int, again: Sequence[Sequence[int]]) -> JudgeNoise | None:
    """Return how far judges scatter; None if there are no votes to tell it from.

    By analysis of variance (Searle, Casella and McCulloch 1992, doi:10.1002/9780470316856): the variance of one judge's
    votes is that within judge and session; the variance between judges is that of their interaction with sessions.
    Judges are centred in each arm, so a judge's leaning towards an arm does not count.

    Args:
        votes: by arm and session, the levels that each judge gave, the judges in the same order.
        judges: their number.
        again: votes of one judge on the same item of the gold set, a list per judge and item; used if no session has
            two votes of a judge.
    """
    sessions = [session for arm in votes.values() for session in arm.values()]
    own, own_freedom = _within([levels for session in sessions for levels in session])
    gold, gold_freedom = _within(again)
    single = own if own is not None else gold
    freedom = own_freedom or gold_freedom
    if judges == 1:
        if single is None:
            return None
        return JudgeNoise(1, single**0.5, 0.0, freedom, "calibration" if own is None else "pilot")
    between, between_freedom = _between(votes, judges)
    if between is None:
        return None
    if single is None:
        return JudgeNoise(judges, None, between**0.5, between_freedom, "pilot")
    each = fmean(len(levels) for session in sessions for levels in session if levels)
    apart = max(0.0, between - single / each)
    return JudgeNoise(judges, single**0.5, apart**0.5, between_freedom, "pilot")


def _within(groups: Iterable[Sequence[int]]) -> tuple[float | None, int]:
    """Return the variance within groups and its degrees of freedom; None if no group has two values."""
    squares, freedom = 0.0, 0
    for group in groups:
        if len(group) > 1:
            centre = fmean(group)
            squares += sum((value - centre) ** 2 for value in group)
            freedom += len(group) - 1
    return (squares / freedom if freedom else None), freedom


def _between(votes: Mapping[str, Votes], judges: int) -> tuple[float | None, int]:
    """Return the variance of judges' mean levels after removing the means of sessions and, per arm, of judges."""
    squares, freedom = 0.0, 0
    for arm in votes.values():
        table = [[fmean(levels) for levels in session] for session in arm.values() if all(session)]
        if len(table) < 2:
            continue
        whole = fmean(fmean(row) for row in table)
        columns = [fmean(column) for column in zip(*table, strict=True)]
        for row in table:
            centre = fmean(row)
            squares += sum((value - centre - column + whole) ** 2 for value, column in zip(row, columns, strict=True))
        freedom += (len(table) - 1) * (judges - 1)
    return (squares / freedom if freedom else None), freedom


def _played(store: Store, names: Sequence[str], outcomes: Collection[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the levels that judges gave to played sessions, by outcome, arm and session."""
    held: dict[str, dict[str, dict[str, Any]]] = {outcome: {} for outcome in outcomes}
    for row in islice(_judged(store), _ENOUGH_VOTES):
        for criterion, votes in latest_votes(store.events(row["id"])).items():
            if (outcome := f"{_JUDGED}{criterion}") in outcomes:
                levels = [
                    [vote.level for vote in votes if vote.judge == name and vote.level is not None] for name in names
                ]
                held[outcome].setdefault(row["arm"], {})[row["id"]] = levels
    return held


def _asked_again(design: Design, names: Sequence[str], library: Library, runs: Path) -> dict[str, list[list[int]]]:
    """Return the votes of one judge on the same item of the gold set, by outcome; only what is read now counts."""
    languages = design.factors.lang or ("en",)
    rubric = library.rubric(design.rubric)
    templates = {lang: judge_templates(library.templates(lang)) for lang in languages}
    current = {
        (criterion_digest(criterion, lang), templates[lang]) for criterion in rubric.criteria for lang in languages
    }
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for folder in JudgeFolder.all(runs):
        for event in read_events(folder.ratings):
            if event.kind != "score":
                continue
            vote = Vote.of(event.payload)
            read = vote.criterion_digest, vote.templates_digest
            if vote.judge in names and vote.level is not None and read in current:
                item = event.payload["id"].removesuffix(f":{vote.judge}:{vote.sample}").rpartition(":")[0]
                groups[event.payload["criterion"], item, vote.judge].append(vote.level)
    outcomes: dict[str, list[list[int]]] = defaultdict(list)
    for (criterion, _, _), levels in groups.items():
        outcomes[f"{_JUDGED}{criterion}"].append(levels)
    return outcomes


def reliable_outcomes(store: Store, library: Library, runs: Path) -> frozenset[str]:
    """Return the judged outcomes whose judges were found reliable in every language in which they judged.

    A sample of sessions is enough: all sessions of a design with the same language and judges have the same criteria
    and templates. ``runs`` is the folder of sessions, which holds the calibrations of judges.
    """
    known: dict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
    looked: dict[tuple[str, str], int] = defaultdict(int)
    for row in _judged(store):
        key = row["spec"].get("lang", "en"), row["spec"]["judge_model"]
        if looked[key] >= _ENOUGH:
            continue
        looked[key] += 1
        events = store.events(row["id"])
        try:
            session = Session.of(game_of(events, library, store.shown), events)
        except InputError:
            return frozenset()  # the content has changed, and so has what the judges read
        scores = [score for score in latest_scores(session).scores if score.level is not None]
        standings = standings_of(runs, scores, session.game.rubric, session.spec.lang)
        for score in scores:
            standing = standings.get(score.criterion)
            known[key][score.criterion] = bool(standing and standing.reliable) and known[key].get(score.criterion, True)
    criteria = {criterion for levels in known.values() for criterion in levels}
    return frozenset(
        f"{_JUDGED}{criterion}"
        for criterion in criteria
        if all(levels.get(criterion, True) for levels in known.values())
    )


def judged_in(store: Store) -> tuple[dict[str, dict[str, dict[str, float]]], dict[str, dict[str, ScoreStatus]]]:
    """Return the level that each judge of a panel gave, and what each judged level rests on or why there is none.

    Both are by session and outcome. Sessions with one judge have no levels of a panel. Several votes of a judge on a
    criterion give their median, as for the panel.
    """
    levels: dict[str, dict[str, dict[str, float]]] = {}
    statuses: dict[str, dict[str, ScoreStatus]] = {}
    for row in _judged(store):
        events = store.events(row["id"])
        statuses[row["id"]] = judged_statuses(events)
        if "," in row["spec"]["judge_model"]:
            levels[row["id"]] = {
                f"{_JUDGED}{criterion}": _by_judge(votes) for criterion, votes in latest_votes(events).items()
            }
    return levels, statuses


def _by_judge(votes: Iterable[Vote]) -> dict[str, float]:
    cast: dict[str, list[int]] = defaultdict(list)
    for vote in votes:
        if vote.level is not None:
            cast[vote.judge].append(vote.level)
    return {judge: float(median(levels)) for judge, levels in cast.items()}


def _judged(store: Store) -> Iterator[dict[str, Any]]:
    for row in store.everything():
        if row["state"] == "done" and not row["unjudged"] and row["spec"].get("judge_model") is not None:
            yield row
