"""What is said of objections, turns and news is true of the lines: who replied, who changed, who took it up."""

from __future__ import annotations

import pytest

from sandbox.content.cards import Act
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.game.motions.hanging import brought
from sandbox.game.rules import vetoes
from sandbox.game.session import Session
from sandbox.record.line import DecisionTaken, Line
from sandbox.report import side_by_side
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.debrief.lessons import lessons
from sandbox.report.pages.debrief.reader import reader_of
from sandbox.report.pages.debrief.replies import questions
from sandbox.report.pages.debrief.turning_point import TurningPoint
from sandbox.report.pages.debrief.turning_points import findings
from sandbox.report.pages.handout import handout
from sandbox.report.reading import Reading
from sandbox.scoring.scorecard import latest_scores
from tests.game.making import line
from tests.record.making import payload
from tests.report.conftest import STREET, Scored, told_session
from tests.report.reader import Page
from tests.report.test_course_told import ORGANISATION, PAID, STAFF, after, decided, points
from tests.report.test_told_rightly import shipped
from tests.scoring.making import vote

MAYOR, ELDER, TENANT, NGO = "mayor", "local_parent", "migrant_tenant", "ngo_director"
SAID = line(1, MAYOR, "inform", says="The hall stays as it is.")
DOUBT = line(2, ELDER, "object", MAYOR, about="L001", says="Nobody signs for the key of the hall.")
ON = line(3, MAYOR, "inform", NGO, says="The bulb, the key: I have noted both.")


def found(session: Session, *kinds: str) -> list[TurningPoint]:
    """Return the findings of some kinds, as the facilitator reads them."""
    return [turn for turn in findings(reader_of(session, latest_scores(session), None)) if turn.kind in kinds]


def left_open(*said: Line) -> list[TurningPoint]:
    return found(told_session([SAID, *said]).as_read, "unanswered")


def test_an_objection_is_answered_by_a_line_about_it_or_to_whoever_objected_or_by_whoever_was_meant_to_all() -> None:
    (turn,) = left_open(DOUBT, ON)
    assert (turn.evidence, turn.seats) == (("L002",), frozenset({ELDER, MAYOR}))
    for answer in (
        line(4, NGO, "inform", TENANT, about="L002"), line(4, TENANT, "inform", ELDER),
        line(4, MAYOR, "inform", stage="review"), line(4, MAYOR, "support", ELDER, about="L001", vote=True),
    ):  # fmt: skip
        assert not left_open(DOUBT, ON, answer)


def test_of_an_objection_nobody_could_answer_or_that_names_no_line_nobody_is_told_to_answer_it() -> None:
    assert not left_open(DOUBT, line(3, TENANT, "inform", NGO)), "whoever was meant had no line left"
    assert not left_open({**DOUBT, "asks_nobody": True}, ON), "its last word before the vote"
    assert not left_open({**DOUBT, "about": ""}, ON), "its words may be against what came from outside"
    assert not left_open({**DOUBT, "act": "refuse"}, ON), "whoever refuses a task has settled it"


def test_what_is_praised_as_an_answer_is_about_the_objection_and_gives_one() -> None:
    for act, about, praised in (("answer", "L002", True), ("ask", "L002", False), ("answer", "", False)):
        reply = line(3, MAYOR, act, ELDER, about=about, says="The bulb on the stairs is on order.")  # type: ignore[arg-type]
        assert bool(found(told_session([SAID, DOUBT, reply]).as_read, "answered")) == praised


