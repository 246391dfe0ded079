"""The floor where a stage decides: who is asked to put or amend a motion, to vote, and to decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import filterfalse

from sandbox.content.acts import acts_with, has
from sandbox.content.cards import Act
from sandbox.content.governance import CHAIR_BINDS
from sandbox.content.seat_card import Point
from sandbox.content.stage_card import Stage
from sandbox.game.floor.policy import most_lines
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.backing import Stances, backing, left_for, stands
from sandbox.game.motions.ballots import ballot, cast_on, motion, voted_on
from sandbox.game.motions.going_along import compromise, goes_along
from sandbox.game.motions.meant import made_aloud
from sandbox.game.motions.stance import contradicts, stance
from sandbox.game.motions.standing_for import spoken_for
from sandbox.game.room import Room
from sandbox.game.state import Floor, State, stage_lines
from sandbox.record.line import Line

BINDING = acts_with("binds")


def deciding_floor(game: Game, state: State) -> Floor | None:
    """Return the floor for the decision: the next seat that has not voted, then the chair if it decides."""
    room = game.course[state["stage"]]
    item = motion(game, state) if room.voters else None
    if item is not None and (floor := _ballot_floor(game, state, room, item)) is not None:
        return floor
    if game.governance.rules.aggregation.procedure not in CHAIR_BINDS:
        return None
    if not set(BINDING).intersection(game.acts(game.chair)) or game.chair not in room.present:
        return None
    chosen = _decision_on_card(game, state, room.stage) if game.style == "directed" else ""
    return {"seat": game.chair, "why": "decides", "acts": list(BINDING), "point": chosen, "phase": "decision"}


def _decision_on_card(game: Game, state: State, stage: str) -> str:
    """Return the point of its card with which the chair decides, preferably one that fits where it stands; or empty."""
    points = decisions_on_card(game, stage)
    held = stance(game, state, game.chair)
    points = [point for point in points if not contradicts(held, point)] or points
    return game.rng("decide", stage).choice(points).id if points else ""


def decisions_on_card(game: Game, stage: str) -> list[Point]:
    """Return the points of the chair's card with which the rules let it decide in a stage."""
    return [
        point
        for point in game.seats[game.chair].points
        if has(point.act, "binds") and stage in point.stages and game.affordable(point.terms)
    ]


def vote_begun(game: Game, state: State, room: Room) -> Floor | None:
    """Return the floor of the next voter, if the last line is a vote; None if it is not, or all have voted."""
    item = voted_on(game, state)
    return None if item is None else _ballot_floor(game, state, room, item)


def _ballot_floor(game: Game, state: State, room: Room, item: Item) -> Floor | None:
    """Return the floor of the next seat that has not voted on a motion, or None."""
    voted = cast_on(state, item)
    seat = next(filterfalse(voted.__contains__, room.voters), None)
    if seat is None:
        return None
    if seat in state["desk"]["uncast"]:
        return _vote_of(seat, acts_with("abstains"))
    if seat not in room.ballots:
        room.ballots[seat] = _vote_of(seat, ballot(game))
    return room.ballots[seat]


def _vote_of(seat: str, acts: Iterable[Act]) -> Floor:
    return {"seat": seat, "why": "votes", "acts": list(acts), "point": "", "phase": "decision"}


