"""The user's own tables of a country's places and neighbours, which replace drawn ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from math import isfinite
from typing import TYPE_CHECKING

from sandbox.content.csv_table import LONGEST, Cells, Faults, read_cells
from sandbox.errors import unknown

if TYPE_CHECKING:
    from sandbox.content.network_card import Country

REQUIRED = ("id", "region")
READ = (*REQUIRED, "name", "province", "office", "governance", "city", "strength", "threshold", "x", "y", "pilot")
"""Columns of a table of places that are read; what one that is left out would say is drawn, or is none."""
TIES, WEIGHT = ("from", "to"), "weight"
MOST_BYTES = 256 << 20
DRAWN = -1
"""A kind of place that the table leaves open."""
_YES, _NO = ("yes", "true", "1", "是"), ("", "no", "false", "0", "否")


@dataclass(frozen=True, eq=False, repr=False)
class OwnPlaces:
    """Places and ties of the tables; places in the order of the tree, those of one office side by side.

    Args:
        texts: the tables as they were read: places, and ties; the second is empty where ties are drawn.
        offices: the name of each office; empty where none is named.
        provinces: the name of each place of the highest level; empty where the region stands for it.
        office: the office of each place, a number.
        office_province: the place of the highest level above each office.
        province_region: the region of each of these, an index into the card's.
        kind: the kind of each place, an index into the card's; `DRAWN`.
        strength: resources, 0 to 1; nan where they are drawn.
        threshold: share of neighbours from which on each imitates, 0 to 1; nan where it is drawn.
        position: where each lies, west to east and south to north, in any unit; nan where unknown.
        pilot: whether each is a pilot; None where the card says which are.
        ties: pairs of places, each once; None where they are drawn.
        weights: the weight of each tie.
    """

    texts: tuple[str, str]
    ids: tuple[str, ...]
    names: tuple[str, ...]
    offices: tuple[str, ...]
    provinces: tuple[str, ...]
    office: tuple[int, ...]
    office_province: tuple[int, ...]
    province_region: tuple[int, ...]
    kind: tuple[int, ...]
    strength: tuple[float, ...]
    threshold: tuple[float, ...]
    position: tuple[tuple[float, float], ...]
    pilot: tuple[bool, ...] | None
    ties: tuple[tuple[int, int], ...] | None
    weights: tuple[float, ...]

    @cached_property
    def digest(self) -> str:
        """What tells these tables from any others."""
        return sha256("\0".join(self.texts).encode()).hexdigest()[:16]

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each place by its id."""
        return {place: number for number, place in enumerate(self.ids)}


def own_places(texts: tuple[str, str], paths: tuple[str, str], country: Country) -> OwnPlaces:
    """Return the places and ties of tables.

    The second text is empty where ties are drawn; ``paths`` are the files, for messages about faults.

    Raises:
        ContentError: with every fault, each with file, line, column and what is allowed.
    """
    faults = Faults(paths[0])
    lines, cells = read_cells(texts[0], faults, REQUIRED if len(country.regions) > 1 else REQUIRED[:1], READ)
    regions = [region.id for region in country.regions]
    region = list(_regions(lines, cells["region"], regions, faults))
    _check_ids(lines, cells["id"], faults)
    province = _named(lines, cells["province"], "province", faults)
    _check_provinces(lines, province, region, regions, faults)
    office = _named(lines, cells["office"], "office", faults)
    if cells["office"].there and len(country.levels) < 3:
        faults.add(1, "office", "levels")
    kind = list(_kinds(lines, cells["governance"].values, cells["city"].values, region, country, faults))
    shares = {name: _numbers(lines, cells[name].values, name, faults, most=1) for name in ("strength", "threshold")}
    across = [_numbers(lines, cells[name].values, name, faults, most=None) for name in ("x", "y")]
    pilot = _truths(lines, cells["pilot"], faults)
    if pilot is None and country.pilots.count > len(lines):
        faults.add(1, "", "pilots", count=country.pilots.count, places=len(lines))
    faults.check()

    # In the order of the tree: regions as on the card, all others as they first come.
    keys = list(zip(region, province, office, strict=True))
    in_turn = {key: at for at, key in enumerate(dict.fromkeys(keys))}
    provinces_in_turn = {key: at for at, key in enumerate(dict.fromkeys(key[:2] for key in keys))}
    order = sorted(
        range(len(lines)), key=lambda at: (keys[at][0], provinces_in_turn[keys[at][:2]], in_turn[keys[at]], at)
    )  # fmt: skip
    offices, above = _offices([keys[at] for at in order], country, named=cells["office"].there)
    provinces = list(dict.fromkeys(key[:2] for key in offices))
    province_at = {key: number for number, key in enumerate(provinces)}
    ids = [cells["id"].values[at] for at in order]
    ties = None
    if texts[1]:
        ties = _ties(texts[1], paths, {place: number for number, place in enumerate(ids)})
    return OwnPlaces(
        texts=texts, ids=tuple(ids), names=tuple(cells["name"].values[at] or cells["id"].values[at] for at in order),
        offices=tuple(key[2] for key in offices), provinces=tuple(key[1] for key in provinces), office=tuple(above),
        office_province=tuple(province_at[key[:2]] for key in offices),
        province_region=tuple(key[0] for key in provinces), kind=tuple(kind[at] for at in order),
        strength=tuple(shares["strength"][at] for at in order),
        threshold=tuple(shares["threshold"][at] for at in order),
        position=tuple((across[0][at], across[1][at]) for at in order),
        pilot=tuple(pilot[at] for at in order) if pilot is not None else None,
        ties=None if ties is None else tuple(ties), weights=() if ties is None else tuple(ties.values()),
    )  # fmt: skip


