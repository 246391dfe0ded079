"""Pages for a whole room: walls, projectors, shows of finished sessions."""
