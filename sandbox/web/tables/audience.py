"""The pages that watch a table: who looks, what of it they may see, and which players are connected."""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.game.fold import line_of
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.ledger.ledger import ledger
from sandbox.game.motions.standing_for import counter_offers
from sandbox.game.session import Session
from sandbox.game.state import State, first_state
from sandbox.game.view import hears_partial, sees
from sandbox.record.events import Event, LineSpoken
from sandbox.record.line import Line

REMIND_SECONDS = 20.0
"""Seconds between two reminders to the same player."""
_PARTIAL_SECONDS = 0.1
_MACHINERY = ("call", "person", "session")


class Listener:
    """A page that watches a table; it ignores the calls that it does not override."""

    def event(self, event: Event) -> None:
        """Take a new event of the session's log."""

    def changed(self) -> None:
        """React to another change: at the table, in who is there, or that everything has stopped."""

    def asked(self) -> None:
        """React to a change of the person who is being waited for."""

    def partial(self, seat: str, words: str) -> None:
        """Take the words of a line so far."""

    def reminded(self, seat: str) -> None:
        """Take that the facilitator reminds a player that the room waits."""


@dataclass(frozen=True)
class OpenPage:
    """A player's page: when it was opened (seconds since 1970), on what, and whether it is connected now."""

    since: float
    device: str
    here: bool


class Audience:
    """Tells the pages of a table what happens; what fails in a page never reaches the session.

    A model streams dozens of pieces a second; pages are told the words so far ten times a second.

    Attributes:
        online: how many pages of each player are connected.
        calls: the seats whose players have called the facilitator, with the time of the call (seconds since 1970).
        asking_back: the seat that somebody at the door says to have had, by the number that stands on their page, with
            what takes the seat's new token, or an empty text where the facilitator refuses.
        begins: whether the session is about to begin.
        watch_token: of the link that all have who find no free seat at the door and watch; empty until somebody does.
    """

    def __init__(self) -> None:
        self.online: Counter[str] = Counter()
        self._pages: dict[str, dict[str, OpenPage]] = {}
        self.calls: dict[str, float] = {}
        self.asking_back: dict[int, tuple[str, Callable[[str], None]]] = {}
        self.begins = False
        self.watch_token = ""
        self._reminded: dict[str, float] = {}
        self._listeners: list[Listener] = []
        self._partial = ("", "")
        self._soon: asyncio.TimerHandle | None = None

    def join(self, listener: Listener) -> Callable[[], None]:
        """Let a page watch until the function that is returned is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def connected(self, seat: str, page: str, device: str, here: bool) -> None:
        """Note that a player's page (``page``: the server's name for it) has connected or has lost its connection."""
        self.online[seat] += 1 if here else -1
        pages = self._pages.setdefault(seat, {})
        since = pages[page].since if page in pages else time.time()
        pages[page] = OpenPage(since, device, here)
        self.changed()

    def closed(self, seat: str, page: str) -> None:
        """Note that a player's page will not come back."""
        self._pages.get(seat, {}).pop(page, None)

    def at_once(self, seat: str) -> tuple[OpenPage, ...]:
        """Return the connected pages of a player who has more than one, oldest first; otherwise nothing."""
        here = [page for page in self._pages.get(seat, {}).values() if page.here]
        return tuple(sorted(here, key=lambda page: page.since)) if len(here) > 1 else ()

    def tell_begins(self, begins: bool) -> None:
        """Take that the session is about to begin, or that it has begun or was refused."""
        self.begins = begins
        self.changed()

    def call(self, seat: str) -> None:
        """Take that a player calls the facilitator; a second call changes nothing."""
        self.calls.setdefault(seat, time.time())
        self.changed()

    def answered(self, seat: str) -> None:
        """Take that a player's call has been answered, or taken back."""
        self.calls.pop(seat, None)
        self.changed()

    def ask_back(self, seat: str, take: Callable[[str], None]) -> int:
        """Ask for a seat back from another device; return the number by which the facilitator knows the request."""
        asking = self.asking_back
        number = next((number for number, other in asking.items() if other == (seat, take)), 0)
        if not number:
            free = [number for number in range(10, 100) if number not in asking]
            number = secrets.choice(free or list({*range(100, 100_000)} - asking.keys()))
            asking[number] = seat, take
            self.changed()
        return number

    def give_back(self, seat: str, number: int = 0, token: str = "") -> None:
        """Give the new token of a seat to the request with this number, and refuse all other requests for the seat."""
        for other in [other for other, (asked, _) in self.asking_back.items() if asked == seat]:
            _, take = self.asking_back.pop(other)
            take(token if other == number else "")
        self.changed()

    def ask_no_more(self, take: Callable[[str], None]) -> None:
        """Drop the requests of a page that is gone."""
        self.asking_back = {number: other for number, other in self.asking_back.items() if other[1] != take}
        self.changed()

    def remind(self, seat: str) -> None:
        """Tell a player that the room waits; nothing happens within `REMIND_SECONDS` of the last time."""
        if not self.rests(seat):
            self._reminded[seat] = time.monotonic()
            self._tell(lambda page: page.reminded(seat))

    def rests(self, seat: str) -> bool:
        """Return whether a player was reminded less than `REMIND_SECONDS` ago."""
        return time.monotonic() - self._reminded.get(seat, -math.inf) < REMIND_SECONDS

    def event(self, event: Event) -> None:
        """Tell of a new event; a line ends the words so far."""
        if event.kind == "line" and self._soon is not None:
            self._soon.cancel()
            self._soon = None
        self._tell(lambda page: page.event(event))

    def changed(self) -> None:
        """Tell that something other than the log has changed."""
        self._tell(lambda page: page.changed())

    def asked(self) -> None:
        """Tell that another is waited for."""
        self._tell(lambda page: page.asked())

    def partial(self, seat: str, words: str) -> None:
        """Tell the words of a line so far, soon."""
        self._partial = seat, words
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(_PARTIAL_SECONDS, self._tell_partial)

    def _tell_partial(self) -> None:
        self._soon = None
        seat, words = self._partial
        self._tell(lambda page: page.partial(seat, words))

    def _tell(self, call: Callable[[Listener], None]) -> None:
        # In the loop's next round, one call a page: an error in a page is the loop's to report.
        loop = asyncio.get_running_loop()
        for listener in self._listeners:
            loop.call_soon(call, listener)


