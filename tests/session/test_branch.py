"""A branch shares another session's course up to a line, goes its own way from there, and leaves the other alone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.game.view import seat_view, sees
from sandbox.llm.usage import BudgetAccount
from sandbox.record.folder import SessionFolder
from sandbox.report.departures import departure_of
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.minutes import minutes
from sandbox.session.branch import branch
from tests.content.folders import LIBRARY
from tests.running import recorded_spec
from tests.session.desk import Desk, Script, StoppedError, files_of, folded, lines_of, rules_spec, run, view_after
from tests.session.support import (
    SteadyModel,
    log_of,
    new_folder,
    of_kind,
    play,
    serving,
    spec_of,
)

SPEC = rules_spec()
# A vote in the second stage: L012 is the line that completes it.
VOTED = spec_of(stages=("training", "public_engagement"), turns=8)


async def _source(tmp_path: Path, spec: SessionSpec = SPEC, desk: Desk | None = None) -> SessionFolder:
    folder = new_folder(tmp_path, "source")
    await run(folder, spec, desk)
    return folder


def _shared(folder: SessionFolder, line: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Return the log up to a line without its head, calls, and orders that were not carried out by then."""
    events, carried = [], {one["id"] for one in of_kind(folder, "direction")}
    for event in log_of(folder)[1:]:
        payload = event["payload"]
        if event["kind"] == "call" or (event["kind"] == "order" and payload["id"] not in carried):
            continue
        events.append((event["kind"], event["stage"], event["seat"], payload))
        if (event["kind"], payload["id"]) == ("line", line):
            break
    return events


@pytest.mark.parametrize("at", ["L001", "L004", "L008", "L016"])
async def test_the_course_is_shared_up_to_a_line_and_the_source_left_alone(tmp_path: Path, at: str) -> None:
    source = await _source(tmp_path)
    lines = lines_of(source)
    assert [line["id"] for line in lines if line["stage"] == "training"][-1] == "L008"
    before = files_of(source.path)
    new = branch(source, at, LIBRARY)
    other = branch(source, at, LIBRARY, seed=99)
    assert new.path.parent == source.path.parent
    assert new.id not in (source.id, other.id)
    assert _shared(new, at) == _shared(source, at)
    for one, told in ((new, {}), (other, {"seed": 99})):
        await run(one, recorded_spec(one))
        assert of_kind(one, "close")
        departure = {"of": "source", "at": at, **told}
        if at == "L016" and one is new:  # it votes again
            departure["superseded"] = [
                {**made.payload, "condition": ""} for made in source.read() if made.kind == "decision"
            ]
        assert of_kind(one, "session")[0]["branch"] == departure
        assert _shared(one, at) == _shared(source, at)
    number = int(at[1:])
    assert lines_of(new) == lines, "with nothing changed it goes the same way"
    assert lines_of(other)[:number] == lines[:number]
    if number < 16:
        assert lines_of(other)[number:] != lines[number:], "another seed goes another way"
    assert recorded_spec(other).seed == 99
    assert files_of(source.path) == before


async def test_a_branch_from_a_session_that_was_stopped(tmp_path: Path) -> None:
    whole, source = new_folder(tmp_path, "whole"), new_folder(tmp_path, "source")
    await run(whole, SPEC)
    with pytest.raises(StoppedError):
        await run(source, SPEC, Desk(stop=15))
    last = lines_of(source)[-1]["id"]
    before = files_of(source.path)
    new = branch(source, last, LIBRARY)
    await run(new, recorded_spec(new))
    assert lines_of(new) == lines_of(whole)
    assert files_of(source.path) == before
    await run(source, SPEC)
    assert log_of(source) == log_of(whole)


async def test_a_decision_belongs_to_the_line_that_completes_it(tmp_path: Path) -> None:
    source = new_folder(tmp_path, "source")
    with serving(SteadyModel("propose")) as url:
        await play(source, VOTED, url, judge=False)
        (decision,) = of_kind(source, "decision")
        lines = lines_of(source)
        new = branch(source, lines[-1]["id"], LIBRARY)
        assert of_kind(new, "decision") == [decision]
        session = await play(new, recorded_spec(new), url, judge=False)
        earlier = branch(source, lines[-2]["id"], LIBRARY)
        assert of_kind(earlier, "decision") == []
        await play(earlier, recorded_spec(earlier), url, judge=False)
        otherwise = branch(source, lines[-1]["id"], LIBRARY, ["aggregation.quorum=99"])
        assert of_kind(otherwise, "decision") == [], "its votes are counted by the rules that were changed"
        await play(otherwise, recorded_spec(otherwise), url, judge=False)
    assert lines_of(new) == lines
    first = of_kind(otherwise, "decision")[0]
    assert (first["motion"], first["votes"], first["carried"]) == (decision["motion"], decision["votes"], False)
    assert session.decisions[0]["votes"] == decision["votes"]
    assert of_kind(new, "minutes")[-1]["ended"] == "decision_made"
    assert of_kind(earlier, "decision") == [decision]


