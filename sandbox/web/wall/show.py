"""A session as shown to a room: what the whole room heard, step by step, at reading pace."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, cast

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.plain import plain
from sandbox.game.fold import Fold, fold, line_of
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, motion_of
from sandbox.game.motions.ballots import cast_on, motion, uncast_on
from sandbox.game.rules import has_vote
from sandbox.game.session import Session
from sandbox.record.events import LineSpoken
from sandbox.record.line import BODY, DecisionTaken, Line
from sandbox.report.pacing import READING, reading_seconds
from sandbox.report.pages.debrief.reader import reader_of
from sandbox.report.pages.debrief.talk import talk_questions
from sandbox.report.pages.debrief.turning_point import TurningPoint
from sandbox.report.pages.debrief.turning_points import findings
from sandbox.report.read_decision import read_decision
from sandbox.report.reading import Reading
from sandbox.report.voting_words import carries_text
from sandbox.scoring.scorecard import Scorecard
from sandbox.web.tables.audience import PROJECTOR

StepKind = Literal["title", "stage", "line", "news", "decision", "outcome", "discussion"]
MarkKind = Literal["stage", "vote", "turn", "bookmark"]
_LEAST_SECONDS = 2.0
_HOLD: tuple[StepKind, ...] = ("title", "outcome", "discussion")
# Where H and P pull apart stands on the last slides; a doubt that found its answer, and a course of terms in which
# nobody need have changed, turned nothing. At the line that put it nobody knows yet what will be left open.
_UNMARKED = ("apart", "answered", "terms", "clauses")


@dataclass(frozen=True)
class Caption:
    """The debrief's text on a turning point: the heading of its kind, and what happened."""

    title: str
    text: str


@dataclass(frozen=True)
class Motion:
    """A motion on the table; its ``sides`` name who voted how, as `_sides` has it."""

    item: Item
    sides: Mapping[str, tuple[str, ...]]
    waiting: tuple[str, ...]
    called: bool


