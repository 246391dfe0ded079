"""Which promises say what another matter of a review says, so that one report tells what became of both (inferred)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sandbox.game.game import Game
from sandbox.game.language.quantities import counted_numbers, figures_of, numbers
from sandbox.game.language.stock import is_stock
from sandbox.game.language.wording import content_words
from sandbox.game.ledger.entries import Item, Ledger
from sandbox.game.motions.conditions import without_seat
from sandbox.game.motions.hanging import brought, hangs_on
from sandbox.game.review.lasting import promised_again, says_no_more
from sandbox.record.line import Line

# The share of the words of a promise that are those of its options; less is enough where it has just their figures.
_HALF, _SAME_FIGURES = 1 / 2, 1 / 3


def with_same(game: Game, entries: Sequence[Item], lines: Sequence[Line]) -> Ledger:
    """Return entries in which a promise belongs to another matter that it repeats, if one seat answers for both.

    The other matter is a condition (also one that the promise's line takes on), the term that its fund pays for, or the
    latest promise of the same thing, or on the same conditions, that all hearers of this one heard. ``lines`` are those
    in which it was promised.
    """
    heads: dict[str, str] = {}
    answers = {line["id"]: line for line in lines if line.get("takes_on")}
    entries = [
        replace(item, account=replace(item.account, apart=_promises_more(game, item))) if item.account else item
        for item in entries
    ]
    free = [item for item in entries if item.account and not item.account.closed]
    free = [item for item in free if item.account and (item.account.apart or not item.terms)]
    promises = [item for item in free if item.kind == "promise" and not is_stock(game, item.says)]
    for place, item in reversed(list(enumerate(promises))):
        conditions = (
            other.line
            for other in free
            if other.kind == "term"
            and _one_owner(item, other)
            and (other.asked_of or not without_seat(game, other.says, other.visible_to))
            and says_no_more(_nameless(game, item.says), other.says, game.spec.lang)
        )
        later = (
            heads.get(other.line) or other.line
            for other in reversed(promises[place + 1 :])
            if _one_owner(item, other)
            and item.condition == other.condition
            and (item.terms or other.terms) == (other.terms or item.terms)
            and set(item.visible_to) <= set(other.visible_to)
            and (_answers_alike(item, other) or promised_again(item.says, other.says, game.spec.lang))
        )
        condition = next(conditions, "") or _taken_on(game, item, entries, answers)
        heads[item.line] = condition or _paid_by(game, item, entries) or next(later, "")
    return tuple(
        replace(item, account=replace(item.account, within=heads.get(item.line, ""))) if item.account else item
        for item in entries
    )


def _taken_on(game: Game, promise: Item, entries: Sequence[Item], answers: Mapping[str, Line]) -> str:
    """Return the only condition that the line of a promise takes on in full, if it promises nothing else; or empty.

    If the line takes something on in part, or names options of its own, the promise may be about those.
    """
    line, account = answers.get(promise.line), promise.account
    taken = line.get("takes_on", {}) if line else {}
    if line is None or account is None or "part" in taken.values() or len(hangs_on(promise.says)) > 1:
        return ""
    own = [item for item in entries if item.kind == "term" and item.account and item.account.owner == account.owner]
    if any(item.terms and item.terms.items() <= line["terms"].items() for item in own):
        return ""
    asked = [
        item.line
        for item in own
        for by, _ in brought(entries, item.says)
        if taken.get(by) == "yes" and not without_seat(game, item.says, item.visible_to)
    ]
    return asked[0] if len(asked) == 1 else ""


def _answers_alike(item: Item, other: Item) -> bool:
    """Return whether two promises of one thing each answer the same conditions, so that the later one stands."""
    single = all(len(hangs_on(each.says)) == 1 for each in (item, other))
    return single and bool(item.takes_on) and item.takes_on == other.takes_on


def _promises_more(game: Game, item: Item) -> bool:
    """Return whether an entry is a promise that names options, but more than half of its words are about other things.

    With just the figures of its options, a third of its words are enough to say the same.
    """
    if item.kind != "promise" or not item.terms or game.spec.style == "rules" or is_stock(game, item.says):
        return False
    own, lang = content_words(item.says, game.spec.lang), game.spec.lang
    text = " ".join(option for _, option in game.in_words(item.terms))
    figures = counted_numbers(item.says) if game.weighs_review else frozenset[str]()
    enough = _SAME_FIGURES if figures and figures == counted_numbers(text) else _HALF
    return len(hangs_on(item.says)) > 1 or len(own & content_words(text, lang)) < enough * len(own)


def _paid_by(game: Game, promise: Item, entries: Sequence[Item]) -> str:
    """Return the term on who pays that a promise about the fund repeats; or empty.

    It names the fund's amount and little else, or names that option with all its figures.
    """
    lang, known, said = game.spec.lang, game.scenario.decision_by_id, numbers(promise.says)
    own = content_words(promise.says, lang)
    for item in entries if said and len(hangs_on(promise.says)) == 1 else ():
        if item.kind != "term" or not _one_owner(promise, item):
            continue
        funds = {known[key].options[option].fund for key, option in item.terms.items()}
        options = " ".join(option for _, option in game.in_words(item.terms))
        for fact in (fact for fact in game.scenario.facts if fact.id in funds):
            text, figures = f"{fact.text.get(lang)} {options}", figures_of(fact.text, lang)
            sums = max(figures, key=float, default="") in said and 2 * len(own & content_words(text, lang)) >= len(own)
            named = item.terms.items() <= promise.terms.items() and frozenset() < numbers(options) <= said
            if said <= figures | numbers(options) and (sums or named):
                return item.line
    return ""


def _nameless(game: Game, text: str) -> str:
    """Return a text without the names of seats: the person to whom a thing is promised is no part of the thing."""
    for seat in game.positions:
        text = game.names.without(text, seat)
    return text


def _one_owner(item: Item, other: Item) -> bool:
    """Return whether the seat that answers for an entry also answers for another, or is to do it too."""
    return bool(item.account and other.account and item.account.owner in other.account.doers)
