"""Limits a minute."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import get_args

import pytest

from sandbox.web.throttle import PER_MINUTE, Deed, Throttle

Later = Callable[[float], None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    now = [time.time()]
    monkeypatch.setattr(time, "time", lambda: now[0])

    def wait(seconds: float) -> None:
        now[0] += seconds

    return wait


@pytest.mark.parametrize("kind", get_args(Deed))
def test_each_kind_has_its_limit(kind: Deed, later: Later) -> None:
    pace = Throttle()
    limit = PER_MINUTE[kind]
    assert [pace.allow(kind, "one") for _ in range(limit + 3)] == [True] * limit + [False] * 3
    assert pace.allow(kind, "another")
    later(61)
    assert pace.allow(kind, "one")


def test_kinds_are_counted_apart(later: Later) -> None:
    pace = Throttle({"join": 1, "act": 1})
    assert pace.allow("join", "one")
    assert pace.allow("act", "one")
    assert not pace.allow("join", "one")
    later(61)
    assert pace.allow("join", "one")


def test_the_minute_moves(later: Later) -> None:
    pace = Throttle({"act": 2})
    assert pace.allow("act", "one")
    later(40)
    assert pace.allow("act", "one")
    assert not pace.allow("act", "one")
    later(21)
    assert pace.allow("act", "one"), "the first is more than a minute ago"
    assert not pace.allow("act", "one"), "the second is not"


def test_what_was_refused_does_not_count(later: Later) -> None:
    pace = Throttle({"act": 1})
    assert pace.allow("act", "one")
    for _ in range(12):
        later(5)
        refused = pace.allow("act", "one")
        assert not refused
    later(1)
    assert pace.allow("act", "one")


def test_anybody_can_be_counted() -> None:
    for who in ("", "a/b", "\ud800", "x" * 10_000, "::1"):
        pace = Throttle({"join": 1})
        assert pace.allow("join", who)
        assert not pace.allow("join", who)
        assert pace.allow("join", who + "/")


def test_threads_share_a_limit() -> None:
    pace = Throttle({"desk": 50})
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: pace.allow("desk", "one"), range(200))) == 50
