"""Plays what is left of an experiment: processes, clusters, one pace and one account for all."""
