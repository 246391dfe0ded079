"""What a governance model makes impossible, seat by seat, read off the rules at work."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.content.cards import RULED, Act
from sandbox.game.game import Game

__all__ = ["SeatLimits", "seat_limits"]


@dataclass(frozen=True)
class SeatLimits:
    """What a seat cannot do under the rules.

    Args:
        seat: the seat.
        shut_out: the stages in which it has no place.
        acts: the acts that it may not perform in any stage.
        votes: whether it is asked for a vote in the stage that decides.
        drafts: whether it drafts a plan.
        platform: whether it sees the data of the information platform.
    """

    seat: str
    shut_out: tuple[str, ...]
    acts: tuple[Act, ...]
    votes: bool
    drafts: bool
    platform: bool


def seat_limits(game: Game) -> list[SeatLimits]:
    """Return what each seat of a game cannot do, in the order of the seats; a host from elsewhere takes no part."""
    deciding = [stage.id for stage in game.stages if "decides" in stage.abilities]
    rules = game.governance.rules
    return [
        SeatLimits(
            seat=seat,
            shut_out=tuple(stage.id for stage in game.stages if seat not in game.present(stage.id)),
            acts=tuple(act for act in RULED if act not in game.acts(seat)),
            votes=any(seat in game.voters(stage) for stage in deciding),
            drafts=seat in game.drafters,
            platform=position in rules.information.platform,
        )
        for seat, position in game.positions.items()
        if game.personas[seat].kind != "host"
    ]