def test_an_objection_on_whose_offer_others_built_was_not_left_without_a_reply() -> None:
    put = line(1, MAYOR, "propose", terms=STAFF)
    offer = line(2, ELDER, "object", MAYOR, about="L001", terms=ORGANISATION, says="Two workers, and not one of yours.")
    others = [line(n, MAYOR, "inform", NGO, says="Let us go on.") for n in (3, 4, 5)]
    built = line(6, NGO, "support", TENANT, about="L002", condition="the bulb is changed")
    assert found(told_session([put, offer, *others]).as_read, "unanswered")
    assert not found(told_session([put, offer, *others, built]).as_read, "unanswered")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_clause_that_somebody_else_struck_is_told_with_what_came_in_unless_its_owner_went_along(lang: Lang) -> None:
    key, lease = "the mayor names a day", "a lease for 1 year"
    said = [
        line(1, MAYOR, "propose", terms=STAFF), line(2, ELDER, "support", MAYOR, about="L001", condition=key),
        line(3, NGO, "support", ELDER, about="L002", condition=lease),
        line(4, ELDER, "object", about="L003", vote=True),
    ]  # fmt: skip
    taken = {**vote({ELDER: False, NGO: True}, terms=STAFF), "motion": "L003", "condition": lease}
    session, words = decided(told_session(said, lang=lang), 4, taken).as_read, Words(lang)  # type: ignore[arg-type]
    along = {**taken, "votes": {ELDER: True, NGO: True}}
    assert not found(decided(told_session(said, lang=lang), 4, along).as_read, "struck")  # type: ignore[arg-type]
    (turn,) = found(session, "struck")
    names = {"name": session.game.name(NGO), "by": session.game.name(ELDER)}
    assert turn.evidence == ("L003", "L002")
    assert turn.text.startswith(words("why.struck", **names, struck=key))
    assert words("why.struck.new", condition=lease) in turn.text
    assert turn.text.endswith(words("why.struck.against", **names))


def test_a_clause_that_came_back_and_was_decided_was_not_struck() -> None:
    key = "the mayor names a day"
    said = [
        line(1, MAYOR, "propose", terms=STAFF), line(2, ELDER, "support", MAYOR, about="L001", condition=key),
        line(3, NGO, "support", ELDER, about="L002", condition="a lease for 1 year"),
        line(4, TENANT, "support", NGO, about="L003", condition=f"a lease for 1 year; {key}"),
    ]  # fmt: skip
    for condition, count in ((f"a lease for 1 year; {key}", 0), ("a lease for 1 year", 1)):
        taken = {**vote({ELDER: False}, terms=STAFF), "motion": "L004", "condition": condition}
        assert len(found(decided(told_session(said), 4, taken).as_read, "struck")) == count  # type: ignore[arg-type]


def test_a_question_that_ends_an_objection_was_answered_by_whoever_was_asked() -> None:
    asks = line(1, ELDER, "object", MAYOR, says="And who signs for the key, Mayor?")
    between = [line(n, TENANT, "inform", NGO, says="Let us go on.") for n in (2, 3, 4)]
    session = told_session([asks, *between, line(5, MAYOR, "inform", says="The office does.")]).as_read
    assert questions(reader_of(session, latest_scores(session), None))["L001"] == (MAYOR, True)


def test_a_question_that_is_answered_in_a_later_stage_was_answered() -> None:
    asks = line(1, ELDER, "ask", MAYOR, stage="training", says="Who told them what I said?")
    on = line(2, TENANT, "inform", NGO, stage="training", says="Let us go on.")
    for act, answered in (("answer", True), ("ask", False)):
        late = line(3, MAYOR, act, ELDER, says="It was me.")  # type: ignore[arg-type]
        session = told_session([asks, on, late], style="free").as_read
        assert questions(reader_of(session, latest_scores(session), None))["L001"] == (MAYOR, answered)
        assert (side_by_side.open_questions(session) == []) is answered


def test_an_objection_whose_options_were_decided_or_whose_target_was_dropped_was_not_left_without_a_reply() -> None:
    put = line(1, MAYOR, "propose", terms=STAFF)
    doubt = line(2, ELDER, "object", MAYOR, about="L001", says="Not the street's rota again, we saw the last one.")
    between = [line(n, MAYOR, "inform", NGO, says="Let us go on.") for n in (3, 4, 5)]
    for terms, left in ((STAFF, 1), (ORGANISATION, 0)):
        taken = {**vote({ELDER: True}, terms=terms), "motion": "L006"}
        said = [put, doubt, *between, line(6, NGO, "propose", terms=terms)]
        session = decided(told_session(said), 6, taken).as_read  # type: ignore[arg-type]
        assert len([turn for turn in found(session, "unanswered") if turn.evidence[0] == "L002"]) == left


