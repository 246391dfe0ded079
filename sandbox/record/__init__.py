"""What is kept of a session: events, calls, checkpoints."""
