"""Pilots: which sessions are played first, that they count, and that plans made from them hold."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.library import Library
from sandbox.errors import InputError
from sandbox.experiment.planning.plan import plan_of
from sandbox.experiment.planning.runs import runs_of
from sandbox.experiment.planning.scatter import pilot_of
from sandbox.experiment.playing.run import Experiment
from sandbox.experiment.store.store import Store
from sandbox.game.spec import SessionSpec
from sandbox.llm.usage import Budget, BudgetAccount, Usage, tokens_in
from sandbox.session.context import DIRECTED, FREE
from sandbox.session.runner import Models
from tests.cli.conftest import Cli, Served, cli, served
from tests.experiment.making import LIBRARY, design, runs, saved
from tests.experiment.playing import SHORT, begun
from tests.session.support import SteadyModel, models_at, properties, serving, text_of
from tests.stub_endpoint import Received, StubReply, completion, usage

__all__ = ["cli", "served"]

FIVE = ["command", "joint_production", "three_social_interaction", "one_core_multiple_actors"]


# Which sessions


def test_pairs_of_the_primary_hypothesis_come_first_and_from_each_scenario_in_turn() -> None:
    wide: dict[str, Any] = {"factors": {"governance": FIVE}, "replicates": 3}
    chosen = pilot_of(design(**wide), runs(**wide), 6)
    assert [(run.block, run.arm) for run in chosen] == [
        (block, arm)
        for block in ("four_oclock_school/1", "clean_up/1", "four_oclock_school/2")
        for arm in ("command", "joint_production")
    ]
    more = pilot_of(design(**wide), runs(**wide), 16)
    assert {run.id for run in chosen} < {run.id for run in more}
    assert set(Counter(run.block for run in more).values()) == {4}, "then whole blocks"
    assert len(pilot_of(design(**wide), runs(**wide), 500)) == 24, "no more than there are, and none of the null arm"


def test_where_no_model_plays_there_is_no_pilot() -> None:
    with pytest.raises(InputError, match="--pilot: no model plays"):
        pilot_of(design(), runs_of(design(), LIBRARY, model="none", style="rules"), 6)


# The command


def test_a_pilot_is_played_within_the_cap_goes_on_where_it_stopped_and_counts(
    cli: Cli, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANDBOX_TURN_STYLE", "directed")
    path, served.model = saved(tmp_path, **SHORT), SteadyModel("propose")
    ask = ("experiment", "plan", path, "--pilot", "3")
    stopped = cli(*ask, "--max-tokens", "3000")
    assert stopped.code == 4
    assert f"go on with: sandbox experiment plan {path} --pilot 3 --max-tokens MORE (it counts all" in stopped.err
    planned = json.loads(cli(*ask, "--json").out)
    assert (planned["done"], planned["pilot"], planned["sessions"]) == (3, 3, 4)
    calls = len(served.model.requests)
    assert planned["calls"]["low"] > calls, "what was played is part of it"
    again = cli(*ask)
    assert "from a pilot of 3" in again.out
    assert len(served.model.requests) == calls, "nothing is played again"
    assert cli("experiment", "run", path, "--quiet").code == 0
    with Store(tmp_path / "runs" / "small.sqlite", "small", make=False) as store:
        assert sum(work.spent.calls for work in store.works()) == len(served.model.requests) > calls
        assert {count.state for count in store.counts()} == {"done"}
    none = cli("experiment", "plan", path, "--pilot", "3", "--model", "none")
    assert (none.code, "no model plays" in none.err) == (2, True)


# Whether plans hold


class Costly(SteadyModel):
    """A model that counts and writes in a way of its own: with its own tokens, at length, with thinking and faults.

    Args:
        seed: by which its ways are drawn, from within what endpoints are known to do.
        lang: the language of its sessions.
    """

    def __init__(self, seed: int, lang: str) -> None:
        super().__init__("propose")
        rng = random.Random(seed)
        self._lang = lang
        self._tokens = rng.uniform(0.8, 1.45) if lang == "en" else rng.uniform(0.45, 1.1)
        self._schemas, self._thinks = rng.random() < 0.5, rng.random() < 0.4
        self._length, self._faulty = rng.uniform(0.5, 2.0), rng.uniform(0.0, 0.15)

    def __call__(self, request: Received) -> StubReply:
        """Answer a request, and count it."""
        self.requests.append(request.body)
        answer = self.answer(request.body)
        rng = random.Random(f"{text_of(request.body)}{request.body.get('seed')}")
        if "says" in answer and rng.random() < self._faulty:
            answer["says"] = "⟦"
        text = json.dumps(answer, ensure_ascii=False)
        prompt = tokens_in(text_of(request.body)) + self._schemas * tokens_in(json.dumps(properties(request.body)))
        limit = int(request.body["max_tokens"])
        written = self._length * rng.uniform(0.6, 1.4) * (100 if limit > 200 else 40)
        written += self._thinks * rng.uniform(0, limit - 40)
        counts = usage(round(self._tokens * prompt), min(limit, round(self._tokens * written)))
        return completion(text, counts=counts)

    def says(self, prompt: str, seed: int) -> str:
        """Return the point of a directed turn, in whatever wording it is asked for; else words in the language."""
        if prompt.endswith("⟧"):
            return prompt.rsplit("⟦", 1)[1].removesuffix("⟧")
        rng = random.Random(seed)
        chinese = "".join(chr(rng.randrange(0x4E00, 0x9FA0)) for _ in range(30))
        return super().says(prompt, seed) if self._lang == "en" else f"{chinese}。"


def play(store: Store, url: str, only: list[str] | None = None) -> None:
    """Play sessions of a store, or all that are left, just as the command would."""
    made: list[Models] = []

    def models(spec: SessionSpec, account: BudgetAccount) -> Models:
        profile = FREE if spec.style == "free" else DIRECTED
        made.append(replace(models_at(url, spec.style, judge=False, account=account), profile=profile))
        return made[-1]

    async def go() -> None:
        await Experiment(store, LIBRARY, models, only=only).go()
        for each in made:
            await each.endpoints.close()

    asyncio.run(go())


@pytest.mark.simulation
def test_the_range_of_a_plan_holds_the_true_cost_in_nine_of_ten_stub_designs(tmp_path: Path) -> None:
    """With a pilot of six, and without any; the stub counts, writes, thinks and errs as endpoints do."""
    held: Counter[str] = Counter()
    library, cases = Library.load(), sorted(LIBRARY.cards["scenario"])
    for seed in range(20):
        rng = random.Random(seed)
        lang, turns = rng.choice(["en", "zh"]), rng.choice([2, 4, 8])
        factors = {
            "scenario": rng.sample(cases[:6], 2), "lang": [lang], "turns": [turns],
            "style": [rng.choice(["free", "directed"])], "wording": rng.choice([["as_is"], ["as_is", "plain"]]),
            "stages": {"end": ["training", "public_engagement"]},
        }  # fmt: skip
        changes: dict[str, Any] = {"factors": factors, "hypotheses": [], "seed": seed, "null_arm": False}
        made, planned = design(**changes), runs(**changes)
        before = plan_of(made, planned, [], Budget(), library=library)
        with serving(Costly(seed, lang)) as url, begun(tmp_path / f"{seed}.sqlite", planned) as store:
            play(store, url, [run.id for run in pilot_of(made, planned, 6)])
            after = plan_of(made, planned, store.rows(), Budget(), library=library)
            assert after.pilot == 6
            play(store, url)
            true = sum((Usage(**row["usage"]) for row in store.rows()), Usage())
        for name, plan in (("no pilot", before), ("pilot", after)):
            for quantity, amount in (("calls", true.calls), ("prompt", true.prompt), ("completion", true.completion),
                                     ("tokens", true.total)):  # fmt: skip
                part = getattr(plan, quantity)
                held[f"{name}, {quantity}"] += part.low <= amount <= part.high
    assert min(held["pilot, tokens"], held["no pilot, tokens"]) >= 18, held