@dataclass(frozen=True)
class Viewer:
    """The role in which a page looks at a table, which decides what it may show.

    The facilitator sees everything, a player what the seat may see, observer and projector what the room hears.

    Args:
        role: the kind of page.
        seat: the player's seat.
        before: the seats of the people in front of a page that shows what the room hears. What is said in a stage that
            excludes one of these seats is not shown.
    """

    role: Literal["facilitator", "player", "observer", "projector"]
    seat: str = ""
    before: frozenset[str] = frozenset()

    @property
    def all(self) -> bool:
        """Whether everything may be seen."""
        return self.role == "facilitator"

    def sees(self, game: Game, event: Event) -> bool:
        """Return whether an event may be seen."""
        if self.all:
            return event.kind not in _MACHINERY
        said = event.kind in ("line", "inject", "decision")
        return not (said and self.shut_out(game, event.stage)) and sees(game, self.seat or None, event)

    def shut_out(self, game: Game, stage: str) -> bool:
        """Return whether a stage excludes a seat whose person sits in front of the page."""
        return not self.before <= {*game.present(stage)}

    def known(self, game: Game, items: Sequence[Item], stage: str) -> list[Item]:
        """Return the ledger entries that the viewer may know in a stage."""
        if self.all:
            return [*items]
        who = {self.seat} if self.seat else self.before.union(game.present(stage))
        return [item for item in items if who <= {*item.visible_to}]

    def counters(self, session: Session, lines: Sequence[Line]) -> Mapping[str, bool]:
        """Return which of the given lines are counter-offers, judged by the lines that the viewer may see."""
        game, own = session.game, [line for line in lines if line["terms"] or line["condition"]]
        if not own:
            return {}
        seen = [line_of(event) for event in session.events if isinstance(event, LineSpoken) and self.sees(game, event)]
        return counter_offers(ledger(game.scenario, seen, items=first_state(game)["ledger"]), own)

    def hears(self, game: Game, state: State, speaker: str) -> bool:
        """Return whether the viewer may hear what a speaker is saying now; votes are not heard until they are given."""
        votes = state["floor"] is not None and state["floor"]["why"] == "votes"
        shut = self.shut_out(game, game.stages[state["stage"]].id)
        return self.all or (not votes and not shut and hears_partial(game, state, self.seat or None, speaker))


PROJECTOR = Viewer("projector")
