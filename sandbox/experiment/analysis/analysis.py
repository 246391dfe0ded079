"""The analysis of an experiment's sessions, as plain values for its report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from sandbox.content.experiment_card import Design
from sandbox.content.library import Library
from sandbox.content.program import own_version
from sandbox.content.words import refusal
from sandbox.experiment.analysis.agreement import PanelAgreement, Votes, agreement
from sandbox.experiment.analysis.apart import Apart, incompatibility
from sandbox.experiment.analysis.effects import CASE_DRAWS, effects_of
from sandbox.experiment.analysis.means import Course, OutcomeSummary, courses_of, means_of
from sandbox.experiment.analysis.missing import Missing, missing_by_arm
from sandbox.experiment.analysis.mixed import Components, components
from sandbox.experiment.analysis.pairs import DRAWS
from sandbox.experiment.analysis.results import Effects
from sandbox.experiment.judging.answers import Answers
from sandbox.experiment.judging.judges import judged_in, reliable_outcomes
from sandbox.experiment.outcomes import LEVELS, OUTCOMES, known_outcome
from sandbox.experiment.planning.locking import Lock, card_digests, design_digest
from sandbox.experiment.planning.notes import mute_factors
from sandbox.experiment.planning.pairing import copied
from sandbox.experiment.planning.players import Known, Player, known_in, names_player
from sandbox.experiment.planning.runs import runs_now, versions_in
from sandbox.experiment.planning.seeds import digest_of
from sandbox.experiment.store.store import Store
from sandbox.experiment.store.taken_over import check_scored
from sandbox.llm.usage import Usage

SEED = 1
"""Seed of all flips, weights and shuffles of an analysis, so that the same sessions give the same figures."""
_LIBRARIES = ("numpy", "scipy", "pandas", "krippendorff")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Sessions:
    """Numbers of sessions.

    Args:
        done: finished, by arm, without the null arm.
        failed: failed, by arm, without the null arm.
        null: finished, of the null arm.
        null_failed: failed, of the null arm.
        left: still to be played.
        reasons: failed, by reason, the most frequent first.
        added: finished, from a later state of the design.
        planned: finished, of the locked plan, without the null arm; all if there is no lock.
        early: finished before the plan was locked, or under another lock, without the null arm.
        elsewhere: finished in other stores when the plan was locked, by store.
        beside: the players in other stores with finished sessions of the design now, by store.
        astray: finished, not part of the design as it is now, including the null arm.
    """

    done: Mapping[str, int]
    failed: Mapping[str, int]
    null: int
    null_failed: int
    left: int
    reasons: Mapping[str, int]
    added: int
    planned: int
    early: int
    elsewhere: Mapping[str, int] = field(default_factory=dict)
    beside: Mapping[str, Player] = field(default_factory=dict)
    astray: int = 0


@dataclass(frozen=True)
class Analysis:
    """The analysis of an experiment.

    Args:
        lock: its lock; None if it was not locked.
        changed: cards and templates that differ from the locked ones, by kind and id.
        measures: for each outcome of the user's own, the versions of its code, with their times.
        model: the model that played if no factor determines it; empty if unknown.
        agents: versions of the agents in Python that played, by name.
        by_rules: whether no model played at all, so that all effects are those of the rules.
        inert: varied factors that cannot act on these sessions because no model played, or whose levels make only
            copies (see `copied`).
        played: the first and the last day (UTC) on which sessions finished, as ISO dates; empty if unknown.
        scenarios: the cases of the finished sessions.
        effects: the effects, those of hypotheses first.
        components: variance components of the hypotheses' outcomes; for confirmatory ones over the sessions of the
            locked plan alone.
        apart: H and P under each arm.
        values: values of the hypotheses' outcomes, by outcome and arm.
        summaries: means of every outcome that a session has, by outcome and arm.
        missing: sessions without an outcome, by outcome and arm, for outcomes that some sessions lack.
        courses: mean pulses by arm and moment.
        usage: calls and tokens by arm.
        answers: how the answers of models came about, by arm; unknown ones are left out.
        unreliable: outcomes by a judge that was not measured reliable.
        agreement: the agreement of a panel's judges, by judged outcome.
        quotes: by judged outcome and arm, the number of sessions with each status of `sandbox.scoring.judge.Vote`. A
            level counts whether or not its quotes were verified, as in a session.
        digest: SHA-256 of the design's plan.
        content_digest: SHA-256 of the digests of all content that the sessions read; empty if unknown.
        sessions_digest: SHA-256 of the ids of all finished sessions, which hash what they were played from.
        seed: seed of the analysis.
        draws: number of flips and weights of each test.
        case_draws: the same for tests by case and level.
        versions: versions of the program and of the libraries used.
    """

    design: Design
    lock: Lock | None
    changed: tuple[str, ...]
    measures: Mapping[str, Sequence[tuple[str, float]]]
    model: str
    style: str
    agents: Mapping[str, str]
    by_rules: bool
    inert: tuple[str, ...]
    sessions: Sessions
    played: tuple[str, ...]
    scenarios: tuple[str, ...]
    effects: Effects
    components: Mapping[str, Components]
    apart: tuple[Apart, ...]
    values: Mapping[str, Mapping[str, tuple[float, ...]]]
    summaries: Mapping[str, Mapping[str, OutcomeSummary]]
    missing: Mapping[str, Mapping[str, Missing]]
    courses: Mapping[str, Course]
    usage: Mapping[str, Usage]
    answers: Mapping[str, Answers]
    unreliable: tuple[str, ...]
    agreement: tuple[PanelAgreement, ...]
    quotes: Mapping[str, Mapping[str, Mapping[str, int]]]
    digest: str
    content_digest: str
    sessions_digest: str
    seed: int
    draws: int
    case_draws: int
    versions: Mapping[str, str]

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """The arms, the base first."""
        levels = self.design.factors.levels(self.design.arms)
        return tuple(sorted(levels, key=lambda level: level != self.design.base))

    @property
    def player(self) -> Player:
        """The player if no factor determines it."""
        return self.model, self.style

    @property
    def strange(self) -> bool:
        """Whether the plan was locked for another player than the one that played."""
        return self.lock is not None and self.lock.player not in (None, self.player)

    @property
    def open_to_all(self) -> bool:
        """Whether neither lock nor design determines the player."""
        return self.lock is not None and self.lock.player is None and not names_player(self.design)

    @property
    def others_tried(self) -> Mapping[str, Player]:
        """Other players of the design, by store, if the lock leaves the player open: each is one more try."""
        beside = self.sessions.beside if self.open_to_all else {}
        return {store: player for store, player in beside.items() if player != self.player}

    @property
    def unfounded(self) -> tuple[str, ...]:
        """Judged outcomes of which, under some arm, most levels have quotes that could not be verified."""
        return tuple(
            outcome
            for outcome, held in self.quotes.items()
            if any(counts.get("unsupported", 0) > counts.get("supported", 0) for counts in held.values())
        )

    @property
    def grown(self) -> bool:
        """Whether confirmatory hypotheses were tested on the locked plan's sessions, fewer than are finished."""
        return any(item.overall is not None for item in self.effects.tested)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as written to JSON."""
        plain = asdict(self)
        plain["design"] = self.design.model_dump(mode="json")
        for tested, shown in zip(self.effects.tested, plain["effects"]["tested"], strict=True):
            shown["hypothesis"] = tested.hypothesis.model_dump(mode="json")
        return plain


def analyse(
    design: Design, rows: Sequence[Row], *, failures: Sequence[Row] = (), left: int = 0, lock: Lock | None = None,
    early: int = 0, elsewhere: Mapping[str, int] | None = None, beside: Sequence[Known] = (),
    reliable: Collection[str] = (), votes: Votes | None = None, model: str = "", style: str = "",
    changed: Sequence[str] = (), measures: Mapping[str, Sequence[tuple[str, float]]] | None = None,
    astray: Collection[str] = (),
    statuses: Mapping[str, Mapping[str, str]] | None = None,
) -> Analysis:  # fmt: skip
    """Analyse an experiment.

    The same sessions, in any order, give the same figures. ``rows`` are the finished ones, as returned by
    `sandbox.experiment.store.store.Store.rows`: with ``id``, ``arm``, ``block``, ``scenario``, ``replicate``, ``null``,
    ``cell`` and ``outcomes``; if known, with ``by_rules``, ``pulses``, ``usage`` and ``design``. ``failures`` are the
    failed ones, each with its ``reason``; ``beside`` are the other stores with finished sessions of the design;
    ``astray`` has the ids of rows that are not part of it now. ``votes`` has levels by session, outcome and judge for
    sessions with a panel, ``statuses`` the status of judged levels by session and outcome. All else is as in `Analysis`
    and `Sessions`.

    All hypotheses are exploratory if any session was played ``early``, or if the lock is for another player, or for
    none while another player has sessions in another store. So is one whose outcome is judged and not among
    ``reliable``, or depends on what was ``changed`` since the lock, or on code of another version.

    Raises:
        InputError: no session is finished.
    """
    rows, failures = _ordered(design, rows), _ordered(design, failures)
    spoken = [row for row in rows if not row["null"]]
    if not spoken:
        raise refusal("stands.none_finished", name=design.id)
    measured = tuple(dict.fromkeys([*OUTCOMES, *(name for row in spoken for name in row["outcomes"])]))
    unreliable = tuple(name for name in measured if known_outcome(name).judged and name not in reliable)
    outcomes = tuple(dict.fromkeys(hypothesis.outcome for hypothesis in design.hypotheses))
    arms = design.factors.levels(design.arms)
    own = names_player(design) or (lock is not None and lock.holds((model, style), beside))
    locked = tuple(lock.hypotheses) if lock and own and not early else ()
    planned = [row for row in rows if lock is None or (lock.covers(row) and row["id"] not in astray)]
    on_plan = sum(not row["null"] for row in planned)
    content = sorted({row["spec"].get("content", "") for row in rows if "spec" in row})
    by_rules = all(row.get("by_rules", False) for row in spoken)
    inert = mute_factors(design) if by_rules else copied(design, spoken)
    given = measures or {}
    otherwise = tuple(
        name
        for name in measured
        if lock and ((astray and not on_plan) or _otherwise(name, lock, changed, given, by_rules))
    )
    tested_as_locked = {item.outcome for item in design.hypotheses if item.id in locked} - {*unreliable, *otherwise}
    generator, ids = np.random.default_rng(SEED), [str(row["id"]) for row in spoken]
    judged = [name for name in measured if votes and known_outcome(name).judged]
    agreed = (agreement(votes or {}, ids, name, np.random.default_rng([SEED, 2])) for name in judged)
    return Analysis(
        design=design,
        lock=lock,
        changed=tuple(changed),
        measures=given,
        model=model,
        style=style,
        agents=versions_in(rows),
        by_rules=by_rules,
        inert=inert,
        sessions=_sessions(
            rows, failures, left=left, planned=on_plan, early=early,
            elsewhere=elsewhere or {}, beside={known.store: known.player for known in beside}, astray=len(astray),
        ),
        played=_days(rows),
        scenarios=tuple(dict.fromkeys(str(row["scenario"]) for row in spoken)),
        effects=effects_of(
            design, rows, generator, locked=locked, planned=planned, unreliable=unreliable, inert=inert,
            changed=otherwise,
        ),
        components={
            outcome: components(
                [row for row in planned if not row["null"]] if outcome in tested_as_locked else spoken,
                outcome, design.arms, design.base, votes=votes,
            )
            for outcome in outcomes
        },
        apart=incompatibility(spoken, design.arms, SEED),
        values={outcome: _values(spoken, outcome) for outcome in outcomes},
        summaries={name: held for name in measured if (held := means_of(spoken, name, design.arms, SEED))},
        missing={name: lacking for name in measured if (lacking := missing_by_arm(spoken, name, arms))},
        courses=courses_of(spoken, design.arms, SEED),
        usage=_usage([*spoken, *(row for row in failures if not row["null"])]),
        answers=_answers([*spoken, *(row for row in failures if not row["null"])]),
        unreliable=unreliable,
        agreement=tuple(filter(None, agreed)),
        quotes=_quotes(spoken, statuses or {}),
        digest=design_digest(design),
        content_digest=digest_of(content) if content else "",
        sessions_digest=digest_of(sorted(str(row["id"]) for row in rows)),
        seed=SEED,
        draws=DRAWS,
        case_draws=CASE_DRAWS,
        versions={"governance-sandbox": own_version(), **_versions()},
    )  # fmt: skip


@cache
def _versions() -> dict[str, str]:
    return {name: version(name) for name in _LIBRARIES}


def analyse_store(store: Store, design: Design, lock: Lock | None, library: Library, runs: Path) -> Analysis:
    """Analyse the finished sessions of an experiment.

    ``runs`` is the folder of sessions, which holds the calibrations of judges.

    Raises:
        InputError: no session is finished, or finished ones are scored by another rubric than the design has now.
        StorageError: the store cannot be read.
    """
    check_scored(store, design, library)
    rows, failures = store.rows(), store.failures()
    model, style = store.player if rows else ("", "")
    own, (votes, statuses) = Path(store.where).resolve(), judged_in(store)
    beside = known_in((path for path in sorted(runs.glob("*.sqlite")) if path.resolve() != own), design.id)
    return analyse(
        design, rows, failures=failures, left=sum(count.number for count in store.counts()) - len(rows) - len(failures),
        lock=lock, early=store.early(lock) if lock else 0, elsewhere=store.elsewhere(lock) if lock else None,
        beside=beside, reliable=reliable_outcomes(store, library, runs), votes=votes, model=model,
        style=style, changed=lock.changed(card_digests(design, library)) if lock else (),
        measures=store.measures,
        astray=_astray(rows, design, library, (model, style)), statuses=statuses,
    )  # fmt: skip


def _otherwise(
    outcome: str, lock: Lock, changed: Collection[str], given: Mapping[str, Sequence[tuple[str, float]]], by_rules: bool
) -> bool:  # fmt: skip
    """Return whether an outcome depends on content or code that differs from the locked one."""
    if rests_on(outcome, changed, by_rules):
        return True
    known = known_outcome(outcome)
    return known.own and (outcome not in given or lock.measures.get(outcome) != given[outcome][-1][0])


def rests_on(outcome: str, cards: Iterable[str], by_rules: bool) -> tuple[str, ...]:
    """Return those of some cards and templates, by kind and id, on which an outcome depends.

    Only levels depend on the rubric, only judged ones on the judge, and nothing in rules-only sessions on templates; on
    all other cards everything depends.
    """
    rubric = () if outcome.startswith(LEVELS) else ("rubric ",)
    judge = () if known_outcome(outcome).judged else ("judge ", "judge_samples ")
    prompts = ("templates ",) if by_rules else ()
    return tuple(card for card in cards if not card.startswith((*rubric, *judge, *prompts)))


def _astray(rows: Sequence[Row], design: Design, library: Library, player: Player) -> frozenset[str]:
    """Return the ids of sessions that are not part of a design as it is now; all if it cannot be played."""
    now = runs_now(design, library, player, rows)
    return frozenset(str(row["id"]) for row in rows).difference(run.id for run in now)


def _days(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the first and the last day on which sessions ended; only one if they are the same."""
    ends = [float(row["ended"]) for row in rows if row.get("ended")]
    days = [datetime.fromtimestamp(end, UTC).date().isoformat() for end in (min(ends), max(ends))] if ends else []
    return tuple(dict.fromkeys(days))


