"""The floor: whose it is, with which acts and which point, whom to ask, and when a stage is over."""
