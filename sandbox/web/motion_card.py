"""The motion that is being voted on: its terms, who put it, and the votes so far."""

from __future__ import annotations

from nicegui import ui

from sandbox.content.words import Words
from sandbox.game.ballots import abstained, motion, votes_on
from sandbox.game.game import Game
from sandbox.game.state import State
from sandbox.session.offers import motion_texts
from sandbox.web.frame import div, heading, soft

__all__ = ["motion_card", "motion_key"]


def motion_key(game: Game, state: State) -> object:
    """Return what the card depends on; empty where no vote is being held."""
    floor = state["floor"]
    item = motion(game, state) if floor is not None and floor["why"] == "votes" else None
    return (item.line, len(state["lines"])) if item is not None else ()


def motion_card(game: Game, state: State, words: Words) -> None:
    """Add the motion that is being voted on, with who voted how and who is still asked; nothing where there is none."""
    item = motion(game, state) if motion_key(game, state) else None
    if item is None:
        return
    colon, votes, out = words("colon"), votes_on(state, item), abstained(state, item)
    waiting = [seat for seat in game.voters(item.stage) if seat not in votes and seat not in out]
    sides = {
        "vote.for": [seat for seat, vote in votes.items() if vote],
        "vote.against": [seat for seat, vote in votes.items() if not vote],
        "vote.out": out,
        "vote.waiting": waiting,
    }
    with div("notice decision").props(f'data-motion="{item.line}"'):
        heading(2, f"{words('vote.now')}{colon}{item.line} {game.name(item.owner)}")
        if item.says:
            ui.label(item.says).classes("prose")
        for text in motion_texts(game, item)[: 2 if item.condition else 1]:
            ui.label(text).classes("prose")
        for key, seats in sides.items():
            if seats:
                soft(f"{words(key, count=len(seats))}{colon}{words.join([game.name(seat) for seat in seats])}")
