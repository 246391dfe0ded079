"""Whom a line calls: by which forms of address, in which of its questions, and by taking a matter up."""

from __future__ import annotations

import pytest

from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.game.floor.agenda import next_floor
from sandbox.game.floor.talk import may_be_asked_now
from sandbox.game.game import Game
from sandbox.game.language.answered import may_answer, unanswered
from sandbox.game.language.questions import called, named_aloud
from sandbox.game.ledger.ledger import ledger
from sandbox.game.minutes.minutes import minutes_text
from sandbox.game.state import State, apply, first_state, floor_of
from sandbox.record.line import Line
from tests.game.making import LIBRARY, SCENARIO, line, namesakes
from tests.session.support import spec_of

SEVEN = (
    "mayor", "grid_master", "village_cadre", "ngo_director", "teacher_volunteer", "local_parent", "migrant_tenant",
)  # fmt: skip
CLEAN_UP = {
    lang: namesakes(Game(spec_of(scenario="clean_up", governance="three_social_interaction", lang=lang), LIBRARY))
    for lang in ("en", "zh")
}


@pytest.mark.parametrize(
    ("lang", "says", "asked"),
    [
        ("zh", "名单不是我一个人定的。魏主任，空户算不算？要是算，天天敲空门，数从哪儿来？", "street_director"),
        ("zh", "老曹，停车费一个月多少？当着大家答。", "property_manager"),
        ("zh", "小罗，几点？", "migrant_tenant"),
        ("zh", "钱不够。魏立新主任，您签不签？", "street_director"),
        ("zh", "先这样。丁书记您说，哪天贴？", "community_secretary"),
        ("zh", "丁书记，这名单能不能不报？", "community_secretary"),
        ("zh", "邱叔，租客这一票给不给？", "self_gov"),
        ("zh", "按月开票。邱组长，这一条您接不接？", "self_gov"),
        ("zh", "主任，这话谁来答？", "street_director"),
        ("zh", "蔡叔说得对。那桶谁来挪？", "grid_master"),
        (
            "en",
            "I can't say alone. Director Wei, do empty flats count? And where do the rest come from?",
            "street_director",
        ),
        ("en", "Mr Cao, what does the parking bring?", "property_manager"),
        ("en", "The book is ready. And Comrade Luo, when is your shift over?", "migrant_tenant"),
        ("en", "Lao Qiu, who counts it?", "self_gov"),
        ("en", "Cai is right. Who moves the bins, then?", "grid_master"),
    ],
)
def test_whom_the_questions_at_the_end_of_a_line_call_is_asked(lang: Lang, says: str, asked: str) -> None:
    game = CLEAN_UP[lang]
    said = {**line(1, "community_secretary", "answer", "grid_master", says=says), "visible_to": list(game.positions)}
    if asked == "community_secretary":
        said["seat"] = "grid_master"
    assert called(game, said, list(game.positions)) == asked  # type: ignore[arg-type]


