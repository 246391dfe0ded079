"""The views of seats: the only place that decides what a seat may see, for prompts and people alike."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Literal

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.governance import CHAIR_BINDS
from sandbox.content.persona_card import Persona
from sandbox.content.scenario_card import Fact
from sandbox.content.seat_card import Point
from sandbox.content.stage_card import Stage
from sandbox.game.floor.directed import open_points
from sandbox.game.floor.last_word import LAST_WORD, Owed, owed_last_word
from sandbox.game.floor.suggested import timely
from sandbox.game.game import Game
from sandbox.game.language.answered import unanswered
from sandbox.game.language.questions import left_with
from sandbox.game.ledger.entries import DUE, Item, differ
from sandbox.game.ledger.ledger import ledger, withdrawable
from sandbox.game.minutes.remembered import read_minutes
from sandbox.game.motions.backing import stands
from sandbox.game.motions.ballots import motion, rivals, unput
from sandbox.game.motions.beyond import asked_of, unagreed
from sandbox.game.motions.meant import read_out
from sandbox.game.motions.overtaken import Overtaken, overtaken
from sandbox.game.motions.vote_floor import may_amend
from sandbox.game.outside import consulted, news, turns_now
from sandbox.game.plans import Plan, plans
from sandbox.game.pulse import Pulse
from sandbox.game.review.reporting import as_reviewed
from sandbox.game.rules import reads_minutes, reads_plan
from sandbox.game.starting import briefing
from sandbox.game.state import Minutes, News, State, Whisper, discussion, first_state, stage_lines, stood_in
from sandbox.game.table import may_promise, may_withdraw, proposals, told, unspoken
from sandbox.record.events import Event
from sandbox.record.line import ALL, DecisionTaken, Line

# What follows when a motion is rejected: the next one, an amended one, or nothing; empty where votes do not bind.
IfRejected = Literal["next", "amended", "nothing", ""]


class SeatView:
    """A session as one seat sees it; everything is computed on first use."""

    def __init__(self, game: Game, state: State, seat: str) -> None:
        self._game, self._state = game, state
        self.seat = seat
        self.stage: Stage = game.stages[state["stage"]]
        self.persona: Persona = game.personas[seat]
        self.position: str = game.positions[seat]
        self.present: tuple[str, ...] = game.present(self.stage.id)
        self.turn: int = len(discussion(state))
        self.briefing: str = briefing(game, seat)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The lines of this stage that it may see."""
        return tuple(line for line in stage_lines(self._state) if self.seat in line["visible_to"])

    @cached_property
    def heard(self) -> tuple[Line, ...]:
        """The lines of all stages that it has heard."""
        return tuple(line for line in self._state["lines"] if self.seat in line["visible_to"])

    @cached_property
    def talk(self) -> tuple[Line, ...]:
        """The heard lines without votes on the motion being put, as a voter knows of no other vote."""
        put = self.motion.line if self.motion else ""
        return tuple(line for line in self.heard if not (line["vote"] and line["about"] == put))

    @cached_property
    def stood_in(self) -> frozenset[str]:
        """The heard lines that the program spoke in the seats of people."""
        return stood_in(self.heard, self._state["desk"]["persons"])

    @cached_property
    def minutes(self) -> tuple[Minutes, ...]:
        """The minutes of earlier stages that it may read, as it reads them."""
        game, state = self._game, self._state
        readable = readable_minutes(game, state, self.seat)
        return tuple({**entry, "text": read_minutes(game, state, entry, self.seat)} for entry in readable)

    @cached_property
    def ledger(self) -> tuple[Item, ...]:
        """The proposals, promises and decisions that it may see, with the stands that it heard."""
        game, state = self._game, self._state
        heard = [line for line in state["lines"] if self.seat in line["visible_to"]]
        known = [decision for decision in state["decisions"] if self.seat in game.present(decision["stage"])]
        if len(heard) == len(state["lines"]) and len(known) == len(state["decisions"]):
            return state["ledger"]
        reviews = game.able("reviews")
        items = ledger(
            game.scenario,
            [line for line in heard if line["stage"] not in reviews],
            known,
            (*first_state(game)["ledger"], *read_out(game, lambda: state["ledger"], heard)),
            agreed_only=game.agreed_only,
            siding=game.siding,
            reviewed=game.reviewed,
        )
        said = [line for line in heard if line["stage"] in reviews]
        return as_reviewed(game, items, state["ledger"], said, self.seat)

    @cached_property
    def motion(self) -> Item | None:
        """The motion that is put to the vote, while the seat is asked for its vote: whoever votes is told of it."""
        return motion(self._game, self._state) if self.why == "votes" else None

    @cached_property
    def next_motions(self) -> tuple[Item, ...]:
        """The motions that are put to the vote after the one that it votes on now, if that is rejected."""
        game, state, put = self._game, self._state, self.motion
        done = {decision["motion"] for decision in state["decisions"] if decision["stage"] == self.stage.id}
        left = [item for item in rivals(game, state) if item.line not in done]
        return tuple(item for item in left if put is not None and item.line != put.line)

    @property
    def puts(self) -> bool:
        """Whether motions of this stage are put to a vote at its end."""
        return "decides" in self.stage.abilities and bool(self._game.voters(self.stage.id))

    @property
    def put_in_turn(self) -> list[str]:
        """The lines of the motions that come to the vote as things stand, in order; empty if nobody votes."""
        return [item.line for item in rivals(self._game, self._state)] if self.puts else []

    @property
    def unput(self) -> list[Item]:
        """The motions that will not come to the vote as things stand, given while the seat is asked for its vote."""
        return unput(self._game, self._state) if self.motion is not None else []

    @property
    def if_rejected(self) -> IfRejected:
        """What follows if the motion that it votes on now is rejected; empty where the chair decides in any case."""
        game, state = self._game, self._state
        if self.motion is None or game.governance.rules.aggregation.procedure in CHAIR_BINDS:
            return ""
        if self.next_motions:
            return "next"
        return "amended" if may_amend(game, state, self.stage.id, rejected=1) else "nothing"

    @property
    def why(self) -> str:
        """Why it has the floor, or empty."""
        floor = self._state["floor"]
        return floor["why"] if floor and floor["seat"] == self.seat else ""

    @property
    def may_promise(self) -> bool:
        """Whether it has the floor and may promise something of its own, beside whatever else it does."""
        return bool(self.acts) and may_promise(self._game, self._state)

    @property
    def may_withdraw(self) -> list[str]:
        """The promises of its own, by line, that it may take back while it has the floor."""
        return may_withdraw(self._game, self._state, self.ledger) if self.acts else []

    @property
    def awaited(self) -> list[str]:
        """The promises of its own, by line, of earlier stages that stand: what came of them only a review tells."""
        own = withdrawable(self.ledger, self.seat) if self.acts and not self.stage.reviews else []
        return [item.line for item in own if item.stage != self.stage.id and item.account is None]

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The terms on the table that the body cannot bind, nobody has promised, and its own promise makes hold."""
        terms = (asked_of(self._game, self.ledger, item.terms, self.seat) for item in self.proposals)
        return list(dict.fromkeys(pair for each in terms for pair in each.items()))

    @property
    def to_give(self) -> list[tuple[str, str]]:
        """The terms on the table that are the seat's to give and nobody has given; in its last word, on the ballot.

        They are the terms of `asked` and, if motions are put, unagreed terms that fall to the seat and to no seat with
        a vote.
        """
        game, voters, order = self._game, self._game.voters(self.stage.id), self.put_in_turn
        table = [item for item in self.proposals if item.line in order or self.why != LAST_WORD]
        terms = [asked_of(game, self.ledger, item.terms, self.seat) for item in table]
        if self.puts:
            lacking = [each for item in table for each in unagreed(game, self.ledger, item, voters).items()]
            terms += [more for seats, more in lacking if self.seat in seats]
        return list(dict.fromkeys(pair for each in terms for pair in each.items()))

    @property
    def last_word(self) -> Owed | None:
        """What the seat has its last word on, or None."""
        owed = self.why == LAST_WORD
        return owed_last_word(self._game, self._state, self.seat, discussion(self._state)) if owed else None

    @cached_property
    def overtaken(self) -> tuple[Overtaken, ...]:
        """What has become of the seat's motions and conditions since it last spoke, apart from its last word."""
        if self.stage.reviews or not self.acts:
            return ()
        owed = self.last_word
        made = overtaken(self._game, self._state, self.seat, self.heard, self.ledger)
        return tuple(each for each in made if owed is None or not owed.own or each.kind not in ("amended", "before"))

    @property
    def consulted(self) -> str:
        """The words of those consulted since the seat asked for time in this stage; empty if it did not."""
        return consulted(self._game, self._state, self.seat)

    @property
    def lost(self) -> DecisionTaken | None:
        """The decision of this stage that last rejected a motion, or None."""
        return next((taken for taken in self._state["decisions"][::-1] if taken["stage"] == self.stage.id), None)

    @cached_property
    def questions(self) -> tuple[Line, ...]:
        """The questions put to it in this stage that wait for its answer, the latest last; none while it votes."""
        if self.why == "votes":
            return ()
        game, room, free = self._game, self.present, self._game.style == "free"
        waiting = [line for line, seat in unanswered(game, self.lines, room) if seat == self.seat]
        own = tuple(line for line in waiting if not free or left_with(game, line, self.seat, room))
        return own if self.seat == self._game.scenario.tour.host else own[-2:]

    @cached_property
    def proposals(self) -> tuple[Item, ...]:
        """The proposals on the table that it knows of."""
        return tuple(proposals(self._game, self.ledger, self.stage.id))

    @cached_property
    def put_before(self) -> tuple[Item, ...]:
        """The motions of which others speak in its hearing where it is decided, and that it has not heard put.

        Whoever takes one up before somebody shows it to them: they may be asked about it. What was said aside stays
        between two.
        """
        heard = {line["id"] for line in self.heard}
        taken_up = {line["about"] for line in self.lines} - heard
        made = [item for item in self._state["ledger"] if item.kind == "proposal" and item.line in taken_up]
        made = [item for item in made if set(self._game.present(item.stage)) <= set(item.visible_to)]
        return tuple(made) if "decides" in self.stage.abilities else ()

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """The facts of the case that it knows, as `known_facts` tells."""
        return known_facts(self._game, self.seat, self.stage.id, self.told)

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """The plans that it may read."""
        return readable_plans(self._game, self._state, self.seat)

    @cached_property
    def news(self) -> tuple[News, ...]:
        """The events from outside in this stage that it has heard of."""
        return tuple(news(self._game, self._state, self.seat))

    @cached_property
    def whispers(self) -> tuple[Whisper, ...]:
        """The facilitator's advice to it, and to nobody else."""
        return tuple(advice for advice in self._state["desk"]["whispers"] if advice["seat"] == self.seat)

    @property
    def pulse(self) -> Pulse | None:
        """Its own pulse, None before the first."""
        rounds = self._state["pulses"]
        return rounds[-1]["levels"].get(self.seat) if rounds else None

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """What it may still raise: points whose matter nobody has spoken, and that presuppose nothing to come.

        What the host of a tour holds back is in nobody else's points until it has been told. What contradicts the
        options for which it has spoken last, or stands, is no longer among them, nor what hands down or lifts a task
        that has been lifted. `timely` tells which comes first.
        """
        game = self._game
        kept = set() if self.seat == game.scenario.tour.host else set(game.scenario.tour.hidden) - self.told
        handed = {item.task for item in self.ledger if item.kind == "task"}
        stood: dict[str, str] = {}
        for line in self.heard:
            if line["seat"] == self.seat:
                stood |= line["terms"]
        for item in self.proposals:
            if stands(game, self.ledger, item).get(self.seat):
                stood |= item.terms
        points = [
            point
            for point in open_points(game, self._state, self.seat)
            if not kept.intersection(point.facts)
            if not differ(stood, point.terms)
            if point.task not in self.lifted and not (has(point.act, "hands_down") and point.task in handed)
        ]
        heard, here, gone, asked = self.heard, self.lines, self._off_the_table, bool(self.questions)
        left = unspoken(game, self.seat, points, heard, here, self.news, gone, asked=asked)
        return tuple(timely(game, self.seat, left, self.lines, self.heard, self.news, self.proposals))

    @property
    def _off_the_table(self) -> set[str]:
        """The lines of this stage's motions whose options are not all in one motion on the table any more."""
        moved = [item for item in self.ledger if item.kind == "proposal" and item.stage == self.stage.id and item.terms]
        table = [item.terms.items() for item in self.proposals]
        return {item.line for item in moved if not any(item.terms.items() <= terms for terms in table)}

    @cached_property
    def lifted(self) -> set[str]:
        """The reporting tasks that it knows to be lifted, even if a line lifted them before they were handed down."""
        made = [item for item in self.ledger if item.kind == "task"]
        gone = {line["task"] for line in self.heard if line["task"] and has(line["act"], "lifts")}
        lifted = gone | {item.task for item in made if item.state == "lifted"}
        return lifted - {item.task for item in made if item.state in DUE}

    @cached_property
    def told(self) -> set[str]:
        """The facts held back on the tour that it has heard."""
        return told(self._game, self.heard)

    @property
    def acts(self) -> tuple[Act, ...]:
        """The acts that are open to it now."""
        floor = self._state["floor"]
        return tuple(floor["acts"]) if floor and floor["seat"] == self.seat else ()

    @property
    def limit(self) -> int:
        """Most lines that the discussion of the stage may have."""
        return turns_now(self._game, self._state)