def _ordered(design: Design, rows: Sequence[Row]) -> list[Row]:
    """Return sessions in the order of the design's cases and arms, then by id, so that figures do not depend on it."""
    places = [
        {level: place for place, level in enumerate(design.factors.levels(factor))}
        for factor in ("scenario", design.arms)
    ]
    last = max(map(len, places))

    def place(row: Row) -> tuple[int, int, str]:
        return places[0].get(str(row["scenario"]), last), places[1].get(str(row["arm"]), last), str(row["id"])

    return sorted(rows, key=place)


def _sessions(rows: Sequence[Row], failures: Sequence[Row], **known: Any) -> Sessions:
    reasons = Counter(row.get("reason", "") for row in failures)
    return Sessions(
        done=dict(Counter(str(row["arm"]) for row in rows if not row["null"])),
        failed=dict(Counter(str(row["arm"]) for row in failures if not row["null"])),
        null=sum(bool(row["null"]) for row in rows),
        null_failed=sum(bool(row["null"]) for row in failures),
        reasons=dict(reasons.most_common()),
        added=sum(row.get("design", 1) > 1 for row in rows),
        **known,
    )


def _values(rows: Sequence[Row], outcome: str) -> dict[str, tuple[float, ...]]:
    values: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        value = row["outcomes"].get(outcome)
        if value is not None:
            values[str(row["arm"])].append(float(value))
    return {arm: tuple(sorted(held)) for arm, held in values.items()}


def _quotes(
    rows: Sequence[Row], statuses: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, dict[str, int]]]:  # fmt: skip
    held: dict[str, dict[str, Counter[str]]] = {}
    for row in rows:
        for outcome, status in statuses.get(str(row["id"]), {}).items():
            held.setdefault(outcome, {}).setdefault(str(row["arm"]), Counter())[status] += 1
    return {outcome: {arm: dict(counts) for arm, counts in arms.items()} for outcome, arms in held.items()}


def _usage(rows: Sequence[Row]) -> dict[str, Usage]:
    usage: dict[str, Usage] = defaultdict(Usage)
    for row in rows:
        usage[str(row["arm"])] += Usage(**(row.get("usage") or {}))
    return dict(usage)


def _answers(rows: Sequence[Row]) -> dict[str, Answers]:
    answers: dict[str, Answers] = defaultdict(Answers)
    for row in rows:
        if row.get("answers"):
            answers[str(row["arm"])] += Answers.of(row["answers"])
    return dict(answers)
