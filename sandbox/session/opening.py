"""Opens sessions: a log's game and session, and the state from which a stopped session goes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from sandbox.content.library import Library
from sandbox.content.program import program
from sandbox.content.words import refusal
from sandbox.game import chronicle
from sandbox.game.fold import fold, line_of
from sandbox.game.game import Game
from sandbox.game.review.aftermath import review_opened
from sandbox.game.session import Session
from sandbox.game.spec import Players, SessionSpec
from sandbox.game.state import State, Update, apply
from sandbox.game.steps import complete
from sandbox.record.events import Event, EventKind, LineSpoken, ModelChanged, SessionOpened
from sandbox.record.folder import SessionFolder
from sandbox.record.line import ALL, BODY
from sandbox.record.log import FileLog, Log
from sandbox.record.payloads import Branch
from sandbox.session.carried import carry, library_of
from sandbox.session.context import profile_of

# Where events name seats.
_SEATS: Mapping[EventKind, tuple[str, ...]] = {
    "stage": ("present", "acts", "voters", "host"), "line": ("to", "visible_to"), "minutes": ("present",),
    "decision": ("by", "votes", "abstained", "vetoed_by"), "inject": ("to",), "order": ("seat", "to"),
    "assessment": ("assessors",),
}  # fmt: skip


def first_event(game: Game, session: str) -> dict[str, Any]:
    """Return the payload of a log's first event: the game's opening, the program, and the temperature of a model."""
    payload = {**chronicle.opening(game, session), "program": program()}
    if game.spec.player != "model":
        return payload
    profile = profile_of(game.spec.style).at(game.spec.temperature)
    return {**payload, "temperature": profile.sampling.temperature, "warmer": profile.warmer}


def begin(game: Game, log: Log, session: str, branch: Branch | None = None) -> None:
    """Write the first event of a session unless it exists; for a log in a file also copy the content that it carries.

    ``branch`` says where a branch departs.

    Raises:
        StorageError: it cannot be written.
    """
    if isinstance(log, FileLog) and not log.of("session"):
        carry(game, SessionFolder(log.path.parent))
    payload = first_event(game, session)
    log.append("session", payload if branch is None else {**payload, "branch": branch})


def spec_of(events: Iterable[Event], where: object = "the log") -> SessionSpec:
    """Return the spec of a session: its original spec, with the models that play it now.

    ``where`` is the log's name, for messages.

    Raises:
        InputError: the log does not have it.
    """
    spec: dict[str, Any] = {}
    for event in events:
        try:
            if isinstance(event, SessionOpened):
                spec = SessionSpec.model_validate(event.payload["spec"]).model_dump()
            elif isinstance(event, ModelChanged) and spec:
                told = (*Players._fields, "agents", "models")
                spec |= {name: value for name, value in event.payload.items() if name in told}
        except ValidationError as error:
            raise refusal("refused.unread_start", where=where, line=event.seq) from error
    if not spec:
        raise refusal("refused.unstarted", where=where)
    return SessionSpec.model_validate(spec)


def hand_over(
    log: Log, game: Game, players: Players, agents: Mapping[str, str] | None = None,
    models: Mapping[str, str] | None = None,
) -> Game:  # fmt: skip
    """Let other players go on with a session, and return its game with them.

    The log notes from which line on they play; nothing is written if they play already. ``agents`` are the names of
    Python agents and ``models`` the models of seats with one of their own, by seat.

    Raises:
        StorageError: the log cannot be written.
    """
    by_seat = {"agents": dict(agents or {}), "models": dict(models or {})}
    wanted: dict[str, Any] = {**players._asdict(), **by_seat}
    if all(getattr(game.spec, name) == value for name, value in wanted.items()):
        return game
    after = next((event.payload["id"] for event in reversed(list(log)) if event.kind == "line"), "")
    number = len(log.of("model")) + 1
    told = {name: value for name, value in wanted.items() if name not in by_seat or value != getattr(game.spec, name)}
    log.append("model", {"id": f"M{number}", "after": after, **told})
    return Game(game.spec.model_copy(update=wanted), game.library)


def game_of(events: Sequence[Event], library: Library, where: object = "the log") -> Game:
    """Return the game of a session that was started, from its log.

    Raises:
        InputError: the content lacks something that the log names.
    """
    game = Game(spec_of(events, where), library)
    options = {decision.id: decision.options for decision in game.scenario.decisions}
    seats = {*game.personas, ALL, BODY, ""}
    for event in events:
        strange = event.kind in ("line", "stage", "minutes", "decision") and event.stage not in game.stage_names
        if event.kind in ("line", "decision"):
            strange |= event.payload["stage"] != event.stage
        if event.kind == "line":
            strange |= event.payload["seat"] != event.seat or event.seat not in game.personas
        strange |= not seats.issuperset(_named_seats(event))
        terms = event.payload.get("terms") or {} if event.kind in ("line", "decision") else {}
        if strange or any(option not in options.get(key, {}) for key, option in terms.items()):
            raise refusal("refused.unfit_content", where=where, event=event.seq)
    return game


def _named_seats(event: Event) -> Iterator[str]:
    if event.kind in ("line", "plan", "pulse"):
        yield event.seat
    for field in _SEATS.get(event.kind, ()):
        named = event.payload.get(field, ())
        yield from (named,) if isinstance(named, str) else named


def open_session(folder: SessionFolder, library: Library) -> Session:
    """Open a session for reading: its log is read and folded once.

    ``library`` is used for a session that carries no content of its own.

    Raises:
        InputError: its log is missing, empty or damaged, or the content does not fit it.
    """
    events = folder.read()
    return Session.of(game_of(events, library_of(folder, events, library), folder.events), events)


def resumed(game: Game, log: Log) -> State:
    """Return the state from which a session starts, goes on, or branches off.

    What the last step before a stop did not write any more, such as the decision that its line completed, is written
    now.
    """
    events = list(log)
    state = fold(game, events)
    if state["floor"] is None and not state["ended"]:
        # A round of pulses that was broken off is taken again, with what is on record.
        broken_off = state["pulses"] and len(state["pulses"][-1]["levels"]) < len(game.seats)
        return {**state, "pulses": state["pulses"][:-1]} if broken_off else state
    chronicle.arrived(game, state, log.append)
    if state["turn"] == 0:
        chronicle.stage_opened(game, state, log.append)
        reviews = state["floor"] is not None and game.stages[state["stage"]].reviews
        return apply(state, review_opened(game, state)) if reviews else state
    last = next(event for event in reversed(events) if isinstance(event, LineSpoken))
    branch = events[0].payload.get("branch")
    if branch and branch["at"] == last.payload["id"] and not last.payload["vote"]:
        return state  # changed rules bind from the next turn on, and for complete votes
    completed = complete(game, state)
    owed = "decisions" in completed or "desk" in completed
    update: Update = completed if owed else {"floor": state["floor"]}
    chronicle.heard(game, state, line_of(last), {"turn": state["turn"], **update}, (), log.append)
    return apply(state, update)
