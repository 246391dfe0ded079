"""What a seat remembers of stages that are over, and of lines that a prompt no longer shows."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from sandbox.content.acts import Trait, acts_with
from sandbox.game.game import Game
from sandbox.game.language.answered import unanswered
from sandbox.game.language.gist import gist
from sandbox.game.ledger.entries import Item
from sandbox.game.minutes.minutes import SHORT, minutes_text, told_to_all
from sandbox.game.minutes.settled import fell_due, lapses_known
from sandbox.game.minutes.weighed import FULL, Extent
from sandbox.game.review.due import concerns
from sandbox.game.state import Minutes, State
from sandbox.record.line import Line

_MOST = 3
# How minutes begin what they tell of a line.
_ENTRY = re.compile(r"^(L\d+) ", re.MULTILINE)


def lines_told(minutes: Sequence[str]) -> set[str]:
    """Return the ids of the lines that some minutes tell."""
    return {line for text in minutes for line in _ENTRY.findall(text)}


def read_minutes(
    game: Game,
    state: State,
    minutes: Minutes,
    reader: str,
    *,
    extent: Extent = FULL,
    with_plans: bool = True,
    own_due: bool = False,
    listed: Collection[str] = (),
    quoted_beside: Collection[str] = (),
) -> str:
    """Return the minutes of a past stage as a seat reads them.

    Args:
        game: the game.
        state: the state.
        minutes: the minutes as taken.
        reader: the seat that reads.
        extent: how much they tell. With ``once`` the attendance is told only if it differs from the room of now.
        with_plans: whether plans are told.
        own_due: whether of what fell due they tell the seat's own matters and those that failed, also if only the seat
            knows of them.
        listed: the lines of promises that a prompt lists beside the minutes; these promises are left out.
        quoted_beside: the lines that a prompt quotes beside the minutes; their words are left out.
    """
    stage = minutes["stage"]
    place = next(place for place, played in enumerate(game.stages) if played.id == stage)
    until = {played.id for played in game.stages[: place + 1]}
    lines = [line for line in state["lines"] if line["stage"] == stage]
    since = _answered_since(game, state, stage, reader)
    withdrawn = {line["withdraws"] for line in state["lines"] if "withdraws" in line and reader in line["visible_to"]}
    later = withdrawn.intersection(line["id"] for line in lines if line["promises"])
    untold = withdrawn.union(listed)
    as_read = since or later or own_due or quoted_beside or _answered_aside(game, stage, lines, reader)
    if with_plans and extent is FULL and not as_read:
        return minutes["text"]
    told, lapses = told_to_all(game, state, stage), lapses_known(game, state, stage)
    due = told_due(game, state, stage, reader) if own_due else fell_due(game, state, stage)
    written = [line for line in state["lines"] if line["stage"] in until]
    decisions = tuple(state["decisions"])
    attended = True
    if extent.once:
        room = next((game.present(now.id) for now in game.stages[state["stage"] :]), ())
        attended = game.of_home(minutes["present"]) != game.of_home(room)
    # Whoever speaks reads them anew, and most of what they are made from is over.
    key, made_from = (stage, reader, id(extent), with_plans), (
        extent, lines, decisions, told, written, due, lapses, since, untold, attended, quoted_beside,
    )  # fmt: skip
    before, text = game.minutes_read.get(key, ((), ""))
    if before != made_from:
        text = minutes_text(
            game, stage, lines, decisions, told, written, due, lapses, reader=reader, since=since, withdrawn=untold,
            extent=extent, with_plans=with_plans, attended=attended, quoted_beside=quoted_beside,
        )  # fmt: skip
        game.minutes_read[key] = made_from, text
    return text


def told_due(game: Game, state: State, stage: str, reader: str) -> list[Item]:
    """Return what fell due in a review and is known to a seat: the matters that concern it, and those that failed."""
    known = fell_due(game, state, stage, reader)
    return [item for item in known if concerns(item, reader) or item.state in ("broken", "part", "disputed")]


def _answered_since(game: Game, state: State, stage: str, reader: str) -> set[str]:
    """Return the questions of a stage that a reader heard answered in a later stage."""
    heard = [line for line in state["lines"] if reader in line["visible_to"]]
    asked = [line for line in heard if line["stage"] == stage]
    if not asked or asked[-1]["id"] == heard[-1]["id"]:
        return set()
    room = game.present(stage)
    later = heard[heard.index(asked[-1]) + 1 :]
    waiting = {line["id"] for line, _ in unanswered(game, [*asked, *later], room)}
    return {line["id"] for line, _ in unanswered(game, asked, room)} - waiting


def _answered_aside(game: Game, stage: str, lines: Sequence[Line], reader: str) -> bool:
    """Return whether a question put to the whole room was answered in an aside that a reader heard."""
    room = game.present(stage)
    heard = [line for line in lines if reader in line["visible_to"]]
    aloud = [line for line in heard if set(room) <= set(line["visible_to"])]
    if len(aloud) == len(heard):
        return False
    waiting = {line["id"] for line, _ in unanswered(game, heard, room)}
    return any(line["id"] not in waiting for line, _ in unanswered(game, aloud, room))


def summary(lines: Sequence[Line]) -> str:
    """Return a summary of lines that a prompt no longer shows: the latest proposals, doubts and promises."""
    traits: tuple[Trait, ...] = ("proposes", "doubts", "promises")
    said = [line for line in lines if not line["vote"]]
    latest = [
        line
        for trait in traits
        for act in acts_with(trait)
        for line in [each for each in said if each["act"] == act][-_MOST:]
    ]
    return "\n".join(
        f"{line['id']} {line['seat']} ({line['act']}{' ' * bool(line['about'])}{line['about']} → {line['to']}): "
        + gist(line["says"], SHORT)
        for line in said
        if line in latest
    )
