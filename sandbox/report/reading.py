"""A session as its reports show it: seats, stages, lines and decisions, in words of one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sandbox.content.cards import Text
from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, movers, proposals_of
from sandbox.game.ledger.matters import whom_for
from sandbox.game.motions.conditions import beside
from sandbox.game.motions.doers import Answer, doers_said
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.motions.standing_for import counter_offers
from sandbox.game.review.reporting import matters_told
from sandbox.game.session import Session
from sandbox.record.events import Event, LineSpoken, OrderGiven
from sandbox.record.line import ALL, BODY, DecisionTaken, Line
from sandbox.report.act_words import Way, act_text, does_text, stance
from sandbox.report.departures import models_told
from sandbox.session.context import profile_of

_COURSE = ("stage", "line", "inject", "order", "decision", "plan", "minutes")


@dataclass(frozen=True)
class Seat:
    """A seat: its id, name, role and position, whether a person had it at any time, and its place among the seats."""

    id: str
    name: str
    role: str
    position: str
    person: bool
    index: int


@dataclass(frozen=True)
class ReadLine:
    """A line: anchor, speaker, act and addressee in words, addressee, words (or none), marks by kind, what it moves."""

    id: str
    seat: Seat
    does: str
    to: str
    says: str
    marks: tuple[tuple[str, str], ...]
    moved: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """Reads the events of a session.

    The session may be what one reader may see of it; it has no words of a line that was withdrawn. What was said stays
    in its language. All else is in ``lang``, or without it in the same language. With ``by_own_names`` seats are named
    as the table calls them.
    """

    session: Session
    lang: Lang | None = field(default=None, kw_only=True)
    by_own_names: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "session", self.session.shown)

    @cached_property
    def game(self) -> Game:
        """The game, told in the reader's language."""
        return self.spoken.in_language(self.lang or self.spoken.spec.lang, by_own_names=self.by_own_names)

    @property
    def spoken(self) -> Game:
        """The game in the language in which its lines are spoken."""
        return self.session.game

    @property
    def events(self) -> Sequence[Event]:
        """The log."""
        return self.session.events

    @property
    def lines(self) -> Sequence[Line]:
        """The transcript."""
        return self.session.lines

    @cached_property
    def line_by_id(self) -> dict[str, Line]:
        """The lines by id."""
        return {line["id"]: line for line in self.lines}

    def place(self, event: str) -> int:
        """Return the place of a line among all lines; the number of lines for anything else."""
        return self._places.get(event, len(self._places))

    @cached_property
    def _places(self) -> dict[str, int]:
        return {line["id"]: place for place, line in enumerate(self.lines)}

    @property
    def decisions(self) -> Sequence[DecisionTaken]:
        """The decisions."""
        return self.session.decisions

    @cached_property
    def label(self) -> Words:
        """The labels of the session's language."""
        return self.game.words

    @cached_property
    def seats(self) -> dict[str, Seat]:
        """The seats by id."""
        game, positions = self.game, self.game.governance.rules.position
        return {
            seat: Seat(
                seat, game.name(seat), game.role(seat), positions[position].name.get(game.spec.lang),
                seat in self.session.persons, index,
            )
            for index, (seat, position) in enumerate(game.positions.items())
        }  # fmt: skip

    @property
    def seated(self) -> list[Seat]:
        """The seats that the session has."""
        return [self.seats[seat] for seat in self.game.seated]

    @property
    def model(self) -> str:
        """The model that spoke; with several, each with the line after which it took over."""
        speakers = self.session.speakers
        models = models_told(speakers, self.label, self.names)
        return models if len(speakers) > 1 or not speakers[0][1] else self._with_agents(models)

    def _with_agents(self, rest: str) -> str:
        """Return who plays: the agents in Python with their seats, and the rest."""
        label, agents = self.label, self.game.spec.agents
        if not agents:
            return rest
        names = label("models.agent", names=list(dict.fromkeys(agents.values())))
        if self.game.spec.player == "agent":
            return names
        return label("models.agents", rest=rest, names=names, seats=self.names(list(agents)))

    @cached_property
    def course(self) -> dict[str, list[Event]]:
        """The events of each stage that has begun, in order; an order belongs to the stage in which it was given."""
        course: dict[str, list[Event]] = {}
        early: list[Event] = []
        current = ""
        for event in self.events:
            if event.kind not in _COURSE:
                continue
            if event.kind != "order":
                current = event.stage
                course.setdefault(current, []).extend(early)
                early = []
            (course[current] if current else early).append(event)
        return course

    def text(self, text: Text) -> str:
        """Return a text of the content in the reader's language."""
        return text.get(self.game.spec.lang)

    def stage_name(self, stage: str) -> str:
        """Return the name of a stage."""
        return self.game.stage_names.get(stage, stage)

    def moment(self, moment: str) -> str:
        """Return in words when pulses were taken: before the first stage, or after which stage."""
        return self.label("moment.start") if moment == "start" else self.stage_name(moment)

    def heard(self, line: Line) -> bool:
        """Return whether the whole room heard a line."""
        return line["stage"] in self.game.stage_names and {*self.game.present(line["stage"])} <= {*line["visible_to"]}

    def shared(self, stage: str) -> list[Line]:
        """Return the lines of a stage that its whole room heard."""
        return [line for line in self.lines if line["stage"] == stage and self.heard(line)]

    def name(self, seat: str) -> str:
        """Return the name of a seat; words for everyone and the body; an unknown seat unchanged."""
        if seat == ALL:
            return self.label("everyone")
        if seat == BODY:
            return self.label("ledger.body")
        known = self.seats.get(seat)
        return known.name if known else seat

    def person(self, seat: str) -> str:
        """Return name and role of a seat."""
        known = self.seats.get(seat)
        return known.name + self.label.paren(known.role) if known else self.name(seat)

    def names(self, seats: Sequence[str] | frozenset[str]) -> str:
        """Return names in the order of the seats."""
        order = list(self.seats)
        ranked = sorted(seats, key=lambda seat: order.index(seat) if seat in order else len(order))
        return self.label.join([self.name(seat) for seat in ranked])

    def mover(self, item: Item) -> str:
        """Return the name of an entry's owner, with a mark if the program spoke for a person."""
        return self.name(item.owner) + self._stood_in(item.line)

    def cited(self, line: str) -> str:
        """Return the id of a line as cited behind a quote, with a mark if the program spoke for a person."""
        return line + self._stood_in(line)

    def _stood_in(self, line: str) -> str:
        return self.label.paren(self.label("mark.persona")) if line in self.session.stood_in else ""

    def called(self, event: str) -> str:
        """Return how a report refers to a line (by its id) or a decision (in words, numbered if there are several)."""
        taken = [decision["id"] for decision in self.decisions]
        if event not in taken:
            return event
        return self.label("kind.decision") + (f" {taken.index(event) + 1}" if len(taken) > 1 else "")

    def terms(self, terms: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Return terms as questions with the options chosen."""
        return tuple(self.game.in_words(terms))

    def terms_text(self, terms: Mapping[str, str]) -> str:
        """Return terms in one line."""
        dash = self.label("dash")
        return self.label("semi").join(f"{_inner(question)}{dash}{option}" for question, option in self.terms(terms))

    @cached_property
    def _unaccepted(self) -> frozenset[str]:
        """The lines for which no wording was accepted, so that the last wording was spoken as it was."""
        most = profile_of(self.game.spec.style).wordings
        lines = (event.payload for event in self.events if isinstance(event, LineSpoken))
        return frozenset(line["id"] for line in lines if line["origin"] == "model" and len(line["rejected"]) >= most)

    @cached_property
    def ruled(self) -> tuple[str, ...]:
        """The lines that the rules made, in a session whose other lines come from models, cards or people."""
        made = (line["id"] for line in self.lines if line["origin"] == "rules")
        return () if self.game.spec.style == "rules" else tuple(made)

    def line(self, line: Line) -> ReadLine:
        """Return a line in words."""
        label = self.label
        marks: list[tuple[str, str]] = []
        if line["vote"] and line["says"]:
            way = stance(self.game, line)
            marks.append((way, label(f"mark.{way}")))
        if line["origin"] == "person" or (line["origin"] == "card" and not self.game.spec.by_cards):
            marks.append((line["origin"], label(f"mark.{line['origin']}")))
        if line["id"] in self.ruled:
            marks.append(("rules", label("mark.rules")))
        if line["origin"] == "agent" and self.game.spec.player != "agent":
            marks.append(("agent", label("mark.agent")))
        if line["id"] in self._unaccepted:
            marks.append(("unaccepted", label("mark.unaccepted")))
        if line["id"] in self.session.stood_in:
            marks.append(("persona", label("mark.persona")))
        if line["section"]:
            marks.append(("section", label("mark.section", name=label.of("section", line["section"]))))
        if line["task"]:
            task = self.game.scenario.task_by_id.get(line["task"])
            text = task.text.get(self.game.spec.lang) if task else line["task"]
            marks.append(("task", label("mark.task", name=text)))
        if line["promises"]:
            whom = whom_for(self.game, line.get("promised_to", ()))
            says = line["promises"] + (label.paren(label("state.for", names=whom)) if whom else "")
            marks.append(("promises", label("mark.promises", says=says)))
        for name, text in matters_told(self.game, self.session.items, line).items():
            if text not in line["says"]:
                marks.append(("matter", label(f"mark.{name}", matter=text)))
        for by, answer in line.get("takes_on", {}).items():
            if answer != "no":  # a no is told as a refusal
                marks.append(("takes_on", label(f"mark.takes_on.{answer}", line=by)))
        if len(line["visible_to"]) < len(self.game.present(line["stage"])):
            marks.append(("private", label("mark.private", names=self.names(line["visible_to"]))))
        own, base = self.own_terms(line["id"], line["terms"])
        about = self.line_by_id.get(line["about"]) if line["id"] in self.proposals else None
        condition = self._condition(line["id"], line["condition"], about)
        rest = label("ledger.otherwise", line=base) if base and (own or base not in condition) else ""
        terms = label("semi").join(filter(None, (self.terms_text(own), rest)))
        moved = [label("debrief.terms", terms=terms)] if terms else []
        if condition:
            moved.append(label("debrief.condition", condition=condition))
        return ReadLine(
            line["id"], self._seat(line["seat"]), self.does(line), self.name(line["to"]),
            " ".join(line["says"].split()), tuple(marks), tuple(moved),
        )  # fmt: skip

    def act(self, line: Line) -> str:
        """Return what a line does."""
        return act_text(self.label, line, self.game, self.counters, way=self.way(line["id"]))

    def does(self, line: Line) -> str:
        """Return what a line does and to whom it is said, naming the motion that it backs if that is another seat's."""
        to, way = self.name(line["to"]), self.way(line["id"])
        return does_text(self.label, line, self.game, self.counters, self.motions, to, way=way)

    def way(self, line: str) -> Way:
        """Return in which way a line takes up the motion that it backs; empty if that is not known."""
        item = self.proposals.get(line)
        base = self.proposals.get(self.line_by_id[line]["about"]) if item and line in self.line_by_id else None
        if item is None or base is None:
            return ""
        if item.terms != base.terms:
            return "changed"
        had, own = set(hangs_on(base.condition)), set(hangs_on(item.condition))
        return "again" if had == own else "conditional" if had < own else "without" if own < had else "striking"

    def own_terms(self, line: str, terms: Mapping[str, str]) -> tuple[Mapping[str, str], str]:
        """Return the terms of a line that differ from those of the proposal that it answers, and that proposal's line.

        If the two have no term in common, or the line leaves some of the proposal's terms open, all terms are its own
        and the proposal's line is empty.
        """
        about = self.line_by_id[line]["about"] if line in self.proposals and line in self.line_by_id else ""
        base = self.proposals.get(about)
        if base is None or not base.terms.keys() <= terms.keys():
            return terms, ""
        own = {key: option for key, option in terms.items() if base.terms.get(key) != option}
        return (own, about) if len(own) < len(terms) else (terms, "")

    @cached_property
    def proposals(self) -> Mapping[str, Item]:
        """The proposals, by their line."""
        return proposals_of(self.session.items)

    @cached_property
    def motions(self) -> dict[str, str]:
        """The movers of motions, by the line that put each."""
        return movers(self.session.items)

    @cached_property
    def counters(self) -> Mapping[str, bool]:
        """The lines that are counter-offers."""
        return counter_offers(self.session.items, self.lines)

    def condition(self, item: Item) -> str:
        """Return what an entry of the ledger hangs on, without what the line that it answers already hangs on."""
        own = self.line_by_id.get(item.line)
        return self._condition(item.line, item.condition, self.line_by_id.get(own["about"]) if own else None)

    def _condition(self, line: str, condition: str, base: Line | None) -> str:
        """Return a condition as told beside the line that it answers; with that line's own, if it replaces them."""
        told, had = beside(self.label, condition, base), hangs_on(base["condition"]) if base else []
        grown = self.proposals[line].base if line in self.proposals else ""
        if base is None or not condition or not had or told != condition or base["id"] != grown:
            return told
        return self.label("ledger.instead", condition=told, struck=self.label("semi").join(had), line=base["id"])

    def news(self, event: Event) -> str:
        """Return the text of news; if it is the case's own, in the reader's language."""
        of_case = (inject.text for inject in self.spoken.injects if inject.id == event.payload["id"])
        text, says = next(of_case, None), str(event.payload["text"])
        return text.get(self.game.spec.lang) if text and text.get(self.spoken.spec.lang) == says else says

    def order(self, event: OrderGiven) -> str:
        """Return in words what an order, or the end of a time limit, did."""
        order, label = event.payload, self.label
        kind = str(order["kind"])
        if kind == "seat":
            kind = order["by"] if order["giver"] == "clock" else f"seat.{order['by']}"
        whose = "" if order["giver"] == "facilitator" else f"{order['giver']}."
        name = self.name(order["seat"]) if order["seat"] else ""
        more = {"turns": order["turns"], "minutes": order["minutes"]}
        room = [label(f"order.room.{what}", count=count) for what, count in more.items() if count]
        return label(f"order.{whose}{kind}", name=name, room=label.join(room))

    def answers(self, motion: Item) -> list[Answer]:
        """Return what the seats that a motion's conditions ask had told the room of each by the end of its stage."""
        end = max((place for place, line in enumerate(self.lines, 1) if line["stage"] == motion.stage), default=0)
        heard = [line for line in self.lines[:end] if self.heard(line)]
        return doers_said(self.spoken, self.session.items, motion, heard)

    def _seat(self, seat: str) -> Seat:
        return self.seats.get(seat) or Seat(seat, seat, "", "", False, len(self.seats))


def _inner(question: str) -> str:
    words = question.rstrip("?？ ")
    return words if words.split(" ")[0].isupper() else words[:1].lower() + words[1:]
