"""A country as tables: its curves, its places, and a row a place and period as event history analysis reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.content.language import Lang
from sandbox.content.network_card import MECHANISMS, Country
from sandbox.content.words import Words
from sandbox.diffusion.deck import CHANNELS
from sandbox.diffusion.network import ABOVE, NEVER, SpreadNetwork
from sandbox.diffusion.play import handed_down
from sandbox.diffusion.spread import Spread
from sandbox.experiment.codebook import columns_told, write_codebook
from sandbox.experiment.sheets import Form, Row, sheets_in

_SERIES = {
    "in_form": "form", "in_substance": "substance", "at_once": "at_once", "mean_h": "hierarchical",
    "mean_p": "horizontal", "mean_burden": "burden", "first_plan": "faithful", "commonest": "common",
}  # fmt: skip
_LIES = {
    "place": "i", "governance": "s", "city": "s", "region": "s", "province": "i", "office": "i", "strength": "f",
    "threshold": "f", "neighbours": "i",
}  # fmt: skip
TABLES: Mapping[str, Mapping[str, str]] = {
    "curves": {
        "without": "s", "seed": "i", "period": "i", **dict.fromkeys(_SERIES, "f"), "versions": "i", "meetings": "i",
    },
    "places": {
        **_LIES, "x": "f", "y": "f", "form_at": "i", "substance_at": "i", "substance_end": "f", "last_h": "f",
        "last_p": "f", "burden_end": "f", "first_plan": "f", "version": "i", "channel": "s", "mechanism": "s",
        "teacher": "i", "met_at": "i",
    },
    "place_periods": {
        **_LIES, "period": "i", "central_rule": "b", "order_here": "b", "promoted_here": "b",
        "neighbours_form": "f", "neighbours_substance": "f", "siblings_form": "f", "at_risk": "b", "takes_up": "b",
        "has_form": "b", "had_substance": "b",
    },
    "ties": {"place": "i", "neighbour": "i", "weight": "f"},
}  # fmt: skip
"""The columns of each table, each with its kind: s text, i whole number, f number, b yes or no."""
_NAMED = dict.fromkeys(("place", "called", "province", "office", "teacher", "neighbour"), "s")


def export_country(
    spread: Spread, folder: Path, forms: Sequence[Form] = ("csv",), lang: Lang = "en"
) -> tuple[Path, ...]:  # fmt: skip
    """Write a country as tables, with a codebook that says what is in each column.

    Curves are of all seeds and arms; places, their periods and their ties of the first seed of what was asked for.

    Args:
        spread: what came of it.
        folder: where to; it is made where it does not exist, and files in it are replaced.
        forms: ``csv``, ``parquet``.
        lang: language of the codebook.

    Raises:
        InputError: Parquet is wanted, and the extra is missing.
        StorageError: something cannot be written.
    """
    tables = _tables(spread.plan.country)
    told = columns_told(tables, (), lang)
    with sheets_in(folder, tables, forms) as sheets:
        sheets["curves"].write(_curves(spread))
        sheets["places"].write(_places(spread))
        for rows in _periods(spread):
            sheets["place_periods"].write(rows)
        sheets["ties"].write(_ties(spread))
    words = Words(lang)
    title = words("experiment.codebook.country", network=spread.plan.country.id, seed=spread.plan.seeds[0])
    book = write_codebook(folder, title, (words("diffusion.world"),), told, lang, about="experiment.codebook.places")
    return (*(folder / f"{name}.{form}" for form in forms for name in TABLES), book)


def _tables(country: Country) -> Mapping[str, Mapping[str, str]]:
    """Return the columns; of a country with a table of places, these and what lies above stand with their names."""
    if not country.own:
        return TABLES
    named = {"places": {"place": "s", "called": "s", **TABLES["places"]}}
    return {
        name: {column: _NAMED.get(column, kind) for column, kind in kinds.items()}
        for name, kinds in {**TABLES, **named}.items()
    }


def _curves(spread: Spread) -> Iterator[Row]:
    for arm in spread.arms:
        for course in arm.courses:
            series: dict[str, list[Any]] = {
                name: _numbers(getattr(course, field)) for name, field in _SERIES.items()
            }  # fmt: skip
            series |= {"versions": course.versions.tolist(), "meetings": course.meetings.sum(axis=1).tolist()}
            for period in range(spread.plan.country.periods + 1):
                values = {name: each[period] for name, each in series.items()}
                without = ", ".join((*spread.plan.without, *arm.without)) or None
                yield {"without": without, "seed": course.seed, "period": period, **values}


def _lies(spread: Spread) -> dict[str, list[Any]]:
    network = spread.network
    kinds = [network.kinds[number] for number in network.kind]
    regions, own = [region.id for region in spread.plan.country.regions], spread.plan.country.own
    above: dict[str, list[Any]] = {"province": (network.province + 1).tolist(), "office": (network.city + 1).tolist()}
    if own:
        regional = [regions[number] for number in own.province_region]
        provinces = [name or region for name, region in zip(own.provinces, regional, strict=True)]
        offices = [name or str(number) for number, name in enumerate(own.offices, start=1)]
        above = {
            "province": [provinces[number] for number in network.province],
            "office": [offices[number] for number in network.city],
        }
    return {
        "place": _called(spread, range(len(network))), "governance": [kind.governance for kind in kinds],
        "city": [kind.city for kind in kinds],
        "region": [regions[number] for number in network.region[network.province]],
        **above, "strength": _numbers(network.strength), "threshold": _numbers(network.threshold),
        "neighbours": np.diff(network.offsets).tolist(),
    }  # fmt: skip


def _places(spread: Spread) -> Iterator[Row]:
    ended, own = spread.districts, spread.plan.country.own
    columns = _lies(spread) | ({"called": own.names} if own else {}) | {
        "x": _numbers(spread.network.position[:, 0]), "y": _numbers(spread.network.position[:, 1]),
        "form_at": _known(ended.form_at), "substance_at": _known(ended.substance_at),
        "substance_end": _numbers(ended.substance), "last_h": _numbers(ended.hierarchical),
        "last_p": _numbers(ended.horizontal), "burden_end": _numbers(ended.burden),
        "first_plan": _numbers(ended.faithful),
        "version": [None if at == NEVER else int(code) for at, code in zip(ended.form_at, ended.variant, strict=True)],
        "channel": [None if number == NEVER else CHANNELS[number] for number in ended.channel],
        "mechanism": [None if number == NEVER else MECHANISMS[number] for number in ended.mechanism],
        "teacher": _called(spread, ended.teacher),
        "met_at": _known(ended.met_at),
    }  # fmt: skip
    return _rows(columns)


def _periods(spread: Spread) -> Iterator[Iterator[Row]]:
    """Yield the rows of each period; what others have is as it stood before the period."""
    network, ended, rule = spread.network, spread.districts, spread.plan.central_rule
    lies, count = _lies(spread), len(spread.network)
    degree, siblings = np.diff(network.offsets), np.bincount(network.city)[network.city] - 1
    ends, weights = np.repeat(np.arange(count), degree), _weights(network)
    whole = np.bincount(ends, weights, count)
    form_at, deep_at = ended.form_at.astype(int), ended.substance_at.astype(int)
    for period, (ordered, promotes) in enumerate(handed_down(spread.plan, network, ended.form_at), start=1):
        before = (form_at != NEVER) & (form_at < period)
        near = np.bincount(ends, weights * before[network.neighbours], count)
        deep = np.bincount(ends, weights * ((deep_at != NEVER) & (deep_at < period))[network.neighbours], count)
        beside = np.bincount(network.city, before)[network.city] - before
        yield _rows(lies | {
            "period": [period] * count, "central_rule": [rule is not None and period >= rule] * count,
            "order_here": ordered[network.city].tolist(), "promoted_here": promotes[network.city].tolist(),
            "neighbours_form": _shares(near, whole), "neighbours_substance": _shares(deep, whole),
            "siblings_form": _shares(beside, siblings),
            "at_risk": (~before).tolist(), "takes_up": (form_at == period).tolist(),
            "has_form": (before | (form_at == period)).tolist(),
            "had_substance": ((deep_at != NEVER) & (deep_at <= period)).tolist(),
        })  # fmt: skip


def _ties(spread: Spread) -> Iterator[Row]:
    network = spread.network
    ends = np.repeat(np.arange(len(network)), np.diff(network.offsets))
    each = ends < network.neighbours
    return _rows({
        "place": _called(spread, ends[each]), "neighbour": _called(spread, network.neighbours[each]),
        "weight": _numbers(_weights(network)[each]),
    })  # fmt: skip


def _weights(network: SpreadNetwork) -> NDArray[Any]:
    """Return how much each neighbour counts."""
    return network.weights if len(network.weights) else np.ones(len(network.neighbours))


def _called(spread: Spread, numbers: Iterable[Any]) -> list[Any]:
    """Return places as commands name them: by their number, or by their id in a table of places."""
    own = spread.plan.country.own
    return [None if number in (NEVER, ABOVE) else own.ids[number] if own else int(number) for number in numbers]


def _rows(columns: Mapping[str, Sequence[Any]]) -> Iterator[Row]:
    return (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))


def _shares(have: NDArray[Any], whole: NDArray[Any]) -> list[float | None]:
    return _numbers(np.where(whole > 0, have / np.where(whole > 0, whole, 1), np.nan))


def _numbers(values: NDArray[Any]) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 5) for value in values]


def _known(periods: NDArray[np.int16]) -> list[int | None]:
    return [None if period == NEVER else int(period) for period in periods]
