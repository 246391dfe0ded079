"""What lies on the table and is promised, as whoever speaks freely, or is asked for a pulse, is told it."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any, cast

import pytest

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.minutes.minutes import minutes_text
from sandbox.game.state import Floor, Minutes, State, apply, first_state
from sandbox.game.steps import close_stage, hear, make_line
from sandbox.game.view import seat_view
from sandbox.llm.calls import Call, Reply
from sandbox.llm.gateway import Gateway
from sandbox.llm.usage import Usage
from sandbox.record.line import Line
from sandbox.record.log import Log
from sandbox.session.context import SessionContext
from sandbox.session.prompts import turn_messages
from sandbox.session.pulses import lines_concerning
from sandbox.session.runner import Watch
from sandbox.session.schema import turn_schema
from sandbox.session.turns import speak_turn
from tests.game.making import LIBRARY, TURN, decision, namesakes, said
from tests.session.support import FREE, spec_of

STAGE = "public_engagement"
TERMS = {"provider": "social_organisation"}


def floor_of(game: Game, seat: str) -> Floor:
    return {"seat": seat, "why": "quiet", "acts": list(game.speech(seat)), "point": "", "phase": "discussion"}


def meeting(*turns: tuple[str, dict[str, Any]], lang: Lang = "en") -> tuple[Game, State]:
    game = Game(spec_of(style="free", stages=(STAGE,), turns=40, lang=lang), LIBRARY)
    state = first_state(game)
    for number, (seat, turn) in enumerate(turns):
        state = {**state, "floor": floor_of(game, seat)}
        line: Any = {**TURN, "says": f"line {number}", **turn}
        state = apply(state, hear(game, state, make_line(game, state, line, "model")))
    return game, state


def prompt(game: Game, state: State, seat: str = "mayor") -> str:
    floor = floor_of(game, seat)
    return turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]


@pytest.mark.parametrize(
    ("lang", "told"),
    [("en", "and terms for what is open settle that as well."), ("zh", "没定的写上terms就一并定下；")],
)
def test_that_terms_settle_what_a_motion_leaves_open_is_told_as_long_as_it_leaves_something(
    lang: Lang, told: str
) -> None:
    game = meeting(lang=lang)[0]
    whole = {key: next(iter(options)) for key, options in game.offered.items()}
    for terms, leaves in ((TERMS, True), (whole, False)):
        text = prompt(*meeting(("teacher_volunteer", {"act": "propose", "terms": terms}), lang=lang))
        assert (told in text) is leaves


@pytest.mark.parametrize(
    ("lang", "earlier"),
    [
        ("en", "has yet to say so of what was added: ngo_director."),
        ("zh", "原来赞成、对新加的还没表态：ngo_director。"),
    ],
)
def test_whoever_supported_an_earlier_version_alone_does_not_back_what_it_grew_into(lang: Lang, earlier: str) -> None:
    light = {"en": "the organisation pays the light", "zh": "社会组织交电费"}[lang]
    text = prompt(*meeting(
        ("teacher_volunteer", {"act": "propose", "terms": TERMS}),
        ("ngo_director", {"act": "support", "about": "L001"}),
        ("grid_master", {"act": "support", "about": "L001", "condition": light}),
        ("local_parent", {"act": "support", "about": "L003"}),
        lang=lang,
    ))  # fmt: skip
    told = next(row for row in text.splitlines() if row.startswith("- L003"))
    assert earlier in told, "it is to pay"
    for_it = {
        "en": "For it: local_parent L004, teacher_volunteer L001.",
        "zh": "赞成：local_parent L004、teacher_volunteer L001。",
    }
    assert for_it[lang] in told


@pytest.mark.parametrize(
    ("lang", "struck", "sides", "unsettled"),
    [
        (
            "en", "L005 by local_parent, who puts L003 without what L003 asks (promised of it: L004)",
            ("For it: local_parent L005, teacher_volunteer L001.", "Against: village_cadre L002."),
            "; open: “Which children may come?”, “On what terms does the class get the village hall?”, “Who pays?”.",
        ),
        (
            "zh", "L005，local_parent，把L003里L003要的划掉了（应下的见L004）",
            ("赞成：local_parent L005、teacher_volunteer L001。", "反对：village_cadre L002。"),
            "；没定：“哪些孩子可以来？”“村里的礼堂，怎么给课后班用？”“谁出钱？”。",
        ),
    ],
)  # fmt: skip
def test_who_only_strikes_a_clause_is_told_as_such_and_what_a_motion_leaves_open_lies_with_it(
    lang: Lang, struck: str, sides: tuple[str, str], unsettled: str
) -> None:
    lit, duty = {"en": ("the hall is lit", "Chen Guodong keeps the key"), "zh": ("屋里有灯", "陈国栋保管钥匙")}[lang]
    game, state = meeting(
        ("teacher_volunteer", {"act": "propose", "terms": TERMS, "condition": lit}),
        ("village_cadre", {"act": "object", "about": "L001"}),
        ("local_parent", {"act": "support", "about": "L001", "condition": duty}),
        ("grid_master", {"act": "promise", "about": "L003", "promises": "8", "takes_on": {"L003": "part"}}),
        ("local_parent", {"act": "support", "about": "L003", "replaces": "L003"}),
        ("village_cadre", {"act": "promise", "about": "L005", "promises": "9"}),
        lang=lang,
    )
    told = next(row for row in prompt(game, state).splitlines() if row.startswith("- L005"))
    assert [text for text in (struck, *sides, unsettled) if text not in told] == [], told
    floor: Floor = {
        **floor_of(game, "local_parent"),
        "why": "votes",
        "acts": ["support", "object"],
        "phase": "decision",
    }
    asked = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
    assert struck in asked
    assert {"en": "your own motion", "zh": "你自己的提案"}[lang] not in asked


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_amendment_carries_along_whom_it_does_not_touch_and_whoever_objects(lang: Lang) -> None:
    def row(number: int, *turns: tuple[str, dict[str, Any]]) -> str:
        return next(row for row in prompt(*meeting(*turns, lang=lang)).splitlines() if row.startswith(f"- L00{number}"))

    waits, opposed = {"en": ("added: ", "Against: "), "zh": ("还没表态：", "反对：")}[lang]
    said: list[tuple[str, dict[str, Any]]] = [
        ("mayor", {"act": "propose", "terms": TERMS}),
        ("migrant_tenant", {"act": "support", "about": "L001"}),
        ("migrant_tenant", {"act": "ask", "about": "L001", "to": "mayor"}),
        ("grid_master", {"act": "object", "about": "L001"}),
    ]
    told = row(1, *said)
    assert "migrant_tenant L002" in told, "a question is no stand"
    told = row(5, *said, ("ngo_director", {"act": "support", "about": "L001", "terms": {"payer": "parents"}}))
    assert "migrant_tenant" in told.partition(waits)[2], "it is to pay"
    assert "grid_master L004" in told.partition(opposed)[2]
    duty = {"en": "Chen Guodong keeps the key", "zh": "陈国栋保管钥匙"}[lang]
    said.append(("ngo_director", {"act": "support", "about": "L001", "condition": duty}))
    assert "grid_master L004" in row(5, *said).partition(opposed)[2], "one more duty does not win him over"
    said += [
        ("local_parent", {"act": "support", "about": "L005", "condition": "7"}),
        ("teacher_volunteer", {"act": "propose", "terms": {"provider": "street_staff"}}),
        ("ngo_director", {"act": "support", "about": "L007"}),
    ]
    assert "ngo_director" not in row(6, *said).partition(waits)[2], "who has gone over has said so"


@pytest.mark.parametrize(
    ("lang", "told", "since"),
    [
        ("en", "who puts L001 again as it was", re.compile("L00. by [^.]*amends (?:your )?(?:motion )?L001")),
        ("zh", "照原样再提L001", re.compile("L00.（...）改了提案L001")),
    ],
)
def test_a_motion_of_an_earlier_stage_that_is_backed_as_it_was_is_not_amended(
    lang: Lang, told: str, since: re.Pattern[str]
) -> None:
    game = Game(spec_of(style="free", stages=("learning_tour", STAGE), turns=40, lang=lang), LIBRARY)
    state = first_state(game)
    turns: list[tuple[int, str, dict[str, Any]]] = [
        (0, "ngo_director", {"act": "propose", "terms": TERMS}),
        (1, "mayor", {"act": "support", "about": "L001"}),
        (1, "grid_master", {"act": "support", "about": "L002", "condition": "open until 7"}),
    ]
    for stage, seat, turn in turns:
        state = {**state, "stage": stage, "floor": floor_of(game, seat)}
        line: Any = {**TURN, **turn}
        state = apply(state, hear(game, state, make_line(game, state, line, "model")))
        if len(state["lines"]) == 2:
            text = prompt(game, state, "ngo_director")
            assert told in text
            assert not since.search(text)
    assert [text[:4] for text in since.findall(prompt(game, state, "ngo_director"))] == ["L003"]


@pytest.mark.parametrize(("lang", "says", "waits"), [
    ("en", "Who holds the key after six?", "local_parent asked you and waits for an answer"),
    ("zh", "六点以后钥匙归谁？", "local_parent问了你，在等回答"),
])  # fmt: skip
def test_whoever_votes_is_asked_for_a_vote_and_for_no_answer(lang: Lang, says: str, waits: str) -> None:
    game, state = meeting(
        ("teacher_volunteer", {"act": "propose", "terms": TERMS}),
        ("local_parent", {"act": "ask", "to": "mayor", "says": says}),
        lang=lang,
    )
    assert waits in prompt(game, state)
    floor: Floor = {**floor_of(game, "mayor"), "why": "votes", "acts": ["support", "object"], "phase": "decision"}
    assert waits not in turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_another_option_puts_a_motion_beside_and_the_prompt_says_so(lang: Lang) -> None:
    text = prompt(*meeting(
        ("teacher_volunteer", {"act": "propose", "terms": TERMS}),
        ("mayor", {"act": "support", "about": "L001", "terms": {"provider": "street_staff"}}),
        ("grid_master", {"act": "support", "about": "L002", "terms": {"hall": "committee_key"}}),
        lang=lang,
    ))  # fmt: skip
    assert [row[:6] for row in text.splitlines() if row.startswith("- L0")] == ["- L003", "- L001"], (
        "as they come to the vote"
    )
    assert ("Another option, or an objection" if lang == "en" else "写了别的选项") in text


@pytest.mark.parametrize(("lang", "more"), [("en", "Promises not taken back (3 more)"), ("zh", "（另有3条）")])
def test_how_many_promises_stand_beside_the_latest_is_told(lang: Lang, more: str) -> None:
    promised = [("mayor", {"act": "promise", "promises": f"task {number} is mine"}) for number in range(15)]
    to_me = ("mayor", {"act": "promise", "to": "ngo_director", "promises": "a room for He Wan"})
    text = prompt(*meeting(promised[0], to_me, *promised[1:], lang=lang), "ngo_director")
    head = "Promises not taken back" if lang == "en" else "没收回的承诺"
    assert text.partition(head)[2].index("L002") < text.partition(head)[2].index("L005"), "that to the reader first"
    assert more in prompt(*meeting(*promised, lang=lang), "ngo_director")
    assert more not in prompt(*meeting(*promised[:12], lang=lang), "ngo_director")
    assert more not in prompt(*meeting(*promised, lang=lang)), "whoever made them is told them all"


def test_what_the_host_of_a_tour_promised_or_was_promised_stays_with_the_tour() -> None:
    for_both = {"act": "inform", "promises": "the hall in May", "promised_to": ["local_parent", "migrant_tenant"]}
    game, state = meeting(*[("mayor", for_both)] * 3)
    game = Game(game.spec.model_copy(update={"stages": ("learning_tour", "public_engagement")}), LIBRARY)
    of_tour: dict[str, dict[str, Any]] = {"L002": {"owner": "site_host"}, "L003": {"promised_to": ("site_host",)}}
    items = tuple(item.altered(**of_tour.get(item.line, {})) for item in state["ledger"])
    text = prompt(game, {**state, "stage": 1, "lines": [], "ledger": items}, "ngo_director")
    assert "Promises not taken back: L001 mayor (for local_parent, migrant_tenant) ⟦the hall in May⟧." in text


@pytest.mark.parametrize(
    ("lang", "seat", "says", "told"),
    [
        ("en", "ngo_director", "I agree. He Wan counts that.", "… He Wan counts that."),
        ("zh", "village_cadre", "我同意。这件事黄书记牵头。", "… 这件事黄书记牵头。"),
    ],
)
def test_what_is_said_to_all_is_said_to_whom_it_names(lang: Lang, seat: str, says: str, told: str) -> None:
    game, state = meeting(
        (seat, {"act": "inform"}),
        ("mayor", {"act": "answer", "says": says}),
        ("mayor", {"act": "answer", "says": "…"}),
        lang=lang,
    )
    lines = lines_concerning(game, state, seat, STAGE)
    assert [(line["id"], line["says"]) for line in lines] == [("L001", "line 0"), ("L002", told)]


@pytest.mark.parametrize(
    ("lang", "says", "told"),
    [
        ("en", "The list is yours. He Wan bears the loss.", "… He Wan bears the loss."),
        ("zh", "名单归你。亏的何婉来担。", "… 亏的何婉来担。"),
    ],
)
def test_a_pulse_tells_what_is_said_of_a_seat_to_somebody_else(lang: Lang, says: str, told: str) -> None:
    game, state = meeting(
        ("mayor", {"act": "inform", "to": "grid_master", "says": says}),
        ("mayor", {"act": "inform", "to": "grid_master", "says": "…"}),
        *(("ngo_director", {"act": "inform"}) for _ in range(11)),
        lang=lang,
    )
    lines = lines_concerning(game, state, "ngo_director", STAGE)
    assert [(line["id"], line["says"]) for line in lines][:2] == [("L001", told), ("L003", "line 2")]
    more = apply(state, hear(game, state, {**state["lines"][-1], "id": "L014"}))
    assert "L001" not in [line["id"] for line in lines_concerning(game, more, "ngo_director", STAGE)], "own lines first"


def test_a_pulse_tells_what_was_done_with_a_line_of_its_seat_whomever_that_is_said_to() -> None:
    game, state = meeting(
        ("ngo_director", {"act": "inform", "says": "Who cannot walk far stays at home."}),
        ("mayor", {"act": "answer", "to": "grid_master", "about": "L001", "says": "That goes into the plan."}),
        ("mayor", {"act": "inform", "to": "grid_master", "says": "…"}),
    )
    assert [line["id"] for line in lines_concerning(game, state, "ngo_director", STAGE)] == ["L001", "L002"]
    game, state = meeting(
        ("mayor", {"act": "propose", "terms": {"payer": "district"}}),
        ("ngo_director", {"act": "support", "about": "L001", "condition": "the list hangs on the door"}),
        ("local_parent", {"act": "support", "about": "L002", "condition": "the lamp is lit"}),
        ("mayor", {"act": "support", "about": "L003", "condition": "no list hangs on any door", "replaces": "L002"}),
        *(("mayor", {"act": "inform", "to": "grid_master", "says": "…"}) for _ in range(5)),
        ("ngo_director", {"act": "support", "about": "L004", "says": "I take it, for this year alone."}),
        *(("mayor", {"act": "promise", "promises": f"broom {number}"}) for number in range(6)),
    )
    assert "L004" in [line["id"] for line in lines_concerning(game, state, "ngo_director", STAGE)], "it strikes its own"
    assert "for this year alone" in minutes_text(game, STAGE, state["lines"], [])


def test_who_shows_a_place_writes_out_what_it_promises_and_puts_nothing_on_the_table() -> None:
    spec = spec_of(governance="joint_production", stages=("learning_tour",), turns=11)
    game = Game(spec, LIBRARY)
    floor = floor_of(game, "site_host")
    properties = turn_schema(game, {**first_state(game), "floor": floor}, floor, None)["properties"]
    assert "promises" in properties
    assert not {"terms", "condition", "replaces"} & {*properties}


def test_a_pulse_tells_the_line_that_struck_a_condition_of_its_seat() -> None:
    game, state = meeting(
        ("teacher_volunteer", {"act": "propose", "terms": TERMS}),
        ("ngo_director", {"act": "support", "to": "mayor", "about": "L001", "condition": "from May"}),
        (
            "mayor",
            {"act": "support", "to": "grid_master", "about": "L002", "replaces": "L002", "condition": "from June"},
        ),
    )
    assert "L003" in [line["id"] for line in lines_concerning(game, state, "ngo_director", STAGE)]
    assert "L003" not in [line["id"] for line in lines_concerning(game, state, "local_parent", STAGE)]


@pytest.mark.parametrize(
    ("lang", "queried", "forbidden"), [("en", "one question (", "against the rules"), ("zh", "先问一句（", "不合规则")]
)
def test_a_query_is_no_breach_of_the_rules_and_the_same_answer_counts(lang: Lang, queried: str, forbidden: str) -> None:
    game, state = meeting(("teacher_volunteer", {"act": "propose", "terms": TERMS}), lang=lang)
    state = {**state, "floor": floor_of(game, "mayor")}
    says, condition = {
        "en": ("So be it.", "open until 8; a sitter past 8"),
        "zh": ("那就这样。", "开到八点；过后有人看"),
    }[lang]
    answer = {"act": "support", "to": "all", "says": says, "about": "L001", "condition": condition}
    model = _Answers(answer, answer)
    context = SessionContext(game, Log(), cast(Gateway, model), None, FREE, Watch())
    line, _ = asyncio.run(speak_turn(context, state))
    assert queried in model.asked[1]
    assert forbidden not in model.asked[1]
    assert line["condition"] == condition


def test_what_takes_the_place_of_a_condition_is_explained_once_there_is_one() -> None:
    put = ("teacher_volunteer", {"act": "propose", "terms": TERMS})
    assert "replaces names the line" not in prompt(*meeting(put))
    held = ("grid_master", {"act": "support", "about": "L001", "condition": "from May"})
    assert "replaces names the line" in prompt(*meeting(put, held))


def test_a_guest_of_the_same_surname_is_not_taken_for_a_seat() -> None:
    spec = spec_of(scenario="clean_up", governance="three_social_interaction", stages=("learning_tour",), turns=11)
    game = namesakes(Game(spec, LIBRARY))
    state: State = {**first_state(game), "floor": floor_of(game, "landlord")}
    turn: Any = {**TURN, "act": "ask", "to": "site_host", "says": "Director Qiu, who pays?"}
    state = apply(state, hear(game, state, make_line(game, state, turn, "model")))
    assert not lines_concerning(game, state, "self_gov", "learning_tour")
    assert lines_concerning(game, state, "site_host", "learning_tour")
    state = {**state, "floor": floor_of(game, "street_director")}
    for says, told in (("Lao Qiu saved face just now.", []), (f"{game.name('self_gov')} did.", ["street_director"])):
        turn = {**TURN, "act": "inform", "to": "landlord", "says": says}
        now = apply(state, hear(game, state, make_line(game, state, turn, "model")))
        assert [line["seat"] for line in lines_concerning(game, now, "self_gov", "learning_tour")] == told, (
            "by all of it"
        )


def test_minutes_tell_which_line_brought_which_condition() -> None:
    game, state = meeting(
        ("teacher_volunteer", {"act": "propose", "terms": TERMS, "condition": "the district insures"}),
        ("grid_master", {"act": "support", "about": "L001", "condition": "the organisation pays the light"}),
    )
    decision: Any = {
        "id": "D", "stage": STAGE, "motion": "L002", "procedure": "majority", "by": "body",
        "votes": {"mayor": True, "ngo_director": True}, "abstained": [], "vetoed_by": [], "carried": True,
        "terms": TERMS, "unbound": {}, "payer": [], "budget": [],
        "payer_agreed": True, "fallen": [], "condition": state["lines"][1]["condition"],
    }  # fmt: skip
    text = minutes_text(game, STAGE, state["lines"], [decision])
    assert "On condition: L001 the district insures; L002 the organisation pays the light" in text
    assert "supported it (on condition: those of L001, and: the organisation pays the light)" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("aside", [False, True])
def test_who_is_asked_about_a_motion_that_was_put_where_they_were_not_is_shown_it(lang: Lang, aside: bool) -> None:
    spec = spec_of(governance="command", style="free", stages=("application", STAGE), turns=40, lang=lang)
    game = Game(spec, LIBRARY)
    state = first_state(game)

    def said(seat: str, **turn: Any) -> State:
        at: State = {**state, "floor": floor_of(game, seat)}
        made = make_line(game, at, {**TURN, **turn}, "model")  # type: ignore[typeddict-item]
        return apply(state, hear(game, state, made))

    asked = {"to": "grid_master", "aside": True} if aside else {}
    state = said("mayor", act="propose", terms=TERMS, condition="the hall is lit", **asked)
    assert "migrant_tenant" not in state["lines"][0]["visible_to"]
    state = apply(state, {"stage": 1})
    state = said("mayor", act="ask", about="L001", to="migrant_tenant", says="What do you say to it?")
    option = game.in_words(TERMS)[0][1]
    told = {"en": "L001, of which they speak, was put where you were not", "zh": "他们说的L001是你不在场时"}[lang]
    mine, others = prompt(game, state, "migrant_tenant"), prompt(game, state, "grid_master")
    rows = [row for row in mine.splitlines() if row.startswith(told)]
    assert bool(rows) != aside
    assert all(option in row and "the hall is lit" in row for row in rows)
    assert told not in others, "who heard it has it on the table"


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("moved", [False, True])
def test_whoever_decides_alone_hears_how_to_take_over_a_motion_where_there_is_one(lang: Lang, moved: bool) -> None:
    game = Game(spec_of(governance="command", style="free", stages=(STAGE,), lang=lang), LIBRARY)
    floor = floor_of(game, "mayor")
    state: State = {**first_state(game), "floor": floor}
    if moved:
        motion: Any = {**TURN, "act": "propose", "terms": TERMS}
        state = apply(state, hear(game, state, make_line(game, state, motion, "model")))
    deciding: Any = {**floor, "phase": "decision", "acts": ["decide"]}
    asked = turn_messages(game, {**state, "floor": deciding}, deciding, None)[-1]["content"]
    how = {"en": "about names the motion that you take over", "zh": "照哪个提案定，about就写哪个"}[lang]
    assert (how in asked) == moved


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_motion_that_is_like_another_is_told_whole(lang: Lang) -> None:
    first = {"provider": "social_organisation", "hall": "committee_key", "payer": "shared"}
    rival: dict[str, Any] = {"act": "object", "about": "L001", "terms": {"hall": "rented"}}
    other: dict[str, Any] = {"act": "propose", "terms": {"provider": "street_staff", "hall": "parents_key"}}
    game, state = meeting(
        ("teacher_volunteer", {"act": "propose", "terms": first}),
        ("local_parent", rival),
        ("ngo_director", other),
        ("grid_master", {"act": "support", "about": "L001"}),
        ("migrant_tenant", {"act": "support", "about": "L001"}),
        ("village_cadre", {"act": "support", "about": "L002"}),
        lang=lang,
    )
    text = prompt(game, state)
    rows = {row[2:6]: row for row in text.splitlines() if row.startswith("- L0")}
    organisation = game.scenario.decision_by_id["provider"].options["social_organisation"].get(lang)[:8]
    rent = game.scenario.decision_by_id["hall"].options["rented"].get(lang)
    assert organisation in rows["L001"]
    assert organisation in rows["L002"]
    assert rent in rows["L002"]
    assert "local_parent L002" in rows["L001"]
    assert "teacher_volunteer" not in rows["L002"], "it has not spoken since"
    floor: Floor = {**floor_of(game, "mayor"), "why": "votes", "acts": ["support", "object"], "phase": "decision"}
    told = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"].splitlines()
    put = next(place for place, row in enumerate(told) if "L001" in row and organisation in row)
    assert organisation in told[put + 1], "if that is rejected"
    assert rent in told[put + 1]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_minutes_tell_support_that_names_what_the_motion_has_as_support(lang: Lang) -> None:
    terms = {"provider": "social_organisation", "hall": "committee_key"}
    for named, counter in (({"hall": "committee_key"}, False), ({"hall": "rented"}, True)):
        game, state = meeting(
            ("teacher_volunteer", {"act": "propose", "terms": terms, "condition": "A."}),
            ("local_parent", {"act": "support", "about": "L001", "terms": named, "condition": "B."}),
            lang=lang,
        )
        taken: Any = {**decision(terms, about="L002"), "condition": "A.; B." if lang == "en" else "A.；B."}
        text = minutes_text(game, STAGE, state["lines"], [taken])
        row = next(row for row in text.splitlines() if row.startswith("L002"))
        assert ({"en": "made a counter-offer", "zh": "另提办法"}[lang] in row) == counter
        option = game.scenario.decision_by_id["hall"].options["committee_key"].get(lang)
        assert option not in row


def test_minutes_do_not_list_with_a_line_what_they_list_with_the_vote() -> None:
    demands = [("mayor", "A light is put up"), ("grid_master", "A lock is bought"), ("local_parent", "A key is cut")]
    turns: list[Any] = [("teacher_volunteer", {"act": "propose", "terms": TERMS})]
    for place, (seat, demand) in enumerate(demands, 1):
        turns.append((seat, {"act": "support", "about": f"L{place:03d}", "condition": demand}))
    turns += [(seat, {"act": "promise", "promises": f"{seat} comes"}) for seat, _ in demands * 3]
    game, state = meeting(*turns)
    motion = state["lines"][len(demands)]
    for carried in (True, False):
        taken: Any = {**decision(TERMS, carried, motion["id"]), "condition": motion["condition"]}
        text = minutes_text(game, STAGE, state["lines"], [taken])
        assert "\nL003" in text, "what an amendment is about is told with it"
        assert "Zheng Hui supported it" in text
        assert text.count("A key is cut") == 1 + carried
        assert text.count("A light is put up") == 1 + carried, "with the line that brought it, and with the vote"


@pytest.mark.parametrize(
    ("governance", "told"),
    [
        ("three_social_interaction", "In Public engagement only local_parent, Luo Mei, teacher_volunteer vote."),
        ("one_core_multiple_actors", "In Public engagement all vote but mayor."),
        ("command", "In Public engagement mayor decides."),
    ],
)
def test_who_votes_is_known_from_the_first_stage(governance: str, told: str) -> None:
    game = Game(spec_of(style="free", governance=governance, stages=("training", STAGE)), LIBRARY)
    state = first_state(game)
    assert told in prompt(game, state).splitlines()
    assert told not in prompt(game, {**state, "stage": 1})


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("act", ["support", "object"])
def test_what_grows_out_of_a_motion_made_elsewhere_is_on_the_table_of_whoever_hears_it(lang: Lang, act: str) -> None:
    spec = spec_of(
        scenario="plant_gate", governance="government_community_interaction", stages=("application", "learning_tour"),
        turns=20, lang=lang,
    )  # fmt: skip
    game = Game(spec, LIBRARY)
    state = first_state(game)
    terms = {"payer": "shared", "stay": "day_one"}
    turns: list[tuple[int, str, dict[str, Any]]] = [
        (0, "self_gov", {"act": "propose", "terms": {"payer": "shared"}}),
        (0, "employer", {"act": "support", "about": "L001"}),
        (1, "community_secretary", {"act": act, "about": "L001", "terms": {"stay": "day_one"}}),
        *((1, "grid_master", {"act": "answer", "says": f"Line {number}."}) for number in range(5)),
    ]
    for place, seat, turn in turns:
        state = {**state, "stage": place, "floor": floor_of(game, seat)}
        line: Any = {**TURN, "says": f"line {len(state['lines'])}", **turn}
        state = apply(state, hear(game, state, make_line(game, state, line, "model")))
    assert "migrant_skilled" not in state["lines"][0]["visible_to"]
    view = seat_view(game, state, "migrant_skilled")
    tabled = {item.line: item for item in view.proposals}
    assert tabled["L003"].terms == terms
    assert ("L001" in tabled) == (act == "object"), "what was amended leaves the table"
    assert not any(item.supporters for item in view.proposals), "who stood by it was not heard"
    assert "- L003" in prompt(game, state, "migrant_skilled")
    offer = {"en": "L003 Ding Yueqin", "zh": "L003 丁月琴"}[lang]
    told = minutes_text(game, "learning_tour", state["lines"][2:], [], written=state["lines"])
    assert offer in told
    supported, offered = ("supported L001", "counter-offer") if lang == "en" else ("赞成L001", "另提办法")
    assert (supported if act == "support" else offered) in told


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_figures_of_an_open_motion_stay_and_a_fact_that_news_has_overtaken_says_so(lang: Lang) -> None:
    """A case shows facts of a stage where they are needed: a motion that is open needs its own ever after."""
    case, stages = {"scenario": "plant_gate"}, ("application", "learning_tour")
    game = Game(spec_of(**case, governance="government_community_interaction", stages=stages, lang=lang), LIBRARY)
    state = first_state(game)
    toured = prompt(game, {**state, "stage": 1}, "grid_master")
    gone = (fact.text.get(lang) for fact in game.scenario.facts if not fact.platform and not fact.of_elsewhere)
    beds = next(text for text in gone if text not in toured and re.search(r"\d,?\d{3}", text))
    (figure,), other = re.findall(r"\d,?\d{3}", beds)[:1], game.scenario.decisions[0]
    says = f"{figure}."
    for moved in (False, True):
        turn: Any = {**TURN, "act": "propose" if moved else "inform", "says": says}
        turn["terms"] = {other.id: next(iter(other.options))} if moved else {}
        now: State = {**state, "floor": floor_of(game, "self_gov")}
        after = apply(now, hear(game, now, make_line(game, now, turn, "model")))
        assert (beds in prompt(game, {**after, "stage": 1}, "grid_master")) == moved
    case["scenario"] = "seafood_street"
    game = Game(spec_of(**case, governance="one_core_multiple_actors", stages=stages, lang=lang), LIBRARY)
    state = first_state(game)
    for number in range(5):
        assert ("Since then: " in prompt(game, state, "mobiliser")) is False
        now = {**state, "floor": floor_of(game, "mobiliser")}
        line: Any = {**TURN, "act": "inform", "says": f"line {number}"}
        state = apply(now, hear(game, now, make_line(game, now, line, "model")))
    minutes: Minutes = {"stage": "application", "present": [], "text": "", "ended": "turn_limit"}
    later = prompt(game, apply(state, close_stage(game, state, minutes)), "mobiliser")
    news = next(inject.text.get(lang) for inject in game.injects if inject.outdates)
    fact = next(fact.text.get(lang) for fact in game.scenario.facts if fact.id == "F11")
    assert {"en": f"{fact} (Since then: {news})", "zh": f"{fact}（后来：{news}）"}[lang] in later


class _Answers:
    """A model that gives some answers, one a call, and keeps what it was asked."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    async def ask(self, call: Call[Any]) -> Reply[Any]:
        self.asked.append(call.messages[-1]["content"])
        answer = self._answers.pop(0)
        return Reply(call.parse(answer), json.dumps(answer), Usage(), recorded=False)


