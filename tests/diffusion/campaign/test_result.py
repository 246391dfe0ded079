"""What a session leaves to the next year: what is owed, and which promises stand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest

from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.diffusion.campaign.past import became, not_kept
from sandbox.diffusion.campaign.plans import untagged
from sandbox.diffusion.campaign.result import result_of
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Account, Item
from sandbox.game.review.aftermath import review_opened
from sandbox.game.review.bodies import bodies_told
from sandbox.game.review.due import fall_due
from sandbox.game.review.reporting import reported
from sandbox.game.review.verdict import closed
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec, Standing, Start
from sandbox.game.state import State, apply, first_state
from sandbox.record.line import DecisionTaken, Line
from tests.content.folders import LIBRARY
from tests.game.making import line
from tests.scoring.making import vote


def test_only_what_fell_due_is_owed_and_a_promise_beyond_remit_does_not_come_back() -> None:
    spec = SessionSpec(
        scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"), style="free"
    )
    game = Game(spec, LIBRARY)
    room = game.present("review")
    void = Item("L006", "s", "promise", "community_secretary", "Both forms agree.", {"workers": "rota"}, "beyond_remit",
                room, history=(("L006", "beyond_remit"),))  # fmt: skip
    overruled = replace(void, line="L007", state="broken", history=(*void.history, ("D-public_engagement", "broken")))
    broken = replace(void, line="L008", says="I sweep.", state="broken", history=(("L008", "open"), ("L020", "broken")),
                     account=Account("community_secretary", "L020", "broken", closed=True))  # fmt: skip
    silent = replace(void, line="L009", says="I call them.", state="unreported",
                     history=(("L009", "open"), ("review", "unreported")),
                     account=Account("community_secretary", closed=True))  # fmt: skip
    condition = Item("T1", "s", "term", "self_gov", "the company signs", {}, "broken", room,
                     history=(("D-public_engagement", "open"), ("L021", "broken")),
                     account=Account("property_manager", "L021", "broken", closed=True))  # fmt: skip
    state: State = {**first_state(game), "ledger": (void, overruled, broken, silent, condition)}
    result = result_of(Session(game, state, []))
    assert [promise.says for promise in result.promises] == ["I call them."]
    assert (result.kept, result.broken, result.beyond, result.open) == (0, 2, 1, 1)
    assert len(result.owed) == 2
    assert "“I sweep”" in result.owed[0]
    assert "the company signs" in result.owed[1]
    assert [(fate.condition, fate.became) for fate in result.fates] == [(False, "broken"), (True, "broken")]
    assert "the company signs" in result.fates[1].says


def test_why_a_decision_was_not_kept_is_told_a_year_later() -> None:
    spec = SessionSpec(
        scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"), style="free"
    )
    game = Game(spec, LIBRARY)
    report = line(20, "property_manager", "break", about="T1", says="The money ran out in May, and nobody was told.")
    report["stage"] = "review"
    due = Item("T1", "public_engagement", "term", "", "", {"payer": "parking"}, "broken", game.present("review"),
               history=(("D-public_engagement", "open"), ("L020", "broken")),
               account=Account("property_manager", "L020", "broken", closed=True),
               authority=("property_manager",))  # fmt: skip
    decision = vote({"resident": True}, terms={"payer": "parking"})
    state: State = {**first_state(game), "ledger": (due,), "decisions": [decision], "lines": [report]}
    (fate, *_) = result_of(Session(game, state, [])).fates
    assert (fate.about, fate.became) == ("payer", "broken")
    assert "The money ran out in May" in fate.why
    moot = replace(due, state="moot", account=Account("property_manager", "L020", "moot", closed=True))
    (fate, *_) = result_of(Session(game, {**state, "ledger": (moot,)}, [])).fates
    assert (fate.became, fate.by) == ("moot", game.name("property_manager"))
    assert "The money ran out in May" in fate.why, "what came in between is told, and no reason is made up"
    denied = replace(due, account=Account("property_manager", "L020", "kept", closed=True))
    (fate, *_) = result_of(Session(game, {**state, "ledger": (denied,)}, [])).fates
    assert fate.why == "", "whoever said that it was kept gave no reason"
    against = line(21, "migrant_tenant", "object", about="T1", says="No guard stood there in winter.")
    against["stage"] = "review"
    account = Account("property_manager", "L020", "kept", said={"migrant_tenant": "broken"}, closed=True)
    heard: Any = {**state, "ledger": (replace(due, account=account),), "lines": [{**report, "act": "keep"}, against]}
    result = result_of(Session(game, heard, []))
    assert "No guard stood there in winter" in result.fates[0].why
    (told,) = not_kept(result, game.words)
    assert f"{game.name('migrant_tenant')} denied it: “No guard stood there in winter”" in told
    for several in ({"about": "T9", "also": {"T1": "broken"}}, {"also": {"T9": "kept"}}):
        other: Any = {**state, "lines": [{**report, **several}]}
        (fate, *_) = result_of(Session(game, other, [])).fates
        assert fate.why == "", "nobody can tell which words of the report are about which matter"
    says = (
        "The company signed in March. The parking income kept neither gate nor ground clean. " + "It was little. " * 20
    )
    long: Any = {**state, "lines": [{**report, "says": says}]}
    (fate, *_) = result_of(Session(game, long, [])).fates
    assert fate.why.startswith("“The company signed in March. The parking income")
    assert fate.why.endswith("It was little. …”")
    assert len(fate.why) < 264, "what does not fit is cut at its end"


def test_a_condition_that_lasts_stands_on_with_who_asked_for_it_and_one_that_is_done_does_not() -> None:
    standing = (
        Standing(says="the company posts a name only with the family's yes", by="landlord", year=1),
        Standing(says="the street makes no list of refusers", by="grid_master", year=1),
    )
    start = Start(year=2, standing=standing)
    stages = ("public_engagement", "review")
    spec = SessionSpec(scenario="clean_up", governance="joint_production", stages=stages, style="free", start=start)
    game = Game(spec, LIBRARY)
    lasting, done = "the company counts at the gate each month", "the company moves the bins before the fee is asked"
    again = "the company posts a name only with the family's yes, without floor"
    condition = "; ".join((lasting, done, again))
    motion = Item("L009", "public_engagement", "proposal", "migrant_tenant", "x", {}, "open", game.present("review"),
                  condition=condition)  # fmt: skip
    decision = {**vote({"resident": True}, terms={}), "condition": condition}
    state: Any = {**first_state(game), "ledger": (motion,), "decisions": [decision]}
    stands = result_of(Session(game, state, [])).standing
    assert [(each.says, each.by, each.year) for each in stands] == [
        (lasting, "migrant_tenant", 2),
        (again, "migrant_tenant", 2),
        ("the street makes no list of refusers", "grid_master", 1),
    ]


@pytest.mark.parametrize(("said", "owner", "knows"), [
    (("street_director",), "street_director", "grid_master"), (None, "grid_master", "migrant_tenant"),
])  # fmt: skip
def test_a_condition_that_stands_on_asks_the_next_year_whom_its_line_said(
    said: tuple[str, ...] | None, owner: str, knows: str
) -> None:
    spec = SessionSpec(scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"),
                       style="free", model="m")  # fmt: skip
    game, says = Game(spec, LIBRARY), "the grid master is spared the form each month"
    motion = Item("L009", "public_engagement", "proposal", "migrant_tenant", "x", {}, "open", game.present("review"),
                  condition=says, asked_of=said)  # fmt: skip
    decision = {**vote({"resident": True}, terms={}), "condition": says}
    state: Any = {**first_state(game), "ledger": (motion,), "decisions": [decision]}
    start = Start(year=2, standing=result_of(Session(game, state, [])).standing)
    kept = Start.model_validate_json(start.model_dump_json())
    following = Game(spec.model_copy(update={"start": kept}), LIBRARY)
    (item,) = fall_due(following, (), [], following.present("review"), ())
    assert item.account
    assert (item.says, item.account.owner) == (says, owner)
    assert knows in item.account.concerned


def test_what_did_not_apply_falls_due_no_longer_a_year_later_and_what_was_not_kept_does() -> None:
    moot, kept = "the company lists who pays each month", "the company counts at the gate each month"
    undone = "the street permits no fence"
    before = (moot, kept, undone)
    start = Start(year=2, standing=tuple(Standing(says=says, by="landlord", year=1) for says in before))
    stages = ("public_engagement", "review")
    game = Game(SessionSpec(scenario="clean_up", governance="joint_production", stages=stages, start=start), LIBRARY)
    cases: list[tuple[str, dict[str, str], Literal["moot", "kept", "broken"]]] = [
        (moot, {}, "moot"), (kept, {}, "kept"), (undone, {}, "broken"),
        ("", {"say": "payers"}, "moot"), ("", {"payer": "bridge"}, "kept"),
    ]  # fmt: skip
    room = game.present("review")
    due = [
        Item(f"T{number}", "s", "term", "landlord", says, terms, came, room, account=Account("landlord", closed=True),
             authority=("landlord",))
        for number, (says, terms, came) in enumerate(cases)
    ]  # fmt: skip
    result = result_of(Session(game, {**first_state(game), "ledger": tuple(due)}, []))
    assert [(each.says, each.was) for each in result.standing] == [(kept, "kept"), (undone, "")]
    assert result.went_on == {"payer": "bridge"}


def test_an_option_to_which_nobody_here_may_commit_is_a_proposal_that_was_neither_kept_nor_reached_anybody() -> None:
    spec = SessionSpec(scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"))
    game = Game(spec, LIBRARY)
    terms = {"payer": "parking", "workers": "rota"}
    decision = vote({"resident": True}, terms=terms)
    due = [
        Item(f"T{number}", "s", "term", "landlord", "", {key: option}, "kept", game.present("review"),
             account=Account("landlord", claim="kept", report="L9", closed=True),
             authority=game.scenario.decision_by_id[key].holders(option))
        for number, (key, option) in enumerate(terms.items())
    ]  # fmt: skip
    state: Any = {**first_state(game), "ledger": tuple(due), "decisions": [decision]}
    result = result_of(Session(game, state, []))
    assert (result.kept, result.open, result.accounts) == (1, 1, {"alone": 1, "confirmed": 0, "contradicted": 0})
    assert result.substance == 1 / len(game.scenario.decisions)
    paid, worked = (became(fate, game.words) for fate in result.fates)
    assert paid.endswith("(nobody here may commit to it)")
    assert worked.endswith("(kept)")
    news = [{"id": "owners", "turn": 1, "stage": "review", "to": [], "text": "Agreed.", "answers": {"T0": "agreed"}}]
    agreed: Any = {**state, "desk": {**state["desk"], "news": news}}
    assert result_of(Session(game, agreed, [])).kept == 2, "a body that has no seat has carried it"


def test_a_section_that_only_another_seat_has_written_is_told_as_written_here() -> None:
    stages = ("application", "public_engagement")
    game = Game(SessionSpec(scenario="clean_up", governance="joint_production", stages=stages, style="free"), LIBRARY)
    wrote = (("street_director", "money"), ("street_director", "problem"), ("self_gov", "steps"), ("self_gov", "money"))
    marks = "(written here in year 2) (copied from Liuyuan West, year 1) "
    lines: list[Line] = [
        {
            **line(number, seat, "inform", says="x"),
            "stage": "application",
            "section": section,
            "text": f"{marks}{seat} wrote.",
        }
        for number, (seat, section) in enumerate((*wrote, ("street_director", "people")), start=1)
    ]
    result = result_of(Session(game, {**first_state(game), "lines": lines}, []))
    assert result.own == {"money", "problem", "steps", "people"}
    assert (result.plan["money"], result.plan["steps"]) == ("street_director wrote.", "self_gov wrote.")
    corrected: Line = {
        **line(9, "self_gov", "keep", stage="review"),
        "section": "money",
        "text": "Nobody paid in autumn.",
    }
    reviewing = Game(game.spec.model_copy(update={"stages": (*stages, "review")}), LIBRARY)
    result = result_of(Session(reviewing, {**first_state(reviewing), "lines": [*lines, corrected]}, []))
    assert result.plan["money"] == "Nobody paid in autumn.", "what a review corrected stands, whoever's plan it is"
    assert "Nobody paid in autumn" in result.shown[0], "and visitors are shown it"
    words = Words("zh", LIBRARY.roots)
    assert untagged("（这里第2年写的）（抄自柳园后巷，第1年写的）（租客）先去问。", words) == "（租客）先去问。"


def test_residents_who_heard_of_a_decision_only_when_it_was_taken_are_told() -> None:
    stages = ("application", "public_engagement")
    game = Game(SessionSpec(scenario="clean_up", governance="command", stages=stages, style="free"), LIBRARY)
    moved = {**line(1, "street_director", "propose", terms={"payer": "district"})}
    moved["visible_to"] = list(game.present("application"))
    decided = {**line(2, "street_director", "decide", terms={"payer": "district"}), "stage": "public_engagement"}
    decided["visible_to"] = list(game.present("public_engagement"))
    decision = {**vote({}, terms={"payer": "district"}), "by": "street_director", "motion": "L002"}
    state: Any = {**first_state(game), "decisions": [decision], "lines": [moved, decided]}
    names = {game.name(seat) for seat in game.residents}
    assert set(result_of(Session(game, state, [])).unheard) == names
    aloud: Any = {**state, "lines": [{**moved, "visible_to": list(game.positions)}, decided]}
    assert result_of(Session(game, aloud, [])).unheard == ()


def test_a_counter_offer_that_was_carried_was_heard_by_all_who_were_in_the_room() -> None:
    spec = SessionSpec(scenario="clean_up", governance="joint_production", stages=("public_engagement",), style="free")
    game = Game(spec, LIBRARY)
    room = list(game.present("public_engagement"))
    resident = next(seat for seat in room if seat in game.residents - {"self_gov"})
    offers = {**line(1, "street_director", "propose", terms={"payer": "street"}), "visible_to": room}
    counters = {**line(2, "self_gov", "object", to="street_director", about="L001", terms={"payer": "district"})}
    counters["visible_to"] = room
    decision = {**vote({resident: True}, terms={"payer": "district"}), "motion": "L002"}
    put = Item("L001", "public_engagement", "proposal", "street_director", "", {"payer": "street"}, "open", tuple(room))
    items = (put, replace(put, line="L002", owner="self_gov", terms={"payer": "district"}))
    state: Any = {**first_state(game), "decisions": [decision], "lines": [offers, counters], "ledger": items}
    assert result_of(Session(game, state, [])).unheard == ()
    aside: Any = {**state, "lines": [offers, {**counters, "visible_to": ["self_gov", "street_director"]}]}
    assert game.name(resident) in result_of(Session(game, aside, [])).unheard


def test_what_was_promised_aside_is_counted_and_told_to_nobody() -> None:
    spec = SessionSpec(
        scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"), style="free"
    )
    game = Game(spec, LIBRARY)
    stage, account = "public_engagement", Account("landlord", "L020", "broken", closed=True)
    openly = Item("L006", stage, "promise", "landlord", "I pay for the lamp.", {}, "broken", game.present(stage),
                  history=(("L020", "broken"),), account=account)  # fmt: skip
    aside = replace(openly, line="L007", says="The rubble is mine.", visible_to=("landlord", "grid_master"))
    unkept = replace(aside, line="L008", says="I cart it away.", state="unreported", account=Account("landlord"))
    asked: Any = {**line(9, "landlord", "ask", "grid_master", says="Who saw my cart?"), "visible_to": ["grid_master"]}
    weary: Any = {"levels": {seat: {"trust": 1, "conviction": 1, "burden": 5} for seat in game.seats}}
    state: State = {**first_state(game), "ledger": (openly, aside, unkept), "lines": [asked], "pulses": [weary]}
    result = result_of(Session(game, state, []))
    assert (result.kept, result.broken, result.open) == (0, 2, 1)
    told = [*result.owed, *result.hidden, *(fate.says for fate in result.fates), *(p.says for p in result.promises)]
    assert any("lamp" in text for text in told)
    assert not [text for text in told if "rubble" in text or "cart" in text]
    assert len(result.hidden) == 1, "nor is what seats answered in private"


def test_what_nobody_reported_on_was_neither_kept_nor_broken_a_year_later() -> None:
    spec = SessionSpec(
        scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"), style="free"
    )
    game = Game(spec, LIBRARY)
    term = Item("T1", "public_engagement", "term", "self_gov", "", {"workers": "hired"}, "unreported",
                game.present("review"), history=(("D-public_engagement", "open"), ("review", "unreported")),
                account=Account("self_gov", closed=True))  # fmt: skip
    decision: DecisionTaken = {
        "id": "D-public_engagement", "stage": "public_engagement", "motion": "L009", "procedure": "majority",
        "by": "body", "votes": {}, "abstained": [], "vetoed_by": [], "carried": True, "terms": {"workers": "hired"},
        "condition": "", "unbound": {}, "payer": [], "budget": [], "payer_agreed": False, "fallen": [],
    }  # fmt: skip
    state: State = {**first_state(game), "ledger": (term,), "decisions": [decision]}
    (fate,) = result_of(Session(game, state, [])).fates
    assert (fate.about, fate.became) == ("workers", "")


def test_what_stands_on_is_not_crowded_out_by_what_is_new() -> None:
    told = [f"The street posts sheet {letter} at the gate each month" for letter in "ABCDEFGHIJ"]
    start = Start(year=2, standing=tuple(Standing(says=says, by="landlord", year=1) for says in told))
    spec = SessionSpec(scenario="clean_up", governance="joint_production", stages=("public_engagement",), start=start)
    game = Game(spec, LIBRARY)
    result = result_of(Session(game, first_state(game), []))
    assert [each.says for each in result.standing] == told


def test_a_table_remembers_which_facts_of_a_year_it_was_told() -> None:
    spec = SessionSpec(
        scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"), start=Start(year=2)
    )
    game = Game(spec, LIBRARY)
    state = first_state(game)
    fee: Any = {"id": "review:y2_fee", "stage": "review", "turn": 0, "text": "x", "to": ["self_gov"]}
    news = [fee, {**fee, "id": "review:y2_tree", "text": "A tree fell.", "to": []}]
    result = result_of(Session(game, {**state, "desk": {**state["desk"], "news": news}}, []))
    assert result.had == ("review:y2_fee", "review:y2_tree")
    assert result.came == ("A tree fell.",), "what all have heard of the year is told a year later"


def _reviewed(seed: int, start: Start, act: Act = "keep") -> tuple[Session, str]:
    """Return a year in which the company was decided on and reported on, and what the owners came to on it."""
    spec = SessionSpec(
        scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"), style="free",
        seed=seed, start=start,
    )  # fmt: skip
    game = Game(spec, LIBRARY)
    taken: DecisionTaken = {**vote({"self_gov": True}, terms={"workers": "company"}), "stage": "public_engagement"}
    state = apply(first_state(game), {"stage": 1, "decisions": [taken]})
    state = apply(state, review_opened(game, state))
    said = line(1, "property_manager", act, about="T1", says="We were here all year.", stage="review")
    state = {**state, "lines": [said], "ledger": closed(reported(state["ledger"], said))}
    told = [each["text"] for each in state["desk"]["news"] if each["id"].endswith("owners_meeting")]
    return Session(game, state, []), told[0] if told else ""


def test_what_the_owners_voted_on_is_not_put_to_them_each_year_and_what_they_refused_is_moot() -> None:
    seen = set()
    for seed in range(16):
        session, told = _reviewed(seed, Start())
        (answer,) = [each for each in ("Carried", "No majority", "Left undecided") if each in told]
        assert [each.state for each in session.items if each.kind == "term"] == ["kept"], "a report otherwise decides"
        if answer != "Carried":
            session, told = _reviewed(seed, Start(), "moot")
            assert [each.state for each in session.items if each.kind == "term"] == ["moot"], answer
        result = result_of(session)
        lost = {"No majority": "no majority found", "Left undecided": "too few took part"}.get(answer, "(kept)")
        assert lost in became(result.fates[0], session.game.words), "what became of it is told a year later"
        later, asked = _reviewed(seed, Start(year=2, decided=result.decided, went_on={}))
        option = later.game.scenario.decision_by_id["workers"].options["company"].en
        if answer == "Left undecided":
            assert (bool(asked), "is put to an owners' meeting" in option) == (True, True)
        else:
            assert "meeting was called." in asked, "the owners have said what they want"
            assert ("renewed" if answer == "Carried" else "voted down its renewal") in option
        seen.add(answer)
        third = result_of(_reviewed(seed, Start(year=3, decided=result.decided))[0])
        assert {each.until for each in third.decided} <= {0, 5}, "a contract of 2 years has run out after the third"
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("lang", "told", "option"),
    [
        ("en", "The owners' meeting has not decided yet on what still needs it: the fee …; guards", "the fee"),
        ("zh", "还须报业主大会、业主大会没有定的：收物业费", "收物业费"),
    ],
)
def test_what_the_ballot_says_still_needs_the_owners_is_followed_in_the_next_year(
    lang: Lang, told: str, option: str
) -> None:
    stages = ("public_engagement", "review")
    spec = SessionSpec(scenario="clean_up", governance="joint_production", stages=stages, style="free", lang=lang)
    game = Game(spec, LIBRARY)
    terms = {"payer": "bridge", "workers": "hired", "gate_list": "sums"}
    assert option in " ".join(bodies_told(game, terms)), "as it stands on the ballot"
    taken: DecisionTaken = {**vote({"self_gov": True}, terms=terms), "stage": "public_engagement"}
    state = apply(first_state(game), {"stage": 1, "decisions": [taken]})
    assert any(each.startswith(told) for each in result_of(Session(game, state, [])).came)
    asked = game.scenario.decision_by_id["payer"].options["bridge"].get(lang)
    room = game.present("review")
    put = Item("T9", "public_engagement", "term", "self_gov", asked, {}, "kept", room)
    news: Any = {"id": "review:owners_meeting", "stage": "review", "turn": 0, "text": "x", "to": [],
                 "answers": {"T9": "refused"}}  # fmt: skip
    after: State = {**state, "ledger": (put,), "desk": {**state["desk"], "news": [news]}}
    (still,) = result_of(Session(game, after, [])).came[1:]
    assert option not in still, "what they have answered is told as they answered it"
