"""Motions: amended, backed, hung on conditions, given up, put to the vote and counted."""
