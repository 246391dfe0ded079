"""What a model was sent for a line, a pulse or a criterion: rebuilt from the log and compared with its digests."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, Literal, TypeVar, cast

from sandbox.content.cards import Act
from sandbox.content.library import Library
from sandbox.content.words import refusal
from sandbox.errors import DeclinedError
from sandbox.game.floor.directed import Bar, barred, open_points
from sandbox.game.floor.policy import Why
from sandbox.game.fold import fold, upto
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.steps import START
from sandbox.llm.abilities import messages_in
from sandbox.llm.calls import Call, ModelCall, Reply, asked_in
from sandbox.llm.gateway import Gateway
from sandbox.llm.structured import Mode, UnusableAnswerError, read_answer, schema_in
from sandbox.llm.usage import Usage
from sandbox.record.events import Event
from sandbox.record.line import line_id
from sandbox.record.log import Log
from sandbox.record.payloads import Failed
from sandbox.scoring.judge import Dialogue, ask_judge, criterion_digest, judge_templates
from sandbox.session.context import SessionContext, profile_of
from sandbox.session.opening import game_of, resumed
from sandbox.session.prompts import Messages
from sandbox.session.pulses import pulse_call
from sandbox.session.runner import Watch
from sandbox.session.turns import speak_turn

T = TypeVar("T")
_NO_LEVEL = ("failed", "refused")
Kept = Literal["same", "differs", "none"]


@dataclass(frozen=True)
class Sent:
    """One question to a model, as this version of the program puts it.

    Args:
        key: its place in the session; the last number is that of the wording.
        seat: the seat.
        model: the model.
        messages: the messages, in full, as they are sent in its mode.
        schema: the JSON schema of the answer, as it is sent or spelled out in its mode.
        temperature: the temperature at which it is asked.
        seed: the seed.
        digest: the digest of the question, the same in every mode.
        logged: the digest in the log; empty if the log has no such call.
        answer: what the model answered, as the log has it.
        failed: the earlier answers that could not be used, each as its beginning and the reason.
        lost: how many more unusable answers there were that the log of an earlier version did not keep.
        left_out: which of temperature and seed were not sent, as the endpoint had refused them.
        mode: how the schema was asked for.
    """

    key: str
    seat: str
    model: str
    messages: Messages
    schema: dict[str, Any]
    temperature: float
    seed: int
    digest: str
    logged: str
    answer: str
    failed: tuple[Failed, ...] = ()
    lost: int = 0
    left_out: tuple[str, ...] = ()
    mode: Mode = "json_schema"

    @property
    def kept(self) -> Kept:
        """Whether this is what was sent: the digests are the same, they differ, or the log has none."""
        return "none" if not self.logged else "same" if self.digest == self.logged else "differs"


def sent_for(events: Sequence[Event], library: Library, what: str, where: object = "the log") -> tuple[Sent, ...]:
    """Return what models were sent before a line, for the pulses of a moment, or on a criterion of the rubric.

    ``what`` is the id of a line or a criterion, or a moment (``start`` or a stage); ``where`` is the log's name, for
    messages.

    Raises:
        InputError: there is no such line, stage or criterion, or the content does not fit the log.
    """
    game = game_of(events, library, where)
    moments, criteria = (START, *game.stage_names), [criterion.id for criterion in game.rubric.criteria]
    if what in moments:
        return _for_pulses(events, library, what, where)
    if what in criteria:
        return _to_judges(game, events, what)
    if not what.startswith("L"):
        raise refusal("refused.no_prompt", what=what, moments=", ".join(moments), criteria=", ".join(criteria))
    return sent_before(events, library, what, where)


@dataclass(frozen=True)
class Granted:
    """Why a seat spoke, or is to speak: the floor that it had.

    Args:
        seat: the seat.
        why: why it had the floor.
        acts: the acts that were open to it.
        point: the point of its card that the line makes, by id or a stand-in; empty if the words were free.
        open: other points that it could have raised, if cards say what is said.
        barred: points for this stage that it could not raise, each with the reason.
    """

    seat: str
    why: Why
    acts: tuple[Act, ...]
    point: str
    open: tuple[str, ...]
    barred: Mapping[str, Bar]


def granted_before(events: Sequence[Event], library: Library, line: str, where: object = "the log") -> Granted | None:
    """Return why the seat of a line had the floor; None if the floor is nobody's or another seat's.

    The floor is worked out from the log up to the line, by this version's rules and cards. The line may be the next
    one, as in `sent_before`.
    """
    spoken, before = _parted(events, line)
    game = game_of(before, library, where)
    state = resumed(game, _logged(before))
    floor = state["floor"]
    if floor is None or (spoken is not None and floor["seat"] != spoken.seat):
        return None
    seat, cards = floor["seat"], game.style == "directed" and floor["why"] != "votes"
    cards = cards and not game.stages[state["stage"]].reviews
    point = spoken.payload["point"] if spoken is not None else floor["point"]
    may = [each.id for each in open_points(game, state, seat) if each.id != point] if cards else []
    bars = barred(game, state, seat) if cards else {}
    return Granted(
        seat, spoken.payload["why"] if spoken is not None else floor["why"], tuple(floor["acts"]), point, tuple(may),
        {name: why for name, why in bars.items() if name != point},
    )  # fmt: skip


def _parted(events: Sequence[Event], line: str) -> tuple[Event | None, list[Event]]:
    """Return the event of a line (None if it is due next) and all events before it."""
    lines = sum(event.kind == "line" for event in events)
    if line == line_id(lines + 1) and not any(event.kind == "close" for event in events):
        return None, list(events)
    spoken = next(event for event in reversed(upto(events, line)) if event.kind == "line")
    return spoken, [event for event in events if event.seq < spoken.seq]


def _logged(events: Sequence[Event]) -> Log:
    """Return an in-memory log of some events."""
    log = Log()
    for event in events:
        log.append(event.kind, event.payload, event.stage, event.seat)
    return log


def sent_before(events: Sequence[Event], library: Library, line: str, where: object = "the log") -> tuple[Sent, ...]:
    """Return what the seat of a line was sent before it, wording by wording; empty if no model was asked.

    In an unfinished session the line may be the next one, whose call may have failed. The turn is asked again, from the
    log up to the line, of a stand-in that gives the answers on record. So the prompts are made by this version, its
    templates and cards; only the digest shows whether they are the original ones.

    Raises:
        InputError: there is no such line, or the content does not fit the log.
    """
    spoken, before = _parted(events, line)
    game = game_of(before, library, where)
    asked = before[-1:] and _asked_in(before[-1]).startswith("line:")
    silent = spoken is not None and spoken.payload["origin"] in ("person", "rules", "agent") and not asked
    if game.spec.player != "model" or silent:
        return ()
    log = _logged(before)
    state = resumed(game, log)
    if state["floor"] is None or (spoken is not None and state["floor"]["seat"] != spoken.seat):
        return ()
    stand_in = _OnRecord(game, before)
    profile = profile_of(game.spec.style).at(game.spec.temperature)
    context = SessionContext(game, log, cast(Gateway, stand_in), None, profile, Watch())
    asyncio.run(speak_turn(context, state))
    answered = max((number for number, sent in enumerate(stand_in.sent, 1) if sent.answer), default=0)
    asked_last = max((number for number, sent in enumerate(stand_in.sent, 1) if sent.logged), default=1)
    return tuple(stand_in.sent[: max(asked_last, answered + 1) if spoken is None else asked_last])


def _for_pulses(events: Sequence[Event], library: Library, moment: str, where: object) -> tuple[Sent, ...]:
    """Return what models were asked for the pulses of a moment (``start`` or a stage), as in `sent_before`."""
    own = [event for event in events if _asked_in(event).startswith(f"pulse:{moment}:")]
    if not own:
        return ()
    before = [event for event in events if event.seq < own[0].seq]
    game = game_of(before, library, where)
    state, stand_in = fold(game, before), _OnRecord(game, own)
    for seat in dict.fromkeys(event.seat for event in own):
        with suppress(DeclinedError):
            asyncio.run(stand_in.ask(pulse_call(game, state, seat, moment)))
    return tuple(stand_in.sent)


def _to_judges(game: Game, events: Sequence[Event], criterion: str) -> tuple[Sent, ...]:
    """Return what judges were asked on a criterion of the session's rubric, question by question, as in `sent_before`.

    If they were asked in several wordings, the last one is returned. A question that was declined is not on record, but
    its vote shows that it was put.
    """
    asked = next(each for each in game.rubric.criteria if each.id == criterion)
    words = criterion_digest(asked, game.spec.lang), judge_templates(game.templates)
    calls: dict[str, Event] = {}
    votes: dict[tuple[str, int], None] = {}
    for event in events:
        if _asked_in(event).startswith("judge:"):
            before, of, _, _, sample, attempt = event.payload["id"].rsplit(":", 5)
            if of == criterion:
                key = ":".join((before, of, *words, sample, attempt))
                calls[key] = replace(event, payload={**event.payload, "id": key})
                votes[event.payload["model"], int(sample)] = None
        elif event.kind == "score" and event.payload["criterion"] == criterion and event.payload["status"] in _NO_LEVEL:
            votes[event.payload["judge"], event.payload["sample"]] = None
    stand_in, dialogue = _OnRecord(game, [*calls.values()]), Dialogue.of(Session.of(game, events))
    for model, sample in votes:
        judge = cast(Gateway, SimpleNamespace(ask=stand_in.ask, endpoint=SimpleNamespace(model=model)))
        asyncio.run(ask_judge(asked, dialogue, judge, game.templates, sample))
    return tuple(stand_in.sent)


def _asked_in(event: Event) -> str:
    """Return the key of the question of a call, whether or not its answer could be used; empty for other events."""
    return asked_in(event.payload["id"]) if event.kind == "call" else ""


class _OnRecord:
    """Answers from the log in place of a model, and keeps the questions."""

    def __init__(self, game: Game, events: Sequence[Event]) -> None:
        self._spec = game.spec
        self._calls: dict[str, list[Any]] = {}
        for event in events:
            if event.kind == "call":
                self._calls.setdefault(_asked_in(event), []).append(event.payload)
        self.sent: list[Sent] = []

    async def ask(self, call: Call[T]) -> Reply[T]:
        """Return the answer on record, whatever its digest.

        Raises:
            DeclinedError: there is none, or it can no longer be read; the turn then goes on as if it had been declined.
        """
        calls = self._calls.get(call.key, [{}])
        known, failed = calls[-1], [failure for each in calls for failure in each.get("failed", ())]
        unusable = sum(each["usage"].get("calls", 1) - bool(each["text"]) for each in calls if each)
        model, mode = known.get("model", self._spec.model_of(call.seat)), known.get("mode", "json_schema")
        self.sent.append(Sent(
            call.key, call.seat, model, messages_in(mode, call), schema_in(mode, call.schema),
            call.sampling.temperature, call.seed, ModelCall.of(model, call).digest, known.get("digest", ""),
            known.get("text", ""), tuple(failed), unusable - len(failed), tuple(known.get("left_out", ())), mode,
        ))  # fmt: skip
        try:
            return Reply(call.parse(read_answer(known.get("text", ""))), known["text"], Usage(), recorded=True)
        except UnusableAnswerError as error:
            raise DeclinedError(error.args[0]) from error