def motion_floor(game: Game, state: State, room: Room, talk: Sequence[Line], limit: int) -> Floor | None:
    """Return the floor of a seat that is asked for a motion, or None if there is one or it is too early.

    In a stage that decides by vote there must be a proposal by the middle of the discussion, and one that names options
    by its end. After a rejected motion, if the rules allow another, an amended one is asked for, first from seats that
    voted against it. Where cards alone speak, that is what the body could still agree on (`compromise`), even if a
    motion is left; where a model words the cards, nothing is asked for. Otherwise the chair is asked first if it leads,
    then a seat that has proposed without naming options, then the seat that has spoken least.
    """
    if not room.voters:
        return None
    amended = bool(state["decisions"]) and _amendable(game, state, room.stage)
    if not amended and (state["turn"] > len(talk) or len(talk) < limit // 2):
        return None
    items, stage = state["ledger"], room.stage
    made = [item for item in items if item.kind == "proposal" and item.stage == stage and item.state != "withdrawn"]
    if not amended and any(item.terms for item in made):
        return None
    due = amended or len(talk) in (limit // 2, limit - 1) if made else len(talk) >= limit // 2
    return _asked_to_move(game, state, room, talk, limit, made, amended=amended) if due else None


def _asked_to_move(
    game: Game, state: State, room: Room, talk: Sequence[Line], limit: int, made: Sequence[Item], *, amended: bool
) -> Floor | None:
    out = (*state["desk"]["passed"], *state["desk"]["absent"])
    may = [seat for seat in room.movers if seat not in out]
    if amended and game.spec.by_cards:
        terms, others = compromise(game, state), state["desk"]["persons"]
        may = [seat for seat in may if seat not in others and goes_along(game, state, seat, terms)]
    if not may:
        return None
    votes = [line for line in stage_lines(state) if line["vote"]] if amended else []
    against = [line["seat"] for line in votes if has(line["act"], "votes_against")]
    may = [seat for seat in may if seat in against] or may
    speakers = [line["seat"] for line in talk]
    most = most_lines(limit, len(room.present))
    may = [seat for seat in may if speakers.count(seat) < most] or may
    leads = room.floor == "chair_led"
    owners, draw = [item.owner for item in made], game.draws(f"motion:{room.stage}:{len(talk)}", len(may))
    ranked = sorted(
        [(seat not in owners, not (leads and seat == game.chair), speakers.count(seat), draw(), seat) for seat in may]
    )
    seats = [row[-1] for row in ranked]
    acts = list(acts_with("proposes"))
    if game.style == "directed" and not amended:
        points = [
            (-len(point.terms), place, point.id)
            for place, seat in enumerate(seats)
            if seat not in state["desk"]["persons"] and seat not in game.spec.agents
            for point in game.seats[seat].points
            if has(point.act, "proposes") and point.terms and room.stage in point.stages
            if game.affordable(point.terms) and not any(line["point"] == point.id for line in state["lines"])
            if not contradicts(stance(game, state, seat), point)
        ]
        if points:
            _, place, chosen = min(points)
            return {"seat": seats[place], "why": "motion", "acts": acts, "point": chosen, "phase": "discussion"}
    return {"seat": seats[0], "why": "motion", "acts": acts, "point": "", "phase": "discussion"}


def _amendable(game: Game, state: State, stage: str) -> bool:
    """Return whether the last line rejected a motion, the rules allow one more, and one is to be asked for."""
    if not may_amend(game, state, stage) or not all(line["vote"] for line in stage_lines(state)[-1:]):
        return False
    return bool(compromise(game, state)) if game.spec.by_cards else motion(game, state) is None


def may_amend(game: Game, state: State, stage: str, rejected: int = 0) -> bool:
    """Return whether the rules allow another motion after those that were rejected.

    Args:
        game: the game.
        state: where the session stands.
        stage: the stage.
        rejected: how many more are assumed to be rejected.
    """
    rejected += len([decision for decision in state["decisions"] if decision["stage"] == stage])
    if not rejected:
        return False
    aggregation = game.governance.rules.aggregation
    binds = (game.style != "directed" or game.spec.by_cards) and aggregation.procedure not in CHAIR_BINDS
    return binds and rejected < aggregation.ballots


def standing(game: Game, state: State, seat: str) -> Item | None:
    """Return the motion of an earlier stage that a seat without words for a new one puts again, or None.

    It is the seat's own latest, or else, of those that it does not oppose, the one with most voters behind it (if
    equal, the latest). It must have been made aloud, not been amended, voted on or given up, and contain nothing that
    the seat never accepts or that the holder of its post would have otherwise.
    """
    made = [item for item in state["ledger"] if item.kind == "proposal" and item.terms]
    gone = (
        Stances(game, made).fallen.keys()
        | {item.amends for item in made}
        | {decision["motion"] for decision in state["decisions"]}
    )
    never, stage = game.never_accepts(seat), game.stages[state["stage"]].id
    voters = frozenset(game.voters(stage) or game.present(stage))

    def movable(item: Item) -> bool:
        free = item.line not in gone and item.stage != stage and item.state == "open" and made_aloud(game, item)
        return free and all(
            option in game.offered.get(key, ()) and option != never.get(key) and game.wish(seat, key) in ("", option)
            for key, option in item.terms.items()
        )

    stood = [(item, stands(game, state["ledger"], item)) for item in made if movable(item)]
    stood = [each for each in stood if each[0].owner != seat or not left_for(made, each[0])]
    own = [item for item, _ in stood if item.owner == seat]
    others = [(item, backing(stances, voters)) for item, stances in stood if stances.get(seat) is not False]
    best = max((count for _, count in others), default=0)
    return next(reversed(own or [item for item, count in others if count == best]), None)


def left_behind(game: Game, items: Iterable[Item], stage: Stage) -> list[Item]:
    """Return the motions of earlier stages that are left out of a stage's vote unless somebody puts them again."""
    if "decides" not in stage.abilities or not game.voters(stage.id):
        return []
    made = [item for item in items if item.kind == "proposal" and item.terms]
    here = [item for item in made if item.stage == stage.id]
    anew = {item.amends for item in made} | {item.base for item in here}
    return [
        item for item in made
        if item.stage != stage.id and item.state == "open" and item.line not in anew
        and item.terms not in [other.terms for other in here]
    ]  # fmt: skip


def moved_terms(game: Game, state: State, seat: str) -> dict[str, str]:
    """Return the terms of a motion that nobody has worded: by question, the option that seats stood for most often.

    Ties go to the option that the mover's card names most often, even if the card may not say it here, and else to the
    seed. Options that the mover never accepts are left out.
    """
    named = Counter(
        (key, option)
        for _, terms in spoken_for(state["ledger"], state["lines"])
        for key, option in terms.items()
        if option in game.offered.get(key, ())
    )
    own = Counter(term for point in game.seats[seat].points for term in point.terms.items())
    never, terms = game.never_accepts(seat), {}
    for key, options in game.offered.items():
        free = [option for option in options if option != never.get(key)] or options
        rank = {option: (named[key, option], own[key, option]) for option in sorted(free)}
        best = [option for option in rank if rank[option] == max(rank.values())]
        terms[key] = game.rng("moved", game.stages[state["stage"]].id, key).choice(best)
    return terms
