"""The review: what fell due, who reports and confirms it, and what came in between."""
