"""What-if in the browser: another move or rule at a line, and its results."""
