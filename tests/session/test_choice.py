"""Which models the settings and options come to."""

from __future__ import annotations

import pytest

from sandbox.errors import InputError, NoModelError
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.usage import BudgetAccount
from sandbox.llm.weights import MODEL_NAME
from sandbox.session.choice import check_callable, choose, models_of
from sandbox.settings import Settings

REMOTE = Settings(model="theirs", base_url="http://127.0.0.1:9/v1")


@pytest.mark.parametrize(
    ("settings", "model", "judge", "found"),
    [
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
    ],
)
def test_the_option_wins_over_the_environment(
    settings: Settings, model: str | None, judge: str | None, found: tuple[str, str | None, str, bool]
) -> None:
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


@pytest.mark.parametrize(
    ("settings", "model", "meant"),
    [
        (Settings(), "card", "Did you mean cards?"),
        (Settings(), "Embeded", "Did you mean embedded?"),
        (Settings(), "qwen2.5-coder-1.5b-instruct", f"Did you mean {MODEL_NAME}?"),
        (Settings(), "gpt-4o", "no endpoint is set. Without an endpoint there are cards, none, embedded"),
        (Settings(api_key="key"), "nome", "Did you mean none?"),
    ],
)
def test_a_model_that_nobody_can_have_is_refused_before_anything_is_called(
    settings: Settings, model: str, meant: str
) -> None:
    with pytest.raises(NoModelError) as refused:
        check_callable(choose(settings, model, None), settings)
    assert f"model '{model}' cannot be called" in str(refused.value)
    assert meant in str(refused.value)


@pytest.mark.parametrize(
    "model", ["gpt-4o", "gpt-3.5-turbo", "o1", "o3-mini", "chatgpt-4o-latest", "codex-mini-latest"]
)
def test_a_model_of_openai_is_never_refused_where_there_is_a_key(model: str) -> None:
    settings = Settings(api_key="key")
    check_callable(choose(settings, model, None), settings)


@pytest.mark.parametrize("model", ["card", "one", "Cards", "qwen2.5-coder-1.5b-instruct"])
def test_at_an_address_of_ones_own_any_name_may_be_a_models(model: str) -> None:
    check_callable(choose(REMOTE, model, None), REMOTE)


@pytest.mark.parametrize(("model", "judge"), [("cards", None), ("none", "none"), ("embedded", None), (None, None)])
def test_what_needs_no_endpoint_is_not_refused_for_want_of_one(model: str | None, judge: str | None) -> None:
    check_callable(choose(Settings(), model, judge), Settings())


def test_a_judge_without_an_endpoint_is_refused_too() -> None:
    with pytest.raises(NoModelError, match="model 'stern' cannot be called"):
        check_callable(choose(Settings(), "cards", "stern"), Settings())


def test_a_judge_has_an_address_and_a_key_of_its_own() -> None:
    here, there = "http://127.0.0.1:9/v1", "http://127.0.0.1:10/v1"
    env = {"OPENAI_BASE_URL": here, "OPENAI_API_KEY": "ours", "SANDBOX_JUDGE_BASE_URL": there}

    def endpoints(**more: str) -> list[tuple[str, str | None, str | None]]:
        settings = Settings.from_environment({**env, **more})
        models = models_of(
            choose(settings, "mine", "mine,stern"), settings, Endpoints(), BudgetAccount(), lambda *_: None
        )
        assert models.speaker is not None
        return [(each.model, each.base_url, each.api_key) for each in (models.speaker, *models.judges)]

    assert endpoints() == [("mine", here, "ours"), ("mine", there, None), ("stern", there, None)]
    assert endpoints(SANDBOX_JUDGE_API_KEY="theirs")[1:] == [("mine", there, "theirs"), ("stern", there, "theirs")]
    assert {place for _, place, _ in endpoints(SANDBOX_JUDGE_BASE_URL="")} == {here}
    assert "theirs" not in repr(Settings.from_environment({**env, "SANDBOX_JUDGE_API_KEY": "theirs"}))
    alone = Settings.from_environment({"SANDBOX_JUDGE_BASE_URL": there})
    check_callable(choose(alone, "cards", "stern"), alone)
    with pytest.raises(NoModelError, match="no endpoint is set"):
        check_callable(choose(alone, "mine", "stern"), alone)
