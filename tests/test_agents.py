"""An agent of one's own in Python plays seats: it is asked, checked, named, and needed to go on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import sandbox
from sandbox.content.acts import has
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.session import Speaker
from tests.cli.conftest import Cli, cli
from tests.scoring.null_sessions import null_values

__all__ = ["cli"]

SHORT: dict[str, Any] = {"stages": ["training", "public_engagement"], "turns": 4}


@pytest.fixture(autouse=True)
def _runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr("sandbox.scoring.null_model._values", null_values)


def plain(view: sandbox.AgentView) -> dict[str, Any]:
    """Draw an act; whoever may name options names the first of each question."""
    act = view.random.choice(view.acts)
    terms = {question: next(iter(options)) for question, options in view.options.items()}
    offers = has(act, "offers") or has(act, "counters")
    turn = view.turn(act, f"{view.seat} speaks line {view.number}.", terms=terms if offers else {})
    return turn if not view.refusal(turn) else view.turn(view.acts[0], "Nothing more.")


class Patient:
    """An asynchronous agent with a method ``act``, as Concordia's have one."""

    name = "patient one"

    async def act(self, view: sandbox.AgentView) -> Mapping[str, Any]:
        await asyncio.sleep(0)
        return {"act": view.acts[0], "says": f"Patience, line {view.number}."}


def test_an_agent_plays_every_seat_under_its_own_name() -> None:
    session = sandbox.run(agent=plain, seed=4, **SHORT)
    spec = session.played.spec
    assert session.finished
    assert {row["origin"] for row in session.lines} == {"agent"}
    assert (spec.model, spec.player, {*spec.agents.values()}) == ("plain", "agent", {"plain"})
    assert {*spec.agents} == {row["seat"] for row in session.seats}
    (row,) = session.tables["sessions"]
    assert (row["model"], row["seed"]) == ("plain", 4)
    for name, who in (("report.html", "plain (agent in Python)"), ("transcript.md", "")):
        text = (session.path / name).read_text(encoding="utf-8")
        assert who in text
        for false in ("the rules alone –", "drawn at random from those", "No model spoke"):
            assert false not in text
    again = sandbox.run(agent=plain, seed=4, **SHORT)
    assert [line["says"] for line in again.lines] == [line["says"] for line in session.lines]


def test_an_agent_sees_what_its_seat_may_know_and_no_more() -> None:
    library = Library.load()

    def looks(view: sandbox.AgentView) -> dict[str, Any]:
        heard = {line["id"] for line in view.lines}
        assert all(view.seat in line["visible_to"] for line in view.lines)
        assert {*view.acts} <= {*view.schema["properties"]["act"]["enum"]}
        assert [message["role"] for message in view.messages] == ["system", "user"]
        assert view.knows.seat == view.seat not in view.to
        asides.update(heard)
        return view.turn(view.acts[0], "I have looked.")

    asides: set[str] = set()
    session = sandbox.run(agent=looks, **SHORT)
    assert asides
    assert Game(session.played.spec, library).positions.keys() == session.played.spec.agents.keys()


class Weary(Patient):
    """One that answers its pulses, until it fails at that."""

    name = "patient one"

    def __init__(self, *answers: object) -> None:
        self.answers, self.seen = list(answers), list[sandbox.PulseView]()

    async def pulse(self, view: sandbox.PulseView) -> Any:
        self.seen.append(view)
        return self.answers.pop(0) if self.answers else {**view.by_rule, "burden": 5}


def test_an_agent_plays_one_seat_beside_others(cli: Cli, tmp_path: Path) -> None:
    weary = Weary()
    session = sandbox.run(agent={"mayor": weary}, model="cards", seed=2, **SHORT)
    pulses = {(row["moment"], row["burden"], row["origin"]) for row in session.pulses if row["seat"] == "mayor"}
    assert {(view.moment, 5, "agent") for view in weary.seen} == {each for each in pulses if each[2] == "agent"}
    assert "start" in {view.moment for view in weary.seen}
    assert {view.seat for view in weary.seen} == {"mayor"}
    assert "conviction" in weary.seen[0].messages[1]["content"]
    assert {row["origin"] for row in session.pulses if row["seat"] != "mayor"} == {"rules"}
    origins = {(row["seat"] == "mayor", row["origin"]) for row in session.lines}
    assert origins == {(True, "agent"), (False, "card")}
    assert session.played.spec.agents == {"mayor": "patient one"}
    assert {row["seat"]: row["agent"] for row in session.seats if row["agent"]} == {"mayor": "patient one"}
    (row,) = session.tables["sessions"]
    assert (row["agents"], row["model"]) == ({"mayor": "patient one"}, "cards")
    assert "patient one for mayor" in repr(session)
    (listed,) = json.loads(cli("list", "session", "--json").out)
    assert (listed["agents"], "mayor: patient one" in listed["what"]) == (row["agents"], True)
    assert cli("export", session.id, "--to", tmp_path / "tables").code == 0
    assert "patient one" in (tmp_path / "tables" / "seats.csv").read_text(encoding="utf-8")
    report = (session.path / "report.html").read_text(encoding="utf-8")
    assert "patient one (agent in Python) for" in report


