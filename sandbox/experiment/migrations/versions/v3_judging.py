"""Judging may be left for later, and done in batches."""

import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = "2"


def upgrade() -> None:
    """Make the tables of batches and of the questions in them, and the mark of sessions that are not judged yet."""
    op.add_column("runs", sa.Column("unjudged", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "batches",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("judge", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("made", sa.Float, nullable=False),
        sa.Column("ended", sa.Float),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("batch", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("held_prompt", sa.BigInteger, nullable=False),
        sa.Column("held_completion", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "questions",
        sa.Column("run", sa.Text, primary_key=True),
        sa.Column("call", sa.Text, primary_key=True),
        sa.Column("batch", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("usage", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("questions_batch", "questions", ["batch"])
