"""A pulse that a model is asked for reads minutes and what its seat said and was told, not all that was said."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from sandbox.content.language import Lang
from sandbox.game.language.questions import called
from sandbox.session.runner import Watch
from tests.content.folders import LIBRARY
from tests.running import run_session
from tests.session.support import (
    SteadyModel,
    models_at,
    new_folder,
    serving,
    spec_of,
    text_of,
)

_YOU = {"en": "You are ", "zh": "你是"}
AGENT = "grid_master"
_HEADING = {"en": "what you said there, and what was said to you", "zh": "你说的，别人对你说的"}


async def test_a_pulse_reads_minutes_and_what_concerns_its_seat(tmp_path: Path) -> None:
    lang: Lang = "zh"
    model = SteadyModel("propose")
    spec = spec_of(stages=("training", "public_engagement"), turns=6, lang=lang)
    spec = spec.model_copy(update={"agents": {AGENT: "mine"}})
    with serving(model) as url:
        models = replace(models_at(url, judge=False), agents={AGENT: lambda view: view.turn(view.acts[0], "Well.")})
        models = replace(models, profile=replace(models.profile, asks_pulse=True))
        played = run_session(new_folder(tmp_path, "asked"), spec, LIBRARY, models, Watch())
        session = await models.endpoints.during(played)
    game, room = session.game, [seat for seat in session.game.present("public_engagement") if seat != AGENT]
    by = {event.seat: event.payload["origin"] for event in session.events if event.kind == "pulse"}
    assert {by[seat] for seat in room} == {"model"}
    assert by[AGENT] == "rules", "no model answers for an agent"
    asked = [text for body in model.requests if re.search("trust[:：]", text := text_of(body))][-len(room) :]
    assert len(asked) == len(room)
    for seat in room:
        text = next(text for text in asked if f"{_YOU[lang]}{game.name(seat)}" in text)
        shown = set(re.findall(r"^(L\d+) ", text.split(_HEADING[lang])[1], re.MULTILINE))
        lines = [line for line in session.lines if line["stage"] == "public_engagement"]
        own = [line["id"] for line in lines if seat in (line["seat"], line["to"], called(game, line, [seat]))]
        assert shown == {*own[-12:]}
        assert shown < {line["id"] for line in lines}, "others' words are left to the minutes"
        minuted = text.split(_HEADING[lang])[0]
        assert all(stage.name.get(lang) in minuted for stage in game.stages), "which tell of this meeting too"
        assert session.decisions[-1]["motion"] in minuted
        words = {line["id"]: line["says"] for line in lines if line["id"] in shown}
        twice = [row for row in minuted.splitlines() for key, says in words.items() if key in row and says in row]
        assert not twice, "what stands below is told in minutes without its words"
        assert "没写原话的，原话在下面" in minuted, "and the heading says so"
