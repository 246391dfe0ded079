"""Measures without a model, and the judge."""