def test_who_has_another_pay_is_not_praised_for_saying_who_pays() -> None:
    for seat, payer, praised in ((ELDER, "district", False), (MAYOR, "district", True), (ELDER, "parents", True)):
        session = told_session([line(1, seat, "propose", terms={"payer": payer})]).as_read
        learnt = lessons(reader_of(session, latest_scores(session), None), [])
        assert any(each.key == "payer" and each.side == "keep" for each in learnt) == praised, (seat, payer)


def test_who_moved_what_names_no_payer_is_told_to_name_one_and_who_was_against_to_say_what_would_win_them() -> None:
    said = [
        line(1, MAYOR, "propose", terms=STAFF), line(2, NGO, "support", about="L001", condition="a trial of 1 term"),
        line(3, ELDER, "object", about="L001", vote=True), line(4, NGO, "object", about="L001", vote=True),
    ]  # fmt: skip
    for agreed, told in ((False, [(MAYOR, "L001")]), (True, [])):
        taken = {**vote({MAYOR: True, ELDER: False, NGO: False}, terms=STAFF), "payer_agreed": agreed}
        session = decided(told_session(said), 4, taken).as_read  # type: ignore[arg-type]
        tries = {
            x.key: list(x.shown)
            for x in lessons(reader_of(session, latest_scores(session), None), [])
            if x.side == "try"
        }
        assert tries.get("payer", []) == told
        assert tries["condition"] == [(ELDER, "L003")], "the organisation had put one"


def test_who_turned_is_told_by_their_own_lines_alone() -> None:
    for name in ("showcase_en", "showcase_zh", "joint_production_en", "one_core_multiple_actors_zh"):
        session = shipped(name)
        reader = reader_of(session, latest_scores(session), None)
        for turn in findings(reader):
            if turn.kind == "turned":
                assert {reader.line_by_id[event]["seat"] for event in turn.evidence} == turn.seats


def bargained() -> Scored:
    """Return a session in which one seat leaves what it put, in another stage, and others keep to theirs."""
    said = [
        line(1, MAYOR, "propose", terms=STAFF, stage="application"),
        line(2, ELDER, "propose", terms=ORGANISATION, stage="application"),
        line(3, NGO, "propose", terms=STAFF),
        line(4, ELDER, "support", NGO, about="L003"),
        line(5, TENANT, "support", NGO, about="L003"),
        line(6, MAYOR, "support", about="L003", vote=True),
        line(7, TENANT, "abstain", about="L003", vote=True, says="I lay mine aside."),
    ]
    for each in said:
        each["visible_to"] = list(told_session(said).game.present(each["stage"]))
    taken = {**vote({MAYOR: True}, terms=STAFF), "motion": "L003", "abstained": [TENANT]}
    return decided(told_session(said), 7, taken)  # type: ignore[arg-type]


def test_who_turned_is_whoever_left_what_they_put_or_backed_and_nobody_else_is_asked() -> None:
    session = bargained().as_read
    turns = found(session, "turned")
    assert [(turn.evidence, turn.seats) for turn in turns] == [
        (("L004", "L002"), frozenset({ELDER})), (("L007", "L005"), frozenset({TENANT})),
    ]  # fmt: skip
    assert f"and here for this: {STREET}." in turns[0].text
    assert "abstained" in turns[1].text
    (against,) = found(session, "against")
    assert (against.seats, against.text) == (frozenset({TENANT}), "Luo Mei abstained.")
    why = points(Page(to_html(make_debrief(session, latest_scores(session)))), "why")
    assert "Nobody named here need have changed their mind" in why, "of how the terms changed"
    assert "Ask whoever is named here: What moved you?" in points(
        Page(to_html(make_debrief(session, latest_scores(session)))), "talk"
    )


