"""How the answers of each session's models came about; unknown for older sessions."""

import sqlalchemy as sa
from alembic import op

revision = "6"
down_revision = "5"


def upgrade() -> None:
    """Make the column."""
    op.add_column("runs", sa.Column("answers", sa.JSON))
