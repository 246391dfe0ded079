"""Minutes and hand-out tell what fell with what it hung on, by whom it was put, and what was promised for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.state import apply
from sandbox.game.steps import hear, make_line
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.handout import handout
from sandbox.report.pages.minutes import minutes
from sandbox.report.read_decision import read_decision
from sandbox.report.reading import Reading
from sandbox.scoring.scorecard import latest_scores
from tests.game.making import TURN, decision, line, session_of
from tests.report.conftest import Scored, told_session
from tests.report.test_course_told import decided
from tests.scoring.making import recorded, vote
from tests.session.test_beyond import OTHER, PAYS, PROMISES
from tests.session.test_beyond import meeting as gate
from tests.session.test_unwilling import POSTS, STAGE, answered, meeting

both = pytest.mark.parametrize("lang", ["en", "zh"])
HALF: dict[Lang, str] = {"en": "the sum of each month, at the gate", "zh": "每月总数贴在门口"}
PART: dict[Lang, str] = {
    "en": "(Cao Zhigang: agreed in the meeting to a part of it: “the sum of each month, at the gate”)",
    "zh": "（曹志刚：会上只答应办一部分：“每月总数贴在门口”）",
}
Saying = tuple[str, dict[str, Any]]
SETS: Saying = ("self_gov", {"act": "propose", "terms": {"gate_list": "paid"}})


def told(lang: Lang, motion: str, *turns: Saying, carried: bool = False) -> tuple[str, str, Session]:
    """Return minutes and hand-out of a meeting that votes on a motion of it, carried or not, and the session."""
    game, state = meeting(lang, *turns)
    voters = dict.fromkeys(("landlord", "self_gov", "migrant_tenant"), carried)
    for seat in voters:
        floor: Any = {"seat": seat, "why": "votes", "acts": ["support", "object"], "point": "", "phase": "decision"}
        turn: Any = {**TURN, "act": "support" if carried else "object", "about": motion, "says": f"So says {seat}."}
        state = {**state, "floor": floor, "desk": {**state["desk"], "chosen": motion}}
        state = apply(state, hear(game, state, {**make_line(game, state, turn, "model"), "vote": True}))
    put = next(item for item in state["ledger"] if item.line == motion)
    taken = {**vote(voters, terms={**put.terms}), "motion": motion, "carried": carried, "condition": put.condition}
    return papers(game, state["lines"], taken)


def papers(game: Game, lines: Sequence[Line], taken: Mapping[str, Any]) -> tuple[str, str, Session]:
    """Return minutes and hand-out of what was said and then decided, and the session."""
    log = recorded(session_of(game, lines), "S-2").events
    played = Scored(game, log, lambda: latest_scores(Session.of(game, log)))
    session = decided(played, len(lines), cast("DecisionTaken", {**taken, "stage": STAGE})).as_read
    filed, given = (to_markdown(page(session)).replace("\\", "") for page in (minutes, handout))
    return filed, given, session


def part(filed: str, lang: Lang, name: str) -> str:
    return filed.partition(Words(lang)(f"meeting.{name}") + "\n")[2].partition("\n## ")[0]


@both
def test_a_motion_that_fell_is_told_with_its_conditions_and_what_was_said_to_them(lang: Lang) -> None:
    filed, given, _ = told(lang, "L002", answered(promises=HALF[lang], L002="part"))
    assert f"{POSTS[lang]}{' ' if lang == 'en' else ''}{PART[lang]}" in part(filed, lang, "votes")
    assert f"{POSTS[lang]}{' ' if lang == 'en' else ''}{PART[lang]}" in given
    assert HALF[lang] not in part(filed, lang, "settled"), "what answers a condition of which nothing came is no task"
    said = {"en": "when answering a condition of", "zh": "在答复"}[lang]
    assert said in part(filed, lang, "open")
    assert {"en": "said in answer to a condition of", "zh": "条件（L002）时说的"}[lang] in given


@both
def test_a_part_of_a_condition_that_was_carried_never_stands_as_a_yes_to_it(lang: Lang) -> None:
    filed, given, session = told(lang, "L002", answered(promises=HALF[lang], L002="part"), carried=True)
    answer = {"en": "agreed in the meeting to a part of it: “", "zh": "会上只答应办一部分：“"}[lang] + HALF[lang]
    for text in (part(filed, lang, "settled"), part(filed, lang, "open"), given):
        assert answer in text
    reading = Reading(session)
    assert HALF[lang] in read_decision(reading, session.decisions[0]).sentence
    assert HALF[lang] in filed.partition(Words(lang)("meeting.undertaken"))[2].partition("\n## ")[0], (
        "as it was promised"
    )


@both
def test_what_one_takes_on_as_a_whole_is_one_matter_that_both_see_to_and_nothing_is_left_open(lang: Lang) -> None:
    demand = "The gate is shut at ten each night" if lang == "en" else "每晚十点关大门"
    asks: Saying = ("migrant_tenant", {
        "act": "support", "about": "L002", "condition": demand, "asked_of": ["property_manager", "self_gov"],
    })  # fmt: skip
    half, whole = answered(promises=HALF[lang], L003="part"), answered("self_gov", L003="yes")
    for turns, met in (([asks, half], False), ([asks, half, whole], True)):
        filed, given, session = told(lang, "L003", *turns, carried=True)
        (row,) = (row for row in part(filed, lang, "settled").splitlines() if row.startswith("|") and demand in row)
        assert all(session.game.name(seat) in row for seat in ("property_manager", "self_gov"))
        assert (HALF[lang] in row) != met
        assert (demand in part(filed, lang, "open")) != met
        taken = read_decision(Reading(session), session.decisions[0]).sentence
        assert (Words(lang)("ledger.said.yes", line="L005") in taken) == met
        assert ({"en": "a part of it", "zh": "办一部分"}[lang] in given) != met


@both
def test_a_motion_put_with_an_objection_is_told_by_who_put_first_what_it_grew_out_of(lang: Lang) -> None:
    demand = "Cao Zhigang locks the gate at ten" if lang == "en" else "物业十点锁门"
    rival: Saying = ("migrant_tenant", {"act": "object", "about": "L002", "condition": demand})
    filed, _, session = told(lang, "L003", rival, carried=True)
    mover, *others = (session.game.name(seat) for seat in ("landlord", "self_gov", "migrant_tenant"))
    put = {"en": f"Motion of {mover}, as amended by", "zh": f"{mover}所提方案（经"}[lang]
    (row,) = (row for row in part(filed, lang, "votes").splitlines() if put in row)
    assert all(name in row for name in others)


@both
def test_a_motion_that_was_not_put_is_its_movers_with_what_others_added_and_who_said_yes_to_it(lang: Lang) -> None:
    filed, given, session = told(lang, "L004", answered(L002="yes"), SETS)
    mover, adder, asked = (session.game.name(seat) for seat in ("landlord", "self_gov", "property_manager"))
    (left,) = (row for row in part(filed, lang, "open").splitlines() if POSTS[lang] in row)
    whose = {"en": f"The motion of {mover}, as amended by {adder} was not", "zh": f"{mover}所提方案（经{adder}修改）未"}
    yes = {"en": f"({asked}: said yes in the meeting)", "zh": f"（{asked}：会上答应了）"}
    assert whose[lang] in left
    assert POSTS[lang] + (" " if lang == "en" else "") + yes[lang] in left
    assert {"en": f"The motion of {mover} (L002, as amended by", "zh": f"{mover}的提案 L002（经"}[lang] in given


@both
def test_what_is_said_with_a_vote_for_a_motion_is_filed_whatever_words_it_has(lang: Lang) -> None:
    filed = told(lang, "L002", carried=True)[0]
    reasons = part(filed, lang, "reservations")
    assert [f"So says {seat}." in reasons for seat in ("landlord", "self_gov", "migrant_tenant")] == [True] * 3
    assert reasons.count(Words(lang)("meeting.stood.for")) == 3


@both
def test_people_are_listed_by_what_they_sit_there_for(lang: Lang) -> None:
    filed, _, session = told(lang, "L002")
    head = filed.partition("\n## ")[0]
    for seat in Reading(session).seats.values():
        if seat.id in session.game.present(STAGE):
            (row,) = (row for row in head.splitlines() if f"{seat.name}" in row and seat.position in row)
            assert row.index(seat.position) < row.index(seat.name)


@both
@pytest.mark.parametrize("way", ["open", "promised"])
def test_what_the_body_cannot_bind_is_filed_with_whose_promise_it_holds_by(lang: Lang, way: str) -> None:
    rival = ("employer", {"act": "propose", "terms": {"payer": "shared", "stay": OTHER}})
    game, state = gate(lang, *([(PAYS, PROMISES)] if way == "promised" else []), rival)
    votes = dict.fromkeys(("community_secretary", "grid_master", "self_gov"), True)
    taken = {
        **decision({"stay": "day_one"}, about="L002", votes=votes),
        "unbound": {"payer": "shared", "report": "own"},
    }
    filed, given, session = papers(game, state["lines"], taken)
    words = Words(lang)
    ((question, option),) = session.game.in_words({"payer": "shared"})
    matter = question.rstrip("?？") + words("dash") + option
    director = game.name(PAYS) + words.paren(game.role(PAYS))
    settled = part(filed, lang, "settled")
    assert words(f"meeting.unbound.{way}", matter=matter, names=director) in settled
    assert (words("meeting.by_promise").strip() in settled) == (way == "promised")
    assert game.in_words({"report": "own"})[0][1] in given
    (left,) = (row for row in part(filed, lang, "open").splitlines() if game.name("employer") in row)
    assert option not in left, "it is no other than what was settled"
    assert game.in_words({"stay": OTHER})[0][1] in left


@both
def test_what_was_promised_earlier_and_still_stands_is_filed_with_the_meeting(lang: Lang) -> None:
    said = [
        line(1, "ngo_director", "promise", says="Lists the rooms by Friday.", stage="training"),
        line(2, "ngo_director", "promise", says="Counts the chairs.", stage="training"),
        line(3, "mayor", "propose", terms={"eligible": "all_children"}),
    ]
    game = told_session(said, lang=lang).game
    for each in said:
        each["visible_to"] = [*game.present(each["stage"])]
    said[1]["visible_to"] = ["ngo_director", "mayor"]
    filed = papers(game, said, decision({"eligible": "all_children"}, about="L003"))[0]
    head = Words(lang)("meeting.before")
    rows = filed.partition(head)[2].partition("\n## ")[0]
    assert "Lists the rooms by Friday" in rows
    assert game.stage_names["training"] in rows
    assert "Counts the chairs" not in filed, "not all heard it"
    assert "Lists the rooms" not in filed.partition(head)[0]
