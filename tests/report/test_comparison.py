"""Two sessions side by side: where they part, what differs, what each came to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.skeletons import skeleton
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.record.events import Event
from sandbox.record.folder import SessionFolder
from sandbox.record.line import Line
from sandbox.report.departures import departure_of
from sandbox.report.document.formats import FORMATS
from sandbox.report.document.html import to_html
from sandbox.report.figures import measured
from sandbox.report.pages.comparison import comparison_page
from sandbox.report.side_by_side import SideBySide, open_questions
from sandbox.scoring.assessment import assess, without_pulses
from sandbox.session.branch import branch
from sandbox.session.opening import open_session
from tests.content.folders import write
from tests.game.making import LIBRARY
from tests.report.reader import Page
from tests.running import recorded_spec
from tests.scoring.making import line, played, vote
from tests.session.desk import run
from tests.session.support import new_folder, spec_of

RULE = "aggregation.veto=resident"


async def _played(folder: SessionFolder, **fields: Any) -> Session:
    spec = spec_of(**{"style": "rules", "model": "none", "turns": 6, **fields})
    await run(folder, spec)
    return open_session(folder, LIBRARY)


async def _branched(
    folder: SessionFolder, line: str, changes: tuple[str, ...] = (), seed: int | None = None
) -> Session:
    new = branch(folder, line, LIBRARY, changes, seed)
    await run(new, recorded_spec(new))
    return open_session(new, LIBRARY)


async def test_a_session_beside_its_branch(tmp_path: Path) -> None:
    lang: Lang = "zh"
    words, folder = Words(lang), new_folder(tmp_path, "source")
    first = await _played(folder, lang=lang)
    second = await _branched(folder, "L004", (RULE,), 9)
    pair = SideBySide(first, second)
    shared = pair.parting.shared
    assert shared >= 4
    assert pair.parting.last == first.lines[shared - 1] == second.lines[shared - 1]
    assert pair.parting.first[0] != pair.parting.first[1]
    assert [rule.path for rule in pair.rules] == ["aggregation.veto"]
    assert pair.made_from == {"seed": (first.spec.seed, 9)}
    assert pair.outcomes["hierarchical"] != (None, None)
    page = Page(to_html(comparison_page(pair, ({"mayor": "Anna"}, {}), ("Table 1", "Table 2"))))
    departure = departure_of(second)
    assert departure is not None
    for text in (
        departure.text, words("branch.told.back", line="L004"), words("branch.told.seed"),
        words("comparison.shared", count=shared, line=f"L{shared:03d}"),
        words("caution.cities"), "Table 2", pair.rules[0].now,
        *(parted["says"] for parted in pair.parting.first if parted),
    ):  # fmt: skip
        assert text in page.text
    assert page.targets <= set(page.ids)
    for form in FORMATS:
        assert FORMATS[form](comparison_page(pair))
    assert pair.as_dict()["shared"] == pair.parting.shared


def test_means_of_unlike_indicators_and_of_unlike_ends_are_marked() -> None:
    def ended(*said: Line, carried: bool) -> Session:
        votes = {"mayor": True, "ngo_director": True, "local_parent": True}
        return played(*said, decisions=[vote(votes, terms={"payer": "district"}, carried=carried)])

    offer = line(1, "mayor", "propose", terms={"payer": "district"})
    promise = line(2, "mayor", "promise", terms={"payer": "district"})
    alike = Page(to_html(comparison_page(SideBySide(ended(offer, carried=True), ended(offer, carried=True)))))
    assert "mean of 2 of its 5 indicators" in alike.sections["assessments"]
    assert "missing, not 0: no promise names an option" in alike.sections["assessments"]
    assert "*" not in alike.sections["assessments"]
    assert "Whatever keeps a decision from being carried lowers P" not in alike.text
    pair = SideBySide(ended(offer, promise, carried=True), ended(offer, carried=False))
    assert to_html(comparison_page(pair)).count('class="box decision"') == 1, "what fell looks like no decision"
    apart = Page(to_html(comparison_page(pair))).sections["assessments"]
    assert "* rests on other indicators" in apart
    assert "Whatever keeps a decision from being carried lowers P" in apart
    assert "Derived trust: nobody was asked" not in apart, "people may have been asked"


def test_what_both_said_at_another_time_is_told_once_and_each_session_by_its_model() -> None:
    promise, question = line(1, "mayor", "promise", says="I open it."), line(3, "mayor", "ask", "ngo_director")
    later: Line = {**promise, "id": "L002"}
    pair = SideBySide(played(promise, question), played(line(1, "mayor", "inform"), later, governance="command"))
    page = Page(to_html(comparison_page(pair)))
    assert page.sections["promises"].count("I open it.") == 1
    assert "(L001 / L002)" in page.sections["promises"]
    assert "not made" not in page.sections["promises"]
    assert "open not asked" in " ".join(page.sections["questions"].split())
    for name in ("Session A (Joint production)", "Session B (Command)"):
        assert name in page.sections["promises"]


async def test_the_same_session_twice(tmp_path: Path) -> None:
    session = await _played(new_folder(tmp_path, "source"))
    pair = SideBySide(session, session)
    assert (pair.parting.shared, pair.parting.first) == (len(session.lines), (None, None))
    assert (pair.made_from, pair.rules, pair.moved) == ({}, (), {})
    text = Page(to_html(comparison_page(pair))).text
    assert "They do not part; both say the same." in text
    assert "Both were played under the same rules." in text
    asked = {line["id"] for line, _ in open_questions(session)}
    assert all(line in text for line in asked)


async def test_sessions_that_have_nothing_in_common(tmp_path: Path) -> None:
    first = await _played(new_folder(tmp_path, "a"))
    other = await _played(new_folder(tmp_path, "b"), scenario="clean_up")
    with pytest.raises(InputError, match="school” and “Brooms and property fees” are different cases"):
        SideBySide(first, other)
    far = await _played(new_folder(tmp_path, "c"), governance="command", lang="zh", seed=3, stages=("training",))
    pair = SideBySide(first, far)
    assert pair.parting.shared == 0
    text = Page(to_html(comparison_page(pair))).text
    assert "They have no line in common." in text
    first_screen = text.partition("These are two courses")[0]
    assert first_screen.count("What was decided") == 2, "what came of each stands on the first screen"
    assert "the chair alone" in text or "主持会议的人一个人定" in text
    write(tmp_path, "rubric", "heard", skeleton("rubric", "heard"))
    own = far.spec.model_copy(update={"rubric": "heard", "content": ""})
    scored = Session.of(Game(own, Library.load(tmp_path)), far.events)
    for pair in (SideBySide(first, scored), SideBySide(scored, first)):
        assert {"turn_share_residents", "hierarchical"} <= pair.outcomes.keys()
        assert "counted_residents_heard" not in pair.outcomes, "a level that one of them alone has is no comparison"
        assert "rubric" in pair.made_from
        assert Page(to_html(comparison_page(pair)))


async def test_a_session_that_did_not_branch_has_no_departure(tmp_path: Path) -> None:
    folder = new_folder(tmp_path, "source")
    assert departure_of(await _played(folder)) is None
    same = departure_of(await _branched(folder, "L002"))
    assert same is not None
    assert same.text == "The facilitator went back to L002. Nothing else was changed."


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_p_is_as_players_read_it_and_leaves_trust_out_where_pulses_were_not_taken_alike(lang: Lang) -> None:
    tenant, parent = "migrant_tenant", "local_parent"
    terms = {"hall": "parents_key"}

    def felt(*given: str, trust: int = 5) -> Session:
        said: Line = {**line(1, tenant, "propose", terms=terms), "origin": "person"}
        start = {"trust": 3, "conviction": 3, "burden": 2}
        end = {**start, "trust": trust}
        rounds: list[Any] = [
            {"moment": "start", "levels": {tenant: start, parent: start}},
            {"moment": "public_engagement", "levels": {tenant: end, parent: end}},
        ]
        session = played(said, decisions=[vote({tenant: True, "mayor": True}, terms=terms)], pulses=rounds, lang=lang)
        events = [
            Event(0, 0.0, "pulse", each["moment"], seat, {**own, "origin": "person" if seat in given else "rules"})
            for each in rounds
            for seat, own in each["levels"].items()
        ]
        return replace(session, events=tuple(events))

    first, words = felt(tenant), Words(lang)
    p = assess(first)[1]
    alone = measured(without_pulses(p).total, words)
    assert measured(p.total, words) != alone
    alike = Page(to_html(comparison_page(SideBySide(first, felt(tenant, trust=3)))))
    assert measured(p.total, words) in alike.sections["assessments"]
    assert f"{words('assessments.trust_aside')} {alone}" in alike.sections["assessments"]
    assert words("comparison.private") in alike.sections["pulses"]
    trust = words("pulse.trust")
    assert f"{trust} 3 → 5*" in alike.sections["pulses"], "the parent gave none"
    assert f"{trust} 3 → 5 " in alike.sections["pulses"]
    assert words("pulses.mixed") in alike.sections["pulses"]
    apart = Page(to_html(comparison_page(SideBySide(first, felt()))))
    assert words("assessments.trust_aside") not in apart.text
    assert alone in apart.sections["assessments"]
    assert measured(p.total, words) not in apart.sections["assessments"]
