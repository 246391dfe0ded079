"""The judges of an experiment: what each of a panel gave, and whether it may be relied on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.experiment.judging import judges
from sandbox.experiment.judging.judges import judged_in, reliable_outcomes, unreliable_now
from sandbox.record.events import Event
from tests.experiment.making import LIBRARY, design
from tests.experiment.playing import SHORT, begun, play, short_runs
from tests.session.support import SteadyModel, serving


class Kept:
    """A store of sessions by id, each with its spec and votes."""

    def __init__(self, sessions: Mapping[str, tuple[dict[str, Any], list[Event]]]) -> None:
        self._sessions = sessions

    def everything(self) -> list[dict[str, Any]]:
        return [
            {"id": run, "state": "done", "unjudged": False, "spec": spec} for run, (spec, _) in self._sessions.items()
        ]

    def events(self, run: str) -> list[Event]:
        return self._sessions[run][1]


def vote(seq: int, judge: str, level: int | None, *, sample: int = 1, criterion: str = "trust") -> Event:
    status = "supported" if level else "cannot_tell"
    payload = {
        "id": f"v{seq}", "judge": judge, "sample": sample, "level": level, "status": status, "turn": "", "quote": "",
        "reason": "", "criterion_digest": "c", "templates_digest": "t", "criterion": criterion, "panel": "a, b x2",
    }  # fmt: skip
    return Event(seq, 0.0, "score", "judge", "", payload)


def test_each_judge_of_a_panel_has_a_level() -> None:
    votes = [
        vote(1, "a", 2), vote(2, "a", 3, sample=2), vote(3, "b", None), vote(4, "b", 5, sample=2),
        vote(5, "a", None, criterion="inclusion"), vote(6, "b", 4),
    ]  # fmt: skip
    store = Kept({"s1": ({"judge_model": "a, b"}, votes), "s2": ({"judge_model": "a"}, votes), "s3": ({}, votes)})
    assert judged_in(store)[0] == {  # type: ignore[arg-type]
        "s1": {"judged_trust": {"a": 2.5, "b": 4.5}, "judged_inclusion": {}}
    }


def test_a_judge_must_be_reliable_in_each_language(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Inclusion was found reliable in English alone, promise integrity was not measured."""
    factors = {**SHORT["factors"], "stages": {"short": ["training"]}, "lang": ["en", "zh"]}
    chosen = short_runs(judge="stub", factors=factors, replicates=1, null_arm=False)
    h1, names = design().hypotheses[0].model_dump(), ("trust", "inclusion")
    asked = [{**h1, "id": name, "outcome": f"judged_{name}", "primary": name == names[0]} for name in names]
    planned = design(judge="stub", judge_samples=2, factors={"lang": ["en", "zh"]}, hypotheses=asked)
    assert unreliable_now(planned, LIBRARY, tmp_path) == {"judged_trust", "judged_inclusion"}, "nobody was measured"

    def standings(_: Path, scores: Any, __: Any, lang: str) -> dict[str, SimpleNamespace]:
        known = {"trust": True, "inclusion": lang == "en"}
        return {
            score.criterion: SimpleNamespace(reliable=known[score.criterion])
            for score in scores
            if score.criterion in known
        }

    monkeypatch.setattr(judges, "standings_of", standings)
    assert unreliable_now(planned, LIBRARY, tmp_path) == {"judged_inclusion"}, "before it is played, likewise"
    with serving(SteadyModel("propose")) as url, begun(tmp_path / "s.sqlite", chosen) as store:
        play(store, url)
        assert reliable_outcomes(store, LIBRARY, tmp_path) == {"judged_trust"}
        assert judged_in(store)[0] == {}
