"""A moment tells which acts the rules left a seat at a line, and holds another move against them."""

from __future__ import annotations

import pytest

from sandbox.errors import InputError
from sandbox.experiment.whatif.arms import as_it_was, played
from sandbox.game.moment import Moment, Move, moment_of
from sandbox.game.play import RandomChoice
from sandbox.game.session import Session
from tests.scoring.making import drawn

SESSION = drawn(seed=3)


def say(*_: object) -> str:
    return "In other words."


def moment(session: Session = SESSION, **wanted: object) -> Moment:
    """Return the moment of the first line that is like this."""
    line = next(line for line in session.lines if all(line[key] == value for key, value in wanted.items()))  # type: ignore[literal-required]
    return moment_of(session, line["id"])


def test_each_line_is_one_that_its_moment_allows() -> None:
    for line in SESSION.lines:
        at = moment_of(SESSION, line["id"])
        assert at.line == line
        assert at.state["lines"] == SESSION.lines[: SESSION.lines.index(line)]
        assert line["act"] in at.acts
        assert line["act"] not in at.others


def test_what_is_no_line() -> None:
    cases: list[tuple[str, str]] = [
        ("L999", "no line 'L999'; lines: L001 to L"),
        ("D-public_engagement", "is no line of a seat"),
        ("", "no line ''"),
    ]
    for line, told in cases:
        with pytest.raises(InputError, match=told):
            moment_of(SESSION, line)


def test_nobody_has_spoken() -> None:
    with pytest.raises(InputError, match="nobody has spoken"):
        moment_of(Session.of(SESSION.game, SESSION.events[:1]), "L001")


def test_what_the_rules_bar_is_refused_with_what_they_permit() -> None:
    at = moment(vote=False)
    barred = "decide"
    assert barred not in at.acts
    with pytest.raises(InputError) as refused:
        at.moved(Move(act=barred), say)
    assert all(act in str(refused.value) for act in at.acts)
    with pytest.raises(InputError, match="nobody_at_all"):
        at.moved(Move(to="nobody_at_all"), say)
    question = next(iter(SESSION.game.scenario.decisions)).id
    with pytest.raises(InputError, match="is not an option"):
        at.moved(Move(terms={question: "moon"}), say)
    with pytest.raises(InputError, match="no line 'L999'"):
        at.moved(Move(about="L999"), say)


def test_another_vote_is_the_only_other_act_of_a_ballot() -> None:
    at = moment(vote=True, act="support")
    assert at.others == ("object",)
    other = at.moved(Move(act="object"), say)
    assert (other["vote"], other["about"], other["act"]) == (True, at.line["about"], "object")


def test_a_move_keeps_what_it_does_not_change() -> None:
    at = next(moment_of(SESSION, line["id"]) for line in SESSION.lines if line["act"] == "propose" and line["terms"])
    to = next(seat for seat in SESSION.game.present(at.line["stage"]) if seat not in (at.seat, at.line["to"]))
    other = at.moved(Move(to=to), say)
    assert {key for key in other if other[key] != at.line[key]} <= {"to", "visible_to"}  # type: ignore[literal-required]
    assert at.moved(Move(says="Mine."), say)["origin"] == "person"
    asked = at.moved(Move(act="ask"), say)
    assert (asked["act"], asked["terms"], asked["says"], asked["origin"]) == ("ask", {}, "In other words.", "rules")
    promised = at.moved(Move(act="promise"), say)
    assert promised["terms"] == at.line["terms"]
    assert at.moved(Move(terms={}), say)["terms"] == {}


def test_a_move_must_be_another_one() -> None:
    at = moment_of(SESSION, "L003")
    line = at.line
    for move in (Move(), Move(to=line["to"]), Move(act=line["act"]), Move(line["act"], line["to"], line["says"])):
        with pytest.raises(InputError, match="nothing is different"):
            at.moved(move, say)


def test_pulses_that_a_log_lacks_keep_no_continuation_waiting() -> None:
    bare = [event for event in SESSION.events if event.kind != "pulse"]
    for line in (SESSION.lines[0]["id"], SESSION.lines[-1]["id"]):
        whole, at = moment_of(SESSION, line), moment_of(Session.of(SESSION.game, bare), line)
        moments = [pulses["moment"] for pulses in at.state["pulses"]]
        assert moments == [pulses["moment"] for pulses in whole.state["pulses"]]
        assert all(pulses["levels"] == SESSION.game.pulses for pulses in at.state["pulses"])
        assert [*whole.state["pulses"]] == SESSION.pulses[: len(moments)]
        session = played(as_it_was(at), RandomChoice(SESSION.game.templates), SESSION.spec.seed)
        assert session.lines == SESSION.lines
