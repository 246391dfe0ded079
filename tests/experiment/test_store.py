"""The store: what it takes in, who owns a session, what is kept, what is spent; and what it refuses."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from sandbox.cli.experiment_play import status_blocks
from sandbox.content.words import Words
from sandbox.errors import BudgetReachedError, InputError, StorageError
from sandbox.experiment.export.export import export
from sandbox.experiment.planning.locking import Lock
from sandbox.experiment.playing import worker as working
from sandbox.experiment.playing.spend import SharedAccount
from sandbox.experiment.playing.worker import Finished, LostLeaseError, SqlLog, Worker
from sandbox.experiment.store import database, tables
from sandbox.experiment.store.database import Database, NoStoreError
from sandbox.experiment.store.status import status_of
from sandbox.experiment.store.store import DesignRun, Store
from sandbox.experiment.store.tables import GRACE
from sandbox.llm.usage import Budget, Prices, Usage
from sandbox.record.events import Event
from sandbox.report.document.compose import paragraph, strong
from tests.experiment.making import LIBRARY
from tests.experiment.playing import SHORT, begun, kept, play, played, short_runs
from tests.session.support import SteadyModel, serving

RUNS = short_runs()


def news(number: int) -> Event:
    """Return an event whose words have all that may be in words."""
    payload = {"id": f"N{number}", "turn": 0, "text": "四点半 “\u2028” \x00", "to": []}
    return Event(number, 1.5, "inject", "training", "", payload)


class Clock:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


# What it takes in


def test_a_design_is_taken_in_once_and_may_grow(where: str | Path) -> None:
    with begun(where) as store:
        assert store.begin(played(), RUNS) == 0
        assert [row["id"] for row in store.everything()] == [run.id for run in RUNS]
        assert len(store.played) == 1
        more = short_runs(replicates=3)
        assert store.begin(played(digest="grown"), more) == len(more) - len(RUNS) == 4
        rows = list(store.everything())
        assert [row["id"] for row in rows[: len(RUNS)]] == [run.id for run in RUNS], "what was there stays in its place"
        assert {row["design"] for row in rows[len(RUNS) :]} == {2}
        assert [state.digest for state in store.played] == ["d", "grown"]
        first = rows[0]
        assert (first["arm"], first["block"], first["replicate"], first["null"]) == (
            RUNS[0].arm, RUNS[0].block, 1, False,
        )  # fmt: skip
        assert first["cell"] == dict(RUNS[0].cell)
        with Store(where, "small", make=False) as again:
            assert kept(again) == kept(store)


def test_the_store_knows_what_was_played_before_a_lock_or_under_another(tmp_path: Path) -> None:
    at, where = [1000.0], tmp_path / "s.sqlite"
    now = Lock("a" * 64, {}, datetime.fromtimestamp(2000, UTC).isoformat(), 2, 0, {}, ())
    chosen = [run for run in short_runs() if not run.null]

    def early(*states: tuple[float, str | None], ended: float) -> int:
        """Return how many of two sessions are early, after some runs; the second ends ten seconds later."""
        with Store(where, "small", clock=lambda: at[0]) as store, store.database.writing() as connection:
            connection.execute(delete(tables.DESIGNS))
            connection.execute(delete(tables.RUNS))
        with Store(where, "small", clock=lambda: at[0]) as store:
            for at[0], held in states:
                store.begin(replace(played(), lock=held), chosen)
            with store.database.writing() as connection:
                for place, run in enumerate(chosen[:2]):
                    done = {"state": "done", "ended": ended + 10 * place}
                    connection.execute(update(tables.RUNS).where(tables.RUNS.c.id == run.id).values(done))
            return store.early(now)

    mine, other = now.digest, "b" * 64
    assert early((1000, ""), ended=1500) == 2
    assert early((1000, ""), ended=1995) == 1
    assert early((1000, ""), (2100, mine), ended=2200) == 0
    assert early((1000, mine), ended=1500) == 0, "the same plan had been locked before, and the lock was made anew"
    assert early((1000, other), (2100, mine), ended=1500) == 2
    assert early((2100, other), ended=2200) == 2
    assert early((2100, ""), ended=2200) == 2, "the lock says that it is older than a run that knew of none"
    assert early((1000, None), ended=1995) == 1, "of an older store times tell"


def test_finished_sessions_of_another_design_are_not_thrown_in_with_this_one(where: str | Path) -> None:
    other = short_runs(seed=8)
    with begun(where) as store:
        assert store.begin(played(digest="new"), other) == len(other), "nothing was finished"
        worker = Worker(store)
        worker.finish([Finished(run.id, "", {}) for run in worker.claim(True, 9)])
        with pytest.raises(
            InputError, match=r"4 sessions that have ended.* 0 still are; what changed: the design\. Noth"
        ):
            store.begin(played(), RUNS)
        with pytest.raises(InputError, match=r"model stub \(directed\) → x \(directed\)"):
            store.begin(played("x", "new"), short_runs())
        with pytest.raises(InputError, match="content that the sessions read"):
            store.begin(played(digest="new"), short_runs())
        assert len(store.rows()) == 4
        store.begin(played(), RUNS, changed=True)
        assert (store.rows(), store.set_aside()) == ([], 4)
        assert {row["id"] for row in store.everything()} == {run.id for run in RUNS}
        store.begin(played(digest="new"), other, changed=True)
        assert (len(store.rows()), store.set_aside()) == (4, 0), "they are still there"


# Who owns a session


def test_a_session_has_one_owner(where: str | Path) -> None:
    with begun(where) as store, Store(where, "small") as other:
        first, second = Worker(store), Worker(other)
        mine, yours = first.claim(False, 3), second.claim(False, 3)
        assert [run.id for run in mine + yours] == [run.id for run in RUNS[:4]]
        assert [run.spec for run in mine] == [run.spec for run in RUNS[:3]]
        assert first.claim(False, 9) == []
        assert len(second.claim(True, 9)) == 4
        first.release(mine[1].id)
        assert [run.id for run in second.claim(False, 9)] == [mine[1].id]
        second.leave()
        assert len(first.claim(True, 9)) == 4, "who leaves gives back what it has"


def test_who_is_gone_loses_its_sessions(where: str | Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    with begun(where, clock=clock) as store:
        gone, alive = Worker(store), Worker(store)
        (run,) = gone.claim(False, 1)
        gone.keep(run.id, [news(1)])
        assert alive.take_over() == 0, "this process lives"
        monkeypatch.setattr(working, "_here", lambda: "another machine")
        clock.now += GRACE - 1
        alive.beat()
        assert alive.take_over() == 0
        clock.now += 2
        alive.beat()
        assert alive.take_over() == 1
        assert alive.claim(False, 1) == [run]
        with pytest.raises(LostLeaseError):
            gone.keep(run.id, [news(2)])
        gone.finish([Finished(run.id, "it is not its own")])
        assert store.failures() == []
        alive.keep(run.id, [news(2)])
        assert [event.seq for event in store.events(run.id)] == [1, 2]
        gone.beat()
        (late,) = gone.claim(False, 1)
        clock.now += GRACE + 1
        assert alive.take_over() == 1, "one that came back can be gone again"
        assert alive.claim(False, 1) == [late]


def test_a_clock_that_jumps_costs_no_line_and_doubles_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, days = Clock(), 40 * 86_400.0
    with begun(tmp_path / "s.sqlite", clock=clock) as store:
        first, second = Worker(store), Worker(store)
        monkeypatch.setattr(working, "_here", lambda: "another machine")
        (run,) = first.claim(False, 1)
        first.keep(run.id, [news(1)])
        clock.now += days
        assert second.take_over() == 1, "nobody can tell that the other one lives"
        assert second.claim(False, 1) == [run]
        with pytest.raises(LostLeaseError):
            first.keep(run.id, [news(2)])
        second.keep(run.id, [news(2)])
        clock.now -= days
        first.beat()
        assert first.take_over() == 1, "a sign of life from the future tells nothing"
        assert first.claim(False, 1) == [run]
        first.keep(run.id, [news(3)])
        second.finish([Finished(run.id, "it is not its own", events=[news(4)])])
        assert [event.seq for event in store.events(run.id)] == [1, 2, 3]
        assert (len(store.rows()), store.failures()) == (0, [])


def test_who_wakes_up_again_keeps_what_it_then_claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    with begun(tmp_path / "s.sqlite", clock=clock) as store:
        slept, other = Worker(store), Worker(store)
        monkeypatch.setattr(working, "_here", lambda: "another machine")
        (lost,) = slept.claim(False, 1)
        clock.now += GRACE + 1
        assert other.take_over() == 1
        assert other.claim(False, 1) == [lost]
        (new,) = slept.claim(False, 1)
        assert other.take_over() == 0, "it lives, although it was thought to be gone"
        slept.finish([Finished(lost.id, "not its own"), Finished(new.id, "its own")])
        assert [row["id"] for row in store.failures()] == [new.id]


# What is kept


def test_events_come_back_as_they_went_in(where: str | Path) -> None:
    with begun(where) as store:
        worker = Worker(store)
        (run,) = worker.claim(False, 1)
        spec = run.spec.model_dump(mode="json")
        log = SqlLog(worker, run.id)
        log.append("session", {"id": "session", "spec": spec})
        call = {
            "id": "c", "digest": "d", "model": "m", "text": "四点半 “\u2028” \x00\n", "usage": {}, "seconds": 0.5,
        }  # fmt: skip
        assert store.events(run.id) == [], "what costs nothing is kept with what does"
        log.append("call", call, "training", "mayor")
        log.append("inject", {"id": "N1", "turn": 1, "text": "x", "to": []}, "training")
        assert [event.as_dict() for event in store.events(run.id)] == [event.as_dict() for event in log][:2]
        worker.release(run.id, log.unkept)
        worker.claim(False, 1)
        again = SqlLog(worker, run.id)
        assert [event.as_dict() for event in again] == [event.as_dict() for event in log]
        assert again.append("call", {"id": "c"})[1] is False, "it is there already"
        assert again.unkept == []


def test_two_cannot_write_the_same_event_nor_have_the_same_name(
    where: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda _: "same")
    with begun(where) as store:
        worker = Worker(store)
        with pytest.raises(StorageError, match="what was written before stays"):
            Worker(store)
        (run,) = worker.claim(False, 1)
        worker.keep(run.id, [news(1)])
        with pytest.raises(StorageError, match="what was written before stays"):
            worker.keep(run.id, [news(1)])


# What is spent


@pytest.mark.parametrize("cap", [20_000, pytest.param(140_000, marks=pytest.mark.fuzz)])
def test_no_cap_is_overshot_at_two_hundred_calls_in_flight(where: str | Path, cap: int) -> None:
    most, used = Usage(prompt=100, completion=60), Usage(1, 90, 10, 40)
    with begun(where) as store, Store(where, "small") as other:
        accounts = [SharedAccount(Budget(max_tokens=cap), Worker(place)) for place in (store, other)]
        refused = 0

        async def call(account: SharedAccount) -> None:
            nonlocal refused
            try:
                async with account.reserved(most):
                    assert sum((each._held + each.spent).total for each in accounts) <= cap
                    await asyncio.sleep(0.001)
                    account.spent += used
            except BudgetReachedError:
                refused += 1

        async def all_calls() -> None:
            await asyncio.gather(*(call(accounts[number % 2]) for number in range(cap // 100)))

        asyncio.run(all_calls())
        spent = sum(account.spent.calls for account in accounts)
        assert spent + refused == cap // 100
        assert cap - most.total - used.total < spent * used.total <= cap, "and what the cap allows is used"


def test_what_is_claimed_ahead_is_out_of_others_reach(tmp_path: Path) -> None:
    most = Usage(prompt=10)
    with begun(tmp_path / "s.sqlite") as store:
        first, second = Worker(store), Worker(store)
        assert [first.reserve(most, Budget(max_tokens=9_000)) for _ in range(2)] == [None, None]
        assert (first.held.total, first.claimed.total) == (20, 170), "the second call asks the store for nothing"
        assert second.reserve(most, Budget(max_tokens=179)) is not None
        assert second.reserve(most, Budget(max_tokens=180)) is None


def test_a_stopped_account_lets_no_call_begin_and_waits_for_those_in_flight(tmp_path: Path) -> None:
    with begun(tmp_path / "s.sqlite") as store:
        account = SharedAccount(Budget(), Worker(store))
        order: list[str] = []

        async def call(name: str) -> None:
            try:
                async with account.reserved(Usage(prompt=1)):
                    order.append(f"{name} begins")
                    await asyncio.sleep(0.02)
                    order.append(f"{name} ends")
            except Exception as error:
                order.append(f"{name}: {error}")
                raise

        async def both() -> None:
            first = asyncio.ensure_future(call("first"))
            await asyncio.sleep(0)
            account.stop()
            await asyncio.gather(first, call("second"), return_exceptions=True)

        asyncio.run(both())
        assert order == ["first begins", "first ends", "second: interrupted"]


def test_status_tells_what_is_done_and_spent_while_it_runs(tmp_path: Path) -> None:
    with begun(tmp_path / "s.sqlite") as store:
        with serving(SteadyModel("propose")) as url:
            play(store, url, limit=2)
        worker = Worker(store)
        (run,) = worker.claim(False, 1)
        worker.spent = Usage(3, 100, 0, 20)
        worker.hold(Usage(prompt=50, completion=30))
        worker.beat()
        status = status_of(store, Budget(max_tokens=10_000, price_input=1.0, price_output=2.0))
        assert [(arm.arm, arm.null, arm.states["done"]) for arm in status.arms] == [
            ("command", False, 1), ("joint_production", False, 1), ("command", True, 1), ("joint_production", True, 1),
        ]  # fmt: skip
        assert (status.total, status.number("done"), status.number("running"), status.number("pending")) == (8, 4, 1, 3)
        paid = sum((Usage(**row["usage"]) for row in store.rows()), Usage())
        assert status.spent == paid + worker.spent
        assert status.tokens_left == 10_000 - status.spent.total - 80
        assert Words("en")("stands.note.held", count="80") in str(status_blocks(status, {}))
        assert status.money == pytest.approx((status.spent.prompt + 2 * status.spent.completion) / 10**6)
        assert [work.owner for work in status.working] == [worker.owner]
        worker.finish([Finished(run.id, "why not")])
        assert status_of(store, Budget()).reasons == {"why not": 1}
        assert status.as_dict()["done"] == 4


def test_a_process_that_ended_on_this_machine_is_gone_at_once_and_status_counts_what_it_held_as_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with begun(tmp_path / "s.sqlite") as store:
        worker = Worker(store)
        worker.claim(False, 2)
        before = status_of(store, Budget())
        assert (before.number("running"), len(before.working)) == (2, 1)
        monkeypatch.setattr(working, "_began", lambda process: f"{process}: another process by now")
        left = status_of(store, Budget())
        assert (left.number("running"), left.number("pending"), left.working) == (0, 8, ())
        assert Worker(store).take_over() == 2


# What it refuses


def test_there_is_no_store_yet(tmp_path: Path) -> None:
    with pytest.raises(NoStoreError, match=r"there is no store .*begin with: sandbox experiment run"):
        Store(tmp_path / "none.sqlite", "small", make=False)
    assert not (tmp_path / "none.sqlite").exists()


def edited(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def test_another_file_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    cases: list[tuple[Callable[[Path], Any], str]] = [
        (lambda path: edited(path, "UPDATE alembic_version SET version_num = '9'"),
         r"is of version 9, and this program reads versions up to 8; .* nothing was changed"),
        (lambda path: edited(path, "UPDATE meta SET value = 'big' WHERE name = 'experiment'"),
         "is the store of the experiment 'big', and not of 'small'"),
        (lambda path: edited(path, "DROP TABLE meta"), "is no store of an experiment"),
        (lambda path: path.write_bytes(b"SQLite format 3\x00" + b"x" * 5000), "is damaged, or no store: "),
        (lambda path: path.write_text("a letter to my aunt " * 99), "file is not a database"),
    ]  # fmt: skip
    for spoil, message in cases:
        path = tmp_path / "s.sqlite"
        begun(path).close()
        spoil(path)
        before = path.read_bytes()
        with pytest.raises((InputError, StorageError), match=message):
            Store(path, "small")
        assert path.read_bytes() == before


def test_a_place_that_cannot_be_used_is_told_without_its_password() -> None:
    cases: list[tuple[str, str]] = [
        ("mysql://u:geheim@h/db", "'mysql' is not allowed"),
        ("sqlite://", "'sqlite' is not allowed"),
        ("postgresql://u:geheim@127.0.0.1:1/db", r"cannot use the store postgresql://u:\*\*\*@127\.0\.0\.1:1/db"),
        ("postgresql://127.0.0.1:1/db?password=geheim", r"cannot use the store postgresql://.*/db\?password=\*\*\*"),
        ("postgresql://127.0.0.1:1/db?sslpassword=geheim", r"/db\?sslpassword=\*\*\*"),
        ("postgresql://u:geheim", "this is no URL"),
        ("postgresql://u:geheim@[::1/db", "this is no URL"),
        ("postgresql://u:geheim@127.0.0.1:1:2/db", "this is no URL"),
        ("postgresql://u:p@geheim@127.0.0.1/db", "in a password, write %40 for @"),
        ("://", "this is no URL"),
    ]
    for place, message in cases:
        with pytest.raises((InputError, StorageError), match=message) as caught:
            Store(place, "small")
        assert "geheim" not in str(caught.value)


def test_a_page_that_was_written_over_is_told_and_so_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with begun(path, short_runs(replicates=20)):
        pass
    edited(path, f"UPDATE runs SET spec = '{{' WHERE id = '{RUNS[0].id}'")
    for message in ("Expecting property name", "database disk image is malformed"):
        with pytest.raises(StorageError, match=message) as caught, Store(path, "small", make=False) as store:
            list(store.everything())
        assert str(caught.value).startswith(f"{path} is damaged, or no store: ")
        assert str(caught.value).endswith(f"save what can be read of it with: sqlite3 {path} .recover")
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2] + b"x" * (len(whole) - len(whole) // 2))


def test_damaged_events_are_told(tmp_path: Path) -> None:
    with begun(tmp_path / "s.sqlite") as store:
        worker = Worker(store)
        (run,) = worker.claim(False, 1)
        worker.keep(run.id, [news(1)])
        edited(tmp_path / "s.sqlite", "UPDATE events SET data = x'00'")
        with pytest.raises(StorageError, match=f"the events of session {run.id} are damaged"):
            store.events(run.id)


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    begun(tmp_path / "new" / "s.sqlite", RUNS).close()
    assert (tmp_path / "new" / "s.sqlite").stat().st_mode & 0o777 == 0o600


# A database that goes away


def ended_connections(url: str) -> None:
    """End all connections to a database, as its server does when it stops."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


