"""What became of a seat's motions and conditions since it last spoke: amended, overtaken, struck, refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, Ledger, proposals_of
from sandbox.game.ledger.ledger import ledger
from sandbox.game.motions.backing import left_for, lineage, put_unchanged
from sandbox.game.motions.ballots import motion, rivals
from sandbox.game.motions.conditions import stands_in
from sandbox.game.motions.contradicting import contradictions
from sandbox.game.motions.hanging import brought, hangs_on
from sandbox.game.motions.unwilling import refusals
from sandbox.game.state import State, first_state
from sandbox.record.line import Line


class Overtaken(NamedTuple):
    """What another's motion or refusal did to something that a seat had put.

    Args:
        kind: it amends the seat's motion; it goes to the vote before that motion, or instead of it; it strikes a
            condition of the seat, replaces it, or adds one that contradicts it; it is the refusal of a seat that the
            condition asks; or the seat asked for something before any motion was put, and no motion has it.
        by: the line of that motion or refusal.
        seat: the seat of that line.
        own: the line of the seat's motion, or the line that brought its condition.
        condition: the words of its condition, or empty.
        then: the lines that have since amended the motion which amends its own.
    """

    kind: Literal["amended", "before", "instead", "struck", "replaced", "contradicted", "refused", "alone"]
    by: str
    seat: str
    own: str
    condition: str = ""
    then: tuple[str, ...] = ()


def overtaken(game: Game, state: State, seat: str, heard: Sequence[Line], items: Ledger) -> list[Overtaken]:
    """Return what became of a seat's motions and conditions since its last line, by the ledger as it knows it."""
    spoke = max((place for place, line in enumerate(heard) if line["seat"] == seat), default=-1)
    about = {line["id"]: line["about"] for line in heard[spoke + 1 :]}
    made = proposals_of(items)
    since = [item for item in made.values() if item.line in about and item.owner != seat]
    if spoke < 0:
        return []
    gone: dict[str, Overtaken] = {}
    for item in since:
        base, now = made.get(item.amends or about[item.line]), hangs_on(item.condition)
        had = brought(items, base.condition) if base else []
        new = any(part not in [each for _, each in had] for part in now)
        for line, part in had:
            if part not in now and line in made and made[line].owner == seat:
                gone[part] = Overtaken("replaced" if new else "struck", item.line, item.owner, line, part)
        gone = {part: each for part, each in gone.items() if part not in now}
    floor = state["floor"]
    if floor is not None and floor["phase"] == "decision":
        put = motion(game, state)
        return [each for part, each in gone.items() if put is None or part not in hangs_on(put.condition)]
    against = [
        Overtaken("contradicted", item.line, item.owner, one if one != item.line else other)
        for item in since
        for one, other in contradictions(game, items, item)
        if item.line in (one, other) and any(line in made and made[line].owner == seat for line in (one, other))
    ]
    moved = [item for item in made.values() if item.owner == seat and item.terms and not item.amends]
    struck = {each.by for each in gone.values()}
    by = {*struck, *(each.by for each in against)}
    amended = [
        Overtaken("amended", item.line, item.owner, own.line, then=_grown(items, item, since))
        for own in moved
        for item in since
        if own.line == _changes(made, item) and item.line not in by
    ]
    refused = dict.fromkeys(
        Overtaken("refused", line["id"], line["seat"], by)
        for item in made.values()
        for by, _, line in refusals(items, item.condition, heard)
        if line["id"] in about and line["id"] not in struck and by in made and made[by].owner == seat
    )
    alone = _alone(game, state, seat, heard[spoke], heard, items)
    before = _before(game, state, heard[spoke], made, moved)
    return [*alone, *gone.values(), *against, *refused, *amended, *before]


def _alone(game: Game, state: State, seat: str, spoke: Line, heard: Sequence[Line], items: Ledger) -> list[Overtaken]:
    """Return what a seat asked for earlier that is in no entry, before its first line in the stage that decides."""
    stage = game.stages[state["stage"]]
    if "decides" not in stage.abilities or spoke["stage"] == stage.id:
        return []
    own = [line for line in heard if line["seat"] == seat and not line["vote"]]
    parts = {part: line["id"] for line in own for part in hangs_on(line["condition"])}
    held = [part for item in items for part in hangs_on(item.condition)]
    return [
        Overtaken("alone", line, seat, line, part)
        for part, line in parts.items()
        if not stands_in(part, held, game.spec.lang)
    ]


def _before(game: Game, state: State, spoke: Line, made: dict[str, Item], moved: Sequence[Item]) -> list[Overtaken]:
    """Return the motion that now goes to the vote before a seat's own, if it did not when the seat last spoke."""
    stage = game.stages[state["stage"]]
    own = [item.line for item in moved if item.stage == stage.id and not left_for([*made.values()], item)]
    put = motion(game, state) if own and game.voters(stage.id) and "decides" in stage.abilities else None
    if put is None or put.line not in made or lineage([*made.values()], put)[-1] in own:
        return []
    lines = state["lines"][: [line["id"] for line in state["lines"]].index(spoke["id"]) + 1]
    items = ledger(
        game.scenario,
        lines,
        state["decisions"],
        first_state(game)["ledger"],
        agreed_only=game.agreed_only,
        siding=game.siding,
        reviewed=game.reviewed,
    )
    then = motion(game, {**state, "lines": lines, "ledger": items})
    before = then is not None and lineage(items, then)[-1] in own
    stands = any(lineage(items, each)[-1] in own for each in rivals(game, state))
    return [Overtaken("before" if stands else "instead", put.line, put.owner, own[-1])] if before else []


def _grown(items: Ledger, item: Item, since: Sequence[Item]) -> tuple[str, ...]:
    """Return the lines of some motions that grew out of one by amendments."""
    return tuple(each.line for each in since if item.line in lineage(items, each)[1:])


def _changes(made: dict[str, Item], item: Item) -> str:
    """Return the line of the motion that another changes, where it was first put; or empty."""
    before = made.get("" if put_unchanged(made, item) else item.amends)
    while before is not None and put_unchanged(made, before):
        before = made[before.amends]
    return before.line if before is not None else ""
