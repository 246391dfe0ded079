"""Motions and ballots: which proposals are put to the vote, in which order, and who has still to vote."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import is_
from typing import Literal

from sandbox.content.acts import acts_with
from sandbox.content.cards import Act
from sandbox.content.governance import CHAIR_BINDS
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, motion_of
from sandbox.game.motions.backing import Stances, backing, lineage, refusing
from sandbox.game.room import Room
from sandbox.game.state import State, stage_lines

# What a vote is cast with, and what the chair decides with.
BALLOT = (*acts_with("votes_for"), *acts_with("votes_against"))
_FOR, _ABSTAINS = acts_with("votes_for"), acts_with("abstains")


def ballot(game: Game) -> tuple[Act, ...]:
    """Return the acts that are open to a seat that is asked for a vote (aggregation rule, abstain)."""
    return (*BALLOT, *acts_with("abstains")) if game.governance.rules.aggregation.abstain else BALLOT


def rivals(game: Game, state: State) -> tuple[Item, ...]:
    """Return the motions of the stage being played, in the order in which they are put to the vote (aggregation rule).

    Where the best supported motion comes first, motions are ordered by

    1. whether they were amended and as many stand behind the amended form (`Stances.replaced`): these come last;
    2. how many voters stand behind them, the mover included (most first);
    3. in free play, how many voters other than movers of rivals are against them (fewest first); whoever amended
       a rival, or accepted its amended form, is not its mover;
    4. their age: what grew out of the earliest motion comes first, its latest form before older ones.

    A voter who stood by a motion counts for its amendments (`stands`), and one who voted for a rejected motion counts
    for what grew out of it. Of proposals with the same terms and condition only the first is put. Proposals without an
    option, and those that nobody upholds (`Stances.upheld`), are not put. After a hearing the chair decides on one
    motion alone. Where the rules leave the order open, the motion that the facilitator chose comes first. What was
    moved after a motion fell is put next.
    """
    aggregation = game.governance.rules.aggregation
    most = 1 if aggregation.procedure in CHAIR_BINDS else aggregation.ballots
    table, done = on_the_table(game, state), _decided(game, state)
    return tuple(sorted(table, key=lambda item: item.line not in done)[:most]) if done else table[:most]


def on_the_table(game: Game, state: State) -> tuple[Item, ...]:
    """Return the proposals of the stage that name options, each set of terms once, in the order of the rules.

    There may be more of them than are put to the vote.
    """
    room, made_by = game.course[state["stage"]], (state["ledger"], state["decisions"], state["desk"]["chosen"])
    before, table = room.tabled
    if not all(map(is_, before, made_by)):  # no value of a state is ever changed in place
        table = _tabled(game, state, room)
        room.tabled = made_by, table
    return table


def _tabled(game: Game, state: State, room: Room) -> tuple[Item, ...]:
    aggregation = game.governance.rules.aggregation
    proposals = [item for item in state["ledger"] if item.kind == "proposal"]
    made = [item for item in proposals if item.stage == room.stage and item.terms]
    if len(made) < 2:
        return tuple(made)
    voters = frozenset(room.voters or room.present)
    stances = room.stances  # after a motion is rejected the others stand as they did
    if stances is None or [*stances.made.values()] != proposals:
        stances = room.stances = Stances(game, proposals)
    done = [decision["motion"] for decision in state["decisions"]]
    ordered = [item for item in made if item.line in done or stances.upheld(item)]
    if aggregation.order == "last_made":
        ordered.reverse()
    if aggregation.order in ("open", "best_supported") and len(ordered) > 1:
        last, held = stances.replaced(voters, ordered), _with_votes(state, stances)
        places = {item.line: place for place, item in enumerate(made)} if game.style == "free" else {}
        movers = {item.owner for item in ordered if not item.amends}

        def place(item: Item) -> tuple[int, ...]:
            """Return the sort key of a motion: its backing, in free play then those against it, then its age."""
            behind = (item.line in last, -backing(held(item), voters))
            if not places:
                return behind
            forms = lineage(made, item)
            against = {seat for seat, stands_for_it in stances[item.line].items() if not stands_for_it}
            return *behind, len(against & voters - movers), places[forms[-1]], -len(forms)

        ordered = sorted(ordered, key=place)
    if aggregation.order == "open" and state["desk"]["chosen"]:
        ordered.sort(key=lambda item: item.line != state["desk"]["chosen"])
    fell = (place for place, item in enumerate(state["ledger"]) if item.kind == "decision" and item.stage == room.stage)
    if done and (since := next(fell, None)) is not None:
        moved_since = [item.line for item in state["ledger"][since:]]
        ordered.sort(key=lambda item: item.line not in moved_since)
    different: list[Item] = []
    put: list[tuple[Mapping[str, str], str]] = []
    for item in ordered:
        if (item.terms, item.condition) not in put:
            put.append((item.terms, item.condition))
            different.append(item)
    return tuple(different)


def _with_votes(state: State, stances: Stances) -> Callable[[Item], Mapping[str, bool]]:
    """Return a function from a motion to its stances as they are counted: with votes on what it grew out of."""
    voted = _voted_for(state)
    return lambda item: {**dict.fromkeys(_grown_from(stances.made, item, voted), True), **stances[item.line]}


Precedence = Literal[
    "supported",
    "tied",
    "unseconded.voting",
    "unseconded.earliest",
    "counted",
    "counted.free",
]


def precedence(game: Game, state: State) -> Precedence:
    """Return why the motions on the table come in their order, where the best supported comes first.

    The reason is that other seats seconded them; or that nobody seconded any, and then the mover's vote or the age
    decided. If neither explains the whole order, it is the count of all voters, movers included.
    """
    room, table = game.course[state["stage"]], [*rivals(game, state), *unput(game, state)]
    voters, held = frozenset(room.voters or room.present), _with_votes(state, Stances(game, state["ledger"]))
    counts = [backing(held(item), voters) for item in table]
    seconds = [sum(stand and seat != item.owner for seat, stand in held(item).items()) for item in table]
    by_age = len({*counts}) == len({*seconds}) == 1 and table[0].line == min(item.line for item in table)
    if by_age:
        return "tied" if seconds[0] else "unseconded.earliest"
    if not any(seconds) and counts[0] > counts[1]:
        return "unseconded.voting"
    if seconds[0] > seconds[1] and seconds == sorted(seconds, reverse=True):
        return "supported"
    return "counted.free" if game.style == "free" else "counted"


def unput(game: Game, state: State) -> list[Item]:
    """Return the motions on the table that are not put to the vote as things stand, because the number is limited.

    Of motions replaced by what grew out of them, only the latest form is returned that a voter accepts who refuses the
    newer one.
    """
    room, put, stances = game.course[state["stage"]], rivals(game, state), Stances(game, state["ledger"])
    voters, table = room.voters or room.present, on_the_table(game, state)
    made = [*stances.made.values()]
    accepted = {seat: item for item in made for seat in refusing(made, item) if stances[item.line].get(seat)}
    kept = [accepted[seat] for seat in voters if seat in accepted]
    gone = stances.replaced(voters)
    return [item for item in table if item not in put and (item.line not in gone or item in kept)]


def _voted_for(state: State) -> dict[str, list[str]]:
    """Return the seats that voted for each motion that was rejected."""
    if not state["decisions"]:
        return {}
    rejected = (decision for decision in state["decisions"] if not decision["carried"])
    return {decision["motion"]: [seat for seat, vote in decision["votes"].items() if vote] for decision in rejected}


def _grown_from(made: Mapping[str, Item], item: Item, voted: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the seats that voted for a motion out of which another grew, in any number of steps."""
    seats: list[str] = []
    while voted and item.base in made:
        item = made[item.base]
        seats += voted.get(item.line, ())
    return seats


