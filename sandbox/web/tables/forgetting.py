"""Tables that are deleted: by their facilitator, or since nobody has touched them for as long as they are kept."""

from __future__ import annotations

import logging
import shutil
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from sandbox.errors import StorageError
from sandbox.experiment.whatif.continuations import erase
from sandbox.record.folder import SessionFolder
from sandbox.web.frame import when
from sandbox.web.tables.database import TableRow
from sandbox.web.throttle import in_terminal

if TYPE_CHECKING:
    from sandbox.web.tables.house import House

_LOG = logging.getLogger(__name__)


def forget_expired(house: House) -> None:
    """Delete the tables that are due, and have been for a day; those of campaigns go with these."""
    for row in due_tables(house):
        if row.id not in house.members and (row.id not in house.rooms or not house.rooms[row.id].running):
            house.rooms.pop(row.id, None)
            with suppress(StorageError):  # another process plays it: so it is used
                erase_table(house, row)
                tell_forgotten(house, row)


def due_tables(house: House) -> list[TableRow]:
    """Return the tables that nobody has touched for longer than they are kept, and that may be deleted now.

    What is due for the first time is told in the log, and may be deleted a day later. So a clock that is wrong deletes
    nothing that nobody was told of.
    """
    due = house.store.expired(house.keep_days)
    ripe, new = house.store.announce(row.id for row in due)
    if told := [row for row in due if row.id in new]:
        _LOG.warning(
            in_terminal(
                "server.due", days=house.keep_days, since=when(told[0].changed, "%Y-%m-%d"), now=when(time.time()),
                tables=[f"{row.id} ({row.setup.scenario})" for row in told], option="--keep-days",
            )
        )  # fmt: skip
    return [row for row in due if row.id in ripe]


def tell_forgotten(house: House, row: TableRow) -> None:
    """Tell in the log that a table was deleted since nobody has used it."""
    since = when(row.changed, "%Y-%m-%d")
    _LOG.warning(
        in_terminal("server.forgotten", table=row.id, since=since, days=house.keep_days, now=when(time.time()))
    )


def erase_table(house: House, row: TableRow) -> None:
    """Delete a table with its sessions; raises `StorageError`, and deletes none, where another process plays one."""
    sessions = [known.session for known in house.store.sessions(row.id)]
    folders = [folder for name in sessions if (folder := SessionFolder(house.runs / name)).path.is_dir()]
    with ExitStack() as held:
        for folder in folders:
            held.enter_context(folder.locked())
        house.store.delete_table(row.id)
        erase(house.runs, sessions)
        for folder in folders:
            shutil.rmtree(folder.path, ignore_errors=True)
    _LOG.info(in_terminal("server.deleted", table=row.id))