def test_a_connection_that_broke_is_made_anew(schema: str) -> None:
    with begun(schema) as store:
        worker = Worker(store)
        ended_connections(schema)
        (run,) = worker.claim(False, 1)
        ended_connections(schema)
        worker.keep(run.id, [news(1)])
        ended_connections(schema)
        assert [event.seq for event in store.events(run.id)] == [1]
        ended_connections(schema)
        assert sum(count.number for count in store.counts()) == len(RUNS)


@pytest.mark.parametrize("kept_all_the_same", [True, False])
def test_what_breaks_at_its_very_end_is_done_once(
    schema: str, monkeypatch: pytest.MonkeyPatch, kept_all_the_same: bool
) -> None:
    with begun(schema) as store:
        worker = Worker(store)
        dialect, broken = store.database._engine.dialect, list[bool]()
        commit = dialect.do_commit

        def breaks(connection: Any) -> None:
            if broken and broken.pop():
                if kept_all_the_same:
                    commit(connection)
                ended_connections(schema)
            commit(connection)

        monkeypatch.setattr(dialect, "do_commit", breaks)
        broken.append(True)
        first, second = worker.claim(False, 2)
        broken.append(True)
        worker.keep(first.id, [news(1)])
        assert [event.seq for event in store.events(first.id)] == [1]
        broken.append(True)
        worker.spent = Usage(1, 10, 0, 5)
        worker.finish([Finished(second.id, "", {"questions_settled": 1.0}, {}, worker.spent)])
        broken.append(True)
        assert worker.reserve(Usage(prompt=7), Budget(max_tokens=10**6)) is None
        assert worker.held == Usage(prompt=7)
        states = {row["id"]: row["state"] for row in store.everything()}
        assert sorted(states.values()) == ["done", *["pending"] * (len(RUNS) - 2), "running"], (
            "nothing is claimed twice"
        )
        (work,) = store.works()
        assert work.spent == worker.spent
        assert broken == []


