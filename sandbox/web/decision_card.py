"""Cards of motions and decisions, the outcome of a session, and votes that can be reversed by hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, cast

from nicegui import ui

from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, motion_of
from sandbox.game.motions.ballots import cast_on, uncast_on
from sandbox.game.motions.beyond import beyond, beyond_told
from sandbox.game.motions.counting import counted, recast
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.rules import has_vote
from sandbox.game.session import Session
from sandbox.record.line import BODY, DecisionTaken
from sandbox.report.beside_votes import unput_told
from sandbox.report.endings import vote_again_at, why_undecided
from sandbox.report.money_words import motion_payer_text
from sandbox.report.pages.conditions import conditions_answered, unsaid_yet
from sandbox.report.pages.ledger import review_sentence, year_after
from sandbox.report.pages.parts import side_words
from sandbox.report.read_decision import ReadDecision, read_decision, whose_motion
from sandbox.report.reading import Reading
from sandbox.report.voting_words import carries_text
from sandbox.report.whatif_words import WhatIfWords
from sandbox.web.frame import PagePart, box, bullets, div, heading, parts, soft
from sandbox.web.panels import as_said, reading_for
from sandbox.web.tables.audience import Viewer
from sandbox.web.tables.ballots import motion_put

_Way = Literal["for", "against", "abstained", "uncast"]


def decision_card(reading: Reading, taken: DecisionTaken, words: Words, level: int) -> None:
    """Add a decision, in the words of a language, under a heading of a level from 1 to 4.

    The heading names whose motion it was. Who pays is told beside its options only where these leave it open.
    """
    read = read_decision(reading, taken)
    heading(level, motion_told(reading, taken))
    _ballots(reading.game, taken, words)
    if read.terms:
        settled(read.terms)
    else:
        ui.label(words("decision.no_terms"))
    held(words("semi").join(conditions_answered(reading, taken)), words)
    for text in read.waits:
        ui.label(plain(text)).classes("prose").props("data-waits")
    for key, text in (("payer", "" if taken["payer_agreed"] else read.payer), ("unbound", read.unbound)):
        if text:
            ui.label(f"{words(f'decision.{key}')}{words('colon')}{text}").props(f"data-{key}")
    if read.left_open:
        questions = words("semi").join(question.rstrip("?？") for question in read.left_open)
        ui.label(words("decision.left_open", questions=questions)).props("data-left-open")


def by_role(game: Game, taken: DecisionTaken, words: Words) -> dict[str, tuple[str, ...]]:
    """Return the roles of the seats on each side of a decision; players know each other by role."""
    votes, abstained, uncast = counted(game, taken)[:3]
    sides: dict[_Way, Sequence[str]] = {
        "for": [seat for seat, vote in votes.items() if vote],
        "against": [seat for seat, vote in votes.items() if not vote], "abstained": abstained, "uncast": uncast,
    }  # fmt: skip
    return {way: tuple(game.role(seat, words.lang) for seat in seats) for way, seats in sides.items()}


def _ballots(game: Game, taken: DecisionTaken, words: Words) -> None:
    for way, roles in by_role(game, taken, words).items():
        if roles:
            with div(f"ballots {way}"):
                parts(f"{words(f'decision.{way}')} {len(roles)}").classes("who")
                parts(words.join(roles))


def in_short(read: ReadDecision, taken: DecisionTaken, words: Words) -> str:
    """Return a decision in a few words: how it was taken and, if it was carried, the options."""
    options = words("semi").join(option for _, option in read.terms) if taken["carried"] else ""
    return read.how + (words("colon") + options if options else "")


def held(condition: str, words: Words) -> None:
    """Add the conditions of a motion or decision, several as a list."""
    conditions = hangs_on(plain(condition))
    if len(conditions) > 1:
        ui.label(words("ledger.conditions"))
        bullets(conditions)
    elif conditions:
        ui.label(f"{words('ledger.condition')}{words('colon')}{conditions[0]}").classes("prose")


def settled(terms: Sequence[tuple[str, str]]) -> None:
    """Add questions with the options that are chosen."""
    with ui.element("dl").classes("terms"):
        for question, option in terms:
            with ui.element("dt"):
                parts(question)
            with ui.element("dd"):
                parts(option)


def show_motion(slot: PagePart, session: Session, words: Words, kept: Collection[str]) -> None:
    """Show the motion that is being voted on, what carries it, and who is still asked; nothing if there is none.

    Votes are not shown before all are in; those of the seats in ``kept`` are not in the log yet.
    """
    item = motion_put(session.game, session.state)
    key = put_key(session, item, kept)
    slot.show(key, lambda: motion_card(session, words, kept, item) if item else None)


def put_key(session: Session, item: Item | None, kept: Collection[str]) -> object:
    """Return a key that changes whenever the motion that is being voted on must be drawn anew."""
    state = session.state
    return (item.line, len(state["lines"]), kept, state["desk"]["uncast"], session.hides) if item else ()


@dataclass(frozen=True)
class PutMotion:
    """A motion that is being voted on, in short: its line and mover, its options, what carries it, and how far it is.

    ``given`` says how many votes are in, which are ``count`` of ``of``, and ``waiting`` which people have not voted, by
    role, and how many votes the program gives; empty with the last one.
    """

    title: str
    options: tuple[str, ...]
    carries: str
    count: int
    of: int
    given: str
    waiting: str


def put_in_short(session: Session, words: Words, kept: Collection[str], item: Item, seat: str = "") -> PutMotion:
    """Return a motion that is being voted on in short, for the player in ``seat`` or, without one, for all.

    The votes of the seats in ``kept`` are not in the log yet.
    """
    game, stage, told = (
        session.game,
        session.game.stages[session.state["stage"]].id,
        session.game.in_language(words.lang),
    )
    uncast = {*session.state["desk"]["uncast"], *uncast_on(session.state, item.line)}
    votes, voters = {*cast_on(session.state, item), *kept} - uncast, game.voters(stage)
    waiting = [voter for voter in voters if voter not in votes | uncast]
    people = [voter for voter in waiting if voter in session.state["desk"]["persons"]]
    roles = [words("you") if voter == seat else told.role(voter) for voter in people]
    asked = [f"{words('vote.waiting', count=len(people))}{words('colon')}{words.join(roles)}"] if people else []
    if others := len(waiting) - len(people):
        asked.append(words("vote.by_program", count=others))
    return PutMotion(
        title=f"{words('vote.now')}{words('colon')}{item.line} {moved_by(session, words, item)}",
        options=tuple(option for _, option in told.in_words(item.terms)) or (words("vote.no_terms"),),
        carries=carries_text(told, stage, item), count=len(votes), of=len(voters),
        given=words("vote.given", count=len(votes), of=len(voters)), waiting=words("semi").join(asked),
    )  # fmt: skip


def moved_by(session: Session, words: Words, item: Item) -> str:
    """Return the name and role of a motion's mover."""
    return f"{reading_for(session, words).mover(item)} · {session.game.role(item.owner, words.lang)}"


