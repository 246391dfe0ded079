"""Token counts, prices and budgets."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from typing_extensions import override

from sandbox.content.words import fault, refusal
from sandbox.errors import BudgetReachedError
from sandbox.settings import endpoint_in


def tokens_in(text: str) -> int:
    """Return the estimated number of tokens of a text: one per four ASCII characters and one per other character."""
    plain = len(text) if text.isascii() else len(text.encode("ascii", "ignore"))
    return -(-plain // 4) + len(text) - plain


@dataclass(frozen=True)
class Usage:
    """Tokens of one or more calls.

    Args:
        calls: HTTP requests answered with a completion, unusable ones included.
        prompt: prompt tokens, cached ones included.
        cached: prompt tokens that the endpoint took from its prompt cache.
        completion: tokens of answers.
        estimated: whether these are estimates (see `tokens_in`) because the endpoint gave no counts.
        money: the cost at the prices of the models called (see `Budget.priced`); None if unknown.
    """

    calls: int = 0
    prompt: int = 0
    cached: int = 0
    completion: int = 0
    estimated: bool = False
    money: float | None = None

    def __add__(self, other: Usage) -> Usage:
        return self._with(other, 1, self.estimated or other.estimated)

    def __sub__(self, other: Usage) -> Usage:
        return self._with(other, -1, self.estimated)

    def _with(self, other: Usage, sign: int, estimated: bool) -> Usage:
        mine, theirs = (each.money if each.money is not None or each.total else 0.0 for each in (self, other))
        money = None if mine is None or theirs is None else mine + sign * theirs
        return Usage(
            self.calls + sign * other.calls,
            self.prompt + sign * other.prompt,
            self.cached + sign * other.cached,
            self.completion + sign * other.completion,
            estimated,
            money,
        )

    @property
    def total(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt + self.completion

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for the log, without money, since prices change."""
        return {name: value for name, value in vars(self).items() if name != "money"}


@dataclass(frozen=True)
class Prices:
    """Money per million prompt tokens (``read``) and per million completion tokens (``written``)."""

    read: float
    written: float

    def of(self, usage: Usage) -> float:
        """Return the cost of a usage."""
        return (usage.prompt * self.read + usage.completion * self.written) / 1_000_000


