"""The turn of a seat for which no model finds words: those of its card, or a short act that the rules choose."""

from __future__ import annotations

from sandbox.content.acts import Trait, has
from sandbox.content.cards import Act
from sandbox.content.schemas import Point
from sandbox.game.ballots import BALLOT, moved_terms
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice
from sandbox.game.state import Floor, State
from sandbox.game.steps import refusal
from sandbox.record.line import ALL, Origin, Turn
from sandbox.session.points import WHISPER, card_point, off_the_record

# What a seat should not do because its model is silent.
_WEIGHTY: tuple[Trait, ...] = ("commits", "opposes", "binds", "hands_down", "escalates", "asks", "votes_against")


def stand_in(game: Game, state: State, floor: Floor) -> tuple[Turn, Origin]:
    """Return the turn that is taken where every question for one was declined, and who worded it.

    A vote is cast, a motion moved and a matter opened as a persona does that words points of its card. Otherwise the
    seat says in a few words that it has nothing to add, with the act that changes least; a chair that must decide takes
    of each question the option most often named.
    """
    point = card_point(game, state, floor)
    if point is not None and point.id != WHISPER:  # advice is for one pair of eyes
        turn = turn_of(point, point.says.get(game.spec.lang), aside=False)
        if not refusal(game, state, turn):
            return turn, "card"
    act = min(floor["acts"], key=lambda act: sum(has(act, trait) for trait in _WEIGHTY))
    terms = moved_terms(game, state, floor["seat"]) if has(act, "binds") or floor["why"] == "motion" else {}
    says = RandomChoice(game.templates).say(game, act, terms, "", "")
    return _turn(act, ALL, says, terms), "rules"


def card_turn(game: Game, state: State) -> Turn:
    """Return the turn of the seat on the floor where the cards alone speak: a `sandbox.game.play.Choose`.

    The facilitator, who is told so, words the turn of a seat with advice.
    """
    floor = state["floor"]
    if floor is None:
        raise ValueError("nobody has the floor")
    point = card_point(game, state, floor)
    if point is None or not (floor["point"] or point.id == WHISPER):
        turn = stand_in(game, state, floor)[0]
        again = turn["act"] in BALLOT and any(
            line["vote"] and (line["seat"], line["says"]) == (floor["seat"], turn["says"]) for line in state["lines"]
        )
        return {**turn, "says": game.words(f"motion.too.{turn['act']}")} if again else turn
    aside = bool(floor["point"]) and off_the_record(game, game.points[floor["point"]][1])
    return turn_of(point, point.says.get(game.spec.lang), aside=aside)


def turn_of(point: Point, says: str, *, aside: bool) -> Turn:
    """Return the turn that makes a point in some words; an ``aside`` is heard by its addressee alone."""
    turn = _turn(point.act, point.to or ALL, says, dict(point.terms))
    return {**turn, "section": point.section or "", "task": point.task or "", "aside": aside}


def _turn(act: Act, to: str, says: str, terms: dict[str, str]) -> Turn:
    return Turn(
        act=act, to=to, says=says, terms=terms, section="", task="", about="", text="", condition="", appends=False,
        aside=False, replaces="", promises="",
    )  # fmt: skip
