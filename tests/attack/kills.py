"""Kills sessions, campaigns and experiments at drawn moments, goes on with them, and looks at what is left."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from tests.attack.killed_stores import ON_POSTGRESQL, Experiment, PostgreSQL
from tests.attack.lives import ByRules, Campaign, Life, Plan, Session
from tests.attack.outcome import Outcome
from tests.session.support import properties

__all__ = ["KINDS", "ON_POSTGRESQL", "killed", "kills"]

KINDS: Mapping[str, type[Life]] = {
    "session": Session,
    "by rules": ByRules,
    "campaign": Campaign,
    "experiment": Experiment,
    "database": PostgreSQL,
}
"""What is killed, by name; a database only where a PostgreSQL server is installed (`ON_POSTGRESQL`)."""
_ROUND = (
    "session", "by rules", "campaign", "session", "experiment", "by rules", "session", "campaign", "experiment",
    "by rules", "database", "session",
)  # fmt: skip
_MOST_KILLS, _AT_ONCE = 3, 12
_wholes: dict[tuple[str, str], _Whole] = {}


@dataclass(frozen=True)
class _Whole:
    """What is left of a life that nobody killed: what is on record, what was asked how often, and its seconds."""

    plain: Mapping[str, Any]
    asked: Counter[str]
    seconds: float


def kills(number: int) -> Iterator[Callable[[Path], Outcome]]:
    """Return attempts that kill so many times in all, each from one to three times."""
    draw, left = random.Random(number), number
    for seed in count(1):
        if not left:
            return
        kind, times = _ROUND[seed % len(_ROUND)], min(left, draw.randint(1, _MOST_KILLS))
        left -= times
        yield partial(killed, "experiment" if kind == "database" and not ON_POSTGRESQL else kind, seed, times)


def killed(kind: str, seed: int, times: int, place: Path) -> Outcome:
    """Kill something at drawn moments of its life, and go on with it each time until it comes to its end.

    Where it was over before it was to be killed, another one is begun for the kills that are left.

    Args:
        kind: what, of `KINDS`.
        seed: of what is drawn.
        times: how often it is killed.
        place: an empty folder.
    """
    began, draw = time.perf_counter(), random.Random(seed)
    plan = draw.choice(KINDS[kind].plans)
    whole = _whole(kind, plan, place / "whole")
    complaints, met, lost, lives, calls = list[str](), 0, 0, 0, 0
    while met < times:
        lives += 1
        home = place / str(lives)
        home.mkdir()
        with KINDS[kind](plan, home) as life:
            kills_of_it, lost_of_it = _lived(life, whole, draw, times - met, 0.8 ** (lives - 1))
            met, lost, calls = met + kills_of_it, lost + lost_of_it, calls + len(life.model.requests)
            complaints += life.complaints
    seconds = time.perf_counter() - began
    name = f"{kind} {seed}: {plan.name}"
    said = f"{times} kills, {lost} of {calls} calls made again"
    return Outcome("kill", name, "finished", seconds, 0.0, calls, said, tuple(complaints))


def _lived(life: Life, whole: _Whole, draw: random.Random, most: int, share: float) -> tuple[int, int]:
    """Let something live, with kills, to its end; return how many met it, and how many calls were made again."""
    met, heard = 0, [0]
    for _ in range(most):
        before = life.logs()
        life.start()
        if not _until(life, _moment(life, whole, draw, share)):
            life.kill()
            met += 1
            heard.append(len(life.model.requests))
            _nothing_lost(life, before)
        else:
            life.finish()
            _nothing_lost(life, before)
            break
    else:
        before = life.logs()
        life.start()
        life.finish()
        _nothing_lost(life, before)
    heard.append(len(life.model.requests))
    _as_unbroken(life, whole)
    again = _again(life, heard)
    if set(_asked(life)) != set(whole.asked):
        life.complaints.append("asked something else")
    return met, again


def _moment(life: Life, whole: _Whole, draw: random.Random, share: float) -> Callable[[float], bool]:
    """Draw when to kill: after so many seconds, or some milliseconds after so many more requests came."""
    heard = len(life.model.requests)
    left = whole.asked.total() - heard
    if left > 0 and draw.random() < 0.7:
        enough, late, came = heard + draw.randint(1, left), draw.uniform(0.0, 0.02), list[float]()

        def after_a_request(seconds: float) -> bool:
            if not came and len(life.model.requests) >= enough:
                came.append(seconds)
            return bool(came) and seconds >= came[0] + late

        return after_a_request
    due = draw.uniform(0.0, whole.seconds * share)
    return lambda seconds: seconds >= due


def _until(life: Life, due: Callable[[float], bool]) -> bool:
    """Wait until a moment, or the end; return whether it came to its end before."""
    began = time.perf_counter()
    while not due(time.perf_counter() - began):
        if life.over():
            return True
        time.sleep(0.001)
    return life.over()


def _nothing_lost(life: Life, before: Mapping[str, Sequence[Any]]) -> None:
    now = life.logs()
    for name, lines in before.items():
        if list(now.get(name, ()))[: len(lines)] != list(lines):
            life.complaints.append(f"lost what was written: {name}")


def _as_unbroken(life: Life, whole: _Whole) -> None:
    plain = life.plain()
    if sorted(plain) != sorted(whole.plain):
        life.complaints.append(f"other logs: {sorted(plain)[:4]}")
    differ = [name for name in plain if name in whole.plain and plain[name] != whole.plain[name]]
    life.complaints += [f"{name} is not as unbroken: {_first(plain[name], whole.plain[name])}" for name in differ[:2]]


def _first(found: Any, wanted: Any) -> str:
    """Return the first thing in which two records differ."""
    if isinstance(found, list | tuple) and isinstance(wanted, list | tuple):
        for one, other in zip(found, wanted, strict=False):
            if one != other:
                return _first(one, other)
        return f"{len(found)} instead of {len(wanted)}"
    return f"{json.dumps(found, default=str)[:300]} instead of {json.dumps(wanted, default=str)[:300]}"


def _again(life: Life, heard: Sequence[int]) -> int:
    """Return how many calls were made again after kills; complain where a kill cost more than what was in flight.

    In flight may be a turn of each session that plays at the same time, and the pulses of its seats, which are
    asked for at once.
    """
    asked, again = _asked(life), 0
    for start, end in zip(heard[1:], [*heard[2:], len(asked)], strict=False):
        known = set(asked[:start])
        repeated = [json.loads(body) for body in asked[start:end] if body in known]
        pulses = sum("trust" in properties(body) for body in repeated)
        if len(repeated) - pulses > life.plan.at_once or pulses > _AT_ONCE * life.plan.at_once:
            life.complaints.append(f"asked {len(repeated)} questions again, {pulses} of them pulses")
        again += len(repeated)
    return again


def _asked(life: Life) -> list[str]:
    return [json.dumps(body, sort_keys=True) for body in list(life.model.requests)]


def _whole(kind: str, plan: Plan, home: Path) -> _Whole:
    """Return what is left of a life that nobody kills; it is lived once."""
    if (kind, plan.name) not in _wholes:
        home.mkdir()
        began = time.perf_counter()
        with KINDS[kind](plan, home) as life:
            life.start()
            life.finish()
            seconds = time.perf_counter() - began
            _wholes[kind, plan.name] = _Whole(life.plain(), Counter(_asked(life)), seconds)
            assert not life.complaints, life.complaints
    return _wholes[kind, plan.name]
