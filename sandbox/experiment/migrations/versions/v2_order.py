"""An index to read sessions in order; only Alembic's table holds the version."""

from alembic import op

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Make the index, and remove the version from its old table."""
    op.create_index("runs_in_order", "runs", ["current", "position"])
    op.execute("DELETE FROM meta WHERE name = 'schema'")
