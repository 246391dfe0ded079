"""What is happening in a session, who is waited for and for how long, and why it is somebody's turn."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

from sandbox.content.stage_card import Stage
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.ledger.matters import brief_matter
from sandbox.game.motions.vote_floor import left_behind
from sandbox.game.review.due import answering, goes_on, names_nobody, on_behalf
from sandbox.game.review.reporting import last_report
from sandbox.game.view import SeatView
from sandbox.record.line import Line
from sandbox.report.act_words import floor_reason
from sandbox.session.offers import motion_asked
from sandbox.web.panels import called
from sandbox.web.tables.database import TablePlace
from sandbox.web.tables.room import TableRoom

_LONG = 5.0  # seconds
# Why a seat has the floor where more is wanted of it than an answer.
_OTHER_MATTERS = ("motion", "news", "reports", "confirms", "returns", "last_word", "votes", "decides")


def waiting_text(room: TableRoom, words: Words, players: Mapping[str, TablePlace]) -> str:
    """Return who is waited for, together where it is for as long: names, roles, how long, how much time is left."""
    if waits := decision_waits(room, words):
        return waits
    names: dict[tuple[str, str], list[str]] = {}
    for seat, seconds in room.waited.items():
        left = room.turn_time.left(seat)
        rest = "" if left is None else words.paren(words("table.left", time=minutes_text(max(left, 0))))
        together = names.setdefault((minutes_text(seconds), rest), [])
        together.append(waited_for(room, seat, words, players))
    texts = [words("table.waits", names=together, time=time) + rest for (time, rest), together in names.items()]
    return words("semi").join(texts)


def waited_for(
    room: TableRoom, seat: str, words: Words, players: Mapping[str, TablePlace], *, role: bool = True
) -> str:
    """Return a seat whose person is waited for, as a page calls it."""
    own = players[seat].name if seat in players else ""
    return called(room.game, seat, words, own, role=role, offline=not room.audience.online[seat])


def least_left(room: TableRoom) -> float | None:
    """Return the seconds that whoever has least of those who are waited for has left; None where none has a limit."""
    times = [left for seat in room.waited if (left := room.turn_time.left(seat)) is not None]
    return max(0.0, min(times)) if times else None


def decision_waits(room: TableRoom, words: Words) -> str:
    """Return that a decision waits for whoever makes it, though their time is over; else empty."""
    waits = room.overdue.get(room.asked) == "waits"
    return words("table.decision_waits", name=room.game.name(room.asked)) if waits else ""


def deciding_text(room: TableRoom, words: Words, name: str = "") -> str:
    """Return that one seat decides now, alone, by its role or else a name; empty while none does."""
    floor = room.fold.state["floor"]
    if floor is None or floor["why"] != "decides":
        return ""
    return words("table.deciding", name=name or room.game.role(floor["seat"], words.lang))


def thinking_text(room: TableRoom, words: Words, *, attempts: bool) -> str:
    """Return for how long a model has been waited for, perhaps with its attempts; empty while that is not long."""
    thinking = room.thinking
    if thinking is None or room.speaking[1]:
        return ""
    seconds = time.monotonic() - thinking.since
    if seconds < _LONG and thinking.attempts < 2:
        return ""
    parts = [words("table.thinks", time=minutes_text(seconds))]
    parts += [words("table.attempt", number=thinking.attempts)] if attempts and thinking.attempts > 1 else []
    return words.join(parts)


def status_text(room: TableRoom, words: Words, *, why: bool = True) -> str:
    """Return in words what is happening in a session now; with ``why``, for what reason somebody has the floor."""
    state = room.fold.state
    if room.stopped:
        return words("table.stopped")
    floor = state["floor"]
    if state["desk"]["paused"] or (room.paused and floor is None):
        return words("table.paused")
    if room.pulses.wanted:
        return words("pulse.wait")
    if room.fold.over:
        return words("table.scoring")
    if floor is None:
        return words("table.between" if room.fold.begun else "table.before")
    if deciding := deciding_text(room, words):
        return deciding
    if floor["why"] == "votes" and room.answers.hold.left is not None:
        return words("vote.all_in")
    speaks = room.answers.held[0] or room.speaking[1]
    doing = "speaking" if speaks else "waiting" if floor["seat"] in room.persons else "thinking"
    text = words(f"table.{doing}", name=room.game.name(floor["seat"]))
    if room.paused:
        return text + words.paren(words("table.pausing"))
    return text + words.paren(words.of("floor", floor_reason(room.game, floor["why"]))) if why else text


def no_motion_text(game: Game, words: Words, stage: Stage, left: int, seen: Collection[Item], reader: str = "") -> str:
    """Return what the vote that follows a discussion lacks until there is a motion, and what was left behind.

    So many lines are ``left``, and the entries of the ledger ``seen`` may be known, to the seat of a ``reader`` or all.
    """
    votes = "decides" in stage.abilities and game.voters(stage.id)
    moved = [item for item in seen if item.kind == "proposal" and item.terms and item.stage == stage.id]
    if moved:
        return ""
    texts = [words("table.no_motion", count=max(0, left))] if votes else []
    return words("gap").join([*texts, *left_behind_told(game, words, stage, seen, reader)])


def left_behind_told(game: Game, words: Words, stage: Stage, seen: Collection[Item], reader: str = "") -> list[str]:
    """Return as sentences which motions of earlier stages are not put to the vote; those of a ``reader`` apart."""
    items = left_behind(game, seen, stage)
    own = [item.line for item in items if item.owner == reader]
    others = [item.line + words.paren(game.name(item.owner)) for item in items if item.owner != reader]
    told = {"table.left_behind.own": own, "table.left_behind": others}
    return [words(key, motions=motions) for key, motions in told.items() if motions]


def stage_text(room: TableRoom, words: Words) -> str:
    """Return which stage of how many a session is in; empty before the first and after the last."""
    stages, index = room.game.stages, room.fold.state["stage"]
    if room.fold.over or not room.fold.begun:
        return ""
    number = words("stage.number", number=index + 1, of=len(stages))
    return f"{number}{words('colon')}{stages[index].name.get(words.lang)}"


def minutes_text(seconds: float) -> str:
    """Return a time as minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def line_put(view: SeatView) -> Line | None:
    """Return the line for whose sake a seat has the floor: a question that waits for it, or what was said to it."""
    if view.why in ("asked", "addressed"):
        spoken_to = (line for line in reversed(view.lines) if line["to"] == view.seat)
        return view.questions[-1] if view.questions else next(spoken_to, None)
    # However it came to the floor, somebody waits for its answer.
    return view.questions[-1] if view.questions and view.why not in _OTHER_MATTERS else None


