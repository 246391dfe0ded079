"""What a stage leaves open is told once: by its last decision, and not by a motion that was lost before it."""

from __future__ import annotations

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.session import Session
from sandbox.game.state import State
from sandbox.report.endings import why_undecided
from sandbox.report.read_decision import read_decision
from sandbox.report.reading import Reading
from sandbox.report.rule_words import model_told
from tests.game.making import LIBRARY
from tests.session.support import spec_of


def test_a_lost_motion_leaves_nothing_open_where_another_was_put() -> None:
    lang: Lang = "zh"
    game = Game(spec_of(lang=lang, style="rules", model="none", stages=("public_engagement",)), LIBRARY)
    choose = RandomChoice(game.templates)
    states = (play(game.twin(seed=seed), choose) for seed in range(60))
    twice = [state for state in states if len(state["decisions"]) == 2]
    assert twice, "some of these meetings vote twice"
    for state in twice:
        reading = Reading(Session(game, state))
        lost, last = (read_decision(reading, decision) for decision in reading.decisions)
        settled = {question for question, _ in last.terms} if reading.decisions[-1]["carried"] else set()
        assert lost.left_open == ()
        alone: State = {**state, "decisions": state["decisions"][:1]}
        for stage, known in ((0, False), (state["stage"], True)):  # a wall shows the course before the other is put
            fell = read_decision(Reading(Session(game, {**alone, "stage": stage})), alone["decisions"][0])
            assert bool(fell.left_open) == known
        assert set(last.left_open).isdisjoint(settled)
        unbound = {*reading.decisions[-1]["unbound"]} if reading.decisions[-1]["carried"] else set()
        asked = [each for each in game.scenario.decisions if each.id not in unbound]
        assert set(last.left_open) == {each.question.get(lang) for each in asked} - settled, "as the minutes list them"


def test_where_one_vote_against_stops_a_motion_that_is_why_and_the_model_says_that_a_rule_was_changed() -> None:
    lang: Lang = "zh"
    changes = ("aggregation.procedure=consensus",)
    spec = spec_of(lang=lang, style="rules", model="none", stages=("public_engagement",), changes=changes)
    game = Game(spec, LIBRARY)
    choose = RandomChoice(game.templates)
    sessions = (Session(game, play(game.twin(seed=seed), choose)) for seed in range(40))
    fell = next(each for each in sessions if each.decisions and not any(x["carried"] for x in each.decisions))
    movers = {item.line: game.name(item.owner) for item in fell.entries("proposal")}
    against = {each["motion"]: sum(not vote for vote in each["votes"].values()) for each in fell.decisions}
    assert len(against) == 2
    told = "；".join(
        f"{movers[line]}的提案（{line}）：{no}票反对，按规则一票反对即不通过" for line, no in against.items()
    )
    assert why_undecided(fell, game.words) == f"原因：{told}。"
    assert model_told(game) == "共同缔造（改：一票反对即不通过）"
