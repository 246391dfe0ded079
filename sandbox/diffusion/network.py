"""A country as arrays: places, what lies within what, and a graph of neighbours in compressed rows."""

from __future__ import annotations

import random as stdlib_random
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.content.network_card import Country, Ties
from sandbox.content.own_places import DRAWN, OwnPlaces
from sandbox.diffusion.compiled import compiled
from sandbox.diffusion.deck import Kind

NEVER = -1
"""A period that did not come; a place, channel, mechanism or row that there is not."""
ABOVE = -2
"""The teacher of a place to which the reform came from above."""

_LUCK = {"absorbed": 10, "catch_up": 11, "top_down": 12, "sideways": 13}
"""A part of the seed for each pattern: cards of one pattern have their places in common, whatever else they say."""
_EVENNESS = 8.0
"""How alike the places of a region are in strength: the sum of the two parameters of a beta distribution."""
_LEAST = np.float32(0.01)
"""The lowest threshold, also where a card or table says 0, so that nobody imitates what nobody does."""


@dataclass(frozen=True)
class SpreadNetwork:
    """The places that hold meetings (the lowest level), in the order of the tree: places of one city side by side.

    The places above them are offices, numbered from the highest level down: provinces first, cities last.

    Args:
        kind: kind of each place, an index into `kinds`.
        strength: money and hands of each place, 0 to 1.
        threshold: share of adopted neighbours from which each place imitates them, 0 to 1.
        position: where it lies in the plane, ``[places, 2]``, 0 to 1; where a table gives it, in the table's unit or
            nan.
        city: the office right above each place, an index into the cities.
        province: the place of the highest level above each, an index into the provinces.
        region: the region of each province, an index into the card's.
        above: the office above each office; -1 above provinces.
        city_starts: the first place of each city, and the end of the last.
        province_starts: the same for provinces.
        offsets: the first neighbour of each place in `neighbours`, and the end of the last.
        neighbours: the neighbours, place by place.
        weights: the weight of each neighbour; empty where all count alike.
    """

    kinds: tuple[Kind, ...]
    kind: NDArray[np.uint8]
    strength: NDArray[np.float32]
    threshold: NDArray[np.float32]
    position: NDArray[np.float32]
    city: NDArray[np.int32]
    province: NDArray[np.int32]
    city_province: NDArray[np.int32]
    region: NDArray[np.int32]
    above: NDArray[np.int32]
    city_starts: NDArray[np.int64]
    province_starts: NDArray[np.int64]
    offsets: NDArray[np.int64]
    neighbours: NDArray[np.int32]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.kind)


def made(country: Country, seed: int) -> SpreadNetwork:
    """Return the places of a country and their neighbours; the same for one card and seed, whatever the card's id.

    Graphs within provinces are made by igraph, province by province, so that no large list of ties is held at once.
    """
    random, own = np.random.default_rng((seed, _LUCK[country.pattern], country.districts)), country.own
    city, city_province, above, region = _own_tree(own, len(country.levels)) if own else _tree(country)
    province, count = city_province[city], len(city)
    province_starts = np.searchsorted(province, np.arange(len(region) + 1)).astype(np.int64)
    weights = np.empty(0, np.float32)
    if own and own.ties is not None:
        offsets, neighbours, weights = _own_rows(own)
        position = np.full((count, 2), np.nan, np.float32)
    else:
        near, position = _neighbours(country.ties, province_starts, random)
        far = _far(country.ties, count, random)
        offsets, neighbours = rows(count, np.concatenate([*near, far]))
    mean = np.array([part.strength for part in country.regions])[region]
    strength = np.empty(count, np.float32)
    for number, middle in enumerate(mean):
        first, last = province_starts[number : number + 2]
        strength[first:last] = random.beta(middle * _EVENNESS, (1 - middle) * _EVENNESS, last - first)
    imitation = country.imitation
    threshold = np.full(count, imitation.threshold, np.float32)
    if imitation.spread:
        threshold = random.standard_normal(count, np.float32) * np.float32(imitation.spread) + threshold
    kind = _kinds(country, region[city_province], random)[city]
    if own:
        kind = _said(own.kind, kind, np.array(own.kind) != DRAWN)
        strength, threshold = _said(own.strength, strength), _said(own.threshold, threshold)
        position = _said(own.position, position)
    np.clip(threshold, _LEAST, 1, out=threshold)
    return SpreadNetwork(
        kinds=tuple(Kind(*pair) for pair in country.within_region()), kind=kind, strength=strength,
        threshold=threshold, position=position, city=city, province=province, city_province=city_province,
        region=region, above=above,
        city_starts=np.searchsorted(city, np.arange(len(city_province) + 1)).astype(np.int64),
        province_starts=province_starts, offsets=offsets, neighbours=neighbours, weights=weights,
    )  # fmt: skip