def why_yours(game: Game, view: SeatView, words: Words) -> str:
    """Return why a seat has the floor, as its player is told; what was said and what came stands with the turn."""
    why = view.why
    if why == "motion":
        return motion_asked(words, view)
    if line := line_put(view):
        key = "addressed" if why == "addressed" else "asked"
        return words(f"why_yours.{key}", name=game.name(line["seat"]), line=line["id"])
    if why in ("reports", "confirms") and (texts := _of_review(game, view)):
        return words(f"why_yours.{why}", **texts)
    if why == "quiet" and game.governance.rules.floor == "chair_led" and game.chair != view.seat:
        return words("why_yours.chair_led", name=game.name(game.chair))
    key = f"why_yours.{floor_reason(game, why)}"
    return words(key) if key in words and why not in ("asked", "addressed") else words("why_yours.next")


def _of_review(game: Game, view: SeatView) -> dict[str, str]:
    """Return what a seat answers for in a review, or the report that concerns it; nothing where there is none."""
    if view.why == "reports":
        own = [item for item in answering(view.ledger, view.seat) if not goes_on(item)]
        told: list[str] = []
        for item in own:
            text, whose = brief_matter(game, item), on_behalf(game, item)
            key = "nobody_named" if names_nobody(game, item) else "behalf" if whose else ""
            told.append(game.words(f"review.{key}", name=text, whose=whose) if key else text)
        return {"matter": game.words("semi").join(told)} if own else {}
    said = last_report(view.ledger, view.lines)
    account = said[0].account if said else None
    return {"name": game.name(account.reporter), "line": account.report} if account else {}
