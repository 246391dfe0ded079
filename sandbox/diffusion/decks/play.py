"""Play the sessions of a deck by the rules alone, with odds that depend on how seats stand; in processes or here."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from sandbox.content.acts import TRAITS, Trait, has
from sandbox.content.cards import Act
from sandbox.content.library import Library
from sandbox.content.network_card import DeckOf
from sandbox.content.words import refusal
from sandbox.content.words.kept import why_in_a_line
from sandbox.diffusion.deck import Kind
from sandbox.diffusion.decks.cells import CELLS, Cell, Dealing
from sandbox.diffusion.decks.rows import Row, Variants, row_of
from sandbox.diffusion.pool import in_parallel, pool_of
from sandbox.errors import InputError
from sandbox.game.draws import SPAN, pick
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.ballots import motion
from sandbox.game.play import RandomChoice, play
from sandbox.game.pulse import Pulse
from sandbox.game.session import Session
from sandbox.game.state import State, floor_of
from sandbox.record.line import Turn

_CHUNK = 50
_WORTH_PROCESSES = 600
"""Sessions for which it pays to start processes, which takes each about two seconds."""
# Doublings of an act's odds at the highest conviction, trust and burden, by trait: the signs follow the paper
# (conviction: PR, GW; trust: EP, LA; burden: PC), the sizes are inferred.
_LEANS: Mapping[Trait, tuple[float, float, float]] = {
    "supports": (1.0, 0.5, 0.0),
    "proposes": (1.0, 0.5, -0.5),
    "promises": (1.0, 0.0, -0.5),
    "opposes": (-1.0, -0.5, 0.5),
    "defers": (-1.0, 0.0, 1.0),
    "drafts": (0.5, 0.0, -0.5),
}


@dataclass(frozen=True)
class DeckSessions:
    """The sessions of a kind.

    Args:
        rows: those of each cell, in the order of `CELLS`.
        empty: why a cell has none, by its place in `CELLS`.
    """

    kind: Kind
    rows: tuple[tuple[Row, ...], ...]
    empty: Mapping[int, str]


class _Chunk(NamedTuple):
    kind: Kind
    cell: int
    first: int
    end: int


_Outcome = tuple[Row, ...] | str
"""Rows of a chunk, or why it cannot be played."""


def play_kinds(
    dealing: Dealing, kinds: Sequence[Kind], processes: int = 1, content: Path | None = None,
    on_played: Callable[[int], object] = int,
) -> Iterator[DeckSessions]:  # fmt: skip
    """Play all sessions of some kinds, and yield each kind as soon as it is done.

    ``content`` is the user's own content folder, for other processes; ``on_played`` is called with the number of
    sessions that have been played since the last time.

    Raises:
        InputError: no cell of a kind can be played.
    """
    most = dealing.settings.sessions
    chunks = [
        _Chunk(kind, cell, first, min(most, first + _CHUNK))
        for kind in kinds
        for cell in range(len(CELLS))
        for first in range(0, most, _CHUNK)
    ]
    outcomes: Iterator[tuple[_Chunk, _Outcome]] = ((chunk, _played(dealing, chunk)) for chunk in chunks)
    if processes > 1 and most * len(CELLS) * len(kinds) >= _WORTH_PROCESSES:
        arguments = content, dealing.kinds, dealing.settings, dealing.deal
        outcomes = in_parallel(pool_of(min(processes, len(chunks)), _dealing, *arguments), _played, chunks)
    done: dict[Kind, dict[_Chunk, _Outcome]] = {kind: {} for kind in kinds}
    for chunk, outcome in outcomes:
        done[chunk.kind][chunk] = outcome
        on_played(chunk.end - chunk.first)
        if len(done[chunk.kind]) * len(kinds) == len(chunks):
            yield _whole(chunk.kind, done.pop(chunk.kind))


def play_rows(dealing: Dealing, cell: Cell, first: int, end: int) -> tuple[Row, ...]:
    """Return the rows of a cell's sessions, from one number up to another.

    Raises:
        InputError: the rules do not let a session of this cell be played.
    """
    variants = Variants(dealing.library, dealing.settings.scenarios)
    games: dict[str, Game] = {}
    rows = []
    for number in range(first, end):
        scenario = dealing.scenario(number)
        if scenario not in games:
            games[scenario] = Game(dealing.spec(cell, number), dealing.library)
        game = games[scenario].twin(seed=dealing.seed_of(cell, number))
        rows.append(row_of(Session(game, play(game, LeaningChoice(game.templates))), variants))
    return tuple(rows)


def _whole(kind: Kind, done: Mapping[_Chunk, _Outcome]) -> DeckSessions:
    empty = {chunk.cell: outcome for chunk, outcome in done.items() if isinstance(outcome, str)}
    if len(empty) == len(CELLS):
        raise refusal("deck.refused.kind", governance=kind.governance, city=kind.city, reason=empty[0])
    rows: list[list[Row]] = [[] for _ in CELLS]
    for chunk in sorted(done, key=lambda chunk: chunk.first):
        outcome = done[chunk]
        if not isinstance(outcome, str) and chunk.cell not in empty:
            rows[chunk.cell] += outcome
    return DeckSessions(kind, tuple(map(tuple, rows)), empty)


def _played(dealing: Dealing, chunk: _Chunk) -> _Outcome:
    try:
        return play_rows(dealing, Cell(chunk.kind, *CELLS[chunk.cell]), chunk.first, chunk.end)
    except InputError as error:
        return why_in_a_line(error)


def _dealing(content: Path | None, kinds: tuple[Kind, ...], settings: DeckOf, deal: int) -> Dealing:
    return Dealing(Library.load(content), kinds, settings, deal)


class LeaningChoice(RandomChoice):
    """Draws turns as `RandomChoice` does, but with odds that depend on how a seat stands.

    - A seat that is convinced and trusts proposes, promises and supports more often.
    - A seat that is not, or that carries much, objects, refuses and asks for time more often.
    - A seat that promised something before the session, or was posted here with an agenda, names those options and
      votes by them.
    - In a stage that drafts, a seat that is convinced and has time rewrites a section more often.
    """

    def __call__(self, game: Game, state: State) -> Turn:
        """Return a turn for the seat on the floor."""
        floor = floor_of(state)
        seat, stage = floor["seat"], game.stages[state["stage"]].id
        if stage in game.able("reviews"):
            return super().__call__(game, state)
        draw = game.draws(f"leaning:{stage}:{state['turn']}", 3)
        pulse, own = state["pulses"][-1]["levels"][seat], _own_terms(game, seat)
        votes = _for(motion(game, state), own) if own and floor["phase"] == "decision" else 0.0
        odds = (leaning(act, pulse, votes) for act in floor["acts"])
        ends = list(accumulate(odds))
        act = floor["acts"][min(bisect(ends, draw() * ends[-1] / SPAN), len(ends) - 1)]
        turn = super().__call__(game, {**state, "floor": {**floor, "acts": [act]}})
        terms = {key: own.get(key, option) for key, option in turn["terms"].items()}
        section = turn["section"]
        drafts = has(act, "drafts") and stage in game.able("drafts") and seat in game.drafters
        if drafts and not section and 2 * draw() < SPAN * (1 + _above(pulse["conviction"]) - _above(pulse["burden"])):
            section = pick(draw, [*game.plan])
        if terms == turn["terms"] and section == turn["section"]:
            return turn
        return {**turn, "terms": terms, "section": section, "says": self.say(game, act, terms, section, turn["task"])}


def leaning(act: Act, pulse: Pulse, votes: float = 0.0) -> float:
    """Return the odds of an act for a seat, 1 where its pulse is in the middle of all levels.

    ``votes`` is how far the motion speaks for the seat, from -1 to 1.
    """
    levels = _above(pulse["conviction"]), _above(pulse["trust"]), _above(pulse["burden"])
    doublings = sum(
        lean * level
        for trait, leans in _LEANS.items()
        if trait in TRAITS[act]
        for lean, level in zip(leans, levels, strict=True)
    )
    side = has(act, "votes_for") - has(act, "votes_against")
    return float(2 ** (doublings + 2 * side * votes))


def _above(level: int) -> float:
    """Return how far a level lies above the middle, -1 to 1."""
    return (level - 3) / 2


def _own_terms(game: Game, seat: str) -> dict[str, str]:
    """Return the options that a seat stands for: those it promised before the session, and those of its post."""
    start = game.spec.start
    stood = [promise.terms for promise in start.promises if promise.seat == seat]
    stood += [post.terms for post in start.posts if post.seat == seat]
    return {key: option for terms in stood for key, option in terms.items() if option in game.offered.get(key, {})}


def _for(item: Item | None, own: Mapping[str, str]) -> float:
    """Return how far a motion speaks for a seat: 1 if it has the seat's options, -1 if it has others, 0 if neither."""
    named = [item.terms[key] == option for key, option in own.items() if key in item.terms] if item else []
    return (2 * sum(named) - len(named)) / len(named) if named else 0.0