def seat_view(game: Game, state: State, seat: str) -> SeatView:
    """Return what a seat may see now."""
    return SeatView(game, state, seat)


def known_facts(game: Game, seat: str, stage: str, heard: Collection[str]) -> tuple[Fact, ...]:
    """Return the facts that a seat knows by a stage, as `Game.knows` tells; what a tour hides once it has heard it."""
    tour, had = game.scenario.tour, game.spec.start.had
    hidden = () if seat == tour.host else {*tour.hidden}.difference(heard)
    return tuple(
        fact
        for fact in game.scenario.facts
        if fact.id not in had and fact.id not in hidden and game.knows(seat, fact, stage)
    )


def open_facts(game: Game) -> tuple[Fact, ...]:
    """Return the facts of the case that everybody may know before the first stage.

    Those of the platform, of the place that is visited, what a tour hides, and what no longer holds are not among them.
    """
    kept = {*game.scenario.tour.hidden, *game.spec.start.had}
    return tuple(fact for fact in game.scenario.facts if not fact.platform and not fact.visited and fact.id not in kept)


def readable_minutes(game: Game, state: State, seat: str) -> tuple[Minutes, ...]:
    """Return the minutes that a seat may read; a host from elsewhere does not read its visitors' papers."""
    if game.personas[seat].kind == "host":
        return tuple(entry for entry in state["minutes"] if seat in entry["present"])
    return tuple(entry for entry in state["minutes"] if reads_minutes(game.governance, seat, entry["present"]))


