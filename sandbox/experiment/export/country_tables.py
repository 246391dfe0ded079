"""A country as tables: its curves, its places, and a row per place and period for event history analysis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.content.language import Lang
from sandbox.content.network_card import MECHANISMS, Country
from sandbox.content.words import Words
from sandbox.diffusion.deck import CHANNELS
from sandbox.diffusion.history import History
from sandbox.diffusion.network import ABOVE, NEVER, SpreadNetwork
from sandbox.diffusion.spread import DIGITS, Course, Spread, SpreadPlan, at_line
from sandbox.experiment.export.codebook import columns_told, write_codebook
from sandbox.experiment.export.sheets import Columns, Form, Row, sheets_in

_SERIES = {
    "in_form": "form", "in_substance": "substance", "at_once": "at_once", "mean_h": "hierarchical",
    "mean_p": "horizontal", "mean_burden": "burden", "first_plan": "faithful", "commonest": "common",
}  # fmt: skip
_LIES = {
    "place": "i", "governance": "s", "city": "s", "pilot": "b", "region": "s", "province": "i", "office": "i",
    "strength": "f", "threshold": "f", "neighbours": "i",
}  # fmt: skip
TABLES: Mapping[str, Mapping[str, str]] = {
    "curves": {
        "without": "s", "seed": "i", "period": "i", **dict.fromkeys(_SERIES, "f"), "versions": "i", "meetings": "i",
    },
    "places": {
        "seed": "i", **_LIES, "x": "f", "y": "f", "form_at": "i", "substance_at": "i", "substance_end": "f",
        "last_h": "f", "last_p": "f", "burden_end": "f", "first_plan": "f", "version": "i", "channel": "s",
        "mechanism": "s", "teacher": "i", "met_at": "i",
    },
    "place_periods": {
        "seed": "i", **_LIES, "period": "i", "central_rule": "b", "order_here": "b", "promoted_here": "b",
        "agenda_here": "b", "neighbours_form": "f", "neighbours_substance": "f", "neighbours_mean": "f",
        "siblings_form": "f", "siblings_above": "f", "province_behind": "f", "substance_before": "f",
        "failed_before": "i", "at_risk": "b", "meets": "b", "met_channel": "s", "met_mechanism": "s",
        "meeting_fails": "b", "takes_up": "b", "has_form": "b", "had_substance": "b",
    },
    "ties": {"seed": "i", "place": "i", "neighbour": "i", "weight": "f"},
}  # fmt: skip
"""The columns of each table, each with its kind: s text, i whole number, f number, b yes or no."""
_NAMED = dict.fromkeys(("place", "called", "province", "office", "teacher", "neighbour"), "s")


def export_country(
    spread: Spread, histories: Iterable[History], folder: Path, forms: Sequence[Form] = ("csv",), lang: Lang = "en",
    written: Callable[[int], None] = lambda _: None,
) -> tuple[Path, ...]:  # fmt: skip
    """Write a country as tables, with a codebook; return the files.

    Curves are of all seeds and arms; places, their periods and their ties are of ``histories``, one for each seed
    wanted. The folder is made if needed, and files in it are replaced; ``lang`` is the language of the codebook;
    ``written`` is called with the number of each further rows of ``place_periods``.

    Raises:
        InputError: Parquet is wanted and the extra is missing; or as `history`.
        StorageError: something cannot be written.
    """
    country, seeds = spread.plan.country, list[int]()
    tables = columns_of_country(country)
    told = columns_told(tables, (), lang)
    with sheets_in(folder, tables, forms) as sheets:
        sheets["curves"].write(curves_of(spread))
        for each in histories:
            seeds.append(each.seed)
            for name, columns in columns_of_places(spread.plan, each):
                sheets[name].write_columns(columns)
                written(len(columns["seed"]) if name == "place_periods" else 0)
    words = Words(lang)
    title = words("experiment.codebook.country", network=country.id, seeds=words.join(map(str, seeds)))
    book = write_codebook(folder, title, _notes(spread, words), told, lang, about="experiment.codebook.places")
    return (*(folder / f"{name}.{form}" for form in forms for name in TABLES), book)


def _notes(spread: Spread, words: Words) -> tuple[str, ...]:
    played = words("experiment.codebook.program", program=spread.program) if spread.program else ""
    return tuple(filter(None, (words("diffusion.world"), played)))


def columns_of_country(country: Country) -> Mapping[str, Mapping[str, str]]:
    """Return the columns of each table; in a country with its own table of places, ids are texts and not numbers."""
    if not country.own:
        return TABLES
    named = {"places": {"seed": "i", "place": "s", "called": "s", **TABLES["places"]}}
    return {
        name: {column: _NAMED.get(column, kind) for column, kind in kinds.items()}
        for name, kinds in {**TABLES, **named}.items()
    }


def curves_of(spread: Spread) -> Iterator[Row]:
    """Yield a row per arm, seed and period; period 0 is the state before the first."""
    for arm in spread.arms:
        for course in arm.courses:
            without = ", ".join((*spread.plan.without, *arm.without)) or None
            for row in curve_of(course):
                yield {"without": without, "seed": course.seed, **row}


def curve_of(course: Course) -> Iterator[Row]:
    """Yield a row per period of one country; period 0 is the state before the first."""
    series: dict[str, list[Any]] = {"period": list(range(len(course.form)))}
    series |= {name: _numbers(getattr(course, field)) for name, field in _SERIES.items()}
    return rows_of({**series, "versions": course.versions.tolist(), "meetings": course.meetings.sum(axis=1).tolist()})


def columns_of_places(plan: SpreadPlan, history: History) -> Iterator[tuple[str, Columns]]:
    """Yield names of tables with columns: of places, of their periods (period by period), and of their ties."""
    country = plan.country
    lies = {"seed": [history.seed] * len(history.network), **_lies(country, history)}
    yield "places", _places(country, history, lies)
    for columns in _periods(plan, history, lies):
        yield "place_periods", columns
    yield "ties", _ties(country, history)


def _lies(country: Country, history: History) -> dict[str, list[Any]]:
    network = history.network
    kinds = [network.kinds[number] for number in network.kind]
    regions, own = [region.id for region in country.regions], country.own
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
        "place": _called(country, range(len(network))), "governance": [kind.governance for kind in kinds],
        "city": [kind.city for kind in kinds], "pilot": (history.pilot > 0).tolist(),
        "region": [regions[number] for number in network.region[network.province]],
        **above, "strength": _numbers(network.strength), "threshold": _numbers(network.threshold),
        "neighbours": np.diff(network.offsets).tolist(),
    }  # fmt: skip


def _places(country: Country, history: History, lies: Columns) -> Columns:
    ended, own, position = history.districts, country.own, history.network.position
    return {
        **lies, **({"called": own.names} if own else {}), "x": _numbers(position[:, 0]), "y": _numbers(position[:, 1]),
        "form_at": _known(ended.form_at), "substance_at": _known(ended.substance_at),
        "substance_end": _numbers(ended.substance), "last_h": _numbers(ended.hierarchical),
        "last_p": _numbers(ended.horizontal), "burden_end": _numbers(ended.burden),
        "first_plan": _numbers(np.where(ended.form_at == NEVER, np.nan, ended.faithful)),
        "version": [None if at == NEVER else int(code) for at, code in zip(ended.form_at, ended.variant, strict=True)],
        "channel": _named(CHANNELS, ended.channel), "mechanism": _named(MECHANISMS, ended.mechanism),
        "teacher": _called(country, ended.teacher), "met_at": _known(ended.met_at),
    }  # fmt: skip


def _periods(plan: SpreadPlan, history: History, lies: Columns) -> Iterator[Columns]:
    """Yield the columns of each period; values of other places are those before the period."""
    network, ended, rule = history.network, history.districts, plan.central_rule
    count, near, begins = len(network), network.neighbours, history.pilot > 0
    siblings = np.bincount(network.city)[network.city] - 1
    ends, weights = np.repeat(np.arange(count), np.diff(network.offsets)), _weights(network)
    whole = np.bincount(ends, weights, count)

    def mean(values: NDArray[Any]) -> list[float | None]:
        return _shares(np.bincount(ends, weights * values[near], count), whole)

    form_at, deep_at = ended.form_at.astype(int), ended.substance_at.astype(int)
    failures, line = np.zeros(count, int), at_line(plan.country.line)
    for period, moment in enumerate(history.moments, start=1):
        before, deep = ((at != NEVER) & (at < period) for at in (form_at, deep_at))
        beside = np.bincount(network.city, before)[network.city] - before
        yield {
            **lies, "period": [period] * count, "central_rule": [rule is not None and period >= rule] * count,
            "order_here": moment.ordered.tolist(), "promoted_here": moment.promoted.tolist(),
            "agenda_here": moment.agenda.tolist(), "neighbours_form": mean(before), "neighbours_substance": mean(deep),
            "neighbours_mean": mean(moment.substance), "siblings_form": _shares(beside, siblings),
            "siblings_above": _shares(_above(network, before, moment.rank), siblings),
            "province_behind": _behind(network, moment.substance >= line),
            "substance_before": _numbers(moment.substance), "failed_before": failures.tolist(),
            "at_risk": (~before & ~begins).tolist(), "meets": moment.met.tolist(),
            "met_channel": _named(CHANNELS, moment.channel), "met_mechanism": _named(MECHANISMS, moment.mechanism),
            "meeting_fails": moment.failed.tolist(), "takes_up": (form_at == period).tolist(),
            "has_form": (before | (form_at == period)).tolist(),
            "had_substance": ((deep_at != NEVER) & (deep_at <= period)).tolist(),
        }  # fmt: skip
        failures = failures + moment.failed


def _above(network: SpreadNetwork, have: NDArray[np.bool_], rank: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return, for each place, the number of its siblings with a higher rank that ``have`` the reform in form."""
    order = np.lexsort((rank, network.city))
    city, ranked = network.city[order], rank[order]
    begins = np.r_[True, (city[1:] != city[:-1]) | (ranked[1:] != ranked[:-1])]
    after = np.r_[np.flatnonzero(begins)[1:], len(order)][np.cumsum(begins) - 1]  # past all of the same rank
    passed = np.r_[0, np.cumsum(have[order])]
    above = np.empty(len(order), int)
    above[order] = passed[np.searchsorted(city, city, "right")] - passed[after]
    return above


