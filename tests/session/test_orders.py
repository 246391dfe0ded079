"""The facilitator's orders: what they change, who learns of it, and that a stop changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.orders import LONGEST_ORDER
from sandbox.game.spec import SessionSpec
from sandbox.game.state import State
from sandbox.game.view import SeatView, sees
from sandbox.record.events import Event
from sandbox.record.folder import SessionFolder
from sandbox.report.endings import why_undecided
from sandbox.session.opening import open_session
from sandbox.session.orders import OrderBook
from tests.content.folders import LIBRARY
from tests.session.desk import SEATS, Desk, Script, StoppedError, folded, lines_of, rules_spec, run, view_after
from tests.session.support import log_of, new_folder, of_kind

SPEC = rules_spec()
# Events before the first line: the head, a pulse of each seat, the stage.
OPENING = 2 + len(Game(SPEC, LIBRARY).positions)
SECRET = "canary: the parents would accept two yuan"


async def _played(tmp_path: Path, script: Script, spec: SessionSpec = SPEC) -> tuple[SessionFolder, Desk]:
    folder, desk = new_folder(tmp_path, "one"), Desk(script)
    await run(folder, spec, desk)
    return folder, desk


def _refused(folder: SessionFolder) -> list[str]:
    return [one["refused"] for one in of_kind(folder, "direction")]


async def _until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.005)


async def test_a_paused_session_waits_and_then_goes_on_as_it_would_have(tmp_path: Path) -> None:
    plain, folder = new_folder(tmp_path, "plain"), new_folder(tmp_path, "one")
    await run(plain, SPEC)
    desk = Desk({"line:L003": [("pause", {})]})
    task = asyncio.create_task(run(folder, SPEC, desk))
    await _until(lambda: desk.count("direction"))
    await asyncio.sleep(0.05)
    assert len(lines_of(folder)) == 3
    assert folded(folder, SPEC).state["desk"]["paused"]
    desk.book.give("inject", text="The lights go out.")  # a pause holds the floor, not the facilitator
    await _until(lambda: desk.count("direction") == 2)
    await asyncio.sleep(0.02)
    assert len(lines_of(folder)) == 3
    desk.book.give("resume")
    await task
    assert lines_of(folder) == lines_of(plain)


async def test_a_session_that_was_stopped_in_a_pause_is_still_paused(tmp_path: Path) -> None:
    folder = new_folder(tmp_path, "one")
    with pytest.raises(StoppedError):
        await run(folder, SPEC, Desk({"line:L003": [("pause", {})]}, stop=OPENING + 5))
    assert of_kind(folder, "direction")
    with pytest.raises(InputError, match="paused by its facilitator"):
        await run(folder, SPEC)
    desk = Desk()
    task = asyncio.create_task(run(folder, SPEC, desk))
    await asyncio.sleep(0.05)
    assert len(lines_of(folder)) == 3
    desk.book.give("resume")
    await task
    assert of_kind(folder, "close")


async def test_nobody_speaks_for_a_person_who_cannot_be_asked(tmp_path: Path) -> None:
    folder, seated = new_folder(tmp_path, "one"), new_folder(tmp_path, "seated")
    with pytest.raises(InputError, match="'mayor' is taken by a person"):
        await run(folder, rules_spec(persons=("mayor",)))
    with pytest.raises(StoppedError):
        await run(seated, SPEC, Desk({"line:L002": [("seat", {"seat": "mayor", "by": "person"})]}, stop=OPENING + 4))
    assert of_kind(seated, "direction")
    with pytest.raises(InputError, match="'mayor' is taken by a person"):
        await run(seated, SPEC)
    for each in (folder, seated):
        assert "mayor" not in {line["seat"] for line in lines_of(each) if line["id"] > "L002"}


@pytest.mark.parametrize("to", [(), ("mayor", "ngo_director")], ids=["all", "some"])
async def test_an_event_of_the_facilitators_own_is_heard_by_whom_it_is_for(tmp_path: Path, to: tuple[str, ...]) -> None:
    order = {"text": "  The rain \n comes in. ", "to": list(to)}
    folder, _ = await _played(tmp_path, {"line:L002": [("inject", order)]})
    event = next(one for one in folder.read() if one.kind == "inject")
    assert event.payload["text"] == "The rain comes in."
    assert set(event.payload["to"]) == set(to or SEATS)
    for seat in SEATS:
        heard = [one["text"] for one in view_after(folder, SPEC, "line", "L003", seat).news]
        assert heard == (["The rain comes in."] if not to or seat in to else [])
        assert sees(Game(SPEC, LIBRARY), seat, event) == (not to or seat in to)
    assert sees(Game(SPEC, LIBRARY), None, event) == (not to)


async def test_a_prepared_event_comes_early_and_only_once(tmp_path: Path) -> None:
    spec = rules_spec(stages=("application",))
    script: Script = {"line:L001": [("inject", {"inject": "fo_in1"})]}
    folder, _ = await _played(tmp_path, script, spec)
    assert [(one["id"], one["turn"]) for one in of_kind(folder, "inject")] == [("fo_in1", 1)]
    assert [one["id"] for one in view_after(folder, spec, "line", "L006", "mayor").news] == ["fo_in1"]
    again, desk = new_folder(tmp_path, "again"), Desk({**script, "line:L004": [("inject", {"inject": "fo_in1"})]})
    with pytest.raises(InputError, match="arrived already"):
        await run(again, spec, desk)


async def test_who_is_not_in_the_room_does_not_hear_what_happens_there(tmp_path: Path) -> None:
    spec = rules_spec(governance="command")
    absent = sorted(set(SEATS) - set(Game(spec, LIBRARY).present("training")))
    assert absent
    orders = [
        ("inject", {"text": "To the room."}),
        ("inject", {"text": "To one outside.", "to": absent[:1]}),
        ("inject", {"text": "To both.", "to": ["mayor", *absent]}),
    ]
    folder, _ = await _played(tmp_path, {"line:L001": orders}, spec)  # type: ignore[dict-item]
    assert _refused(folder) == ["", "nobody who is to hear of it is in the room", ""]
    assert [one["to"] for one in of_kind(folder, "inject")][1] == ["mayor"]
    mayor = view_after(folder, spec, "line", "L002", "mayor")
    assert [one["text"] for one in mayor.news] == ["To the room.", "To both."]
    for seat in absent:
        assert view_after(folder, spec, "line", "L002", seat).news == ()


async def test_a_seat_goes_from_person_to_persona_and_back_within_a_stage(tmp_path: Path) -> None:
    spec = rules_spec(stages=("training",), turns=40, persons=("mayor",))
    script: Script = {
        "line:L007": [("seat", {"seat": "mayor", "by": "persona"})],
        "line:L018": [("seat", {"seat": "mayor", "by": "person"}), ("seat", {"seat": "grid_master", "by": "person"})],
    }
    folder, _ = await _played(tmp_path, script, spec)
    spoken = {"mayor": [""] * 3, "grid_master": [""] * 3}
    for number, line in enumerate(lines_of(folder), start=1):
        if line["seat"] in spoken:
            spoken[line["seat"]][(number > 7) + (number > 18)] = line["origin"]
        else:
            assert line["origin"] == "rules"
    assert spoken == {"mayor": ["person", "rules", "person"], "grid_master": ["rules", "rules", "person"]}


class Absent(Desk):
    """People who do not answer before the facilitator has given so many orders."""

    waited = 0

    def __init__(self, orders: int) -> None:
        super().__init__()
        self.orders = orders

    async def ask(self, view: SeatView, state: State) -> dict[str, Any]:
        self.waited += 1
        if self.waited <= self.orders:
            await asyncio.Event().wait()
        return await super().ask(view, state)


@pytest.mark.parametrize("relief", ["seat", "skip", "end"])
async def test_a_person_who_is_being_asked_can_be_relieved(tmp_path: Path, relief: str) -> None:
    spec, folder, desk = rules_spec(persons=("mayor",)), new_folder(tmp_path, "one"), Absent(1)
    task = asyncio.create_task(run(folder, spec, desk))
    await _until(lambda: desk.waited)
    order: dict[str, Any] = {"seat": {"seat": "mayor", "by": "persona"}, "skip": {"seat": "mayor"}, "end": {}}[relief]
    desk.book.give(relief, **order)  # type: ignore[arg-type]
    await task
    lines = lines_of(folder)
    if relief == "seat":
        assert (lines[0]["seat"], lines[0]["origin"]) == ("mayor", "rules")
    elif relief == "skip":
        assert lines[0]["seat"] != "mayor"
        assert any(line["seat"] == "mayor" for line in lines), "skipped once, not for ever"
    else:
        assert lines[0]["stage"] == "public_engagement"
        assert of_kind(folder, "minutes")[0]["ended"] == "facilitator"


async def test_orders_are_carried_out_while_a_person_is_awaited_who_is_then_asked_again(tmp_path: Path) -> None:
    spec, folder, desk = rules_spec(persons=("mayor",)), new_folder(tmp_path, "one"), Absent(2)
    task = asyncio.create_task(run(folder, spec, desk))
    await _until(lambda: desk.waited == 1)
    desk.book.give("inject", text="A bus arrives.")
    await _until(lambda: desk.waited == 2)
    assert [one["text"] for one in of_kind(folder, "inject")] == ["A bus arrives."]
    desk.book.give("extend", turns=2)
    await task
    assert [one["text"] for one in desk.asked[0].news] == ["A bus arrives."]
    assert lines_of(folder)[0]["says"] == "mayor says this as number 1."
    assert _refused(folder) == ["", ""]


async def test_a_vote_comes_at_once_where_a_stage_decides(tmp_path: Path) -> None:
    class Proposes(Desk):
        async def ask(self, view: SeatView, state: State) -> dict[str, Any]:
            act = "propose" if "propose" in view.acts else view.acts[0]
            terms = (
                {key: next(iter(options)) for key, options in view._game.offered.items()} if act == "propose" else {}
            )
            return {**await super().ask(view, state), "act": act, "terms": terms}

    spec = rules_spec(turns=9, persons=SEATS)
    desk = Proposes({"line:L010": [("vote", {})], "line:L011": [("skip", {}), ("extend", {"turns": 3})]})
    folder = new_folder(tmp_path, "one")
    await run(folder, spec, desk)
    lines = lines_of(folder, "public_engagement")
    assert [line["vote"] for line in lines] == [False, *[True] * (len(lines) - 1)]
    assert len(lines) == 1 + len(SEATS)
    assert of_kind(folder, "decision")
    assert _refused(folder)[0] == ""
    assert all(one.startswith("the vote has begun") for one in _refused(folder)[1:])


async def test_a_vote_is_refused_where_nothing_is_decided_and_asks_for_a_motion_where_there_is_none(
    tmp_path: Path,
) -> None:
    script: Script = {"line:L002": [("vote", {})], "stage:public_engagement": [("vote", {})]}
    folder, _ = await _played(tmp_path, script)
    assert _refused(folder) == ["this stage decides nothing: end it instead", ""]
    first, *votes = lines_of(folder, "public_engagement")
    assert (first["why"], first["act"]) == ("motion", "propose")
    assert all(line["vote"] and line["about"] == first["id"] for line in votes[:6])
    assert [line["why"] for line in votes if not line["vote"]] in ([], ["motion"]), "none, or an amended one"


@pytest.mark.parametrize("also", ["end", "whisper", "extend", "skip"])
async def test_the_end_of_a_stage_is_its_end_whatever_is_ordered_beside_it(tmp_path: Path, also: str) -> None:
    orders: dict[str, dict[str, Any]] = {"whisper": {"seat": "mayor", "text": "Wait."}, "extend": {"turns": 3}}
    order = orders.get(also, {})
    folder, _ = await _played(tmp_path, {"line:L003": [("end", {}), (also, order)]})  # type: ignore[list-item]
    assert len(lines_of(folder, "training")) == 3
    assert of_kind(folder, "minutes")[0]["ended"] == "facilitator"
    after = of_kind(folder, "stage")[1]["limit"]
    talk = [line for line in lines_of(folder, "public_engagement") if not line["vote"]]
    assert [line["why"] for line in talk[after:]] in ([], ["motion"]), "the next stage is untouched"
    assert _refused(folder)[1] == ("" if also == "whisper" else "the stage for which it was given is over")


async def test_a_stage_is_extended_up_to_the_most_lines(tmp_path: Path) -> None:
    spec = rules_spec(stages=("public_engagement",), turns=5)
    script: Script = {"line:L002": [("extend", {"turns": 4}), ("extend", {"turns": 492}), ("extend", {"minutes": 5})]}
    folder, _ = await _played(tmp_path, script, spec)
    assert _refused(folder) == ["", "a stage has at most 500 lines", ""]
    assert view_after(folder, spec, "direction", "O3", "mayor").limit == 9
    talk = [line["why"] for line in lines_of(folder) if not line["vote"]]
    assert talk[9:] in ([], ["motion"])
    assert len(talk) >= 9


REFUSALS: list[tuple[Any, dict[str, Any], str]] = [
    ("dance", {}, "unknown order 'dance'"),
    ("seat", {"seat": "emperor", "by": "person"}, "unknown seat 'emperor'.*mayor"),
    ("seat", {"seat": "mayor", "by": "robot"}, "allowed: person, persona"),
    ("skip", {"seat": "emperor"}, "unknown seat"),
    ("whisper", {"seat": "", "text": "x"}, "unknown seat"),
    ("whisper", {"seat": "mayor", "text": " \n "}, "needs words"),
    ("whisper", {"seat": "mayor", "text": "x" * (LONGEST_ORDER + 1)}, f"at most {LONGEST_ORDER}"),
    ("whisper", {"seat": "mayor", "text": "x", "act": "sing"}, "unknown act 'sing'"),
    ("whisper", {"seat": "mayor", "text": "x", "act": "decide"}, "unknown act 'decide'"),
    ("inject", {"inject": "flood"}, "unknown inject 'flood'.*fo_in1"),
    ("inject", {}, "needs words"),
    ("inject", {"text": "x", "to": ["mayor", "emperor"]}, "unknown seat 'emperor'"),
    ("extend", {}, "give lines or minutes"),
    ("extend", {"turns": 501}, "0 to 500 lines"),
    ("extend", {"minutes": -1}, "0 to 180 minutes"),
]


async def test_an_order_that_cannot_be_given_says_why_and_loses_nothing(tmp_path: Path) -> None:
    class Clumsy(Desk):
        def _event(self, event: Event) -> None:
            super()._event(event)
            if event.kind == "line" and event.payload["id"] == "L003":
                for kind, given, message in REFUSALS:
                    with pytest.raises(InputError, match=message):
                        self.book.give(kind, **given)

    plain, folder = new_folder(tmp_path, "plain"), new_folder(tmp_path, "one")
    await run(plain, SPEC)
    await run(folder, SPEC, Clumsy())
    assert log_of(folder) == log_of(plain)


async def test_what_is_ordered_with_the_last_line_is_carried_out_before_the_pulse(tmp_path: Path) -> None:
    plain, folder = new_folder(tmp_path, "plain"), new_folder(tmp_path, "one")
    await run(plain, SPEC)
    last = lines_of(plain)[-1]["id"]
    desk = Desk({f"line:{last}": [("seat", {"seat": "mayor", "by": "person"}), ("pause", {})]})
    task = asyncio.create_task(run(folder, SPEC, desk))
    await _until(lambda: desk.count("direction") == 2)
    await asyncio.sleep(0.05)
    kinds = [event["kind"] for event in log_of(folder)]
    assert kinds[-3:] == ["minutes", "direction", "direction"]
    assert folded(folder, SPEC).state["desk"]["persons"] == ["mayor"]
    desk.book.give("resume")  # though all stages have been played
    await task
    assert lines_of(folder) == lines_of(plain)


async def test_orders_need_a_session_that_is_being_played(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not running"):
        OrderBook().give("pause")
    for moment, message in {"assessment:hierarchical": "have been played", "pulse:start:mayor": "no stage"}.items():
        desk = Desk({moment: [("end", {})]})
        with pytest.raises(InputError, match=message):
            await run(new_folder(tmp_path, moment[:5]), SPEC, desk)
        with pytest.raises(InputError, match="not running"):
            desk.book.give("pause")


COURSE: Script = {
    "stage:training": [("inject", {"text": "It rains."})],
    "line:L002": [("pause", {}), ("resume", {}), ("seat", {"seat": "mayor", "by": "persona"})],
    "line:L004": [("skip", {}), ("whisper", {"seat": "grid_master", "text": SECRET, "act": "promise"})],
    "direction:O5": [("extend", {"turns": 3})],
    "line:L007": [("end", {}), ("seat", {"seat": "mayor", "by": "person"}), ("vote", {})],
    "line:L012": [("inject", {"text": "It stops.", "to": ["mayor"]})],
}


@pytest.mark.fuzz
async def test_a_session_that_is_stopped_anywhere_carries_its_orders_out_at_the_same_place(tmp_path: Path) -> None:
    spec, whole = rules_spec(turns=7, persons=("mayor",)), new_folder(tmp_path, "whole")
    await run(whole, spec, Desk(COURSE))
    assert _refused(whole) == [*[""] * 9, "the stage for which it was given is over", ""]
    for stop in range(1, len(log_of(whole))):
        folder, desk = new_folder(tmp_path, f"stopped{stop}"), Desk(COURSE, stop)
        with pytest.raises(StoppedError):
            await run(folder, spec, desk)
        await run(folder, spec, Desk(COURSE))
        assert log_of(folder) == log_of(whole), f"stopped after event {stop}"


async def test_a_restart_is_told_without_changing_the_course(tmp_path: Path) -> None:
    plain, folder = new_folder(tmp_path, "plain"), new_folder(tmp_path, "one")
    await run(plain, SPEC)
    with pytest.raises(StoppedError):
        await run(folder, SPEC, Desk(stop=14))
    desk = Desk()
    task = asyncio.create_task(run(folder, SPEC, desk))
    await asyncio.sleep(0)
    desk.book.give("restart")
    await task
    assert lines_of(folder) == lines_of(plain)
    assert [(one["kind"], one["refused"]) for one in of_kind(folder, "direction")] == [("restart", "")]


async def test_a_skip_that_comes_too_late_does_not_hit_the_next_speaker(tmp_path: Path) -> None:
    plain = new_folder(tmp_path, "plain")
    await run(plain, SPEC)
    first = lines_of(plain)[0]["seat"]
    folder, _ = await _played(tmp_path, {"line:L001": [("skip", {"seat": first})]})
    assert _refused(folder) == ["the floor has passed on"]
    assert lines_of(folder) == lines_of(plain)


async def test_what_one_person_wrote_before_a_crash_is_not_put_into_anothers_mouth(tmp_path: Path) -> None:
    spec, folder = rules_spec(persons=SEATS, stages=("training",)), new_folder(tmp_path, "one")
    with pytest.raises(StoppedError):
        await run(folder, spec, Desk(stop=OPENING + 1))
    assert [one["seat"] for one in of_kind(folder, "person")] == ["mayor"]
    desk = Desk()
    task = asyncio.create_task(run(folder, spec, desk))
    await asyncio.sleep(0)
    desk.book.give("skip")
    await task
    lines = lines_of(folder)
    assert lines[0]["seat"] != "mayor"
    assert all(line["says"].startswith(f"{line['seat']} says this") for line in lines)


@pytest.mark.parametrize("moment", ["line:L003", "minutes:training", "pulse:training:mayor"])
async def test_a_session_that_is_finished_leaves_out_later_stages_and_comes_to_its_end(
    tmp_path: Path, moment: str
) -> None:
    folder, _ = await _played(tmp_path, {moment: [("finish", {})]})
    assert _refused(folder) == [""]
    assert [event.stage for event in folder.read() if event.kind == "stage"] == ["training"]
    session = open_session(folder, LIBRARY)
    assert session.finished
    words = session.game.words
    assert why_undecided(session, words) == words("decision.why_none", why=words("decision.left_out"))
    assert len(lines_of(folder)) == len(lines_of(folder, "training")) > 3, "the stage itself is played to its end"


async def test_a_session_cannot_be_finished_before_it_has_begun(tmp_path: Path) -> None:
    folder, _ = await _played(tmp_path, {"pulse:start:mayor": [("finish", {})]})
    assert [bool(why) for why in _refused(folder)] == [True]
    assert len([event for event in folder.read() if event.kind == "stage"]) == 2
