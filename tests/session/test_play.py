"""Whole sessions: what is played under which rules, and what the log holds of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import EndpointError, InputError, StorageError
from sandbox.game.game import Game
from sandbox.llm.usage import Budget, BudgetAccount
from sandbox.report.document.html import to_html
from sandbox.report.pages.session import session_report
from sandbox.scoring.scorecard import latest_scores
from sandbox.session.opening import open_session
from sandbox.session.runner import Watch
from tests.content.folders import LIBRARY
from tests.game.making import SCENARIO
from tests.running import run_session
from tests.session.support import (
    SteadyModel,
    log_of,
    models_at,
    new_folder,
    of_kind,
    play,
    properties,
    serving,
    spec_of,
    text_of,
)

STAGES = ["training", "application", "learning_tour", "public_engagement"]
RULES = ("joint_production", "command")
TRAINED = {"mayor", "grid_master", "village_cadre"}
HOST = "site_host"
SEATS = {seat.persona for seat in LIBRARY.scenario("four_oclock_school").seats} - {HOST}


@pytest.mark.parametrize(("governance", "style"), [(RULES[0], "directed"), (RULES[1], "free")])
async def test_a_session_plays_all_stages_decides_and_is_scored(tmp_path: Path, style: str, governance: str) -> None:
    model, folder = SteadyModel("propose"), new_folder(tmp_path, "one")
    spec = spec_of(style=style, governance=governance)
    with serving(model) as url:
        session = await play(folder, spec, url)
    events = log_of(folder)
    stages = of_kind(folder, "stage")
    assert [one["stage"] for one in stages] == STAGES
    assert [one["stage"] for one in of_kind(folder, "minutes")] == STAGES
    lines = of_kind(folder, "line")
    assert [line["id"] for line in lines] == [f"L{n:03d}" for n in range(1, len(lines) + 1)]
    for stage in stages:
        said = [line for line in lines if line["stage"] == stage["id"]]
        last_words = sum(line["why"] == "last_word" for line in said)
        assert last_words <= (spec.last_words if style == "free" and stage["voters"] else 0)
        assert 1 <= sum(not line["vote"] and line["act"] != "decide" for line in said) - last_words <= stage["limit"]
        assert {line["seat"] for line in said} <= set(stage["present"])
    wordings = sum(len(line["rejected"]) + (line["origin"] != "card") for line in lines)
    assert len(model.turns) == wordings, "one call a turn, and one for each wording that was not used"
    if style == "free":
        _offered_what_the_rules_allow(Game(spec, LIBRARY), lines, model)
    assert len(session.lines) == len(lines)
    decision = of_kind(folder, "decision")[-1]
    assert decision["stage"] == "public_engagement"
    ordered = governance == "command"
    assert set(stages[0]["present"]) == (TRAINED if ordered else SEATS), "the rules change who trains"
    how = (decision["procedure"], decision["by"], set(decision["votes"]))
    assert how == (("chair_decides", "mayor", set()) if ordered else ("majority", "body", SEATS))
    assert decision["carried"] or style == "directed"
    if ordered:
        assert decision["terms"] == {question.id: next(iter(question.options)) for question in SCENARIO.decisions}
        assert (decision["terms"]["payer"], decision["payer"]) == ("district", ["government"])
    criteria = {one.id for one in LIBRARY.rubric("core").criteria}
    scores = of_kind(folder, "score")
    assert {score["criterion"] for score in scores} == criteria
    assert {(one["status"], one["level"]) for one in scores} == {("supported", 3)}
    assert events[-1]["kind"] == "close"
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


def _offered_what_the_rules_allow(game: Game, lines: list[dict[str, Any]], model: SteadyModel) -> None:
    assert {line["seat"] for line in lines} == {*SEATS, HOST}
    assert {line["stage"] for line in lines if line["seat"] == HOST} == {"learning_tour"}
    offered: dict[str, set[str]] = {seat: set() for seat in (*SEATS, HOST)}
    worded = [line for line in lines for _ in range(len(line["rejected"]) + (line["origin"] != "card"))]
    for line, body in zip(worded, model.turns, strict=True):
        acts = set(properties(body)["act"]["enum"])
        offered[line["seat"]] |= acts
        assert acts <= set(game.acts(line["seat"]))
        assert set(properties(body)["to"]["enum"]) == {*game.present(line["stage"]), "all"} - {line["seat"]}
    ordered = game.spec.governance == "command"
    assert all("decide" not in acts for seat, acts in offered.items() if seat != "mayor")
    assert ("decide" in offered["mayor"]) == ordered
    assert ("propose" in offered["migrant_tenant"]) != ordered


async def test_a_line_in_the_log_says_who_did_what_to_whom_and_who_may_see_it(tmp_path: Path) -> None:
    folder = new_folder(tmp_path, "one")
    with serving(SteadyModel()) as url:
        await play(folder, spec_of(style="directed", governance="command", turns=4), url, judge=False)
    present = {one["id"]: one["present"] for one in of_kind(folder, "stage")}
    for line in of_kind(folder, "line"):
        assert line["says"]
        assert line["to"] in (*present[line["stage"]], "all")
        assert line["to"] != line["seat"]
        alone = set(line["visible_to"]) == {line["seat"], line["to"]}
        assert line["visible_to"] == present[line["stage"]] or alone
    assert set(present["public_engagement"]) == SEATS


class Voters(SteadyModel):
    """Proposes, and votes as told; the words claim the opposite of the count."""

    def __init__(self, against: int) -> None:
        super().__init__("propose")
        self.against = against

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        answer = super().answer(body)
        if properties(body).get("act", {}).get("enum") == ["support", "object"]:
            self.against -= 1
            answer["act"] = "object" if self.against >= 0 else "support"
            answer["says"] += " The motion has been decided unanimously."
        elif "you are asked for an amended" in text_of(body):
            terms = properties(body)["terms"]["properties"]
            answer["terms"] = {key: option["enum"][-1] for key, option in terms.items()}
        return answer


@pytest.mark.parametrize(("against", "carried"), [(3, True), (4, False)])
async def test_code_counts_the_votes(tmp_path: Path, against: int, carried: bool) -> None:
    folder = new_folder(tmp_path, "one")
    spec = spec_of(stages=("public_engagement",), turns=7)
    with serving(Voters(against)) as url:
        await play(folder, spec, url, judge=False)
    decision, *again = of_kind(folder, "decision")
    assert len(again) == (0 if carried else 1), "an amended motion is asked for once"
    assert decision["carried"] is carried
    assert sum(decision["votes"].values()) == 7 - against
    assert f"{7 - against} of 7" in of_kind(folder, "minutes")[0]["text"]


async def test_whoever_votes_on_a_second_motion_may_give_its_reason_again(tmp_path: Path) -> None:
    class Steadfast(Voters):
        def answer(self, body: dict[str, Any]) -> dict[str, Any]:
            answer = super().answer(body)
            if properties(body).get("act", {}).get("enum") == ["support", "object"]:
                seat = text_of(body).rpartition("You are ")[2].partition(",")[0]
                answer["says"] = self.says(seat, sum(map(ord, seat)))
            return answer

    folder = new_folder(tmp_path, "one")
    with serving(Steadfast(4)) as url:
        await play(folder, spec_of(stages=("public_engagement",), turns=7), url, judge=False)
    votes = [line for line in of_kind(folder, "line") if line["vote"]]
    assert len(votes) == 14
    assert [line["rejected"] for line in votes] == [[]] * 14
    by_seat = {line["seat"]: {vote["says"] for vote in votes if vote["seat"] == line["seat"]} for line in votes}
    assert {len(said) for said in by_seat.values()} == {1}


async def test_who_proposes_nothing_is_asked_for_a_motion_and_the_vote_comes_on_top_of_the_limit(
    tmp_path: Path,
) -> None:
    folder = new_folder(tmp_path, "one")
    with serving(SteadyModel("ask")) as url:
        await play(folder, spec_of(turns=8, stages=(STAGES[0], STAGES[-1])), url, judge=False)
    lines = of_kind(folder, "line")
    assert [sum(line["stage"] == one["id"] for line in lines) for one in of_kind(folder, "stage")] == [8, 15]
    meeting = [line for line in lines if line["stage"] == "public_engagement"]
    assert [line["why"] for line in meeting].index("motion") == 4
    assert [line["vote"] for line in meeting] == [False] * 8 + [True] * 7
    assert {line["about"] for line in meeting if line["vote"]} == {meeting[4]["id"]}
    assert len(of_kind(folder, "decision")) == 1
    assert of_kind(folder, "minutes")[-1]["ended"] == "decision_made"


async def test_minutes_carry_over_into_the_next_stage(tmp_path: Path) -> None:
    model, folder = SteadyModel("propose"), new_folder(tmp_path, "one")
    with serving(model) as url:
        await play(folder, spec_of(turns=3, stages=("training", "application")), url, judge=False)
    # Options are told by their ids, and who was there is left out where the room is the same.
    first = of_kind(folder, "minutes")[0]["text"].split("\n")[1].split(" [")[0]
    prompts = [text_of(body) for body in model.turns]
    assert all(first not in prompt for prompt in prompts[:3])
    # The host of the tour was not there.
    assert all((first in prompt) == ("(seat site_host)" not in prompt) for prompt in prompts[3:])


async def test_the_same_seed_gives_the_same_log_and_another_seed_another(tmp_path: Path) -> None:
    logs = []
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        folder = new_folder(tmp_path, name)
        with serving(SteadyModel("propose")) as url:
            spec = spec_of(style="directed", turns=4, seed=seed, stages=(STAGES[-1],))
            await play(folder, spec, url, judge=name != "c")
        logs.append(log_of(folder))
    assert logs[0] == logs[1]
    said = [[event["payload"]["says"] for event in log if event["kind"] == "line"] for log in logs]
    assert said[0] != said[2]


async def test_a_long_session_comes_to_its_end(tmp_path: Path) -> None:
    folder = new_folder(tmp_path, "one")
    with serving(SteadyModel("ask")) as url:
        session = await play(folder, spec_of(turns=24, stages=("training",)), url, judge=False)
    assert len(session.lines) == 24
    assert log_of(folder)[-1]["kind"] == "close"


async def test_without_a_judge_nothing_is_scored_low(tmp_path: Path) -> None:
    folder = new_folder(tmp_path, "one")
    with serving(SteadyModel()) as url:
        await play(folder, spec_of(turns=2), url, judge=False)
    scores = of_kind(folder, "score")
    assert {one["level"] for one in scores if one["status"] != "measured"} == {None}
    assert {one["status"] for one in scores} <= {"not_judged", "measured"}


async def test_a_faulty_wording_is_asked_for_again_and_then_the_card_speaks(tmp_path: Path) -> None:
    class Assistant(SteadyModel):
        def says(self, prompt: str, seed: int) -> str:
            del prompt, seed
            return "As an AI language model, I cannot take part in this role-play."

    model, folder = Assistant(), new_folder(tmp_path, "one")
    with serving(model) as url:
        await play(folder, spec_of(style="directed", turns=2, stages=("training",)), url, judge=False)
    game = Game(spec_of(), LIBRARY)
    for line in of_kind(folder, "line"):
        assert line["origin"] == "card"
        assert line["says"] == game.points[line["point"]][1].says.en
        assert len(line["rejected"]) == 3
    assert len(model.turns) == 6


async def test_the_spec_must_fit_the_content(tmp_path: Path) -> None:
    wrong: list[dict[str, Any]] = [
        {"scenario": "four_oclock"}, {"governance": "comand"}, {"rubric": "cor"}, {"stages": ("trainning",)},
        {"persons": ("mayer",)},
    ]  # fmt: skip
    for given in wrong:
        with pytest.raises(InputError, match="Did you mean"):
            await play(new_folder(tmp_path, next(iter(given))), spec_of(**given), "http://127.0.0.1:9/v1")


async def test_a_budget_stops_the_session_and_a_bigger_one_goes_on(tmp_path: Path) -> None:
    from sandbox.errors import BudgetReachedError

    model, folder = SteadyModel("propose"), new_folder(tmp_path, "one")
    spec = spec_of(turns=4, stages=STAGES[:2])
    with serving(model) as url:
        with pytest.raises(BudgetReachedError):
            await play(folder, spec, url, account=BudgetAccount(Budget(4000)))
        kept = log_of(folder)
        assert 0 < sum(event["kind"] == "call" for event in kept) <= 4000 / 220, "220 tokens a call"
        account = BudgetAccount(Budget(100_000))
        await play(folder, spec, url, account=account)
    assert log_of(folder)[: len(kept)] == kept
    assert log_of(folder)[-1]["kind"] == "close"
    assert model.repeated() == []
    assert account.spent.calls == len(model.requests)


async def test_an_endpoint_that_fails_midway_leaves_a_session_that_can_go_on(tmp_path: Path) -> None:
    from tests.stub_endpoint import Received, StubReply, error

    class Dies(SteadyModel):
        fails = 0

        def __call__(self, request: Received) -> StubReply:
            if len(self.requests) == 6 and not self.fails:
                self.fails += 1
                return error(401, "no")
            return super().__call__(request)

    model, folder = Dies("propose"), new_folder(tmp_path, "one")
    with serving(model) as url:
        with pytest.raises(EndpointError):
            await play(folder, spec_of(turns=4, stages=STAGES[:2]), url)
        assert len(of_kind(folder, "line")) == 6
        await play(folder, spec_of(turns=4, stages=STAGES[:2]), url)
    assert log_of(folder)[-1]["kind"] == "close"
    assert model.repeated() == []


async def test_two_at_once_are_kept_apart(tmp_path: Path) -> None:
    folder, seen = new_folder(tmp_path, "one"), []

    async def ask(*_: Any) -> dict[str, Any]:
        before = folder.events.read_bytes()
        with pytest.raises(StorageError, match="another process"):
            await play(folder, spec_of(), "http://127.0.0.1:9/v1")
        seen.append(folder.events.read_bytes() == before)
        return {"act": "ask", "to": "all", "says": "Who has the key?"}

    spec = spec_of(turns=1, stages=("training",), persons=("mayor",))
    with serving(SteadyModel()) as url:
        await play(folder, spec, url, Watch(ask_person=ask), judge=False)
    assert seen == [True]


async def test_a_question_keeps_the_terms_that_a_model_names_and_commits_to_nothing(tmp_path: Path) -> None:
    class Eager(SteadyModel):
        def answer(self, body: dict[str, Any]) -> dict[str, Any]:
            return {**super().answer(body), "terms": {"payer": "district"}}

    for act, made in (("ask", []), ("promise", ["promise", "promise"])):
        folder = new_folder(tmp_path, act)
        with serving(Eager(act)) as url:
            await play(folder, spec_of(stages=("training",), turns=2), url, judge=False)
        assert [line["terms"] for line in of_kind(folder, "line")] == [{"payer": "district"}] * 2
        assert [item.kind for item in open_session(folder, LIBRARY).items] == made


async def test_a_pulse_says_whether_the_model_gave_it_or_the_rules_did(tmp_path: Path) -> None:
    class Silent(SteadyModel):
        def answer(self, body: dict[str, Any]) -> dict[str, Any]:
            if "trust" in properties(body) and ", village cadre: " in text_of(body):
                return {"trust": 9, "conviction": 9, "burden": 9, "why": "I do not count."}
            return super().answer(body)

    async def ask(*_: Any) -> dict[str, Any]:
        return {"act": "ask", "to": "all", "says": "Who pays?"}

    folder, spec = new_folder(tmp_path, "one"), spec_of(stages=("training",), turns=2, persons=("mayor",))
    with serving(Silent("ask")) as url:
        models = models_at(url, judge=False)
        models = replace(models, profile=replace(models.profile, asks_pulse=True))
        session = await models.endpoints.during(run_session(folder, spec, LIBRARY, models, Watch(ask_person=ask)))
    pulses = of_kind(folder, "pulse")
    by_rule = {moment: {one["seat"] for one in pulses if (one["stage"], one["origin"]) == (moment, "rules")}
               for moment in ("start", "training")}  # fmt: skip
    assert by_rule == {
        moment: {"mayor", "village_cadre", HOST} for moment in ("start", "training")
    }  # nobody asks the host
    asked = [one for one in pulses if one["origin"] == "model"]
    assert {(one["trust"], one["conviction"], one["burden"]) for one in asked} == {(4, 2, 5)}
    page = to_html(session_report(session, latest_scores(session)))
    assert "Left out, since they never answered" in page
    assert "trust 3" not in page, "what nobody said of itself stands beside no answer"


async def test_a_condition_or_a_promise_longer_than_was_asked_for_stands_as_it_was_written(tmp_path: Path) -> None:
    written = " ".join(["the list hangs on the door before anybody pays"] * 6)
    word = " ".join(["to hang the list on the door by Friday"] * 4)

    class Wordy(SteadyModel):
        def answer(self, body: dict[str, Any]) -> dict[str, Any]:
            answer = super().answer(body)
            asked = properties(body).get("condition")
            assert asked is None or asked["maxLength"] == 100
            promised = {"promises": word} if "promises" in properties(body) else {}
            return {**answer, **promised, **({"condition": written} if asked else {})}

    with serving(Wordy("propose")) as url:
        spec = spec_of(stages=("public_engagement",), turns=2)
        folder = new_folder(tmp_path, "wordy")
        session = await play(folder, spec, url, judge=False)
    assert session.decisions[-1]["condition"] == written
    asked_again = [line for line in of_kind(folder, "line") if line["rejected"]]
    assert any("one condition asks for one thing" in fault for line in asked_again for fault in line["rejected"])
    assert word in {line["promises"] for line in session.lines}, "not cut within a word"


async def test_a_model_is_told_once_that_a_semicolon_makes_two_conditions_and_then_has_them(tmp_path: Path) -> None:
    written = "open until 8; a sitter stays past 8"

    class Twofold(SteadyModel):
        def answer(self, body: dict[str, Any]) -> dict[str, Any]:
            return {**super().answer(body), **({"condition": written} if "condition" in properties(body) else {})}

    with serving(Twofold("propose")) as url:
        folder = new_folder(tmp_path, "twofold")
        session = await play(folder, spec_of(stages=("public_engagement",), turns=2), url, judge=False)
    assert session.decisions[-1]["condition"] == written
    asked_again = [line["rejected"] for line in of_kind(folder, "line") if line["rejected"]]
    assert asked_again
    assert all(["a semicolon makes 2" in fault for fault in faults] == [True] for faults in asked_again)
