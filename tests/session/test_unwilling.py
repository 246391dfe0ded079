"""On which conditions their doer cannot be counted is told before the vote, and who refused what was carried after."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from sandbox.content.language import Lang
from sandbox.errors import InputError
from sandbox.game.floor.last_word import last_word_floor, owed_last_word
from sandbox.game.game import Game
from sandbox.game.ledger.matters import matter
from sandbox.game.minutes.minutes import minutes_text
from sandbox.game.minutes.settled import told_vote
from sandbox.game.motions.doers import doers_said, unanswered
from sandbox.game.play import play
from sandbox.game.review.due import fall_due
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.game.state import Floor, State, apply, first_state
from sandbox.game.steps import hear, make_line
from sandbox.game.view import seat_view
from sandbox.record.line import Line, Turn
from sandbox.record.log import Log
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.conditions import conditions_answered
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.handout import handout
from sandbox.report.read_decision import read_decision
from sandbox.report.reading import Reading
from sandbox.report.results import card_of
from sandbox.session.offers import asked_conditions, motion_texts, overtaken_text
from sandbox.session.prompts import turn_messages
from sandbox.session.turns import person_turn
from tests.game.making import LIBRARY, TURN
from tests.scoring.making import vote
from tests.session.support import spec_of

STAGE = "public_engagement"
POSTS: dict[Lang, str] = {
    "en": "Cao Zhigang posts the parking account at the gate",
    "zh": "物业把停车费收支贴在大门上",
}
WILL_NOT: dict[Lang, str] = {"en": "Cao Zhigang will not do what L002 asks (L003).", "zh": "说了不办（L003）"}
UNHEARD: dict[Lang, str] = {"en": "What L002 asks falls to Cao Zhigang, who has no vote", "zh": "之后也没轮到开口"}


def meeting(lang: Lang, *turns: tuple[str, dict[str, Any]], **terms: str) -> tuple[Game, State]:
    spec = spec_of(
        scenario="clean_up", governance="three_social_interaction", style="free", stages=(STAGE,), turns=12, lang=lang
    )
    game = Game(spec, LIBRARY)
    state = first_state(game)
    opening: tuple[str, dict[str, Any]] = ("landlord", {"act": "propose", "terms": {"gate_list": "sums", **terms}})
    demand: tuple[str, dict[str, Any]] = ("self_gov", {"act": "support", "about": "L001", "condition": POSTS[lang]})
    for seat, turn in (opening, demand, *turns):
        acts = list(game.speech(seat))
        floor: Floor = {"seat": seat, "why": "quiet", "acts": acts, "point": "", "phase": "discussion"}
        line: Any = {**TURN, "says": "so", **turn}
        state = {**state, "floor": floor}
        state = apply(state, hear(game, state, make_line(game, state, line, "model")))
    floor = {"seat": "landlord", "why": "votes", "acts": ["support", "object"], "point": "", "phase": "decision"}
    return game, {**state, "floor": floor}


def ballots(game: Game, state: State) -> tuple[str, str]:
    """Return what a model and what a person is told who votes."""
    view, floor = seat_view(game, state, "landlord"), state["floor"]
    assert view.motion is not None
    assert floor is not None
    return turn_messages(game, state, floor, None)[-1]["content"], " ".join(motion_texts(game, view, view.motion))


def answered(seat: str = "property_manager", /, act: str = "inform", **fields: Any) -> tuple[str, dict[str, Any]]:
    """Return a turn of a seat that answers what lines ask of it."""
    lines = {key: fields.pop(key) for key in [*fields] if key[0] == "L"}
    return seat, {"act": act, **fields, "takes_on": lines}


REFUSES: tuple[str, dict[str, Any]] = ("property_manager", {"act": "refuse", "about": "L002"})


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_ballot_says_that_whom_a_condition_binds_refused_it(lang: Lang) -> None:
    for text in ballots(*meeting(lang, REFUSES)):
        assert WILL_NOT[lang] in text
        assert UNHEARD[lang] not in text
    gave_way = ("property_manager", {"act": "support", "about": "L002"})
    for text in ballots(*meeting(lang, REFUSES, gave_way)):
        assert WILL_NOT[lang] not in text


def test_a_refusal_is_of_the_condition_that_its_line_answers_and_never_of_ones_own() -> None:
    own = "Cao Zhigang shows what the spaces bring in, and what they cost once head office answers"
    other = "Cao Zhigang lists what was spent before the renewal is put to the owners"
    brings: tuple[str, dict[str, Any]] = ("property_manager", {"act": "support", "about": "L002", "condition": own})
    adds: tuple[str, dict[str, Any]] = ("migrant_tenant", {"act": "support", "about": "L003", "condition": other})
    for line, refused in (("L003", POSTS["en"]), ("L004", other)):
        refuses: tuple[str, dict[str, Any]] = ("property_manager", {"act": "refuse", "about": line})
        _, state = meeting("en", brings, *([adds] if line == "L004" else []), refuses)
        assert state["lines"][-1]["refuses"] == refused


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_ballot_says_who_is_bound_without_a_word_and_a_vote(lang: Lang) -> None:
    for text in ballots(*meeting(lang)):
        assert UNHEARD[lang] in text
    for text in ballots(*meeting(lang, ("property_manager", {"act": "inform"}))):
        assert UNHEARD[lang] not in text


ASKED: dict[Lang, tuple[str, str, str]] = {
    "en": ("the landlord raises no rent for a year", "the landlord lights the back stair before any fee",
           "the street pays 2,000 for the wiring first, the landlord what is missing"),
    "zh": ("房东一年内不因收费、修灯涨租或叫租客搬走", "房东先修亮后排楼道灯再收租客的费",
           "街道先出2千换后排楼道线，不够的房东补"),
}  # fmt: skip


@pytest.mark.parametrize(("lang", "no", "part", "waits"), [
    ("en", "Cai Yongfu will not do what {} asks (L007)",
     "Of what L005 asks Wei Lixin takes on a part: “⟦2,000, from the fund⟧” (L006)",
     "What L004 asks waits for Cai Yongfu"),
    ("zh", "{}要蔡永福办的，蔡永福说了不办（L007）", "L005要办的，魏立新只应一部分：“⟦2,000, from the fund⟧”（L006）",
     "L004要办的，等蔡永福表态"),
])  # fmt: skip
def test_each_answer_is_of_what_its_line_asks_and_of_its_speaker_alone(
    lang: Lang, no: str, part: str, waits: str
) -> None:
    asks = [
        (seat, {"act": "support", "about": f"L00{number}", "condition": asked})
        for number, (seat, asked) in enumerate(
            zip(("migrant_tenant", "grid_master", "self_gov"), ASKED[lang], strict=True), 2
        )
    ]
    pays = answered("street_director", act="promise", promises="2,000, from the fund", L005="part")
    game, state = meeting(lang, *asks, pays, answered("landlord", L003="no", L005="no"))
    model, person = ballots(game, state)
    assert [no.format(line) in model for line in ("L003", "L004", "L005")] == [True, False, True]
    assert part in model
    assert part.replace("⟦", "").replace("⟧", "") in person
    assert waits in model


def test_an_explicit_no_stands_though_its_speaker_supports_the_motion_until_it_says_yes() -> None:
    no, along = (
        answered(act="support", about="L001", L002="no"),
        ("property_manager", {"act": "support", "about": "L002"}),
    )
    for turns, refused in (((no,), True), ((no, along), True), ((no, answered(L002="part")), False)):
        game, state = meeting("en", *turns)
        for text in ballots(game, state):
            assert ("Cao Zhigang will not do what L002 asks (L003)." in text) == refused


@pytest.mark.parametrize(("lang", "yes", "elsewhere", "spares"), [
    ("en", "Cao Zhigang takes on what {} asks ({}", ", of L00",
     "Cao Zhigang does not lock the gate and does not charge for keys"),
    ("zh", "{}要办的，曹志刚应了（{}", "，对L00", "曹志刚不锁大门、不收门卡押金"),
])  # fmt: skip
def test_a_yes_counts_wherever_the_condition_stands_and_says_of_which_motion_it_was_if_others_work_by_this(
    lang: Lang, yes: str, elsewhere: str, spares: str
) -> None:
    word, rival = answered(about="L002", L002="yes"), {"act": "object", "about": "L002", "terms": {"workers": "hired"}}
    game, state = meeting(lang, word, ("migrant_tenant", rival), workers="company")
    model, _ = ballots(game, state)
    assert model.count(yes.format("L002", "L003")) == 2
    assert yes.format("L002", "L003") + elsewhere + "2" in model
    assert not unanswered(game, state["ledger"], "property_manager", STAGE, state["lines"])
    dearer = {**rival, "terms": {"payer": "district"}}
    model, _ = ballots(*meeting(lang, word, ("migrant_tenant", dearer), workers="company"))
    assert elsewhere not in model, "who pays is none of his: the same words hold beside both"
    asked = ("landlord", {"act": "support", "about": "L002", "condition": spares})
    model, _ = ballots(
        *meeting(lang, asked, answered(L003="yes"), ("migrant_tenant", {**rival, "about": "L003"}), workers="company")
    )
    assert yes.format("L003", "L004") in model
    assert elsewhere not in model, "what is only not to be done does not hang on who works"


@pytest.mark.parametrize(("lang", "own", "takes", "yes"), [
    ("en", "Cao Zhigang sends a guard for the gate", "Cao Zhigang takes on L003 by moving it.",
     "(Cao Zhigang: yes (L003))"),
    ("zh", "曹志刚派保安守大门", "L003是曹志刚自己应的。", "（曹志刚：应了（L003））"),
])  # fmt: skip
def test_whoever_asks_something_of_itself_has_taken_that_on_until_it_takes_it_back(
    lang: Lang, own: str, takes: str, yes: str
) -> None:
    moves: dict[str, Any] = {"act": "support", "about": "L002", "condition": own, "promises": "A guard"}
    back: tuple[str, dict[str, Any]] = ("property_manager", {"act": "concede", "withdraws": "L003"})
    for turns, known in (((), True), ((back,), False)):
        game, state = meeting(lang, ("property_manager", moves), *turns)
        assert "L003" not in unanswered(game, state["ledger"], "property_manager", STAGE, state["lines"])
        assert (takes in ballots(game, state)[0]) == known
        taken = {**vote({"property_manager": False}, terms={"gate_list": "sums"}), "motion": "L003"}
        taken["condition"] = f"{POSTS[lang]}；{own}"
        told = told_vote(game, taken, state["ledger"], state["lines"], ())["condition"]  # type: ignore[arg-type]
        assert (yes in told) == known


def test_a_whispered_answer_is_told_to_nobody_who_did_not_hear_it() -> None:
    for answer, told in (("no", "will not do what L002 asks"), ("yes", "takes on what L002 asks")):
        game, state = meeting("en", answered(to="self_gov", L002=answer))
        assert told in ballots(game, state)[0]
        aside = {**state["lines"][-1], "visible_to": ["property_manager", "self_gov"]}
        whispered = cast(State, {**state, "lines": [*state["lines"][:-1], aside]})
        assert told not in " ".join(ballots(game, whispered))
        floor: Floor = {**state["floor"], "seat": "self_gov"}  # type: ignore[typeddict-item]
        assert told in turn_messages(game, {**whispered, "floor": floor}, floor, None)[-1]["content"]


CARRIED: dict[Lang, str] = {
    "en": "posts the parking account at the gate (refused by Cao Zhigang in {}, carried all the same)",
    "zh": "物业把停车费收支贴在大门上（曹志刚在{}说了不办，照样通过）",
}


def played(lang: Lang, *, refuses: bool) -> Session:
    """Play a meeting that carries a motion with a condition which whom it binds refuses aloud, or says nothing of."""
    spec = SessionSpec.model_validate({
        "scenario": "clean_up", "governance": "three_social_interaction", "style": "rules", "model": "none",
        "stages": (STAGE,), "turns": 14, "lang": lang,
    })  # fmt: skip
    game, log = Game(spec, LIBRARY), Log()

    def choose(_: Game, state: State) -> Turn:
        floor = state["floor"]
        assert floor is not None
        votes, seat = floor["phase"] == "decision", floor["seat"]
        motions = [item for item in state["ledger"] if item.kind == "proposal"]
        last = motions[-1].line if motions else ""
        turn: dict[str, Any] = {"act": "support", "about": last} if votes else {"act": "inform"}
        if not motions and "propose" in floor["acts"] and seat != "property_manager":
            turn = {"act": "propose", "terms": {"gate_list": "sums"}}
        elif len(motions) == 1 and not votes and "support" in floor["acts"] and seat != "property_manager":
            turn = {"act": "support", "about": last, "condition": POSTS[lang], "to": "property_manager"}
        elif refuses and seat == "property_manager" and len(motions) == 2:
            turn = {"act": "refuse", "about": last}
        return cast(Turn, {**TURN, "says": f"{seat} {len(state['lines'])}", **turn})

    state = play(game, choose, write=log.append)
    return Session(game, state, tuple(log))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("refuses", [True, False])
def test_what_was_carried_though_whom_it_binds_refused_says_so_wherever_the_decision_is_told(
    lang: Lang, refuses: bool, tmp_path: Path
) -> None:
    session = played(lang, refuses=refuses)
    game, state, (taken,) = session.game, session.state, session.carried
    assert taken["condition"] == POSTS[lang]
    line = next((line["id"] for line in session.lines if line["act"] == "refuse"), "")
    texts = [
        state["minutes"][-1]["text"],
        read_decision(Reading(session), taken).sentence,
        to_markdown(handout(session)),
        to_markdown(make_debrief(session, card_of(session, tmp_path))),
    ]
    assert [CARRIED[lang].format(line) in text for text in texts] == [refuses] * 4
    due = fall_due(game, state["ledger"], [taken], game.present(STAGE), state["lines"])
    told = next(matter(game, item) for item in due if item.says == POSTS[lang])
    assert ({"en": "refused by Cao Zhigang before", "zh": "定之前曹志刚说过不办"}[lang] in told) == refuses
    half: dict[str, Any] = {"refuses": "", "takes_on": {taken["motion"]: "part"}, "promises": "half of it"}
    for changes, known in ((half, True), ({**half, "visible_to": ["self_gov"]}, False), ({"visible_to": []}, False)):
        lines = [{**each, **changes} if each["id"] == line else each for each in session.lines]
        reading = Reading(session.with_lines(cast(list[Line], lines)))
        assert CARRIED[lang].format(line) not in read_decision(reading, taken).sentence
        assert ("half of it" in " ".join(conditions_answered(reading, taken))) == (known and refuses)


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("en", "Since you last spoke: L003 by Cao Zhigang refuses what your condition from L002 asks."),
        ("zh", "上次发言以后：L002里提的条件，曹志刚说了不办（L003）。"),
    ],
)
def test_whose_condition_is_refused_is_told_so_once(lang: Lang, says: str) -> None:
    told = {}
    for turns in ((REFUSES,), (REFUSES, ("self_gov", {"act": "inform"}))):
        game, state = meeting(lang, *turns)
        for seat in ("self_gov", "landlord"):
            floor: Floor = {**state["floor"], "seat": seat, "why": "quiet", "acts": ["support"], "phase": "discussion"}  # type: ignore[typeddict-item]
            told[len(turns), seat] = overtaken_text(game, seat_view(game, {**state, "floor": floor}, seat))
    assert told[1, "self_gov"].endswith(says)
    assert says not in told[2, "self_gov"]
    assert "L003" not in told[1, "landlord"], "it was not theirs"


@pytest.mark.parametrize("before", [False, True])
def test_a_counter_motion_does_not_bind_its_mover_to_what_it_refuses(*, before: bool) -> None:
    objects: dict[str, Any] = {"act": "object", "about": "L002", "terms": {"gate_list": "paid"}}
    own = ("property_manager", objects) if before else answered(**objects, L002="no")
    game, state = meeting("en", *([REFUSES] if before else ()), own)
    put = state["ledger"][-1]
    assert (put.owner, put.terms, put.condition) == ("property_manager", {"gate_list": "paid"}, "")
    for text in ballots(game, state):
        assert "Cao Zhigang will not do what L002 asks (L003)." in text
    willing = answered(**objects, L002="yes")
    for turn in (willing, ("migrant_tenant", objects)):
        assert meeting("en", turn)[1]["ledger"][-1].condition == POSTS["en"]


@pytest.mark.parametrize(("lang", "lamp", "instead", "told", "unput", "no", "amends"), [
    ("en", "the lamp is lit", "Cao Zhigang posts what the spaces bring in, each month",
     "Cao Zhigang put L004 without what L002 asks.",
     "not put: L004 (as L003; without that of L002; with “{}”).",
     "(Cao Zhigang: no, put L004 without it)", "L004 Cao Zhigang amended it (on condition"),
    ("zh", "巷口的灯亮着", "物业按月贴车位收了多少",
     "L002要办的，曹志刚没应，另提了L004。", "轮不到表决的：L004（照L003；去掉L002那条；加上“{}”）。",
     "（曹志刚：没应，另提了L004）", "L004 曹志刚改L003（条件"),
])  # fmt: skip
def test_the_ballot_and_minutes_tell_who_has_put_a_motion_without_what_it_asks_of_them_and_what_is_not_put(
    lang: Lang, lamp: str, instead: str, told: str, unput: str, no: str, amends: str
) -> None:
    lit: tuple[str, dict[str, Any]] = ("migrant_tenant", {"act": "support", "about": "L002", "condition": lamp})
    turn = {"act": "support", "about": "L003", "condition": instead, "replaces": "L002"}
    strikes: tuple[str, dict[str, Any]] = ("property_manager", turn)
    against = [(seat, {"act": "object", "about": "L004"}) for seat in ("landlord", "migrant_tenant")]
    rival: tuple[str, dict[str, Any]] = ("landlord", {"act": "propose", "terms": {"payer": "district"}})
    game, state = meeting(lang, lit, strikes, *against, rival)
    model, _ = ballots(game, state)
    assert told in model
    assert unput.format(instead) in model
    taken = {**vote({"landlord": True}, terms={"gate_list": "sums"}), "motion": "L003", "condition": POSTS[lang]}
    assert no in told_vote(game, taken, state["ledger"], state["lines"], ())["condition"]  # type: ignore[arg-type]
    assert amends in minutes_text(game, STAGE, state["lines"], [])
    model, _ = ballots(*meeting(lang, lit, strikes, *against, rival, answered(L002="yes")))
    assert told not in model, "its yes is told in its place"


@pytest.mark.parametrize(("lang", "texts"), [
    ("en", ("Cao Zhigang agrees to what L002 asks.", "Cao Zhigang takes on what L002 asks (L003).",
            "Cao Zhigang, who is to do what L002 asks, is against (L003).",
            "What L002 asks waits for Cao Zhigang")),
    ("zh", ("L002要办的，曹志刚认了。", "L002要办的，曹志刚应了（L003）。", "L002要办的，曹志刚反对（L003）。",
            "L002要办的，等曹志刚表态")),
])  # fmt: skip
def test_before_the_vote_it_is_told_who_goes_along_who_says_yes_and_who_objects(
    lang: Lang, texts: tuple[str, ...]
) -> None:
    turns = [("property_manager", {"act": act, "about": "L002"}) for act in ("support", "object", "inform")]
    turns.insert(1, answered(act="object", about="L002", L002="yes"))
    for turn, told in zip(turns, texts, strict=True):
        text, _ = ballots(*meeting(lang, turn))
        assert [each in text for each in texts] == [each == told for each in texts]


@pytest.mark.parametrize(("lang", "part"), [("en", "takes on a part"), ("zh", "只应一部分")])
def test_what_somebody_promises_who_objects_is_no_part_of_what_it_cannot_say_yet(lang: Lang, part: str) -> None:
    gives = ("property_manager", {"act": "object", "about": "L002", "promises": "the sums of March"})
    open_yet, a_part = ballots(*meeting(lang, gives))[0], (gives[0], {**gives[1], "takes_on": {"L002": "part"}})
    assert part not in open_yet
    assert part in ballots(*meeting(lang, a_part))[0]


def test_voters_are_told_what_nobody_here_may_give() -> None:
    text = "“the district, for as long as it takes” is not for anybody here to give."
    game = Game(spec_of(scenario="land_acquisition", governance="one_core_multiple_actors", style="free"), LIBRARY)
    state: State = {**first_state(game), "stage": [stage.id for stage in game.stages].index(STAGE)}
    for payer, told in (("district", True), ("collective", False)):
        turn: Any = {**TURN, "act": "propose", "says": "so", "terms": {"payer": payer}}
        floor: Floor = {"seat": "elder", "why": "quiet", "acts": ["propose"], "point": "", "phase": "discussion"}
        put: State = {**state, "floor": floor}
        put = apply(put, hear(game, put, make_line(game, put, turn, "model")))
        votes: Floor = {"seat": "elder", "why": "votes", "acts": ["support"], "point": "", "phase": "decision"}
        assert (text in turn_messages(game, {**put, "floor": votes}, votes, None)[-1]["content"]) is told


def test_a_condition_agreed_to_under_one_motion_is_under_a_rival_by_which_the_same_do_and_pay_for_it() -> None:
    along = ("property_manager", {"act": "support", "about": "L002"})
    for rival, what in (({"gate_list": "paid"}, "agreed"), ({"workers": "hired"}, "awaited")):
        turns = (
            along,
            ("migrant_tenant", {"act": "object", "about": "L002", "terms": rival, "condition": POSTS["en"]}),
        )
        game, state = meeting("en", *turns, workers="company")
        said = doers_said(game, state["ledger"], state["ledger"][-1], state["lines"])
        assert [each.what for each in said] == [what]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_whoever_backs_a_motion_and_cannot_answer_its_condition_yet_has_not_agreed_to_it(lang: Lang) -> None:
    game, state = meeting(lang)
    acts = list(game.speech("property_manager"))
    floor: Floor = {"seat": "property_manager", "why": "named", "acts": acts, "point": "", "phase": "discussion"}
    for answers, what in (({}, "agreed"), ({"L002": "open"}, "awaited")):
        put: State = {**state, "floor": floor}
        answer = {"act": "support", "to": "all", "says": "so", "about": "L002", "takes_on": answers}
        put = apply(put, hear(game, put, make_line(game, put, person_turn(game, put, answer), "person")))
        said = doers_said(game, put["ledger"], put["ledger"][-1], put["lines"])
        assert [each.what for each in said] == [what]
        assert unanswered(game, put["ledger"], "property_manager", STAGE, put["lines"]) == ["L002"] * (what != "agreed")


def test_the_first_of_several_refusals_is_told() -> None:
    text, _ = ballots(*meeting("en", REFUSES, ("migrant_tenant", {"act": "inform"}), REFUSES))
    assert "(L003)" in text.partition("will not do what L002 asks ")[2][:7]


@pytest.mark.parametrize(("lang", "asks", "told"), [
    ("en", "The street signs the day of payment into the contract", "⟧ (promised: L004)"),
    ("zh", "街道在合同里写明哪天付款", "⟧（L004应了）"),
])  # fmt: skip
def test_a_promise_with_a_condition_tells_who_takes_that_on(lang: Lang, asks: str, told: str) -> None:
    counts: tuple[str, dict[str, Any]] = (
        "property_manager", {"act": "promise", "about": "L002", "condition": asks, "promises": "A guard"}
    )  # fmt: skip
    for answer in ("yes", "no"):
        game, state = meeting(lang, counts, answered("street_director", L003=answer))
        floor: Floor = {**state["floor"], "why": "quiet", "phase": "discussion"}  # type: ignore[typeddict-item]
        text = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
        assert (told in text) == (answer == "yes")


def test_whoever_says_no_to_a_clause_and_puts_another_in_its_place_refuses_it_in_all_motions() -> None:
    beside: tuple[str, dict[str, Any]] = (
        "migrant_tenant",
        {"act": "object", "about": "L002", "terms": {"payer": "fees"}},
    )
    instead = "Cao Zhigang reads out at the owners' meeting what head office answers"
    puts = answered(act="support", about="L003", condition=instead, replaces="L002", L002="no")
    game, state = meeting("en", beside, puts)
    assert [item.condition for item in state["ledger"] if item.kind == "proposal"][1:] == [POSTS["en"]] * 2 + [instead]
    for item in (item for item in state["ledger"] if item.condition == POSTS["en"]):
        assert [said.what for said in doers_said(game, state["ledger"], item, state["lines"])] == ["refused"]
    floor: Floor = {**state["floor"], "seat": "self_gov", "why": "quiet", "acts": ["support"], "phase": "discussion"}  # type: ignore[typeddict-item]
    told = overtaken_text(game, seat_view(game, {**state, "floor": floor}, "self_gov"))
    assert told.count("L004") == 1, "its clause is gone, which says enough"
    row = next(row for row in minutes_text(game, STAGE, state["lines"], []).splitlines() if row.startswith("L004"))
    assert row.count(POSTS["en"]) == 1


def test_a_condition_that_somebody_took_on_as_a_whole_is_not_offered_to_be_struck() -> None:
    asks: tuple[str, dict[str, Any]] = (
        "migrant_tenant",
        {
            "act": "support",
            "about": "L002",
            "condition": "the lamp is lit",
            "asked_of": ["property_manager", "landlord"],
        },
    )
    half = answered(promises="it is lit until ten", L003="part")
    for turns, owes in (([asks, half], True), ([asks, half, answered("landlord", L003="yes")], False)):
        game, state = meeting("en", *turns)
        owed = owed_last_word(game, state, "migrant_tenant", state["lines"])
        assert bool(owed and owed.unmet) == owes


@pytest.mark.parametrize(("lang", "lamp"), [("en", "the lamp is lit"), ("zh", "巷口的灯亮着")])
def test_whoever_brought_a_condition_that_is_met_in_part_may_strike_it_in_a_last_word_if_it_has_heard_so(
    lang: Lang, lamp: str
) -> None:
    lit: tuple[str, dict[str, Any]] = ("migrant_tenant", {"act": "support", "about": "L002", "condition": lamp})
    half: dict[str, Any] = {"act": "inform", "takes_on": {"L002": "part"}, "promises": "what came in"}
    game, state = meeting(lang, lit, ("property_manager", half))
    owed = owed_last_word(game, state, "self_gov", state["lines"])
    assert owed is not None
    assert owed.unmet == {("L002", "L004"): ["L003"]}
    aside: Any = [*state["lines"][:-1], {**state["lines"][-1], "visible_to": ["landlord", "property_manager"]}]
    owed = owed_last_word(game, state, "self_gov", aside)
    assert owed is None or not owed.unmet, "what was said to somebody else alone"
    floor = last_word_floor(game, {**state, "floor": None}, state["lines"], len(state["lines"]))
    assert floor is not None
    assert floor["seat"] == "self_gov"
    strikes: Any = {**TURN, "says": "so", "act": "support", "about": "L003", "replaces": "L002"}
    lasts: State = {**state, "floor": floor}
    assert "L002" in turn_messages(game, lasts, floor, None)[-1]["content"].split(lamp)[-1]
    struck = apply(state, hear(game, lasts, make_line(game, lasts, strikes, "model")))
    assert struck["ledger"][-1].condition == lamp
    other: Any = {**strikes, "replaces": "L003"}
    with pytest.raises(InputError):
        make_line(game, lasts, other, "model")
    rival: tuple[str, dict[str, Any]] = ("landlord", {"act": "object", "about": "L003", "terms": {"payer": "fees"}})
    game, state = meeting(lang, lit, rival, ("property_manager", half))
    owed = owed_last_word(game, state, "self_gov", state["lines"])
    assert owed is not None
    assert owed.unmet == {("L002", "L005"): ["L003", "L004"]}, "whichever motion has it"
    lasts = {**state, "floor": floor}
    assert {"en": "L003 or L004", "zh": "L003或L004"}[lang] in turn_messages(game, lasts, floor, None)[-1]["content"]
    strikes = {**strikes, "about": "L004"}
    struck = apply(state, hear(game, lasts, make_line(game, lasts, strikes, "model")))
    assert (struck["ledger"][-1].amends, struck["ledger"][-1].condition) == ("L004", lamp)


def test_a_chair_that_decides_alone_is_asked_for_no_yes_to_what_it_decides_and_minutes_tell_which_was_said() -> None:
    spec = spec_of(scenario="clean_up", governance="command", style="free", stages=(STAGE,), turns=12, lang="en")
    game = Game(spec, LIBRARY)
    state, chair = first_state(game), game.chair
    floor: Floor = {"seat": chair, "why": "quiet", "acts": [], "point": "", "phase": "discussion"}
    demand = {"act": "support", "about": "L001", "condition": f"{game.name(chair)} posts the sums at the gate"}
    for seat, turn in ((chair, {"act": "propose", "terms": {"gate_list": "sums"}}), ("landlord", demand)):
        line: Any = {**TURN, "says": "so", **turn}
        state = {**state, "floor": {**floor, "seat": seat, "acts": list(game.speech(seat))}}
        state = apply(state, hear(game, state, make_line(game, state, line, "model")))
    talks: Floor = {**floor, "acts": list(game.speech(chair))}
    decides: Floor = {**floor, "acts": ["decide"], "phase": "decision"}
    asked = [[*asked_conditions(game, seat_view(game, {**state, "floor": each}, chair))] for each in (talks, decides)]
    assert asked == [["L002"], []]
    yes: Any = {**TURN, "says": "so", "act": "inform", "takes_on": {"L002": "yes"}}
    state = {**state, "floor": talks}
    state = apply(state, hear(game, state, make_line(game, state, yes, "model")))
    condition = f"{demand['condition']}; Wei Lixin opens the gate"
    taken = {**vote({}, terms={"gate_list": "sums"}), "motion": "L004", "by": chair, "condition": condition}
    told = told_vote(game, taken, state["ledger"], state["lines"], ())["condition"]  # type: ignore[arg-type]
    assert f"({game.name(chair)}: yes (L003))" in told
