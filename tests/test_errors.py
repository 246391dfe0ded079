"""Errors that come from another process."""

from __future__ import annotations

import pickle

from sandbox.content.words import refusal
from sandbox.errors import BudgetReachedError, ContentError, SandboxError, UnknownError
from sandbox.experiment.store.database import LostConnectionError

BUDGET = BudgetReachedError("the budget is used up")
BUDGET.hint = "go on with more"
LOST = LostConnectionError("gone")
LOST.seconds = 2.5


def test_an_error_of_another_process_says_all_that_it_said_there() -> None:
    cases: list[SandboxError] = [
        BUDGET, ContentError(["a.yaml:1: a: is missing", "a.yaml:2: b: is missing"]), LOST,
        UnknownError("seat", "major", ["mayor"]), refusal("refused.other_content", session="s"),
    ]  # fmt: skip
    for error in cases:
        come = pickle.loads(pickle.dumps(error))
        assert (type(come), str(come), vars(come)) == (type(error), str(error), vars(error))
