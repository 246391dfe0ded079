"""A year later: what falls due, what strikes it, who reports and who denies, and how each matter is closed."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.errors import InputError
from sandbox.game.aftermath import aftermath, review_opened, with_news
from sandbox.game.conditions import hangs_on, who_fulfils
from sandbox.game.due import answering, as_reviewed, closed, fall_due, in_substance, lapsed, matter, pending, reported
from sandbox.game.fold import Fold, fold
from sandbox.game.game import Game
from sandbox.game.inspection import inspected
from sandbox.game.ledger import Account, Item, ItemKind
from sandbox.game.minutes import take_minutes
from sandbox.game.play import RandomChoice, play
from sandbox.game.pulse import Accounts, pulse_after
from sandbox.game.session import Session
from sandbox.game.spec import Promise, Rank, SessionSpec, Start
from sandbox.game.state import State, apply, first_state
from sandbox.game.steps import close_stage, make_line, open_stage, refusal, take_turn
from sandbox.game.view import seat_view
from sandbox.record.events import Event, EventKind, NewsArrived
from sandbox.record.line import DecisionTaken, Line, Turn
from sandbox.scoring.assessment import assess
from sandbox.scoring.measures import outcome_measures
from sandbox.scoring.reviewed import kept_after_a_year, kept_on_paper, unreported
from tests.session.support import LIBRARY

SCENARIOS = sorted(LIBRARY.cards["scenario"])
MODELS = sorted(LIBRARY.cards["governance"])
WITH_REVIEW = ("public_engagement", "review")


def _game(scenario: str = "four_oclock_school", governance: str = "command", **changes: Any) -> Game:
    spec: dict[str, Any] = {"stages": WITH_REVIEW, "style": "rules", "model": "none", **changes}
    return Game(SessionSpec(scenario=scenario, governance=governance, **spec), LIBRARY)


def _played(game: Game) -> tuple[State, list[Event]]:
    """Play by the rules, and hold the fold of what was written against each state."""
    events: list[Event] = []
    folded, choice = Fold(game), RandomChoice(game.templates)

    def choose(game: Game, state: State) -> Turn:
        assert folded.state == state
        return choice(game, state)

    def write(kind: EventKind, payload: dict[str, Any], stage: str, seat: str) -> None:
        number = len(events) + 1
        events.append(Event(number, float(number), kind, stage, seat, json.loads(json.dumps(payload))))
        folded.add(events[-1])

    return play(game, choose, write=write), events


def _due(state: State) -> list[Item]:
    return [item for item in state["ledger"] if item.account]


def test_a_session_plays_a_year_later_only_where_it_is_named() -> None:
    usual = Game(SessionSpec(scenario="four_oclock_school", governance="command"), LIBRARY)
    assert "review" not in usual.stage_names
    assert not usual.reviewed
    named = _game()
    assert list(named.stage_names) == ["public_engagement", "review"]
    assert named.reviewed
    assert named.content_digest != _game(stages=("public_engagement",)).content_digest


@pytest.mark.parametrize("governance", MODELS)
def test_every_case_plays_through_a_review_and_everything_that_fell_due_is_closed(governance: str) -> None:
    for number, scenario in enumerate(SCENARIOS):
        game = _game(scenario, governance, seed=number, turns=(None, 4, 9)[number % 3], lang=("en", "zh")[number % 2])
        state, events = _played(game)
        assert fold(game, events) == state
        due = _due(state)
        terms = sum(len(taken["terms"]) for taken in state["decisions"] if taken["carried"])
        assert sum(item.kind == "term" for item in due) == terms
        assert all(item.account and item.account.closed and item.account.report for item in due), "each has its report"
        assert all(item.state in ("kept", "broken") for item in due)
        assert not [x for x in state["ledger"] if x.kind == "promise" and x.state in ("open", "confirmed")]
        review = [line for line in state["lines"] if line["stage"] == "review"]
        room = game.present("review")
        others = [line for line in review if not has(line["act"], "reports")]
        limit = game.turn_limit(LIBRARY.stage("review"))
        assert len(others) <= limit + len(room), "the limit bounds what is said beside reports and first lines"
        assert {line["seat"] for line in review} == set(room), "everybody is heard"
        if due:
            after = review[max(review.index(line) for line in review if has(line["act"], "reports")) + 1 :]
            assert after, "somebody answers the last report"
            whom = {line["to"] for line in state["lines"] if any(item.line == line["id"] for item in due)}
            assert {line["seat"] for line in after} & {*game.residents, *whom} or not game.residents & set(room)
        for item in due:
            assert item.account
            if item.account.report:
                line = next(line for line in review if line["id"] == item.account.report)
                assert (line["seat"], has(line["act"], "reports")) == (item.account.owner, True)
        assert all(line["act"] not in ("keep", "break") for line in state["lines"] if line["stage"] != "review")


def test_the_same_seed_draws_the_same_year_and_another_another() -> None:
    drawn = [
        [x.payload["id"] for x in _played(_game(seed=seed))[1] if isinstance(x, NewsArrived) and "strikes" in x.payload]
        for seed in (4, 4, *range(5, 12))
    ]
    assert drawn[0] == drawn[1]
    assert len({tuple(ids) for ids in drawn}) > 3


def test_every_event_says_why_and_strikes_what_is_in_the_ledger() -> None:
    seen = set()
    for (number, scenario), governance in product(enumerate(SCENARIOS), MODELS[:2]):
        game = _game(scenario, governance, seed=number, city="haicang")
        state, events = _played(game)
        due = {item.line: item for item in _due(state)}
        for event in events:
            if isinstance(event, NewsArrived) and "strikes" in event.payload:
                said = event.payload
                seen.add(said["id"].removeprefix("review:"))
                assert said.get("reason")
                assert "{" not in said["text"]
                assert set(said.get("strikes", ())) <= due.keys()
                assert set(said["to"]) <= set(game.present("review"))
    cards = LIBRARY.stage("review").aftermath
    assert len(seen) >= 0.7 * len(cards), "most events come in some session"


def test_a_payer_beyond_the_government_lasts_longer() -> None:
    def struck(governance: str, payer: str) -> float:
        game = _game(governance=governance, stages=WITH_REVIEW)
        counts = []
        for seed in range(60):
            twin = game.twin(seed=seed)
            state = _decided(twin, payer)
            state = apply(state, review_opened(twin, state))
            counts += [bool(item.account.harmed) for item in _due(state) if item.account and "payer" in item.terms]
        return sum(counts) / len(counts)

    assert struck("command", "district") > struck("joint_production", "shared") + 0.15


def _decided(game: Game, payer: str) -> State:
    """Return the state in which a decision names who pays, before the review."""
    state = _at_review(game)
    chair = game.governance.rules.aggregation.procedure == "chair_decides"
    voters = [seat for seat in game.present("public_engagement") if seat in game.residents]
    taken = {
        "id": "D-public_engagement", "stage": "public_engagement", "motion": "L001", "carried": True,
        "procedure": "majority", "by": game.chair if chair else "body", "abstained": [], "vetoed_by": [],
        "votes": {} if chair else dict.fromkeys(voters, True), "terms": {"payer": payer}, "condition": "",
        "unbound": {}, "budget": [], "payer_agreed": True,
        "payer": list(game.scenario.decision_by_id["payer"].options[payer].paid_by),
    }  # fmt: skip
    return {**state, "decisions": [taken]}  # type: ignore[list-item]


def _at_review(game: Game) -> State:
    """Return the state before a review, with nothing decided."""
    stage = list(game.stage_names).index("review")
    pulses = [{"moment": "start", "levels": game.pulses}]
    return {**first_state(game), "stage": stage, "pulses": pulses}  # type: ignore[typeddict-item]


def _line(number: int, seat: str, act: Act, to: str = "all", about: str = "") -> Line:
    return {
        "id": f"L{number:03d}", "stage": "review", "seat": seat, "act": act, "to": to, "says": "So it was.",
        "terms": {}, "section": "", "task": "", "about": about, "text": "", "condition": "", "point": "", "facts": [],
        "vote": False, "origin": "rules", "visible_to": [],
    }  # fmt: skip


def _items(*accounts: Account) -> tuple[Item, ...]:
    return tuple(
        Item(f"T{number}", "public_engagement", "term", account.owner, "", {f"q{number}": "a"}, "open", ("a", "b", "c"),
             account=account)
        for number, account in enumerate(accounts, start=1)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "state", "there"),
    [
        ([("keep", "a")], "kept", True),
        ([("break", "a")], "broken", False),
        ([("keep", "a"), ("object", "b")], "broken", False),
        ([("keep", "a"), ("object", "b"), ("support", "c")], "kept", True),
        ([("keep", "a"), ("object", "b"), ("support", "b")], "kept", True),
        ([("keep", "a"), ("refuse", "b"), ("object", "c")], "broken", False),
        ([("break", "a"), ("object", "b")], "kept", True),
        ([], "unreported", False),
    ],
)
def test_a_report_counts_unless_more_deny_than_confirm_it(said: list[tuple[Act, str]], state: str, there: bool) -> None:
    items = _items(Account("a"))
    for number, (act, seat) in enumerate(said, start=1):
        items = reported(
            items, _line(number, seat, act, "all" if seat == "a" else "a", "T1" if seat == "a" else "L001")
        )
    (item,) = closed(items)
    assert (item.state, in_substance(item)) == (state, there)
    assert closed((item,)) == (item,)


def test_what_nobody_reports_on_is_not_reported_unless_an_event_settled_it() -> None:
    harmed, saved = Account("a", harmed=("place_let",)), Account("a", harmed=("hired_away",), saved=("pensioners",))
    states = [(item.state, item.history[-1][0]) for item in closed(_items(harmed, saved, Account("b")))]
    assert states == [("broken", "place_let"), ("kept", "pensioners"), ("unreported", "review")]


def test_kept_on_paper_alone_is_not_kept_in_substance() -> None:
    items = reported(_items(Account("a", harmed=("place_let",))), _line(1, "a", "keep", about="T1"))
    (paper,) = closed(items)
    assert (paper.state, in_substance(paper)) == ("kept", False)
    (there,) = closed(reported(items, _line(2, "b", "support", "a", "L001")))
    assert (there.state, in_substance(there)) == ("kept", True)


def test_a_report_counts_for_the_same_promise_made_twice_and_not_for_the_seat_that_made_it() -> None:
    promise = Item("L001", "s", "promise", "a", "x", {"q": "o"}, "open", ("a", "b"), account=Account("a"))
    twice = (promise, replace(promise, line="L002"), replace(promise, line="L003", owner="b", account=Account("b")))
    after = reported(twice, _line(9, "a", "break", about="L002"))
    assert [item.account.claim for item in after if item.account] == ["broken", "broken", ""]
    assert reported(after, _line(10, "a", "support", "a", "L009")) == after


def test_promises_of_before_fall_due_and_whoever_is_not_in_the_room_is_answered_for_by_the_chair() -> None:
    lasting = Promise(seat="ngo_director", says="We stay 3 years.", terms={"provider": "social_organisation"})
    start = Start(promises=(Promise(seat="site_host", says="We send you our rota."), lasting))
    game = _game(start=start)
    state = _at_review(game)
    state = apply(state, open_stage(game, state))
    assert [(item.line, item.account and item.account.owner) for item in _due(state)] == [
        ("P1", game.chair), ("P2", "ngo_director"),
    ]  # fmt: skip
    again = fall_due(game, state["ledger"], state["decisions"], game.present("review"))
    assert again == state["ledger"]


@pytest.mark.parametrize(
    ("acts", "votes", "owner"),
    [
        ([], {}, "self_gov"),
        ([("property_manager", "propose")], {}, "property_manager"),
        ([("property_manager", "propose")], {"property_manager": False, "self_gov": True}, "property_manager"),
        ([("property_manager", "promise"), ("self_gov", "propose")], {}, "property_manager"),
        ([], {"self_gov": False, "property_manager": True}, "property_manager"),
    ],
)
def test_of_several_who_may_commit_whoever_stood_behind_it_answers_for_it(
    acts: list[tuple[str, str]], votes: dict[str, bool], owner: str
) -> None:
    game = _game("clean_up", "three_social_interaction")
    room = game.present("review")
    kinds: dict[str, ItemKind] = {"propose": "proposal", "promise": "promise"}
    items = tuple(
        Item(f"L{number}", "s", kinds[act], seat, "x", {"workers": "company"}, "open", room)
        for number, (seat, act) in enumerate(acts, 1)
    )
    decision: DecisionTaken = {
        "id": "D", "stage": "public_engagement", "motion": "L090", "procedure": "majority", "by": "body",
        "votes": votes, "abstained": [], "vetoed_by": [], "carried": True, "terms": {"workers": "company"},
        "condition": "", "unbound": {}, "payer": [], "budget": [], "payer_agreed": False,
    }  # fmt: skip
    (term,) = (item for item in fall_due(game, items, [decision], room) if item.kind == "term")
    assert term.account is not None
    assert term.account.owner == owner


def test_a_seat_reports_only_on_what_it_answers_for() -> None:
    start = Start(
        promises=(Promise(seat="ngo_director", says="We stay."), Promise(seat="local_parent", says="I help."))
    )
    game = _game(start=start)
    state = _at_review(game)
    state = apply(state, open_stage(game, state))
    floor = state["floor"]
    assert floor is not None
    assert (floor["acts"], floor["why"]) == (["keep", "break"], "reports")
    turn = Turn(act="keep", to="all", says="It stands.", terms={}, section="", task="", about="P9", text="",
                condition="", appends=False, aside=False)  # fmt: skip
    assert "P9" in refusal(game, state, turn)
    other = next(item.line for item in _due(state) if item.account and item.account.owner != floor["seat"])
    with pytest.raises(InputError, match=other):
        make_line(game, state, {**turn, "about": other}, "person")
    assert (
        make_line(game, state, {**turn, "about": ""}, "person")["about"]
        == answering(state["ledger"], floor["seat"])[0].line
    )


def test_a_promise_in_a_decision_is_confirmed_on_paper_and_kept_only_a_year_later() -> None:
    for seed in range(40):
        state, _ = _played(_game(governance="joint_production", seed=seed))
        for item in state["ledger"]:
            if item.kind == "promise" and ("D-public_engagement", "confirmed") in item.history:
                assert ("D-public_engagement", "kept") not in item.history
                assert item.history[-1][1] in ("kept", "broken")
                return
    pytest.fail("no decision contained a promise")


def test_measures_tell_paper_from_a_year_later_and_only_where_a_year_was_played() -> None:
    apart = 0
    for seed in range(12):
        game = _game(governance="command", seed=seed)
        state, events = _played(game)
        session = Session(game, state, events)
        measures, beside = outcome_measures(session), assess(session)[1]
        due = _due(state)
        kept = sum(item.state == "kept" for item in due) / len(due)
        assert measures["kept_after_a_year"] == pytest.approx(kept, abs=0.001) == beside.indicators["promises_kept"]
        paper, there = measures["kept_on_paper"], measures["kept_in_substance"]
        assert paper is not None
        assert there is not None
        apart += paper != there
        assert measures["burden_residents"] is not None
    assert apart
    game = _game(stages=("public_engagement",))
    assert "kept_after_a_year" not in outcome_measures(Session(game, *_played(game)))


def test_an_event_that_officials_alone_know_of_reaches_nobody_else() -> None:
    for seed in range(60):
        game = _game(seed=seed)
        state, events = _played(game)
        own = [x for x in events if isinstance(x, NewsArrived) and x.payload["id"] == "review:project_ends"]
        if own:
            assert "local_parent" not in own[0].payload["to"]
            text = own[0].payload["text"]
            minutes = state["minutes"][-1]["text"]
            assert text not in minutes
            at = {**state, "stage": 1}
            assert all(news["text"] != text for news in seat_view(game, at, "local_parent").news)  # type: ignore[arg-type]
            return
    pytest.fail("the project never ended")


def test_the_inspection_tells_officials_what_it_means_while_they_play() -> None:
    state, events = _played(_game(lang="zh"))
    found = [x for x in events if isinstance(x, NewsArrived) and x.payload["id"] == "review:inspected"]
    assert len(found) == 1
    assert "检查组" in found[0].payload["text"]
    place = events.index(found[0])
    assert [x.kind for x in events[place + 1 :]].count("line") > 0, "somebody can still answer it"
    assert any(news["id"] == "review:inspected" for news in state["desk"]["news"])


def test_who_was_promised_something_trusts_less_when_it_is_broken() -> None:
    before = {"trust": 3, "conviction": 3, "burden": 3}
    kept, broken = (
        pulse_after(before, "a", [], [], {}, accounts=accounts)  # type: ignore[arg-type]
        for accounts in (Accounts(3, 1, 0), Accounts(0, 2, 1))
    )
    assert (kept["trust"], kept["conviction"], kept["burden"]) == (4, 4, 3)
    assert (broken["trust"], broken["conviction"], broken["burden"]) == (2, 2, 4)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_reports_close_everything_whatever_is_said(data: st.DataObject) -> None:
    seats = ("a", "b", "c")
    items = _items(
        *(Account(data.draw(st.sampled_from(seats)), harmed=data.draw(st.sampled_from([(), ("x",)]))) for _ in range(3))
    )
    acts: tuple[Act, ...] = ("keep", "break", "support", "object", "refuse", "concede", "inform", "ask")
    said = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from(acts), st.sampled_from(seats), st.sampled_from(["", "T1", "T2", "T3", "L001", "L002"])
            ),
            max_size=9,
        )
    )
    for number, (act, seat, about) in enumerate(said, start=1):
        items = reported(items, _line(number, seat, act, "all", about))
    after = closed(items)
    ends = ("kept", "broken", "unreported")
    assert all(item.state in ends and item.account and item.account.closed for item in after)
    assert closed(after) == after
    for item in after:
        assert item.account
        assert not item.account.confirmed & item.account.denied
        assert item.account.owner not in item.account.confirmed | item.account.denied
    assert as_reviewed(items, after, [], "a")


def test_under_rules_that_tell_the_parties_alone_nobody_knows_more_than_was_said_to_them() -> None:
    game = _game(changes=("information.lines=parties",))
    state, _ = _played(game)
    for seat in game.present("review"):
        view = seat_view(game, {**state, "stage": 1}, seat)
        heard = {line["id"] for line in view.heard}
        for item in view.ledger:
            if item.account and item.account.report:
                assert item.account.report in heard


def _opened(game: Game, items: tuple[Item, ...], *decisions: DecisionTaken) -> State:
    """Return the state in which a review has just been opened."""
    state: State = {**_at_review(game), "ledger": items, "decisions": list(decisions)}
    return apply(state, open_stage(game, state))


def _say(game: Game, state: State, act: Act, says: str = "So it was.", to: str = "all", about: str = "") -> State:
    """Return the state after the seat on the floor has spoken."""
    turn = Turn(act=act, to=to, says=says, terms={}, section="", task="", about=about, text="", condition="",
                appends=False, aside=False)  # fmt: skip
    return apply(state, take_turn(game, state, make_line(game, state, turn, "person")))


def _taken(terms: dict[str, str], condition: str = "", carried: bool = True) -> DecisionTaken:
    return {
        "id": "D-public_engagement", "stage": "public_engagement", "motion": "L090", "procedure": "majority",
        "by": "body", "votes": {}, "abstained": [], "vetoed_by": [], "carried": carried, "terms": terms,
        "condition": condition, "unbound": {}, "payer": [], "budget": [], "payer_agreed": False,
    }  # fmt: skip


_SETTLED = {"gate_list": "sums", "payer": "bridge", "workers": "company", "say": "seats"}


def _estate(**changes: Any) -> Game:
    return _game("clean_up", "three_social_interaction", style="free", model="m", **changes)


def test_each_matter_has_its_report_however_few_lines_there_are_and_somebody_answers_the_last() -> None:
    game = _estate(turns=2)
    state = _opened(game, (), _taken(_SETTLED, "the company signs within 3 months"))
    whys = []
    while (floor := state["floor"]) is not None:
        whys.append(floor["why"])
        view = seat_view(game, state, floor["seat"])
        assert view.limit > view.turn, "a line is left for whoever has the floor"
        state = _say(game, state, floor["acts"][0])
    assert whys.count("reports") == 5
    assert whys.count("confirms") == 2
    assert whys[len(whys) - whys[::-1].index("reports")] == "confirms"
    assert state["ended"] == "all_reported"
    assert {line["seat"] for line in state["lines"]} == set(game.present("review"))


def test_who_is_asked_answers_also_where_no_line_is_left_and_is_not_asked_again_without_end() -> None:
    game = _estate(turns=1)
    state = _opened(game, (), _taken({"workers": "company"}))
    owner = state["floor"]["seat"] if state["floor"] else ""
    asked = next(seat for seat in game.present("review") if seat not in (owner, *game.residents))
    state = _say(game, state, "keep", "It runs. Has your office paid for it?", asked)
    assert state["floor"] is not None
    assert (state["floor"]["seat"], state["floor"]["why"]) == (asked, "asked")
    count = 0
    while state["floor"] is not None:
        other = next(seat for seat in game.present("review") if seat != state["floor"]["seat"])
        state = _say(game, state, "object", "And what do you say to that?", other)
        count += 1
    assert count <= 4 + len(game.present("review"))


def test_whom_a_matter_is_for_is_asked_before_others() -> None:
    game = _estate()
    state = _opened(game, (), _taken({"say": "seats"}))
    state = _say(game, state, "keep")
    assert state["floor"] is not None
    assert state["floor"]["seat"] == "migrant_tenant"


@pytest.mark.parametrize(
    ("lang", "condition", "owners"),
    [
        ("en", "the company posts the parking account and covers the missing 24,000", ["property_manager"]),
        ("en", "every door is told that the money ends; the community signs for it", ["", "community_secretary"]),
        ("en", "the stamp is here by Friday; if not, the owners tender", [""]),
        ("en", "Luo Chunyan is asked first", ["migrant_tenant"]),
        ("zh", "物业先把停车账贴出来；否则居民小组自己请人", ["property_manager"]),
        ("zh", "街道先把钱拨到；垃圾桶先挪走", ["street_director", ""]),
    ],
)
def test_a_condition_falls_due_and_whoever_may_fulfil_it_answers_for_it(
    lang: str, condition: str, owners: list[str]
) -> None:
    game = _estate(lang=lang)
    room = game.present("review")
    taken = _taken({"workers": "company"}, condition)
    assert sorted(who_fulfils(game, (), taken, room)) == sorted(owners)
    due = [item for item in fall_due(game, (), [taken], room) if item.kind == "term"]
    assert [bool(item.terms) for item in due] == [True, *(False for _ in owners)]
    assert sorted(part for item in due if not item.terms for part in hangs_on(item.says)) == sorted(hangs_on(condition))
    assert all(item.says in matter(game, item) for item in due if not item.terms)
    assert not who_fulfils(game, (), {**taken, "carried": False}, room)
    made = Item("L005", "s", "proposal", "grid_master", "x", {}, "open", room, condition=condition)
    assert "" not in who_fulfils(game, (made,), taken, room)


def test_a_condition_is_in_the_minutes_and_counts_in_the_measures() -> None:
    game = _estate(turns=4)
    state = _opened(game, (), _taken({"workers": "company"}, "the company signs within 3 months"))
    while (floor := state["floor"]) is not None:
        state = _say(game, state, "break" if "break" in floor["acts"] else "support")
    minutes = take_minutes(game, state)
    assert "the condition “the company signs within 3 months”" in minutes["text"]
    assert kept_after_a_year(Session(game, apply(state, close_stage(state, minutes)), [])) == 0.0


def test_what_nobody_reported_on_counts_as_neither_and_is_said_to_be_so() -> None:
    for lang, said in (("en", "not reported on, so neither kept nor broken"), ("zh", "没有报告，不算兑现，也不算落空")):
        game = _estate(lang=lang, seed=2)
        state = _opened(game, (), _taken(_SETTLED))
        unharmed = tuple(
            replace(item, account=Account(item.account.owner)) if item.account else item for item in state["ledger"]
        )
        state = _say(game, {**state, "ledger": unharmed}, "keep")
        minutes = take_minutes(game, {**state, "floor": None, "ended": "facilitator"})
        assert minutes["text"].count(said) == 3
        session = Session(game, apply(state, close_stage(state, minutes)), [])
        assert unreported(session) == 3
        assert kept_after_a_year(session) == 1.0 == kept_on_paper(session)


def test_a_promise_is_told_in_whole_sentences_with_its_condition() -> None:
    game = _estate()
    says = "The community will cooperate fully. " + "I call the members and the neighbours out myself, each week. " * 6
    item = Item("L002", "s", "promise", "community_secretary", says.strip(), {}, "open", (), condition="you pay first")
    short, whole = matter(game, item), matter(game, item, 2000)
    assert "The community will cooperate fully." in short
    assert "week. …”, on condition that: you pay first" in short
    assert says.strip() in whole
    clause = replace(item, says="I give 24,000 yuan, " + "and then some more, " * 30, condition="")
    assert "24,000 yuan" in matter(game, clause)
    assert matter(game, clause).endswith("more …”")
    offered = replace(item, terms={"workers": "rota"})
    assert "the residents in turn, with Party volunteers" in matter(game, offered)
    assert "members and the neighbours" in matter(game, offered)


def test_a_promise_that_was_not_its_owners_to_make_does_not_fall_due_and_is_said_to_be_so() -> None:
    game = _estate()
    room = game.present("review")
    void = Item("L006", "s", "promise", "community_secretary", "I sweep.", {"workers": "rota"}, "beyond_remit", room,
                history=(("L006", "beyond_remit"),))  # fmt: skip
    lost = replace(void, line="L007", state="broken", history=(("L007", "open"), ("D-public_engagement", "broken")))
    state = _opened(game, (void, lost), _taken({"workers": "company"}))
    assert [(item.line, why) for item, why in lapsed(state["ledger"])] == [("L006", "beyond"), ("L007", "otherwise")]
    assert not [item for item in _due(state) if item.kind == "promise"]
    text = take_minutes(game, {**state, "ended": "facilitator"})["text"]
    assert "Not due: L006" in text
    assert "not theirs to promise" in text


def test_a_matter_is_struck_once_and_the_promise_of_it_with_it() -> None:
    game = _estate(city="haicang")
    room = game.present("review")
    promise = Item("L012", "s", "promise", "property_manager", "We sign.", {"workers": "company"}, "open", room,
                   history=(("L012", "open"),))  # fmt: skip
    struck_at_all = 0
    for seed in range(40):
        twin = game.twin(seed=seed)
        state = _at_review(twin)
        items = fall_due(twin, (promise,), [_taken(_SETTLED)], room)
        drawn = aftermath(twin, state, twin.stages[state["stage"]], items)
        for news in drawn:
            items = with_news(twin.stages[state["stage"]], items, news)
        accounts = {item.line: item.account for item in items if item.account and item.terms.get("workers")}
        assert all(len(account.harmed) <= 1 for account in accounts.values())
        assert len({account.harmed for account in accounts.values()}) == 1
        struck_at_all += any(account.harmed for account in accounts.values())
    assert struck_at_all > 5


def test_events_that_other_tables_of_a_city_have_seldom_come_here() -> None:
    stage = LIBRARY.stage("review")
    own = tuple(event.id for event in stage.aftermath)[::3]

    def drawn(start: Start) -> list[str]:
        games = [_game(seed=seed, start=start) for seed in range(25)]
        events = [event for game in games for event in _played(game)[1] if isinstance(event, NewsArrived)]
        return [event.payload["id"].split(":")[1] for event in events if "strikes" in event.payload]

    alone, beside = drawn(Start()), drawn(Start(own_events=own))
    assert sum(name in own for name in beside) / len(beside) > sum(name in own for name in alone) / len(alone)


def test_an_inspection_says_how_its_list_counts_and_no_rank_that_nobody_knows_yet() -> None:
    game = _estate(start=Start(rank=Rank(place=3, of=3)))
    text = inspected(game, _opened(game, (), _taken(_SETTLED)))
    assert "of 100 points" in text
    assert "once every community has been inspected" in text
    assert "Last year the community came 3 of 3." in text
    assert "near the top" not in text


def test_what_is_still_to_be_reported_is_an_entry_a_report() -> None:
    twice = _items(Account("a"), Account("b"))
    same = replace(twice[0], line="T3")
    assert [item.line for item in pending((*twice, same))] == ["T1", "T2"]
