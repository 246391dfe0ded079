"""What a line does, in the words that every page and the terminal use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sandbox.content.acts import Trait, has
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.rules import has_vote
from sandbox.record.line import Line

# How a line takes up a motion: with one more condition, with conditions replaced, with conditions struck alone,
# unchanged, or with other options.
Way = Literal["conditional", "striking", "without", "again", "changed", ""]
_STANCES: dict[Trait, str] = {"votes_for": "vote_for", "votes_against": "vote_against", "abstains": "abstained"}


def floor_reason(game: Game, why: str) -> str:
    """Return the reason for which a seat has the floor, as readers are told it.

    Under an open floor, a training goes by rank although no rule commands it, so its reason is ``by_rank``.
    """
    return "by_rank" if why == "cascade" and game.governance.rules.floor == "open_floor" else why


def act_text(words: Words, line: Line, game: Game, counters: Mapping[str, bool], *, way: Way = "") -> str:
    """Return what a line does, in the words used everywhere.

    - A line that supports a motion with a condition alone, or that amends it, supports it in some ``way``.
    - Other support or objection with terms or a condition of its own is a counter-offer.
    - A proposal that names no option, and rewrites no plan, is one in words alone.
    - A vote without words says so.
    - In a review, a line confirms or denies, or says that something was kept in part.

    ``counters`` are the lines that are counter-offers, as the reader knows them.
    """
    if supports := supports_in(line, counters, way):
        return words(f"act_offers.{supports}")
    if line["id"] in counters:
        return words.of("act_counter", line["act"])
    if _silent(line):
        return words(f"silent.{stance(game, line)}")
    if _reviews(line, game) and has(line["act"], "opposes") and line.get("also", {}).get(line["about"]) == "part":
        return words("review.does.in_part")
    if _reviews(line, game) and f"review.does.{line['act']}" in words:
        return words.of("review.does", line["act"])
    if is_bare(line):
        return words("act_bare")
    return words.of("act", line["act"])


def does_text(
    words: Words, line: Line, game: Game, counters: Mapping[str, bool], motions: Mapping[str, str], to: str, *,
    way: Way = "",
) -> str:  # fmt: skip
    """Return what a line does and to whom it is said, in the words used everywhere.

    Support for a motion, or opposition to it, names the motion, and its mover unless the line is said to the mover.
    """
    mover, supports = motions.get(line["about"], ""), supports_in(line, counters, way)
    key = f"act_about.{supports or line['act']}"
    offers = line["id"] in counters and not supports
    if not mover or offers or _silent(line) or _reviews(line, game) or key not in words:
        return f"{act_text(words, line, game, counters, way=way)} → {to}"
    whose = words("act_about.own") if mover == line["seat"] else game.name(mover)
    motion = line["about"] + ("" if mover == line["to"] else words.paren(whose))
    return words(key, motion=motion, to=to)


def is_bare(line: Line) -> bool:
    """Return whether a line proposes in words alone, and so nothing that is put to a vote."""
    return has(line["act"], "proposes") and not line["terms"] and not line["section"]


def stance(game: Game, line: Line) -> str:
    """Return how a seat votes with a line: its vote, its use of a veto if it has no vote, or that it did not vote."""
    if line["origin"] == "nobody":
        return "uncast"
    if not has_vote(game.governance, game.positions, line["seat"]):
        return "veto" if has(line["act"], "votes_against") else "veto_unused"
    return next(name for trait, name in _STANCES.items() if has(line["act"], trait))


def supports_in(line: Line, counters: Mapping[str, bool], way: Way) -> Way:
    """Return in which way a line supports a motion and adds to it; empty if it does not, or is a motion beside it.

    If the ``way`` is not known, options that the line names are taken to be new.
    """
    if line["id"] not in counters or not has(line["act"], "supports") or (line["terms"] and not counters[line["id"]]):
        return ""
    return way or ("changed" if line["terms"] else "conditional")


def _silent(line: Line) -> bool:
    return line["vote"] and not line["says"]


def _reviews(line: Line, game: Game) -> bool:
    return not line["vote"] and line["stage"] in game.able("reviews")
