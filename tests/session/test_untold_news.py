"""News of a case stands in minutes, pulses and judges' prompts where the room was told of it, and nowhere otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.content.language import Lang
from sandbox.record.payloads import OrderKind
from sandbox.scoring.outcome import outcome_of
from sandbox.session.pulses import pulse_call
from tests.content.folders import LIBRARY
from tests.session.desk import Desk, Script, folded, rules_spec, run
from tests.session.support import new_folder, of_kind
from tests.session.test_cards_alone import played, spec

STAGE = "public_engagement"


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("governance", ["command", "joint_production"])
@pytest.mark.parametrize("turns", [4, 5])
def test_news_that_is_due_after_the_last_line_was_told_to_nobody(
    tmp_path: Path, lang: Lang, governance: str, turns: int
) -> None:
    folder, session = played(tmp_path / "s", spec(governance=governance, stages=(STAGE,), turns=turns, lang=lang))
    (inject,) = (each for each in LIBRARY.scenario("clean_up").injects if each.stage == STAGE)
    told = any(event.kind == "inject" for event in folder.read())
    assert told == (turns > inject.turn)
    game, state = session.game, session.state
    read = [minutes["text"] for minutes in state["minutes"]]
    read += [str(pulse_call(game, state, seat, STAGE).messages[-1]["content"]) for seat in game.present(STAGE)]
    read.append(" ".join(news["text"] for news in outcome_of(session)["news"]))
    text = "".join(inject.text.get(lang).split())
    assert {text in "".join(each.split()) for each in read} == {told}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("order", ["end", "vote"])
async def test_news_that_came_before_the_facilitator_ended_the_discussion_stands_in_the_minutes(
    tmp_path: Path, lang: Lang, order: OrderKind
) -> None:
    spec = rules_spec(stages=(STAGE,), lang=lang)
    (inject,) = (each for each in LIBRARY.scenario(spec.scenario).injects if each.stage == STAGE)
    folder = new_folder(tmp_path, "one")
    script: Script = {f"line:L{inject.turn:03}": [(order, {})]}
    session = await run(folder, spec, Desk(script))
    assert [each["id"] for each in of_kind(folder, "inject")] == [inject.id]
    text = "".join(inject.text.get(lang).split())
    assert text in "".join(session.state["minutes"][-1]["text"].split())
    assert [news["text"] for news in outcome_of(session)["news"]] == [inject.text.get(lang)]
    assert folded(folder, spec).state == session.state
