"""A room: the session of one table as it runs, the people who wait in it, and the pages that watch it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sandbox.content.library import Library
from sandbox.content.plain import plain, plain_within
from sandbox.content.words import Words, refusal
from sandbox.errors import AnswerError, EndpointError, Said, SandboxError
from sandbox.game.fold import Fold
from sandbox.game.orders import pauses
from sandbox.game.session import Session
from sandbox.record.events import Event, OrderGiven
from sandbox.record.folder import SessionFolder
from sandbox.record.log import Log
from sandbox.record.payloads import Giver, OrderKind
from sandbox.report.pacing import READING, reading_seconds
from sandbox.report.results import write_results
from sandbox.session.carried import library_of
from sandbox.session.opening import game_of
from sandbox.session.orders import OrderBook, take_off
from sandbox.session.runner import Models, Watch, run_session
from sandbox.settings import language
from sandbox.web.seat.asking import Begun
from sandbox.web.tables.answers import Answers
from sandbox.web.tables.audience import Audience
from sandbox.web.tables.ballots import Ballots, Keep, PulseBallot, motion_put, vote_on
from sandbox.web.tables.clock import (
    READ,
    SKIMMED,
    VOTE_SECONDS,
    Hold,
    StageClock,
    Thinking,
    TurnTime,
    card_seconds,
    played_time,
    turn_seconds,
)
from sandbox.web.tables.database import TableRow
from sandbox.web.tables.time_watch import MOVES, Lending, TimeWatch
from sandbox.web.throttle import in_terminal

_LOG = logging.getLogger(__name__)
_LAST_LINE = 2.0  # seconds at most until a line that was held is in the log
_SLOW = 20.0  # seconds after which the facilitator need not wait for a model any longer


def why_failed(what: str, error: BaseException) -> SandboxError:
    """Return why a session (``what``: its id) failed; an unforeseen error is also logged for the operator."""
    if isinstance(error, EndpointError):
        return refusal("refused.no_answer" if isinstance(error, AnswerError) else "refused.endpoint")
    if isinstance(error, SandboxError):
        return error
    _LOG.error(in_terminal("server.failed", what=what), exc_info=error)
    return refusal("refused.failed", error=type(error).__name__)


def tell_stopped(key: str, why: SandboxError, error: BaseException | None = None, **named: str) -> None:
    """Log why a session or a campaign does not go on; of an endpoint's message only the status is logged."""
    text = plain(Words(language()).error(why))
    if isinstance(error, EndpointError) and (short := _in_short(error)):
        text += f" ({short})"
    _LOG.error(in_terminal(key, **named, why=" ".join(text.split())))


def _in_short(error: EndpointError) -> str:
    """Return how an endpoint failed: its status, or that it cannot be reached; it might quote what was sent to it."""
    values = error.values
    while isinstance(inner := values.get("message"), Said):
        values = inner.values
    return str(getattr(error.__cause__, "reason", "") or values.get("status", ""))


