"""Recorded sessions replay to the same log; no cassette is orphaned, half played, or holds a secret."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.diffusion.campaign.folder import CampaignFolder
from sandbox.game.game import Game
from sandbox.game.language.wording import foreign_share
from sandbox.game.ledger.ledger import ledger
from sandbox.game.play import play
from sandbox.game.session import Session
from sandbox.game.state import State
from sandbox.record.folder import SessionFolder
from sandbox.record.line import ALL, Turn
from sandbox.report.document.html import to_html
from sandbox.report.pages.session import session_report
from sandbox.scoring.audit.auditing import audit
from sandbox.scoring.audit.playing import play_measures
from sandbox.scoring.judge import verify_quote
from sandbox.scoring.scorecard import latest_scores, standings_in
from sandbox.session.opening import open_session
from sandbox.session.runner import Watch
from tests.cassette import (
    CAMPAIGNS,
    FOLDER,
    HEADERS,
    RULES_ONLY,
    SHOWCASES,
    SPECS,
    comparable,
    models_at,
    no_model,
    recorder,
)  # fmt: skip
from tests.running import run_session

_SECRET = re.compile(
    r"sk-[A-Za-z0-9_-]{8,}|bearer\s+\S+|api[-_]?key|authorization|set-cookie|openai-organization", re.IGNORECASE
)


@pytest.mark.parametrize("name", SPECS)
async def test_a_recorded_session_replays_to_the_same_log(name: str, tmp_path: Path) -> None:
    folder = SessionFolder.create(tmp_path)
    with recorder("none").use_cassette(str(FOLDER / name / "exchanges.yaml")) as cassette:
        models = models_at("http://127.0.0.1:1/v1", SPECS[name].judge_model is not None)
        session = await models.endpoints.during(run_session(folder, SPECS[name], Library.load(), models, Watch()))
    recorded = SessionFolder(FOLDER / name)
    assert comparable(folder) == comparable(recorded)
    assert cassette.all_played, "the cassette holds exchanges that the session does not make"
    kept = {key.lower() for each in (*cassette.requests, *cassette.responses) for key in _headers(each)}
    assert kept <= HEADERS, "no needless header"
    assert not _SECRET.search((FOLDER / name / "exchanges.yaml").read_text(encoding="utf-8"))
    opened = open_session(recorded, Library.load())
    assert opened.state == session.state
    assert opened.items == ledger(
        opened.game.scenario, opened.lines, opened.decisions, agreed_only=opened.game.agreed_only
    )
    assert latest_scores(opened) == latest_scores(session)


def _headers(message: Any) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], message["headers"] if isinstance(message, dict) else message.headers)


@pytest.mark.parametrize("name", RULES_ONLY)
async def test_a_rules_only_session_is_the_same_on_every_machine(name: str, tmp_path: Path) -> None:
    folder = SessionFolder.create(tmp_path)
    session = await run_session(folder, RULES_ONLY[name], Library.load(), no_model(), Watch())
    recorded = SessionFolder(FOLDER / name)
    assert comparable(folder) == comparable(recorded)
    assert open_session(recorded, Library.load()).state == session.state


@pytest.mark.parametrize("name", SHOWCASES)
def test_a_showcase_is_what_the_model_said_and_the_rules_allow(name: str) -> None:
    session = open_session(SessionFolder(FOLDER / name), Library.load())
    worded = _answered(session)

    def said(game: Game, state: State) -> Turn:
        del game
        line, answer = session.lines[len(state["lines"])], worded[len(state["lines"])]
        assert state["floor"] is not None
        assert state["floor"]["seat"] == line["seat"], line["id"]
        alone = line["to"] != ALL and set(line["visible_to"]) <= {line["seat"], line["to"]}
        turn = {key: value for key, value in line.items() if key in Turn.__annotations__}
        own = {key: str(answer.get(key) or "") for key in ("condition", "replaces")}
        if own["replaces"] not in {each["id"] for each in state["lines"] if line["seat"] in each["visible_to"]}:
            own["replaces"] = ""  # as of whatever else a seat has not heard
        return cast(Turn, {**turn, "appends": False, "aside": alone, **own})

    state = play(session.game, said)
    assert state["lines"] == [{**line, "origin": "rules"} for line in session.lines]
    assert state["decisions"] == session.decisions
    assert state["ledger"] == session.items


def _answered(session: Session) -> list[dict[str, Any]]:
    """Return the answer that the model gave for each line, whose words and act the line has."""
    answers = {event.payload["id"]: event.payload["text"] for event in session.events if event.kind == "call"}
    refused = {event.payload["id"]: len(event.payload["rejected"]) for event in session.events if event.kind == "line"}
    worded: list[dict[str, Any]] = []
    turns = Counter[str]()
    for line in session.lines:
        turns[line["stage"]] += 1
        place = f"line:{line['stage']}:{turns[line['stage']]}:"
        wordings = [json.loads(text) for key, text in answers.items() if key.startswith(place)]
        if refused[line["id"]] == len(wordings):  # refused each time: the words are kept, as what takes no stand
            wordings = [{"says": answer["says"], "act": "answer"} for answer in wordings]
        worded.append(next(answer for answer in wordings[::-1] if " ".join(answer["says"].split()) == line["says"]))
        assert worded[-1]["act"] == line["act"]
    return worded


def test_a_campaign_is_what_the_model_said() -> None:
    """Each line has its answer. What the rules make of answers is tested with the showcases."""
    for name in CAMPAIGNS:
        campaign = CampaignFolder(FOLDER / name)
        kinds = [event.kind for event in campaign.read()]
        assert (kinds.count("ranking"), kinds.count("played"), kinds[-1]) == (3, 9, "close")
        for event in campaign.read():
            if event.kind != "played":
                continue
            session = open_session(campaign.session(event.payload["session"]), Library.load())
            assert len(_answered(session)) == len(session.lines) >= 35
            assert session.decisions


def test_a_showcase_is_a_meeting_worth_showing() -> None:
    for name in SHOWCASES:
        session = open_session(SessionFolder(FOLDER / name), Library.load())
        assert session.finished
        assert session.decisions
        for stage in session.game.stages:
            lines = [line for line in session.lines if line["stage"] == stage.id]
            assert {line["seat"] for line in lines} == set(session.game.present(stage.id)), "everybody is heard"
        findings = {finding.id: finding for finding in audit([session]).findings}
        assert findings["invented_figures"].value == 0
        assert findings["secrets_leaked"].value == 0
        red = [name for name, finding in findings.items() if finding.status == "red"]
        assert red == (["objections"] if name == "showcase_zh" else []), "as the README says"
        assert not _SECRET.search((FOLDER / name / "events.jsonl").read_text(encoding="utf-8"))


def test_every_governance_model_has_a_recorded_and_a_rules_only_session() -> None:
    models = set(Library.load().cards["governance"])
    assert {spec.governance for spec in SPECS.values()} == models
    assert {spec.governance for spec in RULES_ONLY.values()} == models


def test_every_cassette_belongs_to_a_test() -> None:
    cassettes = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert cassettes == {*SPECS, *RULES_ONLY, *SHOWCASES, *CAMPAIGNS, "judges"}
    assert {path.name for path in FOLDER.rglob("*") if path.is_file()} == {
        "README.md",
        "calibration.json",
        "campaign.jsonl",
        "exchanges.yaml",
        "events.jsonl",
    }


# What nobody else should learn of who recorded, and where; addresses of this machine alone may stand there.
_PRIVATE = {
    "a key": r"sk-(?<!\wsk-)[A-Za-z0-9_-]{8,}",
    "a key of a forge": r"gh[pousr](?<!\w...)_?[A-Za-z0-9-]{16,}|xox[abp](?<!\w....)_?[A-Za-z0-9-]{16,}",
    "a key of a cloud": r"AKIA[A-Z0-9]{12,}",
    "a token": r"eyJ(?<!\weyJ)[\w-]{8,}\.[\w-]{8,}",
    "a header with a key": (
        r"(?i)\b(?:authorization|api[-_]?key|x-[a-z-]*key|cookie)\b\s*[\"']?\s*[:=]|\bBearer\s+[\w.~+/-]{16,}"
    ),
    "an address": r"://(?!(?:127\.0\.0\.1|localhost|\[::1\])[:/\"'\s])",
    "another machine": r"\d(?<![\d.]\d)\d{0,2}(?:\.\d{1,3}){3}(?<!127\.0\.0\.1)(?![\d.])",
    "a path": r"/(?<![\w.]/)(?:home|root|Users|work|tmp|var|opt|usr|etc|mnt|data|srv)/|[A-Z](?<!\w[A-Z]):\\\\",
    "an e-mail address": r"@(?<=[\w+-]@)[\w-]+\.[A-Za-z]{2,}",
    "a certificate": r"-----BEGIN ",
}


def test_no_recording_tells_who_made_it_or_where() -> None:
    for path in sorted(FOLDER.rglob("*.*")):
        text = path.read_text(encoding="utf-8")
        found = ((what, re.search(pattern, text)) for what, pattern in _PRIVATE.items())
        assert {what: match[0] for what, match in found if match} == {}, path


def test_what_is_private_would_be_seen() -> None:
    for what, text in (
        ("a key", "sk-proj-abcdefgh12"), ("a header with a key", '"Authorization": "x"'), ("an address", "http://a.example/"),
        ("another machine", "10.1.2.3"), ("a path", "/home/li/x"), ("an e-mail address", "li@example.org"),
        ("a key of a forge", "xoxb-0123456789abcdef"), ("a key of a forge", "ghp_0123456789abcdef"),
    ):  # fmt: skip
        assert re.search(_PRIVATE[what], text), what
    assert not re.search(_PRIVATE["an address"], "http://127.0.0.1:8080/v1")


def test_the_default_session_is_worth_reading() -> None:
    session = open_session(SessionFolder(FOLDER / "joint_production_en"), Library.load())
    found, votes = play_measures(session), [decision["votes"] for decision in session.decisions]
    # A card has one reason for each way to vote: who votes the same way on a second motion gives it again.
    again = sum(votes[0][seat] == vote for ballot in votes[1:] for seat, vote in ballot.items())
    assert found["duplicates"] <= again
    assert found["own_overlap_worst"] <= 0.25
    assert found["assistant_talk"] == 0
    assert found["other_language"] == 0
    assert found["invented_numbers"] == []
    assert min(found["objections"].values()) >= 1
    assert found["fact_lines"] >= 1 / 3
    assert found["card_lines"] <= 0.2


def test_every_quote_in_the_report_of_a_judged_session_was_spoken_there() -> None:
    cases: list[str] = [*(name for name, spec in SPECS.items() if spec.judge_model), *SHOWCASES]
    for name in cases:
        session = open_session(SessionFolder(FOLDER / name), Library.load())
        card = latest_scores(session)
        text = html.unescape(to_html(session_report(session, card)))
        shown = re.findall(r'<span class="quote">“(.*?)”</span> <a href="#(L\d+)">', text[text.index('id="scores"') :])
        given = [one for score in card.scores if score.status == "supported" for one in score.quotes]
        assert shown == [(one.quote, one.turn) for one in given]
        assert shown
        for quote, turn in shown:
            assert verify_quote(quote, turn, session.lines), quote
        label = Words(session.spec.lang)
        for score in card.scores:
            missing = label("quote.missing", quote=score.quote, turn=score.turn)
            assert (missing in text) == (score.status == "unsupported"), score


def test_who_judged_a_showcase_was_measured_on_the_words_that_it_read(tmp_path: Path) -> None:
    for name in SHOWCASES:
        session = open_session(SessionFolder(FOLDER / name), Library.load())
        standings, given = standings_in(session, tmp_path), latest_scores(session).scores
        assert set(standings) == {score.criterion for score in given if score.level is not None}
        assert len(standings) >= len(given) - 2, "what a judge cannot tell has no level"
        assert all(standing.reliable for standing in standings.values())


def test_a_session_in_chinese_is_chinese_throughout() -> None:
    for name in [name for name, spec in SPECS.items() if spec.lang == "zh"]:
        folder = SessionFolder(FOLDER / name)
        session = open_session(folder, Library.load())
        events = session.events
        spoken = [event.payload["says"] for event in events if event.kind == "line"]
        texts = spoken + [event.payload["text"] for event in events if event.kind in ("minutes", "inject")]
        texts += [text for event in events if event.kind == "plan" for text in event.payload["sections"].values()]
        for text in texts:
            assert foreign_share(text, "zh") <= 0.1, text
        reasons = [event.payload["reason"] for event in events if event.kind == "score" and event.payload["level"]]
        for reason in reasons:
            assert foreign_share(reason, "zh") <= 0.3, reason
        page = to_html(session_report(session, latest_scores(session)))
        body = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL)
        words = re.findall(r"[A-Za-z]{3,}", body.replace(SPECS[name].model, "").replace(folder.id, ""))
        assert len(words) <= 0.01 * len(re.findall(r"[\u4e00-\u9fff]", body)), sorted(set(words))
