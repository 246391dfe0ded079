"""What lies on the table, as whoever speaks freely is told it: proposals, promises, and the motion put to the vote."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.content.templates import Piece
from sandbox.game.amending import giving_way
from sandbox.game.backing import fallen, left_for, stands
from sandbox.game.conditions import MOST_CONDITIONS
from sandbox.game.entries import Item
from sandbox.game.game import Game
from sandbox.game.hanging import brought, hangs_on
from sandbox.game.options import briefly
from sandbox.game.table import earlier_promises, promises
from sandbox.game.view import SeatView
from sandbox.game.wording import gist
from sandbox.session.offers import condition_doubts

# A motion is told by what differs from another with which it shares so many options, or more.
_ALIKE = 2
# Room on a motion is told where fewer conditions than so many fit.
_SCARCE = 4
# Most characters of what stands for a line that is not shown.
_SENTENCE: dict[Lang, int] = {"en": 200, "zh": 80}


def tabled(game: Game, view: SeatView, shown: Collection[str], minuted: Collection[str]) -> dict[str, Any]:
    """Return the proposals on the table and the promises that stand; a review has a list of its own in their place.

    Args:
        game: the game.
        view: the seat that reads it.
        shown: the lines that are shown in full, whose words need not be told again.
        minuted: the lines of which minutes tell, with what a promise hangs on.
    """
    told = {*shown, *minuted}
    if view.stage.reviews:
        return {"proposals": [], "put_before": [], "full": [], "promises": []}
    table = [] if view.motion else sorted(view.proposals, key=lambda item: bool(left_for(view.ledger, item)))
    stood = [_stood(game, view, item) for item in table]
    slots = [(item.line, max(0, MOST_CONDITIONS - len(hangs_on(item.condition)))) for item in table]
    return {
        "proposals": [_short(game, item, told) for item, _ in stood],
        "put_before": [
            (item.line, game.name(item.owner), [option for _, option in game.in_words(item.terms)], item.condition)
            for item in view.put_before
        ],
        "options": _options(game, table),
        "hang_on": _hang_on(game, view, table),
        "backers": {item.line: backers for item, backers in stood},
        "most_conditions": MOST_CONDITIONS,
        "slots": [(line, left) for line, left in slots if left < _SCARCE],
        "fell": _fell(game, view.ledger, table),
        "full": _full(game, view, table),
        "promises": [_short(game, item, told) for item in promises(view.ledger)],
        "earlier_promises": earlier_promises(view.ledger),
        "minuted": minuted,
    }


def _fell(game: Game, items: Sequence[Item], table: Sequence[Item]) -> dict[str, list[str]]:
    """Return for each motion those that fell since their mover left them for it; not what an amendment stands for."""
    amended, fell = {item.amends for item in items}, fallen(game, items)
    return {
        item.line: [line for line, later in fell.items() if later == item.line and line not in amended]
        for item in table
    }


def _full(game: Game, view: SeatView, table: Sequence[Item]) -> list[tuple[str, list[str]]]:
    """Return the motions that are full, with the lines of the conditions of which one gives way to the reader's."""
    names = any(has(act, "counters") and game.amends(view.seat) for act in view.acts)
    if not view.acts or game.personas[view.seat].kind == "host" or not names:
        return []
    return [
        (item.line, list(dict.fromkeys(line for line, _ in giving_way(game, view.ledger, item, view.seat))))
        for item in table
        if len(hangs_on(item.condition)) >= MOST_CONDITIONS
    ]


def put_to_the_vote(game: Game, view: SeatView, shown: Collection[str]) -> dict[str, Any]:
    """Return the motion that is put to the vote, in words, and the lines that were said for it and against it."""
    motion = view.motion
    if motion is None:
        return {"motion": None}
    stood, backers = _stood(game, view, motion)
    last = {line["seat"]: line["id"] for line in view.lines if line["about"] == motion.line and not line["vote"]}
    return {
        "motion": _short(game, motion, shown),
        "options": _options(game, [motion, *view.next_motions]),
        "hang_on": _hang_on(game, view, [motion, *view.next_motions]),
        "motion_terms": game.in_words(motion.terms),
        "said_for": [f"{seat} {last.get(seat, '')}".strip() for seat in sorted(stood.supporters)],
        "backers": {motion.line: backers},
        "said_against": [f"{seat} {last.get(seat, '')}".strip() for seat in sorted(stood.objectors)],
        "own_motion": motion.owner == view.seat and not left_for(view.ledger, motion),
        "rivals": [_short(game, item, shown) for item in view.next_motions],
        "if_rejected": view.if_rejected,
        "unput": view.unput,
    }


def _options(game: Game, motions: Sequence[Item]) -> dict[str, Piece]:
    """Return the options of each motion, in few words: of one that is like an earlier one, that and what differs.

    It is like the one of those told whole with which it shares most, at least `_ALIKE`, and all of whose questions it
    settles.
    """
    whole: list[Item] = []
    pieces: dict[str, Piece] = {}
    for item in motions:
        shared = {base.line: len(base.terms.items() & item.terms.items()) for base in whole}
        like = [base for base in whole if shared[base.line] >= _ALIKE and base.terms.keys() <= item.terms.keys()]
        base = max(like, key=lambda base: shared[base.line], default=None)
        if base is None:
            whole.append(item)
        had = base.terms if base else {}
        own = {key: option for key, option in item.terms.items() if had.get(key) != option}
        options = list(briefly(game, own).values())
        pieces[item.line] = game.templates.piece("options_free", base=base.line if base else "", own=options)
    return pieces


def _hang_on(game: Game, view: SeatView, motions: Sequence[Item]) -> dict[str, Piece]:
    """Return what each motion hangs on, in words: what an earlier one hangs on as well is named by its line alone."""
    told: set[tuple[str, str]] = set()
    doubted: set[str] = set()
    pieces: dict[str, Piece] = {}
    for item in motions:
        parts = brought(view.ledger, item.condition)
        again = list(dict.fromkeys(by for by, part in parts if (by, part) in told))
        own = [(by, part) for by, part in parts if (by, part) not in told]
        if item is not view.motion and left_for(view.ledger, item):
            own = [(by, "" if by else part) for by, part in own]  # what it asks stands with these lines
        doubts = [text for text in condition_doubts(game, view, item) if text not in doubted]
        doubted.update(doubts)
        clash = ("" if game.spec.lang == "zh" else " ").join(doubts)
        pieces[item.line] = (
            game.templates.piece("conditions_free", own=own, again=again, clash=clash) if parts else Piece(clash)
        )
        told.update((by, part) for by, part in own if by and part)
    return pieces


def _stood(game: Game, view: SeatView, item: Item) -> tuple[Item, list[str]]:
    """Return a proposal with who stands for it as it is and against its terms, and who stood by what it grew out of."""
    on_its_terms = stands(game, view.ledger, item, on_its_terms=True)
    against = frozenset(seat for seat, stance in on_its_terms.items() if not stance)
    behind = {seat for seat, stance in stands(game, view.ledger, item).items() if stance} - against - {item.owner}
    stood = item.altered(supporters=item.supporters & behind, objectors=against)
    return stood, sorted(behind - item.supporters)


def _short(game: Game, item: Item, shown: Collection[str]) -> Item:
    """Return an entry of the ledger for a prompt: its options in few words, and a sentence where its line is not shown.

    Of a line that is shown in full no words are told again.
    """
    act: Act | None = "promise" if item.kind == "promise" else None
    says = "" if item.line in shown else gist(item.says, _SENTENCE[game.spec.lang], act=act)
    return item.altered(says=says, terms=briefly(game, item.terms))
