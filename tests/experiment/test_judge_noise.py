"""How far judges scatter is told from their votes, enters the power, and says what more votes would buy."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from sandbox.experiment.judging.judges import JudgeNoise, judge_noise, noise_in
from sandbox.experiment.planning.power import power_of
from sandbox.experiment.planning.runs import runs_of
from sandbox.llm.usage import Usage
from sandbox.record.log import FileLog
from sandbox.scoring.judge import criterion_digest, judge_templates
from sandbox.scoring.standing import Calibration, JudgeFolder
from tests.cli.conftest import Cli, Served, cli, served
from tests.experiment.making import LIBRARY, design, saved
from tests.experiment.playing import BRIEF
from tests.session.support import SteadyModel, properties

__all__ = ["cli", "served"]

JUDGED = {
    "judge": "stub",
    "hypotheses": [
        {"id": "h1", "outcome": "judged_trust", "arm": "joint_production", "direction": "higher", "smallest": 1.0,
         "primary": True},
    ],
}  # fmt: skip


def votes(judges: int, samples: int, again: float, apart: float, kind: float = 0.0) -> Any:
    """Return votes on many sessions of two arms, as real numbers; the last judge is kinder to one arm."""
    rng = random.Random(3)
    made: dict[str, dict[str, list[list[float]]]] = {"command": {}, "joint_production": {}}
    for arm, sessions in made.items():
        for number in range(400):
            level, session = rng.gauss(3, 1), []
            for judge in range(judges):
                lean = kind if judge == judges - 1 and arm != "command" else 0.7 * judge
                seen = level + lean + rng.gauss(0, apart)
                session.append([seen + rng.gauss(0, again) for _ in range(samples)])
            sessions[str(number)] = session
    return made


def test_a_judge_who_votes_twice_shows_how_far_the_votes_scatter() -> None:
    noise = noise_in(votes(1, 2, 0.5, 0.0), 1, [])
    assert noise is not None
    assert (noise.basis, noise.freedom, noise.apart) == ("pilot", 800, 0.0)
    assert noise.again == pytest.approx(0.5, abs=0.03)
    assert noise.of_panel(1) == noise.again
    assert noise.of_panel(2) == pytest.approx(noise.again / 2**0.5, rel=0.02)


def test_judges_who_differ_are_told_from_votes_that_do_and_leanings_count_in_neither() -> None:
    for kind in (0.0, 2.0):
        noise = noise_in(votes(3, 2, 0.5, 0.8, kind), 3, [])
        assert noise is not None
        assert noise.again == pytest.approx(0.5, abs=0.03)
        assert noise.apart == pytest.approx(0.8, abs=0.05)
    together = noise_in(votes(3, 1, 0.5, 0.8), 3, [])
    assert together is not None
    assert together.again is None
    assert together.apart == pytest.approx((0.5**2 + 0.8**2) ** 0.5, abs=0.05)
    assert together.of_panel(1) == together.of_panel(2), "what more votes of each would buy is not known"


def test_where_judges_vote_once_their_calibration_tells() -> None:
    gold = [[3, 4], [2, 2], [5, 4], [1, 1]]
    noise = noise_in(votes(1, 1, 0.5, 0.0), 1, gold)
    assert noise == JudgeNoise(1, 0.5, 0.0, 4, "calibration")
    assert noise_in(votes(1, 1, 0.5, 0.0), 1, []) is None
    assert noise_in({}, 2, gold) is None, "of two judges who judged nothing yet, how they differ is not known"


def test_more_votes_buy_what_less_noise_of_judges_would_give() -> None:
    made = design(replicates=8, **JUDGED)
    runs = [run for run in runs_of(made, LIBRARY, model="stub", style="directed") if not run.null]
    noise = JudgeNoise(1, 1.0, 0.0, 10_000, "pilot")

    def rows(judging: float) -> list[dict[str, Any]]:
        rng, drawn = random.Random(11), []
        for run in runs:
            level = rng.gauss(0, 0.4) + judging * rng.gauss(0, 1)
            drawn.append({
                "arm": run.arm, "block": run.block, "scenario": run.scenario, "null": False, "cell": run.cell,
                "replicate": run.replicate,
                "outcomes": {"judged_trust": 3 + level},
            })  # fmt: skip
        return drawn

    (noisy,) = power_of(made, runs, rows(1.0), LIBRARY, judges={"judged_trust": noise}, simulations=1000)
    (plain,) = power_of(made, runs, rows(1.0), LIBRARY, simulations=1000)
    (calm,) = power_of(made, runs, rows(0.5**0.5), LIBRARY, simulations=1000)
    assert noisy.planned == plain.planned, "as planned, the spread is that of the pilot, whatever it comes from"
    assert (noisy.judged, plain.judged) == (1.0, None)
    assert noisy.judging == pytest.approx(1 / 1.16, abs=0.35)
    assert noisy.votes is not None
    assert calm.planned is not None
    assert noisy.planned is not None
    assert noisy.votes > noisy.planned + 0.1
    assert noisy.votes == pytest.approx(calm.planned, abs=0.1)
    nine = made.model_copy(update={"judge_samples": 5})
    (most,) = power_of(nine, runs, rows(1.0), LIBRARY, judges={"judged_trust": noise}, simulations=10)
    assert most.votes is None, "no judge has more than nine votes"


def test_votes_of_a_calibration_count_while_judges_read_the_same(tmp_path: Path) -> None:
    made = design(**JUDGED)
    folder = JudgeFolder.of(tmp_path, "stub", 1)
    folder.make()
    folder.keep(Calibration("stub", 1))
    (trust,) = (criterion for criterion in LIBRARY.rubric("core").criteria if criterion.id == "trust")
    digests = criterion_digest(trust, "en"), judge_templates(LIBRARY.templates("en"))
    log = FileLog(folder.ratings)
    for item, run, level, criterion in [
        ("g1", "base", 3, digests[0]), ("g1", "again", 4, digests[0]), ("g2", "base", 2, digests[0]),
        ("g2", "again", 2, digests[0]), ("g3", "base", 1, "old"), ("g3", "again", 5, "old"),
    ]:  # fmt: skip
        log.append("score", {
            "id": f"trust:en:{item}:d:{run}:stub:1", "criterion": "trust", "lang": "en", "item": item, "judge": "stub",
            "sample": 1, "level": level, "status": "supported", "turn": "", "quote": "", "reason": "",
            "criterion_digest": criterion, "templates_digest": digests[1], "usage": Usage().as_dict(),
        })  # fmt: skip
    log.close()
    assert judge_noise(made, None, LIBRARY, tmp_path) == {"judged_trust": JudgeNoise(1, 0.5, 0.0, 2, "calibration")}
    assert judge_noise(design(), None, LIBRARY, tmp_path) == {}, "nothing is asked of judges"
    assert judge_noise(design(**{**JUDGED, "judge": "another"}), None, LIBRARY, tmp_path) == {}


class Wavering(SteadyModel):
    """A judge whose level changes from vote to vote."""

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the object that answers a request body."""
        answer = super().answer(body)
        if "level" in properties(body):
            answer["level"] = str(random.Random(len(self.requests)).choice((2, 3, 4)))
        return answer


def test_the_plan_says_what_judging_adds_and_what_more_votes_would_buy(
    cli: Cli, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANDBOX_TURN_STYLE", "directed")
    served.model = Wavering("propose")
    path = saved(tmp_path, **BRIEF, **JUDGED, judge_samples=2, replicates=3, null_arm=False, concurrency=1)
    before = cli("experiment", "plan", path)
    assert 'sandbox judge calibrate --model "stub" --judge-samples 2' in " ".join(before.out.split())
    assert "another judged_trust each time is not known" in " ".join(before.out.split())
    after = cli("experiment", "plan", path, "--pilot", "6")
    said = " ".join(after.out.split())
    assert "judged by stub, 2 votes each" in said
    assert after.out.count("judge’s") == before.out.count("judge’s") + 1, "the column of what more votes would buy"
    assert "by votes on sessions played (6 degrees of freedom)" in said
    assert "of judged_trust within cases is from judging, the rest from replicate to replicate" in said
    changed = saved(tmp_path, **BRIEF, **JUDGED, judge_samples=3, replicates=3, null_arm=False)
    more = cli("experiment", "run", changed)
    assert (more.code, "sessions taken over: 6" in more.out) == (0, True), "more votes do not play them again"
