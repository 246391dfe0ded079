"""Each state of the design says what its sessions read, by card; of those that were there before, that is not known."""

import sqlalchemy as sa
from alembic import op

revision = "7"
down_revision = "6"


def upgrade() -> None:
    """Make the column."""
    op.add_column("designs", sa.Column("cards", sa.JSON))
