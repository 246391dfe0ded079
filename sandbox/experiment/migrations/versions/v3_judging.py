"""Judging later, and in batches."""

import sqlalchemy as sa
from alembic import op

from sandbox.experiment.store.tables import filled

revision = "3"
down_revision = "2"


def upgrade() -> None:
    """Make the tables of batches and their questions, and the mark of sessions not judged yet."""
    op.add_column("runs", sa.Column("unjudged", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "batches",
        sa.Column("name", sa.Text, primary_key=True),
        *filled(sa.Text, "owner", "judge", "address"),
        *filled(sa.Float, "made"),
        sa.Column("ended", sa.Float),
        *filled(sa.Text, "file", "batch"),
        *filled(sa.Integer, "number"),
        *filled(sa.BigInteger, "held_prompt", "held_completion"),
    )
    op.create_table(
        "questions",
        sa.Column("run", sa.Text, primary_key=True),
        sa.Column("call", sa.Text, primary_key=True),
        *filled(sa.Text, "batch"),
        *filled(sa.Integer, "tries"),
        *filled(sa.JSON, "usage"),
        *filled(sa.Text, "reason"),
    )
    op.create_index("questions_batch", "questions", ["batch"])
