"""Governance Sandbox: role-play sessions of a governance reform under rules that the program enforces."""

__version__ = "0.1.0"
