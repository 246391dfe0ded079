"""The store of an experiment, in SQLite or PostgreSQL, and the status of an experiment."""
