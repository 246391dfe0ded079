"""What lies on the table, as prompts in free play tell it: proposals, promises, the motion put, last words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sandbox.content.acts import has
from sandbox.content.decision_card import Decision
from sandbox.content.governance import CHAIR_BINDS
from sandbox.content.language import Lang
from sandbox.content.templates import Piece, marked
from sandbox.game.game import Game
from sandbox.game.language.gist import carries, gist, quoted
from sandbox.game.language.wording import sentences
from sandbox.game.ledger.entries import Item, proposals_of
from sandbox.game.ledger.options import briefly
from sandbox.game.motions.amending import own_conditions
from sandbox.game.motions.backing import Stances, left_for, lineage, put_unchanged, stands, waited_for
from sandbox.game.motions.conditions import MOST_CONDITIONS
from sandbox.game.motions.counting import counted
from sandbox.game.motions.doers import doers_said
from sandbox.game.motions.franchise import franchise
from sandbox.game.motions.hanging import brought, hangs_on
from sandbox.game.table import promises_told
from sandbox.game.view import SeatView
from sandbox.record.line import ALL, Line
from sandbox.session.offers import condition_doubts, conditions_answered

# The room left on a motion is told if fewer conditions than this fit.
_SCARCE = 3
# Most characters of the gist of a line that is not shown.
_SENTENCE: dict[Lang, int] = {"en": 200, "zh": 80}


def tabled(game: Game, view: SeatView, shown: Collection[str], minuted: Collection[str]) -> dict[str, Any]:
    """Return the proposals on the table and the promises that stand; empty in a review, which has its own list.

    The words of lines that are ``shown`` in full are not told again. The minutes tell of ``minuted`` lines, with the
    condition of a promise but without its own words.
    """
    told = {*shown, *minuted}
    if view.stage.reviews:
        return {"proposals": [], "put_before": [], "full": [], "promises": []}
    order = view.put_in_turn
    table = (
        [] if view.motion else [item for item in view.proposals if item.line in order or not (view.last_word and order)]
    )
    table.sort(key=lambda item: order.index(item.line) if item.line in order else len(order))
    slots = [(item.line, max(0, MOST_CONDITIONS - len(hangs_on(item.condition)))) for item in table]
    rows, doubts = _motions(game, view, table, told)
    promised, untold = promises_told(game, view.ledger, view.present, view.seat, view.heard)
    taken_on = {
        item.line: [line["id"] for line in view.heard if line.get("takes_on", {}).get(item.line) == "yes"]
        for item in promised
    }
    return {
        "proposals": rows,
        "doubts": doubts,
        "in_turn": [item.line for item in table if item.line in order],
        "of_before": [item.line for item in table if view.puts and item.stage != view.stage.id],
        "put_before": [
            (item.line, game.name(item.owner), [option for _, option in game.in_words(item.terms)], item.condition)
            for item in view.put_before
        ],
        "leaves_open": any(_unsettled(game, view, item) for item in table),
        "most_conditions": MOST_CONDITIONS,
        "slots": [(line, left) for line, left in slots if left < _SCARCE],
        "full": _full(game, view, table),
        "promises": [_promise(game, view, item, shown, minuted) for item in promised],
        "taken_on": {line: by for line, by in taken_on.items() if by},
        "more_promises": untold,
        "minuted": minuted,
    }


def _fell(game: Game, items: Sequence[Item], table: Sequence[Item]) -> dict[str, list[str]]:
    """Return for each motion the motions that fell as their mover left them for it, without amended ones."""
    amended, fell = {item.amends for item in items}, Stances(game, items).fallen
    return {
        item.line: [line for line, later in fell.items() if later == item.line and line not in amended]
        for item in table
    }


def _full(game: Game, view: SeatView, table: Sequence[Item]) -> list[tuple[str, list[str]]]:
    """Return the motions that are full, each with the reader's own conditions: one of them makes room for a new one."""
    names = any(has(act, "counters") and game.amends(view.seat) for act in view.acts)
    if not view.acts or view.last_word or game.personas[view.seat].kind == "host" or not names:
        return []
    return [
        (item.line, list(dict.fromkeys(line for line, _ in own_conditions(view.ledger, item, view.seat))))
        for item in table
        if len(hangs_on(item.condition)) >= MOST_CONDITIONS
    ]


