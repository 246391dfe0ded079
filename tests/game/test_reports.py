"""The book-keeping of a review: a report for each matter, for whom it was, conditions, and what nobody reported on."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any, cast

import pytest

from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Account, Item
from sandbox.game.ledger.ledger import decided, ledger
from sandbox.game.ledger.matters import matter
from sandbox.game.minutes.minutes import take_minutes
from sandbox.game.minutes.settled import told_accounts
from sandbox.game.motions.conditions import doers, who_fulfils
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.play import RandomChoice, play, spoken
from sandbox.game.review.aftermath import aftermath, with_news
from sandbox.game.review.concern import concerned_by
from sandbox.game.review.due import due_matters, fall_due, lapsed, pending, reports_left
from sandbox.game.review.inspection import inspected
from sandbox.game.review.lasting import deed
from sandbox.game.review.reporting import reportable, reported
from sandbox.game.review.verdict import closed
from sandbox.game.review.witnesses import knows, speaks_of
from sandbox.game.session import Session
from sandbox.game.spec import Rank, SessionSpec, Start
from sandbox.game.state import State, apply, first_state
from sandbox.game.steps import close_stage, make_line, open_stage
from sandbox.game.view import seat_view
from sandbox.record.line import DecisionTaken, Line, Outcome, Turn
from sandbox.report.pages.debrief.reader import reader_of
from sandbox.report.pages.ledger import review_section
from sandbox.report.pages.parts import line_said
from sandbox.report.reading import Reading
from sandbox.scoring.assessment import assess
from sandbox.scoring.reviewed import fallen_due, kept_after_a_year, kept_on_paper, matters_due
from sandbox.scoring.scorecard import latest_scores
from sandbox.session.reviews import review_shown
from tests.content.folders import LIBRARY
from tests.game.making import line


def _game(scenario: str, governance: str, **changes: Any) -> Game:
    spec: dict[str, Any] = {"stages": ("public_engagement", "review"), "style": "rules", "model": "none", **changes}
    return Game(SessionSpec(scenario=scenario, governance=governance, **spec), LIBRARY)


def _due(state: State) -> list[Item]:
    return [item for item in state["ledger"] if item.account]


def _at_review(game: Game) -> State:
    """Return the state before a review, with nothing decided."""
    pulses = [{"moment": "start", "levels": game.pulses}]
    return {**first_state(game), "stage": list(game.stage_names).index("review"), "pulses": pulses}  # type: ignore[typeddict-item]


def _opened(game: Game, items: tuple[Item, ...], *decisions: DecisionTaken) -> State:
    """Return the state in which a review has just been opened."""
    state: State = {**_at_review(game), "ledger": items, "decisions": list(decisions)}
    return apply(state, open_stage(game, state))


def _say(
    game: Game,
    state: State,
    act: Act,
    says: str = "So it was.",
    to: str = "all",
    about: str = "",
    also: dict[str, Outcome] | None = None,
) -> State:
    """Return the state after the seat on the floor has spoken."""
    turn = Turn(act=act, to=to, says=says, terms={}, section="", task="", about=about, text="", condition="",
                appends=False, aside=False, replaces="", promises="", also=also or {})  # fmt: skip
    return spoken(game, state, make_line(game, state, turn, "person"), (), None)


def _taken(terms: dict[str, str], condition: str = "", carried: bool = True) -> DecisionTaken:
    return {
        "id": "D-public_engagement", "stage": "public_engagement", "motion": "L090", "procedure": "majority",
        "by": "body", "votes": {}, "abstained": [], "vetoed_by": [], "carried": carried, "terms": terms,
        "condition": condition, "unbound": {}, "payer": [], "budget": [], "payer_agreed": False, "fallen": [],
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
    assert whys.count("confirms") == 7, "a witness each, and two for whom something was and who were not the first"
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
    (voted,) = _due(_opened(game, (), {**_taken({"say": "seats"}), "votes": {"landlord": True, "self_gov": False}}))
    assert voted.account
    assert voted.account.concerned == {"migrant_tenant", "landlord"}, "and for who voted for it"


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("answers", [["part"], ["part", "yes"]])
def test_who_took_on_a_part_of_a_condition_is_told_so_where_it_reports_on_the_whole(
    lang: Lang, answers: list[str]
) -> None:
    game = _game("clean_up", "joint_production", lang=lang)
    room = [*game.present("public_engagement")]
    asks = {"en": "the company posts the sums and covers the gap", "zh": "物业公司贴出收支并补上差额"}[lang]
    put = line(1, "migrant_tenant", "propose", terms={"say": "seats"}, condition=asks)
    said = [{**put, "asked_of": ["property_manager"], "visible_to": room}]
    for number, answer in enumerate(answers, 2):
        support = line(number, "property_manager", "support", about="L001")
        said.append({**support, "takes_on": {"L001": answer}, "visible_to": room})
    lines = cast("list[Line]", said)
    taken = cast("DecisionTaken", {**_taken({"say": "seats"}), "condition": asks, "motion": "L001"})
    items = decided(game.scenario, ledger(game.scenario, lines), taken, lines)
    before: State = {**_at_review(game), "ledger": items, "lines": lines, "decisions": [taken]}
    state = apply(before, open_stage(game, before))
    floor: Any = {"seat": "property_manager", "why": "", "acts": ["keep"], "point": "", "phase": "discussion"}
    now = cast("State", {**state, "floor": floor})
    asked = str(review_shown(game, now, seat_view(game, now, "property_manager"), floor, (), ())["review_asks"])
    assert asks in asked
    told = {"en": "of it you took on a part (L002)", "zh": "你只应了一部分（L002）"}[lang]
    assert (told in asked) == (answers[-1] == "part")


def test_to_whom_something_was_promised_is_asked_first_though_it_was_for_all() -> None:
    game = _estate(turns=1)
    room, says = game.present("review"), "I post the sums each month"
    item = Item("L001", "public_engagement", "promise", "property_manager", says, {}, "open", room)
    item = replace(item, promised_to=("all",))
    made = {**line(1, "property_manager", "promise", "grid_master", says=says), "visible_to": list(room)}
    before = cast("State", {**_at_review(game), "ledger": (item,), "lines": [made]})
    said = "The sums I post each month hung there, but in May."
    state = _say(game, apply(before, open_stage(game, before)), "keep", said, about="L001")
    assert state["floor"] is not None
    assert state["floor"]["seat"] == "grid_master"
    floor = state["floor"]
    for whispered in (False, True):
        seen = [each for each in room if not whispered or each in ("property_manager", "grid_master")]
        own = tuple(replace(each, visible_to=tuple(seen)) for each in state["ledger"])
        now: State = {**state, "ledger": own}
        asked = str(review_shown(game, now, seat_view(game, now, "grid_master"), floor, (), ())["review_asks"])
        assert ("not a word of it aloud" in asked) == whispered
    more = {**made, "id": "L003", "act": "keep", "stage": "review", "about": "T9"}
    later = cast("State", {**state, "turn": state["turn"] + 1, "lines": [*state["lines"], more]})
    asked = str(review_shown(game, later, seat_view(game, later, "grid_master"), floor, (), ())["review_asks"])
    assert "but in May" in asked, "what a report said that is not among the lines any more"


@pytest.mark.parametrize(
    ("lang", "condition", "owners"),
    [
        ("en", "the company posts the parking account and covers the missing 24,000", ["property_manager"]),
        ("en", "every door is told that the money ends; the community signs for it", ["", "community_secretary"]),
        ("en", "the stamp is here by Friday; if not, the owners tender", [""]),
        ("en", "Luo Chunyan is asked first", ["migrant_tenant"]),
        ("zh", "物业先把停车账贴出来；否则居民小组自己请人", ["property_manager"]),
        ("zh", "街道先把钱拨到；垃圾桶先挪走", ["street_director", ""]),
        # Once for all who are to do it, named by name, role or office; and two of one seat apart from each other.
        (
            "en",
            "the community goes to the doors, and the landlord adds no fee to the rent",
            ["community_secretary landlord"],
        ),
        ("en", "the company mans the gate; the company lights the way", ["property_manager", "property_manager"]),
        ("en", "the tenants choose by themselves who sits on their 2 seats", ["migrant_tenant"]),
        ("en", "before anybody pays and at the latest by Friday, the landlord mends the stairs", ["landlord"]),
        ("zh", "街道和社区不叫网格员写拒交名单", ["street_director community_secretary"]),
        ("zh", "物业公司等大门守满一个月按间收，房东自报间数贴大门口", ["property_manager landlord"]),
    ],
)
def test_each_condition_falls_due_by_itself_and_once_for_all_who_are_to_do_it(
    lang: str, condition: str, owners: list[str]
) -> None:
    game = _estate(lang=lang)
    room = game.present("review")
    taken = _taken({"workers": "company"}, condition)
    first = [owner.partition(" ")[0] for owner in owners]
    assert who_fulfils(game, (), taken, room) == list(zip(first, hangs_on(condition), strict=True))
    due = [item for item in fall_due(game, (), [taken], room, ()) if item.kind == "term"]
    does = [(item.says, (item.account.owner, *item.account.joined)) for item in due[1:] if item.account]
    assert does == [
        (part, tuple(owner.split() or [game.chair])) for part, owner in zip(hangs_on(condition), owners, strict=True)
    ]
    assert all(item.says in matter(game, item) for item in due if not item.terms)
    assert not who_fulfils(game, (), {**taken, "carried": False}, room)
    made = Item("L005", "s", "proposal", "grid_master", "x", {}, "open", room, condition=condition)
    assert "" not in dict(who_fulfils(game, (made,), taken, room))


def test_of_two_conditions_of_one_seat_one_is_kept_and_the_other_is_broken() -> None:
    game = _estate(turns=4)
    state = _opened(game, (), _taken({}, "the company mans the gate; the company lights the way"))
    for act in ("keep", "break"):
        while state["floor"] is not None and state["floor"]["why"] != "reports":
            state = _say(game, state, "support")
        state = _say(game, state, act)
    closing = close_stage(game, {**state, "floor": None}, take_minutes(game, state))
    assert [(item.says, item.state) for item in closing["ledger"] if item.account] == [
        ("the company mans the gate", "kept"), ("the company lights the way", "broken"),
    ]  # fmt: skip


def test_who_asked_for_a_condition_and_whom_it_names_are_asked_whether_it_was_kept() -> None:
    game = _estate()
    room = game.present("review")
    condition = "the street closes a report only when the grid says that the heap is gone"
    asked = Item("L005", "s", "proposal", "community_secretary", "x", {}, "open", room, condition=condition)
    later = replace(asked, line="L006", owner="landlord", condition=f"{condition}; the landlord pays")
    state = _opened(game, (asked, later), _taken({}, condition))
    (due,) = _due(state)
    assert due.account
    residents = set(game.assessors["horizontal"]) & game.residents
    assert due.account.concerned == {"community_secretary", *residents}, "who asked for it, and on whose behalf"
    own = replace(asked, owner="migrant_tenant")
    (wanted,) = _due(_opened(game, (own,), _taken({}, condition)))
    assert wanted.account
    assert wanted.account.concerned == {"migrant_tenant"}, (
        "a resident asks for itself; no office is it for that it names"
    )
    both = "the street and the community call the owners together"
    for shared in _due(_opened(game, (replace(asked, condition=both),), _taken({}, both))):
        assert shared.account
        assert "community_secretary" not in shared.account.concerned, "who is to do it as well is no witness of it"
        assert shared.account.doers == ("street_director", "community_secretary")
    less = "the community calls the owners together when it can"
    weaker = replace(own, line="L006", owner="community_secretary", condition=less, amends="L005")
    gives = replace(own, line="L007", kind="promise", owner="community_secretary", condition="")
    gives = replace(gives, says="when it can the community calls the owners together", takes_on=("L005",))
    promised, softened = _due(_opened(game, (own, weaker, gives), _taken({}, less)))
    assert softened.account
    assert promised.account
    whom = {"migrant_tenant", "landlord"}
    assert softened.account.concerned == whom, "in the place of what the tenant needs; owners are called"
    assert promised.account.concerned == whom, "and so it is whoever it is promised to"
    state = _say(game, state, "keep")
    assert state["floor"] is not None
    assert state["floor"]["seat"] in due.account.concerned


def test_whom_a_condition_is_done_for_has_a_say_though_it_stands_near_the_head_and_else_the_residents_do() -> None:
    game = _estate()
    tells = "The landlord tells the group by word of mouth when a room that has paid falls empty"
    nobody = "The street lights the gate by October"
    due = _due(_opened(game, (), _taken({}, f"{tells}; {nobody}")))
    assert [item.account.concerned for item in due if item.account] == [
        {"self_gov"}, set(game.assessors["horizontal"]) & game.residents,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "spared", "seen"),
    [
        ("en", "the community keeps one list, and nobody asks the grid worker for another", "Chen Zhijian carries it"),
        ("zh", "社区只收现有那一张，谁家欠费不叫网格员另报", "社区把表交到网格员手上"),
    ],
)
def test_who_is_not_to_be_burdened_has_a_say_and_who_is_named_can_speak_to_it(
    lang: str, spared: str, seen: str
) -> None:
    game = _estate(lang=lang)
    seen = seen.replace("Chen Zhijian carries it", f"the community reads {game.name('grid_master')}'s list aloud")
    items = (Item("L005", "s", "proposal", "landlord", "x", {}, "open", game.present("review"), condition=spared),)
    state = _opened(game, items, _taken({}, f"{spared}; {seen}"))
    first, second = _due(state)
    assert first.account
    assert "grid_master" in first.account.concerned
    assert second in knows(game, state, [second], "grid_master").others or (
        second.account and "grid_master" in second.account.concerned
    )
    assert second not in knows(game, state, [second], "property_manager").others, "whom it does not name cannot"
    room, does = game.present("review"), ("community_secretary",)
    kept, told = {
        "en": ("the community shows the list to no {}", "the community tells the {} each name on the list"),
        "zh": ("名单社区不给{}看", "社区把名单念给{}听"),
    }[lang]
    for each in (True, False):  # sessions of earlier versions counted whoever was named
        game = _estate(lang=lang, hears_all=each)
        for says, named in ((kept, not each), (told, True)):
            asks = Item("T9", "public_engagement", "term", "migrant_tenant", says.format(game.role("landlord")), {},
                        "open", room, account=Account(*does), asked_of=does)  # fmt: skip
            assert ("landlord" in concerned_by(game, (asks,), asks, [])) == named, "from whom it is kept"


def test_who_reports_something_as_kept_has_a_witness_and_who_is_denied_a_second_whatever_lines_are_left() -> None:
    game = _estate(turns=1)
    state = _opened(game, (), _taken(_SETTLED))
    state = _say(game, state, "keep")
    whys = []
    for act in ("object", "support", "keep", "support", "break"):
        assert state["floor"] is not None
        whys.append(state["floor"]["why"])
        state = _say(game, state, act)
    assert whys == ["confirms", "confirms", "reports", "confirms", "reports"]
    assert state["floor"] is not None
    assert state["floor"]["why"] == "reports", "who says that something was not kept needs no witness"


_GATE = "the company mans the gate; the company lights the way; the company sweeps the lane; the company mends the lock"


@pytest.mark.parametrize(
    ("lang", "says", "promise", "whom"),
    [
        ("zh", "账我认。", "每一笔当着邻居的面算", {"property_manager", "self_gov", "landlord", "migrant_tenant"}),
        ("zh", "灯照修。", "二栋的灯修亮", {"property_manager"}),
        ("en", "I keep the figures.", "I ask the grid worker for the total", {"property_manager"}),
        ("en", "Yes.", "I put a lamp up for the tenants", {"property_manager", "migrant_tenant"}),
        ("en", "Yes.", "I sign on Friday", {"property_manager"}),
        ("en", "Yes.", "I call on the 38 owners before the meeting", {"property_manager", "landlord"}),
        ("zh", "行。", "提前两个月逐户请业主", {"property_manager", "landlord"}),
    ],
)  # fmt: skip
def test_a_promise_was_for_whom_it_was_made_to_and_for_the_residents_whom_it_names(
    lang: str, says: str, promise: str, whom: set[str]
) -> None:
    game = _estate(lang=lang)
    room = game.present("review")
    spoken = {**line(5, "community_secretary", "support", "property_manager", says=says, promises=promise)}
    spoken |= {"visible_to": list(room)}
    item = Item("L005", "public_engagement", "promise", "community_secretary", promise, {}, "open", room)
    item = replace(item, account=Account("community_secretary"))
    assert concerned_by(game, (item,), item, [cast("Line", spoken)]) == whom
    heard = {**spoken, "to": "all"}
    if promise == "I sign on Friday":
        own = replace(item, promised_to=("migrant_tenant",))
        assert concerned_by(game, (own,), own, [cast("Line", spoken)]) == {"migrant_tenant"}, "as its owner says"
        asked = Item("L003", "public_engagement", "proposal", "landlord", "", {"gate_list": "sums"}, "open", room)
        besides = replace(own, takes_on=("L003",))
        assert concerned_by(game, (asked, besides), besides, []) == {"migrant_tenant"}, "not for who asked for others"
        for to in (("all",), ("landlord", "all")):
            everybody = replace(item, says="I pay the 30 yuan and ask no rent off for it", promised_to=to)
            assert concerned_by(game, (everybody,), everybody, []) == {*game.residents}, "no rival, and no official"
            old = _estate(lang=lang, weighs_review=False)
            assert concerned_by(old, (everybody,), everybody, []) == {*room} - {"community_secretary"}
        assert concerned_by(game, (item,), item, [cast("Line", heard)]) == {*room} - {"community_secretary"}
    if promise == "I put a lamp up for the tenants":
        lamp = replace(item, says="I put a lamp up at the gate")
        official = {**spoken, "to": "street_director"}
        whom = {"street_director", "self_gov", "landlord", "migrant_tenant"}
        assert concerned_by(game, (lamp,), lamp, [cast("Line", official)]) == whom, "on behalf of who passes there"
        whom = {"property_manager", "migrant_tenant"}
    if says == "Yes.":
        aloud = {**spoken, "to": "site_host", "visible_to": [*room, "site_host"]}
        item = replace(item, visible_to=(*room, "site_host"))
        assert concerned_by(game, (item,), item, [cast("Line", aloud)]) == whom - {"property_manager"}, "no host is"


@pytest.mark.parametrize(
    ("lang", "condition", "able"),
    [
        ("zh", "蔡永福的租客按月自己交费，他12个月不涨这间的租", set()),
        ("zh", "物业公司把二栋楼道的灯修亮", set()),
        ("zh", "物业公司把大门的灯修亮", {"self_gov", "landlord", "migrant_tenant"}),
        ("en", "the company mends the lamps in block 2", set()),
        ("en", "the company mends the lamps at the gate", {"self_gov", "landlord", "migrant_tenant"}),
    ],
)
def test_rents_of_others_and_what_was_done_in_another_house_are_left_to_the_papers(
    lang: str, condition: str, able: set[str]
) -> None:
    game = _estate(lang=lang)
    state = _opened(game, (), _taken({}, condition))
    owner = _owner(_due(state)[0])
    assert {seat for seat in game.present("review") if any(knows(game, state, _due(state), seat))} == able - {owner}


def test_what_one_seat_answers_for_is_reported_in_one_line_and_no_seat_reports_twice_in_a_row() -> None:
    game = _estate(turns=2)
    state = _opened(
        game, (), _taken(_SETTLED, f"{_GATE}; the community asks at each door; the company paints the gate")
    )
    owners: list[str] = []
    while (floor := state["floor"]) is not None:
        if floor["why"] == "reports":
            owners.append(floor["seat"])
            own = [
                item.line for item in pending(state["ledger"]) if item.account and item.account.owner == floor["seat"]
            ]
            also: dict[str, Outcome] = dict.fromkeys(own[1:4], "broken")
            if len(own) > 4:
                with pytest.raises(InputError, match=r"4 matters at most"):
                    _say(game, state, "keep", about=own[0], also=dict.fromkeys(own[1:5], "kept"))
            with pytest.raises(InputError, match=r"Nothing that is due goes by T99"):
                _say(game, state, "keep", about=own[0], also={"T99": "kept"})
            state = _say(game, state, "keep", about=own[0], also=also)
        else:
            state = _say(game, state, "support")
    due = [item for item in state["ledger"] if item.account]
    assert len(due) == 10
    assert (
        len(owners) == reports_left([replace(item, account=Account(_owner(item))) for item in due]) < len(due) / 2 + 1
    )
    assert all(item.account and item.account.claim for item in due)
    assert sum(one == other for one, other in pairwise(owners)) == 0


def _owner(item: Item) -> str:
    return item.account.owner if item.account else ""


def test_a_witness_says_of_each_matter_of_a_report_what_it_saw_and_nothing_of_the_others() -> None:
    game = _estate(turns=6)
    state = _opened(game, (), _taken({}, _GATE))
    names = [item.line for item in _due(state)]
    state = _say(game, state, "keep", about=names[0], also=dict.fromkeys(names[1:], "kept"))
    assert {item.account.report for item in _due(state) if item.account} == {"L001"}
    witness = state["floor"]["seat"] if state["floor"] else ""
    state = _say(game, state, "support", about=names[1], also={names[2]: "broken"})
    stands = [(item.account.confirmed, item.account.denied) for item in _due(state) if item.account]
    nobody: frozenset[str] = frozenset()
    seen = frozenset((witness,))
    assert stands == [(nobody, nobody), (seen, nobody), (nobody, seen), (nobody, nobody)]


def test_what_a_witness_says_of_a_decision_is_not_said_of_a_promise_that_was_reported_beside_it() -> None:
    game = _estate(turns=6)
    room, terms = game.present("review"), {"payer": "bridge"}
    promise = Item("L005", "public_engagement", "promise", "street_director", "I sign; the rest is theirs", terms,
                   "open", room, beside="L004")  # fmt: skip
    state = _opened(game, (promise,), _taken(terms))
    state = _say(game, state, "keep", about="T1", also={"L005": "kept"})
    state = _say(game, state, "object", to="street_director", about="T1")
    assert {item.line: bool(item.account and item.account.denied) for item in _due(state)} == {
        "L005": False,
        "T1": True,
    }


def test_a_promise_that_calls_its_addressee_by_name_is_one_matter_with_the_condition_that_says_the_same() -> None:
    game = _estate(turns=6)
    room = game.present("review")
    says = f"I tell Lao {game.name('self_gov').split()[0]} by word of mouth when a paying room falls empty"
    said = Item("L005", "public_engagement", "promise", "landlord", says, {}, "open", room, beside="L004")
    condition = "The landlord tells the group by word of mouth when a room that has paid falls empty"
    state = _opened(game, (said,), _taken({}, condition))
    state = _say(game, state, "keep", about="T1")
    state = _say(game, state, "object", to="landlord", about="T1")
    assert [item.account.denied for item in _due(state) if item.account] == [{"self_gov"}, {"self_gov"}]


@pytest.mark.parametrize(
    ("promise", "condition", "reports"),
    [
        ("合同到期前，二栋楼道的灯修亮", "物业公司把二栋楼道的灯修亮", 1),
        ("合同到期前3个月内，二栋的灯修亮", "物业公司把停车收支贴在大门口", 2),
        ("大门守满3个月", "物业公司把大门守满6个月", 2),
    ],
)
def test_a_promise_and_a_condition_that_say_the_same_are_one_matter(promise: str, condition: str, reports: int) -> None:
    game = _estate(turns=6, lang="zh")
    room = game.present("review")
    said = Item("L005", "public_engagement", "promise", "property_manager", promise, {}, "open", room, beside="L004")
    state = _opened(game, (said,), _taken({}, condition))
    assert len(pending(state["ledger"])) == reports
    state = _say(game, state, "break", about="T1")
    claims = [item.account.claim for item in _due(state) if item.account]
    assert claims == (["broken", "broken"] if reports == 1 else ["", "broken"])
    if reports == 1:
        witness = state["floor"]["seat"] if state["floor"] else ""
        state = _say(game, state, "object", to="property_manager", about="T1")
        assert [item.account.denied for item in _due(state) if item.account] == [{witness}, {witness}]


@pytest.mark.parametrize(("turns", "times"), [(2, 1), (9, 3)])
def test_what_its_owner_alone_has_spoken_to_is_put_to_each_who_can_know_while_lines_are_left(
    turns: int, times: int
) -> None:
    game = _estate(turns=turns)
    state = _opened(game, (), _taken({}, "the company mans the gate; the company lights the way in block 2"))
    state = _say(game, state, "keep", about="T1", also={"T2": "kept"})
    asked: list[tuple[str, str]] = []
    while (floor := state["floor"]) is not None:
        matters = speaks_of(game, state, state["ledger"], state["lines"], floor["seat"])
        asked += [(floor["seat"], item.line) for item in matters]
        state = _say(game, state, "inform")
    assert {line for _, line in asked} == {"T1"}, "who lives elsewhere cannot know of the other"
    assert len(asked) >= times
    assert len(asked) == len(set(asked)), "who has been asked and cannot tell is not asked again"


def test_whom_a_matter_was_for_has_a_word_on_it_though_another_spoke_first_and_no_line_is_left() -> None:
    game = _estate(turns=1)
    asked = Item("L005", "public_engagement", "proposal", "migrant_tenant", "x", {}, "open", game.present("review"),
                 condition="the company mans the gate")  # fmt: skip
    others = replace(asked, line="L006", owner="landlord", condition="the company mans the gate; the company sweeps")
    state = _opened(game, (asked, others), _taken({}, others.condition))
    state = _say(game, state, "keep", about="T1", also={"T2": "kept"})
    first = state["floor"]["seat"] if state["floor"] else ""
    second = {"migrant_tenant": "landlord", "landlord": "migrant_tenant"}[first]
    state = _say(game, state, "support", to="property_manager", about={"migrant_tenant": "T1", "landlord": "T2"}[first],
                 also={{"migrant_tenant": "T2", "landlord": "T1"}[first]: "kept"})  # fmt: skip
    seats = []
    while (floor := state["floor"]) is not None:
        seats.append(floor["seat"])
        state = _say(game, state, "inform")
    assert seats.count(second) == 1
    assert len(seats) == len(set(seats)), "once"


@pytest.mark.parametrize("came", ["keep", "break"])
def test_what_was_for_a_seat_and_it_left_out_is_put_to_it_again_when_it_has_the_floor(came: Act) -> None:
    game = _estate(turns=6)
    condition = "the company mans the gate; the community keeps one list"
    asked = Item("L005", "public_engagement", "proposal", "grid_master", "x", {}, "open", game.present("review"),
                 condition=condition)  # fmt: skip
    state = _opened(game, (asked,), _taken({}, condition))
    for name in ("T1", "T2"):
        while state["floor"] and state["floor"]["why"] != "reports":
            state = _say(game, {**state, "floor": {**state["floor"], "seat": "grid_master"}}, "inform")
        state = _say(game, state, came if name == "T1" else "keep", about=name)
    told = speaks_of(game, state, state["ledger"], state["lines"], "grid_master")
    assert [item.line for item in told] == ["T2", "T1"]


def test_what_was_for_a_seat_is_put_to_it_before_what_it_can_only_know_of() -> None:
    game = _estate(turns=9)
    condition = "; ".join(f"the company {does}" for does in ("mans the gate", "sweeps", "plants", "paints", "guards"))
    own = Item("L005", "public_engagement", "proposal", "migrant_tenant", "x", {}, "open", game.present("review"),
               condition="the company mans the gate")  # fmt: skip
    others = replace(own, line="L006", owner="landlord", condition=condition)
    state = _opened(game, (own, others), _taken({}, condition))
    state = _say(game, state, "keep", about="T1")
    assert state["floor"] is not None
    state = _say(game, {**state, "floor": {**state["floor"], "seat": "landlord"}}, "support", about="T1")
    while state["floor"] and state["floor"]["why"] != "reports":
        state = _say(game, {**state, "floor": {**state["floor"], "seat": "migrant_tenant"}}, "inform")
    state = _say(game, state, "keep", about="T2", also=dict.fromkeys(["T3", "T4", "T5"], "kept"))
    told = speaks_of(game, state, state["ledger"], state["lines"], "migrant_tenant")
    assert [item.line for item in told] == ["T1", "T2", "T3", "T4"], "though another for whom it was has spoken to it"


def test_who_supports_a_report_and_names_no_matter_of_it_speaks_for_what_was_for_it_alone() -> None:
    game = _estate(turns=6)
    parts = hangs_on(_GATE)
    asked = Item("L005", "public_engagement", "proposal", "migrant_tenant", "x", {}, "open", game.present("review"),
                 condition=parts[1])  # fmt: skip
    others = replace(asked, line="L006", owner="self_gov", condition=_GATE)
    state = _opened(game, (asked, others), _taken({}, _GATE))
    names = [item.line for item in _due(state)]
    state = _say(game, state, "keep", about=names[0], also=dict.fromkeys(names[1:], "kept"))
    assert state["floor"] is not None
    state = {**state, "floor": {**state["floor"], "seat": "migrant_tenant"}}
    state = _say(game, state, "support", to="property_manager")
    confirmed = {item.says for item in _due(state) if item.account and item.account.confirmed}
    assert confirmed == {parts[1]}


def test_a_word_on_what_somebody_knows_nothing_of_confirms_in_their_eyes_nothing_else() -> None:
    game = _estate(turns=6)
    aside = Item("L003", "public_engagement", "promise", "property_manager", "x", {}, "open",
                 ("property_manager", "self_gov"))  # fmt: skip
    state = _opened(game, (aside,), _taken({}, "the company mans the gate"))
    state = _say(game, state, "keep", about="L003", also={"T1": "kept"})
    assert state["floor"] is not None
    state = _say(game, {**state, "floor": {**state["floor"], "seat": "self_gov"}}, "support", about="L003")
    for items in (state["ledger"], seat_view(game, state, "landlord").ledger):
        assert [item.account.said for item in items if item.account and item.line == "T1"] == [{}]


def test_nobody_is_asked_what_they_cannot_know() -> None:
    game = _estate(turns=6)
    room = game.present("review")
    word = "I write to the district on Friday."
    promise = Item("L005", "public_engagement", "promise", "street_director", word, {}, "open", room)
    state = _opened(game, (promise,))
    state = _say(game, state, "keep")
    assert state["floor"] is not None
    assert state["floor"]["why"] == "unheard", "it was made to nobody, and the papers tell of it"
    state = _opened(game, (), _taken({"payer": "street"}))
    state = _say(game, state, "keep")
    assert state["floor"] is not None
    assert state["floor"]["seat"] == "property_manager", "whose work the money pays"


@pytest.mark.parametrize(
    ("lang", "condition", "owes"),
    [
        ("zh", "街道不叫网格员另记", "street_director"),
        ("zh", "租客自己推那两席，房东不代选", "migrant_tenant"),
        ("en", "the company mans the gate before the landlord lets a room", "property_manager"),
        ("en", "the owners' meeting votes before the landlord lets a room", ""),
    ],
)
def test_whoever_stands_at_the_head_of_a_condition_owes_it(lang: str, condition: str, owes: str) -> None:
    game = _estate(lang=lang)
    assert next(iter(doers(game, condition, game.present("review"))), "") == owes


def test_a_condition_is_in_the_minutes_and_counts_in_the_measures() -> None:
    game = _estate(turns=4)
    state = _opened(game, (), _taken({"workers": "company"}, "the company signs within 3 months"))
    while (floor := state["floor"]) is not None:
        state = _say(game, state, "break" if "break" in floor["acts"] else "support")
    minutes = take_minutes(game, state)
    assert "the condition “the company signs within 3 months”" in minutes["text"]
    assert kept_after_a_year(Session(game, apply(state, close_stage(game, state, minutes)), [])) == 0.0


@pytest.mark.parametrize(("lang", "yes", "no"), [("en", "confirmed it", "denied it"), ("zh", "说属实", "说不属实")])
def test_the_minutes_of_a_review_say_who_confirmed_and_who_denied(lang: str, yes: str, no: str) -> None:
    game = _estate(lang=lang)
    state = _say(game, _opened(game, (), _taken({"workers": "company"})), "keep")
    said: list[tuple[Act, str]] = [("object", no), ("support", yes)]
    for act, told in said:
        assert state["floor"] is not None
        name = game.name(state["floor"]["seat"])
        state = _say(game, state, act, "This is how it was here.", to="property_manager", about="L001")
        assert re.search(f"{name} ?{told}", take_minutes(game, state)["text"])


@pytest.mark.parametrize(("lang", "otherwise"), [("en", "gave a different account"), ("zh", "说法不同")])
def test_who_says_that_it_came_to_something_else_than_was_reported_neither_confirms_nor_denies_it(
    lang: str, otherwise: str
) -> None:
    game = _estate(lang=lang)
    opened = _say(game, _opened(game, (), _taken({"workers": "company"})), "part")
    kept = {"en": r" \(T1 kept\)", "zh": "（T1兑现了）"}[lang]
    acts: tuple[Act, ...] = ("object", "support")
    for act in acts:
        state = _say(game, opened, act, "This is how it was here.", "property_manager", "T1", {"T1": "kept"})
        assert re.search(otherwise + kept, take_minutes(game, state)["text"])
        state = _say(game, opened, act, "This is how it was here.", "property_manager", "T1", {"T1": "broken"})
        assert ("also" in state["lines"][-1]) == (act == "support"), "what the act says is not said twice"
        assert (otherwise in take_minutes(game, state)["text"]) == (act == "support")
    state = _say(game, opened, "escalate", "I take the wages to the city.", "property_manager", "T1", {"T1": "kept"})
    assert re.search({"en": "said", "zh": "说"}[lang] + kept, take_minutes(game, state)["text"]), "T1 went nowhere"


@pytest.mark.parametrize(
    ("lang", "alone"), [("en", "; on its owner's word alone."), ("zh", "；只有负责的人自己这么说。")]
)
def test_the_minutes_of_a_review_say_of_what_nobody_could_know_that_it_is_its_owners_word(
    lang: str, alone: str
) -> None:
    game = _estate(lang=lang)
    condition = {"en": "the company mends the lamps in block 2", "zh": "物业公司把二栋楼道的灯修亮"}[lang]
    state = _say(game, _opened(game, (), _taken({"workers": "company"}, condition)), "keep", also={"T2": "kept"})
    state = _say(game, state, "support", to="property_manager", about="T1")
    text = take_minutes(game, state)["text"]
    told = {"en": ("reported (T1, T2 kept)", "confirmed it (T1)"), "zh": ("报告（T1、T2兑现了）", "说属实（T1）")}
    assert all(part in text for part in told[lang]), "of which matters a line speaks, and what it says they came to"
    due = [row for row in text.splitlines() if condition in row and "T2" in row]
    assert [row.endswith(alone) for row in due] == [True]
    assert take_minutes(game, state)["text"].count(alone) == 1


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
        session = Session(game, apply(state, close_stage(game, state, minutes)), [])
        assert [item.state for item in fallen_due(session)].count("unreported") == 3
        assert kept_after_a_year(session) == 1.0 == kept_on_paper(session)


def test_a_promise_is_told_in_whole_sentences_with_its_condition() -> None:
    game = _estate()
    says = "The community will cooperate fully. " + "I call the members and the neighbours out myself, each week. " * 6
    item = Item("L002", "s", "promise", "community_secretary", says.strip(), {}, "open", (), condition="you pay first")
    short, whole = matter(game, item), matter(game, item, 2000)
    assert "The community will cooperate fully." in short
    assert "I call the members and the neighbours out myself, each week" in short
    assert short.endswith("”, on condition that: you pay first")
    assert "“" + says.strip().removesuffix(".") + "”" in whole, "a quote within a sentence has no full stop of its own"
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
    does = "Guards and a cleaner picked by the residents' group do the work."
    promise = Item("L012", "s", "promise", "self_gov", does, {"workers": "hired"}, "open", room,
                   history=(("L012", "open"),))  # fmt: skip
    struck_at_all = 0
    for seed in range(40):
        twin = game.twin(seed=seed)
        state = _at_review(twin)
        items = fall_due(twin, (promise,), [_taken(_SETTLED | {"workers": "hired"})], room, ())
        drawn = aftermath(twin, state, twin.stages[state["stage"]], items)
        for news in drawn:
            items = with_news(twin.stages[state["stage"]], items, news)
        accounts = {item.line: item.account for item in items if item.account and item.terms.get("workers")}
        assert all(len(account.harmed) <= 1 for account in accounts.values())
        assert len({account.harmed for account in accounts.values()}) == 1
        struck_at_all += any(account.harmed for account in accounts.values())
    assert struck_at_all > 5


def test_no_event_strikes_a_promise_and_leaves_the_condition_that_says_the_same() -> None:
    for seed in range(12):
        game = _estate(lang="zh", seed=seed)
        said = Item("L005", "public_engagement", "promise", "property_manager", "每个月物业把楼道的灯修亮", {}, "open",
                    game.present("review"))  # fmt: skip
        alone, beside = (_opened(game, (said,), _taken({}, part)) for part in ("", "物业公司把楼道的灯修亮"))
        two = _opened(game, (replace(said, says=f"{said.says}；月月把账贴出来"),))
        assert not any(news.get("strikes") for news in (*beside["desk"]["news"], *two["desk"]["news"]))
        assert all(news["strikes"] == ["L005"] for news in alone["desk"]["news"] if news.get("strikes"))


@pytest.mark.parametrize(
    ("lang", "promise", "kind"),
    [
        ("zh", "自家空着的房，物业费我出", "payment"),
        ("zh", "专项经费补差12个月我签字", "payment"),
        ("zh", "交了费的，我12个月不涨他租", "rule"),
        ("zh", "我每个礼拜上门一家一家把这条讲到", "work"),
        ("en", "I pay the fee for my empty rooms every month", "payment"),
        ("en", "I never raise the rent of those who pay", "rule"),
        ("en", "We sweep the lane every Sunday", "work"),
    ],
)
def test_no_event_speaks_of_hands_where_a_promise_was_of_money_or_of_a_rule(lang: str, promise: str, kind: str) -> None:
    assert deed(promise, "zh" if lang == "zh" else "en") == kind
    for seed in range(12):
        game = _estate(lang=lang, seed=seed)
        item = Item("L005", "public_engagement", "promise", "landlord", promise, {}, "open", game.present("review"))
        news = _opened(game, (item,))["desk"]["news"]
        of_work = {"review:worn_out", "review:next_campaign", "review:pensioners_carry"}
        assert kind == "work" or of_work.isdisjoint(each["id"] for each in news)


def test_events_that_other_tables_of_a_city_have_seldom_come_here() -> None:
    stage = LIBRARY.stage("review")
    own = tuple(event.id for event in stage.aftermath)[::3]

    def drawn(start: Start) -> list[str]:
        game = _game("four_oclock_school", "command", start=start)
        played = [play(twin, RandomChoice(twin.templates)) for twin in (game.twin(seed=seed) for seed in range(25))]
        return [news["id"].split(":")[1] for state in played for news in state["desk"]["news"] if "strikes" in news]

    alone, beside = drawn(Start()), drawn(Start(own_events=own))
    assert sum(name in own for name in beside) / len(beside) > sum(name in own for name in alone) / len(alone)


def test_an_inspection_says_how_its_list_counts_and_no_rank_that_nobody_knows_yet() -> None:
    game = _estate(start=Start(rank=Rank(place=3, of=3), own_events=("leader_moved",)))
    task = Item("L003", "public_engagement", "task", "street_director", "x", {}, "lifted", game.present("review"),
                task="sweep_log")  # fmt: skip
    text = inspected(game, _opened(game, (task,), _taken(_SETTLED)))
    assert "that still stand 0% (taken back: “the weekly sweeping log" in text
    assert "of 100 points. Places, and what they bring, are made known" in text, "what marks are worth, others tell"
    assert "once every community has been inspected" in text
    assert "Last year the community stood 3 of 3." in text
    assert "near the top" not in text


def test_halves_in_what_an_inspection_found_are_rounded_up_as_on_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.game.review.inspection.shown", lambda *_: {"visible_outputs": 0.125})
    game = _estate()
    text = inspected(game, _opened(game, (), _taken(_SETTLED)))
    assert "questions settled on paper 13%" in text
    assert "that makes 13 of 100 points" in text


def test_a_chinese_inspection_speaks_of_plans_as_inspectors_do() -> None:
    game = _estate(lang="zh", stages=("application", "public_engagement", "review"))
    text = inspected(game, _opened(game, (), _taken(_SETTLED)))
    assert "方案与下发样板的一致率100%" in text


def test_where_no_others_are_inspected_the_room_hears_what_rank_and_money_it_means() -> None:
    game = _estate()
    text = inspected(game, _opened(game, (), _taken(_SETTLED)))
    assert "of 100 points. That puts the community near the top" in text
    assert "project money first" in text


def test_what_is_still_to_be_reported_is_an_entry_a_report() -> None:
    first = Item("T1", "s", "term", "a", "", {"q": "o"}, "open", (), account=Account("a"))
    other = replace(first, line="T2", terms={"r": "o"})
    promise = replace(first, line="L004", kind="promise", says="I do it.")
    assert [item.line for item in pending((promise, first, other))] == ["T1", "T2"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_two_are_to_do_either_reports_and_the_other_may_tell_it_otherwise(lang: Lang) -> None:
    both = {"en": "the street and the community call the owners together", "zh": "街道和社区不叫网格员写拒交名单"}[lang]
    game = _estate(turns=6, lang=lang)
    room = game.present("review")
    promise = Item("L005", "public_engagement", "promise", "community_secretary", both, {}, "open", room)
    state = _opened(game, (promise,), _taken({}, both))
    (head,) = pending(state["ledger"])
    assert head.line == "T1", "with what either of them promised of the same"
    floor = state["floor"]
    assert floor is not None
    state = {**state, "floor": {**floor, "seat": "community_secretary"}}
    assert reportable(state["ledger"], "street_director", "keep") == ["T1"], "of the promise its owner reports"
    after = _say(game, state, "keep", about="T1", also={"L005": "kept"})
    assert not pending(after["ledger"]), "once"
    assert len(due_matters(after["ledger"])) == 1, "also where the promise is named beside with the same"
    assert after["floor"] is not None
    after = {**after, "floor": {**after["floor"], "seat": "street_director", "acts": ["support", "object", "inform"]}}
    assert "T1" in [item.line for item in speaks_of(game, after, after["ledger"], after["lines"], "street_director")]
    told = _say(game, after, "object", about="T1")
    assert [item.account.said for item in _due(told) if item.account and item.line == "T1"] == [
        {"street_director": "broken"}
    ]
    lamps = {"en": "the street and the community mend the lamps in block 2", "zh": "街道同社区把二栋楼道的灯修亮"}[lang]
    state = _opened(game, (), _taken({}, lamps))
    (known,) = _due(state)
    assert known.account
    nobodys = replace(known, account=replace(known.account, concerned=frozenset()))
    state = {**state, "ledger": (nobodys,), "floor": {**floor, "seat": "community_secretary"}}
    state = _say(game, state, "keep", about="T1")
    assert state["floor"] is not None
    assert state["floor"]["why"] == "unheard", "a yes of whoever is to do it too would bear nothing out"
    (account,) = told_accounts(game, _due(told))
    assert account["owner"] == game.words.join([game.name("street_director"), game.name("community_secretary")])


def _promised(game: Game, line: str, says: str, owner: str, *to: str) -> Item:
    return Item(line, "public_engagement", "promise", owner, says, {}, "open", game.present("review"), promised_to=to)


def _as(game: Game, state: State, seat: str, act: Act, about: str = "", to: str = "all") -> State:
    """Return the state after a seat has had the floor in a review, whoever has it, and spoken."""
    floor: Any = {"seat": seat, "why": "confirms", "acts": [act], "point": "", "phase": "discussion"}
    return _say(game, {**state, "floor": floor}, act, about=about, to=to)


def test_what_nobody_for_whom_it_was_has_spoken_to_is_asked_first_and_nobody_twice_before_all_were_asked() -> None:
    game, both = _estate(turns=12), ("landlord", "migrant_tenant")
    lids = _promised(game, "L091", "I buy three lids", "grid_master", *both)
    sums = _promised(game, "L092", "I post the sums in May", "property_manager", *both)
    other = _promised(game, "L093", "I write to the district", "community_secretary", "street_director")
    state = _opened(game, (lids, sums, other), _taken({}))

    def asked(seat: str) -> list[str]:
        return [item.line for item in speaks_of(game, state, state["ledger"], state["lines"], seat)]

    state = _as(game, state, "grid_master", "keep", about="L091")
    state = _as(game, state, "landlord", "support", about="L091", to="grid_master")
    state = _as(game, state, "property_manager", "keep", about="L092")
    assert asked("landlord") == ["L092"]
    state = _as(game, state, "landlord", "inform")
    state = _as(game, state, "community_secretary", "keep", about="L093")
    assert asked("migrant_tenant") == ["L092", "L091"], "first what the landlord has not spoken to"
    assert asked("landlord") == [], "it was asked once, and the tenant was not yet"
    state = _as(game, state, "migrant_tenant", "inform")
    assert asked("landlord") == ["L092"]


def test_whoever_has_not_been_asked_in_a_review_has_the_floor_before_who_has() -> None:
    game = _estate(turns=12)
    first = _promised(game, "L091", "I buy three lids", "grid_master", "migrant_tenant")
    second = _promised(game, "L092", "I post the sums", "property_manager", "landlord", "migrant_tenant")
    third = _promised(game, "L093", "I wash the gate", "property_manager", "migrant_tenant")
    state = _opened(game, (first, second, third), _taken({}))
    state = _as(game, state, "grid_master", "keep", about="L091")
    state = _as(game, state, "migrant_tenant", "support", about="L091", to="grid_master")
    floor: Any = {"seat": "property_manager", "why": "reports", "acts": ["keep"], "point": "", "phase": "discussion"}
    state = _say(game, {**state, "floor": floor}, "keep", about="L092", also={"L093": "kept"})
    assert state["floor"] is not None
    assert state["floor"]["seat"] == "landlord", "though more of it was for the tenant"


def test_what_was_promised_to_all_among_officials_is_owed_to_the_residents() -> None:
    for lang, says, named in (
        ("zh", "盖了章的文件才上门，问过的挨家回", "名单交给{}"),
        ("en", "I knock only with a stamped paper, and answer at each door", "I hand {} the list"),
    ):
        for each in (True, False):  # sessions of earlier versions left it to the officials
            game = _game("seafood_street", "one_core_multiple_actors", style="free", model="m", lang=lang,
                         stages=("application", "public_engagement", "review"), hears_all=each)  # fmt: skip
            room, promiser = game.present("application"), "mobiliser"
            assert game.residents.isdisjoint(room)
            deed = Item("L003", "application", "promise", promiser, says, {}, "open", room, promised_to=("all",))
            aside = replace(deed, line="L004", visible_to=(promiser, "land_officer"))
            own = replace(deed, line="L005", says=named.format(game.name("district_official")))
            state = _opened(game, (deed, aside, own))
            whom = [item.account.concerned for item in state["ledger"] if item.account]
            officials = {*room} - {promiser}
            assert whom[0] == (game.residents if each else officials)
            assert whom[1] == {"land_officer"}, "what was whispered"
            assert whom[2] == officials, "what names one of them"
            state = _as(game, state, promiser, "keep", about="L003")
            trader = seat_view(game, state, "nail_household")
            said = [item.line for item in speaks_of(game, state, trader.ledger, trader.lines, "nail_household")]
            assert said == (["L003"] if each else [])
            after = Session(game, {**state, "ledger": closed(state["ledger"])})
            counted = matters_due(reader_of(after, latest_scores(after), "nail_household").session)
            assert [item.line for item in counted] == (["L003"] if each else []), "its own debrief counts it too"


def test_each_for_whom_it_was_and_who_pays_is_asked_though_another_has_spoken() -> None:
    cases: list[tuple[Lang, bool, str, str]] = [
        ("en", True, "you are to pay for it too", "to pay for it, and their word counts alike: "),
        ("zh", True, "这笔钱你也要出", "要出钱的有"),
        ("zh", False, "这笔钱你也要出", "要出钱的有"),
    ]
    for lang, each, pays, row in cases:
        game = _estate(lang=lang, turns=2, hears_all=each)
        votes = {"self_gov": True, "migrant_tenant": True, "landlord": False}
        state = _opened(game, (), {**_taken({"payer": "fees", "say": "seats", "gate_list": "sums"}), "votes": votes})
        (paid,) = (item.account for item in state["ledger"] if item.account and "payer" in item.terms)
        assert paid.paying == (game.residents.difference(paid.doers) if each else set())
        told = ""
        while (floor := state["floor"]) is not None:
            view = seat_view(game, state, floor["seat"])
            told += review_shown(game, state, view, floor, (), ())["review_asks"]
            said = speaks_of(game, state, view.ledger, view.lines, view.seat)
            also: dict[str, Outcome] = {item.line: "kept" for item in said[1:]}
            if floor["why"] == "reports":
                said = [item for item in pending(state["ledger"]) if item.account and item.account.owner == view.seat]
                also = {item.line: "kept" for item in said[1:4]}
            act: Act = "keep" if floor["why"] == "reports" else "support" if said else "inform"
            state = _say(game, state, act, about=said[0].line if said else "", also=also)
        missed = [
            (seat, item.line)
            for item in state["ledger"]
            if (account := item.account)
            for seat in sorted(account.concerned | (game.residents if "payer" in item.terms else frozenset()))
            if seat not in {*account.doers, *account.said}
        ]
        assert bool(missed) != each, missed
        assert (pays in told) == each
        after = Session(game, {**state, "ledger": closed(state["ledger"])})
        page = str(review_section(Reading(after), assess(after)))
        assert [text in page for text in (Words(lang)("review.hears_all"), row)] == [each] * 2
        reading = Reading(after)
        heads = [reading.line(line) for line in after.lines if line["about"] and line.get("also")]
        assert heads
        for head in heads:
            told = "".join(span.text for span in line_said(reading, head).who)
            assert told.endswith(" · ".join(text for _, text in head.marks)), (
                "what was kept reads apart from what it is on"
            )


def test_what_was_decided_comes_before_the_promise_of_a_host_who_is_not_there() -> None:
    cases: list[tuple[Lang, bool, tuple[str, str, str]]] = [
        ("en", True, ("promised it to you", "their word decides", "no record is given")),
        ("zh", True, ("许给你的，人不在场", "由他们说了算", "没有另给材料")),
        ("zh", False, ("许给你的，人不在场", "由他们说了算", "没有另给材料")),
    ]
    for lang, each, (yours, theirs, no_record) in cases:
        game = _estate(lang=lang, turns=2, hears_all=each)
        room = (*game.present("review"), "site_host")
        host = Item("L002", "public_engagement", "promise", "site_host", "I send a copy", {}, "open", room,
                    promised_to=("landlord",))  # fmt: skip
        own = replace(host, line="L001", owner="grid_master", says="I buy three lids", promised_to=("migrant_tenant",))
        state = _opened(game, (own, host), _taken({"say": "seats"}))
        assert [item.line for item in pending(state["ledger"])] == (
            ["T1", "L001", "L002"] if each else ["T1", "L002", "L001"]
        )
        floor: Any = {"seat": "landlord", "why": "reports", "acts": ["keep"], "point": "", "phase": "discussion"}
        asks = review_shown(game, state, seat_view(game, state, "landlord"), floor, (), ())["review_asks"]
        assert [text in asks for text in (yours, theirs, no_record)] == [each, not each, each], "it was for them alone"


def test_whom_it_was_for_is_asked_before_who_asked_for_a_condition_beside_it() -> None:
    first = []
    for each in (True, False):
        game = _estate(turns=2, hears_all=each)
        room, condition = game.present("review"), "the company mans the gate"
        asked = Item("L005", "public_engagement", "proposal", "grid_master", "x", {}, "open", room, condition=condition)
        state = _opened(game, (asked,), _taken({"say": "seats", "workers": "company"}, condition))
        own = [
            item.line for item in pending(state["ledger"]) if item.account and item.account.owner == "property_manager"
        ]
        floor: Any = {
            "seat": "property_manager",
            "why": "reports",
            "acts": ["keep"],
            "point": "",
            "phase": "discussion",
        }
        state = _say(game, {**state, "floor": floor}, "keep", about=own[0], also=dict.fromkeys(own[1:], "kept"))
        assert state["floor"]
        first.append(state["floor"]["seat"])
    assert first[0] in game.residents
    assert first[1] == "grid_master"


def test_whom_something_was_for_is_asked_first_about_what_was_reported_as_broken() -> None:
    asked = {}
    for weighs in (True, False):  # reviews of earlier versions asked about it last
        game = _estate(weighs_review=weighs, hears_all=False)
        room = game.present("review")
        deeds = (
            "paint the gate",
            "mend the lamp",
            "sign the book",
            "wash the stairs",
            "clear the bins",
            "plant a tree",
        )
        state = _opened(
            game,
            tuple(
                Item(f"L00{place}", "public_engagement", "promise", "property_manager", f"I {deed}", {}, "open", room,
                     promised_to=("landlord",))
                for place, deed in enumerate(deeds, 1)
            ),
        )  # fmt: skip
        reports: list[tuple[int, str, dict[str, Outcome]]] = [
            (7, "L001", {"L002": "kept", "L003": "kept", "L004": "broken"}),
            (8, "L005", {"L006": "kept"}),
        ]
        talk = [
            cast("Line", {**line(number, "property_manager", "keep"), "stage": "review", "about": about, "also": also,
                          "visible_to": [*room]})
            for number, about, also in reports
        ]  # fmt: skip
        ledger = state["ledger"]
        for report in talk:
            ledger = reported(ledger, report)
        asked[weighs] = [item.line for item in speaks_of(game, state, ledger, talk, "landlord")]
    assert asked == {True: ["L005", "L006", "L004", "L001"], False: ["L005", "L006", "L001", "L002"]}
