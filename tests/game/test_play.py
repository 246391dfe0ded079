"""Rules-only mode: no session breaks an invariant, and the plain loop and the graph write the same log."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.errors import InputError
from sandbox.game.floor.agenda import next_floor
from sandbox.game.game import Game
from sandbox.game.motions.ballots import ballot
from sandbox.game.play import Choose, RandomChoice, play
from sandbox.game.rules import binding, carried, payable, vetoes
from sandbox.game.spec import SessionSpec
from sandbox.game.state import State, first_state
from sandbox.game.steps import make_line
from sandbox.record.line import Turn
from sandbox.session.context import FREE
from sandbox.session.orders import OrderBook
from sandbox.session.runner import Models, Watch
from tests.content.folders import LIBRARY
from tests.game.making import TURN
from tests.running import run_session
from tests.session.support import log_of, new_folder

SCENARIOS = sorted(LIBRARY.cards["scenario"])
MODELS = sorted(LIBRARY.cards["governance"])
STAGES = ["training", "application", "learning_tour", "public_engagement"]
CHANGES = [
    (),
    ("aggregation.procedure=chair_decides",),
    ("aggregation.procedure=consensus",),
    ("information.lines=parties",),
    ("information.minutes=present", "information.documents=author_and_chair"),
    ("floor=chair_led",),
    ("scope.decisions=none",),
    ("scope.decisions=[payer]", "scope.plans=[]"),
]


def spec_of(scenario: str, governance: str, **given: Any) -> SessionSpec:
    """Return the spec of a rules-only session."""
    return SessionSpec(scenario=scenario, governance=governance, style="rules", model="none", **given)


def played(game: Game, choose: Choose | None = None) -> tuple[State, list[dict[str, Any]]]:
    """Play a session in the plain loop; return its last state and its events."""
    events: list[dict[str, Any]] = []

    def write(kind: str, payload: dict[str, Any], stage: str, seat: str) -> None:
        events.append({"kind": kind, "stage": stage, "seat": seat, "payload": payload})

    return play(game, choose or RandomChoice(game.templates), write=write), events


def check(game: Game, state: State, events: list[dict[str, Any]]) -> None:
    """Hold a played session against the rules.

    Raises:
        AssertionError: an invariant is broken.
    """
    rules, lines = game.governance.rules, state["lines"]
    assert [line["id"] for line in lines] == [f"L{n:03d}" for n in range(1, len(lines) + 1)]
    for line in lines:
        room = game.present(line["stage"])
        assert line["seat"] in room
        assert line["act"] in (ballot(game) if line["vote"] else game.acts(line["seat"]))
        assert line["to"] == "all" or (line["to"] in room and line["to"] != line["seat"])
        assert line["seat"] in line["visible_to"]
        assert set(line["visible_to"]) <= set(room)
        for key, option in line["terms"].items():
            assert payable(game.governance, game.offered[key][option])
        if line["section"]:
            assert line["seat"] in game.drafters
            assert line["stage"] in ("application", "learning_tour")
        if line["vote"]:
            assert line["seat"] in game.voters(line["stage"])
    talk = Counter(line["stage"] for line in lines if not line["vote"] and line["act"] != "decide")
    for stage, count in talk.items():  # one more for each motion that is amended after a vote
        assert count <= game.turn_limit(LIBRARY.stage(stage)) + rules.aggregation.ballots - 1
    for decision in state["decisions"]:
        votes = decision["votes"]
        assert set(votes) <= set(game.voters(decision["stage"]))
        assert decision["terms"] == binding(game.governance, game.scenario, decision["terms"])
        assert not set(decision["unbound"]) & set(decision["terms"])
        assert set(decision["payer"]) <= set(rules.payoff.budgets)
        if decision["by"] == "body":
            assert decision["carried"] == carried(game.governance, game.positions, votes)
            assert not (decision["carried"] and vetoes(game.governance, game.positions, votes))
            assert {*votes, *decision["abstained"]} == set(game.voters(decision["stage"]))
        else:
            assert decision["by"] == game.chair
            assert rules.aggregation.procedure in ("chair_decides", "chair_after_hearing")
    assert len({one["motion"] for one in state["decisions"]}) == len(state["decisions"])
    for name in game.stage_names:
        own = [one for one in state["decisions"] if one["stage"] == name]
        assert len(own) <= rules.aggregation.ballots
        assert not any(one["carried"] for one in own[:-1])
    for round_ in state["pulses"]:
        for pulse in round_["levels"].values():
            assert {pulse["trust"], pulse["conviction"], pulse["burden"]} <= {1, 2, 3, 4, 5}
    assert len(state["pulses"]) == len(game.stages) + 1
    kinds = Counter(event["kind"] for event in events)
    assert kinds["minutes"] == kinds["stage"] == len(game.stages)
    assert kinds["line"] == len(lines)
    assert kinds["close"] == kinds["session"] == 1
    for event in events:
        if event["kind"] == "plan":
            assert event["seat"] in game.drafters
        elif event["kind"] == "inject":
            assert set(event["payload"]["to"]) <= set(game.present(event["stage"]))


def fitting(governance: str, changes: tuple[str, ...]) -> tuple[str, ...]:
    """Return changes as they fit a model: a consensus needs somebody who votes, which the baseline has not."""
    return () if governance == "command" and "consensus" in str(changes) else changes


def some_game(number: int) -> Game:
    """Return the game of a number: every scenario under every model with every change comes up in turn."""
    rng = random.Random(number)
    scenario, governance = list(product(SCENARIOS, MODELS))[number % (len(SCENARIOS) * len(MODELS))]
    changes = fitting(governance, CHANGES[(number // 75) % len(CHANGES)])
    turns = rng.choice([None, 3, 8, 12])
    return Game(spec_of(scenario, governance, seed=number, turns=turns, changes=changes), LIBRARY)


def test_every_scenario_plays() -> None:
    for place, scenario in enumerate(SCENARIOS):
        game = Game(spec_of(scenario, MODELS[place % len(MODELS)], lang="zh"), LIBRARY)
        state, events = played(game)
        check(game, state, events)
        assert {line["stage"] for line in state["lines"]} == set(STAGES)


def test_sessions_under_every_change_break_no_rule() -> None:
    for number in range(0, 10_000, 397):  # prime: all cases and models come up
        game = some_game(number)
        check(game, *played(game))


@pytest.mark.fuzz
@pytest.mark.parametrize("first", [0, *(pytest.param(each, marks=pytest.mark.long) for each in range(1, 12))])
def test_ten_thousand_sessions_break_no_rule(first: int) -> None:
    for number in range(first, 10_000, 12):
        game = some_game(number)
        check(game, *played(game))


class ByNumbers:
    """Chooses by a list of numbers: each picks one of the acts, addressees and options that are open."""

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = numbers

    def __call__(self, game: Game, state: State) -> Turn:
        """Return the turn of a place; it depends on the place alone."""
        floor = state["floor"]
        assert floor is not None
        number = self.numbers[len(state["lines"]) % len(self.numbers)]
        act = floor["acts"][number % len(floor["acts"])]
        to = [*(seat for seat in game.present(game.stages[state["stage"]].id) if seat != floor["seat"]), "all"]
        terms = {}
        if act in ("propose", "promise", "decide"):
            terms = {key: list(options)[number % len(options)] for key, options in game.offered.items()}
        return {"act": act, "to": to[number % len(to)], "says": f"words {number}", "terms": terms, "section": "",
                "task": "", "about": "", "text": "", "condition": "", "appends": False, "aside": False,
                "replaces": "", "promises": ""}  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(
    scenario=st.sampled_from(SCENARIOS),
    governance=st.sampled_from(MODELS),
    changes=st.sampled_from(CHANGES),
    stages=st.lists(st.sampled_from(STAGES), min_size=1, max_size=3, unique=True),
    turns=st.integers(1, 9),
    seed=st.integers(0, 1000),
    numbers=st.lists(st.integers(0, 60), min_size=1, max_size=9),
)
def test_the_plain_loop_and_the_graph_write_the_same_log(
    scenario: str, governance: str, changes: tuple[str, ...], stages: list[str], turns: int, seed: int,
    numbers: list[int],
) -> None:  # fmt: skip
    changes = fitting(governance, changes)
    spec = spec_of(scenario, governance, changes=changes, stages=tuple(stages), turns=turns, seed=seed)
    choose = ByNumbers(numbers)
    _, expected = played(Game(spec, LIBRARY), choose)
    models = Models(None, (), FREE, choose=choose)
    with tempfile.TemporaryDirectory() as parent:
        logs = []
        for name, watch in (("loop", Watch()), ("graph", Watch(orders=OrderBook()))):
            folder = new_folder(Path(parent), name)
            asyncio.run(run_session(folder, spec, LIBRARY, models, watch))
            logs.append(log_of(folder))
    loop, graph = logs
    assert loop == graph
    events = [event for event in graph if event["kind"] not in ("score", "assessment")]
    for event in events:
        del event["seq"]
    expected[0]["payload"].pop("session")
    assert events == _plain(expected)


def _plain(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    import json

    plain: list[dict[str, Any]] = json.loads(json.dumps(events))
    return plain


def test_the_same_seed_gives_the_same_session_and_another_seed_another() -> None:
    logs = [played(Game(spec_of("clean_up", "joint_production", seed=seed), LIBRARY))[1] for seed in (3, 3, 4)]
    assert logs[0] == logs[1]
    assert logs[0][1:] != logs[2][1:]


def test_only_the_governance_changes_seats_acts_procedure_and_payer() -> None:
    found = {}
    for governance in MODELS:
        game = Game(spec_of("clean_up", governance, seed=1), LIBRARY)
        _, events = played(game)
        opening = events[0]["payload"]
        rules = opening["rules"]
        trained = next(event["payload"]["present"] for event in events if event["kind"] == "stage")
        found[governance] = {
            "seats": tuple(trained),
            "acts": tuple((seat, tuple(one["acts"])) for seat, one in opening["seats"].items()),
            "procedure": str({key: rules["aggregation"][key] for key in ("procedure", "voters", "veto", "chair")}),
            "payer": str(rules["payoff"]["budgets"]),
        }
    assert len({one["acts"] for one in found.values()}) == 5
    assert len({one["procedure"] for one in found.values()}) == 5
    assert len({one["payer"] for one in found.values()}) == 5
    assert len({one["seats"] for one in found.values()}) >= 3


def test_a_turn_that_the_rules_forbid_is_refused_whoever_thinks_of_it() -> None:
    game = Game(spec_of("four_oclock_school", "command"), LIBRARY)
    state: State = {**first_state(game), "stage": 3}
    state = {**state, **next_floor(game, state)}
    floor = state["floor"]
    assert floor is not None
    tenant: State = {
        **state, "floor": {**floor, "seat": "migrant_tenant", "acts": list(game.acts("migrant_tenant"))}
    }  # fmt: skip
    assert make_line(game, tenant, TURN, "rules")["act"] == "inform"
    forbidden: list[tuple[dict[str, Any], str]] = [
        ({"act": "propose"}, "act: 'propose' is not open to you now; allowed: inform, ask, answer"),
        ({"act": "decide"}, "act: 'decide'"),
        ({"to": "migrant_tenant"}, "to: 'migrant_tenant'"),
        ({"to": "nobody"}, "to: 'nobody'"),
        ({"terms": {"payer": "parents"}}, "terms: payer=parents is not an option under the rules; allowed: district"),
        ({"terms": {"roof": "red"}}, "terms: roof=red"),
        ({"section": "money"}, "section: 'money' cannot be rewritten now"),
        ({"task": "poem"}, "task: 'poem' does not exist; allowed: attendance_form"),
    ]
    for change, message in forbidden:
        with pytest.raises(InputError, match=message):
            make_line(game, tenant, {**TURN, **change}, "rules")  # type: ignore[typeddict-item]


def test_a_hearing_asks_everyone_and_the_chair_still_decides() -> None:
    changes = ("aggregation.procedure=chair_after_hearing", "choice.chair.acts=[inform, propose, decide]")
    spec = spec_of("four_oclock_school", "joint_production", changes=changes, stages=("public_engagement",), seed=5)
    decided = 0
    for seed in range(20):
        game = Game(spec.model_copy(update={"seed": seed}), LIBRARY)
        state, _ = played(game)
        for decision in state["decisions"]:
            assert decision["by"] == "teacher_volunteer"
            if decision["votes"]:
                assert set(decision["votes"]) == set(game.present("public_engagement")) - {"teacher_volunteer"}
                decided += 1
    assert decided > 5


def test_a_veto_stops_what_a_majority_wants_and_its_loss_lets_it_pass() -> None:
    class AllButTheChair:
        def __call__(self, game: Game, state: State) -> Turn:
            floor = state["floor"]
            assert floor is not None
            act = "propose" if "propose" in floor["acts"] else floor["acts"][0]
            if floor["phase"] == "decision":
                act = "object" if floor["seat"] == game.chair else "support"
            terms = {key: next(iter(options)) for key, options in game.offered.items()} if act == "propose" else {}
            return {
                "act": act,
                "to": "all",
                "says": "x",
                "terms": terms,
                "section": "",
                "task": "",
                "about": "",
                "text": "",
                "condition": "",
                "appends": False,
                "aside": False,
                "replaces": "",
                "promises": "",
            }

    found = {}
    for changes in ((), ("aggregation.veto=[]",)):
        spec = spec_of("four_oclock_school", "one_core_multiple_actors", changes=changes)
        state, events = played(Game(spec, LIBRARY), AllButTheChair())
        decision = state["decisions"][0]
        found[changes] = decision
        assert events[0]["payload"]["rules"]["aggregation"]["source"] == ("set" if changes else "inferred")
    stopped, passed = found.values()
    assert (stopped["carried"], stopped["vetoed_by"]) == (False, ["village_cadre"])
    assert (passed["carried"], passed["vetoed_by"]) == (True, [])
    assert stopped["votes"] == passed["votes"]
