"""Campaigns played at tables."""
