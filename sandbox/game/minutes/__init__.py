"""Minutes: what is kept of a stage that is over, for the stages after it."""
