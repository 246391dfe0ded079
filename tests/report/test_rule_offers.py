"""Rules in words: what differs between two sets of rules, and which other values are offered."""

from __future__ import annotations

import re
from functools import cache
from itertools import cycle
from typing import Any

import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.errors import InputError
from sandbox.experiment.planning.crossed import RuleSpace
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.spec import SessionSpec
from sandbox.report.rule_offers import RuleOffer, rule_offers, under
from sandbox.report.rule_words import RuleWords, changed_rules, rule_values
from tests.game.making import LIBRARY

MODELS = tuple(LIBRARY.cards["governance"])
PAIRS: list[tuple[str, Lang]] = [*zip(MODELS, cycle(LANGUAGES), strict=False)]


def _game(governance: str = "joint_production", lang: Lang = "en", **fields: Any) -> Game:
    wanted = {"scenario": "four_oclock_school", "style": "rules", "model": "none", **fields}
    return Game(SessionSpec(governance=governance, lang=lang, **wanted), LIBRARY)


@cache
def _offers(governance: str = "joint_production", lang: Lang = "en", stage: int = 0) -> dict[str, RuleOffer]:
    offers = rule_offers(_game(governance, lang), stage)
    assert len({offer.path for offer in offers}) == len(offers)
    return {offer.path: offer for offer in offers}


def test_every_value_that_is_offered_holds_and_changes_the_rule_it_names() -> None:
    for governance, lang in PAIRS[:2]:
        game, offers = _game(governance, lang), _offers(governance, lang)
        assert len(offers) > 12
        for offer in offers.values():
            assert offer.name
            assert offer.now
            assert 1 <= len(offer.values) <= 5 or offer.together
            assert len({value.does for value in offer.values}) == len(offer.values)
            for value in offer.values:
                changed = {rule.path: rule for rule in changed_rules(game, under(game, value.changes))}
                assert offer.path in changed
                assert changed[offer.path].was == offer.now
                assert changed[offer.path].now not in ("", offer.now)
                assert len(changed) == len(value.changes)
                assert not re.search(r"[{}_]", value.does + offer.now + offer.name), "words, and no ids"


def test_what_the_models_differ_in_is_offered() -> None:
    kinds = {rule.path.partition(".")[0] if rule.path.startswith(("choice", "boundary")) else rule.path
             for rule in RuleSpace(MODELS, LIBRARY, ["four_oclock_school"]).rules}  # fmt: skip
    known: set[str] = set()
    for model, lang in PAIRS:
        known |= {part for path in _offers(model, lang) for part in (path, path.partition(".")[0])}
    assert kinds - known == {"chair", "payoff.budgets", "payoff.hierarchical", "payoff.horizontal"}, "known to be left"


def test_offers_say_what_they_would_do() -> None:
    game = _game()
    veto = _offers()["aggregation.veto"]
    assert veto.now == "nobody"
    assert veto.values[0].does == (
        "With a veto: resident of the consultation hall (Zheng Hui, Luo Mei). A vote against from there stops a motion."
    )
    assert [value for value in veto.values if "chair" in value.changes[0]], "the chair as well, who stands last"
    both = veto.chosen([veto.values[0], veto.values[-1]], " ")
    assert set(under(game, both.changes).governance.rules.aggregation.veto) == {"resident", "chair"}
    assert both.does == f"{veto.values[0].does} {veto.values[-1].does}"
    party = _offers("one_core_multiple_actors")["aggregation.veto"]
    nobody, *others = party.values
    core = _game("one_core_multiple_actors")
    had = core.governance.rules.aggregation.veto
    for chosen, kept in (([nobody, others[0]], False), (others[:2], True)):
        now = under(core, party.chosen(chosen, " ").changes).governance.rules.aggregation.veto
        assert (set(had) <= set(now)) == kept
        assert len(now) == 1 + kept * (len(had) + 1)
    chair = _offers()["aggregation.procedure"].values[0]
    decided = under(game, chair.changes)
    assert "decide" in decided.acts(decided.chair)
    assert decided.governance.rules.aggregation.procedure == "chair_decides"
    majority = next(value for value in _offers("command")["aggregation.procedure"].values if "half" in value.does)
    assert under(_game("command"), majority.changes).voters("public_engagement")
    zh = _offers(*PAIRS[1])["information.asides"].values[0]
    assert zh.does == "可以对一个人说句别人听不到的话。"


def test_a_game_is_played_to_its_end_with_any_value() -> None:
    game = _game(turns=4)
    for offer in _offers().values():
        for value in offer.values[::3]:
            changed = under(game, value.changes)
            assert play(changed, RandomChoice(changed.templates))["lines"]


def test_rules_that_can_do_nothing_any_more_are_not_offered() -> None:
    first, last = set(_offers()), set(_offers(stage=3))
    assert first - last == {
        "scope.plans", "boundary.application", "boundary.learning_tour", "boundary.public_engagement",
    }  # fmt: skip
    assert last < first
    later = _offers()["boundary.public_engagement"].values
    assert any("No longer in the room" in value.does for value in later)
    now = _offers("command")["boundary.training"].values
    assert all("Also in the room" in value.does for value in now), "nobody is sent out in the midst"
    talking = {offer.path for offer in rule_offers(_game(stages=("training",)))}
    assert not any(path.startswith("aggregation") for path in talking)


def test_what_differs_between_two_models_is_told_in_words() -> None:
    command, joint = _game("command"), _game()
    changes = {rule.path: rule for rule in changed_rules(command, joint)}
    assert changes["aggregation.procedure"].was == "the chair alone"
    assert changes["aggregation.procedure"].now == "a majority of the votes cast"
    assert changes["floor"].name == "Who gets the floor"
    assert changed_rules(joint, joint) == ()
    words = RuleWords(joint)
    for path in rule_values(joint.governance.rules):
        assert words.name(path)
        assert words.value(path)
    assert words.value("aggregation.none") == ""


def test_a_change_that_does_not_fit_says_why() -> None:
    with pytest.raises(InputError, match=r"'aggregation\.quorom' is not a field of the rules"):
        under(_game(), ("aggregation.quorom=3",))