def fallen_told(session: Session, words: Words) -> str:
    """Return in words the result of the motion that was rejected before the present one; empty if there is none."""
    stage = session.game.stages[session.state["stage"]].id
    taken = next((taken for taken in reversed(session.decisions) if taken["stage"] == stage), None)
    if taken is None or taken["carried"]:
        return ""
    return words("vote.last") + words("colon") + motion_told(reading_for(session, words), taken)


def motion_told(reading: Reading, taken: DecisionTaken) -> str:
    """Return whose motion was voted on and how it came out, in a line; of a decision without a vote, who took it."""
    whose = whose_motion(reading, taken)
    return (whose + reading.label("colon") if whose else "") + read_decision(reading, taken).how


def vote_again_told(session: Session, words: Words) -> str:
    """Return that votes not cast might have carried a rejected motion, and who may have it put again; or empty."""
    if not vote_again_at(session):
        return ""
    return words("over.vote_again", count=len(session.decisions[-1].get("uncast", ())))


def motion_card(session: Session, words: Words, kept: Collection[str], item: Item, seat: str = "") -> None:
    """Add a motion that is being voted on: what it settles, what carries it, and how many votes are in."""
    put = put_in_short(session, words, kept, item, seat)
    if fell := fallen_told(session, words):
        ui.label(fell).classes("notice decision lost").props("data-fell")
    with div("notice decision motion-now").props(f'data-motion="{item.line}"'):
        heading(2, put.title)
        ui.label(put.carries).classes("strong").props("data-carries")
        if item.says:
            ui.label(as_said(session.game, item.says, words)).classes("gist")
        motion_terms(session.game.in_language(words.lang), item)
        for text in lacks_a_word(session, words, item, seat):
            soft(text).props("data-unsaid")
        for text in beyond_told(session.game.with_words(words.lang), session.items, item.terms, whole=True):
            soft(text).props("data-beyond")
        ui.label(put.given).props('role="status"').props["data-given"] = put.count
        if put.waiting:
            soft(put.waiting)


