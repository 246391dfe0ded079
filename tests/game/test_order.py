"""Where cards alone speak, no line comes before what it presupposes."""

from __future__ import annotations

from sandbox.game.floor.directed import open_points
from sandbox.game.game import Game
from sandbox.game.spec import CARDS, SessionSpec
from sandbox.game.state import State, first_state
from sandbox.record.line import Line
from tests.game.making import LIBRARY, line

SPOKEN_LATER = ("property_manager", "prop_e8")


def raised(stage: str, seat: str, *lines: Line, case: str = "clean_up") -> set[str]:
    """Return what a seat may raise in a stage after some lines."""
    spec = SessionSpec(scenario=case, governance="joint_production", model=CARDS, style="directed")
    game = Game(spec, LIBRARY)
    number = next(place for place, each in enumerate(game.stages) if each.id == stage)
    heard: list[Line] = [{**each, "stage": stage, "visible_to": list(game.positions)} for each in lines]
    state: State = {**first_state(game), "stage": number, "lines": heard, "turn": len(heard), "began": 0}  # type: ignore[typeddict-unknown-key]
    return {point.id for point in open_points(game, state, seat)}


def test_what_puts_another_motion_beside_one_waits_for_one() -> None:
    seat, other = SPOKEN_LATER
    told = line(1, "self_gov", "inform", says="We sweep on Sundays.")
    moved = line(2, "self_gov", "propose", terms={"gate_list": "paid"}, says="Let us post who has paid.")
    assert other not in raised("public_engagement", seat, told)
    assert other in raised("public_engagement", seat, told, moved)


def test_what_answers_a_sight_of_the_tour_waits_for_it() -> None:
    shown = {**line(1, "site_host", "answer", says="Name and telephone first."), "point": "ho_l4"}
    assert "gr_l5" not in raised("learning_tour", "grid_master", case="plant_gate")
    assert "gr_l5" in raised("learning_tour", "grid_master", shown, case="plant_gate")  # type: ignore[arg-type]


def test_who_has_spoken_opens_no_more() -> None:
    spoke = line(1, "inspector", "inform", says="I am here to listen.")
    opening = next(
        point.id
        for seat in LIBRARY.scenario("one_office_two_centres").seats
        for point in seat.points
        if point.opening and seat.persona == "inspector"
    )
    case = "one_office_two_centres"
    assert opening in raised("public_engagement", "inspector", case=case)
    assert opening not in raised("public_engagement", "inspector", spoke, case=case)
