"""Turning points of a session, found by code in what its reader may see; each names its lines and what they teach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.content.acts import Trait, has
from sandbox.game.language.wording import content_words
from sandbox.record.line import ALL, Line
from sandbox.report.entries import entry_state, task_refused
from sandbox.report.pages.debrief.clauses import refused, struck, taken_on
from sandbox.report.pages.debrief.left_open import open_questions
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.report.pages.debrief.replies import (
    by_point,
    conceded_to,
    no_line_left,
    prevailed,
    questions,
    replies_to,
    spoken_of_later,
    went_into,
)
from sandbox.report.pages.debrief.scores import pulled_apart
from sandbox.report.pages.debrief.turning_point import (
    Statement,
    TurningPoint,
    against,
    crossed,
    narrow,
    stopped,
    terms_changed,
    turned,
    vetoes,
)
from sandbox.scoring.measures import objects

KINDS = (
    "stopped", "narrow", "taken_on", "refused", "struck", "turned", "terms", "crossed", "against", "veto", "let_pass",
    "unanswered", "conceded", "beyond", "open", "inject", "twice", "apart",
)  # fmt: skip
# Words of news by which a line is told to take it up, not spoken before where it is none of the next few; how many
# these are; lines that are named.
_NEWS_WORDS = 2
_SOON = 4
_MOST_REACTIONS = 3
_AT_ONCE = 3  # lines of others within which an objection is answered while it is on the table
_NO_ANSWERS: tuple[Trait, ...] = ("asks", "opposes", "hands_down", "escalates", "defers")
# Kinds of personas, each above those behind it.
_COMMAND = ("leader", "official", "party", "frontline")


def findings(reader: DebriefReader) -> list[TurningPoint]:
    """Return the turning points, kind by kind; in a seat's debrief those that concern it come first of their kind."""
    makers = (
        stopped, narrow, taken_on, refused, struck, turned, terms_changed, crossed, against, vetoes, _doubts, _beyond,
        open_questions, _injects, _repeated,
    )  # fmt: skip
    made = [finding for make in makers for finding in make(reader)]
    made += [TurningPoint("apart", text, evidence) for text, evidence in pulled_apart(reader)]
    return sorted(made, key=lambda finding: reader.seat is not None and reader.seat not in finding.seats)


