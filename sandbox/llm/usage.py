"""Token counts, prices, and the budget that stops a session in good order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sandbox.content.words import fault
from sandbox.errors import BudgetReachedError, InputError

__all__ = ["Budget", "Meter", "Usage"]


@dataclass(frozen=True)
class Usage:
    """Tokens of one or more calls.

    Args:
        calls: HTTP requests answered with a completion, unusable ones included.
        prompt: prompt tokens, cached ones included.
        cached: prompt tokens that the endpoint took from its prompt cache.
        completion: tokens written by the model.
        estimated: whether the endpoint gave no counts, so that these are estimates (4 characters a token).
    """

    calls: int = 0
    prompt: int = 0
    cached: int = 0
    completion: int = 0
    estimated: bool = False

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.calls + other.calls,
            self.prompt + other.prompt,
            self.cached + other.cached,
            self.completion + other.completion,
            self.estimated or other.estimated,
        )

    @property
    def total(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt + self.completion

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for the log."""
        return {
            "calls": self.calls,
            "prompt": self.prompt,
            "cached": self.cached,
            "completion": self.completion,
            "estimated": self.estimated,
        }


@dataclass(frozen=True)
class Budget:
    """Upper bounds of a session.

    Args:
        max_tokens: prompt and completion tokens together.
        money: in the currency of the prices.
        price_input: money per million prompt tokens.
        price_output: money per million completion tokens.

    Raises:
        InputError: a bound is not positive, or money is bounded and the prices are not known.
    """

    max_tokens: int | None = None
    money: float | None = None
    price_input: float | None = None
    price_output: float | None = None

    def __post_init__(self) -> None:
        if self.max_tokens is not None and self.max_tokens < 1:
            raise InputError(f"--max-tokens: {self.max_tokens} is not allowed; give at least 1")
        if self.money is not None and not 0 < self.money < float("inf"):
            raise InputError(f"--budget: {self.money} is not allowed; give more than 0")
        if self.money is not None and (self.price_input is None or self.price_output is None):
            raise InputError(
                "--budget needs prices: set SANDBOX_PRICE_INPUT and SANDBOX_PRICE_OUTPUT (per million tokens)"
            )

    def cost(self, usage: Usage) -> float | None:
        """Return the money spent, or None when the prices are not known."""
        if self.price_input is None or self.price_output is None:
            return None
        return (usage.prompt * self.price_input + usage.completion * self.price_output) / 1_000_000


@dataclass
class Meter:
    """Counts usage by seat and stage, and holds the budget."""

    budget: Budget = field(default_factory=Budget)
    by_purpose: dict[tuple[str, str], Usage] = field(default_factory=lambda: defaultdict(Usage))

    def add(self, seat: str, stage: str, usage: Usage) -> None:
        """Count the usage of a call."""
        self.by_purpose[(seat, stage)] += usage

    @property
    def total(self) -> Usage:
        """Usage of the whole session."""
        return sum(self.by_purpose.values(), Usage())

    def check(self) -> None:
        """Raise `BudgetReachedError` when no further call may be made."""
        total, budget = self.total, self.budget
        if budget.max_tokens is not None and total.total >= budget.max_tokens:
            raise fault(BudgetReachedError, "refused.budget_tokens", used=total.total, most=budget.max_tokens)
        cost = budget.cost(total)
        if budget.money is not None and cost is not None and cost >= budget.money:
            raise fault(BudgetReachedError, "refused.budget_money", used=f"{cost:.4f}", most=f"{budget.money:.4f}")
