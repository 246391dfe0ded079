"""A year later: what falls due, what strikes it, who reports and who denies, and how each matter is closed."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.content.acts import acts_with, has
from sandbox.content.cards import Act
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.diffusion.campaign.past import not_kept
from sandbox.diffusion.campaign.result import result_of
from sandbox.errors import InputError
from sandbox.experiment.whatif.coach import coach
from sandbox.experiment.whatif.difference import FEWEST
from sandbox.game.floor.refused import refusal
from sandbox.game.fold import Fold, fold
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Account, Item, ItemKind, Ledger
from sandbox.game.play import RandomChoice, play
from sandbox.game.pulse import Accounts, pulses_after
from sandbox.game.review.aftermath import review_opened
from sandbox.game.review.due import answering, fall_due, goes_on
from sandbox.game.review.reporting import as_reviewed, reported
from sandbox.game.review.verdict import closed, in_substance
from sandbox.game.review.witnesses import knows
from sandbox.game.session import Session
from sandbox.game.spec import Promise, SessionSpec, Standing, Start
from sandbox.game.state import Floor, State, apply, first_state
from sandbox.game.steps import make_line, open_stage
from sandbox.game.view import seat_view
from sandbox.record.events import Event, EventKind, NewsArrived
from sandbox.record.line import DecisionTaken, Line, Outcome, Turn
from sandbox.record.log import Log
from sandbox.report.document.markdown import to_markdown
from sandbox.report.figures import decimal
from sandbox.report.pages.debrief import coaching, make_debrief
from sandbox.report.pages.ledger import review_sentence
from sandbox.scoring.assessment import assess, without_pulses
from sandbox.scoring.measures import outcome_measures
from sandbox.scoring.outcome import outcome_of
from sandbox.scoring.reviewed import fallen_due, kept_after_a_year, kept_in_substance, witnessed
from sandbox.scoring.scorecard import latest_scores
from tests.content.folders import LIBRARY

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


def _last_report(lines: list[Line]) -> str:
    return [line["id"] for line in lines if has(line["act"], "reports")][-1]


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
        if (number + MODELS.index(governance)) % 3:  # each case under one or two models
            continue
        game = _game(scenario, governance, seed=number, turns=(None, 4, 9)[number % 3], lang=("en", "zh")[number % 2])
        state, events = _played(game)
        assert fold(game, events) == state
        due = _due(state)
        terms = sum(len(taken["terms"]) for taken in state["decisions"] if taken["carried"])
        assert sum(item.kind == "term" for item in due) == terms
        assert all(item.account and item.account.closed and item.account.report for item in due), "each has its report"
        assert all(item.state in ("kept", "broken", "disputed") for item in due)
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
            last = [item for item in due if item.account and item.account.report == _last_report(review)]
            able = {seat for seat in room if any(knows(game, state, last, seat))}
            assert {line["seat"] for line in after} & able or not able, "who can know of it"
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


def test_an_event_does_not_come_to_a_place_again_as_long_as_there_are_others() -> None:
    events = LIBRARY.stage("review").aftermath
    harms = [f"review:{event.id}" for event in events if event.effect == "harms"]

    def drawn(*had: str) -> set[str]:
        games = (_game(stages=WITH_REVIEW, seed=seed, start=Start(year=2, had=had)) for seed in range(40))
        opened = (apply(state, review_opened(game, state)) for game in games for state in [_decided(game, "district")])
        return {news["id"] for state in opened for news in state["desk"]["news"] if news["id"] in harms}

    first = drawn()
    gone = next(iter(sorted(first)))
    assert gone not in drawn(gone)
    assert drawn(gone), "others come"
    assert drawn(*harms) == first, "once all have come, they come again"


@pytest.mark.parametrize("seed", range(2))
def test_no_city_has_a_better_or_a_worse_year_than_another(seed: int) -> None:
    plain, *years = (_played(_game(seed=seed, city=city))[0] for city in ("", *sorted(LIBRARY.cards["city"])))
    assert all(year == plain for year in years)


def test_every_event_says_why_and_strikes_what_is_in_the_ledger() -> None:
    seen = set()
    for number, scenario in enumerate(SCENARIOS):
        game, log = _game(scenario, MODELS[number % 2], seed=number, city="haicang"), Log()
        state, events = play(game, RandomChoice(game.templates), write=log.append), list(log)
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
        "unbound": {}, "budget": [], "payer_agreed": True, "fallen": [],
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
        "terms": {}, "section": "", "task": "", "about": about, "text": "", "condition": "",
        "promises": "", "point": "", "facts": [],
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
        # It was for c and e, whose word decides; where both are silent each word weighs alike, the owner's too.
        ([("keep", "a"), ("object", "b")], "kept", True),
        ([("keep", "a"), ("object", "c")], "broken", False),
        ([("keep", "a"), ("object", "c"), ("support", "b")], "broken", False),
        ([("keep", "a"), ("object", "c"), ("support", "b"), ("support", "d")], "broken", False),
        ([("keep", "a"), ("support", "c"), ("object", "b"), ("object", "d")], "kept", True),
        ([("keep", "a"), ("object", "c"), ("support", "c")], "kept", True),
        ([("keep", "a"), ("refuse", "b"), ("object", "d")], "broken", False),
        ([("break", "a"), ("object", "c"), ("refuse", "b")], "broken", False),
        ([("keep", "a"), ("object", "c"), ("support", "e")], "disputed", False),
        ([("moot", "a"), ("object", "c"), ("support", "e"), ("support", "b")], "disputed", False),
        ([], "unreported", False),
    ],
)
def test_a_report_of_something_kept_falls_if_more_weighs_against_it_than_for_it(
    said: list[tuple[Act, str]], state: str, there: bool
) -> None:
    items = _items(Account("a", concerned=frozenset("ce")))
    for number, (act, seat) in enumerate(said, start=1):
        items = reported(
            items, _line(number, seat, act, "all" if seat == "a" else "a", "T1" if seat == "a" else "L001")
        )
    (item,) = closed(items)
    assert (item.state, in_substance(item)) == (state, there)
    assert closed((item,)) == (item,)


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ([], "moot"),
        ([("moot", "a")], "moot"),
        ([("keep", "a")], "kept"),
        ([("keep", "a"), ("object", "b")], "kept"),
        ([("part", "a"), ("support", "c")], "part"),
        ([("keep", "a"), ("object", "c")], "broken"),
        ([("break", "a")], "broken"),
    ],
)
def test_what_a_body_did_not_carry_is_moot_only_where_nobody_reported_otherwise(
    said: list[tuple[Act, str]], state: str
) -> None:
    items = _items(Account("a", concerned=frozenset("ce"), harmed=("owners_meeting",), lost="undecided"))
    for number, (act, seat) in enumerate(said, start=1):
        items = reported(items, _line(number, seat, act, "all", "T1"))
    assert [item.state for item in closed(items)] == [state]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ([("keep", "a"), ("object", "c")], "disputed"),
        ([("part", "a"), ("object", "c")], "disputed"),
        ([("keep", "a"), ("support", "c")], "kept"),
        ([("keep", "a"), ("object", "c"), ("object", "d")], "broken"),
        ([("keep", "a"), ("object", "c"), ("object", "b")], "disputed"),
        ([("break", "a"), ("object", "c")], "broken"),
    ],
)
def test_few_of_those_it_was_for_dispute_a_report_and_do_not_overturn_it(
    said: list[tuple[Act, str]], state: str
) -> None:
    items = _items(Account("a", concerned=frozenset("cdef"), by_half=True))
    for number, (act, seat) in enumerate(said, start=1):
        items = reported(items, _line(number, seat, act, "all", "T1"))
    (item,) = closed(items)
    assert item.state == state
    assert item.account
    voices = {seat for _, seat in said} & {"c", "d", "e", "f"}
    assert item.account.few == (len(voices) == 1), "one of four is told as such"


@pytest.mark.parametrize(
    ("told", "each", "earlier"),
    [
        ({"c": "kept"}, "part", "disputed"),
        ({"c": "kept", "d": "kept"}, "part", "kept"),
        ({"c": "kept", "d": "broken"}, "disputed", "disputed"),
        ({"c": "broken"}, "disputed", "disputed"),
        ({"c": "part"}, "part", "part"),
    ],
)
def test_a_word_kinder_than_the_report_is_no_dispute(told: dict[str, Outcome], each: str, earlier: str) -> None:
    for hears_all, state in ((True, each), (False, earlier)):
        account = Account("a", "L001", "part", told, concerned=frozenset("cdef"), by_half=True, hears_all=hears_all)
        (item,) = closed(_items(account))
        assert item.state == state
    assert ("c" in account.gainsaid) == (told["c"] != "part"), "a session of earlier versions told it apart"
    assert replace(account, hears_all=True).gainsaid == {seat for seat, came in told.items() if came == "broken"}


def test_what_nobody_granted_who_may_is_broken_by_nobody() -> None:
    for claim, state in (("break", "moot"), ("part", "part"), ("keep", "kept")):
        items = reported(_items(Account("a", ungranted="withheld")), _line(1, "a", claim, about="T1"))  # type: ignore[arg-type]
        assert [item.state for item in closed(items)] == [state]


def test_who_objects_to_a_report_does_not_confirm_it_by_what_it_says_beside() -> None:
    items = reported(_items(Account("a", concerned=frozenset("c"))), _line(1, "a", "part", about="T1"))
    line: Line = {**_line(2, "c", "object", "a", "T1"), "also": {"T1": "part"}}
    (item,) = closed(reported(items, line))
    assert item.account
    assert (item.state, item.account.denied) == ("broken", frozenset({"c"}))
    kept = reported(_items(Account("a", concerned=frozenset("c"))), _line(1, "a", "keep", about="T1"))
    assert [each.state for each in closed(reported(kept, line))] == ["part"], "what it says of a report of kept"


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
    (refuted,) = closed(reported(items, _line(2, "b", "object", "a", "L001")))
    assert refuted.state == "broken", "what struck it speaks against the report as well"


def test_a_report_counts_for_the_same_promise_made_twice_and_not_for_the_seat_that_made_it() -> None:
    promise = Item("L001", "s", "promise", "a", "x", {"q": "o"}, "open", ("a", "b"), account=Account("a"))
    twice = (promise, replace(promise, line="L002"), replace(promise, line="L003", owner="b", account=Account("b")))
    after = reported(twice, _line(9, "a", "break", about="L002"))
    assert [item.account.claim for item in after if item.account] == ["broken", "broken", ""]
    assert reported(after, _line(10, "a", "support", "a", "L009")) == after


@pytest.mark.parametrize("about", ["L001", "T1"])
def test_what_was_promised_and_then_decided_is_one_matter(about: str) -> None:
    promise = Item("L001", "s", "promise", "a", "x", {"q": "o"}, "open", ("a", "b", "c"), account=Account("a"))
    term = replace(promise, line="T1", kind="term", owner="c", says="")
    others = replace(term, line="T2", owner="b", account=Account("b")), replace(term, line="T3", terms={"q": "p"})
    items = reported((promise, term, *others), _line(9, "a", "keep", about=about))
    for number, seat in ((10, "b"), (11, "c")):
        items = reported(items, _line(number, seat, "object", "a", "L009"))
    assert [(item.line, item.state) for item in closed(items)] == [
        ("L001", "broken"), ("T1", "broken"), ("T2", "unreported"), ("T3", "unreported"),
    ]  # fmt: skip


def test_a_report_on_a_promise_counts_for_each_of_its_options_that_were_decided() -> None:
    promise = Item(
        "L001", "s", "promise", "a", "x", {"q": "o", "r": "o"}, "open", ("a", "b"), account=Account("a")
    )  # fmt: skip
    terms = [replace(promise, line=f"T{n}", kind="term", terms={key: "o"}) for n, key in enumerate("qr", 1)]
    on_promise = reported((promise, *terms), _line(9, "a", "break", about="L001"))
    assert [item.account.claim for item in on_promise if item.account] == ["broken", "broken", "broken"]
    on_term = reported((promise, *terms), _line(9, "a", "keep", about="T1"))
    assert [item.account.claim for item in on_term if item.account] == ["", "kept", ""], "the rest is still to be told"


def test_who_promised_an_option_answers_for_it_where_it_was_decided() -> None:
    lasting = Promise(seat="ngo_director", says="We stay 3 years.", terms={"provider": "social_organisation"})
    game = _game(governance="joint_production", start=Start(promises=(lasting,)))
    state = _decided(game, "shared")
    taken = {**state["decisions"][0], "terms": {"payer": "shared", "provider": "social_organisation"}}
    due = fall_due(game, state["ledger"], [taken], game.present("review"), ())  # type: ignore[list-item]
    owners = {key: item.account.owner for item in due if item.account and item.kind == "term" for key in item.terms}
    assert owners["provider"] == "ngo_director"
    assert owners["payer"] in game.scenario.decision_by_id["payer"].remit


@pytest.mark.parametrize(
    ("lang", "yes", "no"), [("en", "That is so.", "That is not so."), ("zh", "属实。", "不属实。")]
)
def test_by_the_rules_a_report_is_confirmed_or_denied_and_not_voted_on(lang: str, yes: str, no: str) -> None:
    said = set[tuple[str, str]]()
    for seed in range(8):
        state, _ = _played(_game(governance="joint_production", seed=seed, lang=lang))
        said |= {
            (line["act"], line["says"])
            for line in state["lines"]
            if line["act"] in ("support", "object") and line["stage"] == "review" and line["about"]
        }
        votes = {line["says"] for line in state["lines"] if line["vote"]}
        assert not votes & {yes, no}
    assert said == {("support", yes), ("object", no)}


@pytest.mark.parametrize(("lang", "said"), [("en", "reported as"), ("zh", "报告")])
def test_a_judge_reads_what_fell_due_who_said_what_of_it_and_how_it_ended(lang: str, said: str) -> None:
    game = _game(governance="joint_production", seed=3, lang=lang)
    session = Session(game, _played(game)[0])
    read = json.dumps(outcome_of(session), ensure_ascii=False)
    due = _due(session.state)
    assert any(item.account and item.account.report for item in due)
    for item in due:
        assert item.account
        if item.account.report:
            assert item.account.report in read
            assert game.words(f"review.claim.{item.account.claim}").startswith(said)
        assert game.words("review.fell_due", state=game.words.of("state", item.state), report="") in read
    for each in (True, False):  # judges of earlier sessions did not read of a condition
        free = _game(governance="joint_production", seed=3, lang=lang, style="free", model="m", hears_all=each)
        items = [replace(item, terms={}, says="two keys") if item.kind == "term" else item for item in session.items]
        hung = Session(free, {**session.state, "ledger": tuple(items)})
        assert (f"⟦two keys⟧{game.words.paren('')[0]}" in str(outcome_of(hung))) == each
    before = _game(governance="joint_production", seed=3, lang=lang, stages=("public_engagement",))
    mark = game.words("review.fell_due", state="", report="")
    assert mark not in json.dumps(outcome_of(Session(before, _played(before)[0])), ensure_ascii=False)


def test_promises_of_before_fall_due_and_whoever_is_not_in_the_room_is_answered_for_by_the_chair() -> None:
    lasting = Promise(seat="ngo_director", says="We stay 3 years.", terms={"provider": "social_organisation"})
    start = Start(promises=(Promise(seat="site_host", says="We send you our rota."), lasting))
    game = _game(start=start)
    state = _at_review(game)
    state = apply(state, open_stage(game, state))
    assert [(item.line, item.account and item.account.owner) for item in _due(state)] == [
        ("P1", game.chair), ("P2", "ngo_director"),
    ]  # fmt: skip
    again = fall_due(game, state["ledger"], state["decisions"], game.present("review"), ())
    assert again == state["ledger"]


def _answers(game: Game, acts: list[tuple[str, str]], votes: dict[str, bool], terms: dict[str, str]) -> str:
    """Return who answers for what was decided, after some acts that named it."""
    room = game.present("review")
    kinds: dict[str, ItemKind] = {"propose": "proposal", "promise": "promise"}
    items = tuple(
        Item(f"L{number}", "s", kinds[act], seat, "x", terms, "open", room)
        for number, (seat, act) in enumerate(acts, 1)
    )
    decision: DecisionTaken = {
        "id": "D", "stage": "public_engagement", "motion": "L090", "procedure": "majority", "by": "body",
        "votes": votes, "abstained": [], "vetoed_by": [], "carried": True, "terms": terms,
        "condition": "", "unbound": {}, "payer": [], "budget": [], "payer_agreed": False, "fallen": [],
    }  # fmt: skip
    (term,) = (item for item in fall_due(game, items, [decision], room, ()) if item.kind == "term")
    assert term.account is not None
    return term.account.owner


@pytest.mark.parametrize(
    ("acts", "votes", "owner"),
    [
        ([], {}, "self_gov"),
        ([("community_director", "propose")], {}, "community_director"),
        ([("community_director", "propose")], {"community_director": False, "self_gov": True}, "community_director"),
        ([("community_director", "promise"), ("self_gov", "propose")], {}, "community_director"),
        ([], {"self_gov": False, "community_director": True}, "community_director"),
    ],
)
def test_of_several_who_may_commit_whoever_stood_behind_it_answers_for_it(
    acts: list[tuple[str, str]], votes: dict[str, bool], owner: str
) -> None:
    game = _game("courtyards", "three_social_interaction")
    assert _answers(game, acts, votes, {"vote": "living"}) == owner


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("option", "owner"), [("rota", "self_gov"), ("hired", "self_gov"), ("company", "property_manager")]
)
def test_whoever_an_option_names_as_the_one_that_delivers_answers_for_it(option: str, owner: str, lang: str) -> None:
    game = _game("clean_up", "command", lang=lang)
    other = {"self_gov": "property_manager", "property_manager": "self_gov"}[owner]
    assert _answers(game, [(other, "propose")], {owner: False}, {"workers": option}) == owner


def test_a_seat_reports_only_on_what_it_answers_for() -> None:
    start = Start(
        promises=(Promise(seat="ngo_director", says="We stay."), Promise(seat="local_parent", says="I help."))
    )
    game = _game(start=start)
    state = _at_review(game)
    state = apply(state, open_stage(game, state))
    floor = state["floor"]
    assert floor is not None
    assert (floor["acts"], floor["why"]) == (["keep", "break", "part", "moot"], "reports")
    turn = Turn(act="keep", to="all", says="It stands.", terms={}, section="", task="", about="P9", text="",
                condition="", appends=False, aside=False, replaces="", promises="")  # fmt: skip
    assert "P9" in refusal(game, state, turn)
    other = next(item.line for item in _due(state) if item.account and item.account.owner != floor["seat"])
    with pytest.raises(InputError, match=other):
        make_line(game, state, {**turn, "about": other}, "person")
    assert (
        make_line(game, state, {**turn, "about": ""}, "person")["about"]
        == answering(state["ledger"], floor["seat"])[0].line
    )


@pytest.mark.parametrize("claim", ["kept", "part", "moot"])
def test_who_it_was_for_turns_a_report_that_it_was_kept_or_moot_and_nobody_elses_word_does(claim: Outcome) -> None:
    own, other = "parent", "teacher"
    turned: Outcome = "moot" if claim == "kept" else "kept"
    account = Account("mayor", report="L001", claim=claim, concerned=frozenset({own}))
    item = Item("T1", "", "term", "mayor", "x", {}, "open", ())
    assert replace(account, said={own: claim, other: claim}).stood == {"confirmed": {own}}, "nor is it named"
    assert replace(account, said={other: claim}).stood == {"confirmed": {other}}, "but where none of them has spoken"
    states = {
        name: closed((replace(item, account=after),))[0].state
        for name, after in {
            "alone": account,
            "denied": replace(account, said={own: "broken"}),
            "by another": replace(account, said={other: "broken", own: claim}),
            "confirmed": replace(account, said={own: claim, other: claim}),
            "otherwise": replace(account, said={own: turned, other: claim}),
            "otherwise by another": replace(account, said={other: turned}),
            "in part": replace(account, said={own: "part"}),
        }.items()
    }
    assert states == {
        "alone": claim, "denied": "broken", "by another": claim, "confirmed": claim,
        "otherwise": "part" if claim == "part" else turned,  # one word makes no whole of it
        "otherwise by another": claim, "in part": "part",
    }  # fmt: skip
    both = replace(account, concerned=frozenset({own, other}), said=dict.fromkeys((own, other), turned))
    assert closed((replace(item, account=both),))[0].state == turned


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_was_kept_in_part_is_told_in_their_words_and_counts_as_half_kept(lang: Lang) -> None:
    game = _game("clean_up", lang=lang, style="free")
    matter, says = {
        "en": ("the street clears nine stairs", "Two stairs were cleared late, on day 19 and day 41."),
        "zh": ("街道清九个楼道", "楼道清了两个，一个拖到第19天，一个第41天。"),
    }[lang]
    for claim, word, stood in (
        ("part", "", {"confirmed": frozenset({"migrant_tenant"})}),
        ("kept", "part", {"said_part": frozenset({"migrant_tenant"})}),
    ):
        account = Account("street_director", concerned=frozenset({"migrant_tenant"}))
        item = Item("T1", "", "term", "street_director", matter, {}, "open",
                    game.present("review"), account=account)  # fmt: skip
        report: Any = {**_line(1, "street_director", "part" if claim == "part" else "keep", "all", "T1"), "says": says}
        witness: Any = _line(2, "migrant_tenant", "support" if claim == "part" else "object", "all", "T1")
        lines = [report, {**witness, "says": says, **({"also": {"T1": word}} if word else {})}]
        items: Ledger = (item,)
        for line in lines:
            items = reported(items, line)
        assert [each.account and each.account.stood for each in items] == [stood]
        session = Session(game, {**first_state(game), "ledger": closed(items), "lines": lines}, [])
        assert [item.state for item in session.items] == ["part"]
        assert (kept_after_a_year(session), kept_in_substance(session)) == (0.5, 0.5)
        result = result_of(session)
        assert (result.kept, result.part, result.broken) == (0, 1, 0)
        (told,) = not_kept(result, game.words)
        assert says.rstrip(".。") in told, "what was done and what was not is told in the words that were said"
        assert game.words("review.came_part", count=1) in review_sentence(session, game.words)


def test_who_says_moot_of_what_was_reported_as_kept_is_heard_and_named() -> None:
    items = reported(_items(Account("a", concerned=frozenset("bc"))), _line(1, "a", "keep", "all", "T1"))
    for number, seat in enumerate("bc", start=2):
        items = reported(items, {**_line(number, seat, "inform", "a", ""), "also": {"T1": "moot"}})
    assert [item.state for item in closed(items)] == ["moot"]
    assert [item.account and item.account.stood for item in items] == [{"said_moot": frozenset("bc")}]


@pytest.mark.parametrize(
    ("said", "stood", "state", "there"),
    [
        ({"a": "support"}, {}, "kept", False),
        ({"a": "object"}, {"denied": frozenset("a")}, "broken", False),
        ({"a": "support", "b": "object"}, {"denied": frozenset("b")}, "broken", False),
        ({"a": "support", "b": "support"}, {"confirmed": frozenset("b")}, "kept", True),
        ({"a": "support", "c": "object"}, {"denied": frozenset("c")}, "broken", False),
    ],
)
def test_whoever_is_to_do_it_too_confirms_nothing_and_may_tell_it_otherwise(
    said: dict[str, Act], stood: dict[str, frozenset[str]], state: str, there: bool
) -> None:
    items = _items(Account("a", joined=("d",), concerned=frozenset("ac"), harmed=("place_let",)))
    items = reported(items, _line(1, "d", "keep", about="T1"))
    for number, (seat, act) in enumerate(said.items(), start=2):
        items = reported(items, _line(number, seat, act, "d", "T1"))
    (item,) = items
    assert item.account
    assert (item.account.reporter, item.account.stood) == ("d", stood)
    (after,) = closed(items)
    assert (after.state, bool(in_substance(after))) == (state, there)


def test_what_is_moot_counts_as_neither_and_is_told() -> None:
    game = _game(start=Start(promises=(Promise(seat="ngo_director", says="We stay."),)))
    state = _at_review(game)
    state = apply(state, open_stage(game, state))
    items = tuple(
        replace(item, account=replace(item.account, report="L001", claim="moot")) if item.account else item
        for item in state["ledger"]
    )
    session = Session(game, {**state, "ledger": closed(items)}, [])
    assert _due(state)
    assert kept_after_a_year(session) is None
    assert sum(witnessed(fallen_due(session)).values()) == 0
    assert f"Did not apply, or was never granted: {len(_due(state))}" in review_sentence(session, game.words)
    one = replace(next(item for item in items if item.account), line="T9", kind="term")
    assert one.account
    kept = replace(one, account=replace(one.account, claim="kept"))
    both = Session(game, {**state, "ledger": closed((*items, kept))}, [])
    for words in map(Words, LANGUAGES):  # in its reader's language
        told = words("review.came.of", due=2, settled=1, kept="100%", paper="100%", there="100%")
        assert told in review_sentence(both, words)


def _of_owners(seed: int, **changes: Any) -> tuple[State, State]:
    """Return the state of a case that puts the company to an owners' meeting, before and as a review opens."""
    game = _game("clean_up", "joint_production", seed=seed, **changes)
    decision = DecisionTaken(
        id="D-public_engagement", stage="public_engagement", motion="", procedure="vote", by="body", votes={},
        abstained=[], vetoed_by=[], carried=True, terms={"workers": "company", "say": "payers"},
        condition="The street calls an owners' meeting by May; "
        "The company hangs up its account once the owners' meeting has voted on it",
        unbound={}, payer=[], budget=[], fallen=[], payer_agreed=False,
    )  # fmt: skip
    state = apply(first_state(game), {"stage": 1, "decisions": [decision]})
    return state, apply(state, review_opened(game, state))