def two_motions(*said: Line, lang: Lang) -> Session:
    """Return a session in which a motion of the mayor's falls, some lines, and a vote on another that was put then."""
    first = [line(1, MAYOR, "propose", terms=STAFF), line(2, ELDER, "propose", terms=ORGANISATION)]
    lines = [*first, *said, line(9, NGO, "support", about="L001", vote=True)]
    lines += [line(10, NGO, "support", about="L002", vote=True)]
    fell = {**vote({NGO: True}, terms=STAFF, carried=False), "motion": "L001"}
    return decided(told_session(lines, lang=lang), 9, fell).as_read  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_who_votes_for_the_next_motion_once_one_has_fallen_has_not_turned_unless_they_spoke_against_it(
    lang: Lang,
) -> None:
    assert not found(two_motions(lang=lang), "turned")
    against = two_motions(line(3, NGO, "object", ELDER, about="L002", says="Not with two workers."), lang=lang)
    (turn,) = found(against, "turned")
    assert turn.evidence == ("L010", "L003")
    assert turn.text == Words(lang)("why.turned.for", name=against.game.name(NGO))


@pytest.mark.parametrize("turns", [False, True])
def test_who_backs_a_motion_that_came_up_after_the_one_they_backed_has_not_turned(*, turns: bool) -> None:
    rival = line(2 if turns else 4, ELDER, "propose", terms=ORGANISATION)
    said = [
        line(1, MAYOR, "propose", terms=STAFF),
        rival,
        line(3, NGO, "support", MAYOR, about="L001"),
        line(5, NGO, "support", ELDER, about=rival["id"]),
    ]
    said.sort(key=lambda each: each["id"])
    assert len(found(told_session(said).as_read, "turned")) == turns


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("leaves", [True, False])
def test_who_leaves_an_amendment_of_their_own_for_other_options_has_turned(lang: Lang, *, leaves: bool) -> None:
    said = [
        line(1, MAYOR, "propose", terms=STAFF),
        line(2, TENANT, "support", MAYOR, about="L001", condition="the list hangs in the hall"),
        line(3, ELDER, "propose", terms=ORGANISATION),
        line(4, TENANT, "support", about="L003" if leaves else "L001", condition="the hall is lit"),
    ]
    turns = found(told_session(said, lang=lang).as_read, "turned")
    assert [(turn.evidence, turn.seats) for turn in turns] == [(("L004", "L002"), frozenset({TENANT}))] * leaves


def test_who_goes_over_to_what_is_carried_has_turned_also_from_what_they_took_over_and_is_told_first() -> None:
    said = [
        line(1, NGO, "propose", terms={**STAFF, "payer": "parents"}),
        line(3, MAYOR, "object", NGO, about="L001", terms={**STAFF, **PAID}),
        line(4, TENANT, "support", MAYOR, about="L003", condition="the list hangs in the hall"),
        line(5, NGO, "support", MAYOR, about="L003"),
        line(6, ELDER, "object", TENANT, about="L004", terms={**ORGANISATION, **PAID}),
        line(7, MAYOR, "support", ELDER, about="L006", condition="the hall is lit"),
        line(8, TENANT, "support", MAYOR, about="L007"),
        line(9, ELDER, "support", about="L007", vote=True),
    ]
    taken = {**vote({ELDER: True}, terms={**ORGANISATION, **PAID}), "motion": "L007"}
    turns = found(decided(told_session(said), 9, taken).as_read, "turned")  # type: ignore[arg-type]
    assert [turn.evidence for turn in turns] == [("L007", "L003"), ("L008", "L004"), ("L005", "L001")]
    assert [turn.seats for turn in turns] == [{MAYOR}, {TENANT}, {NGO}]


def test_who_takes_a_promise_back_aloud_did_what_is_worth_keeping() -> None:
    said: list[Line] = [
        line(1, MAYOR, "promise", promises="the money on Friday"),
        {**line(2, MAYOR, "inform"), "withdraws": "L001"},
        line(3, NGO, "promise", promises="a lift by May"),
    ]
    for each in said:
        each["visible_to"] = list(told_session(said).game.present("public_engagement"))
    session = told_session(said).as_read
    reader = reader_of(session, latest_scores(session), None)
    back = [lesson for lesson in lessons(reader, []) if lesson.key == "back"]
    assert [(lesson.side, lesson.shown) for lesson in back] == [("keep", ((MAYOR, "L002"),))]


