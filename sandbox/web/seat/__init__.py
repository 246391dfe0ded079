"""The pages of a player: lobby, table, turn and pulse."""