def _tree(country: Country) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the city of each place, the province of each city, the office above each, and each province's region."""
    sizes = _sizes(country)
    provinces = sizes[0]
    parents: list[NDArray[np.int32]] = [
        (np.arange(below, dtype=np.int64) * upper // below).astype(np.int32) for upper, below in pairwise(sizes)
    ]
    city_province = np.arange(provinces, dtype=np.int32)
    for parent in parents[:-1]:
        city_province = city_province[parent]
    starts = np.cumsum([0, *sizes[:-2]])
    above = [np.full(provinces, -1, np.int32)]
    above += [parent + np.int32(start) for parent, start in zip(parents[:-1], starts, strict=False)]
    return parents[-1], city_province, np.concatenate(above), _regions(country, provinces)


def _own_tree(
    own: OwnPlaces, levels: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return what `_tree` returns, from the tables."""
    city_province = np.array(own.office_province, np.int32)
    above = np.full(len(own.provinces), -1, np.int32)
    if levels > 2:  # otherwise the offices right above places are the highest level
        above = np.concatenate([above, city_province])
    return np.array(own.office, np.int32), city_province, above, np.array(own.province_region, np.int32)


def _own_rows(own: OwnPlaces) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Return the ties of a table as compressed rows, and the weight of each neighbour."""
    ties, weights = np.array(own.ties, np.int32).reshape(-1, 2), np.array(own.weights, np.float32)
    ends, others = np.concatenate([ties, ties[:, ::-1]]).T
    order = np.lexsort((others, ends))
    offsets = np.searchsorted(ends[order], np.arange(len(own.ids) + 1)).astype(np.int64)
    alike = len(np.unique(weights)) < 2
    weights = np.empty(0, np.float32) if alike else np.concatenate([weights, weights])[order]
    return offsets, others[order].copy(), weights


def _said(values: object, drawn: NDArray[Any], where: NDArray[np.bool_] | None = None) -> NDArray[Any]:
    """Return the values of a table, and drawn values where the table has none."""
    known = np.array(values, drawn.dtype if where is None else np.int64)
    return np.where(~np.isnan(known) if where is None else where, known, drawn).astype(drawn.dtype)


def rows(count: int, ties: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return ties as compressed rows: the first neighbour of each of ``count`` places, and the neighbours.

    ``ties`` are pairs of places, each tie once, ``[ties, 2]``.
    """
    offsets = np.zeros(count + 1, np.int64)
    neighbours = np.empty(2 * len(ties), np.int32)
    _fill(ties, offsets, neighbours)
    return offsets, neighbours


@compiled()
def _fill(ties: NDArray[np.int32], offsets: NDArray[np.int64], neighbours: NDArray[np.int32]) -> None:
    for tie in range(len(ties)):
        offsets[ties[tie, 0] + 1] += 1
        offsets[ties[tie, 1] + 1] += 1
    for place in range(len(offsets) - 1):
        offsets[place + 1] += offsets[place]
    for tie in range(len(ties) - 1, -1, -1):
        for end in range(2):
            place = ties[tie, end]
            # Rows are filled from their ends; the ends become the beginnings.
            offsets[place + 1] -= 1
            neighbours[offsets[place + 1]] = ties[tie, 1 - end]
    for place in range(len(offsets) - 1):
        offsets[place] = offsets[place + 1]
    offsets[-1] = len(neighbours)


def _sizes(country: Country) -> list[int]:
    """Return how many places each level has, the highest first; the lowest has as many as asked for."""
    sizes = [country.districts]
    for level in reversed(country.levels[1:]):
        sizes.append(max(1, -(-sizes[-1] // level.count)))
    sizes[-1] = min(sizes[-1], country.levels[0].count)
    return sizes[::-1]


def _regions(country: Country, provinces: int) -> NDArray[np.int32]:
    """Return the region of each province, by shares; each region has at least one if there are enough."""
    shares = np.cumsum([part.share for part in country.regions])
    at = (np.arange(provinces) + 0.5) / provinces * shares[-1]
    number: NDArray[np.int32] = np.searchsorted(shares, at).astype(np.int32)
    return number


def _kinds(country: Country, region: NDArray[np.int32], random: np.random.Generator) -> NDArray[np.uint8]:
    """Return the kind of each city's places: a governance model is a city's affair (LR)."""
    numbers = {pair: number for number, pair in enumerate(country.within_region())}
    kinds = np.empty(len(region), np.uint8)
    drawn = random.random(len(region))
    for number, part in enumerate(country.regions):
        shares = np.cumsum([kind.share for kind in part.kinds])
        own = np.array([numbers[kind.governance, kind.city] for kind in part.kinds], np.uint8)
        mask = region == number
        kinds[mask] = own[np.searchsorted(shares, drawn[mask] * shares[-1], side="right")]
    return kinds


def _neighbours(
    ties: Ties, starts: NDArray[np.int64], random: np.random.Generator
) -> tuple[list[NDArray[np.int32]], NDArray[np.float32]]:
    """Return ties within each province, and the position of all places: provinces side by side on a square."""
    side = int(np.ceil(np.sqrt(len(starts) - 1)))
    position = np.empty((int(starts[-1]), 2), np.float32)
    pairs = []
    for number in range(len(starts) - 1):
        first, last = int(starts[number]), int(starts[number + 1])
        graph = _graph(ties, last - first, int(random.integers(2**62)))
        count = graph.vcount()
        laid_out = ties.kind == "geometric"
        at = np.stack([graph.vs["x"], graph.vs["y"]], 1) if laid_out else random.random((count, 2))
        order = np.argsort(_along(at), kind="stable")
        position[first:last] = (at[order] + (number % side, number // side)) / side
        edges = np.array(graph.get_edgelist(), np.int32).reshape(-1, 2)
        if laid_out:
            rank = np.empty(count, np.int32)
            rank[order] = np.arange(count, dtype=np.int32)
            edges = rank[edges]
        pairs.append(edges + np.int32(first))
    return pairs, position


def _graph(ties: Ties, count: int, seed: int) -> Any:
    import igraph  # which imports matplotlib

    igraph.set_random_number_generator(stdlib_random.Random(seed))
    try:
        if ties.kind == "geometric":
            return igraph.Graph.GRG(count, float(np.sqrt(ties.degree / (np.pi * count))))
        half = min(max(1, round(ties.degree / 2)), max(1, (count - 1) // 2))
        if count < 3:
            return igraph.Graph.Full(count)
        if ties.kind == "small_world":
            return igraph.Graph.Watts_Strogatz(1, count, half, ties.rewired)
        if ties.kind == "scale_free":
            return igraph.Graph.Barabasi(count, half)
        return igraph.Graph.Erdos_Renyi(n=count, m=min(round(ties.degree * count / 2), count * (count - 1) // 2))
    finally:
        igraph.set_random_number_generator(stdlib_random)


def _along(at: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Return where points lie along Morton's curve, on which points near in the plane are mostly near."""
    code = np.zeros(len(at), np.uint32)
    for axis in range(2):
        word = (at[:, axis] * 65_535).astype(np.uint32)
        for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            word = (word | (word << np.uint32(shift))) & np.uint32(mask)
        code |= word << np.uint32(axis)
    return code


def _far(ties: Ties, count: int, random: np.random.Generator) -> NDArray[np.int32]:
    pairs = np.sort(random.integers(0, count, (round(ties.far * count / 2), 2), dtype=np.int32), 1)
    each: NDArray[np.int32] = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    return each
