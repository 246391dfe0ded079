"""What became of what fell due: how a review closes each matter (LA, PV; the weights are inferred)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import get_args

from sandbox.game.ledger.entries import Account, Item, ItemState, Ledger
from sandbox.game.review.due import struck
from sandbox.record.line import Outcome


def closed(items: Ledger) -> Ledger:
    """Return the ledger after a review: what became of what fell due, and in its history by what.

    What its owner reports as not kept is not kept. Of what is reported as kept, in part or whole, or as moot since its
    occasion never came or something else took its place, those decide for whom it was: it is what most of them say,
    whatever anybody else says, and disputed where as many say that it was not kept. What its owner calls kept in part
    no single word makes more of. Where none of them has spoken it is what most others say, of as many what its owner
    reports: that one's word counts as well, and an event that struck it and that nobody made good as a word that it was
    not kept. Whoever is to do it too bears nothing out by a yes.
    What was put to a body that did not carry it is moot where nobody reported otherwise.
    What nobody reported on is broken where an event struck it, and kept where another took it over.
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
    history = item.history if item.history[-1:] == ((by, state),) else (*item.history, (by, state))
    return replace(item, state=state, history=history, account=replace(account, closed=True))


def _came_to(item: Item, account: Account, claim: Outcome) -> ItemState:
    """Return what a report comes to against the word of others; that something was not kept, nobody refutes."""
    if claim == "broken":
        return claim
    weights = Counter(account.counts.values())
    others: list[Outcome] = [outcome for outcome in get_args(Outcome) if outcome != "broken"]
    if account.concerned.isdisjoint(account.counts):
        weights[claim] += 1
        weights["broken"] += struck(item) and not account.lost
    elif weights["broken"] == max(weights[outcome] for outcome in others):
        return "disputed"
    came = max((claim, *others, "broken"), key=lambda outcome: weights[outcome])  # of as many the report
    return claim if (claim, came, weights[came]) == ("part", "kept", 1) else came


def kept_share(state: ItemState) -> float:
    """Return how much of what fell due was kept: all of it, 1, in part, a half, or none."""
    return {"kept": 1.0, "part": 0.5}.get(state, 0.0)


def in_substance(item: Item) -> float:
    """Return how much of what fell due reached those whom it was for, from 0 to 1.

    That is what was kept, and where an event struck it that none took over, if somebody beside its doers says so.
    """
    confirmed = item.account is not None and not {"kept", "part"}.isdisjoint(item.account.witnessed.values())
    return kept_share(item.state) if not struck(item) or confirmed else 0.0
