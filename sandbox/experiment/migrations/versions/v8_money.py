"""Spending and reservations in money too; unknown for older ones."""

import sqlalchemy as sa
from alembic import op

revision = "8"
down_revision = "7"


def upgrade() -> None:
    """Make the columns."""
    op.add_column("workers", sa.Column("money", sa.Float))
    op.add_column("workers", sa.Column("held_money", sa.Float))
    op.add_column("batches", sa.Column("held_money", sa.Float))
