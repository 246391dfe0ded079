"""What those say for whom a seat asked for time: as the case has it, or as the seed draws it (inferred)."""

from __future__ import annotations

from sandbox.game.answered import deferring
from sandbox.game.draws import pick
from sandbox.game.game import Game
from sandbox.game.state import State, stage_lines

_KINDS = ("yes", "half", "no")


def consulted(game: Game, state: State, seat: str) -> str:
    """Return what those said whom a seat has asked since it asked for time, or an empty text where it did not.

    Where the case does not tell it, one of three answers is drawn, which speak of what the seat itself wants or fears.
    """
    if seat not in deferring(stage_lines(state), [seat]):
        return ""
    told, lang = game.seats[seat].consulted, game.spec.lang
    if told is not None:
        return told.get(lang)
    draw, card = game.draws(f"consulted:{game.stages[state['stage']].id}:{seat}", 3), game.personas[seat]
    kind = pick(draw, _KINDS)
    want, fear = (pick(draw, texts).get(lang) for texts in (card.interests, card.fears))
    return game.words(f"consulted.{kind}", want=want, fear=fear)
