"""What somebody without a seat was to do: a seat answers for it on their behalf, and it stays theirs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.minutes.settled import told_accounts
from sandbox.game.review.due import fall_due, names_nobody, on_behalf
from sandbox.game.review.reporting import reported
from sandbox.game.review.verdict import closed
from sandbox.game.session import Session
from sandbox.game.spec import Promise, SessionSpec, Start
from sandbox.game.state import State, apply, first_state
from sandbox.game.steps import open_stage
from sandbox.report.pages.ledger import review_section
from sandbox.report.reading import Reading
from sandbox.scoring.assessment import assess
from sandbox.scoring.reviewed import fallen_due, witnessed
from sandbox.session.prompts import turn_messages
from tests.game.making import LIBRARY, decision, line


def _game(lang: Lang, **changes: object) -> Game:
    spec = {"scenario": "clean_up", "governance": "joint_production", "stages": ("public_engagement", "review"),
            "style": "free", "model": "m", "lang": lang, **changes}  # fmt: skip
    return Game(SessionSpec.model_validate(spec), LIBRARY)


def _due(game: Game, condition: str, asked: str = "grid_master") -> Item:
    """Return the condition of a decision as it falls due, for which a seat had asked."""
    room = game.present("review")
    motion = Item("L001", "public_engagement", "proposal", asked, "x", {}, "open", room, condition=condition)
    taken = {**decision({}), "condition": condition}
    return next(item for item in fall_due(game, (motion,), [taken], room, ()) if item.account and not item.terms)  # type: ignore[list-item]


def test_who_asked_for_the_duty_of_somebody_without_a_seat_answers_for_it_on_their_behalf() -> None:
    cases: list[tuple[Lang, str, str]] = [
        ("zh", "签合同的单位哪晚没人守，当天贴大门", "签合同的单位"),
        ("zh", "由登记单位派人守到八点半以后", "登记单位"),
        ("zh", "业主大会先投停车费给不给大门用", "业主大会"),
        ("zh", "物业公司守门到八点半以后", ""),
        ("zh", "街道找登记单位跟守门的签合同", ""),
        ("zh", "垃圾桶先挪走", ""),
        ("en", "The employing body posts each night without a guard at the gate", "the employing body"),
        ("en", "The contractor replaces a guard who is ill", "the contractor"),
        ("en", "The street finds a body that can sign", ""),
        ("en", "The company mans the gate until half past eight", ""),
        ("en", "The bins are moved first", ""),
    ]
    for lang, condition, whose in cases:
        game = _game(lang)
        item = _due(game, condition)
        assert on_behalf(game, item) == whose
        if whose:
            assert item.account is not None
            assert item.account.owner == "grid_master"


def test_who_answers_is_whoever_is_to_do_it_as_words_tell() -> None:
    cases: list[tuple[Lang, str, str, str]] = [
        ("en", "the district pays the electrician out of its money", "street_director", "the district"),
        ("en", "the finance office approves the sum by month three", "street_director", "the finance office"),
        ("zh", "区里从8万元里匀一点修后排楼梯和电线", "street_director", "区里"),
        ("zh", "财政局三月前批下这笔钱", "street_director", "财政局"),
        ("en", "whoever rents a room tells the neighbours", "grid_master", ""),
        ("en", "once the company has manned the gate, the street asks for the fee", "street_director", ""),
        ("zh", "物业派人守上大门以后，街道再叫上门收费", "street_director", ""),
        ("zh", "夜里没人守以前，自治小组不上门收费", "self_gov", ""),
        ("zh", "自治小组收费时，空房等住了人再收", "self_gov", ""),
    ]
    for lang, condition, owner, whose in cases:
        game = _game(lang)
        item = _due(game, condition)
        assert item.account is not None
        assert (item.account.owner, on_behalf(game, item)) == (owner, whose)


@pytest.mark.parametrize(
    ("lang", "condition", "owner", "row"),
    [
        ("en", "The bins are moved first", "{name} (nobody was named to do it)", "nobody was named to do it; told by"),
        ("zh", "垃圾桶先挪走", "{name}（会上没指明由谁办）", "会上没指明由谁办，由"),
    ],
)
def test_what_names_nobody_is_no_duty_of_the_chair_who_tells_of_it(
    lang: Lang, condition: str, owner: str, row: str
) -> None:
    game = _game(lang)
    asked_by_official = _due(game, condition)
    assert not names_nobody(game, asked_by_official), "who asked for it answers"
    item = _due(game, condition, min(game.residents - {game.chair}))
    assert item.account
    assert (item.account.owner, names_nobody(game, item)) == (game.chair, True)
    (told,) = told_accounts(game, [item])
    assert told["owner"] == owner.format(name=game.name(game.chair))
    (ended,) = closed(reported((item,), line(9, game.chair, "break", stage="review", about=item.line)))
    session = Session(game, {**first_state(game), "ledger": (ended,)}, [])
    assert row in repr(review_section(Reading(session), assess(session)))


@pytest.mark.parametrize(
    ("lang", "condition"),
    [("en", "{host} sends Qiu Shouchang the book of the fee"), ("zh", "{host}把收费册子寄给租客看")],
)
def test_what_a_host_of_a_tour_is_to_do_falls_to_nobody_who_is_named_in_it(lang: Lang, condition: str) -> None:
    game = _game(lang)
    name = game.name("site_host")
    item = _due(game, condition.format(host=name))
    assert item.account is not None
    assert (item.account.owner, on_behalf(game, item)) == ("grid_master", name)


@pytest.mark.parametrize(
    ("lang", "sheet", "report", "due", "listed", "settled"),
    [
        (
            "en",
            "you answer on behalf of {host}, who is not in the room",
            "on behalf of {host}",
            "{owner} (on behalf of {host})",
            "Not reported on yet: {owner} (on behalf of {host}) P",
            "({owner} for {host}) kept",
        ),
        (
            "zh",
            "这是{host}的事，人不在场，由你代答",
            "代{host}答话",
            "{owner}（代{host}）",
            "还没报告的：{owner}（代{host}） P",
            "（{owner}代{host}）兑现了",
        ),
    ],
)
def test_a_hosts_promise_stays_the_hosts_in_sheets_minutes_and_the_report(
    lang: Lang, sheet: str, report: str, due: str, listed: str, settled: str
) -> None:
    promise = Promise(seat="site_host", says={"en": "We send you our rota.", "zh": "我们把排班表寄给你们。"}[lang])
    game = _game(lang, start=Start(promises=(promise,)))
    host = game.name("site_host")
    state: State = apply(first_state(game), {"stage": 1})
    state = apply(state, open_stage(game, state))
    floor = state["floor"]
    assert floor is not None
    assert floor["why"] == "reports"
    assert sheet.format(host=host) in turn_messages(game, state, floor, None)[-1]["content"]
    names = {"host": host, "owner": game.name(floor["seat"])}

    def read(state: State) -> str:
        return turn_messages(game, state, {**floor, "seat": other, "acts": ["inform"]}, None)[-1]["content"]

    other = next(seat for seat in game.present("review") if seat not in game.residents and seat != floor["seat"])
    assert listed.format(**names) in read(state)
    (item,) = state["ledger"]
    kept = reported((item,), line(9, floor["seat"], "keep", stage="review", about=item.line))
    assert settled.format(**names) in read({**state, "ledger": kept})
    session = Session(game, {**state, "ledger": closed(state["ledger"])}, [])
    section = review_section(Reading(session), assess(session))
    assert report.format(host=host) in repr(section)
    assert [told["owner"] for told in told_accounts(game, [item])] == [due.format(**names)]
    whose = replace(item, account=None, state="open", promised_to=("landlord",), history=())
    (answers,) = fall_due(game, (whose,), [], game.present("review"), [])
    assert answers.account
    assert answers.account.owner == "landlord", "to whom it was promised knows what came of it"


@pytest.mark.parametrize(
    ("lang", "due", "row"),
    [
        ("en", "{host} (told by {owner}, to whom it was promised)", "told by {owner}, to whom it was promised"),
        ("zh", "{host}（不在场，由承诺对象{owner}说明情况）", "由承诺对象{owner}说明情况"),
    ],
)
@pytest.mark.parametrize("to", ["landlord", "all"])
def test_to_whom_a_host_promised_something_is_a_witness_of_it_and_not_its_owner(
    lang: Lang, due: str, row: str, to: str
) -> None:
    game = _game(lang)
    room = game.present("review")
    promise = Item("L005", "learning_tour", "promise", "site_host", "I send you our rota.", {}, "open", room,
                   promised_to=(to,))  # fmt: skip
    (item,) = fall_due(game, (promise,), [], room, ())
    assert item.account
    owner = item.account.owner
    names = {"host": game.name("site_host"), "owner": game.name(owner)}
    (ended,) = closed(reported((item,), line(9, owner, "keep", stage="review", about="L005")))
    session = Session(game, {**first_state(game), "ledger": (ended,)}, [])
    assert witnessed(fallen_due(session)) == {"alone": 0, "confirmed": 1, "contradicted": 0}
    section = repr(review_section(Reading(session), assess(session)))
    assert row.format(**names) in section
    assert game.words("review.only_word") not in section
    assert game.words("review.unasked") not in section
    assert [told["owner"] for told in told_accounts(game, [ended])] == [due.format(**names)]
    away = replace(promise, visible_to=("street_director", "site_host"), promised_to=("mayor",))
    (stood_in,) = fall_due(game, (away,), [], [seat for seat in room if seat != "street_director"], ())
    (ended,) = closed(reported((stood_in,), line(9, "self_gov", "keep", stage="review", about="L005")))
    assert witnessed((ended,))["alone"] == 1, "who heard nothing"
