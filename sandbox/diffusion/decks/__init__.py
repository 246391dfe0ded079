"""Decks: which sessions stand behind the meetings of places, how they are played, and where they are kept."""
