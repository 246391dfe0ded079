"""Judges the sessions of an experiment after they have been played."""
