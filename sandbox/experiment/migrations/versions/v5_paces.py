"""How fast endpoints are asked is known to all who work on a store."""

import sqlalchemy as sa
from alembic import op

revision = "5"
down_revision = "4"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "paces",
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("free", sa.Float, nullable=False),
        sa.Column("pace", sa.Float),
        sa.Column("cuts", sa.Integer, nullable=False),
        sa.Column("cut", sa.Float, nullable=False),
        sa.Column("grown", sa.Float, nullable=False),
        sa.Column("since", sa.Float, nullable=False),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.Column("rate", sa.Float, nullable=False),
    )
