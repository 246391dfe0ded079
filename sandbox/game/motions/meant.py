"""Which motion a line means that brings a condition, and those that were made aloud where it was not (inferred)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox.content.acts import has
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, Ledger, motion_of, proposals_of
from sandbox.game.ledger.ledger import answered
from sandbox.game.motions.backing import left_for, lineage
from sandbox.game.motions.hanging import brought
from sandbox.game.state import State, first_state
from sandbox.game.table import proposals
from sandbox.record.line import Line, Turn


def made_aloud(game: Game, item: Item) -> bool:
    """Return whether everybody in the room of its stage heard a motion; a host does not count."""
    return game.of_home(game.present(item.stage)) <= {*item.visible_to, item.owner}


def nameable(game: Game, state: State, seat: str) -> list[Item]:
    """Return the entries that a line of a seat may be about: what it heard, and motions that were made aloud.

    A seat that was elsewhere reads of these in lines and minutes.
    """
    return [
        item
        for item in state["ledger"]
        if seat in item.visible_to or (item.kind == "proposal" and made_aloud(game, item))
    ]


def motion_meant(game: Game, state: State, turn: Turn, seat: str, about: str) -> str:
    """Return the line that a turn is about: of one that brings a condition the motion that it means, if it names none.

    That is the motion to which the line leads that it names: the one that this is about, or, where that has been
    amended, what stands for it. A line that leads to none means the only motion on the table, or else the only one with
    the condition that it replaces, of its addressee, or for which its speaker stands. What names a task means that.
    """
    line = _named(game, state, turn, seat, about)
    return about if line is None else line or about


def motions_missed(game: Game, state: State, turn: Turn, seat: str) -> list[str]:
    """Return the motions, by line, one of which a turn might mean by its condition, where it is not plain which."""
    if _named(game, state, turn, seat, turn["about"]) != "":
        return []
    return [item.line for item in _tabled(game, state, turn, seat)]


def _named(game: Game, state: State, turn: Turn, seat: str, about: str) -> str | None:
    """Return the motion that a turn means by its condition, empty where that is not plain; None where it need not."""
    brings = has(turn["act"], "counters") and bool(turn["condition"].strip() or turn["replaces"])
    if not brings or game.course[state["stage"]].reviews:
        return None
    known = nameable(game, state, seat)
    place = answered(known, seat, turn["to"], about)
    stands = None if place is None else known[place]
    task = any(item.kind == "task" and item.line == about for item in known)
    if task or (stands is not None and stands.kind == "proposal"):
        return None
    heard = [line for line in state["lines"] if seat in line["visible_to"]]
    tabled = _tabled(game, state, turn, seat)
    led = _led_to(heard, known, about)
    if any(item.line == led for item in tabled):
        return led
    moved = [item for item in tabled if not left_for(known, item)]
    theirs = [item for item in moved if item.owner == turn["to"]]
    own = [item for item in tabled if seat in item.supporters or (item in moved and item.owner == seat)]
    struck = [item for item in tabled if turn["replaces"] in dict(brought(known, item.condition))]
    return next((some[0].line for some in (tabled, struck, theirs, own) if len(some) == 1), "")


def _tabled(game: Game, state: State, turn: Turn, seat: str) -> list[Item]:
    """Return the motions on the table that a turn may answer with a condition; nobody objects to its own."""
    known = [item for item in state["ledger"] if seat in item.visible_to]
    made = [item for item in proposals(game, known, game.stages[state["stage"]].id) if item.terms]
    return [item for item in made if item.owner != seat or not has(turn["act"], "opposes")]


def _led_to(lines: Sequence[Line], items: Sequence[Item], about: str) -> str:
    """Return the motion to which a line leads by what it is about, as it stands once amended; or empty."""
    abouts, made = {line["id"]: line["about"] for line in lines}, tuple(items)
    while about and motion_of(made, about) is None:
        about = abouts.get(about, "")
    while later := next((item.line for item in reversed(items) if about and item.amends == about), ""):
        about = later
    return about


def read_out(game: Game, ledger: Callable[[], Sequence[Item]], lines: Sequence[Line]) -> Ledger:
    """Return the motions that lines take up, amend or put another beside, and that none of them made, as first put.

    With them go those out of which they grew: what they hang on was brought there.

    Args:
        game: the game.
        ledger: gives the ledger with all motions; it is asked for only where there may be such a motion.
        lines: the lines that were heard.
    """
    heard = {line["id"] for line in lines}
    changed = {line["about"] for line in lines if line["about"] and _puts(line)} - heard
    if not changed:
        return ()
    heard |= {item.line for item in first_state(game)["ledger"]}
    made = proposals_of(ledger() if changed - heard else ())
    grown_from = {line for each in changed & made.keys() for line in lineage([*made.values()], made[each])}
    return tuple(
        item.altered(state="open", supporters=frozenset(), objectors=frozenset(), history=item.history[:1])
        for line, item in made.items()
        if line in grown_from - heard and made_aloud(game, item)
    )


def _puts(line: Line) -> bool:
    return not line["vote"] and (has(line["act"], "counters") or has(line["act"], "proposes"))
