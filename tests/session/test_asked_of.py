"""A condition says itself whom it asks for something: they answer for it, and whom else it names may confirm it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.errors import InputError
from sandbox.game.fold import fold
from sandbox.game.game import Game
from sandbox.game.motions.conditions import whom_it_asks
from sandbox.game.motions.doers import doers_said
from sandbox.game.motions.unwilling import asks_of
from sandbox.game.state import Floor, State, apply, first_state
from sandbox.game.steps import complete, hear, make_line
from sandbox.report.acceptance import owed
from sandbox.report.reading import Reading
from sandbox.session.schema import turn_schema
from sandbox.session.turns import person_turn
from tests.game.making import LIBRARY, TURN
from tests.session.support import SteadyModel, new_folder, of_kind, play, properties, serving, spec_of

STAGE = "public_engagement"
SEAT = re.compile(r"(?:seat |席位 )(\w+)")
PAID: dict[Lang, str] = {
    "en": "the grid master serves the month, the street pays it", "zh": "网格员守满这个月，街道付工钱",
}  # fmt: skip
SPARED: dict[Lang, str] = {"en": "the grid master is spared a form", "zh": "网格员少填一张表"}
PAYS = "street_director"
NAMED = "grid_master"


class Asks(SteadyModel):
    """A model whose landlord moves, and whose residents support that on a condition each, and say whom it asks.

    Args:
        asks: the condition of each seat, and whom it says that it asks; None for nothing said.
    """

    def __init__(self, asks: dict[str, tuple[str, Any]]) -> None:
        super().__init__("support")
        self.asks = asks
        self.told: list[tuple[str, dict[str, Any]]] = []

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the object that answers a request body."""
        parts, text = properties(body), body["messages"][-1]["content"]
        if "act" not in parts:
            return super().answer(body)
        seat = SEAT.search(text.split("# You" if "# You" in text else "# 你")[1])
        assert seat
        own, acts = seat[1], parts["act"]["enum"]
        self.told.append((own, body["response_format"]["json_schema"]["schema"]))
        turn = {**super().answer(body), "asked_of": []} if "asked_of" in parts else super().answer(body)
        lines = re.findall(r"^- (L\d+)", text, re.MULTILINE)
        if "takes_on" in parts:
            turn["takes_on"] = dict.fromkeys(parts["takes_on"]["properties"], "yes")
        if "condition" in parts and not lines:
            return {**turn, "act": "propose", "to": "all", "terms": {"gate_list": "sums"}}
        if "condition" in parts and own in self.asks and self.asks[own][0] not in text:
            condition, asked_of = self.asks[own]
            turn |= {"act": "support", "about": lines[-1], "condition": condition, "asked_of": asked_of}
            return {key: value for key, value in turn.items() if value is not None}
        quiet = "inform" if "inform" in acts else acts[0]
        if "about" in parts and "enum" in parts["about"]:
            turn["about"] = parts["about"]["enum"][0]
            turn["also"] = dict.fromkeys(parts.get("also", {}).get("properties", {}), "kept")
            return {**turn, "act": acts[0]}
        return {**turn, "act": quiet}


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_whom_a_condition_asks_answers_for_it_and_whom_it_only_names_confirms_it_a_year_later(
    lang: Lang, tmp_path: Path
) -> None:
    spec = spec_of(
        scenario="clean_up", governance="joint_production", stages=(STAGE, "review"), turns=14, lang=lang, seed=3
    )
    model = Asks({"self_gov": (PAID[lang], [PAYS]), "migrant_tenant": (SPARED[lang], [PAYS])})
    folder = new_folder(tmp_path, "said")
    with serving(model) as url:
        session = await play(folder, spec, url, judge=False)
    brought = {line["id"]: line for line in of_kind(folder, "line") if "asked_of" in line}
    assert {line["seat"]: line["asked_of"] for line in brought.values()} == {
        "self_gov": [PAYS],
        "migrant_tenant": [PAYS],
    }
    asked = {
        (seat, line)
        for seat, schema in model.told
        for line in schema["properties"].get("takes_on", {}).get("properties", {})
    }
    assert asked == {(PAYS, line) for line in brought}, "nobody else is to say whether they will do it"
    due = {item.says: item.account for item in session.state["ledger"] if item.account and item.kind == "term"}
    for condition in (PAID[lang], SPARED[lang]):
        account = due[condition]
        assert account
        assert (account.owner, account.joined) == (PAYS, ())
        assert NAMED in account.concerned
        assert NAMED in account.confirmed
    (taken,) = session.state["decisions"]
    told = {(part, seat) for _, seat, part in owed(Reading(session), taken)}
    assert told == {(PAID[lang], PAYS), (SPARED[lang], PAYS)}
    older = [
        replace(event, payload={key: value for key, value in event.payload.items() if key != "asked_of"})
        for event in folder.read()
    ]
    before = {item.says: item.account for item in fold(session.game, older)["ledger"] if item.account}
    spared, paid = before[SPARED[lang]], before[PAID[lang]]
    assert spared
    assert paid
    assert (spared.owner, paid.owner) == (NAMED, NAMED), "of a log that does not say it the words are read"


