"""The store: what is kept, who gets in, and what is gone for good."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import MappingProxyType

import pytest

import sandbox.web.tables.database
import sandbox.web.tables.store
from sandbox.content.words import Words
from sandbox.errors import InputError, StorageError
from sandbox.web.links import digest, new_token, pseudonym
from sandbox.web.tables.database import SCHEMA, CampaignRow, Setup, TableNote, TablePlace, TableReflection
from sandbox.web.tables.store import WebStore

SEATS = ("resident", "official", "worker")
MINUTES = MappingProxyType({"training": 15})
SETUP = Setup("estate_calm", "haicang", "xiamen", "en", ("training", "application"), 12, 7, SEATS, MINUTES)


class Clock:
    """A clock that moves when told."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "web.sqlite"


@pytest.fixture
def store(path: Path, clock: Clock) -> Iterator[WebStore]:
    with contextlib.closing(WebStore(path, clock)) as opened:
        yield opened


@pytest.fixture
def table(store: WebStore) -> str:
    return store.add_table(SETUP).id


def on_disk(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))


def spoil(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_a_table_is_kept_and_found_by_its_code(store: WebStore, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.web.tables.store, "new_code", iter(["K7QF-2MPX", "K7QF-2MPX", "BBBB-2222"]).__next__)
    made = store.add_table(SETUP)
    assert (made.setup, made.session, made.state, made.created) == (SETUP, "", "lobby", clock.now)
    other = store.add_table(replace(SETUP, turns=None, persons=(), minutes={}, lang="zh", city="厦门"))
    assert [store.table(made.id), store.table(other.id)] == [made, other]
    assert store.tables() == [other, made], "the newest first"
    for typed in ("K7QF-2MPX", "k7qf-2mpx", " K7QF 2MPX "):
        assert store.table_by_code(typed) == made
    for typed in ("", "nonsense", "\ud800", "2222-2222"):
        assert store.table_by_code(typed) is None


def test_a_table_moves_on_and_refuses_what_does_not_fit(store: WebStore, table: str, clock: Clock) -> None:
    def refuse(why: str, *calls: Callable[[], object]) -> None:
        before = store.table(table)
        for call in calls:
            with pytest.raises(InputError, match=f"{before.code} {why}"):
                call()
        assert store.table(table) == before

    refuse("has not started", lambda: store.move(table, "s1"))
    store.update_setup(table, other := replace(SETUP, persons=()))
    clock.now += 1
    store.start(table, "s1")
    row = store.table(table)
    assert (row.setup, row.session, row.state, row.changed) == (other, "s1", "live", clock.now)
    refuse("has started", lambda: store.start(table, "s2"), lambda: store.update_setup(table, SETUP))
    store.finish(table)
    assert store.table(table) == replace(row, state="over")
    refuse("is over", lambda: store.start(table, "s2"), lambda: store.finish(table))
    refuse("is over", lambda: store.take_seat(table, "resident", "Late"), lambda: store.open_seat(table, "resident"))
    store.move(table, "s2")
    assert store.table(table) == replace(row, session="s2")


def test_a_seat_is_opened_in_the_lobby_and_while_the_table_plays(store: WebStore, table: str, clock: Clock) -> None:
    store.open_seat(table, "banker")
    store.take_seat(table, "banker", "B")
    with pytest.raises(InputError, match="somebody sits on banker"):
        store.update_setup(table, SETUP)
    store.start(table, "s1")
    clock.now += 1
    store.open_seat(table, "grid")
    row = store.table(table)
    assert (row.setup.persons, row.state, row.changed) == ((*SEATS, "banker", "grid"), "live", clock.now)
    clock.now += 1
    for seat in ("banker", "grid"):
        store.open_seat(table, seat)
    assert store.table(table) == row, "a seat that is open stays as it is, taken or not"


def test_an_unknown_table_is_said_so_and_no_other_is_named(store: WebStore, table: str) -> None:
    calls: list[Callable[[str], object]] = [
        *(store.table, store.delete_table),
        lambda none: store.open_seat(none, "resident"),
        lambda none: store.add_viewer(none, "observer"),
        lambda none: store.rename(none, "resident", "A"),
        lambda none: store.add_note(none, "", "words"),
        lambda none: store.keep_reflection(none, "resident", "A", {}),
    ]
    wrong = (("none", r"^there is no table 'none'$"), ("\ud800", "half a character"))
    for call, (given, message) in product(calls, wrong):
        with pytest.raises(InputError, match=message):
            call(given)
    with pytest.raises(InputError, match="half a character"):
        store.update_setup(table, replace(SETUP, city="\ud800"))


def test_a_seat_is_for_one_person(store: WebStore, table: str, clock: Clock) -> None:
    place = TablePlace(table, "resident", "Li Na", False, "player", clock.now)
    assert store.place_of(store.take_seat(table, "resident", "  Li \u202e Na\n")) == place
    with pytest.raises(InputError, match="seat 'resident' is taken"):
        store.take_seat(table, "resident", "B")
    with pytest.raises(InputError, match=r"unknown seat 'mayor'.*Allowed: official, resident, worker"):
        store.take_seat(table, "mayor", "B")
    assert store.places(table) == [place]
    assert store.place_of(store.take_seat(store.add_table(SETUP).id, "resident", "B")) != place


def test_of_many_at_once_one_gets_the_seat_and_all_may_open_one(store: WebStore, path: Path) -> None:
    def attempt(number: int) -> str:
        together.wait()
        try:
            return (store, second)[number % 2].take_seat(table, "resident", f"P{number}")
        except InputError as error:
            return str(error)
        finally:
            store.open_seat(table, f"seat{number}")

    together = threading.Barrier(8)
    with contextlib.closing(WebStore(path)) as second, ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            table = store.add_table(SETUP).id
            (token,) = set(pool.map(attempt, range(8))) - {"seat 'resident' is taken"}
            assert [store.place_of(token)] == store.places(table)
            assert set(store.table(table).setup.persons) == {*SEATS, *(f"seat{number}" for number in range(8))}


def test_links_to_watch_have_no_seat_and_nobody_gets_in_with_another(store: WebStore, table: str) -> None:
    token = store.take_seat(table, "worker", "Wang")
    watching = [store.add_viewer(table, role) for role in ("observer", "observer", "projector")]
    places = store.places(table)
    assert [store.place_of(known) for known in (token, *watching)] == places
    assert [place.role for place in places] == ["player", "observer", "observer", "projector"]
    assert {(place.seat, place.name) for place in places[1:]} == {("", "")}
    for forged in ("", new_token(), token[:-1], token + "=", token.swapcase(), digest(token), "%", "\ud800", "a\0"):
        assert store.place_of(forged) is None


def test_a_freed_seat_is_nobodys_until_it_is_taken_again(store: WebStore, table: str) -> None:
    old, stays = store.take_seat(table, "resident", "A"), store.add_viewer(table, "observer")
    store.free_seat(table, "resident")
    changes: list[Callable[[str, str], object]] = [
        *(store.free_seat, store.reissue),
        lambda table, seat: store.rename(table, seat, "A"),
        lambda table, seat: store.set_ready(table, seat, True),
    ]
    for change, seat in product(changes, ("resident", "")):
        with pytest.raises(InputError, match=f"nobody has seat '{seat}'"):
            change(table, seat)
    new = store.take_seat(table, "resident", "B")
    assert store.place_of(old) is None
    assert store.places(table) == [store.place_of(stays), store.place_of(new)]


def test_a_player_gets_ready_and_another_name_and_token(store: WebStore, table: str) -> None:
    old = store.take_seat(table, "resident", " ")
    (place,) = store.places(table)
    assert place.name == pseudonym("en", 0) == store.rename(table, "resident", ""), "their own is free for them"
    assert store.rename(table, "resident", "\u200bLi\u3000Na") == "Li Na"
    store.set_ready(table, "resident", True)
    new = store.reissue(table, "resident")
    assert [store.place_of(token) for token in (old, new)] == [None, replace(place, name="Li Na", ready=True)]
    store.set_ready(table, "resident", False)
    assert store.place_of(new) == replace(place, name="Li Na")


def test_notes_are_kept_in_order_and_deleted(store: WebStore, table: str, clock: Clock) -> None:
    first = store.add_note(table, "training-3", " a promise\r\nwithout an owner\0 ")
    store.add_note(store.add_table(SETUP).id, "", "elsewhere")
    second = store.add_note(table, "", "学" * 2000)
    kept = TableNote(second, table, "", "", "学" * 2000, clock.now)
    assert store.notes(table) == [
        TableNote(first, table, "", "training-3", "a promise\nwithout an owner", clock.now),
        kept,
    ]
    store.delete_note(first)
    with pytest.raises(InputError, match=f"there is no note {first}"):
        store.delete_note(first)
    with pytest.raises(InputError, match=r"a note may have at most 2,000 characters; this one has 2,001"):
        store.add_note(table, "", "学" * 2001)
    for empty in ("", " \n\0", "\ud800"):
        with pytest.raises(InputError, match="needs some words"):
            store.add_note(table, "", empty)
    assert store.notes(table) == [kept]
    store.delete_note(second)
    assert store.add_note(table, "", "two") > second, "the id of a deleted note does not come back"


def test_bookmarks_of_a_show_are_replaced_and_deleted_also_in_a_file_of_before_there_were_any(
    store: WebStore, path: Path
) -> None:
    spoil(path, "DROP TABLE bookmarks")
    with contextlib.closing(WebStore(path)):
        pass
    store.set_bookmark("showcase_en", "L036", "Whose clause?")
    store.set_bookmark("showcase_en", "L036", " Who may\r\ncome? ")
    store.set_bookmark("showcase_en", "L050", "")
    store.set_bookmark("showcase_zh", "L036", "谁的条件？")
    assert store.bookmarks("showcase_en") == {"L036": "Who may\ncome?", "L050": ""}
    store.delete_bookmark("showcase_en", "L036")
    assert store.bookmarks("showcase_en") == {"L050": ""}
    assert b"Who may" not in on_disk(path)
    with pytest.raises(InputError, match="at most 2,000 characters"):
        store.set_bookmark("showcase_en", "L001", "学" * 2001)


def test_a_reflection_replaces_the_earlier_one_of_its_seat(store: WebStore, table: str, clock: Clock) -> None:
    store.keep_reflection(table, "worker", "Wang", {"learned": "one"})
    store.keep_reflection(table, "resident", "Li\u202e", {"learned": "much", "next": "听"})
    clock.now += 5
    store.keep_reflection(table, "worker", "Wang", {"next": "two\ud800"})
    with pytest.raises(InputError, match=r"an answer may have at most 2,000 characters; this one has 2,001"):
        store.keep_reflection(table, "worker", "Wang", {"next": "", "learned": "x" * 2001})
    assert store.reflections(table) == [
        TableReflection(table, "", "resident", "Li", {"learned": "much", "next": "听"}, clock.now - 5),
        TableReflection(table, "", "worker", "Wang", {"next": "two"}, clock.now),
    ]


def test_of_a_player_who_is_forgotten_neither_name_nor_reflection_stays(
    store: WebStore, table: str, path: Path
) -> None:
    for seat, name in (("resident", "Remaining"), ("worker", "Leaving")):
        store.take_seat(table, seat, name)
    store.start(table, "first")
    for seat in ("resident", "worker"):
        store.keep_reflection(table, seat, store.players(table)[seat].name, {"learned": f"What {seat} learned."})
    store.forget_player(table, "worker")
    assert [reflection.seat for reflection in store.reflections(table)] == ["resident"]
    (played,) = store.sessions(table)
    assert played.people == {seat: place.name for seat, place in store.players(table).items()}
    assert b"Leaving" not in on_disk(path)
    assert b"What worker" not in on_disk(path)


def test_a_deleted_table_or_note_leaves_no_trace(store: WebStore, table: str, path: Path) -> None:
    store.take_seat(table, "resident", "Remaining")
    made = [store.add_table(replace(SETUP, city=f"Hidden{number}")).id for number in range(6)]
    for number, row in enumerate(made):
        store.take_seat(row, "resident", f"Secretive{number}")
        store.rename(row, "resident", f"Renamed{number}")
        for length in (10, 300, 1900):
            note = store.add_note(row, "", f"Confidential{number}.{length}" + "n" * length)
        store.keep_reflection(row, "resident", "Li", {"learned": f"Inmost{number}" + "r" * 1900})
        store.start(row, f"session{number}")
        store.set_bookmark(f"session{number}", "L001", f"Marked{number}")
        assert f"Confidential{number}.1900".encode() in on_disk(path)
        store.delete_note(note)
        assert f"Confidential{number}.1900".encode() not in on_disk(path)
    for number in (3, 0, 5, 1, 4, 2):
        traces = [f"{trace}{number}".encode() for trace in ("Hidden", "Renamed", "Confidential", "Marked")]
        assert all(trace in on_disk(path) for trace in traces)
        store.delete_table(row := made[number])
        left = on_disk(path)
        assert [
            trace for trace in (row.encode(), b"Secretive%d" % number, *traces, b"Inmost%d" % number) if trace in left
        ] == []
        assert (store.places(row), store.notes(row), store.reflections(row)) == ([], [], [])
    assert [place.name for row in store.tables() for place in store.places(row.id)] == ["Remaining"]


def test_tables_expire_after_their_last_change(store: WebStore, clock: Clock) -> None:
    untouched, started, young = (store.add_table(SETUP).id for _ in range(3))
    clock.now += 20 * 86_400
    store.start(started, "s1")
    clock.now += 15 * 86_400
    store.update_setup(young, SETUP)
    for days, expired in ((36, []), (30, [untouched]), (14, [untouched, started])):
        assert [row.id for row in store.expired(days)] == expired


def test_the_files_have_no_tokens_and_only_their_owner_may_read_them(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.touch(0o644)
    with contextlib.closing(WebStore(path)) as store:
        table = store.add_table(SETUP).id
        tokens = [store.take_seat(table, "resident", "Unmistakable"), store.add_viewer(table, "observer")]
        tokens.append(store.reissue(table, "resident"))
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert modes == {"web.sqlite": 0o600, "web.sqlite-shm": 0o600, "web.sqlite-wal": 0o600}
        logged = on_disk(path)
    for kept in (logged, on_disk(path)):
        assert b"Unmistakable" in kept
        assert [token for token in tokens if token.encode() in kept] == []
    with contextlib.closing(WebStore(path)) as again, contextlib.closing(WebStore(tmp_path / "other.sqlite")) as other:
        assert again.secret == store.secret != other.secret


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        (f"PRAGMA user_version = {SCHEMA + 1}", InputError, rf"newer .*schema {SCHEMA + 1}\); .* up to {SCHEMA}"),
        (f"PRAGMA user_version = {SCHEMA - 1}", StorageError, "is not a file of the web app"),
        ("PRAGMA application_id = 1", StorageError, "is not a file of the web app"),
        ("DELETE FROM app", StorageError, r"cannot use .*web\.sqlite"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_and_left(path: Path, change: str, kind: type, message: str) -> None:
    WebStore(path).close()
    spoil(path, change)
    before = path.read_bytes()
    with pytest.raises(InputError, match=message) as caught:
        WebStore(path)
    assert caught.type is kind
    assert path.read_bytes() == before


def test_what_is_damaged_or_no_file_of_the_store_is_refused(path: Path) -> None:
    with contextlib.closing(WebStore(path)) as store:
        for _ in range(40):
            store.add_note(store.add_table(SETUP).id, "", "n" * 1000)
    whole = path.read_bytes()
    for spoilt in (whole[: len(whole) // 2], whole[:4096] + b"\xa5" * (len(whole) - 4096), b"words " * 1000):
        path.write_bytes(spoilt)
        with pytest.raises(StorageError, match=r"web\.sqlite"):
            WebStore(path)
        assert path.read_bytes() == spoilt
    for place, message in ((path.parent, "is a folder"), (path / "web.sqlite", r"cannot open .*web\.sqlite")):
        with pytest.raises(StorageError, match=message):
            WebStore(place)


def test_a_damaged_row_is_named_and_not_quoted(store: WebStore, table: str, path: Path) -> None:
    store.keep_reflection(table, "resident", "A", {})
    reads: tuple[Callable[[str], object], ...] = (store.table, store.reflections)
    for data, read in product(("{", "[]", '{"stages": []}'), reads):
        spoil(path, f"UPDATE tables SET setup = '{data}'")
        spoil(path, f"UPDATE reflections SET answers = '{data}'")
        with pytest.raises(StorageError, match=r"web\.sqlite is damaged") as caught:
            read(table)
        assert caught.value.__suppress_context__


def test_a_failed_write_tells_no_names_and_changes_nothing(store: WebStore, table: str, path: Path) -> None:
    spoil(path, "CREATE TRIGGER full BEFORE INSERT ON places BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(StorageError, match="disk full") as caught:
        store.take_seat(table, "resident", "Secretive")
    assert "Secretive" not in f"{caught.value} {caught.value.__cause__}"
    assert store.places(table) == []


def test_a_file_held_by_another_program_is_said_so(path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(sandbox.web.tables.database, "_BUSY_SECONDS", 0.05)
    with contextlib.closing(WebStore(path, clock)) as store, contextlib.closing(sqlite3.connect(path)) as other:
        table = store.add_table(SETUP)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="database is locked"):
            store.finish(table.id)
        assert store.table(table.id) == table, "reading goes on"
        other.rollback()
        store.finish(table.id)


def test_whatever_is_refused_can_be_shown_in_chinese(store: WebStore, table: str) -> None:
    store.take_seat(table, "resident", "A")
    calls: list[tuple[Callable[[], object], str]] = [
        (lambda: store.take_seat(table, "resident", "B"), "角色“resident”已经有人演了"),
        (lambda: store.take_seat(table, "mayor", "B"), "没有角色“mayor”。可选：official、resident、worker。"),
        (lambda: store.free_seat(table, "worker"), "角色“worker”现在没有人演"),
        (lambda: store.update_setup(table, replace(SETUP, persons=())), "这些角色还有人在演（resident），请先空出来"),
        (lambda: store.move(table, "s1"), f"这个会场（{store.table(table).code}）还没有开始"),
        (lambda: store.add_note(table, "", " "), "请先写下笔记"),
        (lambda: store.add_note(table, "", "x" * 2001), "一条笔记最多2,000个字，这条有2,001个"),
        (
            lambda: store.keep_reflection(table, "resident", "A", {"why": "x" * 2001}),
            "一条回答最多2,000个字，这条有2,001个",
        ),
        (lambda: store.delete_note(9), "没有第9条笔记"),
        (lambda: store.table("none"), "没有这个会场：“none”"),
        (lambda: store.table("\ud800"), "文字里有半个字符"),
    ]
    for call, text in calls:
        with pytest.raises(InputError) as caught:
            call()
        assert Words("zh").error(caught.value).startswith(text)
    store.start(table, "s1")
    with pytest.raises(InputError) as caught:
        store.start(table, "s2")
    assert "已经开始" in Words("zh").error(caught.value)
    store.finish(table)
    with pytest.raises(InputError) as caught:
        store.take_seat(table, "worker", "C")
    assert "已经结束" in Words("zh").error(caught.value)


def test_a_damaged_file_is_told_in_chinese(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"no database " * 400)
    with pytest.raises(StorageError) as caught:
        WebStore(path)
    assert Words("zh").error(caught.value).startswith(f"不能使用文件{path}：")


def test_a_campaign_keeps_its_tables_and_goes_with_all_of_them(store: WebStore, clock: Clock, table: str) -> None:
    store.add_campaign("gates-1", 40, {"east": SETUP, "west": replace(SETUP, persons=())})
    assert store.campaigns() == [CampaignRow("gates-1", clock.now, 40)]
    east, west = store.members("gates-1")
    assert [each.community for each in (east, west)] == ["east", "west"]
    assert {row.id for row in store.tables()} == {table, east.table, west.table}
    token = store.take_seat(east.table, "resident", "Anna")
    store.play_round(east.table, "r1_east_1", SETUP)
    later = replace(SETUP, stages=("application",))
    store.play_round(east.table, "r2_east_1", later)
    store.finish(east.table)
    store.play_round(east.table, "r2_east_1", later)  # a campaign that was finished by mistake is played on
    row = store.table(east.table)
    assert (row.session, row.state, row.setup.stages) == ("r2_east_1", "live", ("application",))
    assert [each.people for each in store.sessions(east.table)] == [{"resident": "Anna"}] * 2
    assert store.campaign_of("r1_east_1") == "gates-1"
    assert store.campaign_of("s1") == ""
    store.delete_campaign("gates-1")
    assert [row.id for row in store.tables()] == [table]
    assert (store.campaigns(), store.members("gates-1"), store.place_of(token)) == ([], [], None)
