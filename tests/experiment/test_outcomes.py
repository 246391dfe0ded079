"""Outcomes: what each says of a session, and that it is what scores say of the same session."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from sandbox.content.rubric import MeasureName
from sandbox.content.words import Words
from sandbox.experiment.outcomes import OUTCOMES, counted_into, mean_pulses, outcomes_of
from sandbox.game.session import Session
from sandbox.llm.usage import BudgetAccount
from sandbox.record.line import DecisionTaken, Line
from sandbox.scoring.assessment import assess
from sandbox.scoring.measures import measure
from sandbox.scoring.scorecard import latest_scores
from tests.game.making import LIBRARY, SEATS
from tests.scoring.making import drawn, line, played, pulses, vote
from tests.session.support import SteadyModel, new_folder, play, serving, spec_of

FORM = "attendance_form"
REPEATS = next(task.id for task in LIBRARY.scenario("four_oclock_school").tasks if task.duplicates)


def outcome(name: str, *lines: Line, **more: Any) -> float | None:
    return outcomes_of(played(*lines, **more))[name]


def test_every_outcome_is_there_in_the_same_order_and_within_its_range() -> None:
    for governance in LIBRARY.cards["governance"]:
        for scenario in ("four_oclock_school", "clean_up"):
            session = drawn(governance, scenario, turns=6)
            values = outcomes_of(session)
            assert list(values) == list(OUTCOMES)
            for name, value in values.items():
                known = OUTCOMES[name]
                called = known.rest_of or name
                if called in get_args(MeasureName) and value is not None:
                    counted = measure(called, session)
                    assert value == (1 - (counted or 0) if known.rest_of else counted), "one name is one thing"
                assert value is None or known.low <= value <= (float("inf") if known.high is None else known.high), name
    assert set(outcomes_of(played()).values()) >= {None, 0.0}, "an empty session is measured too"


def test_levels_are_those_of_the_shipped_rubric() -> None:
    criteria = LIBRARY.rubric("core").criteria
    names = [f"counted_{each.id}" for each in criteria if each.counted] + [f"judged_{each.id}" for each in criteria]
    assert [name for name in OUTCOMES if name.startswith(("counted_", "judged_"))] == names
    assert [name for name, known in OUTCOMES.items() if known.judged] == names[-len(criteria) :]


def test_each_has_a_name_and_a_definition_in_both_languages() -> None:
    for words in (Words("en"), Words("zh")):
        names = [words(known.words) for known in OUTCOMES.values()]
        assert len(set(names)) == len(names)
        assert all(words(known.definition) for known in OUTCOMES.values())


def test_what_is_counted_into_an_outcome_moves_it() -> None:
    """The parts are outcomes, none is a part of itself, and those of H and P are indicators of the assessments."""
    assert all(part in OUTCOMES for known in OUTCOMES.values() for part in known.parts)
    assert not [name for name in OUTCOMES if counted_into(name, name)]
    assert counted_into("questions_settled", "hierarchical_minus_horizontal")
    assert not counted_into("hierarchical", "questions_settled")
    for seed in range(4):
        session = drawn(turns=6, seed=seed)
        values, (above, beside) = outcomes_of(session), assess(session)
        own, trust = values["plan_sections_own"], values["trust_change_residents"]
        assert above.indicators["visible_outputs"] == values["questions_settled"]
        assert own is not None
        assert above.indicators["conformity"] == pytest.approx(1 - own)
        assert beside.indicators["promises_kept"] == values["promises_kept"]
        named = {name: values[f"{name}_residents" if name == "trust" else name] for name in beside.indicators}
        assert named == beside.indicators
        begun = session.pulses[0]["levels"]
        start = [begun[seat]["trust"] for seat in session.game.residents if seat in begun]
        assert trust is not None
        ended = (sum(start) / len(start) + trust - 1) / 4
        assert beside.indicators["trust"] == pytest.approx(ended, abs=2e-3)


def test_they_say_what_the_scorecard_says_and_are_not_rounded() -> None:
    session = drawn(turns=7)
    discussed = [line["seat"] for line in session.lines if not line["vote"]]
    values, spoken = outcomes_of(session), [seat in session.game.residents for seat in discussed]
    assert values["turn_share_residents"] == sum(spoken) / len(spoken) != round(sum(spoken) / len(spoken), 3)
    card, (above, beside) = latest_scores(session), assess(session)
    indicators = [value for value in above.indicators.values() if value is not None]
    assert values["hierarchical"] == pytest.approx(sum(indicators) / len(indicators), abs=1e-12)
    assert (values["hierarchical"], values["horizontal"]) == (above.total, beside.total)
    assert above.total is not None
    assert beside.total is not None
    assert values["hierarchical_minus_horizontal"] == above.total - beside.total
    assert values["questions_settled"] == card.outcome["questions_settled"]
    assert values["turn_share_residents"] == card.outcome["turn_share_residents"]
    assert values["promises_kept"] == beside.indicators["promises_kept"]
    for criterion, counted in card.counted.items():
        assert values[f"counted_{criterion}"] == counted.level
    assert values["lines"] == len(session.lines)


def test_words_count_only_where_somebody_worded_them() -> None:
    worded = [name for name, known in OUTCOMES.items() if known.worded]
    assert worded == ["facts_told", "hidden_facts_told", "refused_wordings"]
    assert {outcomes_of(drawn(turns=4))[name] for name in worded} == {None}
    told = line(1, "grid_master", "inform", says=LIBRARY.scenario("four_oclock_school").facts[0].text.en)
    assert outcome("facts_told", told, line(2, "mayor", "inform")) == 0.5


def test_decisions_and_votes() -> None:
    cases: list[tuple[list[DecisionTaken], float, float | None]] = [
        ([], 0.0, None),
        ([vote({})], 1.0, None),
        ([vote({"mayor": True, "ngo_director": False}, carried=False)], 0.0, 0.5),
        ([vote({"mayor": True}, stage="training"), vote({"mayor": True, "ngo_director": False})], 1.0, 2 / 3),
    ]
    for decisions, decided, for_it in cases:
        assert outcome("decided", decisions=decisions) == decided
        assert outcome("votes_for_share", decisions=decisions) == for_it


def test_needs_met_are_told_apart_by_whether_residents_are_registered_here() -> None:
    wanted = line(1, "migrant_tenant", "propose", terms={"provider": "retired_teachers"})
    other = line(2, "local_parent", "propose", terms={"provider": "social_organisation"})
    values = outcomes_of(played(wanted, other, decisions=[vote({}, terms={"provider": "social_organisation"})]))
    assert (values["needs_met"], values["needs_met_newcomers"], values["needs_met_registered"]) == (0.5, 0.0, 1.0)


def test_where_no_stage_decides_nothing_is_said_of_a_decision() -> None:
    assert outcome("decided", line(1, "mayor", "inform", stage="training"), stages=("training",)) is None


def test_how_evenly_seats_speak() -> None:
    cases: list[tuple[list[Any], float | None, float | None]] = [
        ([], None, None),
        (list(LIBRARY.scenario("four_oclock_school").seats), 1.0, None),
        (["mayor"] * 9, 0.125, 1.0),
        (["mayor", "grid_master", "migrant_tenant", "ngo_director"], None, 0.5),
    ]
    for seats, even, officials in cases:
        names = [seat if isinstance(seat, str) else seat.persona for seat in seats]
        values = outcomes_of(played(*(line(number, seat, "inform") for number, seat in enumerate(names, start=1))))
        if even is not None or not seats:
            assert values["speakers_evenness"] == even
        if officials is not None or not seats:
            assert values["turn_share_officials"] == officials


def test_duplicate_tasks_are_lifted_or_stand() -> None:
    handed = line(1, "mayor", "delegate", "grid_master", task=REPEATS)
    other = line(2, "mayor", "delegate", "grid_master", task=FORM)
    lifted = line(3, "mayor", "concede", "grid_master", task=REPEATS)
    again = line(4, "mayor", "delegate", "grid_master", task=REPEATS)
    assert outcome("duplicates_lifted") is None
    assert outcome("duplicates_lifted", handed, other) == 0.0
    assert outcome("duplicates_lifted", handed, other, lifted) == 1.0
    assert outcome("duplicates_lifted", handed, lifted, again) == 0.0
    assert outcome("duplicates_lifted", lifted) == 1.0, "it was handed down before the session"


def test_pulses_change_from_the_first_to_the_last() -> None:
    rounds = [pulses("start", mayor=3), pulses("training", mayor=1), pulses("public_engagement", migrant_tenant=5)]
    session = played(pulses=rounds)
    values = outcomes_of(session)
    assert values["trust_change"] == 0.4
    assert values["trust_change_residents"] == 2.0
    assert (values["burden_change"], values["conviction_change_residents"]) == (0.0, 0.0)
    assert list(mean_pulses(session)) == ["start", "training", "public_engagement"]
    assert mean_pulses(session)["training"] == {"trust": 2.6, "conviction": 3.0, "burden": 3.0}
    assert outcomes_of(played(pulses=rounds[:1]))["trust_change"] is None
    assert len(SEATS) == 5


async def test_judged_levels_and_refused_wordings_come_from_the_log(tmp_path: Path) -> None:
    model = SteadyModel("propose")
    spec = spec_of(style="directed", turns=3, stages=("training",), judge_model="stub")
    with serving(model) as url:
        session: Session = await play(new_folder(tmp_path, "s"), spec, url, account=BudgetAccount())
    values = outcomes_of(session)
    levels = {score.criterion: score.level for score in latest_scores(session).scores}
    assert {values[f"judged_{criterion}"] for criterion in levels} == {3.0, None}
    assert all(values[f"judged_{criterion}"] == level for criterion, level in levels.items())
    refused = sum(len(event.payload["rejected"]) for event in session.events if event.kind == "line")
    assert values["refused_wordings"] == refused
