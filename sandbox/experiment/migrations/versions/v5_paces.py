"""The pace of requests to endpoints, shared by all processes that work on a store."""

import sqlalchemy as sa
from alembic import op

from sandbox.experiment.store.tables import filled

revision = "5"
down_revision = "4"


def upgrade() -> None:
    """Make the table of paces."""
    op.create_table(
        "paces",
        sa.Column("model", sa.Text, primary_key=True),
        *filled(sa.Float, "free"),
        sa.Column("pace", sa.Float),
        *filled(sa.Integer, "cuts"),
        *filled(sa.Float, "cut", "grown", "since"),
        *filled(sa.Integer, "sent"),
        *filled(sa.Float, "rate"),
    )
