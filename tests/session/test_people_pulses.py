"""People in seats are asked for their pulse: what they give is kept, and the rules give what they leave out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.pulse import Pulse
from sandbox.game.view import sees
from sandbox.record.folder import SessionFolder
from sandbox.session.runner import Watch
from tests.content.folders import LIBRARY
from tests.running import run_session
from tests.session.desk import SEATS, Desk, StoppedError, folded, rules_spec, run, view_after
from tests.session.support import (
    SteadyModel,
    log_of,
    models_at,
    new_folder,
    of_kind,
    play,
    serving,
    spec_of,
)

PEOPLE = ("mayor", "local_parent")
SPEC = rules_spec(persons=PEOPLE)
GIVEN = {"trust": 5, "conviction": 1, "burden": 4}
NAMES = ("trust", "conviction", "burden")


def _pulses(folder: SessionFolder, seat: str) -> list[tuple[str, str, dict[str, int]]]:
    return [
        (one["stage"], one["origin"], {name: one[name] for name in NAMES})
        for one in of_kind(folder, "pulse")
        if one["seat"] == seat
    ]


async def test_people_are_asked_before_the_first_stage_and_after_each(tmp_path: Path) -> None:
    folder, desk = new_folder(tmp_path, "one"), Desk()
    desk.pulses = {"mayor": GIVEN}
    await run(folder, SPEC, desk)
    moments = ["start", "training", "public_engagement"]
    assert desk.moments == [(moment, PEOPLE) for moment in moments]
    assert _pulses(folder, "mayor") == [(moment, "person", GIVEN) for moment in moments]
    for seat in set(SEATS) - {"mayor"}:
        found = _pulses(folder, seat)
        assert [(moment, origin) for moment, origin, _ in found] == [(moment, "rules") for moment in moments]
        card = LIBRARY.scenario("four_oclock_school").seats[SEATS.index(seat)].pulse
        assert found[0][2] == {name: getattr(card, name) for name in NAMES}


async def test_a_pulse_is_for_its_own_seat_alone(tmp_path: Path) -> None:
    folder, desk = new_folder(tmp_path, "one"), Desk()
    desk.pulses = {"mayor": GIVEN}
    await run(folder, SPEC, desk)
    assert view_after(folder, SPEC, "line", "L001", "mayor").pulse == GIVEN
    game = Game(SPEC, LIBRARY)
    for event in desk.seen:
        if event.kind in ("pulse", "person"):
            own = {event.seat} if event.kind == "pulse" else set()
            assert {seat for seat in (*game.positions, None) if sees(game, seat, event)} == own


async def test_the_rules_go_on_from_what_a_person_gave(tmp_path: Path) -> None:
    class Once(Desk):
        async def ask_pulses(self, moment: str, seats: Sequence[str], keep: Any) -> None:
            self.pulses = {"mayor": GIVEN} if moment == "start" else {}
            await super().ask_pulses(moment, seats, keep)

    folder = new_folder(tmp_path, "one")
    await run(folder, SPEC, Once())
    found = _pulses(folder, "mayor")
    assert [origin for _, origin, _ in found] == ["person", "rules", "rules"]
    for name in ("trust", "conviction"):  # by rule these move by one at most
        assert abs(found[1][2][name] - GIVEN[name]) <= 1


async def test_only_people_who_were_in_the_room_are_asked_after_a_stage_in_which_somebody_spoke(tmp_path: Path) -> None:
    spec = rules_spec(governance="command", persons=PEOPLE)
    assert "local_parent" not in Game(spec, LIBRARY).present("training")
    folder, desk = new_folder(tmp_path, "one"), Desk({"stage:public_engagement": [("end", {})]})
    desk.pulses = dict.fromkeys(PEOPLE, GIVEN)
    await run(folder, spec, desk)
    assert desk.moments == [("start", PEOPLE), ("training", ("mayor",))]
    start, training, _ = _pulses(folder, "local_parent")
    assert (start[1], training[1]) == ("person", "rules")
    assert training[2] == GIVEN


async def test_who_holds_the_seat_then_is_asked(tmp_path: Path) -> None:
    script: Any = {
        "line:L002": [("seat", {"seat": "mayor", "by": "persona"}), ("seat", {"seat": "grid_master", "by": "person"})]
    }
    folder, desk = new_folder(tmp_path, "one"), Desk(script)
    await run(folder, SPEC, desk)
    assert [set(seats) for _, seats in desk.moments] == [set(PEOPLE), *[{"grid_master", "local_parent"}] * 2]


@pytest.mark.parametrize("wrong", [{"trust": 0}, {"burden": 6}, {"conviction": 2.5}, {"trust": True}, {"burden": None}])
async def test_a_level_out_of_bounds_is_refused_and_asked_for_again(tmp_path: Path, wrong: dict[str, Any]) -> None:
    class Corrected(Desk):
        async def ask_pulses(
            self, moment: str, seats: Sequence[str], keep: Callable[[str, Mapping[str, Any]], Pulse]
        ) -> None:
            del moment, seats
            with pytest.raises(InputError, match="whole numbers from 1 to 5"):
                keep("mayor", {**GIVEN, **wrong})
            assert keep("mayor", GIVEN) == GIVEN
            assert keep("mayor", {**GIVEN, "trust": 1}) == GIVEN, "the first answer counts"

    spec, folder = SPEC.model_copy(update={"stages": ("training",), "turns": 2}), new_folder(tmp_path, "one")
    await run(folder, spec, Corrected())
    assert [pulse for _, _, pulse in _pulses(folder, "mayor")] == [GIVEN, GIVEN]
    kept = [one["pulse"] for one in of_kind(folder, "person") if one["id"].startswith("pulse:")]
    assert kept == [GIVEN, GIVEN]


async def test_a_pulse_that_was_given_before_a_crash_is_used_again(tmp_path: Path) -> None:
    spec, whole = SPEC.model_copy(update={"turns": 1, "stages": ("training",)}), new_folder(tmp_path, "whole")
    desk = Desk()
    desk.pulses = {"mayor": GIVEN, "local_parent": {"trust": 2, "conviction": 2, "burden": 2}}
    await run(whole, spec, desk)
    events = log_of(whole)
    pulsed = [event["seq"] for event in events if event["kind"] in ("person", "pulse")]
    for stop in pulsed[::3]:
        folder, first, then = new_folder(tmp_path, f"stopped{stop}"), Desk(stop=stop), Desk()
        first.pulses = then.pulses = desk.pulses
        with pytest.raises(StoppedError):
            await run(folder, spec, first)
        await run(folder, spec, then)
        assert log_of(folder) == events, f"stopped after event {stop}"
        given = [event.seat for event in first.seen if event.payload["id"].startswith("pulse:start")]
        again = [seat for moment, seats in then.moments if moment == "start" for seat in seats]
        assert not set(given) & set(again), "nobody is asked twice"


async def test_the_session_waits_for_people_and_goes_on_when_asking_ends(tmp_path: Path) -> None:
    class Patient(Desk):
        def __init__(self) -> None:
            super().__init__()
            self.enough = asyncio.Event()

        async def ask_pulses(self, moment: str, seats: Sequence[str], keep: Any) -> None:
            await super().ask_pulses(moment, seats, keep)
            await self.enough.wait()

    folder, desk = new_folder(tmp_path, "one"), Patient()
    task = asyncio.create_task(run(folder, SPEC, desk))
    await asyncio.sleep(0.1)
    assert desk.moments == [("start", PEOPLE)]
    assert desk.count("stage") == desk.count("pulse") == 0
    desk.enough.set()
    await task
    assert len(_pulses(folder, "mayor")) == 3
    assert folded(folder, SPEC).finished


async def test_a_model_is_asked_for_personas_only(tmp_path: Path) -> None:
    spec, folder, desk = spec_of(stages=("training",), turns=1, persons=PEOPLE), new_folder(tmp_path, "one"), Desk()
    desk.pulses = {"mayor": GIVEN}
    model = SteadyModel()
    with serving(model) as url:
        models = models_at(url, judge=False)
        models = replace(models, profile=replace(models.profile, asks_pulse=True))
        await models.endpoints.during(run_session(folder, spec, LIBRARY, models, desk.watch()))
    origins = {seat: {origin for _, origin, _ in _pulses(folder, seat)} for seat in SEATS}
    assert origins == {**{seat: {"model"} for seat in SEATS}, "mayor": {"person"}, "local_parent": {"rules"}}


async def test_where_nobody_can_be_asked_the_rules_give_all_pulses(tmp_path: Path) -> None:
    async def ask(view: Any, state: Any) -> dict[str, Any]:
        return await Desk().ask(view, state)

    folder = new_folder(tmp_path, "one")
    with serving(SteadyModel()) as url:
        await play(folder, spec_of(stages=("training",), turns=2, persons=PEOPLE), url, Watch(ask_person=ask), False)
    assert {one["origin"] for one in of_kind(folder, "pulse")} == {"rules"}
