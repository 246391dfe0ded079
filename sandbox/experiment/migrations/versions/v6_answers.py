"""Each session says how the answers of its models came about; of those that were there before, that is not known."""

import sqlalchemy as sa
from alembic import op

revision = "6"
down_revision = "5"


def upgrade() -> None:
    """Make the column."""
    op.add_column("runs", sa.Column("answers", sa.JSON))
