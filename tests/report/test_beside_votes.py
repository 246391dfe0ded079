"""What is told beside votes: which motions were not put, and why; who voted on its own interest."""

from __future__ import annotations

import io

import pytest

from sandbox.cli.console import Console
from sandbox.cli.terminal import told
from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.record.folder import SessionFolder
from sandbox.record.line import DecisionTaken
from sandbox.report.acceptance import interested
from sandbox.report.beside_votes import interest_told, unput_told
from sandbox.report.document.markdown import to_markdown
from sandbox.report.entries import entry_state
from sandbox.report.pages.handout import handout
from sandbox.report.reading import Reading
from sandbox.session.opening import open_session
from tests.cassette import FOLDER
from tests.game.making import LIBRARY, line
from tests.report.conftest import told_session
from tests.report.test_course_told import decided
from tests.scoring.making import vote

ROTA, HIRED = {"provider": "street_staff"}, {"provider": "social_organisation"}


def test_terminal_and_hand_out_say_which_motion_was_not_put_and_why() -> None:
    session = open_session(SessionFolder(FOLDER / "joint_production_en"), LIBRARY)
    says = "The motion of Chen Guodong (L038) was not put to the vote: another motion was put first and carried."
    shown = io.StringIO()
    told(session, Console(file=shown, width=200), 0)
    assert says in shown.getvalue()
    assert says in to_markdown(handout(session))
    assert shown.getvalue().count("was not put to the vote") == 2, (
        "what was amended, or given up by its mover, is not told"
    )


def test_whatever_was_not_put_says_why_as_far_as_the_record_tells() -> None:
    session = open_session(SessionFolder(FOLDER / "rules_only_government_community_interaction"), LIBRARY)
    shown = {item.line: entry_state(Reading(session), item)[1] for item in session.entries("proposal")}
    assert "“Training” takes no vote" in shown["L005"]
    assert "it was amended, and L027 was put in its place" in shown["L012"]


@pytest.mark.parametrize("back", [True, False])
def test_a_motion_is_given_up_whose_mover_backs_another_and_takes_back_what_it_promised_beside(*, back: bool) -> None:
    backs = line(3, "local_parent", "support", about="L002")
    if back:
        backs["withdraws"] = "L001"
    said = [
        line(1, "local_parent", "propose", terms=ROTA, promises="I take Tuesdays"),
        line(2, "ngo_director", "propose", terms=HIRED),
        backs,
        line(4, "local_parent", "support", vote=True, about="L002"),
    ]
    votes = {"ngo_director": True, "local_parent": True}
    session = decided(told_session(said), 4, {**vote(votes, terms=HIRED), "motion": "L002"}).as_read
    left = next(item for item in session.entries("proposal") if item.line == "L001")
    assert (entry_state(Reading(session), left)[1] == "given up by its mover for a later one") == back
    assert bool(unput_told(Reading(session), "public_engagement")) != back


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("en", "takes money of their trade or asks something of them (residents’ fees aside): {name}"),
        ("zh", "（住户交的费不算）：{name}"),
    ],
)
def test_a_provider_that_votes_on_its_own_contract_is_named_as_interested(lang: Lang, says: str) -> None:
    for terms, votes, seen in (
        (HIRED, {"ngo_director": True, "local_parent": True}, "for"),
        (HIRED, {"ngo_director": False, "local_parent": True}, "against"),
        (ROTA, {"ngo_director": True, "local_parent": True}, ""),
        (HIRED, {"local_parent": True, "migrant_tenant": True}, ""),
    ):
        said = [
            line(1, "local_parent", "propose", terms=terms),
            line(2, "local_parent", "support", vote=True, about="L001"),
        ]
        session = decided(told_session(said, lang=lang), 2, {**vote(votes, terms=terms), "motion": "L001"}).as_read
        name = session.game.name("ngo_director")
        assert (says.format(name=name) in to_markdown(handout(session))) == bool(seen)
        way = session.game.words.paren(session.game.words(f"decision.{seen}").lower()) if seen else ""
        beside = interest_told(Reading(session), session.decisions[-1])
        assert (says.format(name=name + way) in beside) == bool(seen), "and how, for it need not be for their own good"
    asked = {"en": "{} buys the chairs", "zh": "{}买椅子"}[lang].format(session.game.name("local_parent"))
    bound: DecisionTaken = {**vote({"local_parent": True}, terms=ROTA), "motion": "L001", "condition": asked}
    session = decided(told_session(said, lang=lang), 2, bound).as_read
    assert session.game.name("local_parent") in interest_told(Reading(session), session.decisions[-1])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_interest_is_whose_work_or_trade_an_option_is_and_not_whose_fee_it_names(lang: Lang) -> None:
    game = Game(SessionSpec(scenario="clean_up", governance="three_social_interaction", lang=lang), LIBRARY)
    assert interested(game, {"workers": "company"}) == ["property_manager"]
    assert interested(game, {"payer": "parking"}) == ["property_manager"]
    assert interested(game, {"payer": "fees", "workers": "hired", "say": "owners"}) == []
