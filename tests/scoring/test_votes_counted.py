"""A seat that only holds a veto has no vote: its ballot is neither shown nor measured as one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.experiment.export.log_rows import long_tables, table_csv
from sandbox.experiment.outcomes import outcomes_of
from sandbox.game.minutes.settled import told_vote
from sandbox.game.rules import carried
from sandbox.game.session import Session
from sandbox.record.line import DecisionTaken
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.pack import make_pack
from sandbox.report.pages.session import transcript_markdown
from sandbox.report.read_decision import read_decision
from sandbox.report.reading import Reading
from sandbox.scoring.assessment import bound_by
from sandbox.scoring.scorecard import latest_scores
from sandbox.web.wall.show import Show
from tests.content.folders import LIBRARY, shipped, write
from tests.scoring.making import drawn

CHAIR = "teacher_volunteer"
ONLY_VETO = (
    "aggregation.voters=[official,provider,frontline,broker,resident]",
    "aggregation.veto=[chair]",
    "aggregation.quorum=2",
)


def decided(lang: Lang = "en", *changes: str) -> Iterator[tuple[Session, DecisionTaken]]:
    """Yield decisions in which the chair was asked and only holds a veto."""
    for seed in range(1, 20):
        session = drawn(seed=seed, lang=lang, changes=(*ONLY_VETO, *changes))
        yield from ((session, taken) for taken in session.decisions if CHAIR in taken["votes"])


@cache
def let_pass(lang: Lang = "en") -> tuple[Session, DecisionTaken]:
    return next((session, taken) for session, taken in decided(lang) if taken["votes"][CHAIR])


def has_vote(taken: DecisionTaken) -> dict[str, bool]:
    return {seat: vote for seat, vote in taken["votes"].items() if seat != CHAIR}


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "; {name}, who holds a veto, did not use it"), ("zh", "；{name}有否决权，没有用")]
)
def test_a_veto_that_was_not_used_is_told_beside_the_votes(lang: Lang, told: str) -> None:
    session, taken = let_pass(lang)
    votes, read = has_vote(taken), read_decision(Reading(session), taken)
    name = session.game.name(CHAIR)
    counts = {"en": (", {} for", ", {} against"), "zh": ("，{}票赞成", "，{}票反对")}[lang]
    for count, way in zip((sum(votes.values()), len(votes) - sum(votes.values())), counts, strict=True):
        assert (way.format(count) in read.how) == bool(count)
    assert read.how.endswith(told.format(name=name))
    assert not [names for names in read.sides.values() if name in names]
    assert read.how in transcript_markdown(session)
    ballot = next(line for line in session.lines if line["vote"] and line["seat"] == CHAIR)
    marked = Reading(session).line(ballot)
    unused = {"en": ("veto not used", "does not use the veto"), "zh": ("没有行使否决权", "没有行使否决权")}[lang]
    assert any(text in f"{marked.does} {marked.marks}" for text in unused)


def test_a_veto_that_was_used_is_told_once_and_is_no_vote_against() -> None:
    session, taken = next(each for each in decided() if not each[1]["votes"][CHAIR])
    how = read_decision(Reading(session), taken).how
    assert how.endswith("; consent was lacking: chair of the joint-production council")
    assert "did not use it" not in how
    assert (", 1 against" in how) == (list(has_vote(taken).values()).count(False) == 1)


def test_minutes_and_measures_count_the_votes_of_those_who_have_one() -> None:
    session, taken = let_pass()
    votes, told = has_vote(taken), told_vote(session.game, taken, session.items, session.lines, ())
    assert (told["votes"], told["votes_for"]) == (len(votes), sum(votes.values()))
    assert CHAIR not in bound_by(session.game, taken)
    cast = [vote for each in session.decisions for vote in has_vote(each).values()]
    assert outcomes_of(session)["votes_for_share"] == pytest.approx(sum(cast) / len(cast), abs=1e-3)


def test_a_motion_that_is_told_with_a_majority_of_the_votes_is_carried_or_has_a_reason() -> None:
    """Whoever reads the tally sees why a motion was lost: no majority of what is shown, a veto, or the quorum."""
    reasons = set()
    for session, taken in decided("en", "aggregation.quorum=4", "aggregation.abstain=true"):
        votes, how = has_vote(taken), read_decision(Reading(session), taken).how
        majority = 2 * sum(votes.values()) > len(votes)
        won = carried(session.game.governance, session.game.positions, taken["votes"])
        why = next((told for told in ("consent was lacking", "too few votes for the quorum of 4") if told in how), "")
        assert won == taken["carried"] == (majority and not why)
        reasons.add(why)
    assert reasons == {"", "consent was lacking", "too few votes for the quorum of 4"}


@pytest.mark.parametrize(("lang", "told"), [("en", "too few votes for the quorum of 9"), ("zh", "投出的票不够9票")])
def test_a_quorum_that_was_missed_stands_beside_the_decision(lang: Lang, told: str) -> None:
    session = next(each for each, _ in decided(lang, "aggregation.quorum=9"))
    assert told in transcript_markdown(session)


def test_the_table_of_votes_says_which_count() -> None:
    session, _ = let_pass()
    tables = long_tables("S", outcomes_of(session), session.events, session.game.library, {}, session)
    rows: list[Mapping[str, str]] = list(
        csv.DictReader(io.StringIO(table_csv("votes", tables["votes"]).lstrip("\ufeff")))
    )
    assert {row["seat"] for row in rows if row["counts"] == "false"} == {CHAIR}
    counting = [row["for_it"] == "true" for row in rows if row["counts"] == "true" and row["for_it"]]
    share = outcomes_of(session)["votes_for_share"]
    assert sum(counting) / len(counting) == pytest.approx(share, abs=1e-3)


def test_the_projector_sets_the_veto_apart_from_the_votes() -> None:
    session, taken = let_pass()
    show, name = Show(session, latest_scores(session)), session.game.name(CHAIR)
    motions = [step.motion for step in show.steps if step.motion and step.motion.item.line == taken["motion"]]
    last = next(motion for motion in reversed(motions) if not motion.waiting)
    assert last.sides["unused_by"] == (name,)
    assert name not in (*last.sides["for"], *last.sides["against"])


@pytest.mark.parametrize(
    ("lang", "told"),
    [("en", "no vote, but may stop a motion"), ("zh", "没有票，但可以否决")],
)
def test_the_role_card_of_whoever_only_holds_a_veto_does_not_promise_a_vote(
    tmp_path: Path, lang: Lang, told: str
) -> None:
    text = shipped("governance", "joint_production").replace("voters: [chair, ", "voters: [", 1)
    write(tmp_path, "governance", "joint_production", text.replace("quorum: 3", "quorum: 3\n    veto: [chair]", 1))
    page = to_markdown(make_pack(Library.load(tmp_path), "four_oclock_school", lang, "joint_production"))
    assert page.count(told) == 1
    assert told not in to_markdown(make_pack(LIBRARY, "four_oclock_school", lang, "joint_production"))
