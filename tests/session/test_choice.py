"""Which models the settings and options come to."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.cli.options import Means
from sandbox.errors import InputError, NoModelError
from sandbox.llm.embedded import MODEL_NAME
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.usage import BudgetAccount, Usage
from sandbox.session.choice import check_callable, choose, models_of
from sandbox.settings import Settings

REMOTE = Settings(model="theirs", base_url="http://127.0.0.1:9/v1")


def test_the_option_wins_over_the_environment() -> None:
    cases: list[tuple[Settings, str | None, str | None, tuple[str, str | None, str, bool]]] = [
        (Settings(), None, None, (MODEL_NAME, None, "directed", True)),
        (REMOTE, None, None, ("theirs", "theirs", "free", False)),
        (REMOTE, "mine", "stern", ("mine", "stern", "free", False)),
        (REMOTE, MODEL_NAME, None, (MODEL_NAME, None, "directed", True)),
        (Settings(base_url="http://127.0.0.1:9/v1"), MODEL_NAME, None, (MODEL_NAME, None, "directed", True)),
        (Settings(model="theirs", turn_style="directed"), None, "none", ("theirs", None, "directed", False)),
        (Settings(), None, MODEL_NAME, (MODEL_NAME, MODEL_NAME, "directed", True)),
        (REMOTE, "embedded", None, (MODEL_NAME, None, "directed", True)),
        (REMOTE, "embedded", "theirs,embedded", (MODEL_NAME, f"theirs,{MODEL_NAME}", "directed", True)),
        (Settings(model="embedded"), None, "embedded", (MODEL_NAME, MODEL_NAME, "directed", True)),
    ]  # fmt: skip
    for settings, model, judge, found in cases:
        choice = choose(settings, model, judge)
        assert (choice.speaker_name, choice.judge_name, choice.style, bool(choice.embedded)) == found


def test_an_address_without_a_model_is_refused() -> None:
    with pytest.raises(InputError, match="OPENAI_BASE_URL is set, but no model"):
        choose(Settings(base_url="http://127.0.0.1:9/v1"), None, None)


def test_the_embedded_engine_under_both_its_names_is_one_judge() -> None:
    with pytest.raises(InputError, match="name each judge once"):
        choose(Settings(), None, f"embedded,{MODEL_NAME}")


@pytest.mark.parametrize("model", ["theirs", "none"])
def test_the_embedded_engine_does_not_judge_where_another_plays(model: str) -> None:
    with pytest.raises(InputError, match="--judge-model: the embedded engine judges only where it plays"):
        choose(REMOTE, model, "embedded")


def test_a_model_that_nobody_can_have_is_refused_before_anything_is_called() -> None:
    cases: list[tuple[Settings, str, str]] = [
        (Settings(), "card", "Did you mean cards?"),
        (Settings(), "Embeded", "Did you mean embedded?"),
        (Settings(), "qwen2.5-coder-1.5b-instruct", f"Did you mean {MODEL_NAME}?"),
        (Settings(), "gpt-4o", "no endpoint is set. Without an endpoint there are cards, none, embedded"),
        (Settings(api_key="key"), "nome", "Did you mean none?"),
    ]  # fmt: skip
    for settings, model, meant in cases:
        with pytest.raises(NoModelError) as refused:
            check_callable(choose(settings, model, None), settings)
        assert f"model '{model}' cannot be called" in str(refused.value)
        assert meant in str(refused.value)


def test_a_model_of_openai_is_never_refused_where_there_is_a_key() -> None:
    cases: list[str] = ["gpt-4o", "gpt-3.5-turbo", "o1", "o3-mini", "chatgpt-4o-latest", "codex-mini-latest"]
    for model in cases:
        settings = Settings(api_key="key")
        check_callable(choose(settings, model, None), settings)


def test_at_an_address_of_ones_own_any_name_may_be_a_models() -> None:
    for model in ("card", "one", "Cards", "qwen2.5-coder-1.5b-instruct"):
        check_callable(choose(REMOTE, model, None), REMOTE)


def test_what_needs_no_endpoint_is_not_refused_for_want_of_one() -> None:
    for model, judge in [("cards", None), ("none", "none"), ("embedded", None), (None, None)]:
        check_callable(choose(Settings(), model, judge), Settings())


def test_a_judge_without_an_endpoint_is_refused_too() -> None:
    with pytest.raises(NoModelError, match="model 'stern' cannot be called"):
        check_callable(choose(Settings(), "cards", "stern"), Settings())


HERE, THERE = "http://127.0.0.1:9/v1", "http://127.0.0.1:10/v1"
FILE = f"""
there: {{address: "{THERE}", key: THEIR_KEY, price_input: 1, price_output: 4}}
local: {{address: "{HERE}"}}
"""


def environment(tmp_path: Path, text: str = FILE, **more: str) -> dict[str, str]:
    """Return an environment with a file of endpoints and an endpoint for all other models."""
    file = tmp_path / "endpoints.yaml"
    file.write_text(text, encoding="utf-8")
    return {"OPENAI_BASE_URL": HERE, "OPENAI_API_KEY": "ours", "SANDBOX_ENDPOINTS": str(file), **more}


def test_a_model_answers_at_the_endpoint_that_its_name_begins_with(tmp_path: Path) -> None:
    settings = Settings.from_environment(environment(tmp_path, THEIR_KEY="theirs"))
    choice = choose(settings, "there/mine", "org/mine,there/org/stern,local/there/x")
    models = models_of(choice, settings, Endpoints(), BudgetAccount(), lambda *_: None)
    assert models.speaker is not None
    assert [(each.model, each.asked_for, each.base_url, each.api_key) for each in (models.speaker, *models.judges)] == [
        ("there/mine", "mine", THERE, "theirs"),
        ("org/mine", "org/mine", HERE, "ours"),
        ("there/org/stern", "org/stern", THERE, "theirs"),
        ("local/there/x", "there/x", HERE, None),
    ]
    assert "theirs" not in repr((settings, models))


def test_a_key_that_is_not_set_is_told_only_where_its_endpoint_is_called(tmp_path: Path) -> None:
    settings = Settings.from_environment(environment(tmp_path))
    check_callable(choose(settings, "mine", "local/stern"), settings)
    with pytest.raises(NoModelError, match=r"model 'there/stern' cannot be called: .* the key of there .*is not set"):
        check_callable(choose(settings, "mine", "there/stern"), settings)
    alone = Settings(api_key="k", endpoints=settings.endpoints)
    with pytest.raises(NoModelError, match=r"Did you mean there/stern\?"):
        check_callable(choose(alone, "theer/stern", None), alone)


SECRET = "sk-d0n0ttellanybody"


def test_a_faulty_file_of_endpoints_is_refused_and_not_repeated(tmp_path: Path) -> None:
    cases: list[tuple[str, str, str]] = [
    (f"a: {{address: {HERE}, key: {SECRET}}}", ":1: a.key: ", "not the name of an environment variable"),
    (f"a: {{address: {HERE}, api_key: {SECRET}}}", ":1: a.api_key: ", "is not a known field"),
    (f"a: {{address: {HERE}, price_input: {SECRET}}}", ":1: a.price_input: ", "number"),
    (f"b: {{address: {HERE}}}\na: {{address: {SECRET}}}", ":2: a.address: ", "is no address"),
    (f"a: {SECRET}", ":1: a: ", "mapping"),
    (f"a: {{address: {HERE}, {SECRET}: 1}}", ":1: a.…: ", "is not a known field"),
    (f"a/{SECRET}: {{address: {HERE}}}", ":1: ", "no name of an endpoint"),
    (f"a: {{address: {HERE}, requests_per_minute: 0}}", ":1: a.requests_per_minute: ", "must be more than 0"),
]  # fmt: skip
    for text, place, says in cases:
        with pytest.raises(InputError) as refused:
            Settings.from_environment(environment(tmp_path, text))
        assert f"endpoints.yaml{place}" in str(refused.value)
        assert says in str(refused.value)
        assert SECRET not in str(refused.value)


def test_the_variables_of_a_judge_are_refused_with_what_takes_their_place() -> None:
    with pytest.raises(InputError, match=r"^SANDBOX_JUDGE_API_KEY is read no more: .*SANDBOX_ENDPOINTS"):
        Settings.from_environment({"SANDBOX_JUDGE_API_KEY": SECRET})


def test_a_budget_in_money_needs_the_prices_of_each_model(tmp_path: Path) -> None:
    settings = Settings.from_environment(environment(tmp_path, THEIR_KEY="theirs"))
    limits = Means(budget=1.0)
    limits.__dict__["settings"] = settings
    account = BudgetAccount(limits.limits)
    priced = models_of(choose(settings, "there/mine", None), settings, Endpoints(), account, lambda *_: None)
    assert priced.account.budget.priced(Usage(prompt=500_000, completion=250_000), "there/mine").money == 1.5
    for model, advice in (("local/mine", "give local price_input"), ("mine", "set SANDBOX_PRICE_INPUT")):
        with pytest.raises(InputError, match=f"'{model}' has none: {advice}"):
            models_of(choose(settings, "there/mine", model), settings, Endpoints(), account, lambda *_: None)
