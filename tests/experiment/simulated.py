"""Sessions of an experiment that was never played, drawn from a truth that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sandbox.content.experiment_card import Design

__all__ = ["BASE", "CASES", "design_of", "hypothesis", "rows_of"]

BASE = "command"
CASES = (
    "four_oclock_school", "clean_up", "estate_calm", "resettled_elders", "captured_social_workers", "door_knocking",
    "hukou_two_doors", "land_acquisition", "legal_campaign", "one_place_to_vote", "seafood_street", "visitors_first",
)  # fmt: skip
Effects = Mapping[str, Mapping[str, float]]


def hypothesis(outcome: str, arm: str = "joint_production", *, direction: str = "higher", smallest: float = 0.1,
               primary: bool = False) -> dict[str, Any]:  # fmt: skip
    """Return a hypothesis as a design file has it; its id is that of its outcome."""
    return {"id": outcome, "outcome": outcome, "arm": arm, "direction": direction, "smallest": smallest,
            "primary": primary}  # fmt: skip


def design_of(
    *hypotheses: dict[str, Any], cases: int = 8, replicates: int = 4, arms: Sequence[str] = (BASE, "joint_production"),
    **more: Any,
) -> Design:  # fmt: skip
    """Return a design of so many cases and replicates."""
    named = [*hypotheses]
    if named and not any(item["primary"] for item in named):
        named[0] = {**named[0], "primary": True}
    factors = {"governance": list(arms), "scenario": list(CASES[:cases]), **more.pop("factors", {})}
    return Design.model_validate(
        {
            "id": "simulated", "title": "Simulated", "question": "Does it find what is there?", "arms": "governance",
            "base": BASE, "factors": factors, "replicates": replicates, "hypotheses": named, **more,
        }
    )  # fmt: skip


def rows_of(
    design: Design, rng: np.random.Generator, effects: Effects, *, alone: Effects | None = None,
    spreads: tuple[float, float, float, float] = (0.1, 0.05, 0.05, 0.1), models: Sequence[str] = (),
    yes_no: bool = False,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return finished sessions whose effects are known.

    Args:
        design: the design.
        rng: the generator.
        effects: of each outcome, the effect of each arm with a model.
        alone: the same by the rules alone; no null arm where it is None.
        spreads: standard deviations of cases, of an arm's effect between cases, of blocks, and of sessions.
        models: levels of the factor model; none for no such factor.
        yes_no: whether an outcome is yes or no, 1 or 0, as often as its value would say.
    """
    rows: list[dict[str, Any]] = []
    arms, count = design.factors.levels("governance"), design.replicates
    players = [*((False, model) for model in models or ("",)), *([(True, "none")] if alone else [])]
    of_case, of_arm, of_block, of_session = spreads
    for outcome in dict.fromkeys([*effects, *(alone or {})]):
        place = 0
        for case in design.factors.scenario:
            level, slopes = 0.5 + rng.normal(0, of_case), dict(zip(arms, rng.normal(0, of_arm, len(arms)), strict=True))
            for replicate in range(1, count + 1):
                block = rng.normal(0, of_block)
                for null, model in players:
                    truth = (alone or {}) if null else effects
                    for arm in arms:
                        effect = truth.get(outcome, {}).get(arm, 0.0) + slopes[arm] * (arm != design.base)
                        value = level + block + effect + rng.normal(0, of_session)
                        cell = {"scenario": case, "governance": arm} | ({"model": model} if models else {})
                        beside = [level for factor, level in cell.items() if factor != "governance"]
                        row = {
                            "id": f"{place:016x}", "arm": arm, "block": "/".join([*beside, str(replicate)]),
                            "scenario": case, "replicate": replicate, "null": null, "by_rules": null, "cell": cell,
                            "outcomes": {},
                        }  # fmt: skip
                        if place == len(rows):
                            rows.append(row)
                        rows[place]["outcomes"][outcome] = float(rng.random() < value if yes_no else value)
                        place += 1
    return rows
