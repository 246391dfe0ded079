"""Sessions and campaigns played back in the terminal: what is said first, the pace, and the end."""

from __future__ import annotations

import io
import re
import time
from pathlib import Path

import pytest

from sandbox.cli.console import Console
from sandbox.cli.terminal import told
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.report.pacing import READING
from tests.cassette import FOLDER
from tests.cli.conftest import Cli, only_session
from tests.cli.on_terminal import on_terminal_until
from tests.game.making import line
from tests.report.conftest import counter_offers, told_session

_YEARS = sum(
    '"kind":"line"' in event.replace(" ", "")
    for path in (FOLDER / "campaign_zh").glob("r*/events.jsonl")
    for event in path.read_text(encoding="utf-8").splitlines()
)


@pytest.mark.parametrize(("arguments", "first", "told", "report"), [
    (("replay", "showcase"), "The four o'clock school", "58 lines, about ", "sandbox report showcase"),
    (("campaign", "replay", "showcase", "--lang", "zh", "--sessions"), "三个小区一面旗", f"共{_YEARS}句，照这个速度约",
     "sandbox campaign report showcase_zh"),
])  # fmt: skip
def test_a_showcase_on_a_terminal_says_what_it_is_and_how_long_and_where_its_report_is_when_stopped(
    cli: Cli, arguments: tuple[str, ...], first: str, told: str, report: str
) -> None:
    del cli  # its folders
    code, shown = on_terminal_until("1/4", *arguments)
    assert code == 130
    assert shown.startswith(first)
    head, _ = shown.split("1/4")
    assert told in head
    assert "--speed 0" in head
    assert "Ctrl-C" in head
    assert shown.endswith(report)
    assert "Traceback" not in shown


def test_no_time_passes_where_nobody_reads_and_what_an_earlier_version_came_with_is_kept(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    kept = tmp_path / "runs" / "showcase_en"
    kept.mkdir(parents=True)
    old = (FOLDER / "showcase_en" / "events.jsonl").read_bytes()[:5000].rpartition(b"\n")[0] + b"\n"
    (kept / "events.jsonl").write_bytes(old)
    (kept / "report.html").write_text("<p>an old report", encoding="utf-8")
    done = cli("replay", "showcase")
    assert (done.code, slept) == (0, [])
    assert "<p>an old report" not in (kept / "report.html").read_text(encoding="utf-8")
    (aside,) = (folder for folder in kept.parent.iterdir() if folder.name.startswith("showcase_en-"))
    assert (aside / "events.jsonl").read_bytes() == old
    assert (aside / "report.html").read_text(encoding="utf-8") == "<p>an old report"
    assert cli("replay", "showcase", "--speed", READING["en"]).code == 0
    assert len(slept) == 58
    assert len([*kept.parent.glob("showcase_en*")]) == 2, "once"
    assert "⚖ Supported handover: counted 5, judged 5" in done.out.splitlines(), "it ends on levels"
    shown = " ".join(done.out.split())
    assert "On condition: those of L039, and: He Wan's workers stay with a child whose mother is late" in shown, (
        "each condition, where it was brought"
    )
    assert "on 5 evenings until 7; otherwise as L037" in shown, "and each option"
    assert "nobody is called away from the children to guide" in shown, "what a seat wrote into its plan"
    case = Library.load().scenario("four_oclock_school")
    assert done.out.splitlines()[:3] == [case.title.en, case.question.en, "58 lines"]


def test_the_chinese_showcase_has_a_name_of_its_own_and_ends_on_its_report(cli: Cli, tmp_path: Path) -> None:
    done = cli("replay", "showcase", "--lang", "zh")
    assert (done.code, done.err) == (0, "")
    report = tmp_path / "runs" / "showcase_zh" / "report.html"
    assert done.out.splitlines()[-1] == str(report)
    assert report.is_file()
    assert cli("report", "showcase_zh", "--format", "transcript").code == 0


@pytest.mark.parametrize("command", [("replay",), ("campaign", "replay")])
def test_a_showcase_in_another_language_is_refused(cli: Cli, command: tuple[str, ...]) -> None:
    assert cli(*command, "showcase", "--lang", "fr").code == 2


def test_a_session_of_ones_own_ends_on_its_report_or_says_how_to_go_on_where_nothing_was_spoken(
    cli: Cli, tmp_path: Path
) -> None:
    assert cli("run", "--model", "none", "--stages", "training", "--turns", 2, "--quiet").code == 0
    folder = only_session(tmp_path)
    done = cli("replay", "last")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == str(folder / "report.html")
    log = folder / "events.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
    spoken = next(place for place, line in enumerate(lines) if '"kind": "line"' in line)
    log.write_text("".join(lines[:spoken]), encoding="utf-8")
    done = cli("replay", "last")
    assert done.code == 0
    assert done.out == f"Nothing has been spoken in this session yet; to go on with it: sandbox resume {folder.name}\n"


@pytest.mark.parametrize(
    ("lang", "supports", "objects"),
    [("en", "makes a counter-offer", "objects with a counter-offer"), ("zh", "另提办法", "不同意，另提办法")],
)
def test_the_terminal_calls_a_counter_offer_one(lang: Lang, supports: str, objects: str) -> None:
    session, label = counter_offers(lang), Words(lang)
    shown = io.StringIO()
    told(session, Console(file=shown, width=200), 0)
    heads = dict(re.findall(r"^(L\d+) .* · (.*) → ", shown.getvalue(), re.MULTILINE))
    assert (heads["L002"], heads["L003"]) == (supports, objects)
    about = {"motion": "L002" + label.paren(session.game.name("ngo_director")), "to": ""}
    backs, opposes = (label(f"act_about.{act}", **about).removesuffix(" → ") for act in ("support", "object"))
    assert (heads["L004"], heads["L005"]) == (backs, opposes)


@pytest.mark.parametrize(("lang", "alone", "besides"), [
    ("en", " (said to {to} alone; nobody else hears it)  [",
     " (said aside to {to}; besides, only {chair} hear it)  [",),
    ("zh", "（只对{to}说，旁人听不到）  [", "（只对{to}说，另外只有{chair}听到）  ["),
])  # fmt: skip
def test_a_line_that_not_all_hear_says_in_the_terminal_to_whom_it_is_said_and_who_alone_hears_it(
    lang: Lang, alone: str, besides: str
) -> None:
    everybody = told_session([line(1, "mayor", "inform", "migrant_tenant")]).as_read.game.present("public_engagement")
    said = [line(number, "mayor", "inform", "migrant_tenant") for number in (1, 2, 3)]
    two = ["mayor", "migrant_tenant"]
    for each, heard in zip(said, (two, [*two, "local_parent"], list(everybody)), strict=True):
        each["visible_to"] = heard
    session, shown = told_session(said, lang=lang).as_read, io.StringIO()
    told(session, Console(file=shown, width=250), 0)
    heads = [text for text in shown.getvalue().splitlines() if re.match(r"L\d+ ", text)]
    names = {"to": session.game.name("migrant_tenant"), "chair": session.game.name("local_parent")}
    assert alone.format(**names) in heads[0]
    assert besides.format(**names) in heads[1]
    assert "  [" in heads[2]
    assert names["to"] not in heads[2]
