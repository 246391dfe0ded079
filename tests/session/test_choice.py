"""Which models the settings and options come to."""

from __future__ import annotations

import pytest

from sandbox.errors import InputError
from sandbox.llm.weights import MODEL_NAME
from sandbox.session.choice import choose
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
