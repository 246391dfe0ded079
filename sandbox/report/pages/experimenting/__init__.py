"""The report of an experiment, part by part."""