@pytest.mark.parametrize(("answer", "says"), [
    (None, "an answer is a mapping"),
    ({"says": "Well."}, "missing field: act"),
    ({"act": "inform", "words": "Well."}, "unknown field: words; allowed: act, to, says"),
    ({"act": "inform", "says": ""}, "a line needs words"),
    ({"act": "inform", "says": "x" * 5000}, "5000 characters; at most 900"),
    ({"act": "inform", "says": 3}, "says: expected str, found int"),
    ({"act": "veto", "says": "No."}, "'veto' is not open to you now; allowed: inform"),
    ({"act": "inform", "to": "nobody", "says": "Well."}, "'nobody' is not open to you now"),
    ({"act": "propose", "says": "Well.", "terms": {"payer": "moon"}}, "payer=moon"),
])  # fmt: skip
def test_a_turn_that_cannot_be_taken_is_told_plainly(answer: object, says: str) -> None:
    def wrong(view: sandbox.AgentView) -> Any:
        if isinstance(answer, Mapping):
            assert says in view.refusal(answer)
        return answer

    with pytest.raises(sandbox.SandboxError, match="agent wrong, mayor, training, L001: ") as caught:
        sandbox.run(agent=wrong, **SHORT)
    assert says in str(caught.value)
    assert Words("zh").error(caught.value).startswith("智能体wrong，mayor，training，L001：")
    assert caught.value.session == sandbox.load("last").id


def test_a_pulse_that_cannot_be_taken_is_told_plainly() -> None:
    cases: list[tuple[object, str]] = [
        (3, "an answer is a mapping, found int"),
        ({"trust": 3, "conviction": 3}, "missing field: burden"),
        ({"trust": 3, "conviction": 3, "burden": 2.5}, "whole numbers from 1 to 5"),
        (
            {"trust": 3, "conviction": 3, "burden": 2, "joy": 1},
            "unknown field: joy; allowed: trust, conviction, burden",
        ),
    ]
    for answer, says in cases:
        with pytest.raises(sandbox.InputError, match="agent patient one, pulse of mayor, start: ") as caught:
            sandbox.run(agent={"mayor": Weary(answer)}, model="cards", **SHORT)
        assert says in str(caught.value)
        assert Words("zh").error(caught.value).startswith("智能体patient one，mayor的心态，start：")


def test_who_plays_the_seats_without_an_agent_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SANDBOX_MODEL", raising=False)
    with pytest.raises(sandbox.InputError, match=r"name who plays the others \(.*migrant_tenant.*'cards'"):
        sandbox.run(agent={"mayor": plain}, **SHORT)


def test_a_session_is_gone_on_with_by_its_agent_alone(cli: Cli) -> None:
    def stops(view: sandbox.AgentView) -> dict[str, Any]:
        if view.number == 4:
            raise RuntimeError("no more")
        return plain(view)

    with pytest.raises(RuntimeError, match="no more") as caught:
        sandbox.run(agent=stops, agent_name="plain", seed=4, **SHORT)
    stopped = sandbox.load("last")
    assert f"sandbox.resume('{stopped.id}', agent=…)" in "".join(caught.value.__notes__)
    assert (len(stopped.lines), stopped.finished) == (3, False)
    refused = cli("resume", stopped.id)
    assert refused.code == 2
    assert "an agent in Python (plain:" in refused.err
    with pytest.raises(sandbox.SandboxError, match="which is not here"):
        sandbox.resume(stopped.id)
    assert len(sandbox.load(stopped.id).lines) == 3
    whole = sandbox.resume(stopped.id, agent=plain)
    assert whole.finished
    assert [row["says"] for row in whole.lines] == [
        row["says"] for row in sandbox.run(agent=plain, seed=4, **SHORT).lines
    ]
    assert sandbox.resume(stopped.id).lines == whole.lines, "one that is over is opened"
    with pytest.raises(sandbox.SandboxError, match="is over"):
        sandbox.resume(stopped.id, agent=plain)


