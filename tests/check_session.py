"""Checks a real session's files: ``python -m tests.check_session RUNS`` (the newest session in the folder)."""

from __future__ import annotations

import json
import re
import sys
from itertools import chain
from pathlib import Path

from sandbox.content.library import Library
from sandbox.record.folder import SessionFolder
from sandbox.scoring.audit.playing import play_measures
from sandbox.scoring.judge import verify_quote
from sandbox.session.opening import open_session


def check(runs: Path) -> dict[str, object]:
    """Return figures of the newest session, after checking that it is whole.

    Raises:
        AssertionError: something is missing or does not fit.
    """
    folder = SessionFolder.find(runs, "last")
    session = open_session(folder, Library.load())
    game, events, lines = session.game, session.events, session.lines
    assert events[0].kind == "session"
    assert events[-1].kind == "close"
    assert [event.payload["id"] for event in events if event.kind == "stage"] == [stage.id for stage in game.stages]
    assert len(lines) >= 4 * len(game.stages)
    for line in lines:
        assert line["says"].strip()
        assert line["act"] in game.acts(line["seat"])
    assert session.decisions, "no decision was taken"
    card = json.loads(folder.scores.read_text(encoding="utf-8"))
    scores = card["scores"]
    told = [*(score["criterion"] for score in scores), *chain.from_iterable(card["not_judged"].values())]
    assert sorted(told) == sorted(one.id for one in game.rubric.criteria)
    for score in scores:
        assert score["status"] in ("supported", "unsupported", "cannot_tell", "failed")
        assert (score["level"] is not None) == (score["status"] in ("supported", "unsupported"))
        if score["status"] == "supported":
            for quoted in (score, *score.get("also", ())):
                assert verify_quote(quoted["quote"], quoted["turn"], lines)
    page = folder.report.read_text(encoding="utf-8")
    assert all(f'id="{line["id"]}"' in page for line in lines)
    assert not re.search(r"(?:src|href)=[\"']https?:", page), "the report is not self-contained"
    assert folder.transcript.read_text(encoding="utf-8").count("\n") > len(lines)
    found = play_measures(session)
    assert found["assistant_talk"] == 0
    assert found["duplicates"] == 0
    seconds = events[-1].at - events[0].at
    return {"session": folder.id, "seconds": round(seconds), "levels": [score["level"] for score in scores], **found}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(check(Path(sys.argv[1]))) + "\n")