@dataclass(frozen=True)
class Budget:
    """Upper bounds on spending.

    Args:
        max_tokens: most prompt and completion tokens together; None for no bound.
        money: most money, in the currency of the prices; None for no bound.
        price_input: money per million prompt tokens, for models without the name of an endpoint.
        price_output: money per million completion tokens, likewise.
        others: the prices of named endpoints; None for unknown ones.

    Raises:
        InputError: a bound is not positive, or money is bounded and no prices are known.
    """

    max_tokens: int | None = None
    money: float | None = None
    price_input: float | None = None
    price_output: float | None = None
    others: Mapping[str, Prices | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.max_tokens is not None and self.max_tokens < 1:
            raise refusal("option.least", option="--max-tokens", value=self.max_tokens, least=1)
        if self.money is not None and not 0 < self.money < float("inf"):
            raise refusal("option.above", option="--budget", value=self.money, bound=0)
        if self.money is not None and self.highest is None:
            raise refusal("refused.no_prices")

    @property
    def prices(self) -> Prices | None:
        """The prices of models without the name of an endpoint."""
        if self.price_input is None or self.price_output is None:
            return None
        return Prices(self.price_input, self.price_output)

    @property
    def highest(self) -> Prices | None:
        """The highest known prices, which count for spending at unknown prices."""
        known = [prices for prices in (self.prices, *self.others.values()) if prices]
        return Prices(max(each.read for each in known), max(each.written for each in known)) if known else None

    def prices_of(self, model: str) -> Prices | None:
        """Return the prices of a model, by its full name; None if unknown."""
        endpoint = endpoint_in(model, self.others)
        return self.others[endpoint] if endpoint else self.prices

    def check(self, models: Iterable[str]) -> None:
        """Raise `InputError` if money is bounded and the prices of one of the models are unknown."""
        for model in models:
            if self.money is not None and self.prices_of(model) is None:
                endpoint = endpoint_in(model, self.others)
                key = "refused.no_prices_there" if endpoint else "refused.no_prices_of"
                raise refusal(key, model=model, endpoint=endpoint)

    def priced(self, usage: Usage, model: str) -> Usage:
        """Return a model's usage with its cost."""
        prices = self.prices_of(model)
        return replace(usage, money=prices.of(usage) if prices else None)

    def cost(self, usage: Usage) -> float | None:
        """Return the cost of a usage, at today's prices if it has none; None if these are unknown too."""
        if usage.money is not None or not usage.total:
            return usage.money or 0.0
        return self.prices.of(usage) if self.prices else None

    def counted(self, usage: Usage) -> float:
        """Return the money that counts against the bound: the cost, else at the highest known prices, else 0."""
        if usage.money is not None:
            return usage.money
        return self.highest.of(usage) if self.highest else 0.0

    def allows(self, usage: Usage) -> bool:
        """Return whether a usage is within all bounds."""
        return (self.max_tokens is None or usage.total <= self.max_tokens) and (
            self.money is None or self.counted(usage) <= self.money
        )

    def reached(self, spent: Usage, most: Usage) -> BudgetReachedError:
        """Return the error for a call of at most ``most`` that might exceed the bounds after ``spent``."""
        if self.max_tokens is not None and (spent + most).total > self.max_tokens:
            return fault(
                BudgetReachedError, "refused.budget_tokens", used=spent.total, most=self.max_tokens, next=most.total
            )
        cost, more = self.counted(spent), self.counted(most)
        error = fault(
            BudgetReachedError, "refused.budget_money",
            used=f"{cost:.4f}", most=f"{self.money:.4f}", next=f"{more:.4f}",
        )  # fmt: skip
        error.in_money = True
        return error


class BudgetAccount:
    """The spending of all users of a budget, and what they have reserved for calls in flight.

    Args:
        budget: the bounds; None for none.

    Attributes:
        spent: usage of all answered calls.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self.spent = Usage()
        self._held = Usage()
        self._first = asyncio.Lock()  # only its holder, the first in the queue, waits for `_settled`
        self._settled = asyncio.Event()

    @property
    def whole(self) -> BudgetAccount:
        """The account in which all spending counts."""
        return self

    def another(self) -> BudgetAccount:
        """Return an account with the same bounds and nothing spent."""
        return BudgetAccount(self.budget)

    def recall(self, usage: Usage) -> None:
        """Count usage from before the account was opened."""
        self.spent += usage

    @asynccontextmanager
    async def reserved(self, most: Usage, model: str = "") -> AsyncIterator[None]:
        """Reserve the most that a call may use until its usage is added.

        If the reservations of calls in flight leave no room, it waits for them.

        Raises:
            BudgetReachedError: it might exceed the budget even with nothing else in flight.
        """
        most = self.budget.priced(most, model)
        async with self._first:
            while not self.budget.allows(self.spent + self._held + most):
                if not self.budget.allows(self.spent + most):
                    raise self.budget.reached(self.spent, most)
                self._settled.clear()
                await self._settled.wait()
            self._held += most
        try:
            yield
        finally:
            self._held -= most
            self._settled.set()


class PartAccount(BudgetAccount):
    """An account with a budget of its own whose spending also counts in a larger account."""

    def __init__(self, budget: Budget, whole: BudgetAccount) -> None:
        self._whole, self._own = whole, Usage()
        super().__init__(budget)

    @property
    @override
    def whole(self) -> BudgetAccount:
        return self._whole

    @property
    def spent(self) -> Usage:
        """Usage of all answered calls."""
        return self._own

    @spent.setter
    def spent(self, usage: Usage) -> None:
        self.whole.spent += usage - self._own
        self._own = usage

    @override
    def another(self) -> PartAccount:
        return PartAccount(self.budget, self.whole)

    @override
    def recall(self, usage: Usage) -> None:
        self._own += usage  # the larger account has counted it, or was opened later

    @override
    @asynccontextmanager
    async def reserved(self, most: Usage, model: str = "") -> AsyncIterator[None]:
        async with AsyncExitStack() as held:
            try:
                await held.enter_async_context(self.whole.reserved(most, model))
            except BudgetReachedError as error:
                used, bound = self.whole.spent.total, self.whole.budget.max_tokens
                raise fault(BudgetReachedError, "refused.budget_house", used=used, most=bound) from error
            await held.enter_async_context(super().reserved(most, model))
            yield


@dataclass
class Meter:
    """Counts a session's usage by seat and stage, and adds it to an account shared with others."""

    account: BudgetAccount = field(default_factory=BudgetAccount)
    by_purpose: dict[tuple[str, str], Usage] = field(default_factory=lambda: defaultdict(Usage), init=False)
    total: Usage = field(default=Usage(), init=False)

    def add(self, seat: str, stage: str, usage: Usage, model: str = "") -> None:
        """Count the usage of a call to a model."""
        self._count(seat, stage, usage)
        self.account.spent += self.account.budget.priced(usage, model)

    def recall(self, seat: str, stage: str, usage: Usage, model: str) -> None:
        """Count the usage of a call that was made before the account was opened."""
        self._count(seat, stage, usage)
        self.account.recall(self.account.budget.priced(usage, model))

    def _count(self, seat: str, stage: str, usage: Usage) -> None:
        self.by_purpose[(seat, stage)] += usage
        self.total += usage
