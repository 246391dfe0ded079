"""Who pays for a decision, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.minutes.settled import default_budgets, payer_beyond
from sandbox.game.motions.beyond import Beyond, held_by
from sandbox.game.rules import binding, payable, payers
from sandbox.record.line import DecisionTaken

_SUM = re.compile(r"\d[\d,.]*(?: yuan|万?元)")


def payer_text(game: Game, decision: DecisionTaken, items: Sequence[Item], told: Iterable[str] = ()) -> str:
    """Return how a decision is paid, beyond what its options and ``told`` already say; empty if they say it all.

    - If an option on who pays is bound: what was promised of the money, and what facts of the case say of it.
    - Otherwise: from what budget it is paid, and under which rules. For an option on who pays that the body cannot
      bind, also whose promise makes it hold.
    """
    if not decision["carried"]:
        return ""
    if decision["payer_agreed"]:
        facts = _funds(game, decision["terms"], told)
        return game.words("semi").join(filter(None, (*_money_promised(game, decision, items), facts)))
    held = bool(decision["condition"])
    budgets = default_budgets(game, items, decision)
    return _by_rules(game, decision["unbound"], budgets, payer_beyond(game, items, decision), held=held)


def motion_payer_text(game: Game, motion: Item) -> str:
    """Return how a motion would be paid if it were carried, in the manner of `payer_text`."""
    bound = binding(game.governance, game.scenario, motion.terms)
    who, agreed = payers(game.governance, game.scenario, bound)
    if agreed:
        return _funds(game, bound)
    budgets = [game.governance.rules.payoff.budgets[payer].get(game.spec.lang) for payer in who]
    unbound = {key: option for key, option in motion.terms.items() if key not in bound}
    return _by_rules(game, unbound, budgets, held=bool(motion.condition))


def _funds(game: Game, terms: Mapping[str, str], told: Iterable[str] = ()) -> str:
    """Return what facts of the case say of the money of bound options: of each fact the part that names a sum."""
    asked = game.scenario.decision_by_id
    chosen = [asked[key].options[option] for key, option in terms.items() if key in asked]
    funds = {fact for option in chosen for fact in (option.fund, *(option.sums or ()))}
    known = (fact for fact in game.scenario.facts if fact.id in funds - {*game.spec.start.had})
    texts = [_of_money(fact.text.get(game.spec.lang).rstrip(".。")) for fact in known]
    texts = [text for text in texts if not any(text in other for other in told)]
    return game.words("semi").join(game.words("payer.fund", fact=text) for text in texts)


def _money_promised(game: Game, decision: DecisionTaken, items: Sequence[Item]) -> list[str]:
    """Return the promises to the whole room on who pays as decided, or on another decided option with a sum.

    Only free play has such promises: otherwise seats promise what their cards hold.
    """
    known, room = game.scenario.decision_by_id, {*game.present(decision["stage"])}
    over = ("withdrawn", "fallen", "beyond_remit")
    stood = [item for item in items if item.kind == "promise" and item.state not in over and room <= {*item.visible_to}]
    return [
        game.words("payer.given", name=game.name(item.owner), line=item.line, says=item.says.rstrip(".。"))
        for item in (stood if game.spec.style == "free" else ())
        for decided in [dict(item.terms.items() & decision["terms"].items())]
        if any(known[key].topic == "payer" or _SUM.search(item.says) for key in decided)
    ]


def _of_money(fact: str) -> str:
    """Return a fact from the part (between semicolons) that first names a sum."""
    found = _SUM.search(fact)
    head = fact[: found.start()] if found else ""
    return fact[max(map(head.rfind, ";；")) + 1 :].lstrip()


def _by_rules(
    game: Game, unbound: Mapping[str, str], budgets: Sequence[str], term: Beyond | None = None, *, held: bool
) -> str:
    """Return from what the rules have it paid; ``held`` says that this holds only if conditions say nothing else."""
    label, asked = game.words, game.scenario.decision_by_id
    named = [key for key in unbound if key in asked and asked[key].topic == "payer"]
    option = "".join(text for _, text in game.in_words({key: unbound[key] for key in named}))
    if term and term.promises:
        names, lines = [game.name(item.owner) for item in term.promises], [item.line for item in term.promises]
        return label("payer.promised", option=option, names=names, lines=lines)
    key = ("unbound" if named else "open") + ("_if" if held else "")
    holds = label.paren(held_by(game, term, whole=True)) if term else ""
    budget, model = label("semi").join(budgets), game.governance.name.get(game.spec.lang)
    return label(f"payer.{key}", option=option, holds=holds, budget=budget, model=model)


def unpaid_text(game: Game) -> str:
    """Return the options of the case that nobody may pay for under the rules, and that are not offered; or empty."""
    words, lang = game.words, game.spec.lang
    options = [option for decision in game.scenario.decisions for option in decision.options.values()]
    return words("semi").join(
        option.get(lang) + words.paren(words.join([words.of("cards.payer", payer) for payer in option.paid_by]))
        for option in options
        if not payable(game.governance, option)
    )