def test_whom_a_question_in_the_midst_of_a_line_to_everybody_calls_is_asked() -> None:
    game = CLEAN_UP["zh"]
    says = "老丁，十九个党员，真能下楼的有几个？先说清楚谁干、谁出钱。"
    said = {**line(1, "street_director", "ask", says=says), "visible_to": list(game.positions)}
    assert called(game, said, list(game.positions)) == "community_secretary"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("zh", "先跟魏主任请示一句：哪几项归志愿者，能不能给个书面说明，不然没法解释。您自己也收租，租客那份谁收？"),
        ("zh", "魏主任，哪几项归志愿者？说清了我好解释。您自己也收租，租客那份谁收？"),
        ("en", "Director Wei, which items are the volunteers'? I have to explain it. And who bills your rooms?"),
    ],
)
def test_who_is_asked_by_name_in_passing_waits_beside_whom_the_line_is_for(lang: Lang, says: str) -> None:
    spec = spec_of(scenario="clean_up", governance="three_social_interaction", lang=lang, style="free")
    game, acts = Game(spec, LIBRARY), list[Act](("ask", "inform"))
    for act in acts:
        said = {**line(1, "property_manager", act, "landlord", says=says), "visible_to": list(game.positions)}
        waits = [seat for _, seat in unanswered(game, [said], list(game.positions))]  # type: ignore[list-item]
        assert sorted(waits) == ["landlord", "street_director"]
    answered = {
        **line(2, "landlord", "answer", "property_manager", about="L001", says="I do."),
        "visible_to": said["visible_to"],
    }
    text = minutes_text(game, "public_engagement", [said, answered], [])  # type: ignore[list-item]
    last = next(row for row in text.splitlines() if row.startswith(("Not answered", "没有回答")))
    assert {"zh": "曹志刚问魏立新：", "en": "Cao Zhigang to Wei Lixin"}[lang] in last
    assert {"zh": "哪几项归志愿者", "en": "which items"}[lang] in last
    assert {"zh": "租客那份", "en": "who bills"}[lang] not in last, "that was answered"
    says = {
        "zh": "曹经理问的哪几项归志愿者，我写进通知。谁贴？",
        "en": "Mr Cao's items, the volunteers' ones, are posted which I have to explain. Who reads?",
    }[lang]
    back = {**line(3, "street_director", "ask", "grid_master", says=says), "visible_to": said["visible_to"]}
    left = unanswered(game, [said, answered, back], list(game.positions))  # type: ignore[list-item]
    assert "street_director" not in [seat for _, seat in left], "it names whoever asked, with the matter"


def test_a_form_of_address_to_which_two_would_answer_calls_neither_and_a_guest_never_takes_it_from_the_place() -> None:
    forms = CLEAN_UP["zh"].addresses
    assert "老邱" in forms["self_gov"]
    assert "老邱" not in forms["site_host"]
    assert not any("主任" in forms[seat] for seat in forms if seat != "street_director")
    for other in forms:
        assert all(len(set(forms[other]) & set(forms[seat])) == 0 for seat in forms if seat != other), (
            "each form calls one seat"
        )


def test_a_given_name_alone_means_its_seat_unless_it_is_a_word() -> None:
    names = CLEAN_UP["zh"].names
    assert names.means("国栋那边我认，名单我不写。", "grid_master")
    assert names.last_called("国栋，你去敲。", lambda seat: seat != "landlord") == "grid_master"
    assert not names.means("先成立新的小组再说。", "street_director")
    english = CLEAN_UP["en"].names
    assert english.means("That is what Yongfu says.", "landlord")
    assert english.last_called("And Yongfu, who pays?", bool) == "landlord"


def test_a_title_alone_means_whoever_has_it_here_and_nobody_behind_another_surname() -> None:
    names = CLEAN_UP["zh"].names
    assert names.means("今天先照主任这份轮起来。", "street_director")
    assert not names.means("邱主任，交费的回来了没有？", "street_director")
    assert not names.means("还有一位网格员，晚饭都难得赶上。", "grid_master")
    assert not names.means("魏主任，您把那四个月说出来。", "street_director", whole=True), (
        "where two places are spoken of"
    )


def test_a_surname_of_two_calls_whoever_is_of_the_place_unless_the_line_is_for_the_guest() -> None:
    names = CLEAN_UP["en"].names
    assert names.means("Qiu counted the cars.", "self_gov")
    assert not names.means("Qiu counted the cars.", "site_host")
    assert not names.means("Director Qiu, who pays?", "self_gov", "site_host")
    said = line(1, "landlord", "ask", "site_host", says="Director Qiu, who pays?", stage="learning_tour")
    assert called(CLEAN_UP["en"], said, list(CLEAN_UP["en"].positions)) == "site_host"


def test_a_guests_word_to_a_host_of_ones_own_surname_names_nobody_else() -> None:
    heard = list(CLEAN_UP["zh"].present("learning_tour"))
    guest = line(1, "grid_master", "inform", "site_host", says="邱师傅，这话我记下了。", stage="learning_tour")
    assert named_aloud(CLEAN_UP["zh"], {**guest, "visible_to": heard}, heard) == ""


