"""Recorded sessions replay to the same log; no cassette is orphaned, half played, or holds a secret."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.content.library import Library
from sandbox.institution.ledger import ledger
from sandbox.record.events import read_events
from sandbox.record.folder import SessionFolder
from sandbox.report.labels import Labels
from sandbox.report.page import report_html
from sandbox.scoring.judge import verify_quote
from sandbox.scoring.measures import play_measures
from sandbox.scoring.scorecard import latest_scores
from sandbox.scoring.wording import foreign_share
from sandbox.session.game import Game
from sandbox.session.runner import Watch, read_record, run_session
from tests.cassette import FOLDER, HEADERS, RULES_ONLY, SPECS, comparable, models_at, no_model, recorder

_SECRET = re.compile(
    r"sk-[A-Za-z0-9_-]{8,}|bearer\s+\S+|api[-_]?key|authorization|set-cookie|openai-organization", re.IGNORECASE
)


@pytest.mark.parametrize("name", SPECS)
async def test_a_recorded_session_replays_to_the_same_log(name: str, tmp_path: Path) -> None:
    folder = SessionFolder.create(tmp_path)
    with recorder("none").use_cassette(str(FOLDER / name / "exchanges.yaml")) as cassette:
        models = models_at("http://127.0.0.1:1/v1", SPECS[name].judge_model is not None)
        await models.endpoints.during(run_session(folder, SPECS[name], Library.load(), models, Watch()))
    recorded = SessionFolder(FOLDER / name)
    assert comparable(folder.events.read_text()) == comparable(recorded.events.read_text())
    assert cassette.all_played, "the cassette holds exchanges that the session does not make"
    game = Game(SPECS[name], Library.load())
    lines, decisions, pulses = read_record(folder)
    assert ledger(game.scenario, lines, decisions) == ledger(game.scenario, *read_record(recorded)[:2])
    played = game.played(lines, decisions, pulses)
    assert latest_scores(played, read_events(folder.events)) == latest_scores(played, read_events(recorded.events))


@pytest.mark.parametrize("name", RULES_ONLY)
async def test_a_rules_only_session_is_the_same_on_every_machine(name: str, tmp_path: Path) -> None:
    folder = SessionFolder.create(tmp_path)
    await run_session(folder, RULES_ONLY[name], Library.load(), no_model(), Watch())
    recorded = SessionFolder(FOLDER / name)
    assert comparable(folder.events.read_text()) == comparable(recorded.events.read_text())


def test_every_governance_model_has_a_recorded_and_a_rules_only_session() -> None:
    models = set(Library.load().cards["governance"])
    assert {spec.governance for spec in SPECS.values()} == models
    assert {spec.governance for spec in RULES_ONLY.values()} == models


def test_every_cassette_belongs_to_a_test() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.is_dir()} == {*SPECS, *RULES_ONLY}
    assert {path.name for path in FOLDER.rglob("*") if path.is_file()} == {
        "README.md",
        "exchanges.yaml",
        "events.jsonl",
    }


@pytest.mark.parametrize("name", SPECS)
def test_a_cassette_holds_no_secret_and_no_needless_header(name: str) -> None:
    text = (FOLDER / name / "exchanges.yaml").read_text()
    assert not _SECRET.search(text)
    exchanges: list[dict[str, Any]] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))[
        "interactions"
    ]
    for one in exchanges:
        assert {key.lower() for key in one["request"]["headers"]} <= HEADERS
        assert {key.lower() for key in one["response"]["headers"]} <= HEADERS


def test_the_default_session_is_worth_reading() -> None:
    game = Game(SPECS["joint_production_en"], Library.load())
    lines, decisions, pulses = read_record(SessionFolder(FOLDER / "joint_production_en"))
    found = play_measures(game.played(lines, decisions, pulses))
    assert found["duplicates"] == 0
    assert found["own_overlap_worst"] <= 0.25
    assert found["assistant_talk"] == 0
    assert found["other_language"] == 0
    assert found["invented_numbers"] == []
    assert min(found["objections"].values()) >= 1
    assert found["fact_lines"] >= 1 / 3
    assert found["card_lines"] <= 0.2


@pytest.mark.parametrize("name", [name for name, spec in SPECS.items() if spec.judge_model])
def test_every_quote_in_the_report_of_a_judged_session_was_spoken_there(name: str) -> None:
    folder, game = SessionFolder(FOLDER / name), Game(SPECS[name], Library.load())
    events, (lines, decisions, pulses) = read_events(folder.events), read_record(folder)
    card = latest_scores(game.played(lines, decisions, pulses), events)
    text = html.unescape(report_html(game, events, card))
    shown = re.findall(r'<blockquote>“(.*?)” <a href="#(L\d+)">', text[text.index('<section id="scores"') :])
    assert shown == [(one.quote, one.turn) for one in card.scores if one.status == "supported"]
    assert shown
    for quote, turn in shown:
        assert verify_quote(quote, turn, lines), quote
    told = Labels(game.spec.lang)
    for one in card.scores:
        missing = told("quote.missing", quote=one.quote, turn=one.turn)
        assert (missing in text) == (one.status == "unsupported"), one


@pytest.mark.parametrize("name", [name for name, spec in SPECS.items() if spec.lang == "zh"])
def test_a_session_in_chinese_is_chinese_throughout(name: str) -> None:
    folder, game = SessionFolder(FOLDER / name), Game(SPECS[name], Library.load())
    events = read_events(folder.events)
    spoken = [event.payload["says"] for event in events if event.kind == "line"]
    texts = spoken + [event.payload["text"] for event in events if event.kind in ("minutes", "inject")]
    texts += [text for event in events if event.kind == "plan" for text in event.payload["sections"].values()]
    for text in texts:
        assert foreign_share(text, "zh") <= 0.1, text
    reasons = [event.payload["reason"] for event in events if event.kind == "score" and event.payload["level"]]
    for reason in reasons:
        assert foreign_share(reason, "zh") <= 0.3, reason
    page = report_html(game, events, latest_scores(game.played(*read_record(folder)), events))
    body = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL)
    words = re.findall(r"[A-Za-z]{3,}", body.replace(SPECS[name].model, "").replace(folder.id, ""))
    assert len(words) <= 0.01 * len(re.findall(r"[\u4e00-\u9fff]", body)), sorted(set(words))
