"""Governance models under which no card of a case can move or decide anything, and the points that their rules bar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.content.acts import has
from sandbox.content.governance import CHAIR_BINDS
from sandbox.content.scenario_card import Scenario
from sandbox.content.seat_card import Point
from sandbox.content.words import said
from sandbox.content.yaml_source import Loc
from sandbox.errors import Said
from sandbox.game.checks.limits import undecidable
from sandbox.game.floor.directed import raisable
from sandbox.game.game import Game
from sandbox.game.motions.vote_floor import BINDING, decisions_on_card


def ruled_out(scenario: Scenario, games: Mapping[str, Game]) -> Iterator[tuple[Loc, str, Said]]:
    """Yield the models named by the case under which no card can move or decide anything, with the points they bar."""
    for model, game in games.items():
        binds = game.governance.rules.aggregation.procedure in CHAIR_BINDS
        for stage in [] if undecidable(game) else game.able("decides"):
            if decisions_on_card(game, stage) if binds else _motions(game, stage):
                continue
            barred = [
                why
                for seat in game.present(stage)
                for point in game.seats[seat].points
                if point.terms and stage in point.stages and (why := _barred(game, seat, point, binds=binds))
            ]
            told = said("content.ruled.barred", points=barred) if barred else ""
            named = {"model": model, "stage": stage, "barred": told}
            chair = {"seat": game.chair, "act": BINDING[0]}
            says = said("content.ruled.chair", **chair, **named) if binds else said("content.ruled.vote", **named)
            yield ("governance", scenario.governance.index(model)), "governance", says


def _motions(game: Game, stage: str) -> list[Point]:
    """Return the points with options by which cards may put a motion in a stage."""
    present = game.present(stage)
    points = [point for seat in present for point in raisable(game, stage, seat)]
    return [point for point in points if point.terms and has(point.act, "proposes")]


def _barred(game: Game, seat: str, point: Point, *, binds: bool) -> Said | None:
    """Return why a point with options can never be said; None if it can, or if it serves another way of deciding."""
    if has(point.act, "binds") and not (binds and seat == game.chair):
        return None
    if point.act not in game.acts(seat):
        return said("content.ruled.unable", point=point.id, seat=seat, act=point.act)
    for key, option in point.terms.items():
        if option not in game.offered[key]:
            payers = list(game.scenario.decision_by_id[key].options[option].paid_by)
            named = {"point": point.id, "question": key, "option": option, "payers": payers}
            return said("content.ruled.unpaid", **named, path="payoff.budgets")
    return None
