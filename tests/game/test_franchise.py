"""Who has a vote, how many carry a motion and whose vote stops it, held against what the rules count."""

from __future__ import annotations

from itertools import product

import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.game.game import Game
from sandbox.game.motions.franchise import franchise, right_of
from sandbox.game.rules import carried
from sandbox.report.voting_words import carries_text
from tests.content.folders import LIBRARY
from tests.session.desk import rules_spec

STAGE = "public_engagement"
RULES = [
    ("joint_production", ()), ("one_core_multiple_actors", ()), ("three_social_interaction", ()),
    ("government_community_interaction", ()), ("joint_production", ("aggregation.veto=official",)),
    ("joint_production", ("aggregation.veto=overseer",)), ("joint_production", ("aggregation.quorum=9",)),
    ("joint_production", ("aggregation.share=2/3", "aggregation.of=voters")),
    ("one_core_multiple_actors", ("aggregation.share=3/4", "aggregation.quorum=2/3")),
]  # fmt: skip


def game_of(governance: str, changes: tuple[str, ...], lang: Lang = "en") -> Game:
    return Game(
        rules_spec(scenario="clean_up", governance=governance, changes=changes, stages=(STAGE,), lang=lang), LIBRARY
    )


def test_so_many_votes_carry_a_motion_and_these_seats_stop_it() -> None:
    for governance, changes in RULES:
        game = game_of(governance, changes)
        how, asked = franchise(game, STAGE), game.voters(STAGE)
        due = game.governance.rules.aggregation.due(len(how.votes))
        for way in product((True, False), repeat=len(asked)):
            votes = dict(zip(asked, way, strict=True))
            stopped = any(not votes[seat] for seat in how.stop)
            enough = sum(votes[seat] for seat in how.votes) >= how.carry and len(how.votes) >= due
            assert carried(game.governance, game.positions, votes) == (enough and not stopped)


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        (
            "en",
            "7 may vote: more than half of the votes cast carry it (4 if all vote); at least 3 must vote.",
        ),
        ("zh", "7人有票，投出的票里过半就通过（都投要4票）；至少投出3票才算数。"),
    ],
)
def test_the_rule_is_told_so_that_it_holds_whoever_does_not_vote(lang: Lang, told: str) -> None:
    game = game_of("joint_production", (), lang)
    assert carries_text(game, STAGE) == told
    seats = game.voters(STAGE)
    for yes, no, holds in ((2, 1, True), (2, 0, False), (2, 2, False), (4, 3, True)):
        votes = dict(zip(seats, [True] * yes + [False] * no, strict=False))
        assert carried(game.governance, game.positions, votes, seats[len(votes) :]) is holds


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_a_seat_has_is_told_from_the_rules(lang: Lang) -> None:
    core = game_of("one_core_multiple_actors", (), lang)
    assert right_of(core, "community_secretary") == "votes_and_stops"
    assert right_of(core, "street_director") == "none"
    text, how = carries_text(core, STAGE), franchise(core, STAGE)
    assert str(len(how.votes)) in text
    assert str(how.carry) in text
    assert {"en": "community Party organisation", "zh": "由社区党组织把关，投反对票就通不过"}[lang] in text
    alone = game_of("command", (), lang)
    assert right_of(alone, alone.chair) == "decides"
    assert {right_of(alone, seat) for seat in alone.personas if seat != alone.chair} == {"none"}
    assert alone.role(alone.chair) in carries_text(alone, STAGE)
    hearing = game_of("joint_production", ("aggregation.procedure=chair_after_hearing",), lang)
    assert "heard" in {right_of(hearing, seat) for seat in hearing.personas}
    assert franchise(hearing, STAGE).stop == ()
    assert {right_of(game_of("government_community_interaction", ()), seat) for seat in core.personas} >= {
        "none",
        "votes_and_stops",
    }