async def test_no_call_is_made_or_counted_again(tmp_path: Path) -> None:
    source, model = new_folder(tmp_path, "source"), SteadyModel("inform")
    with serving(model) as url:
        first, second, third = BudgetAccount(), BudgetAccount(), BudgetAccount()
        await play(source, VOTED, url, judge=False, account=first)
        calls = len(model.requests)
        assert first.spent.calls == calls
        new = branch(source, "L006", LIBRARY)
        assert len(model.requests) == calls
        assert of_kind(new, "call") == []
        session = await play(new, recorded_spec(new), url, judge=False, account=second)
        await play(new, recorded_spec(new), url, judge=False, account=third)
    made = len(model.requests) - calls
    assert made == len(session.lines) - 6
    assert second.spent.calls == third.spent.calls == made == len(of_kind(new, "call"))


async def test_changed_rules_bind_from_the_next_turn_and_stand_in_the_new_log(tmp_path: Path) -> None:
    source = await _source(tmp_path)
    new = branch(source, "L004", LIBRARY, ["information.lines=parties"])
    spec = recorded_spec(new)
    await run(new, spec)
    head = of_kind(new, "session")[0]
    assert head["rules"]["information"]["lines"] == "parties"
    assert head["spec"]["changes"] == ["information.lines=parties"]
    assert of_kind(source, "session")[0]["rules"]["information"]["lines"] == "room"
    for number, line in enumerate(lines_of(new), start=1):
        room = Game(spec, LIBRARY).present(line["stage"])
        if number <= 4 or line["to"] == "all":
            assert set(line["visible_to"]) == set(room)
        else:
            assert set(line["visible_to"]) == {line["seat"], line["to"], "teacher_volunteer"}
    assert any(len(line["visible_to"]) <= 3 for line in lines_of(new)[4:])


async def test_who_was_outside_does_not_read_the_minutes_when_the_doors_are_opened_later(tmp_path: Path) -> None:
    spec = rules_spec(governance="command", changes=("information.minutes=present",))
    source = await _source(tmp_path, spec)
    outside = set(Game(spec, LIBRARY).present("public_engagement")) - set(Game(spec, LIBRARY).present("training"))
    assert outside
    positions = ", ".join(sorted(set(Game(spec, LIBRARY).positions.values())))
    first = next(line["id"] for line in lines_of(source, "public_engagement"))
    new = branch(source, first, LIBRARY, [f"boundary.training.positions=[{positions}]"])
    opened = recorded_spec(new)
    assert outside <= set(Game(opened, LIBRARY).present("training"))
    (minutes,) = [event for event in new.read() if event.kind == "minutes"]
    for seat in outside:
        assert view_after(new, opened, "line", first, seat).minutes == ()
        assert not sees(Game(opened, LIBRARY), seat, minutes)
    assert len(view_after(new, opened, "line", first, "mayor").minutes) == 1


DESK: Script = {
    "line:L001": [("extend", {"turns": 2}), ("inject", {"text": "It rains."})],
    "line:L002": [("seat", {"seat": "mayor", "by": "person"})],
    "line:L004": [("whisper", {"seat": "mayor", "text": "Be brief."}), ("pause", {}), ("resume", {})],
    "line:L006": [("seat", {"seat": "mayor", "by": "persona"})],
}


async def test_what_the_facilitator_did_up_to_the_line_holds_in_the_branch(tmp_path: Path) -> None:
    source = await _source(tmp_path, SPEC, Desk(DESK))
    new = branch(source, "L004", LIBRARY)
    assert [one["id"] for one in of_kind(new, "order")] == ["O1", "O2", "O3"]
    fold = folded(new, SPEC)
    desk = fold.state["desk"]
    assert (desk["persons"], desk["extra"], desk["paused"]) == (["mayor"], 2, False)
    assert [one["text"] for one in desk["news"]] == ["It rains."]
    view = seat_view(fold.game, fold.state, "local_parent")
    assert (view.limit, [one["text"] for one in view.news]) == (10, ["It rains."])
    people = Desk({"line:L005": [("seat", {"seat": "mayor", "by": "persona"})]})
    await run(new, recorded_spec(new), people)
    assert [one["id"] for one in of_kind(new, "order")] == ["O1", "O2", "O3", "O4"]
    assert of_kind(new, "direction")[-1]["refused"] == ""
    assert {line["origin"] for line in lines_of(new)[5:]} == {"rules"}