def test_news_is_told_with_who_spoke_next_and_no_other_line() -> None:
    news = payload("inject", "x1", text="The owner of the warehouse signs for the empty hall.", to=[], turn=1)
    asks = line(1, MAYOR, "ask", NGO, says="Who has the hall?")
    said = [
        line(2, NGO, "answer", MAYOR, about="L001", says="The warehouse signs, then."),
        line(3, ELDER, "object", NGO, about="L002", says="Is that so?"),
    ]
    for promises, shown in (("", ()), ("I hold the key until Friday", ("L002",))):
        told: list[Line] = [asks, {**said[0], "promises": promises}, said[1]]
        (turn,) = found(after(told_session(told), 1, "inject", news).as_read, "inject")
        assert turn.evidence == shown, "and only where that put, promised or opposed something"
        assert turn.text.endswith("The next to speak was He Wan (L002).")
    other: Line = {**said[0], "says": "You have it, Mayor.", "promises": "I hold the key until Friday"}
    (turn,) = found(after(told_session([asks, other]), 1, "inject", news).as_read, "inject")
    assert (turn.evidence, turn.text[-7:]) == ((), "(L001)."), "an answer to the question before takes up no news"
    (silent,) = found(after(told_session([asks]), 1, "inject", news).as_read, "inject")
    reviewed: list[Line] = [{**each, "stage": "review"} for each in (asks, *said)]
    assert not found(after(told_session(reviewed), 1, "inject", news).as_read, "inject"), "there the year is told"
    assert (silent.evidence, "Nobody spoke after" in silent.text) == ((), True)


def test_whoever_backs_a_motion_of_another_than_they_speak_to_is_told_with_it() -> None:
    lang: Lang = "en"
    said = [
        line(1, MAYOR, "propose", terms=STAFF), line(2, NGO, "support", ELDER, about="L001"),
        line(3, TENANT, "support", MAYOR, about="L001"), line(4, ELDER, "object", NGO, about="L001"),
        line(5, TENANT, "support", NGO, about="L004"),
        line(6, ELDER, "support", NGO, about="L001", vote=True, says="For it."),
        line(7, MAYOR, "object", about="L001", vote=True, says="Not any more."),
    ]  # fmt: skip
    session, words = told_session(said, lang=lang).as_read, Words(lang)
    read, name = Reading(session), session.game.name
    motion = f"L001 ({name(MAYOR)})"
    assert [read.line(each).does for each in session.lines] == [
        f"{words('act.propose')} → {words('everyone')}",
        words("act_about.support", motion=motion, to=name(ELDER)),
        words("act_about.support", motion="L001", to=name(MAYOR)),
        words("act_about.object", motion=motion, to=name(NGO)),
        f"{words('act.support')} → {name(NGO)}",
        words("act_about.support", motion=motion, to=name(NGO)),
        "objects to L001 (own motion) → everyone",
    ]
    assert all("L001" in read.line(each).does for each in session.lines if each["about"] == "L001")


def voted(cast: dict[str, Act], *changes: str, lang: Lang) -> Session:
    """Return a session in which a motion of the mayor's was not carried by these votes, under changed rules."""
    votes = {seat: act == "support" for seat, act in cast.items() if act != "abstain"}
    said = [line(1, MAYOR, "propose", terms=STAFF, says="I move the street.")]
    said += [line(n, seat, act, about="L001", vote=True) for n, (seat, act) in enumerate(cast.items(), start=2)]
    room = list(told_session(said).game.present("public_engagement"))
    told = told_session([{**each, "visible_to": room} for each in said], changes=changes, lang=lang)
    game = told.game
    vetoed = vetoes(game.governance, game.positions, votes)
    procedure = game.governance.rules.aggregation.procedure
    taken = {
        **vote(votes, carried=False), "motion": "L001", "procedure": procedure,
        "vetoed_by": list(vetoed), "abstained": [seat for seat in cast if seat not in votes],
    }  # fmt: skip
    return decided(told, len(said), taken).as_read  # type: ignore[arg-type]


