"""Attacks sessions by endpoint, kills and inputs, their logs, and the web app; prints what came of each try."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.attack.attacking import MOST_MEMORY, MOST_SECONDS, attack, mixed, streamed
from tests.attack.faults import FAULTS, STREAMS
from tests.attack.inputs import inputs
from tests.attack.kills import ON_POSTGRESQL
from tests.attack.kills import kills as kill_attempts
from tests.attack.outcome import Outcome
from tests.attack.stores import COLUMNS, STORES, spoilt
from tests.attack.strangers import STRANGERS, stranger
from tests.attack.torn import DAMAGES, RECORDS, STORE_DAMAGES, cut_anywhere, torn, torn_store


def main() -> int:
    """Try every fault, then mixes of them; return 1 where something should not have been."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("--mixes", type=int, default=20, help="sessions with 30 to 60 %% of all answers wrong")
    parser.add_argument("--kills", type=int, default=40, help="how often something is killed; 200 show it")
    parser.add_argument("--only", default="", help="areas, with commas between: " + ", ".join(_AREAS))
    parser.add_argument("--inputs", type=int, default=2000, help="malformed cards, logs, options and messages")
    given = parser.parse_args()
    chosen = [area for area in _AREAS if not given.only or area in given.only.split(",")]
    outcomes = []
    with tempfile.TemporaryDirectory() as place:
        for number, try_out in enumerate(_attacks(chosen, given.mixes, given.kills)):
            folder = Path(place, str(number))
            folder.mkdir()
            outcomes.append(try_out(folder))
            print(_row(outcomes[-1]), flush=True)  # noqa: T201
    for outcome in inputs(given.inputs) if "input" in chosen else ():
        outcomes.append(outcome)
        print(_row(outcome), *outcome.complaints, sep="\n    ", flush=True)  # noqa: T201
    print(_summary(outcomes))  # noqa: T201
    return int(any(outcome.complaints for outcome in outcomes))


_AREAS = (*FAULTS, "stream", "store", "column", "stranger", "mix", "kill", "torn", "input")


def _attacks(areas: list[str], mixes: int, kills: int) -> Iterator[Callable[[Path], Outcome]]:
    yield from (partial(attack, area, name) for area in areas for name in FAULTS.get(area, ()))
    if "stream" in areas:
        yield from ((lambda _, name=name: streamed(name)) for name in STREAMS)
    if "store" in areas:
        yield from (partial(spoilt, name) for name in STORES)
    if "column" in areas:
        yield from (partial(spoilt, f"{table}.{column}") for table, column in COLUMNS)
    if "stranger" in areas:
        yield from (partial(stranger, (name,)) for name in STRANGERS)
    if "mix" in areas:
        yield from (partial(mixed, seed) for seed in range(1, mixes + 1))
    if "kill" in areas:
        if not ON_POSTGRESQL:
            print("no PostgreSQL server is installed: experiments are killed on SQLite alone")  # noqa: T201
        yield from kill_attempts(kills)
    if "torn" in areas:
        yield from (partial(torn, what, how) for what in RECORDS for how in DAMAGES)
        yield from (partial(torn_store, how) for how in STORE_DAMAGES)
        yield from (partial(cut_anywhere, seed) for seed in range(1, 11))


def _row(outcome: Outcome) -> str:
    memory = f"{outcome.memory:5.0f} MB" if outcome.memory else " " * 8
    wrong = f"  WRONG: {', '.join(outcome.complaints)}" if outcome.complaints else ""
    if outcome.area == "input":  # of many at once; what is wrong is told below
        wrong = f"  WRONG: {len(outcome.complaints)}" if outcome.complaints else ""
    tried = f"{outcome.area:10} {outcome.name[:42]:42} {outcome.ended:17} {outcome.seconds:6.1f} s {memory}"
    return (
        f"{tried} {outcome.calls:5} {'inputs' if outcome.area == 'input' else 'requests'}  {outcome.said[:110]}{wrong}"
    )


def _summary(outcomes: list[Outcome]) -> str:
    given = [outcome for outcome in outcomes if outcome.area == "input"]
    told = _of_inputs(given) if given else ""
    outcomes = [outcome for outcome in outcomes if outcome.area != "input"]
    if not outcomes:
        return told
    finished, held = (sum(outcome.ended == how for outcome in outcomes) for how in ("finished", "held"))
    wrong = sum(bool(outcome.complaints) for outcome in outcomes)
    slowest, largest = (max(getattr(outcome, name) for outcome in outcomes) for name in ("seconds", "memory"))
    return (
        f"\n{len(outcomes)} tried: {finished} finished, {len(outcomes) - finished - held} stopped with a message and "
        f"went on afterwards, at {held} the door held, {wrong} wrong; slowest {slowest:.1f} s "
        f"(allowed {MOST_SECONDS:g}), largest {largest:.0f} MB (allowed {MOST_MEMORY}){told}"
    )


def _of_inputs(outcomes: list[Outcome]) -> str:
    taken = sum(int(outcome.ended.split()[0]) for outcome in outcomes)
    wrong = sum(len(outcome.complaints) for outcome in outcomes)
    slowest, largest = (max(getattr(outcome, name) for outcome in outcomes) for name in ("seconds", "memory"))
    count = sum(outcome.calls for outcome in outcomes)
    return (
        f"\n{count} malformed inputs: {taken} taken, the others refused, {wrong} wrong; "
        f"slowest {slowest:.1f} s of processor time, most memory of a batch {largest:.0f} MB"
    )


if __name__ == "__main__":
    sys.exit(main())
