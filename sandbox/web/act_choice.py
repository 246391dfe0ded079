"""What the facilitator may let a seat do in its turn: the acts that are open to it now."""

from __future__ import annotations

from collections.abc import Mapping

from nicegui import ui

from sandbox.content.cards import Act
from sandbox.content.words import Words
from sandbox.game.ballots import BALLOT
from sandbox.game.view import seat_view
from sandbox.session.offers import waits_for
from sandbox.web.room import TableRoom


def acts_now(room: TableRoom, words: Words, seat: str) -> dict[Act, str]:
    """Return the acts that a seat may do now, each with what it waits for, or empty.

    Where the seat has the floor these are the acts of its turn, as its own page offers them; else those that it would
    have if it spoke next.
    """
    game, state = room.game, room.fold.state
    if state["stage"] >= len(game.stages):
        return {}
    view, floor = seat_view(game, state, seat), state["floor"]
    if seat not in view.present:
        return {}
    if floor is not None and floor["phase"] == "decision":
        return dict.fromkeys(BALLOT if seat in game.voters(view.stage.id) else (), "")
    opened = view.acts or game.speech(seat, defers="decides" in view.stage.abilities)
    return {act: waits_for(game, words, view, act) for act in opened}


class ActChoice:
    """A choice of one of the acts that a seat may do now, or of none.

    What is open is looked at again whenever the choice is opened.
    """

    def __init__(self, room: TableRoom, words: Words, label: str, nothing: str) -> None:
        self._room, self._words, self._nothing, self._seat = room, words, nothing, ""
        self._pick = ui.select({"": nothing}, value="", label=label).classes("w-full").props("data-act-choice")
        self._pick.on("popup-show", self._look)

    @property
    def act(self) -> str:
        """The act that is chosen, or empty; raises `InputError` where the seat may not do it any more."""
        act = str(self._pick.value or "")
        self._look()
        if act != str(self._pick.value or ""):
            raise self._words.refusal("desk.act_moved", act=self._words.doing(act))
        return act

    def offer(self, seat: str) -> None:
        """Offer what a seat may do; nothing is chosen any more."""
        self._seat = seat
        self._pick.value = ""
        self._look()

    def _look(self) -> None:
        words, game, state = self._words, self._room.game, self._room.fold.state
        opened: Mapping[Act, str] = acts_now(self._room, words, self._seat) if self._seat else {}
        reviews = bool(opened) and game.stages[state["stage"]].reviews
        shown = {
            act: words.doing(act, reviews=reviews) + (words.paren(waits) if waits else "")
            for act, waits in sorted(opened.items(), key=lambda each: bool(each[1]))
        }
        chosen = str(self._pick.value or "")
        self._pick.set_options({"": self._nothing, **shown}, value=chosen if chosen in opened else "")