def free(said: list[Line], turns: int) -> tuple[Game, State]:
    game = Game(spec_of(style="free", stages=("public_engagement",), turns=turns), LIBRARY)
    lines: list[Line] = [{**each, "visible_to": list(game.present("public_engagement"))} for each in said]
    return game, {**first_state(game), "lines": lines, "turn": len(lines), "ledger": ledger(game.scenario, lines)}


def floor(said: list[Line], turns: int) -> tuple[str, str, list[Act]]:
    game, state = free(said, turns)
    given = next_floor(game, state)["floor"]
    assert given is not None
    return given["seat"], given["why"], given["acts"]


def test_nothing_is_refused_or_answered_where_nothing_waits() -> None:
    said = [line(1, "mayor", "object", says="It is dark. Who would want that?")]
    handed = [line(1, "mayor", "delegate", "grid_master", task=SCENARIO.tasks[0].id)]
    assert not {"answer", "refuse"} & {*floor(said, 40)[2]}
    assert {"answer", "refuse"} <= {*floor(handed, 40)[2]}


@pytest.mark.parametrize(("act", "turns", "now"), [("object", 12, ""), ("object", 40, "mayor"), ("ask", 12, "mayor")])
def test_what_an_objection_asks_waits_until_all_are_heard_while_few_lines_are_left(
    act: Act, turns: int, now: str
) -> None:
    said = [line(1, "mayor", "inform"), line(2, "grid_master", act, "mayor", says="And who is to pay you for that?")]
    first = floor(said, turns)[0]
    assert first == now if now else first not in ("mayor", "grid_master")


def test_nobody_has_a_third_line_before_all_have_had_one_and_the_answer_is_not_lost() -> None:
    said = [line(number, seat, "inform") for number, seat in enumerate(("mayor", "grid_master", "mayor"), start=1)]
    said.append(line(4, "ngo_director", "ask", "mayor", says="Who pays?"))
    for number in range(5, 9):
        seat = floor(said, 20)[0]
        assert seat not in {each["seat"] for each in said}
        said.append(line(number, seat, "inform"))
    assert floor(said, 20)[:2] == ("mayor", "asked")


def test_whom_an_objection_has_left_with_a_question_speaks_before_others_have_their_third_line() -> None:
    asks = "The other works for the same money. Why not do that at once, Mayor?"
    said = [line(number, seat, "inform") for number, seat in enumerate(("mayor", "grid_master", "mayor"), start=1)]
    said.append(line(4, "ngo_director", "object", "mayor", says=asks))
    while {*SEVEN} > {each["seat"] for each in said}:
        said.append(line(len(said) + 1, floor(said, 20)[0], "inform"))
    assert floor(said, 20)[:2] == ("mayor", "asked")
    said[3] = {**said[3], "says": "The other works for the same money."}
    assert floor(said, 20)[0] != "mayor", "it has had more than the others"


def test_a_surname_that_is_a_word_names_somebody_only_behind_a_title() -> None:
    names = Game(spec_of(), LIBRARY).names
    assert names.means("That is for Director He to say.", "ngo_director")
    assert names.means("He Wan signs it.", "ngo_director")
    assert not names.means("The mayor said that he signs it.", "ngo_director")


def test_whoever_a_matter_is_taken_up_to_has_the_floor_and_owes_no_answer() -> None:
    said = [line(1, "grid_master", "escalate", "mayor", says="Tell the district so.")]
    assert floor(said, 12)[:2] == ("mayor", "asked")
    game, state = free(said, 12)
    assert not unanswered(game, state["lines"], game.present("public_engagement"))


@pytest.mark.parametrize("act", ["ask", "inform"])
def test_of_two_questions_to_two_seats_neither_is_lost(act: Act) -> None:
    says = "Huang Jinfu, who opens the hall? I can bring the chairs. And He Wan, who pays for the light?"
    said = [
        line(1, "mayor", act, says=says),
        line(2, "ngo_director", "inform", "mayor", says="The district pays."),
    ]
    game, state = free(said, 30)
    room = game.present("public_engagement")
    waiting = unanswered(game, state["lines"][:1], room)
    assert [seat for _, seat in waiting] == ["ngo_director", "village_cadre"]
    assert [seat for _, seat in unanswered(game, state["lines"], room)] == ["village_cadre"]
    assert (floor(said, 30)[0] == "village_cadre") == (act == "ask"), "who else was asked has the floor next"


