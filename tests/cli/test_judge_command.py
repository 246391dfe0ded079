"""``sandbox judge``: from a scripted judge to its stored card, and to the marks in a session's results."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli, Done, Served
from tests.report.reader import Page
from tests.scoring.gold import judge_of
from tests.scripted import ScriptedModel
from tests.stub_endpoint import Received, StubReply, error

CALIBRATE = ("judge", "calibrate", "--criterion", "trust")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A content folder with a gold set of its own."""
    from tests.scoring.gold import gold_content

    return gold_content(tmp_path / "content")


class Asked:
    """A scripted judge that counts its requests, and closes after some."""

    def __init__(self, served: Served, last: int | None = None) -> None:
        self.count = 0
        self.last = last
        served.model = self  # type: ignore[assignment]

    def __call__(self, request: Received) -> StubReply:
        if self.last is not None and self.count >= self.last:
            return error(401, "closed")
        self.count += 1
        return judge_of(request)


def stored(done: Done) -> Any:
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_a_judge_is_calibrated_once_and_has_a_card(cli: Cli, served: Served, content: Path, tmp_path: Path) -> None:
    asked = Asked(served)
    done = cli(*CALIBRATE, "--model", "perfect", "--content", content)
    assert done.code == 0
    assert "How far may perfect be trusted?" in done.out
    assert done.out.count("kappa 1.00, at the ceiling: 10 of 10 levels as known") == 2
    card = Path(done.out.splitlines()[-1])
    assert card.parent.parent == tmp_path / "runs" / "judges"
    assert {path.name for path in card.parent.iterdir()} == {
        ".lock", "calibration.json", "judge-card.html", "ratings.jsonl",
    }  # fmt: skip
    assert "English: reliable on 1 of 1 criteria measured." in Page(card.read_text(encoding="utf-8")).text
    before, asked.count = asked.count, 0
    told = stored(cli(*CALIBRATE, "--model", "perfect", "--content", content, "--json"))
    assert asked.count == 0
    assert (told["judge"], told["samples"], told["schema"], told["counted"]["calls"]) == ("perfect", 1, 1, before)
    assert [(one["lang"], one["mark"], one["expired"]) for one in told["entries"]] == [
        ("en", "reliable", ""),
        ("zh", "reliable", ""),
    ]
    assert stored(cli("judge", "card", "--content", content, "--json")) == [told]
    chinese = cli("judge", "card", "--model", "perfect", "--lang", "zh", "--format", "html", "--content", content)
    assert chinese.out.splitlines() == [str(card)]
    assert "英文：测了1条标准，1条可靠。" in Page(card.read_text(encoding="utf-8")).text


@pytest.mark.parametrize(("field", "changed"), [("completion", "completFon"), ("estimated", "estimateF")])
def test_a_damaged_line_of_what_a_judge_answered_is_named(
    cli: Cli, served: Served, content: Path, tmp_path: Path, field: str, changed: str
) -> None:
    few = ("--lang", "en", "--limit", "1", "--probe", "none")
    command = (*CALIBRATE, "--model", "perfect", "--content", content, *few)
    Asked(served)
    assert cli(*command).code == 0
    (ratings,) = (tmp_path / "runs/judges").glob("*/ratings.jsonl")
    lines = ratings.read_text(encoding="utf-8").splitlines()
    number = next(place for place, line in enumerate(lines, 1) if '"kind": "score"' in line)
    lines[number - 1] = lines[number - 1].replace(field, changed)
    ratings.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = cli(*command)
    assert done.code == 2
    assert f"{ratings}:{number}: " in done.err
    assert changed in done.err


def test_options_choose_what_is_asked(cli: Cli, served: Served, content: Path) -> None:
    asked = Asked(served)
    few = ("--model", "three", "--content", content, "--json", "--lang", "en", "--probe", "none", "--limit", 2)
    (entry,) = stored(cli(*CALIBRATE, *few))["entries"]
    assert (asked.count, entry["agreement"]["items"], entry["shifts"], entry["mark"]) == (4, 2, {}, "not_reliable")
    told = stored(cli(*CALIBRATE, *few, "--judge-samples", 3))
    assert (asked.count, told["samples"]) == (4 + 3 * 4, 3)
    (entry,) = stored(cli(*CALIBRATE, *few[:-4], "--limit", 2, "--probe", "politeness", "--probe", "names"))["entries"]
    assert (asked.count, list(entry["shifts"])) == (16 + 4, ["names", "politeness"])
    (entry,) = stored(cli(*CALIBRATE, *few, "--split", "development", "--model", "perfect"))["entries"]
    assert (entry["split"], entry["mark"]) == ("development", "development")


def test_a_stopped_calibration_is_gone_on_with(cli: Cli, served: Served, content: Path) -> None:
    some = ("--model", "perfect", "--content", content, "--probe", "none", "--lang", "en")
    asked = Asked(served, last=7)
    stopped = cli(*CALIBRATE, *some)
    assert (stopped.code, asked.count) == (3, 7)
    assert "go on with the same command" in stopped.err
    assert "no judge has been calibrated" in cli("judge", "card").err
    asked.last = None
    assert cli(*CALIBRATE, *some).code == 0
    assert asked.count == 20
    budget = cli(*CALIBRATE, *some, "--split", "all", "--max-tokens", 100)
    assert (budget.code, "token budget reached" in budget.err, "go on with" in budget.err) == (4, True, True)


