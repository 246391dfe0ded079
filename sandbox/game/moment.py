"""A moment of a session: the state when a seat spoke, the acts that its rules left it, and other moves there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from sandbox.content.acts import has
from sandbox.content.cards import Act, Text
from sandbox.content.language import LANGUAGES
from sandbox.content.named import Named, id_of
from sandbox.content.words import Words, refusal
from sandbox.game.floor.policy import Why
from sandbox.game.fold import fold, line_of
from sandbox.game.game import Game
from sandbox.game.ledger.ledger import heard
from sandbox.game.motions.standing_for import counter_offers
from sandbox.game.pulse import PulseRound
from sandbox.game.session import Session
from sandbox.game.state import Floor, State
from sandbox.game.steps import START, make_line
from sandbox.record.events import Event, LineSpoken
from sandbox.record.line import ALL, Line, Turn

# Words an act with what it names: terms, section, task.
Say = Callable[[Game, Act, Mapping[str, str], str, str], str]
# What makes a move another one.
_SAME: tuple[Literal["act", "to", "says", "terms", "about", "task"], ...] = (
    "act", "to", "says", "terms", "about", "task",
)  # fmt: skip


@dataclass(frozen=True)
class Move:
    """Another move of a seat; fields that are None stay as they were.

    Args:
        act: the act.
        to: the addressee, a seat or ``all``.
        says: the words.
        terms: options by question; an empty mapping takes them back.
        about: the line that it is about.
        task: the reporting task.
    """

    act: str | None = None
    to: str | None = None
    says: str | None = None
    terms: Mapping[str, str] | None = None
    about: str | None = None
    task: str | None = None


@dataclass(frozen=True)
class Moment:
    """A moment of a session.

    Args:
        game: the game of the session.
        events: its log up to the line, without it.
        state: the state there; the seat that spoke next has the floor, without a point of its card.
        line: what the seat said.
    """

    game: Game
    events: Sequence[Event] = field(repr=False)
    state: State = field(repr=False)
    line: Line

    @property
    def seat(self) -> str:
        """The seat that spoke."""
        return self.line["seat"]

    @property
    def acts(self) -> tuple[Act, ...]:
        """The acts that the rules left it, including the one it chose."""
        floor = self.state["floor"]
        return tuple(floor["acts"]) if floor else ()

    @property
    def others(self) -> tuple[Act, ...]:
        """The acts that it did not choose."""
        return tuple(act for act in self.acts if act != self.line["act"])

    def with_acts(self, acts: Sequence[Act]) -> State:
        """Return the state at this moment with only some acts open."""
        floor = self.state["floor"]
        return self.state if floor is None else {**self.state, "floor": {**floor, "acts": list(acts)}}

    def moved(self, move: Move, say: Say) -> Line:
        """Return the line of another move, checked against the rules as every turn is.

        With another act, what only the old act could carry (a section, a task, a condition) falls away, and so do
        options if the new act names none.

        Args:
            move: the changes.
            say: returns words for a move without its own.

        Raises:
            InputError: nothing is different, or the rules bar it; the message says what they permit.
        """
        line, game = self.line, self.game
        open_acts, seats = self._named_acts, game.named_seats
        act = id_of(move.act, open_acts) if move.act else line["act"]
        own = act == line["act"]
        if act not in self.acts:
            seat = next((each for each in seats if each == self.seat), self.seat)
            raise refusal("refused.move", act=act, seat=seat, line=line["id"], allowed=open_acts)
        names = game.names_options(self.seat, act) and not line["vote"]
        terms = dict(move.terms if move.terms is not None else line["terms"] if own or names else {})
        task = move.task if move.task is not None else line["task"] if own else ""
        section = line["section"] if own else ""
        to = line["to"] if move.to is None else id_of(move.to, [*seats, Named(ALL, _in_all("everyone"))])
        about = line["about"] if move.about is None else move.about
        kept = own and (terms, task, about) == (line["terms"], line["task"], line["about"])
        turn = Turn(
            act=self.acts[self.acts.index(act)],
            to=to,
            says=move.says or line["says"],
            terms=terms,
            section=section,
            task=task,
            about=about,
            text=line["text"] if own else "",
            condition=line["condition"] if own else "",
            appends=False,
            aside=self._aside and to != ALL,
            replaces="",
            promises=line["promises"] if own else "",
        )
        if own and (back := line.get("withdraws")):
            turn["withdraws"] = back
        if own and "takes_on" in line:
            turn["takes_on"] = line["takes_on"]
        if own and "leaves_open" in line:
            turn["leaves_open"] = line["leaves_open"]
        if own and "promised_to" in line:
            turn["promised_to"] = line["promised_to"]
        if own and "asked_of" in line:
            turn["asked_of"] = line["asked_of"]
        other = make_line(game, self.state, turn, "person" if move.says else "rules")
        if own and turn["about"] == line["about"]:
            other["condition"] = line["condition"]  # which the line's own turn may have had another's struck out of
        if not (move.says or kept):  # what the rules bar has been refused by now
            other["says"] = say(game, act, terms, section, task)
        if all(other[key] == line[key] for key in _SAME):
            raise refusal("refused.same_move", line=line["id"])
        return other

    @property
    def _named_acts(self) -> list[str]:
        return [Named(act, _in_all(f"may.{act}")) for act in self.acts]

    def counters(self, line: Line) -> Mapping[str, bool]:
        """Return a mapping that holds the id of a line if the line, spoken at this moment, is a counter-offer."""
        return counter_offers(heard(self.game.scenario, self.state["ledger"], line, siding=self.game.siding), [line])

    @property
    def _aside(self) -> bool:
        """Whether the line was for its addressee alone."""
        return self.game.rooms[self.line["stage"]].aside(self.line)


def _in_all(key: str) -> Text:
    """Return a text in each language."""
    return Text.model_validate({lang: Words(lang)(key) for lang in LANGUAGES})


def moment_of(session: Session, line: str) -> Moment:
    """Return the moment at which a line was spoken.

    Raises:
        InputError: there is no such line, or the line with this id was spoken by no seat.
    """
    game, events = session.game, session.events
    spoken = [(place, event) for place, event in enumerate(events) if isinstance(event, LineSpoken)]
    for place, event in spoken:
        if event.payload["id"] == line:
            before = events[:place]
            state = fold(game, before)
            known: State = {**state, "floor": _floor(game, state, event), "pulses": _pulses(game, state)}
            return Moment(game, before, known, line_of(event))
    if any(event.payload.get("id") == line for event in events):
        raise refusal("refused.no_move", line=line)
    if not spoken:
        raise refusal("refused.no_lines", line=line)
    first, last = (spoken[end][1].payload["id"] for end in (0, -1))
    raise refusal("refused.no_line", line=line, first=first, last=last)


def _pulses(game: Game, state: State) -> list[PulseRound]:
    """Return one round of pulses for the start and for each stage that is over.

    A continuation waits for missing pulses, so where the log lacks a round, or a seat in it, the seat's earlier pulse
    is repeated.
    """
    known = {pulses["moment"]: pulses["levels"] for pulses in state["pulses"]}
    rounds: list[PulseRound] = []
    levels = game.pulses
    for moment in (START, *(minutes["stage"] for minutes in state["minutes"])):
        levels = {**levels, **known.get(moment, {})}
        rounds.append({"moment": moment, "levels": levels})
    return rounds


def _floor(game: Game, state: State, event: LineSpoken) -> Floor:
    """Return the floor that the line had; if the log was played under another floor policy, by this game's rules."""
    floor, said = state["floor"], event.payload
    if floor is not None and floor["seat"] == event.seat and said["act"] in floor["acts"]:
        return {**floor, "point": ""}
    decision = said["vote"] or has(said["act"], "binds")
    acts = [act for act in game.acts(event.seat) if not has(act, "binds")]
    return {
        "seat": event.seat,
        "why": cast(Why, said["why"]),
        "acts": [said["act"]] if decision else [*acts, *([] if said["act"] in acts else [said["act"]])],
        "point": "",
        "phase": "decision" if decision else "discussion",
    }
