"""What a model was sent before a line is what the log's digest says, and where it is not, that is said."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

import sandbox
from sandbox.errors import InputError
from sandbox.record.folder import SessionFolder
from sandbox.session.runner import Watch
from sandbox.session.sent import sent_before, sent_for
from tests.cassette import meeting
from tests.cli.conftest import Cli, cli, speak
from tests.content.folders import LIBRARY
from tests.running import run_session
from tests.session.support import Strict, Untempered, models_at, new_folder, serving, spec_of

__all__ = ["cli"]

CASSETTES = Path(__file__).resolve().parents[2] / "cassettes"
EVENTS = SessionFolder(CASSETTES / "command_en").read()
LINES = [event for event in EVENTS if event.kind == "line"]
CALLS = [event.payload for event in EVENTS if event.kind == "call" and event.payload["id"].startswith("line:")]


def test_each_question_of_a_recorded_session_is_rebuilt_to_the_letter() -> None:
    sent = [each for line in LINES for each in sent_before(EVENTS, LIBRARY, line.payload["id"])]
    assert [each.key for each in sent] == [call["id"] for call in CALLS]
    assert Counter(each.kept for each in sent) == {"same": len(CALLS)}
    assert {each.temperature for each in sent} == {0.4, 0.6, 0.8}, "each further wording is asked for a little warmer"
    assert [each.answer for each in sent] == [call["text"] for call in CALLS]
    begun = EVENTS[0].payload
    assert (begun["temperature"], round(begun["temperature"] + begun["warmer"], 3)) == (0.4, 0.6)


@pytest.mark.parametrize("name", ["showcase_en", "showcase_zh"])
def test_what_was_asked_for_pulses_and_of_judges_is_rebuilt_to_the_letter(name: str) -> None:
    events = SessionFolder(CASSETTES / name).read()
    calls = [event.payload["id"] for event in events if event.kind == "call"]
    whats = dict.fromkeys(
        each.split(":")[1 if each.startswith("pulse:") else -5] for each in calls if each[:4] != "line"
    )
    sent = [each for what in whats for each in sent_for(events, LIBRARY, what)]
    assert [each.key for each in sent] == [each for each in calls if each[:4] != "line"] != []
    assert {each.kept for each in sent} == {"same"}


def test_a_prompt_that_has_changed_since_or_is_on_no_record_is_told() -> None:
    line = LINES[4].payload["id"]
    (key,) = {each.key for each in sent_before(EVENTS, LIBRARY, line)[:1]}
    other = [
        replace(event, payload={**event.payload, "digest": "0" * 16})
        if event.kind == "call" and event.payload["id"] == key else event
        for event in EVENTS
    ]  # fmt: skip
    assert sent_before(other, LIBRARY, line)[0].kept == "differs"
    branched = [event for event in EVENTS if event.kind != "call"]
    assert [each.kept for each in sent_before(branched, LIBRARY, line)] == ["none"]
    with pytest.raises(InputError, match="no line 'L999'; lines: L001 to"):
        sent_before(EVENTS, LIBRARY, "L999")


def test_a_condition_may_be_replaced_though_the_line_that_brought_it_was_not_heard() -> None:
    events = meeting("west_zh").read()
    heard = {event.payload["id"]: event.payload["visible_to"] for event in events if event.kind == "line"}
    (sent,) = sent_before(events, LIBRARY, "L021")  # an earlier version sent this answer back, and the next
    replaced = json.loads(sent.answer)["replaces"]
    assert (replaced, sent.seat in heard[replaced], sent.seat in heard["L018"]) == ("L015", False, True)


def test_the_command_shows_it(cli: Cli, tmp_path: Path) -> None:
    shown = cli("prompt", CASSETTES / "command_en", "--at", "L005")
    assert shown.code == 0, shown.err
    assert "this is what was sent: its digest is that in the log" in shown.out
    assert "temperature 0.4 · seed" in shown.out
    assert "-- system" in shown.out
    (first, *_) = json.loads(cli("prompt", CASSETTES / "command_en", "--at", "L005", "--json").out)["sent"]
    assert first["messages"][-1]["content"] in shown.out
    assert (first["kept"], first["digest"]) == ("same", first["logged"])
    said = LINES[3].payload["says"]
    other = tmp_path / "other"
    other.mkdir()
    log = (CASSETTES / "command_en" / "events.jsonl").read_text(encoding="utf-8")
    (other / "events.jsonl").write_text(log.replace(json.dumps(said)[1:-1], "Something else."), encoding="utf-8")
    assert "this is NOT what was sent" in cli("prompt", other, "--at", "L005").out
    assert "requests: " not in shown.out, "one alone needs no reason"
    for what in ("trust", "training"):
        asked = cli("prompt", "showcase", "--at", what).out
        assert asked.count("this is what was sent: its digest is that in the log") == (1 if what == "trust" else 7)
    nothing = cli("prompt", "showcase", "--at", "trus")
    assert (nothing.code, "pulses: start, training" in nothing.err) == (2, True)
    again = cli("prompt", CASSETTES / "campaign_zh" / "r1_back_lane_d4199ca1", "--at", "L022").out
    assert "\nrequests: 2; the last one is answered by the line" in again
    why = "1. 照这样写，你自己的L019就撤下了，换成照L020另提的一个（"
    assert why in again.split("\n== ")[0], "why the first was sent back"
    silent = cli("prompt", CASSETTES / "rules_only_command", "--at", "L005")
    assert (silent.code, "no model was asked" in silent.out) == (0, True)


def test_the_command_tells_why_a_line_was_spoken_and_which_points_of_its_card_were_open_or_not(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = LINES[0].payload
    shown = cli("prompt", CASSETTES / "command_en", "--at", "L001").out
    assert shown.startswith("L001 · Shen Yulan (mayor): next in the line of command (cascade)\n"), line["why"]
    assert "  acts open to the seat: inform, ask, " in shown
    assert f"  makes the point: {line['point']}\n  other points of its card that were open: mayor_t1" in shown
    assert "    mayor_t6: whom it is to is not in the room\n" in shown
    later = cli("prompt", CASSETTES / "command_en", "--at", "L006").out
    assert f"    {line['point']}: has been said\n" in later
    ruled = json.loads(cli("prompt", CASSETTES / "rules_only_command", "--at", "L005", "--json").out)
    assert (ruled["sent"], ruled["floor"]["seat"], ruled["floor"]["barred"]) == ([], "mayor", {})
    speak(monkeypatch, "zh")
    assert "): 按级别该他了 (cascade)\n" in cli("prompt", CASSETTES / "command_en", "--at", "L001").out


def test_the_report_tells_the_temperature(tmp_path: Path, cli: Cli) -> None:
    for lang, told in (("en", "Temperature"), ("zh", "温度")):
        name = {"en": "command_en", "zh": "joint_production_zh"}[lang]
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(CASSETTES / name / "events.jsonl", folder)
        assert cli("report", folder, "--format", "md").code == 0
        assert told in (folder / "report.md").read_text(encoding="utf-8")


def test_a_temperature_that_was_left_out_is_told_and_one_that_was_asked_for_is_refused(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, model = new_folder(tmp_path, "one"), Untempered()
    monkeypatch.setattr(model, "says", lambda *_: "I have said it before, and say it again to all of you here.")
    with serving(model) as url:

        def play(name: SessionFolder, temperature: float | None) -> None:
            models, spec = models_at(url, judge=False), spec_of(stages=("training",), turns=2, temperature=temperature)
            asyncio.run(models.endpoints.during(run_session(name, spec, LIBRARY, models, Watch())))

        play(folder, None)
        with pytest.raises(InputError, match=r"takes no temperature of 0\.5, for which you asked"):
            play(new_folder(tmp_path, "asked"), 0.5)
    assert cli("report", folder.path, "--format", "md").code == 0
    report = (folder.path / "report.md").read_text(encoding="utf-8")
    assert "its endpoint takes none" in report
    asked = cli("prompt", folder.path, "--at", "L002").out
    assert "1. near-duplicate\n  2. near-duplicate (no wording was accepted: this one was spoken all the same)" in asked
    assert report.count("asked for other words each time") == 1, "the first line was accepted"
    assert "left out since the endpoint refuses it: temperature" in cli("prompt", folder.path, "--at", "L001").out
    assert sandbox.load(folder.path).tables["sessions"][0]["temperature"] is None


@pytest.mark.parametrize("schemas", [True, False])
def test_how_the_schema_was_asked_for_stands_in_the_log_the_prompt_the_tables_and_the_report(
    tmp_path: Path, cli: Cli, *, schemas: bool
) -> None:
    model, folder = Strict(schemas=schemas), new_folder(tmp_path, "one")
    with serving(model) as url:
        models, spec = models_at(url, judge=False), spec_of(stages=("training",), turns=3)
        session = asyncio.run(models.endpoints.during(run_session(folder, spec, LIBRARY, models, Watch())))
    assert [line["origin"] for line in session.lines] == ["model"] * 3
    mode = "closed_schema" if schemas else "json_object"
    calls = [event.payload for event in folder.read() if event.kind == "call" and event.payload["id"][:5] == "line:"]
    assert {call["mode"] for call in calls} == {mode}

    shown = cli("prompt", folder.path, "--at", "L003")
    (sent, *_) = json.loads(cli("prompt", folder.path, "--at", "L003", "--json").out)["sent"]
    assert (sent["mode"], sent["kept"]) == (mode, "same")
    assert sent["messages"] in [body["messages"] for body in model.requests]
    assert sent["messages"][-1]["content"] in shown.out
    assert ("It must fit this JSON schema" in shown.out) is not schemas
    assert ("asked for by the closed JSON schema" if schemas else "asked for in JSON mode") in shown.out

    assert cli("report", folder.path, "--format", "md").code == 0
    report = (folder.path / "report.md").read_text(encoding="utf-8")
    assert ("took no JSON schema: 3 of 3 lines were asked for in JSON mode" in report) is not schemas
    (row,) = sandbox.load(folder.path).tables["sessions"]
    closed, unheld = (3, 0) if schemas else (0, 3)
    assert (row["lines_asked"], row["lines_closed"], row["lines_unheld"]) == (3, closed, unheld)