ALONE: dict[str, Act] = {MAYOR: "object", ELDER: "support", TENANT: "support", NGO: "support"}
SHORT: dict[str, Act] = {MAYOR: "support", ELDER: "support", TENANT: "object", NGO: "object"}
FEW: dict[str, Act] = {MAYOR: "support", ELDER: "support", TENANT: "abstain"}


def test_a_motion_that_fell_by_one_vote_is_told_at_that_vote_with_what_the_other_vote_would_have_made() -> None:
    cases: list[tuple[dict[str, Act], str, str, set[str], tuple[int, int], tuple[int, int], Lang]] = [
        (ALONE, "aggregation.veto=official", "veto", {MAYOR}, (4, 0), (3, 1), "en"),
        (ALONE, "aggregation.procedure=consensus", "consensus", {MAYOR}, (4, 0), (3, 1), "zh"),
        (SHORT, "aggregation.order=open", "majority", {TENANT, NGO}, (3, 1), (2, 2), "en"),
        (FEW, "aggregation.abstain=true", "quorum", {TENANT}, (3, 0), (2, 0), "zh"),
    ]
    for cast, change, how, seats, tally, counts, lang in cases:
        played, words = voted(cast, change, lang=lang), Words(lang)
        (turn,) = found(played, "stopped")
        by_vote = {each["seat"]: each["id"] for each in played.lines if each["vote"]}
        assert turn.seats == seats
        assert turn.evidence[:-1] == tuple(by_vote[seat] for seat in by_vote if seat in seats), (
            "the votes, not the motion"
        )
        then = words("why.stopped.tally", yes=tally[0], no=tally[1])
        assert then in turn.text
        told = {"yes": counts[0], "no": counts[1], "cast": sum(counts), "quorum": 3, "then": then}
        for seat in (*seats, next(seat for seat in played.game.positions if seat not in seats)):
            own = to_markdown(make_debrief(played, latest_scores(played), seat)).partition('<a id="keep"></a>')[0]
            assert (words(f"whatif.coach.vote.{how}", **told) in own) == (seat in seats)
            assert (f"(#{by_vote.get(seat)})" in own) or seat not in seats


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("against", "by_one"), [([TENANT, NGO], True), ([TENANT], False)])
def test_a_motion_that_one_vote_more_carried_is_told_as_such(against: list[str], *, by_one: bool, lang: Lang) -> None:
    votes = {seat: seat not in against for seat in (MAYOR, ELDER, "grid_master", TENANT, NGO)}
    said = [line(1, MAYOR, "propose", terms=STAFF)]
    said += [line(n, seat, "support", about="L001", vote=True) for n, seat in enumerate(votes, start=2)]
    told = decided(told_session(said, lang=lang), 6, vote(votes, terms=STAFF)).as_read
    turns = found(told, "narrow")
    assert [turn.seats for turn in turns] == [frozenset({MAYOR, ELDER, "grid_master"})] * by_one
    then = Words(lang)("why.stopped.tally", yes=2, no=3)
    assert all(then in turn.text for turn in turns)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("mover", "own"), [("village_cadre", "let_pass.own"), (TENANT, "let_pass")])
def test_whoever_may_stop_what_is_put_is_not_said_to_have_let_pass_what_was_its_own(
    mover: str, own: str, lang: Lang
) -> None:
    votes = dict.fromkeys(("village_cadre", TENANT, ELDER), True)
    said = [line(1, mover, "propose", terms=STAFF)]
    said += [line(n, seat, "support", about="L001", vote=True) for n, seat in enumerate(votes, start=2)]
    played = told_session(said, lang=lang, governance="one_core_multiple_actors")
    carried = decided(played, 4, vote(votes, terms=STAFF)).as_read
    (turn,) = found(carried, "let_pass")
    assert turn.text == Words(lang)(f"why.{own}", names=carried.game.name("village_cadre"))


def test_what_all_were_for_was_not_carried_by_one_vote() -> None:
    rules = ("aggregation.voters=resident", "aggregation.quorum=2", "aggregation.share=3/4", "aggregation.abstain=true")
    votes = dict.fromkeys((ELDER, TENANT), True)
    said = [line(1, ELDER, "propose", terms=STAFF)]
    said += [line(n, seat, "support", about="L001", vote=True) for n, seat in enumerate(votes, start=2)]
    carried = decided(told_session(said, changes=rules), 3, vote(votes, terms=STAFF)).as_read
    assert not found(carried, "narrow")


