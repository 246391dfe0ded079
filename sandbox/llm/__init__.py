"""The model gateway: the only code that talks to model endpoints."""
