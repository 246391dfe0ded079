"""Lines and the ledger on pages in the words of the reports: counter-offers, and what became of each entry."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from nicegui import Client, ui
from nicegui.elements.mixins.text_element import TextElement
from nicegui.page import page

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.game.view import seat_view
from sandbox.record.line import Line
from sandbox.report.act_words import act_text
from sandbox.report.entries import entry_kind, entry_state
from sandbox.report.money_words import unpaid_text
from sandbox.report.pages.parts import decision_box
from sandbox.report.read_decision import read_decision
from sandbox.report.reading import Reading
from sandbox.report.role_card import act_means, role_rows
from sandbox.web.decision_card import outcome
from sandbox.web.desk.desk_bar import first_motion
from sandbox.web.desk.setup_form import draw_rules_warned
from sandbox.web.lines import Transcript
from sandbox.web.panels import ledger_panel
from sandbox.web.tables.audience import PROJECTOR, Viewer
from tests.content.folders import LIBRARY
from tests.game import making
from tests.report.conftest import counter_offers, told_session
from tests.report.test_course_told import STAFF, bargain, decided
from tests.scoring.making import vote

both = pytest.mark.parametrize("lang", LANGUAGES)


def acts(session: Session, viewer: Viewer, *, opened_at: int = 0) -> dict[str, str]:
    """Return what each line does, as a page calls it that was opened after some events."""
    events, grown = session.events, session
    with Client(page("/transcript"), request=None):
        grown = Session.of(session.game, events[:opened_at])
        transcript = Transcript(lambda: grown, viewer, session.game.words)
        transcript.replay(events[:opened_at])
        for place in range(opened_at, len(events)):
            grown = Session.of(session.game, events[: place + 1])
            transcript.event(events[place])
        shown = "".join(one.content for one in transcript._lines.default_slot.children if isinstance(one, ui.html))
    return dict(re.findall(r'data-line="(L\d+)".*?"act">[^<]*? · ([^<·]*) → ', shown))


@both
@pytest.mark.parametrize("viewer", [Viewer("facilitator"), Viewer("player", "ngo_director")])
def test_a_counter_offer_is_called_one_by_those_who_know_what_it_counters(lang: Lang, viewer: Viewer) -> None:
    session, label = counter_offers(lang), Words(lang)
    for opened_at in (0, len(session.events)):
        told = acts(session, viewer, opened_at=opened_at)
        assert told["L002"] == label("act_counter.support")
        assert told["L003"] == label("act_counter.object")
        for line, act in (
            ("L004", "support"),
            ("L005", "object"),
        ):  # for or against a motion, and not whom they speak to
            mover = label.paren(session.game.name("ngo_director"))
            backs = label(f"act_about.{act}", motion=f"L002{mover}", to="")
            assert told[line] == backs.removesuffix(" → ")


@both
def test_support_on_a_condition_alone_is_called_so(lang: Lang) -> None:
    session, words = counter_offers(lang), Words(lang)
    line = next(line for line in session.lines if line["id"] == "L002")
    held: Line = {**line, "terms": {}, "condition": "The hall is heated."}
    assert act_text(words, held, session.game, {"L002": False}) == words("act_offers.conditional")
    amends = act_text(words, line, session.game, {"L002": True})
    assert amends == {"en": "supports with changes", "zh": "改动后赞成"}[lang], "who amends it is for it"
    assert act_text(words, {**held, "act": "object"}, session.game, {"L002": False}) == words("act_counter.object")


@both
def test_a_proposal_without_an_option_is_called_what_it_is(lang: Lang) -> None:
    words, option = Words(lang), {"provider": "social_organisation"}
    made = [making.line(1, "ngo_director", "propose"), making.line(2, "ngo_director", "propose", terms=option)]
    for line in made:
        line["visible_to"] = list(told_session(made).game.present(line["stage"]))
    session = told_session(made, lang)
    told = acts(session.as_read, Viewer("projector"))
    assert told == {"L001": words("act_bare"), "L002": words("act.propose")}
    reading = Reading(session.as_read)
    kinds = [entry_kind(reading, item) for item in session.as_read.items if item.kind == "proposal"]
    assert kinds == [words("kind_bare"), words("kind.proposal")]


@both
def test_motions_are_chosen_by_what_sets_them_apart(lang: Lang) -> None:
    session, words = counter_offers(lang), Words(lang)
    moved = [item for item in session.items if item.kind == "proposal"]
    key, option = next(iter(moved[0].terms.items()))
    same = [
        item.altered(terms={key: option}, condition=held) for item, held in zip(moved, ("", "Heated."), strict=False)
    ]
    other = next(o for o in session.game.offered[key] if o != option)
    apart = [same[0], same[1].altered(terms={key: other})]
    for items, told, untold in ((same, "Heated.", option), (apart, session.game.offered[key][other].get(lang), "")):
        shown = replace(session, state={**session.state, "ledger": tuple(items)})
        room: Any = SimpleNamespace(shown=shown, game=session.game)
        with Client(page("/desk"), request=None):
            chosen = first_motion(room, words, [item.line for item in items])
        assert chosen is not None
        assert isinstance(chosen.options, dict)
        first, second = chosen.options.values()
        assert told in second
        assert words("desk.unconditional") in first
        assert not untold or session.game.offered[key][untold].get(lang) not in first, "it is the same in both"


def test_that_a_line_counters_an_aside_is_told_to_nobody_who_did_not_hear_it() -> None:
    cases: list[Viewer] = [Viewer("observer"), Viewer("projector"), Viewer("player", "migrant_tenant")]
    for viewer in cases:
        told = acts(counter_offers(), viewer)
        assert "L001" not in told
        assert told["L002"] == "supports"


@pytest.mark.parametrize(
    ("governance", "right", "moves", "refuses"),
    [
        ("command", "由这个角色拍板", "不表决，采不采纳由街道办主任定", "没人撤掉就还是您的"),
        ("government_community_interaction", "没有票", "可以付诸表决", "退回去就撤了"),
    ],
)
def test_a_card_and_what_acts_do_are_told_by_the_rules_of_the_table(
    governance: str, right: str, moves: str, refuses: str
) -> None:
    words = Words("zh")
    game = Game(SessionSpec(scenario="one_office_two_centres", governance=governance, lang="zh"), LIBRARY)
    card = dict(role_rows(game, words, "street_director"))
    assert right in card[words("card.here")][0]
    assert "今天用不上" in card[words("card.here")][0], "the card speaks of other rules as well"
    assert moves in act_means(game, words, "propose")
    assert refuses in act_means(game, words, "refuse")


def entries(session: Session, seat: str = "") -> dict[str, str]:
    """Return what the ledger on a page says of each entry to a seat, or to the facilitator."""
    items = seat_view(session.game, session.state, seat).ledger if seat else session.items
    with Client(page("/ledger"), request=None) as client:
        ledger_panel(session, session.game.words, items)
        drawn = [one for one in client.elements.values() if isinstance(one, ui.label) and "data-entry" in one.props]
        return {str(one.props["data-entry"]): one.text for one in drawn}


def test_the_ledger_on_a_page_says_of_each_entry_what_reports_say() -> None:
    session = bargain().as_read
    shown, reading = entries(session), Reading(session)
    assert "its options were decided, but none of its conditions" in shown["L001"]
    assert "still to be kept" in shown["L002"]
    assert "not put to a decision" in shown["L003"]
    assert "given up by its mover for a later one" in shown["L005"]
    assert shown["L007"].startswith("Counter-offer · ")
    for item in session.items:
        assert entry_kind(reading, item) in shown[item.line]
        assert entry_state(reading, item)[1] in shown[item.line]


def test_a_seat_reads_in_the_ledger_what_it_can_know() -> None:
    session = bargain().as_read
    lines = [
        {**line, "visible_to": ["mayor", "grid_master"]} if line["id"] == "L003" else line for line in session.lines
    ]
    session = replace(session, state={**session.state, "lines": lines})  # type: ignore[typeddict-item]
    shown = entries(session, "migrant_tenant")
    assert "L003" not in shown
    assert "its terms were decided" in shown["L004"]


@both
def test_a_motion_that_fell_is_told_to_a_player_by_what_it_would_have_settled_point_by_point(lang: Lang) -> None:
    says, held = "the class is open", "a trial of 1 term"
    said = told_session([making.line(1, "mayor", "propose", terms=STAFF, says=says, condition=held)], lang=lang)
    taken = {**vote({"mayor": True, "local_parent": False}, terms=STAFF, carried=False), "condition": held}
    session = decided(said, 1, taken).as_read  # type: ignore[arg-type]
    ((question, option),) = session.game.in_words(STAFF)
    with Client(page("/over"), request=None), ui.element() as shown:
        outcome(session, session.game.words, Viewer("player", "mayor"))
    texts = [str(one.text) for one in shown.descendants() if isinstance(one, TextElement)]
    assert option in texts
    assert any(held in text for text in texts)
    assert not any(question in text for text in texts)


@both
def test_the_end_says_whose_motion_was_carried_and_which_was_left_over(lang: Lang) -> None:
    other, hidden = {"provider": "social_organisation"}, {"provider": "retired_teachers"}
    said = [
        making.line(1, "mayor", "propose", terms=STAFF), making.line(2, "ngo_director", "propose", terms=other),
        making.line(3, "village_cadre", "propose", terms=hidden),
    ]  # fmt: skip
    for each in said[:2]:
        each["visible_to"] = list(told_session(said).game.present("public_engagement"))
    session = decided(
        told_session(said, lang=lang), 3, vote({"mayor": True, "local_parent": True}, terms=STAFF)
    ).as_read
    words, game = session.game.words, session.game
    with Client(page("/over"), request=None), ui.element() as shown:
        outcome(session, words, PROJECTOR)
    texts = [str(one.text) for one in shown.descendants() if isinstance(one, TextElement)]
    how = read_decision(Reading(session), session.decisions[0]).how
    assert f"L001 {game.name('mayor')}{words('colon')}{how}" in texts
    (left,) = [one.text for one in shown.descendants() if isinstance(one, TextElement) and "data-unput" in one.props]
    assert "L002" in left
    assert words("unput.carried") in left
    box = decision_box(Reading(session), read_decision(Reading(session), session.decisions[0]), "")
    assert words.paren(f"L001 {game.name('mayor')}") in box.title


@both
def test_what_the_rules_keep_from_people_is_told_in_the_language_of_the_page(lang: Lang) -> None:
    other: Lang = "en" if lang == "zh" else "zh"
    spec = SessionSpec(scenario="four_oclock_school", governance="command", lang=other)
    game, words = Game(spec, LIBRARY), Words(lang)
    with Client(page("/warned"), request=None), ui.element() as shown:
        draw_rules_warned(game, words, ["migrant_tenant"])
    told = [str(one.text) for one in shown.descendants() if isinstance(one, TextElement)]
    assert len(told) == 2
    assert any(LIBRARY.stage("training").name.get(lang) in text for text in told)
    assert not any(LIBRARY.stage("training").name.get(other) in text for text in told)
    assert any(unpaid_text(game.in_language(lang)) in text for text in told)
