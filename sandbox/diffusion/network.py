"""A country as arrays: places, what lies within what, and a graph of neighbours in compressed rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.content.network_card import Country
from sandbox.diffusion.deck import Kind

__all__ = ["Network", "made"]


@dataclass(frozen=True)
class Network:
    """The places that hold meetings, the lowest level, in the order of the tree: those of one city side by side.

    Args:
        kinds: kinds of places.
        kind: kind of each place, a number among `kinds`.
        strength: money and hands of each place, 0 to 1.
        position: where it lies in the plane, ``[places, 2]``, 0 to 1.
        city: the place right above each, by number.
        province: the place of the highest level above each, by number.
        city_province: the province of each city.
        region: the region of each province, a number among the card's.
        city_starts: where the places of each city begin, and where the last end.
        province_starts: the same for provinces.
        offsets: where the neighbours of each place begin in `neighbours`, and where the last end.
        neighbours: the neighbours, place by place.
    """

    kinds: tuple[Kind, ...]
    kind: NDArray[np.uint8]
    strength: NDArray[np.float32]
    position: NDArray[np.float32]
    city: NDArray[np.int32]
    province: NDArray[np.int32]
    city_province: NDArray[np.int32]
    region: NDArray[np.int32]
    city_starts: NDArray[np.int64]
    province_starts: NDArray[np.int64]
    offsets: NDArray[np.int64]
    neighbours: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.kind)


def made(country: Country, seed: int) -> Network:
    """Return the places of a country and who is near whom: the same for the same card and seed."""
    random = np.random.default_rng((seed, 1))
    count = country.districts
    provinces = min(country.levels[0].count, count)
    cities = max(provinces, -(-count // country.levels[-1].count))
    city = (np.arange(count) * cities // count).astype(np.int32)
    city_province = (np.arange(cities) * provinces // cities).astype(np.int32)
    province = city_province[city]
    kinds = tuple(Kind(*pair) for pair in country.within_region())
    ring = np.arange(count)
    edges = np.concatenate([np.stack([ring, (ring + step) % count], 1) for step in (1, 2, 3)])
    both = np.concatenate([edges, edges[:, ::-1]])
    both = both[np.argsort(both[:, 0], kind="stable")]
    offsets = np.searchsorted(both[:, 0], np.arange(count + 1)).astype(np.int64)
    return Network(
        kinds=kinds,
        kind=random.integers(0, len(kinds), count, dtype=np.uint8),
        strength=random.random(count, dtype=np.float32),
        position=random.random((count, 2), dtype=np.float32),
        city=city,
        province=province,
        city_province=city_province,
        region=(np.arange(provinces) * len(country.regions) // provinces).astype(np.int32),
        city_starts=np.searchsorted(city, np.arange(cities + 1)).astype(np.int64),
        province_starts=np.searchsorted(province, np.arange(provinces + 1)).astype(np.int64),
        offsets=offsets,
        neighbours=both[:, 1].astype(np.int32),
    )
