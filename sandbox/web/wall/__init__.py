"""What a whole room sees: walls, projectors, shows of finished sessions."""