class TableRoom:
    """A session of a table, from its start to its end.

    It has its own account with the budget of the server's models, and a time-box for each stage with minutes. It
    reports its end. When a person's time for a turn is over, the turn is skipped or a persona speaks for the person:

    - the first time, for that turn only;
    - from the second turn in a row, until the person takes the seat back or has to vote or decide.

    A vote whose time is over is not cast; a decision waits.

    Attributes:
        ballots: the votes that people have given and that are not logged yet.
        answers: what people say and vote.
        begun: returns the draft of the person in a seat.
        seconds: the time that was set up for a person's turn, in seconds; 0 for no limit.
        turn_time: the time that people have for a turn.
        played_time: what the session takes over of its table's time.
        stopped: why the session does not go on; ``failure``: the endpoint's own error, if any.
        thinking: the wait for the model whose turn it is; None if there is none.
        lending: the seats that personas have for a turn.
        overdue: seats whose people let their time pass and have done nothing since, with what followed.

    Raises:
        InputError: the session cannot be read, or does not fit the content.
    """

    def __init__(
        self, folder: SessionFolder, library: Library, models: Models, row: TableRow, audience: Audience,
        on_over: Callable[[], None], begun: Callable[[str], Begun | None],
    ) -> None:  # fmt: skip
        self.folder, self.audience, self._models, self._on_over = folder, audience, models, on_over
        self._named, setup, self.begun = {"table": row.id, "session": folder.id}, row.setup, begun
        events = folder.read()
        self.game = game_of(events, library_of(folder, events, library), folder.events)
        self.fold, self._clock = Fold(self.game), StageClock(setup.minutes)
        self.idle, self.seconds, self._setup = setup.idle, setup.seconds, setup
        self.turn_time = TurnTime(setup.seconds)
        self.ballots = Ballots(self.game, self.turn_time)
        self._hands: dict[str, tuple[str, Giver]] = {}
        self.lending = Lending(self._hands)
        self.overdue = self.lending.overdue
        self.events: list[Event] = []
        self._orders: list[OrderGiven] = []
        self.book = OrderBook()
        self._log: Log | None = None
        self._shown: tuple[int, Session] | None = None
        self.stopped: SandboxError | None = None
        self.failure: EndpointError | None = None
        self.speaking = ("", "")
        self.thinking: Thinking | None = None
        self._fails = False  # since the last line
        self.pulses = PulseBallot(self.game.words, self.turn_time, audience.asked)
        self.answers = Answers(self, Hold(setup.hold))
        self._tasks: list[asyncio.Task[None]] = []
        self._heard = asyncio.Event()  # since it was last cleared
        self.played_time = played_time(folder, events, setup.minutes)
        for event in events:
            self._take(event)

    # What pages read

    @property
    def over_and_done(self) -> bool:
        """Whether the session is finished and no longer running."""
        return self.fold.finished and not self.running

    @property
    def asked(self) -> str:
        """The seat of the person who is being waited for, or empty."""
        return self.answers.asked

    @property
    def persons(self) -> tuple[str, ...]:
        """The seats that people hold once all orders given so far are carried out."""
        held = dict.fromkeys(self.fold.state["desk"]["persons"], True)
        orders = (order.payload for order in self.due)
        held |= {order["seat"]: order["by"] == "person" for order in orders if order["kind"] == "seat"}
        return tuple(seat for seat, is_held in held.items() if is_held)

    @property
    def paused(self) -> bool:
        """Whether the facilitator has paused the session, though a line that was begun may still come."""
        return pauses(self.fold.state, self.due)

    @property
    def due(self) -> Sequence[OrderGiven]:
        """The orders that were given and are not carried out yet."""
        return self._orders[self.fold.state["desk"]["orders"] :]

    @property
    def voting(self) -> tuple[str, ...]:
        """The seats of people who may vote now and have not voted; they need not have the floor."""
        return self.ballots.open_to(self.fold.state, self.persons) if self.running else ()

    @property
    def kept(self) -> tuple[str, ...]:
        """The seats whose people have given a vote that is not in the log yet."""
        state = self.fold.state
        return tuple(seat for seat in self.persons if self.ballots.has(state, seat))

    def session(self) -> Session:
        """Return the session as it stands."""
        return Session(self.game, self.fold.state, tuple(self.events))

    @property
    def shown(self) -> Session:
        """The session as it stands, as pages show it: without the words that were taken off."""
        if self._shown is None or self._shown[0] != len(self.events):
            self._shown = len(self.events), self.session().shown
        return self._shown[1]

    def left(self) -> float | None:
        """Return the seconds that the stage has left, or None."""
        return self._clock.left(time.time())

    @property
    def failing(self) -> bool:
        """Whether the model does not answer: it is being asked again, or the attempts were given up."""
        return bool(self.failure) or (self.thinking is not None and self.thinking.attempts > 1)

    @property
    def slow(self) -> bool:
        """Whether a model has been waited for so long that the facilitator may go on without it."""
        if self.thinking is None or self.speaking[1] or self.fold.over or self.paused:
            return False
        return time.monotonic() - self.thinking.since >= _SLOW

    @property
    def waited(self) -> dict[str, float]:
        """The seconds that each seat whose person is being waited for has been waited for."""
        return self.turn_time.waited()

    # What pages do

    def pulse(self, seat: str, moment: str, levels: Mapping[str, Any]) -> None:
        """Give a person's pulse; raises what `PulseBallot.give` raises."""
        self.pulses.give(seat, moment, levels)
        self.overdue.pop(seat, None)

    async def take_off(self, line: str, *, off: bool) -> None:
        """Take the words of a line off all pages and documents, or put them back; what is written by now is made anew.

        Raises `InputError` where there is no such line, and `StorageError` where the log cannot be written.
        """
        if self._log is None and self.running:
            await asyncio.wait(self._tasks)
        if self._log is not None:
            take_off(self._log, line, off=off)
            return
        with self.folder.log() as log:
            log.watch(self._event)
            take_off(log, line, off=off)
        if self.folder.report.is_file():
            await asyncio.to_thread(write_results, self.session(), self.folder)

    def limit_turns(self, seconds: int) -> None:
        """Set the seconds that a person has for a turn, 0 for no limit; some stages of a long plan give more."""
        self.seconds = seconds
        stage = self.fold.state["stage"]
        within = self.game.stages[min(stage, len(self.game.stages) - 1)]
        self.turn_time.allow(turn_seconds(seconds, self._setup.plan, within))

    def more_to_vote(self) -> None:
        """Give more time to the people who may vote and have not."""
        self.turn_time.give(self.voting, VOTE_SECONDS)
        self.audience.asked()

    def hand(self, seat: str, by: str, giver: Giver = "facilitator") -> None:
        """Give a seat to a person or a persona, at once or as soon as the session runs."""
        self._hands[seat] = by, giver
        self.lending.handed(seat)
        self.lending.is_there(seat)
        self._hand_over()

    def _hand_over(self) -> None:
        if self.book.opened and not self.fold.over:
            hands = [*self._hands.items()]
            self._hands.clear()
            for seat, (by, giver) in hands:
                self.book.give("seat", seat=seat, by=by, giver=giver)

    # Running

    @property
    def running(self) -> bool:
        """Whether the session is being played now."""
        return not all(task.done() for task in self._tasks)

    def start(self) -> None:
        """Play the session from its start or from where it was stopped, also if only its results are missing."""
        if self.running or (self.fold.finished and self.folder.report.is_file()):
            return
        self.stopped = self.failure = None
        _LOG.info(in_terminal("server.plays", **self._named))
        run = asyncio.create_task(self._run(), name=self.folder.id)
        run.add_done_callback(self._ended)
        self._tasks = [run, asyncio.create_task(TimeWatch(self).run(), name=self.folder.id)]
        self.audience.changed()

    async def stop(self) -> None:
        """Stop playing; the session can be started again from where it stands. A line that is held is said before."""
        self._heard.clear()
        if self.answers.let_go():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._heard.wait(), _LAST_LINE)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def _pace(self, says: str) -> float:
        """Return how long cards wait with the next line, so that the people at the table can read this one.

        For a vote that is told only when all are in they do not wait, nor where nobody has a page open, but for a table
        whose people have yet to come.
        """
        said = self.fold.state["lines"][-1:]
        if said and said[0]["vote"] and motion_put(self.game, self.fold.state) is not None:
            return 0.0
        speed = READING[self.game.spec.lang] * (READ if self._setup.reading else SKIMMED)
        longest, awaited = card_seconds(self._setup.reading), bool(self._setup.persons) and not self.persons
        return min(longest, reading_seconds(says, speed)) if awaited or any(self.audience.online.values()) else 0.0

    async def _run(self) -> None:
        watch = Watch(
            on_partial=self._partial, on_wait=self._waits_for, ask_person=self.answers.ask,
            ask_pulses=self._ask_pulses, orders=self.book, pace=self._pace if self.game.spec.by_cards else None,
        )  # fmt: skip
        judges = self._models.judges if self.game.spec.judge_model else ()
        models = replace(self._models, judges=judges, account=self._models.account.another())
        with self.folder.log() as log:
            for event in list(log)[len(self.events) :]:  # of another process that has played it since it was read
                self._event(event)
            log.watch(self._event)
            self._log = log
            try:
                if self.fold.begun and not self.fold.over:
                    self.book.open(self.game, log)
                    self.book.give("restart")
                session = await run_session(self.game, log, models, watch, self.folder.id)
            finally:
                self._log = None
                self.book.close()
        await asyncio.to_thread(write_results, session, self.folder)
        self._on_over()

    def _ended(self, task: asyncio.Task[None]) -> None:
        for other in self._tasks:
            other.cancel()
        self.speaking = ("", "")
        self.thinking = None
        self.answers.end()
        self.pulses.clear()
        self.ballots.ask(self.fold.state, self.persons, ())
        if task.cancelled():
            _LOG.info(in_terminal("server.halted", **self._named))
        else:
            if error := task.exception():
                self.stopped = why_failed(task.get_name(), error)
                tell_stopped("server.stopped", self.stopped, error, **self._named)
            else:
                _LOG.info(in_terminal("server.over", **self._named))
            self.failure = error if isinstance(error, EndpointError) else None
            self.audience.changed()

    async def _ask_pulses(self, moment: str, seats: Sequence[str], keep: Keep) -> None:
        # A persona's are given by the rules.
        await self.pulses.ask(moment, [seat for seat in seats if seat in self.persons], keep)

    def _take(self, event: Event) -> Event:
        event = replace(event, payload=plain_within(event.payload))
        self.events.append(event)
        if isinstance(event, OrderGiven):
            self._orders.append(event)
        self.fold.add(event)
        self.lending.event(event, self.fold.state["floor"])
        self.played_time.clock_after(self._clock, event)
        if event.kind == "stage":
            self.limit_turns(self.seconds)
        return event

    def _event(self, event: Event) -> None:
        if event.kind == "line":
            self.speaking, self.thinking, self._fails = ("", ""), None, False
        self.audience.event(self._take(event))
        self._heard.set()
        if event.kind == "order":
            self._ordered(event)
        elif event.kind == "direction" and not event.payload["refused"]:
            self._directed(event.payload["kind"], event.payload["id"])
        self.answers.look()
        if self.persons:
            self.ballots.ask(self.fold.state, self.persons, self.voting)
        self._ask_whose_it_is()
        if self._hands:
            asyncio.get_running_loop().call_soon(self._hand_over)

    def _ask_whose_it_is(self) -> None:
        """Give the seats of people who must vote or decide back to them, if they lost them because time was over."""
        floor, desk = self.fold.state["floor"], self.fold.state["desk"]
        if desk["absent"] and floor is not None and floor["phase"] == "decision":
            asked = (*self.game.voters(self.game.stages[self.fold.state["stage"]].id), floor["seat"])
            back = [seat for seat in desk["absent"] if seat in asked and seat not in self.persons]
            self._hands |= dict.fromkeys(back, ("person", "clock"))

    def _ordered(self, event: Event) -> None:
        """Stop or start clocks after an order, and stop waiting for pulses of people whose persona has the seat."""
        if event.payload["kind"] in ("pause", "resume"):
            self.pulses.pause(self.paused)
        elif event.seat in self.pulses.wanted and event.seat not in self.persons:
            self.pulses.leave_out(event.seat)

    def _directed(self, kind: OrderKind, order: str) -> None:
        floor, lost, interrupted = self.fold.state["floor"], MOVES.get(kind), self.answers.interrupted
        givers = (given.payload["giver"] for given in self._orders if given.payload["id"] == order)
        if kind == "uncast":
            seats = [given.seat for given in self._orders if given.payload["id"] == order]
            self.overdue |= dict.fromkeys(seats, "uncast")
            self.turn_time.lost |= dict.fromkeys(seats, vote_on(self.ballots.put(self.fold.state)))
        if kind == "skip" and interrupted and "facilitator" in givers:
            self.overdue[interrupted] = "skipped"
        elif lost and interrupted and floor is not None and floor["seat"] != interrupted:
            self.overdue[interrupted] = lost

    def _waits_for(self, _: str) -> None:
        self.thinking = Thinking(time.monotonic())
        self.audience.asked()

    def _partial(self, seat: str, words: str) -> None:
        words = plain(words)
        again, begins = self.thinking if not words else None, bool(words) and not self.speaking[1]
        if again is not None:
            again.attempts += 1
            if not self._fails:
                _LOG.info(in_terminal("server.again", **self._named))
            self._fails = True
        self.speaking = (seat, words)
        self.audience.partial(seat, words)
        if begins or again is not None:
            self.audience.asked()