def test_whom_a_line_names_that_asks_nobody_answers_after_whom_it_is_to() -> None:
    said = [line(number, seat, "inform") for number, seat in enumerate(SEVEN, start=1)]
    named = "Luo Mei should say whether it labels her child."
    assert floor([*said, line(8, "mayor", "inform", says=named)], 40)[:2] == ("migrant_tenant", "named")
    to_him = line(8, "mayor", "inform", "village_cadre", says=named)
    assert floor([*said, to_him], 40)[:2] == ("village_cadre", "addressed")
    moved = [line(1, SEVEN[0], "propose", terms={"provider": "social_organisation"}), *said[1:], to_him]
    assert floor(moved, 10)[:2] == ("village_cadre", "addressed")
    assert floor(moved, 9)[:2] == ("migrant_tenant", "named"), "before it where no line is left after that"
    answered = line(9, "village_cadre", "inform", "mayor")
    assert floor([*said, to_him, answered], 40)[:2] == ("migrant_tenant", "named")
    spoken = line(10, "migrant_tenant", "inform", "mayor")
    assert floor([*said, to_him, answered, spoken], 40)[1] != "named"
    asks = line(9, "village_cadre", "ask", "grid_master", says="Chen, who rings?")
    assert floor([*said, to_him, asks], 40)[:2] == ("grid_master", "asked"), "a question comes first"


def test_who_is_named_again_and_again_leaves_the_floor_to_others() -> None:
    said = [line(number, seat, "inform") for number, seat in enumerate(SEVEN, start=1)]
    said += [line(8, "migrant_tenant", "inform"), line(9, "teacher_volunteer", "inform")]
    said += [line(10, "migrant_tenant", "inform"), line(11, "mayor", "inform", says="Luo Mei knows it.")]
    assert floor(said, 40)[0] != "migrant_tenant", "she has two lines more than others"


def test_who_has_not_spoken_does_so_while_lines_are_left_for_answers() -> None:
    spoke = ["grid_master", "mayor", "village_cadre", "ngo_director", "teacher_volunteer"]
    said = [line(1, spoke[0], "propose", terms={"payer": "district"})]
    said += [line(number, seat, "inform") for number, seat in enumerate(spoke[1:], start=2)]
    said += [line(6, "mayor", "inform", "grid_master")]
    seat, why, acts = floor(said, 10)
    assert seat in {"local_parent", "migrant_tenant"}, "four lines are left for two, who come before the addressee"
    assert why == "quiet"
    assert "ask" in acts, "two lines are kept for an answer"
    asked = [*said[:-1], line(6, "mayor", "ask", "grid_master", says="Who holds the key?")]
    assert floor(asked, 10)[:2] == ("grid_master", "asked")
    said += [line(7, "local_parent", "inform"), line(8, "migrant_tenant", "inform", "grid_master")]
    assert floor(said, 12)[:2] == ("grid_master", "addressed"), "once all have been heard it has its second"


@pytest.mark.parametrize(("turns", "may"), [(8, False), (12, True)])
def test_time_is_asked_for_only_where_a_line_is_left_to_come_back_with(turns: int, may: bool) -> None:
    said = [line(1, "grid_master", "propose", terms={"payer": "district"})]
    said += [line(number, seat, "inform") for number, seat in enumerate(("mayor", "village_cadre", "ngo_director"), 2)]
    assert ("defer" in floor(said, turns)[2]) is may


