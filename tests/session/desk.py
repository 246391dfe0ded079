"""Sessions played by the rules alone, with a facilitator and people who act by a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.content.templates import Templates
from sandbox.game.fold import Fold
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.pulse import Pulse
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.game.state import State
from sandbox.game.view import SeatView, seat_view
from sandbox.record.events import Event
from sandbox.record.folder import SessionFolder
from sandbox.record.line import Turn
from sandbox.record.payloads import OrderKind
from sandbox.session.context import FREE
from sandbox.session.orders import OrderBook
from sandbox.session.runner import Models, Watch
from tests.content.folders import LIBRARY
from tests.running import run_session
from tests.session.support import of_kind

SEATS = tuple(seat.persona for seat in LIBRARY.scenario("four_oclock_school").seats if seat.persona != "site_host")
TEMPLATES = {"en": Templates(LIBRARY.roots, "en"), "zh": Templates(LIBRARY.roots, "zh")}
# What the facilitator orders right after an event, by the event's kind and id ("line:L003").
Script = Mapping[str, Sequence[tuple[OrderKind, dict[str, Any]]]]


class StoppedError(Exception):
    """Stands for a crash."""


def rules_spec(**given: Any) -> SessionSpec:
    """Return the spec of a session without a model."""
    base = {"scenario": "four_oclock_school", "governance": "joint_production", "style": "rules", "model": "none"}
    return SessionSpec.model_validate({**base, "stages": ("training", "public_engagement"), "turns": 8, **given})


def reviewing(lang: str, style: str = "rules", governance: str = "command") -> list[tuple[Game, State]]:
    """Return the moments of a review, as they come in play by the rules."""
    game = Game(rules_spec(governance=governance, stages=("public_engagement", "review"), seed=3, lang=lang), LIBRARY)
    moments: list[tuple[Game, State]] = []
    choice = RandomChoice(TEMPLATES[lang])

    def choose(game: Game, state: State) -> Turn:
        if game.stages[state["stage"]].reviews:
            moments.append((game.twin(style=style), state))
        return choice(game, state)

    play(game, choose)
    return moments


class Desk:
    """A facilitator who gives orders by a script, and people who say which line of their stage they speak.

    Args:
        script: the orders; ``start`` is the moment before the first event of a run.
        stop: the session is stopped once its log holds so many events; 0 for never.
    """

    def __init__(self, script: Script | None = None, stop: int = 0) -> None:
        self.script = script or {}
        self.stop = stop
        self.book = OrderBook()
        self.asked: list[SeatView] = []
        self.pulses: dict[str, dict[str, int]] = {}
        self.moments: list[tuple[str, tuple[str, ...]]] = []
        self.seen: list[Event] = []
        self._giving = False

    def watch(self) -> Watch:
        """Return what the runner tells and asks."""
        return Watch(on_event=self._event, ask_person=self.ask, ask_pulses=self.ask_pulses, orders=self.book)

    async def ask(self, view: SeatView, state: State) -> dict[str, Any]:
        """Answer for a person: the first act that is open, to the room."""
        del state
        self.asked.append(view)
        return {"act": view.acts[0], "to": "all", "says": f"{view.seat} says this as number {view.turn + 1}."}

    async def ask_pulses(
        self, moment: str, seats: Sequence[str], keep: Callable[[str, Mapping[str, Any]], Pulse]
    ) -> None:
        """Give the pulses of those people who want to give one."""
        self.moments.append((moment, tuple(seats)))
        for seat in seats:
            if seat in self.pulses:
                keep(seat, self.pulses[seat])

    def count(self, kind: str) -> int:
        """Return how many events of a kind came so far."""
        return sum(event.kind == kind for event in self.seen)

    def _event(self, event: Event) -> None:
        self.seen.append(event)
        outermost, self._giving = not self._giving, True
        for kind, given in self.script.get(f"{event.kind}:{event.payload['id']}", ()):
            self.book.give(kind, **given)
        if outermost:
            self._giving = False
            if self.stop and event.seq >= self.stop:
                raise StoppedError


async def run(
    folder: SessionFolder,
    spec: SessionSpec,
    desk: Desk | None = None,
    choose: Callable[[Game, State], Turn] | None = None,
) -> Session:
    """Play a session without a model, or go on with it."""
    models = Models(None, (), FREE, choose=choose or RandomChoice(TEMPLATES[spec.lang]))
    return await run_session(folder, spec, LIBRARY, models, desk.watch() if desk else Watch())


def folded(folder: SessionFolder, spec: SessionSpec, kind: str = "", event_id: str = "") -> Fold:
    """Return the fold of a session's log, up to an event where one is named."""
    fold = Fold(Game(spec, LIBRARY))
    for event in folder.read():
        fold.add(event)
        if (event.kind, event.payload["id"]) == (kind, event_id):
            break
    return fold


def view_after(folder: SessionFolder, spec: SessionSpec, kind: str, event_id: str, seat: str) -> SeatView:
    """Return what a seat may see right after an event."""
    fold = folded(folder, spec, kind, event_id)
    return seat_view(fold.game, fold.state, seat)


def everything_in(view: SeatView) -> str:
    """Return all that a seat's view tells, as one text."""
    return str({name: getattr(view, name) for name in dir(view) if not name.startswith("_")})


def lines_of(folder: SessionFolder, stage: str = "") -> list[dict[str, Any]]:
    """Return the lines of a session, or of one stage."""
    return [line for line in of_kind(folder, "line") if stage in ("", line["stage"])]


def files_of(path: Path) -> dict[str, bytes]:
    """Return the content of all files in a folder."""
    return {str(one.relative_to(path)): one.read_bytes() for one in path.rglob("*") if one.is_file()}
