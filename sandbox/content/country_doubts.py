"""What is doubtful in the card of a country, though it can be played."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sandbox.content.words import said

if TYPE_CHECKING:
    from sandbox.content.network_card import Country
    from sandbox.content.yaml_source import Loc
    from sandbox.errors import Said

_SLACK = 0.02  # thirds to two decimals sum to 0.99


def country_doubts(country: Country) -> Iterator[tuple[Loc, str, Said]]:
    """Yield what is doubtful in a country: the place in its card, its field, and the reason."""
    if not country.tables:
        yield from _shares(("regions",), [region.share for region in country.regions])
    for number, region in enumerate(country.regions):
        yield from _shares(("regions", number, "kinds"), [kind.share for kind in region.kinds])
    ordered = country.central_rule is not None and country.coercion.on
    if not country.pilots.count and not ordered and not (country.tables and country.own is None):
        yield ("pilots", "count"), "pilots.count", said("network_fault.nobody_begins", districts=country.districts)


def _shares(loc: Loc, shares: Sequence[float]) -> Iterator[tuple[Loc, str, Said]]:
    if abs((whole := sum(shares)) - 1) > _SLACK:
        taken = [f"{share / whole:.3g}" for share in shares]
        yield loc, ".".join(map(str, loc)), said("network_fault.shares", sum=f"{whole:.3g}", taken=taken)
