"""The command ``sandbox whatif``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.experiment.whatif import continuations
from sandbox.llm.usage import Usage
from sandbox.record.folder import SessionFolder
from sandbox.session.opening import open_session
from tests.cassette import FOLDER
from tests.cli.conftest import Cli, Served

SHOWN, CHINESE = (open_session(SessionFolder(FOLDER / name), Library.load()) for name in ("showcase_en", "showcase_zh"))
SUPPORTED, BACKED = (
    next(line for line in session.lines if line["act"] == "support" and line["stage"] == "public_engagement")
    for session in (SHOWN, CHINESE)
)
LAST = [line["id"] for line in SHOWN.lines if not line["vote"]][-1]
VOTE = next(line["id"] for line in SHOWN.lines if line["vote"])
AT, NAME = SUPPORTED["id"], SHOWN.game.name(SUPPORTED["seat"])
MOVE = ("whatif", "showcase", "--at", AT, "--act", "ask")
# As late as can be, since a model plays on from there.
BY_MODEL = (
    "whatif", "showcase", "--at", LAST, "--act", "inform", "--says", "What would you sign?", "--model", "stub",
    "--runs", 1,
)  # fmt: skip


def test_both_arms_are_shown_with_what_may_be_said(cli: Cli, tmp_path: Path) -> None:
    done = cli(*MOVE, "--runs", 5)
    assert done.code == 0, done.err
    for told in (
        f"What if, at {AT}? ({NAME})", f"Unchanged: {NAME} ", f"What if: {NAME} asks",
        "95% interval",
        "Decided", "Who pays?", "5 games each way", "cannot tell", "each vote is a coin toss",
        f"--at {AT} --act ask --runs 5 --model cards",
        "no evidence about real cities",
    ):  # fmt: skip
        assert told in done.out
    was, other = (line.rpartition(" ")[2] for line in done.out.splitlines()[-2:])
    assert Path(was).parent == Path(other).parent
    assert Path(other).is_relative_to(tmp_path / "runs")
    assert cli("report", other).code == 0
    assert (Path(other) / "report.html").is_file()
    before, _, _ = done.out.partition("┏")
    plain = r"in \d+ of 5 games if it goes otherwise, and in \d+ of 5 if nothing is changed: \w+"
    assert re.search(plain, before), "a plain sentence stands first"
    assert not [name for name in ("Holm", "Tango", "Student", "Wilson") if name in done.out], "unless it is asked for"
    assert "--explain" in done.out.splitlines()[-4]
    chinese = cli(*MOVE[:3], BACKED["id"], *MOVE[4:], "--runs", 5, "--lang", "zh", "--explain").out
    assert re.search(r"5次演练里有\d+次作出决定；不改，有\d+次。\w+", chinese)
    assert "nobody’s vote depends on this move" in before, "what cannot be seen here is said before the figures"
    assert re.search(r"Not in the table: \d+ rows", done.out)
    assert all(name in chinese for name in ("霍尔姆", "丹戈", "学生t", "威尔逊"))


def test_in_a_narrow_terminal_names_and_verdicts_are_broken_into_lines_and_nothing_is_cut(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = cli(*MOVE, "--runs", 5, "--explain").out
    table = [[cell.strip() for cell in line.split("│")[1:-1]] for line in out.splitlines() if line.startswith("│")]
    assert not [cell for row in table for cell in row if "…" in cell]
    columns = [" ".join(cells) for cells in zip(*table, strict=True)]
    assert "Questions settled" in columns[0]
    assert re.search(r"[+−][\d.]+ points −?[\d.]+ to [+−]?[\d.]+", columns[3])
    assert re.search(r"(?:cannot tell|too small to matter) margin 10 points", columns[4])
    assert re.search(r"(?:cannot tell|too small to matter) margin 0.25", columns[4])
    flat = " ".join(out.split())
    assert "Student’s t of the differences of pairs" in flat
    assert "“too small to matter”, whether or not it leaves out 0" in flat


def test_a_session_in_chinese_and_a_rule_instead(cli: Cli) -> None:
    rule = ("whatif", "showcase_zh", "--at", "L030", "--set", "aggregation.procedure=consensus", "--runs", 2)
    chinese = cli(*rule)
    assert chinese.code == 0
    assert "假如从下一句起：决定办法改为“一票反对即不通过”（原为“过半数通过”）" in chinese.out
    assert all("aggregation.procedure" not in line for line in chinese.out.splitlines() if "sandbox whatif" not in line)
    assert all(told in chinese.out for told in ("假如", "95%区间", "说不准", "不构成关于现实城市的证据"))
    told = cli(*rule, "--lang", "zh").out
    assert "最后一栏的字眼和区间怎么算" in told, "to the last line"
    assert "the same by what the cards say" not in told
    english = cli(*rule, "--lang", "en", "--read")
    assert "unchanged: the same rules, played on from here" in english.out.lower()
    assert "One game of the what-if" in english.out
    assert english.out.count("L031") >= 2, "a continuation of each arm is printed, from the line on"
    assert "\nL029" not in english.out
    assert " ".join(english.out.split()).count(Words("en")("whatif.read.coins")) == 2
    for words, out in ((Words("zh"), chinese.out), (Words("en"), english.out)):
        assert "".join(words("whatif.together").split()) in "".join(out.split())


def test_where_one_course_decides_more_often_p_stands_beside_p_of_those_that_decide(cli: Cli) -> None:
    asked = ("whatif", "showcase", "--at", LAST, "--runs", "5", "--set")
    veto = " ".join(cli(*asked, "aggregation.veto=resident").out.split())
    assert "P counts for the most part what a carried decision contains" in veto
    alike = " ".join(cli(*asked, "information.minutes=present").out.split())
    assert "P counts for the most part what a carried decision contains" not in alike


def test_as_json(cli: Cli) -> None:
    result = json.loads(cli(*MOVE, "--runs", 5, "--json").out)
    assert (result["line"], result["seat"], result["runs"], result["model"]) == (AT, SUPPORTED["seat"], 5, "none")
    assert (result["was"]["act"], result["other"]["act"]) == ("support", "ask")
    assert "object" in result["permitted"]
    first = result["outcomes"][0]
    assert first["figure"]["name"] == "decided"
    assert first["change"]["low"] <= first["change"]["estimate"] <= first["change"]["high"]
    assert {row["verdict"] for row in result["outcomes"]} <= {"more", "less", "small", "alone", "open"}
    conditions = [row for row in result["outcomes"] if row["figure"]["condition"]]
    rest = len(result["outcomes"]) - len(conditions)
    assert [row["among"] for row in result["outcomes"]] == [rest] * rest + [len(conditions)] * len(conditions)
    assert all(Path(path, "events.jsonl").is_file() for path in result["examples"].values())


def test_what_cannot_be_asked(cli: Cli, tmp_path: Path) -> None:
    cases: list[tuple[tuple[str, ...], str]] = [
        (("--at", "L999", "--act", "ask"), "no line 'L999'; lines: L001 to"),
        (("--at", "D-public_engagement", "--act", "ask"), "is no line of a seat"),
        (("--at", AT), "another move (--act ask --to mayor; also --says, --option, --about, --task)"),
        (("--at", AT, "--act", "ask", "--set", "aggregation.veto=[]"), "(--set aggregation.veto=[]), and not both"),
        (("--at", AT, "--act", "dance"), "the rules permit: inform, ask, propose"),
        (("--at", AT, "--act", "support"), "nothing is different"),
        (("--at", AT, "--to", "moon"), "moon"),
        (("--at", AT, "--option", "payer=moon"), "is not an option under the rules; allowed: district"),
        (("--at", AT, "--option", "payer"), "is not of the form name=value"),
        (("--at", AT, "--set", "aggregation.nothing=1"), "aggregation"),
        (("--at", AT, "--set", "governance=command"), "--governance joint_production,command --seeds 1-10"),
        (("--at", AT, "--set", "governance=nonsense"), "nonsense"),
        (("--at", AT, "--act", "ask", "--runs", "0"), "1 to 10000"),
        (("--at", AT, "--act", "ask", "--runs", "10001"), "1 to 10000"),
        (("--at", AT, "--act", "ask", "--lang", "fr"), "--lang"),
        (("--at", VOTE, "--act", "propose"), "the rules permit: support, object"),
    ]
    for arguments, told in cases:
        done = cli("whatif", "showcase", *arguments)
        assert done.code == 2
        assert told in done.err
        assert not list((tmp_path / "runs").glob("whatif_*"))


def test_a_session_that_is_not_there(cli: Cli) -> None:
    assert cli("whatif", "nowhere", "--at", "L001", "--act", "ask").code == 2


def test_a_model_is_called_only_where_somebody_agrees_and_what_a_budget_let_it_play_stays(
    cli: Cli, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = Usage(calls=20, prompt=60_000, completion=2_000)  # what it comes to is held where it is worked out
    monkeypatch.setattr(continuations, "estimate", lambda *_: about)
    unasked = cli(*BY_MODEL)
    assert unasked.code == 2
    assert "2 continuations by stub: about" in unasked.err
    assert "add --yes" in unasked.err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sandbox.cli.whatif.confirm", lambda *_, **__: False)
    assert "nothing was played" in cli(*BY_MODEL).err
    assert not served.model.requests
    assert not list((tmp_path / "runs").glob("whatif_*"))
    stopped = cli(*BY_MODEL, "--yes", "--max-tokens", 8_000)
    assert stopped.code == 4
    assert "go on with the same command" in stopped.err
    before = len(served.model.requests)
    done = cli(*BY_MODEL, "--yes")
    assert done.code == 0, done.err
    assert "Played by stub." in done.out
    assert len(served.model.repeated()) <= 4, "at most the pulses that were under way"
    assert len(served.model.requests) > before > 0
    assert cli(*MOVE, "--model", "stub", "--yes").code == 2, "words are needed"
    assert cli(*BY_MODEL[:-1], 201, "--yes").code == 2


def test_a_chair_that_is_to_decide_can_and_rules_that_change_nothing_are_not_played(cli: Cli) -> None:
    asked = ("whatif", "showcase", "--at", LAST, "--set")
    known = json.loads(cli(*asked, "aggregation.procedure=chair_decides", "--runs", 4, "--json").out)
    decided = known["outcomes"][0]
    assert (decided["name"], decided["other"]) == ("Decided", 1.0)
    assert known["changes"][1].startswith("choice.chair.acts=[")
    assert "So that the body can still decide, this came along: Acts of " in known["notes"][0]
    assert "ask for time, decide (before: " in known["notes"][0]
    assert len(decided["pairs"]) == 4
    assert sum(was for was, _ in decided["pairs"]) == pytest.approx(4 * decided["was"])
    shown = " ".join(cli(*asked, "aggregation.procedure=chair_decides", "--runs", 2).out.split())
    assert (
        "the chair alone (before: a majority of the votes cast) (the chair would decide: Lu Wenjuan, retired teacher)"
        in shown
    )
    assert "What happened in the session itself: a motion was carried; assessment from above " in shown
    same = cli(*asked, "aggregation.procedure=majority")
    assert (same.code, "nothing changes: the rules say already" in same.err) == (2, True)
    branched = cli("branch", "showcase", *asked[2:], "aggregation.procedure=chair_decides")
    assert "so that the body can still decide, this came along: Acts of " in branched.out
