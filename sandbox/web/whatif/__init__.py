"""What if, asked in the browser: another move or rule at a line, and what came of it."""
