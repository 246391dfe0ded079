"""The quick part of the attack: each fault on one question, and a few of whatever else is tried."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.attack import strangers
from tests.attack.attacking import MOST_SECONDS, asked, attack, mixed, streamed
from tests.attack.faults import FAULTS, STREAMS
from tests.attack.kills import killed
from tests.attack.strangers import stranger
from tests.attack.torn import cut_anywhere, torn
from tests.stub_endpoint import StubEndpoint

pytestmark = pytest.mark.fuzz

# Those that take time, memory, or both; the command tries them.
SLOW = ("bomb", "end", "silence", "byte at a time", "million", "flood", "lists", "100,000 h")
QUICK = [
    (area, name) for area, faults in FAULTS.items() for name in faults if not any(word in name for word in SLOW)
]  # fmt: skip


@pytest.mark.parametrize("area", FAULTS)
def test_each_fault_is_one_clear_error_or_none(area: str) -> None:
    names = [name for of, name in QUICK if of == area]
    with StubEndpoint(lambda _: FAULTS[area][names[0]]({"says": "The lamp is lit."})) as stub:
        while names:
            began = time.perf_counter()
            complaints, said = asyncio.run(asked(stub.base_url, streams=False))
            assert not complaints, f"{area}, {names[0]}: {complaints}"
            assert len(said) < 700, f"{area}, {names[0]}: {said[:300]}"
            assert time.perf_counter() - began < MOST_SECONDS
            del names[0]


@pytest.mark.parametrize("name", [name for name in STREAMS if "without end" not in name])
def test_each_fault_of_a_stream_is_one_clear_error(name: str) -> None:
    outcome = streamed(name)
    assert (outcome.complaints, bool(outcome.said)) == ((), True)


def test_a_session_whose_endpoint_closes_without_a_word_stops_and_can_go_on(tmp_path: Path) -> None:
    outcome = attack("connection", "closed without a word", tmp_path)
    assert (outcome.complaints, outcome.ended) == ((), "stopped")


def test_a_session_under_many_faults_comes_to_its_end(tmp_path: Path) -> None:
    assert mixed(1001, tmp_path).complaints == ()


def test_a_stranger_is_kept_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strangers, "FLOOD", 0.3)
    outcome = stranger(("events that are none", "another's page"), tmp_path)
    assert [wrong for wrong in outcome.complaints if not wrong.startswith("others waited")] == []


def test_a_session_that_is_killed_goes_on_to_the_end_of_an_unbroken_one(tmp_path: Path) -> None:
    assert killed("by rules", 2, 1, tmp_path).complaints == ()


def test_a_campaign_whose_last_line_is_torn_goes_on_to_its_end(tmp_path: Path) -> None:
    assert torn("half a campaign", "half of the last line", tmp_path).complaints == ()


def test_a_log_that_is_cut_anywhere_goes_on_to_the_same_end(tmp_path: Path) -> None:
    assert cut_anywhere(1, tmp_path, 8).complaints == ()
