"""The facilitator's choice of an act for a seat: the acts open to it now, and why others are not."""

from __future__ import annotations

from collections.abc import Mapping

from nicegui import ui

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.words import Words
from sandbox.game.motions.ballots import BALLOT
from sandbox.game.view import seat_view
from sandbox.session.offers import waits_for
from sandbox.web.frame import soft
from sandbox.web.tables.room import TableRoom


def acts_now(room: TableRoom, words: Words, seat: str) -> tuple[dict[Act, str], dict[Act, str]]:
    """Return the acts open to a seat now, each with what it waits for or empty, and why others are closed.

    Where the seat has the floor these are the acts of its turn, as its own page offers them; else those that it would
    have if it spoke next.
    """
    game, state = room.game, room.fold.state
    if state["stage"] >= len(game.stages):
        return {}, {}
    view, floor = seat_view(game, state, seat), state["floor"]
    deciding = floor is not None and floor["phase"] == "decision"
    opened: tuple[Act, ...] = ()
    why = "absent" if seat not in view.present else "vote" if deciding else "turn"
    if why == "vote":
        opened = BALLOT if seat in game.voters(view.stage.id) else ()
    elif why == "turn":
        opened = view.acts or game.speech(seat, defers="decides" in view.stage.abilities)
    barred = {act: why for act in game.acts(seat) if act not in opened}
    for act, reason in barred.items():
        if reason == "turn" and (has(act, "binds") or has(act, "defers")):
            barred[act] = "binds" if has(act, "binds") else "defers"
    waits = {act: "" if deciding else waits_for(game, words, view, act) for act in opened}
    return waits, {act: words(f"desk.act.{reason}") for act, reason in barred.items()}


class ActChoice:
    """A choice of one of a seat's open acts, or of none, with the reasons why others are closed.

    The open acts are updated whenever the choice is opened.
    """

    def __init__(self, room: TableRoom, words: Words, label: str, nothing: str) -> None:
        self._room, self._words, self._nothing, self._seat = room, words, nothing, ""
        self._pick = ui.select({"": nothing}, value="", label=label).classes("w-full").props("data-act-choice")
        self._pick.on("popup-show", self._look)
        self._barred = soft("").props("data-act-barred")

    @property
    def act(self) -> str:
        """The chosen act, or empty; raises `InputError` if it is not open to the seat any more."""
        act = str(self._pick.value or "")
        self._look()
        if act != str(self._pick.value or ""):
            raise self._words.refusal("desk.act.moved", act=self._words.doing(act), barred=self._barred.text)
        return act

    def offer(self, seat: str) -> None:
        """Offer the open acts of a seat, and clear the choice."""
        self._seat = seat
        self._pick.value = ""
        self._look()

    def _look(self) -> None:
        words, reviews = self._words, False
        opened: Mapping[Act, str] = {}
        barred: Mapping[Act, str] = {}
        if self._seat:
            opened, barred = acts_now(self._room, words, self._seat)
            state = self._room.fold.state
            reviews = bool(opened or barred) and self._room.game.stages[state["stage"]].reviews
        shown = {
            act: words.doing(act, reviews=reviews) + (words.paren(waits) if waits else "")
            for act, waits in sorted(opened.items(), key=lambda each: bool(each[1]))
        }
        chosen = str(self._pick.value or "")
        self._pick.set_options({"": self._nothing, **shown}, value=chosen if chosen in opened else "")
        reasons = [words.doing(act, reviews=reviews) + words.paren(why) for act, why in barred.items()]
        self._barred.set_text(words("desk.act.barred", acts=reasons) if reasons else "")
