"""The web app: pages for players, facilitators, projectors and observers, and its own small database."""
