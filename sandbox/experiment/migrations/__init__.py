"""Migrations of a store's tables, one for each version."""

from __future__ import annotations

from sqlalchemy import Connection

__all__ = ["FIRST", "migrate"]

FIRST = 1
"""The version of stores that were made before Alembic kept count."""


def migrate(connection: Connection, before: int | None, to: int) -> None:
    """Bring the tables of a store from one version to another, within the open transaction."""
    from alembic import command  # few stores are older than the program, and it is slow to import
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", __name__.replace(".migrations", ":migrations"))
    config.attributes["connection"] = connection
    if before == FIRST:
        command.stamp(config, str(FIRST))
    command.upgrade(config, str(to))
