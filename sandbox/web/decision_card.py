"""A motion and a decision as they are shown, and how a session ended: votes, terms, who pays, and both sides."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from nicegui import ui

from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.game.ballots import cast_on, uncast_on
from sandbox.game.beyond import beyond_told
from sandbox.game.entries import Item, motion_of
from sandbox.game.game import Game
from sandbox.game.hanging import hangs_on
from sandbox.game.session import Session
from sandbox.record.line import DecisionTaken
from sandbox.report.endings import why_undecided
from sandbox.report.pages.conditions import conditions_answered, unsaid_yet
from sandbox.report.pages.ledger import review_sentence
from sandbox.report.pages.parts import side_words
from sandbox.report.reading import ReadDecision, Reading
from sandbox.report.rule_words import carries_text, motion_payer_text
from sandbox.web.audience import Viewer
from sandbox.web.ballots import motion_put
from sandbox.web.frame import PagePart, bullets, div, heading, parts, soft


def decision_card(reading: Reading, taken: DecisionTaken, words: Words, level: int) -> None:
    """Add a decision, in the words of a language, under a heading of a level from 1 to 4.

    Who pays is told beside its options only where these leave it open.
    """
    read = reading.decision(taken)
    heading(level, read.how)
    _ballots(read, words)
    if read.terms:
        settled(read.terms)
    else:
        ui.label(words("decision.no_terms"))
    for text in read.waits:
        ui.label(plain(text)).classes("prose").props("data-waits")
    held(words("semi").join(conditions_answered(reading, taken)), words)
    for key, text in (("payer", "" if taken["payer_agreed"] else read.payer), ("unbound", read.unbound)):
        if text:
            ui.label(f"{words(f'decision.{key}')}{words('colon')}{text}").props(f"data-{key}")
    if read.left_open:
        questions = words("semi").join(question.rstrip("?？") for question in read.left_open)
        ui.label(words("decision.left_open", questions=questions)).props("data-left-open")


def _ballots(read: ReadDecision, words: Words) -> None:
    for key, names in read.sides.items():
        if names:
            with div(f"ballots {key}"):
                parts(f"{words(f'decision.{key}')} {len(names)}").classes("who")
                parts(words.join(names))


def in_short(read: ReadDecision, taken: DecisionTaken, words: Words) -> str:
    """Return a decision in a few words: how it was taken and, where it was carried, the options."""
    options = words("semi").join(option for _, option in read.terms) if taken["carried"] else ""
    return read.how + (words("colon") + options if options else "")


def held(condition: str, words: Words) -> None:
    """Add what a motion or decision hangs on; several conditions as a list."""
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
    """Show the motion that is being voted on, what carries it, and who is still asked; nothing where there is none.

    How anybody voted is not told before all have; the votes of the seats in ``kept`` are not taken down yet.
    """
    item = motion_put(session.game, session.state)
    key = put_key(session, item, kept)
    slot.show(key, lambda: motion_card(session, words, kept, item) if item else None)


def put_key(session: Session, item: Item | None, kept: Collection[str]) -> object:
    """Return what tells that what is shown of a motion that is being voted on has changed."""
    state = session.state
    return (item.line, len(state["lines"]), kept, state["desk"]["uncast"], session.hides) if item else ()


@dataclass(frozen=True)
class PutMotion:
    """A motion that is being voted on, in short: its line and mover, its options, what carries it, and how far it is.

    ``given`` says how many votes are in, which are ``count`` of ``of``, and ``waiting`` whose are not, empty with the
    last one.
    """

    title: str
    options: tuple[str, ...]
    carries: str
    count: int
    of: int
    given: str
    waiting: str


def put_in_short(session: Session, words: Words, kept: Collection[str], item: Item, seat: str = "") -> PutMotion:
    """Return a motion that is being voted on in short, for whoever has a ``seat`` where one is named.

    The votes of the seats in ``kept`` are not taken down yet.
    """
    game, stage = session.game, session.game.stages[session.state["stage"]].id
    uncast = {*session.state["desk"]["uncast"], *uncast_on(session.state, item.line)}
    votes, voters = {*cast_on(session.state, item), *kept} - uncast, game.voters(stage)
    waiting = [words("you") if voter == seat else game.name(voter) for voter in voters if voter not in votes | uncast]
    asked = f"{words('vote.waiting', count=len(waiting))}{words('colon')}{words.join(waiting)}" if waiting else ""
    carries = carries_text(game, stage, item)
    if uncast:
        carries += words("gap") + words(f"vote.uncast_counts.{game.governance.rules.aggregation.of}")
    return PutMotion(
        title=f"{words('vote.now')}{words('colon')}{item.line} {Reading(session).mover(item)}",
        options=tuple(option for _, option in game.in_words(item.terms)) or (words("vote.no_terms"),),
        carries=carries, count=len(votes), of=len(voters),
        given=words("vote.given", count=len(votes), of=len(voters)), waiting=asked,
    )  # fmt: skip


def fallen_told(session: Session, words: Words) -> str:
    """Return what became of the motion that was voted on before the one at hand, and fell; empty without one."""
    stage = session.game.stages[session.state["stage"]].id
    taken = next((taken for taken in reversed(session.decisions) if taken["stage"] == stage), None)
    return f"{words('vote.last')}{words('colon')}{fell_told(session, taken)}" if taken and not taken["carried"] else ""


def fell_told(session: Session, taken: DecisionTaken) -> str:
    """Return whose motion fell and how, in a line."""
    reading, motion = Reading(session), motion_of(session.items, taken["motion"])
    whose = f"{motion.line} {reading.mover(motion)}{reading.label('colon')}" if motion else ""
    return whose + reading.decision(taken).how


def motion_card(session: Session, words: Words, kept: Collection[str], item: Item, seat: str = "") -> None:
    """Add a motion that is being voted on: what it settles, what carries it, and how many votes are in."""
    put = put_in_short(session, words, kept, item, seat)
    if fell := fallen_told(session, words):
        ui.label(fell).classes("notice decision lost").props("data-fell")
    with div("notice decision motion-now").props(f'data-motion="{item.line}"'):
        heading(2, put.title)
        ui.label(put.carries).classes("strong").props("data-carries")
        if item.says:
            ui.label(item.says).classes("gist")
        motion_terms(session.game, item)
        for text in lacks_a_word(session, item, seat):
            soft(text).props("data-unsaid")
        for text in beyond_told(session.game, session.items, item.terms, whole=True):
            soft(text).props("data-beyond")
        ui.label(put.given).props('role="status"').props["data-given"] = put.count
        if put.waiting:
            soft(put.waiting)


def lacks_a_word(session: Session, item: Item, seat: str = "") -> list[str]:
    """Return whose word on a condition of a motion is still missing, as the whole room heard it; no vote tells it.

    Whoever has a ``seat`` reads by itself that it is theirs.
    """
    state = session.state
    stage = session.game.stages[state["stage"]].id
    room = {*session.game.present(stage)}
    heard = [line for line in state["lines"] if not line["vote"] and room <= {*line["visible_to"]}]
    return unsaid_yet(Reading(session.with_lines(heard)), item, stage, seat)


def motion_terms(game: Game, item: Item) -> None:
    """Add what a motion would settle, who would pay for it, and what it hangs on beside."""
    words, terms = game.words, game.in_words(item.terms)
    if terms:
        settled(terms)
    else:
        ui.label(words("vote.no_terms"))
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
    """Add what was decided as far as a viewer may know, what was not carried, and what a review found of it all."""
    game, reading = session.game, Reading(session)
    heard = [event for event in session.events if event.kind == "decision" and viewer.sees(game, event)]
    taken = [cast(DecisionTaken, event.payload) for event in heard]
    if not any(decision["carried"] for decision in taken):
        everywhere = all(not viewer.seat or viewer.seat in game.present(stage) for stage in game.able("decides"))
        ui.label(words("over.nothing" if everywhere else "over.not_heard"))
        if everywhere and (why := why_undecided(session, words)):
            ui.label(why).props("data-why-none")
    for decision in sorted(taken, key=lambda decision: not decision["carried"]):
        read = reading.decision(decision)
        if decision["carried"]:
            with div("notice decision stack").props(f'data-decided="{read.id}"'):
                decision_card(reading, decision, words, 3)
        else:
            with div("notice decision lost"):
                soft(fell_told(session, decision))
                if viewer.role != "projector":
                    bullets([option for _, option in read.terms])
                    held(decision["condition"], words)
                    _ballots(read, words)
    if reviewed := review_sentence(session):
        ui.label(f"{words('review.title')}{words('colon')}{reviewed}").props("data-reviewed")


def both_sides(session: Session, words: Words) -> None:
    """Add what superiors can see and what residents get, and who assesses each; no private trust."""
    heading(3, words("assessments"))
    for side, seats in session.game.assessors.items():
        with div("box") as shown:
            shown.props["data-side"] = side
            ui.label(words(f"side.seen.{side}")).classes("who")
            ui.label(side_words(session, side, words))
            by = words.join([session.game.name(seat) for seat in seats])
            soft(f"{words('assessments.by')}{words('colon')}{by}" if by else words("assessments.nobody"))
    soft(words("show.sides"))
