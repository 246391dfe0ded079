"""Sessions can be read in their order without a look at all of them; what says the version is Alembic's table alone."""

from alembic import op

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Make the index, and take the version out of the table where it stood."""
    op.create_index("runs_in_order", "runs", ["current", "position"])
    op.execute("DELETE FROM meta WHERE name = 'schema'")