def put_to_the_vote(game: Game, view: SeatView, shown: Collection[str]) -> dict[str, Any]:
    """Return the motion that is put to the vote, in words, the motions that come after it, and the last rejected."""
    motion = view.motion
    lost: tuple[str, int, int, list[str]] | None = None
    if view.lost is not None:  # with the votes for and against, and by whose veto
        votes = [*counted(game, view.lost).votes.values()]
        lost = view.lost["motion"], sum(votes), len(votes) - sum(votes), view.lost["vetoed_by"]
    if motion is None:
        return {"motion": None, "lost": lost}
    right = franchise(game, view.stage.id, motion.terms)
    told = {part for item in (motion, *view.next_motions) for part in hangs_on(item.condition)}
    (put, *rivals), doubts = _motions(game, view, [motion, *view.next_motions], shown)
    return {
        "motion": put,
        "lost": lost,
        "voteless": "" if view.seat in right.voters else "stops" if view.seat in right.stop else "lifted",
        "doubts": doubts,
        "own_motion": motion.owner == view.seat
        and not left_for(view.ledger, motion)
        and not _struck(game, view, motion)[0],
        "rivals": rivals,
        "if_rejected": view.if_rejected,
        "unput": [_in_brief(game, view, item, told) for item in view.unput],
    }


def _in_brief(game: Game, view: SeatView, item: Item, told: Collection[str]) -> str:
    """Return a motion by its line and, if it grew out of another, what it has and lacks compared with that.

    Conditions that are ``told`` with the motions on the ballot are named only by line.
    """
    base, words = proposals_of(view.ledger).get(item.amends), game.words
    if base is None:
        return item.line

    def named(by: str, part: str) -> str:
        return words("in_brief.that", line=by) if part in told else words("in_brief.words", part=part)

    had, has_now = brought(view.ledger, base.condition), brought(view.ledger, item.condition)
    changed = {key: option for key, option in item.terms.items() if base.terms.get(key) != option}
    new = [*briefly(game, changed).values(), *(named(*each) for each in has_now if each not in had)]
    gone = [named(*each) for each in had if each not in has_now]
    parts = [words("in_brief.of", line=base.line)]
    parts += [
        words(f"in_brief.{how}", parts=words.join(each)) for how, each in (("without", gone), ("with", new)) if each
    ]
    return item.line + words.paren(words("semi").join(parts))


def last_word_told(game: Game, view: SeatView) -> Piece | str:
    """Return what a seat has its last word on, and what has become of its own motion."""
    owed = view.last_word
    if owed is None:
        return ""
    binds = game.governance.rules.aggregation.procedure in CHAIR_BINDS
    decides = game.name(game.chair) if binds else ""
    forms = {owed.own, *(item.line for item in view.proposals if owed.own in lineage(view.ledger, item))}
    later = next((line for line in view.put_in_turn if line in forms), "")
    own = "amended" if owed.amended else "next" if decides or later else "unput"
    grown = later if own == "next" and later != owed.own else ""
    own = own if owed.own else ""
    may = {"promises": view.may_promise, "supports": any(has(act, "supports") for act in view.acts)}
    told = {"decides": decides, "owed": owed, "own": own, "grown": grown, "to_give": given_how(view)}
    return game.templates.piece("last_word_free", **told, **may)


def given_how(view: SeatView) -> list[str]:
    """Return the terms that a seat may give and nobody has, as it would write them; empty if it cannot promise."""
    return [f"{key}: {option}" for key, option in view.to_give] if any(has(a, "promises") for a in view.acts) else []


