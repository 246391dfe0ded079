"""A log that was damaged or made by somebody hostile is told to be so, or read: never a traceback."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import SandboxError
from sandbox.experiment.whatif.coach import coach
from sandbox.record.folder import SessionFolder
from sandbox.report.document.html import to_html
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.session import session_report, transcript_markdown
from sandbox.report.results import card_of
from sandbox.session.opening import open_session
from tests.cassette import FOLDER
from tests.content.folders import LIBRARY

VALUES: tuple[Any, ...] = (None, 0, -1, 3.5, "", "x", [], {}, True, ["x"], {"a": 1}, "L999", 10**12, "\x1b[2J")
LOG = FOLDER / "rules_only_joint_production" / "events.jsonl"
EVENTS = [json.loads(row) for row in LOG.read_text(encoding="utf-8").splitlines()]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in below:
        yield from _paths(inner, (*path, key))


def _mutated(seed: int) -> list[dict[str, Any]]:
    draw, events = random.Random(seed), copy.deepcopy(EVENTS)
    for _ in range(draw.choice([1, 1, 2, 3])):
        event, what = draw.choice(events), draw.random()
        if what < 0.6:
            *above, last = draw.choice(list(_paths(event)))
            place: Any = event
            for key in above:
                place = place[key]
            if draw.random() < 0.3:
                del place[last]
            else:
                place[last] = draw.choice(VALUES)
        elif what < 0.75:
            events.remove(event)
        elif what < 0.9:
            events.insert(draw.randrange(len(events)), copy.deepcopy(event))
        else:
            draw.shuffle(events)
    if draw.random() < 0.7:
        for number, event in enumerate(events, start=1):
            event["seq"] = number
    return events


@pytest.mark.fuzz
def test_a_mutated_log_is_read_or_refused_in_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.report.pages.debrief.coaching.coach", partial(coach, runs=8))
    refused = 0
    for seed in range(10):
        folder = SessionFolder(tmp_path)
        folder.events.write_text("\n".join(map(json.dumps, _mutated(seed))) + "\n", encoding="utf-8")
        try:
            session = open_session(folder, LIBRARY)
            card = card_of(session, tmp_path)
            for page in (session_report(session, card), make_debrief(session, card, "migrant_tenant")):
                assert "<html" in to_html(page)
            assert transcript_markdown(session)
        except SandboxError:
            refused += 1
    assert 1 < refused < 9
