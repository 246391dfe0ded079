"""Run by Alembic; gives it the connection that the store has open."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
