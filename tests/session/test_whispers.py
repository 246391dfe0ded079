"""The facilitator's advice to one seat: its persona follows it, and nobody else ever knows of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.game.fold import Fold
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.game.view import seat_view, sees
from sandbox.record.folder import SessionFolder
from sandbox.session.points import card_turn
from tests.content.folders import LIBRARY
from tests.session.desk import SEATS, Desk, Script, everything_in, lines_of, rules_spec, run
from tests.session.support import (
    SteadyModel,
    new_folder,
    of_kind,
    play,
    serving,
    spec_of,
    text_of,
)

SPEC = rules_spec()
SECRET = "canary: the parents would accept two yuan"


def _nobody_else_knows(folder: SessionFolder, spec: SessionSpec, seat: str) -> None:
    game = Game(spec, LIBRARY)
    fold, others = Fold(game), set(SEATS) - {seat}
    for event in folder.read():
        fold.add(event)
        if event.kind == "line":
            assert not any(SECRET in everything_in(seat_view(game, fold.state, other)) for other in others)
        if SECRET in str(event.payload):
            assert event.kind in ("order", "call")
            assert [one for one in (*SEATS, None) if sees(game, one, event)] == [seat] * (event.kind == "order")
        elif event.kind == "direction":
            assert not any(sees(game, one, event) for one in (*SEATS, None)), "nobody learns that there was advice"


@pytest.mark.parametrize(("style", "faulty"), [("free", False), ("directed", True)], ids=["worded", "never-worded"])
async def test_a_persona_does_what_is_whispered_to_it_and_nobody_else_knows(
    tmp_path: Path, style: str, faulty: bool
) -> None:
    class Discreet(SteadyModel):
        def answer(self, body: dict[str, Any]) -> dict[str, Any]:
            if SECRET not in text_of(body):
                return super().answer(body)
            says = (
                "As an AI language model, I object." if faulty else "Two yuan, and the parents would accept: I object."
            )
            acts = body["response_format"]["json_schema"]["schema"]["properties"]["act"]["enum"]
            return {"act": "object" if "object" in acts else acts[0], "to": "all", "says": says}

    spec = spec_of(style=style, stages=("training",), turns=9)
    desk = Desk({"line:L001": [("whisper", {"seat": "ngo_director", "text": SECRET, "act": "object"})]})
    model, folder = Discreet("inform"), new_folder(tmp_path, "one")
    with serving(model) as url:
        await play(folder, spec, url, desk.watch(), judge=False)
    line = next(one for one in lines_of(folder)[1:] if one["seat"] == "ngo_director")
    assert line["act"] == "object"
    assert "I object" in line["says"]
    if style == "directed":
        assert line["id"] == "L002", "a persona with advice is given the floor"
    asked = [body for body in model.requests if SECRET in text_of(body)]
    assert len(asked) == 1 + len(of_kind(folder, "call")) - len(lines_of(folder)), "advice is used up by one line"
    _nobody_else_knows(folder, spec, "ngo_director")


async def test_a_whispered_act_is_taken_where_no_model_speaks(tmp_path: Path) -> None:
    for act in ("object", "promise"):
        folder = new_folder(tmp_path, act)
        order = {"seat": "local_parent", "text": SECRET, "act": act}
        await run(folder, SPEC, Desk({"line:L001": [("whisper", order)]}))
        assert next(one["act"] for one in lines_of(folder)[1:] if one["seat"] == "local_parent") == act
    _nobody_else_knows(folder, SPEC, "local_parent")


@pytest.mark.parametrize("player", ["rules", "cards"])
async def test_what_was_whispered_to_a_person_is_not_spoken_by_the_persona_that_takes_over(
    tmp_path: Path, player: str
) -> None:
    """A turn's time runs out: the persona speaks for the person, but not what the person alone was to read."""
    own = {"style": "directed", "model": "cards"} if player == "cards" else {}
    spec = rules_spec(**own, persons=("local_parent",))
    whisper = {"seat": "local_parent", "text": SECRET}
    script: Script = {"line:L001": [("whisper", whisper), ("seat", {"seat": "local_parent", "by": "persona"})]}
    folder = new_folder(tmp_path, "one")
    await run(folder, spec, Desk(script), **({"choose": card_turn} if player == "cards" else {}))
    assert any(one["seat"] == "local_parent" and one["origin"] != "person" for one in lines_of(folder))
    assert not [one["says"] for one in lines_of(folder) if SECRET in one["says"]]

    later: Script = {"line:L001": [("seat", {"seat": "local_parent", "by": "persona"}), ("whisper", whisper)]}
    folder = new_folder(tmp_path, "two")
    await run(folder, spec, Desk(later), **({"choose": card_turn} if player == "cards" else {}))
    if player == "cards":
        assert [one["seat"] for one in lines_of(folder) if SECRET in one["says"]] == ["local_parent"]


async def test_a_person_reads_what_is_whispered_until_they_have_spoken(tmp_path: Path) -> None:
    spec = rules_spec(persons=("mayor", "local_parent"))
    script: Script = {"line:L001": [("whisper", {"seat": "local_parent", "text": SECRET})]}
    folder, desk = new_folder(tmp_path, "one"), Desk(script)
    await run(folder, spec, desk)
    views = [view for view in desk.asked if view.seat == "local_parent"]
    assert [one["text"] for one in views[0].whispers if one["open"]] == [SECRET]
    assert len(views) > 1
    assert not any(one["open"] for one in views[1].whispers)
    assert SECRET in str([everything_in(view) for view in views])
    assert SECRET not in str([everything_in(view) for view in desk.asked if view.seat == "mayor"])
    _nobody_else_knows(folder, spec, "local_parent")
