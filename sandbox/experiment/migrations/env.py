"""What Alembic runs to come to its connection: the one that the store has open."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
