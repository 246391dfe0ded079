"""What an experiment plays: its design, its lock, what it will take, and what it can find."""
