"""The kernel against libraries that others wrote, on the same small graphs."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest

from sandbox.diffusion.mechanisms import Rates
from sandbox.diffusion.play import course
from tests.diffusion.countries import country, network_of, sure_deck

AT_ONCE = 1e9


@pytest.mark.fuzz
@pytest.mark.parametrize(("seed", "threshold"), [*enumerate([0.15, 0.25, 0.4, 0.5])])
def test_thresholds_spread_as_in_ndlib(seed: int, threshold: float) -> None:
    import networkx as nx

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ndlib.models import ModelConfig
        from ndlib.models.epidemics import ThresholdModel

    graph = nx.erdos_renyi_graph(150, 0.04, seed=seed)
    pilots = random.Random(seed).sample(range(150), 8)
    model = ThresholdModel(graph, seed=seed)
    settings = ModelConfig.Configuration()
    settings.add_model_initial_configuration("Infected", pilots)
    for node in graph.nodes():
        settings.add_node_configuration("threshold", node, threshold)
    model.set_initial_status(settings)
    theirs = [step["node_count"][1] for step in model.iteration_bunch(12)]

    rates = Rates.of(country())._replace(imitation=AT_ONCE)
    network = network_of(150, list(graph.edges()), pilots, threshold)
    ours, _ = course(country(districts=150, periods=12, pilots={"count": 8}), network, sure_deck(), rates, seed)

    assert (150 * ours.form[1:]).round().astype(int).tolist() == theirs


@pytest.mark.fuzz
def test_what_spreads_from_neighbour_to_neighbour_follows_eon() -> None:
    import networkx as nx

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import EoN

    degree, rate, periods, runs, places = 4, 0.1, 120, 20, 300
    graph = nx.random_regular_graph(degree, places, seed=7)
    pilots = [0, 100, 200]
    random.seed(1)
    np.random.seed(1)
    times = np.arange(periods)
    theirs = []
    for _ in range(runs):
        at, _, infected, _ = EoN.fast_SIR(graph, rate / degree, 0, initial_infecteds=pilots, tmax=periods)
        theirs.append(infected[np.searchsorted(at, times, side="right") - 1] / places)

    card = country(districts=places, periods=periods, pilots={"count": 3})
    rates = Rates.of(card)._replace(learning=rate)
    network = network_of(places, list(graph.edges()), pilots)
    ours = [course(card, network, sure_deck(), rates, seed)[0].form[1:] for seed in range(runs)]

    both = np.stack(theirs), np.stack(ours)
    error = np.sqrt(sum(runs_of.var(0) for runs_of in both) / runs)
    # A period of ours is a step in which nobody infects whom they would infect within it: late by half a period.
    late = np.abs(np.gradient(both[0].mean(0)))
    assert (np.abs(both[0].mean(0) - both[1].mean(0)) < 4 * error + late + 0.005).all()
    assert both[1].mean(0)[-1] > 0.9