async def test_rules_that_are_changed_do_not_undo_what_was_ordered(tmp_path: Path) -> None:
    chaired = ("aggregation.procedure=chair_decides", "choice.chair.acts=[inform, ask, propose, decide]")
    spec = rules_spec(stages=("public_engagement",), turns=12, changes=chaired, seed=4)
    source = await _source(tmp_path, spec, Desk({"line:L006": [("extend", {"turns": 4})]}))
    assert of_kind(source, "direction")[0]["refused"] == ""
    new = branch(source, "L008", LIBRARY, ["aggregation.procedure=majority"])
    assert view_after(new, recorded_spec(new), "line", "L008", "mayor").limit == 16
    await run(new, recorded_spec(new))
    assert of_kind(new, "close")


async def test_a_branch_of_a_branch(tmp_path: Path) -> None:
    source = await _source(tmp_path)
    first = branch(source, "L006", LIBRARY, ["floor=chair_led"], seed=7)
    await run(first, recorded_spec(first))
    before = files_of(first.path)
    for at, shared in (("L003", 3), ("L011", 11)):
        second = branch(first, at, LIBRARY, ["information.lines=parties"], seed=8)
        spec = recorded_spec(second)
        assert (spec.changes, spec.seed) == (("floor=chair_led", "information.lines=parties"), 8)
        await run(second, spec)
        assert lines_of(second)[:shared] == lines_of(first)[:shared]
        departure = {"of": first.id, "at": at, "changes": ["information.lines=parties"], "seed": 8}
        assert of_kind(second, "session")[0]["branch"] == departure
        assert of_kind(second, "close")
    assert files_of(first.path) == before


async def test_a_branch_that_cannot_be_made_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    source = await _source(tmp_path)
    with pytest.raises(InputError, match="no line 'L099'; lines: L001 to L023"):
        branch(source, "L099", LIBRARY)
    with pytest.raises(InputError, match="floor"):
        branch(source, "L002", LIBRARY, ["floor=anarchy"])
    source.events.write_text(source.events.read_text().replace('"seat": "local_parent"', '"seat": "emperor"'))
    with pytest.raises(InputError, match="played with other content"):
        branch(source, "L008", LIBRARY)
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


@pytest.mark.fuzz
async def test_a_branch_that_is_stopped_anywhere_ends_as_one_that_ran_through(tmp_path: Path) -> None:
    source = await _source(tmp_path, SPEC, Desk(DESK))
    script: Script = {"line:L005": [("skip", {}), ("seat", {"seat": "mayor", "by": "persona"})]}
    whole = branch(source, "L004", LIBRARY, seed=5)
    start = len(log_of(whole))
    await run(whole, recorded_spec(whole), Desk(script))
    expected = log_of(whole)
    for stop in range(start + 1, len(expected), 13):
        new, desk = branch(source, "L004", LIBRARY, seed=5), Desk(script, stop)
        with pytest.raises(StoppedError):
            await run(new, recorded_spec(new), desk)
        await run(new, recorded_spec(new), Desk(script))
        assert log_of(new) == expected, f"stopped after event {stop}"


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_minutes_of_a_vote_held_again_have_the_first_ballots_result_as_superseded(
    tmp_path: Path, lang: Lang
) -> None:
    source = await _source(tmp_path, rules_spec(stages=("public_engagement",), lang=lang))
    lines, ballots = lines_of(source), of_kind(source, "decision")
    last = next(before for before, line in pairwise(lines) if line["vote"])["id"]
    once = branch(source, last, LIBRARY)
    await run(once, recorded_spec(once))
    twice = branch(once, last, LIBRARY)
    late, early = branch(once, lines[-1]["id"], LIBRARY, seed=7), branch(once, "L002", LIBRARY)
    words = Words(lang)
    for folder, again in ((once, 1), (twice, 2), (late, 1), (early, 0), (branch(source, last, LIBRARY, seed=9), 0)):
        session = await run(folder, recorded_spec(folder))
        text, departure = to_markdown(minutes(session)), departure_of(session)
        assert text.count(words("meeting.superseded")) == again * len(ballots)
        rows = [row for row in text.splitlines() if words("meeting.superseded") in row]
        yes = [str(sum(made["votes"].values())) for made in ballots] * again
        assert [count in row for count, row in zip(yes, rows, strict=True)] == [True] * len(rows)
        assert departure is not None
        assert len(departure.superseded) == again * len(ballots)
