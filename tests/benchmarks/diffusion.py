"""How fast a reform spreads through a country of many places, beside NDlib on the same graph, and what a place takes.

The deck is made up: how long its sessions take is another benchmark's affair (`rules_only`).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import warnings
from time import perf_counter, process_time
from typing import Any

import numpy as np

from sandbox.content.library import Library
from sandbox.content.network_card import MECHANISMS, Country
from sandbox.diffusion.compiled import Cores
from sandbox.diffusion.mechanisms import Rates
from sandbox.diffusion.network import SpreadNetwork, made
from sandbox.diffusion.play import course
from tests.diffusion.countries import made_up_deck

NDLIB_PERIODS = 5
LARGEST = 100_000
"""Places of the largest country that NDlib is played on."""


def shipped(districts: int) -> Country:
    """Return the shipped country in which most mechanisms are on, with so many places."""
    card = Library.load().network("from_below")
    assert isinstance(card, Country)
    return Country.model_validate(card.model_dump() | {"districts": districts, "catch_up": {"on": True}})


def played(country: Country) -> tuple[dict[str, Any], SpreadNetwork]:
    """Make a country and play it once; return what that took."""
    deck = made_up_deck(tuple(made(country.model_copy(update={"districts": 1000}), 1).kinds), sessions=40)
    small = country.model_copy(update={"districts": 1000})
    begun = perf_counter()
    course(small, made(small, 1), deck, Rates.of(small), 1)
    warm = perf_counter() - begun  # compiles, or reads what was compiled before
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun, cpu = perf_counter(), process_time()
    network = made(country, 1)
    graph, graph_cpu = perf_counter() - begun, process_time() - cpu
    ran, _ = course(country, network, deck, Rates.of(country), 1)
    whole, cpu = perf_counter() - begun, process_time() - cpu
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    updates = country.districts * country.periods
    return {
        "districts": country.districts, "periods": country.periods, "threads": Cores.most,
        "ties": len(network.neighbours) // 2, "first_call_seconds": round(warm, 2), "graph_seconds": round(graph, 2),
        "graph_cpu_seconds": round(graph_cpu, 2), "seconds": round(whole, 2), "cpu_seconds": round(cpu, 2),
        "node_updates_a_second": round(updates / (whole - graph)),
        "node_updates_a_cpu_second": round(updates / (cpu - graph_cpu)),
        "bytes_a_place": round((most - before) * 1024 / country.districts),
        "form": float(ran.form[-1]), "load": os.getloadavg()[0],
    }, network  # fmt: skip


def thresholds_alone(country: Country, network: SpreadNetwork) -> dict[str, Any]:
    """Return what the same country takes where imitation alone is on, as in NDlib's threshold model."""
    deck = made_up_deck(tuple(network.kinds), sessions=40)
    rates = Rates.of(country, tuple(name for name in MECHANISMS if name != "imitation"))
    begun, cpu = perf_counter(), process_time()
    course(country, network, deck, rates, 1)
    seconds, cpu = perf_counter() - begun, process_time() - cpu
    updates = country.districts * country.periods
    return {
        "seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2),
        "node_updates_a_second": round(updates / seconds), "node_updates_a_cpu_second": round(updates / cpu),
    }  # fmt: skip


def beside(network: SpreadNetwork) -> dict[str, Any]:
    """Return what NDlib's threshold model takes on the same graph, a few periods of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import networkx as nx
        from ndlib.models import ModelConfig
        from ndlib.models.epidemics import ThresholdModel

    places = len(network)
    ends = np.repeat(np.arange(places), np.diff(network.offsets))
    graph = nx.Graph()
    graph.add_nodes_from(range(places))
    graph.add_edges_from(zip(ends.tolist(), network.neighbours.tolist(), strict=True))
    model = ThresholdModel(graph, seed=1)
    settings = ModelConfig.Configuration()
    settings.add_model_initial_configuration("Infected", list(range(0, places, 300)))
    for node in range(places):
        settings.add_node_configuration("threshold", node, float(network.threshold[node]))
    model.set_initial_status(settings)
    model.iteration()  # the first only gives the beginning
    begun, cpu = perf_counter(), process_time()
    model.iteration_bunch(NDLIB_PERIODS)
    seconds, cpu = perf_counter() - begun, process_time() - cpu
    return {
        "districts": places, "periods": NDLIB_PERIODS, "seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2),
        "node_updates_a_second": round(places * NDLIB_PERIODS / seconds),
        "node_updates_a_cpu_second": round(places * NDLIB_PERIODS / cpu),
    }  # fmt: skip


def main() -> None:
    """Print what each size takes, each in a process of its own, and NDlib on the same graph where that is small."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--districts", type=int, nargs="+", default=[100_000, 1_000_000])
    sizes = parser.parse_args().districts
    if len(sizes) > 1:
        for size in sizes:
            command = [sys.executable, "-m", "tests.benchmarks.diffusion", "--districts", str(size)]
            subprocess.run(command, check=True)
        return
    ours, network = played(shipped(sizes[0]))
    print(json.dumps({"sandbox": ours}))  # noqa: T201
    if sizes[0] <= LARGEST:
        theirs, alone = beside(network), thresholds_alone(shipped(sizes[0]), network)
        names = [name for name in theirs if name.startswith("node_updates")]
        times = {
            part: {name: round(figures[name] / theirs[name], 1) for name in names}
            for part, figures in (("all_mechanisms", ours), ("thresholds_alone", alone))
        }
        print(json.dumps({"ndlib": theirs, "thresholds_alone": alone, "times": times}))  # noqa: T201


if __name__ == "__main__":
    main()
