"""What became of what fell due: how a review closes each matter (LA, PV; the weights are inferred)."""

from __future__ import annotations

from dataclasses import replace

from sandbox.game.due import struck
from sandbox.game.entries import Account, Item, ItemState, Ledger
from sandbox.record.line import Outcome


def closed(items: Ledger) -> Ledger:
    """Return the ledger after a review: what became of what fell due, and in its history by what.

    What its owner reports as not kept is not kept. Of what is reported as kept, or as moot since its occasion never
    came or something else took its place, those decide for whom it was: it is what most of them say, kept, moot or not
    kept, whatever anybody else says, and disputed where as many deny it. Where none of them has spoken it is not kept
    only if more weighs against the report than for it: the word of the owner and of each who confirms it, against that
    of each who denies it and an event that struck it and that nobody made good; and in the same way moot for kept.
    What was put to a body that did not carry it is moot, unless its owner says that it was not even put.
    What nobody reported on is broken where an event struck it, and kept where another took it over.
    """
    return tuple([_closed(item, item.account) if item.account and not item.account.closed else item for item in items])


def _closed(item: Item, account: Account) -> Item:
    if account.lost and account.claim != "broken":
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
    other: Outcome = "moot" if claim == "kept" else "kept"
    seats: dict[Outcome, frozenset[str]] = {
        claim: account.confirmed, other: account.otherwise, "broken": account.denied,
    }  # fmt: skip
    weights = {outcome: len(said & account.concerned) for outcome, said in seats.items()}
    if not any(weights.values()):
        weights = {outcome: len(said) for outcome, said in seats.items()}
        weights = {**weights, claim: weights[claim] + 1, "broken": weights["broken"] + struck(item)}
    elif weights["broken"] == max(weights[claim], weights[other]):
        return "disputed"
    return max(seats, key=lambda outcome: weights[outcome])  # of as many the report


def in_substance(item: Item) -> bool:
    """Return whether what fell due reached those whom it was for.

    It was kept, and where an event struck it that none took over, somebody beside its owner says so.
    """
    account = item.account
    confirmed = account is not None and bool(account.otherwise if account.claim == "moot" else account.confirmed)
    return item.state == "kept" and (not struck(item) or confirmed)