@pytest.mark.parametrize("aside", [False, True])
def test_whoever_was_not_there_as_a_motion_was_put_may_name_it_and_hears_why_where_it_may_not(aside: bool) -> None:
    """What it answers comes to the table; a motion from an aside, of which it cannot know, is sent back."""
    game = Game(spec_of(style="free", stages=("training", STAGE), governance="three_social_interaction"), LIBRARY)
    state, few = first_state(game), list(game.present("training"))
    seat = next(seat for seat in game.present(STAGE) if seat not in few and game.amends(seat))
    state = said(game, state, "mayor", "propose", terms={"provider": "social_organisation"})
    heard = few[:2] if aside else few
    made = state["ledger"][-1].altered(visible_to=tuple(heard))
    lines: list[Line] = [{**state["lines"][0], "visible_to": heard}]
    state = {**state, "stage": 1, "turn": 0, "lines": lines, "ledger": (made,), "floor": floor_of(game, seat)}
    wanted = {"provider": "street_staff"}
    answer = {"act": "object", "to": "all", "about": "L001", "says": "Not by them.", "terms": wanted}
    model = _Answers(answer, {"act": "inform", "to": "all", "says": "Then I say nothing of it."})
    context = SessionContext(game, Log(), cast(Gateway, model), None, FREE, Watch())
    line, faults = asyncio.run(speak_turn(context, state))
    after = apply(state, hear(game, state, line))
    table = [(item.line, item.owner, item.terms) for item in seat_view(game, after, seat).proposals]
    if aside:
        assert (len(model.asked), line["act"], line["about"], table) == (2, "inform", "", [])
        assert "you have not heard L001" in model.asked[1]
        assert len(faults) == 1
    else:
        assert (faults, line["about"]) == ([], "L001")
        assert table == [("L001", "mayor", {"provider": "social_organisation"}), ("L002", seat, wanted)]