def test_who_waits_until_all_are_heard_is_asked_only_where_its_answer_has_room() -> None:
    said = [line(1, "village_cadre", "propose", terms={"payer": "district"})]
    said += [line(number, seat, "inform") for number, seat in enumerate(("mayor", "village_cadre", *SEVEN[3:6]), 2)]
    for turns, asked in ((9, False), (12, True)):
        game, state = free(said, turns)
        given = next_floor(game, state)
        assert ("village_cadre" in may_be_asked_now(game, {**state, **given})) is asked
    game, state = free([*said, line(7, "village_cadre", "ask", SEVEN[6], says="Would you have it at your door?")], 10)
    after = apply(state, next_floor(game, state))
    assert floor_of(after)["seat"] == SEVEN[6]
    assert "village_cadre" in may_be_asked_now(game, after), "whoever has just asked may be asked back"


COURTESY: list[tuple[Lang, str]] = [
    ("en", "We start on Monday, Mayor. May I ask your view?"),
    ("en", "Mayor, may I say something? The hall is empty."),
    ("en", "Shen Yulan, the hall is empty, and it stays so for a year, right?"),
    ("en", "That is fair to both sides, isn't it?"),
    ("en", "There have been no complaints, and there's a board further on, shall we?"),
    ("en", "Mrs Luo, how's the boy keeping?"),
    ("zh", "春燕，孩子上学还好吧？"),
    ("zh", "咱们先把账看完，再说别的，好不好？"),
    ("zh", "沈区长，这账是物业记的，对吧？"),
    ("zh", "沈区长，我说一句，行吗？礼堂是空的。"),
]
WANTS: list[tuple[Lang, str]] = [
    ("en", "May I ask who pays for the light?"),
    ("en", "Can I have the key?"),
    ("en", "Who pays for the light, all right?"),
    ("en", "Who pays for the light? May I ask your view?"),
    ("en", "You sign it this week, won't you?"),
    ("en", "How's the money kept?"),
    ("zh", "您今晚就把字签了，好不好？"),
    ("zh", "谁来付这笔钱，对不对？"),
    ("zh", "条子上不写楼，行不行？"),
    ("zh", "这笔钱谁来付？您看好不好？"),
]


@pytest.mark.parametrize(
    ("lang", "says", "waits"), [*((*each, False) for each in COURTESY), *((*each, True) for each in WANTS)]
)
def test_what_is_asked_out_of_courtesy_waits_for_no_answer(lang: Lang, says: str, waits: bool) -> None:
    game = Game(spec_of(style="free", lang=lang), LIBRARY)
    room = list(game.present("public_engagement"))
    said = {**line(1, "grid_master", "inform", "mayor", says=says), "visible_to": room}
    assert bool(unanswered(game, [said], room)) == waits  # type: ignore[list-item]
    asked = {**said, "act": "ask"}
    assert unanswered(game, [asked], room), "by its act it is a question all the same"  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("act", "says", "asked"),
    [
        ("support", "I am with you. By which day do you sign? I would bring the lamp.", True),
        ("support", "I am with it. Who pays the lamp? Then it can begin.", True),
        ("object", "Not so. By which day do you sign? Else I stay at home.", True),
        ("object", "Not so. Who ever paid for a lamp? Nobody.", False),
        ("inform", "Did I not say so? It is dark there.", False),
        ("support", "This week? Then it is full of cartons.", False),
        ("answer", "Nobody is. Who in this room can stay until 7? I want a name today.", False),
        ("ask", "Nobody is with them. Who in this room can stay until 7?", False),
        ("ask", "Nobody is with them. Mayor, who in this room can stay until 7?", True),
    ],
)
def test_a_question_in_the_midst_of_a_line_asks_whom_the_line_is_for(act: Act, says: str, asked: bool) -> None:
    talk = [line(1, "grid_master", "inform", says="It is dark."), line(2, "village_cadre", act, "mayor", says=says)]
    game, state = free(talk, 20)
    assert called(game, talk[-1], list(game.present("public_engagement"))) == ("mayor" if asked else "")
    if asked:
        now = next_floor(game, state)["floor"]
        assert now is not None
        assert (now["seat"], now["why"]) == ("mayor", "asked")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_the_room_is_asked_everybody_may_answer(lang: Lang) -> None:
    says = {"en": "Who in this room can stay? I want a name.", "zh": "在座的谁能留到七点？今天就要个名字。"}[lang]
    game = Game(spec_of(style="free", lang=lang), LIBRARY)
    room = list(game.present("public_engagement"))
    said: list[Line] = [{**line(1, "mayor", "answer", "teacher_volunteer", says=says), "visible_to": room}]
    assert not unanswered(game, said, room)
    assert all(may_answer(game, said, seat, room) for seat in ("teacher_volunteer", "ngo_director"))


