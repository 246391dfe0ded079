"""The digests of cards that each state of the design read; unknown for older states."""

import sqlalchemy as sa
from alembic import op

revision = "7"
down_revision = "6"


def upgrade() -> None:
    """Make the column."""
    op.add_column("designs", sa.Column("cards", sa.JSON))
