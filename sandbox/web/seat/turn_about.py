"""Texts beside a player's turn, or while waiting: what was said, what arrived since, what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from nicegui import ui

from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.motions.vote_floor import BINDING
from sandbox.game.view import SeatView, seat_view
from sandbox.record.events import Event
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.read_decision import read_decision
from sandbox.report.voting_words import side_of
from sandbox.session.offers import consulted_text, overtaken_text
from sandbox.web.frame import div, parts, soft
from sandbox.web.panels import as_said, reading_for, rules_text, seat_text, seat_tone
from sandbox.web.tables.audience import Viewer
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.time_watch import Overdue
from sandbox.web.tables.waiting import line_put, no_motion_text

_WIDE = "\u2e80"  # from here on a character is as wide as two
_SHORT = 200  # what fits into five lines of a phone


class Notice(NamedTuple):
    """News from outside and its style: ``private`` if only one seat has it."""

    look: str
    text: str


def news_since(game: Game, events: Sequence[Event], viewer: Viewer, words: Words) -> tuple[Notice, ...]:
    """Return the news and the facilitator's messages since the last line that a player has received."""
    notices = list[Notice]()
    for event in reversed(events):
        if event.kind in ("line", "stage"):
            break
        kind = event.payload["kind"] if event.kind == "order" else event.kind
        key = {"inject": "news", "message": "message", "whisper": "whisper"}.get(kind)
        if key and event.kind in ("inject", "order") and viewer.sees(game, event) and event.payload.get("text"):
            look = "private" if key == "whisper" else ""
            notices.append(Notice(look, f"{words(f'notice.{key}')}{words('colon')}{event.payload['text']}"))
    return tuple(dict.fromkeys(reversed(notices)))


def notices(view: SeatView, since: Sequence[Notice], words: Words) -> tuple[Notice, ...]:
    """Return the notices above a turn: the news for which the seat has the floor, and what arrived since."""
    asked = view.news[-1:] if view.why == "news" else ()
    told = [Notice("", f"{words('notice.news')}{words('colon')}{event['text']}") for event in asked]
    return tuple(dict.fromkeys([*told, *since]))


def draw_notices(shown: Sequence[Notice]) -> None:
    """Add notices of news from outside."""
    for notice in shown:
        ui.label(notice.text).classes(f"notice {notice.look}".rstrip()).props("data-came")


def draw_heard(game: Game, view: SeatView, words: Words) -> None:
    """Add the whole line that a turn answers or, if there is none, the last lines, with long ones folded."""
    put = line_put(view)
    line = put or next((line for line in reversed(view.lines) if line["says"]), None)
    if line is not None:
        width = len(line["says"]) + sum(letter >= _WIDE for letter in line["says"])
        _draw_line(game, words, line, folded=put is None and width > _SHORT, last=put is None)


def _draw_line(game: Game, words: Words, line: Line, *, folded: bool, last: bool) -> None:
    outer = ui.element("details") if folded else div("")
    outer.classes(f"line heard {seat_tone(game, line['seat'])}{' last' if last else ''}").props("data-heard")
    with outer, ui.element("summary") if folded else div(""):
        with div("who"):
            parts(game.name(line["seat"]))
            soft(f"{game.role(line['seat'], words.lang)} · {line['id']}").classes("act").style("display: inline")
        ui.label(as_said(game, line["says"], words)).classes("says")
        if folded:
            soft(words("turn.whole")).classes("more")


def more_to_know(game: Game, view: SeatView, words: Words) -> list[tuple[str, str, str]]:
    """Return further texts on a turn, each with its style and the name of its element."""
    texts = [
        (overtaken_text(game, view), "prose", "data-overtaken"),
        (consulted_text(game, view) if view.consulted else "", "prose", "data-consulted"),
    ]
    for line in view.questions[:-1]:
        asked = f"{line['id']} {seat_text(game, line['seat'], words)}{words('colon')}{line['says']}"
        texts.append((f"{words('motion.questions')}{words('colon')}{asked}", "soft", ""))
    if view.last_word is None and view.acts != BINDING:
        left = no_motion_text(game, words, view.stage, view.limit - view.turn, view.ledger, view.seat)
        texts.append((left, "soft", "data-no-motion"))
    return [each for each in texts if each[0]]


