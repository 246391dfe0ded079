"""Rules that cards keep among their own parts: what a scenario, a persona, a city or a rule may say, and what not."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.content.cards import SECTIONS
from sandbox.content.library import Library
from sandbox.content.skeletons import example
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from tests.content.folders import line_of, problem_with, problems_with, shipped, write

OWN = example("scenario", "own")
HOST_TELLS = "{id: mayor_l1, stages: [learning_tour], act: answer, to: self_gov, replies_to: [group_l1], facts: [F2]"


def load(overlay: Path, old: str, new: str) -> Library:
    """Load a small scenario in which something was replaced."""
    assert old in OWN
    write(overlay, "scenario", "own", OWN.replace(old, new, 1))
    return Library.load(overlay)


def refused(library: Library) -> str:
    """Return why the small scenario cannot be played, or an empty text."""
    try:
        Game(SessionSpec(scenario="own", governance="joint_production"), library)
    except InputError as error:
        return str(error)
    return ""


def problem(overlay: Path, old: str, new: str) -> str:
    """Return the first problem of a small scenario in which something was replaced, without its place there."""
    assert old in OWN
    text = OWN.replace(old, new, 1)
    path = write(overlay, "scenario", "own", text)
    found, *_ = problems_with(overlay)
    line, said = found.removeprefix(f"{path}:").split(": ", maxsplit=1)
    first = text[: OWN.index(old)].count("\n") + 1
    assert first <= int(line) <= first + new.count("\n")
    return said


# The host of the tour


def test_the_host_of_the_tour_tells_a_hidden_fact_only_in_a_reply(tmp_path: Path) -> None:
    unasked = HOST_TELLS.replace("replies_to: [group_l1], ", "")
    assert refused(load(tmp_path, HOST_TELLS, unasked)) == (
        "scenario 'own': seat mayor: points.1.facts: F2: the host of the tour tells a hidden fact only in a reply; "
        "add replies_to"
    )


def test_all_hidden_facts_that_are_told_unasked_are_named(tmp_path: Path) -> None:
    text = OWN.replace("hidden: [F2]", "hidden: [F3, F2]").replace(
        HOST_TELLS, HOST_TELLS.replace("replies_to: [group_l1], facts: [F2]", "facts: [F1, F3, F2]")
    )
    write(tmp_path, "scenario", "own", text)
    assert ": F2, F3: the host of the tour" in refused(Library.load(tmp_path))


@pytest.mark.parametrize(("old", "new"), [
    pytest.param("hidden: [F2]", "hidden: []", id="nothing is hidden"),
    pytest.param(HOST_TELLS, HOST_TELLS.replace("learning_tour", "training"), id="not on the tour"),
    pytest.param(HOST_TELLS, HOST_TELLS.replace("replies_to: [group_l1], facts: [F2]", "facts: [F1]"),
     id="shown fact"),
    pytest.param("tour: {host: mayor", "tour: {host: self_gov", id="not the host"),
])  # fmt: skip
def test_other_facts_seats_and_stages_need_no_reply(tmp_path: Path, old: str, new: str) -> None:
    library = load(tmp_path, old, new)
    assert library.scenario("own").tour.shown == ("F1",)
    assert refused(library) == ""


# Who pays for an option


def test_an_option_on_the_payer_names_who_pays(tmp_path: Path) -> None:
    for given in ("", ", paid_by: []"):
        said = problem(tmp_path, ", paid_by: [government]}", given + "}")
        assert said == "decisions.2.options.district: option 'district' needs paid_by"


def test_an_option_on_anything_else_names_nobody_who_pays(tmp_path: Path) -> None:
    said = problem(tmp_path, 'zh: "树荫下"}', 'zh: "树荫下", paid_by: [residents]}')
    assert said.startswith(
        "decisions.0.options.shade: option 'shade' has paid_by, which only options of a question with topic payer have"
    )


def test_a_payer_that_does_not_exist_is_answered_with_those_that_do(tmp_path: Path) -> None:
    said = problem(tmp_path, "paid_by: [government]", "paid_by: [goverment]")
    assert said == (
        "decisions.2.options.district.paid_by.0: unknown value 'goverment'. Did you mean government? "
        "Allowed: developer, government, organisation, residents."
    )


# References within a scenario


def test_what_a_scenario_refers_to_must_be_there(tmp_path: Path) -> None:
    cases: list[tuple[str, str, str]] = [
        ("host: mayor", "host: major", "tour.host: unknown seat 'major'. Did you mean mayor"),
        ("shown: [F1]", "shown: [F9]", "tour.shown: unknown fact 'F9'."),
        ("hidden: [F2]", "hidden: [F9]", "tour.hidden: unknown fact 'F9'."),
        ("duplicates: photo}", "duplicates: foto}", "tasks.1.duplicates: unknown task 'foto'. Did you mean"),
        ("{id: photo_again,", "{id: photo,", "tasks.1.id: task 'photo' is given twice"),
        (
            "departments: [parks]\n    question",
            "departments: [park]\n    question",
            "decisions.0.departments: unknown department 'park'. Did you mean parks? Allowed: parks.",
        ),
        (
            "departments: [parks]\n    vote",
            "departments: [park]\n    vote",
            "seats.0.departments: unknown department 'park'. Did you mean parks? Allowed: parks.",
        ),
        (
            "stage: public_engagement, turn: 3",
            "stage: public_engagment, turn: 3",
            "stage: unknown stage 'public_engagment'. Did you mean public_engagement?",
        ),
        ("turn: 3,", "turn: 501,", "injects.0.turn: must be 500 or less"),
        ("turn: 3,", "turn: 3, to: [mayer],", "injects.0.to: unknown seat 'mayer'. Did you mean mayor"),
        ("{id: rain,", "{id: group_e2,", "injects.0.id: point 'group_e2' is given twice"),
        (
            "replies_to: [rain]",
            "replies_to: [rains]",
            "seats.2.points.3.replies_to: unknown point 'rains'. Did you mean rain",
        ),
        (
            "section: success,",
            "section: succes,",
            "seats.1.points.2.section: unknown value 'succes'. Did you mean success, steps? "
            "Allowed: money, people, problem, steps, success.",
        ),
        (
            "{id: mayor_t1, stages: [training],",
            "{id: mayor_t1, stages: [training], task: selfie,",
            "seats.0.points.0.task: unknown task 'selfie'. Allowed: photo, photo_again.",
        ),
        (
            "  - id: keeper\n    topic: provider",
            "  - id: keeper\n    topic: keeper",
            "decisions.1.topic: unknown value 'keeper'. Did you mean payer? "
            "Allowed: eligibility, payer, provider, reporting, terms, voice.",
        ),
        (
            'zh: "区里", paid_by: [government]}',
            'zh: "区里", paid_by: [government], remit: [mayr]}',
            "decisions.2.options.district.remit: unknown seat 'mayr'. Did you mean mayor",
        ),
    ]
    for old, new, said in cases:
        assert said in problem(tmp_path, old, new)


def test_a_plan_handed_down_has_all_its_sections(tmp_path: Path) -> None:
    dropped = '  money: {en: "The district\'s project money.", zh: "区里的项目经费。"}\n'
    text = OWN.replace(dropped, "")
    assert text != OWN
    path = write(tmp_path, "scenario", "own", text)
    assert problems_with(tmp_path) == [f"{path}:{line_of(text, 'plan:')}: plan: sections missing: money"]


def test_a_pulse_starts_between_1_and_5(tmp_path: Path) -> None:
    cases: list[tuple[str, str]] = [("trust: 6", "must be 5 or less"), ("burden: 0", "must be 1 or more")]
    for pulse, said in cases:
        old = "    departments: [parks]\n    vote"
        assert said in problem(tmp_path, old, old.replace("vote", f"pulse: {{{pulse}}}\n    vote"))


def test_a_seat_without_a_pulse_starts_in_the_middle(tmp_path: Path) -> None:
    seat = load(tmp_path, "id: own", "id: own").scenario("own").seats[0]
    assert (seat.pulse.trust, seat.pulse.conviction, seat.pulse.burden) == (3, 3, 3)


# Personas, cities, rules


@pytest.mark.parametrize("word", ["all", "body", "judge"])
def test_a_persona_cannot_take_a_word_of_the_programs_own(tmp_path: Path, word: str) -> None:
    text = shipped("persona", "mayor").replace("id: mayor", f"id: {word}", 1)
    path = write(tmp_path, "persona", word, text)
    (found,) = problems_with(tmp_path)
    assert found == (f"{path}:{line_of(text, 'id: ')}: id: '{word}' is a word of the program's own; choose another id")


def test_a_persona_may_be_called_like_anything_else(tmp_path: Path) -> None:
    write(tmp_path, "persona", "everybody", shipped("persona", "mayor").replace("id: mayor", "id: everybody", 1))
    assert Library.load(tmp_path).persona("everybody").registered


def test_a_faulty_city_is_named_with_its_line(tmp_path: Path) -> None:
    cases: list[tuple[str, str, str]] = [
        ("governance: joint_production", "governance: joint_produce", "unknown governance model 'joint_produce'."),
        ("id: haicang", "id: xiamen", "id: 'xiamen' must equal the file's name 'haicang'"),
        ("- id: F1\n", "- id: G1\n", "'G1' does not match the pattern ^F[0-9]"),
        ("sections: [HM]", "sections: [HX]", "unknown section 'HX'."),
        ("driver:\n", "drives:\n", "driver"),
    ]  # fmt: skip
    for old, new, said in cases:
        text = shipped("city", "haicang")
        assert old in text
        path = write(tmp_path, "city", "haicang", text.replace(old, new, 1))
        problems = problems_with(tmp_path)
        assert all(found.startswith(f"{path}:") for found in problems)
        assert any(said in found for found in problems)


def test_the_source_of_a_rule_is_a_section_inferred_or_words_of_ones_own(tmp_path: Path) -> None:
    for source in ("lr", "LRX", "5"):
        said, place = problem_with(
            tmp_path,
            "governance",
            "command",
            "kinds: [frontline, party], source: SF",
            f"kinds: [frontline, party], source: '{source}'",
        )
        assert said.startswith(f"{place}rules.position.frontline.source: unknown source '{source}'.")
        own = "or words of your own that tell where it comes from"
        assert said.endswith("Allowed: " + ", ".join([*sorted(SECTIONS), "inferred", own]) + ".")


@pytest.mark.parametrize(("old", "new", "said"), [
    pytest.param("    default: government", "    default: residents", "payer 'residents'. Allowed: government.",
     id="default"),
    pytest.param("documents: author_and_chair", "documents: chair",
     "unknown value 'chair'. Allowed: all, author_and_chair.", id="documents"),
    pytest.param("hierarchical: [overseer, chair]", "hierarchical: [oversee, chair]",
     "payoff.hierarchical: unknown position 'oversee'. Did you mean overseer", id="assessor"),
    pytest.param("plans: [official, frontline", "plans: [officials, frontline",
     "scope.plans: unknown position 'officials'. Did you mean official", id="drafter"),
    pytest.param("single: true", "single: perhaps", "single: expected true or false, found perhaps", id="single"),
])  # fmt: skip
def test_a_rule_that_does_not_fit_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    found, place = problem_with(tmp_path, "governance", "command", old, new)
    assert found.startswith(place)
    assert said in found


# What a seat never accepts

TENANT_VOTES = """zh: "你儿子就在那棵树下玩。"}
    vote:"""


def test_what_a_seat_never_accepts_is_an_option_of_the_case(tmp_path: Path) -> None:
    cases: list[tuple[str, str]] = [
        ("{place: roof}", "unknown option 'roof'. Allowed: gate, shade."),
        ("{colour: gate}", "unknown decision 'colour'. Allowed: keeper, payer, place."),
    ]
    for given, said in cases:
        new = TENANT_VOTES.replace("vote:", f"never_accepts: {given}\n    vote:")
        assert said in problem(tmp_path, TENANT_VOTES, new)


def test_a_seat_that_stands_for_what_it_never_accepts_is_named_with_the_point(tmp_path: Path) -> None:
    old = """zh: "小组的铁盒里有点钱。"}
    vote:"""
    said = problem(tmp_path, old, old.replace("vote:", "never_accepts: {place: shade}\n    vote:"))
    assert "this seat's own point 'group_e1' stands for option 'shade'" in said


def test_what_crosses_a_red_line_is_known_of_the_seat_s_own_persona_alone(tmp_path: Path) -> None:
    never = "never_accepts: {place: gate}\n    vote:"
    library = load(tmp_path, TENANT_VOTES, TENANT_VOTES.replace("vote:", never))
    spec = SessionSpec(scenario="own", governance="joint_production")
    assert Game(spec, library).never_accepts("migrant_tenant") == {"place": "gate"}
    cast = spec.model_copy(update={"personas": {"migrant_tenant": "landless_farmer"}})
    assert Game(cast, library).never_accepts("migrant_tenant") == {}


def test_a_copy_of_a_card_works_out_anew_what_follows_from_its_fields() -> None:
    case = Library.load().scenario("four_oclock_school")
    assert set(case.point_by_id) > {point.id for point in case.seats[0].points}
    copied = case.model_copy(update={"seats": case.seats[:1]})
    assert list(copied.seat_by_id) == [case.seats[0].persona]
    assert set(copied.point_by_id) == {point.id for point in case.seats[0].points}
    assert list(case.seat_by_id) == [seat.persona for seat in case.seats]


def test_what_only_an_owners_meeting_may_settle_is_offered_as_put_to_one() -> None:
    """In the clean-up a meeting may name the company; the law lets it neither renew the contract nor spend the fees."""
    case = Library.load().scenario("clean_up")
    law = next(fact.text for fact in case.facts if fact.id == "F25")
    assert "By law it is for all owners" in law.en
    for question, option in (("workers", "company"), ("payer", "parking")):
        text = case.decision_by_id[question].options[option]
        assert "owners' meeting" in text.en
        assert "业主大会" in text.zh
