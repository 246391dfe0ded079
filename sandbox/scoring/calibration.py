"""Measures a judge on the gold set: agreement with it, with itself, and under probes. Needs the ``lab`` extra."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any, TypeVar

from sandbox import __version__
from sandbox.content.gold import GoldItem, gold_items
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.rubric import Criterion, Rubric
from sandbox.content.templates import Templates
from sandbox.content.words import Words, refusal
from sandbox.errors import SandboxError, unknown
from sandbox.game.steps import EMPTY_LINE
from sandbox.llm.calls import Call, Reply
from sandbox.llm.gateway import Gateway
from sandbox.llm.usage import Meter, Usage
from sandbox.record.line import Line, line_id
from sandbox.record.log import Log
from sandbox.scoring.judge import Dialogue, Vote, ask_judge, criterion_digest, judge_templates
from sandbox.scoring.panel import Panel, score_of
from sandbox.scoring.probes import PROBES, ProbeName, other_language, probe, swayed
from sandbox.scoring.reliability import Rating, agreement, retest, shift
from sandbox.scoring.standing import Calibration, CalibrationEntry, Part

T = TypeVar("T")
_AGAIN = 100_000  # far from the seeds of any vote and attempt
_AT_ONCE = 4
_BASE, _RETEST = "base", "again"


@dataclass(frozen=True)
class GoldQuestion:
    """A gold item, in a probe a changed one, as it is put to the judge; ``again`` for the second time, by another seed.

    The digest is that of the judge's templates in the item's language.
    """

    criterion: Criterion
    item: GoldItem
    lang: Lang
    again: bool
    templates_digest: str

    @cached_property
    def place(self) -> str:
        """The key of its votes; it changes with anything that the judge reads."""
        lines = [[line.seat, line.act, line.to, line.says] for line in self.item.dialogue]
        read = [criterion_digest(self.criterion, self.lang), self.templates_digest, self.item.stage, lines]
        digest = hashlib.sha256(json.dumps(read, ensure_ascii=False).encode()).hexdigest()[:16]
        return f"{self.criterion.id}:{self.lang}:{self.item.id}:{digest}:{_RETEST if self.again else _BASE}"


@dataclass(frozen=True)
class Schedule:
    """The questions of one criterion in one language.

    Args:
        runs: all questions by run (``base``, ``again``, or a probe's name); their votes on record count in any case.
        asked: the questions that are asked now.
    """

    runs: Mapping[str, tuple[GoldQuestion, ...]]
    asked: tuple[GoldQuestion, ...]

    @property
    def first(self) -> GoldQuestion:
        """The first unchanged item; its criterion, language and templates are those of the schedule."""
        return self.runs[_BASE][0]


def judged_criteria(rubric: Rubric, wanted: Sequence[str] = ()) -> tuple[Criterion, ...]:
    """Return the criteria of a rubric with the ids wanted; all if none is given.

    Raises:
        InputError: there is no such criterion.
    """
    known = {criterion.id: criterion for criterion in rubric.criteria}
    for name in wanted:
        if name not in known:
            raise refusal("option.at", option="--criterion", why=unknown("criterion", name, known))
    return tuple(criterion for criterion in rubric.criteria if not wanted or criterion.id in wanted)


def schedule_of(
    criterion: Criterion, lang: Lang, library: Library, part: Part, probes: Sequence[ProbeName] = PROBES,
    limit: int | None = None,
) -> Schedule:  # fmt: skip
    """Return the questions for a criterion in a language and a part of its gold set.

    Asked are items, retest and the named probes, of at most ``limit`` items (None for all).

    Raises:
        InputError: there is no gold set for it, or no item in that part.
        ContentError: the gold set has faults.
    """
    digests = {name: judge_templates(library.templates(name)) for name in LANGUAGES}
    items = gold_items(library, criterion.id, lang, None if part == "all" else part)
    if not items:
        raise refusal("gold_fault.empty", criterion=criterion.id, lang=lang, part=part)

    def asked(item: GoldItem, spoken: Lang = lang, again: bool = False) -> GoldQuestion:
        return GoldQuestion(criterion, item, spoken, again, digests[spoken])

    runs = {_BASE: tuple(map(asked, items)), _RETEST: tuple(asked(item, again=True) for item in items)}
    for name in PROBES:
        runs[name] = tuple(asked(probed) for item in items if (probed := probe(name, item, lang, library)))
    runs["injection"] = tuple(map(asked, swayed(items, criterion.id, lang, library)))
    other, known = other_language(criterion.id, lang, library)
    runs["language"] = tuple(asked(known[item.id], other) for item in items if item.id in known)
    first = {item.id for item in items[:limit]}
    chosen = [x for run in (_BASE, _RETEST, *probes) for x in runs[run] if x.item.id in first]
    # Variants of an item follow each other, so that a prompt cache serves them.
    chosen.sort(key=lambda x: x.item.id)
    return Schedule(runs, tuple(chosen))


def dialogue_of(asked: GoldQuestion, library: Library) -> Dialogue:
    """Return what a judge reads of a gold item: its lines under a neutral title.

    Raises:
        InputError: its stage or a persona does not exist.
    """
    item = asked.item
    lines: list[Line] = [
        {
            **EMPTY_LINE, "id": line_id(number), "stage": item.stage, "seat": line.seat, "act": line.act, "to": line.to,
            "says": line.says, "origin": "model",
        }
        for number, line in enumerate(item.dialogue, start=1)
    ]  # fmt: skip
    seats = {seat for line in item.dialogue for seat in (line.seat, line.to) if seat != "all"}
    return Dialogue(
        title=Words(asked.lang)("calibration.title"),
        lang=asked.lang,
        stages={item.stage: library.stage(item.stage).name.get(asked.lang)},
        personas={seat: library.persona(seat) for seat in sorted(seats)},
        lines=lines,
    )


async def calibrate(
    schedules: Sequence[Schedule], rubric: Rubric, part: Part, library: Library, panel: Panel, log: Log,
    calibration: Calibration, keep: Callable[[Calibration], None],
    on_vote: Callable[[GoldQuestion], None] | None = None,
) -> Calibration:  # fmt: skip
    """Ask a panel all scheduled questions, and return the calibration with the results.

    Votes on record are not asked for again. The schedules are of one part of the gold set, those of a criterion follow
    each other, and ``keep`` stores the calibration after each criterion. The panel's gateways keep each call in ``log``
    before it is used; each vote is kept there too. ``on_vote`` is called after each vote, also one on record.

    Raises:
        EndpointError: the endpoint refused or cannot be reached; votes so far are kept.
        BudgetReachedError: the budget is used up; votes so far are kept.
    """
    templates = {lang: library.templates(lang) for lang in LANGUAGES}
    for _, group in groupby(schedules, lambda schedule: schedule.first.criterion.id):
        own = list(group)
        pending = deque({asked.place: asked for schedule in own for asked in schedule.asked}.values())

        async def work(pending: deque[GoldQuestion] = pending) -> None:
            while pending:
                asked = pending.popleft()
                try:
                    await _vote(asked, dialogue_of(asked, library), panel, templates, log, on_vote)
                except SandboxError:
                    pending.clear()  # votes that the others have begun are paid for: let them finish, and keep them
                    raise

        for failure in await asyncio.gather(*(work() for _ in range(_AT_ONCE)), return_exceptions=True):
            if failure is not None:
                raise failure
        entries = [_entry(schedule, rubric, part, panel, log) for schedule in own]
        calibration = calibration.having(entries, _counted(event.payload for event in log.of("score")))
        keep(calibration)
    return calibration


class _Examiner(Gateway):
    """A judge's gateway for one gold item: its calls get their own keys, and their usage is counted."""

    def __init__(self, judge: Gateway, asked: GoldQuestion) -> None:
        super().__init__(judge.connection, Meter(judge.meter.account), judge.record, judge.sleep)
        self._asked = asked
        self._recorded_usage = Usage()

    @property
    def usage(self) -> Usage:
        return self.meter.total + self._recorded_usage

    async def ask(self, call: Call[T]) -> Reply[T]:
        key = f"{self._asked.place}:{call.key}"
        seed = call.seed + (_AGAIN if self._asked.again else 0)
        reply = await super().ask(replace(call, key=key, seed=seed))
        if reply.recorded:
            self._recorded_usage += reply.usage
        return reply


async def _vote(
    asked: GoldQuestion, dialogue: Dialogue, panel: Panel, templates: Mapping[Lang, Templates], log: Log,
    on_vote: Callable[[GoldQuestion], None] | None,
) -> None:  # fmt: skip
    for judge, sample in panel.ballots:
        vote_id = _vote_id(asked, judge, sample)
        if log.find("score", vote_id) is None:
            examiner = _Examiner(judge, asked)
            vote = await ask_judge(asked.criterion, dialogue, examiner, templates[asked.lang], sample)
            about = {"criterion": asked.criterion.id, "lang": asked.lang, "item": asked.item.id}
            usage = examiner.usage.as_dict()
            log.append("score", {"id": vote_id, **about, **vote.as_payload(), "usage": usage}, asked.item.stage)
        if on_vote:
            on_vote(asked)


def _vote_id(asked: GoldQuestion, judge: Gateway, sample: int) -> str:
    return f"{asked.place}:{judge.endpoint.model}:{sample}"


def _entry(schedule: Schedule, rubric: Rubric, part: Part, panel: Panel, log: Log) -> CalibrationEntry:
    item = schedule.first
    ratings = {run: _ratings(items, panel, log) for run, items in schedule.runs.items()}
    base = ratings.pop(_BASE)
    first, again = _both(base, ratings.pop(_RETEST))
    probed = {run: _both(base, changed) for run, changed in ratings.items()}
    own = [asked for items in schedule.runs.values() for asked in items if asked.lang == item.lang]
    return CalibrationEntry(
        criterion=item.criterion.id, rubric=rubric.id, lang=item.lang, split=part,
        criterion_digest=criterion_digest(item.criterion, item.lang), templates_digest=item.templates_digest,
        date=time.strftime("%Y-%m-%d", time.gmtime()), version=__version__,
        agreement=agreement(base), retest=retest(first, again),
        shifts={run: shift(*both) for run, both in probed.items() if both[0]},
        counted=_counted(vote for asked in own for vote in _votes(asked, panel, log)),
    )  # fmt: skip


def _counted(votes: Iterable[Mapping[str, Any]]) -> Usage:
    return sum((Usage(**vote.get("usage", {})) for vote in votes), Usage())


def _votes(asked: GoldQuestion, panel: Panel, log: Log) -> list[dict[str, Any]]:
    events = (log.find("score", _vote_id(asked, *ballot)) for ballot in panel.ballots)
    return [event.payload for event in events if event]


def _ratings(items: Sequence[GoldQuestion], panel: Panel, log: Log) -> list[Rating]:
    """Return a panel's ratings of the items for which all its votes are on record."""
    ratings = []
    for asked in items:
        votes = [Vote.of(payload) for payload in _votes(asked, panel, log)]
        if len(votes) == len(panel.ballots):
            score = score_of(asked.criterion.id, votes, None)
            ratings.append(Rating(asked.item.id, asked.item.level, score.level, score.status))
    return ratings


def _both(first: Sequence[Rating], second: Sequence[Rating]) -> tuple[list[Rating], list[Rating]]:
    shared = {rating.item for rating in first} & {rating.item for rating in second}
    return [rating for rating in first if rating.item in shared], [rating for rating in second if rating.item in shared]
