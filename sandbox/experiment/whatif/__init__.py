"""What-if: plays a session on from a line, as it was and with another move or rule, and compares both pair by pair."""
