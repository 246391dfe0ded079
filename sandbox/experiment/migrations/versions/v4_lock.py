"""The lock of each state of the design; unknown for older states."""

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "3"


def upgrade() -> None:
    """Make the column."""
    op.add_column("designs", sa.Column("lock", sa.Text))