def lacks_a_word(session: Session, words: Words, item: Item, seat: str = "") -> list[str]:
    """Return which seats still owe a word on a condition of a motion, as the whole room heard; votes do not count.

    For the player in ``seat``, its own is told apart.
    """
    state = session.state
    stage = session.game.stages[state["stage"]].id
    room = {*session.game.present(stage)}
    heard = [line for line in state["lines"] if not line["vote"] and room <= {*line["visible_to"]}]
    return unsaid_yet(reading_for(session.with_lines(heard), words), item, stage, seat)


def motion_terms(game: Game, item: Item) -> None:
    """Add what a motion would settle, what the body cannot settle, who would pay, and its conditions."""
    words, past = game.words, {each.question for each in beyond(game, (), item.terms)}
    if terms := game.in_words({key: option for key, option in item.terms.items() if key not in past}):
        settled(terms)
    elif not past:
        ui.label(words("vote.no_terms"))
    if past:
        with div("notice stack").props("data-not-settled"):
            ui.label(words("vote.beyond"))
            settled(game.in_words({key: option for key, option in item.terms.items() if key in past}))
    if paid := motion_payer_text(game, item):
        with ui.element("details").classes("soft").props("data-payer"):
            with ui.element("summary"):
                parts(words("decision.payer"))
            ui.label(paid)
    held(item.condition, words)


def tally(sides: Mapping[str, Sequence[str]], waiting: Sequence[str], words: Words) -> None:
    """Add the votes so far."""
    with div("tally").props('data-tally role="status"'):
        for key, names in sides.items():
            if names or key in ("for", "against"):
                with div(f"side {key}"):
                    ui.label(words(f"decision.{key}")).classes("who")
                    ui.label(str(len(names))).classes("number")
                    soft(words.join(list(names)))
        if waiting:
            soft(f"{words('vote.waiting', count=len(waiting))}{words('colon')}{words.join(list(waiting))}")


def outcome(session: Session, words: Words, viewer: Viewer) -> None:
    """Add what was decided and not carried, as far as a viewer may know, and the findings of a review."""
    game, reading = session.game, reading_for(session, words)
    heard = [event for event in session.events if event.kind == "decision" and viewer.sees(game, event)]
    taken = [cast(DecisionTaken, event.payload) for event in heard]
    if not any(decision["carried"] for decision in taken):
        everywhere = all(not viewer.seat or viewer.seat in game.present(stage) for stage in game.able("decides"))
        ui.label(words("over.nothing" if everywhere else "over.not_heard"))
        if everywhere and (why := why_undecided(session, words)):
            ui.label(why).props("data-why-none")
        if again := vote_again_told(session, words):
            ui.label(again).props("data-again")
    for decision in sorted(taken, key=lambda decision: not decision["carried"]):
        read = read_decision(reading, decision)
        if decision["carried"]:
            with div("notice decision stack").props(f'data-decided="{read.id}"'):
                decision_card(reading, decision, words, 3)
                if found := year_after(reading, decision):
                    ui.label(found).props("data-year-after")
        else:
            with div("notice decision lost"):
                soft(motion_told(reading, decision))
                if viewer.role != "projector":
                    bullets([option for _, option in read.terms])
                    held(decision["condition"], words)
                    _ballots(game, decision, words)
    for stage in dict.fromkeys(decision["stage"] for decision in taken):
        for text in unput_told(reading, stage, {*game.present(stage)}):
            soft(text).props("data-unput")
    if reviewed := review_sentence(session, words):
        ui.label(f"{words('review.title')}{words('colon')}{reviewed}").props("data-reviewed")


def both_sides(session: Session, words: Words) -> None:
    """Add both assessments (what superiors see, what residents get) with their assessors, without private trust."""
    heading(3, words("assessments"))
    for side, seats in session.game.assessors.items():
        with div("box") as shown:
            shown.props["data-side"] = side
            ui.label(words(f"side.seen.{side}")).classes("who")
            ui.label(side_words(session, side, words))
            by = words.join([session.game.name(seat) for seat in seats])
            soft(f"{words('assessments.by')}{words('colon')}{by or words('assessments.nobody')}")
    soft(words("show.sides"))