def test_what_an_owners_meeting_comes_to_is_drawn_and_told_and_strikes_what_waited_for_it() -> None:
    told, struck_ones = set(), set()
    for seed in range(30):
        _, state = _of_owners(seed)
        (news,) = (each for each in state["desk"]["news"] if each["id"] == "review:owners_meeting")
        assert news["to"] == [], "the room hears of it"
        assert "by May" not in news["text"], "to call it is for the street"
        company = next(item for item in state["ledger"] if item.terms == {"workers": "company"})
        passed = "Carried there: “the property company" in news["text"]
        assert passed != (company.line in news["strikes"])
        assert company.account is not None
        assert passed or "owners_meeting" in company.account.harmed
        conditions = [item for item in state["ledger"] if item.kind == "term" and not item.terms]
        assert not any(item.account and item.account.harmed for item in conditions)
        told.add(news["text"])
        struck_ones.add(passed)
    assert struck_ones == {True, False}
    assert any("two in three" in text for text in told), "and now and then too few come"
    assert len(told) > 3


def test_nobody_tells_of_a_body_to_which_nothing_was_put() -> None:
    game = _game("clean_up", "joint_production")
    state = apply(first_state(game), {"stage": 1})
    assert "review:owners_meeting" not in {each["id"] for each in review_opened(game, state)["desk"]["news"]}
    renewed = Start(year=2, went_on={"workers": "company"})
    _, state = _of_owners(1, start=renewed)
    (news,) = (each for each in state["desk"]["news"] if each["id"] == "review:owners_meeting")
    assert "“the property company" not in news["text"], "it has two years"


