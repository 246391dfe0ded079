"""Campaigns on the command line: run, killed and gone on with, branched, asked what if, listed and reported."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from pathlib import Path

import pytest

import sandbox
from sandbox.cli import campaign_play
from sandbox.content.card_files import shipped_root
from sandbox.content.skeletons import skeleton
from sandbox.diffusion.campaign.folder import CampaignFolder
from tests.attack.child import start_command
from tests.cli.conftest import Cli, Served
from tests.session.support import Slow
from tests.stub_endpoint import StubEndpoint, StubReply

RUN = ("campaign", "run", "my_two", "--turns", "2")
RULES = (*RUN, "--model", "none")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    path = tmp_path / "content" / "prompts" / "networks" / "my_two.yaml"
    path.parent.mkdir(parents=True)
    text = skeleton("campaign", "my_two")
    text = text.replace("[training, application, public_engagement]", "[public_engagement]")
    path.write_text(text.replace("[application, learning_tour,", "[learning_tour,"), encoding="utf-8")
    return tmp_path / "content"


def _only(tmp_path: Path) -> CampaignFolder:
    (folder,) = CampaignFolder.all(tmp_path / "runs")
    return folder


def test_a_campaign_is_played_listed_reported_and_its_sessions_are_ordinary_ones(
    cli: Cli, content: Path, tmp_path: Path
) -> None:
    done = cli(*RULES, "--content", content)
    assert (done.code, done.err) == (0, "")
    assert "round 2 · ranking: " in done.out
    assert "round 1 · Luo Meihua, community Party secretary: from East Gate to West Gate" in done.out
    folder = _only(tmp_path)
    page = folder.report.read_text(encoding="utf-8")
    assert "it is a rehearsal and no evidence of what happens in real cities" in page
    session = folder.path / f"r1_east_gate_{folder.id.rpartition('-')[2]}"
    assert f'href="{session.name}/report.html"' in page
    assert (session / "report.html").is_file()
    assert "rules alone" in (session / "report.html").read_text(encoding="utf-8").lower()
    assert (session / "scores.json").is_file()
    assert f"{folder.id}  my_two · en · none · rounds 2/2 · finished" in cli("campaign", "list").out
    told = cli("list", "session").out
    assert "r2_west_gate" not in told
    assert f"further sessions, of campaigns (sandbox campaign list): {folder.id}" in told
    assert cli("report", session, "--format", "md", "--content", content).code == 0
    assert cli("replay", session.name, "--content", content).code == 0
    status = json.loads(cli("campaign", "status", "last", "--json").out)
    assert (status["finished"], status["settings"]["seed"], list(status["rankings"])) == (True, 1, ["1", "2"])
    places = cli("campaign", "status", "last").out
    assert places.count("†") == 3  # a community under command in two years, and what the mark means
    assert "the rules ask nobody for this assessment" in " ".join(places.split())
    back = cli("campaign", "replay", folder.id[:10]).out
    assert [name for name in ("round 1 · ranking: ", "round 2 · ranking: ") if name in back]
    assert back.index("round 1 · East Gate") < back.index("L001") < back.index("round 1 · ranking: ")
    assert len(re.findall(r"^L001 ", back, re.MULTILINE)) == 4
    refused = cli("replay", folder.id)
    assert (refused.code, refused.out) == (2, "")
    assert f"{folder.id} is a campaign and no session; read it with: sandbox campaign replay" in refused.err
    example = refused.err.rpartition("such as ")[2].strip()
    assert sandbox.load(example, out=folder.path.parent).path.parent == folder.path, "what the refusal names opens"
    assert Path(cli("campaign", "report", folder.id[:10], "--format", "md").out.strip()).name == "report.md"
    over = cli("campaign", "resume", "last", "--content", content, "--quiet")
    assert over.code == 0
    assert f"campaign {folder.id} is finished: nothing is played" in " ".join(over.err.split())


def test_the_report_is_told_in_the_other_language_around_what_was_said_and_learned(
    cli: Cli, content: Path, tmp_path: Path
) -> None:
    assert cli(*RULES, "--content", content, "--quiet").code == 0
    folder, report = _only(tmp_path), ("campaign", "report", "last", "--content", content, "--format", "md")
    assert cli(*report).code == 0
    own = folder.report.with_suffix(".md").read_text(encoding="utf-8")
    done = cli(*report, "--lang", "zh")
    assert (done.code, Path(done.out.strip()).name) == (0, "report.zh.md")
    told = folder.report.with_suffix(".zh.md").read_text(encoding="utf-8")
    assert folder.report.with_suffix(".md").read_text(encoding="utf-8") == own
    learned = [event.payload["says"] for event in folder.read() if event.kind == "lesson"]
    assert [says for says in learned if says in own] == [says for says in learned if says in told] != []
    mover = next(event.payload["name"] for event in folder.read() if event.kind == "transfer")
    assert mover["zh"] in told
    assert mover["en"] not in told.split("## ")[1], "people have the names of the language"
    figures = (re.findall(r"H (\d\.\d+)", page.split('id="ranking"')[1]) for page in (own, told))
    assert next(figures) == next(figures) != []
    session = next(folder.path.glob("r1_east_gate_*"))
    page = cli(*report[:-1], "html", "--lang", "zh").out.strip()
    assert f'href="{session.name}/report.zh.html"' in Path(page).read_text(encoding="utf-8")
    assert 'lang="zh' in (session / "report.zh.html").read_text(encoding="utf-8")
    assert cli(*report, "--lang", "fr").code == 2


def test_a_branch_and_a_what_if(cli: Cli, content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = json.loads(cli(*RULES, "--content", content, "--json").out)
    told = cli("campaign", "branch", shown["id"], "--round", 2, "--set", "transfers.named=[]")
    assert told.code == 0
    new = told.out.splitlines()[0].rpartition("/")[2]
    assert told.out.splitlines()[1] == f"go on with: sandbox campaign resume {new}"
    ended = json.loads(cli("campaign", "resume", new, "--json").out)
    assert (ended["transfers"], ended["branch"]["of"]) == ({}, shown["id"])
    asked = ("campaign", "whatif", shown["id"], "--round", 2, "--set", "transfers.named=[]", "--runs", 5)
    monkeypatch.setenv("COLUMNS", "80")
    table = cli(*asked, "--explain")
    assert (table.code, table.err) == (0, "")
    narrow = table.out
    assert "What if, from year 2 on" in narrow
    assert "…" not in narrow
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in narrow.splitlines() if line.startswith("│")]
    columns = [" ".join(cells) for cells in zip(*rows, strict=True)]
    assert "Practices seen of others" in columns[0]
    assert "margin 1.00" in columns[-1]
    assert "Student’s t of the differences" in " ".join(narrow.split())
    plain = json.loads(cli(*asked, "--json").out)
    lessons = next(row for row in plain["figures"] if row["figure"]["name"] == "lessons")
    assert lessons["change"]["pairs"] == 5
    assert lessons["change"]["low"] <= lessons["change"]["estimate"] <= lessons["change"]["high"]
    assert all((Path(path) / "campaign.jsonl").is_file() for path in plain["examples"].values())
    assert len(CampaignFolder.all(tmp_path / "runs")) == 2, "continuations lie below their campaign"


@pytest.mark.parametrize(
    ("lang", "by"), [("en", "the rules alone; the cards alone, no model after Year 1"), ("zh", "第1年 之后是")]
)
def test_a_branch_goes_on_with_another_model(cli: Cli, content: Path, lang: str, by: str) -> None:
    shown = json.loads(cli(*RULES, "--content", content, "--lang", lang, "--json").out)
    new = cli("campaign", "branch", shown["id"], "--round", 2, "--model", "cards").out.splitlines()[0]
    ended = json.loads(cli("campaign", "resume", new, "--json").out)
    assert (ended["settings"]["model"], ended["branch"]["model"]) == ("cards", "none")
    assert by in (Path(new) / "report.html").read_text(encoding="utf-8")
    refused = cli("campaign", "branch", shown["id"], "--round", 2, "--model", "nobody-here")
    assert (refused.code, refused.out) == (2, "")
    named = cli("campaign", "resume", shown["id"], "--model", "cards")
    assert "sandbox campaign branch ID --round 2 --model NAME" in named.err


def test_a_branch_of_a_campaign_whose_model_is_not_here_names_what_can_be_asked_all_the_same(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    branch = ("campaign", "branch", "showcase", "--round", 3, "--set", "transfers.rule=none")
    *_, on, other = cli(*branch).out.splitlines()
    assert on.startswith("go on with: sandbox campaign resume three_estates-")
    assert other == (
        "large-language-model, which played it, cannot be called here; what the change would lead to by the cards: "
        "sandbox campaign whatif showcase --round 3 --set transfers.rule=none --model cards"
    )
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    assert "cannot be called" not in cli(*branch).out


@pytest.mark.fuzz
def test_kill_9_and_resume_leave_what_a_whole_run_leaves(
    cli: Cli, served: Served, content: Path, tmp_path: Path
) -> None:
    card = content / "prompts" / "networks" / "my_two.yaml"
    text = card.read_text(encoding="utf-8").replace("  - {stages: [learning_tour, public_engagement]}\n", "")
    one_year = re.sub(r"  named:\n.*\n", "", text).replace("after: 1", "after: 0")
    card.write_text(one_year, encoding="utf-8")
    served.model = model = Slow("propose")
    process = start_command([*RUN, "--content", str(content)], tmp_path, {})
    deadline = time.monotonic() + 60
    logs: list[Path] = []
    while time.monotonic() < deadline and sum(log.read_text("utf-8").count('"kind": "line"') for log in logs) < 3:
        time.sleep(0.01)
        logs = list((tmp_path / "runs").glob("*/*/events.jsonl"))
    assert process.kill().code == -signal.SIGKILL
    model.pause = 0.0
    folder = _only(tmp_path)
    assert b'"close"' not in folder.events.read_bytes()
    done = cli("campaign", "resume", "last", "--content", content)
    assert (done.code, done.err) == (0, "")
    assert len(model.repeated()) <= 2, "at most the calls that were under way, one a session"
    events = folder.read()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.kind for event in events].count("played") == 2
    assert events[-1].kind == "close"


def test_an_endpoint_that_fails_leaves_a_campaign_that_goes_on(
    cli: Cli, content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with StubEndpoint(lambda _: StubReply(status=401)) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-key")
        done = cli(*RUN, "--model", "stub", "--content", content)
    folder = _only(tmp_path)
    assert done.code == 3
    assert f"go on with: sandbox campaign resume {folder.id} --content {content}" in done.err
    assert [event.kind for event in folder.read()] == ["campaign", "start", "start"]
    status = cli("campaign", "status", "last", "--content", content)
    assert "0 lines" in status.out


def test_a_campaign_keeps_to_its_budget_when_it_goes_on(
    cli: Cli, served: Served, content: Path, tmp_path: Path
) -> None:
    stopped = cli(*RUN, "--content", content, "--max-tokens", 4000)
    assert (
        stopped.code,
        stopped.err.endswith(" --max-tokens MORE (it counts all that was spent, by earlier runs too)\n"),
    ) == (
        4,
        True,
    )
    asked = len(served.model.requests)
    again = cli("campaign", "resume", "last", "--content", content)
    assert (again.code, len(served.model.requests)) == (4, asked), "the budget is the campaign's"
    assert f"the budget of before goes on: --max-tokens 4000, of which {4000 - 220 * asked} is left" in again.err
    more = cli("campaign", "resume", "last", "--content", content, "--max-tokens", 20_000)
    assert (more.code, "the budget of before" in more.err) == (4, False)
    asked = len(served.model.requests)
    assert '"kind": "close"' in next((tmp_path / "runs").rglob("r1_*/events.jsonl")).read_text("utf-8")
    over = cli("campaign", "resume", "last", "--content", content)
    assert (over.code, len(served.model.requests)) == (4, asked), "what finished sessions took counts as well"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "my_too"), "unknown campaign 'my_too'. Did you mean my_two"),
        (("run", "my_two", "--lang", "de"), "--lang: unknown language 'de'"),
        (("resume", "nothing"), "unknown campaign 'nothing'. Allowed: (none). (looked in"),
        (("whatif", "nothing", "--round", "2"), "unknown campaign 'nothing'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(cli: Cli, content: Path, arguments: tuple[str, ...], said: str) -> None:
    done = cli("campaign", *arguments, "--content", content)
    assert (done.code, said in done.err) == (2, True), done.err


def test_a_damaged_log_is_named_with_its_line(cli: Cli, tmp_path: Path) -> None:
    folder = CampaignFolder.copied(shipped_root() / "cassettes" / "campaign_en", tmp_path / "runs" / "a")
    text = folder.events.read_text(encoding="utf-8")
    folder.events.write_text(text.replace('"lines": ', '"linez": ', 1), encoding="utf-8")
    done = cli("campaign", "status", "last")
    assert done.code == 2
    assert "campaign.jsonl:5: played: lines: is missing" in done.err
    assert "campaign.jsonl:5: played: lines" in cli("campaign", "list").out


def test_what_is_interrupted_before_its_folder_is_there_says_that_nothing_was_begun(
    cli: Cli, content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(CampaignFolder, "create", interrupted)
    done = cli(*RULES, "--content", content)
    assert (done.code, done.err) == (130, "sandbox: interrupted; nothing was begun\n")
    assert not (tmp_path / "runs").exists()


def test_a_campaign_that_was_stopped_before_its_start_is_told(cli: Cli, content: Path, tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "my_two-20260101-000000-abcd"
    folder.mkdir(parents=True)
    (folder / "campaign.jsonl").touch()
    for command in ("resume", "status", "report"):
        done = cli("campaign", command, "last", "--content", content)
        assert (done.code, "holds no campaign; it was stopped before its start" in done.err) == (2, True), done.err
    assert cli("campaign", "list").code == 0
    done = cli(*RULES, "--content", content, "--quiet")
    assert (done.code, done.out) == (0, f"{CampaignFolder.find(tmp_path / 'runs', 'last').report}\n")


def test_a_campaign_that_a_strong_model_played_is_played_back(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[Path] = []  # what their files are is held where sessions are played
    monkeypatch.setattr(campaign_play, "write_results", lambda _, folder, __: reported.append(folder.path))
    done = cli("campaign", "replay", "showcase")
    assert (done.code, done.err) == (0, "")
    copy = tmp_path / "runs" / "campaign_en"
    assert done.out.rstrip().endswith(str(copy / "report.html"))
    assert "ranking" in done.out
    assert re.findall(r" · (ordered from above.*?):", done.out) == [
        *["ordered from above"] * 3, "ordered from above (Liuyuan East, Liuyuan Back Lane)",
        "ordered from above (Liuyuan West)",
    ], "who gets one, where not all"  # fmt: skip
    assert (copy / "report.html").is_file()
    assert "rounds 3/3 · finished" in cli("campaign", "list").out
    assert sorted(reported) == sorted(copy.glob("r?_*"))
    assert len(reported) == 9
    between = cli("campaign", "replay", "showcase", "--lang", "zh")
    assert (between.code, between.err, between.out.count("L001")) == (0, "", 0)
    assert "柳园后巷排第一，H值0.94，比柳园东区高0.02；柳园西区垫底，换来区里约谈" in between.out
    assert between.out.count("颜国峰（街道办主任）：原来管柳园后巷，调去管柳园西区") == 1, "who moved is told once"
    assert "--sessions" in between.out


def test_last_is_the_campaign_written_last_whatever_was_read_since(cli: Cli, tmp_path: Path) -> None:
    for name, written in (("a", 2e9), ("b", 1e9)):
        folder = CampaignFolder.copied(shipped_root() / "cassettes" / "campaign_en", tmp_path / "runs" / name)
        os.utime(folder.events, (written, written))
    assert cli("campaign", "list").code == 0
    assert CampaignFolder.find(tmp_path / "runs", "last").id == "a"
