"""The two arms of a what-if: from a line on, all as it was, or another move or rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.content.cards import Act
from sandbox.content.changes import completed, same_rules
from sandbox.content.words import refusal
from sandbox.game import chronicle
from sandbox.game.floor.agenda import next_floor
from sandbox.game.floor.last_word import LAST_WORD
from sandbox.game.fold import fold
from sandbox.game.game import Game
from sandbox.game.moment import Moment
from sandbox.game.play import RandomChoice, play_on, spoken
from sandbox.game.session import Session
from sandbox.game.spec import BY_RULES, Players
from sandbox.game.state import State, Update, apply
from sandbox.game.steps import complete, decide, hear, make_line
from sandbox.record.events import Event
from sandbox.record.line import ALL, Line
from sandbox.record.log import Log
from sandbox.session.opening import first_event


@dataclass(frozen=True)
class Arm:
    """One way on from a moment.

    Args:
        moment: the moment.
        game: the game by whose rules it goes on.
        state: the state at the moment, under these rules.
        line: returns the line spoken there, given the game with a seed.
        changes: rules that apply from the next turn on, each ``path=value``.
        brought: those of them that a requested change needs and were not requested.
    """

    moment: Moment
    game: Game
    state: State
    line: Callable[[Game], Line]
    changes: tuple[str, ...] = ()
    brought: tuple[str, ...] = ()


def as_it_was(moment: Moment) -> Arm:
    """Return the arm in which the seat says what it said, under the rules as they were."""
    return Arm(moment, moment.game, moment.state, lambda _: moment.line)


def other_line(moment: Moment, line: Line) -> Arm:
    """Return the arm in which the seat says something else."""
    return Arm(moment, moment.game, moment.state, lambda _: line)


def other_rules(moment: Moment, changes: Sequence[str]) -> Arm:
    """Return the arm in which rules are changed from the next turn on, as in `sandbox.session.branch`.

    Votes that the line completes are counted by the changed rules. Further changes that the body needs to be able to
    decide are added (`sandbox.content.changes.completed`).

    Raises:
        InputError: a change does not fit the rules, the session so far does not fit the changed ones, or nothing would
            change.
    """
    old, before = moment.game, moment.game.spec.changes
    whole = completed(old.library.governance(old.spec.governance), (*before, *changes), len(changes))
    spec = old.spec.model_copy(update={"changes": whole, "content": ""})
    game = Game(spec, old.library)
    if same_rules(game.governance, old.governance):
        raise refusal("refused.whatif_same", changes=list(changes))
    state: State = {**fold(game, moment.events), "pulses": moment.state["pulses"]}
    return Arm(moment, game, state, lambda _: moment.line, whole[len(before) :], whole[len(before) + len(changes) :])


def drawn(moment: Moment, act: Act, choose: RandomChoice) -> Arm:
    """Return the arm in which the seat performs an act to the same addressee, with its own options if the act has any.

    Sections and tasks are drawn anew for each seed; if the act is the seat's own, so are the options.
    """
    line, state = moment.line, moment.with_acts([act])
    nothing_new = state["floor"] is not None and state["floor"]["why"] == LAST_WORD

    def other(game: Game) -> Line:
        turn = choose(game, state)
        keeps = act != line["act"] and turn["terms"] and line["terms"]
        terms = {} if nothing_new else line["terms"] if keeps else turn["terms"]
        says = choose.say(game, act, terms, turn["section"], turn["task"])
        aside = turn["aside"] and line["to"] != ALL
        return make_line(
            game,
            state,
            {**turn, "to": line["to"], "terms": terms, "aside": aside, "says": says, "about": line["about"]},
            "rules",
        )

    return Arm(moment, moment.game, moment.state, other)


def played(arm: Arm, choose: RandomChoice, seed: int) -> Session:
    """Play an arm to its end by the rules alone; it depends on ``seed`` alone, not on that of the session."""
    game = seeded(arm.game, seed)
    return Session(game, play_on(game, choose, _after(arm, game), None))


def seeded(game: Game, seed: int, players: Players = BY_RULES) -> Game:
    """Return a game for a continuation: with another seed and players, without people, agents and judges."""
    who = {**players._replace(judge_model=None)._asdict(), "persons": (), "agents": {}, "models": {}}
    return game.twin(seed=seed, judge_samples=1, content="", **who)


def begin(arm: Arm, game: Game, log: Log, name: str, of: str) -> None:
    """Write the beginning of a continuation, up to the line, to its log, so that `run_session` plays it on.

    Calls of models and people's hold of seats are left out. ``game`` is the arm's (see `seeded`), ``log`` is empty,
    ``name`` is the id of the continuation, ``of`` that of the session that it departs from.
    """
    moment = arm.moment
    before = [event for event in _without_people(moment.events) if event.kind != "session"]
    at = moment.line["id"] if arm.changes else next((x.payload["id"] for x in reversed(before) if x.kind == "line"), "")
    log.append("session", {**first_event(game, name), "branch": {"of": of, "at": at}})
    for event in before:
        log.append(event.kind, event.payload, event.stage, event.seat)
    line, state = arm.line(game), moment.state
    spoken = apply(state, hear(game, state, line))
    old = seeded(moment.game, game.spec.seed, game.spec.players)
    update: Update = {"floor": None}
    if arm.changes and line["vote"]:
        update = complete(game, apply(arm.state, hear(game, arm.state, line)))
    elif arm.changes:
        update = complete(old, spoken)
    chronicle.heard(old, state, line, {"turn": spoken["turn"], **update}, (), log.append)


def _without_people(events: Sequence[Event]) -> list[Event]:
    """Return a log without calls, orders not carried out, and orders that change who holds a seat."""
    carried = {event.payload["id"] for event in events if event.kind == "direction"}
    seats = {event.payload["id"] for event in events if event.kind == "order" and event.payload["kind"] == "seat"}
    return [
        event
        for event in events
        if event.kind not in ("call", "person")
        and not (event.kind in ("order", "direction") and event.payload["id"] not in carried - seats)
    ]


def _after(arm: Arm, game: Game) -> State:
    moment, line = arm.moment, arm.line(game)
    if not arm.changes:
        return spoken(game, moment.state, line, (), None)
    after = apply(arm.state, hear(game, arm.state, line))
    if line["vote"]:
        return apply(after, complete(game, after))
    # The line, and the decision that it made at once, came under the rules as they were.
    counted = complete(seeded(moment.game, game.spec.seed), apply(moment.state, hear(moment.game, moment.state, line)))
    for decision in counted.get("decisions", []):
        after = apply(after, decide(game, after, decision))
    return apply(after, next_floor(game, after))
