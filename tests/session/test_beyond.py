"""What the body cannot bind is told to whoever speaks or votes; whose promise makes it hold can give it to the last."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from nicegui import Client, ui
from nicegui.page import page

from sandbox.content.language import LANGUAGES, Lang
from sandbox.game.floor.last_word import LAST_WORD, last_word_floor
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Account, motion_of
from sandbox.game.ledger.ledger import ledger
from sandbox.game.minutes.minutes import minutes_text
from sandbox.game.motions.backing import stands
from sandbox.game.motions.beyond import asked_of, beyond_told
from sandbox.game.session import Session
from sandbox.game.state import Floor, State, apply, discussion, first_state
from sandbox.game.steps import hear, make_line
from sandbox.game.view import seat_view
from sandbox.record.line import DecisionTaken
from sandbox.report.money_words import motion_payer_text, payer_text
from sandbox.report.read_decision import read_decision
from sandbox.report.reading import Reading
from sandbox.session.offers import condition_note, motion_texts, promise_holds
from sandbox.session.prompts import turn_messages
from sandbox.session.schema import turn_schema
from sandbox.web.decision_card import motion_card
from sandbox.web.panels import ledger_panel
from tests.game.making import LIBRARY, TURN, decision, line
from tests.session.support import spec_of

HOLDS, REPORTS = "community_secretary", {"report": "own"}
STAGE, PAYS, PROMISES = "public_engagement", "street_director", {"act": "promise", "terms": {"payer": "shared"}}
TERMS = {"payer": "shared", "stay": "day_one"}
OTHER = next(each for each in LIBRARY.scenario("plant_gate").decision_by_id["stay"].options if each != "day_one")
OPEN: dict[Lang, str] = {
    "en": "the hands it sends” is not for this body to bind: it holds only by a promise of Wei Lixin",
    "zh": "由厂里按晚付”这一条，这个会定不了，要魏立新自己承诺才算数",
}
OWN: dict[Lang, str] = {
    "en": "counts on: “Who pays for the beds and the washing machines?”, “Who runs the house and keeps its keys?” "
    "(only hired), “Does the cooking contest count as a service?”.",
    "zh": "你许了就算数的：“床位和洗衣机谁出钱？”“床位和洗衣房谁来管、钥匙归谁拿？”（只限hired）"
    "“做菜比赛算不算服务？”。",
}
GIVEN: dict[Lang, str] = {"en": "it holds by the promise of Wei Lixin (L003)", "zh": "魏立新承诺了（L003），凭这个算数"}

both = pytest.mark.parametrize("lang", LANGUAGES)


def meeting(
    lang: Lang, *turns: tuple[str, dict[str, Any]], governance: str = "government_community_interaction"
) -> tuple[Game, State]:
    spec = spec_of(scenario="plant_gate", governance=governance, stages=(STAGE,), turns=12, lang=lang)
    game = Game(spec, LIBRARY)
    state = first_state(game)
    for seat, turn in ((PAYS, {}), ("self_gov", {"act": "propose", "terms": TERMS}), *turns):
        floor: Floor = {"seat": seat, "why": "quiet", "acts": [*game.speech(seat)], "point": "", "phase": "discussion"}
        state = {**state, "floor": floor}
        line: Any = {**TURN, "says": "so", **turn}
        state = apply(state, hear(game, state, make_line(game, state, line, "model")))
    return game, state


def told(game: Game, state: State) -> list[str]:
    """Return what is told who speaks, who votes, as a model and as a person, and what pages show."""
    texts = []
    for why, acts in (("quiet", ["support", "promise"]), ("votes", ["support", "object"])):
        phase = "decision" if why == "votes" else "discussion"
        floor: Any = {"seat": "grid_master", "why": why, "acts": acts, "point": "", "phase": phase}
        now: State = {**state, "floor": floor}
        view = seat_view(game, now, "grid_master")
        texts.append(turn_messages(game, now, floor, None)[-1]["content"])
        texts.append(
            condition_note(game, view, "support", "L002") if view.motion is None
            else " ".join(motion_texts(game, view, view.motion))
        )  # fmt: skip
    session = Session(game, state, ())
    (motion,) = (item for item in session.items if item.kind == "proposal")
    with Client(page("/part"), request=None) as client:
        ledger_panel(session, game.words, session.items)
        motion_card(session, game.words, (), motion)
        shown = [
            each.text for each in client.elements.values() if isinstance(each, ui.label) and "data-beyond" in each.props
        ]
    return [*texts, *shown]


@both
def test_a_term_that_the_body_cannot_bind_says_so_wherever_its_motion_is_told(lang: Lang) -> None:
    for turns, says, other in (((), OPEN, GIVEN), (((PAYS, PROMISES),), GIVEN, OPEN)):
        texts = told(*meeting(lang, *turns))
        assert len(texts) == 6
        instead = {"en": "the rules say who pays: ", "zh": "就照规则出："}[lang]
        assert all((instead in text) == (not turns) for text in texts), "and what holds in its place without it"
        for text in texts:
            assert says[lang] in text
            assert other[lang] not in text
        never = {"en": "which nobody has given", "zh": "还没人承诺"}[lang]
        assert [never in text for text in texts] == [False] * 5 + [not turns], "what a seat has not heard may be"
    game, state = meeting(lang, governance="joint_production")
    assert not any("not for this body" in text or "这个会定不了" in text for text in told(game, state)), "it binds all"


@both
def test_whose_promise_a_motion_needs_is_told_so_until_it_is_given(lang: Lang) -> None:
    option = LIBRARY.scenario("plant_gate").decision_by_id["payer"].options["shared"].get(lang)
    for turns in ((), ((PAYS, PROMISES),)):
        game, state = meeting(lang, *turns)
        for seat in (PAYS, "employer"):
            acts = [*game.speech(seat)]
            floor: Floor = {"seat": seat, "why": "quiet", "acts": acts, "point": "", "phase": "discussion"}
            view = seat_view(game, {**state, "floor": floor}, seat)
            asked = seat == PAYS and not turns
            assert (option in promise_holds(game, view, "promise")) == asked
            prompt = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
            assert ("payer: shared" in prompt) == asked
            assert (OWN[lang] in prompt) == (seat == PAYS), "and which options are its own to promise"
        reviewed = [
            replace(item, state="part", account=Account(PAYS, closed=True)) if item.kind == "promise" else item
            for item in state["ledger"]
        ]
        given = [GIVEN[lang] in text for text in beyond_told(game, reviewed, {"payer": "shared"}, whole=True)]
        assert given == [bool(turns)], "whatever came of it a year later"
        assert not beyond_told(game, state["ledger"], {"payer": "users"}), "who pay by the rules anyhow"
        assert not asked_of(game, state["ledger"], {"payer": "plants"}, PAYS), "what is nobody's here"


@both
def test_whoever_puts_or_supports_an_option_of_its_own_with_a_promise_beside_has_promised_it(lang: Lang) -> None:
    own = {"en": "I come on Monday and sign", "zh": "星期一我来签"}[lang]
    offer = {"act": "object", "about": "L002", "terms": {**TERMS, "stay": OTHER}, "promises": own}
    for seat, given in ((PAYS, True), ("employer", False)):
        game, state = meeting(lang, (seat, offer))
        assert (not asked_of(game, state["ledger"], TERMS, PAYS)) == given
        assert all((GIVEN[lang] in told) == given for told in beyond_told(game, state["ledger"], TERMS))
    puts: tuple[str, dict[str, Any]] = ("self_gov", {"act": "propose", "terms": REPORTS})
    for beside in ({"terms": REPORTS, "promises": own}, {"promises": own}, {"terms": REPORTS}):
        game, state = meeting(lang, puts, (HOLDS, {"act": "support", "about": "L003", **beside}))
        assert (not asked_of(game, state["ledger"], REPORTS, HOLDS)) == (len(beside) == 2)


@both
def test_whose_promise_a_motion_needs_can_give_it_with_its_last_word(lang: Lang) -> None:
    adds = {
        "act": "support",
        "about": "L002",
        "condition": {"en": "The box is counted aloud", "zh": "账箱当众点"}[lang],
    }
    game, state = meeting(lang, ("grid_master", adds))
    talk = discussion(state)
    floor = last_word_floor(game, state, talk, len(talk))
    assert floor is not None
    assert (floor["seat"], floor["why"]) == (PAYS, LAST_WORD)
    now: State = {**state, "floor": floor}
    assert turn_schema(game, now, floor, None)["properties"]["terms"]["properties"] == {
        "payer": {"type": "string", "enum": ["shared"]}
    }
    told = turn_messages(game, now, floor, None)[-1]["content"]
    assert "payer: shared" in told
    assert OWN[lang] not in told, "what else it may promise is nothing to a last word"
    line: Any = {**TURN, **PROMISES, "says": "I sign it.", "about": "L003"}
    after = apply(now, hear(game, now, make_line(game, now, line, "model")))
    assert [(item.state, item.terms) for item in after["ledger"] if item.kind == "promise"] == [
        ("open", {"payer": "shared"})
    ]
    assert not asked_of(game, after["ledger"], TERMS, PAYS), "it needs it no more"


@both
def test_one_last_word_can_stand_by_what_was_added_and_promise_it(lang: Lang) -> None:
    """Whose motion another amends by what holds only by its own promise has one act for both."""
    puts: tuple[str, dict[str, Any]] = (HOLDS, {"act": "propose", "terms": {"stay": OTHER}})
    backs: tuple[str, dict[str, Any]] = ("self_gov", {"act": "support", "about": "L004"})
    game, state = meeting(lang, puts, ("grid_master", {"act": "support", "about": "L003", "terms": REPORTS}), backs)
    talk = discussion(state)
    floor = last_word_floor(game, state, talk, len(talk))
    assert floor is not None
    assert floor["seat"] == HOLDS
    now: State = {**state, "floor": floor}
    told = turn_messages(game, now, floor, None)[-1]["content"]
    assert {"en": "or support with promises, with that in terms", "zh": "或用support写上promises"}[lang] in told
    turn: Any = {**TURN, "act": "support", "about": "L004", "terms": REPORTS, "promises": "so", "says": "Yes."}
    after = apply(now, hear(game, now, make_line(game, now, turn, "model")))["ledger"]
    assert not asked_of(game, after, REPORTS, HOLDS)
    assert stands(game, after, motion_of(after, "L004") or after[0])[HOLDS]


@both
def test_who_has_no_vote_is_told_which_options_of_its_own_nobody_has_granted_and_grants_one_in_its_last_word(
    lang: Lang,
) -> None:
    spec = spec_of(scenario="land_acquisition", governance="one_core_multiple_actors", stages=(STAGE,), lang=lang)
    game, holder, terms = Game(spec, LIBRARY), "district_official", {"promise": "joint_sheet", "payer": "split"}
    state, asks = first_state(game), {"en": "the district office lists it", "zh": "区专班列出来"}[lang]
    said: list[tuple[str, dict[str, Any]]] = [
        (holder, {}),
        ("nail_household", {"act": "propose", "terms": terms, "condition": asks, "asked_of": [holder]}),
        ("elder", {"act": "support", "about": "L002"}),
    ]
    for seat, turn in said:
        state = {**state, "floor": {**_floor(game, seat)}}
        line: Any = {**TURN, "says": "so", **turn}
        state = apply(state, hear(game, state, make_line(game, state, line, "model")))
    yours = "promise: joint_sheet; payer: split" if lang == "en" else "promise: joint_sheet；payer: split"
    for seat in (holder, "land_officer", "elder"):
        floor = _floor(game, seat)
        text = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
        assert (yours in text) == (seat == holder)
    none = {"en": "; nobody here can grant: district", "zh": "；在座没人许得了：district"}[lang]
    assert none in text, "and all are told what nobody at the table can"
    talk = discussion(state)
    last = last_word_floor(game, state, talk, len(talk))
    assert last is not None
    assert last["seat"] == holder
    now: State = {**state, "floor": last}
    assert yours in turn_messages(game, now, last, None)[-1]["content"]
    assert turn_schema(game, now, last, None)["properties"]["terms"]["properties"]["promise"]["enum"] == ["joint_sheet"]
    gives: Any = {**TURN, "act": "promise", "about": "L002", "says": "so", "takes_on": {"L002": "yes"}, "terms": terms}
    after = apply(now, hear(game, now, make_line(game, now, gives, "model")))
    voting = _floor(game, "elder", "votes")
    text = turn_messages(game, {**after, "floor": voting}, voting, None)[-1]["content"]
    unheard = {"en": "no vote here, and no yes so far", "zh": "没有表决权，也还没表态"}[lang]
    assert unheard not in text, "who votes is told so no more"
    text = turn_messages(game, {**state, "floor": voting}, voting, None)[-1]["content"]
    assert unheard in text


def _floor(game: Game, seat: str, why: Any = "quiet") -> Floor:
    votes = why == "votes"
    acts: Any = ["support", "object"] if votes else [*game.speech(seat)]
    return {"seat": seat, "why": why, "acts": acts, "point": "", "phase": "decision" if votes else "discussion"}


def carried(lang: Lang, *turns: tuple[str, dict[str, Any]]) -> tuple[str, str, str]:
    """Return the minutes of a meeting that carries the motion, and what its decision is told to be paid and unbound."""
    game, state = meeting(lang, *turns)
    taken = {
        **decision({"stay": "day_one"}, about="L002"), "unbound": {"payer": "shared"}, "payer": ["residents"],
        "budget": [game.governance.rules.payoff.budgets["residents"].model_dump()],
    }  # fmt: skip
    state = {**state, "decisions": [cast(DecisionTaken, taken)]}
    read = read_decision(Reading(Session(game, state, ())), state["decisions"][0])
    return minutes_text(game, STAGE, state["lines"], state["decisions"]), read.payer, read.unbound


@both
def test_who_pays_is_told_as_whoever_may_promise_it_has_promised_and_nobody_else_is_said_to_pay(lang: Lang) -> None:
    residents = LIBRARY.governance("government_community_interaction").rules.payoff.budgets["residents"].get(lang)
    agreed = {"en": "no payer was agreed", "zh": "没说好谁出"}[lang]
    left = {"en": "Left open: Who pays", "zh": "还没定：床位和洗衣机谁出钱"}[lang]
    told, payer, unbound = carried(lang)
    assert residents in told
    assert left not in told, "what it hangs on is told with it, and it may have been promised where not all heard it"
    assert residents in payer
    assert all(OPEN[lang][-11:] in text for text in (told, payer))
    assert not unbound, "how it is paid says what was voted for, and what stands in its place"
    assert agreed not in told
    told, payer, unbound = carried(lang, (PAYS, PROMISES))
    assert residents not in told + payer
    assert left not in told
    assert all("L003" in text for text in (told, payer))
    assert not unbound
    game, state = meeting(lang)
    users = {**state["ledger"][0].terms, "payer": "users"}
    option = LIBRARY.scenario("plant_gate").decision_by_id["payer"].options["users"].get(lang)
    text = motion_payer_text(game, state["ledger"][0].altered(terms=users))
    assert option in text
    assert residents in text, "the residents pay by the rules, and not what the motion would have them pay"


@both
def test_a_body_without_a_seat_that_an_option_needs_is_told_before_the_vote(lang: Lang) -> None:
    game = Game(spec_of(scenario="clean_up", stages=("training", STAGE), style="free", lang=lang), LIBRARY)
    state, needs = {**first_state(game), "stage": 1}, {"en": "Carried, it still needs", "zh": "通过了还须报"}[lang]
    terms = {"workers": "hired", "say": "payers"}
    hired, company = (
        LIBRARY.scenario("clean_up").decision_by_id["workers"].options[key] for key in ("hired", "company")
    )
    for option, told in ((hired, True), (company, False)):
        moved = {**terms, "workers": "hired" if told else "company"}
        said: Any = {**line(1, "self_gov", "propose", terms=moved), "visible_to": [*game.present(STAGE)]}
        at = cast(State, {**state, "lines": [said], "turn": 1, "ledger": ledger(game.scenario, [said])})
        texts = motion_texts(game, seat_view(game, at, "landlord"), at["ledger"][0])
        assert option.get(lang) in texts[0]
        assert any(needs in text for text in texts) == told, "what says so itself need not be told"
        early = cast(State, {**at, "stage": 0})
        assert not any(
            needs in text for text in motion_texts(game, seat_view(game, early, "landlord"), at["ledger"][0])
        )


@both
def test_what_is_for_a_seat_without_a_vote_that_has_not_agreed_is_told_as_the_motion_is_put(lang: Lang) -> None:
    spec = spec_of(scenario="clean_up", governance="three_social_interaction", stages=(STAGE,), style="free", lang=lang)
    game = Game(spec, LIBRARY)
    none = {"en": "no vote here, and no yes so far", "zh": "没有表决权，也还没表态"}[lang]
    room = {"visible_to": [*game.present(STAGE)]}
    put: Any = {**line(1, "landlord", "propose", terms={"payer": "district", "workers": "rota"}), **room}
    yes: Any = {**line(2, "street_director", "promise", terms={"payer": "district"}), **room}
    voted: Floor = {"seat": "landlord", "why": "votes", "acts": ["support", "object"], "point": "", "phase": "decision"}
    for said in ([put], [put, yes]):
        made = {"lines": said, "turn": len(said), "ledger": ledger(game.scenario, said)}
        for floor, told in ((voted, len(said) == 1), (None, False)):
            state = cast(State, {**first_state(game), **made, "floor": floor})
            texts = motion_texts(game, seat_view(game, state, "landlord"), state["ledger"][0])
            assert any(none in text and game.name("street_director") in text for text in texts) == told


@both
def test_how_it_is_paid_tells_what_was_promised_before_what_the_case_tells(lang: Lang) -> None:
    game = Game(spec_of(stages=(STAGE,), style="free", lang=lang), LIBRARY)
    terms = {"provider": "social_organisation", "payer": "shared"}
    own, price = {"payer": "shared"}, {"provider": "social_organisation"}
    sums = {
        "en": ("for the year", "119,000 yuan a year", "all children alike"),
        "zh": ("一年的", "一年119000元", "一样收"),
    }[lang]
    said: list[Any] = [
        {**line(number, seat, "promise", terms=given), "promises": says, "visible_to": [*game.present(STAGE)]}
        for number, (seat, given, says) in enumerate(
            zip(("mayor", "ngo_director", "mayor"), (own, price, price), sums, strict=True), 1
        )
    ]
    taken = {**decision(terms), "payer_agreed": True}
    text = payer_text(game, cast(DecisionTaken, taken), ledger(game.scenario, said))
    assert text.index(sums[0]) < text.index(sums[1]) < text.index("80,000" if lang == "en" else "8万"), text
    assert sums[2] not in text, "that is no money"
    back: Any = {**line(4, "mayor", "inform"), "withdraws": "L001"}
    assert sums[0] not in payer_text(game, cast(DecisionTaken, taken), ledger(game.scenario, [*said, back]))


@pytest.mark.parametrize(("lang", "means"), [("en", "service contracts"), ("zh", "购买服务的合同")])
@pytest.mark.parametrize("option", ["district", "shared"])
def test_who_was_agreed_to_pay_is_not_told_from_which_money(lang: Lang, means: str, option: str) -> None:
    game = Game(spec_of(scenario="seafood_street", governance="one_core_multiple_actors", lang=lang), LIBRARY)
    taken: Any = {
        **decision({"payer": option}), "budget": [game.governance.rules.payoff.budgets["government"].model_dump()],
        "payer_agreed": True,
    }  # fmt: skip
    read = read_decision(Reading(Session(game, {**first_state(game), "decisions": [taken]}, ())), taken)
    assert means not in minutes_text(game, STAGE, [], [taken])
    assert means not in read.payer
    assert "600,000 yuan" in read.payer or "60万元" in read.payer or option == "shared"
    assert all(opens not in read.payer for opens in ("46 stalls", "46个摊")), "and of a fact only what is of the money"