async def test_what_a_model_leaves_out_or_names_nobody_present_by_is_read_out_of_its_words(tmp_path: Path) -> None:
    spec = spec_of(scenario="clean_up", governance="joint_production", stages=(STAGE,), turns=12, seed=3)
    said: tuple[Any, ...] = (None, ["the street"], [PAYS, "the street"], PAYS, [])
    logged: list[Any] = []
    for number, asked_of in enumerate(said):
        folder = new_folder(tmp_path, str(number))
        with serving(Asks({"self_gov": (PAID["en"], asked_of)})) as url:
            await play(folder, spec, url, judge=False)
        (line,) = [line for line in of_kind(folder, "line") if line["condition"] and line["seat"] == "self_gov"]
        logged.append(line.get("asked_of"))
    assert logged == [None, None, [PAYS], [PAYS], []]


class Malformed(Asks):
    """The same, whose first answer to what it is asked is a word and no object by line."""

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the object that answers a request body."""
        turn, text = super().answer(body), body["messages"][-1]["content"]
        return {**turn, "takes_on": "part"} if "takes_on" in turn and "takes_on 'part'" not in text else turn


async def test_an_answer_to_conditions_that_cannot_be_read_by_line_is_asked_for_again(tmp_path: Path) -> None:
    spec = spec_of(scenario="clean_up", governance="joint_production", stages=(STAGE,), turns=12, seed=3)
    model, folder = Malformed({"self_gov": (PAID["en"], [PAYS])}), new_folder(tmp_path, "malformed")
    with serving(model) as url:
        await play(folder, spec, url, judge=False)
    (brought,) = [line["id"] for line in of_kind(folder, "line") if line.get("asked_of")]
    texts = [body["messages"][-1]["content"] for body in model.turns]
    assert any(f"""takes_on 'part' is none of {{"{brought}": "yes"}}""" in text for text in texts)
    assert {brought: "yes"} in [line.get("takes_on") for line in of_kind(folder, "line")]


def _meeting(
    *turns: tuple[str, dict[str, Any]], mover: str = "landlord", governance: str = "joint_production"
) -> tuple[Game, State]:
    """Return a meeting in which somebody has moved something, after some more turns."""
    game = Game(spec_of(scenario="clean_up", governance=governance, stages=(STAGE,), turns=12), LIBRARY)
    state = first_state(game)
    for seat, turn in ((mover, {"act": "propose", "terms": {"gate_list": "sums"}}), *turns):
        binds = turn["act"] == "decide"
        acts: Any = ["decide"] if binds else [*game.speech(seat)]
        floor: Floor = {
            "seat": seat, "why": "quiet", "acts": acts, "point": "", "phase": "decision" if binds else "discussion",
        }  # fmt: skip
        line: Any = {**TURN, "says": "so", **turn}
        state = {**state, "floor": floor}
        state = apply(state, hear(game, state, make_line(game, state, line, "model")))
        state = apply(state, complete(game, state)) if binds else state
    return game, state


def _supports(about: str, condition: str, *asked_of: str) -> dict[str, Any]:
    return {"act": "support", "about": about, "condition": condition, "asked_of": [*asked_of]}


def test_each_condition_of_a_motion_asks_whom_the_line_that_brought_it_says() -> None:
    two = "the landlord lights the stair; Cao Zhigang is told each week"
    game, state = _meeting(
        ("self_gov", _supports("L001", PAID["en"], PAYS)),
        ("migrant_tenant", _supports("L002", two, "landlord", PAYS)),
        ("grid_master", _supports("L003", "nobody asks Luo Mei for a deposit")),
    )
    motion = next(item for item in state["ledger"] if item.line == "L004")
    said = {
        (each.by, each.condition[:11], each.seat) for each in doers_said(game, state["ledger"], motion, state["lines"])
    }
    assert said == {
        ("L002", "the grid ma", PAYS),
        ("L003", "the landlor", "landlord"),  # of several the one that it names
        ("L003", "Cao Zhigang", "landlord"),  # where it names none of them, all
        ("L003", "Cao Zhigang", PAYS),
    }
    asked = {seat: [*asks_of(game, state["ledger"], seat, STAGE)] for seat in game.present(STAGE)}
    assert {seat: lines for seat, lines in asked.items() if lines} == {PAYS: ["L002", "L003"], "landlord": ["L003"]}


def test_of_several_whom_a_condition_asks_whoever_it_names_first_answers_for_it() -> None:
    says, room = "the community writes the list, the landlord lends the room", ["landlord", PAYS, "community_secretary"]
    game, state = _meeting(("migrant_tenant", _supports("L001", says, *room)))
    asked = whom_it_asks(game, state["ledger"], says, game.present(STAGE))
    assert asked == ["community_secretary", "landlord", PAYS], "in whatever order its line lists them"


def test_what_is_asked_of_its_mover_is_no_question_to_it_and_what_asks_nobody_falls_to_who_asked_for_it() -> None:
    own = "Qiu Wenbin writes the list, Luo Mei reads it"
    game, state = _meeting(("self_gov", _supports("L001", own, "self_gov", "migrant_tenant")))
    assert not asks_of(game, state["ledger"], "self_gov", STAGE)
    assert [*asks_of(game, state["ledger"], "migrant_tenant", STAGE)] == ["L002"]
    game, state = _meeting(("self_gov", _supports("L001", own)))
    assert not any(asks_of(game, state["ledger"], seat, STAGE) for seat in game.present(STAGE))


def test_what_a_chair_adds_asks_whom_its_decision_says() -> None:
    decides = {"act": "decide", "about": "L001", "terms": {"gate_list": "sums"}, "condition": SPARED["en"]}
    for said, asked in (({"asked_of": [PAYS]}, [PAYS]), ({}, [NAMED])):
        game, state = _meeting((PAYS, {**decides, **said}), mover=PAYS, governance="command")
        assert state["decisions"]
        assert whom_it_asks(game, state["ledger"], SPARED["en"], game.present(STAGE)) == asked


def test_a_turn_says_whom_its_condition_asks_wherever_it_may_bring_one_and_names_nobody_who_is_absent() -> None:
    game, state = _meeting()
    room = [*game.present(STAGE)]
    floor: Floor = {
        "seat": "self_gov", "why": "quiet", "acts": [*game.speech("self_gov")], "point": "", "phase": "discussion",
    }  # fmt: skip
    state = {**state, "floor": floor}
    shape = turn_schema(game, state, floor, None)
    assert shape["properties"]["asked_of"] == {"type": "array", "items": {"type": "string", "enum": room}}
    assert "asked_of" in shape["required"]
    votes: Floor = {**floor, "acts": ["support", "object"], "phase": "decision"}
    shape = turn_schema(game, {**state, "floor": votes}, votes, None)
    assert "asked_of" not in {*shape["properties"], *shape["required"]}
    turn = {"act": "support", "to": "all", "says": "So.", "about": "L001", "condition": PAID["en"]}
    with pytest.raises(InputError, match="asked_of: 'site_host' is nobody here whom a condition could ask"):
        person_turn(game, state, {**turn, "asked_of": ["site_host"]})
    assert "asked_of" not in person_turn(game, state, turn)
    bare = person_turn(game, state, {**turn, "condition": "", "asked_of": [PAYS]})
    assert "asked_of" not in make_line(game, state, bare, "person"), "there is nothing that it could ask"
    assert make_line(game, state, person_turn(game, state, {**turn, "asked_of": []}), "person")["asked_of"] == []