def test_a_database_that_stays_away_is_told(schema: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg

    def refused(*_: object, **__: object) -> None:
        raise psycopg.OperationalError("nobody listens there")

    monkeypatch.setattr(database, "PATIENCE", 0.2)
    with begun(schema) as store:
        worker = Worker(store)
        ended_connections(schema)
        monkeypatch.setattr(store.database._engine.dialect, "connect", refused)
        before = time.monotonic()
        with pytest.raises(StorageError, match=r"cannot use the store postgresql.*nobody listens there; what was"):
            worker.claim(False, 1)
        assert 0.2 < time.monotonic() - before < 5
        before = time.monotonic()
        with pytest.raises(StorageError):
            worker.beat()
        assert time.monotonic() - before < 0.1, "it has been waited for already"


def test_what_plays_is_told_by_the_sessions_and_not_by_what_plays_elsewhere(tmp_path: Path) -> None:
    chosen = short_runs(factors={**SHORT["factors"], "model": ["none", "cards", "stub"]})
    with Store(tmp_path / "s.sqlite", "small") as store:
        store.begin(DesignRun("d", "id: small\n", "none", "rules"), chosen)
        shown = status_of(store, Budget())
        assert shown.players == (("none", "rules"), ("cards", "directed"), ("stub", "free"))
        title, *_ = status_blocks(shown, {})
        assert title == paragraph((strong("Played by the rules alone; the cards alone, no model; stub, free"),))
        written = export(store, LIBRARY, tmp_path / "tables", tmp_path, ("csv",))
    book = written.paths[-1].read_text(encoding="utf-8")
    assert "played by: the rules alone; the cards alone, no model; stub, free." in book


def test_what_was_spent_at_unknown_prices_counts_at_the_highest_that_are_known(where: str | Path) -> None:
    budget = Budget(money=2.0, others={"a": Prices(1, 4), "b": Prices(2, 1)})
    with begun(where) as store:
        before, now = Worker(store), Worker(store)
        before.spent = Usage(1, 500_000, 0, 100_000)  # 1.4 at 2 and 4 a million
        before.leave()
        assert now.reserve(budget.priced(Usage(prompt=500_000), "a/m"), budget) is None
        standing = now.reserve(budget.priced(Usage(prompt=101_000), "a/m"), budget)
        assert standing is not None
        assert standing.spent.money == pytest.approx(1.4)
        assert now.held.money == 0.5
        assert status_of(store, budget).money is None, "what it was is not known"


def test_a_database_that_is_coming_up_is_waited_for() -> None:
    fatal = ["the database system is starting up"] * 2 + ["password authentication failed"]

    def answer(server: socket.socket) -> None:
        """Refuse each connection in turn, as PostgreSQL does."""
        while fatal:
            connection = server.accept()[0]
            with connection:
                while int.from_bytes(connection.recv(4096)[4:8]) in (80877103, 80877104):  # wants TLS or GSSAPI
                    connection.sendall(b"N")
                text = f"SFATAL\0C57P03\0M{fatal.pop(0)}\0\0".encode()
                connection.sendall(b"E" + (len(text) + 4).to_bytes(4) + text)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, args=(server,), daemon=True).start()
        with pytest.raises(StorageError, match="password authentication failed"):
            Database(f"postgresql://me@127.0.0.1:{server.getsockname()[1]}/sandbox", "study")
    assert fatal == []
