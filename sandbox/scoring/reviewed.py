"""Measures of a session whose promises fell due: kept a year later, form against substance, and who carried it.

What papers say is what was reported; what residents got is what was kept and, where an event struck it, confirmed by
somebody beside its doers (LA, PV, GW; the rules are inferred). What nobody reported on, and no event settled, counts
as neither, and so does what is moot: its occasion never came, or something else took its place. What was kept in part
counts as half kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, get_args

from sandbox.content.acts import has
from sandbox.content.cards import RESIDENTS, Kind
from sandbox.game.ledger.entries import Item
from sandbox.game.review.inspection import Value, mean, share
from sandbox.game.review.verdict import in_substance, kept_share
from sandbox.game.session import Session

Witness = Literal["alone", "confirmed", "contradicted"]
WITNESSES: tuple[Witness, ...] = get_args(Witness)
"""Who bears a report out: nobody but who is to do it, others too, or somebody denied it."""

# Who may have carried it, by kind of seat. Party secretaries are those of communities, which are the front line.
BEARERS: Mapping[str, tuple[Kind, ...]] = {
    "officials": ("leader", "overseer", "official"),
    "frontline": ("frontline", "broker", "party"),
    "organisations": ("provider", "expert"),
    "residents": RESIDENTS,
}

UNSETTLED = ("moot", "disputed", "unreported")
"""States of what fell due and is neither kept nor broken: those for whom it was are of two minds, nobody knows."""


def fallen_due(session: Session) -> list[Item]:
    """Return what fell due and was closed; nothing where no review is over."""
    return [item for item in session.items if item.account and item.account.closed]


def matters_due(session: Session) -> list[Item]:
    """Return what fell due, each undertaking once: a promise that was reported with another entry is no second one.

    Sessions whose reviews do not weigh who has spoken counted it apart.
    """
    return [item for item in fallen_due(session) if not (item.account and item.account.by_half and item.account.within)]


def witnessed(due: Iterable[Item]) -> dict[Witness, int]:
    """Return how many reports of kept or broken matters were confirmed, contradicted, or left to the reporter alone.

    Matters that nobody reported on are left out.
    """
    settled = (item for item in due if item.state not in UNSETTLED)
    accounts = [item.account for item in settled if item.account and item.account.claim]
    witnesses: Counter[Witness] = Counter(
        "contradicted" if each.gainsaid else "confirmed" if each.counts else "alone" for each in accounts
    )
    return {name: witnesses[name] for name in WITNESSES}


def _settled(session: Session) -> list[Item]:
    return [item for item in matters_due(session) if item.state not in UNSETTLED]


def _share_of(session: Session, part: Callable[[Item], float]) -> Value:
    due = _settled(session)
    return share(sum(map(part, due)), len(due))


def on_paper(item: Item) -> float:
    """Return how much of a matter is kept on paper: all, unless it was reported as not kept or kept in part."""
    claim = item.account.claim if item.account else "broken"
    return kept_share(claim) if claim in ("broken", "part") else 1.0


def kept_after_a_year(session: Session) -> Value:
    """Share of what fell due and is known to be kept or broken that was kept (LA)."""
    return _share_of(session, lambda item: kept_share(item.state))


def kept_on_paper(session: Session) -> Value:
    """Share of it that stands as kept in the papers (PV)."""
    return _share_of(session, on_paper)


def kept_in_substance(session: Session) -> Value:
    """Share of it that reached those whom it was for (PV, FO)."""
    return _share_of(session, in_substance)


def form_without_substance(session: Session) -> Value:
    """Share of it that stands as kept in the papers and did not reach anybody (PV)."""
    return _share_of(session, lambda item: max(0.0, on_paper(item) - in_substance(item)))


def reports_denied(session: Session) -> Value:
    """Share of the matters reported on that somebody denied whose word counts, or objected to and told otherwise."""
    objects = {(line["seat"], line["about"]) for line in session.lines if has(line["act"], "opposes")}
    denied: list[bool] = []
    for item in matters_due(session):
        if item.account and item.account.report:
            told = any(
                (seat, about) in objects for seat in item.account.gainsaid for about in (item.line, item.account.report)
            )
            denied.append(bool(item.account.denied) or told)
    return share(sum(denied), len(denied))


def _burden(kinds: tuple[Kind, ...]) -> Callable[[Session], Value]:
    """Return what measures the mean burden of seats of some kinds after the review, brought to 0 to 1 (PC, GW)."""

    def count(session: Session) -> Value:
        reviews = session.game.able("reviews")
        after = [pulses["levels"] for pulses in session.pulses if pulses["moment"] in reviews]
        last, cards = (after[-1] if after else {}), session.game.personas
        return mean([(last[seat]["burden"] - 1) / 4 for seat in last if cards[seat].kind in kinds])

    return count


AFTER_A_YEAR: Mapping[str, Callable[[Session], Value]] = {
    "kept_after_a_year": kept_after_a_year,
    "kept_on_paper": kept_on_paper,
    "kept_in_substance": kept_in_substance,
    "form_without_substance": form_without_substance,
    "reports_denied": reports_denied,
    **{f"burden_{name}": _burden(kinds) for name, kinds in BEARERS.items()},
}
"""The measures of a session that was reviewed, by name."""
