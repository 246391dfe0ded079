"""The check, before a game is played, that cards and rules fit its spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.content.acts import has
from sandbox.content.named import Named
from sandbox.content.words import refusal
from sandbox.errors import UnknownError, unknown

if TYPE_CHECKING:
    from sandbox.game.game import Game


def check_fits(game: Game) -> None:
    """Check that all that a spec names exists and fits.

    Raises:
        InputError: for the first thing that does not; with what is allowed.
    """
    cards, rules = game.library.cards, game.governance
    _ = game.stages, game.positions, game.rubric, game.city, game.templates
    for seat in game.spec.personas:
        if seat not in game.positions:
            raise UnknownError("seat", seat, game.named_seats)
    cast = [game.spec.personas.get(seat, seat) for seat in game.seats]
    for persona in game.spec.personas.values():
        if cast.count(persona) > 1:
            raise refusal("refused.cast_twice", persona=persona)
    _check_tour(game)
    _check_start(game)
    for stage_id in rules.rules.boundary:
        if stage_id not in cards["stage"]:
            raise refusal("option.at", option="rules.boundary", why=unknown("stage", stage_id, cards["stage"]))
    for seat, position in game.positions.items():
        if all(has(act, "binds") for act in game.acts(seat)):
            raise refusal("refused.idle_seat", position=position, seat=seat)
    for stage in game.stages:
        if not game.present(stage.id):
            raise refusal("refused.empty_stage", stage=stage.id, governance=rules.id)
    for decision in game.scenario.decisions:
        if not game.offered[decision.id]:
            asked, model = Named(decision.id, decision.question), Named(rules.id, rules.name)
            budgets = [Named(payer, text) for payer, text in rules.rules.payoff.budgets.items()]
            raise refusal("refused.unpayable", decision=asked, governance=model, budgets=budgets)


def _check_tour(game: Game) -> None:
    tour, touring = game.scenario.tour, set(game.able("tours"))
    if not tour:
        if tours := [stage.id for stage in game.stages if stage.id in touring]:
            raise refusal("content.no_tour", scenario=game.scenario.id, stage=tours[0])
        return
    for number, point in enumerate(game.seats[tour.host].points):
        hidden = set(tour.hidden).intersection(point.facts)
        if hidden and touring.intersection(point.stages) and not point.replies_to:
            place = {"scenario": game.scenario.id, "seat": tour.host, "number": number}
            raise refusal("content.hidden_told", **place, facts=sorted(hidden))


def _check_start(game: Game) -> None:
    """Check that the game has all that a start names.

    Raises:
        InputError: for the first thing that it does not have; with what is allowed.
    """
    start, positions = game.spec.start, game.positions
    heard = (each.seat for each in start.heard if each.seat)
    posts = (post.seat for post in start.posts)
    for seat in (*start.pulses, *(promise.seat for promise in start.promises), *heard, *posts):
        if seat not in positions:
            raise refusal("option.at", option="start", why=unknown("seat", seat, positions))
    held = [post.seat for post in start.posts]
    for seat in held:
        if held.count(seat) > 1:
            raise refusal("refused.start_post_twice", seat=seat)
    given = [("promises", promise.terms) for promise in start.promises] + [
        ("posts", post.terms) for post in start.posts
    ]
    for name, terms in given:
        for key, option in terms.items():
            options = game.scenario.decision_by_id[key].options if key in game.scenario.decision_by_id else {}
            if option not in options:
                why = unknown("option", f"{key}={option}", [f"{key}={each}" for each in options])
                raise refusal("option.at", option=f"start.{name}", why=why)
    if start.rank is not None and start.rank.place > start.rank.of:
        raise refusal("refused.start_rank", place=start.rank.place, of=start.rank.of)
