"""What another move or rule leads to from a line on: continuations of both arms, compared pair by pair."""
