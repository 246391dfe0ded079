"""Commands that run a session to its end and look at it afterwards."""

from __future__ import annotations

import json
import shutil
from itertools import chain
from pathlib import Path

import pytest

import sandbox
from sandbox.content.library import Library
from sandbox.game.checks.fitting import check_fits
from sandbox.game.game import Game
from sandbox.record.folder import SessionFolder
from tests.at_hand import EndpointAtHand
from tests.cli.conftest import Cli, Served, only_session, played_once, speak
from tests.session.support import properties
from tests.stub_endpoint import completion

SHORT = ("--turns", 3, "--stages", "training,public_engagement")
CRITERIA = [one.id for one in Library.load().rubric("core").criteria]


@pytest.fixture
def played(cli: Cli, served: Served, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a session that was played."""
    del served

    def play() -> None:
        done = cli("run", *SHORT, "--quiet")
        report = only_session(tmp_path) / "report.html"
        assert (done.code, done.out, done.err) == (0, f"{report}\n", ""), "only where the report is"

    played_once("results", tmp_path, play, tmp_path_factory)
    return only_session(tmp_path)


def test_a_run_is_shown_line_by_line_and_leaves_its_files(cli: Cli, served: Served, tmp_path: Path) -> None:
    done = cli("run", *SHORT)
    assert (done.code, done.err) == (0, "")
    folder = only_session(tmp_path)
    for number in range(1, 7):
        assert f"L{number:03d} " in done.out
    assert "[Training · 3/3]" in done.out
    assert "■ Carried, 7 for" in done.out
    assert f"{len(served.model.requests)} model calls" in done.out
    assert "The audit of the simulation is red on" in " ".join(done.out.split()), "the model says the same all the time"
    assert done.out.rstrip().endswith(str(folder / "report.html"))
    for name in ("events.jsonl", "transcript.md", "scores.json", "report.html"):
        assert (folder / name).stat().st_size
    assert b"sk-secret-key" not in b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def test_run_json_is_one_object(cli: Cli, served: Served, tmp_path: Path) -> None:
    done = cli("run", "--turns", 2, "--stages", "training,learning_tour", "--json")
    result = json.loads(done.out)
    folder = only_session(tmp_path)
    assert (done.code, done.err) == (0, "")
    assert (result["session"], result["path"], result["lines"]) == (folder.name, str(folder), 4)
    assert result["usage"]["calls"] == len(served.model.requests)
    parts = result["usage_by"]
    assert {part["stage"] for part in parts} == {"start", "training", "learning_tour", "judge"}
    assert all(part["cached"] > 0 for part in parts)
    assert sum(part["prompt"] for part in parts) == result["usage"]["prompt"]
    unjudged = result["not_judged"]["its stages were not played"]
    assert [score["criterion"] for score in result["scores"]] == [each for each in CRITERIA if each not in unjudged]
    assert json.loads((folder / "scores.json").read_text(encoding="utf-8"))["scores"] == result["scores"]


def test_a_model_name_with_brackets_is_only_a_name_and_without_a_judge_nobody_judges(
    cli: Cli, served: Served, tmp_path: Path
) -> None:
    done = cli("run", "--turns", 1, "--stages", "training", "--model", "my[/bold]model", "--judge-model", "none")
    assert done.code == 0
    assert "my[/bold]model" in done.out
    assert served.model.requests[0]["model"] == "my[/bold]model"
    card = json.loads((only_session(tmp_path) / "scores.json").read_text(encoding="utf-8"))
    assert (card["scores"], sorted(chain.from_iterable(card["not_judged"].values()))) == ([], sorted(CRITERIA))
    assert not [body for body in served.model.requests if "level" in properties(body)]


def test_resume_keeps_to_the_style_of_the_session(cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_TURN_STYLE", "directed")
    assert cli("run", "--turns", 2, "--stages", "training,application", "--max-tokens", 2000).code == 4
    first = served.model.requests[-1]
    monkeypatch.delenv("SANDBOX_TURN_STYLE")
    assert cli("resume", "last", "--max-tokens", 2_000_000).code == 0
    later = served.model.turns[-1]
    assert (later["temperature"], later["max_tokens"]) == (first["temperature"], first["max_tokens"])
    assert served.model.repeated() == []


def test_resume_of_a_finished_session_changes_nothing(cli: Cli, served: Served, played: Path) -> None:
    before = {path.name: path.read_bytes() for path in played.iterdir() if path.suffix in (".jsonl", ".md", ".json")}
    calls = len(served.model.requests)
    done = cli("resume", "last", "--quiet")
    assert (done.code, done.out) == (0, f"{played / 'report.html'}\n")
    assert {name: (played / name).read_bytes() for name in before} == before
    assert len(served.model.requests) == calls


def test_resume_with_other_content_is_refused(cli: Cli, served: Served, tmp_path: Path) -> None:
    mine = tmp_path / "mine" / "prompts" / "stages"
    mine.mkdir(parents=True)
    shipped = Library.load().files[("stage", "training")].read_text(encoding="utf-8")
    (mine / "training.yaml").write_text(shipped.replace("turns: 8", "turns: 2"), encoding="utf-8")
    assert cli("run", "--stages", "training", "--max-tokens", 2000, "--content", tmp_path / "mine").code == 4
    calls = len(served.model.requests)
    carried = only_session(tmp_path) / "content" / "prompts" / "stages" / "training.yaml"
    carried.write_text(shipped.replace("turns: 8", "turns: 3"), encoding="utf-8")
    done = cli("resume", "last")
    assert done.code == 2
    assert "was started with other content; restore it, or give its folder with --content" in done.err
    assert len(served.model.requests) == calls
    carried.write_text(shipped.replace("turns: 8", "turns: 2"), encoding="utf-8")
    gone_on = cli("resume", "last", "--content", tmp_path / "mine", "--max-tokens", 2_000_000)
    assert gone_on.code == 0
    assert "--content is not read: a session goes on with the content that it was begun with" in gone_on.err


def test_votes_are_headed_as_votes_also_where_the_discussion_ends_before_its_limit(cli: Cli, tmp_path: Path) -> None:
    shown = cli("run", "--model", "cards", "--stages", "public_engagement", "--turns", 100).out
    lines = sandbox.load(only_session(tmp_path)).lines
    votes = [line["line"] for line in lines if line["vote"]]
    assert votes
    assert len(lines) < 100, "the discussion has ended before its limit"
    for line in lines:
        head = shown.partition(f"\n{line['line']} ")[2].splitlines()[0]
        assert ("· The vote]" in head) is bool(line["vote"])


def test_a_temperature_without_a_model_is_refused(cli: Cli) -> None:
    for model in ("cards", "none"):
        done = cli("run", "--model", model, "--temperature", 0.5)
        assert (done.code, f"with --model {model} no model is asked for a turn" in done.err) == (2, True)


def test_whose_answer_was_given_up_is_told_with_the_command_that_shows_the_question(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANDBOX_MODEL", "stub")
    says = "Certainly! Here is what the mayor would say."
    with EndpointAtHand([completion(says)]) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        done = cli("run", "--stages", "training", "--turns", 2)
    assert done.code == 3
    why = "an answer that cannot be used: the model returned prose, not JSON, asks again"
    assert [f"{why}; attempt {number} of 5" in done.err for number in (2, 3, 4, 5)] == [True] * 4
    shown = cli("prompt", "last", "--at", "L001").out
    assert shown.count(f"-- an answer that could not be used: the model returned prose, not JSON\n{says}\n") == 5
    assert "this is what was sent: its digest is that in the log" in shown
    assert "it was asked for L001, " in done.err
    assert " --at L001; go on with: sandbox resume" in done.err


def test_replay_shows_the_session_without_a_model(
    cli: Cli, served: Served, played: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, before = len(served.model.requests), (played / "events.jsonl").read_bytes()
    for name in ("OPENAI_BASE_URL", "SANDBOX_MODEL"):
        monkeypatch.delenv(name)
    done = cli("replay", played.name[:15])
    lines = [json.loads(line)["payload"] for line in before.splitlines() if b'"kind": "line"' in line]
    assert done.code == 0
    flat = " ".join(done.out.split())
    assert all(line["says"] in flat for line in lines)
    assert len(served.model.requests) == calls
    assert (played / "events.jsonl").read_bytes() == before


def test_show_session(cli: Cli, played: Path) -> None:
    done = cli("show", "session", "last")
    assert done.out.strip() == (played / "transcript.md").read_text(encoding="utf-8").strip()
    events = json.loads(cli("show", "session", played.name, "--json").out)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["kind"] == "close"


def test_list_sessions(cli: Cli, played: Path, tmp_path: Path) -> None:
    done = cli("list", "session")
    assert done.out.split("  ", 1)[0] == played.name
    assert "four_oclock_school · joint_production · stub · seed 1 · en · 13 lines · finished" in done.out
    assert json.loads(cli("list", "session", "--json").out)[0]["id"] == played.name
    for empty in (tmp_path / "nowhere", tmp_path):
        assert cli("list", "session", "--out", empty).out == "no sessions yet: sandbox run\n"
    assert json.loads(cli("list", "session", "--json", "--out", tmp_path / "nowhere").out) == []


@pytest.mark.parametrize(("lang", "states"), [("en", ("going on", "stopped")), ("zh", ("正在演", "中断"))])
def test_a_session_that_is_being_played_is_not_listed_as_stopped(
    cli: Cli, played: Path, monkeypatch: pytest.MonkeyPatch, lang: str, states: tuple[str, str]
) -> None:
    speak(monkeypatch, lang)
    folder = SessionFolder(played)
    events = folder.events.read_text(encoding="utf-8").splitlines(keepends=True)
    folder.events.write_text("".join(events[: len(events) // 2]), encoding="utf-8")
    with folder.locked():
        assert cli("list", "session").out.rstrip().endswith(f"· {states[0]}")
    assert cli("list", "session").out.rstrip().endswith(f"· {states[1]}")


def test_a_damaged_session_is_listed_with_its_fault_and_refused_elsewhere(cli: Cli, played: Path) -> None:
    log = played / "events.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines()
    lines[3] = "{damaged"
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    listed = cli("list", "session")
    assert listed.code == 0
    assert "events.jsonl:4: not an event" in listed.out
    for command in ("resume", "replay", "score", "report"):
        done = cli(command, "last")
        assert (done.code, done.out) == (2, "")
        assert "events.jsonl:4: not an event" in done.err


def test_report_writes_what_is_asked_for(cli: Cli, served: Served, played: Path) -> None:
    calls = len(served.model.requests)
    for name in ("report.html", "transcript.md"):
        (played / name).unlink()
    assert cli("report", "last", "--format", "transcript").out == f"{played / 'transcript.md'}\n"
    assert not (played / "report.html").exists()
    assert cli("report", "last", "--format", "md,docx").out.splitlines() == [
        str(played / "report.md"), str(played / "report.docx"),
    ]  # fmt: skip
    assert "\n# The four o'clock school\n" in (played / "report.md").read_text(encoding="utf-8")
    assert cli("report", "last").out.splitlines() == [str(played / "report.html"), str(played / "transcript.md")]
    assert "<html" in (played / "report.html").read_text(encoding="utf-8")
    assert cli("report", "last", "--format", "handout,handout.docx,points").out.splitlines() == [
        str(played / "handout.html"), str(played / "handout.docx"), str(played / "points.html"),
    ]  # fmt: skip
    assert cli("report", "last", "--format", "minutes,minutes.docx").out.splitlines() == [
        str(played / "minutes.html"), str(played / "minutes.docx"),
    ]  # fmt: skip
    assert "Matters settled" in (played / "minutes.html").read_text(encoding="utf-8")
    assert (played / "minutes.docx").read_bytes().startswith(b"PK")
    assert "Hand-out" in (played / "handout.html").read_text(encoding="utf-8")
    assert (played / "handout.docx").read_bytes().startswith(b"PK")
    assert len(served.model.requests) == calls


def test_a_report_that_cannot_be_written_is_told(cli: Cli, played: Path) -> None:
    (played / "report.html").unlink()
    (played / "report.html").mkdir()
    (played / "report.html" / "x").touch()
    done = cli("report", "last")
    assert done.code == 2
    assert "cannot write" in done.err


def test_score_again_asks_nothing_that_is_on_record(cli: Cli, served: Served, played: Path) -> None:
    calls, before = len(served.model.requests), (played / "scores.json").read_bytes()
    done = cli("score", "last", "--json")
    assert done.code == 0
    assert [one["criterion"] for one in json.loads(done.out)["scores"]] == CRITERIA
    assert len(served.model.requests) == calls
    assert (played / "scores.json").read_bytes() == before


def test_another_judge_is_asked_once(cli: Cli, served: Served, played: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SANDBOX_MODEL")  # the judge that is named is all that is needed
    calls = len(served.model.requests)
    served.model.level = "5"
    result = json.loads(cli("score", "last", "--judge-model", "stern", "--json").out)
    asked = served.model.requests[calls:]
    assert asked
    assert {body["model"] for body in asked} == {"stern"}
    assert result["judge"] == "stern"
    assert {one["level"] for one in result["scores"] if one["status"] == "supported"} == {5}
    assert json.loads((played / "scores.json").read_text(encoding="utf-8"))["judge"] == "stern"
    assert cli("score", "last", "--judge-model", "stern").code == 0
    judged = {row["level"] for row in sandbox.score("last", judge_model="stern").scores if row["how"] == "judged"}
    assert 5 in judged, "in Python too"
    assert len(served.model.requests) == calls + len(asked)


def test_a_copy_is_scored_by_another_rubric_and_judged_in_other_words(
    cli: Cli, served: Served, played: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    assert cli("new", "rubric", "power", "--content", own).code == 0
    template = own / "prompts" / "templates" / "en" / "judge.md"
    template.parent.mkdir(parents=True)
    shipped = Library.load().roots[0] / "prompts" / "templates" / "en" / "judge.md"
    template.write_text("WORDS OF MY OWN\n" + shipped.read_text(encoding="utf-8"), encoding="utf-8")
    calls, before = len(served.model.requests), (played / "events.jsonl").read_bytes()
    done = cli("score", played.name, "--rubric", "power", "--content", own, "--json")
    result, copy = json.loads(done.out), Path(done.err.strip())
    asked = served.model.requests[calls:]
    assert [score["criterion"] for score in result["scores"]] == ["residents_heard"]
    assert len(asked) == 1
    assert "WORDS OF MY OWN" in asked[0]["messages"][-1]["content"]
    assert (played / "events.jsonl").read_bytes() == before
    first, second = (sandbox.load(path) for path in (played, copy))
    said = [[line["says"] for line in session.tables["lines"]] for session in (first, second)]
    assert said[0] == said[1] != []
    again = cli("score", "last", "--rubric", "power", "--content", own, "--json")
    assert (again.code, Path(again.err.strip())) == (0, copy), "last is what was played; the copy is there already"
    assert sandbox.score(played.name, rubric="power", content=own).path == copy
    assert len(served.model.requests) == calls + 1, "nor is it judged again"
    rows = {row["session"]: row["copy_by_rubric"] for row in sandbox.sessions(out=played.parent)}
    assert (rows[played.name], rows[copy.name]) == (None, "power")
    template.write_text("OTHER WORDS\n", encoding="utf-8")
    warned = cli("score", copy.name, "--content", own)
    assert (warned.code, "add --rubric power" in warned.err) == (0, True)
    shutil.rmtree(own)
    assert "scored by the rubric power" in cli("report", copy.name, "--format", "md").out + (
        (copy / "report.md").read_text(encoding="utf-8")
    )
    assert f"{played.name}, scored by power" in cli("list", "session").out
    assert cli("score", copy.name).code == 0
    assert len(served.model.requests) == calls + 1
    unknown = cli("score", played.name, "--rubric", "powr")
    assert (unknown.code, "powr" in unknown.err) == (2, True)


def test_a_session_that_was_stopped_is_reported_and_not_scored(cli: Cli, served: Served) -> None:
    stopped = cli("run", "--max-tokens", 5000)
    assert stopped.code == 4
    assert "L001 " in stopped.out
    calls = len(served.model.requests)
    reported = cli("report", "last")
    assert (reported.code, len(reported.out.splitlines())) == (0, 2)
    done = cli("score", "last")
    assert done.code == 2
    assert "is not finished; go on with: sandbox resume" in done.err
    assert len(served.model.requests) == calls


def test_a_run_works_out_its_game_once_and_reads_its_log_once(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    games: list[Game] = []
    reads: list[Path] = []
    check, read = check_fits, Path.read_bytes

    def worked_out(game: Game) -> None:
        games.append(game)
        check(game)

    def read_one(path: Path) -> bytes:
        if path.name == "events.jsonl":
            reads.append(path)
        return read(path)

    monkeypatch.setattr("sandbox.game.game.check_fits", worked_out)
    monkeypatch.setattr(Path, "read_bytes", read_one)
    assert cli("run", "--model", "none", "--json", "--turns", "3", "--city", "guiyang").code == 0  # as no other test
    assert len(games) == 1
    assert len(reads) == 1


def test_the_score_table_cuts_no_name_on_a_narrow_terminal(
    cli: Cli, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    del served
    monkeypatch.setenv("COLUMNS", "80")
    case = ("--judge-model", "none", "--stages", "public_engagement", "--turns", 2, "--quiet")
    assert cli("run", *case).code == 0
    out = cli("score", "last", "--judge-model", "none").out
    rows = [row.split("│")[1] for row in out.splitlines() if row.startswith("│")]
    named = " ".join("\n".join(rows).split())
    for criterion in Library.load().rubric("core").criteria:
        assert criterion.name.en in named
