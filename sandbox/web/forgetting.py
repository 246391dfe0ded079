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
from sandbox.web.database import TableRow
from sandbox.web.frame import when
from sandbox.web.throttle import in_terminal

if TYPE_CHECKING:
    from sandbox.web.house import House

_LOG = logging.getLogger(__name__)


def forget_expired(house: House) -> None:
    """Delete the tables that nobody has touched for longer than they are kept, once they were announced.

    Those of campaigns go with these. What is due for the first time is told in the terminal, and deleted where it
    still is when this is next done: at another start, or a day later. So a clock that has jumped deletes nothing
    that nobody was told of.
    """
    due = [row for row in house.store.expired(house.keep_days) if row.id not in house.members]
    announced = house.store.remember_due(row.id for row in due)
    for row in due:
        if row.id in announced and (row.id not in house.rooms or not house.rooms[row.id].running):
            house.rooms.pop(row.id, None)
            with suppress(StorageError):  # another process plays it: so it is used
                erase_table(house, row)
    new = [row for row in due if row.id not in announced]
    if new:
        _LOG.warning(
            in_terminal(
                "server.due", days=house.keep_days, since=when(new[0].changed, "%Y-%m-%d"), now=when(time.time()),
                codes=[row.code for row in new], option="--keep-days",
            )
        )  # fmt: skip


def erase_table(house: House, row: TableRow) -> None:
    """Delete a table with all of its sessions and what was made of them.

    Raises:
        StorageError: another process plays one of its sessions; nothing is deleted then.
    """
    sessions = [known.session for known in house.store.sessions(row.id)]
    folders = [folder for name in sessions if (folder := SessionFolder(house.runs / name)).path.is_dir()]
    with ExitStack() as held:
        for folder in folders:
            held.enter_context(folder.locked())
        house.store.delete_table(row.id)
        erase(house.runs, sessions)
        for folder in folders:
            shutil.rmtree(folder.path, ignore_errors=True)
