"""Conditions of a motion on which their doer cannot be counted: it has refused, or had no word on them and no vote."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.game.conditions import doers
from sandbox.game.entries import Item, motion_of, movers
from sandbox.game.game import Game
from sandbox.game.hanging import brought, hangs_on
from sandbox.game.wording import content_words
from sandbox.record.line import DecisionTaken, Line

_CLAUSES: dict[Lang, re.Pattern[str]] = {"en": re.compile(r"[.;:!?]|,(?!\d)"), "zh": re.compile(r"[。；：！？，]")}
# With which somebody says in a clause that it will not do something itself, or cannot.
_WILL_NOT: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:I|we)\b.{0,20}?(?:n['’]t|\b(?:cannot|not|never)\b)", re.IGNORECASE),
    "zh": re.compile(r"不了|办不到|做不到|没法|不(?:能|干|签|肯|接|认|办|担|答应)"),
}
# Such a clause speaks of a condition that has this share of its words, and at least so many.
_OF_CONDITION, _FEWEST = 0.25, 2


def unwilling_words(says: str, lang: Lang) -> str:
    """Return of what somebody says the clauses in which it will not do something; all of it where there is none."""
    return " ".join(part for part in _CLAUSES[lang].split(says) if _WILL_NOT[lang].search(part)) or says


def declined(game: Game, items: Sequence[Item], motion: Item, seat: str, says: str) -> list[str]:
    """Return the conditions of others that ask something of a seat in a motion and that its words say it will not do.

    Args:
        game: the game.
        items: the ledger.
        motion: the motion.
        seat: the seat.
        says: what it says against the motion.
    """
    lang, room = game.spec.lang, game.present(motion.stage)
    against = [content_words(part, lang) for part in _CLAUSES[lang].split(says) if _WILL_NOT[lang].search(part)]
    owners = movers(items)

    def spoken_of(part: str) -> bool:
        asks = content_words(part, lang)
        return any(len(asks & said) >= max(_FEWEST, _OF_CONDITION * len(asks)) for said in against)

    asked = ((by, part) for by, part in brought(items, motion.condition) if owners.get(by) != seat) if against else ()
    return [part for by, part in asked if doers(game, part, room)[:1] == [seat] and spoken_of(part)]


def refusals(items: Sequence[Item], condition: str, heard: Sequence[Line]) -> list[tuple[str, Line]]:
    """Return the lines that refuse what a motion hangs on, each after the line that brought the condition.

    Whoever supports a motion with that condition later refuses it no longer.

    Args:
        items: the ledger.
        condition: all that the motion hangs on.
        heard: the lines, in their order.
    """
    refused: list[tuple[str, Line]] = []
    for by, part in brought(items, condition):
        last: dict[str, Line] = {}
        for line in heard:
            if line.get("refuses") == part:
                last[line["seat"]] = line
            elif line["seat"] in last and has(line["act"], "supports"):
                meant = motion_of(tuple(items), line["about"])
                if meant is not None and part in hangs_on(meant.condition):
                    del last[line["seat"]]
        refused += [(by, line) for line in last.values()]
    return refused


def carried_refused(
    game: Game, items: Sequence[Item], decision: DecisionTaken, lines: Sequence[Line]
) -> dict[str, list[Line]]:
    """Return the conditions of a carried decision that whoever they bind refused, each with the lines that do.

    Only what the whole room heard by the end of the decision's stage counts: it is told to all who read the decision.

    Args:
        game: the game.
        items: the ledger.
        decision: the decision.
        lines: the lines, in their order.
    """
    end = max((place for place, line in enumerate(lines, 1) if line["stage"] == decision["stage"]), default=0)
    refused: dict[str, list[Line]] = {}
    for _, line in refusals(items, decision["condition"], lines[:end]) if decision["carried"] else ():
        if set(game.present(line["stage"])) <= set(line["visible_to"]):
            refused.setdefault(line.get("refuses", ""), []).append(line)
    return refused


def refused_told(game: Game, condition: str, refused: Mapping[str, Sequence[Line]]) -> str:
    """Return a condition of a decision, with who refused it aloud, and where, if anybody did."""
    who = [
        game.words("refused_in", name=game.name(line["seat"]), line=line["id"]) for line in refused.get(condition, ())
    ]
    words = game.words
    return condition + (words.paren(words("carried_refused", who=words.join(who))) if who else "")


def unheard_doers(
    game: Game, items: Sequence[Item], motion: Item, heard: Sequence[Line], voters: Collection[str]
) -> list[tuple[str, str]]:
    """Return who has no vote and has not spoken since a condition of a motion came to ask something of it.

    Args:
        game: the game.
        items: the ledger.
        motion: the motion.
        heard: the lines, in their order.
        voters: who votes on it.

    Returns:
        Each seat, after the line that brought the condition.
    """
    places = {line["id"]: place for place, line in enumerate(heard)}
    spoke = {line["seat"]: place for place, line in enumerate(heard)}
    room = game.present(motion.stage)
    return [
        (by, seat)
        for by, part in brought(items, motion.condition)
        for seat in doers(game, part, room)[:1]
        if seat not in voters and by in places and spoke.get(seat, -1) < places[by]
    ]