def test_what_goes_on_as_it_was_comes_with_any_report_of_its_owner_unless_that_says_otherwise() -> None:
    standing = Standing(says="The street posts the account each month", year=1, was="kept")
    lamps = "The street lights the lane when a lamp fails"  # which need not have come in a year
    start = Start(
        year=2, standing=(standing, standing.model_copy(update={"says": lamps})), went_on={"say": "payers"}
    )  # fmt: skip
    _, state = _of_owners(3, start=start)
    game = _game("clean_up", "joint_production", seed=3, start=start)
    by_says = {item.says or item.terms.get("say", ""): item for item in state["ledger"] if item.account}
    account, lamp, vote = (by_says[says] for says in (standing.says, lamps, "payers"))
    assert [item.account.before for item in (account, lamp, vote) if item.account] == ["kept", "", "kept"]
    assert (goes_on(account), goes_on(lamp)) == (True, False)
    assert lamp in answering(state["ledger"], "street_director")
    assert answering(state["ledger"], "street_director")[-1] == account, "what weighs comes first"
    floor: Floor = {
        "seat": "street_director", "why": "reports", "acts": list(acts_with("reports")), "point": "",
        "phase": "discussion",
    }  # fmt: skip
    turn = Turn(act="break", to="all", says="It is still dark.", terms={}, section="", task="", about=lamp.line,
                text="", condition="", appends=False, aside=False, replaces="", promises="")  # fmt: skip
    spoken = make_line(game, {**state, "floor": floor}, turn, "person")
    assert spoken["also"] == {account.line: "kept"}
    otherwise: Turn = {**turn, "also": {account.line: "broken"}}
    assert make_line(game, {**state, "floor": floor}, otherwise, "person")["also"] == {account.line: "broken"}


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
        due = [item for item in _due(state) if item.state != "disputed"]
        kept = sum(item.state == "kept" for item in due) / len(due)
        assert measures["kept_after_a_year"] == pytest.approx(kept, abs=0.001) == beside.indicators["promises_kept"]
        paper, there = measures["kept_on_paper"], measures["kept_in_substance"]
        assert paper is not None
        assert there is not None
        apart += paper != there
        assert measures["burden_residents"] is not None
    assert apart
    calm = _game(scenario="estate_calm", governance="three_social_interaction")
    burden = outcome_measures(Session(calm, *_played(calm)))["burden_frontline"]
    assert burden is not None, "a community's Party secretary is the front line there"
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
        pulses_after({"a": before}, [], [], {}, accounts={"a": accounts})["a"]  # type: ignore[dict-item]
        for accounts in (Accounts(3, 1, 0), Accounts(0, 2, 1))
    )
    assert (kept["trust"], kept["conviction"], kept["burden"]) == (4, 4, 3)
    assert (broken["trust"], broken["conviction"], broken["burden"]) == (2, 2, 4)


@settings(max_examples=20, deadline=None)
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
    assert as_reviewed(_game(), items, after, [], "a")


def test_under_rules_that_tell_the_parties_alone_nobody_knows_more_than_was_said_to_them() -> None:
    game = _game(changes=("information.lines=parties",))
    state, _ = _played(game)
    for seat in game.present("review"):
        view = seat_view(game, {**state, "stage": 1}, seat)
        heard = {line["id"] for line in view.heard}
        for item in view.ledger:
            if item.account and item.account.report:
                assert item.account.report in heard


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_seats_debrief_gives_one_value_from_the_side_without_trust(
    lang: Lang, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coaching, "coach", partial(coach, runs=FEWEST))
    game = _game(governance="joint_production", lang=lang)
    session = Session(game, *_played(game))
    above, beside = (decimal(without_pulses(side).total or 0.0) for side in assess(session))
    told = game.words("review.sides", above=above, beside=beside)
    for seat in game.residents:
        assert told in to_markdown(make_debrief(session, latest_scores(session), seat)).replace("\\", "")
