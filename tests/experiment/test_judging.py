"""Sessions that are played first and judged later, by ordinary calls or in bulk: nothing is lost or paid for twice."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import sandbox
from sandbox.errors import BudgetReachedError, EndpointError, InputError, InterruptedSessionError
from sandbox.experiment.judging import in_bulk
from sandbox.experiment.judging.docket import Docket
from sandbox.experiment.judging.in_bulk import BulkJudging
from sandbox.experiment.judging.judging import Judging, JudgingTally
from sandbox.experiment.outcomes import OUTCOMES
from sandbox.experiment.store.store import Store
from sandbox.llm import batches, gateway
from sandbox.llm.batches import BatchApi
from sandbox.llm.usage import Budget, BudgetAccount
from sandbox.session.runner import Models
from tests.cli.conftest import Cli, Served, cli, served
from tests.experiment.batch_api import BatchModel
from tests.experiment.making import LIBRARY, saved
from tests.experiment.playing import BRIEF, begun, in_a_process, kept, play, short_runs, wait_for
from tests.session.support import SteadyModel, models_at, serving
from tests.stub_endpoint import Received, StubReply, completion, error

__all__ = ["cli", "served"]

Whole = dict[str, Any]
# Sessions of one short stage, with seven questions to the judge each.
JUDGED: dict[str, Any] = {**BRIEF, "judge": "stub", "replicates": 1, "null_arm": False}
UNUSABLE = completion("I would rather not.")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_bulk, "_FIRST_LOOK", 0.001)
    monkeypatch.setattr(in_bulk, "_LONGEST_LOOK", 0.004)


@pytest.fixture(scope="module")
def both_at_once(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """What two sessions that are judged at once leave."""
    with (
        serving(SteadyModel("propose")) as url,
        begun(tmp_path_factory.mktemp("once") / "s", short_runs(**JUDGED)) as store,
    ):
        assert play(store, url).done == 2
        return ordered(kept(store))


@pytest.fixture
def at_once(both_at_once: Whole) -> Whole:
    """What the first of them leaves."""
    first = short_runs(**JUDGED)[0].id
    return {first: both_at_once[first]}


@pytest.fixture(scope="module")
def unjudged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two stores whose sessions are played and not judged: both of them, and the first alone."""
    folder = tmp_path_factory.mktemp("later")
    with serving(SteadyModel("propose")) as url:
        for name, number in (("both", 2), ("first", 1)):
            with begun(folder / name, short_runs(**JUDGED)[:number]) as store:
                assert play(store, url, judged=False).done == number
    return folder


@pytest.fixture
def path(unjudged: Path, tmp_path: Path) -> Path:
    """A store of the test's own with a session that is not judged."""
    return Path(shutil.copy(unjudged / "first", tmp_path / "s.sqlite"))


@pytest.fixture
def both(unjudged: Path, tmp_path: Path) -> Path:
    """A store of the test's own with two sessions that are not judged."""
    return Path(shutil.copy(unjudged / "both", tmp_path / "s.sqlite"))


def judge(path: Path, url: str, *, bulk: bool = True, **options: Any) -> JudgingTally:
    """Judge what is left in a store."""

    async def go() -> JudgingTally:
        made = list[Models]()

        def judges(_names: str, _samples: int, account: BudgetAccount) -> Models:
            made.append(models_at(url, account=account))
            return made[-1]

        with Store(path, "small") as store:
            try:
                return await (BulkJudging if bulk else Judging)(store, LIBRARY, judges, **options).go()
            finally:
                for models in made:
                    await models.endpoints.close()

    return asyncio.run(go())


def whole(path: Path) -> Whole:
    """Return all that a store has of its sessions, events in an order that says nothing of when they were judged."""
    with Store(path, "small", make=False) as store:
        return ordered(kept(store))


def ordered(whole: Whole) -> Whole:
    """Return what a store has of its sessions, with events in an order that says nothing of when they were judged."""
    return {
        run: (row, sorted(events, key=lambda event: (event["kind"] in ("score", "close"), event["kind"])), calls)
        for run, (row, events, calls) in whole.items()
    }


