"""Rules that may be swapped in a whole country, whatever governance models its places have."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.content.library import Library
from sandbox.content.network_card import Country

__all__ = ["swaps"]

_ALIKE: dict[str, tuple[str, ...]] = {
    "undecided": ("scope.decisions=none",),
    "no_veto": ("aggregation.veto=[]",),
    "chair_alone": ("aggregation.procedure=chair_decides",),
}


def swaps(country: Country, library: Library) -> Mapping[str, tuple[str, ...]]:
    """Return the swaps by name, each as ``path=value``; they move what comes of meetings, and every model takes them.

    Args:
        country: the country.
        library: the content, which has its cases.
    """
    cases = [library.scenario(case) for case in country.deck.scenarios if case in library.cards["scenario"]]
    topics = dict.fromkeys(decision.topic for case in cases for decision in case.decisions)
    others = [topic for topic in topics if topic != "payer"]
    known = dict(_ALIKE)
    if others and "payer" in topics:
        known["no_payer"] = (f"scope.decisions=[{', '.join(others)}]",)
    return known