def test_the_card_says_what_is_missing(cli: Cli, served: Served, content: Path) -> None:
    Asked(served)
    nothing = cli("judge", "card", "--model", "perfect")
    assert nothing.code == 2
    assert "no judge has been calibrated" in nothing.err
    assert "sandbox judge calibrate --model perfect" in nothing.err
    cli(*CALIBRATE, "--model", "perfect", "--content", content, "--probe", "none", "--lang", "en")
    other = cli("judge", "card", "--model", "perfekt")
    assert "Did you mean perfect?" in other.err
    samples = cli("judge", "card", "--model", "perfect", "--judge-samples", 3)
    assert "not calibrated with --judge-samples 3; calibrated: perfect x1" in samples.err
    assert {nothing.code, other.code, samples.code} == {2}
    templates = content / "prompts" / "templates" / "en"
    templates.mkdir(parents=True)
    (templates / "system_judge.md").write_text("Judge kindly.", encoding="utf-8")
    expired = cli("judge", "card", "--model", "perfect", "--content", content)
    assert expired.code == 0
    assert "expired" in expired.out
    assert "templates have changed" in " ".join(expired.out.replace("│", " ").split())
    (entry,) = stored(cli("judge", "card", "--content", content, "--json"))[0]["entries"]
    assert (entry["mark"], entry["expired"]) == ("expired", "the judge's templates have changed")


def test_bad_options_are_told(cli: Cli, served: Served) -> None:
    cases: list[tuple[tuple[str, ...], str]] = [
        (("calibrate", "--model", "none"), "nothing to calibrate without a judge"),
        (("calibrate", "--criterion", "trusst"), "unknown criterion 'trusst'. Did you mean trust"),
        (("calibrate", "--lang", "fr"), "unknown language 'fr'"),
        (("calibrate", "--split", "train"), "unknown part 'train'"),
        (("calibrate", "--probe", "style"), "unknown probe 'style'"),
        (("calibrate", "--probe", "none", "--probe", "order"), "'none' stands alone"),
        (("calibrate", "--rubric", "cor"), "unknown rubric 'cor'. Did you mean core"),
        (("calibrate", "--max-tokens", "0"), "--max-tokens: 0 is not allowed"),
        (("card", "--format", "pdf"), "unknown format 'pdf'"),
        (("card", "--lang", "fr"), "unknown language 'fr'"),
    ]  # fmt: skip
    for arguments, message in cases:
        asked = Asked(served)
        done = cli("judge", *arguments)
        assert (done.code, asked.count) == (2, 0)
        assert message in done.err


def test_without_the_lab_extra_a_card_is_read_but_not_made(
    cli: Cli, served: Served, content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Asked(served)
    some = (*CALIBRATE, "--model", "perfect", "--content", content, "--probe", "none", "--lang", "en")
    told = stored(cli(*some, "--json"))
    for name in ("reliability", "calibration"):
        monkeypatch.delitem(sys.modules, f"sandbox.scoring.{name}")
    for name in ("krippendorff", "numpy", "scipy", "sklearn"):
        monkeypatch.setitem(sys.modules, name, None)
    missing = cli(*some)
    assert missing.code == 2
    assert "pip install 'governance-sandbox[lab]'" in missing.err
    assert stored(cli("judge", "card", "--content", content, "--json")) == [told]
    assert cli("judge", "card", "--content", content, "--format", "html").code == 0


def test_results_of_a_session_show_how_its_judge_stands(
    cli: Cli, served: Served, content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    Asked(served)
    for judge in ("perfect", "three"):
        cli(*CALIBRATE, "--model", judge, "--content", content, "--probe", "none", "--lang", "en")
    stages = ("--stages", "public_engagement", "--turns", 6)
    assert cli("run", "--model", "none", *stages, "--content", content).code == 0
    served.model = ScriptedModel(level="4")  # type: ignore[assignment]
    (session,) = [path.parent for path in (tmp_path / "runs").glob("*/events.jsonl")]
    marks = {"perfect": "reliable", "three": "not_reliable", "other": "not_measured"}
    perfect = "reliable (kappa 1.00, at the ceiling: 10 of 10 levels as known, a share whose 95% interval is 72% to"
    words = {"perfect": perfect, "three": "not reliable (kappa 0.00,", "other": "not measured"}
    for judge, mark in marks.items():
        done = cli("score", "last", "--judge-model", judge, "--content", content)
        assert done.code == 0
        standings = json.loads((session / "scores.json").read_text(encoding="utf-8"))["standings"]
        assert standings.pop("trust")["mark"] == mark
        assert {one["mark"] for one in standings.values()} == {"not_measured"}
        page = Page((session / "report.html").read_text(encoding="utf-8"))
        assert f"Judge: {words[judge]}" in page.sections["scores"]
        told = f"of the judge's {len(standings) + 1} levels"
        assert (told in page.text.lower()) == (judge != "other")
        assert ("The judge's reliability has not been measured." in page.text) == (judge == "other")
        assert words[judge].split(" (")[0] in done.out
    cli("debrief", "last", "--content", content, "--format", "md")
    assert f"Judge: {words['other']}" in (session / "debrief.md").read_text(encoding="utf-8")


def test_what_was_found_of_the_embedded_model_ships_with_the_program(cli: Cli) -> None:
    done = cli("judge", "card", "--model", "embedded")
    text = " ".join(done.out.split())
    assert done.code == 0
    assert "How far may qwen2.5-coder-1.5b-instruct-q4_k_m be trusted?" in text
    assert "120 dialogues in each language" in text
    assert "English: not reliable (with the embedded model file, kappa −0.31 to 0.43 over 12 criteria)" in text
    assert "Chinese: not reliable" in text
    assert "内置模型" in cli("judge", "card", "--model", "embedded", "--lang", "zh").out
    (found,) = json.loads(cli("judge", "card", "--model", "embedded", "--json").out)
    assert found["shipped"]["en"]["criteria"] == 12
    assert done.err == ""
    assert cli("judge", "card").out == done.out
