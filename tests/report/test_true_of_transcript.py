"""What minutes and handout say of a meeting is true of its transcript: meetings that cards alone played."""

from __future__ import annotations

from functools import cache

import pytest

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.language.gist import gist
from sandbox.game.play import play
from sandbox.game.session import Session
from sandbox.game.spec import CARDS, SessionSpec
from sandbox.record.log import Log
from sandbox.report.document.markdown import to_markdown
from sandbox.report.endings import why_undecided
from sandbox.report.pages.handout import handout
from sandbox.report.pages.minutes import minutes
from sandbox.report.pages.parts import decision_box
from sandbox.report.read_decision import read_decision
from sandbox.report.reading import Reading
from sandbox.session.points import card_turn
from tests.game.making import LIBRARY, line
from tests.report.conftest import told_session
from tests.report.test_course_told import decided
from tests.scoring.making import vote

both = pytest.mark.parametrize("lang", ["en", "zh"])
VILLAGE = ("waiting_village", "three_social_interaction", 7)
DOORS = ("hukou_two_doors", "government_community_interaction", 5)
LAND = ("land_acquisition", "government_community_interaction", 3)
KNOCKING = ("door_knocking", "joint_production", 7)
VOTERS = ("one_place_to_vote", "one_core_multiple_actors", 12)
PROMISED = ("captured_social_workers", "one_core_multiple_actors", 5)

ESTATE = ("mega_estate", "joint_production", 7)


@cache
def meeting(scenario: str, governance: str, seed: int, lang: Lang) -> Session:
    """Return a session that cards alone played."""
    given = {"scenario": scenario, "governance": governance, "seed": seed, "lang": lang}
    game = Game(SessionSpec.model_validate({**given, "style": "directed", "model": CARDS}), LIBRARY)
    log = Log()
    return Session(game, play(game, card_turn, write=log.append), tuple(log))


def papers(session: Session, lang: Lang | None = None) -> tuple[str, str]:
    """Return minutes and handout of a session as their readers see them, in ``lang`` or that of the session."""
    filed, given = (to_markdown(page).replace("\\", "") for page in (minutes(session, lang), handout(session, lang)))
    return filed, given


@both
def test_a_promise_to_keep_a_secret_is_none_about_the_drain(lang: Lang) -> None:
    session = meeting(*VILLAGE, "zh")
    (promise,) = (item for item in session.entries("promise") if not item.terms)
    filed, given = papers(session, lang)
    secret, settled = promise.says.rstrip(".。"), filed.partition(Words(lang)("meeting.settled"))[2]
    assert settled.count(secret) == 1, "as what was promised, and not as what is said of any question"
    assert given.count(secret) == 1
    cadre = session.game.in_language(lang).name("village_cadre")
    assert Words(lang)("decision.unheld.unasked", names=[cadre]) in given


def test_what_is_put_to_a_body_in_brackets_leaves_no_empty_ones() -> None:
    filed, _ = papers(meeting(*ESTATE, "zh"))
    assert Words("zh")("meeting.waits.asked", matters="|").split("|")[0] + "业主出" in filed
    assert "（）" not in filed


def test_a_promise_is_quoted_by_what_it_gives_and_not_by_what_it_refuses() -> None:
    says = "晚上时间我保证不了，议事会不参加。我可以做一个表单，业主按楼栋先摸个底，票数当场看得到。"
    assert "我可以做一个表单" in gist(says, 50, act="promise")


@both
def test_a_fee_that_the_body_may_not_set_is_not_told_as_what_pays(lang: Lang) -> None:
    session = meeting(*DOORS, lang)
    (taken,) = session.carried
    (fee,) = (option for _, option in session.game.in_words(taken["unbound"]))
    filed, given = papers(session)
    not_for_it = {"en": ", which is not for this body to bind", "zh": "，不归这个会定"}[lang]
    assert fee + not_for_it in given
    assert session.game.words("payer.unbound", option=fee, holds="", budget="|", model="").split("|")[0] in given
    assert session.game.words("meeting.budget", budgets="|").split("|")[0] not in filed, (
        "it was agreed, and has to be approved"
    )
    assert session.game.words("meeting.budget.until", budgets="|").split("|")[0] in filed
    assert fee in filed.partition(Words(lang)("meeting.waits").strip())[2]


@both
def test_a_motion_that_the_votes_alone_lost_fell_by_them_whoever_stopped_it_too(lang: Lang) -> None:
    session = meeting(*VOTERS, lang)
    filed, given = papers(session)
    last, label = session.decisions[-1], session.game.words
    assert last["vetoed_by"]
    assert sum(last["votes"].values()) * 2 < len(last["votes"])
    needed = {"en": "2 for, and by the rules", "zh": "2票赞成，按规则要"}[lang]
    assert needed in why_undecided(session, label)
    assert why_undecided(session, label) not in given, "it is of the last of two motions alone"
    assert label("meeting.came.vetoed.party") not in filed
    assert filed.count(label("meeting.came.rejected")) == 2
    assert session.game.name(last["vetoed_by"][0]) in filed.partition(label("meeting.vetoed.party", names="|")[:5])[2]
    assert {"en": "did not agree, and it was not", "zh": "没有同意，没有通过"}[lang] not in given


@both
def test_who_is_to_do_or_to_pay_what_was_carried_and_voted_against_it_is_named(lang: Lang) -> None:
    session = meeting(*KNOCKING, lang)
    (taken,) = session.carried
    label, game = session.game.words, session.game
    options = dict(zip(taken["terms"], (option for _, option in game.in_words(taken["terms"])), strict=True))
    told = [
        label(
            f"doer_away.{does}.against", option=options[question], name=game.name(seat) + label.paren(game.role(seat))
        )
        for does, question, seat in (("does", "visitor", "grid_master"), ("pays", "payer", "landlord"))
        if not taken["votes"][seat]
    ]
    assert told, "one of them voted against it"
    for paper in papers(session):
        assert [paper.count(each) for each in told] == [1] * len(told)
    others = {"en": "residents pay their own part", "zh": "住户的费由住户交"}[lang]
    assert others not in papers(session)[0], "the landlords pay the repairs"


