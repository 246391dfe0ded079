"""Before a vote, whoever the motion binds anew, or whose own it has overtaken, has a last word; and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.errors import InputError
from sandbox.game.floor.agenda import next_floor
from sandbox.game.floor.last_word import LAST_WORD, last_word_floor
from sandbox.game.game import Game
from sandbox.game.ledger.ledger import ledger
from sandbox.game.orders import carry_out
from sandbox.game.play import play
from sandbox.game.state import Floor, State, discussion, first_state
from sandbox.game.steps import make_line
from sandbox.game.view import seat_view
from sandbox.record.line import Line, Turn
from sandbox.session.offers import replaceable
from sandbox.session.prompts import turn_messages
from sandbox.session.schema import turn_schema
from tests.game.making import LIBRARY, TURN, line
from tests.record.making import order
from tests.session.support import spec_of

TERMS = {"provider": "social_organisation", "hall": "committee_key"}
BINDS: dict[Lang, str] = {"en": "Huang Jinfu opens the door at four", "zh": "黄金福四点开门"}
STAGE, LIMIT = "public_engagement", 11
Choose = Callable[[Game, State], dict[str, Any]]


def meeting(lang: Lang = "en", **spec: Any) -> Game:
    return Game(spec_of(style="free", stages=(STAGE,), turns=LIMIT, lang=lang, **spec), LIBRARY)


def played(game: Game, last: dict[str, Any], closing: Choose) -> tuple[list[Line], list[State], State]:
    """Play a meeting in which a motion is moved, all speak, and the last line of the discussion is ``last``.

    Returns its lines, where it stood when somebody had a last word, and where it ended.
    """
    before: list[State] = []

    def choose(game: Game, state: State) -> Turn:
        floor, talk = state["floor"], discussion(state)
        assert floor is not None
        turn: dict[str, Any] = {"act": "inform", "says": f"words {len(state['lines'])}"}
        if floor["phase"] == "decision":
            turn["act"] = "support"
        elif floor["why"] == LAST_WORD:
            before.append(state)
            turn |= closing(game, state)
        elif not talk:
            turn |= {"act": "propose", "terms": TERMS}
        elif len(talk) == game.turn_limit(game.stages[0]) - 1:
            turn |= {"about": "L001", **last}
        return {**TURN, **turn}  # type: ignore[typeddict-item]

    state = play(game, choose)
    return state["lines"], before, state


def nothing(*_: object) -> dict[str, Any]:
    return {}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_whoever_a_late_condition_binds_and_whose_motion_it_amends_answer_it_before_the_vote(lang: Lang) -> None:
    game = meeting(lang)
    lines, before, state = played(game, {"act": "support", "condition": BINDS[lang]}, nothing)
    mover, limit = lines[0]["seat"], LIMIT
    assert lines[limit - 1]["seat"] not in ("village_cadre", mover)
    assert [line["seat"] for line in lines[limit : limit + 2]] == ["village_cadre", mover]
    assert all(line["vote"] for line in lines[limit + 2 :])
    assert state["decisions"][0]["condition"] == BINDS[lang]
    for asked, why in zip(before, (BINDS[lang], "L001"), strict=True):
        floor = asked["floor"]
        assert floor is not None
        assert not any(has(act, "asks") or has(act, "proposes") or has(act, "defers") for act in floor["acts"])
        text = turn_messages(game, asked, floor, None)[-1]["content"]
        told = text[text.index("The discussion is over" if lang == "en" else "讨论结束") :]
        assert why in told
        assert f"L0{limit}" in told, "which line it may answer"
        may_name = turn_schema(game, asked, floor, None)["properties"]
        assert "terms" not in may_name
        assert not {"condition", "replaces"} & may_name.keys(), "nothing new is taken"
        assert "promises" in may_name
        assert ("takes_on" in told) == ("takes_on" in may_name) == (why != "L001"), "who is asked for something"
        if "takes_on" in may_name:
            assert may_name["takes_on"]["properties"] == {
                f"L0{limit}": {"type": "string", "enum": ["yes", "part", "no"]}
            }
            assert may_name["takes_on"]["required"] == [f"L0{limit}"], "no time is left to leave it open"
        amends = {"en": "It amends your own motion L001", "zh": "它是从你提的L001改来的"}[lang]
        assert (amends in told) == (why == "L001")


@pytest.mark.parametrize(("lang", "asks", "part"), [
    ("en", "Huang Jinfu has the door of the hall open at four", "I have the door of the hall open at five, in summer"),
    ("zh", "黄金福下午四点把礼堂的门打开", "热天，我下午五点把礼堂的门打开"),
])  # fmt: skip
def test_a_last_word_puts_nothing_new_and_what_part_its_speaker_takes_on_of_a_condition_stands_with_the_motion(
    lang: Lang, asks: str, part: str
) -> None:
    game, late = meeting(lang), f"L0{LIMIT}"
    told: list[str] = []

    def closing(game: Game, state: State) -> dict[str, Any]:
        floor = state["floor"]
        assert floor is not None
        if floor["seat"] != "village_cadre":
            told.append(turn_messages(game, state, floor, None)[-1]["content"])
            return {}
        base = {**TURN, "act": "support", "about": late, "says": "…"}
        other = {"condition": part, "replaces": late}
        for turn in ({"condition": part}, other, {"replaces": late}, {"terms": {"hall": "rented"}}):
            with pytest.raises(InputError, match="nothing new is put" if lang == "en" else "不能再加新的"):
                make_line(game, state, {**base, **turn}, "model")  # type: ignore[typeddict-item]
        view = seat_view(game, state, floor["seat"])
        assert not replaceable(game, view, "support", late), "nor is a person offered it"
        return {"act": "concede", "takes_on": {late: "part"}, "promises": part}

    _, _, state = played(game, {"act": "support", "condition": asks}, closing)
    assert state["decisions"][0]["condition"] == asks
    less = {
        "en": f"Of what {late} asks Huang Jinfu takes on a part: “⟦{part}⟧”",
        "zh": f"{late}要办的，黄金福只应一部分：“⟦{part}⟧”",
    }
    assert less[lang] in told[0]


def test_whoever_has_lost_a_condition_is_told_which_in_its_last_word() -> None:
    game = meeting()
    said = [
        line(1, "mayor", "propose", terms=TERMS),
        line(2, "grid_master", "support", about="L001", condition=BINDS["en"]),
        line(3, "teacher_volunteer", "support", about="L002", condition="the hall is swept"),
    ]
    state: State = {**first_state(game), "lines": said, "turn": 3, "ledger": ledger(game.scenario, said)}
    floor = last_word_floor(game, state, said, 3)
    assert floor is not None
    assert floor["seat"] == "grid_master"
    told = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
    assert told.count("in the place of your condition from L002") == 1


@pytest.mark.parametrize(("lang", "bill", "told"), [
    (
        "en", "He Wan pays the electricity",
        "L003, put if that falls, asks of you ⟦{}⟧. Support L001 or object to it; takes_on",
    ),
    ("zh", "何婉付电费", "它没通过，接着表决L003，要你做⟦{}⟧。认不认，说清；要你做的逐条写进takes_on"),
])  # fmt: skip
def test_whom_a_motion_binds_that_is_put_if_the_first_falls_has_one_last_word_on_it_before_the_vote(
    lang: Lang, bill: str, told: str
) -> None:
    game = meeting(lang)
    said = [
        line(1, "mayor", "propose", terms=TERMS),
        line(2, "ngo_director", "inform"),
        line(3, "village_cadre", "propose", terms={**TERMS, "hall": "rented"}, condition=bill),
        line(4, "local_parent", "support", about="L001"),
    ]

    def last(lines: list[Line]) -> tuple[Floor | None, State]:
        state: State = {**first_state(game), "lines": lines, "turn": len(lines), "ledger": ledger(game.scenario, lines)}
        return last_word_floor(game, state, lines, 4), state

    floor, state = last(said)
    assert floor is not None
    assert floor["seat"] == "ngo_director"
    text = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
    assert told.format(bill) in text
    for again in ("L001", "L003"):
        after, _ = last([*said, line(5, "ngo_director", "concede", about=again)])
        assert after is None or after["seat"] != "ngo_director", "whatever it says, once"


def test_nobody_has_a_last_word_where_nothing_came_late_or_no_more_than_are_allowed() -> None:
    lines, before, _ = played(meeting(), {"act": "inform"}, nothing)
    assert not before
    assert [line["vote"] for line in lines].index(True) == LIMIT
    late = {"act": "support", "condition": BINDS["en"]}
    assert len(played(meeting(last_words=1), late, nothing)[1]) == 1
    assert not played(meeting(last_words=0), late, nothing)[1], "as in sessions of earlier versions"


def test_everybody_whom_a_late_condition_binds_has_a_last_word_however_many_they_are() -> None:
    others = ("Luo Mei", "He Wan", "Lu Wenjuan", "Huang Jinfu")
    demands = "; ".join(f"{name} opens the door on day {day}" for day, name in enumerate(others, 1))
    game = meeting()
    lines, before, _ = played(game, {"act": "support", "condition": demands}, nothing)
    bound = {seat for seat in game.seats if game.name(seat) in others} - {lines[LIMIT - 1]["seat"]}
    seats = [line["seat"] for line in lines[LIMIT : LIMIT + len(before)]]
    assert len(bound) > game.spec.last_words
    assert set(seats) == bound, "and none is left for whose motion was amended alone"
    assert len(seats) == len(set(seats)), "a line each"


def test_a_facilitator_who_calls_the_vote_has_it_at_once() -> None:
    game = meeting()
    _, before, _ = played(game, {"act": "support", "condition": BINDS["en"]}, nothing)
    update, refused = carry_out(game, before[0], order(1, "vote", stage=STAGE))
    assert not refused
    assert update["floor"] is not None
    assert update["floor"]["why"] == "votes"


def test_a_persona_that_stands_in_has_no_last_word_and_puts_no_question_in_that_of_whose_time_is_over() -> None:
    game = meeting()
    late = {"act": "support", "condition": BINDS["en"]}
    _, before, _ = played(game, late, nothing)
    floor = before[0]["floor"]
    assert floor is not None
    gone = order(1, "seat", stage=STAGE, seat=floor["seat"], by="persona", giver="clock")
    state = {**before[0], "desk": {**before[0]["desk"], "persons": [floor["seat"]]}}
    update, refused = carry_out(game, state, gone)  # type: ignore[arg-type]
    assert not refused
    assert update["floor"] is not None
    assert (update["floor"]["seat"], update["floor"]["why"]) == (floor["seat"], LAST_WORD)
    assert update["floor"]["acts"]
    assert all(act in floor["acts"] and has(act, "stands_in") for act in update["floor"]["acts"])

    def absent(_: Game, state: State) -> dict[str, Any]:
        state["desk"]["absent"] = [*game.positions]
        return {}

    _, after, _ = played(game, late, absent)
    assert len(after) == 1 < len(before), "whoever is away by then has none"


def test_whoever_is_bound_and_has_no_vote_has_a_last_word_before_whoever_may_vote_no() -> None:
    game = meeting(governance="government_community_interaction", scenario="four_oclock_school")
    assert "migrant_tenant" not in game.voters(STAGE)
    assert "village_cadre" in game.voters(STAGE)
    seats = ("local_parent", "village_cadre", "migrant_tenant", "ngo_director", "mayor")
    said = [line(1, seats[0], "propose", terms=TERMS)]
    said += [line(number, seat, "inform") for number, seat in enumerate(seats[1:3], start=2)]
    first, second = BINDS["en"], "Luo Mei brings a chair"
    said += [line(4, seats[3], "support", about="L001", condition=first)]
    said += [line(5, seats[4], "support", about="L004", condition=f"{first}; {second}")]
    state: State = {**first_state(game), "lines": said, "turn": len(said), "ledger": ledger(game.scenario, said)}
    floor = last_word_floor(game, state, said, len(said))
    assert floor is not None
    assert floor["seat"] == "migrant_tenant"
    unbound = ledger(game.scenario, said[:4])
    floor = last_word_floor(game, {**state, "lines": said[:4], "turn": 4, "ledger": unbound}, said[:4], 4)
    assert floor is not None
    assert floor["seat"] == "village_cadre"


def test_whom_the_motion_binds_speaks_before_its_last_lines_are_used_up() -> None:
    game = meeting()
    room = [seat for seat in game.present(STAGE) if seat != "village_cadre"]
    said = [line(1, "mayor", "propose", terms=TERMS), line(2, "village_cadre", "inform")]
    said += [line(number, seat, "inform") for number, seat in enumerate(room[:-1], start=3)]
    said.append(line(len(said) + 1, room[-1], "support", about="L001", condition=BINDS["en"]))
    game = game.twin(turns=len(said) + 2)
    state: State = {**first_state(game), "lines": said, "turn": len(said), "ledger": ledger(game.scenario, said)}
    floor = next_floor(game, state)["floor"]
    assert floor is not None
    assert (floor["seat"], floor["why"]) == ("village_cadre", "named")


def test_the_last_line_before_a_vote_is_for_whom_it_names_and_who_is_bound_has_a_last_word_after_it() -> None:
    game = meeting()
    room = [seat for seat in game.present(STAGE) if seat not in ("village_cadre", "migrant_tenant")]
    said = [
        line(1, "mayor", "propose", terms=TERMS),
        line(2, "village_cadre", "inform"),
        line(3, "migrant_tenant", "inform"),
    ]
    said += [line(number, seat, "inform") for number, seat in enumerate(room[1:-1], start=4)]
    says = "Whether it labels her child Luo Mei says before anybody votes."
    said.append(line(len(said) + 1, room[-1], "support", room[1], says=says, about="L001", condition=BINDS["en"]))
    game = game.twin(turns=len(said) + 1)
    state: State = {**first_state(game), "lines": said, "turn": len(said), "ledger": ledger(game.scenario, said)}
    floor = next_floor(game, state)["floor"]
    assert floor is not None
    assert (floor["seat"], floor["why"]) == ("migrant_tenant", "named")
    said.append(line(len(said) + 1, "migrant_tenant", "inform"))
    state = {**state, "lines": said, "turn": len(said)}
    floor = next_floor(game, state)["floor"]
    assert floor is not None
    assert (floor["seat"], floor["why"]) == ("village_cadre", LAST_WORD)
    silent = game.twin(last_words=0)
    floor = next_floor(silent, {**state, "lines": said[:-1], "turn": len(said) - 1})["floor"]
    assert floor is not None
    assert floor["seat"] == "village_cadre", "where there are no last words"


def test_a_mover_who_has_backed_the_motion_has_no_last_word_and_who_stands_by_another_has() -> None:
    game = meeting()
    said = [
        line(1, "mayor", "propose", terms=TERMS),
        line(2, "ngo_director", "support", "mayor", about="L001"),
        line(3, "teacher_volunteer", "object", "mayor", about="L001", terms={"hall": "rented"}),
        line(4, "local_parent", "inform"),
    ]

    def last(lines: list[Line], game: Game = game) -> Floor | None:
        state: State = {**first_state(game), "lines": lines, "turn": len(lines), "ledger": ledger(game.scenario, lines)}
        return last_word_floor(game, state, lines, len(lines))

    floor = last(said)
    assert floor is not None
    assert floor["seat"] == "teacher_volunteer"
    state: State = {**first_state(game), "lines": said, "turn": 4, "ledger": ledger(game.scenario, said)}
    told = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
    assert "Your own motion L003 comes after it." in told
    assert "amends your own motion" not in told
    lit = line(2, "migrant_tenant", "support", about="L001", condition="the hall is lit")
    fees = line(5, "ngo_director", "support", about="L002", terms={"payer": "parents"})
    first = last([said[0], lit, *said[2:], fees, line(6, "mayor", "support", about="L005")])
    assert first is not None
    assert first["seat"] == "migrant_tenant", "of whose amended motion a word is missing, before whose stands beside"
    over = line(5, "teacher_volunteer", "support", about="L001")
    amended = line(6, "ngo_director", "support", about="L001", condition="it closes at six")
    own = line(5, "teacher_volunteer", "support", about="L001", condition="the key hangs in the shop")
    added = line(6, "ngo_director", "support", about="L005", condition=f"{own['condition']}; it closes at six")
    for joins, on in ((over, amended), (own, added)):
        floor = last([*said, joins, on])
        assert floor is None or floor["seat"] != "teacher_volunteer", "who has backed or amended it has left its own"
    rival = line(3, "teacher_volunteer", "support", about="L002", condition="the rent is paid in May")
    said[1:] = [line(2, "ngo_director", "propose", terms={"hall": "rented"}), rival, said[3]]
    said += [line(5, "mayor", "support", about="L001"), line(6, "ngo_director", "support", about="L001")]
    floor = last([*said, line(7, "grid_master", "support", about="L001")])
    assert floor is not None
    assert floor["seat"] == "teacher_volunteer", "who has amended another motion stands by that"


def test_who_has_spoken_of_another_motion_since_a_clause_came_to_bind_it_has_a_last_word_on_that() -> None:
    game = meeting()
    said = [
        line(1, "mayor", "propose", terms=TERMS),
        line(2, "grid_master", "propose", terms={"hall": "rented"}),
        line(3, "teacher_volunteer", "support", about="L001", condition=BINDS["en"]),
        line(4, "village_cadre", "support", about="L002", condition="the rent is paid in May"),
        *(line(number, seat, "support", about="L003") for number, seat in ((5, "mayor"), (6, "local_parent"))),
    ]

    def owes(lines: list[Line]) -> bool:
        state: State = {**first_state(game), "lines": lines, "turn": len(lines), "ledger": ledger(game.scenario, lines)}
        floor = last_word_floor(game, state, lines, len(lines))
        return floor is not None and floor["seat"] == "village_cadre"

    assert owes(said)
    speaks = line(7, "village_cadre", "answer", about="L003")
    assert owes([*said, speaks]), "of words nobody knows which they answer"
    assert not owes([*said, {**speaks, "takes_on": {"L003": "no"}}])


@pytest.mark.parametrize(("lang", "told"), [("en", "Shen Yulan decides; the motion"), ("zh", "接着由沈玉兰定")])
def test_under_a_chair_that_decides_alone_a_last_word_announces_no_vote(lang: Lang, told: str) -> None:
    game = meeting(lang, governance="command")
    said = [line(1, "mayor", "propose", terms=TERMS), line(2, "village_cadre", "inform")]
    said.append(line(3, "grid_master", "support", "mayor", about="L001", condition=BINDS[lang]))
    state: State = {**first_state(game), "lines": said, "turn": 3, "ledger": ledger(game.scenario, said)}
    floor = last_word_floor(game, state, said, 3)
    assert floor is not None
    text = turn_messages(game, {**state, "floor": floor}, floor, None)[-1]["content"]
    assert told in text
    assert "goes to the vote" not in text
    assert "接着表决" not in text
