"""How a persona votes by its card, and what a body can still agree on where only cards speak and a motion fell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sandbox.content.acts import has
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.backing import struck_of
from sandbox.game.motions.ballots import motion
from sandbox.game.motions.stance import stance
from sandbox.game.rules import binding, carried
from sandbox.game.state import State, stage_lines


def vote_stance(game: Game, state: State, seat: str) -> tuple[bool, Item | None]:
    """Return how a directed persona votes, and on what.

    It votes against a motion to which it has objected without conceding since, of which somebody else has struck what
    it asked, or which has an option that it never accepts, or which settles otherwise more than half of the questions
    on which it proposed or supported an option itself, or came to its post with one. With half of them its trust
    decides. Where cards alone speak, what it stood for in earlier stages counts as well, and once a motion fell in the
    stage a seat that trusts holds nothing against an option that its card could accept (`acceptable`).
    """
    item = motion(game, state)
    if item is None:
        return True, None
    if seat in item.objectors or seat in struck_of(game, state["ledger"], item):
        return False, item
    return _goes_along(game, state, seat, item.terms, trusts=_trusts(state, seat)), item


def compromise(game: Game, state: State) -> dict[str, str]:
    """Return the terms on which a body whose motion fell could still agree, by what seats said and could accept.

    Of each question that the body can bind, it takes the option that fewest voters would be against, then the one that
    most want, of those that motions of the stage name. Questions on which most are against it are left open, one by
    one, until the rules would carry the rest. Empty if nothing is left that was not moved already, or the motion that
    is put next would be carried as it is.
    """
    voters, following = game.voters(game.stages[state["stage"]].id), motion(game, state)
    if following is not None and _would_carry(game, state, following.terms, against=following.objectors):
        return {}
    stage = game.stages[state["stage"]].id
    moved = [item.terms for item in state["ledger"] if item.kind == "proposal" and item.stage == stage]
    bound = binding(game.governance, game.scenario, dict.fromkeys(game.offered, ""))
    named = {key: dict.fromkeys(terms[key] for terms in moved if key in terms) for key in bound}
    wanted = Counter(term for seat in voters for term in _wanted(game, state, seat).items())
    best: dict[str, tuple[int, str]] = {}
    for key, options in named.items():
        against = {
            option: sum(not goes_along(game, state, seat, {key: option}) for seat in voters) for option in options
        }
        if against:
            option = min(against, key=lambda option: (against[option], -wanted[key, option]))
            best[key] = against[option], option
    while best and not _would_carry(game, state, {key: option for key, (_, option) in best.items()}):
        best.pop(max(best, key=lambda key: best[key][0]))
    terms = {key: option for key, (_, option) in best.items()}
    return {} if terms in moved else terms


def goes_along(game: Game, state: State, seat: str, terms: Mapping[str, str]) -> bool:
    """Return whether others may expect a seat to agree to terms: nobody counts on one that objected to give way."""
    objected = any(
        line["seat"] == seat and has(line["act"], "opposes") and not line["vote"] for line in stage_lines(state)
    )
    return _goes_along(game, state, seat, terms, trusts=not objected)


def gives_way_to(game: Game, state: State, seat: str) -> dict[str, str]:
    """Return the options of the motion that is put, by question, where a seat stood for another.

    Empty unless only cards speak and a motion fell in the stage: until then nobody is asked to give way.
    """
    item = motion(game, state)
    if item is None or not (game.spec.by_cards and fell_here(game, state)):
        return {}
    wanted = _wanted(game, state, seat)
    return {key: option for key, option in item.terms.items() if wanted.get(key, option) != option}


def acceptable(game: Game, seat: str) -> frozenset[tuple[str, str]]:
    """Return the options that a seat's card names when it moves, supports, promises or gives way, by question."""
    points = (point for point in game.seats[seat].points if has(point.act, "commits") and not has(point.act, "binds"))
    return frozenset(term for point in points for term in point.terms.items())


def fell_here(game: Game, state: State) -> bool:
    """Return whether a motion was rejected in the stage being played."""
    stage = game.stages[state["stage"]].id
    return any(taken["stage"] == stage and not taken["carried"] for taken in state["decisions"])


def _would_carry(game: Game, state: State, terms: Mapping[str, str], against: frozenset[str] = frozenset()) -> bool:
    votes = {
        seat: seat not in against and goes_along(game, state, seat, terms)
        for seat in game.voters(game.stages[state["stage"]].id)
    }
    return carried(game.governance, game.positions, votes, (), binding(game.governance, game.scenario, terms))


def _goes_along(game: Game, state: State, seat: str, terms: Mapping[str, str], *, trusts: bool) -> bool:
    if terms.items() & game.never_accepts(seat).items():
        return False
    wanted = _wanted(game, state, seat)
    yields = trusts and game.spec.by_cards and seat not in state["desk"]["persons"] and fell_here(game, state)
    could = acceptable(game, seat) if yields else frozenset()
    met = [
        wanted[key] == option
        for key, option in terms.items()
        if key in wanted and (wanted[key] == option or (key, option) not in could)
    ]
    return 2 * sum(met) + trusts > len(met) or not met


def _wanted(game: Game, state: State, seat: str) -> dict[str, str]:
    """Return the options that a seat stands for or came to its post with, by question."""
    wanted = {key: option for key in game.offered if (option := game.wish(seat, key))} | stance(game, state, seat).wants
    for line in stage_lines(state):
        if line["seat"] == seat and has(line["act"], "commits"):
            wanted |= line["terms"]
    return wanted


def _trusts(state: State, seat: str) -> bool:
    """Return whether a seat's trust was in the middle of its scale or above when it was last asked."""
    levels = state["pulses"][-1]["levels"] if state["pulses"] else {}
    return seat in levels and levels[seat]["trust"] >= 3
