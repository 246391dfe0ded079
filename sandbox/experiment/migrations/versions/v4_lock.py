"""Each state of the design says under which lock it was run; of those that were there before, that is not known."""

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "3"


def upgrade() -> None:
    """Make the column."""
    op.add_column("designs", sa.Column("lock", sa.Text))
