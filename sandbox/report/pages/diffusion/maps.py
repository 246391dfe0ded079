"""The maps of a spread: the tree of levels with a square for each place or city, and some places as a graph."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sandbox.diffusion.network import NEVER, SpreadNetwork
from sandbox.report.document.map_player import Controls, MapNode, MapPanel, Playing, SquareGroup, leveled
from sandbox.report.figures import percent
from sandbox.report.pages.diffusion.reader import SpreadReader

_SQUARES = 1_500  # of a tree, roughly at most
_NODES = 90  # of a graph, at most
_MARGIN, _WIDE, _TALL = 25.0, 1000.0, 620.0


def playing(panels: Sequence[MapPanel], reader: SpreadReader) -> Playing:
    """Return maps that step through the periods together."""
    say = reader.say
    controls = Controls(*(say(f"map.{key}") for key in ("play", "pause", "back", "forward", "slider", "keys")))
    return Playing(
        "map", say("map.caption"), (say("period_head"), *(panel.title for panel in panels)),
        tuple(map(reader.period, range(len(reader.times)))), tuple(panels), controls,
        (say("map.none"), say("map.form"), say("map.substance", line=f"{reader.country.line:g}")),
        say("map.note", seed=reader.spread.plan.seeds[0]), say("map.table"),
    )  # fmt: skip


def tree(reader: SpreadReader, title: str = "") -> MapPanel:
    """Return a map of the whole country with a square for each place; if there are too many, for one or more cities."""
    network = reader.spread.network
    provinces = len(network.province_starts) - 1
    if len(network) <= _SQUARES:
        owner = np.arange(len(network))
        names = [reader.place(number) for number in range(len(network))]
        groups = _grouped(reader, network)
        heading = reader.say("map.tree", level=reader.level(-1))
    else:
        owner, names, parts = _merged(reader, network)
        groups = tuple(SquareGroup(reader.province(number), parts[number]) for number in range(provinces))
        heading = reader.say("map.merged", places=round(len(network) / len(names)), level=reader.level(-1))
    form, substance = _shares(reader, owner, len(names))
    course = reader.plan.courses[0]
    captions = tuple(
        reader.say("map.of_all", form=percent(float(share)), substance=percent(float(deep)))
        for share, deep in zip(course.form, course.substance, strict=True)
    )
    return MapPanel(title or heading, tuple(names), leveled(form), leveled(substance), captions, groups)


def _merged(reader: SpreadReader, network: SpreadNetwork) -> tuple[NDArray[np.signedinteger], list[str], list[int]]:
    """Return the square of each place, the squares' names, and the number of squares in each province.

    A square holds neighbouring cities of one province.
    """
    cities, provinces = len(network.city_starts) - 1, len(network.province_starts) - 1
    size = -(-cities // _SQUARES)
    square_of_city, names, parts = np.zeros(cities, np.int64), list[str](), list[int]()
    for number in range(provinces):
        own = np.flatnonzero(network.city_province == number)
        square_of_city[own] = len(names) + np.arange(len(own)) // size
        chunks = [own[at : at + size] for at in range(0, len(own), size)]
        names += [reader.cities(int(chunk[0]), int(chunk[-1])) for chunk in chunks]
        parts.append(len(chunks))
    return square_of_city[network.city], names, parts


def graph(reader: SpreadReader, start: int) -> MapPanel:
    """Return a graph of the places around one place, with their ties."""
    network = reader.spread.network
    nodes = _around(network, start)
    place = {int(node): number for number, node in enumerate(nodes)}
    links = tuple(
        (number, place[int(other)])
        for node, number in place.items()
        for other in network.neighbours[network.offsets[node] : network.offsets[node + 1]]
        if int(other) in place and place[int(other)] > number
    )
    spots = _laid_out(len(nodes), links, reader.spread.plan.seeds[0])
    radius = 8.0 if len(nodes) > 60 else 11.0
    points = tuple(
        MapNode(float(x), float(y), radius * (1.5 if node == start else 1.0))
        for (x, y), node in zip(spots, nodes, strict=True)
    )
    periods, came = np.arange(len(reader.times)), reader.spread.districts.form_at[nodes][:, None]
    form = ((came != NEVER) & (came <= periods[None])).astype(float)
    substance = reader.spread.in_substance()[:, nodes].T.astype(float)
    captions = tuple(
        reader.say("map.of_nodes", form=int(form[:, at].sum()), substance=int(substance[:, at].sum()), all=len(nodes))
        for at in periods
    )
    names = tuple(reader.label.join((reader.place(int(node)), reader.where(int(node)))) for node in nodes)
    title = reader.say("map.graph", place=reader.place(start))
    return MapPanel(
        title, names, leveled(form.ravel().tolist()), leveled(substance.ravel().tolist()), captions,
        points=points, links=links, height=_TALL,
    )  # fmt: skip


def _grouped(reader: SpreadReader, network: SpreadNetwork) -> tuple[SquareGroup, ...]:
    groups, sizes = [], np.diff(network.city_starts)
    for number in range(len(network.province_starts) - 1):
        parts = tuple(int(size) for size in sizes[network.city_province == number])
        groups.append(SquareGroup(reader.province(number), sum(parts), parts))
    return tuple(groups)


def _shares(reader: SpreadReader, owner: NDArray[np.signedinteger], count: int) -> tuple[list[float], list[float]]:
    at, whole = reader.spread.districts.form_at, np.maximum(np.bincount(owner, minlength=count), 1)
    form = [(at != NEVER) & (at <= period) for period in range(len(reader.times))]
    shares = (
        np.stack([np.bincount(owner, have, count) / whole for have in each], 1).ravel().tolist()
        for each in (form, reader.spread.in_substance())
    )
    return next(shares), next(shares)


def _around(network: SpreadNetwork, start: int) -> NDArray[np.int64]:
    """Return a place and the places nearest to it in the network, as many as a picture can show."""
    seen, waiting = {start: None}, deque([start])
    while waiting and len(seen) < _NODES:
        node = waiting.popleft()
        for other in network.neighbours[network.offsets[node] : network.offsets[node + 1]].tolist():
            if other not in seen and len(seen) < _NODES:
                seen[other] = None
                waiting.append(other)
    return np.array(list(seen), np.int64)


def _laid_out(count: int, links: Sequence[tuple[int, int]], seed: int) -> NDArray[np.float64]:
    """Return the positions of nodes, with linked nodes close together (Fruchterman and Reingold 1991)."""
    import igraph  # which imports matplotlib

    igraph.set_random_number_generator(random.Random(seed))
    spots = np.array(igraph.Graph(count, links).layout_fruchterman_reingold().coords)
    igraph.set_random_number_generator(random)
    low, high = spots.min(axis=0), spots.max(axis=0)
    room = np.array([_WIDE - 2 * _MARGIN, _TALL - 2 * _MARGIN])
    laid: NDArray[np.float64] = (spots - low) / np.maximum(high - low, 1e-9) * room + _MARGIN
    return laid
