"""Content: who plays, what the case is, which rules hold, how an outcome is scored."""
