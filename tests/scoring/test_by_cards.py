"""Sessions in which the cards alone speak: what a reader of their report is told of them, over all cases."""

from __future__ import annotations

from sandbox.game.game import Game
from sandbox.game.play import play
from sandbox.game.session import Session
from sandbox.game.spec import CARDS, SessionSpec
from sandbox.record.log import Log
from sandbox.scoring.audit.auditing import audit
from sandbox.scoring.audit.playing import play_measures
from sandbox.scoring.level_rules import counted_levels
from sandbox.scoring.measures import measure
from sandbox.session.points import card_turn
from tests.game.making import LIBRARY

CASES = sorted(LIBRARY.cards["scenario"])[::6]


def played(case: str) -> Session:
    game = Game(SessionSpec(scenario=case, governance="joint_production", style="directed", model=CARDS), LIBRARY)
    log = Log()
    play(game, card_turn, write=log.append)
    return Session.of(game, tuple(log))


def test_no_fault_is_found_in_that_the_cards_speak_and_levels_agree_with_measures() -> None:
    for case in CASES:
        session = played(case)
        assert session.lines
        assert play_measures(session)["card_lines"] == 0.0, "no wording was rejected"
        found = audit([session])["card_lines"]
        assert (found.status, found.reason) == ("not_measured", "no_model_lines")
        levels = counted_levels(session.game.rubric, session)
        assert [name for name, level in levels.items() if len(set(level.evidence)) != len(level.evidence)] == [], (
            "twice"
        )
        level = levels["cross_department"].level
        joined = measure("departments_joined", session)
        if level is not None:
            assert (level == 5) <= (joined == 1.0)
            assert (level >= 4) <= (joined is not None and joined > 0)