def votes(path: Path) -> list[dict[str, Any]]:
    """Return all votes in a store."""
    return [event["payload"] for _, events, _ in whole(path).values() for event in events if event["kind"] == "score"]


def spent(path: Path) -> int:
    """Return the tokens that a store says were spent."""
    with Store(path, "small", make=False) as store:
        return sum(work.spent.total for work in store.works())


def settled(path: Path, model: BatchModel) -> None:
    """Assert that nothing was paid for twice, nothing is held any more, and all that was paid for is counted."""
    assert [request for request, times in model.paid.items() if times > 1] == []
    with Store(path, "small", make=False) as store:
        assert store.unjudged() == []
        assert store.in_batches.total == 0


# Judged later is judged


def test_what_is_played_without_judging_is_whole_but_for_the_votes(unjudged: Path, both_at_once: Whole) -> None:
    with Store(unjudged / "both", "small", make=False) as store:
        assert len(store.unjudged()) == 2
        later = kept(store)
    for run, (row, events, _) in later.items():
        judged = both_at_once[run][0]
        assert {name for name in OUTCOMES if row["outcomes"][name] != judged["outcomes"][name]} == {
            name for name in OUTCOMES if name.startswith("judged_") and judged["outcomes"][name] is not None
        }
        assert events[-1]["kind"] == "close"
        assert not [event for event in events if event["kind"] == "score"]


@pytest.mark.parametrize("bulk", [False, True])
def test_judged_later_is_judged_at_once_and_in_bulk_the_first_question_by_an_ordinary_call(
    both: Path, both_at_once: Whole, bulk: bool
) -> None:
    model = BatchModel()
    with serving(model) as url:
        tally = judge(both, url, bulk=bulk)
    assert (tally.total, tally.done, tally.failed) == (2, 2, 0)
    assert whole(both) == both_at_once
    assert any(row["outcomes"]["judged_needs_first"] for row, _, _ in both_at_once.values())
    assert len(model.batches) == bulk
    settled(both, model)
    assert judge(both, "http://127.0.0.1:9/v1", bulk=False).total == 0
    if not bulk:
        return
    assert len(model.requests) == 1
    (batch,) = model.batches
    assert set(batch["metadata"]) == {"experiment", "batch"}
    lines = [json.loads(line) for line in model.files[batch["input_file_id"]].splitlines()]
    with Store(both, "small", make=False) as store:
        assert {line["custom_id"].split("/")[0] for line in lines} == {row["id"] for row in store.rows()}
    assert all(re.fullmatch(r"\w{16}/judge:stub:\w+:\w{16}:\w{16}:1:1", line["custom_id"]) for line in lines)
    assert {(line["method"], line["url"]) for line in lines} == {("POST", "/v1/chat/completions")}
    assert len({line["custom_id"] for line in lines}) == len(lines) == 2 * 7 - 1


