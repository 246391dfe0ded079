"""The store of an experiment, in SQLite or PostgreSQL, and how an experiment stands in it."""
