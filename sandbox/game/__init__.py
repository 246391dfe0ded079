"""The rules at work: pure functions that need no model and no graph."""