@both
@pytest.mark.parametrize("played", [DOORS, ("one_more_campaign", "command", 5)])
def test_a_time_that_belongs_to_what_an_option_says_is_no_time_by_which_it_is_to_be_done(
    lang: Lang, played: tuple[str, str, int]
) -> None:
    session = meeting(*played, lang)
    (taken,) = session.carried
    filed = papers(session)[0]
    for _, option in session.game.in_words(taken["terms"]):
        (row,) = (row for row in filed.splitlines() if option in row and row.startswith("| ") and row[2].isdigit())
        assert row.endswith("| – |")


@both
def test_what_was_promised_and_otherwise_decided_or_voted_down_stands_as_no_plain_undertaking(lang: Lang) -> None:
    session = meeting(*LAND, "zh")
    (broken,) = (item for item in session.entries("promise") if item.state == "broken")
    game = session.game.in_language(lang)
    ((_, option),) = game.in_words(broken.terms)
    filed, words = papers(session, lang)[0], Words(lang)
    undertaken, _, open_matters = filed.partition(words("meeting.settled"))[2].partition(words("meeting.open"))
    assert option not in undertaken
    assert option in next(row for row in open_matters.splitlines() if game.name(broken.owner) in row)
    lost = meeting(*PROMISED, "zh")
    (promise,) = lost.entries("promise")
    ((_, option),) = lost.game.in_language(lang).in_words(promise.terms)
    for paper in papers(lost, lang):
        row = next(row for row in paper.splitlines() if row.startswith("| ") and option in row)
        assert words("promised_if.voted_down") in row


@both
def test_a_motion_that_was_amended_is_told_as_its_movers_with_who_amended_it(lang: Lang) -> None:
    terms, held = {"payer": "shared"}, "the list hangs in the hall"
    said = [
        line(1, "mayor", "propose", terms=terms),
        line(2, "migrant_tenant", "support", about="L001", terms=terms, condition=held),
    ]
    for each in said:
        each["visible_to"] = list(told_session(said).game.present("public_engagement"))
    taken = {**vote({"mayor": True, "local_parent": True}, terms=terms), "motion": "L002", "condition": held}
    session = decided(told_session(said, lang=lang), 2, taken).as_read  # type: ignore[arg-type]
    mover, other = map(session.game.name, ("mayor", "migrant_tenant"))
    told = {"en": f"Motion of {mover}, as amended by {other}: ", "zh": f"{mover}所提方案（经{other}修改）：应到"}[lang]
    assert told in papers(session)[0]
    box = str(decision_box(Reading(session), read_decision(Reading(session), session.decisions[0]), "L002"))
    by = {"en": f" {mover} (L001), as amended by {other}'", "zh": f" {mover}（L001）（经{other}修改）'"}
    assert by[lang] in box


@both
def test_a_counter_offer_that_is_carried_is_told_with_who_put_first_what_it_kept(lang: Lang) -> None:
    said = [
        line(1, "mayor", "propose", terms={"payer": "shared", "eligible": "all_children"}),
        line(2, "migrant_tenant", "object", about="L001", terms={"payer": "district", "eligible": "all_children"}),
    ]
    for each in said:
        each["visible_to"] = list(told_session(said).game.present("public_engagement"))
    votes = vote({"mayor": True, "local_parent": True}, terms=said[1]["terms"])
    session = decided(told_session(said, lang=lang), 2, {**votes, "motion": "L002"}).as_read
    mover, kept = map(session.game.name, ("migrant_tenant", "mayor"))
    told = {
        "en": f"Motion of {mover}, with options put first by {kept}: ",
        "zh": f"{mover}所提方案（部分选项由{kept}最先提出）：应到",
    }
    assert told[lang] in papers(session)[0]


@both
@pytest.mark.parametrize(
    ("played", "asks", "exclaims"),
    [((*VILLAGE[:2], 20), "图纸呢？", "又损失什么呢？"), (DOORS, "", "谁写的，问过我们吗？")],
)
def test_a_question_mark_at_the_end_of_a_motion_or_an_objection_is_no_question_that_waits(
    lang: Lang, played: tuple[str, str, int], asks: str, exclaims: str
) -> None:
    session, words = meeting(*played, "zh"), Words(lang)
    assert any(exclaims in line["says"] for line in session.lines)
    left = papers(session, lang)[0].partition(words("meeting.open"))[2].partition(words("meeting.reservations"))[0]
    assert asks in left
    assert exclaims not in left


@both
def test_an_objection_to_something_else_is_no_reservation_on_what_was_carried(lang: Lang) -> None:
    session, words = meeting(*DOORS, "zh"), Words(lang)
    reserved = papers(session, lang)[0].partition(words("meeting.reservations"))[2]
    (spoken,) = (line for line in session.lines if "登记窗口收钱：规定不收费" in line["says"])
    assert words("meeting.in_discussion", line=spoken["id"]) in reserved, "to whoever put the motion"
    assert any("跟展板一个样" in line["says"] for line in session.lines)
    assert "跟展板一个样" not in reserved, "it is of the notice at the bridge"


def test_a_courtesy_of_a_vote_by_card_is_no_reservation() -> None:
    session = meeting("resettled_elders", "three_social_interaction", 18, "zh")
    assert any("要是这样，我下来" in line["says"] for line in session.lines if line["vote"])
    assert "要是这样，我下来" not in papers(session)[0]
