"""Before a vote, whoever the motion binds anew, or whose own it has overtaken, has a last word; and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.errors import InputError
from sandbox.game.agenda import next_floor
from sandbox.game.conditions import MOST_CONDITIONS
from sandbox.game.game import Game
from sandbox.game.last_word import LAST_WORD, last_word_floor
from sandbox.game.ledger import ledger
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
        assert ("condition" in may_name) == ("replaces" in may_name) == (why == BINDS[lang]), "nothing else is taken"
        assert "promises" in may_name
        own_part = {"en": "(promises: what you give, either way)", "zh": "不认也能写进promises"}[lang]
        assert own_part in told
        amends = {"en": "It amends your own motion L001", "zh": "它是从你提的L001改来的"}[lang]
        assert (amends in told) == (why == "L001")


def test_whoever_is_bound_may_put_another_clause_in_its_place_and_nothing_else() -> None:
    game, other = meeting(), "Huang Jinfu opens the door at five"
    seen: list[str] = []

    def closing(game: Game, state: State) -> dict[str, Any]:
        if seen:
            return {}
        base = {**TURN, "act": "support", "about": f"L0{LIMIT}", "says": "Not at four."}
        for turn in ({"condition": other}, {"terms": {"hall": "rented"}}, {"act": "object", "condition": other}):
            with pytest.raises(InputError, match="nothing new is put on the table"):
                make_line(game, state, {**base, **turn}, "model")  # type: ignore[typeddict-item]
        assert state["floor"] is not None
        view = seat_view(game, state, state["floor"]["seat"])
        assert [*replaceable(game, view, "support", f"L0{LIMIT}")] == [f"L0{LIMIT}"], "nor is a person offered more"
        assert not replaceable(game, view, "support", "L001")
        seen.append(str(state["floor"]))
        return {"act": "support", "about": f"L0{LIMIT}", "condition": other, "replaces": f"L0{LIMIT}"}

    _, _, state = played(game, {"act": "support", "condition": BINDS["en"]}, closing)
    assert seen
    assert state["decisions"][0]["condition"] == other


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


def test_last_words_end_also_where_each_puts_something_in_the_place_of_the_last() -> None:
    def closing(game: Game, state: State) -> dict[str, Any]:
        assert state["floor"] is not None
        had = {line["seat"] for line in state["lines"][LIMIT:]} | {state["floor"]["seat"]}
        owed = seat_view(game, state, state["floor"]["seat"]).last_word
        other = next((game.name(seat) for seat in game.seats if seat not in had), "")
        if owed is None or not owed.since or not other:
            return {}
        replaced = {"condition": f"{other} opens the door", "replaces": owed.since[0]}
        return {"act": "support", "about": owed.motion.line, **replaced}

    game = meeting()
    _, before, state = played(game, {"act": "support", "condition": BINDS["en"]}, closing)
    assert 2 <= len(before) <= len(game.present(STAGE))
    assert state["decisions"]


def test_a_last_word_takes_out_no_clause_but_what_binds_its_speaker_and_who_asked_for_it_has_a_line() -> None:
    heard: list[str] = []

    def closing(game: Game, state: State) -> dict[str, Any]:
        assert state["floor"] is not None
        seat = state["floor"]["seat"]
        owed = seat_view(game, state, seat).last_word
        assert owed is not None
        if owed.lost:
            heard.append(seat)
            told = turn_messages(game, state, state["floor"], None)[-1]["content"]
            assert f"took out what you had asked for, ⟦{BINDS['en']}⟧" in told
            assert "Since you last spoke" not in told, "said once"
        if owed.binds:
            other = {"condition": "The door is opened at five", "replaces": owed.since[0]}
            return {"act": "support", "about": owed.motion.line, **other}
        strikes = {"act": "support", "about": owed.motion.line, "says": "…", "replaces": owed.motion.line}
        with pytest.raises(InputError, match="nothing new is put on the table"):
            make_line(game, state, {**TURN, **strikes}, "model")  # type: ignore[typeddict-item]
        return {}

    lines, _, _ = played(meeting(), {"act": "support", "condition": BINDS["en"]}, closing)
    assert heard == [lines[LIMIT - 1]["seat"]]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_last_word_binds_nobody_who_has_had_the_last_line(lang: Lang) -> None:
    again: dict[Lang, str] = {"en": "Huang Jinfu opens the door at five", "zh": "黄金福五点开门"}
    told: list[str] = []

    def closing(game: Game, state: State) -> dict[str, Any]:
        floor = state["floor"]
        assert floor is not None
        line = {"act": "support", "about": f"L0{LIMIT}", "condition": again[lang], "replaces": f"L0{LIMIT}"}
        if "village_cadre" not in [line["seat"] for line in state["lines"][LIMIT:]]:
            return {}
        with pytest.raises(InputError, match="no line left" if lang == "en" else "没有机会回话"):
            make_line(game, state, {**TURN, **line, "says": "…"}, "model")  # type: ignore[typeddict-item]
        told.append(turn_messages(game, state, floor, None)[-1]["content"])
        return {}

    game = meeting(lang)
    chairs = [f"{game.name(seat)} brings a chair" for seat in game.seats if seat != "village_cadre"]
    played(
        game,
        {"act": "support", "condition": game.words("semi").join([BINDS[lang], *chairs[: MOST_CONDITIONS - 1]])},
        closing,
    )
    assert told
    barred = "binding none of " if lang == "en" else "换上的不能要"
    assert all("village_cadre" in text.partition(barred)[2].splitlines()[0] for text in told)


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
    assert not owes([*said, line(7, "village_cadre", "answer", about="L003", says="At four the door is open.")])


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
