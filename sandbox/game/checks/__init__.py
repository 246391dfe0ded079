"""What is looked at before a game is played: whether cards and rules fit, and what is doubtful in a case."""
