"""Tables for tests, set up in the file of a server that runs."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sandbox.web.tables.database import Setup
from sandbox.web.tables.store import WebStore
from tests.web.served import WebServer

__all__ = ["MAYOR", "PARENT", "TENANT", "Made", "make_table", "nothing_leaked", "private_content"]

MAYOR, TENANT, PARENT = "mayor", "migrant_tenant", "local_parent"
_ROOT = Path(__file__).resolve().parents[2]
_MODELS = _ROOT / "prompts" / "governance"


@dataclass(frozen=True)
class Made:
    """A table, and the links to it."""

    id: str
    code: str
    desk: str
    seats: dict[str, str]
    tokens: dict[str, str]
    observer: str
    projector: str


def make_table(server: WebServer, *names: tuple[str, str], **setup: Any) -> Made:
    """Open a table, seat people at it, and let two watch.

    Args:
        server: the server.
        names: seat and display name of each person.
        setup: what differs from a short session of one stage.
    """
    chosen: dict[str, Any] = {
        "scenario": "four_oclock_school", "governance": "joint_production", "city": "", "lang": "en",
        "stages": ("training",), "turns": 12, "seed": 7, "persons": tuple(seat for seat, _ in names), "minutes": {},
    }  # fmt: skip
    store = _store(server.runs / "tables.sqlite")
    # At once: the server remembers who sits at a table, and does not know that somebody else writes its file.
    with store.writing() as all_at_once, patch.object(store, "writing", partial(nullcontext, all_at_once)):
        row = store.add_table(Setup(**{**chosen, **setup}))
        tokens = {seat: store.take_seat(row.id, seat, name) for seat, name in names}
        for seat in tokens:
            store.set_ready(row.id, seat, True)
        watch = [store.add_viewer(row.id, "observer"), store.add_viewer(row.id, "projector")]
    seats = {seat: f"{server.origin}/s/{token}" for seat, token in tokens.items()}
    observer, projector = (f"{server.origin}/v/{token}" for token in watch)
    return Made(row.id, row.code, f"{server.link}/t/{row.id}", seats, tokens, observer, projector)


@cache
def _store(file: Path) -> WebStore:
    """Return a store that is opened once: to prepare its statements takes as long as all that a test asks of it."""
    return WebStore(file)


def private_content(folder: Path) -> Path:
    """Write content under whose joint production a line is heard by its two sides and the chair alone."""
    text = (_MODELS / "joint_production.yaml").read_text(encoding="utf-8")
    assert text.count("  information:\n") == 1
    text = text.replace("  information:\n", "  information:\n    lines: parties\n", 1)
    path = folder / "prompts" / "governance" / "joint_production.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return folder


def nothing_leaked(body: str, table: Made, server: WebServer) -> bool:
    """Return whether an answer tells nothing of a table."""
    secrets = [*table.tokens.values(), table.id, table.code, server.link.rsplit("/", 1)[1], "Anna Canary"]
    return not [one for one in [*secrets, "four o'clock", "migrant", "Traceback", str(_ROOT)] if one in body]