def _check_ids(lines: Iterable[int], ids: Cells, faults: Faults) -> None:
    seen: dict[str, int] = {}
    for line, place in zip(lines, ids.values, strict=True):
        if not place:
            faults.add(line, "id", "none")
        elif len(place) > LONGEST:
            faults.add(line, "id", "long", most=LONGEST)
        elif place in seen:
            faults.add(line, "id", "twice", place=place, line=seen[place])
        seen.setdefault(place, line)


def _regions(lines: Sequence[int], cells: Cells, regions: Sequence[str], faults: Faults) -> Iterator[int]:
    numbers = {region: number for number, region in enumerate(regions)}
    for line, region in zip(lines, cells.values, strict=True):
        if cells.there and region not in numbers:
            faults.put(line, "region", unknown("region", region, regions))
        yield numbers.get(region, 0)
    if cells.there and not faults:
        for region in sorted(set(regions) - {*cells.values}):
            faults.add(1, "region", "no_places", region=region)


def _named(lines: Iterable[int], cells: Cells, column: str, faults: Faults) -> Sequence[str]:
    """Return the names in a column of higher levels; if the column exists, none of them may be empty."""
    for line, name in zip(lines, cells.values, strict=True):
        if cells.there and not name:
            faults.add(line, column, "none")
    return cells.values


def _check_provinces(
    lines: Iterable[int], provinces: Sequence[str], of: Sequence[int], regions: Sequence[str], faults: Faults
) -> None:
    first: dict[str, tuple[int, int]] = {}
    for line, province, region in zip(lines, provinces, of, strict=True):
        before, known = first.setdefault(province, (line, region))
        if province and known != region:
            faults.add(line, "province", "two_regions", province=province, region=regions[known], line=before)


def _kinds(
    lines: Iterable[int], models: Iterable[str], cities: Iterable[str], of: Iterable[int], country: Country,
    faults: Faults,
) -> Iterator[int]:  # fmt: skip
    """Yield the kind of each place, one of its region's, by what the table gives; `DRAWN` if it gives nothing."""
    all_kinds = country.within_region()
    own = [[(kind.governance, kind.city) for kind in region.kinds] for region in country.regions]
    for line, model, city, region in zip(lines, models, cities, of, strict=True):
        if not model and not city:
            yield DRAWN
            continue
        fit = [kind for kind in own[region] if model in ("", kind[0]) and city in ("", kind[1])]
        if len(fit) != 1:
            values = {"kind": "/".join(filter(None, (model, city))), "region": country.regions[region].id}
            allowed = ["/".join(kind) for kind in fit or own[region]]
            faults.add(
                line, "governance" if model else "city", "kinds" if fit else "no_kind", allowed=allowed, **values
            )
        yield all_kinds.index(fit[0]) if fit else DRAWN


def _numbers(
    lines: Iterable[int], cells: Sequence[str], column: str, faults: Faults, *, most: float | None
) -> list[float]:  # fmt: skip
    numbers = []
    for line, cell in zip(lines, cells, strict=True):
        try:
            number = float(cell) if cell else float("nan")
        except ValueError:
            number = float("inf")
        if cell and (not isfinite(number) or (most is not None and not 0 <= number <= most)):
            faults.add(line, column, "number" if most is None else "share", value=cell[:LONGEST])
        numbers.append(number)
    return numbers


def _truths(lines: Iterable[int], cells: Cells, faults: Faults) -> list[bool] | None:
    if not cells.there:
        return None
    for line, cell in zip(lines, cells.values, strict=True):
        if cell.lower() not in (*_YES, *_NO):
            faults.add(line, "pilot", "truth", value=cell[:LONGEST], allowed=[*_YES, *filter(None, _NO)])
    return [cell.lower() in _YES for cell in cells.values]


def _offices(
    keys: Sequence[tuple[int, str, str]], country: Country, *, named: bool
) -> tuple[list[tuple[int, str, str]], list[int]]:
    """Return the offices, and the office of each place; if none is named, each gets as many places as the card says."""
    most = 0 if named or len(country.levels) < 3 else country.levels[-1].count
    offices, above, size = list[tuple[int, str, str]](), list[int](), 0
    for at, key in enumerate(keys):
        if at == 0 or key != keys[at - 1] or (most and size == most):
            offices.append(key)
            size = 0
        size += 1
        above.append(len(offices) - 1)
    return offices, above


def _ties(text: str, paths: tuple[str, str], places: Mapping[str, int]) -> dict[tuple[int, int], float]:
    """Return each tie once, with its weight; a tie of a place to itself is ignored."""
    faults = Faults(paths[1])
    lines, cells = read_cells(text, faults, TIES, (*TIES, WEIGHT))
    weights = cells[WEIGHT]
    each: dict[tuple[int, int], tuple[float, int]] = {}
    for line, first, second, cell in zip(
        lines, cells["from"].values, cells["to"].values, weights.values, strict=True
    ):  # fmt: skip
        missing = [(column, end) for column, end in zip(TIES, (first, second), strict=True) if end not in places]
        for column, end in missing:
            faults.add(line, column, "no_place", place=end[:LONGEST], file=paths[0])
        weight = _weight(cell) if weights.there else 1.0
        if weight is None:
            faults.add(line, WEIGHT, "weight", value=cell[:LONGEST])
        if missing or weight is None or first == second:
            continue
        pair = (places[first], places[second])
        before, known = each.setdefault((min(pair), max(pair)), (weight, line))
        if before != weight:
            faults.add(line, WEIGHT, "two_weights", first=first, second=second, line=known)
    faults.check()
    return {pair: weight for pair, (weight, _) in each.items()}


def _weight(cell: str) -> float | None:
    try:
        weight = float(cell)
    except ValueError:
        return None
    return weight if 0 < weight <= 1e9 else None
