"""A motion as it is shown: its terms, who put it, and the votes so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nicegui import ui

from sandbox.content.words import Words
from sandbox.game.ballots import abstained, motion, votes_on
from sandbox.game.entries import Item
from sandbox.game.game import Game
from sandbox.game.state import State
from sandbox.report.rule_words import motion_payer_text
from sandbox.web.decision_card import held, settled
from sandbox.web.frame import div, heading, soft

__all__ = ["motion_card", "motion_key", "motion_terms", "tally"]


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
    votes, out = votes_on(state, item), abstained(state, item)
    waiting = [game.name(seat) for seat in game.voters(item.stage) if seat not in votes and seat not in out]
    sides = {
        "for": [game.name(seat) for seat, vote in votes.items() if vote],
        "against": [game.name(seat) for seat, vote in votes.items() if not vote],
        "abstained": [game.name(seat) for seat in out],
    }
    with div("notice decision motion-now").props(f'data-motion="{item.line}"'):
        heading(2, f"{words('vote.now')}{words('colon')}{item.line} {game.name(item.owner)}")
        if item.says:
            ui.label(item.says).classes("gist")
        motion_terms(game, item)
        tally(sides, waiting, words)


def motion_terms(game: Game, item: Item) -> None:
    """Add what a motion would settle, who would pay for it, and what it hangs on beside."""
    words, terms = game.words, game.in_words(item.terms)
    if terms:
        settled(terms)
    else:
        ui.label(words("vote.no_terms"))
    soft(f"{words('decision.payer')}{words('colon')}{motion_payer_text(game, item.terms)}")
    held(item.condition, words)


def tally(sides: Mapping[str, Sequence[str]], waiting: Sequence[str], words: Words) -> None:
    """Add the votes so far.

    Args:
        sides: the names of those who have voted ``for`` and ``against``, and who ``abstained``.
        waiting: the names of those who have still to vote.
        words: the words.
    """
    with div("tally").props('data-tally role="status"'):
        for key, names in sides.items():
            if names or key != "abstained":
                with div(f"side {key}"):
                    ui.label(words(f"decision.{key}")).classes("who")
                    ui.label(str(len(names))).classes("number")
                    soft(words.join(list(names)))
        if waiting:
            soft(f"{words('vote.waiting', count=len(waiting))}{words('colon')}{words.join(list(waiting))}")