def test_a_veto_without_a_vote_is_told_as_one_and_what_two_seats_stopped_no_single_vote_did() -> None:
    without = ("aggregation.veto=official", "aggregation.voters=chair,frontline,broker,provider,resident")
    (turn,) = found(voted(ALONE, *without, lang="en"), "stopped")
    words = Words("en")
    then = words("why.stopped.tally", yes=3, no=0)
    who = voted(ALONE, lang="en").game.name(MAYOR)
    what = words("why.stopped.what", line="L001", what=words("decision.no_terms"))
    assert turn.text == what + words("why.stopped.veto_only", yes=3, no=0, who=who, then=then)
    assert not found(voted(ALONE | {NGO: "object"}, "aggregation.procedure=consensus", lang="en"), "stopped")
    assert not found(voted(ALONE | {NGO: "object", TENANT: "object"}, lang="en"), "stopped")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_beside_a_veto_only_whoever_gave_it_is_named_as_the_one_to_talk_to(lang: Lang) -> None:
    fell: dict[str, Act] = SHORT | {"village_cadre": "object"}
    told, words = voted(fell, "aggregation.veto=broker", lang=lang), Words(lang)
    own = to_markdown(make_debrief(told, latest_scores(told), MAYOR))
    assert words("whatif.coach.title.outvoted") in own
    assert words("whatif.coach.next.talk", names=told.game.name("village_cadre")) in own


PARENTS, SHARED = {"payer": "parents"}, {"payer": "shared"}
OPENING = [
    line(1, TENANT, "propose", terms=PARENTS | STAFF),
    line(2, MAYOR, "object", TENANT, about="L001", terms=SHARED | STAFF),
    line(3, NGO, "support", MAYOR, about="L002", terms=ORGANISATION),
    line(4, MAYOR, "support", NGO, about="L003", condition="a trial of 1 term"),
    line(5, TENANT, "object", MAYOR, about="L004", terms=SHARED | ORGANISATION, condition="nobody knocks"),
]


def test_an_objection_that_takes_over_options_and_an_amendment_that_carries_them_along_turn_nobody() -> None:
    assert not found(told_session(OPENING).as_read, "turned")
    gives_way = line(6, TENANT, "support", MAYOR, about="L004", condition="nobody knocks")
    (turn,) = found(told_session([*OPENING, gives_way]).as_read, "turned")
    assert (turn.evidence[0], turn.seats) == ("L006", frozenset({TENANT}))


def test_the_course_of_conditions_ends_with_the_motion_that_was_decided() -> None:
    for name in ("showcase_en", "showcase_zh"):
        session = shipped(name)
        (carried,) = session.carried
        by = [line for line, _ in brought(session.items, carried["condition"])]
        told = [turn for turn in found(session, "clauses") if turn.evidence[0] == by[-1]]
        assert told, "also where the motion promises something as well"
        assert {line["seat"] for line in session.lines if line["id"] in by} <= told[-1].seats
        assert all(line in told[-1].text for line in by), "and who brought each that was decided"
        place = {
            "en": "(Shen Yulan, L044, in the place of what He Wan had asked for in L037)",
            "zh": "（邱文斌，L019，由罗梅在L018提的改成）",
        }
        assert place[session.spec.lang] in told[-1].text


def test_a_motion_that_also_promises_is_the_last_step_of_how_the_terms_changed() -> None:
    said = [
        line(1, ELDER, "propose", terms=STAFF, condition="a trial of 1 term"),
        line(2, NGO, "support", ELDER, about="L001", condition="a trial of 2 terms", promises="I bring the chairs."),
    ]
    taken: DecisionTaken = {**vote({ELDER: True}, terms=STAFF), "motion": "L002", "condition": "a trial of 2 terms"}
    session = decided(told_session(said), 2, taken).as_read
    (turn,) = found(session, "clauses")
    assert turn.evidence == ("L002", "L001")
    assert session.game.name(NGO) in turn.text