def choosable(game: Game, state: State) -> tuple[Item, ...]:
    """Return the proposals among which the facilitator may choose the first to be voted on.

    Empty unless the body votes, nobody has voted yet in this stage, and the rules leave the order open.
    """
    aggregation, voted = game.governance.rules.aggregation, any(line["vote"] for line in stage_lines(state))
    if aggregation.order != "open" or voted or not game.voters(game.stages[state["stage"]].id):
        return ()
    return on_the_table(game, state)


def motion(game: Game, state: State) -> Item | None:
    """Return the motion that is put to the vote now, or would be if the discussion ended; None if none is left.

    Once voting on a motion has begun it stays the one until it is decided: votes do not change the order of motions.
    """
    begun = voted_on(game, state)
    if begun is not None:
        return begun
    done = _decided(game, state)
    for item in rivals(game, state):
        if item.line not in done:
            return item
    return None


def voted_on(game: Game, state: State) -> Item | None:
    """Return the motion on which the last line votes, unless it is decided; else None."""
    last = state["lines"][-1] if state["turn"] else None
    if last is None or not last["vote"] or last["about"] in _decided(game, state):
        return None
    return motion_of(state["ledger"], last["about"])


def _decided(game: Game, state: State) -> list[str]:
    decisions = state["decisions"]
    if not decisions or decisions[-1]["stage"] != (stage := game.course[state["stage"]].stage):
        return []
    return [decision["motion"] for decision in decisions if decision["stage"] == stage]


def cast_on(state: State, item: Item) -> dict[str, Act]:
    """Return the acts with which seats have voted on a motion so far, abstentions included."""
    votes: list[tuple[str, Act]] = []
    for line in reversed(stage_lines(state)):
        if line["vote"] and line["about"] == item.line:
            votes.append((line["seat"], line["act"]))
        elif votes:
            break  # nothing comes between the votes on a motion
    return dict(reversed(votes))


def votes_of(cast: Mapping[str, Act]) -> dict[str, bool]:
    """Return the votes among the acts that `cast_on` returns: true for the motion."""
    return {seat: act in _FOR for seat, act in cast.items() if act not in _ABSTAINS}


def abstained(cast: Mapping[str, Act]) -> list[str]:
    """Return the seats that abstained among those that `cast_on` returns."""
    return [seat for seat, act in cast.items() if act in _ABSTAINS]


def not_cast(state: State) -> bool:
    """Return whether the seat on the floor is asked for a vote but its vote will not be cast."""
    floor = state["floor"]
    return floor is not None and floor["why"] == "votes" and floor["seat"] in state["desk"]["uncast"]


def uncast_on(state: State, put: str) -> list[str]:
    """Return the seats whose vote on a motion was not cast."""
    votes = (line for line in stage_lines(state) if line["vote"] and line["about"] == put)
    return [line["seat"] for line in votes if line["origin"] == "nobody"]
