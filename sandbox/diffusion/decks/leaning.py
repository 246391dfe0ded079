"""Turns of sessions without a model in which it matters how seats stand: odds lean on the pulse."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping
from itertools import accumulate

from sandbox.content.acts import TRAITS, Trait, has
from sandbox.content.cards import Act
from sandbox.game.ballots import motion
from sandbox.game.draws import SPAN, pick
from sandbox.game.entries import Item
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice
from sandbox.game.pulse import Pulse
from sandbox.game.state import State, floor_of
from sandbox.record.line import Turn

# Doublings of an act's odds at the highest conviction, trust and burden, by trait: the signs follow the paper
# (conviction: PR, GW; trust: EP, LA; burden: PC), the sizes are inferred.
_LEANS: Mapping[Trait, tuple[float, float, float]] = {
    "supports": (1.0, 0.5, 0.0),
    "proposes": (1.0, 0.5, -0.5),
    "promises": (1.0, 0.0, -0.5),
    "opposes": (-1.0, -0.5, 0.5),
    "defers": (-1.0, 0.0, 1.0),
    "drafts": (0.5, 0.0, -0.5),
}


class LeaningChoice(RandomChoice):
    """Draws turns as `RandomChoice` does, but for the odds, which lean on how a seat stands.

    Who is convinced and trusts proposes, promises and supports more often; who is not, or carries much, objects,
    refuses and asks for time. Who promised something before the session, or was posted here with an agenda, names those
    options, and votes by them. In a stage that drafts, who is convinced and has time rewrites a section more often.
    """

    def __call__(self, game: Game, state: State) -> Turn:
        """Return a turn for the seat on the floor."""
        floor = floor_of(state)
        seat, stage = floor["seat"], game.stages[state["stage"]].id
        if stage in game.able("reviews"):
            return super().__call__(game, state)
        draw = game.draws(f"leaning:{stage}:{state['turn']}", 3)
        pulse, own = state["pulses"][-1]["levels"][seat], _own_terms(game, seat)
        votes = _for(motion(game, state), own) if own and floor["phase"] == "decision" else 0.0
        odds = (leaning(act, pulse, votes) for act in floor["acts"])
        ends = list(accumulate(odds))
        act = floor["acts"][min(bisect(ends, draw() * ends[-1] / SPAN), len(ends) - 1)]
        turn = super().__call__(game, {**state, "floor": {**floor, "acts": [act]}})
        terms = {key: own.get(key, option) for key, option in turn["terms"].items()}
        section = turn["section"]
        drafts = has(act, "drafts") and stage in game.able("drafts") and seat in game.drafters
        if drafts and not section and 2 * draw() < SPAN * (1 + _above(pulse["conviction"]) - _above(pulse["burden"])):
            section = pick(draw, [*game.plan])
        if terms == turn["terms"] and section == turn["section"]:
            return turn
        return {**turn, "terms": terms, "section": section, "says": self.say(game, act, terms, section, turn["task"])}


def leaning(act: Act, pulse: Pulse, votes: float = 0.0) -> float:
    """Return the odds of an act for a seat, 1 where it stands in the middle of all levels.

    Args:
        act: the act.
        pulse: how the seat stands.
        votes: how far the motion speaks for it, from -1 to 1.
    """
    levels = _above(pulse["conviction"]), _above(pulse["trust"]), _above(pulse["burden"])
    doublings = sum(
        lean * level
        for trait, leans in _LEANS.items()
        if trait in TRAITS[act]
        for lean, level in zip(leans, levels, strict=True)
    )
    side = has(act, "votes_for") - has(act, "votes_against")
    return float(2 ** (doublings + 2 * side * votes))


def _above(level: int) -> float:
    """Return how far a level lies above the middle, -1 to 1."""
    return (level - 3) / 2


def _own_terms(game: Game, seat: str) -> dict[str, str]:
    """Return the options for which a seat stands: those it promised before the session, and those of its post."""
    start = game.spec.start
    stood = [promise.terms for promise in start.promises if promise.seat == seat]
    stood += [post.terms for post in start.posts if post.seat == seat]
    return {key: option for terms in stood for key, option in terms.items() if option in game.offered.get(key, {})}


def _for(item: Item | None, own: Mapping[str, str]) -> float:
    """Return how far a motion speaks for a seat: 1 where it has its options, -1 where it has others, 0 of neither."""
    named = [item.terms[key] == option for key, option in own.items() if key in item.terms] if item else []
    return (2 * sum(named) - len(named)) / len(named) if named else 0.0