def test_who_gave_ground_did_so_on_the_same_matter() -> None:
    more = line(3, ELDER, "support", "village_cadre")
    assert not found(
        told_session([SAID, DOUBT, more, line(4, MAYOR, "concede", ELDER, about="L003")]).as_read, "conceded"
    )
    for seat, about in ((MAYOR, "L002"), (ELDER, "L001")):
        gives = line(4, seat, "concede", about=about)
        (turn,) = found(told_session([SAID, DOUBT, more, gives]).as_read, "conceded")
        assert (turn.evidence, seat in turn.seats) == (("L004", "L002"), True)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_who_votes_for_anothers_motion_reads_that_as_their_own_change_and_the_sheet_shows_the_vote(lang: Lang) -> None:
    said = [
        line(1, ELDER, "propose", terms=STAFF, says="My motion is the old view."),
        line(2, MAYOR, "propose", terms=ORGANISATION),
        line(3, ELDER, "support", about="L002", vote=True),
    ]
    room = list(told_session(said).game.present("public_engagement"))
    for each in said:
        each["visible_to"], each["says"] = room, "" if each["vote"] else each["says"]
    taken = {**vote({ELDER: True, NGO: True}, terms=ORGANISATION), "motion": "L002"}
    session = decided(told_session(said, lang=lang), 3, taken).as_read  # type: ignore[arg-type]
    (turn,) = found(session, "turned")
    assert session.game.name(MAYOR) in turn.text, "whose motion it was"
    say, sheet = session.game.words, to_markdown(handout(session))
    told = sheet.partition(say("why.turned.title"))[2].partition("\n#")[0]
    assert "L003" in told
    assert "My motion is the old view." not in told
    assert say("talk.ask.turned.vote") in told
    assert say("talk.lead.turned") not in sheet, "which is for whoever leads the talk"
    own = to_markdown(make_debrief(session, latest_scores(session), ELDER))
    assert turn.text in own.partition(say("why.turned.title"))[2].partition(say("part.lines"))[0]
    assert say("part.none_turned") not in own


@pytest.mark.parametrize(("lang", "whose"), [("en", "the motion of {} (L003), {}"), ("zh", "{}的提案 L003（{}）")])
def test_whose_motion_somebody_turned_to_is_told_as_in_the_minutes(lang: Lang, whose: str) -> None:
    said = [
        line(1, ELDER, "propose", terms=STAFF),
        line(2, MAYOR, "propose", terms=ORGANISATION),
        line(3, NGO, "support", about="L002", terms=ORGANISATION, condition="somebody brings chairs"),
        line(4, ELDER, "support", about="L003", vote=True),
    ]
    room = list(told_session(said).game.present("public_engagement"))
    for each in said:
        each["visible_to"] = room
    taken = {**vote({ELDER: True, NGO: True}, terms=ORGANISATION), "motion": "L003"}
    session = decided(told_session(said, lang=lang), 4, taken).as_read  # type: ignore[arg-type]
    (turn,) = (each for each in found(session, "turned") if ELDER in each.seats)
    changed = session.game.words("meeting.amended.changes", names=session.game.name(NGO))
    assert whose.format(session.game.name(MAYOR), changed) in turn.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_who_votes_for_an_option_that_they_spoke_against_as_a_promise_is_told_as_turned(lang: Lang) -> None:
    said = [
        line(1, NGO, "promise", terms=STAFF),
        line(2, ELDER, "object", NGO, about="L001"),
        line(3, NGO, "propose", terms=STAFF),
        line(4, ELDER, "support", about="L003", vote=True),
    ]
    taken = {**vote({ELDER: True, NGO: True}, terms=STAFF), "motion": "L003"}
    session = decided(told_session(said, lang=lang), 4, taken).as_read  # type: ignore[arg-type]
    (turn,) = found(session, "turned")
    ((_, option),) = session.game.in_words(STAFF)
    told = {"zh": f"先前反对过“{option}”，到这里赞成了", "en": f"had spoken against “{option}”, and here was for"}
    assert told[lang] in turn.text
    assert turn.evidence == ("L004", "L002")
