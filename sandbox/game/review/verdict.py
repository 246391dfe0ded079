"""How a review closes each matter: what became of what fell due (LA, PV; the weights are inferred)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import get_args

from sandbox.game.ledger.entries import Account, Item, ItemState, Ledger
from sandbox.game.review.due import struck
from sandbox.record.line import Outcome


def closed(items: Ledger) -> Ledger:
    """Return the ledger after a review, with the outcome of each matter and, in its history, what decided it.

    - What its owner reports as not kept is not kept.
    - If it is reported as kept, kept in part, or moot (its occasion never came, or something else took its place), the
      seats concerned decide by majority, whatever others say; it is disputed if as many say that it was not kept. No
      single word makes more of what its owner calls kept in part, and no word at all if each is heard.
    - If no seat concerned has spoken, the majority of the others decides, and ties go to the owner's report: it counts
      as a word, and an event that struck the matter and was not made good counts as a word that it was not kept.
    - The yes of another doer confirms nothing.
    - Where fewer than half of those concerned have spoken, they do not overturn a report but dispute it, if a review
      weighs that.
    - What a body decided and nobody granted who may is moot where it came to nothing, unless it was reported as kept.
    - What was put to a body and not carried is moot, unless reported otherwise.
    - What nobody reported on is broken if an event struck it, and kept if another event took it over.
    """
    return tuple([_closed(item, item.account) if item.account and not item.account.closed else item for item in items])


def _closed(item: Item, account: Account) -> Item:
    if account.lost and account.claim in ("", "moot"):
        state: ItemState = "moot"
        by = account.report or account.harmed[0]
    elif account.claim:
        state = _came_to(item, account, account.claim)
        by = account.report
    elif account.harmed:
        state, by = ("broken", account.harmed[0]) if struck(item) else ("kept", account.saved[0])
    else:
        state, by = "unreported", "review"
    if account.ungranted and account.claim != "kept" and state == "broken":
        state = "moot"
    history = item.history if item.history[-1:] == ((by, state),) else (*item.history, (by, state))
    return replace(item, state=state, history=history, account=replace(account, closed=True))


def _came_to(item: Item, account: Account, claim: Outcome) -> ItemState:
    """Return the outcome of a report, given the words of others; nobody can refute that something was not kept."""
    if claim == "broken":
        return claim
    weights = Counter(account.counts.values())
    others: list[Outcome] = [outcome for outcome in get_args(Outcome) if outcome != "broken"]
    if account.heeded.isdisjoint(account.counts):
        weights[claim] += 1
        weights["broken"] += struck(item) and not account.lost
    elif weights["broken"] == max(weights[outcome] for outcome in others):
        return "disputed"
    came = max((claim, *others, "broken"), key=lambda outcome: weights[outcome])  # of as many the report
    if account.hears_all and (claim, came) == ("part", "kept"):
        return claim  # whoever tells it speaks of their own
    if account.few and came != claim:
        return "disputed"
    return claim if (claim, came, weights[came]) == ("part", "kept", 1) else came


def kept_share(state: ItemState) -> float:
    """Return how much of what fell due was kept: 1, in part 0.5, or 0."""
    return {"kept": 1.0, "part": 0.5}.get(state, 0.0)


def in_substance(item: Item) -> float:
    """Return how much of what fell due reached the seats it was for, from 0 to 1.

    That is what was kept; if an event struck it and none took it over, only if a seat other than its doers says so.
    """
    confirmed = item.account is not None and not {"kept", "part"}.isdisjoint(item.account.witnessed.values())
    return kept_share(item.state) if not struck(item) or confirmed else 0.0
