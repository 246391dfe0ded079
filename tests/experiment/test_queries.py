"""The queries of the README, run in DuckDB as they are shown on exported tables, against plain sums over the logs."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from sandbox.content.cards import RESIDENTS
from sandbox.experiment.export.export import export
from sandbox.experiment.store.store import Store
from sandbox.record.events import Event
from tests.experiment.making import LIBRARY
from tests.experiment.playing import SHORT, begun, play, short_runs
from tests.session.support import SteadyModel, serving

README = Path(__file__).resolve().parents[2] / "sandbox" / "experiment" / "README.md"
BASE = "command"
Row = dict[str, Any]
Table = list[tuple[Any, ...]]


class Careless(SteadyModel):
    """Falls out of its role now and then."""

    def says(self, prompt: str, seed: int) -> str:
        if seed % 3 == 0:
            return "As an AI language model, I cannot take part in this role-play."
        return super().says(prompt, seed)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Path]]:
    """A store of two cases with and without a model, and the folder of its tables."""
    folder = tmp_path_factory.mktemp("tables")
    factors = {**SHORT["factors"], "scenario": ["four_oclock_school", "clean_up"]}
    chosen = short_runs(factors=factors, replicates=1)
    with serving(Careless("propose")) as url, begun(folder / "s.sqlite", chosen) as store:
        play(store, url)
        assert len(store.rows()) == len(chosen) == 8
        export(store, LIBRARY, folder, folder, ("csv", "parquet"))
        yield store, folder


def groups(rows: Iterable[Row], *keys: str) -> Iterator[tuple[tuple[Any, ...], list[Row]]]:
    """Return rows by what they have in common, in order."""
    parts: dict[Hashable, list[Row]] = {}
    for row in rows:
        parts.setdefault(tuple(row[key] for key in keys), []).append(row)
    return iter(sorted(parts.items(), key=lambda part: str(part[0])))  # type: ignore[arg-type]


def logs(store: Store, kind: str) -> list[Row]:
    """Return what the logs have of a kind, each with its session and the kind of its seat."""
    rows = []
    for session in store.rows():
        events: Sequence[Event] = store.events(session["id"])
        order = ["start", *(event.stage for event in events if event.kind == "stage")]
        rows += [
            {
                **event.payload, "arm": session["arm"], "null": session["null"], "stage": event.stage,
                "kind": LIBRARY.persona(event.seat).kind if event.seat else None,
                "ended": order.index(event.stage) if event.stage in order else None,
            }
            for event in events if event.kind == kind
        ]  # fmt: skip
    return rows


def paired(store: Store) -> Table:
    rows = {(row["arm"], row["block"]): row["outcomes"]["horizontal"] for row in store.rows() if not row["null"]}
    gaps = [value - rows[BASE, block] for (arm, block), value in rows.items() if arm != BASE]
    assert all(gaps)
    return [("joint_production", 2, mean(gaps))]


def decided(store: Store) -> Table:
    return [
        (*key, *(mean(row["outcomes"]["decided"] for row in rows if row["null"] is null) for null in (False, True)))
        for key, rows in groups(store.rows(), "scenario", "arm")
    ]


def residents(store: Store) -> Table:
    spoken = (line for line in logs(store, "line") if not line["null"] and not line["vote"])
    return [
        (*key, mean(line["kind"] in RESIDENTS for line in lines), len(lines))
        for key, lines in groups(spoken, "arm", "stage")
    ]


def motions(store: Store) -> Table:
    return [
        (*key, len(made), sum(not each["carried"] for each in made),
         sum(not vote for each in made for vote in each["votes"].values()) if key[1] != "chair_decides" else None)
        for key, made in groups(logs(store, "decision"), "arm", "procedure")
    ]  # fmt: skip


def refused(store: Store) -> Table:
    wordings = [{"act": line["act"], "why": why} for line in logs(store, "line") for why in line["rejected"]]
    assert {each["why"] for each in wordings} >= {"assistant talk"}
    return [(*key, len(each)) for key, each in groups(wordings, "act", "why")]


def pulses(store: Store) -> Table:
    taken = (pulse for pulse in logs(store, "pulse") if not pulse["null"])
    return [
        (*key, *(mean(pulse[level] for pulse in each) for level in ("trust", "conviction", "burden")))
        for key, each in groups(taken, "arm", "kind", "ended")
    ]


def cost(store: Store) -> Table:
    table: Table = []
    for (arm,), rows in groups((row for row in store.rows() if not row["by_rules"]), "arm"):
        calls, prompt, completion = (
            [row["usage"][name] for row in rows] for name in ("calls", "prompt", "completion")
        )  # fmt: skip
        money = (0.4 * sum(prompt) + 1.6 * sum(completion)) / 10**6
        table.append((arm, len(rows), mean(calls), mean(map(sum, zip(prompt, completion, strict=True))), money))
    return table


WANTED: tuple[Callable[[Store], Table], ...] = (paired, decided, residents, motions, refused, pulses, cost)


def test_the_queries_shown_say_what_the_logs_say_and_no_column_has_to_be_quoted(
    played: tuple[Store, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, folder = played
    monkeypatch.chdir(folder)
    shown = re.findall(r"^```sql\n(.*?)^```", README.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    import duckdb

    with duckdb.connect() as connection:
        for query, wanted in zip(shown, WANTED, strict=True):
            expected = [pytest.approx(row) for row in wanted(store)]
            for form in ("parquet", "csv"):
                rows = connection.execute(query.replace(".parquet", f".{form}")).fetchall()
                assert rows == expected != [], wanted.__name__
        for path in folder.glob("*.parquet"):
            columns = connection.execute(f"SELECT column_name FROM (DESCRIBE FROM '{path}')").fetchall()
            connection.execute(f"SELECT {', '.join(name for (name,) in columns)} FROM '{path}'")


def test_the_code_shown_runs(
    played: tuple[Store, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(played[1])
    *_, code = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    exec(code, {})
    assert re.search(r"joint_production │ +4 │", capsys.readouterr().out)
