"""The last word before a vote, for seats that the motion binds, needs or has overtaken since they spoke (inferred)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from sandbox.content.acts import Trait, has
from sandbox.content.governance import CHAIR_BINDS
from sandbox.game.floor.talk import idle_acts
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, motion_of, proposals_of
from sandbox.game.motions.backing import lineage, stands, waited_for
from sandbox.game.motions.ballots import motion, rivals
from sandbox.game.motions.beyond import asked_of
from sandbox.game.motions.doers import awaited, doers_said, short_of
from sandbox.game.motions.hanging import brought, hangs_on
from sandbox.game.state import Floor, State, discussion
from sandbox.record.line import Line, Turn

LAST_WORD: Final = "last_word"
# Nobody could take up any more what these open.
_OPENS: tuple[Trait, ...] = ("asks", "proposes", "defers", "escalates", "hands_down")


class Owed(NamedTuple):
    """What happened to a seat's interest in the motion since it last spoke, so that it is owed a last word.

    Args:
        motion: the motion that goes to the vote.
        binds: conditions that the seat is to fulfil, as pairs of the line that brought the condition and the condition.
        later: the same for motions that are put if this one falls, for conditions that it does not have: the line of
            that motion, the line that brought the condition, and the condition.
        lost: whether a condition of the seat was struck or replaced (`overtaken` tells which).
        own: the line of the seat's own motion that was amended or overtaken, or empty.
        amended: whether this motion has grown out of the seat's own.
        unmet: conditions of the seat that were refused or only partly taken on: by the lines of condition and answer,
            the motions on the ballot that have the condition. The seat may strike it there.
        gives: terms of the motion, by question, that only this seat's promise can make binding, and nobody has given
            it.
    """

    motion: Item
    binds: tuple[tuple[str, str], ...]
    later: tuple[tuple[str, str, str], ...]
    lost: bool
    own: str
    amended: bool
    unmet: Mapping[tuple[str, str], Sequence[str]]
    gives: Mapping[str, str]


def owed_last_word(game: Game, state: State, seat: str, talk: Sequence[Line]) -> Owed | None:
    """Return what a seat is owed a last word on, or None if nothing.

    A seat is owed one if, since it last spoke (or with its last line),

    - the motion, or one that is put if it falls, has got a condition that the seat is to fulfil; conditions that are
      older count as well if the seat has spoken only of other motions since;
    - another seat refused the seat's condition, or took it on in part and nobody took on the whole;
    - a condition of the seat was struck from the motion;
    - another motion goes to the vote before the seat's own, which was its last line, unless the seat backs that motion;
    - the seat's own motion was amended and it has not said what it thinks of the addition;
    - the motion has a term that the body cannot bind and the seat could promise. Moving a motion promises nothing of
      it.
    """
    put = motion(game, state)
    if put is None:
        return None
    places = {line["id"]: place for place, line in enumerate(talk)}
    spoke = max((place for place, line in enumerate(talk) if line["seat"] == seat), default=-1)
    heard, had = [line for line in talk if seat in line["visible_to"]], hangs_on(put.condition)

    def binding(item: Item) -> list[tuple[str, str]]:
        asked = awaited(game, state["ledger"], item, seat, heard)
        return [(by, part) for by, part in asked if by in places]

    binds, ballots = tuple(binding(put)), rivals(game, state)
    later = {part: (item.line, by, part) for item in reversed(ballots) for by, part in binding(item) if part not in had}
    motions, (_, *grown_from) = proposals_of(state["ledger"]), lineage(state["ledger"], put)
    own_lines = [line for line in talk if line["seat"] == seat]
    made = [item for line in own_lines if (item := _moved(state, line, (put.line, *grown_from))) is not None]
    since_put = bool(made) and (places.get(put.line, -1) > spoke or places[made[-1].line] == spoke < len(talk) - 1)
    other = since_put and (made[-1].terms, made[-1].condition) != (put.terms, put.condition)
    before = next((line for line in grown_from if motions[line].owner == seat), "")
    waits = bool(before) and seat in waited_for(game, state["ledger"], put)
    own = before if waits else made[-1].line if other and not _backs(game, state, put, seat, made[-1].line) else ""
    gives = asked_of(game, state["ledger"], put.terms, seat) if places.get(put.line, -1) >= spoke else {}
    lost = spoke >= 0 and _lost(state, put, seat, [line["id"] for line in talk[spoke + 1 :]])
    unmet: dict[tuple[str, str], list[str]] = {}
    for item in ballots:
        answers = doers_said(game, state["ledger"], item, heard) if len(hangs_on(item.condition)) > 1 else ()
        for said in short_of(answers):
            if motions[said.by].owner == seat and places[said.line] > spoke:
                unmet.setdefault((said.by, said.line), []).append(item.line)
    if not (binds or later or lost or own or unmet or gives):
        return None
    return Owed(put, binds, tuple(later.values()), lost, own, own in grown_from, unmet, gives)


def _backs(game: Game, state: State, put: Item, seat: str, own: str) -> bool:
    """Return whether a seat stands by a motion that goes to the vote, or by one from which it grew, and said so.

    A seat that amended the motion counts as having said so, unless the motion grew out of its ``own``.
    """
    made, grown = proposals_of(state["ledger"]), lineage(state["ledger"], put)
    backed = own not in grown or any(seat in made[line].supporters for line in grown)
    return backed and stands(game, state["ledger"], put).get(seat, False)


def _lost(state: State, put: Item, seat: str, since: Sequence[str]) -> bool:
    """Return whether a line in ``since`` amended the motion and took out a condition of a seat."""
    items = state["ledger"]
    made = proposals_of(items)
    left = hangs_on(put.condition)
    return any(
        part not in [*left, *hangs_on(made[line].condition)] and by in made and made[by].owner == seat
        for line in lineage(items, put)
        if line in since and made[line].owner != seat and made[line].amends in made
        for by, part in brought(items, made[made[line].amends].condition)
    )


def _deciding(game: Game) -> tuple[str, ...]:
    """Return the chair if it decides alone: then it needs no last word."""
    return (game.chair,) if game.governance.rules.aggregation.procedure in CHAIR_BINDS else ()


def _moved(state: State, line: Line, grown: Sequence[str]) -> Item | None:
    """Return the motion that a line put beside the one that has ``grown``; None if it put none or amended that one."""
    made = motion_of(state["ledger"], line["id"])
    beside = has(line["act"], "proposes") or has(line["act"], "opposes") or line["id"] not in grown
    return made if made is not None and made.terms and beside else None


def last_word_floor(game: Game, state: State, talk: Sequence[Line], limit: int) -> Floor | None:
    """Return the floor of the next seat that is owed a last word when the discussion is over, or None.

    Each seat gets one at most, in this order:

    1. seats that a condition binds (also in a motion that is put later), whose condition was struck, or whose condition
       is not met: all of them;
    2. seats whose promise is needed or whose motion was amended;
    3. seats whose motion was overtaken.

    Of 2 and 3 only as many as `SessionSpec.last_words` allows in all; within a rank, seats without a vote come first. A
    chair that decides alone gets none, nor a persona that stands in for a person, who could bind itself to nothing. A
    last word puts nothing new on the table, except that a seat may strike its own unmet condition.
    """
    desk, had = state["desk"], [line["seat"] for line in talk[limit:]]
    if game.style != "free" or desk["called"] or not game.spec.last_words:
        return None
    had_it = {*had, *desk["passed"], *desk["absent"], *_deciding(game)}
    stage = game.stages[state["stage"]].id
    seats, voters = [seat for seat in game.present(stage) if seat not in had_it], game.voters(stage)
    owed = [
        (seat, due)
        for seat in seats
        if (due := owed_last_word(game, state, seat, talk)) is not None
        if _presses(due) or len(had) < game.spec.last_words
    ]

    def place(each: tuple[str, Owed]) -> tuple[bool, bool, bool]:
        seat, due = each
        return not _presses(due), not (due.gives or due.amended), seat in voters

    seat = min(owed, key=place, default=("", None))[0]
    acts = [act for act in game.speech(seat) if not any(has(act, trait) for trait in _OPENS)] if seat else []
    floor: Floor = {"seat": seat, "why": LAST_WORD, "acts": acts, "point": "", "phase": "discussion"}
    if acts and seat not in desk["persons"]:
        idle = idle_acts(game, state, floor, talk)
        floor["acts"] = [act for act in acts if act not in idle]
    return floor if floor["acts"] else None


def _presses(due: Owed) -> bool:
    """Return whether a seat gets its last word even if the allowed number is used up."""
    return bool(due.binds or due.later or due.lost or due.unmet)


def last_word_refused(game: Game, state: State, turn: Turn, seat: str) -> str:
    """Return why a turn is no valid last word, because it puts something new on the table; empty if it is valid.

    A seat answers a condition with a promise; a new clause would come after the vote. It may strike its own unmet
    condition.
    """
    if not (has(turn["act"], "supports") or has(turn["act"], "opposes")):
        return ""
    owed = owed_last_word(game, state, seat, discussion(state))
    terms = (motion_of(state["ledger"], turn["about"]) or owed.motion).terms if owed else {}
    other = not turn["terms"].items() <= terms.items()
    strikes = bool(turn["replaces"]) and turn["replaces"] not in [by for by, _ in (owed.unmet if owed else ())]
    return game.words("refused.last_word") if other or turn["condition"].strip() or strikes else ""
