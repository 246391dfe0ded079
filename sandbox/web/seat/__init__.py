"""The seat of a player: its lobby, its page, its turn, its pulse."""
