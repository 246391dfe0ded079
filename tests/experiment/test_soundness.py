"""A store that somebody else made, or damaged, is refused in words; nothing in it runs, and no link is followed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.experiment.store.database import experiment_in, held_in
from sandbox.experiment.store.soundness import value_faults
from sandbox.experiment.store.store import Store
from sandbox.experiment.store.tables import METADATA
from tests.attack.stores import STORES, store_file
from tests.experiment.playing import begun
from tests.experiment.test_store import edited

ODD = ("empty", "a link to an empty file", "a link to nothing")  # these are no store yet


@pytest.mark.fuzz
@pytest.mark.parametrize("name", STORES)
def test_a_store_that_was_made_to_harm_is_refused_in_words(name: str, tmp_path: Path) -> None:
    path = store_file(tmp_path)
    STORES[name](path)
    beside = {each.name: each.read_bytes() for each in (tmp_path / "beside").iterdir()}
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(SandboxError) as caught, Store(path, "small", make=name in ODD[1:]) as store:
        [store.events(row["id"]) for row in store.everything()]
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 700
    assert {each.name: each.read_bytes() for each in (tmp_path / "beside").iterdir()} == beside
    if path.is_file() and "events" not in name and name != "empty":
        assert path.read_bytes() == before


def test_a_value_that_cannot_be_is_told_with_its_place(tmp_path: Path) -> None:
    cases: list[tuple[str, str]] = [
        ("seed = 'x'", r"runs.seed holds what cannot stand there \(rows: 8\)"),
        ("id = '../../x' WHERE position = 0", r"runs.id holds what cannot stand there \(rows: 1\)"),
        ("state = 'over'", "runs.state"),
        ("started = 9e999", "runs.started"),
        ("cell = '[1]'", "runs.cell of session .*: expected a mapping"),
        ("""cell = '{"=a": "x"}'""", "runs.cell of session .*: =a.*does not match the pattern"),
        ("""outcomes = '{"decided": NaN}'""", "runs.outcomes of session .*: decided: expected a number, found nan"),
        ("""usage = '{"calls": -5}'""", "runs.usage of session"),
        ("""spec = '{"content": 5}'""", "runs.spec of session .*: content: expected a text, found 5"),
        (f"pulses = '{'[' * 100_000}'", "is damaged, or no store: maximum recursion depth"),
    ]
    for number, (change, said) in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / "s.sqlite"
        begun(path).close()
        edited(path, f"UPDATE runs SET {change}")
        with pytest.raises(SandboxError, match=said), Store(path, "small", make=False) as store:
            list(store.everything())


def test_what_the_program_writes_is_sound(tmp_path: Path) -> None:
    with Store(store_file(tmp_path), "small", make=False) as store, store.database.reading() as connection:
        assert list(value_faults(connection)) == []
        assert all(connection.execute(table.select()).first() for table in METADATA.tables.values()), "there are rows"


def test_a_spec_that_makes_no_session_is_told(tmp_path: Path) -> None:
    from sandbox.experiment.playing.worker import Worker

    with begun(tmp_path / "s.sqlite") as store:
        edited(tmp_path / "s.sqlite", """UPDATE runs SET spec = '{"content": "", "turns": "many"}'""")
        with pytest.raises(SandboxError, match="the store holds a session that cannot be made"):
            Worker(store).claim(False, 1)


@pytest.mark.parametrize("view", ["meta (name, value)", 'runs (id, state, "null", position)'])
def test_a_look_at_another_file_ends(view: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.experiment.store.database._LOOK_SECONDS", 0.05)
    path, columns = tmp_path / "s.sqlite", view.count(",") + 1
    with closing(sqlite3.connect(path)) as connection, connection:
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i)"
        connection.execute(f"CREATE VIEW {view} AS {endless}{', 0' * (columns - 1)} FROM n")
    assert experiment_in(path) == ""
    with pytest.raises(SandboxError, match=r"cannot read .*: (interrupted|no such table)"):
        held_in(path)
