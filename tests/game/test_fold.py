"""The fold knows after every event what the run knows, and reads a long session in one pass."""

from __future__ import annotations

import copy
import json
import random
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.cards import ACTS
from sandbox.errors import InputError
from sandbox.game import fold as folding
from sandbox.game.floor.agenda import next_floor
from sandbox.game.fold import Fold, upto
from sandbox.game.game import Game
from sandbox.game.ledger.ledger import ledger
from sandbox.game.play import RandomChoice, play
from sandbox.game.spec import SessionSpec
from sandbox.game.state import State, Update
from sandbox.record.events import Event, EventKind
from sandbox.record.line import Turn
from sandbox.record.payloads import OrderKind
from tests.content.folders import LIBRARY
from tests.session.desk import TEMPLATES, Desk, StoppedError, folded, rules_spec, run
from tests.session.support import new_folder

SCENARIOS = sorted(LIBRARY.cards["scenario"])
MODELS = sorted(LIBRARY.cards["governance"])


def _event(seq: int, kind: EventKind, payload: dict[str, Any], stage: str, seat: str) -> Event:
    """Return an event as it comes back from a file."""
    return Event(seq, float(seq), kind, stage, seat, json.loads(json.dumps(payload)))


def _played(game: Game, *folds: Fold) -> tuple[State, list[Event]]:
    """Play a session in the plain loop, hold the folds against each of its states, and return what it wrote."""
    events: list[Event] = []
    random_choice = RandomChoice(TEMPLATES[game.spec.lang])

    def choose(game: Game, state: State) -> Turn:
        for fold in folds:
            assert fold.state == state
        return random_choice(game, state)

    def write(kind: EventKind, payload: dict[str, Any], stage: str, seat: str) -> None:
        events.append(_event(len(events) + 1, kind, payload, stage, seat))
        for fold in folds:
            fold.add(events[-1])

    return play(game, choose, write=write), events


def test_the_state_is_that_of_the_run_before_every_line() -> None:
    for governance in MODELS:
        for number, scenario in enumerate(SCENARIOS):
            if (number + MODELS.index(governance)) % len(MODELS):  # each scenario under one of the models
                continue
            turns = (None, 5, 9)[number % 3]
            spec = rules_spec(scenario=scenario, governance=governance, stages=(), turns=turns, seed=number)
            game = Game(spec, LIBRARY)
            fold = Fold(game)
            assert not fold.begun
            state, events = _played(game, fold)
            assert fold.state == state
            assert fold.begun
            assert fold.over
            assert fold.finished
            assert len(state["minutes"]) == len(game.stages)
            assert len(state["pulses"]) == len(game.stages) + 1
            late = Fold(game)
            for event in events:  # without a look in between
                late.add(event)
            assert late.state == state


def test_the_state_is_that_of_the_run_under_changed_rules() -> None:
    cases: list[str] = ["information.minutes=present", "information.lines=parties", "floor=chair_led"]
    for change in cases:
        game = Game(rules_spec(changes=(change,), stages=()), LIBRARY)
        fold = Fold(game)
        state, events = _played(game, fold)
        assert fold.state == folding.fold(game, events) == state


def test_a_long_session_is_read_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    game = Game(rules_spec(stages=("public_engagement",), turns=300), LIBRARY)
    state, events = _played(game)
    assert len(state["lines"]) > 250
    floors = []

    def counted(game: Game, state: State) -> Update:
        floors.append(1)
        return next_floor(game, state)

    monkeypatch.setattr(folding, "next_floor", counted)
    fold = Fold(game)
    for event in events[:-3]:
        fold.add(event)
    assert fold.state["lines"] == state["lines"]
    assert len(floors) <= 1, "the floor is worked out when somebody looks"


def test_a_state_that_was_looked_at_stays_as_it_was() -> None:
    game = Game(rules_spec(), LIBRARY)
    _, events = _played(game)
    fold, looks = Fold(game), []
    for event in events:
        fold.add(event)
        looks.append((fold.state, copy.deepcopy(fold.state)))
    assert [state for state, before in looks if state != before] == []


def test_the_ledger_of_a_state_is_that_of_its_lines_and_decisions() -> None:
    decided = 0
    for number, scenario in enumerate(SCENARIOS):
        game = Game(rules_spec(scenario=scenario, governance=MODELS[number % len(MODELS)], seed=number), LIBRARY)
        state, _ = _played(game)
        assert state["ledger"] == ledger(
            game.scenario, state["lines"], state["decisions"], agreed_only=game.agreed_only
        )
        decided += len(state["decisions"])
    assert decided > 0


