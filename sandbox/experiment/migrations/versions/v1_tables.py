"""The first tables."""

import sqlalchemy as sa
from alembic import op

from sandbox.experiment.store.tables import filled

revision = "1"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table("meta", sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False))
    op.create_table(
        "designs",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        *filled(sa.Text, "digest", "design", "model", "style"),
        *filled(sa.Float, "at"),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Text, primary_key=True),
        *filled(sa.Integer, "position"),
        *filled(sa.JSON, "cell"),
        *filled(sa.Text, "arm", "block", "scenario"),
        *filled(sa.Integer, "replicate", "seed"),
        *filled(sa.Boolean, "null", "by_rules"),
        *filled(sa.JSON, "spec"),
        *filled(sa.Integer, "design"),
        *filled(sa.Boolean, "current"),
        *filled(sa.Text, "state", "reason", "owner"),
        sa.Column("started", sa.Float),
        sa.Column("ended", sa.Float),
        sa.Column("outcomes", sa.JSON),
        sa.Column("pulses", sa.JSON),
        sa.Column("usage", sa.JSON),
    )
    op.create_index("runs_open", "runs", ["current", "by_rules", "state", "null", "position"])
    op.create_table(
        "events",
        sa.Column("run", sa.Text, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        *filled(sa.Integer, "last"),
        *filled(sa.LargeBinary, "data"),
    )
    op.create_table(
        "workers",
        sa.Column("owner", sa.Text, primary_key=True),
        *filled(sa.Text, "host", "process"),
        *filled(sa.Float, "begun", "beat"),
        sa.Column("ended", sa.Float),
        *filled(sa.Integer, "calls"),
        *filled(sa.BigInteger, "prompt", "cached", "completion"),
        *filled(sa.Boolean, "estimated"),
        *filled(sa.BigInteger, "held_prompt", "held_completion"),
    )
