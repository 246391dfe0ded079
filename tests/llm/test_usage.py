"""Token counts, prices and budgets."""

from __future__ import annotations

import pytest

from sandbox.errors import BudgetReachedError, InputError
from sandbox.llm.usage import Budget, Meter, Usage


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


def test_no_budget_never_stops() -> None:
    meter = Meter()
    meter.add("mayor", "debate", Usage(1, 10**12, 0, 10**12))
    meter.check()


@pytest.mark.parametrize(("completion", "stops"), [(9, False), (10, True), (11, True)])
def test_token_budget(completion: int, stops: bool) -> None:
    meter = Meter(Budget(max_tokens=110))
    meter.add("mayor", "debate", Usage(1, 100, 100, completion))
    if stops:
        with pytest.raises(BudgetReachedError, match="of 110 tokens"):
            meter.check()
    else:
        meter.check()


@pytest.mark.parametrize(("prompt", "stops"), [(999_999, False), (1_000_000, True)])
def test_money_budget(prompt: int, stops: bool) -> None:
    meter = Meter(Budget(money=2.0, price_input=1.5, price_output=5.0))
    meter.add("mayor", "debate", Usage(1, prompt, 0, 100_000))
    if stops:
        with pytest.raises(BudgetReachedError, match=r"2\.0000 of 2\.0000"):
            meter.check()
    else:
        meter.check()


def test_costs() -> None:
    usage = Usage(1, 2_000_000, 0, 500_000)
    assert Budget(price_input=1.0, price_output=4.0).cost(usage) == pytest.approx(4.0)
    assert Budget(price_input=1.0).cost(usage) is None
    assert Budget(price_output=1.0).cost(usage) is None
    assert Budget(money=1.0, price_input=0.0, price_output=0.0).cost(usage) == 0


@pytest.mark.parametrize("tokens", [0, -1])
def test_token_bound_must_be_positive(tokens: int) -> None:
    with pytest.raises(InputError, match="--max-tokens"):
        Budget(max_tokens=tokens)


@pytest.mark.parametrize("money", [0.0, -1.0, float("nan"), float("inf")])
def test_money_bound_must_be_a_positive_sum(money: float) -> None:
    with pytest.raises(InputError, match="--budget"):
        Budget(money=money, price_input=1.0, price_output=1.0)


def test_money_bound_needs_both_prices() -> None:
    for price_input, price_output in ((None, None), (1.0, None), (None, 1.0)):
        with pytest.raises(InputError, match="SANDBOX_PRICE_INPUT and SANDBOX_PRICE_OUTPUT"):
            Budget(money=1.0, price_input=price_input, price_output=price_output)