def _behind(network: SpreadNetwork, deep: NDArray[np.bool_]) -> list[float | None]:
    """Return, for each place, the leading region's share of places with substance less its province's, at least 0."""
    province = network.province
    region = network.region[province]
    ahead = (np.bincount(region, deep) / np.maximum(np.bincount(region), 1)).max()
    own = np.bincount(province, deep) / np.maximum(np.bincount(province), 1)
    return _numbers(np.maximum(0, ahead - own)[province])


def _ties(country: Country, history: History) -> Columns:
    network = history.network
    ends = np.repeat(np.arange(len(network)), np.diff(network.offsets))
    each = ends < network.neighbours
    return {
        "seed": [history.seed] * int(each.sum()), "place": _called(country, ends[each]),
        "neighbour": _called(country, network.neighbours[each]), "weight": _numbers(_weights(network)[each]),
    }  # fmt: skip


def _weights(network: SpreadNetwork) -> NDArray[Any]:
    """Return the weights of neighbours; 1 if the network has none."""
    return network.weights if len(network.weights) else np.ones(len(network.neighbours))


def _called(country: Country, numbers: Iterable[Any]) -> list[Any]:
    """Return the ids of places: from the table of places, else their numbers; None for no place."""
    own = country.own
    return [None if number in (NEVER, ABOVE) else own.ids[number] if own else int(number) for number in numbers]


def _named(names: Sequence[str], numbers: Iterable[Any]) -> list[str | None]:
    return [None if number == NEVER else names[number] for number in numbers]


def rows_of(columns: Columns) -> Iterator[Row]:
    """Yield the rows of columns."""
    return (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))


def _shares(have: NDArray[Any], whole: NDArray[Any]) -> list[float | None]:
    return _numbers(np.where(whole > 0, have / np.where(whole > 0, whole, 1), np.nan))


def _numbers(values: NDArray[Any]) -> list[float | None]:
    return [None if isnan(value) else round(value, DIGITS) for value in values.tolist()]


def _known(periods: NDArray[np.int16]) -> list[int | None]:
    return [None if period == NEVER else int(period) for period in periods]