def _doubts(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Each objection: whether it was answered, somebody gave ground, or whoever it was put to did not reply (PR)."""
    name, put = reader.name, questions(reader)
    for index, doubt in enumerate(reader.lines):
        if not objects(doubt) or doubt["id"] in reader.session.stood_in:
            continue
        who, place = doubt["seat"], doubt["id"]
        replies, ground = replies_to(reader, index), conceded_to(reader, index)
        for reply in (replies.asked, replies.other):
            if reply is not None and _answers_now(reader, index, reply):
                yield TurningPoint("answered", "", (), teaches=(("keep", "answered", reply["seat"], reply["id"]),))
        if ground is not None:
            by = ground["seat"]
            key = "why.came_round" if by == who else "why.conceded"
            text = reader.label(key, name=name(who), by=name(by))
            moved: Statement = ("keep", "moved", by, ground["id"])
            yield TurningPoint("conceded", text, (ground["id"], place), frozenset({who, by}), (moved,))
        # What is told as a question that was answered is no objection without an answer as well.
        _, answered = put.get(place, ("", False))
        answered = answered or replies.at_once
        excused = _turned_down(reader, doubt) or went_into(reader, doubt) or prevailed(reader, doubt)
        excused = excused or _program_spoke(reader, index) or no_line_left(reader, index)
        if replies.asked is None and ground is None and not answered and not excused:
            yield _left_open(reader, index, replies.other)


def _answers_now(reader: DebriefReader, index: int, reply: Line) -> bool:
    """Return whether a reply answers an objection while it is on the table, and is no vote, question or task.

    Whoever lets a task stand that was refused has overruled that.
    """
    between = reader.lines[index + 1 : reader.place(reply["id"])]
    near = sum(line["seat"] != reply["seat"] for line in between) < _AT_ONCE
    says = not any(has(reply["act"], trait) for trait in _NO_ANSWERS)
    doubt = reader.lines[index]
    joins = has(reply["act"], "supports") and reply["about"] == doubt["id"]
    handed = [item for item in reader.session.entries("task") if item.owner == reply["seat"] and item.state != "lifted"]
    overrules = any(by == doubt["id"] for item in handed for by, _ in item.history)
    to_them = reply["about"] == doubt["id"] or reply["to"] in (doubt["seat"], ALL)
    return says and near and to_them and not (joins or overrules or reply["vote"]) and reply["stage"] == doubt["stage"]


def _program_spoke(reader: DebriefReader, index: int) -> bool:
    """Return whether the program spoke in the seat of the person to whom an objection was put, before or after it.

    It may have said what was objected to, or have had the line in which that could have been answered.
    """
    doubt = reader.lines[index]
    before, after = (
        [line["id"] for line in lines if line["seat"] == doubt["to"] and not line["vote"]]
        for lines in (reader.lines[:index], reader.lines[index + 1 :])
    )
    to = [reader.line_by_id[doubt["about"]]["seat"]] if doubt["about"] in reader.line_by_id else []
    meant = [doubt["about"]] if to == [doubt["to"]] else before[-1:]
    return not reader.session.stood_in.isdisjoint([*meant, *after[:1]])


def _turned_down(reader: DebriefReader, doubt: Line) -> bool:
    personas = reader.game.personas
    ranks = {
        seat: _COMMAND.index(personas[seat].kind)
        for seat in (doubt["seat"], doubt["to"])
        if seat in personas and personas[seat].kind in _COMMAND
    }
    return doubt["seat"] in ranks and ranks[doubt["seat"]] < ranks.get(doubt["to"], 0)


def _left_open(reader: DebriefReader, index: int, other: Line | None) -> TurningPoint:
    """Return an objection to which whoever it was put to did not reply; perhaps somebody else did."""
    name, doubt = reader.name, reader.lines[index]
    who, to, place = doubt["seat"], doubt["to"], doubt["id"]
    answer: Statement = ("try", "answer", to, place)
    key = "why.unanswered.all" if to == ALL else "why.unanswered"
    so_far = reader.label(f"{key}.so_far", name=name(who), to=name(to))
    if other is not None:
        text = reader.label("why.unanswered.other", name=name(who), to=name(to), by=name(other["seat"]))
        seats = frozenset({who, to, other["seat"]})
        return TurningPoint("unanswered", text, (place, other["id"]), seats, (answer,), so_far=so_far)
    later = spoken_of_later(reader, index)
    if later is not None:
        text = reader.label(f"{key}.later", name=name(who), to=name(to), by=name(later["seat"]))
        seats = frozenset({who, to, later["seat"]})
        return TurningPoint("unanswered", text, (place, later["id"]), seats, so_far=so_far)
    teaches: tuple[Statement, ...] = (("try", "again", who, place), *((answer,) if to != ALL else ()))
    text = reader.label(key, name=name(who), to=name(to))
    return TurningPoint("unanswered", text, (place,), frozenset({who, to}), teaches, so_far=so_far)


def _beyond(reader: DebriefReader) -> Iterator[TurningPoint]:
    label = reader.label
    for item in reader.session.entries("promise"):
        if not item.history or item.history[0][1] != "beyond_remit":
            continue
        who = reader.names(item.authority) if item.authority else label("why.beyond.body")
        by = item.history[-1][0]
        key = "why.beyond" if item.state == "beyond_remit" else "why.beyond.then"
        name = reader.mover(item)
        text = label(key, name=name, who=who, state=entry_state(reader, item)[1])
        so_far = label("why.beyond.so_far", name=name, who=who)
        evidence = (item.line,) if by == item.line else (item.line, by)
        confirm: Statement = ("try", "confirm", item.owner, item.line)
        yield TurningPoint(
            "beyond", text, evidence, frozenset({item.owner, *item.authority}), (confirm,), so_far=so_far
        )


def _injects(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Each piece of news: who took it up first, by a point that replies to it or in its words, else who spoke next."""
    label, lang = reader.label, reader.spoken.spec.lang
    spoken: set[str] = set()
    for events in reader.course.values():
        for index, event in enumerate(events):
            if event.kind == "line":
                spoken |= content_words(event.payload["says"], lang)
            if event.kind != "inject":
                continue
            says, news = str(event.payload["text"]), str(event.payload["id"])
            all_words = content_words(says, lang)
            new = all_words - spoken
            later: list[Any] = [x.payload for x in events[index + 1 :] if x.kind == "line" and not x.payload["vote"]]
            took = [
                line
                for place, line in enumerate(later)
                if by_point(reader, line, news)
                or len((new if place >= _SOON else all_words) & _freely(reader, line)) >= _NEWS_WORDS
            ][:_MOST_REACTIONS]
            key = "silent" if not later else "next" if not took else "later" if later[0] not in took else "reacted"
            first, names = later[:1], label.join(dict.fromkeys(reader.name(line["seat"]) for line in took))
            text = label(
                f"why.inject.{key}", news=reader.quote(reader.news(event)).text, names=names,
                next=reader.name(first[0]["seat"]) if first else "",
            )  # fmt: skip
            shown = dict.fromkeys(line["id"] for line in (*first, *took))
            seats = frozenset(line["seat"] for line in (*first, *took))
            yield TurningPoint("inject", text, tuple(shown), seats, matter=says)


def _freely(reader: DebriefReader, line: Line) -> frozenset[str]:
    """Return the words of a line, but of a card's own: they were there before any news."""
    own = reader.spoken.spec.style == "directed" and line["point"]
    return frozenset() if own else content_words(line["says"], reader.spoken.spec.lang)


def _repeated(reader: DebriefReader) -> Iterator[TurningPoint]:
    """The tasks handed down that repeat another, with an earlier entry of the same task where there is one (PC)."""
    tasks = {task.id: reader.text(task.text) for task in reader.game.scenario.tasks}
    earlier: dict[str, str] = {}
    for item in reader.session.entries("task"):
        before = earlier.get(item.task)
        earlier.setdefault(item.task, item.line)
        if not item.duplicate and before is None:
            continue
        owner, to = reader.mover(item), reader.name(item.deliverer)
        so_far = text = reader.label("why.twice", name=owner, to=to, task=tasks[item.task])
        if item.state == "lifted":
            text += reader.label("why.twice.refused" if task_refused(reader, item) else "why.twice.lifted")
        evidence = (item.line, *([before] if before else []), *(by for by, _ in item.history[1:]))
        seats = frozenset({item.owner, item.deliverer})
        task: Statement = ("try", "task", item.owner, item.line)
        yield TurningPoint("twice", text, evidence, seats, (task,), so_far=so_far)