@dataclass(frozen=True)
class ShowStep:
    """One view of a show; ``stage`` is an index among the session's stages, -1 before the first and after the last."""

    kind: StepKind
    stage: int = -1
    text: str = ""
    line: Line | None = None
    decision: DecisionTaken | None = None
    motion: Motion | None = None
    captions: tuple[Caption, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the show pauses here until somebody goes on."""
        return self.kind in _HOLD


@dataclass(frozen=True)
class Mark:
    """A target of jumps: its step and its name, in the session's language."""

    kind: MarkKind
    step: int
    name: str


class Show:
    """A finished session, prepared to be shown to a room.

    It shows only what the projector of a table would show. Turning points are those of the facilitator's
    debrief that the room's own lines lead to as well, so that a caption is true and gives nothing private away. Nothing
    is told before it has come: where the debrief tells what came of one, it is told so far, or once that is out.

    Args:
        card: its scores; None if only its length is needed, without captions and motions.

    Raises:
        InputError: its log does not fit the game.
    """

    def __init__(self, session: Session, card: Scorecard | None) -> None:
        self.session = session = session.shown
        self._short = card is None
        game, self.room = session.game, _heard(session)
        self.reading = Reading(self.room)
        turns = _turning_points(session, self.room, card) if card else []
        self._captions: dict[str, list[Caption]] = {}
        news = [turn for turn in turns if turn.kind == "inject"]
        self._of_news = {_caption(game, turn) for turn in news}
        self._moved_by = {turn.evidence[0] for turn in news}  # who spoke next, where that moved something
        for turn in turns:
            self._captions.setdefault(self._told_at(turn), []).append(_caption(game, turn))
        self.steps: tuple[ShowStep, ...] = tuple(self._steps())
        self.marks: Mapping[MarkKind, tuple[Mark, ...]] = {
            "stage": tuple(
                Mark("stage", place, game.stages[step.stage].name.get(session.spec.lang))
                for place, step in enumerate(self.steps) if step.kind == "stage"
            ),
            "vote": tuple(self._votes()),
            "turn": tuple(
                Mark("turn", place, step.captions[0].title) for place, step in enumerate(self.steps) if step.captions
            ),
        }  # fmt: skip
        self.asked_at: Mapping[int, int] = {mark.step: self._asked_at(mark.step) for mark in self.marks["vote"]}
        """By the step of each vote, the step before it, at which the room guesses."""
        self.riddles: Mapping[int, Caption] = dict(self._riddles())
        """By step, what the room may guess: a turning point, a last word, the effect of news, a vote."""

    @property
    def spoken(self) -> int:
        """Number of lines shown."""
        return sum(step.kind == "line" for step in self.steps)

    def seconds_from(self, place: int) -> float:
        """Return the duration of the show from a step on, at reading pace, in seconds."""
        return sum(map(self.seconds_of, self.steps[place:]))

    def seconds_of(self, step: ShowStep) -> float:
        """Return the duration of a step, including its caption, at reading pace, in seconds."""
        texts = " ".join([step.text, *(f"{caption.title} {caption.text}" for caption in step.captions)])
        return max(_LEAST_SECONDS, reading_seconds(texts, READING[self.session.spec.lang]))

    def step_of(self, line: str) -> int:
        """Return the step of a line, or of the last shown one before it, or the first step."""
        shown = {step.line["id"]: place for place, step in enumerate(self.steps) if step.line}
        said = [other["id"] for other in self.session.lines]
        before = said[: said.index(line) + 1] if line in said else []
        return next((shown[other] for other in reversed(before) if other in shown), 0)

    def written(self, line: Line) -> str:
        """Return the text that a line wrote into its speaker's plan apart from its words, if plans are open to all."""
        open_to_all = self.session.game.governance.rules.information.documents == "all"
        return line["text"] if line["section"] and open_to_all else ""

    def _told_at(self, turn: TurningPoint) -> str:
        """Return the line or decision at which a turning point is told; of a vote, when all votes are in."""
        shown = [event.payload["id"] for event in self.room.events if event.kind in ("line", "decision")]
        evidence = turn.evidence[0] if turn.so_far else [each for each in shown if each in turn.evidence][-1]
        put = next((line["about"] for line in self.room.lines if line["id"] == evidence and line["vote"]), "")
        return next((taken["id"] for taken in self.room.decisions if put and taken["motion"] == put), evidence)

    def line_at(self, place: int) -> str:
        """Return the line of a step, or the last one before it; empty before the first."""
        shown = (step.line["id"] for step in reversed(self.steps[: place + 1]) if step.line)
        return next(shown, "")

    def _steps(self) -> Iterator[ShowStep]:
        game, lang = self.session.game, self.session.spec.lang
        yield ShowStep("title", text=f"{game.scenario.title.get(lang)} {game.scenario.question.get(lang)}")
        folded, stage = Fold(game), -1
        known = {item.id: place for place, item in enumerate(game.stages)}
        for event in self.room.events:
            folded.add(event)
            stage = known.get(event.stage, stage)
            if event.kind == "stage":
                card = game.stages[stage]
                yield ShowStep("stage", stage, f"{card.name.get(lang)} {card.purpose.get(lang)}")
            elif isinstance(event, LineSpoken):
                line = line_of(event)
                text = plain(" ".join(filter(None, (line["says"], self.written(line)))))
                captions = tuple(self._captions.get(line["id"], ()))
                yield ShowStep("line", stage, text, line, None, self._motion(folded, stage, line), captions)
            elif event.kind == "inject":
                yield ShowStep("news", stage, plain(str(event.payload["text"])), motion=self._motion(folded, stage))
            elif event.kind == "decision":
                taken = cast(DecisionTaken, event.payload)
                text, captions = read_decision(self.reading, taken).sentence, tuple(self._captions.get(taken["id"], ()))
                yield ShowStep("decision", stage, plain(text), None, taken, None, captions)
        sentences = [read_decision(self.reading, decision).sentence for decision in self.room.decisions]
        yield ShowStep("outcome", text=" ".join(sentences) or self.reading.label("decision.none"))
        if questions := talk_questions(self.session, lang):
            yield ShowStep("discussion", text=" ".join(questions))

    def _motion(self, folded: Fold, stage: int, line: Line | None = None) -> Motion | None:
        game = self.session.game
        if self._short or stage < 0 or "decides" not in game.stages[stage].abilities:
            return None
        state = folded.state
        item = motion(game, state)
        called = bool(line and line["vote"])
        if line and called and (item is None or item.line != line["about"]):
            item = motion_of(state["ledger"], line["about"]) or item
        if item is None:
            return None
        cast = cast_on(state, item)
        sides = _sides(game, cast, uncast_on(state, item.line))
        waiting = tuple(game.name(seat) for seat in game.voters(game.stages[stage].id) if seat not in cast)
        return Motion(item, sides, waiting, called or any(sides.values()))

    def _votes(self) -> Iterator[Mark]:
        first: dict[str, int] = {}
        for place, step in enumerate(self.steps):
            if step.line and step.line["vote"]:
                first.setdefault(step.line["about"], place)
            elif step.decision:
                taken = step.decision
                how = self.reading.label("vote.title" if taken["by"] == BODY else "decision.title")
                yield Mark("vote", first.get(taken["motion"], place), how)

    def _riddles(self) -> Iterator[tuple[int, Caption]]:
        """Yield each step before something that can be guessed, with the question; several may share a step."""
        for place, (before, step) in enumerate(pairwise(self.steps)):
            if step.line is None:
                continue
            name = self.session.game.name(step.line["seat"])
            if before.kind == "news" and step.line["id"] in self._moved_by:
                yield place, self._riddle("news")
            if not self._of_news.issuperset(step.captions):
                yield place, self._riddle("turn", name=name)
        for vote, place in self.asked_at.items():
            yield place, self._before(self.steps[vote])

    def _asked_at(self, vote: int) -> int:
        last = self.steps[vote - 1].line
        return vote - 1 - bool(last and has(last["act"], "binds"))  # whoever decides alone has said what

    def _riddle(self, kind: str, **values: str) -> Caption:
        words = self.session.game.words
        return Caption(words(f"show.guess.{kind}.title"), words(f"show.guess.{kind}", **values))

    def _before(self, step: ShowStep) -> Caption:
        """Return the question before the votes on a motion, or before one seat decides alone."""
        game, stage = self.session.game, self.session.game.stages[step.stage].id
        taken = step.decision or next(
            taken for taken in self.room.decisions if step.line and taken["motion"] == step.line["about"]
        )
        if taken["by"] != BODY:
            return self._riddle("decision", name=game.name(taken["by"]))
        how = carries_text(game, stage, step.motion.item if step.motion else None)
        return self._riddle("vote", how=how, names=game.words.join(map(game.name, game.voters(stage))))


def _caption(game: Game, turn: TurningPoint) -> Caption:
    """Return the caption of a turning point, with only those consequences that are known by then."""
    title = f"why.{turn.kind}.title"
    so_far = f"{title}.so_far"
    return Caption(
        game.words(so_far if turn.so_far and so_far in game.words else title), plain(turn.so_far or turn.text)
    )


def _sides(game: Game, cast: Mapping[str, Act], uncast: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the names of those who voted ``for`` and ``against``, ``abstained``, or cast no vote (``uncast``).

    Seats with only a veto are apart: ``veto_of``, or ``unused_by`` if they voted for the motion.
    """
    ways = ("for", "against", "abstained", "uncast", "veto_of", "unused_by")
    sides: dict[str, list[str]] = {way: [] for way in ways}
    for seat, act in cast.items():
        against = has(act, "votes_against")
        if seat in uncast:
            way = "uncast"
        elif not has_vote(game.governance, game.positions, seat):
            way = "veto_of" if against else "unused_by"
        else:
            way = "against" if against else "for" if has(act, "votes_for") else "abstained"
        sides[way].append(game.name(seat))
    return {way: tuple(names) for way, names in sides.items()}


def _heard(session: Session) -> Session:
    """Return the events of a session that the whole room heard, with minutes as the ends of stages."""
    game = session.game
    heard = [event for event in session.events if event.kind == "minutes" or PROJECTOR.sees(game, event)]
    return replace(session, state=fold(game, heard), events=heard)


def _turning_points(session: Session, room: Session, card: Scorecard) -> Sequence[TurningPoint]:
    known = findings(reader_of(room, card, None))
    shown = {event.payload["id"] for event in room.events if event.kind in ("line", "decision")}
    spoken = {line["id"] for line in room.lines}
    return [
        turn
        for turn in findings(reader_of(session, card, None))
        if turn in known and turn.kind not in _UNMARKED and turn.evidence and turn.evidence[0] in shown
        if not (turn.kind == "open" and turn.evidence[0] in spoken)
    ]