def votes_turned(session: Session, words: Words, viewer: Viewer) -> None:
    """Add the decisions in which a seat was asked for its vote, with votes that can be reversed; nothing without any.

    Nothing is played: the votes that the seat saw are counted anew by the rules of the table.
    """
    game = session.game
    heard = [event for event in session.events if event.kind == "decision" and viewer.sees(game, event)]
    taken = [cast(DecisionTaken, event.payload) for event in heard]
    own = [each for each in taken if each["by"] == BODY and viewer.seat in (*each["votes"], *each["abstained"])]
    if own:
        with box(), ui.expansion(words("turned.title")).classes("w-full").props("data-turned"), div("stack"):
            soft(words("turned.how"))
            boxes: list[_TurnedVotes] = []
            for each in own:
                boxes.append(_TurnedVotes(session, words, viewer.seat, each, boxes, several=len(own) > 1))


class _TurnedVotes:
    """The votes on one decision, each a button that reverses it, and their result.

    A stage ends with what is carried in it: all ``boxes`` tell that what was voted on after that would
    not have come to the vote.
    """

    def __init__(
        self, session: Session, words: Words, seat: str, taken: DecisionTaken, boxes: Sequence[_TurnedVotes], *,
        several: bool,
    ) -> None:  # fmt: skip
        self._words, self._taken, self._game, self._boxes = words, taken, session.game, boxes
        self.stage, self.carried = taken["stage"], taken["carried"]
        self._was = self._cast = {seat: _way(taken, seat) for seat in (*taken["votes"], *taken["abstained"])}
        reading, item = reading_for(session, words), motion_of(session.state["ledger"], taken["motion"])
        with div("stack") as shown:
            shown.props["data-turned-motion"] = taken["motion"]
            if item is not None:
                heading(3, f"{words('decision.motion')} {item.line} {reading.mover(item)}")
                if several:  # of a single one they stand right above
                    settled(reading.terms(item.terms))
            with div("acts"):
                for voter in sorted(self._was, key=lambda voter: voter != seat):
                    button = ui.button().props(f"outline data-turn-vote={voter}")
                    button.on_click(partial(self._turn, voter, button, own=voter == seat))
                    self._show(voter, button, own=voter == seat)
            self._told = read_decision(reading, taken).how
            self._outcome = ui.label(self._told).classes("strong").props('role="status" data-recount')

    def _turn(self, voter: str, button: ui.button, *, own: bool) -> None:
        ways: list[_Way] = ["for", "against"]
        if self._game.governance.rules.aggregation.abstain and self._counts(voter):
            ways.append("abstained")
        now = self._cast[voter]
        self._cast = {**self._cast, voter: ways[(ways.index(now) + 1) % len(ways)] if now in ways else "for"}
        self._show(voter, button, own=own)
        votes = {seat: way == "for" for seat, way in self._cast.items() if way in ("for", "against")}
        other = recast(self._game, self._taken, votes, [seat for seat in self._cast if seat not in votes])
        told = WhatIfWords(self._game, self._words)
        self.carried = other["carried"]
        self._told = told.recount(self._game, self._taken, other, self._words("turned.motion"))
        for each in self._boxes:
            each.tell()

    def tell(self) -> None:
        """Show the result of the votes, unless an earlier motion of the stage is carried."""
        before = self._boxes[: self._boxes.index(self)]
        ended = any(each.carried and each.stage == self.stage for each in before)
        self._outcome.set_text(self._words("turned.unput") if ended else self._told)

    def _show(self, voter: str, button: ui.button, *, own: bool) -> None:
        words = self._words
        name = self._game.name(voter) + (words.paren(words("you")) if own else "")
        ways = dict.fromkeys((self._was[voter], self._cast[voter]))  # once, where they are the same
        turned = " → ".join(words(f"decision.{self._named(voter, way)}") for way in ways)
        button.set_text(f"{name}{words('colon')}{turned}")

    def _named(self, voter: str, way: _Way) -> str:
        return way if self._counts(voter) or way == "uncast" else "veto_of" if way == "against" else "unused_by"

    def _counts(self, voter: str) -> bool:
        return has_vote(self._game.governance, self._game.positions, voter)


def _way(taken: DecisionTaken, seat: str) -> _Way:
    if seat in taken.get("uncast", ()):
        return "uncast"
    if seat in taken["abstained"]:
        return "abstained"
    return "for" if taken["votes"][seat] else "against"
