"""Two endpoints under names of their own, each with a key, prices and limits: which of them gets what."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

import sandbox
from sandbox.experiment.playing.pace import RateLimits
from sandbox.llm.usage import Prices, Usage
from tests.at_hand import EndpointAtHand
from tests.cli.conftest import Cli, cli
from tests.experiment.making import saved
from tests.session.support import SteadyModel
from tests.stub_endpoint import Received, StubReply, completion

__all__ = ["cli"]

KEYS = {"north": "sk-key-of-the-north", "south": "sk-key-of-the-south"}
PRICES = {"north": Prices(1, 4), "south": Prices(10, 40)}
STUDY: dict[str, Any] = {
    "arms": "model", "base": "north/small", "null_arm": False, "hypotheses": [], "replicates": 1,
    "judge": "south/judge", "factors": {
        "model": ["north/small", "south/org/large"], "governance": ["joint_production"],
        "scenario": ["four_oclock_school"], "turns": [1], "stages": {"short": ["public_engagement"]},
    },
}  # fmt: skip


@dataclass
class Vendor:
    """An endpoint that answers whoever has its key, and counts what it was asked."""

    name: str
    model: SteadyModel = field(default_factory=SteadyModel)
    asked: Counter[str] = field(default_factory=Counter)

    def __call__(self, request: Received) -> StubReply:
        assert request.headers["authorization"] == f"Bearer {KEYS[self.name]}"
        if request.method == "GET":
            return StubReply(body={"data": [{"id": "small"}]}) if self.name == "north" else StubReply(404, {})
        self.asked[request.body["model"]] += 1
        reply = self.answer(request)
        names = {"small": "small-2025-06-01", "org/large": "org/large", "judge": "/home/me/judge.gguf"}
        return replace(reply, body={**reply.body, "model": names[request.body["model"]], "system_fingerprint": "fp_7"})

    def answer(self, request: Received) -> StubReply:
        """Return what its model answers."""
        if "word" in json.dumps(request.body["response_format"]) and len(request.body["messages"]) == 1:
            return completion('{"word": "ready"}')
        return self.model(request)


@pytest.fixture
def vendors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, Vendor]]:
    """Serve two endpoints, and name them in a file."""
    both = {name: Vendor(name) for name in KEYS}
    with EndpointAtHand(both["north"]) as north, EndpointAtHand(both["south"]) as south:
        urls = {"north": north.base_url, "south": south.base_url}
        entries = {
            name: {
                "address": urls[name], "key": f"{name.upper()}_KEY", "requests_per_minute": 60_000,
                "price_input": PRICES[name].read, "price_output": PRICES[name].written,
            }
            for name in KEYS
        }  # fmt: skip
        (tmp_path / "endpoints.yaml").write_text(json.dumps(entries), encoding="utf-8")
        monkeypatch.setenv("SANDBOX_ENDPOINTS", str(tmp_path / "endpoints.yaml"))
        for name, key in KEYS.items():
            monkeypatch.setenv(f"{name.upper()}_KEY", key)
        yield both


def test_player_seat_and_judge_are_each_asked_at_their_own(vendors: dict[str, Vendor], tmp_path: Path) -> None:
    session = sandbox.run(
        model="north/small", models={"mayor": "south/org/large"}, judge_model="south/judge", turns=1,
        stages=["public_engagement"], out=tmp_path,
    )  # fmt: skip
    asked = Counter(event.payload["model"] for event in session.played.events if event.kind == "call")
    assert {*asked} == {"north/small", "south/org/large", "south/judge"}
    assert vendors["north"].asked == {"small": asked["north/small"]}
    assert vendors["south"].asked == {"org/large": asked["south/org/large"], "judge": asked["south/judge"]}
    said = "north/small: small-2025-06-01, fp_7; south/judge: fp_7; south/org/large: fp_7"
    assert session.tables["sessions"][0]["said_model"] == said
    report = (session.path / "report.html").read_text(encoding="utf-8")
    assert report.count(said) == 1, "told once"
    assert {row["model"] for row in session.seats} == {"north/small", "south/org/large"}
    kept = "".join(file.read_text(encoding="utf-8") for file in session.path.iterdir() if file.is_file())
    assert not [key for key in KEYS.values() if key in kept]


def test_two_vendors_are_two_levels_of_an_experiment(cli: Cli, vendors: dict[str, Vendor], tmp_path: Path) -> None:
    path = saved(tmp_path, **STUDY)
    plan = json.loads(cli("experiment", "plan", path, "--json").out)
    assert "Money: 10 for a million prompt tokens, 40 for a million written ones (south/judge, south/org/large)" in (
        " ".join(plan["assumptions"])
    )
    done = cli("experiment", "run", path, "--budget", "1", "--json")
    assert (done.code, done.err) == (0, "")
    assert {*vendors["north"].asked} == {"small"}
    assert {*vendors["south"].asked} == {"org/large", "judge"}
    shown, counts = json.loads(done.out), {name: vendor.asked.total() for name, vendor in vendors.items()}
    each = Usage(prompt=200, completion=20)  # of every answer
    paid = sum(counts[name] * PRICES[name].of(each) for name in counts)
    assert (shown["spent"]["calls"], shown["money"]) == (sum(counts.values()), pytest.approx(paid))
    assert shown["money_left"] == pytest.approx(1 - paid)
    planned = Usage(prompt=round(plan["prompt"]["low"]), completion=round(plan["completion"]["low"]))
    assert 1.5 * PRICES["north"].of(planned) < plan["money"]["low"] < 0.9 * PRICES["south"].of(planned)
    rows = sandbox.open_experiment(path).tables["sessions"]
    assert [row["cell_model"] for row in rows] == ["north/small", "south/org/large"]
    assert "north/small: small-2025-06-01, fp_7" in rows[0]["said_model"]
    again = cli("experiment", "run", saved(tmp_path, **STUDY, id="dear"), "--budget", "0.004")
    assert again.code == 4, "the judge's prices alone are more than that"
    assert "money budget reached" in again.err


def test_the_doctor_says_of_each_endpoint_whether_it_answers(
    cli: Cli, vendors: dict[str, Vendor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOUTH_KEY")
    looked = cli("doctor", "--model", "north/small")
    assert "ok   model: north/small at http://127" in looked.out
    assert "answers and lists 1 models (small); a model there: north/MODEL; prices: 1 and 4 for a million" in looked.out
    assert "FAIL endpoint south: model 'south/MODEL' cannot be called: the environment variable" in looked.out
    assert looked.code == 2
    monkeypatch.setenv("SOUTH_KEY", KEYS["south"])
    monkeypatch.setenv("SANDBOX_LANG", "en")
    assert "answers and lists no models; a model there: south/MODEL" in cli("doctor", "--model", "none").out
    with EndpointAtHand(vendors["north"]) as north:
        monkeypatch.setenv("OPENAI_BASE_URL", north.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", KEYS["north"])
        unnamed = cli("doctor")
    assert unnamed.code == 2
    assert "answers and lists 1 models (small); name one with --model or SANDBOX_MODEL; small at" in unnamed.out
    assert "answers (ready)" in unnamed.out
    assert vendors["north"].asked == {"small": 2}, "to look at a named endpoint takes no token; an only model is tried"


def test_limits_by_the_minute_are_those_of_the_endpoint() -> None:
    rates = RateLimits(60, None, {"south": RateLimits(tokens=10)})
    assert [rates.of(model).requests for model in ("small", "org/small", "south/small")] == [60, 60, None]
    assert rates.of("south/small").tokens == 10