def readable_plans(game: Game, state: State, seat: str) -> tuple[Plan, ...]:
    """Return the plans that a seat may read as they stand, once the first stage that drafts has begun."""
    if game.personas[seat].kind == "host":
        return ()
    first = game.able("drafts")[:1]
    begun = any(stage.id in first for stage in game.stages[: state["stage"] + 1])
    drawn = plans(game, state["lines"]) if begun else ()
    return tuple(plan for plan in drawn if reads_plan(game.governance, game.chair, seat, plan.seat))


def hears_partial(game: Game, state: State, seat: str | None, speaker: str) -> bool:
    """Return whether a seat hears what a speaker is saying, whomever it is for.

    Args:
        game: the game.
        state: the state; once the line is said, it tells itself who hears it.
        seat: the seat; None for everybody in the room.
        speaker: who is saying something.
    """
    if state["floor"] is None or state["floor"]["seat"] != speaker:
        return False
    room = game.course[state["stage"]]
    audiences = [room.audience[speaker, to] for to in (*room.present, ALL)]
    return all(seat in audience if seat else set(audience) >= set(room.present) for audience in audiences)


def sees(game: Game, seat: str | None, event: Event) -> bool:
    """Return whether a seat may know of an event of the log.

    Args:
        game: the game.
        seat: the seat; None for somebody who only watches, and sees what the whole room hears.
        event: the event.
    """
    said, room = event.payload, game.present(event.stage) if event.stage else ()
    if event.kind in ("session", "stage", "close"):
        return True
    if event.kind in ("line", "inject"):
        heard = said["visible_to" if event.kind == "line" else "to"]
        return seat in heard if seat else set(heard) >= set(room)
    if event.kind == "decision":
        return seat is None or seat in room
    if event.kind == "order" and said["kind"] in ("message", "finish"):
        return True
    if seat is None:
        return False
    if event.kind == "plan":
        return reads_plan(game.governance, game.chair, seat, event.seat)
    if event.kind == "minutes":
        return reads_minutes(game.governance, seat, said.get("present", room))
    if event.kind == "pulse":
        return event.seat == seat
    return event.kind == "order" and said["kind"] == "whisper" and event.seat == seat
