"""Designs for tests: small ones, in a folder of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from sandbox.content.experiment_card import Design
from sandbox.experiment.planning.runs import Run, runs_of
from tests.content.folders import LIBRARY

__all__ = ["LIBRARY", "design", "runs", "saved"]

_SMALL: dict[str, Any] = {
    "id": "small",
    "title": {"en": "Small", "zh": "小"},
    "question": {"en": "Which?", "zh": "哪个？"},
    "arms": "governance",
    "base": "command",
    "factors": {
        "governance": ["command", "joint_production"],
        "scenario": ["four_oclock_school", "clean_up"],
    },
    "replicates": 2,
    "seed": 7,
    "hypotheses": [
        {
            "id": "h1", "outcome": "questions_settled", "arm": "joint_production", "direction": "lower",
            "smallest": 0.2, "primary": True,
        }
    ],
}  # fmt: skip


def design(**changes: Any) -> Design:
    """Return a small design with some fields changed; a factor that is None is left out."""
    return Design.model_validate(_data(changes))


def saved(folder: Path, **changes: Any) -> Path:
    """Write the design into a folder of content, and return its file."""
    data = _data(changes)
    path = folder / "prompts" / "experiments" / f"{data['id']}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def runs(**changes: Any) -> tuple[Run, ...]:
    """Return the sessions of a small design, directed, with a model of the name ``stub``."""
    return runs_of(design(**changes), LIBRARY, model="stub", style="directed")


def _data(changes: dict[str, Any]) -> dict[str, Any]:
    factors = {**_SMALL["factors"], **changes.pop("factors", {})}
    known = {name: levels for name, levels in factors.items() if levels is not None}
    return {**_SMALL, **changes, "factors": known}
