"""Whether the sessions of a round are played at once or one after the other."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sandbox.diffusion.campaign import run
from sandbox.diffusion.campaign.run import Table, by_models
from sandbox.session.runner import Models
from tests.session.support import FREE


@pytest.mark.parametrize(("in_turn", "most"), [(True, 1), (False, 3)])
async def test_one_session_waits_for_another_where_they_share_one_memory(
    monkeypatch: pytest.MonkeyPatch, in_turn: bool, most: int
) -> None:
    at_work: list[str] = []
    together: list[int] = []

    async def played(*given: Any) -> None:
        at_work.append(given[-1])
        for _ in range(5):
            together.append(len(at_work))
            await asyncio.sleep(0)
        at_work.remove(given[-1])

    monkeypatch.setattr(run, "run_session", played)
    game = SimpleNamespace(spec=SimpleNamespace(style="directed"))
    folder = SimpleNamespace(log=nullcontext)
    tables = [cast(Table, SimpleNamespace(name=name, game=game, folder=folder)) for name in "abc"]
    play = by_models(Models(None, (), FREE), in_turn=in_turn)
    await asyncio.gather(*(play(table) for table in tables))
    assert max(together) == most