@pytest.mark.parametrize(
    ("condition", "waits"),
    [("The mayor signs it this week", "mayor"), ("The NGO posts a list at the door", "ngo_director")],
)
def test_whom_an_open_condition_waits_for_speaks_before_whoever_has_had_a_turn(condition: str, waits: str) -> None:
    said = [line(number, seat, "inform") for number, seat in enumerate(SEVEN, start=1)]
    said += [
        line(8, "village_cadre", "propose", terms={"payer": "district"}),
        line(9, "grid_master", "support", "village_cadre", about="L008", condition=condition),
    ]
    assert floor(said, 40)[:2] == (waits, "named"), "though the line is to somebody else"
    asks = line(10, "teacher_volunteer", "ask", "local_parent", says="Is that enough for you?")
    assert floor([*said, asks], 40)[:2] == ("local_parent", "asked"), "a question comes first"
    spoken = line(10, waits, "inform", "grid_master", says="I take it home.")
    assert floor([*said, spoken], 40)[0] != waits
    assert floor([*said, spoken, line(11, "grid_master", "inform")], 40)[:2] != (waits, "named"), "once it has spoken"
    unheard = [each for each in said if each["seat"] != "local_parent"]
    assert floor(unheard, 40)[:2] == ("local_parent", "quiet"), "who has not spoken comes before"


def test_who_is_supported_owes_no_answer_and_whoever_has_its_answer_leaves_the_floor_while_many_wait() -> None:
    said = [line(number, seat, "inform") for number, seat in enumerate(SEVEN, start=1)]
    said += [line(8, "mayor", "propose", terms={"payer": "district"})]
    objects = line(9, "grid_master", "object", "mayor", about="L008")
    assert floor([*said, objects], 40)[:2] == ("mayor", "addressed")
    for act in ("support", "promise"):
        assert floor([*said, {**objects, "act": act}], 40)[1] == "quiet"
    talk = [line(1, "mayor", "ask", "grid_master", says="Who rings?"), line(2, "grid_master", "answer", "mayor")]
    assert floor(talk, 30)[1] == "quiet", "who has spoken has no second line of its own before all have had one"
    named = [*talk[:1], line(2, "grid_master", "inform", says="The mayor knows it.")]
    assert floor(named, 30)[1] == "quiet"


def test_of_those_not_heard_residents_speak_first_so_that_somebody_can_answer_them() -> None:
    game, _ = free([], 8)
    room = game.present("public_engagement")
    said = [line(1, room[0], "inform", says="It is dark.")]
    order: list[str] = []
    while len(order) < len(room) - 1:
        seat, _, _ = floor(said, 8)
        order.append(seat)
        said.append(line(len(said) + 1, seat, "inform", says="So it is."))
    residents = [seat in game.residents for seat in order]
    assert residents == sorted(residents, reverse=True)
    assert residents[0]
    assert not residents[-1]


def test_whom_a_line_is_for_and_its_question_calls_by_a_title_alone_is_asked_even_in_the_midst() -> None:
    spec = spec_of(scenario="clean_up", governance="three_social_interaction", style="free")
    game, room = Game(spec, LIBRARY), [*CLEAN_UP["en"].positions]
    says = "Lorries again: who in this room gets some of it, {}, may I see hands? I am behind yours."
    for title, asked in (("Secretary", "community_secretary"), ("Manager", ""), ("friends", "")):
        to_one = line(1, "landlord", "support", "community_secretary", says=says.format(title))
        assert called(game, {**to_one, "visible_to": room}, room) == asked
