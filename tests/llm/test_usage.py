"""Token counts, prices and budgets."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.errors import BudgetReachedError, InputError
from sandbox.llm.usage import Budget, BudgetAccount, Meter, PartAccount, Usage, tokens_in


def test_usages_add_up() -> None:
    total = Usage(1, 100, 40, 10) + Usage(2, 50, 0, 5, estimated=True)
    assert total == Usage(3, 150, 40, 15, estimated=True)
    assert total.total == 165


def test_usage_goes_into_the_log_and_comes_back() -> None:
    usage = Usage(2, 100, 40, 10, estimated=True)
    assert Usage(**usage.as_dict()) == usage


def test_meter_counts_by_seat_and_stage() -> None:
    meter = Meter()
    meter.add("mayor", "debate", Usage(1, 10, 0, 1))
    meter.add("mayor", "debate", Usage(1, 20, 5, 2))
    meter.add("mayor", "vote", Usage(1, 30, 0, 3))
    meter.add("press", "debate", Usage(1, 40, 0, 4))
    assert meter.by_purpose == {
        ("mayor", "debate"): Usage(2, 30, 5, 3),
        ("mayor", "vote"): Usage(1, 30, 0, 3),
        ("press", "debate"): Usage(1, 40, 0, 4),
    }
    assert meter.total == Usage(4, 100, 5, 10)


async def fits(account: BudgetAccount, prompt: int, completion: int) -> bool:
    """Return whether a call that may take so much is made."""
    try:
        async with account.reserved(Usage(1, prompt, 0, completion)):
            return True
    except BudgetReachedError:
        return False


async def test_no_budget_never_stops() -> None:
    account = BudgetAccount()
    Meter(account).add("mayor", "debate", Usage(1, 10**12, 0, 10**12))
    assert await fits(account, 10**12, 10**12)


async def test_token_budget() -> None:
    for completion, made in [(9, True), (10, True), (11, False)]:
        account = BudgetAccount(Budget(max_tokens=210))
        Meter(account).add("mayor", "debate", Usage(1, 90, 90, 10))
        assert await fits(account, 100, completion) == made


async def test_money_budget() -> None:
    for prompt, made in [(1_000_000, True), (1_000_001, False)]:
        account = BudgetAccount(Budget(money=4.0, price_input=1.5, price_output=5.0))
        Meter(account).add("mayor", "debate", Usage(1, 1_000_000, 0, 100_000))
        assert await fits(account, prompt, 100_000) == made


async def test_sessions_that_share_an_account_share_its_budget() -> None:
    account = BudgetAccount(Budget(max_tokens=200))
    one, other = Meter(account), Meter(account)
    one.add("mayor", "debate", Usage(1, 80, 0, 20))
    other.add("mayor", "debate", Usage(1, 80, 0, 19))
    assert (one.total.total, other.total.total, account.spent.total) == (100, 99, 199)
    assert await fits(account, 1, 0)
    assert not await fits(account, 1, 1)


async def test_a_call_that_might_not_fit_waits_for_those_in_flight() -> None:
    account, finished = BudgetAccount(Budget(max_tokens=250)), asyncio.Event()
    meter, order = Meter(account), list[str]()

    async def call(name: str) -> None:
        async with account.reserved(Usage(1, 50, 0, 50)):
            order.append(f"{name} is made")
            await finished.wait()
            meter.add(name, "debate", Usage(1, 50, 0, 0))
        order.append(f"{name} is settled")

    tasks = [asyncio.create_task(call(name)) for name in "abc"]
    while len(order) < 2:
        await asyncio.sleep(0)
    for _ in range(10):
        await asyncio.sleep(0)
    assert order == ["a is made", "b is made"]  # c might take 100 of the 50 that are left
    finished.set()
    await asyncio.gather(*tasks)
    assert order[2:5].count("c is made") == 1
    assert account.spent.total == 150


async def test_a_call_that_fails_or_is_given_up_gives_back_what_it_held() -> None:
    account = BudgetAccount(Budget(max_tokens=100))
    with pytest.raises(ValueError, match="no answer"):
        async with account.reserved(Usage(1, 100, 0, 0)):
            raise ValueError("no answer")
    async with account.reserved(Usage(1, 60, 0, 0)):
        waiting = asyncio.create_task(fits(account, 60, 0))
        behind = asyncio.create_task(fits(account, 40, 0))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        assert not behind.done(), "first come, first served"
        waiting.cancel()
        assert await behind
    assert await fits(account, 100, 0)


async def test_what_waits_for_nothing_is_told_so() -> None:
    account = BudgetAccount(Budget(max_tokens=100))
    meter = Meter(account)
    async with account.reserved(Usage(1, 60, 0, 0)):
        waiting = [asyncio.create_task(fits(account, 60, 0)) for _ in range(3)]
        await asyncio.sleep(0.01)
        assert not any(task.done() for task in waiting)
        meter.add("mayor", "debate", Usage(1, 60, 0, 0))
    assert await asyncio.gather(*waiting) == [False] * 3


def test_tokens_are_estimated_by_script() -> None:
    cases: list[tuple[str, int]] = [
        ("", 0),
        ("four", 1),
        ("fives", 2),
        ("谁来出钱？", 5),
        ("谁 pays？", 4),
        ("\udce4", 1),
    ]
    for text, tokens in cases:
        assert tokens_in(text) == tokens


def test_costs() -> None:
    usage = Usage(1, 2_000_000, 0, 500_000)
    assert Budget(price_input=1.0, price_output=4.0).cost(usage) == pytest.approx(4.0)
    assert Budget(price_input=1.0).cost(usage) is None
    assert Budget(price_output=1.0).cost(usage) is None
    assert Budget(money=1.0, price_input=0.0, price_output=0.0).cost(usage) == 0


def test_token_bound_must_be_positive() -> None:
    for tokens in (0, -1):
        with pytest.raises(InputError, match="--max-tokens"):
            Budget(max_tokens=tokens)


def test_money_bound_must_be_a_positive_sum() -> None:
    for money in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="--budget"):
            Budget(money=money, price_input=1.0, price_output=1.0)


def test_money_bound_needs_both_prices() -> None:
    for price_input, price_output in ((None, None), (1.0, None), (None, 1.0)):
        with pytest.raises(InputError, match="SANDBOX_PRICE_INPUT and SANDBOX_PRICE_OUTPUT"):
            Budget(money=1.0, price_input=price_input, price_output=price_output)


async def test_a_whole_house_has_a_bound_beside_that_of_each_session() -> None:
    first = PartAccount(Budget(max_tokens=200), BudgetAccount(Budget(max_tokens=300)))
    Meter(first).add("s", "training", Usage(1, 150, 0, 0))
    assert not await fits(first, 60, 0)
    second = first.another()
    assert isinstance(second, PartAccount)
    assert await fits(second, 100, 0)
    Meter(second).add("s", "training", Usage(1, 100, 0, 0))
    again = second.another()
    again.recall(Usage(1, 100, 0, 0))
    assert (again.spent.total, again.whole.spent.total) == (100, 250), "a session that goes on is not paid twice"
    with pytest.raises(BudgetReachedError, match="facilitator's sessions is reached: 250 of 300"):
        async with again.reserved(Usage(1, 60, 0, 0)):
            pass
