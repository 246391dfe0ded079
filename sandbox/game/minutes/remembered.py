"""What a seat has of stages that are over, and of lines that a prompt no longer shows."""

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
    """Return the lines of which some minutes tell."""
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
    """Return the minutes of a stage that is over as a seat reads them, to some extent, with the plans or without.

    With ``own_due`` they tell of what fell due what the seat answers for, asked for or promised, or was for it, whoever
    else knows of that, and what was not kept.
    The words of promises that are ``listed`` beside them are left out, and of lines that are ``quoted_beside`` them. To
    an extent that tells everything once, who attended is told where that is not the room of now.
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
    """Return what a seat is told of what fell due in a review, as far as it knows of that: its own, and what failed."""
    known = fell_due(game, state, stage, reader)
    return [item for item in known if concerns(item, reader) or item.state in ("broken", "part", "disputed")]


def _answered_since(game: Game, state: State, stage: str, reader: str) -> set[str]:
    """Return the questions of a stage that a reader heard answered in a later one."""
    heard = [line for line in state["lines"] if reader in line["visible_to"]]
    asked = [line for line in heard if line["stage"] == stage]
    if not asked or asked[-1]["id"] == heard[-1]["id"]:
        return set()
    room = game.present(stage)
    later = heard[heard.index(asked[-1]) + 1 :]
    waiting = {line["id"] for line, _ in unanswered(game, [*asked, *later], room)}
    return {line["id"] for line, _ in unanswered(game, asked, room)} - waiting


def _answered_aside(game: Game, stage: str, lines: Sequence[Line], reader: str) -> bool:
    """Return whether a reader heard the answer to a question of the whole room in an aside."""
    room = game.present(stage)
    heard = [line for line in lines if reader in line["visible_to"]]
    aloud = [line for line in heard if set(room) <= set(line["visible_to"])]
    if len(aloud) == len(heard):
        return False
    waiting = {line["id"] for line, _ in unanswered(game, heard, room)}
    return any(line["id"] not in waiting for line, _ in unanswered(game, aloud, room))


def summary(lines: Sequence[Line]) -> str:
    """Return what stands of lines that a prompt no longer shows: the latest proposals, doubts and promises."""
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
