"""Terms of a motion that the body cannot bind: which seats' promise makes each hold, and whether it was given (LA)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sandbox.content.acts import has
from sandbox.content.decision_card import Decision
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.backing import stands
from sandbox.game.rules import binding


class Beyond(NamedTuple):
    """A term that the body cannot bind.

    Args:
        question: the question.
        option: the option.
        givers: the seats whose own promise makes it hold.
        promises: their promises of it that stand, or that stood until a review closed them.
    """

    question: str
    option: str
    givers: tuple[str, ...]
    promises: tuple[Item, ...]


def beyond(game: Game, items: Sequence[Item], terms: Mapping[str, str]) -> list[Beyond]:
    """Return the terms that the body cannot bind, with the promises that a ledger knows of.

    What residents pay in any case needs nobody's promise.
    """
    bound = binding(game.governance, game.scenario, terms)
    known = game.scenario.decision_by_id
    told = []
    for key, option in terms.items():
        if key in known and key not in bound and not paid_anyhow(game, key, option):
            remit = [seat for seat in known[key].holders(option) if seat in game.personas]
            may = tuple(seat for seat in remit if any(has(act, "promises") for act in game.acts(seat)))
            promised = (item for item in items if item.kind == "promise" and item.owner in remit)
            stand = tuple(
                item
                for item in promised
                if item.state in ("open", "confirmed", "kept") or item.account  # due later, whatever came of it
                if item.promised.get(key) == option
            )
            told.append(Beyond(key, option, may, stand))
    return told


def paid_anyhow(game: Game, question: str, option: str) -> bool:
    """Return whether by an option only residents pay, who by the rules pay if nothing is said."""
    decision = game.scenario.decision_by_id[question]
    return game.governance.rules.payoff.default == "residents" and _residents_pay(decision, option)


def asked_of(game: Game, items: Sequence[Item], terms: Mapping[str, str], seat: str) -> dict[str, str]:
    """Return the terms that the body cannot bind, that nobody has promised, and that this seat could promise."""
    return {
        each.question: each.option for each in beyond(game, items, terms) if seat in each.givers and not each.promises
    }


def unagreed(
    game: Game, items: Sequence[Item], motion: Item, voters: Collection[str]
) -> dict[tuple[str, ...], dict[str, str]]:
    """Return the terms of a motion that only seats without a vote could grant and none has, or that nobody here could.

    They are grouped by these seats. A seat grants a term by standing for the motion or promising the option. What
    residents alone pay the room may agree to itself.
    """
    known = game.scenario.decision_by_id
    behind = {seat for seat, stance in stands(game, items, motion).items() if stance}
    lacking: dict[tuple[str, ...], dict[str, str]] = {}
    for key, option in binding(game.governance, game.scenario, motion.terms).items():
        may = _holders(game, known[key], option)
        promised = any(
            item.owner in may and item.state in ("open", "confirmed") and item.promised.get(key) == option
            for item in items
            if item.kind == "promise"
        )
        if (may or not _residents_pay(known[key], option)) and behind.union(voters).isdisjoint(may) and not promised:
            lacking.setdefault(may, {})[key] = option
    return lacking


def ungiven(game: Game) -> dict[str, list[str]]:
    """Return by question the options on offer that nobody at the table may give; not what residents alone pay."""
    none = {
        decision.id: [
            option
            for option in game.offered[decision.id]
            if not (_residents_pay(decision, option) or _holders(game, decision, option))
        ]
        for decision in game.scenario.decisions
    }
    return {question: options for question, options in none.items() if options}


def _holders(game: Game, decision: Decision, option: str) -> tuple[str, ...]:
    return tuple(seat for seat in decision.holders(option) if seat in game.personas)


def _residents_pay(decision: Decision, option: str) -> bool:
    return decision.options[option].paid_by == ("residents",)


def beyond_told(game: Game, items: Sequence[Item], terms: Mapping[str, str], *, whole: bool = False) -> list[str]:
    """Return a sentence for each term that the body cannot bind: whose promise makes it hold, or what holds instead."""
    options = [(each, option) for each in beyond(game, items, terms) for _, option in game.in_words(dict([each[:2]]))]
    return [
        game.words("beyond", option=option, holds=held_by(game, each, whole=whole) + _without(game, each))
        for each, option in options
    ]


def _without(game: Game, term: Beyond) -> str:
    """Return, in words, what holds in place of a term that the body cannot bind and nobody has promised."""
    if term.promises:
        return ""
    pays, payoff = game.scenario.decision_by_id[term.question].topic == "payer", game.governance.rules.payoff
    budget = payoff.budgets[payoff.default].get(game.words.lang)
    return game.words("beyond.without.payer", budget=budget) if pays else game.words("beyond.without")


def held_by(game: Game, term: Beyond, *, whole: bool = False) -> str:
    """Return, in words, whose promise makes a term hold that the body cannot bind, and whether it was given.

    Args:
        game: the game.
        term: the term.
        whole: whether the promises come from the session's whole ledger, rather than from what one seat knows.
    """
    words = game.words
    if term.promises:
        names = words.join(dict.fromkeys(game.name(item.owner) for item in term.promises))
        return words("beyond.promised", names=names, lines=[item.line for item in term.promises])
    names = words("beyond.or").join(game.name(seat) for seat in term.givers)
    return words("beyond.open" if whole else "beyond.open.known", names=names) if names else words("beyond.nobody")
