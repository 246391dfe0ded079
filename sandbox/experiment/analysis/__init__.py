"""What the sessions of an experiment come to: paired effects, variance, and where H and P pull apart; pure."""
