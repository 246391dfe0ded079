"""Small countries, and networks with given ties, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from sandbox.content.network_card import MECHANISMS, Country
from sandbox.content.yaml_source import parse_yaml
from sandbox.diffusion.deck import CHANNELS, STANDS, Cells, Deck, Kind
from sandbox.diffusion.network import SpreadNetwork, made, rows
from tests.content.folders import shipped, write

__all__ = ["KIND", "country", "little", "made_up_deck", "network_of", "sure_deck"]

KIND = Kind("command", "haicang")


def made_up_deck(kinds: tuple[Kind, ...], seed: int = 1, sessions: int = 20) -> Deck:
    """Return a deck of made-up rows: nobody played them."""
    random = np.random.default_rng(seed)
    cells = len(kinds) * len(CHANNELS) * len(STANDS)
    count = cells * sessions
    real = random.random((6, count), dtype=np.float32)
    channel = np.arange(count) // (sessions * len(STANDS)) % len(CHANNELS)
    held = Cells(
        offsets=np.arange(cells + 1, dtype=np.int64) * sessions,
        form=(real[0] < 0.75).astype(np.uint8),
        substance=np.clip(real[1] * np.array([0.6, 0.8, 1.1, 0.9, 0.9], np.float32)[channel], 0, 1),
        hierarchical=real[2],
        horizontal=np.clip(0.5 * real[1] + 0.5 * real[3], 0, 1).astype(np.float32),
        burden=(2 * real[4] - 0.5).astype(np.float32),
        copied=(real[5] * np.array([0.9, 0.7, 0.5, 0.5, 0.6], np.float32)[channel]).astype(np.float32),
        kept=np.where(real[3] < 0.2, np.nan, real[4]).astype(np.float32),
        variant=random.integers(0, 12, count, dtype=np.uint16),
        session=np.arange(count, dtype=np.int64),
    )
    return Deck(kinds, held, f"synthetic-{seed}")


def country(**fields: Any) -> Country:
    """Return a country of one kind of place in which no mechanism is on but those that are given."""
    card: dict[str, Any] = {
        "id": "made_up", "name": "A", "summary": "A", "about": "A", "pattern": "sideways", "period": "a year",
        "levels": [
            {"id": "province", "name": "P", "count": 4},
            {"id": "city", "name": "C", "within": "province", "count": 5},
            {"id": "district", "name": "D", "within": "city", "count": 8},
        ],
        "regions": [
            {"id": "coast", "name": "A", "share": 1, "strength": 0.5, "kinds": [{"governance": KIND.governance,
             "city": KIND.city, "share": 1}]},
        ],
        "districts": 400, "periods": 20, "seeds": 2, "pilots": {"count": 5}, "source": {"sections": ["PD"]},
        **{name: {"on": False} for name in MECHANISMS},
    }  # fmt: skip
    return Country.model_validate(card | fields)


def network_of(
    places: int, ties: Sequence[tuple[int, int]], pilots: Sequence[int], threshold: float = 1.0
) -> SpreadNetwork:
    """Return places of one city with given ties, all alike but that pilots are a little stronger."""
    base = made(country(districts=places, levels=[
        {"id": "city", "name": "C", "count": 1}, {"id": "district", "name": "D", "within": "city", "count": places},
    ]), 1)  # fmt: skip
    offsets, neighbours = rows(places, np.array(ties, np.int32).reshape(-1, 2))
    strength = np.full(places, 0.5, np.float32)
    strength[list(pilots)] = 0.500001
    return replace(
        base, strength=strength, threshold=np.full(places, threshold, np.float32), offsets=offsets,
        neighbours=neighbours,
    )  # fmt: skip


def sure_deck(substance: float = 1.0) -> Deck:
    """Return a deck in which every meeting adopts, in form and as much in substance."""
    deck = made_up_deck((KIND,), sessions=3)
    cells = deck.cells
    cells = cells._replace(
        form=np.ones_like(cells.form), substance=np.full_like(cells.substance, substance),
        copied=np.ones_like(cells.copied),
    )  # fmt: skip
    return replace(deck, cells=cells)


def little(folder: Path) -> None:
    """Write the card of a country of sixty districts and two kinds, with two sessions of each cell, as ``little``."""
    country, _ = parse_yaml(shipped("network", "from_the_top"))
    country |= {"id": "little", "districts": 60, "periods": 12, "seeds": 2, "central_rule": 4}
    country["levels"][0]["count"], country["levels"][1]["count"] = 3, 4
    country["regions"] = [country["regions"][0] | {"share": 1.0}]
    country["regions"][0]["kinds"] = country["regions"][0]["kinds"][:2]
    country["pilots"]["count"] = 4
    country["deck"] = {"scenarios": ["clean_up"], "sessions": 2, "turns": 2}
    write(folder, "network", "little", yaml.safe_dump(country, allow_unicode=True))
