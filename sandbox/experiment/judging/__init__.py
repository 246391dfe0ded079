"""Judges the sessions of an experiment after they were played."""