def count_text(view: SeatView, words: Words) -> str:
    """Return the number of a turn among the lines of the stage, in words; empty if lines are not counted."""
    if view.last_word is not None or view.acts == BINDING:
        return ""
    return words("table.line_of", turn=view.turn + 1, limit=view.limit)


def comes_next(room: TableRoom, seat: str) -> bool:
    """Return whether the person in a seat has the floor and will be asked after time to read the last line."""
    floor = room.shown.state["floor"]
    has_it = floor is not None and floor["seat"] == seat and seat in room.persons and not room.paused
    return has_it and seat != room.asked and not room.ballots.has(room.fold.state, seat)


def idle_text(room: TableRoom, seat: str, words: Words) -> str:
    """Return in words what the person in a seat waits for."""
    floor, held = room.shown.state["floor"], seat in room.persons
    if room.pulses.wanted and held:
        return words("pulse.sent", count=len(room.pulses.wanted))
    if room.fold.begun and not room.fold.over:
        stage, game = room.game.stages[room.shown.state["stage"]], room.game
        if seat not in game.present(stage.id):
            return words("table.not_present", model=game.governance.name.get(words.lang))
    if not held and not room.fold.over:
        return words("table.idle.covered")
    if floor is not None and floor["seat"] == seat and room.paused:
        return words("table.idle.paused")
    if comes_next(room, seat):
        return words("table.idle.next" if room.shown.state["lines"] else "table.idle.first")
    if floor is not None and floor["why"] == "decides":
        return rules_text(room.game, words)
    if floor is not None and floor["phase"] != "decision":
        for line in reversed(seat_view(room.game, room.shown.state, seat).questions):
            return words("table.idle.asked", name=room.game.name(line["seat"]), line=line["id"])
    return words("table.idle")


def decided_text(room: TableRoom, viewer: Viewer, words: Words) -> str:
    """Return the latest decision and the player's vote, until something else is said; else empty."""
    for event in reversed(room.shown.events):
        if event.kind in ("line", "stage"):
            break
        if event.kind == "decision" and viewer.sees(room.game, event):
            decision = cast(DecisionTaken, event.payload)
            votes = (
                line for line in reversed(room.shown.state["lines"]) if line["vote"] and line["seat"] == viewer.seat
            )
            own = next((line for line in votes if line["about"] == decision["motion"]), None)
            told = [read_decision(reading_for(room.shown, words), decision).how]
            told += [words(f"vote.own.{'uncast' if own['origin'] == 'nobody' else side_of(own['act'])}")] if own else []
            return words("gap").join(text.rstrip(".。") + words("stop") for text in told)
    return ""


def lost_text(room: TableRoom, seat: str, overdue: Overdue, words: Words) -> str:
    """Return which turn, vote or questions it was for which somebody's time was over; else empty."""
    state, stages = room.shown.state, {stage.id: stage.name.get(words.lang) for stage in room.game.stages}
    if overdue in ("persona", "sent"):
        line = next((line["id"] for line in reversed(state["lines"]) if line["seat"] == seat), "")
        return words("table.lost.said", line=line) if line else ""
    lost = room.turn_time.lost.get(seat, "")
    if not lost or overdue not in ("speaks", "skip", "uncast", "pulse", "gone"):
        return ""
    kind, _, about = lost.partition(" ")
    if kind == "vote":
        return words("table.lost.vote", line=about)
    if kind == "pulse":
        return words("table.lost.after", stage=stages[about]) if about in stages else words("table.lost.start")
    stage, number, _ = lost.split(":")
    return words("table.lost.turn", turn=number, stage=stages[stage])


def before_pulse(room: TableRoom, viewer: Viewer, words: Words) -> str:
    """Return the text before a pulse: an introduction to the first one, or the latest decision; else empty."""
    if room.fold.begun:
        return decided_text(room, viewer, words)
    model, question = room.game.governance.name, room.game.scenario.question
    return words("pulse.before", model=model.get(words.lang), question=question.get(words.lang))