def test_more_than_a_file_holds_is_put_in_several(path: Path, monkeypatch: pytest.MonkeyPatch, at_once: Whole) -> None:
    monkeypatch.setattr(in_bulk, "MOST_REQUESTS", 5)
    model = BatchModel()
    with serving(model) as url:
        judge(path, url)
    sizes = [model.files[batch["input_file_id"]].count("\n") for batch in model.batches]
    assert (max(sizes), len(sizes)) == (5, -(-sum(sizes) // 5))
    assert whole(path) == at_once
    settled(path, model)


# Killed


# What a process dies after, in the order in which it is done: only the store and the endpoint know of it.
STEPS = [
    (Docket, "set_aside"), (BatchApi, "upload"), (Docket, "keep_ids"), (BatchApi, "create"), (Docket, "keep_ids"),
    (BatchApi, "retrieve"), (BatchApi, "lines"), (Docket, "keep"), (Docket, "keep"), (Docket, "end"),
]  # fmt: skip


@pytest.mark.fuzz
def test_killed_after_each_step_nothing_is_lost_or_paid_twice(
    both: Path, monkeypatch: pytest.MonkeyPatch, both_at_once: Whole
) -> None:
    model, looked = BatchModel(looks=0), []
    with serving(model) as url:
        for owner, step in STEPS:
            before = len(model.batches)
            process = in_a_process(partial(judge_until, both, url, monkeypatch, owner, step))
            assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 9, step
            looked.append((step, len(model.batches) - before))
        judge(both, url)
    assert [step for step, put in looked if put] == ["create"], "what the endpoint has is found again, and kept"
    assert set(model.asked.values()) == {1}
    assert whole(both) == both_at_once
    settled(both, model)


def judge_until(path: Path, url: str, monkeypatch: pytest.MonkeyPatch, owner: type, step: str) -> None:
    """Judge what is left in a store, and die after a step; what concerns the ordinary call counts as none."""
    take = getattr(owner, step)

    def die(arguments: tuple[Any, ...]) -> None:
        if not (step == "keep" and arguments[0].outcomes is None):
            os._exit(9)

    async def later(self: Any, *arguments: Any) -> Any:
        await take(self, *arguments)
        die(arguments)

    def now(self: Any, *arguments: Any) -> Any:
        value = take(self, *arguments)
        die(arguments)
        return value

    monkeypatch.setattr(owner, step, later if owner is BatchApi else now)
    judge(path, url)


@pytest.mark.fuzz
def test_an_interrupt_leaves_batches_at_the_endpoint_and_the_next_command_takes_them_up_there(
    path: Path, tmp_path: Path, at_once: Whole
) -> None:
    model = BatchModel(looks=10**9)
    with serving(model) as url:
        process = in_a_process(lambda: judge(path, url))
        wait_for(lambda enough: len(model.batches) >= enough, 1)
        os.kill(process, signal.SIGINT)
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == InterruptedSessionError.exit_code
        with Store(path, "small") as store:
            assert store.in_batches.total > 0
            assert len(store.unjudged()) == 1
        with Store(shutil.copy(path, tmp_path / "more.sqlite"), "small") as store:
            store.begin(store.played[-1], short_runs(**{**JUDGED, "replicates": 2}))
            cap = spent(path) + store.in_batches.total + 100
            with pytest.raises(BudgetReachedError):  # what is in a batch counts against the cap of others
                play(store, url, budget=Budget(max_tokens=cap))
        with pytest.raises(
            InputError, match=r"\d+ questions are in batches at the endpoint; take them up with --batch"
        ):
            judge(path, url, bulk=False)
        with serving(BatchModel()) as other, pytest.raises(InputError, match="set OPENAI_BASE_URL back"):
            judge(path, other)
        put, model.batches = model.batches, []
        with pytest.raises(EndpointError, match=r"does not know batch-0, .*OPENAI_API_KEY"):
            judge(path, url)
        model.looks, model.batches = 0, put
        judge(path, url)
    assert len(model.batches) == 1
    assert whole(path) == at_once
    settled(path, model)


@pytest.mark.fuzz
def test_two_processes_at_once_ask_nothing_twice(both: Path, both_at_once: Whole) -> None:
    model = BatchModel(looks=3)
    with serving(model) as url:
        two = [in_a_process(lambda: judge(both, url)) for _ in range(2)]
        assert [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in two] == [0, 0]
    assert whole(both) == both_at_once
    settled(both, model)


# What fails


def test_an_answer_that_cannot_be_used_is_asked_for_again_and_a_judge_that_stays_unusable_gives_no_score(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(name: str, number: int) -> StubReply | None:
        return UNUSABLE if ":promise_integrity:" in name or (":trust:" in name and number == 1) else None

    monkeypatch.setattr(in_bulk, "ATTEMPTS", 3)  # saves two rounds
    model, before = BatchModel(spoil=spoil), spent(path)
    with serving(model) as url:
        judge(path, url)
    lines = [json.loads(line) for batch in model.batches for line in model.files[batch["input_file_id"]].splitlines()]
    seeds = {name: [line["body"]["seed"] for line in lines if f":{name}:" in line["custom_id"]]
             for name in ("promise_integrity", "trust")}  # fmt: skip
    assert seeds == {"promise_integrity": [1, 2, 3], "trust": [1, 2]}, "with another seed each time"
    bad, failed = 4, [vote for vote in votes(path) if vote["status"] not in ("supported", "not_judged")]
    assert [(vote["criterion"], vote["status"], vote["level"]) for vote in failed] == [
        ("promise_integrity", "failed", None)
    ]
    assert "prose, not JSON" in failed[0]["reason"]
    calls = [call["payload"] for _, _, calls in whole(path).values() for call in calls]
    given = [call["failed"][0]["text"] for call in calls if call["id"].startswith("given_up:")]
    assert given == ["I would rather not."] * bad, "what it answered is kept"
    assert spent(path) - before == 220 * (sum(model.paid.values()) - bad) + 110 * bad, "and what it took is counted"
    settled(path, model)


def test_a_quote_that_cannot_be_found_is_asked_for_again_in_the_next_batch(path: Path) -> None:
    class Careless(BatchModel):
        def answer(self, body: dict[str, Any]) -> dict[str, Any]:
            answer = super().answer(body)
            if "level" in answer and "nowhere" not in body["messages"][-1]["content"]:
                answer["quotes"][0]["quote"] = "These words are nowhere."
            return answer

    model = Careless()
    with serving(model) as url:
        judge(path, url)
    assert len(model.batches) == 2
    assert {vote["status"] for vote in votes(path)} <= {"supported", "not_judged"}
    settled(path, model)


def test_requests_that_fail_are_put_anew_and_those_that_are_refused_get_no_score(both: Path) -> None:
    def spoil(name: str, number: int) -> StubReply | None:
        if ":needs_first:" in name:
            return error(400, "this is against the policy")
        if ":referee_role:" in name and number == 1:
            return error(500, "out of order")
        return StubReply(0) if ":trust:" in name and number == 1 else None

    model = BatchModel(spoil=spoil)
    with serving(model) as url:
        judge(both, url)
    failed = {vote["criterion"]: vote["reason"] for vote in votes(both) if vote["status"] == "failed"}
    assert failed == {"needs_first": "this is against the policy"}
    settled(both, model)


def test_what_expired_or_was_cancelled_is_put_anew(path: Path, at_once: Whole) -> None:
    model = BatchModel(ends=("expired", "cancelled", "completed"))
    model.down = 7  # longer than a request is tried again
    with serving(model) as url:
        judge(path, url)
    assert model.statuses == ["expired", "cancelled", "completed"]
    assert whole(path) == at_once
    settled(path, model)


def test_batches_that_bring_nothing_end_it_in_the_endpoints_words_and_another_time_goes_on(
    path: Path, at_once: Whole
) -> None:
    model = BatchModel(ends=("failed",))
    with serving(model) as url:
        with pytest.raises(EndpointError, match=r"3 rounds of batches .* \[Enqueued token limit reached\]"):
            judge(path, url)
        assert model.statuses == ["failed"] * 3
        model.ends = ["completed"]
        judge(path, url)
    assert whole(path) == at_once
    settled(path, model)


def test_an_endpoint_without_batches_is_told_before_anything_is_asked(path: Path) -> None:
    model = BatchModel()
    model.hidden = True
    with serving(model) as url, pytest.raises(EndpointError, match=r"has no Batch API .* judge without --batch"):
        judge(path, url)
    assert model.requests == []


class Broken(BatchModel):
    """A Batch API that breaks an answer of one sort: to a file, to a new batch, to a look, or the file with answers."""

    def __init__(self, what: str, how: Callable[[Any], Any], looks: int = 0) -> None:
        super().__init__(looks)
        self.what: str = what
        self._how = how

    def __call__(self, request: Received) -> StubReply:
        path = request.path.partition("?")[0].removeprefix("/v1/")
        sort = {"batches": "create" if request.method == "POST" else "list", "files": "upload"}.get(path)
        sort = sort or {"batches": "look", "files": "content"}.get(path.partition("/")[0])
        answer = super().__call__(request)
        return replace(answer, body=self._how(answer.body)) if sort == self.what else answer


def having(**changed: Any) -> Callable[[Any], Any]:
    return lambda body: {**body, **changed}


def each_line(**changed: Any) -> Callable[[str], str]:
    return lambda text: "".join(f"{json.dumps({**json.loads(line), **changed})}\n" for line in text.splitlines())


HALF = "\ud800"
# What is no id at all is told apart where it is read: tests/llm/test_batches.py.
BREAKS: list[tuple[str, Callable[[Any], Any]]] = [
    ("upload", having(id=HALF)),
    ("create", having(id=HALF)),
    ("look", having(status="failed", errors={"data": 5})),
    ("content", each_line(custom_id=f"{HALF}/x")),
    ("content", each_line(response={"status_code": 400, "body": {"error": {"message": HALF}}})),
]


@pytest.mark.fuzz
@pytest.mark.parametrize(("what", "how"), BREAKS)
def test_a_broken_answer_of_a_batch_api_is_one_message_and_a_sound_one_goes_on(
    path: Path, monkeypatch: pytest.MonkeyPatch, what: str, how: Callable[[Any], Any]
) -> None:
    monkeypatch.setattr(gateway, "LONGEST_WAIT", 0.001)
    model = Broken(what, how)
    with serving(model) as url:
        with suppress(EndpointError):  # or it is found again among all batches, or asked for anew
            judge(path, url)
        model.what = ""
        judge(path, url)
    with Store(path, "small", make=False) as store:
        assert store.unjudged() == []


def test_an_endpoints_words_about_a_batch_are_clipped(path: Path) -> None:
    words = {"data": [{"message": "no " * 100_000}] * 4}
    model = Broken("look", having(status="failed", errors=words), looks=10**9)
    with serving(model) as url, pytest.raises(EndpointError, match="brought no answer") as caught:
        judge(path, url)
    assert len(str(caught.value)) < 1_000


class Lossy(BatchModel):
    """A Batch API that loses its answers to new batches, and lists others without end.

    Args:
        created: when those were made, as it says.
        other: gives the id of the last on a page, by its number.
    """

    def __init__(self, created: Any, other: Callable[[int], str]) -> None:
        super().__init__()
        self.pages = 0
        self._created, self._other = created, other

    def __call__(self, request: Received) -> StubReply:
        answer = super().__call__(request)
        return error(500, "lost") if request.method == "POST" and request.path.endswith("/batches") else answer

    def _list(self, _: dict[str, list[str]]) -> dict[str, Any]:
        self.pages += 1
        return {"data": [{"id": self._other(self.pages), "created_at": self._created}], "has_more": True}


@pytest.mark.parametrize(
    ("created", "other"),
    [(4e9, lambda _: "same"), ("2026-01-01T00:00:00Z", lambda page: f"page-{page}")],
)
def test_a_list_of_batches_without_end_is_not_read_to_its_end(
    path: Path, monkeypatch: pytest.MonkeyPatch, created: Any, other: Callable[[int], str]
) -> None:
    monkeypatch.setattr(batches, "_MOST_PAGES", 20)
    model = Lossy(created, other)
    with serving(model) as url, pytest.raises(EndpointError, match="its list of batches does not come to an end"):
        judge(path, url)
    assert model.pages <= 21


def test_an_interrupt_ends_the_search_for_a_batch(path: Path) -> None:
    model = Lossy(4e9, lambda page: f"page-{page}")
    with serving(model) as url:
        process = in_a_process(lambda: judge(path, url))
        wait_for(lambda enough: model.pages >= enough, 3)
        os.kill(process, signal.SIGINT)
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == InterruptedSessionError.exit_code


def test_an_endpoint_that_is_down_fails_no_session_and_another_time_goes_on(path: Path, at_once: Whole) -> None:
    class Down(BatchModel):
        def __call__(self, _: Any) -> StubReply:
            return error(500, "out of order")

    for bulk in (False, True):
        with serving(Down()) as url, pytest.raises(EndpointError, match="out of order"):
            judge(path, url, bulk=bulk)
    with serving(BatchModel()) as url:
        judge(path, url, bulk=False)
    assert whole(path) == at_once


# The cap


def test_a_batch_holds_what_it_may_take_and_the_cap_is_never_overshot(both: Path, both_at_once: Whole) -> None:
    model, before = BatchModel(), spent(both)
    with serving(model) as url:
        with pytest.raises(BudgetReachedError):
            judge(both, url, budget=Budget(max_tokens=before + 2_800))
        assert before < spent(both) <= before + 2_800
        judge(both, url, budget=Budget(max_tokens=10**6))
    assert len(model.batches) > 2
    assert whole(both) == both_at_once
    settled(both, model)


# The commands


def test_the_commands_play_judge_report_and_export(
    cli: Cli, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANDBOX_TURN_STYLE", "directed")
    path, served.model = saved(tmp_path, **JUDGED), BatchModel()
    played = cli("experiment", "run", path, "--judge-later")
    assert (played.code, "2 finished sessions are not judged yet: sandbox experiment judge" in played.out) == (0, True)
    judged = cli("experiment", "judge", path, "--batch", "--json")
    assert (judged.code, judged.err) == (0, "")
    assert json.loads(judged.out)["unjudged"] == 0
    assert len(served.model.batches) == 1
    assert cli("experiment", "judge", path).code == 0
    assert cli("experiment", "export", path, "--to", tmp_path / "tables", "--logs").code == 0
    scores = (tmp_path / "tables" / "scores.csv").read_text(encoding="utf-8")
    assert scores.count(",judged,") == len(served.model.asked) + 1, "and one by an ordinary call"
    folder = next((tmp_path / "tables" / "logs").iterdir())
    out = cli("report", folder.name, "--out", folder.parent)
    assert (out.code, (folder / "report.html").is_file()) == (0, True)

    # Another judge, and then another rubric: scored anew, and not a line is played again.
    lines = len(served.model.requests)
    saved(tmp_path, **{**JUDGED, "judge": "stern"})
    again = cli("experiment", "judge", path)
    assert (again.code, "sessions taken over: 2" in again.out) == (0, True), again.err
    asked = served.model.requests[lines:]
    assert {request["model"] for request in asked} == {"stern"}
    saved(tmp_path, **JUDGED)
    back = sandbox.study(path).judge()
    assert [row["state"] for row in back.sessions] == ["done"] * 2
    assert served.model.requests[lines:] == asked, "what both have judged counts again"
    assert cli("new", "rubric", "power", "--content", tmp_path).code == 0
    saved(tmp_path, **{**JUDGED, "judge": "stern", "rubric": "power", "hypotheses": []})
    other = cli("experiment", "run", path)
    assert (other.code, "sessions taken over: 2" in other.out) == (0, True), other.err
    assert len(served.model.requests) == lines + len(asked)
    assert cli("experiment", "judge", path).code == 0
    assert len(served.model.requests) == lines + len(asked) + 2, "the one criterion of each"
    assert cli("experiment", "export", path, "--to", tmp_path / "again", "--logs").code == 0
    scores = (tmp_path / "again" / "scores.csv").read_text(encoding="utf-8")
    assert (scores.count(",judged,"), "residents_heard" in scores, "decision_share" in scores) == (2, True, False)


def test_the_command_says_how_to_go_on(cli: Cli, served: Served, both: Path, tmp_path: Path) -> None:
    card = saved(tmp_path, **JUDGED)
    served.model = model = BatchModel(looks=10**9)

    def interrupt() -> None:
        wait_for(lambda enough: len(model.batches) >= enough, 1)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    done = cli("experiment", "judge", card, "--store", both, "--batch", "--quiet")
    thread.join()
    assert (done.code, done.out) == (130, "")
    assert done.err == (
        "sandbox: interrupted\nsandbox: what is judged is kept, and batches stay at the endpoint; take them up with: "
        f"sandbox experiment judge {card} --store {both} --batch\n"
    )
    model.hidden = True
    failed = cli("experiment", "judge", card, "--store", both, "--batch")
    assert (failed.code, "judge without --batch" in failed.err) == (3, True)
    nobody = cli("experiment", "judge", saved(tmp_path, **{**JUDGED, "judge": "none"}), "--store", both)
    assert (nobody.code, "name who judges" in nobody.err) == (2, True)
