"""Running an experiment: killed, interrupted, capped, shared, failing; and nothing is paid for twice."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from multiprocessing import active_children
from pathlib import Path
from threading import Thread
from typing import Any
from zlib import crc32

import pytest

from sandbox.cli.experiment_play import show_status
from sandbox.cli.going_on import going_on
from sandbox.cli.options import Output
from sandbox.content.words import Words
from sandbox.diffusion.pool import pool_of
from sandbox.errors import BudgetReachedError, EndpointError, InterruptedSessionError
from sandbox.experiment.analysis.analysis import analyse_store
from sandbox.experiment.judging.answers import Answers
from sandbox.experiment.planning.runs import Run, runs_of
from sandbox.experiment.playing import by_rules
from sandbox.experiment.playing import run as running
from sandbox.experiment.store.status import status_of
from sandbox.experiment.store.store import Store
from sandbox.llm.usage import Budget, Usage
from sandbox.record.log import Log
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.experiment import experiment_report
from sandbox.session.context import FREE, LogRecord
from tests.at_hand import EndpointAtHand
from tests.cli.conftest import ROOT, Cli, Served, cli, served
from tests.experiment.making import LIBRARY, design, saved
from tests.experiment.playing import SHORT, begun, in_a_process, kept, play, play_at, short_runs, wait_for
from tests.session import support
from tests.session.support import Slow, SteadyModel, properties, serving, text_of
from tests.stub_endpoint import Received, StubReply, completion, error

__all__ = ["cli", "served"]

Whole = dict[str, Any]
AT_ONCE = 3
FEW = short_runs(replicates=1)  # some twenty calls


class Brisk(Slow):
    """Takes its time, but little of it."""

    def __init__(self) -> None:
        super().__init__("propose", pause=0.003)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Whole, int]]:
    """What an unbroken run leaves, and how many calls it makes."""
    model = SteadyModel("propose")
    with serving(model) as url, begun(tmp_path_factory.mktemp("whole") / "s.sqlite", FEW) as store:
        tally = play(store, url, concurrency=AT_ONCE)
        assert (tally.total, tally.done, tally.failed, tally.left) == (4, 4, 0, 0)
        yield kept(store), len(model.requests)


@pytest.fixture(scope="module")
def by_the_rules(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Run], Whole]:
    """Sessions by the rules alone, and what an unbroken run of them leaves."""
    chosen = [run for run in short_runs(replicates=4) if run.null]
    with begun(tmp_path_factory.mktemp("rules") / "s.sqlite", chosen) as store:
        play(store)
        return chosen, kept(store)


def recorded(path: Path) -> int:
    """Return how many finished calls a store keeps."""
    with Store(path, "small", make=False) as store:
        return sum(event.kind == "call" for row in store.everything() for event in store.events(row["id"]))


@pytest.mark.fuzz
def test_kill_9_at_several_moments_leaves_what_an_unbroken_run_leaves(tmp_path: Path, whole: tuple[Whole, int]) -> None:
    path, model = tmp_path / "s.sqlite", Brisk()
    begun(path, FEW).close()
    with serving(model) as url:
        for calls in (1, 6):
            asked, answered = len(model.requests), recorded(path)
            process = in_a_process(lambda: play_at(path, url, concurrency=AT_ONCE))
            wait_for(lambda enough: len(model.requests) >= enough, asked + calls)
            os.kill(process, signal.SIGKILL)
            assert os.waitpid(process, 0)[1] == signal.SIGKILL
            lost = (len(model.requests) - asked) - (recorded(path) - answered)
            assert 0 <= lost <= AT_ONCE, "at most the calls that were in flight"
        asked, answered = len(model.requests), recorded(path)
        assert 0 < answered < whole[1]
        play_at(path, url, concurrency=AT_ONCE)
        assert len(model.requests) - asked == recorded(path) - answered == whole[1] - answered, "none is made again"
    with Store(path, "small", make=False) as store:
        assert kept(store) == whole[0]
        works = store.works()
        assert [work.ended is None for work in works] == [False] * 3
        assert sum(work.spent.calls for work in works) == whole[1]


@pytest.mark.fuzz
def test_kill_9_among_sessions_by_the_rules_alone_leaves_what_an_unbroken_run_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_the_rules: tuple[list[Run], Whole]
) -> None:
    monkeypatch.setattr(by_rules, "BATCH", 2)
    chosen, unbroken = by_the_rules
    path = tmp_path / "s.sqlite"
    begun(path, chosen).close()

    def done() -> int:
        with closing(sqlite3.connect(path)) as connection:  # one that is open while a process is forked loses its locks
            return int(connection.execute("SELECT count(*) FROM runs WHERE state = 'done'").fetchone()[0])

    for pause in (0.0, 0.01):
        process, before = in_a_process(lambda: play_at(path)), done()
        wait_for(lambda enough: done() > enough, min(before, len(chosen) - 1))
        time.sleep(pause)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    play_at(path)
    with Store(path, "small", make=False) as store:
        assert kept(store) == unbroken


@pytest.mark.fuzz
def test_what_a_dead_process_left_is_taken_up_by_one_that_still_works(tmp_path: Path, whole: tuple[Whole, int]) -> None:
    path, model = tmp_path / "s.sqlite", Brisk()
    begun(path, FEW).close()
    with serving(model) as url:
        first = in_a_process(lambda: play_at(path, url, concurrency=1))
        wait_for(lambda enough: len(model.requests) >= enough, 3)
        second = in_a_process(lambda: play_at(path, url, concurrency=1))
        wait_for(lambda enough: len(model.requests) >= enough, 12)
        os.kill(first, signal.SIGKILL)
        os.waitpid(first, 0)
        assert os.waitpid(second, 0)[1] == 0
    with Store(path, "small", make=False) as store:
        assert kept(store) == whole[0]


# The cap


def test_the_cap_is_never_overshot_and_a_higher_one_goes_on_from_there(
    tmp_path: Path, whole: tuple[Whole, int]
) -> None:
    model = SteadyModel("propose")
    with serving(model) as url, begun(tmp_path / "s.sqlite", FEW) as store:
        for cap in (2_500, 3_500):
            with pytest.raises(BudgetReachedError):
                play(store, url, concurrency=8, budget=Budget(max_tokens=cap))
            spent = 220 * len(model.requests)
            assert cap - 2_000 < spent <= cap
            assert sum(work.spent.total for work in store.works()) == spent
            assert {count.state for count in store.counts()} == {"done", "pending"}, "nothing has failed"
        play(store, url, concurrency=8, budget=Budget(max_tokens=10**6))
        assert (kept(store), len(model.requests)) == whole


def test_a_cap_that_is_reached_says_what_goes_on_and_that_it_counts_the_whole_store() -> None:
    tokens, money = Budget(max_tokens=300), Budget(max_tokens=1_000, money=1.5, price_input=10_000, price_output=0)
    for budget, options, again in (
        (tokens, " --max-tokens 300", " --max-tokens MORE"), (tokens, "", " --max-tokens MORE"),
        (money, " --budget 1.5", " --budget MORE"), (money, "", " --budget MORE"),  # the design's cap
        (money, " --max-tokens 1000 --budget 1.5", " --max-tokens 1000 --budget MORE"),
    ):  # fmt: skip
        with pytest.raises(BudgetReachedError) as caught, going_on(f"go on with: sandbox experiment run d{options}"):
            raise budget.reached(Usage(prompt=299), Usage(prompt=50))
        assert caught.value.hint == (
            f"go on with: sandbox experiment run d{again} (it counts all that was spent, by earlier runs too)"
        )
    with pytest.raises(EndpointError) as other, going_on("go on with: sandbox experiment run d --max-tokens 300000"):
        raise EndpointError("down")
    assert other.value.hint.endswith("--max-tokens 300000")


@pytest.mark.fuzz
def test_two_processes_keep_to_one_cap(tmp_path: Path) -> None:
    path, model, cap = tmp_path / "s.sqlite", Brisk(), 3_500
    begun(path, FEW).close()
    with serving(model) as url:
        terms = {"concurrency": 4, "budget": Budget(max_tokens=cap)}
        both = [in_a_process(lambda: play_at(path, url, **terms)) for _ in range(2)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in both]
    assert codes == [4, 4]
    assert 0 < 220 * len(model.requests) <= cap


@pytest.mark.fuzz
def test_what_a_killed_process_held_counts_as_spent(tmp_path: Path) -> None:
    path, model = tmp_path / "s.sqlite", Slow("propose", pause=0.2)
    begun(path, FEW).close()
    with serving(model) as url:
        process = in_a_process(lambda: play_at(path, url, concurrency=2, budget=Budget(max_tokens=10**5)))
        wait_for(lambda enough: len(model.requests) >= enough, 3)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        with Store(path, "small") as store:
            (work_done,) = store.works()
            taken = work_done.spent.total + work_done.held.total
            assert work_done.held.total > 220, "calls were in flight"
            with pytest.raises(BudgetReachedError, match=f"{taken} of {taken + 60} tokens"):
                play(store, url, budget=Budget(max_tokens=taken + 60))


# Failures


def test_a_full_disk_is_told_and_the_run_goes_on_later(tmp_path: Path, whole: tuple[Whole, int]) -> None:
    path, model = tmp_path / "s.sqlite", SteadyModel("propose")
    begun(path, FEW).close()
    with serving(model) as url:

        def work() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (110_000, resource.RLIM_INFINITY))
            play_at(path, url, concurrency=AT_ONCE)

        process = in_a_process(work)
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 2
        answered = recorded(path)
        assert answered < whole[1]
        with Store(path, "small") as store:
            play(store, url, concurrency=AT_ONCE)
            assert kept(store) == whole[0]


class Picky(SteadyModel):
    """Answers everything but what is asked in sessions in which some words stand."""

    def __init__(self, words: str) -> None:
        super().__init__("propose")
        self.words = words

    def __call__(self, request: Received) -> Any:
        if self.words in text_of(request.body):
            return error(400, "this is against the policy")
        return super().__call__(request)


def test_a_session_that_fails_is_a_row_and_ends_no_others(tmp_path: Path) -> None:
    changes = {"factors": {**SHORT["factors"], "scenario": ["four_oclock_school", "clean_up"]}, "replicates": 1}
    picky = Picky("Qiaotou")  # the place of one of both cases
    with serving(picky) as url, begun(tmp_path / "s.sqlite", short_runs(**changes)) as store:
        tally = play(store, url, concurrency=2)
        assert (tally.done, tally.failed) == (6, 2)
        failed = store.failures()
        assert {row["scenario"] for row in failed} == {"four_oclock_school"}
        assert all("this is against the policy" in row["reason"] for row in failed)
        assert {row["state"] for row in store.rows()} == {"done"}
        assert play(store, url).failed == 2, "what failed is not played again by itself"
    model = SteadyModel("propose")
    with serving(model) as url, Store(tmp_path / "s.sqlite", "small") as store:
        assert store.reopen() == 2
        assert play(store, url).done == 8
        assert store.failures() == []


def _question(body: dict[str, Any]) -> str:
    """Return what a request asks, without what is said of an answer that could not be used."""
    return text_of(body).partition("\n\nYour last answer was not used")[0]


class Unwilling(SteadyModel):
    """Declines the lines of one arm and every second pulse, and counts all tokens that it is paid for."""

    def __init__(self) -> None:
        super().__init__("propose")
        self.paid = 0

    def __call__(self, request: Received) -> StubReply:
        reply = super().__call__(request)
        asked = properties(request.body)
        if ("says" in asked and "joint production" in text_of(request.body).lower()) or (
            "trust" in asked and crc32(_question(request.body).encode()) % 2
        ):
            reply = completion("I'm sorry, but I can't help with that.")
        self.paid += sum(map(int, re.findall(r"total_tokens\W+(\d+)", str(reply.body))))
        return reply


def test_what_was_paid_for_answers_that_were_declined_is_counted_and_what_stands_in_for_them_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(support, "FREE", FREE)  # which asks for pulses
    model, made = Unwilling(), design(factors={**SHORT["factors"], "turns": [2]}, replicates=1)
    free = runs_of(made, LIBRARY, model="stub", style="free")
    with serving(model) as url, begun(tmp_path / "s.sqlite", free) as store:
        play(store, url, concurrency=2)
        rows, shown = [row for row in store.rows() if not row["null"]], status_of(store, Budget())
        events = [event for row in rows for event in store.events(row["id"])]
        analysis = analyse_store(store, made, None, LIBRARY, tmp_path)
    spent = sum((Usage(**row["usage"]) for row in rows), Usage())
    assert len(model.requests) == spent.calls == shown.spent.calls == sum(analysis.usage.values(), Usage()).calls
    assert model.paid == spent.total == shown.spent.total, "the report, the tables and the endpoint say the same"
    pulses = [event.payload for event in events if event.kind == "pulse"]
    lines = [event.payload for event in events if event.kind == "line"]
    whole = shown.answers
    assert whole == sum(analysis.answers.values(), Answers())
    asked = {
        _question(body) for body in model.requests if "trust" in properties(body)
    }  # at the start some are the same
    assert len(asked) <= whole.pulses < len(pulses), "whoever was not in the room is not asked"
    assert whole.pulses - whole.by_rule == sum(pulse["origin"] == "model" for pulse in pulses)
    assert (whole.lines, whole.given_up) == (len(lines), sum(len(line["rejected"]) == 2 for line in lines))
    assert whole.given == spent.calls
    assert whole.unusable == sum(event.payload["usage"]["calls"] - bool(event.payload["text"])
                                 for event in events if event.kind == "call") > 0  # fmt: skip
    assert 0 < whole.by_rule < whole.pulses
    show_status(shown, Output(), {})
    out = " ".join(capsys.readouterr().out.split())
    assert f"{whole.by_rule} of {whole.pulses} pulses were given by a rule" in out
    page = to_markdown(experiment_report(analysis, LIBRARY, "en"))
    assert "Many pulses were given by a rule, since the model gave none (Command " in page
    assert f"{whole.given_up}/" in page
    assert "不少心态值因模型没有回答而由规则推算" in to_markdown(experiment_report(analysis, LIBRARY, "zh"))


def test_a_call_that_was_given_up_twice_is_paid_twice_and_never_taken_for_an_answer() -> None:
    log = Log()
    record, call = LogRecord(log), {"id": "line:training:1:1"}
    for number in (1, 2):
        log.append("call", {**call, "id": f"given_up:{number}:{call['id']}", "digest": "", "model": "stub", "text": "",
                            "usage": Usage(5, 500, 0, 50).as_dict(), "seconds": 0.1}, "training", "a")  # fmt: skip
    assert record.find_call(call["id"]) is None
    assert Answers.in_log(log) == Answers(given=10, unusable=10)


def test_an_endpoint_that_is_down_fails_no_session_and_a_pilot_is_part_of_the_whole(
    tmp_path: Path, whole: tuple[Whole, int]
) -> None:
    def down(_: Received) -> Any:
        return error(500, "out of order")

    with begun(tmp_path / "s.sqlite", FEW) as store:
        with EndpointAtHand(down) as stub, pytest.raises(EndpointError, match="out of order"):
            play(store, stub.base_url, concurrency=3)
        assert {(count.null, count.state) for count in store.counts()} == {(False, "pending"), (True, "done")}
        with serving(SteadyModel("propose")) as url:
            assert play(store, url, limit=1).done == 3
            assert [row["position"] for row in store.rows() if not row["null"]] == [0], "the first in the design"
            play(store, url)
        assert kept(store) == whole[0]


def test_a_model_of_the_design_that_no_endpoint_is_set_for_stops_the_run_and_fails_no_session(
    cli: Cli, tmp_path: Path
) -> None:
    path = saved(tmp_path, **{**SHORT, "factors": {**SHORT["factors"], "model": ["gpt-4o"]}})
    done = cli("experiment", "run", path)
    assert done.code == 2
    assert "model 'gpt-4o' cannot be called: no endpoint is set" in done.err
    assert "go on with: sandbox experiment run" in done.err
    assert json.loads(cli("experiment", "status", path, "--json").out)["failed"] == 0


def test_what_breaks_in_a_session_is_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("no such thing")

    monkeypatch.setattr(running, "outcomes_of", broken)
    with serving(SteadyModel("propose")) as url, begun(tmp_path / "s.sqlite", FEW[:1]) as store:
        assert play(store, url).failed == 1
        assert {row["reason"] for row in store.failures()} == {"KeyError: 'no such thing'"}


def test_other_content_than_planned_is_told(tmp_path: Path) -> None:
    run = short_runs()[0]
    spec = run.spec.model_copy(update={"content": "another"})
    with begun(tmp_path / "s.sqlite", [type(run)(**{**vars(run), "spec": spec})]) as store:
        play(store, "http://127.0.0.1:9/v1")
        (row,) = store.failures()
        assert "content" in row["reason"]
        shown = store.database.shown
    with Store(shown, "small") as store:  # whoever opens it later reads why in a language of their own
        (reason,) = status_of(store, Budget()).reasons
        english, chinese = (Words(lang)("seeds.failed", number=1, reason=reason) for lang in ("en", "zh"))
    wanted = run.spec.scenario, run.spec.governance
    assert english == Words("en")("seeds.failed", number=1, reason=row["reason"])
    assert Words("zh")("refused.other_content", session=" ".join(wanted)) in chinese


# Stopped and limited


def test_an_interrupt_waits_for_the_calls_in_flight_and_keeps_them(tmp_path: Path, whole: tuple[Whole, int]) -> None:
    path, model = tmp_path / "s.sqlite", Slow("propose", pause=0.03)
    begun(path, FEW).close()
    with serving(model) as url:
        process = in_a_process(lambda: play_at(path, url, concurrency=3))
        wait_for(lambda enough: len(model.requests) >= enough, 7)
        os.kill(process, signal.SIGINT)
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == InterruptedSessionError.exit_code
        assert recorded(path) == len(model.requests) < whole[1], "each call that was made is kept"
        with Store(path, "small") as store:
            assert all(work.ended for work in store.works())
            assert {count.state for count in store.counts()} <= {"pending", "done"}
    with serving(SteadyModel("propose")) as url, Store(path, "small") as store:
        play(store, url)
        assert kept(store) == whole[0]


def interrupt_after(model: SteadyModel, calls: int) -> None:
    """Press Ctrl-C in this process as soon as a model was asked so often."""
    wait_for(lambda enough: len(model.requests) >= enough, calls)
    os.kill(os.getpid(), signal.SIGINT)


def test_the_command_is_stopped_by_ctrl_c_and_says_how_to_go_on(
    cli: Cli, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANDBOX_TURN_STYLE", "directed")
    path, served.model = saved(tmp_path, **SHORT, replicates=1), Slow("propose", pause=0.1)
    options = ["--model", "stub", "--processes", "1"]
    interrupt = Thread(target=interrupt_after, args=(served.model, 3))
    interrupt.start()
    ended = cli("experiment", "run", path, *options)
    interrupt.join()
    assert ended.code == 130
    again = f"sandbox experiment run {path} {' '.join(options)}"
    hint = f"what is done is kept; go on with: {again}"
    at_once, end = ended.err.index(f"Then: {hint}\n"), ended.err.index(f"sandbox: interrupted\nsandbox: {hint}\n")
    assert ended.err.count("Stopping: no new call is made, and those in flight are waited for") == 1
    assert at_once < end
    served.model = SteadyModel("propose")
    done = cli("experiment", "run", path)
    assert (done.code, done.err) == (0, "")
    assert re.search(r"joint_production, rules alone +│ +1 │ +0 │ +0 │ +0 │", done.out)
    nothing_left = cli("experiment", "run", path, "--json")
    assert ('"done": 4' in nothing_left.out, nothing_left.code) == (True, 0)
    other = cli("experiment", "run", path, "--model", "another")
    assert other.code == 2
    assert "model stub (directed) → another (directed)" in other.err
    assert "--changed" in other.err


# Sessions by the rules alone


@pytest.mark.fuzz
def test_processes_play_what_one_plays_and_events_change_no_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_the_rules: tuple[list[Run], Whole]
) -> None:
    chosen, unbroken = by_the_rules
    monkeypatch.setattr(running, "_WORTH_PROCESSES", 1)
    monkeypatch.setattr(by_rules, "pool_of", lambda _, *arguments: pool_of(1, *arguments))  # it plays the share of each
    with begun(tmp_path / "many.sqlite", chosen) as store:
        assert play(store, cores=2, limit=6).done == 6
        play(store, cores=1)
        assert kept(store) == unbroken
    with begun(tmp_path / "bare.sqlite", chosen) as store:
        play(store, keep=False)
        assert {run: (row, [], []) for run, (row, _, _) in unbroken.items()} == kept(store)


@pytest.mark.fuzz
def test_a_process_of_many_that_is_ended_from_outside_is_told_and_nothing_of_it_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_the_rules: tuple[list[Run], Whole]
) -> None:
    chosen, unbroken = by_the_rules

    def killed(_: int, *arguments: Any) -> Any:
        pool = pool_of(1, *arguments)
        pool.submit(os.getpid)
        active_children()[0].kill()
        return pool

    with begun(tmp_path / "s.sqlite", chosen) as store:
        with monkeypatch.context() as patched:
            patched.setattr(running, "_WORTH_PROCESSES", 1)
            patched.setattr(by_rules, "pool_of", killed)
            with pytest.raises(InterruptedSessionError, match=r"was ended from outside, .*; fewer processes"):
                play(store, cores=2)
        play(store)
        assert kept(store) == unbroken


_HEAVY = """
import sys
sys.argv = ["sandbox", "experiment", "run", "--help"]
from sandbox.__main__ import main
try:
    main()
except SystemExit:
    pass
heavy = {"langgraph", "openai", "pydantic", "rich", "jinja2", "yaml", "sqlalchemy", "asyncio", "multiprocessing"}
print("HEAVY", *sorted(heavy & set(sys.modules)))
"""


def test_help_imports_nothing_heavy() -> None:
    out = subprocess.run(
        [sys.executable, "-c", _HEAVY], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=True,
    ).stdout  # fmt: skip
    assert "--no-events" in out
    assert out.rsplit("HEAVY", 1)[1].split() == []