def _motions(
    game: Game, view: SeatView, motions: Sequence[Item], shown: Collection[str]
) -> tuple[list[Piece], list[tuple[list[str], str]]]:
    """Return the motions in words, and the doubts that several of them share, with their lines."""
    doubts: dict[str, list[str]] = {}
    for item in motions:
        answers = [marked(*each) if each[1] else each[0] for each in conditions_answered(game, view, item)]
        for text in dict.fromkeys([*condition_doubts(game, view, item), *answers]):
            doubts.setdefault(text, []).append(item.line)
    fell, made = _fell(game, view.ledger, motions), proposals_of(view.ledger)
    rows: list[Piece] = []
    for item in motions:
        struck, kept = _struck(game, view, item)
        for_it, against, waits = _stood(game, view, item, "" if struck else item.owner)
        rows.append(
            game.templates.piece(
                "motion_free",
                item=item,
                again=put_unchanged(made, item),
                struck=struck,
                kept=kept,
                says="" if item.line in shown else gist(item.says, _SENTENCE[game.spec.lang]),
                terms=[option for _, option in game.in_words(item.terms)],
                unsettled=_unsettled(game, view, item),
                conditions=brought(view.ledger, item.condition),
                fell=fell[item.line],
                doubts=[text for text, lines in doubts.items() if lines == [item.line]],
                for_it=for_it,
                against=against,
                waits=waits,
            )
        )
    return rows, [(lines, text) for text, lines in doubts.items() if len(lines) > 1]


def _unsettled(game: Game, view: SeatView, item: Item) -> list[Decision]:
    """Return the questions that a motion leaves open in a stage that decides."""
    open_here = game.scenario.decisions if "decides" in view.stage.abilities and item.terms else ()
    return [decision for decision in open_here if decision.id not in item.terms]


def _stood(game: Game, view: SeatView, item: Item, mover: str) -> tuple[list[str], list[str], list[str]]:
    """Return the seats beside the ``mover`` that support a motion, those that oppose it, and those still to speak.

    The first two have the last line in which they took a stand on it or on a motion from which it grew.
    """
    versions = lineage(view.ledger, item)
    last = {
        (line["seat"], line["id"] in versions or not has(line["act"], "opposes")): line["id"]
        for line in view.heard
        if not line["vote"] and (line["id"] in versions or (line["about"] in versions and _sides(line)))
    }
    stood: dict[bool, list[str]] = {True: [], False: []}
    for seat, stance in sorted(stands(game, view.ledger, item).items()):
        if seat != mover or not stance:
            stood[stance].append(f"{seat} {last.get((seat, stance), '')}".strip())
    return stood[True], stood[False], waited_for(game, view.ledger, item)


def _sides(line: Line) -> bool:
    return has(line["act"], "supports") or has(line["act"], "opposes")


def _struck(game: Game, view: SeatView, item: Item) -> tuple[list[str], list[str]]:
    """Return the conditions that a motion strikes from the one that it amends, and what was promised of them, by line.

    Both are empty if the amendment does more than strike.
    """
    base, left = proposals_of(view.ledger).get(item.amends), {*hangs_on(item.condition)}
    if base is None or item.terms != base.terms or not left < {*hangs_on(base.condition)}:
        return [], []
    gone = [by for by, part in brought(view.ledger, base.condition) if part not in left]
    said = doers_said(game, view.ledger, base, view.talk)
    return gone, [each.line for each in said if each.by in gone and each.what in ("promised", "otherwise")]


def _promise(game: Game, view: SeatView, item: Item, shown: Collection[str], minuted: Collection[str]) -> Item:
    """Return a promise for a prompt: its options in brief, and, if its line is not shown, its words and whom it is for.

    A line that is shown in full is not repeated, nor is a line in the minutes unless it has words of its own for the
    promise. With such words the options are left out.
    """
    worded = any(line["id"] == item.line and line["promises"] for line in view.heard)
    told = item.line in shown or (item.line in minuted and not worded)
    worded = worded and bool(item.terms)
    says = "" if told and not worded else gist(_given(item.says), _SENTENCE[game.spec.lang], act="promise")
    gain = [game.words("everyone")] if ALL in item.promised_to else item.promised_to
    whom = game.words.paren(game.words("state.for", names=gain)) if says and gain else ""
    return item.altered(owner=item.owner + whom, says=says, terms={} if worded else briefly(game, item.terms))


def _given(says: str) -> str:
    """Return the sentences of a speech that promise something, or the whole speech if none plainly does."""
    parts = sentences(says)
    gives = [place for place, part in enumerate(parts) if carries("promise", part)]
    return quoted(parts, gives) if gives else says
