"""A session keeps the content of one's own with which it was played: what becomes of the files changes nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from sandbox.content.library import Library
from sandbox.record.folder import SessionFolder
from sandbox.session.opening import open_session
from tests.cli.conftest import Cli, only_session, played_once
from tests.game.making import LIBRARY

OLD, NEW = "A bench in the shade", "A bench under the big elm"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Return a content folder that holds a case of one's own, whose options name a bench."""
    text = LIBRARY.files["scenario", "four_oclock_school"].read_text(encoding="utf-8")
    first = next(iter(LIBRARY.scenario("four_oclock_school").decisions[0].options.values())).en
    cases = tmp_path / "mine" / "prompts" / "scenarios"
    cases.mkdir(parents=True)
    changed = text.replace("id: four_oclock_school", "id: our_bench").replace(first, OLD)
    assert OLD in changed
    (cases / "our_bench.yaml").write_text(changed, encoding="utf-8")
    return tmp_path / "mine"


def _edit(mine: Path) -> None:
    case = mine / "prompts" / "scenarios" / "our_bench.yaml"
    case.write_text(case.read_text(encoding="utf-8").replace(OLD, NEW), encoding="utf-8")


@pytest.fixture
def played(cli: Cli, mine: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Play a session of a case of one's own to its end."""

    def play() -> None:
        how = ("--model", "cards", "--seed", 5, "--stages", "training,public_engagement", "--quiet")
        done = cli("run", "--scenario", "our_bench", "--content", mine, *how)
        assert done.code == 0, done.err

    played_once("carried", tmp_path, play, tmp_path_factory)
    return only_session(tmp_path)


def test_an_edited_case_changes_nothing_in_a_session_that_was_played(cli: Cli, played: Path, mine: Path) -> None:
    assert [path.name for path in (played / "content").rglob("*.yaml")] == ["our_bench.yaml"]
    before = (played / "report.html").read_text(encoding="utf-8")
    assert OLD in before
    _edit(mine)
    for content in ((), ("--content", mine)):
        done = cli("report", "last", *content)
        assert (done.code, done.err) == (0, "")
        assert (played / "report.html").read_text(encoding="utf-8") == before
    assert NEW not in cli("debrief", "last", "--format", "md", "--content", mine).out
    shutil.rmtree(mine)
    assert cli("replay", "last").code == 0
    assert cli("score", "last").code == 0


def test_a_branch_goes_on_with_the_case_of_the_session(cli: Cli, played: Path, mine: Path, tmp_path: Path) -> None:
    _edit(mine)
    done = cli("branch", "last", "--at", "L003", "--set", "aggregation.veto=[chair]")
    assert done.code == 0, done.err
    assert "our_bench" in done.out
    assert "--content" not in done.out
    assert cli("resume", "last", "--quiet").code == 0
    (new,) = (folder.path for folder in SessionFolder.all(tmp_path / "runs") if folder.path != played)
    assert OLD in (new / "content" / "prompts" / "scenarios" / "our_bench.yaml").read_text(encoding="utf-8")
    assert NEW not in (new / "report.html").read_text(encoding="utf-8")
    done = cli("whatif", "last", "--at", "L003", "--set", "aggregation.procedure=chair_decides", "--runs", 2, "--json")
    assert done.code == 0, done.err


@pytest.mark.usefixtures("served")
def test_a_stopped_session_goes_on_without_its_content_folder(cli: Cli, mine: Path, tmp_path: Path) -> None:
    done = cli("run", "--scenario", "our_bench", "--stages", "training", "--max-tokens", 2000, "--content", mine)
    assert done.code == 4
    assert f"go on with: sandbox resume {only_session(tmp_path).name}" in done.err
    shutil.rmtree(mine)
    assert cli("resume", "last", "--judge-model", "none", "--max-tokens", 2_000_000, "--quiet").code == 0


def test_a_session_of_what_is_shipped_carries_nothing(cli: Cli, mine: Path, tmp_path: Path) -> None:
    same = mine / "personas" / "mayor.yaml"
    same.parent.mkdir()
    shutil.copy(LIBRARY.files["persona", "mayor"], same)
    assert cli("run", "--model", "none", "--turns", 2, "--content", mine, "--quiet").code == 0
    assert not (only_session(tmp_path) / "content").exists()


def test_a_stage_of_ones_own_leaves_sessions_that_were_played_without_it_readable(mine: Path) -> None:
    stage = mine / "prompts" / "stages" / "chat.yaml"
    stage.parent.mkdir()
    stage.write_text(
        "id: chat\nname: Chat\npurpose: Two talk.\nsetting: a kitchen\nproduct: nothing\norder: 1\nturns: 8\n"
        "abilities: []\nends_when: turn_limit\n", encoding="utf-8",
    )  # fmt: skip
    for folder in (LIBRARY.roots[0] / "cassettes").glob("showcase_*"):
        assert open_session(SessionFolder(folder), Library.load(mine)).finished


def test_cards_that_have_changed_since_are_told_once_and_nothing_is_played_on(cli: Cli, played: Path) -> None:
    carried = played / "content" / "prompts" / "scenarios" / "our_bench.yaml"
    carried.write_text(carried.read_text(encoding="utf-8").replace(OLD, NEW), encoding="utf-8")
    done = cli("report", "last", "--format", "md")
    told = "Cards of this session have changed since it was played"
    assert (done.code, done.err.count(told)) == (0, 1)
    page = (played / "report.md").read_text(encoding="utf-8")
    assert page.count(told) == 1
    assert page.index(told) < page.index("\n## ")
    for command in (("branch", "last", "--at", "L003"),
                    ("whatif", "last", "--at", "L003", "--set", "aggregation.veto=[]")):  # fmt: skip
        done = cli(*command)
        assert done.code == 2
        assert "was started with other content" in done.err


def test_the_showcase_is_branched_although_cards_have_changed_since_it_was_played(cli: Cli) -> None:
    done = cli("branch", "showcase", "--at", "L042")
    assert (done.code, done.err) == (0, "")


def test_a_start_that_was_killed_is_no_session(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", "--model", "none", "--turns", 2, "--quiet").code == 0
    first = only_session(tmp_path)
    for name, begun in (("20990101-000000-aaaaaaaa", b""), ("20990101-000001-bbbbbbbb", b'{"schema": 7, "se')):
        folder = tmp_path / "runs" / name
        folder.mkdir()
        (folder / "events.jsonl").write_bytes(begun)
    done = cli("report", "last", "--format", "md")
    assert (done.code, done.out.strip()) == (0, str(first / "report.md"))
    told = cli("report", "last", "--format", "md,transcript,handout", "--lang", "zh").out.split()
    assert told == [str(first / name) for name in ("report.zh.md", "transcript.zh.md", "handout.zh.html")]
    assert "共同缔造" in (first / "report.zh.md").read_text(encoding="utf-8")
    assert [row["id"] for row in json.loads(cli("list", "session", "--json").out)] == [first.name]
    done = cli("report", "20990101-000000-aaaaaaaa")
    assert done.code == 2
    assert "holds no session; it was stopped before its start" in done.err