class Impulsive(Desk):
    """A facilitator who gives orders drawn by chance, and checks the fold before each line.

    Args:
        spec: the session.
        seed: draws the orders.
        stop: as for a desk.
    """

    def __init__(self, spec: SessionSpec, seed: int, stop: int = 0) -> None:
        super().__init__(stop=stop)
        self.game, self.draw = Game(spec, LIBRARY), random.Random(seed)
        self.fold = Fold(self.game)
        self.words = RandomChoice(TEMPLATES[spec.lang])
        self.compared = 0

    def choose(self, game: Game, state: State) -> Turn:
        """Choose a turn, and hold the fold against the run."""
        self._compare(state)
        return self.words(game, state)

    async def ask(self, view: Any, state: State) -> dict[str, Any]:
        """Answer for a person, and hold the fold against the run."""
        self._compare(state)
        return await super().ask(view, state)

    def _compare(self, state: State) -> None:
        self.compared += 1
        assert self.fold.state == state

    def _event(self, event: Event) -> None:
        self.fold.add(event)
        if event.kind == "line" and self.draw.random() < 0.5:
            for _ in range(self.draw.choice([1, 1, 2, 3])):
                self._order()
        super()._event(event)

    def _order(self) -> None:
        draw, seat = self.draw, self.draw.choice(list(self.game.positions))
        kinds: list[OrderKind] = ["inject", "whisper", "seat", "skip", "vote", "end", "extend", "restart", "pause"]
        kind = draw.choice(kinds)
        options: dict[str, dict[str, Any]] = {
            "inject": {"text": "It rains.", "to": draw.choice([[], [seat]])},
            "whisper": {"seat": seat, "text": "Hold on.", "act": draw.choice(["", self.game.acts(seat)[0]])},
            "seat": {"seat": seat, "by": draw.choice(["person", "persona"])},
            "extend": {"turns": draw.randint(0, 3), "minutes": 1},
        }
        self.book.give(kind, **options.get(kind, {}))
        if kind == "pause":
            self.book.give("resume")


@pytest.mark.parametrize("seed", range(0, 8, 2))
async def test_the_state_is_that_of_the_run_with_a_facilitator(tmp_path: Path, seed: int) -> None:
    scenario, governance = list(product(SCENARIOS, MODELS))[seed * 13 % 75]
    spec = rules_spec(scenario=scenario, governance=governance, turns=8, seed=seed)
    folder, desk = new_folder(tmp_path, "one"), Impulsive(spec, seed)
    session = await run(folder, spec, desk, desk.choose)
    assert desk.compared == len(session.lines) > 2
    assert desk.count("direction") > 0
    state = desk.fold.state
    assert state == session.state
    assert desk.fold.finished
    assert folded(folder, spec).state == state, "the log alone tells the same"
    assert {one["act"] for one in state["lines"]} <= set(ACTS)


async def test_the_fold_of_a_stopped_session_stands_where_it_was_stopped(tmp_path: Path) -> None:
    spec, folder = rules_spec(persons=("mayor",)), new_folder(tmp_path, "one")
    with pytest.raises(StoppedError):
        await run(folder, spec, Desk({"line:L002": [("seat", {"seat": "mayor", "by": "persona"})]}, stop=16))
    fold = folded(folder, spec)
    floor = fold.state["floor"]
    assert floor is not None
    assert not fold.over
    said = len(fold.state["lines"])
    assert fold.state["desk"]["persons"] == []
    await run(folder, spec)
    line = [event for event in folder.read() if event.kind == "line"][said]
    assert line.seat == floor["seat"]


async def test_an_event_of_a_stage_that_the_game_has_not_is_refused(tmp_path: Path) -> None:
    folder = new_folder(tmp_path, "one")
    await run(folder, rules_spec(stages=("application",)))
    fold, events = Fold(Game(rules_spec(stages=("application",)), LIBRARY)), folder.read()
    for kind in ("pulse", "plan"):
        event = next(event for event in events if event.kind == kind)
        for stage in ("", "<script>", "training"):
            with pytest.raises(InputError, match=rf"\({kind}\) does not fit the content: '{stage}'"):
                fold.add(replace(event, stage=stage))


async def test_a_log_is_cut_after_a_line_and_what_it_brought_about(tmp_path: Path) -> None:
    spec, folder = rules_spec(stages=("application",)), new_folder(tmp_path, "one")
    await run(folder, spec)
    events = folder.read()
    cut = upto(events, "L003")
    assert [event.kind for event in cut[-2:]] == ["line", "inject"]
    assert cut == events[: len(cut)]
    with pytest.raises(InputError, match="no line 'L099'; lines: L001 to L0"):
        upto(events, "L099")
    with pytest.raises(InputError, match="none; nobody has spoken"):
        upto(events[:5], "L001")
