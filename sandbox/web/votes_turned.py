"""What if at the end of a seat's session: the votes on a decision, turned about by hand and counted anew."""

from __future__ import annotations

from functools import partial
from typing import Literal, cast

from nicegui import ui

from sandbox.content.words import Words
from sandbox.game.counting import recast
from sandbox.game.entries import motion_of
from sandbox.game.rules import has_vote
from sandbox.game.session import Session
from sandbox.record.line import BODY, DecisionTaken
from sandbox.report.reading import Reading
from sandbox.report.whatif_words import WhatIfWords
from sandbox.web.audience import Viewer
from sandbox.web.decision_card import settled
from sandbox.web.frame import box, div, heading, soft

_Way = Literal["for", "against", "abstained", "uncast"]


def votes_turned(session: Session, words: Words, viewer: Viewer) -> None:
    """Add the decisions in which a seat was asked for its vote, to turn votes about; nothing where there are none.

    Nothing is played for it: the votes that the seat saw counted are counted anew by the rules of the table.
    """
    game = session.game
    heard = [event for event in session.events if event.kind == "decision" and viewer.sees(game, event)]
    taken = [cast(DecisionTaken, event.payload) for event in heard]
    own = [each for each in taken if each["by"] == BODY and viewer.seat in (*each["votes"], *each["abstained"])]
    if own:
        with box(), ui.expansion(words("turned.title")).classes("w-full").props("data-turned"), div("stack"):
            soft(words("turned.how"))
            for each in own:
                _TurnedVotes(session, words, viewer.seat, each, several=len(own) > 1)


class _TurnedVotes:
    """The votes on one decision, each a button that turns it about, and what they come to."""

    def __init__(self, session: Session, words: Words, seat: str, taken: DecisionTaken, *, several: bool) -> None:
        self._words, self._taken, self._game = words, taken, session.game
        self._was = self._cast = {seat: _way(taken, seat) for seat in (*taken["votes"], *taken["abstained"])}
        reading, item = Reading(session), motion_of(session.state["ledger"], taken["motion"])
        with div("stack") as shown:
            shown.props["data-turned-motion"] = taken["motion"]
            if item is not None:
                heading(3, f"{words('decision.motion')} {item.line} {reading.mover(item)}")
                if several:  # of a single one they stand right above
                    settled(reading.terms(item.terms))
            with div("acts"):
                for voter in sorted(self._was, key=lambda voter: voter != seat):
                    button = ui.button().props(f"outline data-turn-vote={voter}")
                    button.on_click(partial(self._turn, voter, button, own=voter == seat))
                    self._show(voter, button, own=voter == seat)
            self._outcome = ui.label(reading.decision(taken).how).classes("strong").props('role="status" data-recount')

    def _turn(self, voter: str, button: ui.button, *, own: bool) -> None:
        ways: list[_Way] = ["for", "against"]
        if self._game.governance.rules.aggregation.abstain and self._counts(voter):
            ways.append("abstained")
        now = self._cast[voter]
        self._cast = {**self._cast, voter: ways[(ways.index(now) + 1) % len(ways)] if now in ways else "for"}
        self._show(voter, button, own=own)
        votes = {seat: way == "for" for seat, way in self._cast.items() if way in ("for", "against")}
        other = recast(self._game, self._taken, votes, [seat for seat in self._cast if seat not in votes])
        told = WhatIfWords(self._game, self._words)
        self._outcome.set_text(told.recount(self._game, self._taken, other, self._words("turned.motion")))

    def _show(self, voter: str, button: ui.button, *, own: bool) -> None:
        words = self._words
        name = self._game.name(voter) + (words.paren(words("you")) if own else "")
        ways = dict.fromkeys((self._was[voter], self._cast[voter]))  # once, where they are the same
        turned = " → ".join(words(f"decision.{self._named(voter, way)}") for way in ways)
        button.set_text(f"{name}{words('colon')}{turned}")

    def _named(self, voter: str, way: _Way) -> str:
        return way if self._counts(voter) or way == "uncast" else "veto_of" if way == "against" else "unused_by"

    def _counts(self, voter: str) -> bool:
        return has_vote(self._game.governance, self._game.positions, voter)


def _way(taken: DecisionTaken, seat: str) -> _Way:
    if seat in taken.get("uncast", ()):
        return "uncast"
    if seat in taken["abstained"]:
        return "abstained"
    return "for" if taken["votes"][seat] else "against"
