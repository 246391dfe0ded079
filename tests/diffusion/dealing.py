"""Decks whose sessions are played once for all tests of a process that deal them alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from sandbox.diffusion.deck import Kind
from sandbox.diffusion.decks import dealt
from sandbox.diffusion.decks.cells import CELLS, Dealing
from sandbox.diffusion.decks.play import DeckSessions, play_kinds

__all__ = ["deal_once"]

_played: dict[str, DeckSessions] = {}


def _played_once(
    dealing: Dealing, kinds: Sequence[Kind], processes: int = 1, content: Path | None = None,
    on_played: Callable[[int], object] = int,
) -> Iterator[DeckSessions]:  # fmt: skip
    digests = {kind: dealing.digest(kind) for kind in kinds}
    for kind in kinds:
        if digests[kind] in _played:
            on_played(dealing.settings.sessions * len(CELLS))
            yield _played[digests[kind]]
    missing = [kind for kind in kinds if digests[kind] not in _played]
    for played in play_kinds(dealing, missing, processes, content, on_played):
        _played[digests[played.kind]] = played
        yield played


def deal_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Play the sessions of a kind once for all tests of this process; that they come out alike is held elsewhere."""
    monkeypatch.setattr(dealt, "play_kinds", _played_once)
