"""Two models at one table: a seat with a model of its own, in a session and as a level of an experiment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sandbox
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.experiment.planning.design import open_design
from sandbox.experiment.planning.locking import lock, locked
from sandbox.llm.calls import Endpoint
from sandbox.llm.embedded import MODEL_NAME
from sandbox.llm.endpoints import Endpoints
from sandbox.llm.usage import BudgetAccount
from sandbox.session.choice import choose, choose_on, models_of
from sandbox.settings import Settings
from tests.cli.conftest import Cli, Served, cli, served
from tests.experiment.making import LIBRARY, runs, saved

__all__ = ["cli", "served"]

SEAT = "migrant_tenant"
MIXED = {"mixed": {"default": "strong", SEAT: "weak"}}
HYPOTHESIS: dict[str, Any] = {
    "id": "h1", "outcome": "questions_settled", "arm": "mixed", "direction": "lower", "smallest": 0.2, "primary": True,
}  # fmt: skip
STUDY: dict[str, Any] = {
    "arms": "model", "base": "strong", "null_arm": False, "hypotheses": [], "replicates": 1,
    "factors": {
        "model": ["strong", MIXED], "governance": ["joint_production"], "scenario": ["four_oclock_school"],
        "turns": [2], "stages": {"short": ["public_engagement"]},
    },
}  # fmt: skip


def asked(session: sandbox.Session) -> dict[str, set[str]]:
    """Return the models that were asked for lines and pulses of `SEAT`, and of the others, after a branch if it is one.

    A branch takes no calls over.
    """
    models: dict[str, set[str]] = {SEAT: set(), "": set()}
    for event in session.played.events:
        if event.kind == "call" and event.payload["id"].startswith(("line:", "pulse:")):
            models[SEAT if event.seat == SEAT else ""].add(event.payload["model"])
    return models


def test_a_seat_has_a_model_of_its_own(cli: Cli, served: Served) -> None:
    session = sandbox.run(
        model="strong", models={"Luo Mei": "weak", "mayor": "strong"}, judge_model="weak",
        stages=["training", "public_engagement"], turns=4,
    )  # fmt: skip
    assert asked(session) == {SEAT: {"weak"}, "": {"strong"}}
    assert {body["model"] for body in served.model.turns} == {"strong", "weak"}
    assert session.tables["sessions"][0]["models"] == {SEAT: "weak"}
    assert {row["seat"] for row in session.seats if row["model"] == "weak"} == {SEAT}
    report = (session.path / "report.html").read_text()
    assert "strong (weak for Luo Mei)" in report
    assert Words("en")("warn.same_model", models="weak") in report
    assert f"strong, {SEAT}: weak" in cli("list", "session").out
    line = next(row["line"] for row in session.lines if row["seat"] == SEAT)
    (sent,) = json.loads(cli("prompt", "last", "--at", line, "--json").out)["sent"]
    assert (sent["model"], sent["kept"]) == ("weak", "same")
    other = choose_on(Settings(model="strong"), session.played.spec, "other", None)
    assert (other.speaker_name, other.by_seat) == ("other", {SEAT: "weak"}), "the seat keeps its own"
    cli("branch", "last", "--at", line)
    done = cli("resume", "last", "--model-of", f"{SEAT}=third", "-q")
    assert f"strong ({SEAT}: weak) spoke, from here on strong ({SEAT}: third)" in done.err
    third = sandbox.load()
    assert asked(third) == {SEAT: {"third"}, "": {"strong"}}
    assert f"strong (weak for Luo Mei); strong (third for Luo Mei) after {line}" in (
        (third.path / "report.html").read_text()
    )


def test_what_cannot_be_a_model_of_a_seat_is_refused(cli: Cli) -> None:
    cases: list[tuple[tuple[str, ...], str]] = [
        (("--model", "strong", "--model-of", "landlord_x=weak"), "--model-of: unknown seat 'landlord_x'"),
        (("--model", "strong", "--model-of", "landlord=weak"), "--model-of: unknown seat 'landlord'"),
        (("--model", "strong", "--model-of", "mayor=cards"), "'cards' is no model that mayor could have"),
        (("--model", "cards", "--model-of", "mayor=weak"), "mayor cannot have weak where no model plays the other"),
        (("--model", "strong", "--model-of", "mayor"), "not of the form name=value"),
    ]  # fmt: skip
    for options, says in cases:
        done = cli("run", *options)
        assert done.code == 2
        assert says in done.err


def test_the_embedded_engine_may_play_a_seat_or_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Endpoints, "embedded", lambda *_: Endpoint(MODEL_NAME))
    settings = Settings(base_url="http://127.0.0.1:9/v1")
    beside = choose(settings, "mine", None).seating({"mayor": "embedded"})
    assert (beside.by_seat, beside.embedded, beside.remote) == ({"mayor": MODEL_NAME}, MODEL_NAME, ("mine",))
    models = models_of(beside, settings, Endpoints(), BudgetAccount(), lambda *_: None)
    assert models.speaker is not None
    assert [each.model for each in (models.speaker, *models.judges)] == ["mine", "mine"], "who judges is not it"
    assert [each.base_url for each in models.others.values()] == [Endpoint(MODEL_NAME).base_url]
    others = choose(settings, "embedded", None).seating({"mayor": "mine"})
    assert (others.by_seat, others.embedded, others.remote) == ({"mayor": "mine"}, MODEL_NAME, ("mine",))
    assert choose(settings, "mine", None).seating({"mayor": "mine"}).by_seat == {}


@pytest.mark.usefixtures("cli")
def test_an_agent_and_a_model_do_not_share_a_seat() -> None:
    with pytest.raises(InputError, match="models: mayor is played by an agent"):
        sandbox.run(
            model="strong", models={"mayor": "weak"}, agent={"mayor": lambda view: view.turn(view.acts[0], "Yes.")}
        )


def test_a_level_of_the_models_says_which_plays_which_seats(cli: Cli, served: Served, tmp_path: Path) -> None:
    folder, to = tmp_path / "mine", tmp_path / "tables"
    saved(folder, **{**STUDY, "hypotheses": [HYPOTHESIS]})
    assert "mixed" in cli("experiment", "plan", "small", "--content", folder).out
    assert cli("experiment", "lock", "small", "--content", folder).code == 0
    first = cli("experiment", "run", "small", "--content", folder, "--max-tokens", 2000)
    assert first.code == 4, "stopped by the budget, which counts what both models take"
    assert cli("experiment", "run", "small", "--content", folder, "-q").code == 0
    assert {body["model"] for body in served.model.requests} == {"strong", "weak"}
    assert f"strong ({SEAT}: weak), free" in cli("experiment", "status", "small", "--content", folder).out
    assert cli("experiment", "export", "small", "--to", to, "--content", folder).code == 0
    seats, sessions = (pd.read_csv(to / f"{name}.csv") for name in ("seats", "sessions"))
    assert sessions["calls"].sum() == len(served.model.requests), "none is made again"
    arms = dict(zip(sessions["session"], sessions["arm"], strict=True))
    assert set(arms.values()) == {"strong", "mixed"}
    weak = {(arms[row.session], row.seat) for row in seats.itertuples() if row.model == "weak"}
    assert weak == {("mixed", SEAT)}
    assert cli("experiment", "report", "small", "--content", folder, "--format", "md").code == 0
    (report,) = tmp_path.glob("runs/**/*.md")
    text = report.read_text(encoding="utf-8")
    assert "mixed: strong (weak for Luo Mei" in text
    assert Words("en")("experiment_report.limits.model") not in text


def test_a_level_that_cannot_be_played_is_refused(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, Any], dict[str, Any], str]] = [
        ({"mixed": {"default": "strong", "nobody": "weak"}}, {}, "unknown seat 'nobody'"),
        ({"mixed": {SEAT: "weak"}}, {}, "under default what plays all others"),
        ({"mixed": {"default": "strong", SEAT: "cards"}}, {}, "'cards' is no model that a seat could have"),
        ({"strong": {"default": "weak", SEAT: "strong"}}, {}, "strong"),
        ({"mixed": {"default": "strong", "landlord": "weak"}}, {}, "unknown seat 'landlord'"),
        ({"mixed": {"default": "strong", "mayor": "weak"}}, {"scenario": ["four_oclock_school", "clean_up"]},
         "mixed names mayor, and clean_up has no such seat"),
    ]  # fmt: skip
    for level, changes, says in cases:
        factors = {**STUDY["factors"], "model": ["strong", level], **changes}
        path = saved(tmp_path, **{**STUDY, "factors": factors})
        with pytest.raises(InputError, match=says):
            open_design(LIBRARY, str(path))


def test_a_lock_holds_who_plays_which_seats(tmp_path: Path) -> None:
    def planned(model: list[Any]) -> Path:
        return saved(tmp_path, **{**STUDY, "hypotheses": [HYPOTHESIS], "factors": {**STUDY["factors"], "model": model}})

    lock(path := planned(["strong", MIXED]))
    planned(["strong", MIXED, {"other": {"default": "weak", SEAT: "strong"}}])
    held = locked(path)
    assert held is not None
    assert held.added_levels == {"model": ("other",)}
    planned(["strong", {"mixed": {"default": "strong", SEAT: "third"}}])
    with pytest.raises(InputError, match=r"factors\.model\.mixed"):
        locked(path)
    planned(["strong", "mixed"])
    with pytest.raises(InputError, match=r"factors\.model\.mixed"):
        locked(path)


def test_arms_by_seat_meet_the_same_seeds_and_no_other_level_becomes_another_session() -> None:
    plain, mixed = runs(**STUDY)
    assert (plain.spec.models, mixed.spec.models) == ({}, {SEAT: "weak"})
    assert (plain.spec.model, plain.seed, plain.block) == (mixed.spec.model, mixed.seed, mixed.block)
    assert mixed.arm == "mixed"
    factors = {**STUDY["factors"], "model": ["strong", "weak"]}
    assert plain.id == runs(**{**STUDY, "factors": factors})[0].id