def test_a_seat_is_gone_on_with_by_another_agent() -> None:
    def stops(view: sandbox.AgentView) -> dict[str, Any]:
        raise RuntimeError(f"no more from {view.seat}")

    with pytest.raises(RuntimeError, match="no more from mayor"):
        sandbox.run(agent={"mayor": stops}, model="cards", seed=2, **SHORT)
    with pytest.raises(sandbox.SandboxError, match="stops: mayor"):
        sandbox.resume()
    session = sandbox.resume("last", agent=Patient())
    assert session.finished
    assert session.played.spec.agents == {"mayor": "patient one"}
    assert {row["origin"] for row in session.lines if row["seat"] != "mayor"} == {"card"}


def test_others_go_on_with_what_an_agent_began(cli: Cli) -> None:
    session = sandbox.run(agent=plain, **SHORT)
    assert cli("branch", session.id, "--at", "L005", "--seed", 9).code == 0
    assert cli("resume", "last").code == 2
    assert cli("resume", "last", "--model", "cards", "-q").code == 0
    mixed = sandbox.load("last")
    assert [row["origin"] for row in mixed.lines[:5]] == ["agent"] * 5
    assert "agent" not in {row["origin"] for row in mixed.lines[5:]}
    assert mixed.played.speakers == (Speaker("", "plain"), Speaker("L005", "cards"))
    assert mixed.played.spec.agents == {}
    assert cli("branch", mixed.id, "--at", "L003").code == 0
    third = sandbox.resume("last", agent=Patient())
    assert third.played.spec.model == "patient one"


def test_many_seeds_come_to_tables(cli: Cli, tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        sessions = list(pool.map(lambda seed: sandbox.run(agent=plain, seed=seed, **SHORT), range(1, 4)))
    rows = [session.tables["sessions"][0] for session in sessions]
    assert [row["seed"] for row in rows] == [1, 2, 3]
    assert all(row["lines"] == len(session.lines) for row, session in zip(rows, sessions, strict=True))
    done = cli("export", *[session.id for session in sessions], "--to", tmp_path / "tables", "--json")
    assert json.loads(done.out)["sessions"] == 3


def test_a_name_is_shown_on_one_line_and_as_plain_text() -> None:
    session = sandbox.run(agent=plain, agent_name="\x1b[31mone\n# two", **SHORT)
    assert set(session.played.spec.agents.values()) == {"[31mone # two"}
    assert "\n" not in repr(session)


def test_of_a_session_that_could_not_begin_nothing_stays_and_no_way_on_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("sandbox.session.opening.first_event", fails)
    with pytest.raises(RuntimeError) as failed:
        sandbox.run(agent=plain, **SHORT)
    assert not getattr(failed.value, "__notes__", [])
    assert not list((tmp_path / "runs").glob("*"))


def test_what_is_no_agent_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"agent": Patient}, "Patient is a class"),
        ({"agent": plain, "agent_name": "\udcff"}, "cannot name an agent"),
        ({"agent": 3}, "agent: expected a function"),
        ({"agent": {}}, "names a seat"),
        ({"agent": {"nobody": plain}, "model": "cards"}, "unknown seat 'nobody'"),
        ({"agent": plain, "model": "cards"}, "none is left for cards"),
        ({"agent": plain, "agent_name": "cards"}, "cannot name an agent"),
        ({"agent": {"mayor": plain}, "model": "cards", "agent_name": "x"}, "names of their own"),
    ]  # fmt: skip
    for arguments, says in cases:
        with pytest.raises(sandbox.SandboxError, match=says):
            sandbox.run(**arguments, **SHORT)
        assert not list((tmp_path / "runs").glob("*"))


def test_a_refused_act_names_the_ids_that_are_taken_and_the_view_shows_where_it_stands() -> None:
    told: list[tuple[str, str]] = []

    def agent(view: sandbox.AgentView) -> dict[str, Any]:
        told.append((view.refusal(view.turn("ask for time", "Wait.")), repr(view)))
        assert all(act in told[-1][0] for act in view.acts)
        return view.turn(view.acts[0], "Well.")

    sandbox.run(agent=agent, lang="zh", **SHORT)
    refusal, shown = told[0]
    assert "inform" in refusal
    assert shown.startswith("<AgentView mayor in training, line 1: ")


def test_the_error_of_an_agent_carries_no_note_of_the_graph() -> None:
    def broken(view: sandbox.AgentView) -> dict[str, Any]:
        raise ZeroDivisionError(view.seat)

    with pytest.raises(ZeroDivisionError) as caught:
        sandbox.run(agent=broken, **SHORT)
    assert [note for note in caught.value.__notes__ if "During task" in note] == []
    assert "go on with: sandbox.resume" in caught.value.__notes__[-1]
