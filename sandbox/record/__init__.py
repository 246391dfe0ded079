"""The record: what events hold, the log in memory and in files, and the folders of results."""
