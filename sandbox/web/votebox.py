"""The vote of a person: what is put to the vote, who said what of it, and a button for each way to vote."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from nicegui import ui
from typing_extensions import override

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.words import Words
from sandbox.game.entries import Item
from sandbox.game.game import Game
from sandbox.game.view import SeatView
from sandbox.game.wording import gist
from sandbox.record.line import Line
from sandbox.session.offers import rejection_text
from sandbox.web.asking import Asking, Draft, Send
from sandbox.web.decision_card import motion_terms, tally
from sandbox.web.frame import bullets, div, heading, soft
from sandbox.web.panels import seat_text

__all__ = ["VoteBox"]

_SHORT = 220


class VoteBox(Asking):
    """Asks the person in a seat for a vote on a motion."""

    def __init__(self, game: Game, view: SeatView, words: Words, draft: Draft, send: Send, motion: Item) -> None:
        self._motion = motion
        super().__init__(game, view, words, draft, send, words("vote.title"))

    @override
    def _ask(self) -> None:
        words = self._words
        _motion_card(self._game, self._view, self._motion)
        self._words_input(words("vote.words"))
        self._refusal()
        with div("acts votes"):
            for act in self._view.acts:
                key, colour = _ballot(act)
                button = ui.button(words(key), on_click=partial(self._cast, act), color=colour)
                button.props(f'data-act="{act}"' + ("" if colour else " outline"))

    @override
    def _restore(self, parts: Mapping[str, Any]) -> None:
        self._says.value = str(parts.get("says", ""))

    def _cast(self, act: Act) -> None:
        self._act = act
        self._submit()


def _motion_card(game: Game, view: SeatView, motion: Item) -> None:
    """Add a motion: who moved it with which words, what it would settle, the votes so far, and what was said of it."""
    words = game.words
    with div("motion stack"):
        soft(words("vote.moved", name=seat_text(game, motion.owner), line=motion.line))
        ui.label(f"“{motion.says}”").classes("prose quote")
        if motion.terms:
            heading(3, words("motion.terms"))
        motion_terms(game, motion)
        if text := rejection_text(game, view):
            soft(text)
        _tally(game, view, motion)
        for key, said in (
            ("vote.for_it", _said(view, motion, "supports")),
            ("vote.against_it", _said(view, motion, "opposes")),
        ):
            if said:
                heading(3, words(key))
                bullets([_stand(game, line) for line in said])


def _tally(game: Game, view: SeatView, motion: Item) -> None:
    """Add the votes on a motion that the seat has heard, and who else is still to vote; nothing where it heard none."""
    cast = {line["seat"]: line["act"] for line in view.lines if line["vote"] and line["about"] == motion.line}
    if not cast:
        return
    waiting = [game.name(seat) for seat in game.voters(view.stage.id) if seat not in cast and seat != view.seat]
    ways = {"for": "votes_for", "against": "votes_against", "abstained": "abstains"}
    sides = {key: [game.name(seat) for seat, act in cast.items() if has(act, way)] for key, way in ways.items()}  # type: ignore[arg-type]
    tally(sides, waiting, game.words)


def _said(view: SeatView, motion: Item, trait: str) -> list[Line]:
    """Return for each seat on a side of a motion the last line that it heard of that seat on it."""
    seats = motion.supporters if trait == "supports" else motion.objectors
    last: dict[str, Line] = {}
    for line in view.heard:
        meant = line["about"] in (motion.line, "") and line["stage"] == motion.stage
        if line["seat"] in seats and meant and not line["vote"] and has(line["act"], trait):  # type: ignore[arg-type]
            last[line["seat"]] = line
    return list(last.values())


def _stand(game: Game, line: Line) -> str:
    return f"{game.name(line['seat'])} · {line['id']}{game.words('colon')}“{gist(line['says'], _SHORT)}”"


def _ballot(act: Act) -> tuple[str, str | None]:
    """Return the text and the colour of the button for a way to vote; whoever takes no side has no colour."""
    if has(act, "votes_for"):
        return "vote.yes", "positive"
    return ("vote.no", "negative") if has(act, "votes_against") else ("vote.abstain", None)
