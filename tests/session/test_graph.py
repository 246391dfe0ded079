"""The graph is a plain one: whoever wants to keep its checkpoints elsewhere brings a saver of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.types import Command

from sandbox.game.chronicle import opening
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Account, Item
from sandbox.game.play import RandomChoice
from sandbox.game.session import Session
from sandbox.game.state import State
from sandbox.game.view import seat_view
from sandbox.record.folder import SessionFolder
from sandbox.session.context import FREE, SessionContext
from sandbox.session.graph import build
from sandbox.session.opening import open_session, resumed
from sandbox.session.runner import Watch
from tests.content.folders import LIBRARY
from tests.session.desk import Desk, rules_spec, run
from tests.session.support import log_of, new_folder

SPEC = rules_spec(persons=("mayor",), seed=3)
# Beside plain values a state holds the entries of the ledger.
SERDE = JsonPlusSerializer(allowed_msgpack_modules=[Item, Account])


def _game() -> Game:
    return Game(SPEC, LIBRARY)


async def _step(folder: SessionFolder, database: Path, answer: dict[str, Any] | None) -> tuple[State, bool]:
    """Go on from the checkpoint in a database with a new saver, to the next wait for a person or to the end.

    Returns:
        The state, and whether a person is waited for.
    """
    game = _game()
    async with aiosqlite.connect(database) as connection:
        graph = build().compile(checkpointer=AsyncSqliteSaver(connection, serde=SERDE))
        with folder.log() as log:
            log.append("session", opening(game, folder.id))
            context = SessionContext(game, log, None, None, FREE, Watch(), RandomChoice(game.templates))
            begun: Any = {"play": resumed(game, log)} if answer is None else Command(resume=answer)
            config: Any = {"configurable": {"thread_id": folder.id}, "recursion_limit": 200}
            result: Any = await graph.ainvoke(begun, config, context=context, durability="sync")
    return result["play"], "__interrupt__" in result


def _plain(value: Any) -> Any:
    """Return a value with lists for tuples: a saver makes no difference between them."""
    if isinstance(value, Item):
        return {name: _plain(part) for name, part in vars(value).items()}
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def _course(folder: SessionFolder) -> list[dict[str, Any]]:
    """Return the log without what a person gave, which whoever drives the graph keeps."""
    return [{**event, "seq": 0} for event in log_of(folder) if event["kind"] != "person"]


async def test_a_session_is_resumed_from_checkpoints_in_a_database(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    straight, folder, desk = new_folder(tmp_path, "straight"), new_folder(tmp_path, "one"), Desk()
    session = await run(straight, SPEC, desk)
    assert len(desk.asked) >= 2
    caplog.clear()
    waits, answer = 0, None
    while True:
        state, waiting = await _step(folder, tmp_path / "checkpoints.sqlite", answer)
        if not waiting:
            break
        waits += 1
        answer = await desk.ask(seat_view(_game(), state, "mayor"), state)
    assert waits == len(desk.asked) - waits >= 2
    assert len(session.items) >= 2
    assert _course(folder) == _course(straight)
    assert _plain(state) == _plain(session.state)
    assert open_session(folder, LIBRARY).state == session.state
    assert caplog.records == [], "nothing in a state is strange to the saver"


async def test_a_session_that_was_read_from_its_log_is_the_one_that_was_run(tmp_path: Path) -> None:
    folder = new_folder(tmp_path, "one")
    session = await run(folder, SPEC, Desk())
    opened = open_session(folder, LIBRARY)
    assert isinstance(opened, Session)
    assert opened.state == session.state
    assert [event.as_dict() for event in opened.events] == [event.as_dict() for event in session.events]


async def test_what_is_drawn_takes_one_step_of_the_graph_until_somebody_is_due(tmp_path: Path) -> None:
    folder, game = new_folder(tmp_path, "one"), Game(rules_spec(seed=3), LIBRARY)
    with folder.log() as log:
        log.append("session", opening(game, folder.id))
        context = SessionContext(game, log, None, None, FREE, Watch(), RandomChoice(game.templates))
        begun: Any = {"play": resumed(game, log)}
        parts = build().compile().astream(begun, context=context, stream_mode="updates")
        steps = [node async for part in parts for node in part]
    assert steps == ["between", "draw", "between", "close"]
    assert len(open_session(folder, LIBRARY).state["minutes"]) == len(game.stages) == 2
