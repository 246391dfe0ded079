"""Countries of districts played in the browser."""
