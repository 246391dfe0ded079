"""Gives malformed inputs to the program, in copies of this process, and says what came of them."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky, HypothesisWarning
from hypothesis.strategies import SearchStrategy

from tests.attack.attempt import Answer, Attempt
from tests.attack.called import call
from tests.attack.input_cards import CARDS
from tests.attack.input_logs import LOGS, campaign_folder, country_folder, session_folder
from tests.attack.input_options import OPTIONS
from tests.attack.input_people import PEOPLE
from tests.attack.input_web import WEB, served
from tests.attack.outcome import Outcome

__all__ = ["KINDS", "MOST_MEMORY", "drawn", "inputs", "tried", "warm"]

MOST_MEMORY = 400
"""Megabytes that a process may take beyond those it began with, for a batch of inputs."""
KINDS: Mapping[str, SearchStrategy[Attempt]] = {**CARDS, **LOGS, **OPTIONS, **PEOPLE, **WEB}
_BATCH, _ROUNDS = 40, 20
_BRIEF = ("--model", "none", "--judge-model", "none", "--quiet")
_FIRST = (
    ("run", *_BRIEF), ("run", "--lang", "zh", *_BRIEF), ("validate",), ("report", "S", "--format", "html,md,docx"),
    ("replay", "S"),
    ("debrief", "S"), ("audit", "S"), ("compare", "S", "S"), ("whatif", "S", "--at", "L003", "--runs", "2"), ("list",
    "network"),
    ("show", "scenario", "clean_up", "--pack", "--to", "/nowhere/at/all"), ("experiment", "status",
    "who_decides_briefly"),
    ("experiment", "plan", "who_decides_briefly", "--model", "none"), ("serve", "--port", "x"), ("serve", "--cert",
    "x", "--key", "x"),
)  # fmt: skip
_Batch = tuple[str, int, int]
_ROOM = 3 << 30  # bytes of addresses that a batch may take before it is refused more


def inputs(count: int, kinds: Sequence[str] = (), start: int = 0) -> Iterator[Outcome]:
    """Give so many malformed inputs to the program, as many of each kind; yield what came of each kind.

    Args:
        count: inputs, at least one of each kind.
        kinds: the kinds; without any, all.
        start: which ones: another number makes others.
    """
    kinds = kinds or list(KINDS)
    shares = {kind: max(1, count // len(kinds) + (place < count % len(kinds))) for place, kind in enumerate(kinds)}
    batches = [
        (kind, start + first, min(_BATCH, share - first))
        for first in range(0, max(shares.values()), _BATCH)
        for kind, share in shares.items()
        if first < share
    ]
    warm()
    waiting = Counter(kind for kind, _, _ in batches)
    results: dict[str, list[Outcome]] = {kind: [] for kind in kinds}
    for outcome in _in_copies(batches):
        results[outcome.name].append(outcome)
        waiting[outcome.name] -= 1
        if not waiting[outcome.name]:
            yield _whole(results.pop(outcome.name))


def _in_copies(batches: Iterable[_Batch]) -> Iterator[Outcome]:
    """Yield what comes of batches, each in a copy of this process of its own; as many at once as there are cores."""
    context, left = multiprocessing.get_context("fork"), iter(batches)
    running: dict[int, tuple[ForkProcess, Connection, _Batch]] = {}
    while True:
        for batch in itertools.islice(left, len(os.sched_getaffinity(0)) - len(running)):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_send, args=(theirs, batch))
            process.start()
            theirs.close()
            running[process.sentinel] = process, ours, batch
        if not running:
            return
        for ended in wait([ours for _, ours, _ in running.values()]):
            sentinel = next(key for key, (_, ours, _) in running.items() if ours is ended)
            process, ours, (kind, start, count) = running.pop(sentinel)
            try:
                yield ours.recv()
            except EOFError:
                process.join()
                why = f"{kind} {start}: its process ended with {process.exitcode}"
                yield Outcome("input", kind, f"0 of {count} taken", 0.0, 0.0, count, "", (why,))
            ours.close()
            process.join()


def _send(pipe: Connection, batch: _Batch) -> None:
    kind, start, count = batch
    try:
        pipe.send(tried(*batch))
    except BaseException:  # noqa: BLE001
        why = f"{kind} {start}: {traceback.format_exc()[-900:]}"
        pipe.send(Outcome("input", kind, f"0 of {count} taken", 0.0, 0.0, count, "", (why,)))


def warm() -> None:
    """Load what commands load when they are first called, and play what inputs are made from, once for all copies."""
    campaign_folder(), country_folder()
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        for command in _FIRST:
            call([str(session_folder()) if part == "S" else part for part in command], home)
    gc.collect()
    gc.freeze()


def tried(kind: str, start: int, count: int) -> Outcome:
    """Give some inputs of one kind to the program, one after another.

    Args:
        kind: their kind.
        start: which ones: the same number makes the same inputs.
        count: how many.
    """
    before = _memory()
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_addresses() + _ROOM, most))
    accepted, slowest, complaints, said = 0, 0.0, list[str](), ""
    try:
        with tempfile.TemporaryDirectory() as place, served() if kind == "page" else nullcontext():
            for number, attempt in enumerate(drawn(KINDS[kind], start, count)):
                home = Path(place, str(number))
                home.mkdir()
                began = time.process_time()
                answer = _answer(attempt, home)
                seconds = time.process_time() - began
                slowest = max(slowest, seconds)
                accepted += answer.accepted
                complaints += [f"{kind} {start}+{number}, {attempt.name}: {what}" for what in answer.complaints]
                shutil.rmtree(home, ignore_errors=True)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    memory = max(0.0, _most_memory() - before)
    if memory > MOST_MEMORY:
        complaints.append(f"{kind} {start}: {memory:.0f} MB")
    return Outcome("input", kind, f"{accepted} of {count} taken", slowest, memory, count, said, tuple(complaints))


def drawn(strategy: SearchStrategy[Attempt], start: int, count: int) -> list[Attempt]:
    """Return so many different attempts of a strategy; the same number ``start`` gives the same ones."""
    attempts: dict[str, Attempt] = {}
    for again in range(_ROUNDS):
        if len(attempts) >= count:
            break

        @seed(start + 1_000_000 * again)
        @settings(
            max_examples=count, database=None, deadline=None, phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(strategy)
        def gather(attempt: Attempt) -> None:
            attempts.setdefault(attempt.name, attempt)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HypothesisWarning)  # of large values, which are meant
            with suppress(Flaky):  # what was gathered before is well; another seed follows
                gather()
    return list(attempts.values())[:count]


def _answer(attempt: Attempt, home: Path) -> Answer:
    try:
        return attempt.give(home)
    except BaseException:  # noqa: BLE001
        return Answer(False, (f"broke: {traceback.format_exc()[-700:]}",))


def _whole(parts: list[Outcome]) -> Outcome:
    """Return what came of all batches of a kind."""
    count = sum(part.calls for part in parts)
    accepted = sum(int(part.ended.split()[0]) for part in parts)
    complaints = tuple(complaint for part in parts for complaint in part.complaints)
    return Outcome(
        "input", parts[0].name, f"{accepted} of {count} taken", max(part.seconds for part in parts),
        max(part.memory for part in parts), count, f"{len(complaints)} wrong" if complaints else "", complaints,
    )  # fmt: skip


def _memory() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def _addresses() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _most_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
