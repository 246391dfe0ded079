"""On which conditions their doer cannot be counted is told before the vote, and who refused what was carried after."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from sandbox.content.language import Lang
from sandbox.game.doers import doers_said
from sandbox.game.due import fall_due
from sandbox.game.game import Game
from sandbox.game.matters import matter
from sandbox.game.minutes import minutes_text
from sandbox.game.play import play
from sandbox.game.session import Session
from sandbox.game.settled import told_vote
from sandbox.game.spec import SessionSpec
from sandbox.game.state import Floor, State, apply, first_state
from sandbox.game.steps import hear, make_line
from sandbox.game.view import seat_view
from sandbox.record.line import Line, Turn
from sandbox.record.log import Log
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.handout import handout
from sandbox.report.reading import Reading
from sandbox.report.results import card_of
from sandbox.session.offers import motion_texts, overtaken_text
from sandbox.session.prompts import turn_messages
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
    says = "What the spaces bring in I show. What they cost lies with head office, which has not answered."
    brings: tuple[str, dict[str, Any]] = ("property_manager", {"act": "support", "about": "L002", "condition": own})
    adds: tuple[str, dict[str, Any]] = ("migrant_tenant", {"act": "support", "about": "L003", "condition": other})
    for line, refused in (("L003", POSTS["en"]), ("L004", other)):
        refuses: tuple[str, dict[str, Any]] = ("property_manager", {"act": "refuse", "about": line, "says": says})
        _, state = meeting("en", brings, *([adds] if line == "L004" else []), refuses)
        assert state["lines"][-1]["refuses"] == refused


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_ballot_says_who_is_bound_without_a_word_and_a_vote(lang: Lang) -> None:
    for text in ballots(*meeting(lang)):
        assert UNHEARD[lang] in text
    for text in ballots(*meeting(lang, ("property_manager", {"act": "inform"}))):
        assert UNHEARD[lang] not in text


@pytest.mark.parametrize(
    ("lang", "asks", "gives", "pays"),
    [
        ("en", "Whoever does the work sweeps the back stair", "to sweep the back stair", "Whoever pays has a say"),
        ("zh", "谁干活谁把后排楼梯也扫了", "后排楼梯一起扫了", "谁出钱谁说了算"),
    ],
)
def test_whoever_does_the_work_is_asked_before_the_vote_and_its_promise_answers(
    lang: Lang, asks: str, gives: str, pays: str
) -> None:
    asked: tuple[str, dict[str, Any]] = ("migrant_tenant", {"act": "support", "about": "L002", "condition": asks})
    too: tuple[str, dict[str, Any]] = ("grid_master", {"act": "support", "about": "L003", "condition": pays})
    promised: tuple[str, dict[str, Any]] = ("property_manager", {"act": "promise", "about": "L003", "promises": gives})
    for turns, answers in (((), ["awaited"]), ((promised,), ["promised"])):
        game, state = meeting(lang, asked, too, *turns, workers="company", payer="bridge")
        motion = next(item for item in state["ledger"] if item.line == "L004")
        said = [each for each in doers_said(game, state["ledger"], motion, state["lines"]) if each.by != "L002"]
        assert [(each.by, each.seat) for each in said] == [("L003", "property_manager")], "those who pay are many"
        assert [each.what for each in said] == answers
        taken = {**vote({"landlord": True}, terms=dict(motion.terms)), "motion": "L004", "condition": motion.condition}
        told = told_vote(game, taken, state["ledger"], state["lines"])["condition"]  # type: ignore[arg-type]
        yes = {"en": "(Cao Zhigang: yes (L005))", "zh": "（曹志刚：应了（L005））"}[lang]
        assert (yes in told) == bool(turns), "as minutes have it"


ASKED = (
    "房东一年内不因收费、修灯涨租或叫租客搬走",
    "房东先修亮后排楼道灯再收租客的费",
    "街道先出2千换后排楼道线，不够的房东补",
)
REFUSES_TWO = (
    "2千块一出，不够的全叫我补，补多少没个数，还要先交费，这个我不认。租金是我自家的事，水费电费都涨，一年不许动，"
    "谁补我？灯泡开关我应过的照样算，这两条我不签。"
)
ASKED_EN = (
    "the landlord raises no rent for a year",
    "the landlord lights the back stair before any fee",
    "the street pays 2,000 for the wiring first, the landlord what is missing",
)
REFUSES_TWO_EN = (
    "Two thousand, and what is missing for the wiring I pay? The rent is mine, a year without a rise, who pays me? "
    "The switch stands as I said, those two I won't sign."
)


def demands(lang: Lang, *turns: tuple[str, dict[str, Any]]) -> tuple[Game, State]:
    """Return a meeting in which three lines ask something of the landlord, the last of the street too."""
    seats = ("migrant_tenant", "grid_master", "self_gov")
    asks = [
        (seat, {"act": "support", "about": f"L00{number}", "condition": part})
        for number, (seat, part) in enumerate(zip(seats, {"en": ASKED_EN, "zh": ASKED}[lang], strict=True), 2)
    ]
    return meeting(lang, *asks, *turns)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_of_what_is_asked_of_somebody_all_that_its_words_refuse_is_told_and_nothing_else(lang: Lang) -> None:
    says = {"en": REFUSES_TWO_EN, "zh": REFUSES_TWO}[lang]
    gives = {"en": "2,000 for the wiring, from the fund", "zh": "专项经费里先签2千换后排楼道线"}[lang]
    pays = ("street_director", {"act": "promise", "about": "L005", "promises": gives})
    text, _ = ballots(*demands(lang, pays, ("landlord", {"act": "refuse", "about": "L005", "says": says})))
    no, yes = {
        "en": (
            "Cai Yongfu will not do what {} asks (L007)",
            f"Of what L005 asks Wei Lixin promised “⟦{gives}⟧” (L006)",
        ),
        "zh": ("{}要蔡永福办的，蔡永福说了不办（L007）", f"L005要办的，魏立新应的是“⟦{gives}⟧”（L006）"),
    }[lang]
    assert [no.format(line) in text for line in ("L003", "L004", "L005")] == [True, False, True]
    assert yes in text
    waits = {"en": "What L004 asks waits for a word of Cai Yongfu", "zh": "L004要办的，等蔡永福表态"}[lang]
    assert waits in text
    _, state = demands(
        lang, ("landlord", {"act": "refuse", "about": "L001", "says": {"en": "No.", "zh": "不。"}[lang]})
    )
    assert "refuses" not in state["lines"][-1], "no condition of the motion that it is about"


@pytest.mark.parametrize(("lang", "says", "others"), [
    ("en", "I back the sums. The parking account I can't post, head office has not answered.",
     "I back it. The account the owners decide, you won't."),
    ("zh", "收支我赞成。停车费收支那本账，月底贴不贴大门我还是许不了；合同还有三个月。",
     "停车费收支贴不贴大门，你肯不肯贴，我就问这一句。"),
])  # fmt: skip
def test_what_somebody_will_not_do_is_no_silence_where_it_supports_or_votes(lang: Lang, says: str, others: str) -> None:
    for words in (says, others):
        game, state = meeting(lang, ("property_manager", {"act": "support", "about": "L001", "says": words}))
        assert ("refuses" in state["lines"][-1]) == (words == says)
        assert (WILL_NOT[lang] in ballots(game, state)[0]) == (words == says)
    floor: Floor = {**state["floor"], "seat": "property_manager", "acts": ["object"]}  # type: ignore[typeddict-item]
    turn: Any = {**TURN, "act": "object", "says": {"en": f"{POSTS['en']}? I'm against.", "zh": says}[lang]}
    assert make_line(game, {**state, "floor": floor}, turn, "model")["refuses"] == POSTS[lang]


@pytest.mark.parametrize(
    ("lang", "gives", "promised", "limited", "waits"),
    [
        ("en", "the parking account at the gate, until my contract ends", "Cao Zhigang promised what L002 asks (L003)",
         "Of what L002 asks Cao Zhigang promised “{}” (L003)", "What L002 asks waits for a word of Cao Zhigang"),
        ("zh", "合同没到期前，停车费收支我贴大门上", "L002要办的，曹志刚应了（L003）",
         "L002要办的，曹志刚应的是“{}”（L003）", "L002要办的，等曹志刚表态"),
    ],
)  # fmt: skip
def test_a_word_given_is_told_with_its_limit_and_counts_for_no_motion_by_which_somebody_else_has_the_work(
    lang: Lang, gives: str, promised: str, limited: str, waits: str
) -> None:
    bare = {"en": "the parking account at the gate", "zh": "停车费收支贴大门上"}[lang]
    rival = ("migrant_tenant", {"act": "object", "about": "L002", "terms": {"workers": "hired"}})
    for says in (gives, bare):
        word = ("property_manager", {"act": "promise", "about": "L002", "promises": says})
        model, person = ballots(*meeting(lang, word, rival, workers="company"))
        assert (limited.format(f"⟦{says}⟧") in model) == (limited.format(says) in person) == (says == gives)
        assert (promised in model) == (says == bare)
        assert waits in model
    dearer = ("migrant_tenant", {**rival[1], "terms": {"payer": "district"}})
    model, _ = ballots(*meeting(lang, word, dearer, workers="company"))
    assert waits not in model, "who pays is none of his: the same words hold beside both"
    funded = {
        "en": "the parking account at the gate, as long as the top-up comes",
        "zh": "停车费收支贴大门上，区里补的月份都贴",
    }
    word = ("property_manager", {"act": "promise", "about": "L002", "promises": funded[lang]})
    for payer in ("bridge", "street"):
        moved = ("migrant_tenant", {**rival[1], "terms": {"payer": payer}})
        model, _ = ballots(*meeting(lang, word, moved, workers="company", payer="bridge"))
        assert (waits in model) == (payer == "street"), "a word that names the top-up is none to a motion without it"
    # What is only not to be done does not hang on who works.
    leaves, gone = {
        "en": ("Cao Zhigang does not lock the gate and does not charge for keys", "no lock on the gate, no key charge"),
        "zh": ("曹志刚不锁大门、不收门卡押金", "大门不锁，门卡押金不收"),
    }[lang]
    asked = ("landlord", {"act": "support", "about": "L002", "condition": leaves})
    word = ("property_manager", {"act": "promise", "about": "L003", "promises": gone})
    rival = ("migrant_tenant", {"act": "object", "about": "L003", "terms": {"workers": "hired"}})
    model, _ = ballots(*meeting(lang, asked, word, rival, workers="company"))
    assert promised.replace("L003", "L004").replace("L002", "L003") in model


def test_what_hangs_on_ones_own_motion_counts_for_a_rival_only_where_that_has_all_its_options() -> None:
    for say, gives, what in (
        ("seats", f"With the seats, {POSTS['en']}", "against"), ("seats", POSTS["en"], "promised"),
        ("owners", f"With the votes, {POSTS['en']}", "otherwise"),
    ):  # fmt: skip
        own: dict[str, Any] = {"act": "object", "about": "L002", "condition": POSTS["en"], "promises": gives}
        terms = {"gate_list": "sums", "workers": "company", "say": say}
        game, state = meeting("en", ("property_manager", {**own, "terms": terms}), workers="company", say="owners")
        motion = next(item for item in state["ledger"] if item.line == "L002")
        assert [said.what for said in doers_said(game, state["ledger"], motion, state["lines"])] == [what]


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
        Reading(session).decision(taken).sentence,
        to_markdown(handout(session)),
        to_markdown(make_debrief(session, card_of(session, tmp_path))),
    ]
    assert [CARRIED[lang].format(line) in text for text in texts] == [refuses] * 4
    due = fall_due(game, state["ledger"], [taken], game.present(STAGE), state["lines"])
    told = next(matter(game, item) for item in due if item.says == POSTS[lang])
    assert ({"en": "refused by Cao Zhigang before", "zh": "定之前曹志刚说过不办"}[lang] in told) == refuses
    aside = [{**each, "visible_to": ["self_gov"]} if each["id"] == line else each for each in session.lines]
    assert (
        CARRIED[lang].format(line) not in Reading(session.with_lines(cast(list[Line], aside))).decision(taken).sentence
    )


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


@pytest.mark.parametrize(("lang", "says", "willing"), [
    ("en", "Let the owners vote, but the parking account at the gate I can't post.",
     "The owners won't vote for it. I post the parking account at the gate as I said."),
    ("zh", "业主投票可以，停车费收支贴大门我贴不了。", "业主不会投的。停车费收支我照旧贴在大门上。"),
])  # fmt: skip
@pytest.mark.parametrize("before", [False, True])
def test_a_counter_motion_does_not_bind_its_mover_to_what_it_refuses(
    lang: Lang, says: str, willing: str, *, before: bool
) -> None:
    objects: dict[str, Any] = {"act": "object", "about": "L002", "terms": {"gate_list": "paid"}}
    turns = (*([REFUSES] if before else ()), ("property_manager", {**objects, "says": willing if before else says}))
    game, state = meeting(lang, *turns)
    own = state["ledger"][-1]
    assert (own.owner, own.terms, own.condition) == ("property_manager", {"gate_list": "paid"}, "")
    for text in ballots(game, state):
        assert {"en": "Cao Zhigang will not do what L002 asks", "zh": "说了不办（L003）"}[lang] in text
    game, state = meeting(lang, ("property_manager", {**objects, "says": willing}))
    assert state["ledger"][-1].condition == POSTS[lang]
    assert "refuses" not in state["lines"][-1]
    others: tuple[str, dict[str, Any]] = ("migrant_tenant", {**objects, "says": says})
    assert meeting(lang, others)[1]["ledger"][-1].condition == POSTS[lang], "it asks nothing of them"


def test_a_vote_for_a_motion_refuses_nothing_of_it_and_is_not_told_to_who_has_yet_to_vote() -> None:
    asked = "自治小组只收现有那张登记，不叫网格员另报欠费户"
    demand: tuple[str, dict[str, Any]] = ("migrant_tenant", {"act": "support", "about": "L002", "condition": asked})
    says = "我赞成，就为两条：自治小组只收现有那张登记，谁家欠费不叫人另报，人家屋里的话也就上不了纸。"
    game, state = meeting("zh", demand)
    before = ballots(game, state)
    floor: Floor = {"seat": "self_gov", "why": "votes", "acts": ["support"], "point": "", "phase": "decision"}
    line: Any = {**TURN, "says": says, "act": "support", "about": "L003"}
    voting = {**state, "floor": floor}
    voted = apply(state, hear(game, state, make_line(game, cast(State, voting), line, "model")))
    assert voted["lines"][-1]["vote"]
    assert not voted["lines"][-1].get("refuses")
    assert ballots(game, {**voted, "floor": state["floor"]}) == before


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
    assert no in told_vote(game, taken, state["ledger"], state["lines"])["condition"]  # type: ignore[arg-type]
    assert amends in minutes_text(game, STAGE, state["lines"], [])
    gives: dict[str, Any] = {"act": "promise", "about": "L003", "promises": POSTS[lang]}
    model, _ = ballots(*meeting(lang, lit, strikes, *against, rival, ("property_manager", gives)))
    assert told not in model, "what it promises of it is told in its place"


@pytest.mark.parametrize(("lang", "own", "gives", "texts"), [
    ("en", "Cao Zhigang pays for the lamp on the back stair", "the lamp on the back stair",
     ("Cao Zhigang agrees to what L002 asks.", "Cao Zhigang promised what L003 asks (L003).",
      "Cao Zhigang, who is to do what L002 asks, is against (L003).")),
    ("zh", "物业装好后排楼道灯泡", "装好后排楼道灯泡",
     ("L002要办的，曹志刚认了。", "L003要办的，曹志刚应了（L003）。", "L002要办的，曹志刚反对（L003）。")),
])  # fmt: skip
def test_before_the_vote_it_is_told_who_goes_along_who_promised_its_own_clause_and_who_objects(
    lang: Lang, own: str, gives: str, texts: tuple[str, str, str]
) -> None:
    waits = {"en": "waits for a word of Cao Zhigang", "zh": "等曹志刚表态"}[lang]
    brings = {"act": "support", "about": "L002", "condition": own, "promises": gives}
    for turns, told in (
        (({"act": "support", "about": "L002"},), texts[:1]), ((brings,), texts[:2]),
        (({"act": "object", "about": "L002"},), texts[2:]), (({"act": "inform"},), (waits,)),
    ):  # fmt: skip
        text, _ = ballots(*meeting(lang, *(("property_manager", turn) for turn in turns)))
        assert [each in text for each in (*texts, waits)] == [each in told for each in (*texts, waits)]


@pytest.mark.parametrize(("lang", "other", "speaks", "half", "texts"), [
    ("en", "a guard until ten", "The parking account, at the gate: yes.",
     "What the parked cars bring in I post by the month, not what is spent of it",
     ("Cao Zhigang agrees to what L002 asks.", "What L002 asks waits for a word of Cao Zhigang.",
      "Of what L002 asks Cao Zhigang promised “⟦{}⟧” (L003)")),
    ("zh", "派人守到晚上十点", "停车费收支那本账，贴大门，行。",
     "停车一个月进来多少钱，物业按月收齐了报给小组",
     ("L002要办的，曹志刚认了。", "L002要办的，等曹志刚表态。", "L002要办的，曹志刚应的是“⟦{}⟧”（L003）")),
])  # fmt: skip
def test_a_promise_of_something_else_agrees_to_no_condition_and_support_with_half_of_it_only_to_that(
    lang: Lang, other: str, speaks: str, half: str, texts: tuple[str, str, str]
) -> None:
    texts = (*texts[:2], texts[2].format(half))
    gives = {"act": "promise", "about": "L002", "terms": {"workers": "company"}, "promises": other}
    by_half = {"act": "support", "about": "L002", "promises": half}
    for turn, told in ((gives, texts[1]), ({**gives, "says": speaks}, texts[0]), (by_half, texts[2])):
        game, state = meeting(lang, ("property_manager", turn), workers="company")
        model, _ = ballots(game, state)
        assert [each in model for each in texts] == [each == told for each in texts]
        assert "property_manager" in state["ledger"][1].supporters, "as the table has it"


def test_a_condition_agreed_to_under_one_motion_is_under_a_rival_by_which_the_same_do_and_pay_for_it() -> None:
    for rival, what in (({"gate_list": "paid"}, "agreed"), ({"workers": "hired"}, "awaited")):
        turns = (
            ("property_manager", {"act": "support", "about": "L002"}),
            ("migrant_tenant", {"act": "object", "about": "L002", "terms": rival, "condition": POSTS["en"]}),
        )
        game, state = meeting("en", *turns, workers="company")
        said = doers_said(game, state["ledger"], state["ledger"][-1], state["lines"])
        assert [each.what for each in said] == [what]


def test_the_first_of_several_refusals_is_told() -> None:
    text, _ = ballots(*meeting("en", REFUSES, ("migrant_tenant", {"act": "inform"}), REFUSES))
    assert "(L003)" in text.partition("will not do what L002 asks ")[2][:7]


@pytest.mark.parametrize(("lang", "asks", "gives", "told"), [
    ("en", "The street signs the day of payment into the contract", "The contract has the day of payment, I sign that",
     "⟧ (promised: L004)"),
    ("zh", "街道在合同里写明哪天付款", "哪天付款在合同里写明，我签", "⟧（L004应了）"),
])  # fmt: skip
def test_a_promise_with_a_condition_tells_who_has_promised_that(lang: Lang, asks: str, gives: str, told: str) -> None:
    counts: tuple[str, dict[str, Any]] = (
        "property_manager",
        {"act": "promise", "about": "L002", "condition": asks, "promises": {"en": "A guard", "zh": "派保安"}[lang]},
    )
    for seat in ("street_director", "self_gov"):
        game, state = meeting(lang, counts, (seat, {"act": "promise", "about": "L003", "promises": gives}))
        floor: Floor = {**state["floor"], "why": "quiet", "phase": "discussion"}  # type: ignore[typeddict-item]
        text = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
        assert (told in text) == (seat == "street_director")


WRITING: dict[Lang, str] = {
    "en": "Cao Zhigang names in writing which posts the 80,000 pays for",
    "zh": "物业书面写明8万先付哪几个岗",
}


@pytest.mark.parametrize(("lang", "says", "promises"), [
    ("en", "You get it in writing: the gate first, as many posts as 80,000 pays for and not one I can't pay for. "
     "Nobody has a yuan for the rest, and I sign nothing that comes without money.",
     "I name in writing by the end of the month which posts the 80,000 pays for"),
    ("zh", "这一份我认：书面写明8万先付大门那两个岗，写清楚了我才敢签。多一个岗8万也付不了。", "月底写好岗位，我签字"),
])  # fmt: skip
@pytest.mark.parametrize("act", ["support", "promise"])
def test_whoever_stands_behind_a_motion_refuses_nothing_that_it_leaves_in_it(
    lang: Lang, says: str, promises: str, act: str
) -> None:
    demand: tuple[str, dict[str, Any]] = (
        "migrant_tenant",
        {"act": "support", "about": "L002", "condition": WRITING[lang]},
    )
    yes = {"act": act, "about": "L003", "says": says, "promises": promises}
    for before in ((), ({"act": "refuse", "about": "L003"},)):
        turns = [("property_manager", turn) for turn in (*before, yes)]
        game, state = meeting(lang, demand, *turns)
        assert "refuses" not in state["lines"][-1]
        for text in ballots(game, state):
            assert {"en": "will not do what L003", "zh": "L003要曹志刚办的，曹志刚说了不办"}[lang] not in text


def test_whoever_says_no_to_a_clause_and_puts_another_in_its_place_refuses_it_in_all_motions() -> None:
    beside: tuple[str, dict[str, Any]] = (
        "migrant_tenant",
        {"act": "object", "about": "L002", "terms": {"payer": "fees"}},
    )
    instead = "Cao Zhigang reads out at the owners' meeting what head office answers"
    says = "That account isn't mine to post, so I say no to that clause of yours and put mine in its place."
    turn = {"act": "support", "about": "L003", "condition": instead, "replaces": "L002", "says": says}
    game, state = meeting("en", beside, ("property_manager", turn))
    assert [item.condition for item in state["ledger"] if item.kind == "proposal"][1:] == [POSTS["en"]] * 2 + [instead]
    for item in (item for item in state["ledger"] if item.condition == POSTS["en"]):
        assert [said.what for said in doers_said(game, state["ledger"], item, state["lines"])] == ["refused"]
    floor: Floor = {**state["floor"], "seat": "self_gov", "why": "quiet", "acts": ["support"], "phase": "discussion"}  # type: ignore[typeddict-item]
    told = overtaken_text(game, seat_view(game, {**state, "floor": floor}, "self_gov"))
    assert told.count("L004") == 1, "its clause is gone, which says enough"
    row = next(row for row in minutes_text(game, STAGE, state["lines"], []).splitlines() if row.startswith("L004"))
    assert row.count(POSTS["en"]) == 1
