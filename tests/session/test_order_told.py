"""Whoever decides is told in which order motions are put, as the rules have it."""

from __future__ import annotations

import pytest

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.state import Floor, first_state
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY
from tests.session.support import spec_of

STAGE = "public_engagement"
TOLD: dict[Lang, dict[str, str]] = {
    "en": {
        "open": "then that with fewest voters against it (who has put another aside), then the earlier.",
        "first_made": "2 motions are put at most, the earliest first.",
        "last_made": "2 motions are put at most, the latest first.",
    },
    "zh": {
        "open": "表决的人里支持最多的先表决，一样多的反对少的在先（另提了的不算），再看先后。",
        "first_made": "最多表决2个提案，先提的先表决。",
        "last_made": "最多表决2个提案，后提的先表决。",
    },
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("order", ["open", "first_made", "last_made"])
def test_the_order_of_motions_is_told_as_the_rules_have_it(lang: Lang, order: str) -> None:
    spec = spec_of(style="free", lang=lang, stages=(STAGE,), changes=(f"aggregation.order={order}",))
    game = Game(spec, LIBRARY)
    acts = list(game.speech("mayor"))
    floor: Floor = {"seat": "mayor", "why": "quiet", "acts": acts, "point": "", "phase": "discussion"}
    text = turn_messages(game, {**first_state(game), "floor": floor}, floor, None)[-1]["content"]
    assert TOLD[lang][order] in text
